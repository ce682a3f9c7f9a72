"""What a cell of a text table says: a number in any usual spelling, a missing value, or a word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emscope.columns import Array
from emscope.data.content.affixes import Affix, read_affix
from emscope.data.content.decimal_marks import Marks, Votes, ambiguous_note, other_mark
from emscope.data.content.exact import from_offset, offset_for
from emscope.data.content.missing_values import is_missing
from emscope.data.content.texts import flags, tidied
from emscope.data.content.vocabulary import CURRENCIES
from emscope.data.wording import quoted
from emscope.wording import counted

_THOUSANDS = (".", ",", " ", "'", "_")

# what stands around the digits is looked at apart: Arrow compiles patterns with classes of letters slowly
_NUMBER = (
    r"^(?P<lead>(?:[^0-9.,]*[A-Za-zбв][.])?[^0-9.,]*)"
    r"(?P<core>[.,]?[0-9][0-9., '_]*?(?:[eE][-+]?[0-9]+)?)"
    r"(?P<tail>(?:[.,]-{1,2})? *(?:[^0-9., '_].*)?)$"
)
_INFINITE = r"^[-+]?(inf|Inf|INF|infinity|Infinity|∞)$"
_MAY_BE_OTHER = r"^[-+]?0[xX][0-9a-fA-F]+$|^-+ *[^-0-9 ]+$|^[^-0-9 ]+ *-+$"
_HEXADECIMAL = re.compile(r"[-+]?0[xX][0-9a-fA-F]{1,15}")
_ACCOUNTED_ZERO = re.compile(rf"(-+) *(?:{CURRENCIES})|(?:{CURRENCIES}) *(-+)")
_ZERO = r"^[0.,]+$"


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A column of text read as numbers."""

    values: Array  # (n,): the numbers, NaN where a value is missing or a word
    n_values: int  # cells that hold something
    words: tuple[tuple[str, int], ...]  # what is no number, and how often, most frequent first
    first_word_row: int | None  # the first row that holds a word, counted from 0
    notes: tuple[str, ...]  # what was guessed, with the option that settles it
    offset: int = 0  # what was taken off the values
    other_units: tuple[tuple[str, int], ...] = ()  # the words that are numbers in another unit than most
    units: tuple[str, ...] = ()  # the units, where there are several

    @property
    def n_words(self) -> int:
        """Cells that hold a word."""
        return sum(count for _, count in self.words)

    @property
    def n_numbers(self) -> int:
        """Cells that hold a number."""
        return self.n_values - self.n_words


def read_cells(column: Any, marks: Marks, name: str, offset: int | None = 0) -> Cells:
    """Read a column of text as numbers, counting the words among them; ``name`` is for notes.

    The offset is taken off the numbers before they become float64; it is chosen where it is None.

    >>> cells = read_cells(pa.array(["1.234,50 €", "(12,5)", "n.v.", ""]), Marks(), "Umsatz")
    >>> cells.values.tolist(), cells.words
    ([1234.5, -12.5, nan, nan], (('n.v.', 1),))
    """
    codes, different = _different(column)
    counts = np.bincount(codes, minlength=len(different))
    parts = _parts(different, marks)
    side_note = _settle_sides(parts, name)
    odd, units, affix_notes = _settle_affixes(parts, counts, name)
    mark, mark_note = _decide(parts, marks, name)
    values = _values(parts, mark)
    if offset is None:
        offset = _offset_of(parts, mark, values)
    if offset:
        values = _values(parts, mark, offset)
    is_word = parts.is_value & np.isnan(values)
    words = _most_frequent(different, counts, is_word)
    spoilt = is_word[codes] if words else np.zeros(0, dtype=bool)
    return Cells(
        values=values[codes],
        n_values=int(counts[parts.is_value].sum()),
        words=words,
        first_word_row=int(np.argmax(spoilt)) if words else None,
        notes=(*side_note, *affix_notes, *mark_note),
        offset=offset,
        other_units=_most_frequent(different, counts, odd),
        units=units,
    )


def _most_frequent(different: Any, counts: Array, chosen: Array) -> tuple[tuple[str, int], ...]:
    """Give the chosen cells with their counts, most frequent first."""
    cells = [(different[int(i)].as_py(), int(counts[i])) for i in np.flatnonzero(chosen)]
    return tuple(sorted(cells, key=lambda cell: -cell[1]))


def _offset_of(parts: _Parts, mark: str, values: Array) -> int:
    """Choose what to take off large numbers; nothing, where they are floats that differ as float64 too."""
    finite = values[np.isfinite(values)]
    offset = offset_for(finite.min(), finite.max()) if len(finite) else 0
    if not offset:
        return 0
    digits = [text for _, core in _in_plain_spelling(parts, mark) for text in core.to_pylist()]
    if all(map(str.isdigit, digits)) or len(set(map(Decimal, digits))) > len(set(map(float, digits))):
        return offset
    return 0


