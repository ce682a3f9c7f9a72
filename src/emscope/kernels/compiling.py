"""Says that kernels are being compiled, which takes seconds, once for each kind of data."""

from __future__ import annotations

import logging
from typing import Any

from numba.core import event

LOGGER = "emscope.kernels"
"""The name of the logger that is told."""

_WAITING = "compiling for this kind of data; that is kept, and later fits begin at once"


class _Listener(event.Listener):
    """Tells of the first kernel that a fit has to wait for; those in a cache are no news."""

    def __init__(self) -> None:
        self._told = False

    def on_start(self, event: Any) -> None:
        if not self._told and event.data["dispatcher"].__module__.startswith("emscope."):
            self._told = True
            logging.getLogger(LOGGER).info(_WAITING)

    def on_end(self, event: Any) -> None:
        pass


def tell() -> None:
    """Have the logger told when the first kernel of this process is compiled."""
    event.register("numba:compile", _Listener())  # type: ignore[no-untyped-call]
