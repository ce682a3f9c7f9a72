"""A cluster is split so that the objective falls, and the one that gains most is."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emscope.study.splitting import best_split, split_to


def objective(X, weights, centers):
    return float(weights @ ((X[:, None] - centers) ** 2).sum(axis=2).min(axis=1))


def nearest(X, centers):
    return ((X[:, None] - centers) ** 2).sum(axis=2).argmin(axis=1)


@given(seed=st.integers(0, 10_000), n=st.integers(2, 60), d=st.integers(1, 4), k=st.integers(1, 4))
def test_the_objective_never_rises(seed, n, d, k):
    random = np.random.default_rng(seed)
    X = np.round(random.normal(size=(n, d)), 1)
    weights = random.gamma(1, size=n)
    labels = nearest(X, X[random.integers(0, n, k)])
    centers = np.array([
        np.average(X[labels == j], axis=0, weights=weights[labels == j]) if (labels == j).any() else X[0]
        for j in range(k)
    ])  # fmt: skip
    split = best_split(X, weights, labels, centers)
    assert split.shape == (k + 1, d)
    before = objective(X, weights, centers)
    assert objective(X, weights, split) <= before + 1e-9 * (1 + before)


def test_the_cluster_of_two_groups_is_split():
    random = np.random.default_rng(0)
    X = np.concatenate([random.normal(size=(40, 2)) + at for at in ([0, 0], [40, 0], [46, 0])])
    labels = np.repeat([0, 1], [40, 80])
    centers = np.array([X[:40].mean(axis=0), X[40:].mean(axis=0)])
    split = best_split(X, np.ones(120), labels, centers)
    np.testing.assert_allclose(np.sort(split[:, 0]), [0, 40, 46], atol=1)


def test_several_splits_make_up_for_numbers_left_out():
    X = np.repeat(np.arange(5.0), 10)[:, None] * 10 + np.tile(np.arange(10.0), 5)[:, None] / 10
    centers = split_to(5, X, np.ones(50), np.zeros(50, int), X.mean(axis=0)[None], unit=False)
    np.testing.assert_allclose(np.sort(centers.ravel()), np.arange(5) * 10 + 0.45)


def test_unit_vectors_stay_unit_vectors():
    random = np.random.default_rng(0)
    X = random.normal(size=(50, 3))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    centers = split_to(3, X, np.ones(50), np.zeros(50, int), X[:1], unit=True)
    np.testing.assert_allclose(np.linalg.norm(centers, axis=1), 1)
