"""A column of any type, looked at: what it holds, and its numbers where it has some."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emscope.columns import Array
from emscope.data.content import booleans, dates
from emscope.data.content.cells import Cells, read_cells, read_numbers
from emscope.data.content.column_report import bounds, examples, shown
from emscope.data.content.decimal_marks import Marks
from emscope.data.content.exact import numbers_of
from emscope.data.content.kinds import FEWEST_NUMBERED, not_a_measurement
from emscope.data.content.missing_values import REFUSALS, present, stand_for_missing
from emscope.data.content.texts import is_text
from emscope.data.wording import listed, quoted, row_and_line
from emscope.wording import counted

_STRAY = 10  # of so many values one may be a stray word
_SHOWN = 3
_LONGEST_UNIT = 5
_USE_IT = "; name it in columns= to use it"
_SPELLED = "text that spells numbers, such as {}; convert it to use it"
_MISSING_WORDS = "; name such words in na_values= to count them as missing"
_BELOW = ", or leave the lines below the table out by footer={}"
_NAMES_ROWS = "; no two rows share one: id_column={!r} names the rows by it"
_NAME_BY_IT = ", or in id_column= to name the rows by it"


@dataclass(frozen=True, slots=True)
class ColumnOptions:
    """How to look at a column."""

    # how a text file writes numbers; None where the source has types, and text was meant as text
    marks: Marks | None = None
    first_line: int | None = None  # the line of row 1, where every row is one line
    asked: bool = False  # whether the column was asked for, whatever it holds
    is_index: bool = False  # whether the source says that it is the index of a data frame
    centered: bool = True  # whether large integers may be measured from an offset
    reads: str | None = None  # what a given preparation says of it
    offset: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column, looked at."""

    name: str  # see :class:`ColumnReport`
    kind: str
    values: Array | None = None  # (n,): its numbers, measured from the offset; None where it has none
    reason: str | None = None  # why it is left out; None where it holds measurements
    option: str = "columns="  # what changes that
    offset: int = 0
    reads: str = "numbers"
    examples: tuple[str, ...] = ()
    n_missing: int | None = None
    low: Any = None
    high: Any = None
    notes: tuple[str, ...] = ()
    codes: tuple[tuple[str, int], ...] = ()  # numbers that may stand for a missing value, with their counts


def read_column(column: Any, name: str, options: ColumnOptions) -> Column:
    """Look at one Arrow column; a phrase stands for one that could not be read."""
    if isinstance(column, str):
        return Column(name, "not read" if column == "not read" else "other", reason=column, option="")
    if pa.types.is_string_view(column.type):  # few of Arrow's functions take these
        column = pc.cast(column, pa.large_string())
    found = _by_type(column, name, options)
    if options.is_index and found.values is None and found.kind == "text":
        reason = "the index that pandas stored, which is text; id_column= names the rows by it"
        found = replace(found, kind="index", reason=reason, option="id_column=")
    if options.marks is not None and options.marks.na_values and found.reads == "numbers":
        found = replace(found, values=_without(found, options.marks))
    if found.values is not None and found.reason is None and found.kind != "booleans":
        found = _by_content(found, options)
    if found.values is not None and found.reason is None and options.marks is not None:
        found = replace(found, codes=tuple(stand_for_missing(found.values)))
    missing = column.null_count if found.values is None else int(np.isnan(found.values).sum())
    seen = examples(column) if found.reads == "numbers" or found.values is None else shown(found.values)
    return replace(found, examples=seen, n_missing=missing)


def _by_type(column: Any, name: str, options: ColumnOptions) -> Column:
    kind, types = column.type, pa.types
    if types.is_dictionary(kind):
        return _categories(column, name, options)
    if types.is_boolean(kind):
        return Column(name, "booleans", numbers_of(column)[0], option="exclude=")
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_null(kind):
        values, offset = numbers_of(column, options.offset if options.centered else 0)
        whole = "whole numbers" if types.is_integer(kind) else "numbers"
        return Column(name, whole, values, option="exclude=", offset=offset)
    if column.null_count == len(column):
        return Column(name, "empty", reason="no value", option="")
    spelled = dates.typed(kind)
    if spelled is not None:
        low, high = bounds(column) if not types.is_duration(kind) else (None, None)
        return replace(_dates(column, name, spelled, options), low=low, high=high)
    if is_text(column):
        return _text(column, name, options)
    return Column(name, "other", reason=f"values of type {kind}, not numbers", option="")


def _by_content(found: Column, options: ColumnOptions) -> Column:
    """Say what numbers are that are no measurements."""
    assert found.values is not None
    if options.is_index:
        kind, reason = "index", "the index that pandas stored"
    else:
        told = None if options.asked else not_a_measurement(found.name, found.values, found.offset)
        if told is None:
            return found
        kind, reason = told
    numbers_things = kind in ("row numbers", "identifiers", "index")
    return replace(
        found,
        kind=kind,
        reason=reason + _USE_IT + (_NAME_BY_IT if numbers_things else ""),
        option="columns= or id_column=" if numbers_things else "columns=",
    )


def _without(found: Column, marks: Marks) -> Array | None:
    """Take out the numbers that stand for a missing value, however the cells spell them."""
    if found.values is None or found.offset:
        return found.values
    numbers = read_numbers(marks.na_values, replace(marks, na_values=()))
    stands = np.isin(found.values, numbers[np.isfinite(numbers)])
    return np.where(stands, np.nan, found.values) if stands.any() else found.values


def questions_about_codes(columns: Iterable[Column]) -> list[str]:
    """Ask about numbers that may stand for a missing value, each once for all columns that have it."""
    found: dict[str, list[tuple[str, int]]] = {}
    for column in columns:
        for number, count in column.codes:
            found.setdefault(number, []).append((column.name, count))
    return [
        f"{_where(counts)} {number}, far from all others: if that stands for a missing value, say so by "
        f"na_values='{number}'."
        for number, counts in found.items()
    ]


