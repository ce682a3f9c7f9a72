"""What a fit leaves behind: every half-step, as plain arrays.

A :class:`Trace` is the bridge between the two wings of emscope: fits write it, pictures read it.
It holds no behaviour of the fit, so a saved trace can be drawn years later on another machine.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy.typing as npt

from emscope.events import Event

Phase = Literal["initialization", "expectation", "maximization"]
Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One half-step of EM and what is known once it is done.

    Attributes
    ----------
    phase : {"initialization", "expectation", "maximization"}
        Which half of the alternation this is.
    iteration : int
        Counted from 0.
    parameters : mapping of str to ndarray
        The parameters in force after the half-step, e.g. ``{"centers": (k, d)}``; empty where a long
        run was thinned.
    objective : float or None
        What EM lowers: the inertia for k-means. None on the initialization.
    counts : ndarray of shape (k,) or None
        Number of rows that each cluster owns.
    labels : ndarray of shape (m,) or None
        Owners of the drawn sample.
    responsibilities : ndarray of shape (m, k) or None
        Soft owners of the drawn sample (mixtures).
    moved : int or None
        How many of all rows changed owner since the last expectation step; None before there was one.
    shift : ndarray of shape (k,) or None
        Distance that each center moved (maximization steps), in the units of the fit.
    events : tuple of Event
        What else happened.
    seconds : float
        Wall-clock time of the half-step.
    """

    phase: Phase
    iteration: int
    parameters: Mapping[str, Array] = field(default_factory=dict)
    objective: float | None = None
    counts: Array | None = None
    labels: Array | None = None
    responsibilities: Array | None = None
    moved: int | None = None
    shift: Array | None = None
    events: tuple[Event, ...] = ()
    seconds: float = 0.0

    def __repr__(self) -> str:
        objective = "" if self.objective is None else f", objective {self.objective:.6g}"
        moved = "" if self.moved is None else f", {self.moved:,} moved"
        return f"<Step {self.phase} {self.iteration}{objective}{moved}>"

    @property
    def centers(self) -> Array | None:
        """Centers of k-means, shape (k, d), or None."""
        return self.parameters.get("centers")

    @property
    def means(self) -> Array | None:
        """Means of a mixture, shape (k, d), or None."""
        return self.parameters.get("means")

    @property
    def covariances(self) -> Array | None:
        """Covariances of a mixture, or None."""
        return self.parameters.get("covariances")

    @property
    def weights(self) -> Array | None:
        """Weights of a mixture, shape (k,), or None."""
        return self.parameters.get("weights")


@dataclass(frozen=True, slots=True, eq=False)
class Restart:
    """Another start of the same fit that did not win.

    Attributes
    ----------
    start, centers : ndarray of shape (k, d)
        Where it began and where it ended (the first of a model's parameters).
    objectives : ndarray of shape (s,)
        Its objective after every half-step that has one.
    """

    start: Array
    centers: Array
    objectives: Array


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A whole run: initialization, then E0, M0, E1, M1, ..., ending with an expectation step.

    Attributes
    ----------
    steps : tuple of Step
        Every half-step, in order.
    points : ndarray of shape (m, d)
        The drawn sample, in the units of the table.
    sample_indices : ndarray of shape (m,)
        Which rows of the data the sample is.
    n_samples : int
        Number of rows of the data.
    feature_names : tuple of str
        One name per feature.
    model : str
        ``"kmeans"`` for k-means.
    settings : mapping
        Everything needed to repeat the run; plain JSON values.
    converged : bool
        Whether a stopping rule ended the run, rather than ``max_iter`` or Ctrl-C.
    restarts : tuple of Restart
        The other starts, when ``n_init`` > 1.
    scale : ndarray of shape (d,) or None
        What every feature was divided by before distances were taken (``--standardize``); points and
        centers are in the units of the table all the same.
    row_names : tuple of str or None
        Names of the rows in the sample.
    preparation : mapping or None
        How the columns of the table became features, as plain JSON values
        (:meth:`emscope.Preparation.from_dict` makes it anew); None where an array was fitted.

    Examples
    --------
    >>> from emscope import KMeans
    >>> trace = KMeans(2, random_state=0).fit([[0.0], [1.0], [9.0], [10.0]]).trace_
    >>> [(step.phase, step.iteration, step.objective) for step in trace.steps[1:3]]
    [('expectation', 0, 2.0), ('maximization', 0, 1.0)]
    """

    steps: tuple[Step, ...]
    points: Array
    sample_indices: Array
    n_samples: int
    feature_names: tuple[str, ...]
    model: str
    settings: Mapping[str, Any]
    converged: bool
    restarts: tuple[Restart, ...] = ()
    scale: Array | None = None
    row_names: tuple[str, ...] | None = None
    preparation: Mapping[str, Any] | None = None

    @property
    def n_clusters(self) -> int:
        """Number of clusters, k."""
        return len(next(iter(self.steps[0].parameters.values())))

    @property
    def events(self) -> tuple[tuple[int, Event], ...]:
        """Every event with the index of its half-step."""
        return tuple((i, event) for i, step in enumerate(self.steps) for event in step.events)

    def __repr__(self) -> str:
        return (
            f"<Trace of {self.model}: {self.n_clusters} clusters, {self.n_samples:,} rows, "
            f"{len(self.steps)} half-steps, {'converged' if self.converged else 'not converged'}>"
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the trace to one ``.npz`` file, whole or not at all.

        Parameters
        ----------
        path : path-like
            Where the file is to appear.

        Raises
        ------
        OutputError
            The file cannot be written there.
        """
        from emscope.trace_file import write

        write(self, path)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Trace:
        """Read a trace that :meth:`save` wrote.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        Trace

        Raises
        ------
        TraceError
            The file is missing, cut short, not a trace, of a newer version, or declares sizes that
            do not fit.
        """
        from emscope.trace_file import read

        return read(path)
