"""The title of a picture and the sentence below it; a page that has both beside it leaves them off."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure

from emscope.plot.layout import CAPTION, LINE, TITLE
from emscope.plot.lettering import wrapped, write
from emscope.scene.paint import Style

_EDGE = 0.18  # inches


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
        return wrapped(self.sentence, self.width - 2 * _EDGE, CAPTION, self.most)

    @property
    def height(self) -> float:
        """Inches from the top of the picture to what is below the heading."""
        return _EDGE + (TITLE * LINE + len(self.lines) * CAPTION * LINE if self.shown else 0.0)

    def write(self, figure: Figure, style: Style) -> None:
        """Write it at the top of the figure."""
        if not self.shown:
            return
        left, height = _EDGE / self.width, float(figure.get_size_inches()[1])
        how = {"va": "top", "color": style.ink}
        write(figure, left, 1 - _EDGE / height, self.title, size=TITLE, weight="bold", **how)
        below = 1 - (_EDGE + TITLE * LINE) / height
        write(figure, left, below, "\n".join(self.lines), size=CAPTION, linespacing=1.2, **how)
