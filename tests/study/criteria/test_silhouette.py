"""Silhouettes of many clusterings by one pass over the pairs are those of scikit-learn, R and plain loops."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.metrics import silhouette_samples

from emscope.study.criteria.silhouette import silhouette, silhouettes
from emscope.study.sample import Sample

REFERENCE = Path(__file__).parent.parent / "reference"


def naive(X, labels, weights, cosine=False):
    """Loops over rows and clusters, as the definition reads."""
    values = np.zeros(len(X))
    for i in range(len(X)):
        squares = ((X - X[i]) ** 2).sum(axis=1)
        distances = squares / 2 if cosine else np.sqrt(squares)
        means = {}
        for c in np.unique(labels):
            others = (labels == c) & (np.arange(len(X)) != i)
            means[c] = np.average(distances[others], weights=weights[others]) if others.any() else None
        a = means.pop(labels[i])
        b = min(mean for mean in means.values() if mean is not None)
        values[i] = 0.0 if a is None or max(a, b) == 0 else (b - a) / max(a, b)
    return values


def all_of(X, weights=None):
    return Sample(np.asarray(X, float), weights, np.arange(len(X)), len(X))


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(3, 60),
    d=st.integers(1, 6),
    weighted=st.booleans(),
    cosine=st.booleans(),
    grid=st.booleans(),
)
def test_those_of_plain_loops(seed, n, d, weighted, cosine, grid):
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, d)) + 1e3
    X = np.round(X) if grid else X
    weights = random.gamma(1, size=n) if weighted else np.ones(n)
    labels = [np.append([0, 1], random.integers(0, k, n - 2)) for k in (2, 3, 7)]
    found = silhouettes(X, weights, labels, cosine=cosine)
    for own, values in zip(labels, found, strict=True):
        np.testing.assert_allclose(values, naive(X, own, weights, cosine), atol=1e-10)


def test_those_of_scikit_learn():
    random = np.random.default_rng(0)
    X = random.normal(size=(1500, 5)) + 3 * random.integers(0, 3, size=(1500, 1))
    labels = [random.integers(0, k, 1500) for k in (2, 3, 9)]
    for own, values in zip(labels, silhouettes(X, np.ones(1500), labels), strict=True):
        np.testing.assert_allclose(values, silhouette_samples(X, own), atol=1e-10)


def test_cosine_silhouettes_of_scikit_learn():
    random = np.random.default_rng(0)
    X = random.normal(size=(300, 4))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    labels = random.integers(0, 3, 300)
    (values,) = silhouettes(X, np.ones(300), [labels], cosine=True)
    np.testing.assert_allclose(values, silhouette_samples(X, labels, metric="cosine"), atol=1e-10)


def test_those_of_r():
    table = np.genfromtxt(REFERENCE / "silhouette.csv", delimiter=",", names=True)
    X = load_iris().data.copy()
    X[34], X[37] = [4.9, 3.1, 1.5, 0.2], [4.9, 3.6, 1.4, 0.1]  # Fisher's, which scikit-learn's copy misses
    for k in (2, 3, 4, 5):
        own = table[table["k"] == k]
        (values,) = silhouettes(X, np.ones(150), [own["label"].astype(int)])
        np.testing.assert_allclose(values, own["silhouette"], atol=1e-10)


def test_the_same_bits_for_any_number_of_threads_and_of_clusterings():
    random = np.random.default_rng(1)
    X = random.normal(size=(900, 3))
    labels = [random.integers(0, k, 900) for k in (2, 5)]
    once = silhouettes(X, np.ones(900), labels, n_threads=1)
    again = silhouettes(X, np.ones(900), labels, n_threads=3)
    assert all((one == other).all() for one, other in zip(once, again, strict=True))


def test_one_cluster_has_none_and_all_rows_have_no_error():
    X = [[0.0], [1.0], [9.0], [10.0]]
    labels = [np.zeros(4, int), np.array([0, 0, 1, 1])]
    scores = silhouette(np.array([1, 2]), labels, all_of(X))
    assert np.isnan(scores.values[0])
    assert scores.values[1] == pytest.approx(silhouette_samples(X, labels[1]).mean())
    assert np.isnan(scores.errors).all()


def test_the_error_is_how_means_of_samples_differ():
    random = np.random.default_rng(2)
    X = random.normal(size=(4000, 2)) + 3 * random.integers(0, 2, size=(4000, 1))
    labels = (X.sum(axis=1) > 3).astype(int)
    means, errors = [], []
    for _ in range(40):
        rows = np.sort(random.permutation(4000)[:400])
        sample = Sample(X[rows], None, rows, 4000)
        scores = silhouette(np.array([2]), [labels[rows]], sample)
        means.append(scores.values[0])
        errors.append(scores.errors[0])
    assert np.std(means) == pytest.approx(np.mean(errors), rel=0.4)
