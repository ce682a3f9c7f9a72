"""What a fit leaves behind: every half-step, as plain arrays.

A :class:`Trace` is the bridge between the two wings of emscope: fits write it, pictures read it.
It holds no behavior of the fit, so a saved trace can be drawn years later on another machine.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from emscope.card import ModelCard
from emscope.columns import Array
from emscope.events import Event, doubts
from emscope.files import whole_file
from emscope.trace.file import read, write
from emscope.trace.step import Phase, Restart, Step

__all__ = ["Phase", "Restart", "Step", "Trace", "dump"]


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
        Number of rows that the run was about.
    feature_names : tuple of str
        One name per feature.
    card : ModelCard
        The names of the model and its parameters, and what may be computed from them.
    settings : mapping
        Everything needed to repeat the run; plain JSON values.
    converged : bool
        Whether a stopping rule ended the run, rather than ``max_iter`` or Ctrl-C.
    restarts : tuple of Restart
        The other starts, when ``n_init`` > 1.
    scale : ndarray of shape (d,) or None
        What every feature was divided by before distances were taken (``--standardize``); points and
        parameters are in the units of the table all the same.
    row_names : tuple of str or None
        Names of the rows in the sample.
    table_rows : ndarray of shape (m,) or None
        Which rows of their table these are, counted from 0, those among them that were left out; None where
        an array was fitted.
    preparation : mapping or None
        How the columns of the table became features, as plain JSON values
        (:meth:`emscope.Preparation.from_dict` makes it anew); None where an array was fitted.
    n_left_out : int
        Number of rows of the data that took no part, because their weight is 0.
    private : bool
        Whether the points are drawn from the clusters' own statistics and none is a row of the data
        (:func:`emscope.private.without_rows`).

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
    card: ModelCard
    settings: Mapping[str, Any]
    converged: bool
    restarts: tuple[Restart, ...] = ()
    scale: Array | None = None
    row_names: tuple[str, ...] | None = None
    table_rows: Array | None = None
    preparation: Mapping[str, Any] | None = None
    n_left_out: int = 0
    private: bool = False

    @property
    def n_clusters(self) -> int:
        """Number of clusters or components, k."""
        return len(self.steps[0].parameters[self.card.location])

    def locations(self, step: Step) -> Array | None:
        """Return the centers, or means of a mixture, after a half-step.

        Parameters
        ----------
        step : Step

        Returns
        -------
        ndarray of shape (k, d) or None
            None where a long run was thinned, or the model's clusters have no place among the points.
        """
        found = step.parameters.get(self.card.location)
        return found if found is not None and found.shape[1:] == self.points.shape[1:] else None

    @property
    def events(self) -> tuple[tuple[int, Event], ...]:
        """Every event with the index of its half-step."""
        return tuple((i, event) for i, step in enumerate(self.steps) for event in step.events)

    @property
    def doubts(self) -> tuple[Event, ...]:
        """Reasons to doubt the result: those events of the last half-step that are."""
        return doubts(self.steps[-1].events)

    def __repr__(self) -> str:
        return (
            f"<Trace of {self.card.title}: {self.n_clusters} {self.card.noun}s, {self.n_samples:,} rows, "
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
        TraceError
            The settings hold something that JSON has no word for.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> from emscope import KMeans, Trace
        >>> trace = KMeans(2, random_state=0).fit([[0.0], [1.0], [9.0], [10.0]]).trace_
        >>> with TemporaryDirectory() as folder:
        ...     trace.save(f"{folder}/run.npz")
        ...     Trace.load(f"{folder}/run.npz")
        <Trace of k-means: 2 clusters, 4 rows, 4 half-steps, converged>
        """
        with whole_file(path) as file:
            dump(self, file)

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
        return Trace(**read(path))


def dump(trace: Trace, file: IO[bytes]) -> None:
    """Write a trace into an open file, as :meth:`Trace.save` does."""
    write({field.name: getattr(trace, field.name) for field in dataclasses.fields(trace)}, file)
