"""Run every compiled kernel and print a hash of all that each gives, in an order that is asked for.

``python every_kernel.py forward|backward float64 float32`` prints a JSON object; tests of the same bits run
it in processes of their own. What kernels were linked with comes along under "linked".
"""

import hashlib
import json
import re
import sys
from functools import partial

import numpy as np
from numba.core.dispatcher import Dispatcher
from threadpoolctl import threadpool_limits

from emscope.kernels.hard import axes
from emscope.kernels.hard.bounds import Bounds
from emscope.kernels.hard.cells import Cells
from emscope.kernels.hard.fused import Fused
from emscope.kernels.hard.lloyd import assign_compiled
from emscope.kernels.hard.many import Runs, n_draws
from emscope.kernels.hard.products import Products
from emscope.kernels.hard.silhouette import CellDistances
from emscope.kernels.hard.sketch import Sketch
from emscope.kernels.kernel import in_turn
from emscope.kernels.seeding.compiled import CompiledSeeding
from emscope.kernels.soft.diagonal import DIAGONAL
from emscope.kernels.soft.mixture import Components
from emscope.kernels.soft.narrow import NARROW
from emscope.kernels.soft.tied import TIED
from emscope.kernels.soft.wide import WIDE

K = 3
N = 3_000  # rows: not a multiple of any tile


def hash_of(arrays):
    joined = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)
    return hashlib.sha256(joined).hexdigest()[:16]


def rows_of(d, dtype):
    """Return rows in three groups that overlap, their weights and a center near each group."""
    random = np.random.default_rng(d)
    groups = 3 * random.normal(size=(K, d))
    rows = groups[random.integers(K, size=N)] + random.normal(size=(N, d))
    weights = random.integers(0, 3, size=N) + random.uniform(size=N)
    return rows.astype(dtype), weights, (groups + 0.3).astype(dtype)


def components_of(centers, structure):
    k, d = centers.shape
    random = np.random.default_rng(d)
    factors = np.triu(0.3 * random.normal(size=(k, d, d))) + np.eye(d)
    by_structure = {"full": factors, "tied": factors[0], "diag": random.uniform(0.5, 2, size=(k, d))}
    log_scales = np.log([0.5, 0.3, 0.2]) - d
    return Components(centers.astype(float), np.ascontiguousarray(by_structure[structure]), log_scales)


def hard(make, d, dtype):
    """Take four steps, of which some move the centers far enough for bounds to give way."""
    rows, weights, centers = rows_of(d, dtype)
    kernel = make(rows, weights)
    labels = np.empty(N, np.int32)
    by_row = np.empty(N, np.int32)
    found = []
    for step in range(4):
        found += kernel.assign(rows, weights, centers, labels)
        getattr(kernel, "restore", lambda labels, by_row: None)(labels, by_row)
        found += [labels.copy()]
        centers = (centers + (0.5 if step == 1 else 0.01) * np.eye(*centers.shape)).astype(dtype)
    return found


def unpruned(rows, weights):
    return Bounds(rows, Products, pruned=False)


def sketched(rows, weights):
    axes._WORTH, axes._LEAST_PAIRS = np.inf, 0  # however little it tells
    return Bounds(rows, partial(Sketch, share=in_turn, otherwise=Fused))


class Lloyd:
    """All pairs, as the other kernels are prepared."""

    def __init__(self, rows, weights):
        self.assign = assign_compiled


def many(d, dtype):
    rows, weights, _ = rows_of(d, dtype)
    runs, found = Runs(rows.astype(float), K, single=dtype == "float32"), [np.empty((4, K, d))]
    runs.take(weights)
    runs.seed(np.random.default_rng(0).random((4, n_draws(K))), found[0])
    found += [found[0].copy(), np.empty(4), np.empty(4, np.int64), np.empty((4, runs.n_rows), np.int32)]
    runs.lloyd(*found[1:4], block_rows=1024, tol=1e-4, max_iter=30)
    runs.label(found[1], found[4])
    return found


