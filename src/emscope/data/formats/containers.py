"""Files that hold a file: compressed ones, zip archives with one table, and standard input.

Whatever a table is packed in, readers get a :class:`Content`, whose bytes can be read from the start as
often as they need. What a packed file claims about its size is not believed: it is counted as it comes.
"""

from __future__ import annotations

import bz2
import contextlib
import functools
import gzip
import io
import lzma
import os
import shutil
import stat
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa

from emscope.data.content.names import matching
from emscope.data.formats.unsupported import in_zip
from emscope.data.wording import closest_first, listed, quoted
from emscope.errors import TableError

__all__ = ["DAMAGE", "Content", "on_disk", "open_content"]

DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, zipfile.BadZipFile, pa.ArrowException)
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ\0": "xz"}
_SUFFIXES = (".gz", ".bz2", ".zst", ".zstd", ".xz", ".zip")
_TABLES = (".csv", ".tsv", ".tab", ".txt", ".dat", ".data", ".asc", ".prn", ".log", "")
_SEPARATED = (".csv", ".tsv")
_MOST_UNPACKED, _MOST_RATIO = 2**30, 200
_STARTS_WITH = 4096
_PATIENCE, _PAUSE = 2.0, 0.05  # seconds


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes that can be read again and again."""

    name: str  # what to call them in messages
    suffix: str  # the ending of the name of the file that was packed
    packed: str | None  # what they are packed in: "gzip", "zip", ...
    start: bytes  # the first of them
    open: Callable[[], BinaryIO]  # opens them from the start
    notes: tuple[str, ...] = ()  # what was chosen

    def damaged(self, error: BaseException) -> TableError:
        """Word what is wrong with a packed file."""
        kind = self.packed or "packed"
        if "password" in str(error) or "encrypted" in str(error):
            return TableError(f"{self.name} is locked with a password: unpack it first.")
        return TableError(f"{self.name} is a {kind} file that is cut short or damaged: make it again.")


@contextlib.contextmanager
def on_disk(path: str | os.PathLike[str]) -> Iterator[tuple[str, str]]:
    """Give a file that can be read twice, and its name: a pipe or standard input is copied to one."""
    if os.fspath(path) == "-":
        with _copied(sys.stdin.buffer) as copy:
            yield copy, "standard input"
        return
    source = quoted(os.fspath(path))
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError as error:
        raise TableError(f"there is no file {source}: check its name and folder.") from error
    except (OSError, ValueError) as error:
        raise _cannot_open(source, error) from error
    if stat.S_ISDIR(mode):
        raise TableError(f"{source} is a folder: give the file in it that holds the table.")
    if stat.S_ISFIFO(mode):
        with _written_pipe(os.fspath(path)) as pipe, _copied(pipe) as copy:
            yield copy, os.path.basename(path)
        return
    if not stat.S_ISREG(mode):
        raise TableError(f"{source} is not a file on disk: save the table to a file first.")
    yield os.fspath(path), os.path.basename(path)


@contextlib.contextmanager
def _written_pipe(path: str) -> Iterator[io.RawIOBase]:
    """Open a pipe that somebody writes into; waiting for nobody would have no end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with open(descriptor, "rb") as pipe:
        for _ in range(round(_PATIENCE / _PAUSE)):
            try:
                start = os.read(descriptor, _STARTS_WITH)
            except BlockingIOError:  # somebody does, and has nothing to say yet
                start = b""
                break
            if start:
                break
            time.sleep(_PAUSE)
        else:
            raise TableError(f"nobody writes into the pipe {quoted(path)}: save the table to a file first.")
        os.set_blocking(descriptor, True)
        yield _Preceded(start, pipe)


class _Preceded(io.RawIOBase):
    """A stream of which the first bytes were read already."""

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self._parts: list[BinaryIO] = [io.BytesIO(start), rest]

    def read(self, size: int = -1) -> bytes:
        while self._parts:
            if found := self._parts[0].read(size):
                return found
            del self._parts[0]
        return b""


