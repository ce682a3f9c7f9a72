"""Where things stand on a figure: the same for every frame of a run."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, MaxNLocator, ScalarFormatter

from emscope.columns import Array
from emscope.doubt import CERTAIN
from emscope.plot.badges import sized
from emscope.plot.gaussians import sigma_before, sigmas_drawn, sigmas_seen
from emscope.plot.lettering import drawable, shortened, width_of, wrapped, write
from emscope.scene import Frame, Scene
from emscope.scene.paint import Style
from emscope.wording import counted

DPI = 130
TITLE, CAPTION, LABEL, NOTE, TICK = 13.0, 9.5, 9.5, 8.5, 8.5
LINE = 1.38 / 72
"""Height of a line of text in inches, per point of its size."""
EDGE = 0.18
"""Inches that are free on every side."""

_AREA = 23.0  # of the axes of a frame, in square inches
_CAPTION_LINES = 7  # at most
_TICKS = 6  # intervals on an axis, at most
_SEEN = 3.0  # points that an ellipse reaches out from under a badge where it is seen


class Drawing(Figure):
    """A figure that a notebook shows without pyplot."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes in inches."""

    width: float  # of the figure
    height: float
    axes: tuple[float, float, float, float]  # left, bottom, width and height of the axes
    caption_top: float  # where the caption begins, from the bottom


def shape(scene: Scene) -> float:
    """Return height over width of a scene's axes."""
    if scene.limits.aspect == "equal":
        return float(np.diff(scene.ylim)[0] / np.diff(scene.xlim)[0])
    return 0.42 if scene.kind == "strip" else 0.72


def lay_out(scene: Scene, frames: tuple[Frame, ...]) -> Layout:
    """Find room for the axes and for the longest text of the frames."""
    ratio = shape(scene)
    width = float(np.clip((_AREA / ratio) ** 0.5, 4.4, 6.0))
    height = width * ratio
    _, labels, offset = tick_labels(scene.ylim)
    left = EDGE + 0.1
    if scene.kind != "strip":
        left += 0.24 + max(width_of(label, TICK) for label in labels)
    top = EDGE + TITLE * LINE + 0.1 + (TICK * LINE if offset else 0.0)
    total = left + width + EDGE
    captions = max(len(caption_lines(scene, frame, width)) for frame in frames)
    notes = max(len(wrapped(note(scene, frame, (width, height)), width, NOTE, 3)) for frame in frames)
    below = 0.06 + (TICK + LABEL) * LINE
    text = captions * CAPTION * LINE + (0.06 + notes * NOTE * LINE if notes else 0.0)
    bottom = below + 0.1 + text + EDGE
    return Layout(total, bottom + height + top, (left, bottom, width, height), bottom - below - 0.1)


def caption_lines(scene: Scene, frame: Frame, inches: float, size: float = CAPTION) -> list[str]:
    """Break a caption into lines; doubts that there is no room for are left off whole, and counted."""
    doubts = scene.doubts if frame is scene.frames[-1] else []
    sentence = frame.caption.removesuffix(" ".join(doubts)).rstrip()
    for shown in range(len(doubts), -1, -1):
        left = len(doubts) - shown
        what = f"{left} more" if shown else counted(left, "doubt")
        rest = [f"{what} {'is' if left == 1 else 'are'} left off here."] if left else []
        lines = wrapped(" ".join([sentence, *doubts[:shown], *rest]), inches, size, _CAPTION_LINES + 1)
        if len(lines) <= _CAPTION_LINES:
            return lines
    return wrapped(sentence, inches, size, _CAPTION_LINES)


def note(scene: Scene, frame: Frame, inches: tuple[float, float], scale: float = 1.0) -> str:
    """Return the smaller print under a caption: what the marks mean that are seen, and how much is shown.

    The axes have so many ``inches``, and badges their ``scale``.
    """
    parts = [scene.origin] if scene.origin else []
    parts += [*_marks_of_points(frame), *_marks_of_clusters(scene, frame, inches, scale)]
    _, outside = scene.brought_inside(frame.centers)
    if outside.any():
        parts.append(f"{scene.card.location.capitalize()} at the border lie farther out.")
    if scene.measure:
        parts.append(scene.measure)
    if scene.faithfulness:
        parts.append(scene.faithfulness)
    if scene.note:
        parts.append(f"{scene.note}, over their density." if scene.kind != "strip" else f"{scene.note}.")
    return " ".join(parts)


def _marks_of_points(frame: Frame) -> Iterator[str]:
    if frame.moved.any():
        yield ringed(frame)
    if frame.certainty is not None and (frame.certainty < CERTAIN).any():
        yield "Colors mix by responsibility; small points are uncertain."


def ringed(frame: Frame) -> str:
    """Tell what a ring around a point means."""
    what = "cluster" if frame.responsibilities is None else "their most likely component"
    return f"Ringed points change {what}."


def _marks_of_clusters(
    scene: Scene, frame: Frame, inches: tuple[float, float], scale: float
) -> Iterator[str]:
    moves = frame.phase == "maximization"
    gaussian = scene.card.owners == "gaussian"
    if frame.ellipses is None:
        regions = scene.regions(frame) if moves else None
        if regions is not None and len(regions.borders):
            yield "Dashed: borders of the old centers."
    elif scene.kind != "strip":
        sigmas = sigmas_drawn(len(frame.centers), gaussian=gaussian)
        unit = 72 * np.array(inches) / np.ptp([scene.xlim, scene.ylim], axis=1)
        hidden = sized(len(frame.centers), scale).radius + _SEEN
        seen = sigmas_seen(frame.ellipses, sigmas, unit, hidden)
        if seen:
            *most, last = map(str, seen)
            told = f"{', '.join(most)} and {last}" if most else last
            of = "" if gaussian else " of the components' covariances"
            yield f"Ellipses: {told} standard deviation{'' if seen == (1,) else 's'}{of}."
        before, old = sigma_before(sigmas), frame.old_ellipses if _changes(frame) else None
        if old is not None and sigmas_seen(old, (before,), unit, hidden):
            yield f"Dashed: {before}, before the step."
    elif gaussian:
        yield "Curves: the components' densities and their sum, over that of the points."
        if moves and _changes(frame):
            yield "Dashed: before the step."