def are_numbers(texts: Sequence[str], marks: Marks | None = None) -> list[bool]:
    """Tell which of many texts spell a number, in whatever of the usual ways.

    >>> are_numbers(["-1'234.50", "12 kg", "kg"])
    [True, True, False]
    """
    parts = _parts(pa.array(texts, pa.large_string()), marks or Marks())
    return [bool(one) for one in parts.is_number]


def classify(texts: Sequence[str], marks: Marks) -> tuple[Array, Array, Array]:
    """Tell of many texts which spell a number, which a bare one (or an amount), and which are missing."""
    parts = _parts(pa.array(texts, pa.large_string()), marks)
    return parts.is_number, parts.is_number & ~parts.has_unit, ~parts.is_value


def read_numbers(texts: Sequence[str], marks: Marks) -> Array:
    """Read a few texts as numbers, NaN where one is none."""
    parts = _parts(pa.array(texts, pa.large_string()), marks)
    return _values(parts, marks.given or _votes(parts).decided or marks.elsewhere or marks.likely)


def count_votes(column: Any, marks: Marks) -> Votes:
    """Tell what the cells of a column show about the decimal mark."""
    _, different = _different(column)
    return _votes(_parts(different, marks))


@dataclass(slots=True, eq=False)
class _Parts:
    """Different cells taken apart."""

    is_value: Array
    core: Any
    negative: Array
    affix: Array
    has_unit: Array
    side: Array
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


def _parts(different: Any, marks: Marks) -> _Parts:
    """Take cells apart: the sign, what stands before and after, and the digits between."""
    tidy = tidied(different)
    missing = flags(is_missing(pc.utf8_trim_whitespace(different), marks.na_values))
    missing |= flags(pc.equal(tidy, ""))
    tidy = _in_digits(tidy)
    found = pc.extract_regex(tidy, pattern=_NUMBER)
    core, lead, tail = (pc.struct_field(found, field) for field in ("core", "lead", "tail"))
    around = pc.fill_null(pc.binary_join_element_wise(lead, tail, pa.scalar("\n", tidy.type)), "?\n")
    around = around.dictionary_encode()
    read = [read_affix(*text.split("\n", 1)) for text in around.dictionary.to_pylist()]
    which = around.indices.to_numpy()
    whole = np.array([affix is not None for affix in read], dtype=bool)[which]
    affixes = [affix or Affix(False, "", False) for affix in read]
    infinite = flags(pc.match_substring_regex(tidy, _INFINITE)).astype(float)
    infinite[flags(pc.starts_with(tidy, "-")) & (infinite > 0)] = -1
    return _Parts(
        is_value=~missing,
        core=core,
        negative=np.array([affix.negative for affix in affixes], dtype=bool)[which],
        affix=np.array([affix.text for affix in affixes], dtype=object)[which],
        has_unit=np.array([affix.is_unit for affix in affixes], dtype=bool)[which],
        side=np.array([affix.side for affix in affixes], dtype=object)[which],
        infinite=infinite,
        comma=whole & flags(pc.match_substring_regex(core, _grammar(",", marks))),
        point=whole & flags(pc.match_substring_regex(core, _grammar(".", marks))),
    )


def _in_digits(tidy: Any) -> Any:
    """Write in decimal digits what has none: ``0x1f``, and the ``$ -`` that accountants write for zero."""
    other = flags(pc.match_substring_regex(tidy, _MAY_BE_OTHER))
    if not other.any():
        return tidy
    texts = [_spelled_out(text) for text in tidy.filter(pa.array(other)).to_pylist()]
    return pc.replace_with_mask(tidy, pa.array(other), pa.array(texts, tidy.type))


def _spelled_out(text: str) -> str:
    if _HEXADECIMAL.fullmatch(text):
        return str(int(text, 16))
    found = _ACCOUNTED_ZERO.fullmatch(text)
    return text.replace(found[1] or found[2], "0") if found else text


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
    has_comma = flags(pc.match_substring(parts.core, ","))
    has_point = flags(pc.match_substring(parts.core, "."))
    neutral = both & ~has_comma & ~has_point
    short = flags(pc.match_substring_regex(parts.core, "^[1-9][0-9]{0,2}$"))
    long = flags(pc.match_substring_regex(parts.core, "^[0-9]{4,}$"))
    return Votes(
        comma=int((parts.comma & ~parts.point & parts.is_value).sum()),
        point=int((parts.point & ~parts.comma & parts.is_value).sum()),
        open_comma=int((both & has_comma).sum()),
        open_point=int((both & has_point).sum()),
        grouped=bool((both & ~neutral).any() and (neutral & short).any() and not (neutral & long).any()),
    )


