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
        return cls(name, path.stat().st_size, digest(path))

    def matches(self, folder: Path) -> bool:
        """Tell whether the file of this name is still the one that was written; no link leads to ours."""
        path = folder / self.name
        try:
            found = path.lstat()
            linked = any((folder / above).is_symlink() for above in _above(self.name))
            if linked or not stat.S_ISREG(found.st_mode) or found.st_size != self.size:
                return False
            return digest(path) == self.sha256
        except (OSError, ValueError):  # gone, not ours to read, or no name at all
            return False


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is emscope's in a folder; a name has two entries while its file is being replaced, old and new."""

    entries: tuple[Entry, ...]  # the files
    folders: tuple[str, ...]  # folders in it that emscope made
    # name of the file that the next manifest is written into before it takes the place of this one
    spare: str
    # name of the file that results are written into before they take theirs; None when no run is writing
    temporary: str | None

    @classmethod
    def new(cls) -> Self:
        """Return the manifest of a folder in which nothing is emscope's yet."""
        return cls((), (), temporary_name(), None)

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
            manifest = cls(entries, tuple(content["folders"]), content["spare"], content["temporary"])
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
            "spare": self.spare,
            "temporary": self.temporary,
        }
        return json.dumps({**content, "checksum": _checksum(content)}, indent=1) + "\n"

    def names(self) -> list[str]:
        """Return the names of the files, each once."""
        return list(dict.fromkeys(entry.name for entry in self.entries))

    def of(self, name: str, folder: Path) -> list[Entry]:
        """Return the entries of a name that the file in the folder still matches."""
        return [entry for entry in self.entries if entry.name == name and entry.matches(folder)]

    def _is_sound(self) -> bool:
        """Tell whether all names stay within the folder and everything is of its kind."""
        temporary = [self.spare, *([] if self.temporary is None else [self.temporary])]
        return (
            all(_stays_within(name) for name in (*self.names(), *self.folders))
            and all(isinstance(e.size, int) and _SHA256.fullmatch(e.sha256) for e in self.entries)
            and all(_TEMPORARY.fullmatch(name) for name in temporary)
        )


def begins_like_a_manifest(content: bytes) -> bool:
    """Tell whether this may be a manifest whose writing was cut short."""
    start = f'{{\n "format": "{_FORMAT}"'.encode()
    return start.startswith(content[: len(start)])


def digest(path: Path) -> str:
    """Return the hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _above(name: str) -> list[str]:
    """Return the folders that a name is in."""
    parts = name.split("/")
    return ["/".join(parts[:i]) for i in range(1, len(parts))]


def _stays_within(name: str) -> bool:
    parts = name.split("/")
    return not any(part in ("", ".", "..", NAME) or "\\" in part or "\0" in part for part in parts)


def _checksum(content: dict[str, Any]) -> str:
    """Return a hash over a manifest, so that one edited by hand is not taken for emscope's."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
