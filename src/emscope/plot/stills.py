"""Frames: one figure per half-step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure

from emscope.errors import DataError
from emscope.plot.layout import TITLE, Layout, lay_out, new_figure, set_up_axes, size_of, write_caption
from emscope.plot.lettering import bold_width_of
from emscope.plot.panel import Panel
from emscope.plot.style import styled
from emscope.scene import Frame, Scene, refuse_no_frames, refuse_what_is_no_trace
from emscope.scene.colors import contrast
from emscope.scene.paint import Style
from emscope.trace import Trace

_ROOMY = 12.0  # square inches from which on axes hold everything at its full size
_SMALLEST = 0.35  # of that size
_LEGIBLE = 6.0  # smallest size of a title, in points
_READABLE = 4.5  # contrast of text: WCAG 2.2, 1.4.3


def scene_of(
    run: Trace | Scene,
    *,
    axes: Sequence[str | int] | None = None,
    rows: Any = None,
    colors_like: Trace | None = None,
) -> Scene:
    """Return the scene of a trace; a scene is one already, and cannot follow what only a trace can."""
    if not isinstance(run, Scene):
        refuse_what_is_no_trace(run, "pictures are drawn of a Trace or a Scene, not of")
        return Scene.from_trace(run, axes=axes, rows=rows, colors_like=colors_like)
    if not (axes is None and rows is None and colors_like is None):
        raise DataError("axes, rows and colors_like belong to Scene.from_trace, where a Scene is made.")
    return run


def frame(
    run: Trace | Scene,
    index: int,
    *,
    ax: Axes | None = None,
    style: str = "light",
    axes: Sequence[str | int] | None = None,
    rows: Any = None,
    colors_like: Trace | None = None,
) -> Figure:
    """Draw one half-step.

    Parameters
    ----------
    run : Trace or Scene
        The run.
    index : int
        Which of the scene's frames; -1 for the last.
    ax : Axes, optional
        Draw into these axes, without the caption below; a new figure otherwise.
    style : {"light", "dark", "print"}
        The look.
    axes, rows, colors_like
        As for :meth:`emscope.Scene.from_trace`.

    Returns
    -------
    matplotlib.figure.Figure
        The figure that was drawn on.

    Raises
    ------
    DataError
        There is no such frame, or nothing that can be drawn in the plane.

    Examples
    --------
    >>> from emscope import KMeans, plot
    >>> model = KMeans(2, init=[[0.0, 0.0], [1.0, 0.0]]).fit([[0.0, 0.0], [1.0, 0.0], [9.0, 1.0], [9.0, 2.0]])
    >>> figure = plot.frame(model.trace_, -1)
    """
    scene = scene_of(run, axes=axes, rows=rows, colors_like=colors_like)
    refuse_no_frames(scene.frames)
    if not -len(scene.frames) <= index < len(scene.frames):
        raise DataError(f"there is no frame {index}: the run has {len(scene.frames)}, counted from 0.")
    with styled(style) as look:
        if ax is None:
            return _figure(scene, index, lay_out(scene, scene.frames), look)
        ax.set_facecolor(look.paper)
        figure = ax.get_figure(root=True)
        assert figure is not None  # axes to be drawn into
        set_up_axes(ax, scene)
        width, height = size_of(ax)
        scale = float(np.clip((width * height / _ROOMY) ** 0.5, _SMALLEST, 1.0))
        if scale < 1:
            set_up_axes(ax, scene, scale=scale)
        panel = Panel(ax, scene, look, scale)
        panel.draw_backdrop()
        panel.draw(scene.frames[index])
        size = max(TITLE * scale, _LEGIBLE)
        title = heading(scene.frames[index], width, size)
        how: dict[str, Any] = {"loc": "left", "size": size, "weight": "bold", "pad": 6 * scale}
        ax.set_title(title, parse_math=False, color=_ink_on(figure, look), **how)
        return figure


def frames(
    run: Trace | Scene,
    *,
    style: str = "light",
    all_frames: bool = False,
    axes: Sequence[str | int] | None = None,
    rows: Any = None,
    colors_like: Trace | None = None,
) -> list[Figure]:
    """Draw a run, one figure per half-step.

    Of a long run at most 60 half-steps are drawn: the first, the last, and where most points moved.

    Parameters
    ----------
    run : Trace or Scene
        The run.
    style : {"light", "dark", "print"}
        The look.
    all_frames : bool
        Draw every half-step, however many there are.
    axes, rows, colors_like
        As for :meth:`emscope.Scene.from_trace`.

    Returns
    -------
    list of matplotlib.figure.Figure

    Raises
    ------
    DataError
        There is nothing that can be drawn in the plane.

    Examples
    --------
    >>> from emscope import KMeans, plot
    >>> model = KMeans(2, init=[[0.0, 0.0], [1.0, 0.0]]).fit([[0.0, 0.0], [1.0, 0.0], [9.0, 1.0], [9.0, 2.0]])
    >>> len(plot.frames(model.trace_))
    6
    """
    scene = scene_of(run, axes=axes, rows=rows, colors_like=colors_like)
    refuse_no_frames(scene.frames)
    chosen: Iterable[int] = range(len(scene.frames)) if all_frames else scene.limit_frames()
    with styled(style) as look:
        layout = lay_out(scene, scene.frames)
        return [_figure(scene, index, layout, look) for index in chosen]


def heading(frame: Frame, inches: float, size: float) -> str:
    """Return a frame's title, or its short one where there is no room."""
    fits = bold_width_of(frame.title, size) <= inches
    return frame.title if fits else frame.short_title


def _ink_on(figure: Figure, style: Style) -> str:
    """Return the style's ink, or black or white where the user's figure would swallow it."""
    *_, opacity = to_rgba(figure.get_facecolor())
    paper = to_hex(figure.get_facecolor())
    if opacity < 0.5 or contrast(style.ink, paper) >= _READABLE:
        return style.ink
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, paper))


def _figure(scene: Scene, index: int, layout: Layout, style: Style) -> Figure:
    figure, ax = new_figure(layout, style)
    set_up_axes(ax, scene)
    panel = Panel(ax, scene, style)
    panel.draw_backdrop()
    panel.draw(scene.frames[index])
    write_caption(figure, layout, scene, scene.frames[index], style)
    return figure
