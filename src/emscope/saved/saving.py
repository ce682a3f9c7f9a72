"""From a fitted model to its file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np

from emscope import validation
from emscope.columns import Array
from emscope.data.table import Table
from emscope.digits import rounded
from emscope.errors import DataError, ModelError
from emscope.estimators.offers import points_of
from emscope.estimators.rows import row_figures
from emscope.files import write_text
from emscope.saved.format import FORMAT, VERSION, checksum
from emscope.saved.loading import model_from
from emscope.saved.model import LEVELS, Estimator, Reference, SavedModel, card_of, locations, nameless
from emscope.saved.plain import parameters_of, result_of, settings_of
from emscope.trace import Trace

_NOTE = "Numbers have at most 4 digits, so rows near a border may get another label than at the fit."
_MOST_ROWS = 100_000  # whose distances give the quantiles


def save_model(model: Estimator | SavedModel, path: str | os.PathLike[str], *, table: Any = None) -> None:
    """Write a fitted model to one JSON file, whole or not at all, with no row of the data.

    Parameters
    ----------
    model : KMeans, SphericalKMeans or GaussianMixture, or SavedModel
        A fitted one.
    path : path-like
        Where the file is to appear.
    table : Table, or array-like or data frame of shape (n, d), optional
        What the model was fitted to. A :class:`Table` that :func:`read_table` returned, to whose ``matrix``
        it was fitted, also says how columns became features: the loaded model then does the same to new
        rows, and ``emscope label`` labels files. The number of rows in each cluster and quantiles of their
        distances are taken from it, or without it from the rows that the model's trace has.

    Raises
    ------
    DataError
        The model is not fitted, or was fitted to something else than this table.
    OutputError
        The file cannot be written there.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import emscope
    >>> model = emscope.KMeans(2, random_state=0).fit([[0.0], [1.0], [9.0], [10.0]])
    >>> with TemporaryDirectory() as folder:
    ...     emscope.save_model(model, f"{folder}/model.json")
    ...     loaded = emscope.load_model(f"{folder}/model.json")
    >>> loaded
    <SavedModel of k-means: 2 clusters, 1 feature, fitted to 4 rows>
    >>> bool((loaded.predict([[2.0], [8.0]]) == model.predict([[2.0], [8.0]])).all())
    True
    """
    text = text_of(model if isinstance(model, SavedModel) else described(model, table))
    model_from(text.encode("ascii"), "what would be written")  # whose attributes somebody may have set
    write_text(path, text)


def described(model: Estimator, table: Any = None, reading: Mapping[str, Any] | None = None) -> SavedModel:
    """Gather what is kept of a fitted model and of what it was fitted to."""
    d = locations(model).shape[1]
    versions = {"emscope": version("emscope"), "numpy": np.__version__}
    if not isinstance(table, Table):
        rows = None if table is None else _reference_of_rows(model, table)
        return SavedModel(model, reference=rows or _reference_of_trace(model), versions=versions)
    if table.matrix.shape[1] != d:
        raise DataError(
            f"the table has {table.matrix.shape[1]:,} features and the model was fitted to {d:,}: give the "
            "table whose matrix it was fitted to."
        )
    kinds = {column.name: column.kind for column in table.columns}
    return SavedModel(
        model,
        preparation=table.preparation,
        kinds=tuple(kinds.get(feature.column, "numbers") for feature in table.preparation.features),
        id_column=table.id_column,
        reading=_plain_reading(reading or {}),
        reference=_reference_of_rows(model, table.matrix),
        versions=versions,
    )


def text_of(saved: SavedModel) -> str:
    """Return the file of a model as text: one line for each of its parts."""
    content = _content(saved)
    lines = [f" {json.dumps(name)}: {json.dumps(value)}" for name, value in content.items()]
    try:
        found = checksum(content)
    except ValueError as error:
        raise ModelError("this model cannot be saved: one of its numbers is not finite.") from error
    return "{\n" + ",\n".join([*lines, f' "checksum": "{found}"']) + "\n}\n"


def _content(saved: SavedModel) -> dict[str, Any]:
    estimator, reference = saved.estimator, saved.reference
    names = getattr(estimator, "feature_names_in_", None)
    return {
        "format": FORMAT,
        "version": VERSION,
        "versions": dict(saved.versions),
        "model": card_of(estimator).name,
        "dtype": locations(estimator).dtype.name,
        "parameters": {
            name: (rounded(array) if saved.private else array).tolist()
            for name, array in parameters_of(estimator).items()
        },
        "settings": settings_of(estimator),
        "result": result_of(estimator),
        "feature names": None if names is None else list(map(str, names)),
        "preparation": None if saved.preparation is None else saved.preparation.to_dict(),
        "kinds": list(saved.kinds),
        "id": saved.id_column,
        "reading": dict(saved.reading),
        "fit": None
        if reference is None
        else {
            "counts": reference.counts.tolist(),
            "levels": list(LEVELS),
            "distances": reference.distances.tolist(),
            "log densities": None if reference.log_densities is None else reference.log_densities.tolist(),
        },
        **({"private": True, "note": _NOTE} if saved.private else {}),
    }


def _plain_reading(reading: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was said about how the table is written, as JSON has it."""
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in reading.items()}
    return {name: value for name, value in given.items() if value is not None and value != []}


def _reference_of_rows(model: Estimator, X: Any) -> Reference:
    rows = validation.matrix(X)
    model = nameless(model)
    labels = model.predict(rows)
    _refuse_other_rows(model, rows, labels)
    counts = np.bincount(labels, minlength=len(locations(model)))
    if len(rows) > _MOST_ROWS:
        rows = rows[np.random.default_rng(0).choice(len(rows), _MOST_ROWS, replace=False)]
    figures = row_figures(model, rows)
    log_densities = None if figures.log_density is None else _quantiles(figures.log_density)
    return Reference(counts, _quantiles(figures.distance), log_densities)


def _refuse_other_rows(model: Estimator, rows: Array, labels: Array) -> None:
    """Refuse rows that are not those of the fit, as far as these are known."""
    trace: Trace | None = getattr(model, "trace_", None)
    if trace is None:
        same = np.array_equal(getattr(model, "labels_", labels), labels)
    else:
        same = len(rows) == trace.n_samples + trace.n_left_out
        if same and len(trace.points):
            same = np.array_equal(points_of(model, rows[trace.sample_indices]), trace.points)
    if not same:
        raise DataError(
            "these are not the rows that the model was fitted to: give those, or the table whose matrix it "
            "was fitted to."
        )


def _reference_of_trace(model: Estimator) -> Reference | None:
    """Estimate from the drawn rows of the trace, which are drawn cluster by cluster."""
    trace: Trace | None = getattr(model, "trace_", None)
    if trace is None or not len(trace.points) or trace.steps[-1].counts is None:
        return None
    counts = np.asarray(trace.steps[-1].counts, np.int64)
    figures = row_figures(nameless(model), trace.points)
    drawn = np.bincount(figures.labels, minlength=len(counts))
    weights = (counts / np.maximum(drawn, 1))[figures.labels]
    log_densities = None if figures.log_density is None else _quantiles(figures.log_density, weights)
    return Reference(counts, _quantiles(figures.distance, weights), log_densities)


def _quantiles(values: Array, weights: Array | None = None) -> Array:
    largest = float(np.finfo(np.float64).max)
    how: dict[str, Any] = {} if weights is None else {"weights": weights, "method": "inverted_cdf"}
    found = np.quantile(np.clip(values, -largest, largest), LEVELS, **how)
    return np.asarray(np.maximum.accumulate(found))  # interpolation rounds
