"""A JSON header and named arrays in one ``.npz`` file: nothing runs when it is read, and nothing is trusted.

The header says which array belongs where by its place on the shelf, so arrays that are the same object
are stored once, and are the same object again when they are read.
"""

from __future__ import annotations

import json
import math
import os
import re
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, Literal, NoReturn, TypeVar

import numpy as np

from emscope.columns import Array
from emscope.errors import TraceError

_MOST_BYTES = 2**31
_MOST_HEADER_BYTES = 2**26
# the header that numpy.lib.format writes for an array of plain numbers, and nothing else
_ARRAY_HEADER = re.compile(
    rb"\{'descr': '([<>|][fiub]\d{1,2})', 'fortran_order': (True|False), "
    rb"'shape': \(((?:\d{1,18}, ?)*(?:\d{1,18})?)\), \} *\n"
)
_T = TypeVar("_T")


class Shelf:
    """The distinct arrays of an archive, each in its place."""

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


def write(
    file: IO[bytes],
    what: str,
    version: int,
    header: Mapping[str, Any],
    shelf: Shelf,
    *,
    packed: bool = True,
) -> None:
    """Write an archive of ``what`` ("trace") into an open file; the same bytes for the same content."""
    marked = {"format": f"emscope-{what}", "version": version, **header}
    try:
        text = json.dumps(marked, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise TraceError(f"the settings of the {what} are not plain JSON values ({error}).") from error
    arrays = {"header": np.frombuffer(text.encode("ascii"), dtype=np.uint8)}
    arrays |= {str(index): array for index, array in enumerate(shelf.arrays)}
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy")  # without the time of day
            info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
            with archive.open(info, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)


def _plain(value: object) -> Any:
    """Give JSON the plain form of NumPy's numbers and arrays."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"of type {type(value).__name__}")


@contextmanager
def reading(
    path: str | os.PathLike[str],
    what: str,
    version: int,
    *,
    most: int = _MOST_BYTES,
    remedy: str = "",
) -> Iterator[Reader]:
    """Open an archive of ``what``, up to a version; whatever is wrong with the file is one TraceError.

    Its arrays may have ``most`` bytes; the ``remedy`` is what to do about a file that cannot be read.
    """
    name = os.fspath(path)
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        raise TraceError(f"{name!r} is a pipe or a device, and a {what} is a file: save it to one.")
    try:
        with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
            yield Reader(archive, os.path.basename(path), what, version, most, remedy)
    except TraceError:
        raise
    except FileNotFoundError as error:
        raise TraceError(f"there is no file {name!r}: check its name and folder.") from error
    except (IsADirectoryError, PermissionError) as error:
        raise TraceError(f"{name!r} cannot be opened: {error.strerror}.") from error
    except Exception as error:  # zipfile and JSON raise nearly anything on damaged files
        sentence = f"{name!r} is not a saved {what}, or it is cut short or damaged"
        raise TraceError(f"{sentence}: {remedy or 'save the run again'}.") from error


class Reader:
    """Reads one archive; every method refuses what does not fit."""

    def __init__(
        self, archive: zipfile.ZipFile, source: str, what: str, version: int, most: int, remedy: str
    ) -> None:
        self._archive = archive
        self._source = source
        self._what = what
        self._arrays: dict[int, Array] = {}
        self._left = most
        self._remedy = f"; {remedy}" if remedy else ""
        self.header = self._header(version)

    def refuse(self, reason: str) -> NoReturn:
        """Raise the error that says what is wrong with the file."""
        raise TraceError(f"{self._source} cannot be loaded: {reason}{self._remedy}.")

    def array(self, header: Mapping[str, Any], name: str, shape: tuple[int | None, ...], kinds: str) -> Array:
        """Give an array whose shape (None: any length) and kind of number fit."""
        array = self.stored(header.get(name))
        fits = array.ndim == len(shape) and all(
            wanted is None or length == wanted for length, wanted in zip(array.shape, shape, strict=True)
        )
        if not fits or array.dtype.kind not in kinds:
            self.refuse(f"its {name} have shape {array.shape} and dtype {array.dtype}, which do not fit")
        return array

    def optional(
        self, header: Mapping[str, Any], name: str, shape: tuple[int | None, ...], kinds: str
    ) -> Array | None:
        """Give an array, or None where the header has none."""
        return None if header.get(name) is None else self.array(header, name, shape, kinds)

    def of(self, header: Mapping[str, Any], name: str, kind: type[_T]) -> _T:
        """Give a value of one type."""
        value = header.get(name)
        if not isinstance(value, kind):
            self.refuse(f"its {name} is not what a {self._what} has there")
        return value

    def whole(self, header: Mapping[str, Any], name: str, lowest: int) -> int:
        """Give a whole number from the lowest on."""
        value = header.get(name)
        if type(value) is not int or not lowest <= value < 2**63:
            self.refuse(f"its {name} is not a whole number from {lowest} on")
        return value

    def number(self, header: Mapping[str, Any], name: str) -> float:
        """Give a finite number."""
        value = self.of(header, name, float)
        if not math.isfinite(value):
            self.refuse(f"its {name} is not a finite number")
        return value

    def texts(self, header: Mapping[str, Any], name: str, length: int) -> tuple[str, ...]:
        """Give so many texts."""
        texts = self.of(header, name, list)
        if len(texts) != length or not all(isinstance(one, str) for one in texts):
            self.refuse(f"its {name} are not {length:,} texts")
        return tuple(texts)

    def stored(self, index: object) -> Array:
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

    def _header(self, newest: int) -> Mapping[str, Any]:
        names = self._archive.namelist()
        if "header.npy" not in names or len(set(names)) != len(names):
            self.refuse(f"it has no header, so it is not a saved {self._what}")
        raw = self._member("header", _MOST_HEADER_BYTES)
        if raw.dtype != np.uint8 or raw.ndim != 1:
            self.refuse("its header is not text")
        header = json.loads(raw.tobytes().decode("utf-8"))
        if not isinstance(header, dict) or header.get("format") != f"emscope-{self._what}":
            self.refuse(f"its header is not that of a {self._what}")
        version = self.whole(header, "version", 1)
        if version > newest:
            self.refuse(
                f"it has version {version} and this emscope knows up to {newest}: install a newer one"
            )
        return header

    def _member(self, name: str, most: int) -> Array:
        """Read one array, once its declared size is known to be honest and affordable."""
        info = self._archive.getinfo(f"{name}.npy")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            self.refuse(f"it is packed in a way that a {self._what} is not")
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
                self.refuse(f"it declares an array of {size:,} bytes, more than a {self._what} may have")
            if member.tell() + size != info.file_size:
                self.refuse("it declares an array of another size than it holds")
            data = member.read()
        order: Literal["F", "C"] = "F" if found[2] == b"True" else "C"
        return np.frombuffer(bytearray(data), dtype=dtype).reshape(shape, order=order)
