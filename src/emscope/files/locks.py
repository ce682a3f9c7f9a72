"""One run at a time in a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emscope.errors import OutputError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder that exists, for as long as this process lives at most."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(
                f"another run is writing into {folder}: wait for it, or choose another folder (--out)."
            ) from None
        except OSError:  # a disk without locks
            pass
        yield
    finally:
        os.close(descriptor)
