"""The mixture estimator: scikit-learn's results, weights, starts, traces and bad input."""

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.mixture import GaussianMixture as Theirs

from emscope import GaussianMixture, KMeans, Trace

KINDS = ["full", "tied", "diag", "spherical"]
STARTS = ["kmeans", "k-means++", "random", "random_from_data"]


def groups(n, d, k, seed=0, apart=4.0):
    random = np.random.default_rng(seed)
    means = random.normal(size=(k, d)) * apart
    return means[np.arange(n) % k] + random.normal(size=(n, d)) @ random.normal(size=(d, d)) * 0.7


def precisions(kind, k, d):
    return {
        "full": np.stack([np.eye(d) * (1 + j) for j in range(k)]),
        "tied": np.eye(d),
        "diag": np.ones((k, d)),
        "spherical": np.ones(k),
    }[kind]


@pytest.fixture(autouse=True)
def _no_word_about_convergence():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "d", "k"), [(60, 1, 2), (300, 2, 4), (500, 5, 3), (400, 12, 4), (7000, 2, 3)])
def test_fits_agree_with_scikit_learn_from_the_same_start(kind, n, d, k):
    X = groups(n, d, k, seed=n + d)
    start = {
        "means_init": X[:k],
        "weights_init": np.full(k, 1 / k),
        "precisions_init": precisions(kind, k, d),
    }
    settings = {"covariance_type": kind, "max_iter": 25, "tol": 1e-7, **start}
    ours, theirs = GaussianMixture(k, **settings).fit(X), Theirs(k, **settings).fit(X)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.converged_ == theirs.converged_
    for name in (
        "weights_",
        "means_",
        "covariances_",
        "precisions_",
        "precisions_cholesky_",
        "lower_bounds_",
    ):
        np.testing.assert_allclose(
            getattr(ours, name), getattr(theirs, name), rtol=1e-6, atol=1e-6, err_msg=name
        )
    assert ours.lower_bound_ == pytest.approx(theirs.lower_bound_, rel=1e-9)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)
    np.testing.assert_allclose(ours.score_samples(X), theirs.score_samples(X), rtol=1e-6)
    for name in ("score", "bic", "aic"):
        assert getattr(ours, name)(X) == pytest.approx(getattr(theirs, name)(X), rel=1e-8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "d", "k"), [(12_000, 2, 6), (1_200, 20, 7)])  # enough for compiled kernels
