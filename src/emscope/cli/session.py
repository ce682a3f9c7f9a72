"""What a command does: read, fit, tell, write."""

from __future__ import annotations

import dataclasses
import os
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import rich_click as click
from rich.markup import escape

from emscope import datasets, recording, report
from emscope.cli.fitting import Model, estimator, fit, in_scale, owners
from emscope.cli.naming import events_in_words_of
from emscope.cli.telling import (
    Out,
    difference,
    print_centers,
    progress,
    size_of,
    tell_player,
    tell_run,
    tell_table,
    tell_written,
)
from emscope.data.tables import Table, read_table
from emscope.errors import OutputError
from emscope.estimators import GaussianMixture, KMeans
from emscope.models.statistics import Array
from emscope.scene import Scene, one_line
from emscope.trace import Trace

_INTERRUPTED = 130
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
        return _fit_and_write("the blobs", datasets.blobs(), model, drawing, show_centers=True).code
    if name == "old-faithful":
        return _demo_both(drawing)
    model = KMeans(3, init="random", random_state=1, n_init=1)
    return _fit_and_write("the penguins", datasets.penguins(), model, drawing, standardize=True).code


def _demo_both(drawing: Drawing) -> int:
    """Run k-means and a mixture on Old Faithful, from the same start."""
    table = datasets.old_faithful()
    ways = {"kmeans": KMeans(2, init=_CROSSWISE), "mixture": GaussianMixture(2, init_params=_CROSSWISE)}
    written = {}
    for way, model in ways.items():
        into = dataclasses.replace(drawing, out=drawing.out / way)
        written[way] = _fit_and_write("Old Faithful", table, model, into, standardize=True)
        if written[way].code:
            return written[way].code
    Out().sentence(f"\n{difference(written['kmeans'].result, written['mixture'].result)}")
    return 0


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
    init: str | None,
    n_clusters: int | None,
    **settings: Any,
) -> int:
    """Cluster the rows of a file.

    Parameters
    ----------
    path : str
        The file.
    drawing : Drawing
    model : {"kmeans", "gmm"}
    columns, id_column, weights_column, strict, separator, encoding
        See :func:`emscope.data.tables.read_table`.
    standardize : bool
        Divide each feature by its standard deviation for the fit.
    init : str or None
        The name of a start, or a file with the centers to begin at: a table, or a saved trace.
    n_clusters : int or None
        As many as there are centers to begin at, or 4, where it is None.
    **settings
        Parameters of the estimator, None where they were not asked for.

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
    chosen = estimator(model, table, init, n_clusters, settings)
    return _fit_and_write(path, table, chosen, drawing, standardize=standardize).code


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


class _Written(NamedTuple):
    """An exit code, and what came out."""

    code: int
    result: report.Result


def _fit_and_write(
    name: str,
    table: Table,
    model: Model,
    drawing: Drawing,
    *,
    standardize: bool = False,
    show_centers: bool = False,
) -> _Written:
    """Fit, tell what came out, and write the folder."""
    out = Out()
    _refuse_unwritable(drawing.out)
    table = (table.standardized() if standardize else table).in_options()
    tell_table(out, name, table)
    rows, scale = table.matrix, table.preparation.scale
    if scale is not None:
        in_scale(model, scale)
    trace, interrupted = fit(model, rows, table)
    trace = recording.in_units_of(trace, table.values, scale, table.kept_names)
    trace = events_in_words_of(table, trace)
    names = trace.row_names or tuple(f"table row {i + 1}" for i in table.kept[trace.sample_indices].tolist())
    trace = dataclasses.replace(
        trace,
        feature_names=table.measured_names,
        row_names=names,
        preparation=table.preparation.to_dict(),
    )
    if show_centers:
        print_centers(out, trace)
    scene = drawing.scene(trace, table.values)
    labels, responsibilities = owners(model, rows)
    tell_run(out, trace, scene, labels)
    result = report.Result(name, trace, table, labels, responsibilities)
    code = _write(out, drawing, lambda tell: report.write_run(drawing.out, result, scene, drawing.look, tell))
    return _Written(_INTERRUPTED if interrupted else code, result)


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


def _refuse_unwritable(folder: Path) -> None:
    """Find out before the fit whether the result can be written, without writing anything."""
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not there.is_dir():
        raise OutputError(f"cannot write into {folder}: {there} is a file. Choose another --out.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(f"cannot write into {folder}: permission denied. Choose another --out.")
