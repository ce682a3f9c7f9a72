"""What the page makes or computes anew is what Python says, over a sweep of models, k and features."""

import re
import warnings

import numpy as np
import pytest

from emscope import GaussianMixture, KMeans, SphericalKMeans, player, recording
from emscope.events import kind_of, worded
from emscope.scene import Scene
from emscope.wording import number

RUNS = """
import { unpack } from "./page/unpack.js";
import { eventFrames } from "./em/data.js";
import { whatIf } from "./story/whatif.js";
const list = (numbers) => numbers && Array.from(numbers);
const shown = ({ frames, events, curve, ...run }) => ({
  events, curve, flags: eventFrames({ ...run, frames, events }), frames: frames.map((frame) => ({
    ...frame, centers: list(frame.centers), labels: list(frame.labels), changed: list(frame.changed),
    covariances: list(frame.mixture?.covariances), weights: list(frame.mixture?.weights),
    old: null, mixture: null, before: null, deciding: null,
  })),
});
console.log(JSON.stringify(given.map(([told, starts]) => {
  const data = unpack(told);
  return [shown(data.recorded), ...starts.map(([centers, update]) => {
    const all = Float64Array.from(centers.flat());
    return shown(whatIf(data, { centers: all, origin: "given", update, palette: centers.map((_, j) => j) }));
  })];
})));
"""

MODELS = ("kmeans", "spherical", "full", "tied", "diag", "spherical covariances")


def rows(k, d):
    """Rows of a few groups, with features of different sizes."""
    random = np.random.default_rng([k, d])
    where = random.uniform(-6, 6, size=(min(k, 5), d))
    X = where[random.integers(len(where), size=130)] + random.normal(size=(130, d))
    return np.round(X * 10.0 ** (np.arange(d) - 1), 4)


def estimator(model, k, start, **changes):
    match model:
        case "kmeans":
            return KMeans(k, init=start, **changes)
        case "spherical":
            return SphericalKMeans(k, init=start, **changes)
        case _:
            kind = model.removesuffix(" covariances")
            return GaussianMixture(k, init_params=start, covariance_type=kind, **changes)


def run(model, start, X, scale, **changes):
    """The trace of a run from centers in the units of the table."""
    unit = 1.0 if scale is None else scale
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trace = estimator(model, len(start), start / unit, **changes).fit(X / unit).trace_
    return recording.in_units_of(trace, X, scale)


def settings(k):
    """How a run is to end, by turns: by itself, at a limit, or by another tolerance."""
    return [{}, {"max_iter": 3}, {"tol": 1e-5}, {"tol": 0.05}][k % 4]


def case(model, scaled, k, d):
    """A run; and runs that the page is to make anew, with what Python makes of them."""
    X = rows(k, d)
    scale = X.std(axis=0) if scaled else None
    start = X[np.random.default_rng(k).choice(len(X), k, replace=False)]
    trace = run(model, start, X, scale, **settings(k))
    if model == "spherical":
        return trace, []
    own, other = ("mean", "gaussian") if model == "kmeans" else ("gaussian", "mean")
    limits = (
        settings(k) if not trace.converged else {**settings(k), "max_iter": 300 if own == "mean" else 100}
    )
    name = "full" if model == "kmeans" else "kmeans"
    return trace, [
        (start, own, run(model, start, X, scale, **limits)),
        (X[: k + 1], own, run(model, X[: k + 1], X, scale, **limits)),
        (start, other, run(name, start, X, scale)),
    ]


def last_gain_apart(told, event, message):
    """Return both sentences without the change that ended the run, which is to agree in two digits."""
    printed = re.compile(r"(?<=changed by )\S+")
    change = float(printed.search(told["message"])[0])
    assert change == pytest.approx(event.values["change"], rel=0.01)
    return {**told, "message": printed.sub("", told["message"])}, printed.sub("", message)


