"""The k-means estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial.distance import cdist

from emscope.columns import Array
from emscope.estimators.base import own_numerics
from emscope.estimators.hard import HardEstimator
from emscope.models import kmeans


class KMeans(HardEstimator):
    r"""k-means clustering, with every half-step recorded.

    It lowers the inertia :math:`\sum_i w_i \|x_i - c_{z_i}\|^2`, in turn over the labels z (expectation)
    and over the centers c (maximization). Parameters, attributes and habits are those of
    :class:`sklearn.cluster.KMeans`; results are the same bits for any number of threads.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, k.
    init : {"k-means++", "random", "farthest", "random-partition"}, callable, array, Trace or fitted model
        Where the run begins: greedy k-means++, random rows, farthest points, means of a random
        partition, ``init(X, n_clusters, random_state=...)``, an array of shape (k, d), or the last
        centers (means of a mixture) of another fit or of a trace, fresh or loaded, which
        :func:`sklearn.base.clone` keeps. The trace of a standardized fit starts a fit to the same rows, in
        either units.
    n_init : "auto" or int, default="auto"
        Number of starts, of which the one with the lowest inertia wins. "auto" is 10 for "random",
        "random-partition" and callables, else 1.
    max_iter : int, default=300
        Largest number of maximization steps.
    tol : float, default=1e-4
        The run ends when the sum of squared shifts of the centers is at most this times the mean
        variance of the features, weighted as the rows are.
    verbose : int, default=0
        Print a line per iteration. Whatever it is, the logger "emscope" has the start and the end of every
        fit (INFO) and its half-steps (DEBUG).
    random_state : int, RandomState or None, default=None
        Source of the start's draws.
    copy_x : bool, default=True
        Kept for compatibility: the data is never written to.
    algorithm : {"auto", "lloyd", "elkan", "bounds", "cells"}, default="auto"
        How the nearest centers are found; the labels are the same for all. "lloyd" tries every center,
        "bounds" (for which "elkan" is scikit-learn's name) leaves out those that bounds on the distances
        rule out, "cells" gives whole cells of rows to the only center that can be nearest (at most 4
        features), "auto" picks by n, d and k.
    record : bool or "scalars", default=True
        Whether to keep a trace: all of it, only the curves with the first and last centers, or nothing.
    n_threads : int or None, default=None
        Number of threads. None uses the cores that the process may use (affinity, quota of a container,
        ``LOKY_MAX_CPU_COUNT``), or ``OMP_NUM_THREADS`` where that is fewer, as in joblib's workers.
    checkpoint : path-like or None, default=None
        A file that keeps how a long fit stands. The same call goes on from there, bit for bit, after Ctrl-C,
        a crash or a power cut, with any ``n_threads``; a fit that ends removes the file. One that keeps
        another fit, or is something else, is refused and left as it is; every fit needs a file of its own.
    checkpoint_every : float, default=30
        Seconds from one checkpoint to the next; 0 writes one after every maximization step.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (k, d)
        Centers after the run.
    labels_ : ndarray of shape (n,), int32
        Index of the center nearest to each row.
    inertia_ : float
        Sum of squared distances of the rows to their centers, weighted.
    n_iter_ : int
        Number of iterations, as scikit-learn counts them: one more than maximization steps where no label
        changed any more.
    n_features_in_ : int
        Number of features, d.
    feature_names_in_ : ndarray of shape (d,)
        Names of the features, when the data had names.
    trace_ : Trace or None
        Every half-step of the run that won; None with ``record=False`` and in a model that
        comes from a pickle, which holds no rows: ``trace_.save`` keeps a trace.

    Raises
    ------
    ValueError, TypeError
        From ``fit`` and ``steps``, when a parameter, the data or a checkpoint cannot be used; the sentence
        says why.
    OSError
        When there can be no checkpoint where it is to be.

    References
    ----------
    S. Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28 (1982), 129-137.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[1.0, 2.0], [1.0, 4.0], [1.0, 0.0], [10.0, 2.0], [10.0, 4.0], [10.0, 0.0]])
    >>> model = KMeans(n_clusters=2, init=X[[0, 3]]).fit(X)
    >>> model.labels_
    array([0, 0, 0, 1, 1, 1], dtype=int32)
    >>> model.cluster_centers_
    array([[ 1.,  2.],
           [10.,  2.]])
    >>> model.trace_
    <Trace of k-means: 2 clusters, 6 rows, 4 half-steps, converged>
    """

    _model = kmeans.KMeans

    @own_numerics
    def transform(self, X: Any) -> Array:
        """Return the distance of each row to each center.

        Parameters
        ----------
        X : array-like or data frame of shape (n, d)
            The rows.

        Returns
        -------
        ndarray of shape (n, k)
        """
        points = self._new_points(X)
        return np.asarray(cdist(points, self.cluster_centers_).astype(points.dtype, copy=False))