def _changes(frame: Frame) -> bool:
    """Whether components move or change their shape so that those before the step are seen beside them."""
    return frame.reshapes or bool(frame.arrows.any())


def new_figure(layout: Layout, style: Style, dpi: float = DPI) -> tuple[Figure, Axes]:
    """Return an empty figure with its axes in place."""
    figure = empty_figure(None, (layout.width, layout.height), style, dpi)
    return figure, axes_at(figure, *layout.axes)


def empty_figure(figure: Figure | None, inches: tuple[float, float], style: Style, dpi: float) -> Figure:
    """Return a figure with nothing on it but its paper: the given one as it is, or a new one."""
    if figure is None:
        figure = Drawing(figsize=inches, dpi=dpi)
        FigureCanvasAgg(figure)
    figure.set_facecolor(style.paper)
    return figure


def axes_at(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Return new axes on a figure, placed in inches."""
    w, h = figure.get_size_inches()
    return figure.add_axes((left / w, bottom / h, width / w, height / h))


def set_up_axes(ax: Axes, scene: Scene, *, labeled: bool = True, scale: float = 1.0) -> None:
    """Give axes the limits, ticks and names of a scene."""
    size = LABEL * scale
    ax.set_autoscale_on(False)
    for axis, limits, name in zip(
        (ax.xaxis, ax.yaxis), (scene.xlim, scene.ylim), scene.axis_labels, strict=True
    ):
        measures = labeled and bool(name)
        set_ticks(axis, limits if measures else None, max(2, round(_TICKS * scale)), TICK * scale)
        if measures:
            room = _length(ax, axis is ax.xaxis)
            axis.set_label_text(shortened(drawable(name), room, size), parse_math=False, size=size)
    ax.set_xlim(scene.xlim)
    ax.set_ylim(scene.ylim)
    if scene.limits.aspect == "equal":
        ax.set_aspect("equal", adjustable="box")
    ax.tick_params(length=3 * scale, width=0.8 * scale, labelsize=TICK * scale)


def size_of(ax: Axes) -> tuple[float, float]:
    """Return width and height of axes as they are drawn, in inches."""
    ax.apply_aspect()
    return _length(ax, True), _length(ax, False)


def _length(ax: Axes, horizontal: bool) -> float:
    """Return how long one of the axes is, in inches."""
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes are drawn on a figure
    box = ax.get_window_extent()
    return float(box.width if horizontal else box.height) / float(figure.dpi)


def tick_places(limits: tuple[float, float], most: int) -> Array:
    """Return round values between limits, in ``most`` intervals at most."""
    ticks = np.asarray(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(*limits))
    return ticks[(ticks >= limits[0]) & (ticks <= limits[1])]


def tick_labels(limits: tuple[float, float], most: int = _TICKS) -> tuple[Array, list[str], str]:
    """Return where ticks stand, what they say, and what is to be added to or multiplied with them."""
    ticks = tick_places(limits, most)
    formatter = ScalarFormatter(useMathText=False)
    formatter.create_dummy_axis()
    assert formatter.axis is not None  # just made
    formatter.axis.set_view_interval(*limits)
    formatter.axis.set_data_interval(*limits)
    labels = formatter.format_ticks(ticks.tolist())
    offset = formatter.get_offset()
    added = offset.startswith(("+", "-", "\N{MINUS SIGN}"))
    largest = float(np.abs(ticks).max(initial=0))
    if not added and 1e4 <= largest < 1e9:  # smaller ones could be years, which have no comma
        return ticks, [f"{tick:,.0f}".replace("-", "\N{MINUS SIGN}") for tick in ticks], ""
    return ticks, labels, offset


def set_ticks(axis: Axis, limits: tuple[float, float] | None, most: int = _TICKS, size: float = TICK) -> None:
    """Put ticks on an axis whose texts will never change; none where there are no limits."""
    if limits is None:
        axis.set_ticks([])
        return
    ticks, labels, offset = tick_labels(limits, most)
    axis.set_ticks(ticks.tolist(), labels=labels)
    if offset:
        formatter = FixedFormatter(labels)
        formatter.set_offset_string(offset)
        axis.set_major_formatter(formatter)
        axis.get_offset_text().set_fontsize(size)


def write_caption(figure: Figure, layout: Layout, scene: Scene, frame: Frame, style: Style) -> list[Any]:
    """Write title, caption and notes."""
    w, h = layout.width, layout.height
    left, bottom, room, height = layout.axes
    _, _, offset = tick_labels(scene.ylim)
    above = bottom + height + 0.1 + (TICK * LINE if offset else 0.0)
    texts = [
        write(
            figure, left / w, above / h, frame.title, size=TITLE, weight="bold", color=style.ink, va="bottom"
        )
    ]
    y = layout.caption_top
    lines = caption_lines(scene, frame, room)
    small = wrapped(note(scene, frame, (room, height)), room, NOTE, 3)
    for text, size, color in ((lines, CAPTION, style.ink), (small, NOTE, style.muted)):
        if text:
            how = {"size": size, "color": color, "va": "top", "linespacing": 1.2}
            texts.append(write(figure, left / w, y / h, "\n".join(text), **how))
            y -= len(text) * size * LINE + 0.06
    return texts
