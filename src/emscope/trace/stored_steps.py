"""Half-steps and restarts in a file: what each is stored as, and how it is read back with distrust."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np

from emscope import archive
from emscope.card import ModelCard, covariance_shape
from emscope.columns import Array
from emscope.events import Event
from emscope.trace.step import Phase, Restart, Step

_PHASES: tuple[Phase, ...] = get_args(Phase)
_RESTART = ("start", "centers", "objectives")


def step_header(step: Step, shelf: archive.Shelf) -> dict[str, Any]:
    """Put the arrays of a half-step on the shelf; return what the header says of it."""
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


def restart_header(restart: Restart, shelf: archive.Shelf) -> dict[str, Any]:
    """Put the arrays of a restart on the shelf; return where they are."""
    return {name: shelf.place(getattr(restart, name)) for name in _RESTART}


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


class StepsReader:
    """Half-steps and restarts made of what an archive holds; what does not fit together is refused.

    ``n`` is the number of rows of the data, ``m`` that of drawn points, ``d`` that of features.
    """

    def __init__(self, reader: archive.Reader, card: ModelCard, n: int, m: int, d: int) -> None:
        self._reader = reader
        self._card = card
        self._sizes = n, m, d
        self._k = 0

    def steps(self, headers: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
        """Read the half-steps of a run."""
        self._k = self._clusters(headers[0])
        return tuple(self._step(header, index) for index, header in enumerate(headers))

    def restarts(self, headers: Sequence[object]) -> tuple[Restart, ...]:
        """Read other starts of the fit whose half-steps were read."""
        return tuple(map(self._restart, headers))

    def _clusters(self, first: Mapping[str, Any]) -> int:
        card = self._card
        parameters = self._reader.of(first, "parameters", dict)
        if card.location not in parameters:
            self._reader.refuse(f"the parameters of its first half-step are without {card.location!r}")
        array = self._reader.stored(parameters[card.location])
        if array.ndim == 0 or array.shape[0] == 0:
            self._reader.refuse("it has no clusters")
        return int(array.shape[0])

    def _step(self, header: Mapping[str, Any], index: int) -> Step:
        reader, k, (n, m, d) = self._reader, self._k, self._sizes
        phase = _PHASES[0 if index == 0 else 2 - index % 2]
        iteration = max(0, (index - 1) // 2)
        if (header.get("phase"), header.get("iteration")) != (phase, iteration):
            reader.refuse(f"its half-step {index} is not {phase} {iteration}")
        return Step(
            phase=phase,
            iteration=iteration,
            parameters=self.parameters(reader.of(header, "parameters", dict)),
            objective=None if header.get("objective") is None else reader.number(header, "objective"),
            counts=reader.optional(header, "counts", (k,), "fiu"),
            labels=self._labels(header, m),
            responsibilities=reader.optional(header, "responsibilities", (m, k), "f"),
            moved=None if header.get("moved") is None else reader.whole(header, "moved", 0),
            shift=reader.optional(header, "shift", (k,), "f"),
            events=tuple(self._event(event, n, d) for event in reader.of(header, "events", list)),
            seconds=reader.number(header, "seconds"),
        )

    def parameters(self, header: Mapping[str, Any]) -> dict[str, Array]:
        """Read the parameters after a half-step: none where it was thinned, or all that the card needs."""
        card, k, d = self._card, self._k, self._sizes[-1]
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

    def _restart(self, header: object) -> Restart:
        reader, place = self._reader, (self._k, self._sizes[-1])
        if not isinstance(header, dict):
            reader.refuse("one of its restarts is not a restart")
        return Restart(
            start=reader.array(header, "start", place, "f"),
            centers=reader.array(header, "centers", place, "f"),
            objectives=reader.array(header, "objectives", (None,), "f"),
        )


def _are_numbers(found: list[Any], count: int) -> bool:
    return all(type(one) is int and 0 <= one < count for one in found)
