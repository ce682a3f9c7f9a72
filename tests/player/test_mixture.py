"""A mixture's run in the page is the package's at every half-step, and so are its responsibilities."""

import re
import warnings

import numpy as np
import pytest

from emscope import GaussianMixture, KMeans, datasets, player, recording
from emscope.scene import Scene

RUN = """
import { unpack } from "./page/unpack.js";
import { whatIf } from "./story/whatif.js";
import { responsibilitiesIn } from "./em/soft.js";
const [told, update] = given, data = unpack(told);
const list = (numbers) => numbers && Array.from(numbers);
const start = { centers: data.recorded.frames[0].centers, origin: "given", palette: [0], update };
const shown = (frame) => ({
  ...frame, centers: list(frame.centers), labels: list(frame.labels), changed: list(frame.changed),
  covariances: list(frame.mixture?.covariances), weights: list(frame.mixture?.weights),
  shares: list(responsibilitiesIn(data, frame)), mixture: null, deciding: null,
});
console.log(JSON.stringify([data.recorded.frames.map(shown), whatIf(data, start).frames.map(shown)]));
"""


def faithful(kind="full", **changes):
    X = datasets.old_faithful().matrix
    return GaussianMixture(2, init_params=X[[0, 1]], covariance_type=kind, **changes), X


def penguins(kind):
    X = datasets.penguins().matrix
    X = X / X.std(axis=0)
    return GaussianMixture(3, init_params=X[[0, 160, 300]], covariance_type=kind), X


def one_feature():
    X = datasets.old_faithful().matrix[:, 1:]
    return GaussianMixture(2, init_params=[[50.0], [80.0]]), X


def many_components():
    X = np.random.default_rng(0).normal(size=(400, 2)) @ [[2, 1], [0, 1]]
    return GaussianMixture(12, init_params=X[:12], max_iter=15), X


def far_away():
    random = np.random.default_rng(1)
    X = np.concatenate([random.normal(c, 1.0, (50, 3)) for c in (1e6, 1e6 + 9, -1e6)])
    return GaussianMixture(3, init_params=X[[0, 60, 120]]), X


def a_center_that_owns_nothing(kind):
    X = np.random.default_rng(2).normal(size=(80, 2))
    centers = [[-1.0, 0.0], [1.0, 0.0], [900.0, 0.0]]
    return GaussianMixture(3, init_params=centers, covariance_type=kind, max_iter=8), X


def stopped_early():
    return faithful(max_iter=2, tol=0.0)


def one_component():
    return GaussianMixture(1, init_params=[[3.0, 70.0]]), datasets.old_faithful().matrix


KINDS = ("full", "tied", "diag", "spherical")
CASES = {
    **{f"faithful-{kind}": lambda kind=kind: faithful(kind) for kind in KINDS},
    **{f"penguins-{kind}": lambda kind=kind: penguins(kind) for kind in KINDS},
    **{f"nothing-{kind}": lambda kind=kind: a_center_that_owns_nothing(kind) for kind in KINDS},
    **{f.__name__: f for f in (one_feature, many_components, far_away, stopped_early, one_component)},
}


def trace_of(model, X):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X).trace_


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_same_at_every_half_step(node, case):
    trace = trace_of(*case())
    scene = Scene.from_trace(trace)
    recorded, asked = node(RUN, [player.data_of(trace), "gaussian"])
    assert [(f["phase"], f["iteration"]) for f in asked] == [(s.phase, s.iteration) for s in trace.steps]
    spread = np.ptp(trace.points, axis=0).max()
    for known, frame, step, drawn in zip(recorded, asked, trace.steps, scene.frames, strict=True):
        np.testing.assert_array_equal(known["centers"], step.means.ravel())
        # their lower triangles are exact; the upper ones may differ in the last bit
        np.testing.assert_allclose(known["covariances"], step.covariances.ravel(), rtol=1e-14)
        np.testing.assert_array_equal(known["weights"], step.weights)
        np.testing.assert_allclose(frame["centers"], step.means.ravel(), rtol=0, atol=1e-8 * spread)
        np.testing.assert_allclose(frame["covariances"], step.covariances.ravel(), atol=1e-8 * spread**2)
        np.testing.assert_allclose(frame["weights"], step.weights, atol=1e-8)
        for one in (known, frame):
            if step.responsibilities is not None:
                np.testing.assert_allclose(one["shares"], step.responsibilities.ravel(), atol=1e-8)
                np.testing.assert_array_equal(one["labels"], step.labels)
                assert one["counts"] == step.counts.tolist()
            if step.objective is not None:
                assert one["objective"] == pytest.approx(step.objective, rel=1e-8, abs=1e-8)
            assert one["moved"] == step.moved
            assert np.flatnonzero(drawn.moved).tolist() == one["changed"]
            assert one["title"] == drawn.title
            assert one["caption"] == drawn.caption


