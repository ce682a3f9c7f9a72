"""When new rows are said to differ from those of the fit, and when that is left to chance."""

import numpy as np
import pyarrow as pa
import pytest

import emscope
from emscope import KMeans
from emscope.errors import TableError
from emscope.saved.labeling import label
from emscope.saved.saving import described
from saved_models import MAKERS

CENTERS = np.array([[9.0, 1.0], [1.0, 9.0], [9.0, 9.0]])


def drawn(seed, sizes, spread=1.0):
    """Rows of three groups."""
    random = np.random.default_rng(seed)
    rows = np.concatenate([random.normal(c, spread, (n, 2)) for c, n in zip(CENTERS, sizes, strict=True)])
    return pa.table({"x": rows[:, 0], "y": rows[:, 1]})


def saved_of(name="kmeans", sizes=(300, 300, 300)):
    table = emscope.read_table(drawn(0, sizes))
    return described(MAKERS[name](3).fit(table.matrix), table)


@pytest.mark.parametrize("name", ["kmeans", "gmm-full"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rows_of_the_same_groups_raise_no_doubt(name, seed):
    labeled = label(saved_of(name), drawn(seed, (100, 100, 100)))
    assert labeled.doubts == ()
    assert labeled.far < 0.04
    assert labeled.counts.sum() == 300


@pytest.mark.parametrize("name", ["kmeans", "gmm-full"])
def test_rows_that_lie_farther_out(name):
    (sentence,) = label(saved_of(name), drawn(1, (100, 100, 100), spread=1.6)).doubts
    assert "than 99% of the rows of the fit were is more than chance explains" in sentence


def test_other_shares():
    saved = saved_of()
    labeled = label(saved, drawn(1, (200, 50, 50)))
    (sentence,) = labeled.doubts
    most = saved.predict(CENTERS[:1])[0]
    assert f"cluster {most} has 66.7% of the rows and had 33.3%" in sentence
    assert label(saved, drawn(1, (12, 8, 10))).doubts == ()  # too few to tell


def test_without_a_reference_nothing_is_compared():
    rows = np.column_stack([c.to_numpy() for c in drawn(0, (30, 30, 30)).columns])
    saved = described(KMeans(3, random_state=0, record=False).fit(rows))
    labeled = label(saved, rows)
    assert (labeled.far, labeled.doubts) == (None, ())
    assert labeled.figures.labels.tolist() == saved.predict(rows).tolist()
    with pytest.raises(TableError, match="the model needs 2 features and knows no names"):
        label(saved, np.column_stack([rows, rows[:, :1] ** 2]))
