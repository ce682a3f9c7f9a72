"""What a criterion is: a number for every k, what it takes for granted, and and which way is better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emscope.columns import Array


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """The numbers of one criterion."""

    values: Array
    """One for each k; NaN where there is none."""
    errors: Array
    """Their standard errors; NaN where they are no estimates."""

    @classmethod
    def none(cls, count: int) -> Scores:
        """Return scores of which no value is known."""
        return cls(np.full(count, np.nan), np.full(count, np.nan))


@dataclass(frozen=True, slots=True)
class Criterion:
    """A way to tell how well k clusters fit."""

    name: str
    better: str
    """``"higher"`` or ``"lower"``."""
    asks: str
    """The question that it answers."""
    assumes: str
    """What clusters it expects, and so where it misleads."""
    source: str
    decides: bool = True
    """Whether it has a vote, and is not only shown."""


def best(ks: Array, scores: Scores, sign: float = 1.0) -> int | None:
    """Vote for the k with the highest value, the first of several; for the lowest with ``sign`` -1."""
    values = sign * scores.values
    if not np.isfinite(values).any():
        return None
    return int(ks[np.nanargmax(values)])


def lowest(ks: Array, scores: Scores) -> int | None:
    """Vote for the k with the lowest value."""
    return best(ks, scores, -1.0)
