"""One machine's cores: blocks in threads, folded in one fixed binary tree."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from emscope.data.blocks import Block, Blocks
from emscope.models.statistics import Mergeable, Statistics

Array = npt.NDArray[Any]
T = TypeVar("T")
M = TypeVar("M", bound=Mergeable)

NUMERICS: dict[str, Any] = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
"""NumPy's own handling of floating-point errors, which all that is computed here relies on, whatever the
caller has set: a share that underflows to 0 is right."""

_NONE: Array = np.empty(0, dtype=np.int32)

# Blocks handed out ahead of the one being folded, per thread: enough that no thread waits.
_AHEAD = 4


def available_cores() -> int:
    """Count the cores that this process may use.

    Returns
    -------
    int
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _libraries() -> ThreadpoolController:
    import scipy.linalg.cython_blas  # noqa: F401 - what compiled kernels call; to be there when it is counted

    return ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[Any]:
    """Keep BLAS to one thread.

    Returns
    -------
    context manager
    """
    limit: AbstractContextManager[Any] = _libraries().limit(limits=1, user_api="blas")
    return limit


class Threads:
    """Run the steps of a model over blocks, in threads.

    The labels of the last complete expectation step live here. A step that is interrupted leaves
    them as they were.

    Parameters
    ----------
    blocks : Blocks
        The data.
    n_threads : int, optional
        How many threads; as many as there are cores without it. The result does not depend on it.
    workspace : callable(block) -> object, optional
        Prepares what the expectation step keeps for a block; it may save time and never changes a result.
        One with a ``restore(labels, by_row)`` has labels written in an order of its own.
    blas : bool
        Whether expectation steps call BLAS, which is then kept to one thread: the cores are taken.

    Attributes
    ----------
    prepare : callable(block) -> object
        Prepares a workspace.
    """

    def __init__(
        self,
        blocks: Blocks,
        n_threads: int | None = None,
        workspace: Callable[[Block], Any] = lambda block: None,
        *,
        blas: bool = False,
    ) -> None:
        self.blocks = blocks
        self.prepare = workspace
        self._blas = blas
        self._workspaces: dict[int, Any] = {}
        self.n_threads = min(n_threads or available_cores(), len(blocks))
        self.restart()
        self._pool: ThreadPoolExecutor | None = None

    def restart(self) -> None:
        """Forget the labels, for another run over the same data; workspaces and threads are kept."""
        # as the workspaces order them; nothing until there are any, which may be a while after the start
        self._labels: Array = _NONE
        self._spare: Array = _NONE
        self._by_row: Array | None = None

    def _make_room(self) -> None:
        if self._labels is _NONE:
            self._labels = np.full(self.blocks.n_samples, -1, dtype=np.int32)
            self._spare = np.empty_like(self._labels)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the threads and the workspaces go; blocks not begun are dropped."""
        if self._labels is not _NONE:
            self._labels = self.labels
        self._workspaces = {}
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def alone(self) -> AbstractContextManager[Any]:
        """Keep BLAS to one thread, if the model's steps call it."""
        return one_blas_thread() if self._blas else nullcontext()

    @property
    def labels(self) -> Array:
        """The owner of every row, shape (n,), int32; -1 before the first expectation step."""
        if self._by_row is None:
            self._make_room()
            self._by_row = self._labels
            if any(restoring(workspace) for workspace in self._workspaces.values()):
                by_row = self._by_row = np.empty_like(self._labels)

                def put(block: Block) -> None:
                    own = slice(block.start, block.stop)
                    put_in_row_order(self._labels[own], by_row[own], self._workspaces.get(block.index))

                deque(self.map(put), maxlen=0)
        return self._by_row

    def expectation(self, step: Callable[[Block, Any, Array, Any], Any], parameters: Any) -> tuple[Any, int]:
        """Run an expectation step over all blocks.

        Parameters
        ----------
        step : callable(block, parameters, labels, workspace) -> Statistics
            Writes the owners of the block's rows into ``labels``.
        parameters : NamedTuple
            The model's parameters.

        Returns
        -------
        statistics : Statistics
            Of all rows.
        moved : int
            How many rows changed owner.
        """
        self._make_room()

        def task(block: Block) -> _Moved:
            labels = self._spare[block.start : block.stop]
            if block.index not in self._workspaces:
                self._workspaces[block.index] = self.prepare(block)
            statistics = step(block, parameters, labels, self._workspaces[block.index])
            moved = int(np.count_nonzero(labels != self._labels[block.start : block.stop]))
            return _Moved(statistics, moved)

        with self.alone():
            result = fold(self.map(task))
        self._labels, self._spare = self._spare, self._labels
        self._by_row = None
        return result.statistics, result.moved

    def take_back(self) -> None:
        """Go back to the labels before the last expectation step, which can be done once."""
        self._labels, self._spare = self._spare, self._labels
        self._by_row = None

    def fold(self, function: Callable[[Block, Array], M], labels: Array | None = None) -> M:
        """Fold a function of the blocks and their owners.

        Parameters
        ----------
        function : callable(block, labels) -> Mergeable
            What is wanted of each block.
        labels : ndarray of shape (n,), optional
            Owners to use instead of the current ones.

        Returns
        -------
        Mergeable
        """
        owners = self.labels if labels is None else labels
        return fold(self.map(lambda block: function(block, owners[block.start : block.stop])))

    def map(self, function: Callable[[Block], T]) -> Iterator[T]:
        """Apply a function to every block; results come in the order of the blocks.

        Parameters
        ----------
        function : callable(block) -> object
            Runs in several threads at once.

        Yields
        ------
        object
        """
        if self.n_threads == 1:
            for index in range(len(self.blocks)):
                yield function(self.blocks[index])
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(
                self.n_threads,
                thread_name_prefix="emscope",
                initializer=lambda: np.seterr(**NUMERICS),  # threads may inherit the caller's settings
            )
        under_way: deque[Future[T]] = deque()
        try:
            for index in range(len(self.blocks)):
                under_way.append(self._pool.submit(lambda i: function(self.blocks[i]), index))
                if len(under_way) > _AHEAD * self.n_threads:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()


def restoring(workspace: Any) -> Callable[[Array, Array], None] | None:
    """Return what puts labels in the order of the rows; None where a workspace has them written so."""
    restore: Callable[[Array, Array], None] | None = getattr(workspace, "restore", None)
    return restore


def put_in_row_order(labels: Array, by_row: Array, workspace: Any) -> None:
    """Put the labels of a block in the order of its rows.

    Parameters
    ----------
    labels : ndarray of shape (m,)
        As an expectation step with the workspace wrote them.
    by_row : ndarray of shape (m,)
        Written to.
    workspace : object
        Whose ``restore``, if it has one, knows the order.
    """
    restore = restoring(workspace)
    if restore is None:
        by_row[:] = labels
    else:
        restore(labels, by_row)


def fold(parts: Iterable[M]) -> M:
    """Merge parts in one fixed binary tree over their numbers.

    The tree depends on the number of parts alone: neighbours are merged, then neighbouring pairs, and
    so on, so rounding is the same in every engine; and only about log2 of the parts are held at once.

    Parameters
    ----------
    parts : iterable of Mergeable
        At least one, in order.

    Returns
    -------
    Mergeable
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


@dataclass(frozen=True, slots=True)
class _Moved:
    """Statistics of some rows, and how many of those changed owner."""

    statistics: Statistics
    moved: int

    def merge(self, other: _Moved) -> _Moved:
        return _Moved(self.statistics.merge(other.statistics), self.moved + other.moved)
