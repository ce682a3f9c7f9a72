"""Where a mixture begins: one M-step from responsibilities that something simpler gave.

Random draws come in scikit-learn's order, so that one ``random_state`` gives the same start there
and here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from emscope import em
from emscope.columns import Array
from emscope.data.blocks import Block
from emscope.engines.engine import Engine
from emscope.errors import DataError
from emscope.kernels.choice import kernel_for
from emscope.models import kmeans
from emscope.models.collapse import refuse_singular
from emscope.models.gaussian_mixture import GaussianMixture
from emscope.models.mixture_parameters import Parameters
from emscope.models.statistics import MixtureStatistics
from emscope.starts.centers import kmeans_plus_plus, random_rows
from emscope.stopping import labels_or_shift

# What scikit-learn's mixture runs k-means with.
_KMEANS_TOL = 1e-4
_KMEANS_ITERATIONS = 300
# Rows whose random responsibilities are in memory at once.
_AT_ONCE = 1 << 13

MixtureStart = Callable[[GaussianMixture, Engine, int, np.random.RandomState], Parameters]
"""``start(model, engine, n_components, random) -> parameters``."""


def from_kmeans(
    model: GaussianMixture, engine: Engine, n_components: int, random: np.random.RandomState
) -> Parameters:
    """Run k-means from greedy k-means++ and fit a component to each of its clusters."""
    hard = _kmeans_for(engine, n_components, "auto")
    with engine.another(hard) as other:
        start = kmeans.Parameters(kmeans_plus_plus(other, n_components, random))
        stopping = labels_or_shift(_KMEANS_TOL * float(np.mean(engine.blocks.variances())))
        last = start.centers
        for step in em.steps(hard, start, other, stopping=stopping, max_iter=_KMEANS_ITERATIONS):
            assert step.centers is not None  # k-means has them
            last = step.centers
        return _from_labels(model, other, np.asarray(last, np.float64), move=True)


def from_centers(model: GaussianMixture, engine: Engine, centers: Array) -> Parameters:
    """Begin with given means, and with the scatter about them of the rows that lie nearest to each.

    A center that is nearest to no row gets the scatter of all rows, and the weight of one.
    """
    hard = _kmeans_for(engine, len(centers), "lloyd")
    with engine.another(hard) as other:
        other.expectation(hard.expectation, kmeans.Parameters(centers.astype(engine.blocks.dtype)))
        return _from_labels(model, other, np.asarray(centers, np.float64), move=False)


def from_seeds(
    model: GaussianMixture, engine: Engine, n_components: int, random: np.random.RandomState
) -> Parameters:
    """Begin at rows that greedy k-means++ chooses, each with a component for itself alone."""
    return _from_rows(model, kmeans_plus_plus(engine, n_components, random))


def from_random_rows(
    model: GaussianMixture, engine: Engine, n_components: int, random: np.random.RandomState
) -> Parameters:
    """Begin at different rows, each with a component for itself alone."""
    if not engine.blocks.weighted:  # rows that count alike are drawn in another way than by equal weights
        rows = random.choice(engine.blocks.n_samples, size=n_components, replace=False)
        return _from_rows(model, engine.blocks.take(rows))
    return _from_rows(model, random_rows(engine, n_components, random))


def from_random_responsibilities(
    model: GaussianMixture, engine: Engine, n_components: int, random: np.random.RandomState
) -> Parameters:
    """Begin with responsibilities drawn from a uniform distribution and made to add up to 1."""
    blocks = engine.blocks
    total: MixtureStatistics | None = None
    for index in range(len(blocks)):
        block = blocks[index]
        for start in range(0, len(block.rows), _AT_ONCE):
            own = slice(start, start + _AT_ONCE)
            part = Block(index, block.start + start, block.rows[own], block.weights[own])
            responsibilities = random.uniform(size=(len(part.rows), n_components))
            responsibilities /= responsibilities.sum(axis=1, keepdims=True)
            if total is None:
                if not part.weights.any():
                    continue  # rows that do not count, of which none is to be what sums are taken about
                first = part.rows[int(part.weights.argmax())].astype(np.float64)
                about = np.repeat(first[None], n_components, axis=0)
            statistics = model.statistics_of_responsibilities(part, responsibilities, about)
            total = statistics if total is None else total.merge(statistics)
    assert total is not None  # there are rows that count
    return model.maximization(total, model.fitted(total, about))


MIXTURE_STARTS: dict[str, MixtureStart] = {
    "kmeans": from_kmeans,
    "k-means++": from_seeds,
    "random": from_random_responsibilities,
    "random_from_data": from_random_rows,
}
"""The starts by name."""


def _kmeans_for(engine: Engine, k: int, algorithm: str) -> kmeans.KMeans:
    """Return k-means for the rows that a mixture is to be fitted to."""
    return kmeans.KMeans(kernel_for(engine.blocks.n_samples, engine.blocks.n_features, k, algorithm))


def _from_labels(model: GaussianMixture, engine: Engine, centers: Array, *, move: bool) -> Parameters:
    """Fit components to the rows of each cluster, at their means or at the centers themselves."""
    statistics: MixtureStatistics = engine.fold(partial(model.statistics_of_labels, about=centers))
    parameters = model.fitted(statistics, centers)
    if move:
        parameters = model.maximization(statistics, parameters)
    for empty in np.flatnonzero(statistics.weights == 0).tolist():
        parameters = _with_all_rows(model, engine, parameters, empty)
    refuse_singular(model, parameters, engine.fold)
    return parameters


def _with_all_rows(model: GaussianMixture, engine: Engine, parameters: Parameters, empty: int) -> Parameters:
    """Give an empty component the scatter of all rows, and the weight of one."""
    labels = np.full(engine.blocks.n_samples, empty, np.int32)
    everything: MixtureStatistics = engine.fold(
        partial(model.statistics_of_labels, about=parameters.means), labels
    )
    covariances = parameters.covariances.copy()
    if not model.kind.shared:
        covariances[empty] = model.fitted(everything, parameters.means).covariances[empty]
    weights = parameters.weights.copy()
    weights[empty] = 1 / engine.blocks.n_samples
    return Parameters(parameters.means, covariances, weights / weights.sum())


def _from_rows(model: GaussianMixture, rows: Array) -> Parameters:
    """Give every row a component of no extent but what ``reg_covar`` gives it."""
    k, d = rows.shape
    nothing = model.kind.products(np.zeros((k, d)), np.zeros((k, d)))
    alone = MixtureStatistics(
        about=np.asarray(rows, np.float64),
        counts=np.ones(k, np.int64),
        weights=np.ones(k),
        sums=np.zeros((k, d)),
        scatter=nothing,
        log_likelihood=0.0,
        undecided=0.0,
        entropy=0.0,
    )
    parameters = model.fitted(alone, alone.about)
    if model.kind.singular(parameters.covariances, k).any():
        raise DataError(
            "Fitting the mixture model failed because some components have ill-defined empirical covariance: "
            "this start gives every component a single row, and reg_covar=0 adds nothing to its variance. "
            "Increase reg_covar, or start from init_params='kmeans'."
        )
    return parameters
