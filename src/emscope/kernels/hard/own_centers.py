"""Rows and their own centers: where their bounds meet, their sums, and which center is theirs.

Rows and centers are lines of numbers, read four at a time. Where the number of features is no multiple of
four, the last four are read together once more, times ``last``, which is 1 for those that were left and 0
for the others. Fewer than four are read one by one.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from emscope.columns import Array
from emscope.kernels.flags import INLINED, square
from emscope.kernels.hard.bounds import SMALLEST, WIDER, storable
from emscope.kernels.vectors import (
    DOUBLES,
    add,
    doubles,
    load_doubles,
    multiply,
    multiply_add,
    store,
    subtract,
    total,
)


def masked(d: int) -> Array:
    """Return what the last four of d features are multiplied by; for the caller of a kernel to hold."""
    return np.array([float(lane >= DOUBLES - d % DOUBLES) for lane in range(DOUBLES)])


@njit(**INLINED)
def put_last(sums, last_sums):  # type: ignore[no-untyped-def]
    """Put the sums of the last features, which are kept beside the others, into their places."""
    k, d = sums.shape
    if d < DOUBLES:
        return
    for j in range(k):
        for lane in range(DOUBLES - d % DOUBLES, DOUBLES):
            sums[j, d - DOUBLES + lane] = last_sums[j * DOUBLES + lane]


@njit(**INLINED)
def meeting(  # type: ignore[no-untyped-def]
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
        if not np.sqrt(squared_distance(line, i * d, centers, j * d, d, last)) * WIDER < safe:
            chosen[n] = i
            n += 1
    return n


@njit(**INLINED)
def squared_distance(line, at, centers, own, d, last):  # type: ignore[no-untyped-def]
    """Return the squared distance of a row from a center, both given by their places."""
    if d < DOUBLES:
        return _squared_distance_of_few(line, at, centers, own, d)
    a = b = c = e = doubles(0.0)
    f = 0
    while f + 4 * DOUBLES <= d:  # four sums, none of which waits for another
        a = _plus_squares(line, at + f, centers, own + f, a)
        b = _plus_squares(line, at + f + DOUBLES, centers, own + f + DOUBLES, b)
        c = _plus_squares(line, at + f + 2 * DOUBLES, centers, own + f + 2 * DOUBLES, c)
        e = _plus_squares(line, at + f + 3 * DOUBLES, centers, own + f + 3 * DOUBLES, e)
        f += 4 * DOUBLES
    while f + DOUBLES <= d:
        a = _plus_squares(line, at + f, centers, own + f, a)
        f += DOUBLES
    f = d - DOUBLES
    difference = subtract(load_doubles(line, at + f), load_doubles(centers, own + f))
    difference = multiply(difference, load_doubles(last, 0))
    return total(multiply_add(difference, difference, add(add(a, b), add(c, e))))


@njit(**INLINED)
def _squared_distance_of_few(line, at, centers, own, d):  # type: ignore[no-untyped-def]
    squared = 0.0
    for f in range(d):
        squared += square(line[at + f] - centers[own + f])
    return squared


@njit(**INLINED)
def _plus_squares(line, at, centers, own, sums):  # type: ignore[no-untyped-def]
    difference = subtract(load_doubles(line, at), load_doubles(centers, own))
    return multiply_add(difference, difference, sums)


@njit(**INLINED)
def sum_up(  # type: ignore[no-untyped-def]
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
        squared = 0.0
        if d < DOUBLES:
            for f in range(d):
                difference_f = line[at + f] - centers[own + f]
                squared += square(difference_f)
                sums[own + f] += w * difference_f
        elif d % DOUBLES > 0:
            f = d - DOUBLES
            difference = multiply(
                subtract(load_doubles(line, at + f), load_doubles(centers, own + f)), load_doubles(last, 0)
            )
            vector = multiply_add(difference, difference, vector)
            # beside the sums: a load that overlaps the store just before it has to wait
            place = j * DOUBLES
            store(last_sums, place, multiply_add(weight, difference, load_doubles(last_sums, place)))
        squared += total(vector)
        if keeps:
            upper[i] = max(np.sqrt(squared) * WIDER, SMALLEST)
        counts[j] += 1
        mass[j] += w
        scatter[j] += w * squared


@njit(**INLINED)
def decide(line, at, d, by_feature, k, squared):  # type: ignore[no-untyped-def]
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
