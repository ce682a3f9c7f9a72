"""The book's strip: a run in one figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from emscope.errors import DataError
from emscope.plot.layout import CAPTION, DPI, LINE, NOTE, empty_figure, note, set_up_axes, shape
from emscope.plot.lettering import wrapped, write
from emscope.plot.panel import Panel
from emscope.plot.stills import check_frames, scene_of
from emscope.plot.style import Style, applied, style_named
from emscope.scene import Frame, Scene, number
from emscope.trace import Trace

_PANEL = 2.45  # width in inches
_SCALE = 0.62  # of points and badges, to those of a frame
_BETWEEN = 0.16
_EDGE = 0.2
_TITLE, _BELOW = 10.0, 8.0
_SMALLEST = 0.35  # of the size that a strip would have on a figure of its own


def filmstrip(
    run: Trace | Scene,
    *,
    figure: Figure | None = None,
    style: str = "light",
    axes: Sequence[str | int] | None = None,
    rows: Any = None,
    colors_like: Trace | None = None,
) -> Figure:
    """Draw the run as one figure: initialization, E- and M-steps, final clustering.

    A long run is shortened to the first three iterations, those later ones in which the objective fell
    most, and the final clustering.

    Parameters
    ----------
    run : Trace or Scene
        The run.
    figure : Figure, optional
        Draw on this figure, at its size, with smaller text where it must be; a new one otherwise.
    style : {"light", "dark", "print"}
        The look.
    axes, rows, colors_like
        As for :meth:`emscope.Scene.from_trace`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        There is nothing that can be drawn in the plane, or the figure is too small.

    Examples
    --------
    >>> from emscope import KMeans, plot
    >>> model = KMeans(2, init=[[0.0, 0.0], [1.0, 0.0]]).fit([[0.0, 0.0], [1.0, 0.0], [9.0, 1.0]])
    >>> len(plot.filmstrip(model.trace_).axes)
    6
    """
    scene = scene_of(run, axes=axes, rows=rows, colors_like=colors_like)
    check_frames(scene)
    look = style_named(style)
    with applied(look):
        return _draw(scene, figure, look)


def _draw(scene: Scene, figure: Figure | None, style: Style) -> Figure:
    panels = scene.panels()
    columns = len(panels) if len(panels) < 5 else 3 if len(panels) < 7 else 4
    lines = -(-len(panels) // columns)
    width, height = _PANEL, _PANEL * shape(scene)
    above, below = _TITLE * LINE + 0.07, _BELOW * LINE + 0.09
    room = columns * width + (columns - 1) * _BETWEEN
    caption, small = _texts(scene, scene.frames[panels[-1]], room)
    text = len(caption) * CAPTION * LINE + len(small) * NOTE * LINE + 0.14
    total_width = room + 2 * _EDGE
    total_height = lines * (above + height + below) + (lines - 1) * 0.12 + text + 2 * _EDGE
    figure = empty_figure(figure, (total_width, total_height), style, DPI)
    shrunk = _shrunk(figure, total_width, total_height)
    for place, index in enumerate(panels):
        row, column = divmod(place, columns)
        x = _EDGE + column * (width + _BETWEEN)
        y = total_height - _EDGE - (row + 1) * (above + height + below) - row * 0.12 + below
        rectangle = (x / total_width, y / total_height, width / total_width, height / total_height)
        _draw_panel(figure, rectangle, scene, scene.frames[index], style, shrunk)
        if place and index > panels[place - 1] + 1:  # half-steps were left out before this one
            at = ((x - _BETWEEN / 2) / total_width, (y + height / 2) / total_height)
            write(figure, *at, "⋮", ha="center", va="center", size=12 * shrunk, color=style.muted)
    y = _EDGE + len(caption) * CAPTION * LINE + len(small) * NOTE * LINE
    how: dict[str, Any] = {"va": "top", "linespacing": 1.2}
    write(figure, _EDGE / total_width, y / total_height, "\n".join(caption), size=CAPTION * shrunk, **how)
    y -= len(caption) * CAPTION * LINE + 0.03
    write(
        figure,
        _EDGE / total_width,
        y / total_height,
        "\n".join(small),
        size=NOTE * shrunk,
        color=style.muted,
        **how,
    )
    return figure


def _shrunk(figure: Figure, width: float, height: float) -> float:
    """Return how much smaller everything must be on a given figure than it would like to be.

    Raises
    ------
    DataError
        Nobody could read it.
    """
    shrunk = min(1.0, figure.bbox.width / figure.dpi / width, figure.bbox.height / figure.dpi / height)
    if shrunk < _SMALLEST:
        needed = f"{_SMALLEST * width:.1f} by {_SMALLEST * height:.1f} inches"
        raise DataError(f"the figure is too small for this film strip: give it at least {needed}.")
    return shrunk


def _texts(scene: Scene, last: Frame, room: float) -> tuple[list[str], list[str]]:
    ringed = any(frame.moved.any() for frame in scene.frames) and not last.moved.any()
    marks = "Ringed points change cluster." if ringed else ""
    across, up = scene.axis_labels
    axes = f"Across: {across}{'; up: ' if up else ''}{up}."
    small = " ".join(part for part in (marks, axes, note(scene, last)) if part)
    return wrapped(last.caption, room, CAPTION), wrapped(small, room, NOTE)


def _draw_panel(
    figure: Figure,
    rectangle: tuple[float, float, float, float],
    scene: Scene,
    frame: Frame,
    style: Style,
    shrunk: float,
) -> None:
    ax = figure.add_axes(rectangle)
    set_up_axes(ax, scene, labelled=False)
    panel = Panel(ax, scene, style, _SCALE * shrunk)
    panel.draw_backdrop()
    panel.draw(frame)
    heading: dict[str, Any] = {"loc": "left", "size": _TITLE * shrunk, "weight": "bold", "pad": 4 * shrunk}
    ax.set_title(frame.title, parse_math=False, **heading)
    if frame.objective is not None:
        value = f"{scene.curve.name} {number(frame.objective)}"
        ax.set_xlabel(
            value, loc="left", labelpad=3 * shrunk, size=_BELOW * shrunk, color=style.muted, parse_math=False
        )
