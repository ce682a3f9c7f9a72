"""The book's strip: a run in one figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from emscope.errors import DataError
from emscope.plot.layout import CAPTION, DPI, LINE, NOTE, empty_figure, note, ringed, set_up_axes, shape
from emscope.plot.lettering import width_of, wrapped, write
from emscope.plot.panel import Panel
from emscope.plot.stills import check_frames, heading, scene_of
from emscope.plot.style import applied, style_named
from emscope.scene import Frame, Scene, number
from emscope.scene.paint import Style
from emscope.trace import Trace

_PANEL = 2.45  # width in inches
_SCALE = 0.62  # of points and badges, to those of a frame
_BETWEEN = 0.16
_EDGE = 0.2
_TITLE, _BELOW = 10.0, 8.0
_ROWS = 0.12
_SMALLEST = 0.7  # width of a panel in inches that can be read
_LARGEST = 100.0  # times that a figure is too small, at most


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
    if figure is None:
        plan = _plan_of_its_own(scene, len(panels))
        figure = empty_figure(None, (plan.width, plan.height), style, DPI)
    else:
        plan = _plan_within(scene, len(panels), figure)
        empty_figure(figure, (plan.width, plan.height), style, DPI)
    wide, high, scale = plan.panel, plan.panel * shape(scene), plan.scale
    above, below = _above(scale), _below(scale)
    gap = _BETWEEN * scale
    left = (plan.width - plan.columns * wide - (plan.columns - 1) * gap) / 2
    for place, index in enumerate(panels):
        row, column = divmod(place, plan.columns)
        x = left + column * (wide + gap)
        y = plan.height - _EDGE * scale - (row + 1) * (above + high + below) - row * _ROWS * scale + below
        rectangle = (x / plan.width, y / plan.height, wide / plan.width, high / plan.height)
        _draw_panel(figure, rectangle, scene, scene.frames[index], style, plan)
        if place and index > panels[place - 1] + 1:  # half-steps were left out before this one
            at = ((x - gap / 2) / plan.width, (y + high / 2) / plan.height)
            write(figure, *at, "⋮", ha="center", va="center", size=12 * scale, color=style.muted)
    caption, small = plan.texts
    big, little = _letters(CAPTION, scale), _letters(NOTE, scale)
    y = _EDGE * scale + len(caption) * big * LINE + len(small) * little * LINE
    how: dict[str, Any] = {"va": "top", "linespacing": 1.2}
    x = _EDGE * scale / plan.width
    write(figure, x, y / plan.height, "\n".join(caption), size=big, color=style.ink, **how)
    y -= len(caption) * big * LINE + 0.03 * scale
    write(figure, x, y / plan.height, "\n".join(small), size=little, color=style.muted, **how)
    return figure


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a strip is laid out: sizes in inches, and how large points and letters are drawn."""

    width: float
    height: float
    columns: int
    panel: float
    scale: float
    texts: tuple[list[str], list[str]]


def _letters(size: float, scale: float) -> float:
    """Return the size of text and marks, which shrink less than everything else so that they can be read."""
    return float(size * min(1.0, scale) ** 0.7)


def _above(scale: float) -> float:
    return _letters(_TITLE, scale) * LINE + 0.07 * scale


def _below(scale: float) -> float:
    return _letters(_BELOW, scale) * LINE + 0.09 * scale


def _rest(lines: int, texts: tuple[list[str], list[str]], scale: float) -> float:
    """Return how much of the height is not panels."""
    caption, small = texts
    text = (len(caption) * _letters(CAPTION, scale) + len(small) * _letters(NOTE, scale)) * LINE
    edges = (lines - 1) * _ROWS + 0.14 + 2 * _EDGE
    return lines * (_above(scale) + _below(scale)) + text + edges * scale


def _plan_of_its_own(scene: Scene, count: int) -> _Plan:
    columns = count if count < 5 else 3 if count < 7 else 4
    room = columns * _PANEL + (columns - 1) * _BETWEEN
    texts = _texts(scene, room, 1.0)
    lines = -(-count // columns)
    height = lines * _PANEL * shape(scene) + _rest(lines, texts, 1.0)
    return _Plan(room + 2 * _EDGE, height, columns, _PANEL, 1.0, texts)


def _plan_within(scene: Scene, count: int, figure: Figure) -> _Plan:
    """Choose the columns that make panels largest on a figure.

    Raises
    ------
    DataError
        Nobody could read them.
    """
    width, height = figure.bbox.width / figure.dpi, figure.bbox.height / figure.dpi
    plan = _largest(scene, count, width, height)
    if plan.panel >= _SMALLEST:
        return plan
    larger = 1.0
    while plan.panel < _SMALLEST and larger < _LARGEST:
        larger *= 1.05
        plan = _largest(scene, count, larger * width, larger * height)
    needed = f"{plan.width:.1f} by {plan.height:.1f} inches"
    raise DataError(f"the figure is too small for a film strip of {count} panels: give it {needed}.")


def _largest(scene: Scene, count: int, width: float, height: float) -> _Plan:
    plans = [_filling(scene, count, columns, width, height) for columns in range(1, count + 1)]
    return max(plans, key=lambda plan: plan.panel)


def _filling(scene: Scene, count: int, columns: int, width: float, height: float) -> _Plan:
    lines = -(-count // columns)
    scale, panel = 1.0, 0.0
    for _ in range(8):  # what is around the panels depends on their size
        texts = _texts(scene, width - 2 * _EDGE * scale, scale)
        across = (width - (2 * _EDGE + (columns - 1) * _BETWEEN) * scale) / columns
        up = (height - _rest(lines, texts, scale)) / lines / shape(scene)
        panel = min(across, up)
        wanted = float(np.clip(panel / _PANEL, 0.2, 1.0))
        if wanted >= scale:
            break
        scale = wanted
    return _Plan(width, height, columns, panel, scale, texts)


def _texts(scene: Scene, room: float, scale: float) -> tuple[list[str], list[str]]:
    last = scene.frames[-1]
    any_ringed = any(frame.moved.any() for frame in scene.frames) and not last.moved.any()
    marks = ringed(last) if any_ringed else ""
    across, up = scene.axis_labels
    axes = f"Across: {across}{'; up: ' if up else ''}{up}."
    small = " ".join(part for part in (marks, axes, note(scene, last)) if part)
    return wrapped(last.caption, room, _letters(CAPTION, scale)), wrapped(small, room, _letters(NOTE, scale))


def _draw_panel(
    figure: Figure,
    rectangle: tuple[float, float, float, float],
    scene: Scene,
    frame: Frame,
    style: Style,
    plan: _Plan,
) -> None:
    ax = figure.add_axes(rectangle)
    set_up_axes(ax, scene, labelled=False)
    panel = Panel(ax, scene, style, _letters(_SCALE, plan.scale))
    panel.draw_backdrop()
    panel.draw(frame)
    size = _letters(_TITLE, plan.scale)
    how: dict[str, Any] = {"loc": "left", "size": size, "weight": "bold", "pad": 4 * plan.scale}
    ax.set_title(heading(frame, plan.panel, size), parse_math=False, **how)
    if frame.objective is not None:
        size = _letters(_BELOW, plan.scale)
        value = f"{scene.curve.name} {number(frame.objective)}"
        if width_of(value, size) > plan.panel:
            value = number(frame.objective)
        pad = 3 * plan.scale
        ax.set_xlabel(value, loc="left", labelpad=pad, size=size, color=style.muted, parse_math=False)
