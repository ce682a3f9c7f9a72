"""What Ctrl-C ends, and when it has to wait."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Self

INTERRUPTED = 130  # exit code


class Interrupts:
    """Lets Ctrl-C end a fit and the drawing of pictures, and wait while results are written between them.

    Within the context the first Ctrl-C raises KeyboardInterrupt, as ever, and later ones wait. After
    :meth:`hold` all wait. :meth:`release` raises if one waits, and lets the next ones raise again.
    """

    def __init__(self) -> None:
        self._raises = True
        self._waits = False
        self.pressed = False
        """Whether Ctrl-C was pressed: studies that it ends return what they have found until then."""

    def __enter__(self) -> Self:
        self._main = threading.current_thread() is threading.main_thread()
        if self._main:
            self._before = signal.signal(signal.SIGINT, self._pressed)
        return self

    def __exit__(self, *_: object) -> None:
        if self._main:
            signal.signal(signal.SIGINT, self._before)

    def hold(self) -> None:
        """Let Ctrl-C wait from now on."""
        self._raises = False

    def release(self) -> None:
        """Let Ctrl-C raise again, at once if it was pressed meanwhile."""
        self._raises = True
        if self._waits:
            raise KeyboardInterrupt

    def _pressed(self, number: int, frame: FrameType | None) -> None:
        self.pressed = True
        if self._raises:
            self._raises = False
            raise KeyboardInterrupt
        self._waits = True
