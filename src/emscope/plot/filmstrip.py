"""The film strip: a run in one figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from emscope.errors import DataError
from emscope.plot import curve as curves
from emscope.plot.layout import (
    CAPTION,
    DPI,
    LABEL,
    LINE,
    NOTE,
    TICK,
    caption_lines,
    empty_figure,
    note,
    ringed,
    set_up_axes,
    shape,
)
from emscope.plot.lettering import bold_width_of, width_of, wrapped, write
from emscope.plot.panel import Panel
from emscope.plot.stills import heading, scene_of
from emscope.plot.style import styled
from emscope.scene import Frame, Scene, refuse_no_frames
from emscope.scene.paint import Style
from emscope.trace import Trace
from emscope.wording import counted, signed

_PANEL = 2.45  # width in inches
_SCALE = 0.62  # of points and badges, to those of a frame
_BETWEEN = 0.16
_EDGE = 0.2
_TITLE, _BELOW = 10.0, 8.0
_ROWS = 0.12
_CURVE = 0.8  # size of marks and letters of the curve, to those of one on its own
_TITLE_SHARE = 0.92  # of its panel that the curve's title may take
_SMALLEST = 0.7  # width of a panel in inches that can be read
_LARGEST = 100.0  # times that a figure is too small, at most


def filmstrip(
    run: Trace | Scene,
    *,
    figure: Figure | None = None,
    style: str = "light",
    iterations: Sequence[int] | None = None,
    curve: bool = False,
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
    iterations : sequence of int, optional
        Show the run after so many iterations, as ``[0, 1, 2, 5, 20]``, instead: the labels that go with the
        parameters of that moment. The last panel stands for those that the run did not come to.
    curve : bool
        Add a panel with the objective after every half-step, on which the others are marked.
    axes, rows, colors_like
        As for :meth:`emscope.Scene.from_trace`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        There is nothing that can be drawn in the plane, ``iterations`` is no list of numbers
        from 0 on, or the figure is too small.

    Examples
    --------
    >>> from emscope import KMeans, plot
    >>> model = KMeans(2, init=[[0.0, 0.0], [1.0, 0.0]]).fit([[0.0, 0.0], [1.0, 0.0], [9.0, 1.0], [9.0, 2.0]])
    >>> len(plot.filmstrip(model.trace_).axes)
    6
    """
    scene = scene_of(run, axes=axes, rows=rows, colors_like=colors_like)
    refuse_no_frames(scene.frames)
    with styled(style) as look:
        return _draw(scene, figure, look, iterations, curve)


def _draw(
    scene: Scene, figure: Figure | None, style: Style, iterations: Sequence[int] | None, curve: bool
) -> Figure:
    panels = scene.panels() if iterations is None else scene.after(iterations)
    count = len(panels) + curve
    if figure is None:
        plan = _plan_of_its_own(scene, count)
        figure = empty_figure(None, (plan.width, plan.height), style, DPI)
    else:
        plan = _plan_within(scene, count, figure)
        empty_figure(figure, (plan.width, plan.height), style, DPI)
    names = []
    for place, index in enumerate(panels):
        frame = scene.frames[index]
        title = (
            heading(frame, plan.panel, _letters(_TITLE, plan.scale)) if iterations is None else frame.progress
        )
        _draw_panel(figure, plan.rectangle(place), scene, frame, title, style, plan)
        names.append((frame.index, frame.short_title if iterations is None else str(frame.iteration)))
        if iterations is None and place and index > panels[place - 1] + 1:  # half-steps were left out
            x, y, _, high = plan.rectangle(place)
            at = (x - _BETWEEN * plan.scale / 2 / plan.width, y + high / 2)
            write(figure, *at, "⋮", ha="center", va="center", size=12 * plan.scale, color=style.muted)
    if curve:
        _draw_curve(figure, plan.rectangle(len(panels)), scene, names, style, plan)
    _write_texts(figure, plan, style)
    return figure


