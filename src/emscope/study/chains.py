"""k-means for one k after the other, as references and the data beside them are fitted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emscope.columns import Array
from emscope.kernels.hard.distances import columns_of, nearest_center
from emscope.models.kmeans import KMeans
from emscope.models.spherical_kmeans import SphericalKMeans, unit_vectors
from emscope.study.small_fits import SmallFit, small_fit
from emscope.study.splitting import best_split


def split_to(kind: type[KMeans], points: Array, weights: Array, before: SmallFit, k: int) -> Array:
    """Return k centers: those of a fit with fewer, of which some are split, one after the other."""
    centers, labels = before.centers, before.labels
    while True:
        centers = best_split(points, weights, labels, centers)
        if kind is SphericalKMeans:
            centers = unit_vectors(centers)
        if len(centers) == k:
            return centers
        labels = nearest_center(columns_of(points), centers)


def chain(
    kind: type[KMeans], points: Array, weights: Array | None, ks: Sequence[int], random: np.random.RandomState
) -> list[SmallFit]:
    """Fit every k from k-means++ and from the best split of the fit before, and keep the better."""
    mass = np.ones(len(points)) if weights is None else weights
    fits: list[SmallFit] = []
    for k in ks:
        starts: list[Array | np.random.RandomState] = [random]
        if fits:
            starts.append(split_to(kind, points, mass, fits[-1], k))
        found = [small_fit(kind, points, weights, k, start) for start in starts]
        fits.append(min(found, key=lambda fit: fit.objective))
    return fits
