"""Pictures of where many starts end."""

import numpy as np
import pytest
from matplotlib.text import Text

from emscope import plot
from emscope.results.optima import Optima


def result(d=2, k=4, objectives=(4.0, 4.0001, 5.0, 8.0, 9.0), frequencies=(50, 30, 20, 1, 1), known=None):
    random, e = np.random.default_rng(0), len(objectives)
    return Optima(
        objectives=np.array(objectives), frequencies=np.array(frequencies),
        centers=random.normal(size=(e, k, d)), labels=random.integers(k, size=(e, 40)).astype(np.int32),
        known=known, runs=np.repeat(np.arange(e), frequencies), starts=np.zeros((e, k, d)), unit=np.ones(d),
        objective_name="inertia", from_zero=True, model="kmeans", parameters={},
    )  # fmt: skip


def texts(figure):
    return " ".join(text.get_text() for text in figure.findobj(Text)).replace("\n", " ").replace("\xa0", " ")


@pytest.mark.parametrize("style", ["light", "dark", "print"])
def test_every_end_is_a_dot_at_its_objective_and_its_starts(style):
    found = result()
    figure = plot.optima(found, style=style)
    places = sorted(tuple(dot.get_offsets()[0]) for dot in figure.axes[0].collections)
    assert places == [(4.0, 50), (4.0001, 30), (5.0, 20), (8.0, 1), (9.0, 1)]
    sizes = [dot.get_sizes()[0] for dot in figure.axes[0].collections]
    assert sizes == sorted(sizes, reverse=True)
    assert "102 starts came to 5 different ends" in texts(figure)


def test_centers_are_drawn_of_ends_that_differ():
    figure = plot.optima(result())
    assert [ax.get_title(loc="left") for ax in figure.axes[1:]] == [
        "end 0: 4.000, 50 starts", "end 2: 5.000, 20 starts", "end 3: 8.000, 1 start",
    ]  # fmt: skip


@pytest.mark.parametrize("d", [1, 2, 3, 7])
def test_centers_of_any_number_of_features_have_places(d):
    figure = plot.optima(result(d=d, known=3.9 if d == 1 else None))
    assert len(figure.axes) == 4
    for ax in figure.axes[1:]:
        for collection in ax.collections:
            places = np.asarray(collection.get_offsets())
            assert (
                (places >= [ax.get_xlim()[0], ax.get_ylim()[0]])
                & (places <= [ax.get_xlim()[1], ax.get_ylim()[1]])
            ).all()


@pytest.mark.parametrize("k", [1, 2])
def test_a_single_end_of_few_clusters(k):
    figure = plot.optima(result(k=k, d=3, objectives=(0.0,), frequencies=(5,)))
    assert len(figure.axes) == 2
