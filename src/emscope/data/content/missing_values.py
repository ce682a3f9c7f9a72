"""What counts as a missing value: spellings, refusals to answer, and numbers such as -999."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emscope.columns import Array

_SPELLINGS = r"na n/a #n/a #na <na> nan -nan null none ? - . \n (null) <null> [null] #nv"  # \n of databases
MISSING_SPELLINGS = ("", *_SPELLINGS.split())
_REFUSALS = (
    "prefer not to say|prefer not to answer|prefer not to disclose|i prefer not to say|rather not say|"
    "don't know|don’t know|do not know|dont know|refused|refusal|declined|no answer|no response|"
    "not answered|not applicable|not available|no data|unknown|not specified|not reported|undisclosed|"
    "keine angabe|k.a.|k. a.|weiß nicht|weiss nicht|unbekannt|ne sait pas|sans réponse|non renseigné|"
    "no sabe|no contesta|ns/nc|sin respuesta|não sei|não informado|prefiro não dizer|vet ej|ej svar|"
    "vill ej uppge|uppgift saknas|geen antwoord|weet niet|onbekend|non so|nessuna risposta"
)
REFUSALS = frozenset(_REFUSALS.split("|"))  # what stands where a question was not answered, however often
_NINES = "99 999 9999 99999 999999 99.9 999.9 9999.9 99.99 999.99 9999.99 999.25"
_REFUSED = "-9 -99 77 88 97 98 777 888 997 998 7777 8888 9997 9998"  # codes of surveys
_UNSET = (
    "32767 -32768 65535 2147483647 -2147483648 9.969209968386869e36 9.96921e36 3.4028235e38 -3.4028235e38"
)
_CODES = frozenset(
    {sign * float(nines) for nines in _NINES.split() for sign in (1, -1)}
    | {sign * float(f"1e{k}") for k in range(10, 39) for sign in (1, -1)}
    | set(map(float, (_REFUSED + " " + _UNSET).split()))
)
_SAYS_MISSING = re.compile(r"#|[<>–—]|[nk][./]|(?:err|error|missing|unknown|invalid|overflow|bad)$")
_FAR = 3  # times the range of the other values


def spellings_for_arrow(na_values: Iterable[str] = ()) -> list[str]:
    """List the spellings of a missing value in the forms in which Arrow's reader may meet them."""
    words = {form(word) for word in MISSING_SPELLINGS for form in (str, str.upper, str.title)} | {"NaN"}
    for word in na_values:
        words.add(word)
        if word.lstrip("-").isdigit():
            words |= {f"{word}{mark}{'0' * zeros}" for mark in ".," for zeros in (1, 2, 3)}
    return sorted(words)


def is_missing(trimmed: Any, na_values: Iterable[str] = ()) -> Any:
    """Tell which of some trimmed texts are empty or spell that a value is missing."""
    missing = pc.is_in(pc.utf8_lower(trimmed), value_set=pa.array(MISSING_SPELLINGS, trimmed.type))
    if na_values:
        spelled = [text.strip() for text in spellings_for_arrow(na_values)]
        missing = pc.or_(missing, pc.is_in(trimmed, value_set=pa.array(spelled, trimmed.type)))
    return missing


def present(column: Any) -> Any:
    """Trim the texts of an Arrow column; null where they are empty or spell that a value is missing."""
    tidy = pc.utf8_trim_whitespace(column)
    return pc.if_else(is_missing(tidy), pa.scalar(None, tidy.type), tidy)


def stand_for_missing(values: Array) -> list[tuple[str, int]]:
    """Find numbers such as 999 or -9999 far from all others, and how often each stands there."""
    ends = {float(np.fmax.reduce(values)), float(np.fmin.reduce(values))} if len(values) else set()
    if not ends & _CODES:
        return []
    others, counts = values[np.isfinite(values)], {}
    while len(others):
        far = next((end for end in (float(others.max()), float(others.min())) if end in _CODES), None)
        if far is None:
            break
        before, others = len(others), others[others != far]
        counts[far] = before - len(others)
    if len(others) < 2:
        return []
    low, high = float(others.min()), float(others.max())
    apart = _FAR * max(high - low, abs(high), 1.0)
    return [
        (str(int(far)) if far.is_integer() and abs(far) < 2**53 else repr(far), count)
        for far, count in counts.items()
        if max(low - far, far - high) > apart
    ]


def spells_missing(number: float) -> bool:
    """Tell whether a number is one that often stands where a value is missing, such as 999 or -9999.

    >>> spells_missing(-9999.0), spells_missing(0.0)
    (True, False)
    """
    return number in _CODES


def says_missing(word: str) -> bool:
    """Tell whether a word in small letters says that a value is missing."""
    return _SAYS_MISSING.match(word) is not None
