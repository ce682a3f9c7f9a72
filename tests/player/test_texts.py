"""The calls that the page shows repeat its runs."""

import dataclasses

import numpy as np
import pytest

from emscope import GaussianMixture, KMeans, player, recording

CODE = """
import { unpack } from "./page/unpack.js";
import { whatIf } from "./story/whatif.js";
import { recordedCode, whatIfCode } from "./story/texts.js";
const [told, moved, asked] = given, data = unpack(told);
const centers = data.recorded.frames[0].centers.map((c, at) => c + moved * (at % 3));
const palette = Array.from({ length: data.k }, (_, j) => j);
const run = whatIf(data, { centers, origin: "given", palette, update: asked ?? told.card.update });
const last = Array.from(run.frames.at(-1).centers);
console.log(JSON.stringify([recordedCode(data), whatIfCode(data, run), last]));
"""


def rows(n, d=2):
    random = np.random.default_rng(0)
    return np.concatenate([random.normal(5 * i, 1.0, size=(n // 3, d)) for i in range(3)])


def sampled():
    X = rows(9000)
    return X, KMeans(3, init="random", random_state=2, n_init=2).fit(X).trace_


def standardized_and_sampled():
    X = rows(9000) * (1.0, 100.0)
    scale = X.std(axis=0)
    return X, recording.in_units_of(KMeans(3, random_state=0).fit(X / scale).trace_, X, scale)


def a_start_of_many_numbers():
    X = rows(300, d=60)
    return X, KMeans(8, init=X[:8]).fit(X).trace_


def another_source_of_randomness():
    X = rows(300)
    return X, KMeans(3, random_state=np.random.RandomState(1)).fit(X).trace_


def a_start_of_ones_own():
    def first_rows(X, n_clusters, random_state):
        return X[:n_clusters]

    X = rows(300)
    return X, KMeans(3, init=first_rows, random_state=0, tol=0.0, max_iter=7).fit(X).trace_


MAKERS = [
    *(sampled, standardized_and_sampled, a_start_of_many_numbers),
    *(another_source_of_randomness, a_start_of_ones_own),
]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_they_run_as_they_stand(node, make, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X, trace = make()
    trace.save("trace.npz")
    recorded, asked, last = node(CODE, [player.data_of(trace, title="rows"), 0.01])
    scale = 1.0 if trace.scale is None else trace.scale
    names = {"X": X}
    exec(recorded, names)
    found = names["model"].trace_
    assert len(found.steps) == len(trace.steps)
    np.testing.assert_allclose(found.steps[-1].centers * scale, trace.steps[-1].centers, rtol=1e-9)
    names = {"X": X}
    exec(asked, names)
    found = names["model"].trace_.steps[-1].centers * scale
    np.testing.assert_allclose(found.ravel(), last, rtol=1e-9)


def seeded(X, kind):
    return GaussianMixture(3, random_state=1, covariance_type=kind, reg_covar=1e-5, n_init=2).fit(X)


def from_given_means(X, kind):
    how = {"tol": 1e-5, "accelerate": "squarem"}
    return GaussianMixture(3, init_params=X[[0, 120, 280]], covariance_type=kind, **how).fit(X)


def from_given_parts(X, kind):
    return GaussianMixture(3, means_init=X[[0, 120, 280]], covariance_type=kind, random_state=3).fit(X)


# what it ends with is left to chance, and so is whether that is doubted
UNSEEDED = pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")


def without_a_seed(X, kind):
    return GaussianMixture(3, init_params="random_from_data", covariance_type=kind, max_iter=400).fit(X)


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize(
    "fit", [seeded, from_given_means, from_given_parts, pytest.param(without_a_seed, marks=UNSEEDED)]
)
def test_calls_of_mixtures_run_as_they_stand(node, fit, kind, scaled, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X = rows(300) * (1.0, 100.0)
    scale = X.std(axis=0) if scaled else None
    trace = recording.in_units_of(fit(X / (scale if scaled else 1.0), kind).trace_, X, scale)
    trace.save("trace.npz")
    unit = np.ones(2) if scale is None else scale
    asked = "mean" if scaled else "gaussian"
    recorded, what_if, last = node(CODE, [player.data_of(trace, title="rows"), 0.01, asked])
    names = {"X": X}
    exec(recorded, names)
    found = names["model"].trace_
    assert len(found.steps) == len(trace.steps)
    np.testing.assert_allclose(found.steps[-1].means * unit, trace.steps[-1].means, rtol=1e-8)
    names = {"X": X}
    exec(what_if, names)
    assert names["model"].trace_.card.update == asked
    centers = names["model"].trace_.steps[-1].parameters["centers" if scaled else "means"]
    np.testing.assert_allclose((centers * unit).ravel(), last, rtol=1e-8)


def test_the_table_of_components_has_their_covariances(node):
    X = rows(300)
    trace = GaussianMixture(3, init_params=X[[0, 120, 280]]).fit(X).trace_
    code = """
    import { unpack } from "./page/unpack.js";
    import { centersCsv } from "./story/texts.js";
    const data = unpack(given);
    console.log(JSON.stringify(centersCsv(data, data.recorded, data.recorded.frames.at(-1))));
    """
    text = node(code, player.data_of(trace))
    header, *lines = text.strip().split("\n")
    names = "covariance of x1 and x1,covariance of x2 and x1,covariance of x2 and x2"
    assert header == f"component,size,weight,x1,x2,{names}"
    found, last = np.array([line.split(",") for line in lines], dtype=float), trace.steps[-1]
    np.testing.assert_array_equal(found[:, 2], last.weights)
    np.testing.assert_array_equal(found[:, 3:5], last.means)
    np.testing.assert_array_equal(found[:, 5:], last.covariances[:, [0, 1, 1], [0, 0, 1]])


def test_rows_that_only_the_page_chose_are_said_to_be_those(node):
    X = rows(300)
    trace = KMeans(3, random_state=0).fit(X).trace_
    data = player.data_of(trace, title="rows")
    more = dataclasses.replace(trace, n_samples=900)
    assert "the 300 rows of rows: x1, x2" in node(CODE, [data, 0.0])[1]
    assert 'X = Trace.load("trace.npz").points' in node(CODE, [player.data_of(more), 0.0])[1]
    assert "the 300 rows that the page shows" in node(CODE, [{**data, "drawn": 400}, 0.0])[1]


def test_a_limit_that_let_the_run_converge_does_not_cut_off_others(node):
    code = """
    import { settingsOf } from "./em/rules.js";
    const limit = ([converged, max_iter], update) =>
      settingsOf({ told: { card: { update: "mean" }, converged, settings: { max_iter } } }, update).max_iter;
    const updates = ["mean", "gaussian"];
    console.log(JSON.stringify(updates.map((update) => given.map((one) => limit(one, update)))));
    """
    assert node(code, [[True, 3], [True, 500], [False, 3], [False, None]]) == [
        [300, 500, 3, 300],
        [100, 100, 100, 100],
    ]
