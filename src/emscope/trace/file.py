"""The fields of a trace as a file: what each is stored as, and how it is read back with distrust."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import IO, Any, get_args

import numpy as np

from emscope import archive
from emscope.card import KMEANS, Layout, ModelCard, covariance_shape, gaussian_mixture
from emscope.columns import Array
from emscope.events import Event
from emscope.trace.step import Phase, Restart, Step

_VERSION = 2
_PHASES: tuple[Phase, ...] = get_args(Phase)


def write(fields: Mapping[str, Any], file: IO[bytes]) -> None:
    """Write the fields of a trace, by their names, into an open file."""
    shelf = archive.Shelf()
    steps: tuple[Step, ...] = fields["steps"]
    restarts: tuple[Restart, ...] = fields["restarts"]
    header = {
        "card": dataclasses.asdict(fields["card"]),
        "n_samples": int(fields["n_samples"]),
        **({"n_left_out": int(fields["n_left_out"])} if fields["n_left_out"] else {}),
        **({"private": True} if fields["private"] else {}),
        "converged": bool(fields["converged"]),
        "feature_names": list(fields["feature_names"]),
        "row_names": None if fields["row_names"] is None else list(fields["row_names"]),
        "settings": dict(fields["settings"]),
        "points": shelf.place(fields["points"]),
        "sample_indices": shelf.place(fields["sample_indices"]),
        "table_rows": shelf.place(fields["table_rows"]),
        "scale": shelf.place(fields["scale"]),
        "steps": [_step_header(step, shelf) for step in steps],
        "restarts": [
            {name: shelf.place(getattr(restart, name)) for name in ("start", "centers", "objectives")}
            for restart in restarts
        ],
    }
    if fields["preparation"] is not None:
        header["preparation"] = dict(fields["preparation"])
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


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the fields of a trace, by their names, that :func:`write` wrote."""
    with archive.reading(path, "trace", _VERSION) as reader:
        return _Reading(reader).fields()


class _Reading:
    """The fields of a trace made of what an archive holds; what does not fit together is refused."""

    def __init__(self, reader: archive.Reader) -> None:
        self._reader = reader
        self._k = 0

    def fields(self) -> dict[str, Any]:
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
        return {
            "steps": tuple(self._step(step, index, (n_data, m, d), card) for index, step in enumerate(steps)),
            "points": points,
            "sample_indices": indices,
            "n_samples": n,
            "feature_names": reader.texts(header, "feature_names", d),
            "card": card,
            "settings": reader.of(header, "settings", dict),
            "converged": reader.of(header, "converged", bool),
            "restarts": tuple(self._restart(restart, d) for restart in reader.of(header, "restarts", list)),
            "scale": scale,
            "row_names": row_names,
            "table_rows": reader.optional(header, "table_rows", (m,), "iu"),
            "preparation": self._preparation(header, d),
            "n_left_out": left_out,
            "private": reader.of({"private": False, **header}, "private", bool),
        }

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
