"""What the caller wants from a table, and which of its columns that means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emscope.data.content.names import Names
from emscope.data.preparation import Preparation
from emscope.data.wording import quoted
from emscope.errors import TableError


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the caller asked for: the same for every kind of table.

    Attributes
    ----------
    columns : tuple of str or None
        The features, in this order; None for every column of numbers.
    exclude : tuple of str
        Columns that are not to be features.
    id_column, label_column, weights_column : str or None
        Columns with a part of their own.
    strict : bool
        Refuse the table instead of leaving rows out.
    impute : {None, "median"}
        What takes the place of missing values.
    log : tuple of str
        Features whose logarithm is taken.
    standardize : bool
        Divide every feature by its standard deviation.
    preparation : Preparation or None
        That of an earlier table, which decides instead of ``columns``, ``impute``, ``log`` and
        ``standardize``.
    look_at_all : bool
        Report on columns, too, that are not needed.
    """

    columns: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    id_column: str | None = None
    label_column: str | None = None
    weights_column: str | None = None
    strict: bool = False
    impute: str | None = None
    log: tuple[str, ...] = ()
    standardize: bool = False
    preparation: Preparation | None = None
    look_at_all: bool = False

    @staticmethod
    def of(
        *,
        columns: Sequence[str] | None = None,
        exclude: Sequence[str] | None = None,
        id_column: str | None = None,
        label_column: str | None = None,
        weights_column: str | None = None,
        strict: bool = False,
        impute: str | None = None,
        log: Sequence[str] | None = None,
        standardize: bool = False,
        preparation: Preparation | None = None,
        look_at_all: bool = False,
    ) -> Request:
        """Check what can be checked without the table; a lone name stands for one column."""
        if impute not in (None, "median"):
            raise TableError(f"missing values can be filled by impute='median', not {quoted(impute)}.")
        if columns is not None and not _names(columns):
            raise TableError("no columns were asked for: name at least one, or none to take all.")
        if preparation is not None:
            if columns is not None or impute is not None or log or standardize:
                raise TableError(
                    "a given preparation decides about columns, impute, log and standardize: leave these out."
                )
            columns = [feature.column for feature in preparation.features]
        return Request(
            columns=None if columns is None else _names(columns),
            exclude=_names(exclude),
            id_column=id_column,
            label_column=label_column,
            weights_column=weights_column,
            strict=strict,
            impute=impute,
            log=_names(log),
            standardize=standardize,
            preparation=preparation,
            look_at_all=look_at_all,
        )

    def roles(self, names: Sequence[str], source: str) -> Roles:
        """Find the columns that were asked for among ``names``.

        Raises
        ------
        TableError
            A name that is not there, or a column that is to be two things at once.
        """
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
            n_columns=len(names) if self.look_at_all else 0,
            features=features,
            row_id=places["id"],
            label=places["label"],
            weights=places["weights"],
            excluded=excluded,
            log=frozenset(log),
            asked=self.columns is not None,
            reads=None if self.preparation is None else tuple(f.reads for f in self.preparation.features),
            offsets=None if self.preparation is None else tuple(f.offset for f in self.preparation.features),
        )


def _names(names: Sequence[str] | None) -> tuple[str, ...]:
    return () if names is None else (names,) if isinstance(names, str) else tuple(names)


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
    """Positions of the columns by what they are for.

    Attributes
    ----------
    features : tuple of int
        What may be clustered, in the order of the features.
    row_id, label, weights : int or None
    excluded : frozenset of int
        What the caller does not want.
    log : frozenset of int
        Those features whose logarithm is taken.
    asked : bool
        Whether the features were asked for by name.
    n_columns : int
        How many columns are to be looked at, those without a part among them.
    reads, offsets : tuple or None
        How a given preparation reads each feature, and from where it measures it.
    """

    features: tuple[int, ...]
    row_id: int | None = None
    label: int | None = None
    weights: int | None = None
    excluded: frozenset[int] = frozenset()
    log: frozenset[int] = frozenset()
    asked: bool = False
    n_columns: int = 0
    reads: tuple[str, ...] | None = None
    offsets: tuple[int, ...] | None = None

    @property
    def as_text(self) -> tuple[int, ...]:
        """Columns that are not to be read as numbers."""
        return tuple(i for i in (self.row_id, self.label) if i is not None)

    @property
    def all(self) -> tuple[int, ...]:
        """Every column that is needed, in the order of the table."""
        others = (i for i in (self.row_id, self.label, self.weights) if i is not None)
        return tuple(sorted({*self.features, *others, *range(self.n_columns)}))
