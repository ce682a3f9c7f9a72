"""What a cell of a text table says: a number in any usual spelling, a missing value, or a word.

Which mark is the decimal one is seldom told by one cell: ``1,250`` may be 1250 or 1.25. A cell that can
be read in one way only decides for its column, then for its file; where none does, the likelier reading
is taken and a note names the option for the other.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from emscope.data.content.vocabulary import CURRENCIES, NO_UNITS, SAME_MONEY
from emscope.data.wording import counted, quoted

__all__ = ["MISSING_SPELLINGS", "Cells", "Marks", "Votes", "count_votes", "read_cells", "spells_number"]

Array = npt.NDArray[Any]

MISSING_SPELLINGS = ("", "na", "n/a", "#n/a", "#na", "<na>", "nan", "-nan", "null", "none", "?", "-", ".")
_THOUSANDS = (".", ",", " ", "'", "_")

# what stands around the digits is looked at apart: Arrow compiles patterns with classes of letters slowly
_NUMBER = (
    r"^(?P<lead>(?:[^0-9.,]*[A-Za-zбв][.])?[^0-9.,]*)"
    r"(?P<core>[.,]?[0-9][0-9., '_]*?(?:[eE][-+]?[0-9]+)?)"
    r"(?P<tail>(?:[.,]-{1,2})? *(?:[^0-9., '_].*)?)$"
)
_LEAD = re.compile(r"(\(?) *([-+]?) *(" + CURRENCIES + r"|%|) *([-+]?) *(\(?) *")
_UNIT = r"[^\W\d_]|[°%‰″′\"]"
_TAIL = re.compile(
    rf"(?:[.,]-+)? *(-?) *(\)?) *({CURRENCIES}|(?:{_UNIT})"
    rf"(?:{_UNIT}|[²³·*/^. -]|(?<=[^\W\d_^])[23]){{0,15}}|) *(-?) *(\)?)"
)
_MONEY = re.compile(CURRENCIES)
_INFINITE = r"^[-+]?(inf|Inf|INF|infinity|Infinity|∞)$"


@dataclass(frozen=True, slots=True)
class Marks:
    """How the numbers of a table are written, as far as it is known.

    Attributes
    ----------
    decimal : {".", ","} or None
        The decimal mark; None where the cells decide.
    thousands : {".", ",", " ", "'", "_", ""} or None
        The mark between thousands, empty for none; None where the cells decide.
    na_values : tuple of str
        Further spellings of a missing value.
    elsewhere : {".", ","} or None
        The decimal mark that other columns of the table show.
    likely : {".", ","}
        The decimal mark to assume where nothing shows it; a note then names the option.
    """

    decimal: str | None = None
    thousands: str | None = None
    na_values: tuple[str, ...] = ()
    elsewhere: str | None = None
    likely: str = "."

    @property
    def given(self) -> str | None:
        """The decimal mark that was given, or that follows from the mark of thousands."""
        if self.decimal is None and self.thousands in (".", ","):
            return "," if self.thousands == "." else "."
        return self.decimal


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A column of text read as numbers.

    Attributes
    ----------
    values : ndarray of shape (n,)
        The numbers, NaN where a value is missing or a word.
    n_values : int
        Cells that hold something.
    words : tuple of (str, int)
        What is no number, and how often, most frequent first.
    first_word_row : int or None
        The first row that holds a word, counted from 0.
    notes : tuple of str
        What was guessed, with the option that settles it.
    """

    values: Array
    n_values: int
    words: tuple[tuple[str, int], ...]
    first_word_row: int | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Votes:
    """What the cells of a column, or of several, tell about the decimal mark.

    Attributes
    ----------
    comma, point : int
        Different cells that can only be read with this decimal mark.
    open_comma, open_point : int
        Different cells with a comma (a point) that can be read either way.
    grouped : bool
        Whether such cells look like thousands: what is below 1000 has no mark, and nothing above.
    """

    comma: int = 0
    point: int = 0
    open_comma: int = 0
    open_point: int = 0
    grouped: bool = False

    def __add__(self, other: Votes) -> Votes:
        return Votes(
            self.comma + other.comma,
            self.point + other.point,
            self.open_comma + other.open_comma,
            self.open_point + other.open_point,
            self.grouped or other.grouped,
        )

    @property
    def decided(self) -> str | None:
        """The decimal mark that the cells show, if any; the more frequent one of two."""
        if not self.comma and not self.point:
            return None
        return "," if self.comma > self.point else "."


