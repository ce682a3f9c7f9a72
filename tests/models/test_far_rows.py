"""Rows far from every component: responsibilities and likelihoods are those of exact arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emscope import GaussianMixture, KMeans
from emscope.kernels.choice import mixture_kernel_for
from emscope.kernels.soft.far_rows import exact_responsibilities
from emscope.kernels.soft.mixture import Components
from emscope.models.covariances import COVARIANCE_TYPES
from emscope.models.gaussian_mixture import GaussianMixture as Mixture
from emscope.models.mixture_parameters import Parameters
from emscope.validation.rows import DataError


def exactly(row, components, structure):
    """Return log p(x) and responsibilities from rational numbers; exponentials come last."""
    squared = []
    for j, mean in enumerate(components.means.tolist()):
        factors = components.factors if structure == "tied" else components.factors[j]
        difference = [Fraction(a) - Fraction(b) for a, b in zip(row.tolist(), mean, strict=True)]
        if structure == "diag":
            factors = np.diag(factors)
        columns = [[Fraction(u) for u in column] for column in factors.T.tolist()]
        squared.append(
            sum(sum(a * u for a, u in zip(difference, column, strict=True)) ** 2 for column in columns)
        )
    joint = [Fraction(c) - q / 2 for c, q in zip(components.log_scales.tolist(), squared, strict=True)]
    top = max(joint)
    shares = np.exp([float(max(value - top, Fraction(-1000))) for value in joint])
    largest = Fraction(np.finfo(float).max)
    return (float(top) if abs(top) <= largest else -np.inf) + np.log(shares.sum()), shares / shares.sum()


def parameters_of(random, k, d, kind, means):
    roots = random.normal(size=(k, d, d)) + 2 * np.eye(d)
    matrices = roots @ roots.swapaxes(1, 2)
    covariances = {
        "full": matrices,
        "tied": matrices[0],
        "diag": np.diagonal(matrices, axis1=1, axis2=2).copy(),
        "spherical": matrices[:, 0, 0].copy(),
    }[kind]
    return Parameters(means, covariances, random.dirichlet(np.full(k, 5.0)))


@st.composite
def problems(draw):
    """Rows near and far, in any direction and of any magnitude, and a mixture of any scale."""
    kind = draw(st.sampled_from(sorted(COVARIANCE_TYPES)))
    k, d, m = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 6))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale = 10.0 ** draw(st.integers(-60, 60))
    means = scale * random.normal(size=(k, d))
    given = parameters_of(random, k, d, kind, means)
    if draw(st.booleans()) and k > 1:  # only the means tell the components apart
        covariances = given.covariances
        given = given._replace(
            covariances=covariances if kind == "tied" else np.repeat(covariances[:1], k, axis=0)
        )
    spread = scale * 10.0 ** draw(st.integers(-20, 20))
    given = given._replace(covariances=given.covariances * spread**2)
    magnitudes = 10.0 ** np.array(draw(st.lists(st.integers(-150, 300), min_size=m, max_size=m)))
    directions = random.normal(size=(m, d)) if draw(st.booleans()) else random.choice([-1.0, 1.0], (m, d))
    return kind, given, directions * magnitudes[:, None]


@given(problem=problems())
@settings(deadline=None, max_examples=300)
def test_shares_of_exact_arithmetic(problem):
    kind, parameters, rows = problem
    model = Mixture(COVARIANCE_TYPES[kind])
    components = model.components(parameters)
    log_likelihoods, shares = model.evaluate(rows, parameters)
    structure = COVARIANCE_TYPES[kind].structure
    for row, log_likelihood, own in zip(rows, log_likelihoods, shares, strict=True):
        expected, expected_shares = exactly(row, components, structure)
        assert log_likelihood == pytest.approx(expected, rel=1e-12, abs=1e-9)
        # nearer rows are taken as a sum in float64, whose rounding grows with the squared distance
        np.testing.assert_allclose(own, expected_shares, atol=max(1e-12, 1e-15 * min(-log_likelihood, 1e16)))


@pytest.mark.parametrize("structure", ["full", "tied", "diag"])
@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("d", [1, 3, 14])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_far_rows_among_near_ones(structure, compiled, d, dtype):
    random = np.random.default_rng(d)
    k, kind = 3, COVARIANCE_TYPES[structure]
    near = random.normal(size=(300, d)).astype(dtype)
    far = (random.choice([-1.0, 1.0], (4, d)) * [[1e15], [1e12], [1e18], [1e11]]).astype(dtype)
    where = [0, 100, 256, 303]
    rows = np.insert(near, [0, 99, 254, 300], far, axis=0)
    parameters = parameters_of(random, k, d, structure, near[:k].astype(float))
    kernel = mixture_kernel_for(10**9, d, k, structure) if compiled else None
    model = Mixture(kind, kernel=kernel)
    log_likelihoods, shares = model.evaluate(rows, parameters)
    components = model.components(parameters)
    for row in where:
        expected, expected_shares = exactly(rows[row].astype(float), components, structure)
        assert log_likelihoods[row] == pytest.approx(expected, rel=1e-12)
        np.testing.assert_allclose(shares[row], expected_shares, atol=1e-12)

    class Block:
        start, weights = 0, np.ones(len(rows))

    Block.rows = rows
    labels = np.full(len(rows), -1, np.int32)
    statistics = model.expectation(Block, parameters, labels)
    assert labels.tolist() == shares.argmax(axis=1).tolist()
    assert statistics.counts.tolist() == np.bincount(labels, minlength=k).tolist()
    np.testing.assert_allclose(statistics.weights, shares.sum(axis=0), rtol=1e-9)
    sums = np.einsum("ij,ijf->jf", shares, rows.astype(float)[:, None] - parameters.means)
    np.testing.assert_allclose(statistics.sums, sums, rtol=1e-9, atol=1e-6 * np.abs(sums).max())
    assert statistics.log_likelihood == pytest.approx(log_likelihoods.sum(), rel=1e-12)


@pytest.fixture(params=sorted(COVARIANCE_TYPES))
def fitted(request):
    X = np.concatenate([np.linspace(-1, 1, 40), np.linspace(7, 11, 40)])[:, None]
    return GaussianMixture(2, covariance_type=request.param, random_state=0).fit(X)


@pytest.mark.parametrize("x", [1e9, 1e20, 1e101, 1e149, -1e20, -1e101, -1e149])
def test_what_a_fitted_mixture_says_of_far_rows(fitted, x):
    wider = fitted.means_.argmax()  # the second group
    right = wider if x > 0 or fitted.covariance_type != "tied" else 1 - wider
    assert fitted.predict([[x]]).tolist() == [right]
    assert fitted.predict_proba([[x]]).tolist() == [np.eye(2)[right].tolist()]
    log_likelihood = fitted.score_samples([[x]])
    # taken about a mean that is far away, the density is no more than its square
    variance = np.ravel(fitted.covariances_)[right if fitted.covariance_type != "tied" else 0]
    assert log_likelihood == pytest.approx([-x / variance * x / 2], rel=1e-6)
    assert fitted.score([[x]]) == log_likelihood[0]
    both = fitted.predict_proba([[0.0], [x], [9.0]])
    np.testing.assert_array_equal(both[1], np.eye(2)[right])
    np.testing.assert_allclose(both[[0, 2]], fitted.predict_proba([[0.0], [9.0]]), rtol=1e-12)


@pytest.mark.parametrize("x", [1e151, -1e300])
def test_rows_beyond_all_squares_are_shared_out_by_mixtures_and_refused_by_kmeans(fitted, x):
    X = np.array([[0.0], [1.0], [x]])
    right = fitted.means_.argmax() if x > 0 or fitted.covariance_type != "tied" else fitted.means_.argmin()
    assert fitted.predict(X)[2] == right
    assert fitted.predict_proba(X)[2].tolist() == np.eye(2)[right].tolist()
    variance = np.ravel(fitted.covariances_)[0 if fitted.covariance_type == "tied" else right]
    expected = -x / variance * x / 2 if abs(x) < 1e154 else -np.inf
    assert fitted.score_samples(X)[2] == pytest.approx(expected, rel=1e-9)
    assert fitted.score(X) == pytest.approx(expected / 3, rel=1e-9)
    kmeans = KMeans(2, random_state=0).fit(X[[0, 0, 1, 1]])
    for method in (kmeans.predict, kmeans.transform, kmeans.score):
        with pytest.raises(DataError, match=r"overflow.*row 2"):
            method(X)


def test_single_precision_scores_are_minus_infinity_beyond_its_range():
    X = np.array([[0.0], [1e-12], [5e-12], [6e-12]], np.float32)
    fitted = GaussianMixture(1, reg_covar=1e-30).fit(X)
    assert fitted.score_samples(np.array([[1e12]], np.float32)).tolist() == [-np.inf]
    assert fitted.predict_proba(np.array([[1e12]], np.float32)).tolist() == [[1.0]]


def test_distances_of_kmeans_to_far_rows():
    kmeans = KMeans(2, init=[[0.0], [5.0]]).fit([[0.0], [0.0], [5.0], [5.0]])
    assert kmeans.predict([[1e9], [-1e9]]).tolist() == [1, 0]
    np.testing.assert_allclose(kmeans.transform([[1e149]]), [[1e149, 1e149]])
    assert kmeans.score([[1e149]]) == pytest.approx(-1e298)


def test_exact_responsibilities_where_only_the_last_digit_differs():
    components = Components(np.array([[0.0], [1e-300]]), np.ones((2, 1)), np.zeros(2))
    _, shares = exact_responsibilities(np.array([[1e150]]), components, "diag")
    assert shares.tolist() == [[0.5, 0.5]]  # the ratio is exp(1e-150)
    components = components._replace(means=np.array([[0.0], [1e-100]]))
    assert exact_responsibilities(np.array([[1e150]]), components, "diag")[1].tolist() == [[0.0, 1.0]]
