"""A trace as one ``.npz`` file: plain arrays, a JSON header, and nothing that runs when it is read.

Half-steps share arrays (the centers of an E-step are those of the M-step before it), so every distinct
array is stored once, and the header says which array belongs where.
"""

from __future__ import annotations

import json
import math
import os
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from typing import IO, Any, Literal, NoReturn, TypeVar

import numpy as np

from emscope.errors import TraceError
from emscope.events import Event
from emscope.files import whole_file
from emscope.trace import Array, Phase, Restart, Step, Trace

FORMAT = "emscope-trace"
VERSION = 1

_MOST_BYTES = 2**31
_MOST_HEADER_BYTES = 2**26
_PHASES: tuple[Phase, ...] = ("initialization", "expectation", "maximization")
# the header that numpy.lib.format writes for an array of plain numbers, and nothing else
_ARRAY_HEADER = re.compile(
    rb"\{'descr': '([<>|][fiub]\d{1,2})', 'fortran_order': (True|False), "
    rb"'shape': \(((?:\d{1,18}, ?)*(?:\d{1,18})?)\), \} *\n"
)
_T = TypeVar("_T")


def write(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write a trace to one file, whole or not at all.

    Parameters
    ----------
    trace : Trace
        The run.
    path : path-like
        Where the file is to appear.

    Raises
    ------
    OutputError
        The file cannot be written there.
    TraceError
        As for :func:`dump`.
    """
    with whole_file(path) as file:
        dump(trace, file)


def dump(trace: Trace, file: IO[bytes]) -> None:
    """Write a trace into an open file.

    Parameters
    ----------
    trace : Trace
        The run.
    file : file object, opened for writing bytes

    Raises
    ------
    TraceError
        The settings hold something that JSON has no word for.
    """
    shelf = _Shelf()
    header = {
        "format": FORMAT,
        "version": VERSION,
        "model": trace.model,
        "n_samples": int(trace.n_samples),
        "converged": bool(trace.converged),
        "feature_names": list(trace.feature_names),
        "row_names": None if trace.row_names is None else list(trace.row_names),
        "settings": dict(trace.settings),
        "points": shelf.place(trace.points),
        "sample_indices": shelf.place(trace.sample_indices),
        "scale": shelf.place(trace.scale),
        "steps": [_step_header(step, shelf) for step in trace.steps],
        "restarts": [
            {name: shelf.place(getattr(restart, name)) for name in ("start", "centers", "objectives")}
            for restart in trace.restarts
        ],
    }
    if trace.preparation is not None:  # an addition to version 1: readers that do not know it look past it
        header["preparation"] = dict(trace.preparation)
    try:
        text = json.dumps(header, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise TraceError(f"the settings of the trace are not plain JSON values ({error}).") from error
    arrays = {"header": np.frombuffer(text.encode("ascii"), dtype=np.uint8)}
    arrays |= {str(index): array for index, array in enumerate(shelf.arrays)}
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy")  # without the time of day: one trace, one file
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)


def _plain(value: object) -> Any:
    """Give JSON the plain form of NumPy's numbers and arrays."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"of type {type(value).__name__}")


class _Shelf:
    """The distinct arrays of a trace, each in its place."""

    def __init__(self) -> None:
        self.arrays: list[Array] = []
        self._places: dict[int, int] = {}
        self._kept: list[Any] = []  # the originals stay alive, so that their ids stay theirs

    def place(self, array: Array | None, shrink: Callable[[Array], Array] = np.asarray) -> int | None:
        """Find the place of an array, storing it if it is new."""
        if array is None:
            return None
        if id(array) not in self._places:
            self._places[id(array)] = len(self.arrays)
            self._kept.append(array)
            self.arrays.append(shrink(np.asarray(array)))
        return self._places[id(array)]


def _step_header(step: Step, shelf: _Shelf) -> dict[str, Any]:
    objective = None if step.objective is None else float(step.objective)
    return {
        "phase": step.phase,
        "iteration": int(step.iteration),
        "parameters": {name: shelf.place(array) for name, array in step.parameters.items()},
        "objective": objective,
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
    largest = int(labels.max(initial=0))
    lowest = int(labels.min(initial=0))
    return labels.astype(np.promote_types(np.min_scalar_type(largest), np.min_scalar_type(lowest)))


def read(path: str | os.PathLike[str]) -> Trace:
    """Read a trace, checking everything before it is trusted.

    Parameters
    ----------
    path : path-like
        A file that :func:`write` wrote.

    Returns
    -------
    Trace

    Raises
    ------
    TraceError
        The file is missing, damaged, of a newer version, or does not fit together.
    """
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        raise TraceError(f"{os.fspath(path)!r} is a pipe or a device, and a trace is a file: save it to one.")
    try:
        with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
            return _Reader(archive, os.path.basename(path)).trace()
    except TraceError:
        raise
    except FileNotFoundError as error:
        raise TraceError(f"there is no file {os.fspath(path)!r}: check its name and folder.") from error
    except (IsADirectoryError, PermissionError) as error:
        raise TraceError(f"{os.fspath(path)!r} cannot be opened: {error.strerror}.") from error
    except Exception as error:  # zipfile and JSON raise nearly anything on damaged files
        raise TraceError(
            f"{os.fspath(path)!r} is not a saved trace, or it is cut short or damaged: save the run again."
        ) from error


def _are_numbers(found: list[Any], count: int) -> bool:
    return all(type(one) is int and 0 <= one < count for one in found)


class _Reader:
    """Reads one archive; every method refuses what does not fit."""

    def __init__(self, archive: zipfile.ZipFile, source: str) -> None:
        self._archive = archive
        self._source = source
        self._arrays: dict[int, Array] = {}
        self._left = _MOST_BYTES
        self._k = 0

    def refuse(self, reason: str) -> NoReturn:
        raise TraceError(f"{self._source} cannot be loaded: {reason}.")

    def trace(self) -> Trace:
        """Rebuild the whole run."""
        header = self._header()
        points = self._array(header, "points", (None, None), "f")
        m, d = points.shape
        n = self._whole(header, "n_samples", 0)
        indices = self._array(header, "sample_indices", (m,), "iu")
        if m > n or (m and not (indices.min() >= 0 and indices.max() < n)):
            self.refuse("its sample does not lie within its rows")
        steps_header = self._list(header, "steps")
        if not steps_header or not all(isinstance(step, dict) for step in steps_header):
            self.refuse("it holds no half-steps")
        self._k = self._clusters(steps_header[0])
        row_names = None if header.get("row_names") is None else self._names(header, "row_names", m)
        scale = self._optional(header, "scale", (d,), "f")
        if scale is not None and not (scale > 0).all():
            self.refuse("its scale is not positive")
        return Trace(
            steps=tuple(self._step(step, index, (n, m, d)) for index, step in enumerate(steps_header)),
            points=points,
            sample_indices=indices,
            n_samples=n,
            feature_names=self._names(header, "feature_names", d),
            model=self._of(header, "model", str),
            settings=self._of(header, "settings", dict),
            converged=self._of(header, "converged", bool),
            restarts=tuple(self._restart(restart, d) for restart in self._list(header, "restarts")),
            scale=scale,
            row_names=row_names,
            preparation=self._preparation(header, d),
        )

    def _preparation(self, header: Mapping[str, Any], d: int) -> Mapping[str, Any] | None:
        if header.get("preparation") is None:
            return None
        preparation = self._of(header, "preparation", dict)
        features = preparation.get("features")
        if not isinstance(features, list) or len(features) != d:
            self.refuse(f"its preparation is not one of {d:,} features")
        return preparation

    def _header(self) -> Mapping[str, Any]:
        names = self._archive.namelist()
        if "header.npy" not in names or len(set(names)) != len(names):
            self.refuse("it has no header, so it is not a saved trace")
        raw = self._member("header", _MOST_HEADER_BYTES)
        if raw.dtype != np.uint8 or raw.ndim != 1:
            self.refuse("its header is not text")
        header = json.loads(raw.tobytes().decode("utf-8"))
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            self.refuse("its header is not that of a trace")
        version = self._whole(header, "version", 1)
        if version > VERSION:
            self.refuse(
                f"it has version {version} and this emscope knows up to {VERSION}: install a newer one"
            )
        return header

    def _member(self, name: str, most: int) -> Array:
        """Read one array, once its declared size is known to be honest and affordable."""
        info = self._archive.getinfo(f"{name}.npy")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            self.refuse("it is packed in a way that traces are not")
        with self._archive.open(info) as member:
            start = member.read(10)
            if len(start) < 10 or not start.startswith(b"\x93NUMPY\x01\x00"):
                self.refuse("one of its arrays is not in NumPy's format 1.0")
            found = _ARRAY_HEADER.fullmatch(member.read(struct.unpack("<H", start[8:])[0]))
            if found is None:
                self.refuse("one of its arrays is not an array of plain numbers")
            dtype = np.dtype(found[1].decode())
            shape = tuple(int(length) for length in found[3].split(b",") if length.strip())
            size = math.prod(shape) * dtype.itemsize
            if size > most:
                self.refuse(f"it declares an array of {size:,} bytes, more than a trace may have")
            if member.tell() + size != info.file_size:
                self.refuse("it declares an array of another size than it holds")
            data = member.read()
        order: Literal["F", "C"] = "F" if found[2] == b"True" else "C"
        return np.frombuffer(bytearray(data), dtype=dtype).reshape(shape, order=order)

    def _stored(self, index: object) -> Array:
        """Give the array in one place; the same object each time."""
        if type(index) is not int or index < 0:
            self.refuse("its header names an array that cannot be")
        if index not in self._arrays:
            array = self._member(str(index), self._left)
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                self.refuse("one of its arrays holds a value that is not finite")
            self._arrays[index] = array
            self._left -= array.nbytes
        return self._arrays[index]

    def _array(
        self, header: Mapping[str, Any], name: str, shape: tuple[int | None, ...], kinds: str
    ) -> Array:
        """Give an array whose shape (None: any length) and kind of number fit."""
        array = self._stored(header.get(name))
        fits = array.ndim == len(shape) and all(
            wanted is None or length == wanted for length, wanted in zip(array.shape, shape, strict=True)
        )
        if not fits or array.dtype.kind not in kinds:
            self.refuse(f"its {name} have shape {array.shape} and dtype {array.dtype}, which do not fit")
        return array

    def _optional(
        self, header: Mapping[str, Any], name: str, shape: tuple[int | None, ...], kinds: str
    ) -> Array | None:
        return None if header.get(name) is None else self._array(header, name, shape, kinds)

    def _of(self, header: Mapping[str, Any], name: str, kind: type[_T]) -> _T:
        value = header.get(name)
        if not isinstance(value, kind):
            self.refuse(f"its {name} is not what a trace has there")
        return value

    def _list(self, header: Mapping[str, Any], name: str) -> list[Any]:
        return self._of(header, name, list)

    def _whole(self, header: Mapping[str, Any], name: str, lowest: int) -> int:
        value = header.get(name)
        if type(value) is not int or not lowest <= value < 2**63:
            self.refuse(f"its {name} is not a whole number from {lowest} on")
        return value

    def _number(self, header: Mapping[str, Any], name: str) -> float:
        value = self._of(header, name, float)
        if not math.isfinite(value):
            self.refuse(f"its {name} is not a finite number")
        return value

    def _names(self, header: Mapping[str, Any], name: str, length: int) -> tuple[str, ...]:
        names = self._list(header, name)
        if len(names) != length or not all(isinstance(one, str) for one in names):
            self.refuse(f"its {name} are not {length:,} texts")
        return tuple(names)

    def _clusters(self, first: Mapping[str, Any]) -> int:
        parameters = self._of(first, "parameters", dict)
        if not parameters:
            self.refuse("its first half-step has no parameters")
        array = self._stored(next(iter(parameters.values())))
        if array.ndim == 0 or array.shape[0] == 0:
            self.refuse("it has no clusters")
        return int(array.shape[0])

    def _step(self, header: Mapping[str, Any], index: int, sizes: tuple[int, int, int]) -> Step:
        n, m, d = sizes
        phase = _PHASES[0 if index == 0 else 2 - index % 2]
        iteration = max(0, (index - 1) // 2)
        if (header.get("phase"), header.get("iteration")) != (phase, iteration):
            self.refuse(f"its half-step {index} is not {phase} {iteration}")
        k = self._k
        return Step(
            phase=phase,
            iteration=iteration,
            parameters=self._parameters(self._of(header, "parameters", dict), d),
            objective=None if header.get("objective") is None else self._number(header, "objective"),
            counts=self._optional(header, "counts", (k,), "fiu"),
            labels=self._owners(header, m),
            responsibilities=self._optional(header, "responsibilities", (m, k), "f"),
            moved=None if header.get("moved") is None else self._whole(header, "moved", 0),
            shift=self._optional(header, "shift", (k,), "f"),
            events=tuple(self._event(event, n, d) for event in self._list(header, "events")),
            seconds=self._number(header, "seconds"),
        )

    def _parameters(self, header: Mapping[str, Any], d: int) -> dict[str, Array]:
        k = self._k
        shapes = {"centers": (k, d), "means": (k, d), "weights": (k,)}
        parameters = {
            name: self._array(header, name, shapes[name], "f") if name in shapes else self._stored(place)
            for name, place in header.items()
        }
        covariances = parameters.get("covariances")
        if covariances is not None and covariances.shape not in ((k, d, d), (d, d), (k, d), (k,)):
            self.refuse(f"its covariances have the shape {covariances.shape}")
        return parameters

    def _owners(self, header: Mapping[str, Any], m: int) -> Array | None:
        labels = self._optional(header, "labels", (m,), "iu")
        if labels is None:
            return None
        if len(labels) and not (labels.min() >= 0 and labels.max() < self._k):
            self.refuse(f"its labels name clusters other than 0 to {self._k - 1}")
        return labels

    def _event(self, header: object, n: int, d: int) -> Event:
        if isinstance(header, list) and len(header) == 3:  # of version 1: kind, cluster and a sentence
            named = zip(("kind", "cluster", "prose"), header, strict=True)
            header = {"rows": [], "features": [], "values": {}, **dict(named)}
        if not isinstance(header, dict):
            self.refuse("one of its events is not an event")
        cluster, prose = header.get("cluster"), header.get("prose")
        if cluster is not None and not _are_numbers([cluster], self._k):
            self.refuse("one of its events concerns a cluster that is not there")
        rows, features = self._list(header, "rows"), self._list(header, "features")
        if not (_are_numbers(rows, n) and _are_numbers(features, d)):
            self.refuse("one of its events concerns rows or features that are not there")
        if prose is not None and not isinstance(prose, str):
            self.refuse("one of its events has a sentence that is not text")
        kind, values = self._of(header, "kind", str), self._of(header, "values", dict)
        return Event(kind, cluster, tuple(rows), tuple(features), values, prose)

    def _restart(self, header: object, d: int) -> Restart:
        if not isinstance(header, dict):
            self.refuse("one of its restarts is not a restart")
        return Restart(
            start=self._array(header, "start", (self._k, d), "f"),
            centers=self._array(header, "centers", (self._k, d), "f"),
            objectives=self._array(header, "objectives", (None,), "f"),
        )