def _decide(parts: _Parts, marks: Marks, name: str) -> tuple[str, tuple[str, ...]]:
    """Choose the decimal mark of a column, with a note where the choice is open."""
    votes = _votes(parts)
    if marks.given is not None:
        return marks.given, ()
    mark = votes.decided or marks.elsewhere or marks.likely
    contradicted = votes.comma > 0 and votes.point > 0
    settled = votes.decided is not None or (marks.elsewhere is not None and not marks.contested)
    if not votes.open_comma + votes.open_point or (settled and not contradicted):
        return mark, ()
    both = parts.comma & parts.point & parts.is_value & flags(pc.match_substring_regex(parts.core, "[.,]"))
    i = int(np.argmax(both))
    readings = [_values(parts, one)[i] for one in (mark, other_mark(mark))]
    return mark, (ambiguous_note(parts.core[i].as_py(), name, abs(readings[0]), abs(readings[1]), mark),)


def _values(parts: _Parts, mark: str, offset: int = 0) -> Array:
    """Read the numbers: each in the only way it can be, or with ``mark`` as the decimal mark."""
    result = np.full(len(parts.is_value), np.nan)
    for chosen, core in _in_plain_spelling(parts, mark):
        negative = parts.negative[chosen]
        if offset:
            exact = zip(map(Decimal, core.to_pylist()), negative, strict=True)
            signed = [number.copy_negate() if below else number for number, below in exact]
            result[chosen] = from_offset(np.array(signed, dtype=object), offset)
        else:
            numbers = np.asarray(pc.cast(core, pa.float64()).to_numpy(zero_copy_only=False))
            result[chosen] = np.where(negative, -numbers, numbers)
    infinite = (parts.infinite != 0) & parts.is_value
    result[infinite] = parts.infinite[infinite] * np.inf
    return result


def _in_plain_spelling(parts: _Parts, mark: str) -> Iterator[tuple[Array, Any]]:
    """Give the digits of the numbers with a decimal point and no other mark, and which cells they are of."""
    by_comma = parts.comma & (~parts.point | (mark == ","))
    for chosen, decimal in ((by_comma, ","), (parts.point & ~by_comma, ".")):
        chosen = chosen & parts.is_value
        if chosen.any():
            core = parts.core.filter(pa.array(chosen))
            core = pc.replace_substring_regex(core, "[ '_]" if decimal == "," else "[, '_]", "")
            if decimal == ",":
                core = pc.replace_substring(pc.replace_substring(core, ".", ""), ",", ".")
            yield chosen, core


def _settle_sides(parts: _Parts, name: str) -> tuple[str, ...]:
    """Give amounts on one side of an account another sign than those on the other."""
    numbers = (parts.comma | parts.point) & parts.is_value
    if {*parts.affix[numbers]} - {""} == {"S", "H"}:  # Soll and Haben
        parts.side = np.where(parts.affix == "S", "debit", np.where(parts.affix == "H", "credit", ""))
        parts.affix[numbers], parts.has_unit[numbers] = "", False
    sides = {*parts.side[numbers]}
    if len(sides) < 2:
        return ()
    below = "debit" if "debit" in sides else "credit"
    if len(sides) == 3:  # then nothing tells the sign of what is on neither
        odd = numbers & (parts.side == "") & ~flags(pc.match_substring_regex(parts.core, _ZERO))
        parts.comma &= ~odd
        parts.point &= ~odd
    parts.negative = parts.negative ^ (numbers & (parts.side == below))
    return (f"The {below}s of {quoted(name)} are read as negative numbers; exclude= leaves it out.",)


def _settle_affixes(
    parts: _Parts, counts: Array, name: str
) -> tuple[Array, tuple[str, ...], tuple[str, ...]]:
    """Keep the numbers that carry the unit or currency of most; the others become words."""
    numbers = (parts.comma | parts.point) & parts.is_value
    affixes = parts.affix.copy()
    affixes[~numbers] = ""
    if not affixes.astype(bool).any():
        return np.zeros(len(numbers), dtype=bool), (), ()
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
        n, example = int(counts[odd].sum()), affixes[odd][0]
        which = f"with another unit ({quoted(example)})" if example else "without a unit"
        notes.append(
            f"{counted(n, 'value')} of {quoted(name)} {which} count{'s' if n == 1 else ''} as missing, "
            f"because most carry {quoted(kept) if kept else 'no unit'}."
        )
        parts.comma &= ~odd
        parts.point &= ~odd
    several = tuple(sorted(totals, key=lambda affix: -totals[affix])) if odd.any() else ()
    return odd, several, tuple(notes)
