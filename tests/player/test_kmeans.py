"""The run in the page is the package's: centers, owners, objective and sentences at every half-step."""

import dataclasses
import warnings

import numpy as np
import pytest

from emscope import KMeans, datasets, player, recording
from emscope.events import kind_of
from emscope.scene import Scene

RUN = """
import { unpack } from "./page/unpack.js";
import { whatIf } from "./story/whatif.js";
const data = unpack(given);
const { centers } = data.recorded.frames[0];
const start = { centers, origin: given.settings.init, palette: [0], update: "mean" };
const run = whatIf(data, start);
const frames = run.frames.map((frame) => ({
  ...frame, centers: Array.from(frame.centers), labels: frame.labels && Array.from(frame.labels),
}));
console.log(JSON.stringify([frames, run.events]));
"""


def blobs(**changes):
    return KMeans(4, init=datasets.blobs_start(), **changes), datasets.blobs().matrix, None


def far_away():
    random = np.random.default_rng(1)
    X = np.concatenate([random.normal(c, 1.0, (50, 3)) for c in (1e9, 1e9 + 5, -1e9)])
    return KMeans(3, init=X[[0, 1, 120]]), X, None


def empty_clusters():
    random = np.random.default_rng(2)
    X = random.normal(size=(80, 2))
    return KMeans(5, init=[[0, 0], [50, 50], [60, 50], [0.1, 0], [70, 0]]), X, None


def duplicates():
    return KMeans(4, init=[[0.0], [1.0], [2.0], [3.0]]), np.repeat([[0.0], [1.0]], 10, axis=0), None


def single_precision():
    X = datasets.blobs().matrix.astype(np.float32)
    return KMeans(6, init=X[:6]), X, None


def standardized():
    X = datasets.penguins().matrix
    return KMeans(3, init="random", random_state=1, n_init=1), X, X.std(axis=0)


def one_feature():
    return KMeans(3, init="k-means++", random_state=0), datasets.old_faithful().matrix[:, 1:], None


def stopped_early():
    return blobs(max_iter=1)


def stopped_by_tolerance():
    X = np.random.default_rng(3).uniform(size=(500, 2))
    return KMeans(7, init=X[:7], tol=0.01), X, None


def to_the_end():
    X = np.random.default_rng(3).uniform(size=(500, 2))
    return KMeans(7, init=X[:7], tol=0.0), X, None


CASES = [
    *(blobs, far_away, empty_clusters, duplicates, single_precision, standardized, one_feature),
    *(stopped_early, stopped_by_tolerance, to_the_end),
]


def trace_of(case):
    model, X, scale = case()
    rows = X if scale is None else X / scale
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trace = model.fit(rows).trace_
    return recording.in_units_of(trace, X, scale)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_same_at_every_half_step(node, case):
    trace = trace_of(case)
    scene = Scene.from_trace(trace)
    found, events = node(RUN, player.data_of(trace))
    assert events == [
        {"step": i, "message": e.message, "routine": False, "ends": kind_of(e).ends} for i, e in trace.events
    ]
    assert [(f["phase"], f["iteration"]) for f in found] == [(s.phase, s.iteration) for s in trace.steps]
    scale = 1.0 if trace.scale is None else trace.scale
    for frame, step, drawn in zip(found, trace.steps, scene.frames, strict=True):
        centers = np.reshape(frame["centers"], step.centers.shape)
        # 1e-9 of the data's spread: far from zero that asks for all digits there are
        spread = np.ptp(trace.points / scale, axis=0).max()
        np.testing.assert_allclose(centers / scale, step.centers / scale, rtol=1e-15, atol=1e-9 * spread)
        if step.labels is not None:
            np.testing.assert_array_equal(frame["labels"], step.labels)
            assert frame["counts"] == step.counts.tolist()
        if step.objective is not None:
            assert frame["objective"] == pytest.approx(step.objective, rel=1e-9)
        assert frame["moved"] == step.moved
        assert np.flatnonzero(drawn.moved).tolist() == frame["changed"]
        assert frame["title"] == drawn.title
        assert frame["short"] == drawn.short_title
        assert frame["caption"] == drawn.caption


