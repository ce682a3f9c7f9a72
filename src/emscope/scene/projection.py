"""From features to the two axes of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.linalg import eigh

from emscope.columns import Array
from emscope.errors import DataError
from emscope.trace import Trace
from emscope.wording import one_line

Kind = Literal["strip", "plane", "projection"]

CENTER_HEIGHT = 0.25
"""Where the centers of a strip stand, between 0 and 1."""

_STRIP = (0.06, 0.44)  # where the points of a strip lie; their density stands above


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Takes rows to positions."""

    kind: Kind  # one feature, two features, or a view of more than two
    columns: tuple[int, ...]  # the features that are drawn as they are; none where principal components are
    origin: Array  # (d,): the mean of the points (principal components)
    components: Array  # (d, 2): two directions, divided by the units of the features (principal components)
    unit: Array  # (2,): what drawn coordinates are divided by before distances are taken
    labels: tuple[str, str]  # names of the two axes; an empty name where an axis measures nothing
    faithfulness: str  # how much of the data the axes show; empty where they show all

    def __call__(self, rows: Array) -> Array:
        """Return the positions, (m, 2), of rows or centers."""
        rows = np.asarray(rows, dtype=np.float64)
        if self.kind == "strip":
            return np.column_stack([rows[:, 0], np.full(len(rows), CENTER_HEIGHT)])
        if self.columns:
            return rows[:, self.columns]
        return np.asarray((rows - self.origin) @ self.components)

    def marginals(self, covariances: Array) -> Array:
        r"""Return covariances in the drawn plane, :math:`A \Sigma A^T` for the projection's linear part A.

        A Gaussian's marginal is a Gaussian (Bishop, Pattern Recognition and Machine Learning, 2006, 2.3.2).

        Of a strip only the first entry is not 0.
        """
        if self.kind == "strip":
            return np.pad(covariances, ((0, 0), (0, 1), (0, 1)))
        if self.columns:
            return np.asarray(covariances[:, self.columns][:, :, self.columns])
        return np.asarray(self.components.T @ covariances @ self.components)


def choose(trace: Trace, axes: Sequence[str | int] | None = None) -> Projection:
    """Choose how to draw the features of a trace; two that are named are drawn as they are."""
    d = trace.points.shape[1]
    scale = np.ones(d) if trace.scale is None else np.asarray(trace.scale, dtype=np.float64)
    if axes is not None:
        return _features(trace, columns_of(trace.feature_names, axes), scale)
    if d == 1:
        unit = np.array([scale[0], 1.0])
        return Projection("strip", (0,), np.zeros(1), np.empty((1, 0)), unit, (_name(trace, 0), ""), "")
    return _features(trace, (0, 1), scale) if d == 2 else _principal(trace, scale)


def columns_of(feature_names: Sequence[str], axes: Sequence[str | int]) -> tuple[int, int]:
    """Find two features, by name or number, among those of a run."""
    names: list[Any] = list(feature_names)
    wanted: tuple[Any, ...] = (axes,) if isinstance(axes, str) else tuple(axes)
    columns = [names.index(a) if a in names else a for a in wanted]
    unknown = [a for a in columns if not (isinstance(a, int | np.integer) and 0 <= a < len(names))]
    if unknown or len(columns) != 2 or columns[0] == columns[1]:
        known = ", ".join(one_line(name, 30) for name in names[:12]) + (", …" if len(names) > 12 else "")
        asked = ", ".join(one_line(a, 30) for a in wanted[:4])
        missing = f"there is no feature {one_line(str(unknown[0]), 30)}; " if unknown else ""
        raise DataError(
            f"axes must name two different features, not ({asked}): {missing}choose from {known}."
        )
    return int(columns[0]), int(columns[1])


def scattered(positions: Array) -> Array:
    """Spread the points of a strip over its height, the same way each time."""
    heights = np.random.default_rng(0).uniform(*_STRIP, len(positions))
    return np.column_stack([positions[:, 0], heights])


def _name(trace: Trace, column: int) -> str:
    return one_line(trace.feature_names[column], 48) or f"feature {column}"


def _features(trace: Trace, columns: tuple[int, int], scale: Array) -> Projection:
    d = trace.points.shape[1]
    faithfulness = ""
    if d > 2:
        variances = _standardized(trace, scale)[0].var(axis=0)
        share = _percent(variances[list(columns)].sum(), variances.sum())
        faithfulness = f"These axes show 2 of {d:,} features, {share} of the variance."
    return Projection(
        "plane" if d == 2 else "projection",
        columns,
        origin=np.zeros(d),
        components=np.empty((d, 0)),
        unit=scale[list(columns)],
        labels=(_name(trace, columns[0]), _name(trace, columns[1])),
        faithfulness=faithfulness,
    )


def _principal(trace: Trace, scale: Array) -> Projection:
    """Draw the plane in which the points vary most (I. T. Jolliffe, Principal Component Analysis, 2002)."""
    centered, origin = _standardized(trace, scale)
    values, directions = _two_largest(centered)
    largest = np.abs(directions).argmax(axis=0)
    directions = directions * np.where(directions[largest, [0, 1]] < 0, -1.0, 1.0)
    total = float((centered**2).sum())
    return Projection(
        "projection",
        (),
        origin=origin,
        components=directions / scale[:, None],
        unit=np.ones(2),
        labels=(f"PC 1 ({_percent(values[0], total)})", f"PC 2 ({_percent(values[1], total)})"),
        faithfulness=f"These axes show {_percent(values.sum(), total)} of the variance.",
    )


def _two_largest(centered: Array) -> tuple[Array, Array]:
    """Return the two largest squared singular values and their right singular vectors, (2,) and (d, 2)."""
    m, d = centered.shape
    if d <= m:
        values, vectors = eigh(centered.T @ centered, subset_by_index=[d - 2, d - 1])
        return np.maximum(values[::-1], 0), vectors[:, ::-1]
    # the smaller of the two matrices that have the same eigenvalues
    values, vectors = eigh(centered @ centered.T, subset_by_index=[max(m - 2, 0), m - 1])
    found = centered.T @ vectors[:, ::-1]
    length = np.linalg.norm(found, axis=0)
    both, directions = np.zeros(2), np.zeros((d, 2))
    both[: len(values)] = np.maximum(values[::-1], 0)
    directions[:, : len(values)] = np.divide(found, length, out=np.zeros_like(found), where=length > 0)
    return both, directions


def _standardized(trace: Trace, scale: Array) -> tuple[Array, Array]:
    """Return the points about their mean, in units of the fit and then of the largest; and the mean."""
    points = np.asarray(trace.points, dtype=np.float64)
    anchor = points[0]
    origin = anchor + (points - anchor).mean(axis=0)
    centered = (points - origin) / scale
    return centered / (np.abs(centered).max() or 1.0), origin


def _percent(part: float, whole: float) -> str:
    share = 100 * min(float(part / whole), 1.0) if whole > 0 else 100.0
    return f"{share:.1f} %" if 99.5 <= share < 99.95 else f"{share:.0f} %"
