"""Which features made the difference: shares, contrasts, rules, and columns that took no part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from emscope.columns import Array
from emscope.results.crossing import Crossing
from emscope.results.result import Result
from emscope.results.rule import Rule, written_out
from emscope.wording import counted, number, one_line

_SMALL = 0.2  # standard deviations: a small difference by J. Cohen, Statistical Power Analysis (1988)
_TELLING = 0.1  # Cramer's V, and difference of shares, from which on a column that was left out is told
_MOST = 0.8  # of the sum of squares between clusters that the named features have, if few do
_ALONE = 0.9  # of a sum of squares, from which on one feature has it alone
_NAMED = 3  # features in a sentence
_DIGITS = 4  # of a geometric mean


@dataclass(frozen=True, slots=True)
class Divided:
    """Two clusters that differ in one column of two values alone."""

    first: int
    second: int
    feature: int
    share: float
    """Its share of the squared distance between their means."""


@dataclass(frozen=True, slots=True, eq=False)
class Distributions:
    """Histograms of the features that differ most, for pictures."""

    features: Array
    """(t,): which they are, the largest share first."""
    edges: Array
    """(t, b + 1): between which values bins lie."""
    masses: Array
    """(k, t, b): the weight of each cluster in each bin."""


@dataclass(frozen=True, slots=True, eq=False)
class Profile(Result):
    """What makes the clusters, as :func:`emscope.study.profile` finds it.

    Attributes
    ----------
    feature_names : tuple of str
        One per feature.
    sizes : ndarray of shape (k,)
        Number of rows.
    weights : ndarray of shape (k,)
        Sum of weights; without weights the number of rows.
    shares : ndarray of shape (d,)
        Share of each feature in the sum of squares between clusters; NaN where there is none.
    variances : ndarray of shape (d,)
        Share of each feature in the sum of squares about the mean of all rows.
    explained : ndarray of shape (d,)
        How much of its own variance the clusters explain (eta squared); NaN for a constant feature.
    centers : ndarray of shape (k, d)
        The model's centers, or means, in the units of the table (of spherical k-means unit vectors).
    means : ndarray of shape (k, d)
        Mean of the rows of each cluster; NaN for a cluster without rows.
    overall : ndarray of shape (d,)
        Mean of all rows.
    differences : ndarray of shape (k, d)
        Mean of the cluster minus that of all rows, in standard deviations of all rows.
    ranks : ndarray of shape (k, d)
        Rank of each feature in its cluster, 1 for the largest absolute difference.
    levels : ndarray of shape (d, 2)
        The two values of features that have just two; NaN for others.
    rules : tuple of Rule
        For each cluster at most three conditions that tell its rows from others.
    fidelity : ndarray of shape (k, 2)
        Precision and recall of each rule for rows that it was not made from.
    left_out : tuple of Crossing
        Columns that took no part, those first that are associated with the clusters most.
    divided : tuple of Divided
        Pairs of clusters that differ in one column of two values alone.
    distributions : Distributions
        Histograms of the features with the largest shares.
    logs : mapping of int to str
        Which features are natural logarithms, and of which columns. Arrays and ``table`` have the logarithms,
        as they were fitted; sentences and rules have the columns in their units, where the mean of
        logarithms is a geometric mean.
    """

    feature_names: tuple[str, ...]
    sizes: Array
    weights: Array
    shares: Array
    variances: Array
    explained: Array
    centers: Array
    means: Array
    overall: Array
    differences: Array
    ranks: Array
    levels: Array
    rules: tuple[Rule, ...]
    fidelity: Array
    left_out: tuple[Crossing, ...]
    divided: tuple[Divided, ...]
    distributions: Distributions
    logs: Mapping[int, str] = field(default_factory=dict)

    @property
    def order(self) -> Array:
        """Features by their share, the largest first; of equal ones the first comes first."""
        return np.argsort(-np.nan_to_num(self.shares), kind="stable")

    @property
    def sentence(self) -> str:
        """Which features made the difference, and what to doubt."""
        if len(self.sizes) == 1:
            return "There is one cluster, so nothing sets clusters apart."
        if not np.nansum(self.shares) > 0:
            return "The clusters do not differ in the mean of any feature."
        told = (self._most(), *self._of_units(), *self._halves(), *self._outside(), self._of_rules())
        return " ".join(told)

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence per cluster, in the units of the table."""
        return tuple(self._told(j) for j in range(len(self.sizes)))

    def _columns(self) -> Mapping[str, Any]:
        k, d = self.means.shape
        ranks = self.ranks.astype(np.float64)
        ranks[np.isnan(self.differences)] = np.nan
        return {
            "cluster": np.repeat(np.arange(k), d),
            "feature": list(self.feature_names) * k,
            "rank": [None if np.isnan(rank) else int(rank) for rank in ranks.ravel()],
            "center": self.centers.ravel(),
            "mean": self.means.ravel(),
            "overall mean": np.tile(self.overall, k),
            "difference": (self.means - self.overall).ravel(),
            "difference in sd": self.differences.ravel(),
            "share": np.tile(self.shares, k),
            "explained variance": np.tile(self.explained, k),
        }

    def _name(self, feature: int) -> str:
        return one_line(self.feature_names[feature])

    def _most(self) -> str:
        """Name the features that have most of the sum of squares between clusters."""
        order, d = self.order, len(self.shares)
        reached = int(np.searchsorted(np.cumsum(self.shares[order]), _MOST)) + 1
        named = order[: min(reached, _NAMED)]
        parts = [f"{self._name(named[0])} has {_percent(self.shares[named[0]])}"]
        parts += [f"{self._name(j)} {_percent(self.shares[j])}" for j in named[1:]]
        rest = d - len(named)
        if rest:
            left = max(1 - float(self.shares[named].sum()), 0.0)
            parts.append(f"the other {'feature' if rest == 1 else f'{rest:,} features'} {_percent(left)}")
        first = int(named[0])
        return (
            f"Of the sum of squares between clusters {_listed(parts)}; clusters explain "
            f"{_percent(self.explained[first])} of the variance of {self._name(first)}."
        )

    def _of_units(self) -> list[str]:
        """Say that a feature decides by its units, where it has nearly all variance as well."""
        first = int(self.order[0])
        if len(self.shares) == 1 or min(self.shares[first], self.variances[first]) < _ALONE:
            return []
        return [
            f"{self._name(first)} has {_percent(self.variances[first])} of all variance in these units: "
            "standardize, unless its units are meant to decide."
        ]

    def _halves(self) -> list[str]:
        """Say which clusters differ in a column of two values alone."""
        told = []
        for j in dict.fromkeys(pair.feature for pair in self.divided):
            pairs = [f"{one.first} and {one.second}" for one in self.divided if one.feature == j]
            shown = "; ".join(pairs[:_NAMED]) + ("; …" if len(pairs) > _NAMED else "")
            low, high = (written_out(value) for value in self.levels[j])
            least = _percent(min(one.share for one in self.divided if one.feature == j))
            told.append(
                f"Clusters {shown} differ in {self._name(j)} alone, {low} in one and {high} in the other "
                f"({least} of the squared distance between their means): a column of two values cuts any "
                "data in two, so see whether there are groups without it."
            )
        return told

    def _outside(self) -> list[str]:
        if not self.left_out or not self.left_out[0].cramers_v >= _TELLING:
            return []
        best = self.left_out[0]
        return [
            f"Of the columns that took no part {one_line(best.column)} is associated with the clusters "
            f"most (Cramer's V {best.cramers_v:.2f})."
        ]

    def _of_rules(self) -> str:
        """Say how well three conditions tell the clusters apart."""
        scores = self.f1
        there = np.flatnonzero(self.weights > 0)
        worst, best = there[np.argmin(scores[there])], there[np.argmax(scores[there])]
        if len(there) == 1 or f"{scores[best]:.2f}" == f"{scores[worst]:.2f}":
            return (
                f"Rules of at most three conditions recover the clusters with an F1 of {scores[worst]:.2f}."
            )
        return (
            f"Rules of at most three conditions recover cluster {best} best (F1 {scores[best]:.2f}) and "
            f"cluster {worst} worst (F1 {scores[worst]:.2f})."
        )

    @property
    def f1(self) -> Array:
        """The harmonic mean of precision and recall of each rule, shape (k,); 0 where it finds no row."""
        precision, recall = np.nan_to_num(self.fidelity).T
        total = precision + recall
        f1 = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
        return np.asarray(f1)

    def _told(self, cluster: int) -> str:
        total = self.weights.sum()
        rows = counted(int(self.sizes[cluster]), "row")
        start = f"cluster {cluster} ({rows}, {_percent(self.weights[cluster] / total)}): "
        if np.isnan(self.differences[cluster]).any():
            return f"{start}no row that counts."
        parts = self._differing(cluster)
        if not parts:
            parts = ["as all rows on average, in every feature"]
        return start + ", ".join([*parts, *self._beside(cluster)]) + "."

    def _differing(self, cluster: int) -> list[str]:
        """Tell the features in which a cluster differs most from all rows."""
        first = np.argsort(self.ranks[cluster])[:_NAMED]
        features = [int(j) for j in first if abs(self.differences[cluster, j]) >= _SMALL]
        return [self._difference(cluster, j, i == 0) for i, j in enumerate(features)]

    def _difference(self, cluster: int, j: int, first: bool) -> str:
        mean, overall, sd = self.means[cluster, j], self.overall[j], self.differences[cluster, j]
        away = f"({sd:+.1f} sd)"
        if j in self.logs:
            own, all_rows = _told_apart(*self.in_units(j, (mean, overall)))
            rows = " of all rows" if first else ""
            name = one_line(self.logs[j])
            return f"{name} {own} in the geometric mean against {all_rows}{rows} {away}"
        if not np.isnan(self.levels[j]).any():
            low, high = self.levels[j]
            upper = sd > 0
            parts = [(value - low) / (high - low) for value in (mean, overall)]
            own, all_rows = (_percent(part if upper else 1 - part) for part in parts)
            value = written_out(high if upper else low)
            return f"{self._name(j)} = {value} in {own} of its rows against {all_rows} of all {away}"
        own, all_rows = _told_apart(mean, overall)
        if first:
            return f"{self._name(j)} {own} on average against {all_rows} of all rows {away}"
        return f"{self._name(j)} {own} against {all_rows} {away}"

    def in_units(self, feature: int, values: Sequence[float]) -> tuple[float, ...]:
        """Return means of a feature as they are told.

        Means of logarithms are told as geometric means of their column, in four significant digits.

        Parameters
        ----------
        feature : int
            Which feature it is.
        values : sequence of float
            Means of it.

        Returns
        -------
        tuple of float
        """
        if feature not in self.logs:
            return tuple(map(float, values))
        return tuple(float(f"{np.exp(value):.{_DIGITS}g}") for value in values)

    def told_name(self, feature: int) -> str:
        """Return what the means are called that :meth:`in_units` returns.

        Parameters
        ----------
        feature : int
            Which feature it is.

        Returns
        -------
        str
        """
        if feature in self.logs:
            return f"{self.logs[feature]} (geometric mean)"
        return self.feature_names[feature]

    def _beside(self, cluster: int) -> list[str]:
        """Tell the most telling category of the column that is associated most."""
        told = []
        for column in self.left_out[:1]:
            category, own, overall = column.telling(cluster)
            if column.cramers_v >= _TELLING and own - overall >= _TELLING:
                name = f"{one_line(column.column)} {one_line(column.categories[category], 30)}"
                told.append(f"{name} in {_percent(own)} of its rows against {_percent(overall)} of all")
        return told


def _percent(part: float) -> str:
    """Write a share so that no part is told as nothing and nothing less than all as all."""
    value = 100 * float(part)
    if 0 < value < 1:
        return "less than 1 %"
    if 99 < value < 100 - 1e-9:
        return "more than 99 %"
    return f"{value:.0f} %"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _told_apart(one: float, other: float) -> tuple[str, str]:
    """Write two numbers with enough digits to tell them apart."""
    for digits in range(4, 15):
        if number(one, digits) != number(other, digits):
            break
    return number(one, digits), number(other, digits)
