"""The objective after every half-step."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from emscope.plot.layout import (
    CAPTION,
    DPI,
    LABEL,
    LINE,
    NOTE,
    TICK,
    TITLE,
    Drawing,
    empty_figure,
    tick_labels,
)
from emscope.plot.lettering import drawable, width_of, wrapped, write
from emscope.plot.stills import scene_of
from emscope.plot.style import applied, style_named
from emscope.scene import Curve, Scene, number
from emscope.scene.paint import Style, paints
from emscope.trace import Event, Trace

Array = npt.NDArray[Any]

_DECADES = 100.0  # from this ratio on the axis is logarithmic
_FEW, _MANY = 40, 200  # half-steps up to which marks are large, from which on there are none
_FLAGS = 4  # events of a run that are named at most
_NAMES = {
    "empty_cluster": "empty cluster",
    "fewer_distinct_points": "fewer points than clusters",
    "max_iter": "stopped at max_iter",
}


def objective(
    run: Trace | Scene,
    *,
    ax: Axes | None = None,
    style: str = "light",
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

    Returns
    -------
    matplotlib.axes.Axes
        Its ``figure`` can be saved.

    Examples
    --------
    >>> from emscope import KMeans, plot
    >>> model = KMeans(2, init=[[0.0, 0.0], [1.0, 0.0]]).fit([[0.0, 0.0], [1.0, 0.0], [9.0, 1.0]])
    >>> plot.objective(model.trace_).get_ylabel()
    'inertia'
    """
    scene = scene_of(run)
    look = style_named(style)
    with applied(look):
        alone = ax is None
        ax = _new_axes(scene, look) if ax is None else ax
        ax.set_facecolor(look.paper)
        if len(scene.curve.values):
            _draw(ax, scene, look)
        else:
            how = {"ha": "center", "va": "center", "color": look.muted, "transform": ax.transAxes}
            write(ax, 0.5, 0.5, "the run ended before its first expectation step", **how)
            ax.set_xticks([])
            ax.set_yticks([])
        _write_legend(ax, scene.curve, look, alone)
        return ax


class _Curve(Axes):
    """Axes that a notebook shows, as it shows figures."""

    def _repr_png_(self) -> bytes:
        figure = self.get_figure(root=True)
        assert isinstance(figure, Drawing)  # these axes are only ever put on one
        return figure._repr_png_()


def _new_axes(scene: Scene, style: Style) -> Axes:
    width, height = 6.6, 3.3
    _, labels, _ = _value_ticks(scene.curve)
    left = 0.5 + max((width_of(label, TICK) for label in labels), default=0.0)
    caption = scene.frames[-1].caption if scene.frames else ""
    lines = wrapped(caption, width - left - 0.2, CAPTION)
    bottom = 0.92 + len(lines) * CAPTION * LINE
    total = bottom + height + 0.52
    figure = empty_figure(None, (width, total), style, DPI)
    if lines:
        at = (0.18 + len(lines) * CAPTION * LINE) / total
        write(figure, left / width, at, "\n".join(lines), size=CAPTION, va="top", linespacing=1.2)
    rectangle = (left / width, bottom / total, 1 - (left + 0.2) / width, height / total)
    ax = figure.add_axes(rectangle, axes_class=_Curve)
    heading: dict[str, Any] = {"loc": "left", "size": TITLE, "weight": "bold", "pad": 9}
    ax.set_title(f"{scene.curve.name.capitalize()} after every half-step", parse_math=False, **heading)
    return ax


def _draw(ax: Axes, scene: Scene, style: Style) -> None:
    curve = scene.curve
    x = _places(curve)
    for other in curve.others:
        ax.plot(0.5 * np.arange(len(other)), other, color=style.line, linewidth=0.8, alpha=0.7, zorder=1)
    ax.plot(x, curve.values, color=style.muted, linewidth=1.4, zorder=2)
    fills = _fills(style)
    if len(x) < _MANY:
        size = 6.0 if len(x) <= _FEW else 3.2
        for phase, marker, fill in ((True, "o", fills[0]), (False, "D", fills[1])):
            here = curve.expectation == phase
            how: dict[str, Any] = {
                "markerfacecolor": fill,
                "markeredgecolor": style.ink,
                "markeredgewidth": 0.8,
            }
            scaled = size if phase else 0.86 * size
            ax.plot(
                x[here], curve.values[here], linestyle="", marker=marker, markersize=scaled, zorder=3, **how
            )
    _set_axes(ax, curve, x, style)
    _name_panels(ax, scene, x, style)
    _flag_events(ax, curve, style)


def _places(curve: Curve) -> Array:
    """E-steps stand at their iteration, M-steps half-way to the next."""
    return np.asarray(curve.iterations + np.where(curve.expectation, 0.0, 0.5))


def _fills(style: Style) -> tuple[str, str]:
    blue, orange = (paint.fill for paint in paints(("#5790fc", "#f89c20"), style))
    return (style.ink, style.paper) if style.greyscale else (blue, orange)


def _spans_decades(curve: Curve) -> bool:
    low, high = curve.values.min(), curve.values.max()
    return bool(low > 0 and high / low >= _DECADES)


def _value_limits(curve: Curve) -> tuple[float, float]:
    values = np.concatenate([curve.values, *curve.others])
    low, high = float(values.min()), float(values.max())
    if _spans_decades(curve):
        room = (high / low) ** 0.07
        return low / room, high * room**2.2
    span = (high - low) or abs(high) or 1.0
    bottom = 0.0 if 0 <= low < 0.5 * high else low - 0.08 * span
    return bottom, high + 0.16 * span


