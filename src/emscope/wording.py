"""Text and numbers as people read them."""

from __future__ import annotations

import html
import unicodedata

# controls, formatting (bidirectional marks, zero-width), surrogates, private use, line and paragraph
# separators: none of them has a shape of its own, and some change how the rest is read
_SHAPELESS = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def one_line(text: str, longest: int = 60) -> str:
    r"""Return any text, such as a stranger's column name, on one line and in the order it is written.

    >>> one_line("flipper\nlength")
    'flipper length'
    >>> one_line("a name without an end", 10)
    'a name wi…'
    """
    start = str(text)[: 4 * longest + 4]
    shaped = "".join(" " if unicodedata.category(c) in _SHAPELESS else c for c in start)
    line = " ".join(shaped.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def number(value: float, digits: int = 4) -> str:
    """Return a number with a few significant digits.

    >>> [number(v) for v in (212.00599, 1909.18, 1234567.8, 0.0000123456, 2.5e12, 0)]
    ['212.0', '1,909', '1,234,568', '1.235e-5', '2.500e12', '0']
    >>> number(1079.84, 5)
    '1,079.8'
    """
    if value == 0 or not abs(value) < float("inf"):
        return f"{value:g}"
    if 10 ** (digits - 1) <= abs(value) < 1e9:
        return f"{value:,.0f}"
    text = f"{value:#.{digits}g}".rstrip(".")
    if "e" not in text:
        whole, point, decimals = text.partition(".")
        return f"{int(whole):,}{point}{decimals}" if abs(value) >= 1000 else text
    mantissa, exponent = text.split("e")
    return f"{mantissa}e{int(exponent)}"


def signed(value: float, digits: int = 4) -> str:
    """Return a number with a true minus, as sentences and axes have it.

    >>> signed(-1.25)
    '−1.250'
    """
    return number(value, digits).replace("-", "\N{MINUS SIGN}")


def change(before: float, after: float) -> str:
    """Return two numbers, as sentences have them, with enough digits to tell them apart.

    >>> change(568.566, 329.822)
    '568.6 → 329.8'
    >>> change(212.0970, 212.0060)
    '212.1 → 212.0'
    >>> change(212.0, 212.0)
    'stays 212.0'
    """
    for digits in range(4, 10):
        if number(before, digits) != number(after, digits):
            return f"{signed(before, digits)} → {signed(after, digits)}"
    return f"stays {signed(after)}"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, as in ``"1 point"`` or ``"3,400 points"``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def as_utf8(text: str) -> str:
    r"""Return text with its halves of surrogate pairs spelled out, so that it can be written.

    >>> as_utf8("gr\u00fc\udc80")
    'grü\\udc80'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def as_html(text: str) -> str:
    """Return any text as it stands in HTML, in ASCII.

    >>> as_html("a < b & é")
    'a &lt; b &amp; &#233;'
    """
    return html.escape(text).encode("ascii", "xmlcharrefreplace").decode("ascii")
