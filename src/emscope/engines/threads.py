"""One machine's cores: blocks in threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import cache, partial
from threading import Lock
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import joblib
import numpy as np
from threadpoolctl import ThreadpoolController

from emscope.columns import Array
from emscope.data.blocks import Block, Blocks
from emscope.engines.engine import Expected, Moved, fold, put_in_row_order
from emscope.engines.pool import Pool
from emscope.kernels.kernel import Share, in_turn
from emscope.models.model import Model
from emscope.models.statistics import Mergeable

T = TypeVar("T")
S = TypeVar("S")
M = TypeVar("M", bound=Mergeable)

_NONE: Array = np.empty(0, dtype=np.int32)
_NOTHING_TO_LIMIT: AbstractContextManager[Any] = nullcontext()
_AHEAD = 8  # runs of blocks, per thread, whose results are held at once


class Threads:
    """Runs the steps of a model over blocks, in threads; no result depends on how many there are.

    Steps are taken block by block, many at once; those of a ``spanning`` model take one span of blocks after
    another, each shared among all threads.
    """

    def __init__(
        self,
        blocks: Blocks,
        n_threads: int | None = None,
        prepare: Callable[[Block, Share], Any] = lambda block, share: None,
        *,
        blas: bool = False,
        spanning: bool = False,
    ) -> None:
        self.blocks = blocks
        self.n_threads = threads_for(len(blocks), n_threads)
        self._blas = blas
        self._prepare = prepare
        self._parts = blocks.spans if spanning else blocks  # what has a workspace each
        self._n_parts = len(self._parts)
        self._spanning = spanning
        self._workspaces: dict[int, Any] = {}  # by the number of the part
        self._pool = Pool(self.n_threads)
        self.restart()

    def restart(self) -> None:
        """Forget the labels, for another run over the same data; workspaces and threads are kept."""
        # as the workspaces order them; nothing until there are any, which may be a while after the start
        self._labels: Array = _NONE
        self._spare: Array = _NONE
        self._by_row: Array | None = None

    def _make_room(self) -> None:
        self._labels = np.full(self.blocks.n_samples, -1, dtype=np.int32)
        self._spare = np.empty_like(self._labels)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the threads and the workspaces go."""
        if self._labels is not _NONE:
            self._labels = self.labels
        self._workspaces.clear()
        self._pool.close()

    def another(self, model: Model[Any, Any]) -> Threads:
        """Return an engine over the same data, with as many threads, for another model."""
        return Threads(self.blocks, self.n_threads, model.prepare, blas=model.blas, spanning=model.spanning)

    def alone(self) -> AbstractContextManager[Any]:
        """Keep BLAS to one thread, if the model's steps call it."""
        return _ONE_BLAS_THREAD if self._blas else _NOTHING_TO_LIMIT

    @property
    def labels(self) -> Array:
        """The label of every row, shape (n,), int32; -1 before the first expectation step."""
        if self._by_row is None:
            if self._labels is _NONE:
                self._make_room()
            by_row = self._labels
            if any(workspace and workspace.restore for workspace in list(self._workspaces.values())):
                by_row = np.empty_like(self._labels)
                for part in map(self._parts.__getitem__, range(self._n_parts)):
                    own = slice(part.start, part.stop)
                    put_in_row_order(self._labels[own], by_row[own], self._workspaces.get(part.index))
            self._by_row = by_row  # not before it is filled: Ctrl-C may come meanwhile
        return self._by_row

    def expectation(self, step: Callable[..., Any], parameters: Any) -> tuple[Any, Moved]:
        """Run an expectation step over all blocks; return statistics, and how many labels changed."""
        if self._labels is _NONE:
            self._make_room()
        with self.alone():
            if self._n_parts == 1 or self._spanning:
                expected = (
                    self._expected(self._parts[index], step, parameters) for index in range(self._n_parts)
                )
                statistics, moved = fold(expected)
            else:
                statistics, moved = self._folded(partial(self._expected, step=step, parameters=parameters))
        self._labels, self._spare = self._spare, self._labels
        self._by_row = None
        return statistics, moved

    def _expected(self, part: Block, step: Callable[..., Any], parameters: Any) -> Expected:
        own = slice(part.start, part.stop)
        labels = self._spare[own]
        if part.index not in self._workspaces:
            share = self._pool.share if self._spanning else in_turn
            self._workspaces[part.index] = self._prepare(part, share)
        statistics = step(part, parameters, labels, self._workspaces[part.index])
        return Expected(statistics, self._moved(part, own))

    def _moved(self, part: Block, own: slice) -> Moved:
        before, after = self._labels[own], self._spare[own]
        if not self._spanning or self.blocks.weighted:
            return Moved.between(before, after, part.weights if self.blocks.weighted else None)
        counted = self._pool.share(partial(_count_moved, before, after), len(before))
        return Moved(sum(counted), float(sum(counted)))

    def take_back(self) -> None:
        """Go back to the labels before the last expectation step, which can be done once."""
        self._labels, self._spare = self._spare, self._labels
        self._by_row = None

    def fold(self, function: Callable[[Block, Array], M], labels: Array | None = None) -> M:
        """Merge what a function makes of every block and its labels."""
        every = self.labels if labels is None else labels
        return self._folded(lambda block: function(block, every[block.start : block.stop]))

    def _folded(self, function: Callable[[Block], M]) -> M:
        """Merge what a function makes of every block, those of a run of blocks where they are made."""

        def of_run(first: int, stop: int) -> M:
            return fold(function(self.blocks[index]) for index in range(first, stop))

        return fold(self._windows(of_run, self._pool.run_length(len(self.blocks))))

    def share(self, function: Callable[[int, int], T], n: int) -> list[T]:
        """Share work that is here among the threads, one range for each."""
        return self._pool.in_ranges(function, n, max(1, -(-n // self.n_threads)))

    def keep(self, prepare: Callable[[Block, Share], S]) -> _Kept[S]:
        """Return something that is prepared for every span of blocks, and kept."""
        return _Kept(self.blocks.spans, self._pool, prepare)

    def map(self, function: Callable[[Block], T]) -> Iterator[T]:
        """Apply a function to every block, in several threads at once; results come in order."""
        return self._windows(lambda index, _: function(self.blocks[index]), 1)

    def _windows(self, function: Callable[[int, int], T], length: int) -> Iterator[T]:
        """Apply a function to runs of blocks, a few for each thread at a time: results may be large."""
        n, size = len(self.blocks), length * _AHEAD * self.n_threads
        for start in range(0, n, size):
            shifted = partial(_shifted, function, start)
            yield from self._pool.in_ranges(shifted, min(size, n - start), length)


def _shifted(function: Callable[[int, int], T], start: int, first: int, stop: int) -> T:
    return function(start + first, start + stop)


def _count_moved(before: Array, after: Array, first: int, stop: int) -> int:
    return int(np.count_nonzero(before[first:stop] != after[first:stop]))


class _Kept(Generic[S]):
    """What is kept for every span of blocks, by its number."""

    def __init__(self, spans: Blocks, pool: Pool, prepare: Callable[[Block, Share], S]) -> None:
        self._spans = spans
        self._pool = pool
        self._prepare = prepare
        self._kept: dict[int, S] = {}

    def map(self, function: Callable[[Block, S], T]) -> Iterator[T]:
        return (self.at(index, function) for index in range(len(self._spans)))

    def at(self, index: int, function: Callable[[Block, S], T]) -> T:
        span = self._spans[index]
        if index not in self._kept:
            self._kept[index] = self._prepare(span, self._pool.share)
        return function(span, self._kept[index])


def threads_for(n_blocks: int, n_threads: int | None) -> int:
    """Return how many threads to use, heeding the limits that scikit-learn's own threads heed.

    None asks for as many as the process may use; more threads than blocks have nothing to do.
    """
    if n_threads is None and n_blocks > 1:
        limit = os.environ.get("OMP_NUM_THREADS", "")  # joblib sets it in its workers
        n_threads = min(joblib.cpu_count(), int(limit) if limit.isdecimal() and int(limit) else n_blocks)
    return min(n_threads or 1, n_blocks)


class _OneBlasThread(AbstractContextManager[None]):
    """Keeps BLAS to one thread while anybody is inside; the last one out puts back what the first one met.

    BLAS has one setting for the whole process, and fits may run side by side.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._limited: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._limited = _libraries().limit(limits=1, user_api="blas")
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._limited.restore_original_limits()


_ONE_BLAS_THREAD = _OneBlasThread()


@cache
def _libraries() -> ThreadpoolController:
    import scipy.linalg.cython_blas  # noqa: F401 - what compiled kernels call; to be there when it is counted

    return ThreadpoolController()
