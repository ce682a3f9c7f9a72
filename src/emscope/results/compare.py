"""How two clusterings of the same rows differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from emscope.columns import Array
from emscope.results.result import Result
from emscope.wording import one_line

_CHANCE = 0.1  # adjusted Rand index below which two clusterings agree hardly more than by chance


@dataclass(frozen=True, slots=True, eq=False)
class Comparison(Result):
    """How two clusterings of the same rows differ, as :func:`emscope.study.compare` finds it.

    Attributes
    ----------
    names_a, names_b : tuple of str
        What the k clusters of the first and the h clusters of the second are called, in the order of their
        labels.
    contingency : ndarray of shape (k, h)
        Number of rows by cluster of the first and of the second.
    matching : ndarray of shape (k,)
        For each cluster of the first its match among those of the second, -1 for none: pairs that have the
        most rows in common, all pairs together.
    adjusted_rand : float
        The adjusted Rand index, 1 for the same clustering and 0 on average by chance.
    changed : ndarray
        Numbers of the rows, counted from 0, that are not in the match of their first cluster.
    n_rows : int
        Number of rows that both have labels of.
    sampled : bool
        Whether these are the drawn rows of a trace.
    column : str or None
        The column of a table that the second is; None for another clustering.
    """

    names_a: tuple[str, ...]
    names_b: tuple[str, ...]
    contingency: Array
    matching: Array
    adjusted_rand: float
    changed: Array
    n_rows: int
    sampled: bool = False
    column: str | None = None

    @property
    def sentence(self) -> str:
        """How far both agree, and where they do not."""
        rows = f"{'drawn ' if self.sampled else ''}rows"
        if not len(self.changed):
            more = "" if self.contingency.shape[0] == self.contingency.shape[1] else " that have rows"
            return (
                f"Both put the {self.n_rows:,} {rows} into the same clusters{more}, numbers aside "
                "(adjusted Rand index 1.00)."
            )
        part = len(self.changed) / self.n_rows
        verb = "is" if len(self.changed) == 1 else "are"
        told = (
            f"Once numbers are matched, {len(self.changed):,} of {self.n_rows:,} {rows} {verb} in another "
            f"cluster ({_percent(part)}; adjusted Rand index {self.adjusted_rand:.2f})"
        )
        if self.adjusted_rand < _CHANCE:
            return f"{told}: the two agree hardly more than by chance."
        return f"{told}: {self._moves()}."

    def _moves(self) -> str:
        """Tell the largest groups of rows that changed, numbered as each of both numbers clusters."""
        others = self.contingency.copy()
        matched = np.flatnonzero(self.matching >= 0)
        others[matched, self.matching[matched]] = 0
        order = np.argsort(-others, axis=None, kind="stable")[:2]
        found = [np.unravel_index(int(cell), others.shape) for cell in order]
        found = [(i, j) for i, j in found if others[i, j]]
        counts = [int(others[i, j]) for i, j in found]
        names = [(one_line(self.names_a[i], 30), one_line(self.names_b[j], 30)) for i, j in found]
        verb = "is" if counts[0] == 1 else "are"
        where = f"{names[0][1]} of the other"
        if self.column is not None:
            where = f"{one_line(self.column, 30)} {names[0][1]}"
        told = f"{counts[0]:,} of cluster {names[0][0]} {verb} in {where}"
        told += "".join(
            f", {count:,} of {a} in {b}" for count, (a, b) in zip(counts[1:], names[1:], strict=True)
        )
        return told if sum(counts) == len(self.changed) else f"{told}, and so on"

    def _columns(self) -> Mapping[str, Any]:
        """One line for every pair of clusters that have rows in common, or are matched."""
        k, h = self.contingency.shape
        match = np.zeros((k, h), bool)
        matched = np.flatnonzero(self.matching >= 0)
        match[matched, self.matching[matched]] = True
        first, second = np.nonzero((self.contingency > 0) | match)
        rows = self.contingency[first, second]
        sizes = self.contingency.sum(axis=1)[first], self.contingency.sum(axis=0)[second]
        shares = [np.divide(rows, size, out=np.full(len(rows), np.nan), where=size > 0) for size in sizes]
        return {
            "cluster": [self.names_a[i] for i in first],
            "other cluster": [self.names_b[j] for j in second],
            "matched": match[first, second],
            "rows": rows,
            "share of cluster": shares[0],
            "share of other": shares[1],
        }


def _percent(part: float) -> str:
    return f"{100 * part:.3g} %"
