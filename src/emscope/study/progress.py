"""How far a study is, and how long it will still take."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import perf_counter

Told = Callable[[float, float, str], None]
"""``told(done, total, what)``: called whenever a part is done; ``what`` is being done."""


class Progress:
    """Counts what is done of a study, and tells whoever wants to know."""

    def __init__(self, asked: bool | Told, total: float) -> None:
        self._told: Told | None = _Line() if asked is True else asked or None
        self._total = total
        self._done = 0.0

    def doing(self, what: str) -> None:
        """Tell what is being done."""
        if self._told is not None:
            self._told(self._done, self._total, what)

    def add(self, part: float, what: str) -> None:
        """Tell that a part is done."""
        self._done = min(self._done + part, self._total)
        self.doing(what)

    def end(self) -> None:
        """Tell that all is done."""
        self.add(self._total, "done")


def take_parts(n: int, size: int, take: Callable[[int], None], progress: Progress, what: str) -> bool:
    """Take n things in parts of a size until Ctrl-C, which is raised before the first part is done.

    Returns whether all were taken.
    """
    taken = 0
    progress.doing(what)
    try:
        while taken < n:
            count = min(size, n - taken)
            take(count)
            taken += count
            progress.add(count, what)
    except KeyboardInterrupt:
        if not taken:
            raise
        progress.doing("done")
        return False
    progress.doing("done")
    return True


class _Line:
    """A line on the standard error stream, written over and over, with the time left."""

    def __init__(self) -> None:
        self._begun = perf_counter()
        self._width = 0

    def __call__(self, done: float, total: float, what: str) -> None:
        share = done / total if total else 1.0
        text = f"{what}: {share:.0%}"
        if share >= 0.05:
            left = (perf_counter() - self._begun) * (1 - share) / share
            text += f", {_spoken(left)} left"
        if share >= 1:
            text = ""
        print(f"\r{text:<{self._width}}", end="\r" if share >= 1 else "", file=sys.stderr, flush=True)
        self._width = len(text)


def _spoken(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
