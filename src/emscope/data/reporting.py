"""The last word about every column, once it is known which are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy.typing as npt

from emscope.data.column_report import ColumnReport
from emscope.data.preparation import Feature, Preparation
from emscope.data.ranges import Ranges
from emscope.data.table import LeftOut, Raw

Array = npt.NDArray[Any]


def finished(
    raw: Raw, columns: Array, left_out: Sequence[LeftOut], preparation: Preparation, ranges: Ranges
) -> tuple[ColumnReport, ...]:
    """Complete the reports of a table, once it is known which of its columns are kept.

    Parameters
    ----------
    raw : Raw
        With a report for every column of the source.
    columns : ndarray of int
        Its features that are kept.
    left_out : sequence of LeftOut
        All columns that are not.
    preparation : Preparation
        What is done with those that are.
    ranges : Ranges
        Of all features.

    Returns
    -------
    tuple of ColumnReport
    """
    reports = list(raw.reports)
    reasons = {one.name: one.reason for one in left_out}
    kept = {int(i): preparation.features[nth] for nth, i in enumerate(columns)}
    for j, place in enumerate(raw.places):
        low, high = (
            None if ranges.low[j] > ranges.high[j] else _end(raw, j, end)
            for end in (ranges.low[j], ranges.high[j])
        )
        seen = replace(reports[place], low=low, high=high, n_missing=int(ranges.missing[j]))
        if j in kept:
            option = "columns=" if raw.asked else "exclude="
            reports[place] = replace(seen, action=_told(kept[j], seen), option=option)
        else:
            reason = reasons.get(raw.names[j], "")
            kind = "constant" if reason.startswith("constant") else "empty"
            option = "columns=" if kind == "constant" else ""
            reports[place] = replace(seen, kind=kind, action=f"left out: {reason}", option=option)
    return tuple(reports)


def _end(raw: Raw, feature: int, value: float) -> int | float:
    offset = 0 if raw.offsets is None else raw.offsets[feature]
    return offset + int(value) if offset else float(value)


def _told(feature: Feature, seen: ColumnReport) -> str:
    """Say what is done with a feature."""
    done = ["kept as 0 and 1" if seen.kind == "booleans" else "kept"]
    if feature.reads != "numbers":
        unit = "hours after midnight" if feature.reads == "hours" else "days since 1970-01-01"
        done.append(f"as {unit}")
    if feature.offset:
        done.append(f"measured from {feature.offset}")
    if feature.fill is not None and seen.n_missing:
        done.append(f"missing values filled with {feature.fill + feature.offset:.6g}")
    if feature.log:
        done.append(f"as {feature.name}")
    if feature.scale is not None:
        done.append(f"divided by {feature.scale:.6g}")
    return ", ".join(done)
