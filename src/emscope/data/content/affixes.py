"""What stands around the digits of a number: a sign, parentheses, a currency, a unit."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from emscope.data.content.vocabulary import CURRENCIES, NO_UNITS, SAME_MONEY

_LEAD = re.compile(r"(\(?) *([-+]?) *(" + CURRENCIES + r"|%|) *([-+]?) *(\(?) *")
_UNIT = r"[^\W\d_]|[°%‰″′\"]"
_TAIL = re.compile(
    rf"(?:[.,]-+)? *(-?) *(\)?) *({CURRENCIES}|(?:{_UNIT})"
    rf"(?:{_UNIT}|[²³·*/^. -]|(?<=[^\W\d_^])[23]){{0,15}}|) *(-?) *(\)?)"
)
_MONEY = re.compile(CURRENCIES)


class Affix(NamedTuple):
    """What surrounds a number."""

    negative: bool
    text: str  # the unit or the currency
    is_unit: bool


@functools.lru_cache(maxsize=4096)
def read_affix(lead: str, tail: str) -> Affix | None:
    """Read what stands before and after the digits; None where nobody writes a number so."""
    before, after = _LEAD.fullmatch(lead), _TAIL.fullmatch(tail)
    if before is None or after is None:
        return None
    opened, closed = before[1] + before[5], after[2] + after[5]
    if len(opened) != len(closed) or len(opened) > 1:
        return None
    if after[3].lower() in NO_UNITS:
        return None
    signs = (before[2], before[4], after[1], after[4])
    if signs.count("-") > 1:
        return None
    text = before[3] + after[3].strip()
    text = SAME_MONEY.get(text.lower(), text)
    return Affix("-" in signs or bool(opened), text, bool(text) and _MONEY.fullmatch(text) is None)
