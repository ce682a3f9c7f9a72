"""How one column of a table becomes a feature."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

READINGS = ("numbers", "days", "days, day first", "days, month first", "hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """How one column becomes a feature, in the order in which it is done.

    Attributes
    ----------
    column : str
        The column of the table.
    name : str
        The feature: the column's name, or ``"log income"``.
    reads : str
        What the column is read as: "numbers"; dates as "days" since 1970-01-01 (where their order was
        found out, "days, day first" or "days, month first"); times as "hours".
    offset : int
        Taken off before the numbers become float64, so that differences of integers beyond 2^53 survive.
    fill : float or None
        What takes the place of a missing value, measured from the offset.
    log : bool
        Whether the natural logarithm is taken.
    scale : float or None
        What the feature is divided by; None for nothing.
    """

    column: str
    name: str = ""
    reads: str = "numbers"
    offset: int = 0
    fill: float | None = None
    log: bool = False
    scale: float | None = None

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", f"log {self.column}" if self.log else self.column)

    @property
    def measured_name(self) -> str:
        """The name of the feature as it is fitted and drawn: with the offset that was taken off."""
        if not self.offset:
            return self.name
        return f"{self.name} {'-' if self.offset > 0 else '+'} {abs(self.offset)}"


def feature_from(plain: Mapping[str, Any]) -> Feature:
    """Make a feature of plain values; a ValueError says what is wrong with them."""
    feature = Feature(**{**plain, "offset": int(plain["offset"])})
    numbers = [value for value in (feature.fill, feature.scale) if value is not None]
    texts = (feature.column, feature.name)
    if not all(isinstance(text, str) for text in texts) or not isinstance(feature.log, bool):
        raise ValueError("a feature has no name")
    if feature.reads not in READINGS:
        raise ValueError("a feature is read in an unknown way")
    if not all(isinstance(number, float) and math.isfinite(number) for number in numbers):
        raise ValueError("a number is not finite")
    if feature.scale is not None and feature.scale <= 0:
        raise ValueError("a scale is not positive")
    return feature
