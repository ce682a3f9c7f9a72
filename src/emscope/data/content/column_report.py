"""What is said of every column of a table: what it is, and what is done with it and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

# what is done with columns that have a part of their own, and the option that says so
NAMES = ("names the rows, as asked", "id_column=")
LABELS = ("labels the rows, as asked; never clustered", "label_column=")
WEIGHS = ("weighs the rows, as asked", "weights_column=")
NOT_ASKED = ("left out: not among the columns that were asked for", "columns=")

_EXAMPLES, _LOOKED_AT, _LONGEST = 3, 1000, 40


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """One column of a table, as it was found.

    Attributes
    ----------
    name : str
        The column.
    kind : str
        What it holds: "numbers", "whole numbers", "booleans", "row numbers", "identifiers", "calendar
        years", "timestamps", "dates", "times", "categories", "text", "constant", "index", "empty", "other",
        or "not read" where only other columns were asked for.
    n_missing : int or None
        Rows without a value; None where it was not read.
    low, high : int, float, str or None
        The range of what is there, in the units of the table.
    examples : tuple of str
        Three values.
    action : str
        What is done with it, and why.
    option : str
        What changes that, as a keyword of :func:`emscope.read_table`.
    """

    name: str
    kind: str
    n_missing: int | None = None
    low: Any = None
    high: Any = None
    examples: tuple[str, ...] = ()
    action: str = ""
    option: str = ""

    @property
    def kept(self) -> bool:
        """Whether it has a part in the table: a feature, or names, labels or weights of rows."""
        return not self.action.startswith("left out")


def examples(column: Any) -> tuple[str, ...]:
    """Show the first few different values of an Arrow column."""
    values = column[:_LOOKED_AT].to_pylist()
    return shown(value for value in values if value is not None)


def shown(values: Any) -> tuple[str, ...]:
    """Show the first few different ones of some values, each on a short line."""
    found: dict[str, None] = {}
    for value in values:
        text = " ".join((f"{value:.6g}" if isinstance(value, float) else str(value)).split())
        found.setdefault(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")
        if len(found) == _EXAMPLES:
            break
    return tuple(found)


def bounds(column: Any) -> tuple[Any, Any]:
    """Return the smallest and largest value of an Arrow column of dates, as text."""
    found = pc.min_max(column).as_py()
    low, high = (None if found[end] is None else str(found[end]) for end in ("min", "max"))
    return low, high


def listing(reports: Sequence[ColumnReport]) -> list[dict[str, Any]]:
    """Return reports as plain JSON values."""
    return [
        {
            "name": one.name,
            "kind": one.kind,
            "missing": one.n_missing,
            "low": one.low,
            "high": one.high,
            "examples": list(one.examples),
            "action": one.action,
            "option": one.option,
        }
        for one in reports
    ]