def check(found, trace):
    scene = Scene.from_trace(trace)
    spread = np.ptp(trace.points, axis=0).max()
    assert [f["caption"] for f in found["frames"]] == [f.caption for f in scene.frames]
    assert len(found["events"]) == len(trace.events)
    for told, (i, e) in zip(found["events"], trace.events, strict=True):
        message = worded(e, scene.terms)
        if e.values.get("case") == "gain":  # a small difference of two objectives, which agree to rounding
            told, message = last_gain_apart(told, e, message)
        assert told == {"step": i, "message": message, "routine": kind_of(e).routine, "ends": kind_of(e).ends}
    flagged = {i for i, e in trace.events if not kind_of(e).routine}
    assert found["flags"] == [i for i, frame in enumerate(scene.frames) if frame.index in flagged]
    curve = scene.curve
    assert [mark["step"] for mark in found["curve"]] == curve.indices.tolist()
    values = [mark["value"] for mark in found["curve"]]
    np.testing.assert_allclose(values, curve.values, rtol=1e-8, atol=1e-8)
    for frame, step, drawn in zip(found["frames"], trace.steps, scene.frames, strict=True):
        assert (frame["phase"], frame["iteration"], frame["final"]) == (
            step.phase,
            step.iteration,
            drawn.final,
        )
        assert (frame["title"], frame["short"]) == (drawn.title, drawn.short_title)
        assert frame["moved"] == step.moved
        assert frame["counts"] == (None if step.counts is None else step.counts.tolist())
        assert frame["changed"] == np.flatnonzero(drawn.moved).tolist()
        assert frame["labels"] == (None if step.labels is None else step.labels.tolist())
        np.testing.assert_allclose(
            frame["centers"], trace.locations(step).ravel(), rtol=1e-9, atol=1e-8 * spread
        )
        if step.shift is not None:
            np.testing.assert_allclose(frame["shift"], step.shift, rtol=1e-6, atol=1e-8 * spread)
        if step.weights is not None:
            np.testing.assert_allclose(frame["weights"], step.weights, rtol=1e-6, atol=1e-8)


def sweep(node, cases):
    given = [
        [player.data_of(trace), [[start.tolist(), update] for start, update, _ in others]]
        for trace, others in cases
    ]
    for (trace, others), (recorded, *asked) in zip(cases, node(RUNS, given), strict=True):
        for found, expected in zip((recorded, *asked), (trace, *(one for *_, one in others)), strict=True):
            check(found, expected)


@pytest.mark.parametrize("scaled", [False, True], ids=["as it is", "standardized"])
@pytest.mark.parametrize("model", MODELS)
def test_sentences_and_numbers_are_those_of_python(node, model, scaled):
    sweep(node, [case(model, scaled, k, 1 + (3 * k + scaled) % 5) for k in range(1, 13)])


@pytest.mark.slow
@pytest.mark.parametrize("scaled", [False, True], ids=["as it is", "standardized"])
@pytest.mark.parametrize("model", MODELS)
def test_they_are_for_every_number_of_features(node, model, scaled):
    sweep(node, [case(model, scaled, k, d) for k in range(1, 13) for d in range(1, 6)])


def test_numbers_are_written_as_python_writes_them(node):
    random = np.random.default_rng(0)
    values = [
        *(random.integers(-4000, 4000, size=2000) / 2.0 ** random.integers(0, 12, size=2000)).tolist(),
        *(random.uniform(-1, 1, size=2000) * 10.0 ** random.integers(-12, 12, size=2000)).tolist(),
        *(0.0, 0.125, 2.5, 1000.5, 1001.5, 12345.5, 99999.5, 999.95, 9.9995, 999999999.5, 1e9),
    ]
    code = """
    import { filled, number } from "./wording.js";
    const all = (value) => [2, 3, 4, 5, 6, 9].map((digits) => number(value, digits));
    const short = (value) => filled("{value:.3g} {value:g}", { value });
    console.log(JSON.stringify(given.map((value) => [...all(value), short(value)])));
    """
    for value, found in zip(values, node(code, values), strict=True):
        expected = [number(value, digits) for digits in (2, 3, 4, 5, 6, 9)]
        assert found == [*expected, f"{value:.3g} {value:g}"], value
