"""CSV, TSV and other tables in text, whatever their encoding, separator and decimal mark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from emscope.data.arrow_columns import raw_of_columns
from emscope.data.content.cells import count_votes, read_numbers
from emscope.data.content.decimal_marks import Marks, Votes, ambiguous_note
from emscope.data.content.exact import offset_for
from emscope.data.content.names import distinct
from emscope.data.content.texts import is_text
from emscope.data.formats.comments import find_comments, is_comment
from emscope.data.formats.containers import Content
from emscope.data.formats.fixed_width import find_cuts, with_tabs
from emscope.data.formats.footer import Footer, find_footer
from emscope.data.formats.layout import Layout, find_layout
from emscope.data.formats.lines import Line, Row, is_nothing, rows_of
from emscope.data.formats.options import FormatOptions
from emscope.data.formats.parsing import Body, ends_within_quotes, open_quote, parse, refuse_open_quotes
from emscope.data.formats.quotes import find_quoting, in_quotes_of_csv
from emscope.data.formats.separators import declared_separator, guess_separator
from emscope.data.formats.survey import Survey, take_survey
from emscope.data.raw import Raw
from emscope.data.request import Request
from emscope.errors import TableError

_MOST_COLUMNS = 100_000
_LABELS = 2  # of the first columns may call a row a total


def read_text(content: Content, request: Request, options: FormatOptions) -> Raw:
    """Read a text table, guessing what was not given."""
    survey = take_survey(content, options)
    if (quoting := find_quoting(survey, options)) is not None:
        content = in_quotes_of_csv(content, survey, quoting)
        options = replace(options, encoding="utf-8")
        survey = take_survey(content, options)
    cuts = find_cuts(survey) if options.separator is None else None
    if cuts is not None:
        content = with_tabs(content, survey, cuts)
        options = replace(options, encoding="utf-8", separator="\t")
        survey = take_survey(content, options)
    plan = _plan(content, survey, options)
    names, name_notes = distinct(plan.layout.names)
    roles = request.roles(names, content.name)
    labels = tuple(range(min(_LABELS, len(names)))) if options.footer != 0 else ()
    read = tuple(sorted({*roles.all, *labels}))
    text = _Text(content, survey, plan.body, read, roles.as_text, options)
    table = text.table(options.marks.given or plan.seen.decided or ".")
    row_per_line = table.num_rows + plan.body.first - 1 + plan.n_below == survey.n_lines
    if survey.n_quotes and not row_per_line:
        refuse_open_quotes(content, survey, plan.body)
    if table.num_rows == 0 and survey.n_quotes % 2:
        raise TableError(f"{content.name} opens a quote that is not closed in its first line: mend it.")
    if table.num_rows == 0:
        raise TableError(f"{content.name} has a header and no rows: there is nothing to cluster.")
    table, marks, notes = _settle_decimal(text, table, plan, names)
    table = _with_all_digits(text, table)
    needed = frozenset(roles.all)
    columns = [table.column(f"f{i}") if i in needed else "not read" for i in range(len(names))]
    return raw_of_columns(
        columns,
        roles,
        content.name,
        notes=(*content.notes, *survey.notes, *plan.notes, *name_notes, *notes),
        first_line=plan.body.first if row_per_line else None,
        marks=marks,
        labels=[table.column(f"f{i}") for i in labels],
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """How the file is to be parsed."""

    layout: Layout
    body: Body
    n_below: int
    seen: Votes  # in the first lines
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """A text file that can be parsed as often as it takes."""

    content: Content
    survey: Survey
    body: Body
    wanted: tuple[int, ...]
    as_text: tuple[int, ...]
    options: FormatOptions

    def table(self, decimal: str) -> Any:
        """Parse the columns that are wanted."""
        return parse(
            self.content, self.survey, self.body, self.wanted, self.as_text, decimal, self.options.na_values
        )

    def texts(self, columns: Sequence[int]) -> Any:
        """Parse a few columns as the texts they are."""
        wanted = tuple(columns)
        return parse(self.content, self.survey, self.body, wanted, wanted, ".", self.options.na_values)


@dataclass(frozen=True, slots=True)
class _Head:
    """The first lines of a file, without comments, and the rows on them."""

    lines: list[Line]
    rows: list[Row]
    separator: str
    comment: str | None  # what comment lines begin with
    notes: tuple[str, ...]


def _head(survey: Survey, options: FormatOptions, source: str) -> _Head:
    """Split the first lines of a file into rows."""
    lines = survey.head_lines()
    start = next((i for i, line in enumerate(lines) if line.text.strip()), None)
    if start is None:
        raise TableError(f"{source} is empty: there is no table in it.")
    separator = options.separator
    notes: tuple[str, ...] = ()
    declared = declared_separator(lines[start].text)
    if declared is not None:
        separator = separator or FormatOptions(separator=declared).separator
        lines = lines[start + 1 :]
    lines = [line for line in lines if line.number > (options.skip or 0)]
    mark, header, comment_notes = find_comments(lines, survey, options, separator)
    kept = [line for line in lines if not (is_nothing(line.text) or is_comment(line, mark, header))]
    kept = [Line(line.number, line.text.lstrip("# ")) if line.number == header else line for line in kept]
    if separator is None:
        separator, notes = guess_separator(kept, source)
    rows = rows_of(kept, separator)
    if not rows:
        raise TableError(
            f"{source} holds separators and no values in its first lines: there is no table in it."
        )
    if max(len(row.cells) for row in rows) > _MOST_COLUMNS:
        raise TableError(
            f"{source} has {max(len(row.cells) for row in rows):,} columns in its first line; at most "
            f"{_MOST_COLUMNS:,} can be read from text: save it as Parquet or .npy."
        )
    return _Head(kept, rows, separator, mark, (*comment_notes, *notes))


def _plan(content: Content, survey: Survey, options: FormatOptions) -> _Plan:
    """Look at the first and last lines of a file for how its table is written."""
    head = _head(survey, options, content.name)
    cells = pa.array([cell for row in head.rows for cell in row.cells], pa.large_string())
    seen = count_votes(cells, options.marks)
    marks = replace(options.marks, elsewhere=seen.decided)
    layout = find_layout(head.rows, options, marks, content.name)
    footer, last, n_below = _footer(survey, head, layout, options, content.name)
    body = Body(
        first=_first_line(head, layout, survey),
        last=last,
        separator=head.separator,
        width=len(layout.names),
        header=None if not layout.has_header else tuple(layout.names),
        comment=head.comment,
        short_from=_short_from(survey, footer, last),
    )
    return _Plan(layout, body, n_below, seen, (*head.notes, *layout.notes, *footer.notes))


def _first_line(head: _Head, layout: Layout, survey: Survey) -> int:
    """Give the line of the first row; one of empty values under the header is a row as well."""
    first = _begin(head, layout, survey)
    if layout.first == 0:
        return first
    above = head.rows[layout.first - 1].last
    return min([first, *(line.number for line in head.lines if above < line.number < first)])


def _begin(head: _Head, layout: Layout, survey: Survey) -> int:
    """Give the line of the first row that holds a value."""
    return head.rows[layout.first].first if layout.first < len(head.rows) else survey.n_lines + 1


def _footer(
    survey: Survey, head: _Head, layout: Layout, options: FormatOptions, source: str
) -> tuple[Footer, int | None, int]:
    """Find the last line of the table, None where that is the last of the file."""
    lines = [line for line in survey.tail_lines() if not is_comment(line, head.comment, None)]
    begin = _begin(head, layout, survey)
    lines = [line for line in lines if line.number >= begin]
    tail = rows_of([line for line in lines if not is_nothing(line.text)], head.separator)
    marks = replace(options.marks, elsewhere=None)
    footer = find_footer(tail, layout, options, marks, is_cut=not survey.ends_with_newline)
    if not tail:
        return footer, None, 0
    texts = {line.number: line.text + "\n" for line in lines}
    for row in tail[len(tail) - footer.n_below :]:
        taken = [texts[number] for number in range(row.first, row.last + 1) if number in texts]
        if len(taken) > 1 and ends_within_quotes(taken, head.separator):
            raise open_quote(source, row.first)
    last = tail[len(tail) - 1 - footer.n_below].last if footer.n_below < len(tail) else begin - 1
    rest = [line for line in survey.tail_lines() if line.number > last and line.text.strip()]
    if not rest:
        return footer, None, 0
    return footer, last, survey.n_lines - last


def _short_from(survey: Survey, footer: Footer, last: int | None) -> int | None:
    return None if not footer.n_short else (last or survey.n_lines) - 2 * footer.n_short - 2


def _settle_decimal(
    text: _Text, table: Any, plan: _Plan, names: Sequence[str]
) -> tuple[Any, Marks, list[str]]:
    """Find the decimal mark that all columns of text show, and parse again where it is another."""
    marks = text.options.marks
    taken = marks.given or plan.seen.decided or "."
    if marks.given is not None:
        return table, marks, [_comma_note(text.content.name)] if taken == "," and not marks.decimal else []
    columns = {i: table.column(f"f{i}") for i in text.wanted if i not in text.as_text}
    votes = {i: count_votes(column, marks) for i, column in columns.items() if is_text(column)}
    floats = [i for i, column in columns.items() if pa.types.is_floating(column.type)]
    contested = plan.seen.comma > 0 and plan.seen.point > 0
    doubtful = floats if contested or not plan.seen.decided else []
    if doubtful:
        for i, column in zip(doubtful, text.texts(doubtful).columns, strict=True):
            votes[i] = count_votes(column, marks)
    total = sum(votes.values(), Votes())
    by_comma = sum(vote.decided == "," for vote in votes.values())
    by_point = sum(vote.decided == "." for vote in votes.values()) + (
        taken == "." and len(floats) > len(doubtful)
    )
    by_comma += taken == "," and bool(floats)
    if by_comma or by_point:
        decided = "," if by_comma > by_point or (by_comma == by_point and taken == ",") else "."
        marks = replace(marks, elsewhere=decided, contested=by_comma > 0 and by_point > 0)
    elif plan.seen.decided:
        decided = plan.seen.decided
        marks = replace(marks, elsewhere=decided)
    else:
        decided = _likely(total, text.body.separator)
        marks = replace(marks, likely=decided)
    notes = [_comma_note(text.content.name)] if decided == "," else []
    if (marks.elsewhere is None or marks.contested) and doubtful and decided == ".":
        notes += _doubt(text, doubtful, votes, names, marks)
    if decided != taken and floats:
        table = text.table(decided)
    return table, marks, notes


def _with_all_digits(text: _Text, table: Any) -> Any:
    """Parse columns anew, as text, whose numbers are so large that float64 may take two for the same."""
    floats = [i for i in text.wanted if pa.types.is_floating(table.column(f"f{i}").type)]
    large = [i for i in floats if _may_lose_digits(table.column(f"f{i}"))]
    if large:
        for i, column in zip(large, text.texts(large).columns, strict=True):
            table = table.set_column(table.column_names.index(f"f{i}"), f"f{i}", column)
    return table


def _may_lose_digits(column: Any) -> bool:
    low, high = pc.min_max(column).as_py().values()
    return low is not None and math.isfinite(low) and math.isfinite(high) and offset_for(low, high) != 0


def _comma_note(source: str) -> str:
    return f"{source} is read with a comma as the decimal mark; decimal='.' reads it with a point."


def _likely(votes: Votes, separator: str) -> str:
    """Choose the decimal mark of a table whose cells all leave it open, by what else it looks like."""
    if votes.open_comma and not votes.open_point:
        return "." if separator == "," or votes.grouped or separator != ";" else ","
    if votes.open_point and not votes.open_comma:
        return "," if votes.grouped and separator != "," else "."
    return "." if separator != ";" else ","


def _doubt(
    text: _Text, doubtful: Sequence[int], votes: dict[int, Votes], names: Sequence[str], marks: Marks
) -> list[str]:
    """Name a number that could be read with a mark of thousands, in columns that Arrow took for numbers."""
    notes = []
    for i in doubtful:
        vote = votes[i]
        if vote.open_point and (vote.grouped or text.body.separator != "," or len(names) == 1):
            cells = [cell for cell in text.texts([i]).column(0).to_pylist() if "." in cell]
            values = [abs(float(read_numbers(cells[:1], replace(marks, decimal=mark))[0])) for mark in ".,"]
            notes.append(ambiguous_note(cells[0], names[i], values[0], values[1], "."))
            break
    return notes
