"""Which kernel suits a problem, by n, d and k alone.

Never by what happens to be loaded: the same problem gives the same bits in every session.
"""

from __future__ import annotations

from collections.abc import Callable

from emscope.kernels.assignment import Assign, assign_plainly
from emscope.kernels.distances import Array
from emscope.kernels.seeding import PlainSeeding, Seeding

CELLS_MOST_FEATURES = 4

# Below this many features of pairs NumPy is done before a compiled kernel has been loaded.
_SMALL = 1 << 20
# Rows that make sorting them into cells worth it.
_MANY_ROWS = 1 << 13


def kernel_for(n: int, d: int, k: int, algorithm: str) -> Callable[[Array, Array], Assign]:
    """Choose a kernel for the expectation steps of a run.

    Parameters
    ----------
    n, d, k : int
        Numbers of rows, features and clusters.
    algorithm : {"auto", "lloyd", "elkan", "cells"}
        "cells" prunes, for up to four features; "lloyd" (and, until bounds are there, "elkan") does not.

    Returns
    -------
    callable(rows, weights) -> Assign
        Prepares the kernel for one block.
    """
    if algorithm == "cells":
        return _cells
    if n * d * k < _SMALL:
        return _plain
    if algorithm == "auto" and d <= CELLS_MOST_FEATURES and n >= _MANY_ROWS:
        return _cells
    return _lloyd


def seeding_for(n: int, d: int, k: int) -> Callable[[int], Seeding]:
    """Choose what keeps the distances while k centers are chosen.

    Parameters
    ----------
    n, d, k : int
        Numbers of rows, features and clusters.

    Returns
    -------
    callable(m) -> Seeding
        Prepares it for one block of m rows.
    """
    if n * d * k < _SMALL:
        return PlainSeeding
    from emscope.kernels.seeding_compiled import CompiledSeeding

    return CompiledSeeding


def _plain(rows: Array, weights: Array) -> Assign:
    return assign_plainly


def _lloyd(rows: Array, weights: Array) -> Assign:
    from emscope.kernels.lloyd import assign_compiled

    return assign_compiled


def _cells(rows: Array, weights: Array) -> Assign:
    from emscope.kernels.cells import Cells

    return Cells(rows, weights).assign
