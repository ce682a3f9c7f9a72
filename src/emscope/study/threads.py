"""What a study does many times, in several threads at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from emscope.engines.pool import NUMERICS
from emscope.engines.threads import threads_for

S = TypeVar("S")
T = TypeVar("T")


def in_threads(function: Callable[[S], T], items: Sequence[S], n_threads: int | None) -> Iterator[T]:
    """Apply a function to all items, several at once; results come in their order."""

    def alone(item: S) -> T:
        with np.errstate(**NUMERICS):
            return function(item)

    workers = threads_for(len(items), n_threads)
    if workers == 1:
        yield from map(alone, items)
        return
    pool = ThreadPoolExecutor(workers, thread_name_prefix="emscope")
    try:
        yield from pool.map(alone, items)
    finally:
        pool.shutdown(cancel_futures=True)