def test_large_fits_agree_with_scikit_learn(kind, n, d, k):
    X = groups(n, d, k, apart=2.0)
    start = {
        "means_init": X[:k],
        "weights_init": np.full(k, 1 / k),
        "precisions_init": precisions(kind, k, d),
    }
    settings = {"covariance_type": kind, "max_iter": 6, "tol": 0, **start}
    ours, theirs = GaussianMixture(k, **settings).fit(X), Theirs(k, **settings).fit(X)
    for name in ("weights_", "means_", "covariances_", "lower_bounds_"):
        np.testing.assert_allclose(
            getattr(ours, name), getattr(theirs, name), rtol=1e-8, atol=1e-8, err_msg=name
        )
    np.testing.assert_allclose(ours.score_samples(X), theirs.score_samples(X), rtol=1e-8)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert np.diff([step.objective for step in ours.trace_.steps[1:]]).max() < 1e-7


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("start", STARTS)
def test_one_random_state_gives_the_same_start(kind, start):
    X = groups(200, 3, 3)
    settings = {"covariance_type": kind, "init_params": start, "random_state": 5, "max_iter": 0}
    ours, theirs = GaussianMixture(3, **settings).fit(X), Theirs(3, **settings).fit(X)
    np.testing.assert_allclose(ours.means_, theirs.means_, rtol=1e-9)
    if not (kind == "tied" and start in ("k-means++", "random_from_data")):
        # from a few rows scikit-learn takes the tied covariance of all rows, about zero: no covariance at all
        np.testing.assert_allclose(ours.covariances_, theirs.covariances_, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_of_2_equal_a_repeated_row(kind):
    X = groups(90, 2, 3)
    weights = np.where(np.arange(90) % 3 == 0, 2.0, 1.0)
    start = {
        "means_init": X[:3],
        "weights_init": np.full(3, 1 / 3),
        "precisions_init": precisions(kind, 3, 2),
    }
    weighted = GaussianMixture(3, covariance_type=kind, max_iter=8, tol=0, **start).fit(
        X, sample_weight=weights
    )
    repeated = GaussianMixture(3, covariance_type=kind, max_iter=8, tol=0, **start).fit(
        np.repeat(X, weights.astype(int), axis=0)
    )
    for name in ("weights_", "means_", "covariances_", "lower_bounds_"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(repeated, name), rtol=1e-9)


@pytest.mark.parametrize("scale", [1e-200, 1e-17, 1e200])
def test_the_scale_of_the_weights_does_not_matter(scale):
    X, weights = groups(90, 2, 3), np.random.default_rng(0).uniform(0.5, 2, 90)
    plain, scaled = (
        GaussianMixture(3, random_state=0).fit(X, sample_weight=weights * s) for s in (1.0, scale)
    )
    np.testing.assert_allclose(scaled.means_, plain.means_, rtol=1e-9)
    assert scaled.lower_bound_ == pytest.approx(plain.lower_bound_, rel=1e-9)


def test_a_row_of_weight_0_far_away_costs_random_responsibilities_no_digits():
    X = np.concatenate([[[1e12, 1e12]], groups(200, 2, 2)])
    weights = np.r_[0.0, np.ones(200)]
    model = GaussianMixture(2, init_params="random", random_state=0, max_iter=0).fit(X, sample_weight=weights)
    assert (np.abs(model.covariances_ - np.cov(X[1:].T)) < 5).all()


def test_a_component_may_begin_without_weight():
    X = groups(60, 2, 2)
    model = GaussianMixture(2, weights_init=[0.0, 1.0], random_state=0).fit(X)
    assert np.isfinite([step.objective for step in model.trace_.steps[1:]]).all()


@pytest.mark.parametrize("start", [*STARTS, "given"])
def test_rows_of_weight_0_change_nothing_but_what_is_drawn(start):
    X = groups(60, 2, 2)
    far = np.concatenate([X, X[:3] + 1000.0])
    weights = np.r_[np.ones(60), np.zeros(3)]
    init = X[:2] if start == "given" else start
    model = GaussianMixture(2, init_params=init, random_state=0, max_iter=5).fit(far, sample_weight=weights)
    assert np.abs(model.means_).max() < 100
    if start == "given":
        without = GaussianMixture(2, init_params=init, random_state=0, max_iter=5).fit(X)
        np.testing.assert_allclose(model.means_, without.means_, rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_a_start_from_centers_is_the_scatter_about_them(kind):
    X, centers = groups(80, 2, 3), np.array([[0.0, 0.0], [3.0, 1.0], [500.0, 0.0]])
    model = GaussianMixture(3, covariance_type=kind, init_params=centers, max_iter=0).fit(X)
    owners = ((X[:, None] - centers) ** 2).sum(axis=2).argmin(axis=1)
    assert set(owners) == {0, 1}
    scatter = [(X[owners == j] - centers[j]).T @ (X[owners == j] - centers[j]) for j in range(3)]
    each = [
        scatter[0] / (owners == 0).sum(),
        scatter[1] / (owners == 1).sum(),
        (X - centers[2]).T @ (X - centers[2]) / 80,
    ]
    expected = {
        "full": np.array(each) + 1e-6 * np.eye(2),
        "tied": (scatter[0] + scatter[1]) / 80 + 1e-6 * np.eye(2),
        "diag": np.array([np.diag(c) for c in each]) + 1e-6,
        "spherical": np.array([np.trace(c) / 2 for c in each]) + 1e-6,
    }[kind]
    np.testing.assert_array_equal(model.means_, centers)
    np.testing.assert_allclose(model.covariances_, expected, rtol=1e-10)
    counts = np.array([(owners == 0).sum(), (owners == 1).sum(), 1])
    np.testing.assert_allclose(model.weights_, counts / counts.sum(), rtol=1e-9)


def test_a_fitted_model_is_a_start():
    X = groups(90, 2, 3)
    hard = KMeans(3, random_state=0).fit(X)
    soft = GaussianMixture(3, init_params=hard, max_iter=3).fit(X)
    np.testing.assert_array_equal(soft.trace_.steps[0].means, hard.cluster_centers_)
    again = GaussianMixture(3, init_params=soft, max_iter=0).fit(X)
    np.testing.assert_array_equal(again.means_, soft.means_)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "d"), [(8_500, 5), (40_000, 2), (9_000, 15)])  # plain, narrow and wide kernels
