"""The estimator of spherical k-means."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial.distance import cdist

from emscope.columns import Array
from emscope.estimators.base import own_numerics
from emscope.estimators.hard import HardEstimator
from emscope.events import Event, EventError
from emscope.models import spherical_kmeans
from emscope.models.spherical_kmeans import unit_vectors
from emscope.starts import SPHERICAL_STARTS

_FIRST_ROWS = 5  # that a sentence names


class SphericalKMeans(HardEstimator):
    r"""k-means of directions, with every half-step recorded.

    Rows are scaled to length 1, and so are centers. It lowers the sum of cosine distances
    :math:`\sum_i w_i (1 - \cos(x_i, c_{z_i}))`, in turn over the labels z (expectation) and over the
    centers c (maximization). How long a row is does not matter, so it suits rows that are profiles: counts
    of words, shares of a budget. A row of length 0 has no direction and is an error. Parameters and
    attributes are those of :class:`KMeans`; ``trace_`` and ``steps()`` show the rows as unit vectors.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, k.
    init : {"k-means++", "random", "farthest", "random-partition"}, callable, array, Trace or fitted model
        Where the run begins: greedy k-means++, random rows, farthest points, directions of a random
        partition, ``init(X, n_clusters, random_state=...)`` with unit rows X, an array of shape (k, d), or
        the last centers of another fit or of a trace, as in :class:`KMeans`. Given centers are scaled to
        length 1.
    n_init : "auto" or int, default="auto"
        Number of starts, of which the one with the lowest sum wins. "auto" is 10 for "random",
        "random-partition" and callables, else 1.
    max_iter : int, default=300
        Largest number of maximization steps.
    tol : float, default=1e-4
        The run ends when the sum of squared shifts of the centers is at most this times the mean
        variance of the features of the unit rows, weighted as these are.
    verbose : int, default=0
        Print a line per iteration; what is logged is as in :class:`KMeans`.
    random_state : int, RandomState or None, default=None
        Source of the start's draws.
    copy_x : bool, default=True
        As in :class:`KMeans`: the data is never written to. The unit rows are always a copy.
    algorithm : {"auto", "lloyd", "elkan", "bounds", "cells"}, default="auto"
        How the nearest centers are found, as in :class:`KMeans`; the labels are the same for all.
    record : bool or "scalars", default=True
        Whether to keep a trace: all of it, only the curves with the first and last centers, or nothing.
    n_threads : int or None, default=None
        Number of threads, as in :class:`KMeans`.
    checkpoint : path-like or None, default=None
        A file that keeps how a long fit stands, as in :class:`KMeans`.
    checkpoint_every : float, default=30
        Seconds from one checkpoint to the next; 0 writes one after every maximization step.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (k, d)
        Centers after the run, of length 1.
    labels_ : ndarray of shape (n,), int32
        Index of the center with the largest cosine to each row.
    inertia_ : float
        Sum of cosine distances of the rows to their centers, weighted: what takes the place of k-means'
        sum of squares.
    n_iter_ : int
        Number of iterations, as scikit-learn counts them: one more than maximization steps where no label
        changed any more.
    n_features_in_ : int
        Number of features, d.
    feature_names_in_ : ndarray of shape (d,)
        Names of the features, when the data had names.
    trace_ : Trace or None
        Every half-step of the run that won; its points are the rows scaled to length 1. None with
        ``record=False`` and in a model that comes from a pickle.

    Raises
    ------
    ValueError, TypeError
        From ``fit`` and ``steps``, when a parameter or the data cannot be used; the sentence says why.

    References
    ----------
    I. S. Dhillon and D. S. Modha, "Concept decompositions for large sparse text data using clustering",
    Machine Learning 42 (2001), 143-175.

    Examples
    --------
    >>> model = SphericalKMeans(2, init=[[1, 0], [0, 1]]).fit([[1, 0], [30, 40], [0, 7], [4, 3]])
    >>> model.labels_
    array([0, 1, 1, 0], dtype=int32)
    >>> model.cluster_centers_.round(3)
    array([[0.949, 0.316],
           [0.316, 0.949]])
    >>> round(model.inertia_, 3)
    0.205
    """

    _model = spherical_kmeans.SphericalKMeans
    _starts = SPHERICAL_STARTS

    @own_numerics
    def transform(self, X: Any) -> Array:
        """Return the cosine distance, 1 - cos, of each row to each center.

        Parameters
        ----------
        X : array-like or data frame of shape (n, d)
            The rows.

        Returns
        -------
        ndarray of shape (n, k)
            From 0 for the same direction to 2 for opposite ones.
        """
        points = self._new_points(X)
        squared = cdist(points, self.cluster_centers_, "sqeuclidean")
        return np.asarray((squared / 2).astype(points.dtype, copy=False))

    def _points(self, rows: Array) -> Array:
        points = unit_vectors(rows)
        zero = np.flatnonzero(~points.any(axis=1))
        if zero.size:
            values = {"case": "rows", "count": zero.size}
            raise EventError(Event("no_direction", rows=tuple(zero[:_FIRST_ROWS].tolist()), values=values))
        return points

    def _given(self, centers: Any, points: Array) -> Array:
        unit = unit_vectors(super()._given(centers, points))
        for cluster in np.flatnonzero(~unit.any(axis=1)).tolist():
            raise EventError(Event("no_direction", cluster, values={"case": "center"}))
        return unit
