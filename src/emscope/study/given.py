"""What a study is about: rows, checked once, and what people call them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emscope import validation
from emscope.columns import Array
from emscope.data.dataframes import row_labels
from emscope.data.table import Table


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Rows that were checked, as models take them and as people know them."""

    matrix: Array
    """(n, d): what models are fitted to."""
    weights: Array | None
    """(n,): the weight of each row."""
    feature_names: tuple[str, ...]
    values: Array
    """(n, d): the rows in the units of their table."""
    measured_names: tuple[str, ...]
    """The names of the features in these units."""
    row_names: tuple[str, ...] | None = None
    """The names of all rows of the table, where they have some."""
    logs: Mapping[int, str] = field(default_factory=dict)
    """Which features are logarithms, and of which columns."""

    @classmethod
    def of(cls, X: Any, sample_weight: Any = None) -> Given:
        """Check rows: a table that was read, or whatever ``fit`` takes."""
        if isinstance(X, Table):
            return cls._of_table(X, sample_weight)
        names = validation.column_names(X)
        rows = validation.matrix(X, feature_names=names)
        weights = validation.sample_weights(sample_weight, len(rows))
        names = names or tuple(f"x{j + 1}" for j in range(rows.shape[1]))
        return cls(rows, weights, names, rows, names, row_labels(X))

    @classmethod
    def _of_table(cls, table: Table, sample_weight: Any) -> Given:
        given = table.weights if sample_weight is None else sample_weight
        return cls(
            table.matrix,
            validation.sample_weights(given, len(table.matrix)),
            table.feature_names,
            table.values,
            table.measured_names,
            table.row_names,
            {j: feature.column for j, feature in enumerate(table.preparation.features) if feature.log},
        )


def rows_of(X: Any) -> Any:
    """Return what ``fit`` and ``predict`` take: of a table its matrix."""
    return X.matrix if isinstance(X, Table) else X
