import dataclasses
import re

import numpy as np
import pytest
from scipy.stats import norm

from emscope import GaussianMixture
from emscope.card import ModelCard
from emscope.card import gaussian_mixture as gaussian_mixture_card
from emscope.errors import DataError
from emscope.events import Event
from emscope.recording import in_units_of
from emscope.scene import Scene
from emscope.scene.colors import blended, mixed
from emscope.scene.mixture import densities, full_covariances, outlines
from emscope.scene.projection import choose
from emscope.scene.selection import where_most_moved
from emscope.trace import Step, Trace
from hand_made import gaussian_mixture, groups, lloyd

CENTERS = [[0, 0], [4, 1], [1, 6]]


@pytest.fixture(scope="module")
def trace():
    points = groups(CENTERS, spread=1.2)
    return gaussian_mixture(points, points[[0, 60, 120]] + 0.5, iterations=4, tol=0)


def with_covariances(layout, covariances, means, **changes):
    """Half a run of a third model whose only step has the given parameters."""
    k, d = np.shape(means)
    parameters = {"means": np.array(means, dtype=float), "covariances": np.array(covariances, dtype=float)}
    step = Step("initialization", 0, parameters | {"weights": np.full(k, 1 / k)})
    points = np.random.default_rng(0).normal(size=(20, d))
    made = {
        "steps": (step,),
        "points": points,
        "sample_indices": np.arange(20),
        "n_samples": 20,
        "feature_names": tuple(f"x{j}" for j in range(d)),
        "card": ModelCard("another", "another", "means", soft=True, covariances=layout),
        "settings": {},
        "converged": False,
    }
    return Trace(**(made | changes))


def full(trace):
    return full_covariances(trace.steps[0], trace)


def test_every_kind_of_covariances_becomes_full():
    means = np.zeros((3, 2))
    each = np.arange(12.0).reshape(3, 2, 2)
    np.testing.assert_array_equal(full(with_covariances("full", each, means)), each)
    tied = [[2.0, 1.0], [1.0, 3.0]]
    np.testing.assert_array_equal(full(with_covariances("tied", tied, means)), [tied] * 3)
    diagonals = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    expected = [np.diag(row) for row in diagonals]
    np.testing.assert_array_equal(full(with_covariances("diag", diagonals, means)), expected)
    spherical = full(with_covariances("spherical", [1.0, 2.0, 3.0], means))
    np.testing.assert_array_equal(spherical, [np.eye(2), 2 * np.eye(2), 3 * np.eye(2)])


def test_tied_and_diagonal_covariances_of_one_shape_are_told_apart_by_the_card():
    means, given = np.zeros((2, 2)), [[2.0, 1.0], [1.0, 3.0]]
    for layout, expected in (("tied", [given] * 2), ("diag", [np.diag([2.0, 1.0]), np.diag([1.0, 3.0])])):
        np.testing.assert_array_equal(full(with_covariances(layout, given, means)), expected)


@pytest.mark.parametrize(
    ("layout", "covariances"),
    [
        ("diag", np.zeros((3, 5))),
        ("full", np.full((3, 2, 2), np.nan)),
        ("spherical", np.zeros(7)),
        (None, [1.0] * 3),
    ],
)
def test_covariances_that_are_none_draw_no_ellipses(layout, covariances):
    trace = with_covariances(layout, covariances, np.zeros((3, 2)))
    (frame,) = Scene.from_trace(trace).frames
    assert frame.ellipses is None


@pytest.mark.parametrize("axes", [None, (3, 1)])
@pytest.mark.parametrize("scaled", [False, True])
def test_a_projected_ellipse_is_the_covariance_of_projected_samples(axes, scaled):
    random = np.random.default_rng(1)
    root = random.normal(size=(4, 4)) * (1, 3, 0.5, 2)
    covariance = root @ root.T
    scale = np.array([1.0, 10.0, 0.1, 2.0]) if scaled else None
    trace = with_covariances("full", [covariance], [[1.0, 2, 3, 4]], scale=scale)
    projection = choose(trace, axes)
    (found,) = projection.marginals(full(trace))
    samples = projection(random.multivariate_normal([1, 2, 3, 4], covariance, size=400_000))
    expected = np.cov(samples.T)
    tolerance = 0.02 * np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert (np.abs(found - expected) < tolerance).all()


