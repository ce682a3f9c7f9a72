import dataclasses

import numpy as np
import pytest
from sklearn.decomposition import PCA

from emscope.card import ModelCard
from emscope.errors import DataError
from emscope.scene import Scene
from hand_made import groups, lloyd


def trace_of(points, **changes):
    return lloyd(points, points[:2], iterations=2, **changes)


def test_two_features_are_drawn_as_they_are():
    points = groups([[0, 0], [4, 1]])
    scene = Scene.from_trace(trace_of(points, names=["width", "height"]))
    assert scene.kind == "plane"
    np.testing.assert_array_equal(scene.positions, points)
    assert scene.axis_labels == ("width", "height")
    assert scene.faithfulness == ""


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("shape", [(80, 5), (6, 40)])
def test_more_features_are_drawn_by_principal_components(scaled, shape):
    points = np.random.default_rng(0).normal(size=shape) * np.linspace(1, 3, shape[1]) + 7
    scale = points.std(axis=0) if scaled else None
    scene = Scene.from_trace(trace_of(points, scale=scale))
    model = PCA(2).fit(points if scale is None else points / scale)
    expected = model.transform(points if scale is None else points / scale)
    signs = np.sign((expected * scene.positions).sum(axis=0))
    np.testing.assert_allclose(scene.positions, expected * signs, atol=1e-9)
    first, second = 100 * model.explained_variance_ratio_
    assert scene.axis_labels == (f"PC 1 ({first:.0f} %)", f"PC 2 ({second:.0f} %)")
    assert scene.faithfulness == f"These axes show {first + second:.0f} % of the variance."
    assert scene.frames[1].bordering is None


def test_the_signs_of_principal_components_do_not_depend_on_the_order_of_rows():
    points = np.random.default_rng(2).normal(size=(50, 4))
    one = Scene.from_trace(trace_of(points)).positions
    other = Scene.from_trace(lloyd(points[::-1], points[:2], iterations=2)).positions
    np.testing.assert_allclose(one, other[::-1], atol=1e-9)


def test_two_named_features_can_be_chosen():
    points = np.random.default_rng(2).normal(size=(50, 3)) * (1, 2, 1)
    trace = trace_of(points, names=["a", "b", "c"])
    scene = Scene.from_trace(trace, axes=("c", "b"))
    np.testing.assert_array_equal(scene.positions, points[:, [2, 1]])
    assert scene.axis_labels == ("c", "b")
    assert scene.kind == "projection"
    share = points[:, 1:].var(axis=0).sum() / points.var(axis=0).sum()
    assert scene.faithfulness == f"These axes show 2 of 3 features, {100 * share:.0f} % of the variance."
    swapped = Scene.from_trace(trace_of(points[:, :2]), axes=(1, 0))
    assert swapped.kind == "plane"


@pytest.mark.parametrize("axes", [("a",), ("a", "a"), ("a", "nothing"), "a", (0, 9), ("a", "b", "c")])
def test_axes_that_are_not_two_features_are_refused(axes):
    points = np.random.default_rng(2).normal(size=(20, 3))
    with pytest.raises(DataError, match=r"axes must name two different features.*choose from a, b, c"):
        Scene.from_trace(trace_of(points, names=["a", "b", "c"]), axes=axes)


def test_one_feature_is_a_strip_with_borders_at_midpoints_and_a_density():
    points = groups([[0.0], [10.0]], each=100)
    scene = Scene.from_trace(lloyd(points, [[1.0], [2.0]]))
    assert scene.kind == "strip"
    np.testing.assert_array_equal(scene.positions[:, 0], points[:, 0])
    assert scene.ylim == (0.0, 1.0)
    frame = scene.frames[1]
    np.testing.assert_allclose(scene.regions(frame).borders[0, :, 0], 1.5)
    place, height = scene.profile.T
    assert height.max() == 1.0
    assert {round(x) for x in place[height > 0.5]} <= {-1, 0, 1, 9, 10, 11}


def test_the_density_of_a_strip_is_a_gaussian_kernel_with_half_of_silvermans_bandwidth():
    points = groups([[0.0]], each=80, spread=3.0)
    place, height = Scene.from_trace(lloyd(points, [[1.0]])).profile.T
    quartiles = np.quantile(points, [0.25, 0.75])
    bandwidth = 0.45 * min(points.std(), np.diff(quartiles)[0] / 1.34) * 80**-0.2
    expected = np.exp(-0.5 * ((place - points) / bandwidth) ** 2).sum(axis=0)
    np.testing.assert_allclose(height, expected / expected.max(), atol=0.02)


def test_features_that_never_vary_and_a_single_point_are_drawn():
    for points in (np.ones((5, 2)), np.ones((5, 4)), np.zeros((1, 2)), np.full((4, 1), 1e12)):
        scene = Scene.from_trace(lloyd(points, points[:1], iterations=1))
        assert scene.xlim[0] < scene.positions[:, 0].min() <= scene.positions[:, 0].max() < scene.xlim[1]
        assert scene.ylim[0] < scene.ylim[1]