def read_cells(column: Any, marks: Marks, name: str) -> Cells:
    """Read a column of text as numbers, counting the words among them.

    Parameters
    ----------
    column : pyarrow.ChunkedArray or pyarrow.Array
        Text.
    marks : Marks
        What is known about the spelling of numbers.
    name : str
        What to call the column in notes.

    Returns
    -------
    Cells

    Examples
    --------
    >>> cells = read_cells(pa.array(["1.234,50 €", "(12,5)", "n.v.", ""]), Marks(), "Umsatz")
    >>> cells.values.tolist(), cells.words
    ([1234.5, -12.5, nan, nan], (('n.v.', 1),))
    """
    codes, different = _different(column)
    counts = np.bincount(codes, minlength=len(different))
    parts = _parts(different, marks)
    affix_notes = _settle_affixes(parts, counts, name)
    mark, mark_note = _decide(parts, counts, marks, name)
    values = _values(parts, mark, marks)
    is_word = parts.is_value & np.isnan(values)
    words = [(different[int(i)].as_py(), int(counts[i])) for i in np.flatnonzero(is_word)]
    words.sort(key=lambda word: -word[1])
    spoilt = is_word[codes] if words else np.zeros(0, dtype=bool)
    return Cells(
        values=values[codes],
        n_values=int(counts[parts.is_value].sum()),
        words=tuple(words),
        first_word_row=int(np.argmax(spoilt)) if words else None,
        notes=(*affix_notes, *mark_note),
    )


def spells_number(text: str, marks: Marks = Marks()) -> bool:
    """Tell whether a text spells a number, in whatever of the usual ways.

    Examples
    --------
    >>> spells_number("-1'234.50"), spells_number("12 kg"), spells_number("kg")
    (True, True, False)
    """
    return spell_numbers([text], marks)[0]


def spell_numbers(texts: Sequence[str], marks: Marks = Marks(), units: bool = True) -> list[bool]:
    """Tell which of many texts spell a number; without ``units``, only bare ones and amounts of money."""
    parts = _parts(pa.array(texts, pa.large_string()), marks)
    bare = parts.is_number if units else parts.is_number & ~parts.has_unit
    return [bool(one) for one in bare]


def look_at(texts: Sequence[str], marks: Marks) -> tuple[Array, Array, Array]:
    """Tell of many texts which spell a number, which a bare one (or an amount), and which are missing."""
    parts = _parts(pa.array(texts, pa.large_string()), marks)
    return parts.is_number, parts.is_number & ~parts.has_unit, ~parts.is_value


def read_numbers(texts: Sequence[str], marks: Marks) -> Array:
    """Read a few texts as numbers, NaN where one is none."""
    parts = _parts(pa.array(texts, pa.large_string()), marks)
    return _values(parts, marks.given or _votes(parts).decided or marks.elsewhere or marks.likely, marks)


def count_votes(column: Any, marks: Marks = Marks()) -> Votes:
    """Tell what the cells of a column show about the decimal mark."""
    _, different = _different(column)
    return _votes(_parts(different, marks))


def spellings_for_arrow(na_values: Iterable[str] = ()) -> list[str]:
    """List the spellings of a missing value in the forms in which Arrow's reader may meet them."""
    words = {form(word) for word in MISSING_SPELLINGS for form in (str, str.upper, str.title)} | {"NaN"}
    for word in na_values:
        words.add(word)
        if word.lstrip("-").isdigit():
            words |= {f"{word}{mark}{'0' * zeros}" for mark in ".," for zeros in (1, 2, 3)}
    return sorted(words)


@dataclass(slots=True, eq=False)
class _Parts:
    """Different cells taken apart."""

    is_value: Array
    core: Any
    negative: Array
    affix: Array
    has_unit: Array
    infinite: Array
    comma: Array
    point: Array

    @property
    def is_number(self) -> Array:
        result: Array = (self.comma | self.point | (self.infinite != 0)) & self.is_value
        return result


def _different(column: Any) -> tuple[Array, Any]:
    """Give the different texts of a column, and for each row which it is."""
    column = pc.cast(column, pa.large_string())
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
        if isinstance(column, pa.ChunkedArray):  # no chunk at all
            column = pa.array([], pa.large_string())
    encoded = pc.fill_null(column, "").dictionary_encode()
    return encoded.indices.to_numpy(), encoded.dictionary


class _Plain(dict[int, str | None]):
    """Characters as a keyboard has them: one minus, one space, one apostrophe, ten digits."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        kind = unicodedata.category(character)
        plain: str | None = character
        if kind == "Pd" or character in "−⁻₋":
            plain = "-"
        elif kind == "Zs" or character in "\t\n\r\x0b\x0c":
            plain = " "
        elif character in "’‘ʼ′＇`´":
            plain = "'"
        elif kind == "Nd":
            plain = str(unicodedata.decimal(character))
        elif kind == "Cf":
            plain = None
        elif "！" <= character <= "～":  # the full-width forms of ASCII
            plain = chr(code - 0xFEE0)
        self[code] = plain
        return plain


_PLAIN = _Plain()


def _tidied(texts: Any) -> Any:
    """Trim texts, take off a spreadsheet's apostrophe or quotes, and make odd characters plain."""
    texts = pc.utf8_trim_whitespace(texts)
    odd = ~_array(pc.string_is_ascii(texts))
    if odd.any():
        plain = [text.translate(_PLAIN).strip() for text in texts.filter(pa.array(odd)).to_pylist()]
        texts = pc.replace_with_mask(texts, pa.array(odd), pa.array(plain, texts.type))
    if _array(pc.match_substring_regex(texts, "^=?['\"]")).any():
        texts = pc.replace_substring_regex(texts, r'^=?"(.*)"$', r"\1")
        texts = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, "^'(.*?)'?$", r"\1"))
    return texts


