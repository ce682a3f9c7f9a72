"""What stands around the digits of a number: a sign, parentheses, a currency, a unit."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from emscope.data.content.vocabulary import CURRENCIES, MEASURES, NO_UNITS, SAME_MONEY

_LEAD = re.compile(r"(\(?) *([-+]?) *(" + CURRENCIES + r"|%|) *([-+]?) *(\(?) *")
_LETTER = r"[^\W\d_¹²³¼-¾⁰-₟⅐-↋①-⓿]"
_UNIT = rf"{_LETTER}|[°%‰″′\"]"
_TAIL = re.compile(
    rf"(?:[.,]-+)?( *)(-?)( *)(\)?) *({CURRENCIES}|(?:{_UNIT})"
    rf"(?:{_UNIT}|[²³·*/^. -]|(?<=[^\W\d_^])[23]){{0,15}}|)(?: *([DCdc][Rr][.]?))? *(-?) *(\)?)"
)
_MONEY = re.compile(CURRENCIES)
SIDES = {
    "dr": "debit",
    "debit": "debit",
    "soll": "debit",
    "cr": "credit",
    "credit": "credit",
    "haben": "credit",
}


class Affix(NamedTuple):
    """What surrounds a number."""

    negative: bool
    text: str  # the unit or the currency
    is_unit: bool
    side: str = ""  # "debit" or "credit"


@functools.lru_cache(maxsize=4096)
def read_affix(lead: str, tail: str) -> Affix | None:
    """Read what stands before and after the digits; None where nobody writes a number so."""
    before, after = _LEAD.fullmatch(lead), _TAIL.fullmatch(tail)
    if before is None or after is None:
        return None
    gap, minus, blank, closes, unit, side, minus_after, closes_after = after.groups("")
    unit = unit.strip()
    opened, closed = before[1] + before[5], closes + closes_after
    if len(opened) != len(closed) or len(opened) > 1:
        return None
    if unit.lower() in NO_UNITS:
        return None
    if unit.lower().rstrip(".") in SIDES and not side:
        unit, side = "", unit
    is_word = unit[:1].isalpha() and _MONEY.fullmatch(unit) is None
    if closes and is_word and unit.lower() not in MEASURES:  # "(1) agree" is the first of some answers
        return None
    if minus and is_word:  # "12-month" has a hyphen, "1 - agree" a dash, and "5.5- kg" is negative
        if gap or (blank and unit.lower() not in MEASURES):
            return None
        minus = minus if blank else ""
    signs = (before[2], before[4], minus, minus_after)
    if signs.count("-") > 1:
        return None
    text = before[3] + unit
    text = SAME_MONEY.get(text.lower(), text)
    is_unit = bool(text) and _MONEY.fullmatch(text) is None
    return Affix("-" in signs or bool(opened), text, is_unit, SIDES.get(side.lower().rstrip("."), ""))
