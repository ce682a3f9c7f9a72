"""What a command does: read, fit, tell, write."""

from __future__ import annotations

import dataclasses
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import rich_click as click
from rich.markup import escape

from emscope import datasets, recording, report, terminal
from emscope.cli.fitting import Model, estimator, fit, in_scale, is_file_of_centers, owners
from emscope.cli.interrupts import Interrupts
from emscope.cli.naming import events_in_words_of
from emscope.cli.telling import (
    Out,
    difference,
    print_centers,
    progress,
    size_of,
    tell_player,
    tell_rows,
    tell_run,
    tell_size,
    tell_table,
    tell_written,
)
from emscope.data.content.names import Names
from emscope.data.decisive import numbers_that_decide
from emscope.data.read import read_table
from emscope.data.table import Table
from emscope.data.wording import in_options
from emscope.errors import DataError, OutputError
from emscope.estimators import GaussianMixture, KMeans
from emscope.files import Folder
from emscope.models.statistics import Array
from emscope.report.naming import as_utf8
from emscope.scene import Scene, one_line
from emscope.trace import Trace

_FOLDER = Path("emscope-out")
_INTERRUPTED = 130
_STANDARD_INPUT = 0
_WIDEST = 100  # characters that are easily read in one line
_CROSSWISE = np.array([[2.0, 90.0], [5.0, 50.0]])  # a start for Old Faithful that has a long way to go


@dataclass(frozen=True, slots=True)
class Drawing:
    """What was asked for about what is written.

    Attributes
    ----------
    out : Path or None
        Folder to write into; None for the one that the command proposes.
    force : bool
        Replace files in the way.
    quiet : bool
        Print nothing but errors.
    formats : tuple of str
        Kinds of pictures.
    style : str
        "light", "dark" or "print".
    axes : tuple of str or None
        Two features to draw.
    colors_like : str or None
        A saved trace whose colors to take.
    all_frames : bool
        Draw every half-step of a long run.
    player : bool
        Write the page that replays the run.
    show : bool
        Open that page when it is written.
    tables : str
        Names of the tables that are wanted, separated by commas.
    """

    out: Path | None
    force: bool
    quiet: bool
    formats: tuple[str, ...]
    style: str
    axes: tuple[str, ...] | None
    colors_like: str | None
    all_frames: bool
    player: bool
    show: bool
    tables: str = "all"

    def __post_init__(self) -> None:
        if self.show and not self.player:
            raise click.UsageError("--open shows the player, which --no-player leaves out.")

    @staticmethod
    def options() -> list[str]:
        """Return the names of the options."""
        return [field.name for field in dataclasses.fields(Drawing)]

    @property
    def look(self) -> report.Look:
        """What the report asks about pictures."""
        return report.Look(self.formats, self.style, self.all_frames, self.player)

    def tables_of(self, *, mixture: bool | None) -> tuple[str, ...]:
        """Return the tables that are wanted of a model."""
        try:
            return report.choose_tables(self.tables, mixture)
        except DataError as error:
            raise click.BadParameter(str(error), param_hint="--tables") from error


