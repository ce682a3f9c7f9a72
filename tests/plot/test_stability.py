"""Pictures of how well clusters come back."""

import numpy as np
import pytest
from matplotlib.text import Text

from emscope import KMeans, plot
from emscope.errors import DataError
from emscope.results.stability import Stability
from hand_made import groups

CENTERS = [[0, 0], [9, 0], [0, 9]]


def result(n, k=3):
    random = np.random.default_rng(0)
    similarities = np.clip(random.normal(np.linspace(0.4, 0.95, k), 0.05, size=(20, k)), 0, 1)
    return Stability(
        similarities=similarities, adjusted_rand=np.full(20, 0.7), rows=np.linspace(0, 1, n),
        shares=np.full(k, 1 / k), n_rows=n, n_sampled=n, sampled=np.arange(n), drawn=np.ones((20, n), bool),
        counts=np.ones(n), model="kmeans", parameters={}, starts=np.zeros((20, k, 2)),
    )  # fmt: skip


@pytest.fixture
def model():
    X = groups(CENTERS)
    return KMeans(3, init=CENTERS).fit(X)


def texts(figure):
    return " ".join(text.get_text() for text in figure.findobj(Text)).replace("\n", " ").replace("\xa0", " ")


@pytest.mark.parametrize("style", ["light", "dark", "print"])
def test_every_cluster_has_a_bar_as_long_as_its_similarity(style):
    found = result(30)
    figure = plot.stability(found, style=style)
    (ax,) = figure.axes
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(found.jaccard)
    assert found.sentence.split(".")[0] in texts(figure)


def test_a_cluster_that_was_never_drawn_has_none():
    found = result(30)
    found.similarities[:, 1] = np.nan
    assert len(plot.stability(found).axes[0].patches) == 2


def test_points_are_as_large_as_they_are_sure(model):
    n = len(model.labels_)
    figure = plot.stability(result(n), model.trace_)
    points = figure.axes[1]
    drawn = [(size, len(c.get_offsets())) for c in points.collections for size in c.get_sizes()]
    assert sum(count for _, count in drawn) == n
    assert len({size for size, _ in drawn}) == 8


def test_a_trace_of_other_rows_is_refused(model):
    with pytest.raises(DataError, match="this trace is of"):
        plot.stability(result(7), model.trace_)


def test_many_clusters_find_room():
    figure = plot.stability(result(200, k=60))
    assert len(figure.axes[0].patches) == 60
    assert len(figure.axes[0].get_yticks()) <= 40
