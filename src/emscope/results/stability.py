"""Whether clusters come back when half of the rows are clustered afresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emscope.columns import Array
from emscope.results.result import Result
from emscope.wording import counted

HIGHLY_STABLE = 0.85
STABLE = 0.75
DOUBTFUL = 0.6
DISSOLVED = 0.5
"""Jaccard similarities from which on clusters are highly stable, stable, or show where some rows belong; and
up to which a cluster has dissolved. Source: Hennig 2007, and the help of ``fpc::clusterboot``."""

_SURE = 0.95  # part of the resamples in which a row stays with its companions from which on it surely does


@dataclass(frozen=True, slots=True, eq=False)
class Stability(Result):
    """How well the clusters of a fit come back, as :func:`emscope.study.stability` finds it.

    Attributes
    ----------
    similarities : ndarray of shape (r, k)
        For every resample and cluster the Jaccard similarity to the cluster of the resample that is most like
        it, among the rows drawn; NaN where none of its rows was drawn.
    adjusted_rand : ndarray of shape (r,)
        The adjusted Rand index of each resample: 1 where it labels all rows alike, 0 on average by chance.
    rows : ndarray of shape (n,)
        The part of the resamples in which a row is in the cluster that is most like its own.
    shares : ndarray of shape (k,)
        The share of the weight of all rows that each cluster has.
    n_rows, n_sampled : int
        The number of rows that count, and of those that resamples were drawn from.
    sampled : ndarray of shape (n_sampled,)
        The numbers of the latter among all rows.
    drawn : ndarray of shape (r, n_sampled), bool
        Which of them each resample has.
    counts : ndarray of shape (n_sampled,)
        How much each of them counts.
    model : str
        Which model was fitted, by the name that it is asked for.
    parameters : mapping of str to object
        The parameters of its fits.
    starts : ndarray of shape (r, k, d), or (r,)
        The centers where each fit began; of a mixture its ``random_state``.
    interrupted : bool
        Whether Ctrl-C ended the study early.
    """

    similarities: Array
    adjusted_rand: Array
    rows: Array
    shares: Array
    n_rows: int
    n_sampled: int
    sampled: Array
    drawn: Array
    counts: Array
    model: str
    parameters: Mapping[str, Any]
    starts: Array
    interrupted: bool = False

    @property
    def jaccard(self) -> Array:
        """The mean similarity of each cluster over resamples, (k,); NaN where it never was."""
        sums, counts = np.nansum(self.similarities, axis=0), self._n_compared
        return np.asarray(np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0))

    @property
    def errors(self) -> Array:
        """The standard error of each of these means, (k,); NaN where there are fewer than two resamples."""
        squares = np.nansum((self.similarities - self.jaccard) ** 2, axis=0)
        counts = self._n_compared
        some = counts > 1
        variances = np.divide(squares, counts * (counts - 1.0), out=np.full(len(counts), np.nan), where=some)
        return np.asarray(np.sqrt(variances))

    @property
    def sentence(self) -> str:
        """Which clusters are stable and which dissolve, and what that does not say."""
        if len(self.shares) == 1:
            return "A single cluster is found again in any rows, which says nothing."
        groups = self._groups()
        fits = self._of_what()
        if len(groups) == 1 and groups[0][0] in ("highly stable", "stable"):
            low, high = (_two(float(value)) for value in (self.jaccard.min(), self.jaccard.max()))
            values = low if low == high else f"{low} to {high}"
            name = "Both" if len(self.shares) == 2 else f"All {len(self.shares):,}"
            return (
                f"{name} clusters are {groups[0][0]}: in {fits}, they come back with a mean Jaccard "
                f"similarity of {values}. Rows without groups may be cut alike again and again, too, so "
                "stable need not mean real."
            )
        told = "; ".join(_told(what, clusters, self.jaccard) for what, clusters in groups)
        return (
            f"{told[0].upper()}{told[1:]}. Numbers are mean Jaccard similarities in {fits}, whose labels of "
            f"all rows have an adjusted Rand index of {_two(float(self.adjusted_rand.mean()))} on average."
        )

    @property
    def verdicts(self) -> tuple[str, ...]:
        """What the similarity of each cluster means, by Hennig's thresholds."""
        return tuple(_verdict(float(value)) for value in self.jaccard)

    def weights_of(self, i: int, n: int) -> Array:
        """Return the weights of n rows in resample i: 0 for those that it has not drawn.

        Parameters
        ----------
        i : int
            The number of the resample.
        n : int
            The number of rows of the data.

        Returns
        -------
        ndarray of shape (n,)
        """
        weights = np.zeros(n)
        weights[self.sampled] = self.drawn[i] * self.counts
        return weights

    def _columns(self) -> Mapping[str, Any]:
        """One line for every cluster."""
        found = self.similarities
        with np.errstate(invalid="ignore"):
            recovered, dissolved = found >= STABLE, found <= DISSOLVED
        counts = np.maximum(self._n_compared, 1)
        return {
            "cluster": np.arange(len(self.shares)),
            "share": self.shares,
            "Jaccard": self.jaccard,
            "error": self.errors,
            "verdict": list(self.verdicts),
            "found again": recovered.sum(axis=0) / counts,
            "dissolved": dissolved.sum(axis=0) / counts,
        }

    @property
    def _n_compared(self) -> Array:
        return np.asarray(np.count_nonzero(~np.isnan(self.similarities), axis=0))

    def _groups(self) -> list[tuple[str, list[int]]]:
        """Return the clusters by what is found of them, the most stable first."""
        verdicts = self.verdicts
        order = ("highly stable", "stable", "doubtful", "unstable", "dissolved", "never drawn")
        found = [(what, [j for j, own in enumerate(verdicts) if own == what]) for what in order]
        return [(what, clusters) for what, clusters in found if clusters]

    def _of_what(self) -> str:
        rows = "half of the rows"
        if self.n_sampled < self.n_rows:
            rows = f"half of a stratified sample of {self.n_sampled:,} of the {self.n_rows:,} rows"
        early = " before it was interrupted" if self.interrupted else ""
        return f"{counted(len(self.adjusted_rand), 'fresh fit')}{early}, each to {rows}"


