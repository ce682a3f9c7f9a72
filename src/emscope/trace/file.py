"""The fields of a trace as a file: what each is stored as, and how it is read back with distrust."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import IO, Any

import numpy as np

from emscope import archive
from emscope.card import KMEANS, Layout, ModelCard, gaussian_mixture
from emscope.trace.step import Restart, Step
from emscope.trace.stored_steps import StepsReader, restart_header, step_header

_VERSION = 2


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
        "steps": [step_header(step, shelf) for step in steps],
        "restarts": [restart_header(restart, shelf) for restart in restarts],
    }
    if fields["preparation"] is not None:
        header["preparation"] = dict(fields["preparation"])
    archive.write(file, "trace", _VERSION, header, shelf)


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the fields of a trace, by their names, that :func:`write` wrote."""
    with archive.reading(path, "trace", _VERSION) as reader:
        return _Reading(reader).fields()


class _Reading:
    """The fields of a trace made of what an archive holds; what does not fit together is refused."""

    def __init__(self, reader: archive.Reader) -> None:
        self._reader = reader

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
        stored = StepsReader(reader, card, n_data, m, d)
        row_names = None if header.get("row_names") is None else reader.texts(header, "row_names", m)
        scale = reader.optional(header, "scale", (d,), "f")
        if scale is not None and not (scale > 0).all():
            reader.refuse("its scale is not positive")
        return {
            "steps": stored.steps(steps),
            "points": points,
            "sample_indices": indices,
            "n_samples": n,
            "feature_names": reader.texts(header, "feature_names", d),
            "card": card,
            "settings": reader.of(header, "settings", dict),
            "converged": reader.of(header, "converged", bool),
            "restarts": stored.restarts(reader.of(header, "restarts", list)),
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

    def _preparation(self, header: Mapping[str, Any], d: int) -> Mapping[str, Any] | None:
        if header.get("preparation") is None:
            return None
        preparation = self._reader.of(header, "preparation", dict)
        features = preparation.get("features")
        if not isinstance(features, list) or len(features) != d:
            self._reader.refuse(f"its preparation is not one of {d:,} features")
        return preparation
