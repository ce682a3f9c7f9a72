"""The kernels mean the same as plain Python, where coverage sees their lines and a debugger stops in them."""

import importlib
import sys
from functools import partial

import numba
import numpy as np
import pytest

import naive
from emscope.kernels.kernel import in_turn
from emscope.kernels.seeding.plain import PlainSeeding
from emscope.kernels.soft.mixture import Components, expectation_plainly, responsibilities_plainly


def loaded():
    return {name: sys.modules[name] for name in sys.modules if name.startswith("emscope.kernels")}


@pytest.fixture
def uncompiled(monkeypatch):
    """Import kernels anew with the compiler switched off, and put the compiled ones back afterwards."""
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    compiled = loaded()
    for name in compiled:
        del sys.modules[name]
    yield lambda name: importlib.import_module(f"emscope.kernels.{name}")
    for name in loaded():
        del sys.modules[name]
    sys.modules.update(compiled)


def test_the_compiler_is_off_and_comes_back(uncompiled):
    assert not hasattr(uncompiled("hard.lloyd")._lloyd, "signatures")


def problem(n, d, k):
    random = np.random.default_rng(n + d)
    X = random.normal(size=(n, d)) + 3 * random.integers(0, 3, size=(n, 1))
    weights = random.integers(0, 3, size=n).astype(float)
    return X, weights, X[random.choice(n, k, replace=False)]


def sketch(uncompiled, module):
    axes = uncompiled("hard.axes")
    axes._WORTH, axes._LEAST_PAIRS = np.inf, 0  # however little it tells
    return partial(module.Sketch, share=in_turn, otherwise=uncompiled("hard.fused").Fused)


WAYS = {
    "products": lambda uncompiled, module: module.Products,
    "fused": lambda uncompiled, module: module.Fused,
    "sketch": sketch,
}


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize(
    ("name", "d"),
    [
        ("lloyd", 6),
        ("cells", 2),
        ("cells", 3),
        ("products", 1),
        ("products", 7),
        ("fused", 6),
        ("sketch", 30),
    ],
)
def test_labels_of_the_plain_loops(uncompiled, name, d, weighted):
    module = uncompiled(f"hard.{name}")
    X, weights, centers = problem(300, d, 9)
    weights = weights if weighted else np.ones(len(X))
    by_row = labels = np.empty(len(X), np.int32)
    assign, restore = getattr(module, "assign_compiled", None), lambda labels, by_row: None
    if name == "cells":
        cells = module.Cells(X, weights)
        assign, restore, by_row = cells.assign, cells.restore, np.empty_like(labels)
    elif name in WAYS:
        assign = uncompiled("hard.bounds").Bounds(X, WAYS[name](uncompiled, module)).assign
    for step in range(4):
        sums = assign(X, weights, centers, labels)
        restore(labels, by_row)
        assert by_row.tolist() == naive.expectation(X, centers).tolist()
        assert sums.scatter.sum() == pytest.approx(naive.inertia(X, by_row, centers, weights))
        centers = centers + (0.3 if step == 1 else 0.01) * np.eye(*centers.shape)


@pytest.mark.parametrize(
    ("name", "structure", "d"),
    [
        ("narrow", "full", 3),
        ("wide", "full", 6),
        ("wide", "far", 4),
        ("diagonal", "diag", 5),
        ("tied", "tied", 3),
        ("tied", "offset", 2),
    ],
)
def test_mixture_sums_of_the_plain_kernel(uncompiled, name, structure, d):
    X, weights, means = problem(300, d, 3)
    if structure == "far":  # so that rows are gathered, and more than fit together
        X, means, structure = 40 * X, 40 * means, "full"
    elif structure == "offset":  # so that whitening about one origin would lose digits
        X, means, structure = X + 1e9, means + 1e9, "tied"
    factors = {"full": np.tile(np.eye(d), (3, 1, 1)), "tied": np.eye(d), "diag": np.ones((3, d))}[structure]
    components = Components(means, factors, np.log([0.5, 0.3, 0.2]))
    labels, plain_labels = np.empty(len(X), np.int32), np.empty(len(X), np.int32)
    module = uncompiled(f"soft.{name}")
    kernel = getattr(module, name.upper())
    got = kernel.prepare(X, weights).step(X, weights, components, labels)
    expected = expectation_plainly(X, weights, components, plain_labels, structure)
    assert labels.tolist() == plain_labels.tolist()
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    log_likelihoods, got = kernel.responsibilities(X, components)
    plainly = responsibilities_plainly(X, components, structure)
    np.testing.assert_allclose(log_likelihoods, plainly[0], rtol=1e-12)
    np.testing.assert_allclose(got, plainly[1], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("d", [2, 40])
def test_seeding_sums_of_the_plain_one(uncompiled, d):
    X, weights, centers = problem(600, d, 3)
    compiled, plain = uncompiled("seeding.compiled").CompiledSeeding(len(X)), PlainSeeding(len(X))
    for j in range(1, len(centers)):
        args = X, weights, centers[:j], centers[j:]
        np.testing.assert_allclose(compiled.sums(*args), plain.sums(*args), rtol=1e-12)
        assert compiled.row_at(X, weights, centers[:j], 0, 5.0) == plain.row_at(
            X, weights, centers[:j], 0, 5.0
        )
        assert compiled.farthest(X, weights, centers[:j]) == pytest.approx(
            plain.farthest(X, weights, centers[:j])
        )


@pytest.mark.parametrize(("d", "no_direction"), [(1, -1.0), (3, -1.0), (2, 1e-12)])
def test_runs_of_the_plain_loops(uncompiled, d, no_direction):
    X, weights, starts = problem(300, d, 4)
    if no_direction > 0:
        X, starts = (rows / np.linalg.norm(rows, axis=1)[:, None] for rows in (X, starts))
    module = uncompiled("hard.many")
    runs = module.Runs(X, 4, no_direction=no_direction)
    runs.take(weights)
    centers = np.empty((2, 4, d))
    runs.seed(np.random.default_rng(0).random((2, module.n_draws(4))), centers)
    assert all(row in X[weights > 0].tolist() for row in centers[0].tolist())
    centers[0] = starts
    objectives, iterations, labels = np.empty(2), np.empty(2, np.int64), np.empty((2, runs.n_rows), np.int32)
    runs.lloyd(centers, objectives, iterations, block_rows=256, tol=0.0, max_iter=100)
    assert (iterations > 0).all()
    kept = X[weights > 0], weights[weights > 0]
    runs.label(centers, labels)
    for run in range(2):
        assert labels[run].tolist() == naive.expectation(kept[0], centers[run]).tolist()
        inertia = naive.inertia(kept[0], labels[run], centers[run], kept[1])
        assert objectives[run] == pytest.approx(inertia * (0.5 if no_direction > 0 else 1.0))


@pytest.mark.parametrize("squared", [True, False])
def test_sums_of_distances_of_plain_loops(uncompiled, squared):
    X, weights, _ = problem(40, 3, 2)
    begins, clusters = np.array([0, 7, 8, 40]), np.array([[0, 1, 1], [2, 2, 3]])
    sums = uncompiled("hard.silhouette").CellDistances.of(X, weights, begins, clusters).sums(X[:9], squared)
    for i in range(9):
        for cluster in range(4):
            own = [c for labels in clusters for c in range(3) if labels[c] == cluster]
            rows = [row for c in own for row in range(begins[c], begins[c + 1])]
            squares = [naive.squared_distance(X[i], X[row]) for row in rows]
            distances = np.array(squares) / 2 if squared else np.sqrt(squares)
            assert sums[i, cluster] == pytest.approx(distances @ weights[rows])
