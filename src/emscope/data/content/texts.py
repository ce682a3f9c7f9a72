"""Texts of cells with the characters that a keyboard has."""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc


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
        elif character in "٫٬٪":  # Arabic decimal, thousands and percent signs
            plain = {"٫": ".", "٬": "'", "٪": "%"}[character]
        elif kind == "Cf":
            plain = None
        elif "！" <= character <= "～":  # the full-width forms of ASCII
            plain = chr(code - 0xFEE0)
        self[code] = plain
        return plain


_PLAIN = _Plain()


def is_text(column: Any) -> bool:
    """Tell whether an Arrow column holds text."""
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def flags(mask: Any) -> npt.NDArray[np.bool_]:
    """Give an Arrow mask as an array of booleans, false where it is null."""
    return np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False), dtype=bool)


def tidied(texts: Any) -> Any:
    """Trim texts, take off a spreadsheet's apostrophe or quotes, and make odd characters plain."""
    texts = pc.utf8_trim_whitespace(texts)
    odd = ~flags(pc.string_is_ascii(texts))
    if odd.any():
        plain = [text.translate(_PLAIN).strip() for text in texts.filter(pa.array(odd)).to_pylist()]
        texts = pc.replace_with_mask(texts, pa.array(odd), pa.array(plain, texts.type))
    if flags(pc.match_substring_regex(texts, "^=?['\"]")).any():
        texts = pc.replace_substring_regex(texts, r'^=?"(.*)"$', r"\1")
        texts = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, "^'(.*?)'?$", r"\1"))
    return texts
