"""A sketch of every row rules out most centers before they are looked at.

Rows are turned, by an orthogonal matrix, so that the first m of their features carry most of what tells
them apart; of the others the sketch has the length alone. For a row x and a center c about one origin, with
first turned features y and z, and lengths r and s of what is left,

    |y - z|^2 + (r - s)^2  <=  |x - c|^2,

as no two vectors of lengths r and s are closer than r - s. The left side for all centers is what a panel
of m + 1 columns gives. The center that has the smallest is looked at first. Where the second smallest is
beyond the distance to it, the row is decided, and elsewhere only centers that are not beyond it are
compared, directly and in float64. So the labels are those of the plain loop.

How many features the sketch has, and whether it is used, is decided on a few rows of the span.

Sources: Jolliffe, *Principal Component Analysis*, 2nd ed. (2002), section 2.1, for the matrix; Higham,
*Accuracy and Stability of Numerical Algorithms*, 2nd ed. (2002), section 3.1, for the rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from emscope.columns import Array
from emscope.kernels.flags import INLINED, KERNEL, square
from emscope.kernels.hard.assignment import Sums
from emscope.kernels.hard.axes import Axes, chosen_axes, cost, with_lengths_left
from emscope.kernels.hard.bounds import WIDER, Compared, Comparison, Frame, Part, storable
from emscope.kernels.hard.fused import UNMOVED
from emscope.kernels.hard.own_centers import decide, masked, put_last, squared_distance, sum_up
from emscope.kernels.hard.panels import PANEL, fill_up, grouped, pack, squared_lengths, take_all, two_smallest
from emscope.kernels.hard.screening import GROUP, rounding
from emscope.kernels.kernel import Share
from emscope.kernels.vectors import (
    DOUBLES,
    SINGLES,
    lanes_less,
    load_singles,
    lowest_lane,
    pointer,
    singles,
    smaller,
    store,
    where_less,
)

_CHUNK = 1 << 16  # features of the rows that stay in a cache between bounds, comparison and sums
_TURNED = 1 << 11  # rows turned at a time
_EXTREME = 2.0**500  # spreads whose squares would leave float64
_SETTLED = 2  # steps before a sketch is given up
_UNIT = 2.0**-53  # rounding of float64
# What is left of a length is the root of a difference of squares, each of which is right to some d units.
_LEFT = 32.0
_TO_SINGLE = 2.0**-22  # what makes a limit safe from rounding to float32
_TINY = 2.0**-960  # squared distances whose rounding is not relative


class Sketch:
    """Compares sketches of rows, or the rows in another way where a sketch of them tells little."""

    def __init__(
        self,
        rows: Array,
        frame: Frame,
        share: Share,
        otherwise: Callable[[Array, Frame], Comparison],
    ) -> None:
        self._frame = frame
        self._share = share
        self._otherwise = otherwise(rows, frame)
        self._steps = 0
        self._extreme = not 1 / _EXTREME < frame.spread < _EXTREME
        self._far = False  # centers from the rows
        self._axes: Axes | None = None
        self._rows = np.empty((0, 0), np.float32)
        self._alone: list[int] = []  # distances computed one by one in each unit of the step before
        self._compared: list[int] = []

    def prepared(self, rows: Array, centers: Array) -> Any:
        """Return what all units need of the centers."""
        origin, spread = self._frame
        self._far = self._extreme or not np.abs(centers - origin).max() < _EXTREME * spread
        if not self._far:
            self._choose(rows, centers)
        if self._axes is None or self._far:
            return self._otherwise.prepared(rows, centers)
        sketched = self._sketched(centers, self._axes, np.float64)
        return (*_screen(sketched), np.ascontiguousarray(centers.T))

    def step(
        self, part: Part, centers: Array, prepared: Any, moved: tuple[Array, Array] | None, result: Sums
    ) -> Compared:
        """Write labels, bounds and sums; all rows are compared, unless it is told what moved."""
        if self._axes is None or self._far:
            return self._otherwise.step(part, centers, prepared, moved, result)
        sketch, scale = self._rows[part.own], self._axes.scale
        (k, d), moved = centers.shape, moved or UNMOVED
        room = _room(k, d, sketch.shape[1])
        given, bounds = (part.rows, part.weights), (part.upper, part.lower)
        compared, alone = _step(
            *given, sketch, scale, centers, moved, prepared, room, part.labels, bounds, result
        )
        self._compared.append(compared)
        self._alone.append(alone)
        return Compared(compared, compared * k * sketch.shape[1] / d + alone)

    def _choose(self, rows: Array, centers: Array) -> None:
        """Make sketches of the rows before the first step; give them up where they turn out to be in vain."""
        if not self._steps:
            self._axes = chosen_axes(rows, centers, self._frame)
            if self._axes is not None:
                self._rows = self._sketched(rows, self._axes, np.float32)
        elif self._axes is not None and self._steps > _SETTLED and self._in_vain(centers):
            self._axes, self._rows = None, np.empty((0, 0), np.float32)
        self._steps += 1
        self._alone, self._compared = [], []

    def _sketched(self, rows: Array, axes: Axes, dtype: type) -> Array:
        """Return the sketches of rows or of centers."""
        sketches = np.empty((len(rows), axes.directions.shape[1] + 1), dtype)

        def write(first: int, stop: int) -> None:
            for start in range(first, stop, _TURNED):
                some = slice(start, min(start + _TURNED, stop))
                sketches[some] = with_lengths_left(*axes.turned(rows[some]))

        self._share(write, len(rows))
        return sketches

    def _in_vain(self, centers: Array) -> bool:
        """Tell whether comparing all pairs would have taken less time in the step before."""
        k, d = centers.shape
        size, compared = self._rows.shape[1], sum(self._compared)
        return cost(k, d, size, sum(self._alone) / max(compared, 1)) > float(k * d)


def _rows_of_chunk(d: int) -> int:
    return max(_CHUNK // d // PANEL, 1) * PANEL


def _room(k: int, d: int, size: int) -> tuple[Array, Array, Array, Array]:
    """Return where a step works: panel and entries, in float64, numbers of rows; and what masks features."""
    entries = -(-k // GROUP) * GROUP * PANEL
    return (
        np.empty(PANEL * (size + 6) + entries, np.float32),
        np.zeros(k + k * DOUBLES + 2 * PANEL),
        np.empty(_rows_of_chunk(d) + 2 * PANEL, np.int64),
        masked(d),
    )


@njit(**KERNEL)
def _screen(sketched):  # type: ignore[no-untyped-def]
    """Return the sketches of the centers as panels meet them."""
    return grouped(sketched, np.zeros(sketched.shape[1]), 1.0)


@njit(**KERNEL)
def _step(rows, weights, sketch, per_row, centers, moved, screened, room, labels, bounds, result):  # type: ignore[no-untyped-def]
    """Label rows and sum them up, chunk by chunk; return how many were compared, and distances alone."""
    (m, d), k, size = rows.shape, len(centers), sketch.shape[1]
    upper_moved, lower_moved = moved
    scale, origin, largest, groups, by_feature = screened
    singles_room, doubles_room, numbers, last = room
    upper, lower = bounds
    counts, mass, sums, scatter = result
    looks, keeps = len(upper_moved) > 0, len(upper) > 0
    last_sums = doubles_room[k + 2 * PANEL :]
    height = len(numbers) - 2 * PANEL
    compared = alone = 0
    for start in range(0, m, height):
        stop = min(start + height, m)
        if looks:
            n = _meeting(
                start, stop, pointer(labels), pointer(upper), pointer(lower), pointer(upper_moved),
                pointer(lower_moved), pointer(numbers),
            )  # fmt: skip
        else:
            n = stop - start
            take_all(pointer(numbers), start, n)
        compared += n
        if n > 0:
            fill_up(pointer(numbers), n, stop - 1)
            alone += _compare(
                pointer(rows), d, pointer(sketch), size, pointer(numbers), n, height + PANEL,
                pointer(centers), k, pointer(last), scale, per_row, pointer(origin), largest,
                pointer(groups), len(groups), pointer(by_feature), pointer(singles_room),
                pointer(doubles_room), keeps, pointer(labels), looks, pointer(upper), pointer(lower),
            )  # fmt: skip
        sum_up(
            pointer(rows), d, start, stop, pointer(weights), pointer(centers), pointer(last), pointer(labels),
            keeps, pointer(upper), pointer(counts), pointer(mass), pointer(sums), pointer(last_sums),
            pointer(scatter),
        )  # fmt: skip
    put_last(sums, last_sums)
    return compared, alone


@njit(**INLINED)
def _meeting(start, stop, labels, upper, lower, upper_moved, lower_moved, numbers):  # type: ignore[no-untyped-def]
    """Let the bounds give way and find the rows where they meet; return how many those are."""
    n = 0
    for i in range(start, stop):
        j = labels[i]
        upper[i] = (upper[i] + upper_moved[j]) * WIDER
        lower[i] = storable((lower[i] - lower_moved[j]) / WIDER)
        if not upper[i] < lower[i]:
            numbers[n] = i
            n += 1
    return n


@njit(**INLINED)
def _compare(  # type: ignore[no-untyped-def]
    line, d, sketch, size, numbers, n, found, centers, k, last, scale, per_row, origin, largest, groups,
    n_groups, by_feature, panel, distances, keeps, labels, looks, upper, lower,
):  # fmt: skip
    """Compare the chosen rows with all centers; write labels and lower bounds, return distances computed."""
    squares = size * PANEL
    smallest, second, nearest = squares + PANEL, squares + 2 * PANEL, squares + 3 * PANEL
    limits, rest, entries = squares + 4 * PANEL, squares + 5 * PANEL, squares + 6 * PANEL
    own, runner_up = k, k + PANEL
    to_entries, from_entries = square(scale * per_row), 1 / (scale * per_row * WIDER)
    close = 1 + 4 * (d + 4) * _UNIT
    alone = 0
    for first in range(0, n, PANEL):
        pack(sketch, size, numbers, first, scale, origin, panel)
        longest = squared_lengths(panel, size, squares)
        error = rounding(size, longest, largest) + _rounding_of_lengths(d, longest, largest)
        two_smallest(panel, size, groups, n_groups, smallest, second, nearest, panel, entries)
        store(panel, limits, singles(-np.inf))
        store(panel, limits + SINGLES, singles(-np.inf))
        undecided = 0
        for i in range(min(PANEL, n - first)):
            row, j = numbers[first + i], np.int64(panel[nearest + i])
            others = np.float64(panel[second + i])
            at = ((j // GROUP) * (size + 1) + size) * GROUP + j % GROUP
            opposite = -2 * panel[squares - PANEL + i] * groups[at]  # what lengths left that add up may add
            decided = others - panel[smallest + i] > opposite + 2 * error
            if looks and not decided and j == labels[row]:
                decided = others > square(np.float64(upper[row])) * to_entries - panel[squares + i] + error
            if not decided:
                distance = squared_distance(line, row * d, centers, j * d, d, last)
                alone += 1
                limit = distance * to_entries - panel[squares + i] + error
                if not others > limit:
                    panel[limits + i] = limit + abs(limit) * _TO_SINGLE
                    distances[own + i], distances[runner_up + i], numbers[found + i] = distance, np.inf, j
                    undecided += 1
                    continue
            labels[row] = j
            if keeps:
                beyond = np.sqrt(max(others + panel[squares + i] - error, 0.0)) * from_entries
                lower[row] = storable(beyond)
        if undecided == 0:
            continue
        alone += _look_within(
            line, d, numbers, first, found, centers, k, last, panel, limits, rest, entries, distances, own
        )
        for i in range(min(PANEL, n - first)):
            if panel[limits + i] == -np.inf:
                continue
            row, j = numbers[first + i], numbers[found + i]
            if not distances[runner_up + i] > distances[own + i] * close + _TINY:
                j = decide(line, row * d, d, by_feature, k, distances)
            labels[row] = j
            if keeps:
                beyond = min(
                    distances[runner_up + i] * to_entries, panel[rest + i] + panel[squares + i] - error
                )
                lower[row] = storable(np.sqrt(max(beyond, 0.0)) * from_entries)
    return alone


@njit(**INLINED)
def _look_within(  # type: ignore[no-untyped-def]
    line, d, numbers, first, found, centers, k, last, panel, limits, rest, entries, distances, own
):
    """Compute the distances of rows from centers within their limits; return how many those are.

    Writes the nearest center, the two smallest squared distances, and the smallest entry of all others.
    """
    alone = 0
    limit, limit1 = load_singles(panel, limits), load_singles(panel, limits + SINGLES)
    beyond = beyond1 = singles(np.inf)
    for group in range(0, k, GROUP):
        at = entries + group * PANEL
        least, least1 = _smallest_of_group(panel, at), _smallest_of_group(panel, at + SINGLES)
        if lanes_less(least, limit) | lanes_less(least1, limit1) == 0:
            beyond, beyond1 = smaller(beyond, least), smaller(beyond1, least1)
            continue
        for j in range(group, min(group + GROUP, k)):
            entry = load_singles(panel, entries + j * PANEL)
            entry1 = load_singles(panel, entries + j * PANEL + SINGLES)
            beyond = smaller(beyond, where_less(entry, limit, singles(np.inf), entry))
            beyond1 = smaller(beyond1, where_less(entry1, limit1, singles(np.inf), entry1))
            lanes = lanes_less(entry, limit) | lanes_less(entry1, limit1) << SINGLES
            while lanes != 0:
                i = lowest_lane(lanes)
                lanes &= lanes - 1
                if numbers[found + i] == j:
                    continue
                distance = squared_distance(line, numbers[first + i] * d, centers, j * d, d, last)
                alone += 1
                if distance < distances[own + i]:
                    distances[own + PANEL + i] = distances[own + i]
                    distances[own + i], numbers[found + i] = distance, j
                elif distance < distances[own + PANEL + i]:
                    distances[own + PANEL + i] = distance
    store(panel, rest, beyond)
    store(panel, rest + SINGLES, beyond1)
    return alone


@njit(**INLINED)
def _smallest_of_group(entries, at):  # type: ignore[no-untyped-def]
    one = smaller(load_singles(entries, at), load_singles(entries, at + PANEL))
    other = smaller(load_singles(entries, at + 2 * PANEL), load_singles(entries, at + 3 * PANEL))
    return smaller(one, other)


@njit(**INLINED)
def _rounding_of_lengths(d, longest, largest):  # type: ignore[no-untyped-def]
    """Bound the error that lengths left bring to squared distances of sketches."""
    norm = 1.0001 * np.sqrt(longest)
    return _LEFT * np.sqrt(d * _UNIT) * square(norm + largest)
