"""A study without rows: what may be handed on of a study of rows that may not."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from emscope.columns import Array
from emscope.data.raw import LeftOut
from emscope.data.table import Table
from emscope.digits import DIGITS, rounded
from emscope.private import FEWEST, HIDDEN, Blur, without_rows
from emscope.report.study.answers import Study
from emscope.report.tables import sizes
from emscope.scene import Scene
from emscope.trace import Trace

NOTE = (
    f"This study is private. {HIDDEN} Rows are called by their numbers, distances are told as quantiles, "
    f"values of a column that fewer than {FEWEST} rows have are not named, and points in the player are none "
    "of the table's rows."
)
"""What a reader has to know of a study without rows."""

_FEW = 3  # significant digits of a number that single rows have made
_SURE = 2  # of how sure a row's cluster is
_LONG = DIGITS + 1  # digits of a name, from which on it may be a value


def hidden(study: Study) -> Study:
    """Return the same study without ids, values and examples of its table, and without a saved model.

    Rows are called by their numbers. Distances and margins are quantiles, from 0 for the smallest to 1;
    numbers have at most four digits, those of rules and of single rows three, and values of single rows and
    means of fewer than 5 rows are told to half a standard deviation. Values of columns that took no part are
    named where 5 rows or more have them.
    """
    trace, table = without_rows(study.run.trace), study.run.table
    told = _Told(table, trace, _few(study))
    return dataclasses.replace(
        study,
        run=dataclasses.replace(study.run, trace=trace, table=_without_values(table), predict_proba=None),
        scene=Scene.from_trace(trace, options=study.scene.terms.options),
        choice=told.choice(study.choice),
        stability=study.stability and dataclasses.replace(study.stability, starts=np.empty(0)),
        optima=study.optima and told.optima(study.optima),
        profile=study.profile and told.profile(study.profile),
        rows=study.rows and told.rows(study.rows),
        comparison=study.comparison and told.comparison(study.comparison),
        model=None,
    )


def _few(study: Study) -> Array:
    """Tell which clusters have too few rows."""
    assert study.run.labels is not None  # a study ends with a fit
    return sizes(study.run.labels, study.k) < FEWEST


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
        notes=(),
    )


class _Told:
    """What may be told of each answer about a table."""

    def __init__(self, table: Table, trace: Trace, few: Array) -> None:
        self._trace, self._names, self._few = trace, trace.feature_names, few
        self._renamed = dict(zip(table.measured_names, self._names, strict=True))
        self._blur, self._weighted = Blur(table.values), table.weights is not None

    def choice(self, found: Any) -> Any:
        """Leave out the fits, and where along the principal component single rows lie."""
        gram = found.clustergram
        means = [float((s * p)[s > 0].sum()) for s, p in zip(gram.sizes, gram.positions, strict=True)]
        spread = max(
            float(np.sqrt((s * (p - m) ** 2)[s > 0].sum()))
            for s, p, m in zip(gram.sizes, gram.positions, means, strict=True)
        )
        blur, n = Blur(np.array([[-spread], [spread]])), found.n_rows
        positions = (
            blur(p[:, None], np.nan_to_num(s) * n < FEWEST)[:, 0]
            for s, p in zip(gram.sizes, gram.positions, strict=True)
        )
        gram = dataclasses.replace(gram, positions=tuple(positions))
        return dataclasses.replace(found, clustergram=gram, models={}, by_covariance_type={})

    def optima(self, found: Any) -> Any:
        """Tell centers of few rows to half a standard deviation, and no start."""
        k, blur = found.centers.shape[1], Blur(np.stack([-found.unit, found.unit]))
        every = np.ones(k, bool)
        counted = [np.bincount(labels, minlength=k)[:k] < FEWEST for labels in found.labels]
        few = [*counted, *[every] * (len(found.centers) - len(counted))]
        centers = [blur(end, own) for end, own in zip(found.centers, few, strict=True)]
        return dataclasses.replace(found, centers=np.stack(centers), starts=np.empty(0))

    def profile(self, found: Any) -> Any:
        """Round means and rules, and name what many rows have."""
        drawn = found.distributions
        masses = np.where(self._few[:, None, None], 0.0, drawn.masses)
        return dataclasses.replace(
            found,
            feature_names=self._names,
            weights=rounded(found.weights),
            centers=self._trace.steps[-1].parameters[self._trace.card.location],
            means=self._blur(found.means, self._few),
            overall=rounded(found.overall),
            differences=np.where(self._few[:, None], np.rint(2 * found.differences) / 2, found.differences),
            levels=rounded(found.levels),
            rules=tuple(self._rule(rule) for rule in found.rules),
            left_out=() if self._weighted else tuple(map(_crossing, found.left_out)),
            distributions=dataclasses.replace(drawn, masses=masses),
        )

    def rows(self, found: Any) -> Any:
        """Tell distances as quantiles, codes that are short, and strange values to half a deviation."""
        log_density = None if found.log_density is None else _quantiles(found.log_density)
        short = [code for code in found.codes if rounded(code.value) == code.value]
        return dataclasses.replace(
            found,
            distance=_quantiles(found.distance),
            margin=_quantiles(found.margin),
            silhouette=None if found.silhouette is None else rounded(found.silhouette, _SURE),
            log_density=log_density,
            certainty=None if found.certainty is None else rounded(found.certainty, _SURE),
            oddness=rounded(found.oddness, _FEW),
            codes=tuple(self._named(code) for code in short),
            coded=tuple(
                dataclasses.replace(one, code=self._named(one.code))
                for one in found.coded
                if one.code in short
            ),
            oddities=tuple(map(self._oddity, found.oddities)),
            id_column=None,
            names=None,
        )

    def comparison(self, found: Any) -> Any:
        """Name the values of the label that many rows have."""
        names = _told_apart(found.names_b, found.contingency.sum(axis=0))
        return dataclasses.replace(found, names_b=names)

    def _named(self, one: Any) -> Any:
        return dataclasses.replace(one, feature=self._renamed.get(one.feature, one.feature))

    def _oddity(self, one: Any) -> Any:
        """Round a value and the middle of its cluster as centers of few rows are."""
        names = list(self._renamed)
        if one.feature not in names:
            return dataclasses.replace(one, value=float("nan"), middle=float("nan"))
        j, line = names.index(one.feature), np.zeros((2, len(names)))
        line[:, j] = one.value, one.middle
        value, middle = rounded(self._blur(line, np.ones(2, bool))[:, j], _FEW).tolist()
        if one.log_of is not None:
            value, middle = rounded(np.exp([value, middle]), _FEW).tolist()
            return dataclasses.replace(one, feature=one.log_of, value=value, middle=middle, log_of=None)
        return self._named(dataclasses.replace(one, value=value, middle=middle))

    def _rule(self, rule: Any) -> Any:
        conditions = (
            dataclasses.replace(
                one,
                name=one.name if one.log else self._names[one.feature],
                threshold=float(rounded(one.threshold, _FEW)),
                value=None if one.value is None else float(rounded(one.value)),
            )
            for one in rule.conditions
        )
        return dataclasses.replace(rule, conditions=tuple(conditions))


def _crossing(one: Any) -> Any:
    return dataclasses.replace(one, categories=_told_apart(one.categories, one.masses.sum(axis=0)))


def _told_apart(names: Sequence[str], rows: Array) -> tuple[str, ...]:
    """Replace names of too few rows, and those that may be long numbers, by numbers.

    >>> _told_apart(["Graz", "Wien", "123456"], np.array([4, 5, 6]))
    ('unnamed 1', 'Wien', 'unnamed 3')
    """
    return tuple(
        f"unnamed {i}" if count < FEWEST or len(re.sub(r"\D", "", name).strip("0")) >= _LONG else name
        for i, (name, count) in enumerate(zip(names, rows.tolist(), strict=True), start=1)
    )


def _quantiles(values: Array) -> Array:
    """Return the share of the values that are smaller than each, to three digits; NaN where there is none."""
    ordered = np.sort(values[~np.isnan(values)])
    shares = np.searchsorted(ordered, values) / max(len(ordered) - 1, 1)
    return np.where(np.isnan(values), np.nan, np.round(np.minimum(shares, 1.0), _FEW))
