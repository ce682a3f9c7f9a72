"""Rows as numbered blocks of one fixed size.

What is computed from a block depends on nothing but the block, so a run gives the same bits however
many threads or machines take the blocks, and in whatever order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from emscope.columns import Array, reduce_columns

_NARROW = 4  # features
# Fewest and most rows of a block, and how many blocks are enough work for many threads.
_NARROW_BLOCKS = (1 << 12, 1 << 14, 64)
_WIDE_BLOCKS = (1 << 12, 1 << 16, 32)

SPAN = 64
"""Blocks of a span: many rows that are dealt with at once, where that takes less time."""


def block_rows(n_samples: int, n_features: int) -> int:
    """Return the rows of a block, a power of two."""
    smallest, size, enough = _NARROW_BLOCKS if n_features <= _NARROW else _WIDE_BLOCKS
    while size > smallest and n_samples < enough * size:
        size //= 2
    return size


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Consecutive rows."""

    index: int  # number of the block
    start: int  # place of its first row among all rows of the blocks
    rows: Array  # (m, d): the rows, float32 or float64
    weights: Array  # (m,): their sample weights, float64
    in_data: Array | None = None  # (m,): their numbers in the data, where rows of it were left out

    @property
    def stop(self) -> int:
        """Place of the row after the last one."""
        return self.start + len(self.rows)

    def numbers(self, rows: Array) -> Array:
        """Return the numbers in the data of rows of the block, counted from 0."""
        return self.start + rows if self.in_data is None else self.in_data[rows]


class Blocks(Protocol):
    """Any source of rows that can be read block by block, again and again."""

    @property
    def n_samples(self) -> int:
        """Number of rows, n."""

    @property
    def n_left_out(self) -> int:
        """Number of rows of the data that are in no block, because their weight is 0."""

    @property
    def n_features(self) -> int:
        """Number of features, d."""

    @property
    def block_size(self) -> int:
        """Rows of every block but the last."""

    @property
    def spans(self) -> Blocks:
        """The same rows in longer blocks, of ``SPAN`` blocks each."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Float32 or float64."""

    @property
    def total_weight(self) -> float:
        """Sum of the sample weights."""

    @property
    def weighted(self) -> bool:
        """Whether rows have weights of their own."""

    def __len__(self) -> int:
        """Count the blocks."""

    def __getitem__(self, index: int) -> Block:
        """Return block number ``index``."""

    def take(self, rows: Array) -> Array:
        """Return copies of single rows, by their places among the rows of the blocks."""

    def numbers(self, rows: Array) -> Array:
        """Return the numbers in the data of rows, by their places among those of the blocks."""

    def variances(self) -> Array:
        """Return the variance of every feature, weighted."""


