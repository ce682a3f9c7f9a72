"""Which features made the difference between clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from emscope.columns import Array
from emscope.contrasts import Contrasts, contrasts, divided, two_values
from emscope.data.preparation import standard_deviations
from emscope.data.table import Table
from emscope.errors import DataError
from emscope.estimators.hard import HardEstimator
from emscope.estimators.offers import Model, centers_of, points_of
from emscope.results.profile import Distributions, Divided, Profile
from emscope.results.rule import Rule
from emscope.study.crossing import crossings
from emscope.study.given import Given
from emscope.study.rules import rules_of

_DRAWN, _BINS = 12, 40
_FAR = 0.002  # of the rows at either end of a feature that histograms need not reach


def profile(
    model: Model, X: Any, *, feature_names: Any = None, left_out: Any = None, sample_weight: Any = None
) -> Profile:
    r"""Say which features made the difference between the clusters of a fitted model.

    With :math:`m_{cj}` the mean of feature j in cluster c, :math:`m_j` its mean in all rows and :math:`W_c`
    the weight of the cluster, feature j has the share

    .. math:: \sum_c W_c (m_{cj} - m_j)^2 \Big/ \sum_{c,i} W_c (m_{ci} - m_i)^2

    of the sum of squares between clusters, in the units that the model was fitted in (of spherical k-means:
    of unit vectors). Divided by the feature's own sum of squares about :math:`m_j` its part is eta squared,
    how much of its variance the clusters explain. Both are exact; rows belong to the cluster that
    ``model.predict`` says, also of a mixture.

    The rows that are described have made the clusters, so that differences are large by construction: no test
    of significance applies to them.

    Parameters
    ----------
    model : KMeans, SphericalKMeans or GaussianMixture
        A fitted one.
    X : Table, array-like or data frame of shape (n, d)
        The rows. Of a table the model was fitted to ``X.matrix``, and results are in the units of
        ``X.values``.
    feature_names : sequence of str, optional
        What features are called; by default as X calls them.
    left_out : data frame or mapping of str to array-like of shape (n,), optional
        Further columns that took no part; of a table they may have a value for each of its rows, those among
        them that were left out. Its label column and its columns of a few words are taken, too.
    sample_weight : array-like of shape (n,), optional
        Weight of each row; by default that of the table.

    Returns
    -------
    Profile

    Raises
    ------
    ValueError
        The rows cannot be used, or names or columns are not as many as there are features or rows.

    References
    ----------
    J. Cohen, Statistical Power Analysis for the Behavioral Sciences, 2nd ed. (1988), 8.2: eta squared.

    Examples
    --------
    >>> from emscope import KMeans, datasets, study
    >>> table = datasets.penguins().standardized()
    >>> model = KMeans(3, random_state=0).fit(table.matrix)
    >>> found = study.profile(model, table)
    >>> print(found.sentences[0][:94])
    cluster 0 (123 rows, 36 %): flipper_length_mm 217.2 on average against 200.9 of all rows (+1.2
    >>> print(found.rules[0])
    flipper_length_mm > 206 and bill_depth_mm ≤ 17.6
    >>> found.shares.round(3).tolist()
    [0.249, 0.238, 0.277, 0.236]
    """
    given = Given.of(X, sample_weight)
    table = X if isinstance(X, Table) else None
    every = np.asarray(model.predict(X if table is None else given.matrix))
    weights = np.ones(len(every)) if given.weights is None else given.weights.astype(np.float64)
    k, d = centers_of(model).shape
    counting = slice(None) if (weights > 0).all() else weights > 0
    labels, w, values = every[counting], weights[counting], given.values[counting]
    points = points_of(model, given.matrix)
    names = given.measured_names if feature_names is None else _names(feature_names, d)
    in_table = contrasts(values, labels, k, w)
    in_fit = in_table if points is given.values else contrasts(points[counting], labels, k, w)
    shares = _shares(_between(in_fit))
    levels = np.array([two_values(column) for column in values.T])
    logs = {} if feature_names is not None else given.logs
    rules, fidelity = _rules(values, labels, w, k, names, levels, logs)
    return Profile(
        feature_names=tuple(names),
        sizes=np.bincount(every, minlength=k),
        weights=in_table.masses,
        shares=shares,
        variances=_shares(_variances(points[counting], w)),
        explained=np.where(np.ptp(values, axis=0) > 0, in_table.explained, np.nan),
        centers=_in_table_units(centers_of(model), model, table),
        means=in_table.mean,
        overall=in_table.overall,
        differences=in_table.deviations,
        ranks=in_table.rank,
        levels=levels,
        rules=rules,
        fidelity=fidelity,
        left_out=crossings(left_out, table, every, k, weights),
        divided=tuple(Divided(*found) for found in divided(in_fit.mean, in_table.mean, levels)),
        distributions=_distributions(values, labels, w, k, shares),
        logs=logs,
    )


def _names(feature_names: Any, d: int) -> tuple[str, ...]:
    names = tuple(map(str, feature_names))
    if len(names) != d:
        raise DataError(f"feature_names has {len(names):,} names, and there are {d:,} features.")
    return names


def _between(found: Contrasts) -> Array:
    """Return the sum of squares of every feature between clusters, in units of the largest difference."""
    largest = float(np.nanmax(np.abs(found.difference)))
    squares = np.nan_to_num(found.difference / (largest if largest > 0 else 1.0)) ** 2
    return np.asarray((found.masses[:, None] / found.masses.sum() * squares).sum(axis=0))


def _variances(points: Array, weights: Array) -> Array:
    """Return the variance of every feature, in units of the largest."""
    spread = np.where(np.ptp(points, axis=0) > 0, standard_deviations(points, weights), 0.0)
    largest = float(spread.max())
    return np.asarray((spread / (largest if largest > 0 else 1.0)) ** 2)


def _shares(parts: Array) -> Array:
    total = float(parts.sum())
    return parts / total if total > 0 else np.full_like(parts, np.nan)


def _in_table_units(centers: Array, model: Model, table: Table | None) -> Array:
    scale = None if table is None else table.preparation.scale
    is_in_units = isinstance(model, HardEstimator) and bool(model._model.card.points)
    return centers.astype(np.float64) if scale is None or is_in_units else centers * scale


def _rules(
    values: Array,
    labels: Array,
    weights: Array,
    k: int,
    names: Sequence[str],
    levels: Array,
    logs: Mapping[int, str],
) -> tuple[tuple[Rule, ...], Array]:
    """Find rules, those about logarithms in the units of their columns."""
    if logs:
        values, levels, features = values.copy(), levels.copy(), list(logs)
        values[:, features], levels[features] = np.exp(values[:, features]), np.exp(levels[features])
        names = [logs.get(j, name) for j, name in enumerate(names)]
    rules, fidelity = rules_of(values, labels, weights, np.bincount(labels, minlength=k), names, levels)
    told = tuple(
        replace(rule, conditions=tuple(replace(one, log=one.feature in logs) for one in rule.conditions))
        for rule in rules
    )
    return told, fidelity


def _distributions(values: Array, labels: Array, weights: Array, k: int, shares: Array) -> Distributions:
    """Return histograms of the features with the largest shares; what is beyond is in the ends."""
    features = np.argsort(-np.nan_to_num(shares), kind="stable")[:_DRAWN]
    edges, masses = np.empty((len(features), _BINS + 1)), np.empty((k, len(features), _BINS))
    for i, j in enumerate(features):
        column = values[:, j]
        edges[i] = np.linspace(*_ends(column), _BINS + 1)
        places = np.searchsorted(edges[i, 1:-1], column, side="right")
        masses[:, i] = np.bincount(labels * _BINS + places, weights, minlength=k * _BINS).reshape(k, _BINS)
    return Distributions(features, edges, masses)


def _ends(column: Array) -> tuple[float, float]:
    """Return between which values nearly all lie, so that a few far ones do not hide the others."""
    low, high = np.quantile(column, (_FAR, 1 - _FAR))
    return (float(low), float(high)) if low < high else (float(column.min()), float(column.max()))
