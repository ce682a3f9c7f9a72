"""What the compiler is told, in one place.

A function that Python calls is a ``KERNEL``; one that kernels call is ``INLINED``. Numba gives every compiled
unit a copy of each function that it calls, optimized anew, under one name; the copy that a process loads
first serves all its units, and the copies may round differently where ``contract`` is permitted. Which one it
was would depend on what else had been compiled or loaded. So no kernel calls another function: each
contains all that it does, in one compiled form, and gives the same bits in every process. What is
inlined keeps the permissions of its own.

What rounds as it is written is inlined before anything is compiled: it has no permissions to keep, and a
function of its own, which nobody calls, would take as long to compile as what it becomes a part of.

Functions of Numba's own, of which ``x ** 2`` is one, are compiled once, with the permissions of whatever
calls them first. So none may do arithmetic whose rounding matters: squares are ``square``.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from emscope.kernels import compiling

_SUMS = {"contract", "nsz", "arcp", "reassoc"}  # what keeps infinities and NaN

compiling.tell()

KERNEL: dict[str, Any] = {"nogil": True, "cache": True, "no_cfunc_wrapper": True}
"""A function that Python calls: other threads go on meanwhile, and later processes need not compile it."""

INLINED: dict[str, Any] = {"inline": "always"}
"""A function that becomes a part of what calls it before that is compiled, and rounds as it would there."""

INLINED_SUMS: dict[str, Any] = {**KERNEL, "forceinline": True, "fastmath": _SUMS}
"""One whose sums may be taken in any order, so that they become vectors."""

INLINED_ROUNDINGS: dict[str, Any] = {**INLINED_SUMS, "fastmath": _SUMS - {"reassoc"}}
"""One that relies upon roundings, which another order of operations would cancel."""

INLINED_DIVISIONS: dict[str, Any] = {**INLINED_ROUNDINGS, "error_model": "numpy"}
"""The same with divisors that are never 0, and are not tested, so that divisions become vectors."""


@njit(**INLINED)
def square(x):  # type: ignore[no-untyped-def]
    """Return x times x; ``x ** 2`` would be a function of Numba's own, with the flags of its first caller."""
    return x * x
