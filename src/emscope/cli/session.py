"""What a command does: read, fit, tell, write."""

from __future__ import annotations

import dataclasses
import os
import warnings
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rich_click as click
from rich.markup import escape
from sklearn.exceptions import ConvergenceWarning

from emscope import datasets, recording, report
from emscope.cli.telling import (
    Out,
    print_centers,
    progress,
    size_of,
    tell_player,
    tell_run,
    tell_table,
    tell_written,
)
from emscope.data.tables import Table, read_table
from emscope.errors import OutputError, TraceError
from emscope.estimators import KMeans
from emscope.models.statistics import Array
from emscope.scene import Scene, number, one_line
from emscope.starts import STARTS
from emscope.trace import Step, Trace

_INTERRUPTED = 130
_CLUSTERS = 4
_CROSSWISE = np.array([[2.0, 90.0], [5.0, 50.0]])  # a start for Old Faithful that has a long way to go


@dataclass(frozen=True, slots=True)
class Drawing:
    """What was asked for about pictures.

    Attributes
    ----------
    out : Path
        Folder to write into.
    formats : tuple of str
        Kinds of pictures.
    style : str
        "light", "dark" or "print".
    axes : tuple of str or None
        Two features to draw.
    colors_like : str or None
        A saved trace whose colours to take.
    all_frames : bool
        Draw every half-step of a long run.
    player : bool
        Write the page that replays the run.
    show : bool
        Open that page when it is written.
    """

    out: Path
    formats: tuple[str, ...]
    style: str
    axes: tuple[str, ...] | None
    colors_like: str | None
    all_frames: bool
    player: bool
    show: bool

    def __post_init__(self) -> None:
        if self.show and not self.player:
            raise click.UsageError("--open shows the player, which --no-player leaves out.")

    @staticmethod
    def options() -> list[str]:
        """Return the names of the options."""
        return [field.name for field in dataclasses.fields(Drawing)]

    def scene(self, trace: Trace, rows: Array | None = None) -> Scene:
        """Return what the trace looks like.

        Parameters
        ----------
        trace : Trace
        rows : ndarray of shape (n, d), optional
            All of the data, for the density behind the drawn sample.

        Returns
        -------
        Scene
        """
        colors_like = None if self.colors_like is None else Trace.load(self.colors_like)
        return Scene.from_trace(trace, axes=self.axes, rows=rows, colors_like=colors_like)

    @property
    def look(self) -> report.Look:
        """What the report asks about pictures."""
        return report.Look(self.formats, self.style, self.all_frames, self.player)


def run_demo(name: str, drawing: Drawing) -> int:
    """Run one of the demonstrations.

    Parameters
    ----------
    name : {"blobs", "old-faithful", "penguins"}
    drawing : Drawing

    Returns
    -------
    int
        The exit code.
    """
    if name == "blobs":
        model = KMeans(4, init=datasets.blobs_start(), max_iter=3)
        return _fit_and_write("the blobs", datasets.blobs(), model, drawing, show_centers=True)
    if name == "old-faithful":
        model = KMeans(2, init=_CROSSWISE)
        return _fit_and_write("Old Faithful", datasets.old_faithful(), model, drawing, standardize=True)
    model = KMeans(3, init="random", random_state=1, n_init=1)
    return _fit_and_write("the penguins", datasets.penguins(), model, drawing, standardize=True)


def run_table(
    path: str,
    drawing: Drawing,
    *,
    model: str,
    columns: tuple[str, ...] | None,
    standardize: bool,
    id_column: str | None,
    weights_column: str | None,
    strict: bool,
    separator: str | None,
    encoding: str | None,
    init: str,
    n_clusters: int | None,
    **settings: Any,
) -> int:
    """Cluster the rows of a file.

    Parameters
    ----------
    path : str
        The file.
    drawing : Drawing
    model : {"kmeans"}
    columns, id_column, weights_column, strict, separator, encoding
        See :func:`emscope.data.tables.read_table`.
    standardize : bool
        Divide each feature by its standard deviation for the fit.
    init : str
        The name of a start, or a file with the centers to begin at: a table, or a saved trace.
    n_clusters : int or None
        As many as there are centers to begin at, or 4, where it is None.
    **settings
        Parameters of :class:`emscope.KMeans`.

    Returns
    -------
    int
        The exit code.
    """
    table = read_table(
        path,
        columns=columns,
        separator=separator,
        encoding=encoding,
        id_column=id_column,
        weights_column=weights_column,
        strict=strict,
    )
    start = init if init in STARTS else _centers_in(init, table)
    if n_clusters is None:
        n_clusters = _CLUSTERS if isinstance(start, str) else len(start)
    estimator = KMeans(n_clusters, init=start, **settings)
    return _fit_and_write(path, table, estimator, drawing, standardize=standardize)


