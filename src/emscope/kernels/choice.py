"""Which kernel suits a problem, by n, d and k alone.

Never by what happens to be loaded: the same problem gives the same bits in every session.
"""

from __future__ import annotations

from collections.abc import Callable

from emscope.kernels.assignment import Kernel, assign_plainly
from emscope.kernels.distances import Array

CELLS_MOST_FEATURES = 4

# Below this many features of pairs NumPy is done before a compiled kernel has been loaded.
_SMALL = 1 << 20
# Centers that are tried directly faster than a matrix product is set up.
_FEW_CENTERS = 8


def kernel_for(n: int, d: int, k: int, algorithm: str) -> Callable[[Array, Array], Kernel]:
    """Choose a kernel for the expectation steps of a run.

    Parameters
    ----------
    n, d, k : int
        Numbers of rows, features and clusters.
    algorithm : {"auto", "lloyd", "cells", "bounds"}
        "cells" prunes whole cells of rows, for up to four features; "bounds" prunes row by row; "lloyd" tries
        all pairs.

    Returns
    -------
    callable(rows, weights) -> Kernel
        Prepares the kernel for one block.
    """
    if algorithm == "cells":
        return _cells
    if n * d * k < _SMALL:
        return _plain
    if algorithm == "auto":
        return _cells if d <= CELLS_MOST_FEATURES else _bounds
    if algorithm == "bounds":
        return _bounds
    return _lloyd if d <= CELLS_MOST_FEATURES or k <= _FEW_CENTERS else _products


def _plain(rows: Array, weights: Array) -> Kernel:
    return Kernel(assign_plainly)


def _lloyd(rows: Array, weights: Array) -> Kernel:
    from emscope.kernels.lloyd import assign_compiled

    return Kernel(assign_compiled)


def _products(rows: Array, weights: Array) -> Kernel:
    from emscope.kernels.bounds import Bounds

    return Kernel(Bounds(rows, pruned=False).assign)


def _bounds(rows: Array, weights: Array) -> Kernel:
    from emscope.kernels.bounds import Bounds

    return Kernel(Bounds(rows).assign)


def _cells(rows: Array, weights: Array) -> Kernel:
    from emscope.kernels.cells import Cells

    cells = Cells(rows, weights)
    return Kernel(cells.assign, cells.order)
