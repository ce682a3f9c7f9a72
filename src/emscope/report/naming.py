"""The rule by which every column of a table has a name of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import count

from emscope.wording import as_utf8 as as_utf8


def distinct_names(ours: Sequence[str], theirs: Sequence[str], role: str) -> tuple[str, ...]:
    r"""Return names for the user's columns that differ from ours and from each other.

    A name that is free stays as it is. One that is empty, or taken by a column of ours or by an earlier
    column, gets its role behind it: ``cluster (feature)``, and if that is taken too ``cluster (feature 2)``.

    Two names are the same if they differ in case or in blanks at their ends alone: databases (DuckDB, SQLite,
    Spark) fold these, and would rename or lose the column themselves. Half a surrogate pair, which no file
    in UTF-8 can hold, is written as ``\udc80``. The ``role`` of columns is "feature" or "id".

    >>> distinct_names(["cluster"], ["cluster", "age", "Age", ""], "feature")
    ('cluster (feature)', 'age', 'Age (feature)', '(feature)')
    >>> distinct_names(["cluster"], ["cluster", "cluster (feature)"], "feature")
    ('cluster (feature 2)', 'cluster (feature)')
    """
    written = [as_utf8(name) for name in theirs]
    taken = {_folded(name) for name in ours} | {""}
    free = []
    for name in written:  # first, so that nobody's own name is taken by what another is renamed to
        free.append(_folded(name) not in taken)
        taken.add(_folded(name))
    numbers: dict[str, count[int]] = {}  # each name counts on from where it was
    return tuple(
        name if is_free else _renamed(name, role, taken, numbers.setdefault(_folded(name), count(1)))
        for name, is_free in zip(written, free, strict=True)
    )


def names_among(present: Collection[str], features: Sequence[str]) -> tuple[str, ...]:
    """Return what features are called in a table of centers or means, written by a run or by anybody.

    >>> names_among(["cluster", "cluster (feature)", "age"], ["age", "cluster"])
    ('age', 'cluster (feature)')
    >>> names_among(["cluster", "age"], ["age", "cluster"])
    ('age', 'cluster')
    """
    for first in ("cluster", "component"):
        names = distinct_names([first], features, "feature")
        if {first, *names} <= set(present):
            return names
    return tuple(features)


def _renamed(name: str, role: str, taken: set[str], numbers: count[int]) -> str:
    for number in numbers:
        suffix = f"({role})" if number == 1 else f"({role} {number})"
        candidate = f"{name.strip()} {suffix}".strip()
        if _folded(candidate) not in taken:
            break
    taken.add(_folded(candidate))
    return candidate


def _folded(name: str) -> str:
    return name.strip().casefold()
