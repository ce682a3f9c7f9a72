"""What the compiler is told, in one place.

A function that Python calls is a ``KERNEL``; one that kernels call is ``INLINED``. Numba gives every compiled
unit a copy of each function that it calls, optimized anew, under one name; the copy that a process loads
first serves all its units, and the copies may round differently where ``contract`` is permitted. Which one it
was would depend on what else had been compiled or loaded. So no kernel calls another function: each
contains all that it does, in one compiled form, and gives the same bits in every process. What is
inlined keeps the permissions of its own.

Functions of Numba's own, of which ``x ** 2`` is one, are compiled once, with the permissions of whatever
calls them first. So none may do arithmetic whose rounding matters: squares are ``square``.
"""

from __future__ import annotations

from typing import Any

from numba import njit

KERNEL: dict[str, Any] = {"nogil": True, "cache": True}
"""A function that Python calls: other threads go on meanwhile, and later processes need not compile it."""

INLINED: dict[str, Any] = {**KERNEL, "forceinline": True}
"""A function that kernels call, and that becomes a part of each of them."""

SUMS = {"contract", "nsz", "arcp", "reassoc"}
"""What may be done to sums, so that they become vectors: anything that keeps infinities and NaN."""

ROUNDED = SUMS - {"reassoc"}
"""What may be done where roundings are relied upon, which another order of operations would cancel."""


@njit(inline="always")  # by Numba, so that its product may be rounded as what it becomes a part of
def square(x):  # type: ignore[no-untyped-def]
    """Return x times x; ``x ** 2`` would be a function of Numba's own, with the flags of its first caller."""
    return x * x