def test_one_thread_equals_two_bit_for_bit(kind, n, d):
    X = groups(n, d, 3)
    one, two = (
        GaussianMixture(3, covariance_type=kind, random_state=0, max_iter=6, n_threads=t).fit(X)
        for t in (1, 2)
    )
    for name in ("weights_", "means_", "covariances_", "lower_bounds_"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_the_trace_tells_every_half_step():
    X = groups(120, 2, 3)
    model = GaussianMixture(3, random_state=0, max_iter=30).fit(X)
    steps = model.trace_.steps
    assert [step.phase[0] for step in steps] == ["i", *"em" * model.n_iter_, "e"]
    assert list(steps[0].parameters) == ["means", "covariances", "weights"]
    assert model.lower_bounds_ == [-step.objective for step in steps[1:-1:2]]
    for step in steps[1:]:
        np.testing.assert_allclose(step.responsibilities.sum(axis=1), 1, rtol=1e-12)
        np.testing.assert_array_equal(step.labels, step.responsibilities.argmax(axis=1))
        assert step.counts.sum() == 120
    np.testing.assert_array_equal(steps[-1].labels, model.predict(X))
    np.testing.assert_allclose(steps[-1].responsibilities, model.predict_proba(X), atol=1e-13)
    np.testing.assert_array_equal(steps[-1].means, model.means_)
    assert steps[2].responsibilities is steps[1].responsibilities
    assert "log-likelihood per point changed by" in steps[-2].events[0].message
    assert model.trace_.settings["covariance_type"] == "full"


@pytest.mark.parametrize("n", [300, 7000])
def test_live_steps_and_fit_come_to_the_same(n):
    X = groups(n, 2, 3)
    fitted, live = (GaussianMixture(3, random_state=0, max_iter=5, tol=0) for _ in range(2))
    fitted.fit(X)
    steps = list(live.steps(X))
    assert [step.objective for step in steps] == [step.objective for step in fitted.trace_.steps]
    assert all(step.responsibilities.shape == (min(n, 5000), 3) for step in steps[1:])
    np.testing.assert_array_equal(live.means_, fitted.means_)


def test_leaving_the_steps_early_leaves_a_fitted_model():
    X = groups(100, 2, 2)
    model = GaussianMixture(2, random_state=0, tol=0)
    for step in model.steps(X):
        if step.phase == "maximization" and step.iteration == 1:
            break
    assert model.n_iter_ == 2
    np.testing.assert_array_equal(model.means_, step.means)
    assert len(model.lower_bounds_) == 2
    assert model.predict(X).shape == (100,)


def test_a_saved_trace_comes_back_whole(tmp_path):
    trace = (
        GaussianMixture(3, covariance_type="tied", random_state=0, max_iter=4).fit(groups(60, 3, 3)).trace_
    )
    trace.save(tmp_path / "run.npz")
    loaded = Trace.load(tmp_path / "run.npz")
    for ours, theirs in zip(trace.steps, loaded.steps, strict=True):
        for name in ("means", "covariances", "weights", "responsibilities", "labels", "shift"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


def test_the_best_of_several_starts_wins():
    X = groups(150, 2, 5, apart=2.0)
    model = GaussianMixture(5, n_init=6, init_params="random_from_data", random_state=0, max_iter=20).fit(X)
    theirs = Theirs(5, n_init=6, init_params="random_from_data", random_state=0, max_iter=20).fit(X)
    assert model.lower_bound_ == pytest.approx(theirs.lower_bound_, rel=1e-8)
    assert len(model.trace_.restarts) == 5
    ends = [-restart.objectives[-3] for restart in model.trace_.restarts]
    assert max(ends) <= model.lower_bound_


def test_float32_rows_give_float32_attributes_and_the_same_clusters():
    X = groups(400, 3, 3)
    single, double = (GaussianMixture(3, random_state=0).fit(X.astype(t)) for t in (np.float32, np.float64))
    for name in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"):
        assert getattr(single, name).dtype == np.float32
        np.testing.assert_allclose(getattr(single, name), getattr(double, name), rtol=2e-3, atol=2e-3)
    np.testing.assert_array_equal(single.predict(X.astype(np.float32)), single.trace_.steps[-1].labels)


def test_attributes_that_are_set_by_hand_are_used():
    X = groups(100, 2, 2)
    model = GaussianMixture(2, random_state=0).fit(X)
    model.means_ = model.means_[::-1].copy()
    theirs = Theirs(2, random_state=0).fit(X)
    theirs.means_ = theirs.means_[::-1].copy()
    np.testing.assert_allclose(model.score(X), theirs.score(X), rtol=1e-6)


def test_warm_start_goes_on():
    X = groups(200, 2, 3, apart=1.5)
    whole = GaussianMixture(3, random_state=0, max_iter=6, tol=0).fit(X)
    parts = GaussianMixture(3, random_state=0, max_iter=3, tol=0, warm_start=True).fit(X).fit(X)
    np.testing.assert_allclose(parts.means_, whole.means_, rtol=1e-12)


@pytest.mark.parametrize(
    ("settings", "columns"), [({"covariance_type": "diag"}, 2), ({"n_components": 2}, 2), ({}, 1)]
)
def test_warm_start_refuses_another_shape(settings, columns):
    X = groups(100, 2, 3)
    model = GaussianMixture(3, random_state=0, warm_start=True).fit(X)
    with pytest.raises(ValueError, match=r"goes on from 3 components of 2 features.*set warm_start=False"):
        model.set_params(**settings).fit(X[:, :columns])


def test_samples_are_scikit_learns():
    X = groups(100, 2, 2)
    ours, theirs = GaussianMixture(2, random_state=0).fit(X), Theirs(2, random_state=0).fit(X)
    (a, b), (c, e) = ours.sample(50), theirs.sample(50)
    np.testing.assert_array_equal(b, e)
    np.testing.assert_allclose(a, c, rtol=1e-6, atol=1e-6)


def test_a_model_can_be_copied_and_cloned():
    X = groups(60, 2, 2)
    model = GaussianMixture(2, random_state=0).fit(X)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(twin.predict(X), model.predict(X))
    with pytest.raises(NotFittedError):
        clone(model).predict(X)


def test_verbose_prints_how_the_run_goes(capsys):
    GaussianMixture(2, random_state=0, verbose=2, verbose_interval=1, tol=1e-4).fit(
        groups(80, 2, 2, apart=1.0)
    )
    out = capsys.readouterr().out
    assert "Iteration 1, log-likelihood -" in out
    assert out.splitlines()[-1].startswith("Initialization converged after ")


def test_not_converging_is_a_warning():
    with pytest.warns(ConvergenceWarning, match=r"did not converge.*max_iter=1 iterations; trace_ shows"):
        GaussianMixture(2, random_state=0, max_iter=1).fit(groups(80, 2, 2))


def test_data_frames_give_names():
    frame = pd.DataFrame(groups(50, 2, 2), columns=["width", "height"])
    model = GaussianMixture(2, random_state=0).fit(frame)
    assert model.feature_names_in_.tolist() == ["width", "height"]
    assert model.trace_.feature_names == ("width", "height")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("offset", [1e7, 1e9])
def test_far_from_zero_the_fit_is_the_same(kind, offset):
    X = np.round(groups(300, 2, 3) * 1024) / 1024
    near = GaussianMixture(3, covariance_type=kind, init_params=X[:3], max_iter=10, tol=0).fit(X)
    far = GaussianMixture(3, covariance_type=kind, init_params=X[:3] + offset, max_iter=10, tol=0).fit(
        X + offset
    )
    np.testing.assert_allclose(far.covariances_, near.covariances_, rtol=1e-5)
    np.testing.assert_allclose(far.lower_bound_, near.lower_bound_, rtol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_groups_that_differ_by_little_at_great_distances_are_found(kind):
    X = np.round(groups(200, 2, 2, apart=0.0) * 64) / 64
    X[:, 0] += np.where(np.arange(200) % 2, 1e9, -1e9)
    X[:50, 1] += 40.0
    model = GaussianMixture(4, covariance_type=kind, random_state=0, n_init=1).fit(X)
    assert len(set(model.predict(X).tolist())) == 4
    middles = {(round(m[0] / 1e9), round(m[1] / 40)) for m in model.means_}
    assert middles == {(-1, 0), (-1, 1), (1, 0), (1, 1)}


@pytest.mark.parametrize("scale", [1e-60, 1e60])
def test_magnitudes_do_not_matter_without_regularization(scale):
    X = groups(100, 2, 2)
    plain, scaled = (
        GaussianMixture(2, reg_covar=0, init_params=x[:2], max_iter=5).fit(x) for x in (X, X * scale)
    )
    np.testing.assert_allclose(scaled.means_ / scale, plain.means_, rtol=1e-9)
    np.testing.assert_allclose(scaled.covariances_ / scale / scale, plain.covariances_, rtol=1e-9)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([1.0, 2.0, 3.0], "reshape"),
        ([[1.0], [np.nan]], "NaN"),
        ([[1.0], [np.inf]], "infinity"),
        ([[1e200], [-1e200]], "rescale"),
        ([["a"], ["b"]], "text"),
        (np.empty((0, 2)), "0 sample"),
        (np.ma.masked_equal([[1.0], [2.0]], 2.0), "masked"),
        (sparse.eye(3, format="csr"), "sparse.*toarray"),
        ([[1j], [2.0]], "Complex data not supported"),
        (np.array([["2020-01-01"], ["2021-01-01"]], "datetime64[D]"), "datetime64"),
        ([[1e-160], [0.0]], "vanish"),
        (np.empty((3, 0)), "0 feature"),
        ([[1.0]], "n_samples >= n_components"),
    ],
)
def test_bad_rows_are_refused(X, message):
    with pytest.raises((ValueError, TypeError), match=message):
        GaussianMixture(2).fit(X)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"n_components": 0}, ValueError, "n_components must be a whole number of 1 or more"),
        ({"n_components": 2.5}, TypeError, "n_components"),
        ({"n_components": "3"}, TypeError, "n_components"),
        ({"max_iter": -1}, ValueError, "max_iter must be a whole number of 0 or more"),
        ({"tol": -1.0}, ValueError, "tol"),
        ({"reg_covar": np.nan}, ValueError, "reg_covar"),
        ({"reg_covar": 1e-310}, ValueError, "too small for its inverse"),
        ({"means_init": [[1e200, 0.0], [0.0, 0.0]]}, ValueError, "rescale"),
        (
            {"precisions_init": [[1e-320, 1.0], [1.0, 1.0]], "covariance_type": "diag"},
            ValueError,
            "no inverse",
        ),
        ({"covariance_type": "round"}, ValueError, "'full', 'tied', 'diag', 'spherical'"),
        ({"init_params": "best"}, ValueError, "'kmeans', 'k-means\\+\\+'"),
        ({"init_params": [[0.0]]}, ValueError, r"shape must be \(2, 2\)"),
        ({"init_params": KMeans(2)}, TypeError, "not fitted"),
        ({"accelerate": "fast"}, ValueError, "None, 'squarem'"),
        ({"record": "all"}, ValueError, "record"),
        ({"n_threads": 0}, ValueError, "n_threads"),
        ({"weights_init": [0.5, 0.6]}, ValueError, "divide weights_init by its sum"),
        ({"weights_init": [0.5, 0.5, 0.0]}, ValueError, r"should have the shape of \(2,\), but got \(3,\)"),
        ({"means_init": [[0.0, np.nan], [1.0, 1.0]]}, ValueError, "NaN"),
        ({"precisions_init": np.zeros((2, 2, 2))}, ValueError, "positive-definite"),
    ],
)
def test_bad_settings_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        GaussianMixture(**{"n_components": 2} | settings).fit(groups(20, 2, 2))


