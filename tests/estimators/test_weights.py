"""What weights promise: a row of weight 0 matters nowhere, and ones are as none, both to the bit."""

import dataclasses
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans as ScikitLearnKMeans
from sklearn.exceptions import ConvergenceWarning

from emscope import DoubtWarning, GaussianMixture, KMeans, SphericalKMeans, Trace
from emscope.data.read import read_table
from emscope.events import CollapseError, Event
from emscope.models.covariances import COVARIANCE_TYPES
from emscope.recording import in_units_of
from emscope.scene import Scene
from emscope.starts import MIXTURE_STARTS, STARTS

pytestmark = pytest.mark.filterwarnings(
    "ignore::emscope.DoubtWarning"
)  # what is compared need be no good fit

ESTIMATORS = [
    *(pytest.param(KMeans, {"init": name}, id=f"k-means {name}") for name in STARTS),
    pytest.param(KMeans, {"init": lambda X, k, random_state: X[-k:]}, id="k-means callable"),
    *(pytest.param(SphericalKMeans, {"init": name}, id=f"spherical {name}") for name in STARTS),
    *(pytest.param(GaussianMixture, {"init_params": name}, id=f"mixture {name}") for name in MIXTURE_STARTS),
    *(
        pytest.param(GaussianMixture, {"covariance_type": kind, "max_iter": 20}, id=f"mixture {kind}")
        for kind in COVARIANCE_TYPES
    ),
    pytest.param(GaussianMixture, {"accelerate": "squarem"}, id="mixture squarem"),
]
WILD = [1e4, -1e8, 1e30, 1e100, 0.5]


def rows(n=90, d=2, seed=0, dtype=np.float64):
    random = np.random.default_rng(seed)
    return (random.normal(size=(3, d))[np.arange(n) % 3] * 4 + random.normal(size=(n, d))).astype(dtype)


def fitted(kind, settings, X, weights=None, k=3):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return kind(k, random_state=0, **settings).fit(X, sample_weight=weights)


def attributes(model):
    """All that a fit leaves and that is not about single rows."""
    return {
        name: value
        for name, value in vars(model).items()
        if name.endswith("_") and name not in ("labels_", "trace_", "feature_names_in_")
    }


def assert_same_bits(one, other):
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert np.asarray(value).tobytes() == np.asarray(other[name]).tobytes(), name


