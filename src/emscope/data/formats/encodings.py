"""In which encodings a text file may be, by its first bytes."""

from __future__ import annotations

import codecs

from emscope.data.wording import quoted
from emscope.errors import TableError

_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_TYPOGRAPHIC = frozenset(b"\x80\x85\x91\x92\x93\x94\x95\x96\x97\x99")  # of cp1252
GUESSES = ("utf-8", "cp1252", "latin-1")


def encodings_to_try(start: bytes, given: str | None) -> tuple[str, ...]:
    """List the encodings to try."""
    marked = next((name for bom, name in _BOMS.items() if start.startswith(bom)), None)
    if given is None:
        wide = _wide_encoding(start)
        if marked or wide:
            return (marked,) if marked else (wide or "", *GUESSES)
        return ("utf-8", "mac-roman", *GUESSES[1:]) if _is_of_old_mac(start) else GUESSES
    try:
        name = codecs.lookup(given).name
        is_text = isinstance(codecs.getincrementaldecoder(name)().decode(b"", final=True), str)
    except (LookupError, ValueError, TypeError):
        is_text = False
    if not is_text:
        raise TableError(f"there is no text encoding {quoted(given)}: try 'utf-8' or 'cp1252'.")
    return ("utf-8-sig",) if name == "utf-8" else (name,)


def _is_of_old_mac(start: bytes) -> bool:
    """Tell Mac Roman by its line ends and by its letters, which stand where cp1252 has few."""
    if b"\r" not in start or b"\n" in start:
        return False
    high = [byte for byte in start if byte >= 0x80]
    letters = sum(byte <= 0x9F and byte not in _TYPOGRAPHIC for byte in high)
    return 2 * letters > len(high)


def _wide_encoding(start: bytes) -> str | None:
    """Tell UTF-16 or UTF-32 without a mark by where the zero bytes of ASCII stand."""
    start = start[: len(start) // 4 * 4]
    if len(start) < 8 or b"\0" not in start:
        return None
    zeros = [start[i::4].count(0) / (len(start) / 4) for i in range(4)]
    for name, pattern in (
        ("utf-32-le", (0, 1, 1, 1)),
        ("utf-32-be", (1, 1, 1, 0)),
        ("utf-16-le", (0, 1, 0, 1)),
        ("utf-16-be", (1, 0, 1, 0)),
    ):
        if all(
            share > 0.7 if expected else share == 0 for share, expected in zip(zeros, pattern, strict=True)
        ):
            return name
    return None
