"""The number of clusters of k-means and spherical k-means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from emscope.columns import Array
from emscope.estimators.offers import Model
from emscope.models.kmeans import KMeans
from emscope.models.spherical_kmeans import SphericalKMeans
from emscope.results.choose_k import Scored
from emscope.study import many
from emscope.study.criteria.criterion import Scores, best
from emscope.study.criteria.gap import GAP, Box, evidence, gap, vote
from emscope.study.criteria.inertia import INERTIA
from emscope.study.criteria.silhouette import SILHOUETTE, silhouette
from emscope.study.criteria.stability import STABILITY, most_stable
from emscope.study.criteria.variance_ratio import VARIANCE_RATIO, variance_ratio
from emscope.study.fits import objective
from emscope.study.k_study import AGAIN, N_RESAMPLES, PAIRS, REFERENCES, KStudy, scored
from emscope.study.sample import MOST_PAIRED, MOST_REFITTED, Sample
from emscope.study.threads import in_threads

STARTS = 2
"""Of each fit to the sample, to a reference and to half of the rows; the better goes on."""

# Of each fit to the sample and to a reference. Rows that are spread evenly take many more, which lower the
# objective by less than one in a hundred; as the sample is fitted alike, both are compared at the same point.
_ITERATIONS = 15


class HardStudy(KStudy):
    """Fits every k, and asks variance ratio, silhouette, gap and stability."""

    _refitted = "For their votes, gap and stability were taken on"

    def _work(self) -> float:
        m, d, total = len(self.drawn.rows), int(self.points.shape[1]), float(sum(self.ks))
        paired = m if self.drawn.is_all else min(m, MOST_PAIRED)
        self._part = float(self.n_rows * d)
        self._pairs = paired * paired * d / 20
        small = (self.asked.n_reference + 1 + N_RESAMPLES / 2) * min(m, MOST_REFITTED) * d
        return self._part * total + self._pairs + small * total

    def _fit(self) -> None:
        self._models: dict[int, Model] = {}
        self._silhouette: Scores | None = None
        self._stability: Scores | None = None
        self._references: list[Array] = []
        settings = {"n_init": self.asked.n_init, "n_threads": self.asked.n_threads}
        self._every(settings, self._part)

    def _keep(self, k: int, model: Model) -> None:
        self._models[k] = model

    def _fitted(self) -> Mapping[int, Model]:
        return self._models

    @property
    def _kind(self) -> type[KMeans]:
        return SphericalKMeans if self.name == "spherical" else KMeans

    def _score(self) -> None:
        ks = list(self._models)
        labels = {k: self._fits.labels(model) for k, model in self._models.items()}
        pairs = self.pairs = self._paired(labels[ks[-1]])
        self.sample = pairs if len(pairs.rows) <= MOST_REFITTED else self._to_refit(labels[ks[-1]])
        own = {k: of_all[self.sample.rows] for k, of_all in labels.items()}
        self.progress.doing("silhouettes")
        self._silhouette = silhouette(
            np.array(ks),
            [of_all[pairs.rows] for of_all in labels.values()],
            pairs,
            cosine=self._kind is SphericalKMeans,
            n_threads=self.asked.n_threads,
        )
        self.progress.add(self._pairs, "references")
        self._take_references(ks)
        self._take_stability(own)

    def _paired(self, labels: Array) -> Sample:
        """Return the rows whose distances are taken."""
        return self.drawn if self.drawn.is_all else self._draw(PAIRS, labels, MOST_PAIRED)

    def _take_references(self, ks: Sequence[int]) -> None:
        """Fit the sample and references alike: k-means for every k, and for one cluster."""
        count = self.asked.n_reference
        if not count:
            return
        points, weights, mass = self.sample.points, self.sample.weights, self.sample.mass
        every = [1, *(k for k in ks if k > 1)]
        box = Box.around(points, mass, unit=self._kind is SphericalKMeans)

        def objectives(b: int) -> Array:
            random = self.asked.seeded(REFERENCES, b)
            rows = box.draw(len(points), random) if b else points
            return np.array([self._lowest(rows, weights, k, random) for k in every])

        part = len(points) * points.shape[1] * float(sum(ks))
        for found in in_threads(objectives, range(count + 1), self.asked.n_threads):
            self._references.append(found)
            self.progress.add(part, f"reference {len(self._references) - 1} of {count}")

    def _lowest(self, points: Array, weights: Array | None, k: int, random: np.random.RandomState) -> float:
        """Return the objective of a fit from the start that is the better after one iteration."""
        uniforms = random.random_sample((STARTS, many.n_draws(k)))
        fits = many.fits(
            self._kind, points, weights,
            uniforms=uniforms, k=k, tried=STARTS, max_iter=_ITERATIONS, n_threads=1,
        )  # fmt: skip
        return float(fits.objectives[0])

    def _take_stability(self, labels: Mapping[int, Array]) -> None:
        """Cluster half of the rows afresh, many times."""
        points, mass = self.sample.points, self.sample.mass
        m, d = points.shape
        drawn = np.zeros((N_RESAMPLES, m))
        for r in range(N_RESAMPLES):
            half = self._half(r)
            drawn[r, half] = mass[half]
        scores = self._stability = Scores.none(len(labels))
        for q, (k, own) in enumerate(labels.items()):
            if 1 < k <= m // 2:
                again = self._again(points, drawn, k)
                scores.values[q], scores.errors[q] = self._similarities(own, again, k)
                self.progress.add(N_RESAMPLES * m / 2 * d * k, f"stability of k = {k}")

    def _again(self, points: Array, drawn: Array, k: int) -> list[Array]:
        """Return the labels of the rows drawn, by fresh fits to each half."""
        uniforms = self.asked.seeded(AGAIN, k).random_sample((STARTS * len(drawn), many.n_draws(k)))
        threads, weights = self.asked.n_threads, np.repeat(drawn, STARTS, axis=0)
        fits = many.fits(self._kind, points, weights, uniforms=uniforms, k=k, n_threads=threads)
        best = fits.objectives.reshape(-1, STARTS).argmin(axis=1)
        centers = fits.centers[STARTS * np.arange(len(drawn)) + best]
        labels = many.labels_of(points, centers, threads)
        return [own[weights > 0] for own, weights in zip(labels, drawn, strict=True)]

    def _evidence(self) -> float | None:
        if len(self._references) < 3:
            return None
        data, *references = self._references
        return float(evidence(data, np.array(references)).max())

    def _scores(self) -> Sequence[Scored]:
        ks = np.array(list(self._models))
        objectives = np.array([objective(model) for model in self._models.values()])
        none = Scores.none(len(ks))
        ratio = variance_ratio(ks, objectives, self._of_one(), self.n_rows)
        silhouettes, stability = self._silhouette or none, self._stability or none
        return [
            scored(INERTIA, ks, Scores(objectives, none.errors)),
            scored(VARIANCE_RATIO, ks, ratio, best(ks, ratio)),
            scored(SILHOUETTE, ks, silhouettes, best(ks, silhouettes)),
            *self._gap(ks),
            scored(STABILITY, ks, stability, most_stable(ks, stability)),
        ]

    def _gap(self, ks: Array) -> list[Scored]:
        largest = self._evidence()
        if largest is None:
            return []
        data, *references = self._references
        every = np.array([1, *ks[ks > 1]])
        scores = gap(data, np.array(references))
        return [scored(GAP, every, scores, vote(every, scores, largest))]

    def _of_one(self) -> float:
        """Return the objective of a single cluster."""
        if 1 in self._models:
            return objective(self._models[1])
        model = self._fits.fit(1, {"n_init": 1, "n_threads": self.asked.n_threads})
        assert model is not None
        return objective(model)
