"""What the caller wants from a table, and which of its columns that means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emscope.data.content.names import Names
from emscope.data.feature import Feature
from emscope.data.wording import quoted
from emscope.errors import TableError


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the caller asked for, the same for every kind of table; a lone name stands for one column."""

    columns: Sequence[str] | None = None  # the features, in this order; None for every column of numbers
    exclude: Sequence[str] = ()  # columns that are not to be features
    id_column: str | None = None
    label_column: str | None = None
    weights_column: str | None = None
    strict: bool = False  # refuse the table instead of leaving rows out
    impute: str | None = None  # "median" fills missing values
    log: Sequence[str] = ()  # features whose logarithm is taken
    standardize: bool = False
    given: Sequence[Feature] | None = None  # of an earlier table, which decide instead of the above
    look_at_all: bool = False  # report on columns, too, that are not needed

    def __post_init__(self) -> None:
        columns = None if self.columns is None else _names(self.columns)
        if self.impute not in (None, "median"):
            raise TableError(f"missing values can be filled by impute='median', not {quoted(self.impute)}.")
        if columns == ():
            raise TableError("no columns were asked for: name at least one, or none to take all.")
        if self.given is not None:
            if columns is not None or self.impute is not None or self.log or self.standardize:
                raise TableError(
                    "a given preparation decides about columns, impute, log and standardize: leave these out."
                )
            columns = tuple(feature.column for feature in self.given)
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "exclude", _names(self.exclude))
        object.__setattr__(self, "log", _names(self.log))

    def roles(self, names: Sequence[str], source: str) -> Roles:
        """Find the columns that were asked for among ``names``; none may be two things at once."""
        names = tuple(names)
        position = Names(names, source).position
        parts = {"id": self.id_column, "label": self.label_column, "weights": self.weights_column}
        places = {part: None if name is None else position(name) for part, name in parts.items()}
        excluded = frozenset(position(name) for name in self.exclude)
        taken = {place: part for part, place in places.items() if place is not None}
        if self.columns is None:
            features = tuple(i for i in range(len(names)) if i not in taken and i not in excluded)
        else:
            features = tuple(position(name) for name in self.columns)
            _refuse_contradictions(features, taken, excluded, names)
        log = tuple(position(name) for name in self.log)
        for i in log:
            if i not in features:
                what = f"the {taken[i]} column" if i in taken else "not among the features"
                raise TableError(
                    f"the logarithm of {quoted(names[i])} was asked for, which is {what}: "
                    "leave it out of log=."
                )
        return Roles(
            names=names,
            n_columns=len(names) if self.look_at_all else 0,
            features=features,
            row_id=places["id"],
            label=places["label"],
            weights=places["weights"],
            excluded=excluded,
            log=frozenset(log),
            asked=self.columns is not None,
            given=None if self.given is None else tuple(self.given),
        )


def _names(names: Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _refuse_contradictions(
    features: Sequence[int], taken: dict[int, str], excluded: frozenset[int], names: Sequence[str]
) -> None:
    seen: set[int] = set()
    for i in features:
        if i in seen:
            raise TableError(f"the column {quoted(names[i])} was asked for twice: name it once.")
        if i in taken:
            raise TableError(f"{quoted(names[i])} cannot be a feature and the {taken[i]} column: choose one.")
        if i in excluded:
            raise TableError(f"{quoted(names[i])} is both asked for and excluded: choose one.")
        seen.add(i)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Positions of the columns by what they are for."""

    names: tuple[str, ...]  # of all columns of the table
    features: tuple[int, ...]  # what may be clustered, in the order of the features
    row_id: int | None = None
    label: int | None = None
    weights: int | None = None
    excluded: frozenset[int] = frozenset()  # what the caller does not want
    log: frozenset[int] = frozenset()  # those features whose logarithm is taken
    asked: bool = False  # whether the features were asked for by name
    n_columns: int = 0  # columns to look at, those without a part among them
    given: tuple[Feature, ...] | None = None  # what an earlier table says of each feature

    @property
    def id_column(self) -> str | None:
        """The column that names the rows."""
        return None if self.row_id is None else self.names[self.row_id]

    @property
    def weights_column(self) -> str | None:
        """The column of weights."""
        return None if self.weights is None else self.names[self.weights]

    @property
    def as_text(self) -> tuple[int, ...]:
        """Columns that are not to be read as numbers."""
        return tuple(i for i in (self.row_id, self.label) if i is not None)

    @property
    def all(self) -> tuple[int, ...]:
        """Every column that is needed, in the order of the table."""
        others = (i for i in (self.row_id, self.label, self.weights) if i is not None)
        return tuple(sorted({*self.features, *others, *range(self.n_columns)}))
