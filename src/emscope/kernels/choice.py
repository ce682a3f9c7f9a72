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
# Rows that make sorting them into cells worth it.
_MANY_ROWS = 1 << 13


def kernel_for(n: int, d: int, k: int, algorithm: str) -> Callable[[Array, Array], Kernel]:
    """Choose a kernel for the expectation steps of a run.

    Parameters
    ----------
    n, d, k : int
        Numbers of rows, features and clusters.
    algorithm : {"auto", "lloyd", "elkan", "cells"}
        "cells" prunes, for up to four features; "lloyd" (and, until bounds are there, "elkan") does not.

    Returns
    -------
    callable(rows, weights) -> Kernel
        Prepares the kernel for one block.
    """
    if algorithm == "cells":
        return _cells
    if n * d * k < _SMALL:
        return _plain
    if algorithm == "auto" and d <= CELLS_MOST_FEATURES and n >= _MANY_ROWS:
        return _cells
    return _lloyd


def _plain(rows: Array, weights: Array) -> Kernel:
    return Kernel(assign_plainly)


def _lloyd(rows: Array, weights: Array) -> Kernel:
    from emscope.kernels.lloyd import assign_compiled

    return Kernel(assign_compiled)


def _cells(rows: Array, weights: Array) -> Kernel:
    from emscope.kernels.cells import Cells

    cells = Cells(rows, weights)
    return Kernel(cells.assign, cells.order)
