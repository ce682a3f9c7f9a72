"""From k - 1 clusters to k: the cluster that gains most by being split in two is split.

So the objective of k clusters, which begin there, is never above that of k - 1.
"""

from __future__ import annotations

import numpy as np

from emscope.columns import Array
from emscope.kernels.hard.distances import columns_of, nearest_center
from emscope.models.spherical_kmeans import unit_vectors

_TURNS = 4  # power iterations; the direction need not be exact
_ROUNDS = 5  # of 2-means


def split_to(k: int, points: Array, weights: Array, labels: Array, centers: Array, *, unit: bool) -> Array:
    """Return k centers: those that are given, of which some are split, one after the other.

    Points are of length 1, and so are centers, if they are ``unit`` vectors.
    """
    while True:
        centers = best_split(points, weights, labels, centers)
        if unit:
            centers = unit_vectors(centers)
        if len(centers) == k:
            return centers
        labels = nearest_center(columns_of(points), centers)


def best_split(points: Array, weights: Array, labels: Array, centers: Array) -> Array:
    """Return the centers with one more, shape (k, d): those of the two parts of one cluster.

    Each cluster is cut across its longest direction, the parts are refined by a few rounds of 2-means, and
    the cut that lowers the sum of squares most is kept.

    Source: Savaresi and Boley, "On the performance of bisecting k-means and PDDP", SIAM Data Mining 2001.
    """
    best, gain, where = None, -1.0, 0
    for cluster in range(len(centers)):
        own = labels == cluster
        if np.count_nonzero(own) < 2:
            continue
        parts, gained = _in_two(points[own], weights[own])
        if gained > gain:
            best, gain, where = parts, gained, cluster
    if best is None:
        return np.concatenate([centers, points[:1]])
    split = np.concatenate([centers, best[1:]])
    split[where] = best[0]
    return split


def _in_two(points: Array, weights: Array) -> tuple[Array, float]:
    """Return the means of two parts, (2, d), and by how much they lower the weighted sum of squares."""
    total = weights.sum()
    mean = weights @ points / total
    about = points - mean
    direction = about[int((weights * (about * about).sum(axis=1)).argmax())]
    for _ in range(_TURNS):
        length = np.sqrt(direction @ direction)
        if length == 0:
            return np.repeat(mean[None], 2, axis=0), 0.0
        direction = (weights * (about @ (direction / length))) @ about
    first = about @ direction > 0
    for _ in range(_ROUNDS):
        mass = weights[first].sum()
        if not 0 < mass < total:
            return np.repeat(mean[None], 2, axis=0), 0.0
        one = weights[first] @ about[first] / mass
        other = -one * mass / (total - mass)
        moved = about @ (one - other) > 0.5 * (one @ one - other @ other)
        if (moved == first).all():
            break
        first = moved
    gained = mass * (one @ one) + (total - mass) * (other @ other)
    return mean + np.array([one, other]), float(gained)
