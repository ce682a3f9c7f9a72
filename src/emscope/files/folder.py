"""A folder of results: only what its manifest names, and what still matches it, is replaced or removed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from emscope.errors import OutputError
from emscope.files import obstacles
from emscope.files.manifest import NAME, Entry, Manifest
from emscope.files.whole import on_disk, one_sentence, write_text


def _every(name: str) -> bool:
    return True


class Folder:
    """A folder that results are written into.

    Its ``manifest.json`` lists every file that was written, with size and hash. What it does not list, or
    what was changed since, is not emscope's: it is never replaced (unless by ``force``) and never removed.
    Before a file takes its name, the manifest holds its hash beside that of the file it replaces, so that
    a run that is killed at any moment leaves nothing that the next one does not know.

    Parameters
    ----------
    path : path-like
        The folder; it is created when something is written.
    inputs : iterable of path-like or int
        What is read: files, or descriptors of open ones. They are never written over nor removed, however
        their path is spelled.
    force : bool
        Replace files in the way, of exactly the names that are written.

    Attributes
    ----------
    path : Path
    written : list of str
        Names of the files that were written, in this order.
    kept : list of str
        One sentence for every file of an earlier run that stays.

    Examples
    --------
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

    def check(self, names: Iterable[str]) -> None:
        """Find out whether files of these names can be written, without touching anything.

        Parameters
        ----------
        names : iterable of str
            With ``/`` between a folder and a name in it; a name that ends in ``/`` is a folder.

        Raises
        ------
        OutputError
            There cannot be such a folder, or something is in the way; the sentence lists what.
        """
        obstacles.check(self.path, list(names), self._sources, force=self._force)

    def lists_another(self, name: str, path: str | os.PathLike[str]) -> bool:
        """Tell whether the manifest lists a file of this name whose content is not that of ``path``.

        Parameters
        ----------
        name : str
        path : path-like
            Another file.

        Returns
        -------
        bool
        """
        manifest = Manifest.read(self.path)
        if manifest is None or name not in manifest.names():
            return False
        return not manifest.is_ours(name, Path(path).resolve())

    @contextmanager
    def writing(self, names: Iterable[str], stale: Callable[[str], bool] = _every) -> Iterator[None]:
        """Write files of these names, each by :meth:`file`, and at the end remove those of earlier runs.

        When the body raises an error, what it has written and what was there stays; when Ctrl-C ends it,
        files of earlier runs are removed all the same, because they would be taken for files of this one.

        Parameters
        ----------
        names : iterable of str
            All names that may be written.
        stale : callable(name) -> bool
            Which files of earlier runs are to go, of those that are not written now.

        Raises
        ------
        OutputError
            As for :meth:`check`; or another run is writing into the folder.
        """
        names = list(names)
        self.check(names)
        with one_sentence(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        with _locked(self.path):
            self.check(names)  # once more, now that no other run can write
            self._begin()
            try:
                yield
            except Exception:
                self._clear()
                raise
            except BaseException:
                self._finish(stale)
                raise
            self._finish(stale)

    @contextmanager
    def file(self, name: str) -> Iterator[IO[bytes]]:
        """Open a file for writing that takes its name once it is complete and the manifest knows it.

        Parameters
        ----------
        name : str
            One of those that :meth:`writing` was told.

        Yields
        ------
        file object, opened for writing and reading bytes

        Raises
        ------
        OutputError
            It cannot be written, or something has come into its way.
        """
        target = self.path / name
        with one_sentence(target):
            self._clear()
            temporary = self.path / self._manifest.temporary[0]
            with on_disk(temporary) as file:
                yield file
            entry = Entry.of(name, temporary)
            self._enter(entry)
            self.check([name])
            target.parent.mkdir(exist_ok=True)
            temporary.replace(target)
            others = tuple(other for other in self._manifest.entries if other.name != name)
            self._manifest = replace(self._manifest, entries=(*others, entry))
            self.written.append(name)

    def _begin(self) -> None:
        """Take over the manifest, or lay a new one."""
        found = Manifest.read(self.path)
        with one_sentence(self.path / NAME):
            if found is None:
                (self.path / NAME).unlink(missing_ok=True)  # by force: otherwise it was refused
                _lay_down(self.path, self._manifest.text())
            else:
                self._manifest = found
        self.written, self.kept = [], []

    def _enter(self, entry: Entry) -> None:
        """Let the manifest know a file, and the folder it is in, before it is there."""
        above = entry.name.rpartition("/")[0]
        if above and not (self.path / above).exists():
            self._manifest = replace(self._manifest, folders=(*self._manifest.folders, above))
        self._manifest = replace(self._manifest, entries=(*self._manifest.entries, entry))
        self._save()

    def _finish(self, stale: Callable[[str], bool]) -> None:
        """Remove what earlier runs left, as far as it is still as they left it."""
        with one_sentence(self.path):
            self._clear()
            entries = tuple(e for name in self._manifest.names() for e in self._remaining(name, stale))
            folders = tuple(f for f in self._manifest.folders if not _removed_if_empty(self.path / f))
            self._manifest = replace(self._manifest, entries=entries, folders=folders)
            self._save()

    def _remaining(self, name: str, stale: Callable[[str], bool]) -> list[Entry]:
        """Remove a file if it is stale and still ours; return the entries that hold from now on."""
        path = self.path / name
        ours = [e for e in self._manifest.entries if e.name == name and e.matches(path)]
        if name in self.written:
            return ours
        if not ours and os.path.lexists(path):
            self.kept.append(f"{path} is of an earlier run and stays, because it was changed since")
        elif ours and stale(name):
            if path not in self._sources:
                path.unlink()
                return []
            self.kept.append(f"{path} is of an earlier run and stays, because this one reads it")
        return ours

    def _clear(self) -> None:
        """Remove temporary files, this run's or those of one that was killed."""
        for name in self._manifest.temporary:
            path = self.path / name
            if path.is_file() and not path.is_symlink():
                path.unlink()

    def _save(self) -> None:
        temporary = self.path / self._manifest.temporary[1]
        with on_disk(temporary) as file:
            file.write(self._manifest.text().encode())
        temporary.replace(self.path / NAME)


def _removed_if_empty(folder: Path) -> bool:
    """Remove a folder that emscope made, unless something is in it."""
    if folder.is_symlink() or not folder.is_dir():
        return True
    if any(folder.iterdir()):
        return False
    folder.rmdir()
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


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder, for as long as this process lives."""
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
