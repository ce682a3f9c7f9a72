"""Rows as numbered blocks of one fixed size.

What is computed from a block depends on nothing but the block, so a run gives the same bits however
many threads or machines take the blocks, and in whatever order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from emscope.columns import Array, reduce_columns

_NARROW = 4  # features
# Fewest and most rows of a block, and how many blocks are enough. The more rows of few features are put in
# order, the more are dealt with at once. Of many features fewer are work enough and fit a cache, and three
# blocks would leave one of two threads idle for a third of the time.
_NARROW_BLOCKS = (1 << 14, 1 << 20, 1.8)
_WIDE_BLOCKS = (1 << 12, 1 << 16, 3.6)


def block_rows(n_samples: int, n_features: int) -> int:
    """Return the rows of a block, a power of two: as many as leave work for two threads."""
    smallest, size, enough = _NARROW_BLOCKS if n_features <= _NARROW else _WIDE_BLOCKS
    while size > smallest and n_samples < enough * size:
        size //= 2
    return size


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Consecutive rows of the data."""

    index: int  # number of the block
    start: int  # number of its first row in the data
    rows: Array  # (m, d): the rows, float32 or float64
    weights: Array  # (m,): their sample weights, float64

    @property
    def stop(self) -> int:
        """Number of the row after the last one."""
        return self.start + len(self.rows)


class Blocks(Protocol):
    """Any source of rows that can be read block by block, again and again."""

    @property
    def n_samples(self) -> int:
        """Number of rows, n."""

    @property
    def n_features(self) -> int:
        """Number of features, d."""

    @property
    def block_size(self) -> int:
        """Rows of every block but the last."""

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
        """Return copies of single rows, by their numbers in the data."""

    def variances(self) -> Array:
        """Return the variance of every feature, unweighted."""


class ArrayBlocks:
    """The blocks of an array in memory, or of a memory map: finite float32 or float64 rows, never written to.

    >>> blocks = ArrayBlocks(np.arange(10.0).reshape(5, 2), block_size=2)
    >>> [(block.index, block.start, len(block.rows)) for block in blocks]
    [(0, 0, 2), (1, 2, 2), (2, 4, 1)]
    """

    def __init__(self, X: Array, weights: Array | None = None, block_size: int | None = None) -> None:
        self.X = X
        self.weights = weights
        self.block_size = block_size or block_rows(*X.shape)
        self.n_samples = len(X)
        self.n_features = int(X.shape[1])
        self.dtype = X.dtype
        self.weighted = weights is not None
        self._ones = np.ones(min(self.block_size, len(X)))
        self._only: Block | None = None  # where there is but one, it need not be made again

    @property
    def total_weight(self) -> float:
        """Sum of the sample weights."""
        return float(self.n_samples) if self.weights is None else float(self.weights.sum())

    def __len__(self) -> int:
        return -(-self.n_samples // self.block_size)

    def __getitem__(self, index: int) -> Block:
        if not 0 <= index < len(self):
            raise IndexError(index)
        if self._only is not None:
            return self._only
        start = index * self.block_size
        rows = self.X[start : start + self.block_size]
        weights = self._ones if self.weights is None else self.weights[start : start + self.block_size]
        block = Block(index, start, rows, weights[: len(rows)])
        if len(self) == 1:
            self._only = block
        return block

    def __iter__(self) -> Iterator[Block]:
        return (self[index] for index in range(len(self)))

    def take(self, rows: Array) -> Array:
        """Return copies of single rows, by their numbers in the data."""
        return np.asarray(self.X[rows])

    def variances(self) -> Array:
        """Return the variance of every feature, unweighted, in two passes (right far from zero)."""
        first = self.X[0].astype(np.float64)
        mean = first + sum(reduce_columns(np.add, block.rows - first) for block in self) / self.n_samples
        squares = sum(reduce_columns(np.add, (block.rows - mean) ** 2) for block in self)
        return np.asarray(squares / self.n_samples)


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
