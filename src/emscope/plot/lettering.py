"""Text that is drawn as it is written: never TeX, never mathtext, and in letters that a font has."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font, LoadFlags

from emscope.wording import one_line

# fonts for scripts that DejaVu lacks, used where a system has them
_FURTHER = (
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans JP", "Noto Sans SC", "Noto Sans KR"),
    *("PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "Microsoft YaHei", "Yu Gothic", "Malgun Gothic"),
    *("WenQuanYi Micro Hei", "Noto Sans Devanagari", "Noto Sans Thai", "Nirmala UI", "Segoe UI Symbol"),
)

_INSTALLED = {entry.name: entry.fname for entry in font_manager.fontManager.ttflist}

FAMILIES = ("DejaVu Sans", *(name for name in _FURTHER if name in _INSTALLED))
"""Fonts in the order in which a letter is looked for."""

_OBJECTIVE = re.compile(r"(; [a-z -]+) (?=−?\d)")
_POINTS_PER_INCH = 72.0
_SIZE = 100.0  # at which letters are measured
_BOLD = 1.14  # width of bold letters, to that of others
_HINTED = 1.04  # width of a line whose letters are fitted to the pixels of a coarse picture, to that measured


def drawable(text: str, longest: int = 60) -> str:
    """Return text on one line, with a box for every letter that no font has; long text is cut."""
    line = one_line(text, longest)
    if line.isascii():
        return line
    return "".join(c if ord(c) in _letters() else "□" for c in line)


def wrapped(text: str, inches: float, size: float, most: int = 4) -> list[str]:
    """Break text into lines that fit; one that needs more than ``most`` lines ends in an ellipsis."""
    lines: list[str] = []
    # a number stays with its name and with what it becomes
    joined = _OBJECTIVE.sub("\\1\xa0", drawable(text, 1000).replace(" → ", "\xa0→\xa0"))
    for word in joined.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _HINTED * width_of(longer, size) <= inches:
            lines[-1] = longer
        elif word:
            lines.append(shortened(word, inches, size))
    if len(lines) > most:
        lines[most - 1 :] = [shortened(f"{lines[most - 1]} {lines[most]}", inches, size)]
    return lines


def width_of(text: str, size: float) -> float:
    """Return how wide text is, in inches; the size of letters is in points."""
    return sum(map(_advance, text)) * size / _POINTS_PER_INCH


def write(target: Any, x: float, y: float, text: str, **how: Any) -> Any:
    """Put text that is drawable on a figure or axes as it is."""
    return target.text(x, y, text, parse_math=False, **how)


def bold_width_of(text: str, size: float) -> float:
    """Return how wide a line of bold letters is, in inches."""
    return _BOLD * width_of(text, size)


def shortened(line: str, inches: float, size: float) -> str:
    """Return a line that fits, ending in an ellipsis where it was cut."""
    if width_of(line, size) <= inches:
        return line
    while line and width_of(line + "…", size) > inches:
        line = line[:-1]
    return line.rstrip() + "…"


@lru_cache(maxsize=4096)
def _advance(letter: str) -> float:
    """Return how far a letter moves the pen, in the size of the font."""
    glyph = _dejavu().load_char(ord(letter), flags=LoadFlags.NO_HINTING)
    return float(glyph.linearHoriAdvance) / 65536 / _SIZE


@lru_cache(maxsize=1)
def _dejavu() -> FT2Font:
    font = FT2Font(font_manager.findfont("DejaVu Sans"))
    font.set_size(_SIZE, 72)
    return font


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    files = [font_manager.findfont("DejaVu Sans"), *(_INSTALLED[name] for name in FAMILIES[1:])]
    return frozenset(code for file in files for code in FT2Font(file).get_charmap())
