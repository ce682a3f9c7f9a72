"""What is in the way of files to be written: found without touching anything, told in one sentence."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from emscope.errors import OutputError
from emscope.files.manifest import NAME, Manifest

Source = str | os.PathLike[str] | int

_MOST_NAMED = 8


class Sources:
    """Files that are read, told by what they are: a link, another spelling or a second name is the same file.

    Parameters
    ----------
    files : iterable of path-like or int
        Paths, or descriptors of open files. Those that do not exist are none.
    """

    def __init__(self, files: Iterable[Source]) -> None:
        self._identities = {_identity(file) for file in files} - {None}

    def __contains__(self, path: Source) -> bool:
        return _identity(path) in self._identities


def _identity(file: Source) -> tuple[int, int] | None:
    try:
        status = os.stat(file)
    except (OSError, ValueError):
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def check(folder: Path, names: Sequence[str], sources: Sources, *, force: bool) -> None:
    """Refuse to write files of these names into a folder where something is in the way.

    Parameters
    ----------
    folder : Path
        It need not exist.
    names : sequence of str
        With ``/`` between a folder and a name in it; a name that ends in ``/`` is a folder.
    sources : Sources
        What is read, and is never written over.
    force : bool
        Whether other files may be replaced.

    Raises
    ------
    OutputError
        The sentence lists what is in the way.
    """
    _refuse_unwritable(folder)
    files = [NAME, *(name for name in names if not name.endswith("/"))]
    _refuse(folder, _is_read, [name for name in files if folder / name in sources])
    _refuse(folder, _is_no_folder, [name for name in _folders_of(names) if not _can_be_folder(folder / name)])
    _refuse(folder, _is_no_file, [name for name in files if not _can_be_file(folder / name)])
    if not force:
        manifest = Manifest.read(folder)
        _refuse(folder, _is_foreign, [name for name in files if not _is_ours(folder, name, manifest)])


def _refuse_unwritable(folder: Path) -> None:
    there = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not there.is_dir():
        raise OutputError(
            f"cannot write into {folder}: {there} is not a folder. Choose another folder (--out)."
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(f"cannot write into {folder}: permission denied. Choose another folder (--out).")


def _folders_of(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name.rpartition("/")[0] for name in names if "/" in name))


def _can_be_folder(path: Path) -> bool:
    if not os.path.lexists(path):
        return True
    return path.is_dir() and not path.is_symlink() and os.access(path, os.W_OK | os.X_OK)


def _can_be_file(path: Path) -> bool:
    return not os.path.lexists(path) or path.is_symlink() or path.is_file()


def _is_ours(folder: Path, name: str, manifest: Manifest | None) -> bool:
    """Tell whether a name is free, or that of a file as emscope wrote it."""
    if not os.path.lexists(folder / name):
        return True
    return manifest is not None and (name == NAME or manifest.is_ours(name, folder / name))


def _refuse(folder: Path, sentence: Callable[[str, Path, Path], str], names: list[str]) -> None:
    if names:
        more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
        raise OutputError(sentence(", ".join(names[:_MOST_NAMED]) + more, folder, _another(folder)))


def _is_read(names: str, folder: Path, other: Path) -> str:
    return (
        f"cannot write {names} into {folder}: that is what this run reads. "
        f"Choose another folder, such as --out {other}."
    )


def _is_no_folder(names: str, folder: Path, other: Path) -> str:
    return (
        f"cannot write into {folder}: {names} in it is a link, a file or closed to writing, and must be a "
        f"folder. Move it away, or choose another folder, such as --out {other}."
    )


def _is_no_file(names: str, folder: Path, other: Path) -> str:
    return (
        f"cannot write into {folder}: {names} in it is a folder or a device, and must be a file. "
        f"Move it away, or choose another folder, such as --out {other}."
    )


def _is_foreign(names: str, folder: Path, other: Path) -> str:
    return (
        f"cannot write into {folder}: {names} in it would be written over, and is not as emscope wrote it. "
        f"Choose another folder, such as --out {other}, or replace it by --force."
    )


def _another(folder: Path) -> Path:
    """Propose a folder that does not exist yet."""
    first = folder / "emscope-out" if folder.name in ("", "..") else folder.with_name(f"{folder.name}-2")
    others = (first.with_name(f"{first.name}-{i}") for i in range(3, 1000))
    return next((path for path in (first, *others) if not os.path.lexists(path)), first)
