"""What a command prints."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from emscope import terminal
from emscope.columns import Array
from emscope.contrasts import contrasts
from emscope.data.preparation import standard_deviations
from emscope.data.table import Table
from emscope.digits import DIGITS
from emscope.doubt import CERTAIN
from emscope.files import Folder
from emscope.report import MODEL, PLAYER, TRACE, Result
from emscope.report.study import REPORT
from emscope.report.table_files import LARGEST_CSV
from emscope.scene import Scene, starts_of
from emscope.trace import Trace
from emscope.wording import counted, number, one_line

_WIDEST = 120  # characters of the table of clusters
_OF_ROWS = (PLAYER, TRACE, REPORT)  # files that have rows
_UNEVEN = 10.0  # times that the spread of one feature exceeds another's


class Out(Console):
    """Standard output, or that of errors, for as long as somebody reads it."""

    def __init__(self, *, quiet: bool = False, stderr: bool = False) -> None:
        super().__init__(highlight=False, quiet=quiet, stderr=stderr)

    def on_broken_pipe(self) -> None:
        """Stop printing; the files are still written."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())

    def print(self, *objects: Any, **how: Any) -> None:
        """Print, and stop printing where that cannot be: on a full disk, say."""
        try:
            super().print(*objects, **how)
        except OSError as error:
            self.on_broken_pipe()
            print(f"emscope: cannot print any more: {error.strerror}.", file=sys.stderr)

    def heading(self, markup: str) -> None:
        """Print a line with markup, which the terminal may wrap as it likes."""
        self.print(markup, soft_wrap=True)

    def sentence(self, text: str) -> None:
        """Print plain text; a minus must not become a question mark where an encoding has none."""
        told = text if self.encoding.startswith("utf") else text.replace("\N{MINUS SIGN}", "-")
        self.print(told, soft_wrap=True, markup=False)


def print_table(out: Out, name: str, table: Table, *, as_they_are: bool) -> None:
    """Say what is clustered and what was left out; and which feature decides, of rows as they are."""
    print_size(out, name, table)
    for column in table.columns_left_out:
        out.sentence(f"  left out: column {one_line(column.name)}, {one_line(column.reason, 160)}")
    print_rows(out, table)
    if as_they_are and table.preparation.scale is None and table.matrix.shape[1] > 1:
        _print_scales(out, table)


def print_size(out: Out, name: str, table: Table) -> None:
    """Say what is clustered."""
    n, d = table.matrix.shape
    names = ", ".join(one_line(name, 30) for name in table.feature_names[:8]) + (", …" if d > 8 else "")
    out.heading(
        f"[bold]{escape(one_line(name))}[/]: {counted(n, 'row')}, {counted(d, 'feature')} ({escape(names)})"
    )


def print_rows(out: Out, table: Table) -> None:
    """Say which rows were left out, how the table was read, and what was done with the rest."""
    for left in table.rows_left_out:
        first = ", ".join(f"{row:,}" for row in left.first_rows)
        more = ", …" if left.count > len(left.first_rows) else ""
        article = "an" if left.reason[0] in "aeiou" else "a"
        out.sentence(f"  left out: {counted(left.count, 'row')} with {article} {left.reason} ({first}{more})")
    for note in table.notes:
        out.sentence(f"  {one_line(note, 240)}")
    if table.weights_column is not None:
        assert table.weights is not None  # they are in that column
        zero = int(np.count_nonzero(table.weights == 0))
        idle = f"; {counted(zero, 'row')} of weight 0 will get clusters and decide nothing" if zero else ""
        out.sentence(f"  rows are weighted by {one_line(table.weights_column)}{idle}")
    if table.preparation.scale is not None:
        out.sentence("  features are measured in their standard deviations")


def _print_scales(out: Out, table: Table) -> None:
    deviations = standard_deviations(table.values, table.weights)
    low, high = int(np.argmin(deviations)), int(np.argmax(deviations))
    if deviations[high] > _UNEVEN * deviations[low]:
        times = f"{number(deviations[high] / deviations[low])} times"
        wide, narrow = (one_line(table.feature_names[i]) for i in (high, low))
        out.sentence(
            f"  {wide} varies {times} as much as {narrow} and decides the clusters: consider --standardize"
        )


def print_centers(out: Out, trace: Trace) -> None:
    """Print the centers as arrays: where the run begins, then after every M-step."""
    for step in trace.steps:
        if step.phase == "initialization":
            out.sentence(f"initial centers\n{step.centers}")
        elif step.phase == "maximization":
            out.sentence(f"centers {step.iteration}\n{step.centers}")


