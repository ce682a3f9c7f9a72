"""Who runs: every k-means behind one call, with the settings that make the race fair.

All are given the same rows, the same start and the same number of iterations, may not stop early
(``tol=0``) and end with labels that belong to the final centers; each hands out as many threads as it is
told. What a peer cannot be told stands in its ``note``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from emscope import DoubtWarning
from emscope.columns import Array


@dataclass(frozen=True, eq=False)
class Problem:
    """What a contestant is given.

    Attributes
    ----------
    X : ndarray of shape (n, d)
        C-contiguous rows.
    start : ndarray of shape (k, d)
        Centers to begin from, in the dtype of the rows.
    iterations : int
        Number of maximization steps.
    threads : int
        Number of threads.
    """

    X: Array
    start: Array
    iterations: int
    threads: int


@dataclass(frozen=True, eq=False)
class Outcome:
    """The result of a contestant.

    Attributes
    ----------
    labels : ndarray of shape (n,), integer
        Nearest center of every row.
    centers : ndarray of shape (k, d)
        Final centers.
    n_iter : int
        Iterations it reports.
    """

    labels: Array
    centers: Array
    n_iter: int


@dataclass(frozen=True)
class Contestant:
    """One k-means.

    Attributes
    ----------
    name : str
        As tables call it.
    module : str
        What has to be installed.
    fit : callable(problem) -> Outcome
        Runs it.
    exact : bool
        Whether it finds what Lloyd's algorithm finds. Others are shown, and never compared with.
    dtypes : tuple of str
        What it computes in.
    note : str
        What it cannot be told.
    """

    name: str
    module: str
    fit: Callable[[Problem], Outcome]
    exact: bool = True
    dtypes: tuple[str, ...] = ("float32", "float64")
    note: str = ""


def _outcome(model: Any) -> Outcome:
    return Outcome(model.labels_, model.cluster_centers_, model.n_iter_)


def without_doubts(model: Any, X: Array) -> Any:
    """Fit a model that is to say nothing of its doubts: a race is there to be timed, not to be believed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtWarning)
        return model.fit(X)


def fit_emscope(problem: Problem, record: bool = True) -> Outcome:
    """Run emscope, recording as it does by default."""
    from emscope import KMeans

    model = KMeans(
        len(problem.start),
        init=problem.start,
        max_iter=problem.iterations,
        tol=0,
        n_threads=problem.threads,
        record=record,
    )
    return _outcome(without_doubts(model, problem.X))


def _fit_scikit_learn(problem: Problem, algorithm: str = "lloyd") -> Outcome:
    from sklearn.cluster import KMeans

    model = KMeans(
        len(problem.start),
        init=problem.start,
        n_init=1,
        max_iter=problem.iterations,
        tol=0,
        algorithm=algorithm,
    )
    return _outcome(model.fit(problem.X))


def _fit_elkan(problem: Problem) -> Outcome:
    return _fit_scikit_learn(problem, "elkan")


def _fit_intelex(problem: Problem) -> Outcome:
    from sklearnex.cluster import KMeans

    model = KMeans(
        len(problem.start),
        init=problem.start,
        n_init=1,
        max_iter=problem.iterations,
        tol=0,
        n_jobs=problem.threads,
    )
    return _outcome(model.fit(problem.X))


def _fit_faiss(problem: Problem) -> Outcome:
    import faiss

    faiss.omp_set_num_threads(problem.threads)
    k, d = problem.start.shape
    model = faiss.Kmeans(
        d,
        k,
        niter=problem.iterations,
        max_points_per_centroid=2**31 - 1,
        min_points_per_centroid=1,
    )
    model.train(problem.X, init_centroids=problem.start)
    _, labels = model.index.search(problem.X, 1)
    return Outcome(labels[:, 0], model.centroids, problem.iterations)


def _fit_superkmeans(problem: Problem) -> Outcome:
    from superkmeans import SuperKMeans

    k, d = problem.start.shape
    model = SuperKMeans(
        k,
        d,
        hierarchical=False,
        iters=problem.iterations,
        sampling_fraction=1.0,
        max_points_per_cluster=2**31 - 1,
        n_threads=problem.threads,
        tol=0.0,
        early_termination=False,
    )
    centers = model.train(problem.X)
    return Outcome(model.assign(problem.X, centers), centers, problem.iterations)


def _fit_minibatch(problem: Problem) -> Outcome:
    from sklearn.cluster import MiniBatchKMeans

    model = MiniBatchKMeans(
        len(problem.start),
        init=problem.start,
        n_init=1,
        max_iter=problem.iterations,
        batch_size=max(1024, len(problem.X) // 100),
        random_state=0,
    )
    return _outcome(model.fit(problem.X))


EMSCOPE = Contestant("emscope", "emscope", fit_emscope)

PEERS = (
    Contestant("Lloyd", "sklearn", _fit_scikit_learn),
    Contestant("Elkan", "sklearn", _fit_elkan),
    Contestant(
        "faiss",
        "faiss",
        _fit_faiss,
        dtypes=("float32",),
        note="its last search, which gives the labels, is part of its time, as it is part of the others'",
    ),
    Contestant("intelex", "sklearnex", _fit_intelex),
    Contestant(
        "superkmeans",
        "superkmeans",
        _fit_superkmeans,
        exact=False,
        dtypes=("float32",),
        note="takes no start and chooses its own; flat, sampling and early termination switched off",
    ),
    Contestant(
        "mini-batch",
        "sklearn",
        _fit_minibatch,
        exact=False,
        note="scikit-learn's MiniBatchKMeans, a hundredth of the rows a batch, its own rules for stopping",
    ),
)


def contestants(dtype: str, names: list[str] | None = None) -> list[Contestant]:
    """Return emscope and the peers that are installed and compute in ``dtype``.

    Parameters
    ----------
    dtype : {"float32", "float64"}
    names : list of str, optional
        The peers that are wanted; all of them without it.

    Returns
    -------
    list of Contestant
        emscope first.
    """
    present = [
        peer
        for peer in PEERS
        if dtype in peer.dtypes and (names is None or peer.name in names) and find_spec(peer.module)
    ]
    return [EMSCOPE, *present]


def iterations_needed(problem: Problem) -> int:
    """Return after how many maximization steps nothing moves any more, or the number allowed.

    Some peers go on when nothing moves; a race ends before that.
    """
    from emscope import KMeans

    model = KMeans(
        len(problem.start),
        init=problem.start,
        max_iter=problem.iterations,
        tol=0,
        n_threads=problem.threads,
        record="scalars",
    )
    steps = without_doubts(model, problem.X).trace_.steps
    return max(1, sum(step.phase == "maximization" for step in steps))


def one_iteration(problem: Problem) -> Problem:
    """Return the same problem for one iteration, to warm up with."""
    return Problem(problem.X, np.array(problem.start), 1, problem.threads)
