"""What the studies of the number of clusters have in common: fits, criteria, and what Ctrl-C leaves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from emscope import validation
from emscope.columns import Array
from emscope.data.blocks import distinct_rows
from emscope.errors import DataError
from emscope.estimators.offers import Model, Offer
from emscope.estimators.problem import CheckedRows, checked_once
from emscope.events import as_sentence
from emscope.results.choose_k import ChooseK, Scored
from emscope.study.agreement import largest, similarities
from emscope.study.clustergrams import clustergram
from emscope.study.criteria.criterion import Criterion, Scores
from emscope.study.criteria.stability import of_weakest
from emscope.study.fits import Fits
from emscope.study.given import Given
from emscope.study.k_parameters import KParameters
from emscope.study.progress import Progress
from emscope.study.sample import MOST_REFITTED, Sample, sample_of
from emscope.study.verdict import Verdict, verdict

N_RESAMPLES = 20
# What the draws of a task are seeded with, besides its number.
SPLITS, FITS, PAIRS, REFITTED, REFERENCES, HALVES, AGAIN = range(7)


class KStudy(ABC):
    """Fits every k, takes the criteria, and says what stands out."""

    _refitted: ClassVar[str]
    """What takes many fits, as a sentence begins."""

    def __init__(self, X: Any, given: Given, offer: Offer, name: str, asked: KParameters) -> None:
        self.asked, self.offer, self.name = asked, offer, name
        self.given = given
        self.rows = _checked(X, given, offer)
        self.ks, self.left_out = _possible(asked.ks, self.rows)
        self.n_rows = self.rows.blocks.n_samples
        self.drawn = self._draw(SPLITS, np.zeros(self.n_rows, np.int8))
        self.sample = self.drawn
        """The rows that are fitted again and again."""
        self.pairs: Sample | None = None
        """Those whose distances are taken, if they are."""
        self.progress = Progress(asked.progress, self._work())
        self.interrupted = False
        self._halves: dict[int, Array] = {}

    @property
    def points(self) -> Array:
        """The rows that count, as they are fitted."""
        return self.rows.blocks.X

    @property
    def weights(self) -> Array | None:
        """Their weights."""
        return self.rows.blocks.weights

    def run(self) -> ChooseK:
        """Do what there is to do, until Ctrl-C."""
        try:
            self._fit()
            if self.ks[-1] > 1:
                self._score()
            self.progress.end()
        except KeyboardInterrupt:
            if not self._fitted():
                raise
            self.interrupted = True
        return self._result()

    @abstractmethod
    def _work(self) -> float:
        """Return how much work there is, in features of rows met by clusters."""

    @abstractmethod
    def _fit(self) -> None:
        """Fit every k."""

    @abstractmethod
    def _score(self) -> None:
        """Take the criteria that take time."""

    @abstractmethod
    def _fitted(self) -> Mapping[int, Model]:
        """Return the best fit of every k."""

    @abstractmethod
    def _scores(self) -> Sequence[Scored]:
        """Return the numbers of all criteria, those that decide at their best type of covariances."""

    def _evidence(self) -> float | None:
        """Return by how many errors the largest gap exceeds that of k = 1, if that is known."""
        return None

    def _every(self, settings: Mapping[str, Any], part: float, what: str = "") -> dict[int, Model]:
        """Fit every k, and note what is done."""
        fits = Fits(self.offer, self.rows, self.drawn, settings)
        found: dict[int, Model] = {}
        self._fits = fits
        self.progress.doing(f"fitting k = {self.ks[0]}{what}")
        for k, model in fits.each({k: self.asked.seed_of(FITS, k) for k in self.ks}):
            if model is not None:
                found[k] = model
                self._keep(k, model)
            self.progress.add(part * k, f"fitting k = {k}{what}")
        return found

    @abstractmethod
    def _keep(self, k: int, model: Model) -> None:
        """Take over a fit as soon as it is done."""

    def _draw(self, task: int, strata: Array, most: int | None = None) -> Sample:
        """Draw rows with the share of every stratum."""
        return sample_of(self.points, self.weights, strata, self.asked.seeded(task), most)

    def _to_refit(self, strata: Array) -> Sample:
        """Draw the rows that are fitted again and again."""
        return self._draw(REFITTED, strata, MOST_REFITTED)

    def _half(self, r: int) -> Array:
        """Return the places in the sample of half of its rows."""
        if r not in self._halves:
            m = len(self.sample.rows)
            self._halves[r] = np.sort(self.asked.seeded(HALVES, r).permutation(m)[: m // 2])
        return self._halves[r]

    def _similarities(self, labels: Array, again: Sequence[Array], k: int) -> tuple[float, float]:
        """Return how well the cluster comes back that does so worst."""
        halves = [self._half(r) for r in range(len(again))]
        found = [
            largest(similarities(labels[half], own, self.sample.mass[half], k))
            for half, own in zip(halves, again, strict=True)
        ]
        return of_weakest(np.array(found))

    def _result(self) -> ChooseK:
        models = self._fitted()
        ks = list(models)
        labels = {k: self._fits.labels(model) for k, model in models.items()}
        scores = list(self._scores())
        decisive = [scored for scored in scores if scored.decides and self._is_decisive(scored)]
        found = verdict(ks, decisive, self._evidence())
        mass = np.ones(self.n_rows) if self.weights is None else self.weights
        return ChooseK(
            k=found.k,
            answer=found.answer,
            votes={scored.criterion: scored.vote for scored in decisive},
            scores=tuple(scores),
            models=models,
            evidence=self._evidence(),
            shown=found.shown,
            n_rows=self.n_rows,
            n_sampled=len((self.pairs or self.sample).rows),
            n_refitted=len(self.sample.rows),
            left_out=self.left_out,
            interrupted=self.interrupted,
            clustergram=clustergram(self.points, mass, labels),
            model=self.name,
            covariance_type=self._covariance_type(),
            by_covariance_type=self._by_covariance_type(),
            recovery=found.recovery,
            remarks=" ".join(self._remarks(found, models)),
        )

    def _is_decisive(self, scored: Scored) -> bool:
        return True

    def _covariance_type(self) -> str | None:
        return None

    def _by_covariance_type(self) -> Mapping[str, Mapping[int, Model]]:
        return {}

    def _remarks(self, found: Verdict, models: Mapping[int, Model]) -> list[str]:
        """Return what is to be known of the verdict."""
        said = []
        if found.k is not None and found.k > 1:
            trace = models[found.k].trace_
            said += [as_sentence(event.message) for event in trace.doubts[:1]]
        if self.interrupted:
            said.append("The study was interrupted: what is missing in the table did not count.")
        if self.pairs is not None and not self.pairs.is_all:
            said.append(f"Silhouettes are those of {len(self.pairs.rows):,} of the {self.n_rows:,} rows.")
        if not self.sample.is_all:
            said.append(f"{self._refitted} {len(self.sample.rows):,} of the {self.n_rows:,} rows.")
        if self.left_out:
            k, why = next(iter(self.left_out.items()))
            more = " and more" if len(self.left_out) > 1 else ""
            said.append(f"k = {k}{more} left out: {why}.")
        return said


def scored(
    criterion: Criterion,
    ks: Sequence[int] | Array,
    scores: Scores,
    vote: int | None = None,
    covariance_type: str | None = None,
) -> Scored:
    """Put what a criterion is beside its numbers."""
    return Scored(
        criterion.name,
        np.asarray(ks, np.int64),
        scores.values,
        scores.errors,
        criterion.better,
        vote,
        criterion.decides,
        criterion.asks,
        criterion.assumes,
        criterion.source,
        covariance_type,
    )


def _checked(X: Any, given: Given, offer: Offer) -> CheckedRows:
    rows = checked_once(offer.estimator(1), given.matrix, given.weights, given.feature_names)
    return replace(rows, named=validation.column_names(X) is not None)


def _possible(ks: Sequence[int], rows: CheckedRows) -> tuple[list[int], dict[int, str]]:
    """Return the numbers that can be tried, and why others cannot."""
    distinct = distinct_rows(rows.blocks, ks[-1] + 1)
    possible = [k for k in ks if k == 1 or k < distinct]
    if not possible:
        raise DataError(
            f"ks begins at {ks[0]}, but there are only {distinct:,} different rows, and clusters must be "
            "fewer: ask for smaller numbers."
        )
    why = f"the data has {distinct:,} different rows, and clusters must be fewer"
    return possible, {k: why for k in ks if k not in possible}