@contextlib.contextmanager
def _copied(stream: BinaryIO | io.RawIOBase) -> Iterator[str]:
    """Copy a stream to a file of its own, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="emscope-") as folder:
        copy = os.path.join(folder, "table")
        with open(copy, "xb") as file:
            shutil.copyfileobj(stream, file, 2**20)
        yield copy


def _cannot_open(source: str, error: BaseException) -> TableError:
    reason = getattr(error, "strerror", None) or str(error)
    return TableError(f"{source} cannot be opened: {reason}.")


def open_content(path: str, name: str, member: str | None) -> Content:
    """Look into a file, through whatever it is packed in, for the one table that it holds."""
    try:
        with open(path, "rb") as file:
            start = file.read(_STARTS_WITH)
    except (OSError, ValueError) as error:
        raise _cannot_open(quoted(path), error) from error
    if not start:
        raise TableError(f"{name} is empty: there is no table in it.")
    content = Content(name, _suffix(name), None, start, functools.partial(_open, path))
    packed = next((kind for magic, kind in _PACKED.items() if start.startswith(magic)), None)
    if packed is not None:
        content = Content(name, _inner_suffix(name), packed, b"", lambda: _unpacked(path, packed))
    elif start.startswith(b"PK\x03\x04") and _is_archive(path, content):
        content = _in_archive(path, name, member)
    else:
        return content
    try:
        with content.open() as file:
            start = file.read(_STARTS_WITH)
    except (*DAMAGE, OSError, RuntimeError, NotImplementedError) as error:
        raise content.damaged(error) from error
    if not start:
        raise TableError(f"{name} is empty: there is no table in it.")
    if any(start.startswith(magic) for magic in (*_PACKED, b"PK\x03\x04")):
        raise TableError(f"{name} holds a file that is packed again: unpack it and give the table in it.")
    return Content(content.name, content.suffix, content.packed, start, content.open, content.notes)


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()


def _inner_suffix(name: str) -> str:
    stem, suffix = os.path.splitext(name)
    return _suffix(stem) if suffix.lower() in _SUFFIXES else suffix.lower()


def _unpacked(path: str, kind: str) -> BinaryIO:
    """Open a compressed file."""
    if kind == "zstd":
        raw = pa.OSFile(path)
        inner: Any = pa.CompressedInputStream(raw, "zstd")
    else:
        openers: dict[str, Any] = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}
        inner = openers[kind](path)
    return _Counted(inner, os.path.getsize(path), os.path.basename(path))  # type: ignore[return-value]


class _Counted(io.RawIOBase):
    """A file that unpacks, and stops where it grows beyond all measure."""

    def __init__(self, inner: Any, packed_size: int, name: str) -> None:
        self._inner, self._name = inner, name
        self._left = _MOST_UNPACKED + _MOST_RATIO * packed_size

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return self.readall()
        data: bytes = self._inner.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise TableError(
                f"{self._name} unpacks to over {_MOST_RATIO} times its size: unpack it first if it is sound."
            )
        return data

    def readall(self) -> bytes:
        return b"".join(iter(lambda: self.read(2**20), b""))

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()


def _is_archive(path: str, content: Content) -> bool:
    """Tell an archive of files from a workbook or a NumPy archive, which are zip files too."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (*DAMAGE, OSError, NotImplementedError) as error:
        if content.suffix in (".npz", ".xlsx", ".ods", ".xlsm"):
            return False
        raise Content(content.name, "", "zip", b"", content.open).damaged(error) from error
    kind = in_zip(names)
    if kind is not None:
        raise TableError(f"{content.name} is {kind[0]}: {kind[1]}.")
    npy = [name for name in names if name.endswith(".npy")]
    return content.suffix != ".npz" and len(npy) < len(names) and not _is_workbook(names)


def _is_workbook(names: list[str]) -> bool:
    return any(name.startswith("xl/workbook.") for name in names) or (
        "content.xml" in names and "mimetype" in names
    )


def _in_archive(path: str, name: str, member: str | None) -> Content:
    """Choose the one table of a zip archive."""
    with zipfile.ZipFile(path) as archive:
        files = [
            info.filename
            for info in archive.infolist()
            if not info.is_dir()
            and not info.filename.startswith("__MACOSX/")
            and not os.path.basename(info.filename).startswith(".")
            and os.path.basename(info.filename) not in ("Thumbs.db", "desktop.ini")
        ]
    tables = [one for one in files if _suffix(one) in _TABLES[:-1]] or files
    if len(separated := [one for one in tables if _suffix(one) in _SEPARATED]) == 1:
        tables = separated  # what else is there describes it
    if member is not None:
        asked = matching(member, files)
        if asked is None:
            raise TableError(
                f"{name} holds no {quoted(member)}; it holds {listed(closest_first(member, files))}."
            )
        tables = [asked]
    if len(tables) != 1:
        raise TableError(
            f"{name} holds {len(tables)} files"
            + (
                f" ({listed(tables, 6)}): name one by sheet=, or unpack it."
                if tables
                else ": none is a table."
            )
        )
    chosen = tables[0]
    others = [one for one in files if one != chosen]
    notes = (f"{name}: {quoted(chosen)} is read, not {listed(others, 6)}; sheet= names another.",)
    return Content(name, _suffix(chosen), "zip", b"", lambda: _member(path, chosen), notes if others else ())


def _member(path: str, chosen: str) -> BinaryIO:
    archive = zipfile.ZipFile(path)
    return _Counted(  # type: ignore[return-value]
        archive.open(chosen), archive.getinfo(chosen).compress_size, os.path.basename(path)
    )


def _open(path: str) -> BinaryIO:
    return open(path, "rb")
