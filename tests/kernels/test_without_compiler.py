"""The kernels mean the same as plain Python, where coverage sees their lines and a debugger stops in them."""

import importlib
import sys

import numba
import numpy as np
import pytest

import naive
from emscope.kernels.seeding import PlainSeeding


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
    assert not hasattr(uncompiled("lloyd")._lloyd, "signatures")


def problem(n, d, k):
    random = np.random.default_rng(n + d)
    X = random.normal(size=(n, d)) + 3 * random.integers(0, 3, size=(n, 1))
    weights = random.integers(0, 3, size=n).astype(float)
    return X, weights, X[random.choice(n, k, replace=False)]


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize(
    ("name", "d"), [("lloyd", 6), ("cells", 2), ("cells", 3), ("bounds", 1), ("bounds", 7)]
)
def test_owners_of_the_plain_loops(uncompiled, name, d, weighted):
    module = uncompiled(name)
    X, weights, centers = problem(300, d, 9)
    weights = weights if weighted else np.ones(len(X))
    by_row = labels = np.empty(len(X), np.int32)
    assign, restore = getattr(module, "assign_compiled", None), lambda labels, by_row: None
    if name == "cells":
        cells = module.Cells(X, weights)
        assign, restore, by_row = cells.assign, cells.restore, np.empty_like(labels)
    elif name == "bounds":
        assign = module.Bounds(X).assign
    for step in range(4):
        sums = assign(X, weights, centers, labels)
        restore(labels, by_row)
        assert by_row.tolist() == naive.expectation(X, centers).tolist()
        assert sums.scatter.sum() == pytest.approx(naive.inertia(X, by_row, centers, weights))
        centers = centers + (0.3 if step == 1 else 0.01) * np.eye(*centers.shape)


@pytest.mark.parametrize("d", [2, 40])
def test_seeding_sums_of_the_plain_one(uncompiled, d):
    X, weights, centers = problem(600, d, 3)
    compiled, plain = uncompiled("seeding_compiled").CompiledSeeding(len(X)), PlainSeeding(len(X))
    for j in range(1, len(centers)):
        args = X, weights, centers[:j], centers[j:]
        np.testing.assert_allclose(compiled.sums(*args), plain.sums(*args), rtol=1e-12)
        assert compiled.row_at(X, weights, centers[:j], 0, 5.0) == plain.row_at(
            X, weights, centers[:j], 0, 5.0
        )
        assert compiled.farthest(X, weights, centers[:j]) == pytest.approx(
            plain.farthest(X, weights, centers[:j])
        )
