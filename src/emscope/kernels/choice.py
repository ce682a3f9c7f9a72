"""Which kernel suits a problem, by n, d and k alone.

Never by what happens to be loaded: the same problem gives the same bits in every session.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from emscope.kernels.assignment import Kernel, assign_plainly
from emscope.kernels.distances import Array
from emscope.kernels.mixture import (
    Components,
    Evaluate,
    SoftSums,
    Structure,
    evaluate_plainly,
    responsibilities,
    sums_of,
)
from emscope.kernels.seeding import PlainSeeding, Seeding

Shares = Callable[[Array, Components], tuple[Array, Array]]
"""``shares(rows, components) -> (log_likelihoods, responsibilities)``, of every row."""

GivenSums = Callable[[Array, Array, Array, Array], SoftSums]
"""``sums(rows, weights, shares, about) -> SoftSums``, for given responsibilities."""

CELLS_MOST_FEATURES = 4

MIXTURE_NARROW_FEATURES = 12
"""Features up to which the densities of a mixture are computed in registers, and not by matrix products."""

# Below this many features of pairs NumPy is done before a compiled kernel has been loaded.
_SMALL = 1 << 20
# Centers that are tried directly faster than a matrix product is set up.
_FEW_CENTERS = 8
# Centers that make cells worth building for a single step.
_MANY_CENTERS = 64


class Choice(NamedTuple):
    """A kernel that has been chosen.

    Attributes
    ----------
    prepare : callable(rows, weights) -> Kernel
        Prepares it for one block.
    blas : bool
        Whether it calls BLAS, which is then to be kept to one thread.
    """

    prepare: Callable[[Array, Array], Kernel]
    blas: bool = False


def kernel_for(n: int, d: int, k: int, algorithm: str) -> Choice:
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
    Choice
    """
    few = d <= CELLS_MOST_FEATURES
    if algorithm == "cells":
        return Choice(_cells)
    if n * d * k < _SMALL:
        return Choice(_plain)
    if algorithm == "bounds" or (algorithm == "auto" and not few):
        return Choice(_bounds, blas=True)
    if algorithm == "auto":
        return Choice(_cells)
    return Choice(_lloyd) if few or k <= _FEW_CENTERS else Choice(_products, blas=True)


def kernel_for_one_step(n: int, d: int, k: int) -> Choice:
    """Choose a kernel for a single expectation step, such as that of ``predict``: bounds would be in vain.

    Parameters
    ----------
    n, d, k : int
        Numbers of rows, features and clusters.

    Returns
    -------
    Choice
    """
    return kernel_for(n, d, k, "auto" if d <= CELLS_MOST_FEATURES and k >= _MANY_CENTERS else "lloyd")


class MixtureChoice(NamedTuple):
    """A kernel of mixtures that has been chosen.

    Attributes
    ----------
    prepare : callable(rows, weights) -> Evaluate
        Prepares it for one block.
    blas : bool
        Whether it calls BLAS, which is then to be kept to one thread.
    """

    prepare: Callable[[Array, Array], Evaluate]
    blas: bool = False


def mixture_kernel_for(n: int, d: int, k: int, structure: Structure) -> MixtureChoice:
    """Choose a kernel for the expectation steps of a mixture.

    Parameters
    ----------
    n, d, k : int
        Numbers of rows, features and components.
    structure : {"full", "tied", "diag"}
        How covariances are laid out.

    Returns
    -------
    MixtureChoice
    """
    if n * d * k < _SMALL:
        evaluate = partial(evaluate_plainly, structure=structure)
        return MixtureChoice(lambda rows, weights: evaluate, blas=True)
    if structure == "diag":
        return MixtureChoice(_diagonal)
    if structure == "tied":
        return MixtureChoice(_tied, blas=True)
    return MixtureChoice(_narrow if d <= MIXTURE_NARROW_FEATURES else _wide)


def shares_for(n: int, d: int, k: int, structure: Structure) -> Shares:
    """Choose what computes responsibilities that are wanted row by row.

    Parameters
    ----------
    n, d, k : int
        Numbers of rows, features and components.
    structure : {"full", "tied", "diag"}
        How covariances are laid out.

    Returns
    -------
    callable(rows, components) -> (log_likelihoods, responsibilities)
    """
    if n * d * k < _SMALL:
        return partial(responsibilities, structure=structure)
    if structure == "diag":
        from emscope.kernels.soft_diagonal import shares_diagonal

        return shares_diagonal
    if structure == "tied":
        from emscope.kernels.soft_tied import shares_tied

        return shares_tied
    if d <= MIXTURE_NARROW_FEATURES:
        from emscope.kernels.soft_narrow import shares_narrow

        return shares_narrow
    from emscope.kernels.soft_wide import shares_wide

    return shares_wide


def sums_for(n: int, d: int, k: int, structure: Structure) -> GivenSums:
    """Choose what takes the sums for responsibilities that are given.

    Parameters
    ----------
    n, d, k : int
        Numbers of rows, features and components.
    structure : {"full", "tied", "diag"}
        How covariances are laid out.

    Returns
    -------
    callable(rows, weights, shares, about) -> SoftSums
    """
    if n * d * k < _SMALL:
        return partial(sums_of, structure=structure)
    if structure == "diag":
        from emscope.kernels.soft_diagonal import sums_diagonal

        return sums_diagonal
    if structure == "tied":
        from emscope.kernels.soft_tied import sums_tied

        return sums_tied
    if d <= MIXTURE_NARROW_FEATURES:
        from emscope.kernels.soft_narrow import sums_narrow

        return sums_narrow
    from emscope.kernels.soft_wide import sums_wide

    return sums_wide


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
    return Kernel(cells.assign, cells.restore)


def _narrow(rows: Array, weights: Array) -> Evaluate:
    from emscope.kernels.soft_narrow import evaluate_narrow

    return evaluate_narrow


def _wide(rows: Array, weights: Array) -> Evaluate:
    from emscope.kernels.soft_wide import evaluate_wide

    return evaluate_wide


def _diagonal(rows: Array, weights: Array) -> Evaluate:
    from emscope.kernels.soft_diagonal import evaluate_diagonal

    return evaluate_diagonal


def _tied(rows: Array, weights: Array) -> Evaluate:
    from emscope.kernels.soft_tied import Whitening

    return Whitening(rows).evaluate
