"""Exact k-means for more than a few features: compared, pruned by bounds and summed up in one compiled pass.

Rows are compared sixteen at a time. As columns of float32 about the middle of their block they stay in the
innermost cache, four centers meet them at once, and the smallest, the second smallest and the number of the
smallest stay in registers. Where the two smallest are closer than a bound on the rounding, the row is
compared again, directly and in float64. So the labels are those of the plain loop.

Each row keeps an upper bound of the distance to its center and a lower bound of the distance to every other
one. When centers move, the bounds give way by as much as they moved. Only where they meet is a row compared.
The bounds save comparisons and decide nothing else, and they allow for rounding.

Sources: Hamerly, "Making k-means even faster", SDM 2010, 130-140, for the bounds; Higham, *Accuracy and
Stability of Numerical Algorithms*, 2nd ed. (2002), section 3.1, for the rounding.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from emscope.columns import Array
from emscope.kernels.flags import INLINED, KERNEL, square
from emscope.kernels.hard.assignment import Sums
from emscope.kernels.hard.bounds import SMALLEST, WIDER, Bounds, storable
from emscope.kernels.hard.screening import GROUP, rounding, screen
from emscope.kernels.vectors import (
    DOUBLES,
    SINGLES,
    add,
    doubles,
    larger,
    load_doubles,
    load_singles,
    multiply,
    multiply_add,
    pointer,
    repeat_single,
    singles,
    smaller,
    store,
    store_columns,
    subtract,
    total,
    where_less,
)

_PANEL = 2 * SINGLES  # rows compared at a time
_CHUNK = 1024  # rows that stay in a cache between bounds, comparison and sums
_UNMOVED = np.empty(0), np.empty(0)


class Fused(Bounds):
    """The bounds of the rows of one block, which have four features or more."""

    def _step(
        self,
        rows: Array,
        weights: Array,
        centers: Array,
        moved: tuple[Array, Array] | None,
        labels: Array,
        result: Sums,
    ) -> int:
        return int(
            _step(
                np.ascontiguousarray(rows),
                np.ascontiguousarray(weights),
                centers,
                moved or _UNMOVED,
                _screen(centers, self._origin, self._spread),
                _room(*centers.shape),
                labels,
                (self._upper, self._lower),
                result,
            )
        )


def _room(k: int, d: int) -> tuple[Array, Array, Array]:
    """Return where a step works: in float32, in float64, and with numbers of rows."""
    return (
        np.empty(_PANEL * (d + 4), np.float32),
        np.zeros(k + DOUBLES + k * DOUBLES),
        np.empty(_CHUNK + _PANEL, np.int64),
    )


@njit(**KERNEL)
def _screen(centers, origin, spread):  # type: ignore[no-untyped-def]
    """Return the scale of a screen, minus its origin scaled, the largest length of a center and the centers.

    These are side by side in groups, one feature after another, squared lengths first; then come all of them
    in float64, feature by feature.
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
    return scale, scaled, largest, groups, np.ascontiguousarray(centers.T)