def assert_same_runs(trace, without, numbers):
    """Compare all of two traces; rows of the second have these numbers in the first."""
    assert len(trace.steps) == len(without.steps)
    for one, other in zip(trace.steps, without.steps, strict=True):
        assert_same_bits(dict(one.parameters), dict(other.parameters))
        for name in ("objective", "moved", "counts", "labels", "responsibilities", "shift"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
        expected = [dataclasses.replace(e, rows=tuple(numbers[list(e.rows)].tolist())) for e in other.events]
        assert list(one.events) == expected
    np.testing.assert_array_equal(trace.points, without.points)
    np.testing.assert_array_equal(trace.sample_indices, numbers[without.sample_indices])
    assert trace.n_samples == without.n_samples
    assert {**trace.settings, "weighted": None} == {**without.settings, "weighted": None}


def with_others(X, weights, others, places):
    """Put rows of weight 0 among others, and return them, all weights, and the numbers of those others."""
    at = np.sort(places)
    counts = np.insert(np.ones(len(X), bool), at, False)
    far = np.insert(X, at, others, axis=0)
    return far, np.insert(weights, at, 0.0), np.flatnonzero(counts)


@pytest.mark.parametrize(("kind", "settings"), ESTIMATORS)
@pytest.mark.parametrize("weighted", [False, True])
def test_a_row_of_weight_0_changes_no_bit(kind, settings, weighted):
    X = rows()
    weights = np.random.default_rng(1).uniform(0.5, 2, len(X)) if weighted else np.ones(len(X))
    others = np.outer(WILD, [1.0, -0.3])
    far, w, numbers = with_others(X, weights, others, [0, 0, 17, 60, 90])
    model = fitted(kind, settings, far, w)
    without = fitted(kind, settings, X, weights if weighted else None)
    assert_same_bits(attributes(model), attributes(without))
    assert_same_runs(model.trace_, without.trace_, numbers)
    assert model.trace_.n_left_out == 5
    if hasattr(model, "labels_"):
        np.testing.assert_array_equal(model.labels_[numbers], without.labels_)
        np.testing.assert_array_equal(model.labels_, model.predict(far))
    np.testing.assert_array_equal(kind(3, random_state=0, **settings).fit_predict(far, sample_weight=w),
                                  model.predict(far))  # fmt: skip
    assert model.score(far, sample_weight=w) == without.score(X, sample_weight=weights)


@settings(max_examples=40)
@given(
    case=st.sampled_from([param.values for param in ESTIMATORS]),
    seed=st.integers(0, 1000),
    n=st.integers(3, 40),
    d=st.integers(1, 3),
    dtype=st.sampled_from([np.float64, np.float32]),
    others=st.lists(st.sampled_from([*WILD, "duplicate"]), min_size=1, max_size=6),
)
def test_leaving_rows_out_and_giving_them_no_weight_are_the_same(case, seed, n, d, dtype, others):
    kind, settings = case
    random = np.random.default_rng(seed)
    X = rows(n, d, seed, dtype)
    weights = random.integers(1, 4, n).astype(float)
    most = 1e17 if dtype is np.float32 else 1e100
    added = [
        X[random.integers(n)] if value == "duplicate" else np.clip(value * random.normal(size=d), -most, most)
        for value in others
    ]
    far, w, numbers = with_others(X, weights, np.array(added, dtype), random.integers(0, n + 1, len(added)))
    without, model = (outcome(kind, settings, *data) for data in ((X, weights), (far, w)))
    if isinstance(without, Event):
        assert model == dataclasses.replace(without, rows=tuple(numbers[list(without.rows)].tolist()))
    else:
        assert_same_bits(attributes(model), attributes(without))
        assert_same_runs(model.trace_, without.trace_, numbers)


def outcome(kind, settings, X, weights):
    """Fit a model, or return the event that made it impossible."""
    try:
        return fitted(kind, settings, X, weights)
    except CollapseError as error:
        return error.event


def test_blocks_and_kernels_are_those_of_the_rows_that_count():
    n = 40_000  # enough for compiled kernels, and for several blocks
    X = rows(n, 2)
    far, w, numbers = with_others(X, np.ones(n), np.full((n // 2, 2), 1e9), np.arange(n // 2))
    model, without = (fitted(KMeans, {"max_iter": 3}, *data, k=20) for data in ((far, w), (X,)))
    assert_same_bits(attributes(model), attributes(without))
    assert_same_runs(model.trace_, without.trace_, numbers)


@pytest.mark.parametrize(("kind", "settings"), ESTIMATORS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_init", [1, 2])
def test_weights_that_are_all_1_are_as_none(kind, settings, dtype, n_init):
    X = rows(dtype=dtype)
    model = fitted(kind, {**settings, "n_init": n_init}, X, np.ones(len(X)))
    without = fitted(kind, {**settings, "n_init": n_init}, X)
    assert_same_bits(attributes(model), attributes(without))
    assert_same_runs(model.trace_, without.trace_, np.arange(len(X)))
    assert model.trace_.settings == without.trace_.settings
    for method in ("score", "bic", "aic"):
        if hasattr(model, method):
            ask = getattr(model, method)
            assert ask(X, sample_weight=np.ones(len(X))) == ask(X)


@pytest.mark.parametrize("weight", [0.1, 3.0, 1e-200])
@pytest.mark.parametrize("start", MIXTURE_STARTS)
def test_equal_weights_of_a_mixture_are_as_none(start, weight):
    X = rows()
    models = (fitted(GaussianMixture, {"init_params": start}, X, w) for w in (np.full(len(X), weight), None))
    assert_same_bits(*map(attributes, models))


@settings(max_examples=30)
@given(
    kind=st.sampled_from([KMeans, SphericalKMeans]),
    seed=st.integers(0, 1000),
    n=st.integers(4, 90),
    d=st.integers(2, 4),
    tol=st.sampled_from([0.0, 1e-4, 0.01, 0.1]),
)
def test_whole_weights_equal_repeated_rows_from_a_given_start(kind, seed, n, d, tol):
    X = rows(n, d, seed)
    weights = np.random.default_rng(seed).integers(0, 5, n).astype(float)
    weights[:3] += 1.0  # so that no cluster begins empty
    repeats = weights.astype(int)
    start = {"init": X[:3], "tol": tol}
    model, repeated = (
        fitted(kind, start, *data) for data in ((X, weights), (np.repeat(X, repeats, axis=0),))
    )
    np.testing.assert_allclose(model.cluster_centers_, repeated.cluster_centers_, rtol=1e-12)
    np.testing.assert_array_equal(np.repeat(model.labels_, repeats), repeated.labels_)
    assert model.inertia_ == pytest.approx(repeated.inertia_, rel=1e-12)
    assert model.n_iter_ == repeated.n_iter_
    assert model.trace_.settings["tolerance"] == pytest.approx(
        repeated.trace_.settings["tolerance"], rel=1e-12
    )


@pytest.mark.parametrize("kind", COVARIANCE_TYPES)
def test_whole_weights_equal_repeated_rows_of_a_mixture(kind):
    X = rows()
    weights = np.random.default_rng(0).integers(0, 5, len(X)).astype(float)
    twice = np.repeat(X, weights.astype(int), axis=0)
    settings = {"covariance_type": kind, "init_params": X[:3]}
    model, repeated = (fitted(GaussianMixture, settings, *data) for data in ((X, weights), (twice,)))
    for name in ("weights_", "means_", "covariances_", "lower_bounds_"):
        np.testing.assert_allclose(getattr(model, name), getattr(repeated, name), rtol=1e-8)
    for method in ("score", "bic", "aic"):
        ask = getattr(model, method)
        assert ask(X, sample_weight=weights) == pytest.approx(ask(twice), rel=1e-12)


def test_the_row_of_weight_0_that_made_an_iteration_look_like_the_last():
    random = np.random.default_rng(0)
    X = np.concatenate([random.normal(0, 1, (30, 2)), random.normal(6, 1, (30, 2))])
    far, weights = np.concatenate([X, [[1e4, 1e4]]]), np.append(np.ones(60), 0.0)
    model, without = KMeans(2, init=X[40:42]).fit(far, sample_weight=weights), KMeans(2, init=X[40:42]).fit(X)
    assert model.inertia_ == without.inertia_ == pytest.approx(107.1, abs=0.1)
    theirs = ScikitLearnKMeans(2, init=X[40:42], n_init=1).fit(far, sample_weight=weights)
    assert theirs.inertia_ > 1.5 * model.inertia_  # the tolerance is that of a column up to 10,000


def test_a_start_may_not_be_a_row_of_weight_0():
    X = rows()
    far, weights, _ = with_others(X, np.ones(90), [[1e6, 1e6]] * 60, np.arange(60))
    for seed in range(5):
        for init in STARTS:
            start = KMeans(3, init=init, random_state=seed, max_iter=1).fit(far, sample_weight=weights)
            assert np.abs(start.trace_.steps[0].centers).max() < 100


def test_a_component_that_collapses_names_its_rows_in_the_data():
    X = np.concatenate([np.zeros((4, 1)), rows(40, 1), [[50.0]]])
    weights = np.r_[np.zeros(4), np.ones(41)]
    with pytest.raises(CollapseError, match=r"a single point \(row 44\)"):
        GaussianMixture(2, init_params=[[0.0], [50.0]], reg_covar=0).fit(X, sample_weight=weights)


def test_an_empty_cluster_names_the_row_it_moves_to_as_the_data_does():
    X = np.array([[9.0], [0.0], [0.0], [1.0], [20.0]])
    model = KMeans(2, init=[[0.0], [-90.0]]).fit(X, sample_weight=[0, 1, 1, 1, 1])
    (event,) = (event for _, event in model.trace_.events if event.kind == "empty_cluster")
    assert event.rows == (4,)
    assert model.labels_.tolist() == [0, 0, 0, 0, 1]


def test_a_cluster_of_rows_of_weight_0_alone_owns_no_points():
    X = np.array([[0.0], [0.0], [7.0]])
    with pytest.warns(
        ConvergenceWarning, match=r"distinct clusters \(1\) found smaller than n_clusters \(2\)"
    ):
        model = KMeans(2, init=[[0.0], [7.0]]).fit(X, sample_weight=[1, 1, 0])
    assert model.labels_.tolist() == [0, 0, 1]
    assert model.trace_.steps[-1].events[-1].kind == "fewer_distinct_points"


@pytest.mark.parametrize("leave_after", ["initialization", "expectation", "maximization"])
def test_steps_left_early_label_all_rows(leave_after):
    X = rows()
    far, weights, numbers = with_others(X, np.ones(90), [[1e5, 0.0]], [3])
    model = KMeans(3, init=X[:3])
    for step in model.steps(far, sample_weight=weights):
        if step.phase == leave_after:
            break
    if leave_after == "initialization":
        assert not hasattr(model, "labels_")
    else:
        np.testing.assert_array_equal(model.labels_[numbers], step.labels)
        assert model.labels_[3] == model.predict(far)[3]


def test_what_has_to_be_right_of_every_row_is_asked_of_those_of_weight_0_too():
    X, weights = rows(), np.r_[np.ones(89), 0.0]
    X[89] = np.nan
    for kind in (KMeans, GaussianMixture):
        with pytest.raises(ValueError, match="contains NaN: the first is in row 89"):
            kind(2).fit(X, sample_weight=weights)
    X[89] = 1e200  # which no center of k-means can be compared with, and so has no label
    with pytest.raises(ValueError, match="the largest is in row 89, column 0"):
        KMeans(2).fit(X, sample_weight=weights)
    assert GaussianMixture(2, random_state=0).fit(X, sample_weight=weights).means_.max() < 100


def test_a_refusal_names_the_row_as_the_data_does():
    X, weights = rows(), np.r_[np.zeros(5), np.ones(85)]
    X[7, 1] = -1e200
    with pytest.raises(ValueError, match="the largest is in row 7, column 1"):
        GaussianMixture(2).fit(X, sample_weight=weights)


def test_a_trace_with_rows_of_weight_0_can_be_saved(tmp_path):
    X = rows()
    far, weights, _ = with_others(X, np.ones(90), X[:20] + 50, np.zeros(20, int))
    trace = KMeans(3, init=[*X[:2], [500.0, 500.0]]).fit(far, sample_weight=weights).trace_
    assert trace.sample_indices.max() == 109
    trace.save(tmp_path / "trace.npz")
    again = Trace.load(tmp_path / "trace.npz")
    assert_same_runs(again, trace, np.arange(110))
    assert (again.n_samples, again.n_left_out) == (90, 20)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_score_is_the_mean_of_the_scores_of_the_rows(dtype):
    X, weights = rows(dtype=dtype), np.random.default_rng(0).integers(0, 3, 90).astype(float)
    model = GaussianMixture(3, random_state=0).fit(X)
    expected = np.average(model.score_samples(X).astype(float), weights=weights)
    assert model.score(X, sample_weight=weights) == pytest.approx(expected, rel=1e-12)
    X[weights == 0] = 1e30 if dtype is np.float32 else 1e300  # whose log-likelihood is minus infinity
    assert model.score(X, sample_weight=weights) == pytest.approx(expected, rel=1e-12)
    n = weights.sum()
    assert model.aic(X, sample_weight=weights) == pytest.approx(-2 * n * expected + 2 * 17)
    assert model.bic(X, sample_weight=weights) == pytest.approx(-2 * n * expected + np.log(n) * 17)


@pytest.mark.parametrize("method", ["score", "bic", "aic"])
def test_weights_of_a_score_are_checked(method):
    model = GaussianMixture(1).fit(rows())
    with pytest.raises(ValueError, match=r"sample_weight\[1\] is -1.0"):
        getattr(model, method)([[0.0, 0.0], [1.0, 1.0]], sample_weight=[1.0, -1.0])


def test_rows_of_weight_0_are_not_drawn_behind_the_sample():
    X = rows()
    far, weights, numbers = with_others(X, np.ones(90), [[1e5, 0.0]], [3])
    trace = KMeans(3, init=X[:3]).fit(far, sample_weight=weights).trace_
    with pytest.raises(ValueError, match=r"data of shape \(90, 2\): leave out the 1 of weight 0"):
        Scene.from_trace(trace, rows=far)
    assert Scene.from_trace(trace, rows=far[numbers]).frames


def test_a_doubt_names_rows_as_the_data_numbers_them():
    rows = np.array([[50.0, 50.0], [0, 0], [0, 1], [1, 0], [1, 1], [90, 90]])
    with pytest.warns(DoubtWarning, match=r"\(row 5\)"):
        KMeans(2, random_state=0).fit(rows, sample_weight=[0, 1, 1, 1, 1, 1])


def test_the_trace_of_a_standardized_fit_with_rows_of_weight_0_starts_another():
    table = read_table(
        pd.DataFrame({"a": rows()[:, 0], "b": 100 * rows()[:, 1], "w": np.r_[np.zeros(5), np.ones(85)]}),
        weights_column="w",
        standardize=True,
    )
    trace = KMeans(3, random_state=0).fit(table.matrix, sample_weight=table.weights).trace_
    told = in_units_of(trace, table.values, table.preparation.scale)
    again = KMeans(3, init=told).fit(table.matrix, sample_weight=table.weights)
    np.testing.assert_allclose(again.trace_.steps[0].centers, trace.steps[-1].centers)
