"""A pool of threads that share work out in consecutive ranges, at a few microseconds each time.

A step may take less than a millisecond, and the futures of ``concurrent.futures`` take up to a tenth of that
for every thread; here a thread is sent one function, and takes ranges until there are none.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")

NUMERICS: dict[str, Any] = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
"""NumPy's own handling of floating-point errors, which all that is computed here relies on, whatever the
caller has set: a responsibility that underflows to 0 is right."""

# Ranges per thread: enough that none waits long for the others at the end.
_RANGES = 8

_Tasks = SimpleQueue[Callable[[], None] | None]


class Pool:
    """Threads that are started when they are needed first, and end with the pool."""

    def __init__(self, n_threads: int) -> None:
        self.n_threads = n_threads
        self._tasks: _Tasks | None = None
        self._threads: list[Thread] = []

    def close(self) -> None:
        """Let the threads go."""
        if self._tasks is not None:
            _dismiss(self._tasks, len(self._threads))
            for thread in self._threads:
                thread.join()
            self._tasks, self._threads = None, []

    def share(self, function: Callable[[int, int], T], n: int) -> list[T]:
        """Return ``function(first, stop)`` for consecutive ranges that make up 0 to n, in their order."""
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
        errors: dict[int, BaseException] = {}
        results: dict[int, T] = {}
        waiting = deque(enumerate(ranges))
        at_work = [None] * min(self.n_threads, len(ranges))
        over: SimpleQueue[None] = SimpleQueue()

        def work() -> None:
            while waiting:
                try:
                    number, own = waiting.popleft()
                except IndexError:  # another thread was quicker
                    break
                try:
                    results[number] = function(*own)
                except BaseException as error:  # noqa: BLE001 - raised where the results are waited for
                    errors[number] = error
                    waiting.clear()
            at_work.pop()
            if not at_work:
                over.put(None)

        tasks = self._started()
        for _ in range(len(at_work)):
            tasks.put(work)
        try:
            over.get()
        except BaseException:
            waiting.clear()
            over.get()
            raise
        if errors:
            raise errors[min(errors)]
        return [results[number] for number in range(len(ranges))]

    def run_length(self, n: int) -> int:
        """Return how many of n blocks one range has: a power of two, so that it is a part of the fold."""
        size = 1
        while n >= 2 * size * _RANGES * self.n_threads:
            size *= 2
        return size

    def _started(self) -> _Tasks:
        if self._tasks is None:
            self._tasks = SimpleQueue()
            weakref.finalize(self, _dismiss, self._tasks, self.n_threads)
            for number in range(self.n_threads):
                name = f"emscope_{number}"
                thread = Thread(target=_serve, args=(self._tasks,), name=name, daemon=True)
                thread.start()
                self._threads.append(thread)
        return self._tasks


def _serve(tasks: _Tasks) -> None:
    """Do one task after another until told to go."""
    with np.errstate(**NUMERICS):  # threads may inherit the caller's settings
        while (task := tasks.get()) is not None:
            task()
            del task


def _dismiss(tasks: _Tasks, n_threads: int) -> None:
    for _ in range(n_threads):
        tasks.put(None)