class Writer:
    """Where and how a command writes, found to be possible before anything is read or fitted.

    Parameters
    ----------
    drawing : Drawing
    folder : Path
        Where to write.
    names : sequence of str
        What is going to be written, as far as that is known.
    inputs : sequence of str
        Files that the command reads; ``"-"`` may be a file of that name, or the standard input.
    tables : sequence of str
        Names of the tables that are going to be written.
    """

    def __init__(
        self,
        drawing: Drawing,
        folder: Path,
        names: Sequence[str],
        inputs: Sequence[str] = (),
        tables: Sequence[str] = (),
    ) -> None:
        self.drawing, self.look, self.tables = drawing, drawing.look, tables
        self.out = Out(quiet=drawing.quiet)
        self.look.check()
        read = [name for name in (*inputs, drawing.colors_like) if name is not None]
        sources: list[str | int] = [*read, *([_STANDARD_INPUT] if "-" in read else [])]
        self.folder = Folder(folder, inputs=sources, force=drawing.force)
        self.folder.check(names)
        self.axes: list[str] | None = None
        self.colors_like = None if drawing.colors_like is None else Trace.load(drawing.colors_like)

    @classmethod
    def of_run(
        cls,
        drawing: Drawing,
        folder: Path,
        *,
        mixture: bool,
        tables: Sequence[str],
        inputs: Sequence[str] = (),
    ) -> Self:
        """Return where and how a run writes."""
        own = [name for name in report.choose_tables("all", mixture) if name in tables]
        return cls(drawing, folder, report.run_names(own, drawing.look), inputs, own)

    def check_features(self, feature_names: Sequence[str]) -> None:
        """Find out before the fit whether these features can be drawn as was asked for."""
        if self.drawing.axes is not None:
            names = Names(feature_names, "the run")
            self.axes = [feature_names[names.position(axis)] for axis in self.drawing.axes]
        Scene.check(feature_names, axes=self.axes, colors_like=self.colors_like)

    def scene(self, trace: Trace, rows: Array | None = None) -> Scene:
        """Return what the trace looks like, with all rows of the data behind the drawn sample."""
        return Scene.from_trace(trace, axes=self.axes, rows=rows, colors_like=self.colors_like)

    def write(self, write: Callable[[Callable[[str], None]], None]) -> int:
        """Write with a progress line, and say what was written even when Ctrl-C ends it."""
        told: list[str] = []

        def tell(what: str) -> None:
            told.append(what)
            show(what)

        try:
            with progress("writing", self.drawing.quiet) as show:
                write(tell)
        except KeyboardInterrupt:
            doing = told[-1] if told else "the first file"
            self.out.sentence(f"interrupted while writing {doing}{self.rest}")
            return _INTERRUPTED
        tell_written(self.out, self.folder)
        if report.PLAYER in self.folder.written:
            page = self.folder.path / report.PLAYER
            opened = self.drawing.show and webbrowser.open(page.absolute().as_uri())
            tell_player(self.out, page, opened)
        return 0

    @property
    def rest(self) -> str:
        """How to see a run of which nothing was drawn."""
        trace = self.folder.path / report.TRACE
        return f"; emscope view {trace} draws it" if report.TRACE in self.folder.written else ""


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
    folder = drawing.out or _FOLDER
    if name == "old-faithful":
        return _demo_both(drawing, folder)
    writer = Writer.of_run(drawing, folder, mixture=False, tables=drawing.tables_of(mixture=False))
    if name == "blobs":
        model = KMeans(4, init=datasets.blobs_start(), max_iter=3)
        return _fit_and_write(writer, "the blobs", datasets.blobs(), model, show_centers=True).code
    model = KMeans(3, init="random", random_state=1, n_init=1)
    return _fit_and_write(writer, "the penguins", datasets.penguins().standardized(), model).code


def _demo_both(drawing: Drawing, folder: Path) -> int:
    """Run k-means and a mixture on Old Faithful, from the same start."""
    table = datasets.old_faithful().standardized()
    ways = {"kmeans": KMeans(2, init=_CROSSWISE), "mixture": GaussianMixture(2, init_params=_CROSSWISE)}
    tables = drawing.tables_of(mixture=None)
    writers = {
        way: Writer.of_run(drawing, folder / way, mixture=way == "mixture", tables=tables) for way in ways
    }
    written = {}
    for way, model in ways.items():
        written[way] = _fit_and_write(writers[way], "Old Faithful", table, model)
        if written[way].code:
            return written[way].code
    writers["mixture"].out.sentence(f"\n{difference(written['kmeans'].result, written['mixture'].result)}")
    return 0


