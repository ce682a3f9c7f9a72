"""The objective after every half-step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from emscope.plot import curve as curves
from emscope.plot.layout import CAPTION, DPI, LINE, TICK, TITLE, Drawing, caption_lines, empty_figure
from emscope.plot.lettering import bold_width_of, width_of, write
from emscope.plot.stills import scene_of
from emscope.plot.style import styled
from emscope.scene import Curve, Scene
from emscope.scene.paint import Style
from emscope.trace import Trace


def objective(
    run: Trace | Scene,
    *,
    ax: Axes | None = None,
    style: str = "light",
    iterations: Sequence[int] | None = None,
) -> Axes:
    """Draw the objective after every half-step, E-steps and M-steps in two marks.

    The frames of the film strip are named on the curve, events are flagged, and the curves of other
    starts lie behind it. The axis is logarithmic when the values span decades.

    Parameters
    ----------
    run : Trace or Scene
        The run; any model will do.
    ax : Axes, optional
        Draw into these axes; a new figure otherwise.
    style : {"light", "dark", "print"}
        The look.
    iterations : sequence of int, optional
        As for :func:`filmstrip`: mark its panels after so many iterations.

    Returns
    -------
    matplotlib.axes.Axes
        Its ``figure`` can be saved.

    Raises
    ------
    DataError
        ``iterations`` is no list of numbers from 0 on.

    Examples
    --------
    >>> from emscope import KMeans, plot
    >>> model = KMeans(2, init=[[0.0, 0.0], [1.0, 0.0]]).fit([[0.0, 0.0], [1.0, 0.0], [9.0, 1.0], [9.0, 2.0]])
    >>> plot.objective(model.trace_).get_ylabel()
    'inertia'
    """
    scene = scene_of(run)
    with styled(style) as look:
        alone = ax is None
        ax = _new_axes(scene, look) if ax is None else ax
        ax.set_facecolor(look.paper)
        if len(scene.curve.values):
            curves.draw(ax, scene, _named(scene, iterations), look)
        else:
            how = {"ha": "center", "va": "center", "color": look.muted, "transform": ax.transAxes}
            write(ax, 0.5, 0.5, "the run ended before its first expectation step", **how)
            ax.set_xticks([])
            ax.set_yticks([])
        _write_legend(ax, scene.curve, look, alone)
        return ax


def _named(scene: Scene, iterations: Sequence[int] | None) -> list[tuple[int, str]]:
    """Return the half-steps of the film strip's panels, and what they are called on the curve."""
    if not scene.frames:
        return []
    if iterations is None:
        return [(scene.frames[i].index, scene.frames[i].short_title) for i in scene.panels()]
    return [(scene.frames[i].index, str(scene.frames[i].iteration)) for i in scene.after(iterations)]


class _Curve(Axes):
    """Axes that a notebook shows, as it shows figures."""

    def _repr_png_(self) -> bytes:
        figure = self.get_figure(root=True)
        assert isinstance(figure, Drawing)  # these axes are only ever put on one
        return figure._repr_png_()


def _new_axes(scene: Scene, style: Style) -> Axes:
    width, height = 6.6, 3.3
    _, labels = curves.value_ticks(scene.curve)
    left = 0.5 + max((width_of(label, TICK) for label in labels), default=0.0)
    lines = caption_lines(scene, scene.frames[-1], width - left - 0.2) if scene.frames else []
    bottom = 0.92 + len(lines) * CAPTION * LINE
    total = bottom + height + 0.52
    figure = empty_figure(None, (width, total), style, DPI)
    if lines:
        at = (0.18 + len(lines) * CAPTION * LINE) / total
        write(figure, left / width, at, "\n".join(lines), size=CAPTION, va="top", linespacing=1.2)
    rectangle = (left / width, bottom / total, 1 - (left + 0.2) / width, height / total)
    ax = figure.add_axes(rectangle, axes_class=_Curve)
    title = f"{scene.curve.name.capitalize()} after every half-step"
    size = TITLE * min(1.0, (width - left - 0.2) / bold_width_of(title, TITLE))
    ax.set_title(title, parse_math=False, loc="left", size=size, weight="bold", pad=9)
    return ax


def _write_legend(ax: Axes, curve: Curve, style: Style, alone: bool) -> None:
    fills = curves.fills(style)
    common: dict[str, Any] = {"linestyle": "", "markeredgecolor": style.ink, "markeredgewidth": 0.8}
    marks = [
        Line2D([], [], marker="o", markersize=6, markerfacecolor=fills[0], label="after an E-step", **common),
        Line2D([], [], marker="D", markersize=5, markerfacecolor=fills[1], label="after an M-step", **common),
        Line2D([], [], marker="o", markersize=9, markerfacecolor="none", label="in the film strip", **common),
    ]
    if curve.others:
        name = f"{len(curve.others):,} other start{'s' if len(curve.others) > 1 else ''}"
        marks.append(Line2D([], [], color=style.line, linewidth=1.2, label=name))
    how: dict[str, Any] = {"frameon": False, "fontsize": 8.5, "labelcolor": style.muted, "handletextpad": 0.3}
    if alone:
        below: dict[str, Any] = {
            "loc": "upper left",
            "bbox_to_anchor": (-0.015, -0.145),
            "ncols": 4,
            "columnspacing": 1.4,
        }
        ax.legend(handles=marks, borderaxespad=0.0, **below, **how)
    else:
        ax.legend(handles=marks, loc="center right", **how)