def test_marginals_in_closed_form():
    covariance = np.arange(9.0).reshape(3, 3) + np.arange(9.0).reshape(3, 3).T + 20 * np.eye(3)
    trace = with_covariances("full", [covariance], np.zeros((1, 3)))
    named = choose(trace, (2, 0)).marginals(full(trace))
    np.testing.assert_array_equal(named, [covariance[np.ix_([2, 0], [2, 0])]])
    principal = choose(trace)
    by_hand = principal.components.T @ covariance @ principal.components
    np.testing.assert_allclose(principal.marginals(full(trace)), [by_hand])
    line = with_covariances("full", [[[4.0]]], [[1.0]])
    np.testing.assert_array_equal(choose(line).marginals(full(line)), [[[4.0, 0.0], [0.0, 0.0]]])


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_a_fit_in_standard_deviations_is_drawn_in_the_units_of_its_table(covariance_type):
    X = groups(CENTERS, spread=0.8) * (1.0, 100.0)
    scale = X.std(axis=0)
    fitted = GaussianMixture(3, covariance_type=covariance_type, random_state=0).fit(X / scale).trace_
    plain, told = Scene.from_trace(fitted), Scene.from_trace(in_units_of(fitted, X, scale))
    for one, other in zip(plain.frames, told.frames, strict=True):
        np.testing.assert_allclose(other.ellipses, one.ellipses * np.outer(scale, scale), rtol=1e-9)
        np.testing.assert_allclose(other.centers, one.centers * scale, rtol=1e-9)
    assert "standard deviations (component" in told.frames[2].caption


