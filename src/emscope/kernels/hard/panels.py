"""Panels: sixteen rows as columns of float32, which all centers meet while they stay in the innermost cache.

Four centers meet them at once, and the smallest, the second smallest and the number of the smallest
stay in registers.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from emscope.kernels.flags import INLINED
from emscope.kernels.hard.screening import GROUP, screen
from emscope.kernels.vectors import (
    DOUBLES,
    SINGLES,
    add,
    doubles,
    larger,
    load_doubles,
    load_singles,
    multiply_add,
    repeat_single,
    singles,
    smaller,
    store,
    store_columns,
    where_less,
)

PANEL = 2 * SINGLES
"""Rows compared at a time."""


@njit(**INLINED)
def grouped(centers, origin, spread):  # type: ignore[no-untyped-def]
    """Return the scale of a screen, minus its origin scaled, the largest length of a center and the centers.

    These are side by side in groups, one feature after another, squared lengths first.
    """
    scale, table, largest = screen(centers, origin, spread)
    d = centers.shape[1]
    scaled = np.empty(d)
    for f in range(d):
        scaled[f] = -origin[f] * scale
    groups = np.empty((len(table) // GROUP, d + 1, GROUP), np.float32)
    for j in range(len(table)):
        groups[j // GROUP, 0, j % GROUP] = table[j, d]
        for f in range(d):
            groups[j // GROUP, f + 1, j % GROUP] = table[j, f]
    return scale, scaled, largest, groups


@njit(**INLINED)
def take_all(chosen, start, n):  # type: ignore[no-untyped-def]
    """Choose n rows from a start on."""
    for i in range(n):
        chosen[i] = start + i


@njit(**INLINED)
def fill_up(chosen, n, row):  # type: ignore[no-untyped-def]
    """Have a row stand behind the n chosen ones where the last panel has room left."""
    for i in range(n, n + PANEL):
        chosen[i] = row


@njit(**INLINED)
def pack(line, d, chosen, first, scale, origin, panel):  # type: ignore[no-untyped-def]
    """Write the rows of a panel about the origin, scaled, as columns, four features at a time."""
    factor = doubles(scale)
    for half in range(0, PANEL, SINGLES):
        i = first + half
        r, r1, r2, r3 = chosen[i] * d, chosen[i + 1] * d, chosen[i + 2] * d, chosen[i + 3] * d
        r4, r5, r6, r7 = chosen[i + 4] * d, chosen[i + 5] * d, chosen[i + 6] * d, chosen[i + 7] * d
        for start in range(0, d, DOUBLES):
            f = min(start, d - DOUBLES)  # some features twice, rather than numbers of the next row
            o = load_doubles(origin, f)
            store_columns(
                panel, f * PANEL + half, PANEL,
                multiply_add(load_doubles(line, r + f), factor, o),
                multiply_add(load_doubles(line, r1 + f), factor, o),
                multiply_add(load_doubles(line, r2 + f), factor, o),
                multiply_add(load_doubles(line, r3 + f), factor, o),
                multiply_add(load_doubles(line, r4 + f), factor, o),
                multiply_add(load_doubles(line, r5 + f), factor, o),
                multiply_add(load_doubles(line, r6 + f), factor, o),
                multiply_add(load_doubles(line, r7 + f), factor, o),
            )  # fmt: skip


@njit(**INLINED)
def squared_lengths(panel, d, squares):  # type: ignore[no-untyped-def]
    """Write the squared lengths of the rows of a panel behind its columns; return the largest."""
    length = length1 = singles(0.0)
    for f in range(d):
        x, x1 = load_singles(panel, f * PANEL), load_singles(panel, f * PANEL + SINGLES)
        length, length1 = multiply_add(x, x, length), multiply_add(x1, x1, length1)
    store(panel, squares, length)
    store(panel, squares + SINGLES, length1)
    longest = np.float32(0)
    for i in range(PANEL):
        longest = max(longest, panel[squares + i])
    return longest


@njit(**INLINED)
def two_smallest(panel, d, groups, n_groups, smallest, second, nearest, entries, at_entries):  # type: ignore[no-untyped-def]
    """Find for every row of a panel the smallest entry of the screen, the second smallest, and its center.

    All entries are kept in ``entries``, center by center, unless their place there is negative.
    """
    best = best1 = after = after1 = singles(np.inf)
    at = at1 = singles(0.0)
    place = 0
    for group in range(n_groups):
        a = a1 = repeat_single(groups, place)
        b = b1 = repeat_single(groups, place + 1)
        c = c1 = repeat_single(groups, place + 2)
        e = e1 = repeat_single(groups, place + 3)
        place += GROUP
        for f in range(d):
            x, x1 = load_singles(panel, f * PANEL), load_singles(panel, f * PANEL + SINGLES)
            t = repeat_single(groups, place)
            a, a1 = multiply_add(x, t, a), multiply_add(x1, t, a1)
            t = repeat_single(groups, place + 1)
            b, b1 = multiply_add(x, t, b), multiply_add(x1, t, b1)
            t = repeat_single(groups, place + 2)
            c, c1 = multiply_add(x, t, c), multiply_add(x1, t, c1)
            t = repeat_single(groups, place + 3)
            e, e1 = multiply_add(x, t, e), multiply_add(x1, t, e1)
            place += GROUP
        if at_entries >= 0:
            at_group = at_entries + group * GROUP * PANEL
            _keep(entries, at_group, a, b, c, e)
            _keep(entries, at_group + SINGLES, a1, b1, c1, e1)
        number = singles(group * GROUP)
        best, after, at = _updated(a, b, c, e, number, best, after, at)
        best1, after1, at1 = _updated(a1, b1, c1, e1, number, best1, after1, at1)
    store(panel, smallest, best)
    store(panel, smallest + SINGLES, best1)
    store(panel, second, after)
    store(panel, second + SINGLES, after1)
    store(panel, nearest, at)
    store(panel, nearest + SINGLES, at1)


@njit(**INLINED)
def _keep(entries, at, a, b, c, e):  # type: ignore[no-untyped-def]
    store(entries, at, a)
    store(entries, at + PANEL, b)
    store(entries, at + 2 * PANEL, c)
    store(entries, at + 3 * PANEL, e)


@njit(**INLINED)
def _updated(a, b, c, e, number, best, after, at):  # type: ignore[no-untyped-def]
    """Return the smallest, the second smallest and the number of the smallest with four more."""
    low, high = smaller(a, b), larger(a, b)
    low1, high1 = smaller(c, e), larger(c, e)
    one = where_less(a, b, singles(0.0), singles(1.0))
    other = where_less(c, e, singles(2.0), singles(3.0))
    which = add(where_less(low, low1, one, other), number)
    least, more = smaller(low, low1), smaller(larger(low, low1), smaller(high, high1))
    at = where_less(least, best, which, at)
    after = smaller(smaller(after, larger(least, best)), more)
    return smaller(least, best), after, at
