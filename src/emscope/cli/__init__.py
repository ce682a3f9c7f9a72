"""The commands. Everything heavy is imported inside them, so that ``--help`` is quick."""

from __future__ import annotations

import io
import sys
import traceback
from typing import Any, NoReturn

import rich_click as click

from emscope import __version__
from emscope.cli.interrupts import INTERRUPTED
from emscope.cli.options import (
    CHOOSING,
    DRAWING,
    FITTING,
    LABELS,
    NAMING,
    OUTPUT,
    READING,
    STUDIED,
    STUDYING,
    TABLES,
    names_of,
    with_options,
)
from emscope.errors import EmscopeError

UNUSABLE = 1


def main() -> NoReturn:
    """Run the command line and leave with its exit code.

    What an old terminal cannot show is replaced, never a reason to lose a run.

    0: done. 1: the data cannot be used, or something cannot be written. 2: wrong usage.
    130: interrupted, with what was done so far written.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = commands.main(prog_name="emscope", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _complain("interrupted before there was anything to write.")
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001  # whatever it is, people get a sentence
        if "--debug" in sys.argv:
            traceback.print_exc()
        _complain(_sentence(error))
        code = UNUSABLE
    sys.exit(code)


def _sentence(error: Exception) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, EmscopeError):
        from emscope.data.wording import in_options

        return in_options(text)
    if isinstance(error, MemoryError):
        return "there is not enough memory for this: use fewer rows or columns."
    return f"an unexpected {type(error).__name__}: {text or 'no more is known'} (--debug shows where)."


def _complain(sentence: str) -> None:
    click.echo(f"emscope: {sentence}", err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="emscope")
def commands() -> None:
    """Watch expectation-maximization: cluster a table and see every half-step."""


@commands.command()
@click.argument("name", type=click.Choice(["blobs", "old-faithful", "penguins"]), default="blobs")
@with_options(TABLES, OUTPUT, DRAWING)
def demo(name: str, **drawing: Any) -> int:
    """Cluster one of the shipped data sets (blobs unless named) and draw it."""
    from emscope.cli.session import run_demo
    from emscope.cli.writing import Drawing

    return run_demo(name, Drawing(**drawing))


@commands.command()
@click.argument("data")
@with_options(CHOOSING, READING, FITTING, TABLES, OUTPUT, DRAWING)
def run(data: str, **options: Any) -> int:
    """Cluster the rows of DATA and draw it.

    DATA is a table: CSV and its kin (also .gz, .bz2, .zst, .xz, or alone in a .zip), .xlsx, .ods, Parquet,
    Arrow, Feather, .npy, .npz, or - for the standard input. How it is written and what its columns are is
    found out; whatever is guessed is said, with the option that says otherwise.
    """
    from emscope.cli.session import run_table
    from emscope.cli.writing import Drawing

    drawing = {name: options.pop(name) for name in Drawing.options()}
    reading = {name: options.pop(name) for name in names_of(CHOOSING, READING)}
    return run_table(data, Drawing(**drawing), reading, **options)


@commands.command()
@click.argument("data")
@with_options(STUDIED, READING, STUDYING, OUTPUT)
def study(data: str, out: Any, force: bool, private: bool, quiet: bool, **options: Any) -> int:
    """Find out how many clusters the rows of DATA have, how sure that is, and what makes them.

    Writes one page that reads like a short paper, and beside it the tables, the cluster of every row and the
    model, by which emscope label finds the clusters of new rows.
    """
    from emscope.cli.studying import Writing, study_table

    reading = {name: options.pop(name) for name in names_of(STUDIED, READING)}
    return study_table(data, Writing(out, force, private, quiet), reading, tuple(sys.argv[1:]), **options)


@commands.command()
@click.argument("data")
@with_options(CHOOSING, READING)
def columns(data: str, **reading: Any) -> int:
    """Say what would be done with each column of DATA, and why, without clustering anything."""
    from emscope.cli.session import list_columns

    return list_columns(data, reading)


@commands.command()
@click.argument("trace")
@with_options(OUTPUT, DRAWING)
def view(trace: str, **drawing: Any) -> int:
    """Draw a saved TRACE (.npz) again."""
    from emscope.cli.session import view_trace
    from emscope.cli.writing import Drawing

    return view_trace(trace, Drawing(**drawing))


@commands.command()
@click.argument("model")
@click.argument("data", required=False)
@with_options(NAMING, READING, LABELS)
def label(model: str, data: str | None, **options: Any) -> int:
    """Say which cluster each row of DATA belongs to, by a saved MODEL (model.json).

    DATA is a table as for emscope run, with the columns of the fit under their names, in any order. With
    --sql and without DATA, print a SELECT that does the same in a database.
    """
    from emscope.cli.labeling import label_rows, print_sql

    reading = {name: options.pop(name) for name in names_of(READING)}
    as_sql, table = options.pop("as_sql"), options.pop("table")
    if as_sql:
        if data is not None or options["out"] is not None:
            raise click.UsageError("--sql prints a statement and reads no DATA: leave DATA and --out away.")
        return print_sql(model, table or "data")
    if data is None:
        raise click.UsageError("name the DATA to label, or add --sql for a SELECT statement.")
    if table is not None:
        raise click.UsageError("--table names the table of a SELECT statement: add --sql.")
    return label_rows(model, data, reading=reading, **options)
