"""Sketches rule out centers and change no label, whatever the rows and whatever the sketch leaves."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emscope import KMeans
from emscope.kernels.hard import axes, sketch
from emscope.kernels.hard.assignment import assign_plainly
from emscope.kernels.hard.bounds import Bounds
from emscope.kernels.hard.fused import Fused
from emscope.kernels.hard.products import Products
from emscope.kernels.hard.sketch import Sketch
from emscope.kernels.kernel import in_turn
from misleading import assert_plain, assert_plain_at_every_step, runs


def kernel(X, *, otherwise=Fused, pruned=True):
    return Bounds(X, partial(Sketch, share=in_turn, otherwise=otherwise), pruned=pruned)


@pytest.fixture
def _always(monkeypatch):
    """Have a sketch used, however little it tells."""
    monkeypatch.setattr(axes, "_WORTH", np.inf)
    monkeypatch.setattr(axes, "_LEAST_PAIRS", 0)
    monkeypatch.setattr(sketch, "_SETTLED", np.inf)


def size_of(kernel):
    """Return how many numbers the sketch of a row has; 0 where none is used."""
    return kernel._compare._rows.shape[1]


def patterned(n, d, random):
    """Return rows that vary along a few directions, and a little along all."""
    groups = 3 * random.normal(size=(40, d)) / np.arange(1, d + 1)
    rows = groups[random.integers(40, size=n)] + random.normal(size=(n, d)) / np.arange(1, d + 1) ** 1.5
    return rows @ np.linalg.qr(random.normal(size=(d, d)))[0]


@pytest.mark.usefixtures("_always")
@pytest.mark.parametrize("pruned", [True, False])
@given(run=runs(st.integers(24, 90)))
@settings(deadline=None, max_examples=100)
def test_labels_of_the_plain_loops_at_every_step(pruned, run):
    made = kernel(run[0], pruned=pruned)
    assert_plain_at_every_step(made, run)
    assert (size_of(made) > 0) == (np.ptp(run[0].astype(float), axis=0).max() > 2.0**-499)


@pytest.mark.usefixtures("_always")
@pytest.mark.parametrize("size", [8, 16, 24])
@given(seed=st.integers(0, 2**32 - 1), dtype=st.sampled_from([np.float32, np.float64]))
@settings(deadline=None, max_examples=25)
def test_rows_that_the_sketch_cannot_tell_apart(size, seed, dtype):
    """The features that it leaves out decide, with differences down to the last digit."""
    random = np.random.default_rng(seed)
    wide = 100 * random.normal(size=(6, 72)) * (np.arange(72) < size)
    X = wide[random.integers(6, size=900)]
    X = (X + 10.0 ** random.integers(-9, 1, size=(900, 1)) * random.normal(size=X.shape)).astype(dtype)
    centers = X[random.integers(900, size=40)].copy()
    made = kernel(X)
    for _ in range(4):
        assert_plain(made, X, np.ones(900), centers)
        centers = centers + (1e-4 * random.normal(size=centers.shape)).astype(dtype)


def test_a_sketch_takes_the_place_of_most_features_where_rows_vary_along_a_few():
    random = np.random.default_rng(0)
    X = patterned(6000, 96, random)
    made = kernel(X, otherwise=Products)
    centers, labels = X[:64], np.empty(len(X), np.int32)
    for _ in range(4):
        made.assign(X, np.ones(len(X)), centers, labels)
    assert 0 < size_of(made) <= 33
    assert sum(made._compare._alone) < 0.1 * len(X) * len(centers)


def test_rows_without_a_structure_are_compared_otherwise():
    X = np.random.default_rng(0).uniform(size=(4000, 64))
    made = kernel(X)
    assert_plain(made, X, np.ones(len(X)), X[:64])
    assert size_of(made) == 0


def test_no_axes_are_looked_for_where_that_takes_longer_than_a_step(monkeypatch):
    random = np.random.default_rng(0)
    X = patterned(600, 96, random)
    monkeypatch.delattr(axes, "_principal_axes")
    made = kernel(X, otherwise=Products)
    assert_plain(made, X, np.ones(len(X)), X[:64])
    assert size_of(made) == 0


def test_a_sketch_that_rules_out_little_is_given_up():
    random = np.random.default_rng(1)
    X = patterned(6000, 96, random)
    made, ones = kernel(X, otherwise=Products), np.ones(len(X))
    assert_plain(made, X, ones, X[:64])
    assert size_of(made) > 0
    for _ in range(4):  # centers that lie together, far from all rows
        assert_plain(made, X, ones, 100 + 1e-3 * random.normal(size=(64, 96)))
    assert size_of(made) == 0


@pytest.mark.usefixtures("_always")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e-140, 1e-42, 1e-38, 1e18, 1e38, 1e140, 1e150])
def test_rows_at_the_ends_of_numbers(scale, dtype):
    if not 1e-45 < scale < 1e38 and dtype == np.float32:
        scale = np.clip(scale, 1e-42, 1e18)
    random = np.random.default_rng(0)
    X = (random.normal(size=(400, 40)) * scale).astype(dtype)
    made, centers = kernel(X), X[:37].copy()
    for _ in range(3):
        assert_plain_labels(made, X, centers)
        centers = (0.9 * centers).astype(dtype)


@pytest.mark.usefixtures("_always")
@pytest.mark.parametrize("far", [1e3, 1e20, 1e100, 1e145])
def test_centers_far_from_all_rows(far):
    random = np.random.default_rng(0)
    X = random.normal(size=(400, 40))
    made, near = kernel(X), X[:37].copy()
    for step in range(5):
        centers = near.copy()
        centers[:: step + 1] *= far
        assert_plain_labels(made, X, centers)


def assert_plain_labels(made, X, centers):
    labels, plain = np.empty(len(X), np.int32), np.empty(len(X), np.int32)
    made.assign(X, np.ones(len(X)), centers, labels)
    assign_plainly(X, np.ones(len(X)), centers, plain)
    assert labels.tolist() == plain.tolist()


def test_sums_do_not_depend_on_how_rows_were_compared():
    """So a step depends on its centers alone, whatever was chosen or given up before."""
    random = np.random.default_rng(2)
    X = patterned(3000, 75, random).astype(np.float32)
    weights, labels = random.uniform(size=3000), np.empty(3000, np.int32)
    ways = [kernel(X), kernel(X, pruned=False), Bounds(X, Fused), Bounds(X, Products, pruned=False)]
    centers = X[:60].astype(float)
    for _ in range(3):
        found = [way.assign(X, weights, centers, labels) for way in ways]
        for other in found[1:]:
            assert all(a.tobytes() == b.tobytes() for a, b in zip(found[0], other, strict=True))
        centers = centers + found[0].sums / np.maximum(found[0].weights, 1e-9)[:, None]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_number_of_threads_gives_the_same_bits(dtype):
    random = np.random.default_rng(1)
    X = (patterned(40_000, 80, random) + 1e3).astype(dtype)
    settings = {"n_clusters": 48, "init": X[:48], "max_iter": 6}
    fits = [KMeans(**settings, n_threads=threads).fit(X) for threads in (1, 2, 3)]
    fits.append(KMeans(**settings, algorithm="lloyd").fit(X))
    for other in fits[1:]:
        assert other.cluster_centers_.tobytes() == fits[0].cluster_centers_.tobytes()
        assert other.labels_.tobytes() == fits[0].labels_.tobytes()
        assert other.inertia_ == fits[0].inertia_