def run_table(
    path: str,
    drawing: Drawing,
    reading: Mapping[str, Any],
    *,
    model: str,
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
    reading : mapping
        Arguments of :func:`emscope.read_table`.
    model : {"kmeans", "gmm"}
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
    mixture = model == "gmm"
    inputs = [path, *([init] if init is not None and is_file_of_centers(init, mixture=mixture) else [])]
    tables = drawing.tables_of(mixture=mixture)
    writer = Writer.of_run(drawing, drawing.out or _FOLDER, mixture=mixture, tables=tables, inputs=inputs)
    table = read_table(path, **reading)
    chosen = estimator(model, table, init, n_clusters, settings)
    return _fit_and_write(writer, path, table, chosen).code


def list_columns(path: str, reading: Mapping[str, Any]) -> int:
    """Say what would be done with each column of a file, and why.

    Parameters
    ----------
    path : str
        The file.
    reading : mapping
        Arguments of :func:`emscope.read_table`.

    Returns
    -------
    int
        The exit code.
    """
    out = Out()
    table = read_table(path, **reading, look_at_all=True).in_options()
    tell_size(out, path, table)
    out.print(terminal.columns(table.columns, min(out.width, _WIDEST)), soft_wrap=True, end="")
    tell_rows(out, table)
    return 0


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
    folder = drawing.out or Path(path.removesuffix(".npz") + "-view")
    trace = Trace.load(path)
    writer = Writer(drawing, folder, drawing.look.names(), [path])
    if report.holds_another_run(writer.folder, path):
        raise OutputError(
            f"cannot write into {folder}: it holds another run, whose pictures these are not. "
            "Choose another folder (--out)."
        )
    writer.check_features(trace.feature_names)
    scene = writer.scene(trace)
    writer.out.heading(f"[bold]{escape(one_line(path))}[/]: {size_of(trace)}")
    tell_run(writer.out, trace, scene)
    if not drawing.look.names():
        return 0
    what = (writer.folder, as_utf8(path), trace, scene, writer.look)
    return writer.write(lambda tell: report.write_view(*what, tell))


class _Written(NamedTuple):
    """An exit code, and what came out."""

    code: int
    result: report.Result


def _fit_and_write(
    writer: Writer,
    name: str,
    table: Table,
    model: Model,
    *,
    show_centers: bool = False,
) -> _Written:
    """Fit, tell what came out, and write the folder."""
    out, look = writer.out, writer.look
    writer.check_features(table.measured_names)
    table = table.in_options()
    tell_table(out, name, table)
    rows, scale = table.matrix, table.preparation.scale
    if scale is not None:
        in_scale(model, scale)
    with Interrupts() as interrupts:
        trace, interrupted = fit(model, rows, table, writer.drawing.quiet)
        interrupts.hold()
        trace = recording.in_units_of(trace, table.values, scale, table.kept_names)
        trace = events_in_words_of(table, trace)
        names = trace.row_names or tuple(
            f"table row {i + 1}" for i in table.kept[trace.sample_indices].tolist()
        )
        trace = dataclasses.replace(
            trace,
            feature_names=table.measured_names,
            row_names=names,
            preparation=table.preparation.to_dict(),
        )
        if show_centers:
            print_centers(out, trace)
        scene = writer.scene(trace, table.values)
        labels, predict_proba = owners(model, rows)
        tell_run(out, trace, scene, labels)
        if labels is not None:
            for sentence in numbers_that_decide(table, labels):
                out.sentence(in_options(sentence))
        result = report.Result(as_utf8(name), trace, table, labels, predict_proba)
        if interrupted:
            look = dataclasses.replace(look, formats=(), player=False)
        code = writer.write(
            lambda tell: report.write_run(
                writer.folder,
                result,
                scene,
                look,
                tell,
                tables=writer.tables,
                before_pictures=interrupts.release,
            )
        )
    if interrupted:
        out.sentence(f"interrupted before anything was drawn{writer.rest}")
    return _Written(_INTERRUPTED if interrupted else code, result)
