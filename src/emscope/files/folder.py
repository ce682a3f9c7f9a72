"""A folder of results: only what its manifest names, and what still matches it, is replaced or removed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO

from emscope.errors import OutputError
from emscope.files import obstacles
from emscope.files.locks import locked
from emscope.files.manifest import NAME, Entry, Manifest, begins_like_a_manifest
from emscope.files.whole import on_disk, one_sentence, temporary_name, write_text


def _every(name: str) -> bool:
    return True


class Folder:
    """A folder that results are written into.

    Its ``manifest.json`` lists every file that was written, with size and hash. What it does not list, or
    what was changed since, is not emscope's: it is never replaced (unless by ``force``) and never removed.
    Before a file takes its name, the manifest holds its hash beside that of the file it replaces, so that a
    run that is killed at any moment leaves nothing that the next one does not know. The ``inputs``, paths
    or descriptors of open files, are never written over nor removed, however their path is spelled.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as place:
    ...     folder = Folder(Path(place) / "out")
    ...     with folder.writing(["a.txt"]), folder.file("a.txt") as file:
    ...         _ = file.write(b"hello")
    ...     sorted(path.name for path in folder.path.iterdir())
    ['a.txt', 'manifest.json']
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        inputs: Iterable[obstacles.Source] = (),
        force: bool = False,
    ) -> None:
        self.path = Path(path)
        self.written: list[str] = []
        self.kept: list[str] = []
        self._force = force
        self._sources = obstacles.Sources(inputs)
        self._manifest = Manifest.new()
        self._saved = b""

    def check(self, names: Iterable[str]) -> None:
        """Find out whether files of these names can be written, and leave everything as it is.

        A name has ``/`` between a folder and a name in it; one that ends in ``/`` is a folder. The sentence
        of the OutputError lists what is in the way.
        """
        obstacles.check_place(self.path)
        if self.path.is_dir():
            with locked(self.path):
                obstacles.check(self.path, list(names), self._sources, force=self._force)

    def listed(self) -> list[str]:
        """Return the names of the files that are emscope's and still there."""
        manifest = Manifest.read(self.path)
        return [] if manifest is None else [n for n in manifest.names() if manifest.of(n, self.path)]

    @contextmanager
    def writing(self, names: Iterable[str]) -> Iterator[None]:
        """Write files of these names, each by :meth:`file`.

        What earlier runs left is removed by :meth:`remove_stale`. When the body raises an error, what it has
        written and what was there stays.
        """
        names = list(names)
        self.check(names)
        with one_sentence(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        with locked(self.path):
            obstacles.check(self.path, names, self._sources, force=self._force)
            with one_sentence(self.path / NAME):
                self._begin()
            try:
                yield
            except BaseException:
                with suppress(
                    OSError
                ):  # a full disk may refuse this too, and the first error is the one to tell
                    self._end()
                raise
            with one_sentence(self.path / NAME):
                self._end()

    @contextmanager
    def file(self, name: str) -> Iterator[IO[bytes]]:
        """Open one of those files; it takes its name once it is complete and the manifest knows it."""
        assert self._manifest.temporary is not None  # within writing
        target, temporary = self.path / name, self.path / self._manifest.temporary
        with one_sentence(target):
            temporary.unlink(missing_ok=True)
            with on_disk(temporary) as file:
                yield file
            entry = Entry.of(name, temporary)
            self._enter(entry)
            obstacles.check(self.path, [name], self._sources, force=self._force, manifest=self._manifest)
            target.parent.mkdir(exist_ok=True)
            temporary.replace(target)
            others = tuple(other for other in self._manifest.entries if other.name != name)
            self._manifest = replace(self._manifest, entries=(*others, entry))
            self.written.append(name)

    def remove_stale(self, stale: Callable[[str], bool] = _every) -> None:
        """Remove what earlier runs left, as it was then, and this one has not written anew."""
        with one_sentence(self.path):
            entries = tuple(e for name in self._manifest.names() for e in self._remaining(name, stale))
            folders = tuple(f for f in self._manifest.folders if not _removed_if_empty(self.path / f))
            self._save(replace(self._manifest, entries=entries, folders=folders))

    def _begin(self) -> None:
        """Take over the manifest, or lay a new one, and clear what a killed run left."""
        found = Manifest.read(self.path)
        if found is None:
            (self.path / NAME).unlink(missing_ok=True)  # by force: otherwise it was refused
            _lay_down(self.path, self._manifest.text())
            found = self._manifest
        self._manifest = found
        self._saved = (self.path / NAME).read_bytes()
        if found.temporary is not None and self._is_plain(found.temporary):
            (self.path / found.temporary).unlink()
        self._save(replace(found, temporary=temporary_name()))
        self.written, self.kept = [], []

    def _end(self) -> None:
        """Leave no temporary file, and a manifest that says so."""
        if self._manifest.temporary is not None:
            (self.path / self._manifest.temporary).unlink(missing_ok=True)
        if (self.path / NAME).exists():  # else the folder is gone, or emscope's no more
            self._save(replace(self._manifest, temporary=None))

    def _enter(self, entry: Entry) -> None:
        """Let the manifest know a file, and the folder it is in, before it is there."""
        folders, above = self._manifest.folders, entry.name.rpartition("/")[0]
        if above and not (self.path / above).exists():
            folders = (*folders, above)
        self._save(replace(self._manifest, folders=folders, entries=(*self._manifest.entries, entry)))

    def _remaining(self, name: str, stale: Callable[[str], bool]) -> list[Entry]:
        """Remove a file if it is stale and still ours; return the entries that hold from now on."""
        path, ours = self.path / name, self._manifest.of(name, self.path)
        if name in self.written:
            return ours
        if not ours and os.path.lexists(path):
            self.kept.append(f"{path} is of an earlier run and stays, because it was changed since")
        elif ours and stale(name):
            if path in self._sources:
                self.kept.append(f"{path} is of an earlier run and stays, because this one reads it")
                return ours
            try:
                path.unlink()
            except OSError as error:
                self.kept.append(f"{path} is of an earlier run and cannot be removed: {error.strerror}")
                return ours
            return []
        return ours

    def _save(self, manifest: Manifest) -> None:
        """Replace the manifest by another one, unless somebody else has replaced it."""
        spare = self.path / manifest.spare
        if self._is_plain(manifest.spare) and begins_like_a_manifest(spare.read_bytes()):
            spare.unlink()  # of a run that was killed
        elif os.path.lexists(spare):
            manifest = replace(manifest, spare=temporary_name())
            spare = self.path / manifest.spare
        try:
            with on_disk(spare) as file:
                file.write(manifest.text().encode())
            if (self.path / NAME).is_symlink() or (self.path / NAME).read_bytes() != self._saved:
                raise OutputError(
                    f"cannot write {self.path / NAME}: somebody else has written it meanwhile. "
                    "Choose another folder (--out), or move that file away."
                )
            spare.replace(self.path / NAME)
        finally:
            spare.unlink(missing_ok=True)
        self._manifest, self._saved = manifest, manifest.text().encode()

    def _is_plain(self, name: str) -> bool:
        """Tell whether there is an ordinary file of this name that is not read."""
        path = self.path / name
        return path.is_file() and not path.is_symlink() and path not in self._sources


def _removed_if_empty(folder: Path) -> bool:
    """Remove a folder that emscope made, unless something is in it; tell whether it is not there any more."""
    if folder.is_symlink() or not folder.is_dir():
        return True
    try:
        folder.rmdir()
    except OSError:
        return False
    return True


def _lay_down(folder: Path, text: str) -> None:
    """Write the first manifest of a folder: whole, and with nothing left behind by a kill where possible."""
    try:
        unnamed = os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o666)
    except (AttributeError, OSError):  # not on every system, nor for every kind of disk
        write_text(folder / NAME, text)
        return
    with open(unnamed, "wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(unnamed)
        place = os.open(folder, os.O_RDONLY)
        try:
            # with src_dir_fd, Python follows the link to the file instead of linking the link
            os.link(f"/proc/self/fd/{unnamed}", NAME, src_dir_fd=place, dst_dir_fd=place)
        finally:
            os.close(place)
