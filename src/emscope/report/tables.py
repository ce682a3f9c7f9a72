"""A run as tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv

from emscope.data.tables import Table
from emscope.files import whole_file
from emscope.scene.frames import centers_of
from emscope.scene.mixture import full_covariances
from emscope.trace import Trace

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What there is to write about a run.

    Attributes
    ----------
    name : str
        What was clustered: a file, or a demonstration.
    trace : Trace
        The half-steps, in the units of the table.
    table : Table
        What was clustered, and what was left out of it.
    labels : ndarray of shape (n_kept,) or None
        The owner of every kept row; None when the run was ended before there were any.
    responsibilities : ndarray of shape (n_kept, k) or None
        The soft owners of every kept row, of a mixture.
    """

    name: str
    trace: Trace
    table: Table
    labels: Array | None
    responsibilities: Array | None = None


def sizes(labels: Array, k: int) -> Array:
    """Count the rows of every cluster.

    Parameters
    ----------
    labels : ndarray of shape (n,)
    k : int
        Number of clusters.

    Returns
    -------
    ndarray of shape (k,)
    """
    return np.bincount(labels, minlength=k)


def tables_of(result: Result) -> dict[str, dict[str, Any]]:
    """Return the columns of every table that a run is written as, by the names of the files.

    Parameters
    ----------
    result : Result

    Returns
    -------
    dict of str to dict
    """
    step = result.trace.steps[-1]
    centers = centers_of(step)
    assert centers is not None  # the last half-step is never thinned
    what = "centers.csv" if step.centers is not None else "means.csv"
    named = "cluster" if step.centers is not None else "component"
    tables = {what: _by_feature(result.trace, {named: np.arange(len(centers))}, centers)}
    if step.weights is not None:
        tables["weights.csv"] = {named: np.arange(len(centers)), "weight": step.weights}
    matrices = full_covariances(step, result.trace)
    if matrices is not None:
        tables["covariances.csv"] = _covariances(result.trace, matrices)
    tables["labels.csv"] = _labels(result)
    if result.responsibilities is not None:
        tables["responsibilities.csv"] = _responsibilities(result.table, result.responsibilities)
    if result.labels is not None:
        tables["clusters.csv"] = _clusters(result.table, centers, result.trace, result.labels)
    return tables


def _by_feature(trace: Trace, first: dict[str, Any], values: Array) -> dict[str, Any]:
    return {**first, **dict(zip(trace.feature_names, values.T, strict=True))}


def _covariances(trace: Trace, matrices: Array) -> dict[str, Any]:
    """One row per component and feature: a line of its covariance matrix."""
    k, d, _ = matrices.shape
    first = {"component": np.repeat(np.arange(k), d), "feature": list(trace.feature_names) * k}
    return _by_feature(trace, first, matrices.reshape(k * d, d))


def _responsibilities(table: Table, shares: Array) -> dict[str, Any]:
    """One row per row of the table; nothing where the row was left out."""
    columns: dict[str, Any] = _row_names(table)
    missing = np.ones(table.n_rows, dtype=bool)
    missing[table.kept] = False
    for j, share in enumerate(shares.T):
        values = np.zeros(table.n_rows)
        values[table.kept] = share
        columns[f"component {j}"] = pa.array(values, mask=missing)
    return columns


def _labels(result: Result) -> dict[str, Any]:
    """One row per row of the table; no cluster where the row was left out."""
    table = result.table
    cluster = np.zeros(table.n_rows, dtype=np.int32)
    missing = np.ones(table.n_rows, dtype=bool)
    if result.labels is not None:
        cluster[table.kept] = result.labels
        missing[table.kept] = False
    return {**_row_names(table), "cluster": pa.array(cluster, mask=missing)}


def _row_names(table: Table) -> dict[str, Any]:
    names: Any = np.arange(1, table.n_rows + 1) if table.row_names is None else pa.array(table.row_names)
    return {table.id_column or "row": names}


def _clusters(table: Table, centers: Array, trace: Trace, labels: Array) -> dict[str, Any]:
    """Size, center, and each feature's mean against the overall mean, per cluster."""
    X, k = table.values, trace.n_clusters
    rows = sizes(labels, k)
    weights = np.ones(len(X)) if table.weights is None else table.weights
    mass = np.bincount(labels, weights, minlength=k)
    columns: dict[str, Any] = {"cluster": np.arange(k), "size": rows, "share": rows / rows.sum()}
    if table.weights is not None:
        columns["weight"] = mass
    for j, name in enumerate(trace.feature_names):
        x = X[:, j].astype(np.float64)
        overall = np.average(x, weights=weights)
        spread = math.sqrt(np.average((x - overall) ** 2, weights=weights))
        about = np.bincount(labels, weights * (x - overall), minlength=k)
        difference = np.divide(about, mass, out=np.full(k, np.nan), where=mass > 0)
        columns[f"{name} center"] = centers[:, j]
        columns[f"{name} mean"] = overall + difference
        columns[f"{name} overall mean"] = np.full(k, overall)
        columns[f"{name} difference"] = difference
        columns[f"{name} difference in sd"] = difference / spread if spread > 0 else np.zeros(k)
    return columns


def write_csv(path: Path, columns: dict[str, Any]) -> None:
    """Write a table as CSV, whole or not at all.

    Parameters
    ----------
    path : Path
    columns : dict of str to array-like

    Raises
    ------
    OutputError
        The file cannot be written there.
    """
    arrays = [pa.array(values, from_pandas=True) for values in columns.values()]
    with whole_file(path) as file:
        csv.write_csv(pa.Table.from_arrays(arrays, names=list(columns)), file)
