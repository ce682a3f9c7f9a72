"""How the work is shared among threads: the processor time of each, where the system tells (Linux)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import thread_time_ns

_TASKS = Path("/proc/self/task")


@dataclass(frozen=True)
class Shares:
    """The processor time that a call took, thread by thread.

    Attributes
    ----------
    main : int
        Of the thread that called, in nanoseconds.
    others : tuple of int
        Of each other thread that worked.
    """

    main: int
    others: tuple[int, ...]

    @property
    def at_work(self) -> float:
        """How many threads as busy as the busiest, the one that called apart, would do the others' work."""
        return sum(self.others) / max(self.others) if self.others else 0.0

    @property
    def of_main(self) -> float:
        """The share of all processor time that the thread that called took."""
        return self.main / (self.main + sum(self.others))


def told() -> bool:
    """Say whether the system tells the processor time of a thread."""
    return (_TASKS / str(threading.get_native_id()) / "schedstat").exists()


def shares(call: Callable[[], object]) -> Shares:
    """Call, and return the processor time of this thread and of all others while it ran."""
    before = _living()
    with _ended_threads() as ended:
        call()
    after = ended | _living()
    spent = {thread: time - before.get(thread, 0) for thread, time in after.items()}
    main = spent.pop(threading.get_native_id())
    return Shares(main, tuple(time for time in spent.values() if time))


def _living() -> dict[int, int]:
    """Return the nanoseconds that each living thread has worked, by its number."""
    times = {}
    for task in _TASKS.iterdir():
        with suppress(OSError):  # it has ended meanwhile
            times[int(task.name)] = int((task / "schedstat").read_text().split()[0])
    return times | {threading.get_native_id(): thread_time_ns()}


@contextmanager
def _ended_threads() -> Iterator[dict[int, int]]:
    """Collect the nanoseconds of Python's threads that end, by their numbers; the system forgets them."""
    ended: dict[int, int] = {}
    run = threading.Thread.run

    def run_and_tell(thread: threading.Thread) -> None:
        try:
            run(thread)
        finally:
            ended[threading.get_native_id()] = thread_time_ns()

    threading.Thread.run = run_and_tell  # type: ignore[method-assign]
    try:
        yield ended
    finally:
        threading.Thread.run = run  # type: ignore[method-assign]