def test_ellipses_lie_at_their_distance_and_singular_ones_are_lines():
    covariances = np.array([[[4.0, 1.0], [1.0, 2.0]], [[1.0, 1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]])
    means = np.array([[1.0, 2.0], [0.0, 0.0], [3.0, 3.0]])
    ellipse, line, point = outlines(means, covariances, 2.0)
    away = ellipse - means[0]
    distances = np.sqrt(np.einsum("pi,ij,pj->p", away, np.linalg.inv(covariances[0]), away))
    np.testing.assert_allclose(distances, 2.0)
    np.testing.assert_allclose(ellipse[0], ellipse[-1])
    np.testing.assert_allclose(line[:, 0], line[:, 1], atol=1e-7)
    assert line.max() == pytest.approx(2.0, abs=1e-3)
    np.testing.assert_allclose(point, [[3.0, 3.0]] * len(point))


def test_densities_are_those_of_the_normal_distribution():
    grid = np.linspace(-5, 9, 1000)
    means, variances, weights = np.array([0.0, 3.0]), np.array([1.0, 0.25]), np.array([0.3, 0.7])
    found = densities(grid, means, variances, weights)
    expected = [w * norm(m, v**0.5).pdf(grid) for m, v, w in zip(means, variances, weights, strict=True)]
    np.testing.assert_allclose(found, expected)
    collapsed = densities(grid, means[:1], np.zeros(1), np.ones(1))
    assert np.isfinite(collapsed).all()
    assert collapsed.max() > 10


def test_the_sum_over_a_strip_has_the_area_of_the_points_density():
    points = groups([[0.0], [10.0]], each=100)
    scene = Scene.from_trace(gaussian_mixture(points, [[1.0], [7.0]], iterations=8))
    heights = scene.component_heights(scene.frames[-1])
    assert heights.shape == (2, len(scene.profile))
    assert heights.sum() == pytest.approx(scene.profile[:, 1].sum(), rel=0.02)
    assert scene.profile[:, 1].max() <= 1.0
    final = scene.frames[-1]
    np.testing.assert_allclose(heights.sum(axis=1) / heights.sum(), final.weights, atol=0.02)
    assert scene.regions(final) is None
    plane = Scene.from_trace(lloyd(groups(CENTERS), CENTERS))
    assert plane.component_heights(plane.frames[-1]) is None


def test_components_over_a_strip_are_normal_densities():
    points = groups([[0.0], [10.0]], each=100, spread=1.5)
    scene = Scene.from_trace(gaussian_mixture(points, [[1.0], [7.0]], iterations=8))
    place, height = scene.profile.T
    final = scene.frames[-1]
    means, sigmas = final.centers[:, :1], np.sqrt(final.ellipses[:, 0, :1])
    expected = height.sum() * (place[1] - place[0]) * final.weights[:, None] * norm(means, sigmas).pdf(place)
    np.testing.assert_allclose(scene.component_heights(final), expected)


@pytest.mark.parametrize(("narrower", "at_most"), [(1.0, 1.0), (1.5, 1.0), (100.0, np.inf)])
def test_the_density_of_a_strip_leaves_room_for_the_final_mixture(narrower, at_most):
    trace = gaussian_mixture(groups([[0.0]], each=100), [[0.0]], iterations=1, tol=0)
    last = trace.steps[-1]
    narrow = last.parameters | {"covariances": last.covariances / narrower**2}
    steps = (*trace.steps[:-1], dataclasses.replace(last, parameters=narrow))
    scene = Scene.from_trace(dataclasses.replace(trace, steps=steps))
    assert scene.component_heights(scene.frames[-1]).sum(axis=0).max() <= at_most + 1e-9
    assert scene.profile[:, 1].max() >= 1 / 1.8


def test_a_strip_of_a_run_left_at_its_start_is_drawn():
    trace = gaussian_mixture(groups([[0.0]], each=100), [[0.0]])
    scene = Scene.from_trace(dataclasses.replace(trace, steps=trace.steps[:1], converged=False))
    assert len(scene.frames) == 1
    assert scene.component_heights(scene.frames[0]).shape == (1, len(scene.profile))


def test_frames_of_a_mixture_carry_its_components(trace):
    start, expectation, maximization, later = Scene.from_trace(trace).frames[:4]
    assert start.responsibilities is None
    assert start.certainty is None
    assert start.labels is None
    np.testing.assert_array_equal(start.ellipses, trace.steps[0].covariances)
    np.testing.assert_array_equal(expectation.responsibilities, trace.steps[1].responsibilities)
    np.testing.assert_array_equal(expectation.certainty, trace.steps[1].responsibilities.max(axis=1))
    assert expectation.old_responsibilities is None
    np.testing.assert_array_equal(maximization.old_ellipses, expectation.ellipses)
    np.testing.assert_array_equal(maximization.old_weights, expectation.weights)
    np.testing.assert_array_equal(maximization.responsibilities, expectation.responsibilities)
    np.testing.assert_array_equal(later.old_responsibilities, expectation.responsibilities)
    assert maximization.reshapes
    assert not later.reshapes
    assert later.blends
    assert all(frame.bordering is None for frame in (start, expectation, maximization, later))


def test_components_between_two_steps_stay_components(trace):
    frame = Scene.from_trace(trace).frames[2]
    for share in (0.0, 0.3, 1.0):
        centers, ellipses, weights = frame.on_the_way(share)
        assert (np.linalg.eigvalsh(ellipses) > 0).all()
        assert weights.sum() == pytest.approx(1.0)
        np.testing.assert_allclose(centers, (1 - share) * frame.old_centers + share * frame.centers)
    hard = Scene.from_trace(lloyd(groups(CENTERS), CENTERS)).frames[2]
    with pytest.raises(ValueError, match="only frames of a mixture"):
        hard.on_the_way(0.5)


def test_thinned_half_steps_of_a_mixture_are_left_out(trace):
    steps = list(trace.steps)
    for i in (2, 3):
        steps[i] = dataclasses.replace(steps[i], parameters={}, labels=None, responsibilities=None)
    frames = Scene.from_trace(dataclasses.replace(trace, steps=tuple(steps))).frames
    assert [frame.index for frame in frames[:4]] == [0, 1, 4, 5]
    assert frames[2].old_ellipses is None
    assert frames[3].old_responsibilities is None


def test_axes_hold_the_later_ellipses_without_squashing_the_points(trace):
    scene = Scene.from_trace(trace)
    for frame in scene.frames[len(scene.frames) // 2 :]:
        corners = np.concatenate(outlines(frame.centers, frame.ellipses, 2.0))
        assert (corners > (scene.xlim[0], scene.ylim[0])).all()
        assert (corners < (scene.xlim[1], scene.ylim[1])).all()
    steps = list(trace.steps)
    huge = steps[-1].parameters | {"covariances": steps[-1].covariances * 1e6}
    steps[-1] = dataclasses.replace(steps[-1], parameters=huge)
    wide = Scene.from_trace(dataclasses.replace(trace, steps=tuple(steps)))
    assert np.diff(wide.xlim) < 1.5 * np.diff(scene.xlim)


def test_captions_of_a_mixture(trace):
    frames = Scene.from_trace(trace).frames
    assert (
        frames[0].caption
        == "Initialization: 3 components with given means; no point has responsibilities yet."
    )
    uncertain = int((trace.steps[1].responsibilities.max(axis=1) < 0.9).sum())
    assert frames[1].caption.startswith(
        f"Expectation step 0: 180 points get their responsibilities, {uncertain} are less than 90 % certain; "
        "negative log-likelihood per point "
    )
    step = trace.steps[2]
    farthest = int(step.shift.argmax())
    assert "all 3 means move to the weighted means of the points, at most by" in frames[2].caption
    assert f"(component {farthest}); the components stand for " in frames[2].caption
    assert f"{trace.steps[1].objective:.3f} → {step.objective:.3f}." in frames[2].caption
    moved = trace.steps[3].moved
    assert f"{moved} of 180 points change their most likely component" in frames[3].caption
    assert "stopped at max_iter = 4 before it converged; " in frames[-1].caption
    assert "cluster " not in " ".join(frame.caption for frame in frames)


def test_negative_numbers_have_a_true_minus():
    points = groups([[0, 0], [9, 9]]) / 100
    scene = Scene.from_trace(gaussian_mixture(points, [[0, 0], [0.09, 0.09]], iterations=3))
    assert scene.curve.values.max() < 0
    for frame in scene.frames[1:]:
        assert re.search("per point (stays )?−", frame.caption)
        assert not re.search(r"-\d", frame.caption)
    assert " → −" in scene.frames[2].caption


def test_the_end_of_a_mixture_says_why():
    points = groups([[0, 0], [9, 9]])
    scene = Scene.from_trace(gaussian_mixture(points, [[0, 0], [9, 9]], iterations=50, tol=1e-3))
    assert scene.frames[-1].caption.startswith("Final clustering: converged after ")
    assert (
        "because the log-likelihood per point gained less than tol = 0.001; no point changes"
        in scene.frames[-1].caption
    )
    assert "→" not in scene.frames[-1].caption


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ("kmeans", "2 components that begin as the clusters of k-means;"),
        ("random", "2 components that begin with random responsibilities;"),
        ("my start\n", "2 components from “my start”;"),
        ("x" * 40, f"2 components from “{'x' * 40}”;"),
    ],
)
def test_the_start_of_a_mixture_is_named(start, told):
    points = groups([[0, 0], [9, 9]])
    trace = gaussian_mixture(points, points[:2], settings={"init_params": start})
    assert told in Scene.from_trace(trace).frames[0].caption


