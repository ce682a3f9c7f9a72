"""What the page says of a run with another start: what it is of, and how its end compares."""

import re

import numpy as np
import pytest

from emscope import GaussianMixture, KMeans, datasets, player, recording
from emscope.doubt import THRESHOLDS

TOLD = """
import { unpack } from "./page/unpack.js";
import { recordedOnShown } from "./em/objectives.js";
import { factsOf, outcomeOf } from "./story/outcome.js";
import { whatIf } from "./story/whatif.js";
const [told, starts] = given, data = unpack(told), palette = (k) => Array.from({ length: k }, (_, j) => j);
console.log(JSON.stringify([factsOf(data, data.recorded), ...starts.map(([centers, update]) => {
  const run = whatIf(data, { centers: Float64Array.from(centers.flat()), origin: "own", update, palette: palette(centers.length) });
  return [factsOf(data, run), outcomeOf(data, run, recordedOnShown(data)), run.frames.at(-1).caption];
})]));
"""  # noqa: E501


def blobs(**how):
    X = datasets.blobs().matrix
    return X, KMeans(4, init=datasets.blobs_start()).fit(X, **how).trace_


def test_another_number_of_centers_is_no_fair_comparison(node):
    X, trace = blobs()
    start = datasets.blobs_start()
    more, fewer = np.concatenate([start, X[:1]]), start[:3]
    facts, *asked = node(TOLD, [player.data_of(trace), [[c.tolist(), "mean"] for c in (more, fewer)]])
    assert facts == "k-means · 300 points · 2 features · 4 clusters"
    for centers, (subtitle, told, _) in zip((more, fewer), asked, strict=True):
        k = len(centers)
        assert subtitle == f"k-means · 300 points · 2 features · {k} clusters"
        assert told.startswith(f"What if: inertia {KMeans(k, init=centers).fit(X).inertia_:.2f}"[:20])
        assert "the recorded run, with 4 centers, ended at 212.01. More centers nearly always lower" in told
        assert "higher" not in told


def test_other_models_have_another_objective(node):
    X, trace = blobs()
    start = trace.steps[0].centers
    soft = GaussianMixture(4, init_params=start, covariance_type="diag").fit(X).trace_
    _, (subtitle, told, _) = node(TOLD, [player.data_of(trace), [[start.tolist(), "gaussian"]]])
    assert subtitle == "Gaussian mixture, full covariances · 300 points · 2 features · 4 components"
    assert "The recorded run lowered another quantity, its inertia, so the two ends cannot be" in told
    facts, (subtitle, told, _) = node(TOLD, [player.data_of(soft), [[start.tolist(), "mean"]]])
    assert facts == "Gaussian mixture, diag covariances · 300 points · 2 features · 4 components"
    assert subtitle == "k-means · 300 points · 2 features · 4 clusters"
    assert "another quantity, its negative log-likelihood per point" in told
    _, (subtitle, told, _) = node(TOLD, [player.data_of(soft), [[start[:3].tolist(), "gaussian"]]])
    assert subtitle == "Gaussian mixture, diag covariances · 300 points · 2 features · 3 components"
    assert "with 4 components, ended at" in told
    assert "More components nearly always lower the negative log-likelihood per point" in told


def test_a_fair_end_is_higher_lower_or_the_same(node):
    X, trace = blobs()
    bad = [[0.0, 0.0], [0.1, 0.0], [0.0, 0.1], [0.1, 0.1]]
    starts = [[bad, "mean"], [trace.steps[0].centers.tolist(), "mean"]]
    _, (_, other, _), (_, same, _) = node(TOLD, [player.data_of(trace), starts])
    inertia = KMeans(4, init=bad).fit(X).inertia_
    told = (
        "the same as the recorded run." if np.isclose(inertia, trace.steps[-1].objective) else "the recorded"
    )
    assert told in other
    assert same == "What if: inertia 212.01 after 3 iterations, the same as the recorded run."


def test_ends_that_hardly_differ_are_not_ranked(node):
    X = datasets.old_faithful().matrix
    trace = GaussianMixture(2, init_params=[[2.0, 90.0], [5.0, 50.0]]).fit(X).trace_
    start = [[2.0, 55.0], [4.3, 80.0]]
    end = GaussianMixture(2, init_params=start).fit(X).trace_.steps[-1].objective
    recorded = trace.steps[-1].objective
    assert 0 < abs(end - recorded) < THRESHOLDS.negligible
    _, (_, told, _) = node(TOLD, [player.data_of(trace), [[start, "gaussian"]]])
    mine, theirs = re.findall(r"\d\.\d+", told)
    assert mine != theirs
    assert float(mine) == pytest.approx(end, rel=1e-5)
    assert float(theirs) == pytest.approx(recorded, rel=1e-5)
    assert "next to no difference to the recorded run, which ended at" in told
    assert "In the end 272 of 272 points are grouped as in the recorded run." in told


