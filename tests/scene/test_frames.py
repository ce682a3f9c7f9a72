import dataclasses

import numpy as np
import pytest

from emscope import KMeans
from emscope.errors import DataError
from emscope.events import Event
from emscope.recording import in_units_of
from emscope.scene import Scene
from hand_made import groups, lloyd


@pytest.fixture
def seed_trace(seed_run):
    points = np.array(seed_run["data"])
    return lloyd(points, seed_run["steps"][0]["centers"], iterations=3)


def test_captions_of_the_first_experiment(seed_trace):
    assert [frame.caption for frame in Scene.from_trace(seed_trace).frames] == [
        "Initialization: 4 given centers; no point has an owner yet.",
        "Expectation step 0: 300 points join their nearest center; inertia 1,909.",
        "Maximization step 0: all 4 centers move to the means of their points, at most by 2.47 (center 1); "
        "inertia 1,909 → 568.6.",
        "Expectation step 1: 47 of 300 points change cluster; inertia 568.6 → 329.8.",
        "Maximization step 1: all 4 centers move to the means of their points, at most by 0.936 (center 0); "
        "inertia 329.8 → 214.1.",
        "Expectation step 2: 1 of 300 points changes cluster; inertia 214.1 → 212.1.",
        "Maximization step 2: 2 of 4 centers move to the means of their points, at most by 0.0280 "
        "(center 2); inertia 212.1 → 212.0.",
        "Final clustering: converged after 3 iterations (0 to 2), no point changes cluster; inertia 212.0.",
    ]


def test_titles_and_short_titles(seed_trace):
    frames = Scene.from_trace(seed_trace).frames
    assert [frame.title for frame in frames[:3]] == [
        "Initialization",
        "Expectation step 0",
        "Maximization step 0",
    ]
    assert [frame.short_title for frame in frames] == [
        "start",
        "E 0",
        "M 0",
        "E 1",
        "M 1",
        "E 2",
        "M 2",
        "final",
    ]


def test_a_run_that_was_cut_short_says_so():
    points = groups([[0, 0], [3, 1], [1, 4]])
    trace = lloyd(points, points[:3], iterations=1)
    frame = Scene.from_trace(trace).frames[-1]
    assert frame.title == "Final clustering"
    moved = trace.steps[-1].moved
    assert (
        f"stopped at max_iter = 1 before it converged, {moved} of 180 points still change cluster"
        in frame.caption
    )


@pytest.mark.parametrize(
    ("by_labels", "moved", "said"), [(True, 0, False), (False, 0, False), (False, 7, True)]
)
def test_centers_that_hardly_moved_are_the_reason_only_where_labels_still_changed(
    seed_trace, by_labels, moved, said
):
    *steps, last = seed_trace.steps
    still = Event("converged", values={"case": "shift", "shift": 1e-9})
    last = dataclasses.replace(last, moved=moved, events=last.events if by_labels else (still,))
    trace = dataclasses.replace(seed_trace, steps=(*steps, last), converged=True)
    assert ("because the centers hardly moved" in Scene.from_trace(trace).frames[-1].caption) == said


def test_the_start_is_named():
    points = groups([[0, 0], [3, 1]])
    for init, told in (
        ("k-means++", "2 centers, chosen by k-means++;"),
        ("random", "2 centers, drawn at random from the points;"),
        ("my $start$\n", "2 centers, from “my $start$”;"),
    ):
        assert told in Scene.from_trace(lloyd(points, points[:2], init=init)).frames[0].caption


def test_an_interrupted_run_and_one_left_early_have_no_final_frame(seed_trace):
    interrupted = Event("interrupted")
    for count, events in ((3, (interrupted,)), (3, ()), (4, ()), (4, (interrupted,)), (1, ())):
        steps = list(seed_trace.steps[:count])
        steps[-1] = dataclasses.replace(steps[-1], events=events)
        scene = Scene.from_trace(dataclasses.replace(seed_trace, steps=tuple(steps), converged=False))
        last = scene.frames[-1]
        assert not last.final
        assert last.title != "Final clustering"
        assert ("The run was interrupted before it converged." in last.caption) == bool(events)


