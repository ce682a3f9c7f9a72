"""The files beside a study's page: the answers as tables, and all of it as data."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pyarrow as pa

from emscope.data.content.column_report import listing
from emscope.digits import in_few_digits
from emscope.report.study.answers import Study
from emscope.report.study.closing import versions
from emscope.report.study.private import NOTE
from emscope.report.table_files import Columns
from emscope.report.tables import per_row

_MOST_ROWS = 1000  # that are named in the answers as data


def choose_k_table(study: Study) -> Columns:
    """One row per k and criterion."""
    return _of_arrow(study.choice.table)


def profile_table(study: Study) -> Columns | None:
    """One row per cluster and feature: what ``clusters.csv`` of a run has, and the feature's share."""
    return None if study.profile is None else _of_arrow(study.profile.table)


def rows_table(study: Study) -> Columns | None:
    """One row per row of the table, in its order; nothing where the row was left out."""
    labels, found = study.run.labels, study.rows
    if labels is None:
        return None
    figures = {"cluster": labels}
    if found is not None:
        wanted = {
            "distance": found.distance,
            "next cluster": found.next_cluster,
            "margin": found.margin,
            "simplified silhouette": found.silhouette,
            "log density": found.log_density,
            "certainty": found.certainty,
        }
        figures |= {name: values for name, values in wanted.items() if values is not None}
    return per_row(study.run.table, figures)


def answers(study: Study) -> bytes:
    """Return settings, answers, what was left out and how to repeat it, as JSON."""
    table, trace = study.run.table, study.run.trace
    content = {
        "data": study.run.name,
        "k": study.k,
        "found": study.choice.k,
        "verdict": study.choice.verdict,
        "shown as a convenience": not study.is_finding,
        "votes": dict(study.choice.votes),
        "settings": {
            "model": study.asked.model,
            "k": list(study.asked.ks),
            "seed": study.asked.seed,
            "standardized": table.preparation.scale is not None,
            **dict(trace.settings),
        },
        "versions": versions(),
        "repeat": study.asked.command,
        "doubts": study.scene.doubts,
        "answers": {
            name: {"sentence": answer.sentence, "table": answer.table.to_pylist()}
            for name, answer in study.answers.items()
            if name != "rows"  # whose table is a file of its own
        },
        "odd rows": _odd_rows(study),
        "clusters": [] if study.profile is None else list(study.profile.sentences),
        "rows": {
            "in the table": table.n_rows,
            "clustered": len(table.kept),
            "left out": [
                {"reason": left.reason, "count": left.count, "first rows": list(left.first_rows)}
                for left in table.rows_left_out
            ],
        },
        "columns": listing(table.columns),
        "notes": list(table.notes),
    }
    if trace.private:
        content = in_few_digits(_plain({**content, "notes": [NOTE], "private": True}))
    return (json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _of_arrow(arrow: pa.Table) -> Columns:
    columns = zip(arrow.column_names, arrow.columns, strict=True)
    return Columns.of({name: column.combine_chunks() for name, column in columns})


def _odd_rows(study: Study) -> dict[str, Any] | None:
    """Say which rows of the table, counted from 1, are odd or undecided, and which values look like codes."""
    rows = study.rows
    if rows is None:
        return None
    named = {"odd": rows.odd, "undecided": rows.border}
    return {
        "sentence": rows.sentence,
        "codes": [{"feature": one.feature, "value": one.value, "count": one.count} for one in rows.codes],
        **{name: (study.run.table.kept[found[:_MOST_ROWS]] + 1).tolist() for name, found in named.items()},
    }


def _plain(value: Any) -> Any:
    """Return plain JSON values; a number that is none is nothing."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value