def test_what_is_counted_otherwise_than_the_recorded_run_says_how(node):
    _, trace = blobs(sample_weight=np.arange(300.0) + 1)
    bad = [[0.0, 0.0], [0.1, 0.0], [0.0, 0.1], [0.1, 0.1]]
    data = player.data_of(trace)
    _, (_, told, _) = node(TOLD, [data, [[bad, "mean"]]])
    assert told.startswith("What if: inertia without weights ")
    assert f"{trace.steps[-1].objective:,.0f}" not in told
    _, (_, told, _) = node(TOLD, [{**player.data_of(blobs()[1]), "nSamples": 9000}, [[bad, "mean"]]])
    assert told.startswith("What if: inertia of the shown points ")


def test_a_run_on_the_shown_points_says_so(node):
    _, trace = blobs()
    data = player.data_of(trace)
    start = trace.steps[0].centers.tolist()
    facts, (subtitle, *_) = node(TOLD, [{**data, "nSamples": 9000}, [[start, "mean"]]])
    assert facts == "k-means · 9,000 points · 2 features · 4 clusters"
    assert subtitle == "k-means · 300 of 9,000 points · 2 features · 4 clusters"


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")
@pytest.mark.parametrize("model", ["hard", "soft", "tied", "by the tolerance", "limited"])
def test_iterations_are_counted_alike(node, model):
    X = datasets.old_faithful().matrix
    start = X[[0, 1, 2]]
    estimator = {
        "hard": KMeans(3, init=start),
        "soft": GaussianMixture(3, init_params=start),
        "tied": GaussianMixture(3, init_params=start, covariance_type="tied"),
        "by the tolerance": KMeans(3, init=start, tol=0.05),
        "limited": KMeans(3, init=start, max_iter=400, tol=0.0),
    }[model].fit(X)
    trace = estimator.trace_
    update = trace.card.update
    _, (_, told, caption) = node(TOLD, [player.data_of(trace), [[start.tolist(), update]]])
    n = sum(step.phase == "maximization" for step in trace.steps)
    last = player.Scene.from_trace(trace).frames[-1]
    assert trace.steps[-1].iteration == last.iteration == n
    assert trace.steps[-2].iteration == n - 1
    assert f" after {n} iterations (0 to {n - 1})" in last.caption
    assert caption == last.caption
    assert f" after {n} iterations, the same" in told
    assert last.progress == f"After {n} iterations, final"
    by_labels = [e.values.get("case") for _, e in trace.events if e.kind == "converged"] == ["labels"]
    assert estimator.n_iter_ == n + by_labels
    stopped = "stopped after" in last.caption
    assert stopped == (model == "by the tolerance" and trace.steps[-1].moved > 0)


def test_rounding_of_units_is_not_in_the_call_that_repeats_a_run(node):
    X = datasets.old_faithful().matrix
    scale = X.std(axis=0)
    start = np.array([[2.0, 90.0], [5.0, 50.0]])
    trace = recording.in_units_of(KMeans(2, init=start / scale).fit(X / scale).trace_, X, scale)
    code = """
    import { unpack } from "./page/unpack.js";
    import { recordedCode } from "./story/texts.js";
    console.log(JSON.stringify(recordedCode(unpack(given))));
    """
    told = node(code, player.data_of(trace))
    assert "    [2, 90],\n    [5, 50],\n" in told


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")
@pytest.mark.parametrize(
    ("model", "verdict", "brief"),
    [
        (KMeans(1, init=[[0.0]]), r"Cluster 0 owns it, as there is no other; center 0 is \S+ away\.", ""),
        (
            GaussianMixture(1, init_params=[[0.0]]),
            r"The one component is responsible for all of it\.",
            "component 0 100 %",
        ),
        (
            GaussianMixture(2, init_params=[[0.0], [900.0]]),
            "Component 0 is responsible for over 99.9 % of it, .*, component 1 for under 0.1 %\\.",
            "component 0 over 99.9 %",
        ),
    ],
    ids=["one center", "one component", "two components"],
)
def test_all_of_a_point_belongs_to_the_only_owner_alone(node, model, verdict, brief):
    X = np.concatenate([np.arange(9.0), 900 + np.arange(9.0)])[:, None]
    code = """
    import { unpack } from "./page/unpack.js";
    import { reasons } from "./story/explain.js";
    const data = unpack(given);
    console.log(JSON.stringify(reasons(data, data.recorded, data.recorded.frames.length - 1, 3)));
    """
    why = node(code, player.data_of(model.fit(X).trace_))
    assert re.fullmatch(verdict, why["verdict"])
    assert why["brief"].startswith(brief)


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")
def test_the_owner_of_a_point_is_called_what_it_is(node):
    X = datasets.old_faithful().matrix
    code = """
    import { unpack } from "./page/unpack.js";
    import { reasons } from "./story/explain.js";
    const data = unpack(given);
    console.log(JSON.stringify(reasons(data, data.recorded, 1, 0).noun));
    """
    hard, soft = KMeans(2, init=X[:2]).fit(X), GaussianMixture(2, init_params=X[:2]).fit(X)
    assert node(code, player.data_of(hard.trace_)) == "cluster"
    assert node(code, player.data_of(soft.trace_)) == "component"
