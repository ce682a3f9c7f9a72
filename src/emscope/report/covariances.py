"""The covariances of a mixture as a table, as many numbers as the model has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from emscope.columns import Array
from emscope.report.naming import as_utf8, distinct_names
from emscope.report.table_files import Columns
from emscope.trace import Trace


def covariance_table(trace: Trace) -> Columns | None:
    """Return the final covariances of a run.

    ========= =================================================== =====================================
    kind      a row is                                            columns
    ========= =================================================== =====================================
    full      a line of the matrix of a component                 ``component``, ``feature``, features
    tied      a line of the matrix that all components share      ``feature``, features
    diag      the variances of a component                        ``component``, features
    spherical the variance of a component                         ``component``, ``variance``
    ========= =================================================== =====================================

    In the units of the table, spherical covariances of a standardized fit are a variance for each
    feature, and have the columns of diagonal ones.

    There is no table where there are no covariances.

    >>> from emscope import GaussianMixture, datasets
    >>> X = datasets.old_faithful().matrix
    >>> for kind in ("full", "tied", "diag", "spherical"):
    ...     columns = covariance_table(GaussianMixture(2, covariance_type=kind).fit(X).trace_)
    ...     print(kind, columns.n_rows, columns.names)
    full 4 ('component', 'feature', 'x1', 'x2')
    tied 2 ('feature', 'x1', 'x2')
    diag 2 ('component', 'x1', 'x2')
    spherical 2 ('component', 'variance')
    """
    layout, found = trace.card.covariances, trace.steps[-1].covariances
    if layout is None or found is None:
        return None
    covariances = np.asarray(found)
    if layout == "full":
        return _lines(covariances, trace, ["component", "feature"])
    if layout == "tied":
        return _lines(covariances[None], trace, ["feature"])
    if layout == "diag":
        names = distinct_names(["component"], trace.feature_names, "feature")
        numbers = np.arange(len(covariances))
        return Columns.of({"component": numbers, **dict(zip(names, covariances.T, strict=True))})
    return Columns.of({"component": np.arange(len(covariances)), "variance": covariances})


def _lines(matrices: Array, trace: Trace, ours: list[str]) -> Columns:
    """One row per line of each matrix; copied a few at a time."""
    m, d, _ = matrices.shape
    lines = matrices.reshape(m * d, d)
    features = pa.array([as_utf8(name) for name in trace.feature_names], pa.string())
    names = distinct_names(ours, trace.feature_names, "feature")
    types = {"component": pa.int64(), "feature": pa.string()}

    def rows(start: int, stop: int) -> list[Any]:
        component, feature = np.divmod(np.arange(start, stop), d)
        first = {"component": component, "feature": features.take(pa.array(feature))}
        return [*(first[name] for name in ours), *np.ascontiguousarray(lines[start:stop].T)]

    schema = [(name, types[name]) for name in ours] + [
        (name, pa.from_numpy_dtype(lines.dtype)) for name in names
    ]
    return Columns(pa.schema(schema), m * d, rows)
