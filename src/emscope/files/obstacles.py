"""What is in the way of files to be written: found without touching anything, told in one sentence."""

from __future__ import annotations

import os
import re
import stat
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from emscope.errors import OutputError
from emscope.files.manifest import NAME, Manifest

Source = str | os.PathLike[str] | int

_MOST_NAMED = 8

_ELSEWHERE = "Choose another folder (--out)."
_READ = (
    "cannot write {names} into {folder}: that is what this run reads. "
    "Choose another folder, such as --out {other}."
)
_NO_PLACE = (
    "cannot write into {folder}: there must be a {kind} in the place of {names}. "
    "Move that away, or choose another folder, such as --out {other}."
)
_FOREIGN = (
    "cannot write into {folder}: {names} would be written over, and emscope did not write that, or it was "
    "changed since. Choose another folder, such as --out {other}, or replace it by --force."
)


class Sources:
    """Files that are read, told by what they are: a link, another spelling or a second name is the same file.

    They are kept open, so that what they are stays theirs when somebody puts another file in their place
    meanwhile; that one is read by name, and a source too. Files that do not exist are none.
    """

    def __init__(self, files: Iterable[Source]) -> None:
        self._paths = tuple(files)
        self._first = {_identity(file) for file in self._paths} - {None}
        opened = [descriptor for file in self._paths for descriptor in _opened(file)]
        weakref.finalize(self, _close, opened)

    def __contains__(self, path: Source) -> bool:
        identity = _identity(path)
        return identity is not None and (
            identity in self._first or any(identity == _identity(file) for file in self._paths)
        )


def _identity(file: Source) -> tuple[int, int] | None:
    try:
        status = os.stat(file)
    except (OSError, ValueError):
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def _opened(file: Source) -> Iterator[int]:
    if isinstance(file, int) or _identity(file) is None:
        return
    try:
        yield os.open(file, os.O_RDONLY)
    except OSError:  # not ours to read: then it is not read, either
        return


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def check(
    folder: Path, names: Sequence[str], sources: Sources, *, force: bool, manifest: Manifest | None = None
) -> None:
    """Refuse to write files of these names into a folder (it need not exist) if something is in the way."""
    files = [NAME, *(name for name in names if not name.endswith("/"))]
    _refuse(folder, _READ, [name for name in files if folder / name in sources])
    _refuse(folder, _NO_PLACE, _marked(folder, _folders_of(names), _why_no_folder), "folder")
    _refuse(folder, _NO_PLACE, _marked(folder, files, _why_no_file), "file")
    if not force:
        manifest = manifest or Manifest.read(folder)
        _refuse(folder, _FOREIGN, [name for name in files if not _is_ours(folder, name, manifest)])


def check_place(folder: Path) -> None:
    """Refuse a folder that does not exist and cannot be made, or exists and is closed to writing."""
    try:
        missing = [path for path in (folder, *folder.absolute().parents) if not _exists(path)]
        there = missing[-1].parent if missing else folder
        if not there.is_dir():
            raise OutputError(f"cannot write into {folder}: {there} is not a folder. {_ELSEWHERE}")
        if not os.access(there, os.R_OK | os.W_OK | os.X_OK):
            raise OutputError(f"cannot write into {folder}: permission denied. {_ELSEWHERE}")
        if missing:  # some names and some disks say only when asked
            missing[-1].mkdir()
            missing[-1].rmdir()
    except OutputError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"cannot write into {folder}: {reason}. {_ELSEWHERE}") from error


def _exists(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _folders_of(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name.rpartition("/")[0] for name in names if "/" in name))


def _marked(folder: Path, names: Iterable[str], why: Callable[[Path], str]) -> list[str]:
    """Return the names that cannot be used, each with the reason."""
    reasons = {name: why(folder / name) for name in names}
    return [f"{name} ({reason})" for name, reason in reasons.items() if reason]


def _why_no_folder(path: Path) -> str:
    if not os.path.lexists(path):
        return ""
    if path.is_symlink():
        return "a link"
    if not path.is_dir():
        return "not a folder"
    return "" if os.access(path, os.W_OK | os.X_OK) else "closed to writing"


def _why_no_file(path: Path) -> str:
    if not os.path.lexists(path) or path.is_symlink() or path.is_file():
        return ""
    return "a folder" if path.is_dir() else "no ordinary file"


def _is_ours(folder: Path, name: str, manifest: Manifest | None) -> bool:
    """Tell whether a name is free, or that of a file as emscope wrote it."""
    if not os.path.lexists(folder / name):
        return True
    return manifest is not None and (name == NAME or bool(manifest.of(name, folder)))


def _refuse(folder: Path, sentence: str, names: list[str], kind: str = "") -> None:
    if names:
        more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
        named = ", ".join(names[:_MOST_NAMED]) + more
        raise OutputError(sentence.format(names=named, folder=folder, kind=kind, other=_another(folder)))


def _another(folder: Path) -> Path:
    """Propose a folder that does not exist yet."""
    if folder.name in ("", ".."):
        folder, first = folder / "emscope-out", [folder / "emscope-out"]
    else:
        first = []
    stem = re.sub(r"-\d+$", "", folder.name)
    others = (folder.with_name(f"{stem}-{i}") for i in range(2, 1000))
    return next((path for path in (*first, *others) if not os.path.lexists(path)), folder)
