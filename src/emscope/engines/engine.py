"""What runs steps over the blocks of the data: the contract of every engine, and how results are merged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self, TypeVar

import numpy as np

from emscope.columns import Array
from emscope.data.blocks import Block, Blocks
from emscope.kernels.kernel import Share
from emscope.models.model import Model
from emscope.models.statistics import Mergeable, Statistics

T = TypeVar("T")
S = TypeVar("S")
K = TypeVar("K", covariant=True)
M = TypeVar("M", bound=Mergeable)


class Engine(Protocol):
    """Runs functions over the blocks, wherever these are, and holds the labels of the rows.

    Functions that an engine is given can be pickled, and so can their results: functions of a module,
    methods of what can be pickled, and partial applications of those. Parameters are sent to the blocks,
    statistics come back, and everything kept for a block stays where the block is. The block is the unit of
    the fold; how the work within one is divided is left to the engine and to kernels.
    """

    @property
    def blocks(self) -> Blocks:
        """The data."""

    @property
    def labels(self) -> Array:
        """The label of every row, shape (n,), int32; -1 before the first expectation step."""

    def expectation(self, step: Callable[..., Any], parameters: Any) -> tuple[Any, Moved]:
        """Run ``step(block, parameters, labels, workspace) -> Statistics`` over all blocks.

        Returns the statistics of all rows, and which part of them changed their label. A step that is
        interrupted leaves the labels as they were.
        """

    def take_back(self) -> None:
        """Go back to the labels before the last expectation step, which can be done once."""

    def restart(self) -> None:
        """Forget the labels, for another run over the same data."""

    def map(self, function: Callable[[Block], T]) -> Iterator[T]:
        """Apply a function to every block; results come in the order of the blocks."""

    def fold(self, function: Callable[[Block, Array], M], labels: Array | None = None) -> M:
        """Merge what a function makes of every block and its labels; of the current ones without others."""

    def share(self, function: Callable[[int, int], T], n: int) -> list[T]:
        """Share work that is here, and little, among the threads of this machine: one range for each.

        Returns ``function(first, stop)`` for the ranges that make up 0 to n, in their order.
        """

    def keep(self, prepare: Callable[[Block, Share], S]) -> Kept[S]:
        """Return something that is prepared for every span of blocks, and kept beside it.

        What is prepared may share its work among threads.
        """

    def another(self, model: Model[Any, Any]) -> Engine:
        """Return an engine over the same data, as this one is, for another model."""

    def alone(self) -> AbstractContextManager[Any]:
        """Keep BLAS to one thread, where the model's steps call it: the cores are taken."""

    def close(self) -> None:
        """Let go of all but the labels."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Kept(Protocol[K]):
    """What is kept beside every span of blocks; prepared when it is asked for first."""

    def map(self, function: Callable[[Block, K], T]) -> Iterator[T]:
        """Apply a function to every span and what is kept for it; results come in order."""

    def at(self, index: int, function: Callable[[Block, K], T]) -> T:
        """Apply a function to one span and what is kept for it."""


def fold(parts: Iterable[M]) -> M:
    """Merge parts, at least one, in one fixed binary tree over their numbers.

    The tree depends on the number of parts alone: neighbors are merged, then neighboring pairs, and so on, so
    rounding is the same in every engine; and only about log2 of the parts are held at once.
    """
    waiting: list[tuple[int, M]] = []
    for part in parts:
        height, merged = 0, part
        while waiting and waiting[-1][0] == height:
            merged = waiting.pop()[1].merge(merged)
            height += 1
        waiting.append((height, merged))
    _, merged = waiting.pop()
    while waiting:
        merged = waiting.pop()[1].merge(merged)
    return merged


class Moved(NamedTuple):
    """How many rows changed their label, and what they weigh."""

    rows: int
    weight: float

    @classmethod
    def between(cls, before: Array, after: Array, weights: Array | None) -> Self:
        """Compare labels; without ``weights`` every row weighs 1."""
        changed = before != after
        rows = int(np.count_nonzero(changed))
        return cls(rows, float(rows) if weights is None or not rows else float(weights[changed].sum()))


class Expected(NamedTuple):
    """Statistics of some rows, and which of those changed their label."""

    statistics: Statistics
    moved: Moved

    def merge(self, other: Expected) -> Expected:
        """Return the same for the rows of both."""
        moved = Moved(self.moved.rows + other.moved.rows, self.moved.weight + other.moved.weight)
        return Expected(self.statistics.merge(other.statistics), moved)


def put_in_row_order(labels: Array, by_row: Array, workspace: Any) -> None:
    """Write the labels of a block in the order of its rows, whatever order a workspace has them in."""
    if workspace is None or workspace.restore is None:
        by_row[:] = labels
    else:
        workspace.restore(labels, by_row)
