"""The settings and the result of a run, in one file."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

import numpy as np

from emscope.data.content.column_report import listing
from emscope.digits import in_few_digits
from emscope.events import Terms, worded
from emscope.private import HIDDEN
from emscope.report.tables import Result, sizes
from emscope.trace import Step


def summary(result: Result, terms: Terms) -> dict[str, Any]:
    """Return the settings and the result of a run, as plain JSON values; no value of a row if private."""
    told = _summary(result, terms)
    if not result.trace.private:
        return told
    columns = told["columns"]
    columns["left out"] = [{"name": left["name"]} for left in columns["left out"]]
    columns["all"] = [{name: one[name] for name in ("name", "kind", "missing")} for one in columns["all"]]
    return {**in_few_digits(told), "notes": [HIDDEN], "preparation": None}


def _summary(result: Result, terms: Terms) -> dict[str, Any]:
    trace, table = result.trace, result.table
    return {
        "data": result.name,
        "model": trace.card.name,
        "converged": trace.converged,
        "doubts": [worded(event, terms) for event in trace.doubts],
        "maximization steps": sum(step.phase == "maximization" for step in trace.steps),
        "objective": trace.steps[-1].objective,
        "settings": dict(trace.settings),
        "versions": {
            "emscope": version("emscope"),
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "rows": {
            "in the table": table.n_rows,
            "clustered": trace.n_samples + trace.n_left_out,
            "of weight 0": trace.n_left_out,
            "left out": [
                {"reason": left.reason, "count": left.count, "first rows": list(left.first_rows)}
                for left in table.rows_left_out
            ],
        },
        "columns": {
            "features": list(trace.feature_names),
            "id": table.id_column,
            "weights": table.weights_column,
            "left out": [{"name": left.name, "reason": left.reason} for left in table.columns_left_out],
            "all": listing(table.columns),
        },
        "notes": list(table.notes),
        "preparation": table.preparation.to_dict(),
        "standardized": table.preparation.scale is not None,
        "scale": None if table.preparation.scale is None else table.preparation.scale.tolist(),
        "sizes": None if result.labels is None else sizes(result.labels, trace.n_clusters).tolist(),
        "half-steps": [_half_step(step, terms) for step in trace.steps],
        "restarts": [{"objective": restart.objectives.tolist()} for restart in trace.restarts],
    }


def _half_step(step: Step, terms: Terms) -> dict[str, Any]:
    return {
        "phase": step.phase,
        "iteration": step.iteration,
        "objective": step.objective,
        "counts": None if step.counts is None else step.counts.tolist(),
        "moved": step.moved,
        "largest shift": None if step.shift is None else float(step.shift.max()),
        "events": [
            {"kind": event.kind, "cluster": event.cluster, "message": worded(event, terms)}
            for event in step.events
        ],
        "seconds": round(step.seconds, 6),
    }
