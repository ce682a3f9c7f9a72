"""What the caller wants from a table, and which of its columns that means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emscope.data.wording import closest_first, listed, quoted
from emscope.errors import TableError


@dataclass(frozen=True, slots=True)
class Request:
    """What the caller asked for: the same four things for every kind of table."""

    columns: tuple[str, ...] | None = None
    id_column: str | None = None
    weights_column: str | None = None
    strict: bool = False

    @staticmethod
    def of(
        columns: Sequence[str] | None, id_column: str | None, weights_column: str | None, strict: bool
    ) -> Request:
        """Check the names against each other; a lone name stands for one column."""
        names = (columns,) if isinstance(columns, str) else None if columns is None else tuple(columns)
        if names is not None:
            if not names:
                raise TableError("no columns were asked for: name at least one, or none to take all.")
            for name in names:
                if names.count(name) > 1:
                    raise TableError(f"the column {quoted(name)} was asked for twice: name it once.")
            for role, name_of_role in (("id", id_column), ("weights", weights_column)):
                if name_of_role in names:
                    raise TableError(
                        f"{quoted(name_of_role)} cannot be a feature and the {role} column: choose one."
                    )
        return Request(names, id_column, weights_column, strict)

    def roles(self, names: Sequence[str], source: str) -> Roles:
        """Find the columns that were asked for among ``names``."""

        def position(wanted: str) -> int:
            for spelling in (wanted, wanted.strip()):
                if spelling in names:
                    return names.index(spelling)
            available = listed(closest_first(wanted, names))
            raise TableError(f"{source} has no column {quoted(wanted)}; its columns are {available}.")

        row_id = None if self.id_column is None else position(self.id_column)
        weights = None if self.weights_column is None else position(self.weights_column)
        if self.columns is not None:
            return Roles(tuple(position(name) for name in self.columns), row_id, weights, asked=True)
        features = tuple(i for i in range(len(names)) if i not in (row_id, weights))
        return Roles(features, row_id, weights, asked=False)


@dataclass(frozen=True, slots=True)
class Roles:
    """Positions of the columns by what they are for."""

    features: tuple[int, ...]
    row_id: int | None
    weights: int | None
    asked: bool

    @property
    def all(self) -> tuple[int, ...]:
        """Every column that is needed, in the order of the table."""
        others = (i for i in (self.row_id, self.weights) if i is not None)
        return tuple(sorted({*self.features, *others}))


def distinct(names: Sequence[object]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give every column its own name; say in notes which names had to change."""
    taken = {str(name) for name in names}
    used: set[str] = set()
    result: list[str] = []
    notes: list[str] = []
    for position, original in enumerate(names, start=1):
        name = str(original) or f"column {position}"
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
