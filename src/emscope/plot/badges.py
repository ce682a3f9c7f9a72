"""Centers: numbered badges that stay apart, and arrows from where they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.font_manager import FontProperties
from matplotlib.markers import MarkerStyle
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path
from matplotlib.patheffects import Normal, Stroke
from matplotlib.textpath import TextPath
from matplotlib.transforms import IdentityTransform

from emscope.columns import Array
from emscope.scene.paint import Paint, Style

_GAP = 2.2  # between two badges, in points
_ROUNDS = 60
_RADII = ((10, 9.5), (30, 7.8), (50, 6.4), (120, 4.8))  # of badges, for so many centers at most
_CLEAR = 5.0  # from a badge's rim to a point that it leaves to be seen, in points
_DISC = MarkerStyle("o").get_path().transformed(MarkerStyle("o").get_transform())
_NUMBERED = _RADII[-1][0]  # more centers than this are dots without a number


@dataclass(frozen=True, slots=True)
class Badges:
    """How big centers are drawn."""

    radius: float  # in points
    numbered: bool  # whether there is room for numbers
    scale: float  # of lines and arrow heads


def sized(n_clusters: int, scale: float = 1.0) -> Badges:
    """Return how big the centers of a run are drawn; a panel of a film strip has a smaller scale."""
    radius = next((radius for most, radius in _RADII if n_clusters <= most), 3.2)
    numbered = n_clusters <= _NUMBERED
    return Badges(radius * scale, numbered, scale**0.5)


def kept_apart(places: Array, least: float) -> Array:
    """Push places of shape (k, 2) away from each other until ``least`` lies between any two."""
    apart = places.astype(np.float64)
    k = len(apart)
    # places that coincide part in directions of their own
    angle = 2.399963 * np.arange(k)
    nudge = 1e-3 * least * np.column_stack([np.cos(angle), np.sin(angle)])
    for _ in range(_ROUNDS):
        between = apart[:, None] - apart[None] + (nudge[:, None] - nudge[None])
        distance = np.linalg.norm(between, axis=2)
        np.fill_diagonal(distance, np.inf)
        lacking = np.maximum(0.0, least - distance)
        if not (lacking > 0.01 * least).any():
            break
        apart += 0.5 * ((lacking / distance)[:, :, None] * between).sum(axis=1)
    return apart


def beside(places: Array, points: Array, least: float, middle: Array) -> Array:
    """Push places of shape (k, 2) ``least`` away from points, (m, 2), that they would hide.

    A place that stands right on a point goes to ``middle``, (2,).
    """
    moved = places.astype(np.float64)
    nudge = 1e-3 * (middle - moved) + 1e-6 * least
    for _ in range(_ROUNDS):
        between = moved[:, None] - points[None] + nudge[:, None]
        distance = np.linalg.norm(between, axis=2)
        lacking = np.maximum(0.0, least - distance)
        if not (lacking > 0.01 * least).any():
            break
        hidden = np.maximum(np.count_nonzero(lacking, axis=1), 1)
        moved += ((lacking / distance)[:, :, None] * between).sum(axis=1) / hidden[:, None]
    return moved


def draw_centers(
    ax: Axes,
    centers: Array,
    outside: Array,
    points: Array,
    paint: Sequence[Paint],
    style: Style,
    badges: Badges,
) -> list[Artist]:
    """Draw centers as numbered badges; those ``outside`` the limits stand at the border.

    No badge hides one of the points; one that had to give way is tied to its center by a line.
    """
    fills, rims = [p.fill for p in paint], [p.rim for p in paint]
    radius = badges.radius
    if not badges.numbered:
        return [_discs(ax, centers, radius, fills, 6.0, edge=style.ink, width=0.8)]
    exact = _in_points(ax, centers)
    apart = exact
    if len(points):
        apart = beside(exact, _in_points(ax, points), radius + _CLEAR * badges.scale, _middle(ax))
    apart = kept_apart(apart, 2 * radius + _GAP)
    away = np.linalg.norm(apart - exact, axis=1) > 0.75 * radius
    places = _in_data(ax, apart)
    artists: list[Artist] = []
    if away.any():
        lines = np.stack([centers[away], places[away]], axis=1)
        ties = LineCollection(list(lines), colors=style.ink, linewidths=1.0, zorder=5.8)
        dots = [rims[i] for i in np.flatnonzero(away)]
        artists.append(ax.add_collection(ties))
        artists.append(_discs(ax, centers[away], 2.6 * badges.scale**2, dots, 5.9, edge=style.paper))
    if outside.any():
        artists.append(_beyond(ax, places, exact, outside, radius, style))
    artists.append(_discs(ax, places, radius + 1.3, style.paper, 6.0))
    artists.append(_discs(ax, places, radius, fills, 6.1, edge=rims, width=0.8))
    artists.append(_discs(ax, places, 0.7 * radius, style.ink, 6.2))
    artists.append(_numbers(ax, places, radius, style.paper))
    return artists


def draw_old_centers(
    ax: Axes, centers: Array, paint: Sequence[Paint], style: Style, badges: Badges
) -> list[Artist]:
    """Draw faint rings where centers were."""
    radius = 0.72 * badges.radius
    under = _discs(ax, centers, radius + 1.0, style.paper, 4.0)
    under.set_alpha(0.75)
    ring = _discs(
        ax,
        centers,
        radius,
        [p.tint for p in paint],
        4.1,
        edge=[p.outline for p in paint],
        width=1.4 * badges.scale,
    )
    ring.set_alpha(0.75)
    return [under, ring]


def draw_arrows(ax: Axes, old: Array, new: Array, shown: Array, style: Style, badges: Badges) -> list[Artist]:
    """Draw arrows from old centers to new ones that are ``shown``, where they are longer than the markers."""
    length = np.linalg.norm(_in_points(ax, new) - _in_points(ax, old), axis=1)
    start, end = 0.72 * badges.radius, badges.radius + 1.0
    halo = [Stroke(linewidth=3.2 * badges.scale, foreground=style.paper), Normal()]
    artists: list[Artist] = []
    for i in np.flatnonzero(shown & (length > start + end + 3.0)):
        arrow = FancyArrowPatch(
            tuple(old[i]),
            tuple(new[i]),
            arrowstyle="-|>,head_length=0.42,head_width=0.2",
            mutation_scale=11.0 * badges.scale**2,
            shrinkA=start,
            shrinkB=end,
            linewidth=1.3 * badges.scale,
            color=style.ink,
            path_effects=halo,
            zorder=5.0,
        )
        artists.append(ax.add_patch(arrow))
    return artists


def _numbers(ax: Axes, places: Array, radius: float, color: str) -> Artist:
    """Write the clusters' numbers as shapes, which is much quicker than as text."""
    sizes = [radius * (1.0 if i < 10 else 0.82 if i < 100 else 0.62) for i in range(len(places))]
    numbers = PathCollection(
        [number_path(i) for i in range(len(places))],
        sizes=np.square(sizes),
        facecolors=color,
        linewidths=0,
        offsets=places,
        offset_transform=ax.transData,
        clip_on=False,
        zorder=6.3,
    )
    numbers.set_transform(IdentityTransform())
    return ax.add_collection(numbers, autolim=False)


