"""Which kernel suits a problem, by n, d and k, the algorithm asked for, and the structure of covariances.

Never by what happens to be loaded: the same problem gives the same bits in every session.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from emscope.columns import Array
from emscope.kernels.hard.assignment import PLAIN, HardKernel
from emscope.kernels.kernel import Share, Workspace, in_turn
from emscope.kernels.seeding.plain import PlainSeeding, Seeding
from emscope.kernels.soft.mixture import NARROW_FEATURES, SoftKernel, Structure, plain_kernel

CELLS_MOST_FEATURES = 4

# Below this many features of pairs NumPy is done before a compiled kernel has been loaded.
_SMALL = 1 << 20
_SMALL_MIXTURE = 1 << 17  # whose pairs cost an exponential each
# Up to here the products of a plain tile are too small for BLAS to share them out among threads, and keeping
# it from that takes longer than they do.
_FEW_FEATURES = 8
# Features for which comparing and summing up in one pass beats matrix products.
_FEWEST_FUSED, _MOST_FUSED = 5, 128
# Features of all centers from which on keeping bounds takes less time than comparing with all of them.
_WORTH_BOUNDS = 512
# Features and centers from which on a sketch of the rows may rule out enough, and work that makes up for it.
_FEWEST_SKETCHED, _FEWEST_CENTERS_SKETCHED, _LARGE = 32, 32, 1 << 27
# Centers that are tried directly faster than a matrix product is set up.
_FEW_CENTERS = 8
# Centers that make cells worth building for a single step.
_MANY_CENTERS = 64


def kernel_for(n: int, d: int, k: int, algorithm: str) -> HardKernel:
    """Choose a kernel for the expectation steps of a run of n rows, d features and k clusters.

    "cells" prunes whole cells of rows, for up to four features; "bounds" prunes row by row; "lloyd" tries all
    pairs; "auto" takes the one of them that suits.
    """
    few = d <= CELLS_MOST_FEATURES
    if algorithm == "cells":
        return HardKernel(_cells, spanning=True)
    if n * d * k < _SMALL:
        return PLAIN
    if (
        algorithm == "auto"
        and d >= _FEWEST_SKETCHED
        and k >= _FEWEST_CENTERS_SKETCHED
        and n * d * k >= _LARGE
    ):
        return HardKernel(_sketched, blas=True, spanning=True)
    if _FEWEST_FUSED <= d <= _MOST_FUSED:
        pruned = algorithm == "bounds" or (algorithm == "auto" and d * k >= _WORTH_BOUNDS)
        return HardKernel(_fused if pruned else _fused_unpruned, spanning=True)
    if algorithm == "bounds" or (algorithm == "auto" and not few):
        return HardKernel(_bounds, blas=True, spanning=True)
    if algorithm == "auto":
        return HardKernel(_cells, spanning=True)
    return HardKernel(_lloyd) if few or k <= _FEW_CENTERS else HardKernel(_products, blas=True, spanning=True)


def kernel_for_one_step(n: int, d: int, k: int) -> HardKernel:
    """Choose a kernel for a single expectation step, such as that of ``predict``: bounds would be in vain."""
    return kernel_for(n, d, k, "auto" if d <= CELLS_MOST_FEATURES and k >= _MANY_CENTERS else "lloyd")


def mixture_kernel_for(n: int, d: int, k: int, structure: Structure) -> SoftKernel:
    """Choose a kernel for the expectation steps of a mixture of k components."""
    if n * d * k < _SMALL_MIXTURE:
        return plain_kernel(structure)._replace(blas=d > _FEW_FEATURES)
    few = d <= CELLS_MOST_FEATURES
    if structure == "diag":
        from emscope.kernels.soft.diagonal import DIAGONAL, DIAGONAL_SPANNING

        return DIAGONAL_SPANNING if few else DIAGONAL
    if structure == "tied":
        from emscope.kernels.soft.tied import TIED, TIED_SPANNING

        return TIED_SPANNING if few else TIED
    if d <= NARROW_FEATURES:
        from emscope.kernels.soft.narrow import NARROW, NARROW_SPANNING

        return NARROW_SPANNING if few else NARROW
    from emscope.kernels.soft.wide import WIDE

    return WIDE


def seeding_for(n: int, d: int, k: int) -> Callable[[int, Share], Seeding]:
    """Choose what keeps the distances while k centers are chosen; it is made for one span of m rows."""
    if n * d * k < _SMALL:
        return PlainSeeding
    from emscope.kernels.seeding.compiled import CompiledSeeding

    return CompiledSeeding


def _lloyd(rows: Array, weights: Array, share: Share = in_turn) -> Workspace:
    from emscope.kernels.hard.lloyd import assign_compiled

    return Workspace(assign_compiled)


def _products(rows: Array, weights: Array, share: Share = in_turn) -> Workspace:
    from emscope.kernels.hard.bounds import Bounds
    from emscope.kernels.hard.products import Products

    return Workspace(Bounds(rows, Products, share, pruned=False).assign)


def _bounds(rows: Array, weights: Array, share: Share = in_turn) -> Workspace:
    from emscope.kernels.hard.bounds import Bounds
    from emscope.kernels.hard.products import Products

    return Workspace(Bounds(rows, Products, share).assign)


def _fused(rows: Array, weights: Array, share: Share = in_turn) -> Workspace:
    from emscope.kernels.hard.bounds import Bounds
    from emscope.kernels.hard.fused import Fused

    return Workspace(Bounds(rows, Fused, share).assign)


def _fused_unpruned(rows: Array, weights: Array, share: Share = in_turn) -> Workspace:
    from emscope.kernels.hard.bounds import Bounds
    from emscope.kernels.hard.fused import Fused

    return Workspace(Bounds(rows, Fused, share, pruned=False).assign)


def _sketched(rows: Array, weights: Array, share: Share = in_turn) -> Workspace:
    from emscope.kernels.hard.bounds import Bounds
    from emscope.kernels.hard.fused import Fused
    from emscope.kernels.hard.products import Products
    from emscope.kernels.hard.sketch import Sketch

    otherwise = Fused if rows.shape[1] <= _MOST_FUSED else Products
    return Workspace(Bounds(rows, partial(Sketch, share=share, otherwise=otherwise), share).assign)


def _cells(rows: Array, weights: Array, share: Share = in_turn) -> Workspace:
    from emscope.kernels.hard.cells import Cells

    cells = Cells(rows, weights, share)
    return Workspace(cells.assign, cells.restore)