def test_a_single_component_is_told_in_the_singular():
    frames = Scene.from_trace(gaussian_mixture(groups([[0, 0]]), [[1.0, 1.0]])).frames
    assert frames[0].caption == "Initialization: 1 component, responsible for every point to come."
    assert "the one component is responsible for 60 points;" in frames[1].caption
    assert "the mean moves by" in frames[2].caption


def test_events_of_components_are_told_as_such(trace):
    steps = list(trace.steps)
    collapsed = [Event("collapsed_component", j, prose=f"component {j} has collapsed") for j in (1, 2)]
    steps[2] = dataclasses.replace(steps[2], events=tuple(collapsed))
    frame = Scene.from_trace(dataclasses.replace(trace, steps=tuple(steps))).frames[2]
    assert frame.caption.endswith("Component 1 has collapsed. The same holds for component 2.")


@pytest.mark.parametrize(
    ("kind", "covariances", "told"),
    [
        ({2: [1]}, "full", "Component 1 collapsed (maximization step 0)."),
        ({2: [1, 2]}, "full", "Components 1 and 2 collapsed (maximization step 0)."),
        ({2: [1], 4: [0, 1]}, "full", "Components 0 and 1 collapsed (from maximization step 0 on)."),
        ({0: [0]}, "full", "Component 0 collapsed (initialization)."),
        ({2: range(6)}, "full", "Components 0, 1, 2, 3, 4 and 5 collapsed (maximization step 0)."),
        ({2: range(7)}, "full", "Components 0, 1, 2, 3, 4, 5, … collapsed (maximization step 0)."),
        ({4: [0]}, "tied", "The shared covariance collapsed (maximization step 1)."),
    ],
)
def test_the_final_sentence_names_the_components_that_were_lost(trace, kind, covariances, told):
    steps = list(trace.steps)
    for index, components in kind.items():
        events = tuple(Event("collapsed_component", j, prose="a long sentence") for j in components)
        steps[index] = dataclasses.replace(steps[index], events=events)
    card = gaussian_mixture_card(covariances)
    frames = Scene.from_trace(dataclasses.replace(trace, steps=tuple(steps), card=card)).frames
    assert frames[-1].caption.endswith(told)
    assert frames[-1].caption.count("collapsed") == 1
    assert not any("collapsed" in frame.caption for frame in frames[:-1])


def test_every_way_of_losing_a_component_is_told_once_at_the_end(trace):
    steps = list(trace.steps)
    kinds = ("empty_component", "duplicate_components")
    steps[4] = dataclasses.replace(
        steps[4], events=tuple(Event(kind, 2, prose="told there") for kind in kinds)
    )
    caption = Scene.from_trace(dataclasses.replace(trace, steps=tuple(steps))).frames[-1].caption
    assert caption.endswith(
        "Component 2 emptied (maximization step 1). "
        "Component 2 became the same as another (maximization step 1)."
    )
    assert "at max_iter = 4" in caption


