"""What a folder of results says about itself: which of its files emscope wrote, and what is in them."""

from __future__ import annotations

import hashlib
import json
import re
import stat
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from emscope.files.whole import temporary_name

NAME = "manifest.json"

_FORMAT, _VERSION = "emscope-manifest", 1
_MOST_BYTES = 2**26
_TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.part")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as it was written: its name within the folder, its size in bytes and its hash."""

    name: str
    size: int
    sha256: str

    @classmethod
    def of(cls, name: str, path: Path) -> Self:
        """Describe the file at ``path``, which is to be called ``name``."""
        return cls(name, path.stat().st_size, _digest(path))

    def matches(self, path: Path) -> bool:
        """Tell whether the file at ``path`` is still the one that was written."""
        try:
            found = path.lstat()
            same_size = stat.S_ISREG(found.st_mode) and found.st_size == self.size
            return same_size and _digest(path) == self.sha256
        except OSError:  # gone, or not ours to read
            return False


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is emscope's in a folder.

    A name has two entries while its file is being replaced: the old one and the new one.

    Attributes
    ----------
    entries : tuple of Entry
        The files.
    folders : tuple of str
        Folders in it that emscope made.
    temporary : tuple of two str
        Names of the files that a run writes into before they take their own: results, and the manifest.
        They are chosen once, so that those of a run that was killed are known to the next one.
    """

    entries: tuple[Entry, ...]
    folders: tuple[str, ...]
    temporary: tuple[str, str]

    @classmethod
    def new(cls) -> Self:
        """Return the manifest of a folder in which nothing is emscope's yet."""
        return cls((), (), (temporary_name(), temporary_name()))

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Read the manifest of a folder; None where there is none, or one that emscope did not write."""
        path = folder / NAME
        try:
            found = path.lstat()
            if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST_BYTES:
                return None
            content = json.loads(path.read_bytes())
            rest = {name: value for name, value in content.items() if name != "checksum"}
            if (content["format"], content["version"]) != (_FORMAT, _VERSION):
                return None
            if content["checksum"] != _checksum(rest):
                return None
            entries = tuple(Entry(**entry) for entry in content["files"])
            manifest = cls(entries, tuple(content["folders"]), tuple(content["temporary"]))
            return manifest if manifest._is_sound() else None
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None  # whatever it is, it is not emscope's

    def text(self) -> str:
        """Return what :meth:`read` reads."""
        content = {
            "format": _FORMAT,
            "version": _VERSION,
            "files": [asdict(entry) for entry in self.entries],
            "folders": list(self.folders),
            "temporary": list(self.temporary),
        }
        return json.dumps({**content, "checksum": _checksum(content)}, indent=1) + "\n"

    def names(self) -> list[str]:
        """Return the names of the files, each once."""
        return list(dict.fromkeys(entry.name for entry in self.entries))

    def is_ours(self, name: str, path: Path) -> bool:
        """Tell whether the file at ``path`` is as emscope wrote it under this name."""
        return any(entry.name == name and entry.matches(path) for entry in self.entries)

    def _is_sound(self) -> bool:
        """Tell whether all names stay within the folder and everything is of its kind."""
        return (
            all(_stays_within(name) for name in (*self.names(), *self.folders))
            and all(isinstance(e.size, int) and _SHA256.fullmatch(e.sha256) for e in self.entries)
            and len(self.temporary) == 2
            and all(_TEMPORARY.fullmatch(name) for name in self.temporary)
        )


def _stays_within(name: str) -> bool:
    parts = name.split("/")
    return not any(part in ("", ".", "..", NAME) or "\\" in part or "\0" in part for part in parts)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checksum(content: dict[str, Any]) -> str:
    """Return a hash over a manifest, so that one edited by hand is not taken for emscope's."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
