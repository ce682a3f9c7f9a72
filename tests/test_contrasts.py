import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emscope.contrasts import contrasts

DECIMALS = st.integers(-999, 999).map(lambda i: i / 100)


def plain(X, labels, k, weights):
    """The same with exactly rounded sums."""
    mean, difference, deviations = (np.full((k, X.shape[1]), np.nan) for _ in range(3))
    for j in range(X.shape[1]):
        overall = math.fsum(weights * X[:, j]) / math.fsum(weights)
        spread = math.sqrt(math.fsum(weights * (X[:, j] - overall) ** 2) / math.fsum(weights))
        for c in range(k):
            own = (labels == c) & (weights > 0)
            if own.any():
                mean[c, j] = math.fsum(weights[own] * X[own, j]) / math.fsum(weights[own])
                difference[c, j] = mean[c, j] - overall
                deviations[c, j] = difference[c, j] / spread if spread > 1e-9 else 0
    return mean, difference, deviations


@settings(deadline=None)
@given(st.data())
def test_contrasts_are_what_the_formulas_say(data):
    n, d, k = (data.draw(st.integers(1, most)) for most in (12, 3, 4))
    X = np.array(data.draw(st.lists(DECIMALS, min_size=n * d, max_size=n * d))).reshape(n, d)
    labels = np.array(data.draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n)))
    weights = np.array(data.draw(st.lists(st.integers(0, 5), min_size=n, max_size=n))) / 4
    weights[0] = 1.0
    found = contrasts(X, labels, k, weights)
    expected = plain(X, labels, k, weights)
    for values, wanted in zip((found.mean, found.difference, found.deviations), expected, strict=True):
        np.testing.assert_allclose(values, wanted, atol=1e-12)


def test_a_constant_feature_is_its_own_mean_and_differs_nowhere():
    X = np.full((999, 1), 0.1)
    found = contrasts(X, np.arange(999) % 7, 7, np.random.default_rng(0).random(999))
    assert (found.mean == 0.1).all()
    assert (found.overall == 0.1).all()
    assert (found.difference == 0).all()
    assert (found.deviations == 0).all()


@pytest.mark.parametrize("offset", [0.0, 1e6, 1e9, -1e12])
@pytest.mark.parametrize("scale", [1e-160, 1e-3, 1.0, 1e5, 1e140])
def test_clusters_alike_differ_by_exactly_nothing(offset, scale):
    values = np.array([0.1, 0.2, 0.4, 0.7, 13.9])
    X = scale * (np.tile(values, 600) + offset)[:, None]
    X = X[np.random.default_rng(1).permutation(3000)]
    order = np.argsort(X[:, 0], kind="stable")
    labels = np.empty(3000, int)
    labels[order] = np.arange(3000) % 3  # each value as often in each cluster
    found = contrasts(X, labels, 3)
    assert (found.difference == 0).all()
    assert (found.deviations == 0).all()


def test_a_mean_of_0_is_0():
    X = np.array([[1e6 / 3, 0.1], [-1e6 / 3, 0.2], [5.0, -0.3], [5.0, 4.0]])
    found = contrasts(X, np.array([0, 0, 1, 1]), 2)
    assert found.mean[0, 0] == 0
    assert contrasts(X[:3, 1:], np.zeros(3, int), 1).mean[0, 0] == 0  # 0.1 + 0.2 - 0.3


def test_small_differences_that_are_there_stay():
    random = np.random.default_rng(2)
    X = random.normal(size=(1000, 1)) * 1e-9
    X[500:] += 1e-12
    far = contrasts(X + 1.0, np.repeat([0, 1], 500), 2).difference[:, 0]
    np.testing.assert_allclose(far, plain(X, np.repeat([0, 1], 500), 2, np.ones(1000))[1][:, 0], rtol=1e-5)
    assert (far != 0).all()


def test_one_huge_value_does_not_blur_the_other_clusters():
    X = np.array([[5.0], [5.0], [0.25], [0.25], [1e30]])
    found = contrasts(X, np.array([0, 0, 1, 1, 2]), 3)
    assert found.mean[:, 0].tolist() == [5.0, 0.25, 1e30]
    assert found.resolution[0] < 1e-13


def test_rows_of_weight_0_do_not_count():
    X = np.array([[0.0, 1.0], [2.0, 3.0], [1e300, -1e300], [7.0, 7.0]])
    labels, weights = np.array([0, 1, 0, 2]), np.array([1.0, 2.0, 0.0, 0.0])
    found = contrasts(X, labels, 3, weights)
    alone = contrasts(X[:2], labels[:2], 3, weights[:2])
    for ours, theirs in zip(found, alone, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert np.isnan(found.mean[2]).all()


def test_the_largest_difference_in_deviations_ranks_first_and_equal_ones_in_order():
    x = np.array([0.0, 0.0, 1.0, 1.0])
    X = np.column_stack([np.ones(4), x, [0.0, 1.0, 0.0, 1.0], x, -2 * x, [0.0, 0.0, 0.0, 9.0]])
    found = contrasts(X, np.array([0, 0, 1, 1]), 2)
    assert found.rank.tolist() == [[5, 1, 6, 2, 3, 4]] * 2


def test_numbers_at_the_ends_raise_nothing():
    for scale in (1e-300, 1e-160, 1e150):
        X = np.array([[0.0], [1.0], [4.0]]) * scale
        with np.errstate(all="raise"):
            found = contrasts(X, np.array([0, 0, 1]), 2)
        np.testing.assert_allclose(found.deviations[:, 0], np.array([-7 / 6, 7 / 3]) / np.sqrt(26 / 9))


def test_features_in_blocks_are_as_one_by_one(monkeypatch):
    X = np.random.default_rng(3).normal(size=(50, 7))
    labels = np.arange(50) % 3
    together = contrasts(X, labels, 3)
    monkeypatch.setattr("emscope.contrasts._BLOCK_VALUES", 100)
    for ours, theirs in zip(together, contrasts(X, labels, 3), strict=True):
        np.testing.assert_array_equal(ours, theirs)