class ArrayBlocks:
    """The blocks of an array in memory, or of a memory map: finite float32 or float64 rows, never written to.

    >>> blocks = ArrayBlocks(np.arange(10.0).reshape(5, 2), block_size=2)
    >>> [(block.index, block.start, len(block.rows)) for block in blocks]
    [(0, 0, 2), (1, 2, 2), (2, 4, 1)]
    """

    def __init__(
        self,
        X: Array,
        weights: Array | None = None,
        block_size: int | None = None,
        in_data: Array | None = None,
        n_left_out: int = 0,
    ) -> None:
        self.X = X
        self.weights = weights
        self.in_data = in_data
        self.n_left_out = n_left_out
        self.block_size = block_size or block_rows(*X.shape)
        self.n_samples = len(X)
        self.n_features = int(X.shape[1])
        self.dtype = X.dtype
        self.weighted = weights is not None
        self._ones = np.ones(min(self.block_size, len(X)))
        self._spans: ArrayBlocks | None = None
        self._only: Block | None = None  # where there is but one, it need not be made again
        self._variances: Array | None = None  # which every fit to the same rows asks for

    @property
    def spans(self) -> ArrayBlocks:
        """The same rows in longer blocks, of ``SPAN`` blocks each."""
        if self._spans is None:
            size = SPAN * self.block_size
            self._spans = ArrayBlocks(self.X, self.weights, size, self.in_data, self.n_left_out)
        return self._spans

    @property
    def total_weight(self) -> float:
        """Sum of the sample weights."""
        return float(self.n_samples) if self.weights is None else float(self.weights.sum())

    def __len__(self) -> int:
        return -(-self.n_samples // self.block_size)

    def __getitem__(self, index: int) -> Block:
        if self._only is not None and index == 0:
            return self._only
        if not 0 <= index < len(self):
            raise IndexError(index)
        start = index * self.block_size
        own = slice(start, start + self.block_size)
        rows = self.X[own]
        weights = self._ones[: len(rows)] if self.weights is None else self.weights[own]
        block = Block(index, start, rows, weights, None if self.in_data is None else self.in_data[own])
        if len(self) == 1:
            self._only = block
        return block

    def __iter__(self) -> Iterator[Block]:
        return (self[index] for index in range(len(self)))

    def take(self, rows: Array) -> Array:
        """Return copies of single rows, by their places among the rows of the blocks."""
        return np.asarray(self.X[rows])

    def numbers(self, rows: Array) -> Array:
        """Return the numbers in the data of rows, by their places among those of the blocks."""
        return rows if self.in_data is None else self.in_data[rows]

    def variances(self) -> Array:
        """Return the variance of every feature, weighted, in two passes (right far from zero)."""
        if self._variances is None:
            self._variances = self._two_passes()
        return self._variances

    def _two_passes(self) -> Array:
        # sums are taken about a row that counts as much as any: beside a stray one all digits would be lost
        origin = 0 if self.weights is None else int(self.weights.argmax())
        about = self.X[origin].astype(np.float64)
        mean = about + self._mean(lambda rows: rows - about)
        return self._mean(lambda rows: (rows - mean) ** 2)

    def _mean(self, function: Callable[[Array], Array]) -> Array:
        """Return the weighted mean of a function of the rows, column by column."""
        if self.weights is None:
            sums = sum(reduce_columns(np.add, function(block.rows)) for block in self)
            return np.asarray(sums / self.n_samples)
        total = self.total_weight
        shares = (((block.weights / total)[:, None] * function(block.rows)) for block in self)
        return np.asarray(sum(reduce_columns(np.add, share) for share in shares))


def by_weight(X: Array, weights: Array | None) -> tuple[ArrayBlocks, ArrayBlocks | None]:
    """Part the rows that count from those of weight 0, if there are any; weights that are all 1 are none.

    What is computed from the first is the same bits as if the others were not there.

    >>> counting, others = by_weight(np.array([[1.0], [2.0], [3.0]]), np.array([1.0, 0.0, 1.0]))
    >>> counting.X.ravel().tolist(), counting.weighted, counting.in_data.tolist()
    ([1.0, 3.0], False, [0, 2])
    """
    if weights is None:
        return ArrayBlocks(X), None
    counts = weights > 0
    others = None
    rows, in_data = X, None
    if not counts.all():
        (zero,) = np.nonzero(~counts)
        others = ArrayBlocks(X[zero], in_data=zero)
        (in_data,) = np.nonzero(counts)
        rows, weights = X[in_data], weights[in_data]
    n_left_out = len(X) - len(rows)
    return ArrayBlocks(rows, None if (weights == 1).all() else weights, None, in_data, n_left_out), others


def distinct_rows(blocks: Blocks, enough: int) -> int:
    """Count different rows that have a weight, up to a number that is enough, which is mostly found soon.

    >>> distinct_rows(ArrayBlocks(np.array([[1.0], [2.0], [1.0]])), enough=3)
    2
    """
    found: set[bytes] = set()
    for index in range(len(blocks)):
        block = blocks[index]
        for start in range(0, len(block.rows), 2 * enough):
            part = slice(start, start + 2 * enough)
            rows = block.rows[part][block.weights[part] > 0] + 0.0  # so that -0.0 is 0.0
            found.update(row.tobytes() for row in np.unique(rows, axis=0))
            if len(found) >= enough:
                return enough
    return len(found)
