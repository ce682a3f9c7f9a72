"""The objective's curve inside one pair of axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from emscope.columns import Array
from emscope.events import Event, kind_of
from emscope.plot.layout import LABEL, NOTE, TICK, tick_labels, tick_places
from emscope.plot.lettering import drawable, width_of, write
from emscope.scene import Curve, Scene
from emscope.scene.paint import Style, paints
from emscope.wording import number, signed

_DECADES = 100.0  # from this ratio on the axis is logarithmic
_HIDES = 4.0  # times the range of all others that a first value may lie above the least of them
_EVEN = 1e-3  # range of all others, in nats, below which there is nothing to hide
_ROUNDING = 1e-8  # range of the values, to the largest of them, that is drawn as none
_PLAIN = (1e-4, 1e9)  # between these, values are written without a power of ten
_ABOVE = 0.16  # room above the highest value for its name, in their range
_FEW, _MANY = 40, 200  # half-steps up to which marks are large, from which on there are none
_FLAGS = 4  # events of a run that are named at most


def draw(ax: Axes, scene: Scene, named: Sequence[tuple[int, str]], style: Style, scale: float = 1.0) -> None:
    """Draw the objective after every half-step; those that are ``named`` get a ring and their name.

    Small axes, whose scale is below 1, have no room for events.
    """
    curve = scene.curve
    x = _places(curve)
    for other in curve.others:
        ax.plot(0.5 * np.arange(len(other)), other, color=style.line, linewidth=0.8, alpha=0.7, zorder=1)
    ax.plot(x, curve.values, color=style.muted, linewidth=1.4 * scale, zorder=2)
    if len(x) < _MANY:
        size = (6.0 if len(x) <= _FEW else 3.2) * scale
        for phase, marker, fill in zip((True, False), "oD", fills(style), strict=True):
            here = curve.expectation == phase
            how: dict[str, Any] = {
                "markerfacecolor": fill,
                "markeredgecolor": style.ink,
                "markeredgewidth": 0.8 * scale,
            }
            scaled = size if phase else 0.86 * size
            ax.plot(
                x[here], curve.values[here], linestyle="", marker=marker, markersize=scaled, zorder=3, **how
            )
    _set_axes(ax, curve, x, style, scale)
    _name(ax, curve, x, named, style, scale)
    if _is_hidden(curve):
        _tell_first(ax, curve, x, style, scale)
    if scale >= 1:
        _flag_events(ax, curve, style)


def fills(style: Style) -> tuple[str, str]:
    """Return the colors of marks after E-steps and after M-steps."""
    blue, orange = (paint.fill for paint in paints(("#5790fc", "#f89c20"), style))
    return (style.ink, style.paper) if style.grayscale else (blue, orange)


def _places(curve: Curve) -> Array:
    """E-steps stand at their iteration, M-steps half-way to the next."""
    return np.asarray(curve.iterations + np.where(curve.expectation, 0.0, 0.5))


def _spans_decades(curve: Curve) -> bool:
    low, high = curve.values.min(), curve.values.max()
    return bool(curve.from_zero and low > 0 and high / low >= _DECADES)


def _is_hidden(curve: Curve) -> bool:
    """Whether the value at the start lies so high that it would flatten all others."""
    if curve.from_zero or len(curve.values) < 3:
        return False
    first, *others = curve.values
    return bool(first - min(others) > _HIDES * (max(others) - min(others)) > _HIDES * _EVEN)


def _value_limits(curve: Curve, above: float = _ABOVE) -> tuple[float, float]:
    skipped = int(_is_hidden(curve))
    values = np.concatenate([series[skipped:] for series in (curve.values, *curve.others)])
    low, high = float(values.min()), float(values.max())
    if _spans_decades(curve):
        room = (high / low) ** 0.07
        return low / room, high * room**2.2
    span, largest = high - low, max(abs(low), abs(high))
    if span <= _ROUNDING * largest:
        span = largest or 1.0
    bottom = 0.0 if curve.from_zero and 0 <= low < 0.5 * high else low - 0.08 * span
    return bottom, high + above * span


def intervals(scale: float) -> int:
    """Return how many intervals an axis of values has room for."""
    return max(3, round(5 * scale))


def value_ticks(curve: Curve, most: int = 5) -> tuple[Array, list[str]]:
    """Return where ticks stand on the axis of values, in ``most`` intervals at most, and what they say.

    The labels are whole values, with as many digits as tell them apart.
    """
    if not len(curve.values):
        return np.empty(0), []
    limits = _value_limits(curve)
    if not _spans_decades(curve):
        ticks = tick_places(limits, most)
        return ticks, _written_out(ticks)
    first, last = (int(np.floor(np.log10(limit))) for limit in limits)
    every = max(1, round((last - first) / 6))
    steps = (1, 2, 5) if last - first < 3 else (1,)
    ticks = np.array([s * 10.0**e for e in range(first, last + 1, every) for s in steps])
    ticks = ticks[(ticks >= limits[0]) & (ticks <= limits[1])]
    return ticks, [number(t, 1) for t in ticks]


def _written_out(ticks: Array) -> list[str]:
    """Write evenly spaced values with as many digits as they need."""
    largest, step = float(np.abs(ticks).max(initial=0.0)), float(np.diff(ticks).min(initial=np.inf))
    if not largest:
        return ["0"] * len(ticks)
    exponent = 0 if _PLAIN[0] <= largest < _PLAIN[1] else int(np.floor(np.log10(largest)))
    power = f"e{exponent}" if exponent else ""
    scaled = ticks / 10.0**exponent
    enough = 1e-3 * min(step, largest) / 10.0**exponent
    digits = next((n for n in range(16) if np.abs(scaled - scaled.round(n)).max() <= enough), 16)
    texts = (f"{value:,.{digits}f}{power if value else ''}" for value in scaled.round(digits) + 0.0)
    return [f"\N{MINUS SIGN}{text[1:]}" if text.startswith("-") else text for text in texts]


def _set_axes(ax: Axes, curve: Curve, x: Array, style: Style, scale: float) -> None:
    if _spans_decades(curve):
        ax.set_yscale("log")
    ticks, labels = value_ticks(curve, intervals(scale))
    ax.yaxis.set_major_locator(FixedLocator(ticks.tolist()))
    ax.yaxis.set_major_formatter(FixedFormatter(labels))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_ylim(_value_limits(curve, _room_for_a_name(ax, scale)))
    last = float(x.max())
    room = 0.045 * max(last, 1.0)
    places, names, _ = tick_labels((0.0, max(last, 1.0)), max(4, round(10 * scale**2)))
    whole = [(p, n) for p, n in zip(places, names, strict=True) if p == round(p) and p <= last]
    ax.set_xticks([p for p, _ in whole], labels=[f"{p:,.0f}" for p, _ in whole])
    ax.set_xlim(-room, max(last, 1.0) + 1.6 * room)
    ax.set_xlabel("iteration", size=LABEL * scale)
    ax.set_ylabel(curve.name if scale >= 1 else "", size=LABEL * scale, parse_math=False)
    ax.tick_params(length=3 * scale, width=0.8 * scale, labelsize=TICK * scale)
    ax.grid(axis="y", color=style.line, alpha=0.35, linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)


def _room_for_a_name(ax: Axes, scale: float) -> float:
    """Return how much room there must be above the highest value: more in low axes."""
    height = 72.0 * ax.get_window_extent().height / _dpi(ax)
    share = min(0.5, (9 + 1.2 * NOTE * scale) / max(height, 1.0))
    return max(_ABOVE, 1.08 * share / (1 - share))


def _name(
    ax: Axes, curve: Curve, x: Array, marked: Sequence[tuple[int, str]], style: Style, scale: float
) -> None:
    """Ring and name half-steps; a name that would cover another one is left out."""
    at = {index: i for i, index in enumerate(curve.indices.tolist())}
    named = [
        (at[index], name) for index, name in marked if index in at and (at[index] or not _is_hidden(curve))
    ]
    if not named:
        return
    rows = [i for i, _ in named]
    how: dict[str, Any] = {"c": "none", "edgecolors": style.ink, "linewidths": 0.9 * scale, "zorder": 4}
    ax.scatter(x[rows], curve.values[rows], s=95 * scale**2, **how)
    size = NOTE * scale
    text: dict[str, Any] = {"size": size, "color": style.ink, "zorder": 5, "annotation_clip": False}
    taken: list[tuple[float, float, float]] = []  # left, right and height of the names so far, in points
    for i, name in sorted(named, key=lambda pair: pair[0] != named[-1][0]):
        place = (x[i], curve.values[i])
        px, py = ax.transData.transform(place) * 72.0 / _dpi(ax)
        offset, side = ((-5, 7), "right") if name == "final" else ((5, 7), "left")
        left = px + offset[0] - (72.0 * width_of(name, size) if side == "right" else 0.0)
        right = left + 72.0 * width_of(name, size)
        if all(left > r + 4 or right < q - 4 or abs(py - height) > 12 for q, r, height in taken):
            taken.append((left, right, py))
            ax.annotate(name, place, offset, textcoords="offset points", ha=side, **text)


def _tell_first(ax: Axes, curve: Curve, x: Array, style: Style, scale: float) -> None:
    """Write the first value where the curve comes down from it, above the end of the axis."""
    top = ax.get_ylim()[1]
    where = np.interp(top, curve.values[1::-1], x[1::-1])
    text = f"↑ {signed(float(curve.values[0]))} after E 0"
    write(ax, where, top, f" {text}", size=NOTE * scale, color=style.ink, ha="left", va="top", zorder=5)


def _flag_events(ax: Axes, curve: Curve, style: Style) -> None:
    by_step: dict[int, list[Event]] = {}
    for index, event in curve.events:
        if not kind_of(event).routine:
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
        mark = "⚑" if all(kind_of(event).ends for event in events) else "⚠"
        text = f"{_told(events)} {mark}" if right else f"{mark} {_told(events)}"
        how: dict[str, Any] = {"ha": "right" if right else "left", "va": "top", "size": 8.0}
        height = 0.985 - 0.055 * (level % _FLAGS + _is_hidden(curve))  # below the first value's
        reach = 0.006 * np.diff(ax.get_xlim())[0] * (1 if right else -1)
        write(ax, x + reach, height, text, color=style.muted, transform=across, zorder=5, **how)


def _told(events: list[Event]) -> str:
    """Name events in few words; clusters that share one are listed together."""
    clusters: dict[str, list[str]] = {}
    for event in events:
        numbers = clusters.setdefault(kind_of(event).short, [])
        numbers += [] if event.cluster is None else [str(event.cluster)]
    parts = []
    for name, numbers in clusters.items():
        plural = "s" if len(numbers) > 1 else ""
        listed = ", ".join(numbers[:4]) + (", …" if len(numbers) > 4 else "")
        parts.append(f"{drawable(name, 30)}{plural} {listed}".strip())
    return "; ".join(parts)


def _dpi(ax: Axes) -> float:
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes are drawn on a figure
    return float(figure.dpi)
