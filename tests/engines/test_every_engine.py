"""A fit is the same to the last bit on an engine that pickles everything, as a distributed one would."""

import pickle

import numpy as np
import pytest

from emscope import GaussianMixture, KMeans, SphericalKMeans
from emscope.data.blocks import ArrayBlocks
from emscope.engines.threads import Threads
from emscope.kernels.choice import kernel_for, mixture_kernel_for
from emscope.models.covariances import COVARIANCE_TYPES
from emscope.models.gaussian_mixture import GaussianMixture as Mixture
from emscope.models.gaussian_mixture import Parameters as MixtureParameters
from emscope.models.kmeans import KMeans as Clusters
from emscope.models.kmeans import Parameters as Centers
from emscope.recording import Run
from emscope.starts import STARTS
from emscope.stopping import labels_or_shift
from pickling import PicklingEngine, sent

FIELDS = ("centers", "means", "covariances", "weights", "counts", "labels", "responsibilities", "shift")


def rows(n=500, d=2, offset=0.0):
    random = np.random.default_rng(0)
    return 4 * random.normal(size=(5, d))[random.integers(5, size=n)] + random.normal(size=(n, d)) + offset


def bits(steps):
    """Return all that steps hold, to be compared with other steps."""
    arrays = [[getattr(step, name) for name in FIELDS] for step in steps]
    told = [[(event.kind, event.cluster, event.rows) for event in step.events] for step in steps]
    return (
        [[None if array is None else array.tobytes() for array in line] for line in arrays],
        [(step.phase, step.iteration, step.objective, step.moved) for step in steps],
        told,
    )


def half_steps(engine, model, start):
    with engine:
        run = Run(model, start, engine, stopping=labels_or_shift(0.0), max_iter=12)
        list(run)
        return bits(run.trace(engine.blocks, ("x",) * engine.blocks.n_features, {}).steps), run.labels


MODELS = {
    "plain": lambda n, d, k: Clusters(),
    "cells": lambda n, d, k: Clusters(kernel_for(n, d, k, "cells")),
    "bounds": lambda n, d, k: Clusters(kernel_for(10**9, 200, k, "bounds")),
    "products": lambda n, d, k: Clusters(kernel_for(10**9, 200, 64, "lloyd")),
    "lloyd": lambda n, d, k: Clusters(kernel_for(10**9, d, k, "lloyd")),
}


def both(X, weights, model, start):
    """Return what threads and the pickling engine come to."""
    blocks = ArrayBlocks(X, weights, block_size=64)
    threads = Threads(blocks, 2, model.prepare, blas=model.blas, spanning=model.spanning)
    here = half_steps(threads, model, start)
    there = half_steps(PicklingEngine(blocks, model), sent(model), start)
    return here, there


def assert_same(here, there):
    assert here[0] == there[0]
    np.testing.assert_array_equal(here[1], there[1])


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_kmeans_gives_the_same_bits(name, dtype):
    X = rows().astype(dtype)
    weights = np.random.default_rng(1).integers(0, 3, size=len(X)).astype(float)
    assert_same(*both(X, weights, MODELS[name](*X.shape, 5), Centers(X[:5].copy())))


def test_empty_clusters_and_digits_that_cancel_give_the_same_bits():
    X = rows()
    centers = np.array([[0.0, 0.0], [1e6, 1e6], [1e6, 1e6], [-1e6, 0.0], [1e9, -1e9]])
    here, there = both(X, None, Clusters(), Centers(centers))
    assert "empty_cluster" in str(here[0][2])
    assert_same(here, there)


@pytest.mark.parametrize("kind", COVARIANCE_TYPES)
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("far", [0.0, 1e6])
def test_mixtures_give_the_same_bits(kind, compiled, far):
    X = rows(400, 2)
    k, d = 3, 2
    covariances = COVARIANCE_TYPES[kind]
    unit = {"full": np.stack([np.eye(d)] * k), "tied": np.eye(d), "diag": np.ones((k, d))}.get(
        kind, np.ones(k)
    )
    kernel = mixture_kernel_for(10**9, d, k, covariances.structure) if compiled else None
    start = MixtureParameters(X[:k] + far, unit, np.full(k, 1 / k))
    assert_same(*both(X, None, Mixture(covariances, 1e-6, kernel), start))


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("d", [2, 9])
def test_starts_are_chosen_where_the_blocks_are(start, d):
    X = rows(3000, d)
    blocks = ArrayBlocks(X, np.arange(3000) % 3 * 1.0, block_size=1024)
    chosen = [
        STARTS[start](engine, 7, np.random.RandomState(0))
        for engine in (Threads(blocks, 1), PicklingEngine(blocks, Clusters()))
    ]
    assert chosen[0].tobytes() == chosen[1].tobytes()


@pytest.mark.parametrize(
    "estimator",
    [
        KMeans(4, random_state=0, init="random", n_init=3),
        KMeans(4, random_state=0, algorithm="cells"),
        SphericalKMeans(4, random_state=0, init="random-partition", n_init=2),
        SphericalKMeans(4, random_state=0, init="farthest", algorithm="cells"),
        *(GaussianMixture(3, covariance_type=kind, random_state=0, max_iter=9) for kind in COVARIANCE_TYPES),
        GaussianMixture(3, init_params="random", random_state=0, accelerate="squarem", max_iter=20),
        GaussianMixture(3, init_params="random_from_data", random_state=0, n_init=2, max_iter=5),
        GaussianMixture(3, init_params="k-means++", random_state=0, max_iter=5),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_whole_fits_give_the_same_bits(estimator, monkeypatch):
    X = rows()
    here = estimator.fit(X)
    expected = bits(here.trace_.steps), here.predict(X).tobytes()
    for module in ("base", "hard", "mixture_density"):
        monkeypatch.setattr(
            f"emscope.estimators.{module}.engine_for", lambda blocks, model, n: PicklingEngine(blocks, model)
        )
    there = estimator.fit(X)
    assert expected == (bits(there.trace_.steps), there.predict(X).tobytes())


def test_a_collapse_is_found_where_the_blocks_are():
    X = np.repeat(rows(6), 30, axis=0)
    model = Mixture(COVARIANCE_TYPES["full"], 1e-6)
    unit = np.stack([np.eye(2)] * 3)
    here, there = both(X, None, model, MixtureParameters(X[[0, 40, 80]], unit, np.full(3, 1 / 3)))
    assert "collapsed_component" in str(here[0][2])
    assert_same(here, there)


@pytest.mark.parametrize("name", MODELS)
def test_statistics_and_models_survive_pickling(name):
    X = rows()
    model, parameters = MODELS[name](*X.shape, 5), Centers(X[:5].copy())
    with Threads(ArrayBlocks(X), 1, model.prepare) as engine:
        statistics, _ = engine.expectation(model.expectation, parameters)
    arrived = sent(statistics)
    after = model.maximization(statistics, parameters)
    assert pickle.dumps(sent(model).maximization(arrived, sent(parameters))) == pickle.dumps(after)
    for one, other in ((parameters, sent(parameters)), (after, sent(after))):
        assert model.objective(statistics, one) == model.objective(arrived, other)
        assert model.cancels(statistics, parameters, one) == model.cancels(arrived, sent(parameters), other)
