"""Pictures of where many starts end."""

import dataclasses

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.text import Text

from emscope import plot
from emscope.errors import DataError
from emscope.results.optima import Optima
from emscope.scene.colors import by_number
from emscope.scene.paint import STYLES, paints


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


def colors_of(figure, panel):
    """Where the discs of a panel are, by their color."""
    discs = figure.axes[1 + panel].collections[1 if panel else 0 :]
    return {tuple(disc.get_facecolor()[0]): disc.get_offsets()[0] for disc in discs}


def test_centers_have_the_colors_of_those_that_they_match():
    found, places = result(k=3), np.array([[0.0, 0.0], [5.0, 0.0], [0.0, 7.0]])
    ends = [places[order] + 0.1 * end for end, order in enumerate([[0, 1, 2]] * 2 + [[2, 0, 1]] * 3)]
    found = dataclasses.replace(found, centers=np.array(ends), unit=np.array([1.0, 2.0]))
    for like, order in ((None, [0, 1, 2]), (places[[1, 2, 0]], [1, 2, 0])):
        figure = plot.optima(found, like=like)
        for panel, end in enumerate((0, 2, 3)):
            at = list(colors_of(figure, panel).values())
            assert {tuple(np.round(place * [1, 2] - 0.1 * end, 9)) for place in at} == set(map(tuple, places))
            for paint, place in zip(paints(by_number(3).hexes, STYLES["light"]), places[order], strict=True):
                own = colors_of(figure, panel)[to_rgba(paint.fill)]
                np.testing.assert_allclose(own * [1, 2] - 0.1 * end, place, atol=1e-9)


@pytest.mark.parametrize("shape", [(3, 2), (4, 1), (4,)])
def test_colors_are_those_of_as_many_centers(shape):
    with pytest.raises(DataError, match="each end has 4 centers of 2 features"):
        plot.optima(result(), like=np.zeros(shape))


@pytest.mark.parametrize("k", [1, 2])
def test_a_single_end_of_few_clusters(k):
    figure = plot.optima(result(k=k, d=3, objectives=(0.0,), frequencies=(5,)))
    assert len(figure.axes) == 2
