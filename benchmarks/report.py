"""How it is told: plain sheets of text, drawn for a terminal or written as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Sheet:
    """A table of text.

    Attributes
    ----------
    title : str
        What it holds.
    columns : sequence of str
        The heads.
    rows : sequence of sequence of str
        As many cells in each as there are columns.
    notes : sequence of str
        Sentences below it.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def duration(seconds: float) -> str:
    """Write seconds, or milliseconds, with three digits.

    Examples
    --------
    >>> duration(0.01234), duration(1.5)
    ('12.3 ms', '1.5 s')
    """
    return f"{seconds:.3g} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"


def as_table(sheet: Sheet) -> Table:
    """Draw a sheet for the terminal."""
    table = Table(title=sheet.title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for i, column in enumerate(sheet.columns):
        table.add_column(column, justify="right" if i else "left", no_wrap=True)
    for row in sheet.rows:
        table.add_row(*row)
    return table


def show(sheet: Sheet, console: Console) -> None:
    """Print a sheet and its notes."""
    console.print(as_table(sheet))
    for note in sheet.notes:
        console.print(f"  {note}", style="dim", highlight=False)
    console.print()


def as_markdown(sheet: Sheet) -> str:
    """Write a sheet as Markdown."""

    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cells)} |"

    below = "".join(f"\n{note[0].upper()}{note[1:]}.\n" for note in sheet.notes)
    head = [line(sheet.columns), line(["---"] + ["--:"] * (len(sheet.columns) - 1))]
    return "\n".join([f"### {sheet.title}", "", *head, *map(line, sheet.rows), ""]) + below