def _value_ticks(curve: Curve) -> tuple[Array, list[str], str]:
    if not len(curve.values):
        return np.empty(0), [], ""
    limits = _value_limits(curve)
    if not _spans_decades(curve):
        return tick_labels(limits, 5, years=False)
    first, last = (int(np.floor(np.log10(limit))) for limit in limits)
    every = max(1, round((last - first) / 6))
    steps = (1, 2, 5) if last - first < 3 else (1,)
    ticks = np.array([s * 10.0**e for e in range(first, last + 1, every) for s in steps])
    ticks = ticks[(ticks >= limits[0]) & (ticks <= limits[1])]
    return ticks, [number(t, 1) for t in ticks], ""


def _set_axes(ax: Axes, curve: Curve, x: Array, style: Style) -> None:
    if _spans_decades(curve):
        ax.set_yscale("log")
    ticks, labels, offset = _value_ticks(curve)
    formatter = FixedFormatter(labels)
    formatter.set_offset_string(offset)
    ax.yaxis.set_major_locator(FixedLocator(ticks.tolist()))
    ax.yaxis.set_major_formatter(formatter)
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_ylim(_value_limits(curve))
    last = float(x.max())
    room = 0.045 * max(last, 1.0)
    places, names, _ = tick_labels((0.0, max(last, 1.0)), 10)
    whole = [(p, n) for p, n in zip(places, names, strict=True) if p == round(p) and p <= last]
    ax.set_xticks([p for p, _ in whole], labels=[f"{p:,.0f}" for p, _ in whole])
    ax.set_xlim(-room, max(last, 1.0) + 1.6 * room)
    ax.set_xlabel("iteration", size=LABEL)
    ax.set_ylabel(curve.name, size=LABEL, parse_math=False)
    ax.tick_params(length=3, width=0.8, labelsize=TICK)
    ax.grid(axis="y", color=style.line, alpha=0.35, linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)


def _name_panels(ax: Axes, scene: Scene, x: Array, style: Style) -> None:
    """Ring and name the film strip's frames; a name that would cover another one is left out."""
    at = {index: i for i, index in enumerate(scene.curve.indices.tolist())}
    shown = [scene.frames[i] for i in scene.panels()] if scene.frames else []
    named = [(at[frame.index], frame.short_title) for frame in shown if frame.index in at]
    if not named:
        return
    rows = [i for i, _ in named]
    how: dict[str, Any] = {"c": "none", "edgecolors": style.ink, "linewidths": 0.9, "zorder": 4}
    ax.scatter(x[rows], scene.curve.values[rows], s=95, **how)
    text: dict[str, Any] = {"size": NOTE, "color": style.ink, "zorder": 5, "annotation_clip": False}
    taken: list[tuple[float, float, float]] = []  # left, right and height of the names so far, in points
    for i, name in sorted(named, key=lambda pair: pair[0] != named[-1][0]):
        place = (x[i], scene.curve.values[i])
        px, py = ax.transData.transform(place) * 72.0 / _dpi(ax)
        offset, side = ((-5, 7), "right") if name == "final" else ((5, 7), "left")
        left = px + offset[0] - (72.0 * width_of(name, NOTE) if side == "right" else 0.0)
        right = left + 72.0 * width_of(name, NOTE)
        if all(left > r + 4 or right < q - 4 or abs(py - height) > 12 for q, r, height in taken):
            taken.append((left, right, py))
            ax.annotate(name, place, offset, textcoords="offset points", ha=side, **text)


def _flag_events(ax: Axes, curve: Curve, style: Style) -> None:
    by_step: dict[int, list[Event]] = {}
    for index, event in curve.events:
        by_step.setdefault(index, []).append(event)
    across = ax.get_xaxis_transform()
    for level, (index, events) in enumerate(sorted(by_step.items())):
        x = index / 2 - 0.5  # half-step 1 is expectation step 0
        ax.plot(
            [x, x], [0, 0.97], color=style.muted, linewidth=0.8, linestyle=":", transform=across, zorder=1
        )
        if level >= _FLAGS and index != max(by_step):
            continue
        right = x > 0.6 * ax.get_xlim()[1]
        text = f"{_told(events)} ⚑" if right else f"⚑ {_told(events)}"
        how: dict[str, Any] = {"ha": "right" if right else "left", "va": "top", "size": 8.0}
        height = 0.985 - 0.055 * (level % _FLAGS)
        reach = 0.006 * np.diff(ax.get_xlim())[0] * (1 if right else -1)
        write(ax, x + reach, height, text, color=style.muted, transform=across, zorder=5, **how)


def _told(events: list[Event]) -> str:
    """Name events in few words; clusters that share one are listed together."""
    clusters: dict[str, list[str]] = {}
    for event in events:
        clusters.setdefault(event.kind, []).extend([] if event.cluster is None else [str(event.cluster)])
    parts = []
    for kind, numbers in clusters.items():
        name = _NAMES.get(kind) or drawable(kind.replace("_", " "), 30)
        plural = "s" if len(numbers) > 1 else ""
        listed = ", ".join(numbers[:4]) + (", …" if len(numbers) > 4 else "")
        parts.append(f"{name}{plural} {listed}".strip())
    return "; ".join(parts)


def _write_legend(ax: Axes, curve: Curve, style: Style, alone: bool) -> None:
    fills = _fills(style)
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


def _dpi(ax: Axes) -> float:
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes are drawn on a figure
    return float(figure.dpi)
