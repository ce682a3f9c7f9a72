"""Names of columns: made distinct, read from a list, and found as people write them."""

from __future__ import annotations

import csv
import difflib
import io
import unicodedata
from collections.abc import Iterable, Sequence

from emscope.data.wording import closest_first, listed, quoted
from emscope.errors import TableError

_MOST_COMPARED = 5_000  # names; comparing all of a million would take minutes
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060"))


def folded(name: str) -> str:
    """Return what a name has in common with other spellings of it: no case, no spaces."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(text.translate(_INVISIBLE).split())


class Names:
    """The names of a table's columns, each its own, to look others up in."""

    def __init__(self, names: Sequence[str], source: str) -> None:
        self._names = tuple(names)
        self._source = source
        self._exact = {name: i for i, name in reversed(list(enumerate(self._names)))}
        self._folded: dict[str, list[int]] | None = None

    def position(self, wanted: str) -> int:
        """Find a column by its exact name, or else without case and spaces where that is unique."""
        if wanted in self._exact:
            return self._exact[wanted]
        alike = self._alike(wanted)
        if len(alike) == 1:
            return alike[0]
        if alike:
            several = listed([self._names[i] for i in alike])
            raise TableError(
                f"{quoted(wanted)} could be any of the columns {several} of {self._source}: "
                "write the name exactly as one of them."
            )
        raise TableError(self._miss(wanted))

    def _alike(self, wanted: str) -> list[int]:
        if self._folded is None:
            self._folded = {}
            for i, name in enumerate(self._names):
                self._folded.setdefault(folded(name), []).append(i)
        return self._folded.get(folded(wanted), [])

    def _miss(self, wanted: str) -> str:
        compared = self._names[:_MOST_COMPARED]
        candidates = {folded(name): name for name in reversed(compared)}
        close = difflib.get_close_matches(folded(wanted), candidates, n=1) or [
            candidate for candidate in candidates if folded(wanted) and folded(wanted) in candidate
        ]
        parts = [name for name in compared if "," in name and folded(wanted) in _parts(name)]
        if parts:
            hint = f"""; a name with a comma is written in quotes within the list: '"{parts[0]}"'"""
        else:
            hint = f"; the nearest is {quoted(candidates[close[0]])}" if close else ""
        ordered = [*closest_first(wanted, compared), *self._names[_MOST_COMPARED:]]
        return f"{self._source} has no column {quoted(wanted)}{hint}; its columns are {listed(ordered)}."


def _parts(name: str) -> list[str]:
    return [folded(part) for part in name.split(",")]


def matching(wanted: str, names: Sequence[str]) -> str | None:
    """Find a name exactly, or else without case and spaces where that is unique."""
    alike = [name for name in names if folded(name) == folded(wanted)]
    return wanted if wanted in names else alike[0] if len(alike) == 1 else None


def column_list(text: str) -> tuple[str, ...]:
    """Read a list of names as one line of CSV, so that a name may hold a comma.

    >>> column_list('age, "Income, annual"')
    ('age', 'Income, annual')
    """
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise TableError(
            f"the list {quoted(text)} has a quote in the wrong place: write a,\"b, c\" for 'a' and 'b, c'."
        ) from error
    names = tuple(name.strip() for line in lines for name in line if name.strip())
    if not names:
        raise TableError(f"the list {quoted(text)} names nothing: give names separated by commas.")
    return names


def in_one_line(names: Iterable[str]) -> str:
    """Write names as :func:`column_list` reads them.

    >>> in_one_line(["age", "Income, annual"])
    'age,"Income, annual"'
    """
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return line.getvalue()


def distinct(names: Sequence[object]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give every column its own name; say in notes which names had to change."""
    taken = {str(name) for name in names}
    used: set[str] = set()
    result: list[str] = []
    notes: list[str] = []
    for position, original in enumerate(names, start=1):
        name = str(original) or made_up(position)
        if name in used or (not str(original) and name in taken):
            count = 2
            while f"{name} ({count})" in used or f"{name} ({count})" in taken:
                count += 1
            notes.append(
                f"Column {position} is also called {quoted(name)}; it is read as '{name} ({count})'."
            )
            name = f"{name} ({count})"
        used.add(name)
        result.append(name)
    return tuple(result), tuple(notes)


def made_up(position: int) -> str:
    """Return what a column without a name is called, by its position from 1."""
    return f"column {position}"