def test_hard_and_soft_begin_at_the_same_centers(node):
    X = datasets.old_faithful().matrix
    start = X[[0, 1]]
    soft, hard = GaussianMixture(2, init_params=start).fit(X), KMeans(2, init=start).fit(X)
    _, as_hard = node(RUN, [player.data_of(soft.trace_), "mean"])
    _, as_soft = node(RUN, [player.data_of(hard.trace_), "gaussian"])
    assert len(as_hard) == len(hard.trace_.steps)
    assert len(as_soft) == len(soft.trace_.steps)
    np.testing.assert_allclose(as_hard[-1]["centers"], hard.cluster_centers_.ravel(), rtol=1e-10)
    np.testing.assert_allclose(as_soft[-1]["covariances"], soft.covariances_.ravel(), rtol=1e-8)
    for frames, trace in ((as_hard, hard.trace_), (as_soft, soft.trace_)):
        values = [step.objective for step in trace.steps[1:]]
        np.testing.assert_allclose([frame["objective"] for frame in frames[1:]], values, rtol=1e-10)


REASONS = """
import { unpack } from "./page/unpack.js";
import { softReasons } from "./story/soft_reasons.js";
const data = unpack(given), run = data.recorded, frame = run.frames.at(-1);
console.log(JSON.stringify(Array.from({ length: data.m }, (_, i) => softReasons(data, run, frame, i))));
"""


def number_in(text):
    return float(text.replace("−", "-").replace(",", ""))


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_point_is_told_belongs_to_the_objective_of_the_fit(node, kind):
    X = datasets.penguins().matrix
    scale = X.std(axis=0)
    fitted = GaussianMixture(3, init_params=X[[0, 160, 300]] / scale, covariance_type=kind).fit(X / scale)
    trace = recording.in_units_of(fitted.trace_, X, scale)
    totals, shares = fitted.score_samples(X / scale), fitted.predict_proba(X / scale)
    for row, reasons in enumerate(node(REASONS, player.data_of(trace))):
        assert reasons["formula"].endswith("; densities in the units of the fit")
        assert len(reasons["bars"]) == 3
        for bar in reasons["bars"]:
            j = bar["cluster"]
            assert bar["length"] == pytest.approx(shares[row, j], abs=1e-10)
            if shares[row, j] > 1e-200:
                told = number_in(re.search(r"ln density (\S+);", bar["detail"]).group(1))
                joint = totals[row] + np.log(shares[row, j])  # Bayes' rule
                assert told + np.log(fitted.weights_[j]) == pytest.approx(joint, rel=1e-4, abs=1e-3)
    assert -np.mean(totals) == pytest.approx(trace.steps[-1].objective, rel=1e-12)


def test_a_weighted_run_is_compared_on_the_points_that_the_page_counts(node):
    X = datasets.penguins().matrix
    scale, weights = X.std(axis=0), np.random.default_rng(0).uniform(0.5, 2.0, len(X))
    fitted = GaussianMixture(3, init_params=X[[0, 160, 300]] / scale).fit(X / scale, sample_weight=weights)
    trace = recording.in_units_of(fitted.trace_, X, scale)
    code = """
    import { unpack } from "./page/unpack.js";
    import { recordedOnShown } from "./em/objectives.js";
    console.log(JSON.stringify(recordedOnShown(unpack(given))));
    """
    marks = node(code, player.data_of(trace))
    assert [mark["step"] for mark in marks] == list(range(1, len(trace.steps)))
    values = [mark["value"] for mark in marks]
    assert values[-1] == pytest.approx(-fitted.score(X / scale), rel=1e-10)
    assert values[-1] != pytest.approx(trace.steps[-1].objective, rel=1e-4)
    assert values[1] <= values[0]
