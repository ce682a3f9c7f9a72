"""The number of components of a Gaussian mixture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from emscope.columns import Array
from emscope.estimators.offers import Model
from emscope.estimators.problem import checked_once
from emscope.results.choose_k import Scored
from emscope.study.criteria.criterion import Scores, lowest
from emscope.study.criteria.information import BIC, ICL, bic_and_icl
from emscope.study.criteria.stability import STABILITY, most_stable
from emscope.study.fits import Fits
from emscope.study.k_study import AGAIN, N_RESAMPLES, KStudy, scored
from emscope.study.sample import MOST_REFITTED


class MixtureStudy(KStudy):
    """Fits every k with every type of covariances, and asks BIC, ICL and stability."""

    _refitted = "For its vote, stability was taken on"

    def _work(self) -> float:
        m, d, total = min(self.n_rows, MOST_REFITTED), int(self.points.shape[1]), float(sum(self.ks))
        self._part = float(self.n_rows * d)
        return len(self.asked.covariance_types) * total * (self._part + N_RESAMPLES / 2 * m * d)

    def _fit(self) -> None:
        self._models: dict[str, dict[int, Model]] = {}
        self._criteria: dict[str, dict[int, tuple[float, float]]] = {}
        self._stability: dict[str, Scores] = {}
        for kind in self.asked.covariance_types:
            self._kind = kind
            self._every(self._settings(kind), self._part, f", {kind} covariances")

    def _settings(self, kind: str) -> dict[str, object]:
        n_init = 1 if self.asked.n_init == "auto" else self.asked.n_init
        return {"covariance_type": kind, "n_init": n_init, "n_threads": self.asked.n_threads}

    def _keep(self, k: int, model: Model) -> None:
        rows, weights = self.given.matrix, self.given.weights
        assert hasattr(model, "bic")
        criteria = bic_and_icl(model, rows, weights)
        self._models.setdefault(self._kind, {})[k] = model
        self._criteria.setdefault(self._kind, {})[k] = criteria

    def _fitted(self) -> Mapping[int, Model]:
        kind = self._covariance_type()
        return self._models[kind] if kind is not None else {}

    def _covariance_type(self) -> str | None:
        lows = {kind: min(bic for bic, _ in found.values()) for kind, found in self._criteria.items()}
        return min(lows, key=lambda kind: lows[kind]) if lows else None

    def _by_covariance_type(self) -> Mapping[str, Mapping[int, Model]]:
        return self._models

    def _is_decisive(self, scored: Scored) -> bool:
        return scored.covariance_type == self._covariance_type()

    def _score(self) -> None:
        finest = self._fits.labels(list(self._fitted().values())[-1])
        self.sample = self._to_refit(finest)
        for kind, models in self._models.items():
            self._stability[kind] = Scores.none(len(models))
            for q, (k, model) in enumerate(models.items()):
                if 1 < k <= len(self.sample.rows) // 4:
                    self._take_stability(kind, q, k, self._fits.labels(model)[self.sample.rows])

    def _take_stability(self, kind: str, q: int, k: int, labels: Array) -> None:
        """Fit half of the rows afresh, many times."""
        points, weights = self.sample.points, self.sample.weights
        settings = {**self._settings(kind), "record": False}
        again = []
        for r in range(N_RESAMPLES):
            half = self._half(r)
            rows = checked_once(
                self.offer.estimator(1), points[half], None if weights is None else weights[half]
            )
            fits = Fits(self.offer, rows, self.sample, settings)
            model = fits.fit(k, {**settings, "random_state": self.asked.seed_of(AGAIN, k, r)})
            again.append(np.zeros(len(half), np.int32) if model is None else fits.labels(model))
            part = len(points) / 2 * points.shape[1] * k
            self.progress.add(part, f"stability of k = {k}, {kind} covariances")
        scores = self._stability[kind]
        scores.values[q], scores.errors[q] = self._similarities(labels, again, k)

    def _scores(self) -> Sequence[Scored]:
        found: list[Scored] = []
        for kind, criteria in self._criteria.items():
            ks = np.array(list(criteria))
            none = Scores.none(len(ks))
            bic, icl = (Scores(values, none.errors) for values in np.array(list(criteria.values())).T)
            stability = self._stability.get(kind, none)
            found += [
                scored(BIC, ks, bic, lowest(ks, bic), kind),
                scored(ICL, ks, icl, lowest(ks, icl), kind),
                scored(STABILITY, ks, stability, most_stable(ks, stability), kind),
            ]
        return found