@pytest.mark.parametrize("offset", [0.0, 1e8, -1e12])
def test_limits_hold_points_and_centers_of_the_whole_run(offset):
    points = groups([[0, 0], [4, 1], [1, 6]]) + offset
    trace = lloyd(points, points[:3] + 1.0)
    scene = Scene.from_trace(trace)
    for positions in (scene.positions, *(frame.centers for frame in scene.frames)):
        assert (positions > (scene.xlim[0], scene.ylim[0])).all()
        assert (positions < (scene.xlim[1], scene.ylim[1])).all()
    assert scene.limits.aspect == "equal"


@pytest.mark.parametrize("offset", [0.0, 1000.0, -1000.0])
def test_a_start_far_away_does_not_squash_the_points(offset):
    points = groups([[0, 0], [4, 1]]) + offset
    scene = Scene.from_trace(lloyd(points, np.array([[0.0, 0.0], [500.0, 3.0]]) + offset))
    assert np.diff(scene.xlim)[0] < 30
    centers, outside = scene.brought_inside(scene.frames[0].centers)
    assert outside.tolist() == [False, True]
    assert centers[1, 0] < scene.xlim[1]


def test_a_feature_that_never_varies_has_room_on_both_sides():
    points = np.column_stack([np.linspace(2, 8, 20), np.full(20, 5.0)])
    for columns, side in (([0, 1], "ylim"), ([1, 0], "xlim")):
        low, high = getattr(Scene.from_trace(trace_of(points[:, columns])), side)
        assert low < 4 < 6 < high


@pytest.mark.parametrize("size", [(4, 1.2), (1, 3)])
def test_points_are_in_the_middle_of_axes_drawn_to_measure(size):
    points = np.random.default_rng(0).uniform(size=(200, 2))
    points = (points - points.min(axis=0)) / np.ptp(points, axis=0) * size
    scene = Scene.from_trace(trace_of(points))
    assert scene.limits.aspect == "equal"
    np.testing.assert_allclose([np.mean(scene.xlim), np.mean(scene.ylim)], np.array(size) / 2)
    assert 0.5 <= np.ptp(scene.ylim) / np.ptp(scene.xlim) <= 1.2 + 1e-9


def test_axes_of_unlike_measure_are_stretched():
    points = groups([[0, 0], [4, 1]])
    assert Scene.from_trace(trace_of(points * (1, 100))).limits.aspect == "auto"
    assert Scene.from_trace(trace_of(points, scale=np.array([1.0, 2.0]))).limits.aspect == "auto"


def test_names_are_kept_to_one_short_line():
    names = ["a\nb\u202e\x00c\u2028", "very " * 30]
    scene = Scene.from_trace(trace_of(groups([[0, 0], [4, 1]]), names=names))
    assert scene.axis_labels[0] == "a b c"
    assert len(scene.axis_labels[1]) <= 48
    assert scene.axis_labels[1].endswith("…")


def test_a_model_without_centers_has_a_curve_and_no_frames():
    trace = trace_of(groups([[0, 0], [4, 1]]))
    steps = tuple(dataclasses.replace(s, parameters={"weights": np.ones(2)}) for s in trace.steps)
    scene = Scene.from_trace(
        dataclasses.replace(trace, steps=steps, card=ModelCard("other", "other", "weights"))
    )
    assert scene.frames == ()
    assert len(scene.curve.values) == len(trace.steps) - 1
    assert scene.curve.name == "objective"


def test_the_largest_weight_of_a_principal_component_is_positive():
    for seed in range(4):  # or every start of the solver's could happen to agree
        points = np.random.default_rng(seed).normal(size=(50, 4)) * (1, 2, 3, 4)
        positions = Scene.from_trace(trace_of(points)).positions
        weights = (points - points.mean(axis=0)).T @ positions  # of the features, up to a factor
        assert (weights[np.abs(weights).argmax(axis=0), [0, 1]] > 0).all()


def test_axes_that_show_nearly_all_do_not_claim_to_show_all():
    points = np.random.default_rng(0).normal(size=(200, 3)) * (1.0, 1.0, 0.08)
    share = 100 * PCA(2).fit(points).explained_variance_ratio_.sum()
    assert 99.5 < share < 99.9
    faithfulness = Scene.from_trace(trace_of(points)).faithfulness
    assert faithfulness == f"These axes show {share:.1f} % of the variance."


def test_the_limits_of_a_strip_hold_a_center_beyond_the_points():
    points = groups([[0.0], [4.0]])
    start = [[0.0], [points.max() + 2.0]]
    left, right = Scene.from_trace(lloyd(points, start)).xlim
    assert left < points.min()
    assert right > points.max() + 2.0
