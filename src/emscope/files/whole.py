"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from emscope.errors import OutputError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def whole_file(path: str | os.PathLike[str], *, again: bool = False) -> Iterator[IO[bytes]]:
    """Open a file for writing that takes its name only once it is complete.

    The bytes go to a temporary file in the same folder (made if it is missing), are flushed to disk, and
    replace ``path`` in one move. When the body raises, nothing appears and an earlier file stays. A file
    that is written ``again`` and again always begins under one name, so that what a killed process has left
    goes with the next.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with whole_file(Path(folder) / "greeting.txt") as file:
    ...         _ = file.write(b"hello")
    ...     (Path(folder) / "greeting.txt").read_text()
    'hello'
    """
    target = Path(path)
    temporary: Path | None = None
    try:
        with one_sentence(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(_temporary_name_of(target) if again else temporary_name())
            if again:
                temporary.unlink(missing_ok=True)
            with on_disk(temporary) as file:
                yield file
            temporary.replace(target)
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def remove_file(path: str | os.PathLike[str]) -> None:
    """Remove a file that was written again and again, and what a killed process has left of it."""
    target = Path(path)
    for name in (target, target.with_name(_temporary_name_of(target))):
        name.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` as UTF-8, whole or not at all."""
    with whole_file(path) as file:
        file.write(text.encode("utf-8"))


def temporary_name() -> str:
    """Return a name that no other file has."""
    return f".{secrets.token_hex(8)}.part"


def _temporary_name_of(path: Path) -> str:
    """Return a name that no file but those begun for this one has."""
    return f".{hashlib.blake2b(os.fsencode(path.name), digest_size=8).hexdigest()}.part"


@contextmanager
def on_disk(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file whose bytes are on the disk when the body ends."""
    with path.open("x+b") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def one_sentence(path: Path) -> Iterator[None]:
    """Say in one sentence what the system says about writing ``path``."""
    try:
        yield
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        reason = error.strerror or str(error)
        advice = "Make room, or choose another place" if error.errno in _FULL else "Choose another place"
        raise OutputError(f"cannot write {path}: {reason}. {advice}.") from error
