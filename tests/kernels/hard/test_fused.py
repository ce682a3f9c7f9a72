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
from misleading import assert_plain, assert_plain_at_every_step, runs


@pytest.mark.parametrize("pruned", [True, False])
@given(run=runs(st.integers(5, 70)))
@settings(deadline=None, max_examples=150)
def test_labels_of_the_plain_loops_at_every_step(pruned, run):
    assert_plain_at_every_step(Bounds(run[0], Fused, pruned=pruned), run)


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


def test_rows_that_are_too_short():
    with pytest.raises(ValueError, match="rows of 3 features are too short to be read 4 at a time"):
        Bounds(np.zeros((5, 3)), Fused)


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
    centers = np.asfortranarray(X[:7]) if rows == "columns first" else X[:7]
    given = {"columns first": np.asfortranarray(X), "every other row": np.repeat(X, 2, axis=0)[::2]}.get(
        rows, X
    )
    if rows == "read only":
        given = X.copy()
        given.flags.writeable = False
    weights = np.repeat(np.linspace(0.5, 2, 300), 2)[::2]
    labels, plain = np.empty(300, np.int32), np.empty(300, np.int32)
    got = Bounds(given, Fused).assign(given, weights, centers, labels)
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