@njit(**KERNEL)
def _step(rows, weights, centers, moved, screened, room, labels, bounds, result):  # type: ignore[no-untyped-def]
    """Label the rows of a block and sum them up, chunk by chunk; return how many were compared."""
    m, d = rows.shape
    k = len(centers)
    upper_moved, lower_moved = moved
    scale, origin, largest, groups, by_feature = screened
    singles_room, doubles_room, chosen = room
    upper, lower = bounds
    counts, mass, sums, scatter = result
    looks, keeps = len(upper_moved) > 0, len(upper) > 0
    last, last_sums = doubles_room[k : k + DOUBLES], doubles_room[k + DOUBLES :]
    for lane in range(DOUBLES - d % DOUBLES, DOUBLES):
        last[lane] = 1.0
    compared = 0
    for start in range(0, m, _CHUNK):
        stop = min(start + _CHUNK, m)
        if looks:
            n = _meeting(
                pointer(rows), d, start, stop, pointer(centers), pointer(last), pointer(labels),
                pointer(upper), pointer(lower), pointer(upper_moved), pointer(lower_moved), pointer(chosen),
            )  # fmt: skip
        else:
            n = stop - start
            for i in range(n):
                chosen[i] = start + i
        compared += n
        if n > 0:
            for i in range(n, n + _PANEL):
                chosen[i] = stop - 1
            _compare(
                pointer(rows), d, pointer(chosen), n, k, scale, pointer(origin), largest, pointer(groups),
                len(groups), pointer(by_feature), pointer(singles_room), pointer(doubles_room), keeps,
                pointer(labels), pointer(lower),
            )  # fmt: skip
        _sum_up(
            pointer(rows), d, start, stop, pointer(weights), pointer(centers), pointer(last), pointer(labels),
            keeps, pointer(upper), pointer(counts), pointer(mass), pointer(sums), pointer(last_sums),
            pointer(scatter),
        )  # fmt: skip
    for j in range(k):
        for lane in range(DOUBLES - d % DOUBLES, DOUBLES):
            sums[j, d - DOUBLES + lane] = last_sums[j * DOUBLES + lane]
    return compared


@njit(**INLINED)
def _meeting(  # type: ignore[no-untyped-def]
    line, d, start, stop, centers, last, labels, upper, lower, upper_moved, lower_moved, chosen
):
    """Let the bounds give way and find the rows where they meet; return how many those are."""
    n = 0
    for i in range(start, stop):
        j = labels[i]
        safe = (lower[i] - lower_moved[j]) / WIDER
        lower[i] = storable(safe)
        if (upper[i] + upper_moved[j]) * WIDER < safe:
            continue
        if not np.sqrt(_squared_distance(line, i * d, centers, j * d, d, last)) * WIDER < safe:
            chosen[n] = i
            n += 1
    return n


@njit(**INLINED)
def _compare(  # type: ignore[no-untyped-def]
    line,
    d,
    chosen,
    n,
    k,
    scale,
    origin,
    largest,
    groups,
    n_groups,
    by_feature,
    panel,
    squared,
    keeps,
    labels,
    lower,
):
    """Compare the chosen rows with all centers; write their labels and lower bounds."""
    squares = d * _PANEL
    smallest, second, nearest = squares + _PANEL, squares + 2 * _PANEL, squares + 3 * _PANEL
    per_scaled = 1 / (scale * WIDER)
    for first in range(0, n, _PANEL):
        _pack(line, d, chosen, first, scale, origin, panel)
        error = rounding(d, _squared_lengths(panel, d, squares), largest)
        _two_smallest(panel, d, groups, n_groups, smallest, second, nearest)
        for i in range(min(_PANEL, n - first)):
            row = chosen[first + i]
            others = np.float64(panel[second + i])
            if others - panel[smallest + i] > 2 * error:
                j = np.int64(panel[nearest + i])
            else:
                j = _decide(line, row * d, d, by_feature, k, squared)
                others = np.float64(panel[smallest + i])
            labels[row] = j
            if keeps:
                beyond = np.sqrt(max(others + panel[squares + i] - error, 0.0)) * per_scaled
                lower[row] = storable(beyond)


