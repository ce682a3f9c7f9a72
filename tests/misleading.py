"""Rows that mislead whoever compares them in float32 or by bounds, and what a kernel must give for them."""

import numpy as np
from hypothesis import strategies as st

from emscope.kernels.hard.assignment import assign_plainly
from emscope.models import kmeans
from emscope.models.statistics import ClusterStatistics

_MODEL = kmeans.KMeans()


def rows_of(kind, n, d, random):
    groups = random.normal(size=(6, d))
    spread = groups[random.integers(6, size=n)] + 0.2 * random.normal(size=(n, d))
    near = groups[random.integers(6, size=n)] + 1e-7 * random.integers(-2, 3, size=(n, d))
    return {
        "groups": spread,
        "grid": random.integers(0, 3, size=(n, d)).astype(float),
        "copies": groups[random.integers(6, size=n)],
        "one point": np.full((n, d), 2.5),
        "near ties": near,
        "a huge feature": spread * np.where(np.arange(d) == d // 2, 1e9, 1.0),
        "constant features": np.where(np.arange(d) % 2 == 0, spread, 7.0),
        "far groups": spread + random.choice([-1e9, 1e9, 1e9 + 5], size=(n, 1)),
        "one far row": spread + 1e6 * (np.arange(n) == 0)[:, None],
        "heavy tails": random.standard_cauchy(size=(n, d)),
    }[kind]


KINDS = [
    "groups",
    "grid",
    "copies",
    "one point",
    "near ties",
    "a huge feature",
    "constant features",
    "far groups",
    "one far row",
    "heavy tails",
]


@st.composite
def runs(draw, features):
    """Rows, a start among them, weights, and what kind of steps the centers take."""
    n, d, k = draw(st.integers(1, 700)), draw(features), draw(st.integers(1, 70))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = rows_of(draw(st.sampled_from(KINDS)), n, d, random)
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    ends = [(1.0, 0.0), (1.0, 1e4), (1e18, 0.0), (1e-18, 0.0)]
    if dtype == np.float64:
        ends += [(1.0, 1e8), (1.0, 1e12), (1e140, 0.0), (1e-140, 0.0)]
    scale, offset = draw(st.sampled_from(ends))
    X = (X * scale + offset).astype(dtype)
    weights = {
        "ones": np.ones(n),
        "counts": random.integers(0, 3, size=n).astype(float),
        "tiny and huge": 10.0 ** random.integers(-300, 281, size=n) if scale == 1 else np.full(n, 0.5),
    }[draw(st.sampled_from(["ones", "counts", "tiny and huge"]))]
    centers = X[random.integers(n, size=k)]
    if draw(st.booleans()):
        centers = (centers + scale * random.normal(size=(k, d))).astype(dtype)
    return X, centers, weights, draw(st.sampled_from(["lloyd", "jump", "stay"])), random


def assert_plain(kernel, X, weights, centers):
    labels, plain = np.empty(len(X), np.int32), np.empty(len(X), np.int32)
    got = kernel.assign(X, weights, centers, labels)
    expected = assign_plainly(X, weights, centers, plain)
    assert labels.tolist() == plain.tolist()
    assert got.counts.tolist() == expected.counts.tolist()
    np.testing.assert_allclose(got.weights, expected.weights, rtol=1e-13)
    np.testing.assert_allclose(got.scatter, expected.scatter, rtol=1e-12)
    size = weights @ np.abs(X.astype(float) - centers.astype(float)[labels])
    assert (np.abs(got.sums - expected.sums) <= 1e-13 * size).all()
    return got


def assert_plain_at_every_step(kernel, run, steps=5):
    X, centers, weights, movement, random = run
    for _ in range(steps):
        got = assert_plain(kernel, X, weights, centers)
        if movement == "lloyd":
            statistics = ClusterStatistics(centers.astype(float), *got)
            centers = _MODEL.maximization(statistics, kmeans.Parameters(centers)).centers
        elif movement == "jump":
            centers = X[random.integers(len(X), size=len(centers))]
