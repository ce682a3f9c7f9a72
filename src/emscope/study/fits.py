"""The fits of every number of clusters, each from its own starts and from the fit before.

Above 10,000 rows, where k-means takes a single start, both are tried on a sample first, and all rows are
fitted once, from the start that had the better end.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.exceptions import ConvergenceWarning

from emscope.columns import Array
from emscope.estimators.offers import Model, Offer, centers_of
from emscope.estimators.problem import CheckedRows
from emscope.estimators.spherical_kmeans import SphericalKMeans
from emscope.events import EventError
from emscope.study import many
from emscope.study.sample import Sample
from emscope.study.splitting import split_to

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """Fits models of one kind to the same rows."""

    offer: Offer
    rows: CheckedRows
    sample: Sample
    """Where clusters are split, from all the rows."""
    settings: Mapping[str, Any]
    """Parameters of the estimators."""

    def each(self, seeds: Mapping[int, int]) -> Iterator[tuple[int, Model | None]]:
        """Yield the best fit for every k; None where the rows make one impossible."""
        before: Model | None = None
        for k, seed in seeds.items():
            best = self._from_sample(before, k, seed) if self._by_sample else self._from_all(before, k, seed)
            if before is not None and best is not None and not self.offer.card.soft:
                best = self._never_above(best, before, k, seed)
            before = best or before
            yield k, best

    def labels(self, model: Model) -> Array:
        """Return the labels of the rows that count."""
        labels = model.labels_ if hasattr(model, "labels_") else model.predict(self.rows.points)
        return np.asarray(labels[self.rows.blocks.numbers(np.arange(self.rows.blocks.n_samples))])

    def fit(self, k: int, settings: Mapping[str, Any]) -> Model | None:
        """Fit one k; return None where the rows make that impossible."""
        model = self.offer.estimator(k, **settings)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the trace has the doubts
            try:
                return model.fit(self.rows)
            except EventError:
                return None

    @property
    def _by_sample(self) -> bool:
        one_start = self.settings.get("n_init") in ("auto", 1)
        return one_start and not self.offer.card.soft and not self.sample.is_all

    def _from_all(self, before: Model | None, k: int, seed: int) -> Model | None:
        """Fit all rows from each start, and return the best."""
        best = self.fit(k, {**self.settings, "random_state": seed})
        return best if before is None else self._better(best, self._from(self._split(before, k), k, seed))

    def _from_sample(self, before: Model | None, k: int, seed: int) -> Model | None:
        """Fit the sample from k-means++ and from the split, and all rows from where the better fit began."""
        uniforms = np.random.RandomState(seed).random_sample((1, many.n_draws(k)))
        ends = self._ends(uniforms=uniforms, k=k)
        if before is not None:
            ends = ends.better(self._ends(starts=self._split(before, k)[None]))
        return self._from(ends.starts[0], k, seed)

    def _ends(self, **begun: Any) -> many.Fits:
        return many.fits(self.offer.hard_model, self.sample.points, self.sample.weights, **begun, n_threads=1)

    def _from(self, centers: Array, k: int, seed: int) -> Model | None:
        start = {self.offer.init: centers, "n_init": 1, "random_state": seed}
        return self.fit(k, {**self.settings, **start})

    def _split(self, before: Model, k: int) -> Array:
        """Return k centers: those of the fit before, of which some are split."""
        centers = centers_of(before).astype(np.float64)
        labels = self.labels(before)[self.sample.rows]
        unit = self.offer.estimator is SphericalKMeans
        return split_to(k, self.sample.points, self.sample.mass, labels, centers, unit=unit)

    def _better(self, one: Model | None, other: Model | None) -> Model | None:
        if one is None or other is None:
            return one or other
        return other if objective(other) < objective(one) * (1 - _ROUNDING) else one

    def _never_above(self, model: Model, before: Model, k: int, seed: int) -> Model:
        """Return a fit that is no worse than that of fewer: from its centers and the rows farthest away.

        That is needed only where the cut of a cluster, found on a sample, is none on all rows.
        """
        if objective(model) <= objective(before):
            return model
        centers = np.asarray(before.cluster_centers_, np.float64)
        while len(centers) < k:
            farthest = int(cdist(self.sample.points, centers).min(axis=1).argmax())
            centers = np.concatenate([centers, self.sample.points[farthest][None]])
        return self._better(model, self._from(centers, k, seed)) or model


def objective(model: Model) -> float:
    """Return what a fit has lowered."""
    return float(model.inertia_) if hasattr(model, "inertia_") else -float(model.lower_bound_)