def _array(mask: Any) -> Array:
    """Give an Arrow mask as an array of booleans, false where it is null."""
    return np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False), dtype=bool)


def _parts(different: Any, marks: Marks) -> _Parts:
    """Take cells apart: the sign, what stands before and after, and the digits between."""
    tidy = _tidied(different)
    trimmed = pc.utf8_lower(pc.utf8_trim_whitespace(different))
    missing = _array(pc.is_in(trimmed, value_set=pa.array(MISSING_SPELLINGS, tidy.type)))
    missing |= _array(pc.equal(tidy, ""))
    if marks.na_values:
        spelled = pa.array([text.strip() for text in spellings_for_arrow(marks.na_values)], tidy.type)
        missing |= _array(pc.is_in(pc.utf8_trim_whitespace(different), value_set=spelled))
    found = pc.extract_regex(tidy, pattern=_NUMBER)
    core, lead, tail = (pc.struct_field(found, field) for field in ("core", "lead", "tail"))
    around = pc.fill_null(pc.binary_join_element_wise(lead, tail, pa.scalar("\n", tidy.type)), "?\n")
    around = around.dictionary_encode()
    meanings = [_around(*text.split("\n", 1)) for text in around.dictionary.to_pylist()]
    which = around.indices.to_numpy()
    whole = np.array([meaning is not None for meaning in meanings], dtype=bool)[which]
    negative = np.array([meaning is not None and meaning[0] for meaning in meanings], dtype=bool)[which]
    affix = np.array(["" if meaning is None else meaning[1] for meaning in meanings], dtype=object)[which]
    has_unit = np.array([meaning is not None and meaning[2] for meaning in meanings], dtype=bool)[which]
    infinite = _array(pc.match_substring_regex(tidy, _INFINITE)).astype(float)
    infinite[_array(pc.starts_with(tidy, "-")) & (infinite > 0)] = -1
    return _Parts(
        is_value=~missing,
        core=core,
        negative=negative,
        affix=affix,
        has_unit=has_unit,
        infinite=infinite,
        comma=whole & _array(pc.match_substring_regex(core, _grammar(",", marks))),
        point=whole & _array(pc.match_substring_regex(core, _grammar(".", marks))),
    )


@functools.lru_cache(maxsize=4096)
def _around(lead: str, tail: str) -> tuple[bool, str, bool] | None:
    """Tell what surrounds a number: whether it makes it negative, the unit, and whether that is no money."""
    before, after = _LEAD.fullmatch(lead), _TAIL.fullmatch(tail)
    if before is None or after is None:
        return None
    opened, closed = before[1] + before[5], after[2] + after[5]
    if len(opened) != len(closed) or len(opened) > 1:
        return None
    if after[3].lower() in NO_UNITS:
        return None
    if [before[2], before[4], after[1], after[4]].count("-") > 1:
        return None
    affix = before[3] + after[3].strip()
    affix = SAME_MONEY.get(affix.lower(), affix)
    is_money = not affix or _MONEY.fullmatch(affix) is not None
    return "-" in (before[2], before[4], after[1], after[4]) or bool(opened), affix, not is_money


def _grammar(decimal: str, marks: Marks) -> str:
    """Write what a number looks like when ``decimal`` is its decimal mark; nothing, where it cannot be."""
    if marks.given not in (None, decimal):
        return "^$"
    thousands = _THOUSANDS if marks.thousands is None else (marks.thousands,)
    groups = [f"[1-9][0-9]{{0,2}}(?:[{mark}][0-9]{{3}})+" for mark in thousands if mark not in ("", decimal)]
    if decimal == "." and "," in thousands:
        groups.append("[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}")  # lakhs and crores
    whole = "|".join((*groups, "[0-9]+"))
    exponent = "(?:[eE][-+]?[0-9]+)?"
    return (
        f"^(?:(?:{whole})(?:[{decimal}][0-9]*)?|[0-9]+(?:[{decimal}][0-9]*)?{exponent}|"
        f"[{decimal}][0-9]+{exponent})$"
    )