def _where(counts: Sequence[tuple[str, int]]) -> str:
    """Say how many values of which columns are something."""
    total = sum(count for _, count in counts)
    verb = "is" if total == 1 else "are"
    if len(counts) == 1:
        return f"{counted(total, 'value')} of {quoted(counts[0][0])} {verb}"
    most = sorted(counts, key=lambda one: -one[1])
    each = ", ".join(f"{quoted(name)} ({count:,})" for name, count in most[:_SHOWN])
    more = f" and {len(most) - _SHOWN:,} more" if len(most) > _SHOWN else ""
    return f"{counted(total, 'value')} of {len(most):,} columns, {each}{more}, {verb}"


def _categories(column: Any, name: str, options: ColumnOptions) -> Column:
    """Leave out categories, whose numbers, if they are numbers, can be asked for."""
    plain = pc.cast(column, column.type.value_type)
    inside = _by_type(plain, name, replace(options, marks=None))
    if inside.values is not None:
        return replace(inside, kind="categories", reason="categories" + _USE_IT, option="columns=")
    such = "".join(f", such as {quoted(value)}" for value in examples(plain)[:1])
    return Column(name, "categories", reason=f"categories{such}", option="label_column=")


def _dates(column: Any, name: str, spelled: dates.Dates, options: ColumnOptions) -> Column:
    option = "" if spelled.form == "named" else "columns="
    found = Column(name, spelled.kind, reason=spelled.reason, option=option)
    if not options.asked or spelled.form == "named":
        return found
    values, reads = dates.read(column, spelled, quoted(name), options.reads)
    note = f"{quoted(name)} {dates.reading_note(reads, values, _n_missing(column))}."
    return replace(found, values=values, reads=reads, notes=(note,))


def _n_missing(column: Any) -> int:
    return int((present(column) if is_text(column) else column).null_count)


def _text(column: Any, name: str, options: ColumnOptions) -> Column:
    if dates_found := dates.spelled(column):
        return _dates(column, name, dates_found, options)
    if options.marks is None:
        return _left_as_text(column, name, read_cells(column, Marks(), name), options)
    flags = booleans.spelled(column)
    if flags is not None:
        return Column(name, "booleans", numbers_of(flags)[0], option="exclude=")
    cells = read_cells(column, options.marks, name, options.offset if options.centered else 0)
    n_words, n_numbers = cells.n_words, cells.n_numbers
    n_stray = sum(count for word, count in cells.words if word.strip().casefold() not in REFUSALS)
    if not n_numbers or n_words > n_numbers or _STRAY * n_stray > cells.n_values:
        return _left_as_text(column, name, cells, options)
    words = tuple(word for word in cells.words if word not in cells.other_units)
    notes = (*cells.notes, *([_stray(name, words)] if words else ()))
    return Column(name, "numbers", cells.values, option="exclude=", offset=cells.offset, notes=notes)


def _stray(name: str, words: tuple[tuple[str, int], ...]) -> str:
    n_words = sum(count for _, count in words)
    each = ", ".join(f"{quoted(word)} ({count:,})" for word, count in words[:5])
    more = f" and {len(words) - 5:,} others" if len(words) > 5 else ""
    return (
        f"{counted(n_words, 'value')} of {quoted(name)} {'is' if n_words == 1 else 'are'} no number and "
        + (f"count{'s' if n_words == 1 else ''} as missing: {each}{more}.")
    )


def _names_rows(column: Any) -> bool:
    """Tell whether no two rows share a text, nor are without one."""
    n = len(column)
    return n >= FEWEST_NUMBERED and not column.null_count and pc.count_distinct(column).as_py() == n


def _left_as_text(column: Any, name: str, cells: Cells, options: ColumnOptions) -> Column:
    """Describe a text column by an example, or by the value that spoils a column of numbers."""
    n_words, n_numbers = cells.n_words, cells.n_numbers
    if not cells.n_values:
        return Column(name, "empty", reason="no value", option="")
    if cells.first_word_row is None:
        value = examples(column)[0]
        return Column(name, "text", reason=_SPELLED.format(quoted(value)), option="")
    are_quantities = max(map(len, cells.units), default=0) <= _LONGEST_UNIT  # "12 Main Street" is none
    if are_quantities and 2 * sum(count for _, count in cells.other_units) > n_words:
        units = listed([unit for unit in cells.units if unit], _SHOWN)
        none = " or none" if "" in cells.units else ""
        reason = f"numbers in different units ({units}{none}); write them in one to use it"
        return Column(name, "text", reason=reason, option="label_column= or id_column=")
    value = column[cells.first_word_row].as_py()
    where = row_and_line(cells.first_word_row, options.first_line)
    if n_numbers > n_words:
        numbers = f"{n_numbers:,} of {counted(cells.n_values, 'value')} are numbers"
        others = [word for word, _ in cells.words if word != value][:_SHOWN]
        also = f", and others have {listed(others)}" if others else ""
        reason = f"text: {numbers}, but {where} has {quoted(value)}{also}"
        if options.marks is not None:
            n_last = len(column) - cells.first_word_row
            below = _BELOW.format(n_last) if n_last == n_words else ""
            return Column(name, "text", reason=reason + _MISSING_WORDS + below, option="na_values=")
    else:
        named = _NAMES_ROWS.format(name) if _names_rows(column) else ""
        reason = f"text, such as {quoted(str(value).strip() or value)} in {where}{named}"
    return Column(name, "text", reason=reason, option="label_column= or id_column=")
