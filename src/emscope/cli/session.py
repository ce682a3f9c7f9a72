"""What a command does: read, fit, tell, write."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from emscope import datasets, recording, report, terminal
from emscope.data.tables import Table, read_table
from emscope.errors import OutputError, TraceError
from emscope.estimators import KMeans
from emscope.models.statistics import Array
from emscope.scene import Scene, number, one_line
from emscope.starts import STARTS
from emscope.trace import Step, Trace

_INTERRUPTED = 130
_CROSSWISE = np.array([[2.0, 90.0], [5.0, 50.0]])  # a start for Old Faithful that has a long way to go
_UNEVEN = 10.0  # times that the spread of one feature exceeds another's


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
    """

    out: Path
    formats: tuple[str, ...]
    style: str
    axes: tuple[str, ...] | None
    colors_like: str | None
    all_frames: bool

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
        return report.Look(self.formats, self.style, self.all_frames)


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
    estimator = KMeans(init=init if init in STARTS else _centers_in(init, table), **settings)
    return _fit_and_write(path, table, estimator, drawing, standardize=standardize)


def _centers_in(path: str, table: Table) -> Array:
    """Read centers, in the units of the table, from the last step of a trace or from a table."""
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
    console = Console(highlight=False)
    console.print(f"[bold]{escape(path)}[/]: {_size_of(trace)}", soft_wrap=True)
    _tell_run(console, trace, scene)
    with _progress("drawing") as tell:
        report.write_pictures(drawing.out, scene, drawing.look, tell)
    _tell_written(console, drawing.out)
    return 0


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
    console = Console(highlight=False)
    _refuse_unwritable(drawing.out)
    _tell_table(console, name, table, standardize)
    scale = _standard_deviations(table) if standardize else None
    rows = table.matrix
    if scale is not None:
        rows = rows / scale
        if not isinstance(model.init, str):
            model.set_params(init=model.init / scale)
    trace, interrupted = _fit(model, rows, table)
    trace = recording.in_units_of(trace, table.matrix, scale, table.kept_names)
    trace = dataclasses.replace(trace, feature_names=table.feature_names)
    if show_centers:
        _print_centers(trace)
    scene = drawing.scene(trace, table.matrix)
    labels = getattr(model, "labels_", None)
    _tell_run(console, trace, scene, labels)
    with _progress("writing") as tell:
        report.write_run(drawing.out, report.Result(trace, table, labels), scene, drawing.look, tell)
    _tell_written(console, drawing.out)
    return _INTERRUPTED if interrupted else 0


def _fit(model: KMeans, rows: Array, table: Table) -> tuple[Trace, bool]:
    """Fit with a progress line; return the trace and whether Ctrl-C ended it."""
    interrupted = False
    with _progress("fitting") as tell:

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
    mean = np.average(X, axis=0, weights=table.weights)
    spread = np.sqrt(np.average((X - mean) ** 2, axis=0, weights=table.weights))
    return np.where(spread > 0, spread, 1.0)


def _tell_table(console: Console, name: str, table: Table, standardize: bool) -> None:
    n, d = table.matrix.shape
    features = escape(
        ", ".join(one_line(name, 30) for name in table.feature_names[:8]) + (", …" if d > 8 else "")
    )
    console.print(
        f"[bold]{escape(one_line(name))}[/]: {n:,} rows, {d:,} features ({features})", soft_wrap=True
    )
    for column in table.columns_left_out:
        console.print(
            f"  left out: column {escape(one_line(column.name))}, {escape(one_line(column.reason, 120))}",
            soft_wrap=True,
        )
    for left in table.rows_left_out:
        first = ", ".join(f"{row:,}" for row in left.first_rows)
        more = ", …" if left.count > len(left.first_rows) else ""
        what = f"{left.count:,} row{'s' * (left.count > 1)} with a {left.reason} ({first}{more})"
        console.print(f"  left out: {what}", soft_wrap=True)
    for note in table.notes:
        console.print(f"  {escape(one_line(note, 160))}", soft_wrap=True)
    if not standardize and d > 1:
        _tell_scales(console, table)


def _tell_scales(console: Console, table: Table) -> None:
    spread = _standard_deviations(table)
    low, high = int(np.argmin(spread)), int(np.argmax(spread))
    if spread[high] > _UNEVEN * spread[low]:
        times = f"{number(spread[high] / spread[low])} times"
        wide, narrow = (escape(one_line(table.feature_names[i])) for i in (high, low))
        console.print(
            f"  {wide} varies {times} as much as {narrow} and decides the clusters: consider --standardize",
            soft_wrap=True,
        )


def _print_centers(trace: Trace) -> None:
    """Print the centers as arrays: where the run begins, then after every M-step."""
    for step in trace.steps:
        if step.phase == "initialization":
            print(f"initial centers\n{step.centers}")
        elif step.phase == "maximization":
            print(f"centers {step.iteration}\n{step.centers}")


def _tell_run(console: Console, trace: Trace, scene: Scene, labels: Array | None = None) -> None:
    curve = scene.curve
    console.print(terminal.half_steps(trace, curve.name))
    if len(curve.values):
        console.print(f"{curve.name} {terminal.sparkline(curve.values)} {number(curve.values[-1])}\n")
    counts = trace.steps[-1].counts if labels is None else np.bincount(labels, minlength=trace.n_clusters)
    if counts is not None and scene.frames:
        width = min(console.width - 2, 78)
        console.print(terminal.scatter(scene, width=width, height=18), no_wrap=True)
        console.print(terminal.clusters(trace, list(map(int, counts)), scene.colors))
        console.print(scene.frames[-1].caption, soft_wrap=True, markup=False)
        for sentence in filter(None, (scene.faithfulness, scene.note)):
            console.print(sentence, soft_wrap=True, markup=False)


def _tell_written(console: Console, folder: Path) -> None:
    names = sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in folder.iterdir())
    shown = ", ".join(name for name in names if not name.startswith("."))
    console.print(f"wrote {escape(str(folder))}/: {escape(shown)}", soft_wrap=True)


def _size_of(trace: Trace) -> str:
    return f"{trace.n_samples:,} rows, {len(trace.feature_names):,} features, {trace.n_clusters:,} clusters"


def _refuse_unwritable(folder: Path) -> None:
    """Find out before the fit whether the result can be written, without writing anything."""
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not there.is_dir():
        raise OutputError(f"cannot write into {folder}: {there} is a file. Choose another --out.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(f"cannot write into {folder}: permission denied. Choose another --out.")


@contextmanager
def _progress(doing: str) -> Iterator[Callable[[str], None]]:
    """Show what is under way on stderr, when that is a terminal."""
    console = Console(stderr=True)
    with Progress(
        SpinnerColumn(),
        TextColumn(doing),
        BarColumn(pulse_style="cyan"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[what]}", markup=False),
        console=console,
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        task = progress.add_task(doing, total=None, what="")
        yield lambda what: progress.update(task, what=what)
