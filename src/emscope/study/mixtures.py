"""Many fits of mixtures, several at once."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import suppress

from emscope.events import EventError
from emscope.study import many


def fit_each(fit: Callable[[int], None], n: int, n_threads: int | None) -> None:
    """Call ``fit(i)`` for each of n mixtures; pass over those that cannot be fitted, and tell no doubts."""

    def fit_part(part: slice) -> None:
        for i in range(part.start, part.stop):
            with suppress(EventError):
                fit(i)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ends are compared, not believed
        for _ in many.in_parts(fit_part, n, n_threads):
            pass