def test_the_same_to_the_last_bit_where_ties_decide(node):
    random = np.random.default_rng(5)
    traces = []
    for _ in range(40):
        d, k = int(random.integers(1, 4)), int(random.integers(1, 7))
        X = random.integers(0, 4, size=(30, d)).astype(float)
        start = random.integers(0, 5, size=(k, d)).astype(float)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            traces.append(KMeans(k, init=start, max_iter=20, tol=0).fit(X).trace_)
    code = """
    import { lloyd } from "./em/kmeans.js";
    const rules = { maxIter: 20, tolerance: 0, single: false };
    console.log(JSON.stringify(given.map(([points, start, d]) =>
      lloyd(Float64Array.from(points), d, Float64Array.from(start), rules)
        .map((step) => [Array.from(step.centers), step.labels && Array.from(step.labels)]))));
    """
    given = [
        (t.points.ravel().tolist(), t.steps[0].centers.ravel().tolist(), t.points.shape[1]) for t in traces
    ]
    for trace, steps in zip(traces, node(code, given), strict=True):
        for step, (centers, labels) in zip(trace.steps, steps, strict=True):
            assert centers == step.centers.ravel().tolist()
            assert labels == (None if step.labels is None else step.labels.tolist())


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")
def test_the_run_on_a_sample_takes_the_tolerance_of_the_sample(node):
    X = np.random.default_rng(4).uniform(size=(3000, 2))
    trace = KMeans(6, init=X[:6], tol=0.02).fit(X).trace_
    shown = np.arange(0, 3000, 7)
    sample = dataclasses.replace(
        trace,
        points=trace.points[shown],
        sample_indices=shown,
        steps=tuple(
            dataclasses.replace(s, labels=None if s.labels is None else s.labels[shown]) for s in trace.steps
        ),
    )
    found, _ = node(RUN, player.data_of(sample))
    again = KMeans(6, init=X[:6], tol=0.02).fit(X[shown]).trace_
    assert len(found) == len(again.steps)
    np.testing.assert_allclose(found[-1]["centers"], again.steps[-1].centers.ravel(), rtol=1e-9)


def test_a_weighted_run_is_compared_on_the_points_that_the_page_counts(node):
    X = datasets.blobs().matrix
    weights = np.random.default_rng(6).uniform(0.5, 2.0, len(X))
    trace = KMeans(4, init=datasets.blobs_start()).fit(X, sample_weight=weights).trace_
    code = """
    import { unpack } from "./page/unpack.js";
    import { recordedOnShown } from "./em/objectives.js";
    console.log(JSON.stringify(recordedOnShown(unpack(given))));
    """
    found = node(code, player.data_of(trace))
    known = [(i, step) for i, step in enumerate(trace.steps) if step.objective is not None]
    assert [mark["step"] for mark in found] == [i for i, _ in known]
    for mark, (_, step) in zip(found, known, strict=True):
        assert mark["value"] == pytest.approx(((X - step.centers[step.labels]) ** 2).sum(), rel=1e-12)
        assert mark["value"] != pytest.approx(step.objective, rel=1e-3)


def test_starts_are_rows_or_means(node):
    X = datasets.blobs().matrix
    code = """
    import { startFrom, farthestPoint } from "./em/starts.js";
    const points = Float64Array.from(given.flat());
    const names = ["k-means++", "random", "farthest", "random-partition"];
    const one = (name, seed) => Array.from(startFrom(name, points, 2, 4, seed));
    console.log(JSON.stringify({
      starts: names.map((name) => [one(name, 1), one(name, 1), one(name, 2)]),
      all: Array.from(startFrom("random", points, 2, 300, 5)),
      farthest: farthestPoint(points, 2, points.slice(0, 2)),
    }));
    """
    found = node(code, X.tolist())
    rows = set(map(tuple, X.tolist()))
    for name, (first, again, other) in zip(
        ("k-means++", "random", "farthest", ""), found["starts"], strict=True
    ):
        assert first == again
        assert first != other
        centers = [tuple(c) for c in np.reshape(first, (4, 2)).tolist()]
        assert len(set(centers)) == 4
        assert (set(centers) <= rows) == bool(name)
    assert sorted(map(tuple, np.reshape(found["all"], (300, 2)).tolist())) == sorted(rows)
    assert found["farthest"] == ((X - X[0]) ** 2).sum(axis=1).argmax()
