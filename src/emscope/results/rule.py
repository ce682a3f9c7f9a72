"""Rules that people can read: a few conditions that tell the rows of a cluster from all others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emscope.columns import Array
from emscope.wording import one_line


@dataclass(frozen=True, slots=True)
class Condition:
    """A feature above a threshold, or not above it."""

    feature: int
    name: str
    above: bool
    threshold: float
    value: float | None = None
    """The value that is meant, of a feature that has only two."""
    log: bool = False
    """Whether the feature is the logarithm of the column that is named, whose threshold is told."""

    def holds(self, values: Array) -> Array:
        """Tell for which rows it holds, shape (n,)."""
        column = values[:, self.feature]
        column = np.exp(column) if self.log else column
        return np.asarray(column > self.threshold if self.above else column <= self.threshold)

    def __str__(self) -> str:
        name = one_line(self.name)
        if self.value is not None:
            return f"{name} = {written_out(self.value)}"
        return f"{name} {'>' if self.above else '≤'} {written_out(self.threshold)}"


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions that hold at once.

    >>> rule = Rule((Condition(0, "age", True, 30.0), Condition(1, "member", True, 0.5, 1.0)))
    >>> str(rule)
    'age > 30 and member = 1'
    >>> rule.selects(np.array([[31.0, 1.0], [30.0, 1.0], [45.0, 0.0]])).tolist()
    [True, False, False]
    """

    conditions: tuple[Condition, ...]
    finds_none: bool = False
    """Whether there is nothing to be selected: a cluster without rows."""

    def selects(self, values: Array) -> Array:
        """Tell which rows are selected, shape (n,), of rows in the units of the table."""
        selected = np.full(len(values), not self.finds_none)
        for condition in self.conditions:
            selected &= condition.holds(values)
        return selected

    def __str__(self) -> str:
        if self.finds_none:
            return "no row"
        return " and ".join(map(str, self.conditions)) or "every row"


def written_out(value: float) -> str:
    """Return a number with all its digits, so that who reads it selects the same rows.

    >>> [written_out(v) for v in (206.5, 1200.0, -0.1, 1e-7)]
    ['206.5', '1,200', '-0.1', '1e-07']
    """
    value = float(value)
    return f"{int(value):,}" if value.is_integer() and abs(value) < 1e15 else f"{value:,}"
