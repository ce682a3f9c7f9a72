"""A pool of threads that share work out in consecutive ranges, at a few microseconds each time.

A step may take less than a millisecond, and the futures of ``concurrent.futures`` take up to a tenth of that
for every thread; here a thread is sent one function, and takes ranges until there are none.
"""

from __future__ import annotations

import os
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Any, Generic, TypeVar

import numpy as np

T = TypeVar("T")

NUMERICS: dict[str, Any] = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
"""NumPy's own handling of floating-point errors, which all that is computed here relies on, whatever the
caller has set: a responsibility that underflows to 0 is right."""

# Ranges per thread: enough that none waits long for the others at the end.
_RANGES = 8

_Tasks = SimpleQueue[Callable[[], None] | None]
_Over = SimpleQueue[None]


class Pool:
    """Threads that are started when they are needed first, and end with the pool."""

    def __init__(self, n_threads: int) -> None:
        self.n_threads = n_threads
        self._tasks: _Tasks | None = None
        self._threads: list[Thread] = []
        self._process = 0  # in which they were started

    def close(self) -> None:
        """Let the threads go."""
        tasks, threads = self._tasks, self._threads
        self._tasks, self._threads = None, []
        if tasks is not None and self._process == os.getpid():
            _dismiss(tasks, len(threads))
            for thread in threads:
                thread.join()

    def share(self, function: Callable[[int, int], T], n: int) -> list[T]:
        """Return ``function(first, stop)`` for consecutive ranges that make up 0 to n, in their order.

        The function does not share work itself: all threads would wait for one another.
        """
        if self.n_threads == 1:
            return [function(0, n)]
        return self.in_ranges(function, n, -(-n // (_RANGES * self.n_threads)))

    def in_ranges(self, function: Callable[[int, int], T], n: int, size: int) -> list[T]:
        """Return the same for ranges of a given size.

        Of several errors that of the first range is raised, and ranges that nobody has begun are dropped.
        """
        ranges = [(first, min(first + size, n)) for first in range(0, n, size)]
        if self.n_threads == 1 or len(ranges) < 2:
            return [function(*own) for own in ranges]
        n_threads = min(self.n_threads, len(ranges))
        work = _Work(function, ranges, n_threads)
        tasks, all_sent = self._started(), False
        try:
            for _ in range(n_threads):
                tasks.put(work)
            all_sent = True
            work.over.get()
        except BaseException:
            work.waiting.clear()
            if all_sent and work.at_work:  # else nobody would say when it is over, or somebody has
                work.over.get()
            raise
        return work.found()

    def run_length(self, n: int) -> int:
        """Return how many of n blocks one range has: a power of two, so that it is a part of the fold."""
        size = 1
        while n >= 2 * size * _RANGES * self.n_threads:
            size *= 2
        return size

    def _started(self) -> _Tasks:
        if self._tasks is None or self._process != os.getpid():  # a fork has none of the threads
            tasks: _Tasks = SimpleQueue()
            threads: list[Thread] = []
            try:
                for number in range(self.n_threads):
                    name = f"emscope_{number}"
                    thread = Thread(target=_serve, args=(tasks,), name=name, daemon=True)
                    thread.start()
                    threads.append(thread)
            except BaseException:
                _dismiss(tasks, self.n_threads)
                raise
            weakref.finalize(self, _dismiss, tasks, self.n_threads)
            self._process, self._threads, self._tasks = os.getpid(), threads, tasks
        return self._tasks


class _Work(Generic[T]):
    """What threads do together; each takes the next range as soon as it is free."""

    def __init__(
        self, function: Callable[[int, int], T], ranges: Sequence[tuple[int, int]], n_threads: int
    ) -> None:
        self._function = function
        self._results: dict[int, T] = {}
        self._errors: dict[int, BaseException] = {}
        self.waiting = deque(enumerate(ranges))
        self.at_work = [None] * n_threads  # one for every thread that is not done
        self.over = _Over()

    def __call__(self) -> None:
        while self.waiting:
            try:
                number, own = self.waiting.popleft()
            except IndexError:  # another thread was quicker
                break
            try:
                self._results[number] = self._function(*own)
            except BaseException as error:  # noqa: BLE001 - raised where the results are waited for
                self._errors[number] = error
                self.waiting.clear()
        self.at_work.pop()
        if not self.at_work:
            self.over.put(None)

    def found(self) -> list[T]:
        """Return the results, or raise the first error, which would hold all that was shared otherwise."""
        errors, self._errors = self._errors, {}
        if errors:
            try:
                raise errors[min(errors)]
            finally:
                del errors, self
        return [self._results[number] for number in range(len(self._results))]


def _serve(tasks: _Tasks) -> None:
    """Do one task after another until told to go."""
    with np.errstate(**NUMERICS):  # threads may inherit the caller's settings
        while (task := tasks.get()) is not None:
            task()
            del task


def _dismiss(tasks: _Tasks, n_threads: int) -> None:
    for _ in range(n_threads):
        tasks.put(None)