def _centers_in(path: str, table: Table) -> Array:
    """Read centers, in the units of the table, from the last step of a trace or from a table."""
    if not Path(path).exists():
        known = ", ".join(STARTS)
        raise click.BadParameter(f"{path!r} is neither a start ({known}) nor a file.", param_hint="--init")
    if path.endswith(".npz"):
        centers = Trace.load(path).steps[-1].centers
        if centers is None:
            raise TraceError(f"{path} holds no centers to begin at: name a trace of k-means.")
        return centers
    return read_table(path, columns=table.feature_names, strict=True).matrix


def view_trace(path: str, drawing: Drawing) -> int:
    """Draw a saved trace again.

    Parameters
    ----------
    path : str
        The file.
    drawing : Drawing

    Returns
    -------
    int
        The exit code.
    """
    trace = Trace.load(path)
    _refuse_unwritable(drawing.out)
    scene = drawing.scene(trace)
    out = Out()
    out.heading(f"[bold]{escape(one_line(path))}[/]: {size_of(trace)}")
    tell_run(out, trace, scene)
    what = (path, trace, scene, drawing.look)
    return _write(out, drawing, lambda tell: report.write_views(drawing.out, *what, tell))


def _fit_and_write(
    name: str,
    table: Table,
    model: KMeans,
    drawing: Drawing,
    *,
    standardize: bool = False,
    show_centers: bool = False,
) -> int:
    """Fit, tell what came out, and write the folder."""
    out = Out()
    _refuse_unwritable(drawing.out)
    deviations = _standard_deviations(table)
    tell_table(out, name, table, deviations, standardize)
    rows, scale = table.matrix, None
    if standardize:
        scale = deviations
        rows = rows / scale
        if not isinstance(model.init, str):
            model.set_params(init=model.init / scale)
    trace, interrupted = _fit(model, rows, table)
    trace = recording.in_units_of(trace, table.matrix, scale, table.kept_names)
    names = trace.row_names or tuple(f"table row {i + 1}" for i in table.kept[trace.sample_indices].tolist())
    trace = dataclasses.replace(trace, feature_names=table.feature_names, row_names=names)
    if show_centers:
        print_centers(out, trace)
    scene = drawing.scene(trace, table.matrix)
    labels = getattr(model, "labels_", None)
    tell_run(out, trace, scene, labels)
    result = report.Result(name, trace, table, labels)
    code = _write(out, drawing, lambda tell: report.write_run(drawing.out, result, scene, drawing.look, tell))
    return _INTERRUPTED if interrupted else code


def _write(out: Out, drawing: Drawing, write: Callable[[Callable[[str], None]], list[str]]) -> int:
    """Write with a progress line, and say what was written even when Ctrl-C ends it."""
    told: list[str] = []

    def tell(what: str) -> None:
        told.append(what)
        show(what)

    with progress("writing") as show:
        try:
            written = write(tell)
        except KeyboardInterrupt:
            written = None
    if written is None:
        trace = drawing.out / "trace.npz"
        rest = f"; emscope view {trace} draws it again" if trace.exists() else ""
        out.sentence(f"interrupted while writing {told[-1] if told else 'the first file'}{rest}")
        return _INTERRUPTED
    tell_written(out, drawing.out, written)
    if report.PLAYER in written:
        page = drawing.out / report.PLAYER
        opened = drawing.show and webbrowser.open(page.absolute().as_uri())
        tell_player(out, page, opened)
    return 0


def _fit(model: KMeans, rows: Array, table: Table) -> tuple[Trace, bool]:
    """Fit with a progress line; return the trace and whether Ctrl-C ended it."""
    interrupted = False
    with progress("fitting") as tell, warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the caption says it

        def watch(step: Step) -> None:
            objective = "" if step.objective is None else f", inertia {number(step.objective)}"
            tell(f"{step.phase} {step.iteration}{objective}")

        model.watcher = watch
        try:
            model.fit(rows, sample_weight=table.weights)
        except KeyboardInterrupt:
            if getattr(model, "trace_", None) is None:
                raise
            interrupted = True
    assert model.trace_ is not None  # the command line always records
    return model.trace_, interrupted


def _standard_deviations(table: Table) -> Array:
    """Return what each feature is divided by; 1 where it does not vary."""
    X = table.matrix
    with np.errstate(over="ignore", invalid="ignore"):  # the fit refuses such magnitudes with a sentence
        mean = np.average(X, axis=0, weights=table.weights)
        spread = np.sqrt(np.average((X - mean) ** 2, axis=0, weights=table.weights))
    return np.where((spread > 0) & np.isfinite(spread), spread, 1.0)


def _refuse_unwritable(folder: Path) -> None:
    """Find out before the fit whether the result can be written, without writing anything."""
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not there.is_dir():
        raise OutputError(f"cannot write into {folder}: {there} is a file. Choose another --out.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(f"cannot write into {folder}: permission denied. Choose another --out.")
