"""What a fitted model says of single rows: how far, how sure, and which cluster comes next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from emscope.columns import Array
from emscope.data.blocks import Block
from emscope.engines import engine_for
from emscope.estimators.base import own_numerics
from emscope.estimators.hard import HardEstimator
from emscope.estimators.mixture_density import MixtureDensity
from emscope.kernels.hard.distances import columns_of, squared_distances
from emscope.kernels.soft.mixture import FARTHEST, Components, Structure
from emscope.models.gaussian_mixture import GaussianMixture
from emscope.models.mixture_parameters import Parameters

# Entries of a (rows x clusters) tile: a few of them stay in a core's cache.
_TILE = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class RowFigures:
    r"""What a fitted model says of each of n rows.

    Attributes
    ----------
    labels : ndarray of shape (n,), int32
        The cluster of each row, as ``predict`` returns it.
    distance : ndarray of shape (n,)
        How far it is from its own center: Euclidean distance, of unit vectors for spherical k-means
        (:math:`\sqrt{2 - 2 \cos}`), and of a mixture the Mahalanobis distance
        :math:`\sqrt{(x - \mu)^T \Sigma^{-1} (x - \mu)}` from the mean of its component.
    next_cluster : ndarray of shape (n,), int32
        The cluster whose center is second nearest, or the second likeliest component; -1 where there is
        one cluster only.
    margin : ndarray of shape (n,)
        How much farther the next center is, or how much the two largest responsibilities differ; NaN
        where there is one cluster only.
    silhouette : ndarray of shape (n,) or None
        The simplified silhouette, 1 - own distance / distance to the next center, from 0 (between two) to
        1; NaN where there is one cluster only, None for a mixture.
    log_density : ndarray of shape (n,) or None
        Of a mixture, the log-likelihood of each row.
    certainty : ndarray of shape (n,) or None
        Of a mixture, the responsibility of its own component for each row.
    """

    labels: Array
    distance: Array
    next_cluster: Array
    margin: Array
    silhouette: Array | None = None
    log_density: Array | None = None
    certainty: Array | None = None


@own_numerics
def row_figures(model: HardEstimator | MixtureDensity, X: object) -> RowFigures:
    """Say of each row how far it is from its center, how sure its label is, and which cluster comes next.

    Parameters
    ----------
    model : KMeans, SphericalKMeans or GaussianMixture
        A fitted one.
    X : array-like or data frame of shape (n, d)
        The rows, as for ``predict``.

    Returns
    -------
    RowFigures
        In float64. It takes memory for these n rows, and for one tile of rows and clusters per thread.

    Raises
    ------
    ValueError
        The rows cannot be used, as for ``predict``.

    References
    ----------
    E. R. Hruschka, L. N. de Castro and R. J. G. B. Campello, "Evolutionary algorithms for clustering
    gene-expression data", Proc. 4th IEEE Int. Conf. Data Mining (2004), 403-406: the simplified silhouette.

    Examples
    --------
    >>> from emscope import KMeans
    >>> model = KMeans(2, init=[[0.0], [10.0]]).fit([[0.0], [2.0], [9.0], [13.0]])
    >>> figures = row_figures(model, [[1.0], [5.0]])
    >>> figures.labels.tolist(), figures.distance.tolist(), figures.margin.tolist()
    ([0, 0], [0.0, 4.0], [10.0, 2.0])
    >>> figures.next_cluster.tolist(), figures.silhouette.round(3).tolist()
    ([1, 1], [1.0, 0.333])
    """
    return _of_mixture(model, X) if isinstance(model, MixtureDensity) else _of_hard(model, X)


def _of_hard(model: HardEstimator, X: object) -> RowFigures:
    hard, parameters, blocks = model._for_new(X)
    centers = parameters.centers.astype(np.float64)
    with engine_for(blocks, hard, model.n_threads) as engine:
        parts = list(engine.map(partial(_nearest_two, centers=centers)))
    labels, following = (np.concatenate([p[i] for p in parts]).astype(np.int32) for i in (0, 1))
    own, second = (np.concatenate([p[i] for p in parts]) for i in (2, 3))
    if len(centers) == 1:
        nothing = np.full(len(own), np.nan)
        return RowFigures(labels, own, following, nothing, nothing)
    # of a row on two equal centers, 0 / 0, it is 0 as between any two that are equally near
    silhouette = 1.0 - np.divide(own, second, out=np.ones_like(own), where=second > 0)
    return RowFigures(labels, own, following, second - own, silhouette)


def _nearest_two(block: Block, centers: Array) -> tuple[Array, Array, Array, Array]:
    """Return the nearest center and the next, -1 where there is none, and the distances to both."""
    m, k = len(block.rows), len(centers)
    labels, following = np.empty(m, np.intp), np.full(m, -1)
    own, second = np.empty(m), np.full(m, np.nan)
    for tile in _tiles(block, k):
        squared = squared_distances(columns_of(block.rows[tile]), centers)
        each = np.arange(squared.shape[1])
        labels[tile] = squared.argmin(axis=0)
        own[tile] = squared[labels[tile], each]
        if k > 1:
            squared[labels[tile], each] = np.inf
            following[tile] = squared.argmin(axis=0)
            second[tile] = squared[following[tile], each]
    return labels, following, np.sqrt(own), np.sqrt(second)


def _of_mixture(model: MixtureDensity, X: object) -> RowFigures:
    mixture, parameters, blocks = model._for_new(X)
    labels = model._nearest(mixture, parameters, blocks)
    with engine_for(blocks, mixture, model.n_threads) as engine, engine.alone():
        task = partial(_likeliest_two, mixture=mixture, parameters=parameters, labels=labels)
        parts = list(engine.map(task))
    following, distance, margin, log_density, certainty = (
        np.concatenate(part) for part in zip(*parts, strict=True)
    )
    return RowFigures(
        labels, distance, following.astype(np.int32), margin, log_density=log_density, certainty=certainty
    )


def _likeliest_two(
    block: Block, mixture: GaussianMixture, parameters: Parameters, labels: Array
) -> tuple[Array, Array, Array, Array, Array]:
    """Return the second likeliest components, distances, margins, log densities and certainties."""
    components = mixture.components(parameters)
    m, k = len(block.rows), len(parameters.means)
    following, margin = np.full(m, -1), np.full(m, np.nan)
    distance, log_density, certainty = np.empty(m), np.empty(m), np.empty(m)
    for tile in _tiles(block, k):
        own = labels[block.start : block.stop][tile]
        each = np.arange(len(own))
        log_density[tile], responsibilities = mixture.evaluate(block.rows[tile], parameters)
        lengths = _mahalanobis(block.rows[tile].astype(np.float64), components, mixture.kind.structure)
        distance[tile] = lengths[each, own]
        certainty[tile] = responsibilities[each, own]
        if k > 1:
            following[tile] = _second(responsibilities, lengths, components.log_scales, own)
            # the label of two that are as likely may be the one that rounding makes less so
            margin[tile] = np.maximum(certainty[tile] - responsibilities[each, following[tile]], 0.0)
    return following, distance, margin, log_density, certainty


def _second(responsibilities: Array, lengths: Array, log_scales: Array, own: Array) -> Array:
    """Return the likeliest component but the own one, by densities where no other has a responsibility."""
    each = np.arange(len(own))
    others = responsibilities.copy()
    others[each, own] = -1.0
    with np.errstate(over="ignore"):
        log_joint = log_scales - 0.5 * np.minimum(lengths**2, FARTHEST)
    log_joint[each, own] = -np.inf
    return np.asarray(np.where(others.max(axis=1) > 0, others.argmax(axis=1), log_joint.argmax(axis=1)))


@np.errstate(over="ignore")
def _mahalanobis(rows: Array, components: Components, structure: Structure) -> Array:
    """Return how many standard deviations rows are from every mean, shape (m, k)."""
    means, factors = components.means, components.factors
    lengths = np.empty((len(rows), len(means)))
    for j, mean in enumerate(means):
        own = factors if structure == "tied" else factors[j]
        difference = rows - mean
        whitened = difference * own if structure == "diag" else difference @ own
        largest = np.abs(whitened).max(axis=1)  # squares may overflow, or vanish
        unit = np.where(largest > 0, largest, 1.0)[:, None]
        lengths[:, j] = largest * np.sqrt(((whitened / unit) ** 2).sum(axis=1))
    return lengths


def _tiles(block: Block, k: int) -> Iterator[slice]:
    m, d = block.rows.shape
    height = max(16, _TILE // max(k, d))
    return (slice(start, min(start + height, m)) for start in range(0, m, height))