def print_run(
    out: Out, trace: Trace, scene: Scene, labels: Array | None = None, table: Table | None = None
) -> None:
    """Print the half-steps, the final clusters and how the run ended."""
    curve = scene.curve
    out.print(terminal.half_steps(trace, curve.name, scene.terms))
    if len(curve.values):
        bars = terminal.BLOCKS if out.encoding.startswith("utf") else terminal.ASCII_BARS
        line = terminal.sparkline(curve.values, bars=bars)
        out.sentence(f"{curve.name} {line} {number(curve.values[-1])}\n")
    counts = trace.steps[-1].counts if labels is None else np.bincount(labels, minlength=trace.n_clusters)
    if scene.origin:
        out.sentence(scene.origin)
    if trace.card.points:
        out.sentence(f"{scene.measure}\n")
    if counts is not None and scene.frames:
        width = min(out.width - 2, 78)
        out.print(terminal.scatter(scene, width=width, height=18), no_wrap=True)
        found = None  # points that are no rows are contrasted as they were drawn
        if labels is not None and table is not None and not trace.card.points:
            found = contrasts(table.values, labels, trace.n_clusters, table.weights)
        sizes = list(map(int, counts))
        out.print(terminal.clusters(trace, sizes, scene.colors, found, min(out.width, _WIDEST)), no_wrap=True)
    if scene.frames:
        doubts = scene.doubts
        out.sentence(scene.frames[-1].caption.removesuffix(" ".join(doubts)).rstrip())
        for sentence in doubts:
            out.print(Text(sentence, style="yellow"), soft_wrap=True)
    starts = starts_of(trace)
    if starts is not None:
        out.sentence(starts.sentence)
    for sentence in filter(None, (scene.faithfulness, scene.note)):
        out.sentence(sentence)


def difference(hard: Result, soft: Result) -> str:
    """Say in one line how k-means and a mixture, from the same start, differ."""
    assert hard.labels is not None
    assert soft.labels is not None
    assert soft.responsibilities is not None
    apart = int(np.count_nonzero(hard.labels != soft.labels))
    unsure = int(np.count_nonzero(soft.responsibilities.max(axis=1) < CERTAIN))
    return (
        f"From the same start k-means and the mixture disagree about {apart:,} of "
        f"{counted(len(hard.labels), 'point')}: k-means cuts halfway between its centers, whatever the shape "
        f"of the groups; the mixture gives each group a weight and an ellipse of its own, and is less than "
        f"{100 * CERTAIN:g} % sure of {counted(unsure, 'point')}."
    )


def print_written(out: Out, folder: Folder) -> None:
    """Say what was written, and what of earlier runs stays."""
    names = dict.fromkeys(f"{above}/" if above else name for above, name in map(_parts, folder.written))
    out.sentence(f"wrote {one_line(str(folder.path), 200)}/: {', '.join(names) if names else 'nothing'}")
    for name in (name for name in folder.written if name.endswith(".parquet")):
        out.sentence(f"  {name} instead of .csv, which would be over {LARGEST_CSV / 1e6:g} MB")
    for sentence in folder.kept:
        out.sentence(f"  {sentence}")


def print_held(out: Out, folder: Folder, trace: Trace) -> None:
    """Say that rows of the table are in what was written, where they are; or what a private model is."""
    if trace.private:
        if MODEL in folder.written:
            digits = f"{MODEL} has numbers of at most {DIGITS} digits"
            out.sentence(f"{digits}: near a border it may label rows otherwise")
        return
    held = [name for name in folder.written if name in _OF_ROWS or name.startswith("rows.")]
    if held:
        hold = "hold" if len(held) > 1 else "holds"
        what = "study" if REPORT in held else "run"
        out.sentence(f"{_listed(held)} {hold} rows of the table: add --private to hand the {what} on")


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _parts(name: str) -> tuple[str, str]:
    above, _, last = name.rpartition("/")
    return above, last


def print_player(out: Out, page: Path, opened: bool) -> None:
    """Say how to see the run."""
    how = "is open in the browser" if opened else "replays the run: open it in a browser, or add --open"
    out.sentence(f"{page} {how}")


def size_of(trace: Trace) -> str:
    """Say how large a run is."""
    parts = ((trace.n_samples, "row"), (len(trace.feature_names), "feature"), (trace.n_clusters, "cluster"))
    return ", ".join(counted(count, noun) for count, noun in parts)


@contextmanager
def progress(doing: str, quiet: bool = False) -> Iterator[Callable[[str], None]]:
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
        disable=quiet or not sys.stderr.isatty(),
    ) as progress:
        task = progress.add_task(doing, total=None, what="")
        waiting = _Waiting(progress)
        logger = logging.getLogger("emscope.kernels")
        level = logger.level
        logger.addHandler(waiting)
        logger.setLevel(logging.INFO)
        try:
            yield lambda what: progress.update(task, what=what)
        finally:
            logger.setLevel(level)
            logger.removeHandler(waiting)


Told = Callable[[float, float, str], None]
"""``told(done, total, what)``: called whenever a part of a study is done."""


@contextmanager
def questions(quiet: bool = False) -> Iterator[Callable[[str], Told]]:
    """Show how far a study is and how long the present question still takes, when stderr is a terminal.

    What is yielded takes the question and returns what is to be told of it.
    """
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(pulse_style="cyan"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[what]}", markup=False),
        console=Console(stderr=True),
        transient=True,
        disable=quiet or not sys.stderr.isatty(),
    ) as progress:
        task = progress.add_task("", total=None, what="")

        def ask(question: str) -> Told:
            progress.reset(task, description=question, total=None, what="")
            return lambda done, total, what: progress.update(task, completed=done, total=total, what=what)

        yield ask


class _Waiting(logging.Handler):
    """Shows beside the progress what a fit waits for."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress

    def emit(self, record: logging.LogRecord) -> None:
        if not self._progress.disable:
            self._progress.console.print(f"emscope: {record.getMessage()}", markup=False, soft_wrap=True)
