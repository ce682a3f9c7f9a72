"""What a command does: read, fit, print, write."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from textwrap import fill
from typing import Any, NamedTuple

import numpy as np
from rich.markup import escape

from emscope import datasets, report, terminal
from emscope.card import KMEANS, gaussian_mixture
from emscope.cli import choosing
from emscope.cli.fitting import assignments, estimator, fit, in_terms_of_table
from emscope.cli.interrupts import INTERRUPTED, Interrupts
from emscope.cli.options import READING, names_of
from emscope.cli.output import (
    Out,
    difference,
    print_centers,
    print_held,
    print_rows,
    print_run,
    print_size,
    print_table,
    questions,
    size_of,
)
from emscope.cli.writing import Drawing, Writer
from emscope.data.read import read_table
from emscope.data.table import Table
from emscope.errors import OutputError
from emscope.estimators import GaussianMixture, KMeans
from emscope.estimators.offers import Model, offer_named
from emscope.private import without_rows
from emscope.report.naming import as_utf8
from emscope.report.remarks import about_features, about_rows
from emscope.saved.private import without_values
from emscope.saved.saving import described, text_of
from emscope.trace import Trace
from emscope.wording import one_line

_FOLDER = Path("emscope-out")
_WIDEST = 100  # characters that are easily read in one line
_CROSSWISE = np.array([[2.0, 90.0], [5.0, 50.0]])  # a start for Old Faithful that has a long way to go


def run_demo(name: str, drawing: Drawing) -> int:
    """Run one of the demonstrations and return the exit code."""
    folder = drawing.out or _FOLDER
    if name == "old-faithful":
        return _demo_both(drawing, folder)
    writer = Writer.of_run(drawing, folder, card=KMEANS, tables=drawing.tables_of(KMEANS))
    if name == "blobs":
        model = KMeans(4, init=datasets.blobs_start(), max_iter=3)
        table = _begun(writer, "the blobs", datasets.blobs())
        return _fit_and_write(writer, "the blobs", table, model, show_centers=True).code
    model = KMeans(3, init="random", random_state=1, n_init=1)
    table = _begun(writer, "the penguins", datasets.penguins().standardized())
    return _fit_and_write(writer, "the penguins", table, model).code


def _demo_both(drawing: Drawing, folder: Path) -> int:
    """Run k-means and a mixture on Old Faithful, from the same start."""
    table = datasets.old_faithful().standardized()
    start = _CROSSWISE / table.preparation.scale
    ways: dict[str, Model] = {
        "kmeans": KMeans(2, init=start),
        "mixture": GaussianMixture(2, init_params=start),
    }
    tables = drawing.tables_of(None)
    writers = {
        way: Writer.of_run(drawing, folder / way, card=card, tables=tables)
        for way, card in (("kmeans", KMEANS), ("mixture", gaussian_mixture("full")))
    }
    written = {}
    for way, model in ways.items():
        said = _begun(writers[way], "Old Faithful", table)
        last = way == "mixture"
        written[way] = _fit_and_write(writers[way], "Old Faithful", said, model, last=last)
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
    """Cluster the rows of a file and return the exit code; the arguments are as the options have them."""
    offer = offer_named(model)
    inputs = [path] if init is None or init in offer.starts else [path, init]
    tables = drawing.tables_of(offer.card)
    writer = Writer.of_run(drawing, drawing.out or _FOLDER, card=offer.card, tables=tables, inputs=inputs)
    table = read_table(path, **reading)
    table = _begun(writer, called(path), table, as_they_are=not offer.card.points)

    def choose() -> int:
        with questions(drawing.quiet) as ask:
            k, why = choosing.choose(table, model, settings, ask("how many clusters"))
        writer.out.sentence(fill(why, min(writer.out.width, _WIDEST)))
        return k

    chosen = estimator(offer, table, init, n_clusters, settings, choose)
    written = {name: reading[name] for name in names_of(READING) if name != "sheet"}
    return _fit_and_write(writer, called(path), table, chosen, reading=written).code


def list_columns(path: str, reading: Mapping[str, Any]) -> int:
    """Say what would be done with each column of a file, and why; return the exit code."""
    out = Out()
    table = read_table(path, **reading, look_at_all=True).in_options()
    print_size(out, called(path), table)
    out.print(terminal.columns(table.columns, min(out.width, _WIDEST)), soft_wrap=True, end="")
    print_rows(out, table)
    return 0


def called(path: str) -> str:
    """Return what a source is called for people."""
    return "standard input" if path == "-" else path


def view_trace(path: str, drawing: Drawing) -> int:
    """Draw a saved trace again and return the exit code."""
    folder = drawing.out or Path(path.removesuffix(".npz") + "-view")
    saved = Trace.load(path)
    trace = without_rows(saved) if drawing.private else saved
    writer = Writer(drawing, folder, drawing.look.names(), [path])
    if report.holds_another_run(writer.folder, path):
        raise OutputError(
            f"cannot write into {folder}: it holds another run, whose pictures these are not. "
            "Choose another folder (--out)."
        )
    writer.check_features(trace.feature_names)
    scene = writer.scene(trace)
    writer.out.heading(f"[bold]{escape(one_line(path))}[/]: {size_of(trace)}")
    print_run(writer.out, trace, scene)
    if not drawing.look.names():
        return 0
    what = (writer.folder, as_utf8(path), trace, scene, writer.look)
    code = writer.write(lambda tell: report.write_view(*what, tell))
    print_held(writer.out, writer.folder, trace)
    if trace is not saved and (writer.folder.path / report.TRACE).exists():
        writer.out.sentence(f"what else is in {writer.folder.path} holds rows of the table as before")
    return code


class _Written(NamedTuple):
    """The exit code and the result of a run."""

    code: int
    result: report.Result


def _begun(writer: Writer, name: str, table: Table, *, as_they_are: bool = True) -> Table:
    """Say what is clustered, in the words of the command line, before the first fit."""
    writer.check_features(table.measured_names)
    table = table.in_options()
    if writer.drawing.private:
        table = dataclasses.replace(table, row_names=None)
    print_table(writer.out, name, table, as_they_are=as_they_are)
    return table


def _fit_and_write(
    writer: Writer,
    name: str,
    table: Table,
    model: Model,
    *,
    reading: Mapping[str, Any] | None = None,
    show_centers: bool = False,
    last: bool = True,
) -> _Written:
    """Fit, print the result, and write the folder; of the ``last`` one say what rows it holds."""
    out = writer.out
    private = writer.drawing.private
    with Interrupts() as interrupts:
        fitted, interrupted = fit(model, table, writer.drawing.quiet)
        interrupts.hold()
        trace = in_terms_of_table(fitted, table)
        trace = without_rows(trace) if private else trace
        if show_centers:
            print_centers(out, trace)
        rows = table.values if table.weights is None else table.values[table.weights > 0]
        scene = writer.scene(trace, None if trace.card.points or private else rows)
        labels, predict_proba = assignments(model, table.matrix)
        print_run(out, trace, scene, labels, table)
        result = report.Result(as_utf8(name), trace, table, labels, predict_proba)
        for remark in (*about_rows(result), *about_features(result)):
            out.sentence(remark.sentence)
        saved = None if labels is None else described(model, table, reading)
        if saved is not None and private:
            saved = without_values(saved, trace, table.values)
        text = None if saved is None else text_of(saved)
        code = writer.write_run(
            result, scene, model=text, pictures=not interrupted, before_pictures=interrupts.release
        )
    if interrupted:
        out.sentence(f"interrupted before anything was drawn{writer.rest}")
        if model.checkpoint is not None:
            out.sentence(f"the same command goes on from {one_line(str(model.checkpoint), 200)}")
    if last:
        print_held(out, writer.folder, trace)
    return _Written(INTERRUPTED if interrupted else code, result)
