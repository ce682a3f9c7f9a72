"""From what was asked for to a fitted estimator."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import rich_click as click
from sklearn.exceptions import ConvergenceWarning

from emscope.cli.naming import in_words_of
from emscope.cli.telling import progress
from emscope.data.read import read_table
from emscope.data.table import Table
from emscope.errors import DataError, TraceError
from emscope.estimators import GaussianMixture, KMeans
from emscope.models.statistics import Array
from emscope.report.naming import names_among
from emscope.scene import number
from emscope.scene.frames import centers_of
from emscope.starts import MIXTURE_STARTS, STARTS
from emscope.trace import Step, Trace

Model = KMeans | GaussianMixture

_CLUSTERS = 4
_MIXTURE_ONLY = {"covariance_type": "--covariance", "reg_covar": "--reg-covar", "accelerate": "--accelerate"}


def estimator(
    model: str, table: Table, init: str | None, n_clusters: int | None, settings: dict[str, Any]
) -> Model:
    """Make the estimator that was asked for; what was not asked for is as the estimator has it.

    Parameters
    ----------
    model : {"kmeans", "gmm"}
    table : Table
        What it is to be fitted to.
    init : str or None
        The name of a start, or a file with the centers to begin at: a table, or a saved trace.
    n_clusters : int or None
        As many as there are centers to begin at, or 4, where it is None.
    settings : dict
        Other parameters, None where they were not asked for.

    Returns
    -------
    KMeans or GaussianMixture
    """
    given = {name: value for name, value in settings.items() if value is not None}
    mixture = model == "gmm"
    if not mixture:
        for name, option in _MIXTURE_ONLY.items():
            if name in given:
                raise click.UsageError(f"{option} is about mixtures: add --model gmm.")
    start: Any = init or ("kmeans" if mixture else "k-means++")
    if init is not None and is_file_of_centers(init, mixture=mixture):
        start = _centers_in(init, table, _starts(mixture))
    if n_clusters is None:
        n_clusters = _CLUSTERS if isinstance(start, str) else len(start)
    elif not isinstance(start, str) and n_clusters != len(start):
        raise click.UsageError(
            f"-k {n_clusters} does not go with {len(start):,} centers in {init}: leave it out."
        )
    if mixture:
        return GaussianMixture(n_clusters, init_params=start, **given)
    return KMeans(n_clusters, init=start, **given)


def is_file_of_centers(init: str, *, mixture: bool) -> bool:
    """Tell whether a start is a file rather than one that has a name.

    Parameters
    ----------
    init : str
    mixture : bool
        Whether the model is a mixture.

    Returns
    -------
    bool
    """
    return init not in _starts(mixture)


def _starts(mixture: bool) -> Iterable[str]:
    return MIXTURE_STARTS if mixture else STARTS


def in_scale(model: Model, scale: Array) -> None:
    """Divide the centers that a run is to begin at, as its rows are.

    Parameters
    ----------
    model : KMeans or GaussianMixture
    scale : ndarray of shape (d,)
    """
    name = "init_params" if isinstance(model, GaussianMixture) else "init"
    start = getattr(model, name)
    if not isinstance(start, str):
        model.set_params(**{name: start / scale})


def fit(model: Model, rows: Array, table: Table, quiet: bool) -> tuple[Trace, bool]:
    """Fit with a progress line.

    Parameters
    ----------
    model : KMeans or GaussianMixture
    rows : ndarray of shape (n, d)
    table : Table
        Where they come from.
    quiet : bool
        Show no progress.

    Returns
    -------
    trace : Trace
    interrupted : bool
        Whether Ctrl-C ended it.
    """
    interrupted = False
    what = "negative log-likelihood" if isinstance(model, GaussianMixture) else "inertia"
    with progress("fitting", quiet) as tell, warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the caption says it

        def watch(step: Step) -> None:
            objective = "" if step.objective is None else f", {what} {number(step.objective)}"
            tell(f"{step.phase} {step.iteration}{objective}")

        model.watcher = watch
        try:
            model.fit(rows, sample_weight=table.weights)
        except DataError as error:
            raise DataError(in_words_of(table, str(error))) from error
        except KeyboardInterrupt:
            if getattr(model, "trace_", None) is None:
                raise
            interrupted = True
    assert model.trace_ is not None  # the command line always records
    return model.trace_, interrupted


def owners(model: Model, rows: Array) -> tuple[Array | None, Callable[[], Array] | None]:
    """Return the labels of all rows, and what computes the responsibilities of a mixture.

    Parameters
    ----------
    model : KMeans or GaussianMixture
        Fitted.
    rows : ndarray of shape (n, d)

    Returns
    -------
    labels : ndarray of shape (n,) or None
        None where the run was ended before there were any.
    responsibilities : callable() -> ndarray of shape (n, k), or None
    """
    if isinstance(model, GaussianMixture):
        return model.predict(rows), lambda: np.asarray(model.predict_proba(rows))
    return getattr(model, "labels_", None), None


def _centers_in(path: str, table: Table, starts: Iterable[str]) -> Array:
    """Read centers, in the units of the table, from the last step of a trace or from a table."""
    if not Path(path).exists():
        known = ", ".join(starts)
        raise click.BadParameter(f"{path!r} is neither a start ({known}) nor a file.", param_hint="--init")
    if path.endswith(".npz"):
        return _last_centers(path, table)
    if path.endswith(".npy"):  # whose columns have no names
        return read_table(path, strict=True).matrix
    whole = read_table(path)
    present = {column.name for column in whole.columns}
    return read_table(path, columns=names_among(present, table.measured_names), strict=True).matrix


def _last_centers(path: str, table: Table) -> Array:
    """Read the centers that a saved run came to, their features in the order of the table."""
    trace = Trace.load(path)
    centers = centers_of(trace.steps[-1])
    if centers is None:
        raise TraceError(f"{path} holds no centers to begin at: name a trace of k-means or a mixture.")
    missing = [name for name in table.measured_names if name not in trace.feature_names]
    if missing:
        there = ", ".join(map(repr, trace.feature_names))
        raise TraceError(f"{path} has no feature {missing[0]!r}: it is a run on {there}.")
    return centers[:, [trace.feature_names.index(name) for name in table.measured_names]]
