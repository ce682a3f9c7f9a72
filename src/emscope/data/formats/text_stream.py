"""Text that is made piece by piece, as a file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any


class TextStream(io.RawIOBase):
    """Pieces of text as a file in UTF-8."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._rest = bytearray()

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as the pieces reach."""
        while len(self._rest) < len(buffer):
            text = next(self._texts, None)
            if text is None:
                break
            self._rest += text.encode()
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        del self._rest[:size]
        return size
