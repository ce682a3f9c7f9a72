"""Where and how a command writes."""

from __future__ import annotations

import dataclasses
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import rich_click as click

from emscope import report
from emscope.card import ModelCard
from emscope.cli.interrupts import INTERRUPTED
from emscope.cli.options import parameter_options
from emscope.cli.output import Out, print_player, print_written, progress
from emscope.columns import Array
from emscope.data.content.names import Names
from emscope.errors import DataError
from emscope.files import Folder
from emscope.scene import Scene
from emscope.trace import Trace

_STANDARD_INPUT = 0


@dataclass(frozen=True, slots=True)
class Drawing:
    """The options about what is written, as they were given."""

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
    private: bool = False

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

    def tables_of(self, card: ModelCard | None) -> tuple[str, ...]:
        """Return the tables that are wanted of a model."""
        try:
            if not self.private:
                return report.choose_tables(self.tables, card)
            report.refuse_tables_of_rows(self.tables)
            return tuple(n for n in report.choose_tables(self.tables, card) if n not in report.OF_ROWS)
        except DataError as error:
            raise click.BadParameter(str(error), param_hint="--tables") from error


class Writer:
    """Where and how a command writes, found to be possible before anything is read or fitted.

    ``names`` are what is going to be written, as far as that is known, and ``inputs`` the files that the
    command reads: ``"-"`` may be a file of that name, or the standard input.
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
        card: ModelCard,
        tables: Sequence[str],
        inputs: Sequence[str] = (),
    ) -> Self:
        """Return where and how a run writes."""
        own = [name for name in report.choose_tables("all", card) if name in tables]
        return cls(drawing, folder, report.run_names(own, drawing.look), inputs, own)

    def check_features(self, feature_names: Sequence[str]) -> None:
        """Find out before the fit whether these features can be drawn as was asked for."""
        if self.drawing.axes is not None:
            names = Names(feature_names, "the run")
            self.axes = [feature_names[names.position(axis)] for axis in self.drawing.axes]
        Scene.check(feature_names, axes=self.axes, colors_like=self.colors_like)

    def scene(self, trace: Trace, rows: Array | None = None) -> Scene:
        """Return what the trace looks like, with all rows of the data behind the drawn sample."""
        return Scene.from_trace(
            trace, axes=self.axes, rows=rows, colors_like=self.colors_like, options=parameter_options()
        )

    def write_run(
        self,
        result: report.Result,
        scene: Scene,
        *,
        model: str | None,
        pictures: bool,
        before_pictures: Callable[[], None],
    ) -> int:
        """Write the folder of a run, with its saved model if there is one, with or without pictures."""
        look = self.look if pictures else dataclasses.replace(self.look, formats=(), player=False)
        how: dict[str, Any] = {"model": model, "tables": self.tables, "before_pictures": before_pictures}
        return self.write(lambda tell: report.write_run(self.folder, result, scene, look, tell, **how))

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
            return INTERRUPTED
        print_written(self.out, self.folder)
        if report.PLAYER in self.folder.written:
            page = self.folder.path / report.PLAYER
            opened = self.drawing.show and webbrowser.open(page.absolute().as_uri())
            print_player(self.out, page, opened)
        return 0

    @property
    def rest(self) -> str:
        """How to see a run of which nothing was drawn."""
        trace = self.folder.path / report.TRACE
        return f"; emscope view {trace} draws it" if report.TRACE in self.folder.written else ""