def _votes(parts: _Parts) -> Votes:
    """Count the cells that show the decimal mark, and those that leave it open."""
    both = parts.comma & parts.point & parts.is_value
    has_comma = _array(pc.match_substring(parts.core, ","))
    has_point = _array(pc.match_substring(parts.core, "."))
    neutral = both & ~has_comma & ~has_point
    short = _array(pc.match_substring_regex(parts.core, "^[1-9][0-9]{0,2}$"))
    long = _array(pc.match_substring_regex(parts.core, "^[0-9]{4,}$"))
    return Votes(
        comma=int((parts.comma & ~parts.point & parts.is_value).sum()),
        point=int((parts.point & ~parts.comma & parts.is_value).sum()),
        open_comma=int((both & has_comma).sum()),
        open_point=int((both & has_point).sum()),
        grouped=bool((both & ~neutral).any() and (neutral & short).any() and not (neutral & long).any()),
    )


def _decide(parts: _Parts, counts: Array, marks: Marks, name: str) -> tuple[str, tuple[str, ...]]:
    """Choose the decimal mark of a column, with a note where the choice is open."""
    votes = _votes(parts)
    if marks.given is not None:
        return marks.given, ()
    mark = votes.decided or marks.elsewhere or marks.likely
    contradicted = votes.comma > 0 and votes.point > 0
    settled = votes.decided is not None or marks.elsewhere is not None
    if not votes.open_comma + votes.open_point or (settled and not contradicted):
        return mark, ()
    both = parts.comma & parts.point & parts.is_value & _array(pc.match_substring_regex(parts.core, "[.,]"))
    i = int(np.argmax(both))
    readings = [_values(parts, one, marks)[i] for one in (mark, other_mark(mark))]
    return mark, (ambiguous_note(parts.core[i].as_py(), name, abs(readings[0]), abs(readings[1]), mark),)


def other_mark(mark: str) -> str:
    """Give the other decimal mark."""
    return "." if mark == "," else ","


def ambiguous_note(text: str, name: str, taken: float, other: float, mark: str) -> str:
    """Word the note about a cell that can be read in two ways."""
    return (
        f"{quoted(text)} in {quoted(name)} is read as {taken:.15g}; "
        f"decimal={other_mark(mark)!r} reads it as {other:.15g}."
    )


def _values(parts: _Parts, mark: str, marks: Marks) -> Array:
    """Read the numbers: each in the only way it can be, or with ``mark`` as the decimal mark."""
    by_comma = parts.comma & (~parts.point | (mark == ","))
    result = np.full(len(parts.is_value), np.nan)
    for chosen, decimal in ((by_comma, ","), (parts.point & ~by_comma, ".")):
        chosen = chosen & parts.is_value
        if chosen.any():
            core = parts.core.filter(pa.array(chosen))
            core = pc.replace_substring_regex(core, "[ '_]" if decimal == "," else "[, '_]", "")
            if decimal == ",":
                core = pc.replace_substring(pc.replace_substring(core, ".", ""), ",", ".")
            numbers = np.asarray(pc.cast(core, pa.float64()).to_numpy(zero_copy_only=False))
            result[chosen] = np.where(parts.negative[chosen], -numbers, numbers)
    infinite = (parts.infinite != 0) & parts.is_value
    result[infinite] = parts.infinite[infinite] * np.inf
    return result


def _settle_affixes(parts: _Parts, counts: Array, name: str) -> tuple[str, ...]:
    """Keep the numbers that carry the unit or currency of most; the others become words."""
    numbers = (parts.comma | parts.point) & parts.is_value
    affixes = parts.affix.copy()
    affixes[~numbers] = ""
    if not affixes.astype(bool).any():
        return ()
    totals: dict[str, int] = {}
    for affix, count in zip(affixes[numbers], counts[numbers], strict=True):
        totals[affix] = totals.get(affix, 0) + int(count)
    units = set(affixes[numbers & parts.has_unit])
    money = {affix for affix in totals if affix and affix not in units}
    kept = max(totals, key=lambda affix: (totals[affix], affix))
    accepted = {kept}
    if len(money) == 1 and (kept == "" or kept in money):  # an amount may leave its currency out
        accepted |= {"", *money}
    odd = numbers & ~np.isin(affixes, list(accepted))
    notes = []
    if kept in units:
        notes.append(f"The cells of {quoted(name)} carry {quoted(kept)}; their numbers are read as written.")
    if odd.any():
        carry = f"carry {quoted(kept)}" if kept else "carry no unit"
        example = affixes[odd][0] or "none"
        notes.append(
            f"{counted(int(counts[odd].sum()), 'cell')} of {quoted(name)} with another unit "
            f"({quoted(example)}) count as words, because most {carry}."
        )
        parts.comma &= ~odd
        parts.point &= ~odd
    return tuple(notes)