def test_a_run_after_so_many_iterations_is_shown_by_its_expectation_steps(trace):
    scene = Scene.from_trace(trace)
    frames = [scene.frames[i] for i in scene.after([0, 1, 2, 99])]
    assert [(frame.phase, frame.iteration) for frame in frames] == [("expectation", i) for i in (0, 1, 2, 4)]
    assert [frame.progress for frame in frames] == [
        "After 0 iterations",
        "After 1 iteration",
        "After 2 iterations",
        "After 4 iterations, final",
    ]
    assert scene.after([2, 2, 0]) == scene.after([0, 2])
    for wrong in ([], [-1], [0.5]):
        with pytest.raises(DataError, match="iterations must be a list of iteration numbers"):
            scene.after(wrong)
    stopped = Scene.from_trace(dataclasses.replace(trace, steps=trace.steps[:1]))
    assert stopped.after([0, 5]) == (0,)


def test_a_long_mixture_is_shortened_to_where_most_responsibility_moved():
    points = groups([[0, 0], [1.5, 0]], each=80)
    scene = Scene.from_trace(gaussian_mixture(points, [[0.0, 1.0], [0.5, -1.0]], iterations=40, tol=0))
    few = scene.limit_frames(11)
    assert len(few) == 11
    change = {
        i: np.abs(frame.responsibilities - frame.old_responsibilities).sum()
        for i, frame in enumerate(scene.frames)
        if frame.old_responsibilities is not None
    }
    kept = [change[i] for i in few[:-1] if i in change]
    assert min(kept) >= max(value for i, value in change.items() if i not in few)


def test_the_first_labels_are_more_than_any_change_of_responsibilities(trace):
    turned = [dataclasses.replace(s, responsibilities=s.responsibilities[:, ::-1]) for s in trace.steps[3:]]
    scene = Scene.from_trace(dataclasses.replace(trace, steps=(*trace.steps[:3], *turned)))
    assert scene.limit_frames(4) == (0, 1, 2, len(scene.frames) - 1)


def test_a_maximization_counts_like_the_expectation_before_it(trace):
    frames = Scene.from_trace(trace).frames[1:]
    assert [(frame.phase, frame.iteration) for frame in frames[:2]] == [
        ("expectation", 0),
        ("maximization", 0),
    ]
    assert where_most_moved(frames, 3) == (0, 1, len(frames) - 1)


def test_colors_mix_by_responsibility():
    hexes = ("#1845fb", "#ff5e02", "#c91f16")
    own = blended(hexes, np.eye(3))
    assert [f"#{''.join(f'{round(255 * c):02x}' for c in color)}" for color in own] == list(hexes)
    (half,) = blended(hexes, np.array([[0.3, 0.7, 0.0]]))
    assert f"#{''.join(f'{round(255 * c):02x}' for c in half)}" == mixed(hexes[0], hexes[1], 0.3)


def test_a_third_model_with_means_and_covariances_has_ellipses_and_its_objective_a_plain_name():
    trace = with_covariances("full", np.array([np.eye(2)] * 2), [[0.0, 0.0], [1.0, 1.0]])
    scene = Scene.from_trace(trace)
    assert scene.frames[0].ellipses.shape == (2, 2, 2)
    assert scene.curve.name == "objective"


@pytest.mark.parametrize(
    ("shift", "told"),
    [
        ([0.0, 0.0], "no mean moves"),
        ([0.5, 0.0], "1 of 2 means moves to the weighted mean of the points, by 0.500"),
        ([0.5, 1.0], "both means move to the weighted means of the points, at most by 1.00"),
        ([0.5, 1.0, 0.0], "2 of 3 means move to the weighted means of the points, at most by 1.00"),
        ([0.5, 1.0, 2.0], "all 3 means move to the weighted means of the points, at most by 2.00"),
    ],
)
def test_as_many_means_move_as_the_sentence_says(shift, told):
    points = groups(CENTERS, spread=1.2)
    few = gaussian_mixture(points, points[[0, 60, 120][: len(shift)]] + 0.5, iterations=1, tol=0)
    steps = list(few.steps)
    steps[2] = dataclasses.replace(steps[2], shift=np.array(shift))
    frames = Scene.from_trace(dataclasses.replace(few, steps=tuple(steps))).frames
    assert frames[2].caption.startswith(f"Maximization step 0: {told}")
