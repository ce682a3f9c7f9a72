"""What a fit leaves behind: every half-step, as plain arrays.

A :class:`Trace` is the bridge between the two wings of emscope: fits write it, pictures read it.
It holds no behavior of the fit, so a saved trace can be drawn years later on another machine.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Literal, get_args

import numpy as np

from emscope import archive
from emscope.card import KMEANS, Layout, ModelCard, covariance_shape, gaussian_mixture
from emscope.columns import Array
from emscope.events import Event, doubts
from emscope.files import whole_file

Phase = Literal["initialization", "expectation", "maximization"]


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
        The parameters in force after the half-step: ``"centers"`` of shape (k, d), or ``"means"``,
        ``"covariances"`` and ``"weights"`` of a mixture; empty where a long run was thinned.
    objective : float or None
        What EM lowers, as ``trace.card.objective`` calls it: the inertia of k-means, the negative
        log-likelihood per point of a mixture. None on the initialization.
    counts : ndarray of shape (k,) or None
        Number of rows in each cluster; of a mixture, those whose likeliest component it is.
    labels : ndarray of shape (m,) or None
        Cluster, or likeliest component, of each point of the drawn sample.
    responsibilities : ndarray of shape (m, k) or None
        Responsibility of each component for each point of the drawn sample; None for k-means.
    moved : int or None
        How many of all rows changed their label since the last expectation step; None before there was one.
    shift : ndarray of shape (k,) or None
        Distance that each center or mean moved (maximization steps), in the units of the fit.
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

    # Any stands for the None of other models: who asks knows the model, and need not ask that first

    @property
    def centers(self) -> Array | Any:
        """The centers of k-means, shape (k, d); None for other models, and where a long run was thinned."""
        return self.parameters.get("centers")

    @property
    def means(self) -> Array | Any:
        """The means of a mixture, shape (k, d), or None."""
        return self.parameters.get("means")

    @property
    def covariances(self) -> Array | Any:
        """The covariances of a mixture, as ``trace.card.covariances`` lays them out, or None."""
        return self.parameters.get("covariances")

    @property
    def weights(self) -> Array | Any:
        """The weights of a mixture, shape (k,), or None."""
        return self.parameters.get("weights")


@dataclass(frozen=True, slots=True, eq=False)
class Restart:
    """Another start of the same fit that did not win.

    Attributes
    ----------
    start, centers : ndarray of shape (k, d)
        The centers, or means of a mixture, where it began and where it ended.
    objectives : ndarray of shape (s,)
        Its objective after every half-step that has one.
    """

    start: Array
    centers: Array
    objectives: Array

    def __repr__(self) -> str:
        ended = f", objective {self.objectives[-1]:.6g}" if len(self.objectives) else ""
        return f"<Restart{ended} after {len(self.objectives)} half-steps>"


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
        with archive.reading(path, "trace", _VERSION) as reader:
            return _Reading(reader).trace()


_VERSION = 2
_PHASES: tuple[Phase, ...] = get_args(Phase)


def dump(trace: Trace, file: IO[bytes]) -> None:
    """Write a trace into an open file, as :meth:`Trace.save` does."""
    shelf = archive.Shelf()
    header = {
        "card": dataclasses.asdict(trace.card),
        "n_samples": int(trace.n_samples),
        **({"n_left_out": int(trace.n_left_out)} if trace.n_left_out else {}),
        **({"private": True} if trace.private else {}),
        "converged": bool(trace.converged),
        "feature_names": list(trace.feature_names),
        "row_names": None if trace.row_names is None else list(trace.row_names),
        "settings": dict(trace.settings),
        "points": shelf.place(trace.points),
        "sample_indices": shelf.place(trace.sample_indices),
        "table_rows": shelf.place(trace.table_rows),
        "scale": shelf.place(trace.scale),
        "steps": [_step_header(step, shelf) for step in trace.steps],
        "restarts": [
            {name: shelf.place(getattr(restart, name)) for name in ("start", "centers", "objectives")}
            for restart in trace.restarts
        ],
    }
    if trace.preparation is not None:
        header["preparation"] = dict(trace.preparation)
    archive.write(file, "trace", _VERSION, header, shelf)


def _step_header(step: Step, shelf: archive.Shelf) -> dict[str, Any]:
    return {
        "phase": step.phase,
        "iteration": int(step.iteration),
        "parameters": {name: shelf.place(array) for name, array in step.parameters.items()},
        "objective": None if step.objective is None else float(step.objective),
        "counts": shelf.place(step.counts),
        "labels": shelf.place(step.labels, _smallest_integers),
        "responsibilities": shelf.place(step.responsibilities),
        "shift": shelf.place(step.shift),
        "moved": None if step.moved is None else int(step.moved),
        "events": [_event_header(event) for event in step.events],
        "seconds": float(step.seconds),
    }


def _event_header(event: Event) -> dict[str, Any]:
    header: dict[str, Any] = {
        "kind": event.kind,
        "cluster": None if event.cluster is None else int(event.cluster),
        "rows": [int(row) for row in event.rows],
        "features": [int(feature) for feature in event.features],
        "values": dict(event.values),
    }
    return header if event.prose is None else {**header, "prose": event.prose}


def _smallest_integers(labels: Array) -> Array:
    """Store labels in the smallest integers that hold them."""
    ends = (labels.min(initial=0), labels.max(initial=0))
    return labels.astype(np.promote_types(*(np.min_scalar_type(int(end)) for end in ends)))


def _are_numbers(found: list[Any], count: int) -> bool:
    return all(type(one) is int and 0 <= one < count for one in found)


class _Reading:
    """A trace made of what an archive holds; what does not fit together is refused."""

    def __init__(self, reader: archive.Reader) -> None:
        self._reader = reader
        self._k = 0

    def trace(self) -> Trace:
        """Rebuild the whole run."""
        reader, header = self._reader, self._reader.header
        points = reader.array(header, "points", (None, None), "f")
        m, d = points.shape
        n = reader.whole(header, "n_samples", 0)
        left_out = reader.whole({"n_left_out": 0, **header}, "n_left_out", 0)
        n_data = n + left_out
        indices = reader.array(header, "sample_indices", (m,), "iu")
        if m > n or (m and not (indices.min() >= 0 and indices.max() < n_data)):
            reader.refuse("its sample does not lie within its rows")
        steps = reader.of(header, "steps", list)
        if not steps or not all(isinstance(step, dict) for step in steps):
            reader.refuse("it holds no half-steps")
        card = self._card(header) if header["version"] > 1 else self._card_of_format_1(header, steps[0])
        self._k = self._clusters(steps[0], card)
        row_names = None if header.get("row_names") is None else reader.texts(header, "row_names", m)
        scale = reader.optional(header, "scale", (d,), "f")
        if scale is not None and not (scale > 0).all():
            reader.refuse("its scale is not positive")
        return Trace(
            steps=tuple(self._step(step, index, (n_data, m, d), card) for index, step in enumerate(steps)),
            points=points,
            sample_indices=indices,
            n_samples=n,
            feature_names=reader.texts(header, "feature_names", d),
            card=card,
            settings=reader.of(header, "settings", dict),
            converged=reader.of(header, "converged", bool),
            restarts=tuple(self._restart(restart, d) for restart in reader.of(header, "restarts", list)),
            scale=scale,
            row_names=row_names,
            table_rows=reader.optional(header, "table_rows", (m,), "iu"),
            preparation=self._preparation(header, d),
            n_left_out=left_out,
            private=reader.of({"private": False, **header}, "private", bool),
        )

    def _card(self, header: Mapping[str, Any]) -> ModelCard:
        told = self._reader.of(header, "card", dict)
        try:
            return ModelCard(**told)
        except (TypeError, ValueError) as error:
            self._reader.refuse(f"its card is not one of a model ({error})")

    def _card_of_format_1(self, header: Mapping[str, Any], first: Mapping[str, Any]) -> ModelCard:
        """Format 1 knew a model by its name, and the layout of covariances by settings and shape."""
        reader = self._reader
        name, settings = reader.of(header, "model", str), reader.of(header, "settings", dict)
        parameters = reader.of(first, "parameters", dict)
        location = next((known for known in ("centers", "means") if known in parameters), None)
        layout = None
        if location == "means" and "covariances" in parameters:
            k, d = reader.array(parameters, "means", (None, None), "f").shape
            found = reader.stored(parameters["covariances"])
            shapes: dict[tuple[int, ...], Layout] = {(k,): "spherical", (k, d): "diag", (k, d, d): "full"}
            layout = shapes.get(found.shape)
            kind = settings.get("covariance_type")
            if found.shape == (d, d) and (
                k != d or kind == "tied" or (kind is None and np.array_equal(found, found.T))
            ):
                layout = "tied"
            if layout is None:
                reader.refuse(f"its covariances have the shape {found.shape}")
        if name == "kmeans":
            return KMEANS
        if name == "gaussian_mixture" and layout is not None:
            return gaussian_mixture(layout)
        location = location or next(iter(parameters), "parameters")
        return ModelCard(name, name, location, soft=layout is not None, covariances=layout)

    def _clusters(self, first: Mapping[str, Any], card: ModelCard) -> int:
        parameters = self._reader.of(first, "parameters", dict)
        if card.location not in parameters:
            self._reader.refuse(f"the parameters of its first half-step are without {card.location!r}")
        array = self._reader.stored(parameters[card.location])
        if array.ndim == 0 or array.shape[0] == 0:
            self._reader.refuse("it has no clusters")
        return int(array.shape[0])

    def _step(
        self, header: Mapping[str, Any], index: int, sizes: tuple[int, int, int], card: ModelCard
    ) -> Step:
        reader, k, (n, m, d) = self._reader, self._k, sizes
        phase = _PHASES[0 if index == 0 else 2 - index % 2]
        iteration = max(0, (index - 1) // 2)
        if (header.get("phase"), header.get("iteration")) != (phase, iteration):
            reader.refuse(f"its half-step {index} is not {phase} {iteration}")
        return Step(
            phase=phase,
            iteration=iteration,
            parameters=self._parameters(reader.of(header, "parameters", dict), d, card),
            objective=None if header.get("objective") is None else reader.number(header, "objective"),
            counts=reader.optional(header, "counts", (k,), "fiu"),
            labels=self._labels(header, m),
            responsibilities=reader.optional(header, "responsibilities", (m, k), "f"),
            moved=None if header.get("moved") is None else reader.whole(header, "moved", 0),
            shift=reader.optional(header, "shift", (k,), "f"),
            events=tuple(self._event(event, n, d) for event in reader.of(header, "events", list)),
            seconds=reader.number(header, "seconds"),
        )

    def _parameters(self, header: Mapping[str, Any], d: int, card: ModelCard) -> dict[str, Array]:
        """Read the parameters after a half-step: none where it was thinned, or all that the card needs."""
        k = self._k
        shapes: dict[str, tuple[int, ...]] = {"centers": (k, d), "means": (k, d), "weights": (k,)}
        needed = {card.location}
        if card.covariances is not None:
            shapes["covariances"] = covariance_shape(card.covariances, k, d)
            needed |= {"covariances"} | ({"weights"} if card.owners == "gaussian" else set())
        if header and not needed <= header.keys():
            self._reader.refuse(f"its parameters are without {', '.join(sorted(needed - header.keys()))}")
        parameters = {
            name: self._reader.array(header, name, shapes[name], "f")
            if name in shapes
            else self._reader.stored(place)
            for name, place in header.items()
        }
        if parameters and len(parameters[card.location]) != k:
            self._reader.refuse(f"its {card.location} are not those of {k} clusters")
        return parameters

    def _labels(self, header: Mapping[str, Any], m: int) -> Array | None:
        labels = self._reader.optional(header, "labels", (m,), "iu")
        if labels is not None and len(labels) and not (labels.min() >= 0 and labels.max() < self._k):
            self._reader.refuse(f"its labels name clusters other than 0 to {self._k - 1}")
        return labels

    def _event(self, header: object, n: int, d: int) -> Event:
        reader = self._reader
        if reader.header["version"] == 1 and isinstance(header, list) and len(header) == 3:
            named = zip(("kind", "cluster", "prose"), header, strict=True)
            header = {"rows": [], "features": [], "values": {}, **dict(named)}
        if not isinstance(header, dict):
            reader.refuse("one of its events is not an event")
        cluster, prose = header.get("cluster"), header.get("prose")
        if cluster is not None and not _are_numbers([cluster], self._k):
            reader.refuse("one of its events concerns a cluster that is not there")
        rows, features = reader.of(header, "rows", list), reader.of(header, "features", list)
        if not (_are_numbers(rows, n) and _are_numbers(features, d)):
            reader.refuse("one of its events concerns rows or features that are not there")
        if prose is not None and not isinstance(prose, str):
            reader.refuse("one of its events has a sentence that is not text")
        kind, values = reader.of(header, "kind", str), reader.of(header, "values", dict)
        return Event(kind, cluster, tuple(rows), tuple(features), values, prose)

    def _restart(self, header: object, d: int) -> Restart:
        reader, place = self._reader, (self._k, d)
        if not isinstance(header, dict):
            reader.refuse("one of its restarts is not a restart")
        return Restart(
            start=reader.array(header, "start", place, "f"),
            centers=reader.array(header, "centers", place, "f"),
            objectives=reader.array(header, "objectives", (None,), "f"),
        )

    def _preparation(self, header: Mapping[str, Any], d: int) -> Mapping[str, Any] | None:
        if header.get("preparation") is None:
            return None
        preparation = self._reader.of(header, "preparation", dict)
        features = preparation.get("features")
        if not isinstance(features, list) or len(features) != d:
            self._reader.refuse(f"its preparation is not one of {d:,} features")
        return preparation