def test_that_the_centers_hardly_moved_is_said_where_it_was_the_reason(seed_trace):
    steps = list(seed_trace.steps)
    steps[-1] = dataclasses.replace(steps[-1], moved=3)
    by_hand = Event("converged", prose="it stands still")
    for events, said in (
        ((), False),
        ((Event("converged", values={"case": "labels"}),), False),
        ((Event("converged", values={"case": "gain", "change": 0.0, "tol": 0.1}),), False),
        ((Event("max_iter", values={"max_iter": 3}),), False),
        ((Event("converged", values={"case": "shift", "shift": 1e-9}),), True),
        ((by_hand,), True),
    ):
        steps[-2] = dataclasses.replace(steps[-2], events=events)
        run = dataclasses.replace(seed_trace, steps=tuple(steps), converged=True)
        assert ("because the centers hardly moved" in Scene.from_trace(run).frames[-1].caption) == said
    steps[-1] = dataclasses.replace(steps[-1], moved=0)
    run = dataclasses.replace(seed_trace, steps=tuple(steps), converged=True)
    assert "hardly moved" not in Scene.from_trace(run).frames[-1].caption


def test_events_are_told_after_the_sentence(seed_trace):
    steps = list(seed_trace.steps)
    empty = [
        Event("empty_cluster", c, prose=f"cluster {c} was empty, so its center moved") for c in (1, 3, 2)
    ]
    steps[2] = dataclasses.replace(steps[2], events=tuple(empty))
    frame = Scene.from_trace(dataclasses.replace(seed_trace, steps=tuple(steps))).frames[2]
    assert frame.caption.endswith(
        "568.6. Cluster 1 was empty, so its center moved. The same holds for clusters 3, 2."
    )


def test_frames_carry_what_changed(seed_trace):
    scene = Scene.from_trace(seed_trace)
    first, expectation, maximization, later = scene.frames[:4]
    assert first.labels is None
    assert not expectation.moved.any()
    assert later.moved.sum() == 47
    np.testing.assert_array_equal(maximization.labels, expectation.labels)
    np.testing.assert_array_equal(maximization.old_centers, expectation.centers)
    np.testing.assert_array_equal(maximization.bordering, expectation.centers)
    assert maximization.arrows.all()
    assert not scene.frames[6].arrows.any()
    assert maximization.objective == pytest.approx(568.566, abs=1e-3)


def test_thinned_half_steps_are_left_out(seed_trace):
    steps = list(seed_trace.steps)
    for i in (2, 3):
        steps[i] = dataclasses.replace(steps[i], parameters={}, labels=None)
    steps[4] = dataclasses.replace(steps[4], labels=None)  # its owners belong to a step that is gone
    scene = Scene.from_trace(dataclasses.replace(seed_trace, steps=tuple(steps)))
    assert [frame.index for frame in scene.frames] == [0, 1, 5, 6, 7]
    assert not scene.frames[2].moved.any()
    assert len(scene.curve.values) == 7


def test_single_clusters_and_single_points_are_told_in_the_singular():
    one = Scene.from_trace(lloyd(groups([[0, 0]]), [[1.0, 1.0]]))
    assert one.frames[0].caption == "Initialization: 1 center, the only owner of every point to come."
    assert "the center moves by" in one.frames[2].caption
    point = Scene.from_trace(lloyd([[0.0, 0.0]], [[0.0, 0.0]]))
    assert point.frames[2].caption == "Maximization step 0: the center does not move; inertia stays 0."


def test_long_runs_are_shortened_to_where_most_happened():
    points = np.random.default_rng(0).normal(size=(400, 2))
    scene = Scene.from_trace(lloyd(points, points[:12], iterations=80))
    n = len(scene.frames)
    assert n > 20
    assert scene.limit_frames(n) == tuple(range(n))
    few = scene.limit_frames(15)
    assert len(few) == 15
    assert (few[0], few[-1]) == (0, n - 1)
    left_out = set(range(n)) - set(few)
    kept = [scene.frames[i].moved.sum() for i in few[2:-1] if scene.frames[i].phase == "expectation"]
    assert max(scene.frames[i].moved.sum() for i in left_out) <= min(kept)
    panels = scene.panels()
    assert panels[:7] == tuple(range(7))
    assert panels[-1] == n - 1
    assert len(panels) <= 12
    assert list(panels) == sorted(set(panels))


