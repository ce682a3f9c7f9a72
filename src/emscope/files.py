"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from emscope.errors import OutputError


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file for writing that takes its name only once it is complete.

    The bytes go to a temporary file in the same folder, are flushed to disk, and replace
    ``path`` in one move. When the body raises, nothing appears and an earlier file stays.

    Parameters
    ----------
    path : path-like
        Where the file is to appear. Its folder is created if it is missing.

    Yields
    ------
    file object, opened for writing and reading bytes

    Raises
    ------
    OutputError
        The folder is not writable, the disk is full, or the name belongs to a folder.

    Examples
    --------
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
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{secrets.token_hex(8)}.part")
        with temporary.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        reason = error.strerror or str(error)
        raise OutputError(f"cannot write {target}: {reason}. Choose another place, or make room.") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` as UTF-8, whole or not at all.

    Parameters
    ----------
    path : path-like
        Where the file is to appear.
    text : str
        Its whole content.
    """
    with whole_file(path) as file:
        file.write(text.encode("utf-8"))
