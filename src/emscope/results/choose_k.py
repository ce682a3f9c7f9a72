"""What is found about the number of clusters."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from emscope.columns import Array
from emscope.results.result import Result, column
from emscope.results.stability import Stability, recovery


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The numbers of one criterion, and what it is.

    Attributes
    ----------
    criterion : str
        Its name.
    ks : ndarray of shape (q,)
        The numbers of clusters.
    values, errors : ndarray of shape (q,)
        Its value for each of them, and the standard error of that; NaN where there is none.
    better : {"higher", "lower"}
        Which way is better.
    vote : int or None
        The number that it is for; None when it is for none, or never decides.
    decides : bool
        Whether it has a vote at all.
    asks, assumes, source : str
        The question that it answers, what it takes for granted, and where it comes from.
    covariance_type : str or None
        Of a mixture.
    """

    criterion: str
    ks: Array
    values: Array
    errors: Array
    better: str
    vote: int | None
    decides: bool
    asks: str
    assumes: str
    source: str
    covariance_type: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Clustergram:
    """How clusters divide from one k to the next, along the direction in which the rows vary most.

    Attributes
    ----------
    ks : tuple of int
        The numbers of clusters.
    positions : tuple of ndarray, each of shape (k,)
        Where each cluster lies along the first principal component: its mean there.
    sizes : tuple of ndarray, each of shape (k,)
        The weight of each cluster, as a share of all.
    flows : tuple of ndarray, each of shape (k, next k)
        Which share of all the weight is in one cluster of k and one of the next k.
    share : float
        How much of the variance that direction shows.

    References
    ----------
    M. Schonlau, "The clustergram: a graph for visualizing hierarchical and nonhierarchical cluster analyses",
    The Stata Journal 2 (2002), 391-402.
    """

    ks: tuple[int, ...]
    positions: tuple[Array, ...]
    sizes: tuple[Array, ...]
    flows: tuple[Array, ...]
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class ChooseK(Result):
    """How many clusters there are, as :func:`emscope.study.choose_k` finds.

    Attributes
    ----------
    k : int or None
        The number that stands out; None when none does, and 1 when there may be no clusters.
    answer : str
        What the criteria are for, and what follows.
    votes : mapping of str to int or None
        Which number each criterion is for; None for one that is for none.
    scores : tuple of Scored
        The numbers of every criterion; ``table`` has them in rows.
    models : mapping of int to estimator
        The best fit of every k, with its trace; of a mixture those of the best type of covariances.
    evidence : float or None
        By how many of its errors the largest gap exceeds that of k = 1; None where there are no references.
    shown : int
        The k to show: ``k``, the most stable one when nothing stands out, 2 when there may be no clusters.
    n_rows, n_sampled, n_refitted : int
        The number of rows that count, of those that silhouettes were taken on, and of those that were fitted
        again and again, for gap and stability.
    left_out : mapping of int to str
        Numbers of clusters that were not tried, and why.
    interrupted : bool
        Whether Ctrl-C ended the study early.
    clustergram : Clustergram
        How clusters divide from one k to the next.
    model : str
        Which model was fitted, as it was asked for.
    covariance_type : str or None
        The best type of covariances of a mixture, by BIC.
    by_covariance_type : mapping of str to mapping of int to estimator
        All fits of mixtures.
    recovery : str
        How the clusters that are shown come back from half of the rows; empty where that is not known.
    remarks : str
        What else is to be known: doubts of the fit, samples, and what is missing.
    """

    k: int | None
    answer: str
    votes: Mapping[str, int | None]
    scores: tuple[Scored, ...]
    models: Mapping[int, Any]
    evidence: float | None
    shown: int
    n_rows: int
    n_sampled: int
    n_refitted: int
    left_out: Mapping[int, str]
    interrupted: bool
    clustergram: Clustergram
    model: str
    covariance_type: str | None
    by_covariance_type: Mapping[str, Mapping[int, Any]]
    recovery: str = ""
    remarks: str = ""

    @property
    def verdict(self) -> str:
        """The answer and its doubt; ``sentence`` is the same."""
        return f"{self.headline} {self.remarks}".rstrip()

    @property
    def headline(self) -> str:
        """The answer, and how the clusters that are shown come back."""
        return f"{self.answer} {self.recovery}".rstrip()

    def beside(self, stability: Stability) -> ChooseK:
        """Return the same, telling how the shown clusters come back as a study of their own finds it.

        That study has more resamples, of more rows, so that its figure is the one to tell. A verdict without
        one, such as "there may be no clusters", stays as it is.

        Parameters
        ----------
        stability : Stability
            That of the fit that is shown.

        Returns
        -------
        ChooseK
        """
        told = self.recovery and recovery(float(stability.jaccard.min()))
        return dataclasses.replace(self, recovery=told)

    @property
    def sentence(self) -> str:
        """The answer and its doubt."""
        return self.verdict

    @property
    def table(self) -> pa.Table:
        """One row for each k and criterion (and type of covariances): value, error, which way is better."""
        scores = self.scores
        lengths = [len(scored.ks) for scored in scores]
        columns: dict[str, Any] = {
            "k": np.concatenate([scored.ks for scored in scores]),
            "criterion": np.repeat([scored.criterion for scored in scores], lengths).tolist(),
        }
        if self.covariance_type is not None:
            types = [str(scored.covariance_type) for scored in scores]
            columns["covariances"] = np.repeat(types, lengths).tolist()
        columns["value"] = column(np.concatenate([scored.values for scored in scores]))
        columns["error"] = column(np.concatenate([scored.errors for scored in scores]))
        columns["better"] = np.repeat([scored.better for scored in scores], lengths).tolist()
        return pa.table(columns)

    def _columns(self) -> Mapping[str, Any]:
        """Return what is shown: one row for each k (and type of covariances), one column per criterion."""
        lines = sorted({(str(s.covariance_type), int(k)) for s in self.scores for k in s.ks})
        columns: dict[str, Any] = {"k": [k for _, k in lines]}
        if self.covariance_type is not None:
            columns = {"covariances": [kind for kind, _ in lines], **columns}
        for scored in self.scores:
            values = columns.setdefault(scored.criterion, np.full(len(lines), np.nan))
            for k, value in zip(scored.ks, scored.values, strict=True):
                values[lines.index((str(scored.covariance_type), int(k)))] = value
        return columns