@lru_cache(maxsize=256)
def number_path(number: int) -> Path:
    """Return the outline of a number about its middle, one point in size."""
    bold = FontProperties(family="DejaVu Sans", weight="bold")
    outline = TextPath((0, 0), str(number), size=100, prop=bold, usetex=False)
    box = outline.get_extents()
    zero = TextPath((0, 0), "0", size=100, prop=bold, usetex=False).get_extents()
    middle = ((box.x0 + box.x1) / 2, (zero.y0 + zero.y1) / 2)
    return Path((np.asarray(outline.vertices) - middle) / 100, outline.codes)


def _beyond(ax: Axes, places: Array, points: Array, outside: Array, radius: float, style: Style) -> Artist:
    """Draw heads of arrows that point out of the picture, beside the badges of centers outside."""
    way = points[outside] - _middle(ax)
    way = way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-12)
    at = _in_data(ax, _in_points(ax, places[outside]) + (radius + 3.5) * way)
    heads = [MarkerStyle((3, 0, float(np.degrees(np.arctan2(-x, y))))) for x, y in way]
    paths = [head.get_path().transformed(head.get_transform()) for head in heads]
    collection: PathCollection = _discs(ax, at, 3.4, style.ink, 6.05)
    collection.set_paths(paths)
    return collection


def _discs(
    ax: Axes,
    places: Array,
    radius: float,
    face: Any,
    zorder: float,
    edge: Any = "none",
    width: float = 0.8,
) -> Any:
    # what ax.scatter makes, without its looks at limits, units and cycles of colors
    discs = PathCollection(
        [_DISC],
        [(2 * radius) ** 2],
        offsets=places,
        offset_transform=ax.transData,
        facecolors=face,
        edgecolors=edge,
        linewidths=width,
        zorder=zorder,
        clip_on=False,
    )
    discs.set_transform(IdentityTransform())
    return ax.add_collection(discs, autolim=False)


def _dots_per_point(ax: Axes) -> float:
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes are drawn on a figure
    return float(figure.dpi) / 72.0


def _middle(ax: Axes) -> Array:
    """Return the middle of the axes, in points."""
    return np.asarray(_in_points(ax, np.array([[np.mean(ax.get_xlim()), np.mean(ax.get_ylim())]]))[0])


def _in_points(ax: Axes, places: Array) -> Array:
    return np.asarray(ax.transData.transform(places) / _dots_per_point(ax))


def _in_data(ax: Axes, points: Array) -> Array:
    return np.asarray(ax.transData.inverted().transform(points * _dots_per_point(ax)))
