import dataclasses

import matplotlib.style
import numpy as np
import pytest

from emscope.errors import DataError
from emscope.scene import Scene
from emscope.scene.colors import apart, by_number, contrast, lightness, mixed, with_lightness
from emscope.scene.paint import STYLES, paints
from hand_made import groups, lloyd

CENTERS = [[0, 0], [9, 0], [0, 9], [9, 9]]


@pytest.mark.parametrize("k", [1, 4, 6, 8, 10])
def test_few_clusters_have_petroffs_colors_and_their_own_markers(k):
    colors = by_number(k)
    size = next(size for size in (6, 8, 10) if k <= size)
    petroff = matplotlib.style.library[f"petroff{size}"]["axes.prop_cycle"].by_key()["color"]
    assert set(colors.hexes) <= set(petroff)
    assert len(set(colors.hexes)) == k
    assert colors.markers == tuple(range(k))


def test_grey_is_kept_for_last():
    assert "#9c9ca1" not in by_number(5).hexes


@pytest.mark.parametrize("k", [11, 25, 100])
def test_many_clusters_have_colors_of_their_own_and_no_markers(k):
    colors = by_number(k)
    assert len(set(colors.hexes)) == k
    assert colors.markers is None


def test_colors_follow_the_clusters_of_another_run():
    points = groups(CENTERS)
    trace = lloyd(points, np.array(CENTERS) + 0.5)
    order = [2, 0, 3, 1]
    other = lloyd(points, (np.array(CENTERS) - 0.5)[order])
    one, two = Scene.from_trace(trace), Scene.from_trace(other, colors_like=trace)
    assert two.colors == tuple(one.colors[j] for j in order)
    assert two.markers == tuple(one.markers[j] for j in order)


def test_colors_follow_across_numbers_of_clusters():
    points = groups(CENTERS)
    trace = lloyd(points, CENTERS)
    more = Scene.from_trace(lloyd(points, [[4.0, 4.0], *CENTERS[::-1]]), colors_like=trace)
    one = Scene.from_trace(trace)
    assert len(set(more.colors)) == 5
    assert len(set(more.markers)) == 5
    assert set(one.colors) < set(more.colors)
    fewer = Scene.from_trace(lloyd(points, [[9.0, 9.0], [0.0, 0.0]]), colors_like=trace)
    assert set(fewer.colors) < set(one.colors)
    many = Scene.from_trace(lloyd(points, points[::5]), colors_like=trace)
    assert len(set(many.colors)) == len(points[::5])
    assert many.markers is None


def test_colors_like_a_run_on_other_features_are_refused():
    points = groups(CENTERS)
    other = lloyd(np.ones((5, 3)), np.ones((1, 3)))
    with pytest.raises(DataError, match="colors_like must be a run on the same data"):
        Scene.from_trace(lloyd(points, CENTERS), colors_like=other)


def test_distances_between_runs_are_taken_in_the_units_of_the_fit():
    points = groups(CENTERS) * (1, 1000)
    scale = np.array([1.0, 1000.0])
    trace = lloyd(points, np.array(CENTERS) * scale, scale=scale)
    swapped = dataclasses.replace(
        trace, steps=lloyd(points, np.array(CENTERS)[::-1] * scale, scale=scale).steps
    )
    assert Scene.from_trace(swapped, colors_like=trace).colors == Scene.from_trace(trace).colors[::-1]


def test_lightness_mixture_and_contrast():
    assert lightness(("#000000", "#ffffff")) == pytest.approx([0, 1], abs=1e-3)
    assert lightness((with_lightness("#e42536", 0.8),))[0] == pytest.approx(0.8, abs=0.01)
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert mixed("#e42536", "#ffffff", 1.0) == "#e42536"
    assert mixed("#e42536", "#ffffff", 0.0) == "#ffffff"


def test_further_clusters_take_what_is_left_of_the_same_sequence():
    points = groups(CENTERS)
    three = lloyd(points, CENTERS[:3])
    five = Scene.from_trace(lloyd(points, [*CENTERS, [4.0, 4.0]]), colors_like=three)
    assert set(five.colors) <= set(by_number(5).hexes)


def test_colors_are_as_far_apart_as_the_two_most_alike():
    gray = lightness(("#808080",))[0]
    assert apart(("#000000", "#ffffff")) == pytest.approx(1, abs=1e-3)
    assert apart(("#000000", "#ffffff", "#808080")) == pytest.approx(min(gray, 1 - gray), abs=1e-3)
    assert apart(("#e42536",)) == np.inf


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_regions_lie_between_the_paper_and_their_points(style):
    for paint in paints(by_number(10).hexes, style):
        paper, tint, fill = lightness((style.paper, paint.tint, paint.fill))
        assert abs(tint - paper) < 0.25 * abs(fill - paper)
        assert (paint.tint == style.paper) == style.grayscale
        assert (tint - paper) * (fill - paper) >= 0
