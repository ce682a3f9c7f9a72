"""How messages about tables show names, values and rows."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

_LONGEST = 40
_MOST = 12


def quoted(value: object) -> str:
    """Show a name or a value from a table on one short line, whatever it holds."""
    text = str(value)
    return repr(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


def listed(names: Sequence[object], most: int = _MOST) -> str:
    """List names, the first few of many."""
    shown = ", ".join(quoted(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def closest_first(wanted: str, names: Sequence[str]) -> list[str]:
    """Order the names with those that resemble ``wanted`` in front."""
    folded = {name.casefold(): name for name in reversed(names)}
    close = [folded[match] for match in difflib.get_close_matches(wanted.casefold(), folded, n=3)]
    return [*close, *(name for name in names if name not in close)]


def counted(number: int, noun: str) -> str:
    """Count things: ``1 row``, ``2,000 rows``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
