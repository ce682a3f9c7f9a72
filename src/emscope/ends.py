"""Where several starts of one fit end: which ends are the same clusters under other numbers.

EM finds a local optimum, and another start may find another. Two starts reach the same end if a renumbering
of the clusters puts every center within a small part of the data's spread, and if their objectives differ by
next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from emscope.columns import Array

NEAR = 0.05
"""Standard deviations of the data, as root mean square over features, within which two centers are one."""


@dataclass(frozen=True, slots=True)
class End:
    """An end that one start or more reached: ``runs`` are their numbers, the lowest objective first."""

    runs: tuple[int, ...]
    objective: float

    @property
    def count(self) -> int:
        """How many starts reached it."""
        return len(self.runs)


def distinct_ends(
    centers: Array, objectives: Array, *, unit: Array | None = None, room: float = 1e-9
) -> tuple[End, ...]:
    r"""Group the ends of several starts up to the numbering of clusters, best first.

    In the order of their objectives every start joins the first end whose best start it matches: some
    permutation :math:`\pi` of the clusters has
    :math:`\sqrt{\frac1d \sum_f ((c_{jf} - c'_{\pi(j)f}) / u_f)^2} \le` :data:`NEAR` for all clusters j.

    Parameters
    ----------
    centers : ndarray of shape (s, k, d)
        Final centers, or means of a mixture.
    objectives : ndarray of shape (s,)
        Final objectives, lower is better; one that is not finite is worse than all others.
    unit : ndarray of shape (d,), optional
        Standard deviation :math:`u_f` of every feature over the data; by default that of all ``centers``.
    room : float
        By how much the objectives of one end may differ: ``emscope.doubt.negligible`` of the best, say.

    Returns
    -------
    tuple of End
        Each start is in one of them. Of equal objectives the earlier start comes first.

    Examples
    --------
    >>> centers = np.array([[[0.0], [9.0]], [[9.0], [0.0]], [[1.0], [2.0]]])
    >>> for end in distinct_ends(centers, np.array([4.0, 4.0, 7.0])):
    ...     print(end.objective, end.count, end.runs)
    4.0 2 (0, 1)
    7.0 1 (2,)
    """
    d = centers.shape[2]
    spread = centers.reshape(-1, d).std(axis=0) if unit is None else np.asarray(unit, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = centers / np.where(spread > 0, spread, 1.0) / np.sqrt(d)
    values = np.where(np.isfinite(objectives), objectives, np.inf)
    found: list[list[int]] = []
    for run in np.argsort(values, kind="stable").tolist():
        alike = (one for one in found if values[run] <= values[one[0]] + room)
        end = next((one for one in alike if _are_near(scaled[one[0]], scaled[run])), None)
        if end is None:
            found.append([run])
        else:
            end.append(run)
    return tuple(End(tuple(runs), float(objectives[runs[0]])) for runs in found)


def matching(centers: Array, others: Array) -> Array:
    """Return which of the others each center goes with, (k,), so that the squared distances sum to the least.

    Source: Kuhn, "The Hungarian method for the assignment problem", Naval Research Logistics 2 (1955), 83-97.

    >>> matching(np.array([[0.0], [5.0], [9.0]]), np.array([[8.0], [1.0], [4.0]]))
    array([1, 2, 0])
    """
    order: Array = linear_sum_assignment(_squares(centers, others))[1]
    return order


def _are_near(centers: Array, others: Array) -> bool:
    """Tell whether a renumbering leaves no center far from its partner."""
    far = ~(_squares(centers, others) <= NEAR**2)
    if far.all(axis=1).any() or far.all(axis=0).any():
        return False
    rows, columns = linear_sum_assignment(far)
    return not far[rows, columns].any()


def _squares(centers: Array, others: Array) -> Array:
    """Return squared distances, (k, k), a feature at a time."""
    total = np.zeros((len(centers), len(others)))
    with np.errstate(over="ignore", invalid="ignore"):  # which is far
        for one, other in zip(centers.T, others.T, strict=True):
            total += np.subtract.outer(one, other) ** 2
    return total
