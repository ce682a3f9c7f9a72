"""Which fit a checkpoint is of: its data and all that a result depends on, in few bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np

from emscope.columns import Array
from emscope.data.blocks import Block
from emscope.engines.engine import Engine
from emscope.errors import CheckpointError
from emscope.estimators.problem import CHECKPOINTING, Problem
from emscope.events import PYTHON, Terms

# No result depends on these.
_FREE = {*CHECKPOINTING, "n_threads", "verbose", "verbose_interval", "copy_x"}
_DIGITS = 32  # of a digest
_MOST_NAMED = 3


def identity_of(estimator: str, call: str, problem: Problem, engine: Engine) -> dict[str, Any]:
    """Return what tells one fit from another, as plain JSON values; ``call`` is the method that runs it."""
    parameters = {name: value for name, value in problem.parameters.items() if name not in _FREE}
    given = {name: f"digest {_digest(array)}" for name, array in problem.given.items()}
    blocks = problem.blocks
    return {
        "emscope": version("emscope"),
        "estimator": estimator,
        "call": call,
        "parameters": {name: _plain(value) for name, value in parameters.items()} | given,
        "rows": blocks.n_samples + blocks.n_left_out,
        "features": list(problem.feature_names),
        "dtype": blocks.dtype.name,
        "data": _digest(*engine.map(_digest_of_rows)),
    }


class Difference(NamedTuple):
    """A parameter that has another value now."""

    name: str
    was: Any
    now: Any

    def worded(self, terms: Terms) -> str:
        """Say which parameter it is, and what it was and is."""
        if any(isinstance(value, str) and value.startswith("digest ") for value in (self.was, self.now)):
            return f"{terms.parameter(self.name)} is another one"
        return f"{terms.setting(self.name, self.was)} is now {terms.setting(self.name, self.now)}"


class OtherFitError(CheckpointError):
    """A checkpoint keeps another fit than the one that was to go on from it."""

    def __init__(self, path: str, reasons: Sequence[str | Difference]) -> None:
        super().__init__(path, reasons)
        self._path = path
        self._reasons = reasons

    def __str__(self) -> str:
        return self.worded()

    def worded(self, terms: Terms = PYTHON) -> str:
        """Return the sentence, in the terms of whoever reads it."""
        shown = self._reasons[:_MOST_NAMED]
        reasons = [one if isinstance(one, str) else one.worded(terms) for one in shown]
        reasons += ["and more"] if len(self._reasons) > _MOST_NAMED else []
        return (
            f"{self._path!r} keeps another fit ({', '.join(reasons)}): ask for that one again to go on with "
            "it, or delete the file, or name another, to begin anew."
        )


def refuse_another(path: str, kept: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Refuse to go on with a fit that is not the one asked for, with the reasons."""
    if kept != asked:
        raise OtherFitError(
            path, [*_of_the_call(kept, asked), *_of_settings(kept, asked), *_of_data(kept, asked)]
        )


def _of_the_call(kept: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    sentences = {
        "estimator": "it is of {was}, not {now}",
        "call": "it was begun by {was}, not {now}",
        "emscope": "it is of emscope {was}, and this is {now}",
    }
    return [
        sentence.format(was=kept.get(name), now=asked[name])
        for name, sentence in sentences.items()
        if kept.get(name) != asked[name]
    ]


def _of_settings(kept: Mapping[str, Any], asked: Mapping[str, Any]) -> list[Difference]:
    if kept.get("estimator") != asked["estimator"] or not isinstance(kept.get("parameters"), dict):
        return []
    before, now = kept["parameters"], asked["parameters"]
    return [
        Difference(name, before.get(name), value) for name, value in now.items() if before.get(name) != value
    ]


def _of_data(kept: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    if kept.get("features") != asked["features"]:
        return ["its features are others"]
    if kept.get("rows") != asked["rows"]:
        return [f"it has {kept.get('rows')} rows, and these are {asked['rows']}"]
    if kept.get("dtype") != asked["dtype"]:
        return [f"its rows are {kept.get('dtype')}, and these are {asked['dtype']}"]
    return [] if kept.get("data") == asked["data"] else ["its rows, or their weights, are others"]


def _plain(value: Any) -> Any:
    """Return a parameter as a plain JSON value: itself, or what tells it from others."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.random.RandomState):
        return f"digest {_digest(*_parts(value.get_state(legacy=False)))}"
    kind = value if callable(value) and hasattr(value, "__qualname__") else type(value)
    return f"{kind.__module__}.{kind.__qualname__}"


def _parts(state: Any) -> list[Array]:
    """Return the state of a random generator as bytes."""
    text = json.dumps(state, sort_keys=True, default=lambda array: array.tolist())
    return [np.frombuffer(text.encode(), np.uint8)]


def _digest(*parts: Array | bytes) -> str:
    """Return a few bytes that other parts, or the same in another order, do not have."""
    hasher = sha256()
    for part in parts:
        hasher.update(part if isinstance(part, bytes) else np.ascontiguousarray(part).data)
    return hasher.hexdigest()[:_DIGITS]


def _digest_of_rows(block: Block) -> bytes:
    """Return a digest of what a block holds: its rows, their weights and their numbers."""
    numbers = np.empty(0) if block.in_data is None else block.in_data
    return bytes.fromhex(_digest(block.rows, block.weights, numbers))