@pytest.mark.parametrize(
    "weights", [[-1.0] * 20, [np.nan] * 20, [0.0] * 20, [1.0] * 19, [1.0] + [0.0] * 19], ids=str
)
def test_bad_weights_are_refused(weights):
    with pytest.raises(ValueError, match=r"weight"):
        GaussianMixture(2).fit(groups(20, 2, 2), sample_weight=weights)


@pytest.mark.parametrize("dtype", [np.float16, np.int8, bool])
def test_other_numbers_are_computed_in_float64(dtype):
    X = (groups(60, 2, 2) > 0).astype(dtype)
    ours, theirs = (
        GaussianMixture(2, random_state=0, max_iter=3, reg_covar=0.1).fit(x)
        for x in (X, X.astype(np.float64))
    )
    assert ours.means_.dtype == np.float64
    np.testing.assert_array_equal(ours.means_, theirs.means_)


def test_all_points_the_same_are_fitted_and_told():
    model = GaussianMixture(2, random_state=0).fit(np.full((10, 2), 3.0))
    np.testing.assert_allclose(model.means_, 3.0)
    assert "collapsed_component" in {event.kind for _, event in model.trace_.events}


@pytest.mark.parametrize("n", [6, 24_000])
def test_fewer_distinct_points_than_components_are_a_warning_with_both_numbers(n):
    X = np.repeat([[0.0, 0.0], [1.0, 1.0], [-0.0, 0.0]], n // 3, axis=0)
    with pytest.warns(ConvergenceWarning, match=r"distinct points \(2\) is smaller than n_components \(3\)"):
        GaussianMixture(3, random_state=0, max_iter=2).fit(X)
    weights = np.r_[np.ones(len(X)), 0.0]
    with pytest.warns(ConvergenceWarning, match=r"distinct points \(2\)"):
        GaussianMixture(3, random_state=0, max_iter=2).fit(np.vstack([X, [[5.0, 5.0]]]), None, weights)


def test_interrupting_keeps_what_was_done():
    model = GaussianMixture(3, random_state=0, tol=0)

    def stop(step):
        if step.phase == "maximization" and step.iteration == 2:
            raise KeyboardInterrupt

    model.watcher = stop
    with pytest.raises(KeyboardInterrupt):
        model.fit(groups(100, 2, 3))
    assert model.n_iter_ == 3
    assert model.trace_.events[-1][1].kind == "interrupted"


def test_new_rows_are_labeled_without_factoring_the_covariances_again(monkeypatch):
    X = np.random.default_rng(3).normal(size=(60, 2)) + np.repeat([[0.0], [9.0]], 30, axis=0)
    model = GaussianMixture(2, random_state=0).fit(X)
    labels = model.predict(X)
    factored = []
    kind = type(model._kind)
    factors = kind.factors
    monkeypatch.setattr(kind, "factors", lambda self, c: factored.append(c) or factors(self, c))
    assert model.predict(X).tolist() == labels.tolist()
    assert not factored
    model.means_[:] = model.means_[::-1].copy()  # what is set by hand holds
    model.covariances_ = model.covariances_[::-1].copy()
    assert model.predict(X).tolist() == (1 - labels).tolist()
    assert len(factored) == 1
