"""One frame of a scene inside one pair of axes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.colors import to_rgba, to_rgba_array
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform

from emscope.columns import Array
from emscope.plot import badges as badging
from emscope.plot import gaussians
from emscope.scene import Frame, Scene
from emscope.scene.colors import blended
from emscope.scene.paint import Paint, Style, paints

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
_MANY = 2_000  # points from which on vector files hold a picture of them
_EACH_SEEN = 12  # points up to which no mark may hide one
_ON_TOP = 4.5  # zorder between old centers and arrows
_RINGS = 30  # that a small panel has room for
_SMALL = 0.8  # scale below which a panel is small
_STRIP = 0.6  # scale below which lines are thinner
_FINAL = 1.5  # how much larger points are drawn in the final clustering
_UNCERTAIN = 0.4  # area of a point that belongs to all components alike, to that of a certain one
_DENSEST = 0.5  # opacity of the density where it is highest


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """What is needed to draw any frame of a scene into the same axes."""

    ax: Axes
    scene: Scene
    style: Style
    scale: float = 1.0  # of points and badges; 1 in a frame, less in a film strip

    @property
    def paint(self) -> tuple[Paint, ...]:
        """How the clusters are painted."""
        return paints(self.scene.colors, self.style)

    @property
    def badges(self) -> badging.Badges:
        """How big centers are drawn."""
        return badging.sized(len(self.scene.colors), self.scale)

    @property
    def _few(self) -> bool:
        """Whether there are so few points that each is to be seen."""
        return len(self.scene.positions) <= _EACH_SEEN

    def draw(self, frame: Frame) -> list[Artist]:
        """Draw everything about a frame."""
        return self.draw_points(frame) + self.draw_centers(frame)

    def draw_backdrop(self) -> list[Artist]:
        """Draw what stays the same through a run: the density."""
        scene, style = self.scene, self.style
        if scene.profile is not None:
            x, height = scene.profile.T
            top = gaussians.BASE + gaussians.HEIGHT * height
            area = self.ax.fill_between(
                x, gaussians.BASE, top, color=style.unowned, alpha=0.55, linewidth=0, zorder=0.6
            )
            (line,) = self.ax.plot(x, top, color=style.muted, linewidth=1.1, zorder=0.7)
            return [area, line]
        if scene.density is not None:
            cloud = np.empty((*scene.density.shape, 4))
            cloud[..., :3] = to_rgba(style.muted)[:3]
            cloud[..., 3] = _DENSEST * scene.density**1.5
            image = self.ax.imshow(
                cloud,
                extent=(*scene.xlim, *scene.ylim),
                origin="lower",
                interpolation="bilinear",
                aspect="auto",
                zorder=0.6,
            )
            return [image]
        return []

    def draw_points(self, frame: Frame, share: float = 1.0) -> list[Artist]:
        """Draw regions, points, and rings around the points that moved.

        ``share`` is how much of their way responsibilities have gone in an expectation step.
        """
        artists = self._regions(frame)
        m = len(self.scene.positions)
        area = float(np.clip(30 * (300 / max(m, 1)) ** 0.55, 4.5, 46)) * self.scale**2
        area *= _FINAL if frame.final else 1.0
        artists.append(self._points(frame, area, share))
        if frame.moved.any() and not self._has_rims(frame):
            x, y = self.scene.positions[frame.moved].T
            size = 2.1 * area + 10 * self.scale**2
            ring = self.ax.scatter(
                x,
                y,
                s=size,
                c="none",
                edgecolors=self.style.ink,
                linewidths=0.9 * self.scale,
                zorder=_ON_TOP if self._few else 2.5,
            )
            artists.append(ring)
        return artists

    def draw_centers(self, frame: Frame, share: float = 1.0) -> list[Artist]:
        """Draw the centers, and in a maximization step where they were.

        ``share`` is how much of their way the centers have gone.
        """
        artists = self._gaussians(frame, share)
        centers, outside = self.scene.brought_inside(frame.centers)
        if frame.old_centers is not None:
            old, _ = self.scene.brought_inside(frame.old_centers)
            centers = old + share * (centers - old)
            outside = outside & (share == 1.0)
            how = (self.style, self.badges)
            artists += badging.draw_old_centers(self.ax, old, self.paint, *how)
            artists += badging.draw_arrows(self.ax, old, centers, frame.arrows, *how)
        points = self.scene.positions[: None if self._few else 0]
        look = (self.paint, self.style, self.badges)
        return artists + badging.draw_centers(self.ax, centers, outside, points, *look)

    def _gaussians(self, frame: Frame, share: float) -> list[Artist]:
        """Draw a mixture's components, and in a maximization step those before it."""
        if frame.ellipses is None:
            return []
        gaussian = self.scene.card.owners == "gaussian"
        sigmas = gaussians.sigmas_drawn(len(frame.centers), gaussian=gaussian)
        moments = ((0.0, True), (share, False)) if frame.old_ellipses is not None else ((1.0, False),)
        artists: list[Artist] = []
        for at, old in moments:
            heights = self.scene.component_heights(frame, at)
            how = (self.paint, self.style, self.badges.scale)
            if self.scene.profile is not None:
                if heights is not None:
                    place = self.scene.profile[:, 0]
                    artists += gaussians.draw_heights(self.ax, place, heights, *how, old=old)
            else:
                centers, ellipses, _ = frame.on_the_way(at)
                crowded = len(self.scene.positions) > _MANY
                artists += gaussians.draw_ellipses(
                    self.ax, centers, ellipses, sigmas, *how, old=old, crowded=crowded
                )
        return artists

    def _regions(self, frame: Frame) -> list[Artist]:
        regions = self.scene.regions(frame)
        if regions is None:
            return []
        owned = [i for i, polygon in enumerate(regions.polygons) if len(polygon)]
        tints = [self.paint[i].tint for i in owned]
        faded = frame.phase == "maximization"
        artists: list[Artist] = []
        if self.style.tint:
            cells = [regions.polygons[i] for i in owned]
            areas = PolyCollection(cells, facecolors=tints, edgecolors=tints, linewidths=0.4, zorder=0.5)
            artists.append(self.ax.add_collection(areas, autolim=False))
        borders = LineCollection(
            list(regions.borders),
            colors=self.style.border,
            linewidths=(0.8 if faded else 1.0) * min(1.0, self.scale / _STRIP) ** 0.5,
            linestyles=(0, (4, 3)) if faded else "-",
            zorder=1.0,
        )
        artists.append(self.ax.add_collection(borders, autolim=False))
        return artists

    def _has_rims(self, frame: Frame) -> bool:
        """Whether points that moved have a dark rim, because rings would hide their neighbors."""
        crowded = self.scale < _SMALL and np.count_nonzero(frame.moved) > _RINGS
        return bool(frame.moved.any() and (crowded or len(self.scene.positions) > _MANY))

    def _points(self, frame: Frame, area: float, share: float) -> Artist:
        positions, style = self.scene.positions, self.style
        paths, fills, rims = self._looks(frame, share)
        width = float(np.clip(0.11 * area**0.5, 0.3, 0.8))
        widths: Any = width
        sizes: Any = [area] if frame.certainty is None else area * _sizes(frame, share)
        if self._has_rims(frame):
            many = len(positions) > _MANY
            rims = np.where(frame.moved[:, None], to_rgba(style.ink), rims)
            widths = np.where(frame.moved, 0.7 if many else 0.9 * self.scale, width)
            sizes = np.where(frame.moved, (1.7 if many else 1.25) * area, sizes)
        points = PathCollection(
            paths,
            sizes=sizes,
            facecolors=fills,
            edgecolors=rims,
            linewidths=widths,
            offsets=positions,
            offset_transform=self.ax.transData,
            zorder=_ON_TOP if self._few else 2.0,
        )
        points.set_transform(IdentityTransform())
        points.set_rasterized(len(positions) > _MANY)
        return self.ax.add_collection(points, autolim=False)

    def _looks(self, frame: Frame, share: float) -> tuple[list[Path], Array, Array]:
        """Return markers, fills and rims of the points: mixed by responsibility where there are any."""
        if frame.labels is None:
            paths = [marker_path(0)]
            fills, rims = to_rgba_array([self.style.unowned]), to_rgba_array([self.style.unowned_rim])
        else:
            markers = self.scene.markers or (0,) * len(self.paint)
            shapes = [marker_path(marker) for marker in markers]
            paths = [shapes[label] for label in frame.labels] if len(set(markers)) > 1 else [shapes[0]]
            of_clusters = [p.fill for p in self.paint], [p.rim for p in self.paint]
            if frame.responsibilities is None:
                fills, rims = (to_rgba_array(colors)[frame.labels] for colors in of_clusters)
            else:
                mixing = _between(frame.old_responsibilities, frame.responsibilities, share)
                fills, rims = (to_rgba_array(blended(tuple(colors), mixing)) for colors in of_clusters)
        fills = fills.copy()
        fills[:, 3] = 0.85
        return paths, fills, rims


def _between(old: Array | None, new: Array, share: float) -> Array:
    return new if old is None or share == 1.0 else np.asarray(old + share * (new - old))


def _sizes(frame: Frame, share: float) -> Array:
    """Return how large points are drawn, to those that are certain: less where responsibility is shared."""
    assert frame.responsibilities is not None  # or certainty would be unknown
    k = frame.responsibilities.shape[1]
    largest = _between(frame.old_responsibilities, frame.responsibilities, share).max(axis=1)
    certain = (largest - 1 / k) / (1 - 1 / k) if k > 1 else largest
    return np.asarray(_UNCERTAIN + (1 - _UNCERTAIN) * certain)


@lru_cache(maxsize=16)
def marker_path(number: int) -> Path:
    """Return the shape of a cluster's points, as large in area as the others."""
    marker = MarkerStyle(_MARKERS[number])
    path = marker.get_path().transformed(marker.get_transform())
    x, y = np.asarray(path.to_polygons(closed_only=True)[0]).T
    area = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
    return Path(np.asarray(path.vertices) * (0.25 * np.pi / area) ** 0.5, path.codes)