def seeding(d, dtype):
    rows, weights, _ = rows_of(d, dtype)
    kept, chosen = CompiledSeeding(N), rows[:5].astype(float)
    sums = [kept.sums(rows, weights, chosen[: j + 1], chosen[j + 1 :]) for j in range(4)]
    row = kept.row_at(rows, weights, chosen[:4], 2, 100.0)
    return [*sums, row, *kept.farthest(rows, weights, chosen)]


def silhouette(d, dtype):
    rows, weights, _ = rows_of(d, dtype)
    begins, clusters = np.array([0, 700, 701, 2000, N]), np.array([[0, 0, 1, 1], [2, 3, 3, 4]])
    cells = CellDistances.of(rows, weights, begins, clusters)
    return [cells.sums(rows[:300], squared) for squared in (True, False)]


def soft(kernel, structure, what, d, dtype):
    rows, weights, centers = rows_of(d, dtype)
    components = components_of(centers, structure)
    if what == "expectation":
        labels = np.empty(N, np.int32)
        return [*kernel.prepare(rows, weights).step(rows, weights, components, labels), labels]
    if what == "responsibilities":
        return kernel.responsibilities(rows, components)
    given = np.random.default_rng(0).dirichlet(np.ones(K), size=N)
    return kernel.sums(rows, weights, given, components.means)


def every_kernel(dtypes):
    """Return a callable for each kernel, dtype and code path, by name."""
    found = {}
    for dtype in dtypes:
        found[f"lloyd {dtype}"] = partial(hard, Lloyd, 6, dtype)
        found[f"bounds {dtype}"] = partial(hard, lambda rows, weights: Bounds(rows, Products), 6, dtype)
        found[f"products {dtype}"] = partial(
            hard, lambda rows, weights: Bounds(rows, Products, pruned=False), 6, dtype
        )
        found[f"fused {dtype}"] = partial(hard, lambda rows, weights: Bounds(rows, Fused), 6, dtype)
        found[f"sketch {dtype}"] = partial(hard, sketched, 30, dtype)
        found[f"cells {dtype}"] = partial(hard, Cells, 2, dtype)
        found[f"many {dtype}"] = partial(many, 5, dtype)
        found[f"silhouette {dtype}"] = partial(silhouette, 5, dtype)
        found[f"seeding of few features {dtype}"] = partial(seeding, 3, dtype)
        found[f"seeding of many features {dtype}"] = partial(seeding, 40, dtype)
        for name, kernel, structure, d in (
            ("narrow", NARROW, "full", 2),
            ("wide", WIDE, "full", 14),
            ("diagonal", DIAGONAL, "diag", 3),
            ("tied", TIED, "tied", 2),
        ):
            for what in ("expectation", "responsibilities", "sums"):
                found[f"{name} {what} {dtype}"] = partial(soft, kernel, structure, what, d, dtype)
    return found


def linked_arithmetic():
    """Return the names of functions not ours that kernels compiled here contain and that round numbers."""
    functions = {
        name: function
        for module in [m for m in sys.modules if m.startswith("emscope.kernels")]
        for name, function in vars(sys.modules[module]).items()
        if isinstance(function, Dispatcher)
    }
    waiting = [result.library for function in functions.values() for result in function.overloads.values()]
    seen, found = set(), set()
    while waiting:
        for library in waiting.pop()._linking_libraries:
            if library in seen:
                continue
            seen.add(library)
            waiting.append(library)
            if library.name not in functions and re.search(r"\bf(add|sub|mul)\b", library.get_llvm_str()):
                found.add(library.name)
    return sorted(found)


if __name__ == "__main__":
    kernels = list(every_kernel(sys.argv[2:]).items())
    if sys.argv[1] == "backward":
        kernels.reverse()
    with threadpool_limits(1):
        hashes = {name: hash_of(run()) for name, run in kernels}
    print(json.dumps({**hashes, "linked": linked_arithmetic()}))
