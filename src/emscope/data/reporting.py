"""The last word about every column, once it is known which are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from emscope.columns import Array
from emscope.data.content.column_report import ColumnReport
from emscope.data.content.ranges import Ranges
from emscope.data.feature import Feature
from emscope.data.preparation import Preparation
from emscope.data.raw import LeftOut, Raw


def complete_reports(
    raw: Raw, columns: Array, left_out: Sequence[LeftOut], preparation: Preparation, ranges: Ranges
) -> tuple[ColumnReport, ...]:
    """Complete the reports of a table, once it is known which of its columns (``columns``) are kept."""
    reports = list(raw.reports)
    reasons = {one.name: one.reason for one in left_out}
    kept_by = "columns=" if raw.asked else "exclude="
    kept = {int(i): preparation.features[nth] for nth, i in enumerate(columns)}
    for j, (place, feature) in enumerate(zip(raw.places, raw.features, strict=True)):
        report = reports[place]
        seen: dict[str, Any] = {"n_missing": int(ranges.missing[j])}
        if ranges.low[j] <= ranges.high[j]:
            seen |= {"low": _end(feature, ranges.low[j]), "high": _end(feature, ranges.high[j])}
        if j in kept:
            action = _action(kept[j], report.kind, seen["n_missing"])
            reports[place] = replace(report, action=action, option=kept_by, **seen)
        else:
            reason = reasons.get(feature.column, "")
            kind, option = ("constant", "columns=") if reason.startswith("constant") else ("empty", "")
            reports[place] = replace(report, kind=kind, action=f"left out: {reason}", option=option, **seen)
    return tuple(reports)


def _end(feature: Feature, value: float) -> int | float:
    return feature.offset + int(value) if feature.offset else float(value)


def _action(feature: Feature, kind: str, n_missing: int) -> str:
    """Say what is done with a feature."""
    done = ["kept as 0 and 1" if kind == "booleans" else "kept"]
    if feature.reads != "numbers":
        unit = "hours after midnight" if feature.reads == "hours" else "days since 1970-01-01"
        done.append(f"as {unit}")
    if feature.offset:
        done.append(f"measured from {feature.offset}")
    if feature.fill is not None and n_missing:
        done.append(f"missing values filled with {feature.fill + feature.offset:.6g}")
    if feature.log:
        done.append(f"as {feature.name}")
    if feature.scale is not None:
        done.append(f"divided by {feature.scale:.6g}")
    return ", ".join(done)
