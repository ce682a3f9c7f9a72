"""The title of a picture and the sentence below it; a page that has both beside it leaves them off."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure

from emscope.plot.layout import CAPTION, DPI, EDGE, LINE, TITLE, empty_figure
from emscope.plot.lettering import wrapped, write
from emscope.scene.paint import Style

WIDTH = 6.6  # of most pictures of studies, in inches


@dataclass(frozen=True, slots=True)
class Heading:
    """A title and the lines below it, of a picture that is so many inches wide."""

    title: str
    sentence: str
    width: float
    most: int
    """Lines that the sentence may take."""
    shown: bool = True

    @property
    def lines(self) -> list[str]:
        """The sentence, in lines that fit."""
        return wrapped(self.sentence, self.width - 2 * EDGE, CAPTION, self.most)

    @property
    def height(self) -> float:
        """Inches from the top of the picture to what is below the heading."""
        return EDGE + (TITLE * LINE + len(self.lines) * CAPTION * LINE if self.shown else 0.0)

    def figure(self, height: float, style: Style) -> Figure:
        """Return a new figure, so many inches high, with the heading at its top."""
        figure = empty_figure(None, (self.width, height), style, DPI)
        if self.shown:
            self._write(figure, height, style)
        return figure

    def _write(self, figure: Figure, height: float, style: Style) -> None:
        left = EDGE / self.width
        how = {"va": "top", "color": style.ink}
        write(figure, left, 1 - EDGE / height, self.title, size=TITLE, weight="bold", **how)
        below = 1 - (EDGE + TITLE * LINE) / height
        write(figure, left, below, "\n".join(self.lines), size=CAPTION, linespacing=1.2, **how)
