"""The parameters of a study of the number of clusters, checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from emscope.errors import DataError
from emscope.models.covariances import COVARIANCE_TYPES
from emscope.study.progress import Told

_MOST = 2**31 - 1


class KParameters(NamedTuple):
    """What a study of the number of clusters goes by."""

    ks: tuple[int, ...]
    covariance_types: tuple[str, ...]
    n_init: int | str
    n_reference: int
    seed: int
    n_threads: int | None
    progress: bool | Told

    def seeded(self, *path: int) -> np.random.RandomState:
        """Return the source of the draws of one task, whatever else is drawn."""
        sequence = np.random.SeedSequence((self.seed, *path))
        return np.random.RandomState(np.random.MT19937(sequence))

    def seed_of(self, *path: int) -> int:
        """Return an integer for the ``random_state`` of one task."""
        return int(self.seeded(*path).randint(_MOST))


def checked_parameters(
    ks: Iterable[int],
    covariance_types: Sequence[str],
    n_init: int | str,
    n_reference: int,
    random_state: Any,
    n_threads: int | None,
    progress: bool | Told,
) -> KParameters:
    """Check the parameters."""
    if not (progress is True or progress is False or callable(progress)):
        raise DataError(f"progress must be True, False or a callable, not {progress!r}.")
    if not _is_whole(n_reference) or n_reference < 0 or n_reference == 1:
        raise DataError(f"n_reference must be 0, or an integer from 2 on, not {n_reference!r}.")
    seed = int(check_random_state(random_state).randint(_MOST))
    types = _types(covariance_types)
    return KParameters(_numbers(ks), types, n_init, int(n_reference), seed, n_threads, progress)


def _numbers(ks: Iterable[int]) -> tuple[int, ...]:
    if isinstance(ks, str) or not isinstance(ks, Iterable):
        raise DataError(f"ks must be numbers of clusters, such as range(1, 11), not {ks!r}.")
    numbers = list(ks)
    for k in numbers:
        if not _is_whole(k) or k < 1:
            raise DataError(f"ks must be integers from 1 on, such as range(1, 11): {k!r} is none.")
    if not numbers:
        raise DataError("ks is empty: give the numbers of clusters to try, such as range(1, 11).")
    return tuple(sorted({int(k) for k in numbers}))


def _types(covariance_types: Sequence[str]) -> tuple[str, ...]:
    types = (covariance_types,) if isinstance(covariance_types, str) else tuple(covariance_types)
    known = ", ".join(map(repr, COVARIANCE_TYPES))
    unknown = [name for name in types if name not in COVARIANCE_TYPES]
    if unknown or not types:
        raise DataError(f"covariance_types must be some of {known}, not {covariance_types!r}.")
    return tuple(dict.fromkeys(types))


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool | np.bool_)
