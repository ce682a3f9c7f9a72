"""A study without rows: what may be handed on of a study of rows that may not."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from emscope.columns import Array
from emscope.data.preparation import standard_deviations
from emscope.data.raw import LeftOut
from emscope.data.table import Table
from emscope.digits import DIGITS, rounded
from emscope.private import FEWEST, HIDDEN, without_rows
from emscope.report.study.answers import Study
from emscope.report.tables import sizes
from emscope.scene import Scene

_FEW = 3  # significant digits of a number that single rows have made


def hidden(study: Study) -> Study:
    """Return the same study without ids, values and examples of its table, and without a saved model.

    Rows are called by their numbers. Distances and margins are quantiles, from 0 for the smallest to 1;
    numbers have at most four digits, those of single rows three, and means of fewer than 5 rows are told to
    half a standard deviation. Columns that took no part are named and not counted, but for the label.
    """
    trace, table = without_rows(study.run.trace), _without_values(study.run.table)
    names = dict(zip(study.run.trace.feature_names, trace.feature_names, strict=True))
    return dataclasses.replace(
        study,
        run=dataclasses.replace(study.run, trace=trace, table=table, predict_proba=None),
        scene=Scene.from_trace(trace, options=study.scene.terms.options),
        profile=study.profile and _profile(study, names),
        rows=study.rows and _rows(study.rows, names),
        model=None,
    )


def _without_values(table: Table) -> Table:
    return dataclasses.replace(
        table,
        row_names=None,
        id_column=None,
        columns_left_out=tuple(LeftOut(left.name, "") for left in table.columns_left_out),
        categories=(),
        columns=tuple(
            dataclasses.replace(one, low=None, high=None, examples=(), action="", option="")
            for one in table.columns
        ),
        notes=(HIDDEN,),
    )


def _profile(study: Study, names: Mapping[str, str]) -> Any:
    found, table = study.profile, study.run.table
    assert study.run.labels is not None
    few = sizes(study.run.labels, study.k) < FEWEST
    deviations = standard_deviations(table.values, table.weights)
    differences = np.where(few[:, None], np.rint(2 * found.differences) / 2, found.differences)
    means = np.where(few[:, None], found.overall + differences * deviations, found.means)
    centers = np.where(few[:, None], means, found.centers)
    label = None if table.labels is None else table.labels.column
    return dataclasses.replace(
        found,
        feature_names=tuple(names[name] for name in found.feature_names),
        centers=rounded(centers),
        means=rounded(means),
        overall=rounded(found.overall),
        differences=rounded(differences),
        levels=rounded(found.levels, _FEW),
        rules=tuple(_rule(rule, names) for rule in found.rules),
        left_out=tuple(one for one in found.left_out if one.column == label),
    )


def _rule(rule: Any, names: Mapping[str, str]) -> Any:
    conditions = (
        dataclasses.replace(
            one,
            name=names[one.name],
            threshold=float(rounded(one.threshold, _FEW)),
            value=None if one.value is None else float(rounded(one.value, _FEW)),
        )
        for one in rule.conditions
    )
    return dataclasses.replace(rule, conditions=tuple(conditions))


def _rows(rows: Any, names: Mapping[str, str]) -> Any:
    log_density = None if rows.log_density is None else _quantiles(rows.log_density)
    return dataclasses.replace(
        rows,
        distance=_quantiles(rows.distance),
        margin=_quantiles(rows.margin),
        silhouette=None if rows.silhouette is None else rounded(rows.silhouette, _FEW),
        log_density=log_density,
        certainty=None if rows.certainty is None else rounded(rows.certainty, _FEW),
        oddness=rounded(rows.oddness, _FEW),
        codes=tuple(_renamed(code, names) for code in rows.codes if _is_short(code)),
        coded=tuple(
            dataclasses.replace(one, code=_renamed(one.code, names))
            for one in rows.coded
            if _is_short(one.code)
        ),
        oddities=tuple(
            dataclasses.replace(
                _renamed(one, names),
                value=float(rounded(one.value, _FEW)),
                middle=float(rounded(one.middle, _FEW)),
            )
            for one in rows.oddities
        ),
        id_column=None,
        names=None,
    )


def _renamed(one: Any, names: Mapping[str, str]) -> Any:
    return dataclasses.replace(one, feature=names[one.feature])


def _is_short(code: Any) -> bool:
    """Tell whether a code has so few digits that it may be told."""
    return bool(rounded(code.value, DIGITS) == code.value)


def _quantiles(values: Array) -> Array:
    """Return the share of the values that are smaller than each, to three digits; NaN where there is none."""
    ordered = np.sort(values[~np.isnan(values)])
    shares = np.searchsorted(ordered, values) / max(len(ordered) - 1, 1)
    return np.where(np.isnan(values), np.nan, np.round(np.minimum(shares, 1.0), _FEW))
