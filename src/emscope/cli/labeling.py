"""What `emscope label` does: read new rows, label them, write the labels, and say how the rows differ."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rich_click as click
from rich import box
from rich.table import Table as RichTable
from rich.text import Text

from emscope.cli.interrupts import INTERRUPTED
from emscope.cli.output import Out, print_rows, print_size
from emscope.cli.session import called
from emscope.columns import Array
from emscope.files import check_file, whole_file
from emscope.report.table_files import Columns, write_table
from emscope.report.tables import per_row
from emscope.saved import SavedModel, load_model, sql
from emscope.saved.labeling import FAR, Labeled, label
from emscope.wording import counted, one_line

_ENDINGS = (".csv", ".parquet")
_PACKED = (".gz", ".bz2", ".zst", ".xz", ".zip")
_STANDARD_INPUT = 0


def print_sql(path: str, table: str) -> int:
    """Print the SELECT statement of a saved model and return the exit code."""
    sys.stdout.write(sql(load_model(path), table))
    return 0


def label_rows(
    path: str,
    data: str,
    *,
    reading: Mapping[str, Any],
    id_column: str | None,
    out: str | None,
    force: bool,
    quiet: bool,
) -> int:
    """Label the rows of a file by a saved model and return the exit code."""
    target = None if out == "-" else Path(_beside(data) if out is None else out)
    if target is not None:
        if target.suffix.lower() not in _ENDINGS:
            raise click.BadParameter(f"{out!r} ends neither in .csv nor in .parquet.", param_hint="--out")
        inputs: list[str | int] = [path, data, *([_STANDARD_INPUT] if data == "-" else [])]
        check_file(target, inputs=inputs, force=force)
    saved = load_model(path)
    labeled = label(saved, data, id_column=id_column, **reading)
    columns = label_columns(saved, labeled)
    printed = Out(quiet=quiet, stderr=target is None)
    try:
        if target is None:
            _write_to_standard_output(columns)
        else:
            check_file(target, inputs=inputs, force=force)
            with whole_file(target) as file:
                write_table(columns, target.name.lower(), file)
    except KeyboardInterrupt:
        printed.sentence("interrupted: no labels were written.")
        return INTERRUPTED
    _print(printed, called(data), saved, labeled)
    if target is not None:
        printed.sentence(f"wrote {one_line(str(target), 200)}")
    return 0


def label_columns(saved: SavedModel, labeled: Labeled) -> Columns:
    """Return what is written: one row per row of the table, in its order."""
    figures = labeled.figures
    columns: dict[str, Array] = {
        "cluster": figures.labels,
        "distance": figures.distance,
        "next cluster": figures.next_cluster,
        "margin": figures.margin,
    }
    if figures.log_density is not None and figures.certainty is not None:
        columns |= {"log density": _finite(figures.log_density), "certainty": figures.certainty}
    return per_row(labeled.table, columns)


def _finite(values: Array) -> Array:
    return np.where(np.isfinite(values), values, np.nan)


def _beside(data: str) -> str:
    """Return where labels go if nothing is said: the current folder, whatever folder the data is in."""
    if data == "-":
        return "labels.csv"
    name = Path(data).name
    if name.lower().endswith(_PACKED):
        name = Path(name).stem
    return f"{Path(name).stem}-labels.csv"


def _write_to_standard_output(columns: Columns) -> None:
    file = io.BytesIO()
    write_table(columns, ".csv", file)
    sys.stdout.flush()
    sys.stdout.buffer.write(file.getvalue())
    sys.stdout.buffer.flush()


def _print(out: Out, name: str, saved: SavedModel, labeled: Labeled) -> None:
    """Say what was read, how many rows are in which cluster, and how they differ from those of the fit."""
    table = labeled.table.in_options()
    print_size(out, name, table)
    print_rows(out, table)
    out.sentence(f"{len(table.kept):,} of {counted(table.n_rows, 'row')} got a {saved.card.noun}.")
    out.print(_shares(saved, labeled))
    if labeled.far is None:
        out.sentence(
            "The model was saved without what the rows of its fit were like, so nothing is compared."
        )
        return
    out.sentence(
        f"{labeled.far:.1%} of these rows are farther from their center than {FAR:.0%} of those of the fit, "
        f"where about {1 - FAR:.0%} would be."
    )
    for sentence in labeled.doubts:
        out.print(Text(sentence, style="yellow"), soft_wrap=True)


def _shares(saved: SavedModel, labeled: Labeled) -> RichTable:
    table = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
    known = saved.reference is not None
    for name in (saved.card.noun, "rows", "share", *(["at the fit"] if known else [])):
        table.add_column(name, justify="left" if name == saved.card.noun else "right", no_wrap=True)
    total = labeled.counts.sum()
    for cluster, count in enumerate(labeled.counts.tolist()):
        then = [] if saved.reference is None else [f"{saved.reference.shares[cluster]:.1%}"]
        table.add_row(str(cluster), f"{count:,}", f"{count / total:.1%}", *then)
    return table