def _write_texts(figure: Figure, plan: _Plan, style: Style) -> None:
    scale = plan.scale
    caption, small = plan.texts
    big, little = _letters(CAPTION, scale), _letters(NOTE, scale)
    y = _EDGE * scale + len(caption) * big * LINE + len(small) * little * LINE
    how: dict[str, Any] = {"va": "top", "linespacing": 1.2}
    x = _EDGE * scale / plan.width
    write(figure, x, y / plan.height, "\n".join(caption), size=big, color=style.ink, **how)
    y -= len(caption) * big * LINE + 0.03 * scale
    write(figure, x, y / plan.height, "\n".join(small), size=little, color=style.muted, **how)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a strip is laid out: sizes in inches, and how large points and letters are drawn."""

    width: float
    height: float
    columns: int
    panel: float
    scale: float
    texts: tuple[list[str], list[str]]
    shape: float

    def rectangle(self, place: int) -> tuple[float, float, float, float]:
        """Return where a panel stands: left, bottom, width and height, in those of the figure."""
        row, column = divmod(place, self.columns)
        wide, high = self.panel, self.panel * self.shape
        above, below = _above(self.scale), _below(self.scale)
        gap = _BETWEEN * self.scale
        left = (self.width - self.columns * wide - (self.columns - 1) * gap) / 2
        x = left + column * (wide + gap)
        lines = (row + 1) * (above + high + below) + row * _ROWS * self.scale
        y = self.height - _EDGE * self.scale - lines + below
        return x / self.width, y / self.height, wide / self.width, high / self.height


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
    return _Plan(room + 2 * _EDGE, height, columns, _PANEL, 1.0, texts, shape(scene))


def _plan_within(scene: Scene, count: int, figure: Figure) -> _Plan:
    """Choose the columns that make panels largest on a figure; refuse one on which nobody could read them."""
    width, height = figure.bbox.width / figure.dpi, figure.bbox.height / figure.dpi
    plan = _largest(scene, count, width, height)
    if plan.panel >= _SMALLEST:
        return plan
    larger = 1.0
    while plan.panel < _SMALLEST and larger < _LARGEST:
        larger *= 1.05
        plan = _largest(scene, count, larger * width, larger * height)
    needed = f"{plan.width:.1f} by {plan.height:.1f} inches"
    raise DataError(
        f"the figure is too small for a film strip of {counted(count, 'panel')}: give it {needed}."
    )


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
    return _Plan(width, height, columns, panel, scale, texts, shape(scene))


def _texts(scene: Scene, room: float, scale: float) -> tuple[list[str], list[str]]:
    last = scene.frames[-1]
    any_ringed = any(frame.moved.any() for frame in scene.frames) and not last.moved.any()
    marks = ringed(last) if any_ringed else ""
    across, up = scene.axis_labels
    axes = f"Across: {across}{'; up: ' if up else ''}{up}."
    panel = (_PANEL * scale, _PANEL * scale * shape(scene))
    told = note(scene, last, panel, _letters(_SCALE, scale))
    small = " ".join(part for part in (marks, axes, told) if part)
    return caption_lines(scene, last, room, _letters(CAPTION, scale)), wrapped(
        small, room, _letters(NOTE, scale)
    )


def _draw_panel(
    figure: Figure,
    rectangle: tuple[float, float, float, float],
    scene: Scene,
    frame: Frame,
    title: str,
    style: Style,
    plan: _Plan,
) -> None:
    ax = figure.add_axes(rectangle)
    set_up_axes(ax, scene, labeled=False)
    panel = Panel(ax, scene, style, _letters(_SCALE, plan.scale))
    panel.draw_backdrop()
    panel.draw(frame)
    size = _letters(_TITLE, plan.scale)
    how: dict[str, Any] = {"loc": "left", "size": size, "weight": "bold", "pad": 4 * plan.scale}
    ax.set_title(title, parse_math=False, **how)
    if frame.objective is not None:
        size = _letters(_BELOW, plan.scale)
        value = f"{scene.curve.name} {signed(frame.objective)}"
        if width_of(value, size) > plan.panel:
            value = signed(frame.objective)
        pad = 3 * plan.scale
        ax.set_xlabel(value, loc="left", labelpad=pad, size=size, color=style.muted, parse_math=False)


def _draw_curve(
    figure: Figure,
    rectangle: tuple[float, float, float, float],
    scene: Scene,
    names: Sequence[tuple[int, str]],
    style: Style,
    plan: _Plan,
) -> None:
    """Draw the objective in the place of a panel, its axis labeled inside it."""
    x, y, wide, high = rectangle
    scale = _letters(_CURVE, plan.scale)
    _, labels = curves.value_ticks(scene.curve, curves.intervals(scale))
    left = (max((width_of(label, TICK * scale) for label in labels), default=0.0) + 0.08) / plan.width
    low = (TICK + LABEL) * scale * LINE / plan.height
    ax = figure.add_axes((x + left, y + low, wide - left, high - low))
    ax.set_facecolor(style.paper)
    curves.draw(ax, scene, names, style, scale)
    how: dict[str, Any] = {"size": _letters(_TITLE, plan.scale), "weight": "bold", "va": "baseline"}
    title = scene.curve.name.capitalize()
    how["size"] *= min(1.0, _TITLE_SHARE * plan.panel / bold_width_of(title, how["size"]))
    write(figure, x, y + high + 4 * plan.scale / 72 / plan.height, title, color=style.ink, **how)
