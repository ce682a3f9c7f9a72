"""Points like those of a run and none of them, and whose they would be."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from emscope.card import ModelCard
from emscope.columns import Array
from emscope.trace import Trace

_MOST_FEATURES = 64  # of which covariances are taken; of more, variances
_UNIT = 1e-6  # by which rows scaled to length 1 may miss it


def drawn_like(
    trace: Trace, parameters: Mapping[str, Array], counts: Array | None, fewest: int
) -> tuple[Array, Array]:
    """Draw as many points as a trace has, and tell for which cluster each was drawn.

    Each comes from a Gaussian with the location of its cluster and its covariance: that of the component, or
    of the points of the cluster. Clusters of fewer than ``fewest`` points have the mean spread of the others.
    The same ones each time.
    """
    points = np.asarray(trace.points, dtype=np.float64)
    m, d = points.shape
    random = np.random.default_rng(0)
    labels = next((step.labels for step in reversed(trace.steps) if step.labels is not None), None)
    if labels is None or counts is None:
        labels, counts = np.zeros(m, np.int32), np.array([m])
    locations = parameters.get(trace.card.location)
    with np.errstate(all="ignore"):
        spread = _pooled(points, labels, counts)
        found = np.empty((m, d))
        drawn_for = random.permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.int32)
        for j in np.flatnonzero(counts).tolist():
            own = points[labels == j]
            where = own.mean(axis=0)
            if locations is not None and locations.shape == (len(counts), d):
                where = np.asarray(locations[j])
            away = random.normal(size=(counts[j], d))
            found[drawn_for == j] = where + _shaped(away, own, j, parameters, trace.card, spread, fewest)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        if trace.card.points and np.allclose(np.linalg.norm(points, axis=1), 1, rtol=0, atol=_UNIT):
            found = np.where(lengths > 0, found / lengths, found)
    return np.nan_to_num(found), drawn_for


def owners_of(
    points: Array, parameters: Mapping[str, Array], card: ModelCard, scale: Array | None
) -> tuple[Array | None, Array | None]:
    """Return labels, and responsibilities of a mixture, by the card's formula; None where it has none."""
    if card.owners == "nearest":
        unit = np.ones(points.shape[1]) if scale is None else np.asarray(scale, dtype=np.float64)
        centers = parameters[card.location]
        with np.errstate(all="ignore"):
            squares = np.zeros((len(points), len(centers)))
            for x, c in zip((points / unit).T, (centers / unit).T, strict=True):
                squares += np.subtract.outer(x, c) ** 2
        return squares.argmin(axis=1).astype(np.int32), None
    if card.owners != "gaussian":
        return None, None
    with np.errstate(all="ignore"):
        joint = _log_joint(points, parameters, card)
        joint -= joint.max(axis=1, keepdims=True)
        responsibilities = np.exp(joint)
        responsibilities /= responsibilities.sum(axis=1, keepdims=True)
    responsibilities = np.nan_to_num(responsibilities)
    return responsibilities.argmax(axis=1).astype(np.int32), responsibilities


def _log_joint(points: Array, parameters: Mapping[str, Array], card: ModelCard) -> Array:
    r"""Return :math:`\log w_j - \frac12 (\log |\Sigma_j| + (x - \mu_j)^T \Sigma_j^{-1} (x - \mu_j))`."""
    means, weights = parameters[card.location], parameters["weights"]
    found = np.empty((len(points), len(means)))
    for j, mean in enumerate(means):
        away = np.asarray(points, dtype=np.float64) - mean
        root = _root(parameters["covariances"], j, card)
        if root.ndim == 2:
            away, logdet = solve_triangular(root, away.T, lower=True).T, np.log(np.diagonal(root)).sum()
        else:
            roots = np.broadcast_to(root, mean.shape)
            away, logdet = away / roots, np.log(roots).sum()
        found[:, j] = np.log(weights[j]) - logdet - (away**2).sum(axis=1) / 2
    return found


def _root(covariances: Array, j: int, card: ModelCard) -> Array:
    """Return the lower Cholesky factor of a component, or its standard deviations."""
    own = covariances if card.covariances == "tied" else covariances[j]
    if card.covariances in ("full", "tied"):
        return np.asarray(cholesky(own, lower=True))
    return np.asarray(np.sqrt(own))


def _shaped(
    away: Array,
    own: Array,
    j: int,
    parameters: Mapping[str, Array],
    card: ModelCard,
    spread: Array,
    fewest: int,
) -> Array:
    """Give standard normal draws the covariance of a cluster."""
    d = own.shape[1]
    if len(own) < fewest:
        return away * spread
    if card.covariances is not None and "covariances" in parameters and card.owners == "gaussian":
        root = _root(parameters["covariances"], j, card)
        return np.asarray(away @ root.T if root.ndim == 2 else away * root)
    if len(own) <= 2 * d or d > _MOST_FEATURES:
        return np.asarray(away * own.std(axis=0))
    unit = own.std(axis=0)
    safe = np.where(unit > 0, unit, 1.0)
    scaled = (own - own.mean(axis=0)) / safe
    values, vectors = np.linalg.eigh(scaled.T @ scaled / len(own))
    return np.asarray(away @ (vectors * np.sqrt(np.maximum(values, 0))).T * unit)


def _pooled(points: Array, labels: Array, counts: Array) -> Array:
    """Return standard deviations within clusters; a part of those of all points where that is nothing."""
    squares = np.zeros(points.shape[1])
    for j in np.flatnonzero(counts):
        own = points[labels == j]
        squares += ((own - own.mean(axis=0)) ** 2).sum(axis=0)
    within = np.sqrt(squares / len(points))
    return np.where(within > 0, within, points.std(axis=0) / 4)