@njit(**INLINED)
def _pack(line, d, chosen, first, scale, origin, panel):  # type: ignore[no-untyped-def]
    """Write the rows of a panel about the origin, scaled, as columns, four features at a time."""
    factor = doubles(scale)
    for half in range(0, _PANEL, SINGLES):
        i = first + half
        r, r1, r2, r3 = chosen[i] * d, chosen[i + 1] * d, chosen[i + 2] * d, chosen[i + 3] * d
        r4, r5, r6, r7 = chosen[i + 4] * d, chosen[i + 5] * d, chosen[i + 6] * d, chosen[i + 7] * d
        for start in range(0, d, DOUBLES):
            f = min(start, d - DOUBLES)  # some features twice, rather than numbers of the next row
            o = load_doubles(origin, f)
            store_columns(
                panel, f * _PANEL + half, _PANEL,
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
def _squared_lengths(panel, d, squares):  # type: ignore[no-untyped-def]
    """Write the squared lengths of the rows of a panel behind its columns; return the largest."""
    length = length1 = singles(0.0)
    for f in range(d):
        x, x1 = load_singles(panel, f * _PANEL), load_singles(panel, f * _PANEL + SINGLES)
        length, length1 = multiply_add(x, x, length), multiply_add(x1, x1, length1)
    store(panel, squares, length)
    store(panel, squares + SINGLES, length1)
    longest = np.float32(0)
    for i in range(_PANEL):
        longest = max(longest, panel[squares + i])
    return longest


@njit(**INLINED)
def _two_smallest(panel, d, groups, n_groups, smallest, second, nearest):  # type: ignore[no-untyped-def]
    """Find for every row of a panel the smallest entry of the screen, the second smallest, and its center."""
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
            x, x1 = load_singles(panel, f * _PANEL), load_singles(panel, f * _PANEL + SINGLES)
            t = repeat_single(groups, place)
            a, a1 = multiply_add(x, t, a), multiply_add(x1, t, a1)
            t = repeat_single(groups, place + 1)
            b, b1 = multiply_add(x, t, b), multiply_add(x1, t, b1)
            t = repeat_single(groups, place + 2)
            c, c1 = multiply_add(x, t, c), multiply_add(x1, t, c1)
            t = repeat_single(groups, place + 3)
            e, e1 = multiply_add(x, t, e), multiply_add(x1, t, e1)
            place += GROUP
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


@njit(**INLINED)
def _decide(line, at, d, by_feature, k, squared):  # type: ignore[no-untyped-def]
    """Compare a row with all centers directly; ties go to the lowest number."""
    for j in range(k):
        squared[j] = 0.0
    for f in range(d):
        x = np.float64(line[at + f])
        for j in range(k):
            squared[j] += square(x - by_feature[f * k + j])
    label = 0
    for j in range(1, k):
        if squared[j] < squared[label]:
            label = j
    return label


@njit(**INLINED)
def _squared_distance(line, at, centers, own, d, last):  # type: ignore[no-untyped-def]
    """Return the squared distance of a row from a center, both given by their places."""
    vector = doubles(0.0)
    for f in range(0, d - DOUBLES + 1, DOUBLES):
        difference = subtract(load_doubles(line, at + f), load_doubles(centers, own + f))
        vector = multiply_add(difference, difference, vector)
    f = d - DOUBLES
    difference = multiply(
        subtract(load_doubles(line, at + f), load_doubles(centers, own + f)), load_doubles(last, 0)
    )
    return total(multiply_add(difference, difference, vector))


@njit(**INLINED)
def _sum_up(  # type: ignore[no-untyped-def]
    line, d, start, stop, weights, centers, last, labels, keeps, upper, counts, mass, sums, last_sums, scatter
):
    """Add the weighted rows about their centers to the sums; write the upper bounds of their distances."""
    for i in range(start, stop):
        j, w, at = int(labels[i]), weights[i], i * d
        own, weight = j * d, doubles(w)
        vector = doubles(0.0)
        for f in range(0, d - DOUBLES + 1, DOUBLES):
            difference = subtract(load_doubles(line, at + f), load_doubles(centers, own + f))
            vector = multiply_add(difference, difference, vector)
            store(sums, own + f, multiply_add(weight, difference, load_doubles(sums, own + f)))
        if d % DOUBLES > 0:
            f = d - DOUBLES
            difference = multiply(
                subtract(load_doubles(line, at + f), load_doubles(centers, own + f)), load_doubles(last, 0)
            )
            vector = multiply_add(difference, difference, vector)
            # beside the sums: a load that overlaps the store just before it has to wait
            place = j * DOUBLES
            store(last_sums, place, multiply_add(weight, difference, load_doubles(last_sums, place)))
        squared = total(vector)
        if keeps:
            upper[i] = max(np.sqrt(squared) * WIDER, SMALLEST)
        counts[j] += 1
        mass[j] += w
        scatter[j] += w * squared
