"""A file that a command writes by itself, without a folder and its manifest."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from emscope.errors import OutputError
from emscope.files import obstacles


def check_file(path: Path, *, inputs: Iterable[obstacles.Source] = (), force: bool = False) -> None:
    """Find out whether a file can be written, and leave everything as it is.

    Without ``force`` nothing may be there already: no manifest says that it is emscope's. What is read is
    never written over.
    """
    if path in obstacles.Sources(inputs):
        raise OutputError(
            f"cannot write {path}: that is what this command reads. Choose another file (--out)."
        )
    obstacles.check_place(path.parent)
    if not os.path.lexists(path):
        return
    if not path.is_file() and not path.is_symlink():
        raise OutputError(f"cannot write {path}: it is no ordinary file. Choose another file (--out).")
    if not force:
        raise OutputError(
            f"cannot write {path}: it is there. Choose another file (--out), or replace it by --force."
        )