def recovery(worst: float) -> str:
    """Say whether all clusters come back, by the mean Jaccard similarity of the one that does so worst.

    >>> recovery(0.881)
    'From half of the rows all clusters come back, the worst with a mean Jaccard similarity of 0.88.'
    """
    if np.isnan(worst):
        return "Some clusters are too small to say whether they come back from half of the rows."
    if worst >= STABLE:
        how = f"all clusters come back, the worst with a mean Jaccard similarity of {_two(worst)}"
    else:
        how = f"not all clusters come back: the worst has a mean Jaccard similarity of {_two(worst)}"
    return f"From half of the rows {how}."


def _told(what: str, clusters: Sequence[int], jaccard: Array) -> str:
    one = len(clusters) == 1
    names = [f"{j} ({_two(float(jaccard[j]))})" if what != "never drawn" else f"{j}" for j in clusters]
    listed = names[0] if one else f"{', '.join(names[:-1])} and {names[-1]}"
    verb = "is" if one else "are"
    told = {
        "doubtful": f"{verb} there, with rows that come and go",
        "unstable": f"{verb} not to be trusted",
        "dissolved": "dissolves" if one else "dissolve",
        "never drawn": f"{verb} too small to be drawn",
    }
    return f"cluster{'' if one else 's'} {listed} {told.get(what, f'{verb} {what}')}"


def _verdict(similarity: float) -> str:
    if np.isnan(similarity):
        return "never drawn"
    if similarity >= STABLE:
        return "highly stable" if similarity >= HIGHLY_STABLE else "stable"
    if similarity >= DOUBTFUL:
        return "doubtful"
    return "unstable" if similarity > DISSOLVED else "dissolved"


def _two(value: float) -> str:
    """Return a similarity in two digits, rounded down, so that no threshold is passed by rounding."""
    return f"{np.floor(value * 100 + 1e-9) / 100:.2f}"