def test_a_sample_says_how_much_it_shows_and_lies_over_a_density():
    points = groups([[0, 0], [6, 1]], each=50)
    trace = lloyd(points, points[[0, 99]])
    sampled = dataclasses.replace(trace, n_samples=3_400_000, sample_indices=np.arange(100))
    scene = Scene.from_trace(sampled)
    assert scene.note == "100 of 3,400,000 points shown"
    assert scene.density.max() == 1.0
    assert scene.density.min() == 0.0
    rows = groups([[0, 0], [6, 1]], each=5000)
    dense = Scene.from_trace(dataclasses.replace(trace, n_samples=10_000), rows=rows).density
    row, column = np.unravel_index(dense.argmax(), dense.shape)
    x = scene.xlim[0] + (column + 0.5) / dense.shape[1] * np.diff(scene.xlim)[0]
    y = scene.ylim[0] + (row + 0.5) / dense.shape[0] * np.diff(scene.ylim)[0]
    assert min(np.hypot(x, y), np.hypot(x - 6, y - 1)) < 1.0
    assert Scene.from_trace(trace).density is None


def test_rows_of_other_data_are_refused():
    points = groups([[0, 0], [6, 1]])
    with pytest.raises(DataError, match=r"rows has shape \(3, 2\), but .* shape \(120, 2\)"):
        Scene.from_trace(lloyd(points, points[:2]), rows=np.zeros((3, 2)))


def test_a_maximization_tells_units_features_and_weights():
    X = np.random.default_rng(0).normal(size=(40, 4))
    model = KMeans(2, init=X[:2], max_iter=2).fit(X, sample_weight=np.arange(40.0))
    caption = Scene.from_trace(model.trace_).frames[2].caption
    assert "to the weighted means of their points" in caption
    assert "in all 4 features" in caption
    told = in_units_of(KMeans(2, init=X[:2, :2]).fit(X[:, :2]).trace_, X[:, :2] * 3.0, np.full(2, 3.0))
    scene = Scene.from_trace(told)
    assert "standard deviations (center" in scene.frames[2].caption
    assert scene.measure == "Distances were taken in standard deviations of the features."


def test_limits_hold_nearly_all_rows_behind_the_sample():
    X = np.random.default_rng(0).normal(size=(60_000, 2))
    trace = KMeans(3, random_state=0, max_iter=2).fit(X).trace_
    scene = Scene.from_trace(trace, rows=X)
    (left, right), (bottom, top) = scene.xlim, scene.ylim
    inside = (X[:, 0] > left) & (X[:, 0] < right) & (X[:, 1] > bottom) & (X[:, 1] < top)
    assert np.count_nonzero(~inside) <= 3
    one = X[:, :1]
    strip = Scene.from_trace(KMeans(3, random_state=0, max_iter=2).fit(one).trace_, rows=one)
    assert np.count_nonzero((one < strip.xlim[0]) | (one > strip.xlim[1])) <= 3
    X[:600] *= 1e6  # one in a hundred rows, of which the sample could know none
    far = Scene.from_trace(trace, rows=X)
    assert np.diff(far.xlim) < 3 * np.diff(scene.xlim)


@pytest.mark.parametrize(
    ("shift", "told"),
    [
        ([0.0, 0.0], "no center moves;"),
        ([0.5, 0.0], "1 of 2 centers moves to the mean of its points, by 0.500 (center 0)"),
        ([0.5, 1.0], "both centers move to the means of their points, at most by 1.00 (center 1)"),
        ([0.5, 1.0, 0.0], "2 of 3 centers move to the means of their points, at most by 1.00 (center 1)"),
        ([0.5, 1.0, 2.0], "all 3 centers move to the means of their points, at most by 2.00 (center 2)"),
    ],
)
def test_as_many_centers_move_as_the_sentence_says(shift, told):
    points = groups([[0, 0], [3, 1], [1, 4]])
    trace = lloyd(points, points[[0, 60, 120][: len(shift)]], iterations=1)
    steps = list(trace.steps)
    steps[2] = dataclasses.replace(steps[2], shift=np.array(shift))
    frames = Scene.from_trace(dataclasses.replace(trace, steps=tuple(steps))).frames
    assert frames[2].caption.startswith(f"Maximization step 0: {told}")


@pytest.mark.parametrize(
    ("moved", "told"),
    [
        (0, "no point changes cluster"),
        (1, "1 of 120 points changes cluster"),
        (2, "2 of 120 points change cluster"),
    ],
)
def test_as_many_points_change_cluster_as_the_sentence_says(moved, told):
    points = groups([[0, 0], [3, 1]])
    trace = lloyd(points, points[:2], iterations=2)
    steps = list(trace.steps)
    steps[3] = dataclasses.replace(steps[3], moved=moved)
    frames = Scene.from_trace(dataclasses.replace(trace, steps=tuple(steps))).frames
    assert frames[3].caption.startswith(f"Expectation step 1: {told};")
