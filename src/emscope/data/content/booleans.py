"""Columns of yes and no: the words that spell them, and the sentence about clustering them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from emscope.data.content.missing_values import present
from emscope.data.wording import listed

# what spreadsheets write in their languages for a value that is true or false
_TRUE = ("true", "wahr", "vrai", "verdadero", "verdadeiro", "vero", "waar", "prawda", "sant")
_FALSE = ("false", "falsch", "faux", "falso", "onwaar", "falsk", "fałsz")
_SAMPLE = 100


def spelled(column: Any) -> Any | None:
    """Give a text column that spells true and false as booleans; None for any other."""
    if not _spells(column[:_SAMPLE]) or not _spells(column):
        return None
    tidy = _tidy(column)
    return pc.if_else(
        pc.is_valid(tidy), pc.is_in(tidy, value_set=pa.array(_TRUE)), pa.scalar(None, pa.bool_())
    )


def _tidy(column: Any) -> Any:
    return pc.cast(pc.utf8_lower(present(column)), pa.string())


def _spells(column: Any) -> bool:
    words = pc.unique(pc.drop_null(_tidy(column)))
    return 0 < len(words) <= 2 and bool(pc.all(pc.is_in(words, value_set=pa.array(_TRUE + _FALSE))).as_py())


def notes(booleans: Sequence[str], flags: Sequence[str]) -> list[str]:
    """Say what becomes of booleans, and why k-means on such columns misleads."""
    found = []
    if booleans:
        verb = "is" if len(booleans) == 1 else "are"
        found.append(f"{listed(booleans, 6)} {verb} kept as 0 and 1 (exclude= leaves columns out).")
    if booleans or flags:
        which = listed([*booleans, *flags], 2)
        found.append(
            f"k-means on 0 and 1 ({which}) misleads: a center is a share that no row has, and one such "
            "column outweighs small differences."
        )
    return found
