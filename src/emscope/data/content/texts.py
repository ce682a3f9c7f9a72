"""Texts of a column as people mean them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from emscope.data.content.cells import MISSING_SPELLINGS


def present(column: Any) -> Any:
    """Trim the texts of an Arrow column; null where they are empty or spell that a value is missing."""
    tidy = pc.utf8_trim_whitespace(column)
    missing = pc.is_in(pc.utf8_lower(tidy), value_set=pa.array(MISSING_SPELLINGS, tidy.type))
    return pc.if_else(missing, pa.scalar(None, tidy.type), tidy)
