"""From the options of a command to a fitted estimator."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rich_click as click
from sklearn.exceptions import ConvergenceWarning

from emscope import recording
from emscope.cli.options import parameter_options
from emscope.cli.output import progress
from emscope.columns import Array
from emscope.data.read import read_table
from emscope.data.table import Table
from emscope.errors import CheckpointError, CheckpointWarning, DataError, TraceError
from emscope.estimators import GaussianMixture
from emscope.estimators.identity import OtherFitError
from emscope.estimators.offers import Model, Offer, offer_of
from emscope.events import Event, EventError, Terms, with_row_names
from emscope.report.naming import names_among
from emscope.trace import Step, Trace
from emscope.wording import number, one_line

_LONGEST_NAME = 30  # of a row or column in a sentence
_OF_A_MIXTURE = {"n_components": "n_clusters", "init_params": "init"}  # what options call these
_MIXTURE_ONLY = ("covariance_type", "reg_covar", "accelerate")


def estimator(
    offer: Offer,
    table: Table,
    init: str | None,
    n_clusters: int | None,
    settings: dict[str, Any],
    choose: Callable[[], int],
) -> Model:
    """Make the estimator that was asked for; what is None is as the estimator has it.

    Where neither ``n_clusters`` nor a file of centers says how many clusters there are, ``choose`` does.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    if not offer.card.soft:
        for name in _MIXTURE_ONLY:
            if name in given:
                raise click.UsageError(f"{parameter_options()[name]} is about mixtures: add --model gmm.")
    start: Any = init or next(iter(offer.starts))
    if start not in offer.starts:
        start = _centers_in(start, table, offer)
    if n_clusters is None:
        n_clusters = choose() if isinstance(start, str) else len(start)
    elif not isinstance(start, str) and n_clusters != len(start):
        raise click.UsageError(
            f"-k {n_clusters} does not go with {len(start):,} centers in {init}: leave it out."
        )
    return offer.estimator(n_clusters, **{offer.init: start}, **given)


def fit(model: Model, table: Table, quiet: bool) -> tuple[Trace, bool]:
    """Fit with a progress line; return the trace, and whether Ctrl-C ended the run."""
    interrupted = False
    what = offer_of(model).card.objective
    with progress("fitting", quiet) as tell, warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the caption says it
        warnings.simplefilter("always", CheckpointWarning)
        warnings.showwarning = _told

        def watch(step: Step) -> None:
            objective = "" if step.objective is None else f", {what} {number(step.objective)}"
            tell(f"{step.phase} {step.iteration}{objective}")

        model.watcher = watch
        try:
            with refusals_in_terms_of(table):
                model.fit(table.matrix, sample_weight=table.weights)
        except KeyboardInterrupt:
            if getattr(model, "trace_", None) is None:
                raise
            interrupted = True
    assert model.trace_ is not None  # the command line always records
    return model.trace_, interrupted


@contextmanager
def refusals_in_terms_of(table: Table) -> Iterator[None]:
    """Word what makes a fit impossible with the rows and columns of a table, and with options."""
    try:
        yield
    except OtherFitError as error:
        options = parameter_options()
        options |= {name: options[option] for name, option in _OF_A_MIXTURE.items()}
        raise CheckpointError(error.worded(Terms(options=options))) from error
    except EventError as error:
        features = [one_line(name, _LONGEST_NAME) for name in table.feature_names]
        told = type(error)(_naming(table)(error.event))
        raise DataError(told.worded(Terms(features, parameter_options()))) from error


def _told(message: Warning | str, *where: Any, **more: Any) -> None:
    """Say what a fit warns of, and not where in the code."""
    click.echo(f"emscope: {message}", err=True)


def in_terms_of_table(trace: Trace, table: Table) -> Trace:
    """Return the trace of a fit in the units of its table, with the names of its columns and rows."""
    trace = recording.in_units_of(trace, table.values, table.preparation.scale, table.kept_names)
    rows = table.kept[trace.sample_indices]
    named = _naming(table)
    return dataclasses.replace(
        trace,
        steps=tuple(
            dataclasses.replace(step, events=tuple(map(named, step.events))) if step.events else step
            for step in trace.steps
        ),
        feature_names=table.measured_names,
        row_names=trace.row_names or tuple(f"table row {row + 1}" for row in rows.tolist()),
        table_rows=rows,
        preparation=table.preparation.to_dict(),
    )


def _naming(table: Table) -> Callable[[Event], Event]:
    """Return what lets an event call its rows as the table does."""
    names = table.kept_names
    if names is None:
        return lambda event: with_row_names(event, lambda row: str(table.kept[row] + 1), "table row")
    return lambda event: with_row_names(event, lambda row: one_line(names[row], _LONGEST_NAME))


def assignments(model: Model, rows: Array) -> tuple[Array | None, Callable[[], Array] | None]:
    """Return the labels of all rows, if there are any, and what computes a mixture's responsibilities."""
    if isinstance(model, GaussianMixture):
        return model.predict(rows), lambda: np.asarray(model.predict_proba(rows))
    return getattr(model, "labels_", None), None


def _centers_in(path: str, table: Table, offer: Offer) -> Array:
    """Read the centers that a run is to begin at, among its points.

    A saved run, and a table for a model that clusters rows as they are, have them in the units of the table.
    """
    if not Path(path).exists():
        known = ", ".join(offer.starts)
        raise click.BadParameter(f"{path!r} is neither a start ({known}) nor a file.", param_hint="--init")
    points, scale = offer.card.points, table.preparation.scale
    if path.endswith(".npz"):
        trace = Trace.load(path)
        if trace.card.points and not points:
            raise TraceError(f"{path} holds no centers for a run on rows as they are: its points are others.")
        centers, points = _last_centers(trace, path, table), trace.card.points
    elif path.endswith(".npy"):  # whose columns have no names
        centers = read_table(path, strict=True).matrix
    else:
        present = {column.name for column in read_table(path).columns}
        names = names_among(present, table.measured_names)
        centers = read_table(path, columns=names, strict=True).matrix
    return centers if points or scale is None else centers / scale


def _last_centers(trace: Trace, path: str, table: Table) -> Array:
    """Return the final centers of a saved run, their features in the order of the table."""
    centers = trace.locations(trace.steps[-1])
    if centers is None:
        raise TraceError(f"{path} holds no centers to begin at: name a trace of k-means or a mixture.")
    missing = [name for name in table.measured_names if name not in trace.feature_names]
    if missing:
        there = ", ".join(map(repr, trace.feature_names))
        raise TraceError(f"{path} has no feature {missing[0]!r}: it is a run on {there}.")
    return centers[:, [trace.feature_names.index(name) for name in table.measured_names]]
