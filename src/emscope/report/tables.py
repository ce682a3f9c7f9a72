"""A run as tables: which there are, and the columns of each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from emscope.columns import Array
from emscope.contrasts import Contrasts, contrasts
from emscope.data.table import Table
from emscope.digits import rounded
from emscope.private import of_many_rows
from emscope.report.covariances import covariance_table
from emscope.report.naming import as_utf8, distinct_names
from emscope.report.table_files import Columns
from emscope.trace import Trace


@dataclass(frozen=True, eq=False)
class Result:
    """What there is to write about a run."""

    name: str  # what was clustered: a file, or a demonstration
    trace: Trace  # the half-steps, in the units of the table
    table: Table  # what was clustered, and what was left out of it
    # (n_kept,): the label of every kept row; None when the run was ended before there were any
    labels: Array | None
    # (n_kept, k): computes the responsibilities of a mixture for every kept row, where they are wanted
    predict_proba: Callable[[], Array] | None = None

    @property
    def responsibilities(self) -> Array | None:
        """The responsibilities for every kept row, computed each time."""
        return None if self.predict_proba is None else self.predict_proba()

    @cached_property
    def contrasts(self) -> Contrasts | None:
        """How the rows of each cluster differ from all rows; None where they have no labels."""
        if self.labels is None:
            return None
        found = contrasts(self.table.values, self.labels, self.trace.n_clusters, self.table.weights)
        if not self.trace.private:
            return found
        counts, all_rows = sizes(self.labels, self.trace.n_clusters), np.array([len(self.labels)])
        mean, difference, deviations = (
            of_many_rows(part, counts) for part in (found.mean, found.difference, found.deviations)
        )
        overall = of_many_rows(found.overall[None], all_rows)[0]
        masses = rounded(found.masses)
        return Contrasts(mean, overall, difference, deviations, found.resolution, masses)


def sizes(labels: Array, k: int) -> Array:
    """Count the rows of every cluster."""
    return np.bincount(labels, minlength=k)


def tables_of(result: Result, chosen: Collection[str] | None = None) -> Iterator[tuple[str, Columns]]:
    """Make the tables of a run, each when it is asked for.

    What the run does not have is passed over: the centers of a mixture, the labels of a run that was
    interrupted before there were any.

    >>> from emscope import KMeans, datasets
    >>> table = datasets.old_faithful()
    >>> model = KMeans(2, random_state=0).fit(table.matrix)
    >>> for name, columns in tables_of(Result("geyser", model.trace_, table, model.labels_)):
    ...     print(name, columns.n_rows, columns.names[:4])
    centers 2 ('cluster', 'x1', 'x2')
    clusters 4 ('cluster', 'feature', 'rank', 'center')
    sizes 2 ('cluster', 'size', 'share')
    labels 272 ('row', 'cluster')
    """
    for name, make in _MAKERS.items():
        columns = make(result) if chosen is None or name in chosen else None
        if columns is not None:
            yield name, columns.in_few_digits() if result.trace.private else columns


def _centers(result: Result) -> Columns | None:
    """Where the clusters lie, whatever the model calls it; those of a mixture are its means."""
    trace = result.trace
    centers = None if trace.card.location == "means" else trace.locations(trace.steps[-1])
    return None if centers is None else _by_feature(centers, trace)


def _means(result: Result) -> Columns | None:
    means = result.trace.steps[-1].means
    return None if means is None else _by_feature(means, result.trace)


def _by_feature(values: Array, trace: Trace) -> Columns:
    noun = trace.card.noun
    names = distinct_names([noun], trace.feature_names, "feature")
    return Columns.of({noun: np.arange(len(values)), **dict(zip(names, values.T, strict=True))})


def _weights(result: Result) -> Columns | None:
    weights = result.trace.steps[-1].weights
    return None if weights is None else Columns.of({"component": np.arange(len(weights)), "weight": weights})


def _clusters(result: Result) -> Columns | None:
    """One row per cluster and feature; also of a mixture under this header, for its labels name clusters."""
    trace, found = result.trace, result.contrasts
    centers = trace.locations(trace.steps[-1])
    if found is None or centers is None:
        return None
    k, d = centers.shape
    # a center that is the mean but for rounding on the way there: 0 and not 9.99e-14
    centers = np.where(np.abs(centers - found.mean) <= found.resolution, found.mean, centers)
    return Columns.of(
        {
            "cluster": np.repeat(np.arange(k), d),
            "feature": pa.array([as_utf8(name) for name in trace.feature_names] * k, pa.string()),
            "rank": pa.array(found.rank.ravel(), mask=np.isnan(found.deviations).ravel()),
            "center": centers.ravel(),
            "mean": found.mean.ravel(),
            "overall mean": np.tile(found.overall, k),
            "difference": found.difference.ravel(),
            "difference in sd": found.deviations.ravel(),
        }
    )


def _sizes(result: Result) -> Columns | None:
    if result.labels is None:
        return None
    k, weights = result.trace.n_clusters, result.table.weights
    rows = sizes(result.labels, k)
    columns = {"cluster": np.arange(k), "size": rows, "share": rows / rows.sum()}
    if weights is not None:
        weight = np.bincount(result.labels, weights, minlength=k)
        columns["weight"] = of_many_rows(weight, rows) if result.trace.private else weight
        if not weights.all():  # rows that have a label and decided nothing
            columns["of weight 0"] = sizes(result.labels[weights == 0], k)
    return Columns.of(columns)


def _labels(result: Result) -> Columns:
    """One row per row of the table; no cluster where the row was left out."""
    table, labels = result.table, result.labels

    def rows(start: int, stop: int) -> list[Any]:
        cluster = np.zeros(stop - start, np.int32)
        missing = np.ones(stop - start, bool)
        if labels is not None:
            here, there = _kept(table, start, stop)
            cluster[there], missing[there] = labels[here], False
        return [_row_names(table, start, stop), pa.array(cluster, mask=missing)]

    return _by_row(table, {"cluster": pa.int32()}, rows)


def per_row(table: Table, columns: Mapping[str, Array]) -> Columns:
    """Return a table with one row per row of another one, in its order; nothing where the row was left out.

    Integers below 0 and NaN are cells without a value.

    >>> import pyarrow as pa
    >>> from emscope import read_table
    >>> table = read_table(pa.table({"x": [1.5, None, 3.0]}))
    >>> columns = per_row(table, {"cluster": np.array([1, 0]), "next cluster": np.array([-1, 1])})
    >>> next(columns.batches()).to_pydict()
    {'row': [1, 2, 3], 'cluster': [1, None, 0], 'next cluster': [None, None, 1]}
    """
    kinds = {name: pa.int32() if a.dtype.kind == "i" else pa.float64() for name, a in columns.items()}

    def rows(start: int, stop: int) -> list[Any]:
        here, there = _kept(table, start, stop)
        made = [_row_names(table, start, stop)]
        for array in columns.values():
            whole = array.dtype.kind == "i"
            values = np.full(stop - start, -1 if whole else np.nan, array.dtype)
            values[there] = array[here]
            made.append(pa.array(values, mask=values < 0) if whole else values)
        return made

    return _by_row(table, kinds, rows)


def _responsibilities(result: Result) -> Columns | None:
    """One row per row of the table; nothing where the row was left out."""
    table, responsibilities = result.table, result.responsibilities
    if responsibilities is None:
        return None
    k = responsibilities.shape[1]

    def rows(start: int, stop: int) -> list[Any]:
        here, there = _kept(table, start, stop)
        values = np.full((k, stop - start), np.nan)
        values[:, there] = responsibilities[here].T
        return [_row_names(table, start, stop), *values]

    return _by_row(table, {f"component {j}": pa.float64() for j in range(k)}, rows)


def _by_row(
    table: Table, ours: Mapping[str, pa.DataType], rows: Callable[[int, int], Sequence[Any]]
) -> Columns:
    """Put what names the rows in front: the column of ids, or their numbers from 1."""
    if table.row_names is None:
        first = ("row", pa.int64())
    else:
        (name,) = distinct_names(list(ours), [table.id_column or ""], "id")
        first = (name, pa.string())
    return Columns(pa.schema([first, *ours.items()]), table.n_rows, rows)


def _row_names(table: Table, start: int, stop: int) -> Any:
    if table.row_names is None:
        return np.arange(start + 1, stop + 1)
    return [as_utf8(name) for name in table.row_names[start:stop]]


def _kept(table: Table, start: int, stop: int) -> tuple[slice, Array]:
    """Which of the kept rows lie in a range of the table, and where in that range."""
    first, last = np.searchsorted(table.kept, [start, stop])
    return slice(first, last), table.kept[first:last] - start


def _covariances(result: Result) -> Columns | None:
    return covariance_table(result.trace)


_MAKERS: dict[str, Callable[[Result], Columns | None]] = {
    "centers": _centers,
    "clusters": _clusters,
    "sizes": _sizes,
    "labels": _labels,
    "means": _means,
    "covariances": _covariances,
    "weights": _weights,
    "responsibilities": _responsibilities,
}
