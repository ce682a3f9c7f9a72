"""Centers: numbered badges that stay apart, and arrows from where they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.markers import MarkerStyle
from matplotlib.patches import FancyArrowPatch
from matplotlib.patheffects import Normal, Stroke

from emscope.plot.lettering import write
from emscope.plot.style import Paint, Style

Array = npt.NDArray[Any]

_GAP = 2.2  # between two badges, in points
_ROUNDS = 60
_NUMBERED = 120  # more centers than this are dots without a number


@dataclass(frozen=True, slots=True)
class Badges:
    """How big centers are drawn.

    Attributes
    ----------
    radius : float
        In points.
    numbered : bool
        Whether there is room for numbers.
    scale : float
        Of lines and arrow heads.
    """

    radius: float
    numbered: bool
    scale: float


def sized(n_clusters: int, scale: float = 1.0) -> Badges:
    """Return how big the centers of a run are drawn.

    Parameters
    ----------
    n_clusters : int
        k.
    scale : float
        Of the picture; a panel of a film strip is smaller than a frame.

    Returns
    -------
    Badges
    """
    radius = 9.5 if n_clusters <= 10 else 7.8 if n_clusters <= 30 else 6.4
    numbered = n_clusters <= _NUMBERED
    return Badges((radius if numbered else 3.2) * scale, numbered, scale**0.5)


def kept_apart(places: Array, least: float) -> Array:
    """Push places that are too close away from each other.

    Parameters
    ----------
    places : ndarray of shape (k, 2)
    least : float
        The distance that two of them are to have.

    Returns
    -------
    ndarray of shape (k, 2)
    """
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


def draw_centers(
    ax: Axes, centers: Array, outside: Array, paint: Sequence[Paint], style: Style, badges: Badges
) -> list[Artist]:
    """Draw centers as numbered badges.

    A badge that had to give way is tied to its center by a line.

    Parameters
    ----------
    ax : Axes
    centers : ndarray of shape (k, 2)
    outside : ndarray of bool, shape (k,)
        Centers that lie beyond the limits and stand at the border.
    paint : sequence of Paint
    style : Style
    badges : Badges

    Returns
    -------
    list of Artist
    """
    fills, rims = [p.fill for p in paint], [p.rim for p in paint]
    radius = badges.radius
    if not badges.numbered:
        return [_discs(ax, centers, radius, fills, 6.0, edge=style.ink, width=0.8)]
    points = _in_points(ax, centers)
    apart = kept_apart(points, 2 * radius + _GAP)
    away = np.linalg.norm(apart - points, axis=1) > 0.75 * radius
    places = _in_data(ax, apart)
    artists: list[Artist] = []
    if away.any():
        lines = np.stack([centers[away], places[away]], axis=1)
        artists.append(
            ax.add_collection(LineCollection(list(lines), colors=style.ink, linewidths=1.0, zorder=5.8))
        )
        artists.append(
            _discs(ax, centers[away], 2.6, [rims[i] for i in np.flatnonzero(away)], 5.9, edge=style.paper)
        )
    if outside.any():
        artists.append(_beyond(ax, places, points, outside, radius, style))
    artists.append(_discs(ax, places, radius + 1.3, style.paper, 6.0))
    artists.append(_discs(ax, places, radius, fills, 6.1, edge=rims, width=0.8))
    artists.append(_discs(ax, places, 0.7 * radius, style.ink, 6.2))
    for number, (x, y) in enumerate(places):
        size = radius * (1.0 if number < 10 else 0.82 if number < 100 else 0.62)
        how = {"ha": "center", "va": "center_baseline", "weight": "bold", "zorder": 6.3}
        artists.append(write(ax, x, y, str(number), size=size, color=style.paper, **how))
    return artists


def draw_old_centers(
    ax: Axes, centers: Array, paint: Sequence[Paint], style: Style, badges: Badges
) -> list[Artist]:
    """Draw faint rings where centers were.

    Parameters
    ----------
    ax : Axes
    centers : ndarray of shape (k, 2)
    paint : sequence of Paint
    style : Style
    badges : Badges

    Returns
    -------
    list of Artist
    """
    radius = 0.72 * badges.radius
    under = _discs(ax, centers, radius + 1.0, style.paper, 4.0)
    under.set_alpha(0.75)
    ring = _discs(
        ax,
        centers,
        radius,
        [p.tint for p in paint],
        4.1,
        edge=[p.rim for p in paint],
        width=1.4 * badges.scale,
    )
    ring.set_alpha(0.75)
    return [under, ring]


def draw_arrows(ax: Axes, old: Array, new: Array, shown: Array, style: Style, badges: Badges) -> list[Artist]:
    """Draw arrows from old centers to new ones, where they are longer than the markers.

    Parameters
    ----------
    ax : Axes
    old, new : ndarray of shape (k, 2)
    shown : ndarray of bool, shape (k,)
        Which ones moved far enough.
    style : Style
    badges : Badges

    Returns
    -------
    list of Artist
    """
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


def _beyond(ax: Axes, places: Array, points: Array, outside: Array, radius: float, style: Style) -> Artist:
    """Draw heads of arrows that point out of the picture, beside the badges of centers outside."""
    middle = _in_points(ax, np.array([[np.mean(ax.get_xlim()), np.mean(ax.get_ylim())]]))
    way = points[outside] - middle
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
    return ax.scatter(
        places[:, 0],
        places[:, 1],
        s=(2 * radius) ** 2,
        c=face,
        edgecolors=edge,
        linewidths=width,
        marker="o",
        zorder=zorder,
        clip_on=False,
    )


def _dots_per_point(ax: Axes) -> float:
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes are drawn on a figure
    return float(figure.dpi) / 72.0


def _in_points(ax: Axes, places: Array) -> Array:
    return np.asarray(ax.transData.transform(places) / _dots_per_point(ax))


def _in_data(ax: Axes, points: Array) -> Array:
    return np.asarray(ax.transData.inverted().transform(points * _dots_per_point(ax)))
