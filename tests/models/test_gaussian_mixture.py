"""The two half-steps of a mixture and what is said about them, against plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from emscope.data.blocks import Block
from emscope.models.covariances import COVARIANCE_TYPES
from emscope.models.gaussian_mixture import GaussianMixture, Parameters

KINDS = list(COVARIANCE_TYPES)


def as_matrices(kind, covariances, k, d):
    return COVARIANCE_TYPES[kind].as_matrices(covariances, k, d)


def problem(kind, seed=0, n=40, d=3, k=3, offset=0.0, groups=0.0):
    """Rows in groups, weights with a zero, and parameters somewhere near."""
    random = np.random.default_rng(seed)
    means = random.normal(size=(k, d)) * 2
    means[:, 0] += groups * np.arange(k)
    X = means[np.arange(n) % k] + random.normal(size=(n, d)) @ random.normal(size=(d, d)) + offset
    weights = random.uniform(0.5, 2.0, n)
    weights[1] = 0.0
    variances = {
        "full": np.stack([np.cov(random.normal(size=(d, 3 * d + 2))).reshape(d, d) * 5 for _ in range(k)]),
        "tied": np.cov(random.normal(size=(d, 3 * d + 2))).reshape(d, d) * 5,
        "diag": random.uniform(1, 4, (k, d)),
        "spherical": random.uniform(1, 4, k),
    }
    start = Parameters(means + offset + random.normal(size=(k, d)), variances[kind], np.full(k, 1 / k))
    return Block(0, 0, X, weights), start


def step(model, block, parameters):
    labels = np.empty(len(block.rows), np.int32)
    statistics = model.expectation(block, parameters, labels)
    return statistics, labels


@pytest.mark.parametrize("kind", KINDS)
def test_kernels_are_given_one_kind_of_arrays_whatever_the_parameters_are(kind):
    _, start = problem(kind)
    model, given = GaussianMixture(COVARIANCE_TYPES[kind]), Parameters(*map(np.copy, start))
    for array in given:
        array.flags.writeable = False
    for one, other in zip(model.components(start), model.components(given), strict=True):
        assert one.flags.writeable
        assert other.flags.writeable, "what is read-only would be compiled for anew"
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("d", [1, 3])
def test_half_steps_are_those_of_the_formulas(kind, d):
    block, start = problem(kind, d=d)
    model = GaussianMixture(COVARIANCE_TYPES[kind])
    statistics, labels = step(model, block, start)
    k = len(start.means)
    shares, logs = naive.responsibilities(
        block.rows, start.weights, start.means, as_matrices(kind, start.covariances, k, d)
    )
    np.testing.assert_array_equal(labels, shares.argmax(axis=1))
    np.testing.assert_array_equal(statistics.counts, np.bincount(labels, minlength=k))
    assert statistics.log_likelihood == pytest.approx((block.weights * logs).sum(), rel=1e-12)
    our_logs, our_shares = model.evaluate(block.rows, start)
    np.testing.assert_allclose(our_logs, logs, rtol=1e-12)
    np.testing.assert_allclose(our_shares, shares, atol=1e-13)

    after = model.maximization(statistics, start)
    weights, means, matrices = naive.mixture_maximization(block.rows, shares, kind, block.weights)
    np.testing.assert_allclose(after.weights, weights, rtol=1e-12)
    np.testing.assert_allclose(after.means, means, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(as_matrices(kind, after.covariances, k, d), matrices, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_the_objective_is_the_free_energy_after_both_half_steps(kind):
    block, start = problem(kind)
    k, d = start.means.shape
    model = GaussianMixture(COVARIANCE_TYPES[kind], reg_covar=0.3)
    statistics, _ = step(model, block, start)
    shares = model.responsibilities(block.rows, start)
    after = model.maximization(statistics, start)
    for parameters in (start, after):
        expected = naive.free_energy(
            block.rows,
            shares,
            parameters.weights,
            parameters.means,
            as_matrices(kind, parameters.covariances, k, d),
            block.weights,
        )
        assert model.objective(statistics, parameters) == pytest.approx(expected, rel=1e-11)
        if parameters is start:
            at_once = model.objective_after_expectation(statistics, start)
            assert at_once == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_statistics_add(kind):
    block, start = problem(kind)
    model = GaussianMixture(COVARIANCE_TYPES[kind])
    whole, _ = step(model, block, start)
    parts = [Block(0, 0, block.rows[part], block.weights[part]) for part in (slice(0, 17), slice(17, None))]
    merged = step(model, parts[0], start)[0].merge(step(model, parts[1], start)[0])
    for name in ("counts", "weights", "sums", "scatter", "log_likelihood", "entropy"):
        np.testing.assert_allclose(getattr(merged, name), getattr(whole, name), rtol=1e-11, atol=1e-11)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 10_000),
    shape=st.tuples(st.integers(12, 60), st.integers(1, 4), st.integers(1, 4)),
    offset=st.sampled_from([0.0, 1e4, -1e6]),
)
def test_the_bound_falls_over_every_half_step_without_regularization(kind, seed, shape, offset):
    n, d, k = shape
    block, parameters = problem(kind, seed, n, d, k, offset)
    model = GaussianMixture(COVARIANCE_TYPES[kind])
    before = np.inf
    for _ in range(4):
        statistics, _ = step(model, block, parameters)
        after_expectation = model.objective_after_expectation(statistics, parameters)
        assert after_expectation <= before + 1e-9 * max(1, abs(after_expectation))
        after = model.maximization(statistics, parameters)
        if model.kind.singular(after.covariances, k).any():
            return
        before = model.objective(statistics, after)
        assert before <= after_expectation + 1e-9 * max(1, abs(before))
        parameters = after


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("offset", "groups"), [(1e9, 0.0), (-1e9, 1e9)])
def test_far_from_zero_nothing_is_lost(kind, offset, groups):
    """The same rows moved by a number that floating point adds exactly give the same steps."""
    near, start = problem(kind, groups=64.0 if groups else 0.0)
    X, means = np.round(near.rows * 256) / 256, np.round(start.means * 256) / 256
    apart = np.zeros_like(X)
    if groups:  # and the groups moved apart, too far for them to touch before or after
        apart[:, 0] = np.arange(len(X)) % len(means) * groups
    model = GaussianMixture(COVARIANCE_TYPES[kind])
    tight = start.covariances / 16
    reference = Parameters(means, tight, start.weights)
    moved = Parameters(means + offset + apart[: len(means)], tight, start.weights)
    here, labels = step(model, Block(0, 0, X, near.weights), reference)
    there, moved_labels = step(model, Block(0, 0, X + offset + apart, near.weights), moved)
    np.testing.assert_array_equal(labels, moved_labels)
    a, b = model.maximization(here, reference), model.maximization(there, moved)
    np.testing.assert_allclose(a.covariances, b.covariances, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(a.weights, b.weights, rtol=1e-9)
    assert model.objective(there, b) == pytest.approx(model.objective(here, a), rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_sums_about_new_means_cure_a_start_far_away(kind):
    block, start = problem(kind, k=1)
    far = start._replace(means=start.means + 1e9)
    model = GaussianMixture(COVARIANCE_TYPES[kind])
    statistics, labels = step(model, block, far)
    lost = model.maximization(statistics, far)
    assert model.cancels(statistics, far, lost)
    cured = model.maximization(model.statistics_about(block, labels, far, lost), lost)
    d = block.rows.shape[1]
    _, means, matrices = naive.mixture_maximization(
        block.rows, np.ones((len(block.rows), 1)), kind, block.weights
    )
    np.testing.assert_allclose(cured.means, means, rtol=1e-12)
    np.testing.assert_allclose(as_matrices(kind, cured.covariances, 1, d), matrices, rtol=1e-11)
    lost_matrices = as_matrices(kind, lost.covariances, 1, d)
    assert np.abs(lost_matrices - matrices).max() > 1e-3  # or there was nothing to cure


def test_near_by_nothing_cancels():
    block, start = problem("full")
    model = GaussianMixture(COVARIANCE_TYPES["full"])
    statistics, _ = step(model, block, start)
    assert not model.cancels(statistics, start, model.maximization(statistics, start))


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("kind", KINDS)
def test_what_cancels_does_not_depend_on_the_units(kind, unit):
    block, start = problem(kind, k=1)
    model = GaussianMixture(COVARIANCE_TYPES[kind])
    for away, expected in ((1.0, False), (1e4, True)):
        far = Parameters((start.means + away) * unit, start.covariances * unit**2, start.weights)
        statistics, _ = step(model, Block(0, 0, block.rows * unit, block.weights), far)
        statistics = statistics._replace(log_likelihood=0.0)  # it has a limit of its own
        assert model.cancels(statistics, far, model.maximization(statistics, far)) == expected


def test_a_component_without_points_stays_as_it_is():
    X = np.concatenate([np.random.default_rng(0).normal(size=(50, 2)), [[1.0, 2.0]]])
    start = Parameters(np.array([[0.0, 0.0], [1e6, 0.0]]), np.stack([np.eye(2)] * 2), np.full(2, 0.5))
    model = GaussianMixture(COVARIANCE_TYPES["full"])
    statistics, _ = step(model, Block(0, 0, X, np.ones(51)), start)
    after = model.maximization(statistics, start)
    np.testing.assert_array_equal(after.means[1], start.means[1])
    np.testing.assert_array_equal(after.covariances[1], start.covariances[1])
    assert 0 < after.weights[1] < 1e-15


@pytest.mark.parametrize("kind", KINDS)
def test_factors_whiten(kind):
    _, start = problem(kind)
    k, d = start.means.shape
    line = COVARIANCE_TYPES[kind]
    factors = line.factors(start.covariances)
    precisions = line.as_matrices(line.precisions(factors), k, d)
    np.testing.assert_allclose(
        precisions @ as_matrices(kind, start.covariances, k, d), [np.eye(d)] * k, atol=1e-12
    )
    determinants = np.linalg.slogdet(as_matrices(kind, start.covariances, k, d))[1]
    np.testing.assert_allclose(line.log_determinants(factors, k, d), -0.5 * determinants, rtol=1e-12)
    smallest = np.linalg.eigvalsh(as_matrices(kind, start.covariances, k, d))[:, 0]
    np.testing.assert_allclose(line.smallest_variances(start.covariances, k), smallest, rtol=1e-12)
    assert not line.singular(start.covariances, k).any()


def test_only_singular_covariances_are_singular():
    flat = np.array([[1.0, 1.0], [1.0, 1.0]])
    steep = np.array([[1e9, 0.0], [0.0, 1e-9]])
    full = COVARIANCE_TYPES["full"]
    assert full.singular(np.stack([np.eye(2), flat, steep, 0 * flat]), 4).tolist() == [
        False,
        True,
        False,
        True,
    ]
    assert COVARIANCE_TYPES["tied"].singular(flat, 3).tolist() == [True] * 3
    assert COVARIANCE_TYPES["diag"].singular(np.array([[1.0, 0.0], [1.0, 2.0]]), 2).tolist() == [True, False]
    assert COVARIANCE_TYPES["spherical"].singular(np.array([1e-320, 1.0]), 2).tolist() == [True, False]
