"""A run without rows: what can be handed on of a run on rows that may not.

:func:`without_rows` makes a trace that has the half-steps of another one and no row of its data. Pictures,
pages and tables of such a trace have none either, because they are made of it alone:

- Points are drawn at random from the mean and the covariance of each final cluster; their labels at every
  half-step follow from the parameters.
- Every number has at most :data:`emscope.digits.DIGITS` = 4 significant digits, wherever it stands. So no
  value of five digits or more is in it, in whatever format one looks for it.
- What may stand for fewer than :data:`FEWEST` = 5 rows is rounded to half a standard deviation of its
  feature: where runs begin (k-means++ begins at rows), and centers of clusters of so few rows.
- Names of rows, the preparation (medians and offsets are values of the table) and all text but names of
  features, settings and kinds of events are left out.

Counts are kept, and numbers of rows in events. This hides rows from readers; it is no differential privacy.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from emscope.card import ModelCard
from emscope.columns import Array
from emscope.digits import in_few_digits, rounded
from emscope.events import Event
from emscope.events.kinds import KINDS
from emscope.synthetic import drawn_like, owners_of
from emscope.trace import Restart, Step, Trace

FEWEST = 5
"""Rows that a number stands for, at least, where it is told to four digits."""

HIDDEN = (
    "Numbers have at most 4 digits; the start and clusters of fewer than 5 rows are told to half a standard "
    "deviation, or not at all."
)
_TEXTS = ("case", "noun", "objective", "row_noun")  # of events, that come from no table
_WELL = 1e-6  # smallest eigenvalue of a correlation matrix that rounding leaves positive for certain


def without_rows(trace: Trace) -> Trace:
    """Return a trace of the same run that holds no row of the data and no number of five digits or more.

    Parameters
    ----------
    trace : Trace
        A run; one that is private already is returned as it is.

    Returns
    -------
    Trace
        With ``private`` set, which every view says.

    Examples
    --------
    >>> from emscope import KMeans, datasets
    >>> trace = KMeans(2, random_state=0).fit(datasets.old_faithful().matrix).trace_
    >>> told = without_rows(trace)
    >>> told.private, len(told.points) == len(trace.points), told.steps[-1].centers.tolist()
    (True, True, [[2.094, 54.75], [4.298, 80.28]])
    >>> told.steps[0].centers.tolist()  # two rows, to half a standard deviation
    [[1.8, 56.0], [3.6, 77.0]]
    """
    if trace.private:
        return trace
    blur = Blur(trace.points)
    counts = _counts_of_clusters(trace)
    parameters = {id(step): told for step, told in zip(trace.steps, _parameters(trace, blur), strict=True)}
    last = parameters[id(trace.steps[-1])]
    points, drawn_for = drawn_like(trace, last, counts, FEWEST)
    points = rounded(points)
    return dataclasses.replace(
        trace,
        steps=_with_owners(trace, parameters, points, drawn_for),
        points=points,
        sample_indices=np.arange(len(points)),
        feature_names=_names(trace),
        settings=in_few_digits(dict(trace.settings)),
        restarts=tuple(_restart(restart, trace, blur) for restart in trace.restarts),
        scale=None if trace.scale is None else rounded(trace.scale),
        row_names=None,
        table_rows=None,
        preparation=None,
        private=True,
    )


class Blur:
    """Rounds locations: to a few digits, and to half a standard deviation where few rows are behind them."""

    def __init__(self, rows: Array) -> None:
        with np.errstate(all="ignore"):
            step = rounded(np.asarray(rows, dtype=np.float64).std(axis=0) / 2, 1)
        self._step = np.where(np.isfinite(step), step, 0.0)

    def __call__(self, locations: Array, few: Array) -> Array:
        """Round locations, (k, d); ``few``, (k,), are those of few rows."""
        x = np.asarray(locations, dtype=np.float64)
        step = np.broadcast_to(self._step, x.shape)
        with np.errstate(all="ignore"):
            coarse = np.rint(x / np.where(step > 0, step, 1.0)) * step
        return rounded(np.where(few[:, None] & (step > 0) & np.isfinite(coarse), coarse, x))


def of_many_rows(values: Array, counts: Array) -> Array:
    """Return statistics of clusters, (k, ...), rounded; NaN for those of fewer than :data:`FEWEST` rows."""
    told = rounded(np.asarray(values, dtype=np.float64))
    told[np.asarray(counts) < FEWEST] = np.nan
    return told


def _counts_of_clusters(trace: Trace) -> Array | None:
    """Return the drawn rows in each final cluster; None where labels are not known."""
    labels = next((step.labels for step in reversed(trace.steps) if step.labels is not None), None)
    return None if labels is None else np.bincount(labels, minlength=trace.n_clusters)


def _parameters(trace: Trace, blur: Blur) -> list[Mapping[str, Array]]:
    """Round the parameters of every half-step; half-steps that share them go on sharing them."""
    location = trace.card.location
    found: dict[int, Mapping[str, Array]] = {}
    told = []
    before: Step | None = None  # the last expectation step
    for step in trace.steps:
        key = id(step.parameters.get(location))
        if key not in found:
            few = _few(step, before, trace)
            found[key] = {
                name: _rounded(name, array, few, trace, blur) for name, array in step.parameters.items()
            }
        told.append(found[key])
        before = step if step.phase == "expectation" else before
    return told


def _few(step: Step, before: Step | None, trace: Trace) -> Array:
    """Tell which clusters may stand for few rows after a half-step: all where a run begins."""
    counts = step.counts if step.counts is not None or before is None else before.counts
    if step.phase == "initialization" or counts is None:
        return np.ones(trace.n_clusters, bool)
    few = np.asarray(counts) < FEWEST
    weights = step.weights
    return few if weights is None else few | (np.asarray(weights) * trace.n_samples < FEWEST)


def _rounded(name: str, array: Array, few: Array, trace: Trace, blur: Blur) -> Array:
    if name == trace.card.location and array.shape == (len(few), trace.points.shape[1]):
        return blur(array, few)
    told = rounded(array)
    return (
        positive_definite(told)
        if name == "covariances" and trace.card.covariances in ("full", "tied")
        else told
    )


def positive_definite(covariances: Array) -> Array:
    """Shrink correlations until rounding leaves matrices, in place, positive definite; return them."""
    matrices = covariances if covariances.ndim == 3 else covariances[None]
    diagonal = np.eye(matrices.shape[-1], dtype=bool)
    for matrix in matrices:
        whole = matrix.copy()
        for kept in (1.0, 0.999, 0.99, 0.9, 0.0):
            matrix[:] = np.where(diagonal, whole, rounded(kept * whole))
            deviations = np.sqrt(np.diagonal(whole))
            with np.errstate(all="ignore"):
                correlations = matrix / np.outer(deviations, deviations)
            if np.isfinite(correlations).all() and np.linalg.eigvalsh(correlations)[0] > _WELL:
                break
    return covariances


def _with_owners(
    trace: Trace, parameters: Mapping[int, Mapping[str, Array]], points: Array, drawn_for: Array
) -> tuple[Step, ...]:
    """Tell every half-step with the labels that the drawn points would have."""
    told = []
    labels: Array | None = None
    responsibilities: Array | None = None
    for index, step in enumerate(trace.steps):
        own = parameters[id(step)]
        if step.phase == "expectation":
            labels = responsibilities = None
            if own and step.labels is not None:
                last = index == len(trace.steps) - 1
                labels, responsibilities = owners_of(points, own, trace.card, trace.scale)
                labels = drawn_for if labels is None and last else labels
        known = labels is not None and step.labels is not None
        told.append(
            dataclasses.replace(
                step,
                parameters=own,
                objective=None if step.objective is None else float(rounded(step.objective)),
                counts=None if step.counts is None else rounded_counts(step.counts),
                labels=labels if known else None,
                responsibilities=None if responsibilities is None or not known else rounded(responsibilities),
                shift=None if step.shift is None else rounded(step.shift),
                events=tuple(_event(event, trace) for event in step.events),
                seconds=float(rounded(step.seconds)),
            )
        )
    return tuple(told)


def rounded_counts(counts: Array) -> Array:
    """Return counts of rows as they are, and sums of weights rounded."""
    return rounded(counts) if counts.dtype.kind == "f" else counts


def _event(event: Event, trace: Trace) -> Event:
    """Keep what is known of an event by its kind: numbers, and texts of its own sentences."""
    values: dict[str, Any] = {}
    if event.kind in KINDS:
        for name, value in event.values.items():
            if not isinstance(value, str | list | tuple) or (isinstance(value, str) and name in _TEXTS):
                values[name] = in_few_digits(value)
            elif name == "components":
                values[name] = [int(j) for j in value]
        values.pop("row_noun", None)
    rows = event.rows if event.kind in KINDS else ()
    return Event(event.kind, event.cluster, rows, event.features, {**values, **_numbers_of(rows, trace)})


def _numbers_of(rows: tuple[int, ...], trace: Trace) -> dict[str, Any]:
    """Call rows by their numbers in the table, where these are known."""
    if not rows or trace.table_rows is None:
        return {}
    known = dict(zip(trace.sample_indices.tolist(), trace.table_rows.tolist(), strict=True))
    if not all(row in known for row in rows):
        return {}
    return {"row_names": [str(known[row] + 1) for row in rows], "row_noun": "table row"}


def _names(trace: Trace) -> tuple[str, ...]:
    """Leave out of names the offsets that numbers beyond 2^53 are measured from."""
    if trace.preparation is None:
        return trace.feature_names
    names = []
    for name, feature in zip(trace.feature_names, trace.preparation["features"], strict=True):
        plain = str(feature.get("offset", "0")) in ("0", "") if isinstance(feature, dict) else True
        names.append(name if plain else f"{feature.get('name') or feature.get('column')} from an offset")
    return tuple(names)


def _restart(restart: Restart, trace: Trace, blur: Blur) -> Restart:
    """Round where another start began and ended."""
    k = len(restart.start)
    labels, _ = owners_of(trace.points, {"centers": restart.centers}, _NEAREST, trace.scale)
    assert labels is not None
    few = np.bincount(labels, minlength=k) < FEWEST
    return Restart(
        blur(restart.start, np.ones(k, bool)), blur(restart.centers, few), rounded(restart.objectives)
    )


_NEAREST = ModelCard("nearest", "nearest center", "centers", owners="nearest")
