"""The fused kernel gives the labels of the plain loops and sums of the plain kernel on misleading rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from emscope import KMeans
from emscope.kernels.hard.assignment import assign_plainly
from emscope.kernels.hard.bounds import Bounds
from emscope.kernels.hard.fused import Fused
from emscope.models import kmeans
from emscope.models.statistics import ClusterStatistics

MODEL = kmeans.KMeans()


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
def runs(draw):
    """Rows, a start among them, weights, and what kind of steps the centers take."""
    n, d, k = draw(st.integers(1, 700)), draw(st.integers(5, 70)), draw(st.integers(1, 70))
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


@pytest.mark.parametrize("pruned", [True, False])
@given(run=runs())
@settings(deadline=None, max_examples=150)
def test_labels_of_the_plain_loops_at_every_step(pruned, run):
    X, centers, weights, movement, random = run
    kernel = Bounds(X, Fused, pruned=pruned)
    for _ in range(5):
        got = assert_plain(kernel, X, weights, centers)
        if movement == "lloyd":
            statistics = ClusterStatistics(centers.astype(float), *got)
            centers = MODEL.maximization(statistics, kmeans.Parameters(centers)).centers
        elif movement == "jump":
            centers = X[random.integers(len(X), size=len(centers))]


@pytest.mark.parametrize("d", range(4, 34))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_number_of_features(d, dtype):
    random = np.random.default_rng(d)
    X = random.normal(size=(260, d)).astype(dtype)
    for k in (1, 2, 3, 4, 5, 9):
        kernel = Bounds(X, Fused)
        for _ in range(2):
            assert_plain(kernel, X, np.ones(len(X)), X[:k] + dtype(0.01))
    labels = np.empty(len(X), np.int32)
    Bounds(X, Fused).assign(X, np.ones(len(X)), X[:9], labels)
    assert labels.tolist() == naive.expectation(X, X[:9]).tolist()


@pytest.mark.parametrize("n", [1, 15, 16, 17, 255, 256, 1023, 1024, 1025, 2100])
def test_every_number_of_rows(n):
    random = np.random.default_rng(n)
    X = random.normal(size=(n, 7))
    centers = random.normal(size=(11, 7))
    kernel = Bounds(X, Fused)
    for _ in range(3):
        assert_plain(kernel, X, random.uniform(size=n), centers)
        centers += 0.1


@pytest.mark.parametrize("scale", [1e39, 1e145, 1e-38, 1e-42, 1e-44, 1e-60])
def test_bounds_hold_beyond_the_range_of_single_precision(scale):
    random = np.random.default_rng(0)
    for _ in range(20):
        X, centers = random.normal(size=(40, 5)) * scale, random.normal(size=(5, 5)) * scale
        kernel = Bounds(X, Fused)
        for _ in range(5):
            plain, labels = np.empty(40, np.int32), np.empty(40, np.int32)
            kernel.assign(X, np.ones(40), centers, labels)
            assign_plainly(X, np.ones(40), centers, plain)
            assert labels.tolist() == plain.tolist()
            centers = centers + random.normal(size=(5, 5)) * scale * 0.3


@pytest.mark.parametrize("scale", [1e18, 1e-18, 1e-38, 1e-42])
def test_rows_at_the_ends_of_single_precision(scale):
    random = np.random.default_rng(1)
    X = (random.normal(size=(500, 6)) * scale).astype(np.float32)
    kernel, centers = Bounds(X, Fused), X[:20].copy()
    for _ in range(4):
        plain, labels = np.empty(500, np.int32), np.empty(500, np.int32)
        kernel.assign(X, np.ones(500), centers, labels)
        assign_plainly(X, np.ones(500), centers, plain)
        assert labels.tolist() == plain.tolist()
        centers = (centers * np.float32(0.9)).astype(np.float32)


def test_bounds_spare_comparisons_and_a_step_depends_on_its_centers_alone():
    random = np.random.default_rng(0)
    X = random.normal(size=(3000, 12)) + 4 * random.integers(0, 4, size=(3000, 1))
    ones, kept = np.ones(len(X)), Bounds(X, Fused)
    centers, labels = X[:20].copy(), np.empty(len(X), np.int32)
    for _ in range(15):
        sums = kept.assign(X, ones, centers, labels)
        for other in (Bounds(X, Fused), Bounds(X, Fused, pruned=False)):
            again = np.empty_like(labels)
            for one, fresh in zip(sums, other.assign(X, ones, centers, again), strict=True):
                assert one.tobytes() == fresh.tobytes()
            assert again.tolist() == labels.tolist()
        centers = centers + sums.sums / np.maximum(sums.weights, 1)[:, None]
    assert kept.computed < 0.5 * 15 * len(X) * len(centers)


@pytest.mark.parametrize("rows", ["columns first", "every other row", "read only"])
def test_rows_that_lie_otherwise(rows):
    X = np.random.default_rng(3).normal(size=(300, 6))
    given = {"columns first": np.asfortranarray(X), "every other row": np.repeat(X, 2, axis=0)[::2]}.get(
        rows, X
    )
    if rows == "read only":
        given = X.copy()
        given.flags.writeable = False
    weights = np.repeat(np.linspace(0.5, 2, 300), 2)[::2]
    labels, plain = np.empty(300, np.int32), np.empty(300, np.int32)
    got = Bounds(given, Fused).assign(given, weights, X[:7], labels)
    expected = Bounds(X, Fused).assign(X, weights.copy(), X[:7], plain)
    assert labels.tolist() == plain.tolist()
    assert all(one.tobytes() == other.tobytes() for one, other in zip(got, expected, strict=True))


@pytest.mark.parametrize("algorithm", ["auto", "lloyd"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_number_of_threads_gives_the_same_bits(algorithm, dtype):
    random = np.random.default_rng(1)
    X = (random.normal(size=(30_000, 9)) + 1e3).astype(dtype)
    settings = {"n_clusters": 30, "init": X[:30], "max_iter": 6, "algorithm": algorithm}
    fits = [KMeans(**settings, n_threads=threads).fit(X) for threads in (1, 2, 3)]
    for other in fits[1:]:
        assert other.cluster_centers_.tobytes() == fits[0].cluster_centers_.tobytes()
        assert other.labels_.tobytes() == fits[0].labels_.tobytes()
        assert other.inertia_ == fits[0].inertia_
    np.testing.assert_array_equal(fits[0].predict(X), fits[0].labels_)
