"""A color and a marker for every cluster, the same through a run and across runs.

Sources: M. A. Petroff, "Accessible color sequences for data visualization", arXiv:2107.02270 (2021), for
up to ten clusters; B. Ottosson, "A perceptual color space for image processing" (2020), for OKLab and
its polar form OKLCH.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import linear_sum_assignment

from emscope.columns import Array

N_MARKERS = 10
"""Clusters that can have a marker of their own."""

# Petroff's sequences; the grays come last here, because points without an owner are gray
_PETROFF = {
    6: ("#5790fc", "#f89c20", "#e42536", "#964a8b", "#7a21dd", "#9c9ca1"),
    8: ("#1845fb", "#ff5e02", "#c91f16", "#c849a9", "#86c8dd", "#578dff", "#adad7d", "#656364"),
    10: (
        *("#3f90da", "#ffa90e", "#bd1f01", "#832db6", "#a96b59"),
        *("#e76300", "#b9ac70", "#92dadd", "#94a4a2", "#717581"),
    ),
}

_LMS_FROM_RGB = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB_FROM_LMS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_RGB_FROM_LMS = np.linalg.inv(_LMS_FROM_RGB)
_LMS_FROM_LAB = np.linalg.inv(_LAB_FROM_LMS)


@dataclass(frozen=True, slots=True)
class Colors:
    """How clusters are told apart."""

    hexes: tuple[str, ...]  # "#rrggbb" of every cluster
    # number of every cluster's marker, 0 to 9; None when there are too many clusters for markers
    markers: tuple[int, ...] | None


def by_number(n_clusters: int) -> Colors:
    """Return the colors of a run on its own."""
    markers = tuple(range(n_clusters)) if n_clusters <= N_MARKERS else None
    return Colors(_sequence(n_clusters), markers)


def by_centers(centers: Array, other: Colors, other_centers: Array) -> Colors:
    """Return colors that follow those of another run on the same data.

    The clusters of both runs are paired so that the squared distances between their centers add up to
    the least (H. W. Kuhn's assignment problem). Paired clusters share color and marker; further ones
    get those that are free, as unlike the others as possible.

    The final centers, of shape (k, d) and (h, d), are in the units that distances are taken in.
    """
    k = len(centers)
    cost = ((centers[:, None, :] - other_centers[None, :, :]) ** 2).sum(axis=2)
    mine, theirs = linear_sum_assignment(cost)
    pairs = dict(zip(mine.tolist(), theirs.tolist(), strict=True))
    hexes = {i: other.hexes[j] for i, j in pairs.items()}
    for i in (i for i in range(k) if i not in pairs):
        hexes[i] = _further(tuple(hexes.values()), other.hexes, k)
    return Colors(tuple(hexes[i] for i in range(k)), _markers(k, pairs, other.markers))


def with_more(colors: Colors, n_clusters: int) -> Colors:
    """Return the colors of a run with some for further clusters, as unlike the others as possible.

    Further clusters have the markers that are free, and after those the first marker.
    """
    hexes = colors.hexes
    while len(hexes) < n_clusters:
        hexes = (*hexes, _further(hexes, colors.hexes, n_clusters))
    if colors.markers is None:
        return Colors(hexes, None)
    free = iter(sorted(set(range(N_MARKERS)) - set(colors.markers)))
    further = (next(free, 0) for _ in range(n_clusters - len(colors.markers)))
    return Colors(hexes, (*colors.markers, *further))


def lightness(hexes: tuple[str, ...]) -> Array:
    """Return how light colors are to the eye, of shape (k,): OKLCH's L, 0 for black and 1 for white."""
    return _oklab(hexes)[:, 0]


def apart(hexes: tuple[str, ...]) -> float:
    """Return how unlike the two most alike of some colors are: their distance in OKLab."""
    lab = _oklab(hexes)
    distances = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    return float(distances[np.triu_indices(len(lab), 1)].min(initial=np.inf))


def with_lightness(color: str, value: float) -> str:
    """Return a color of the same hue with OKLCH's L as asked, and less chroma where it must be."""
    _, a, b = _oklab((color,))[0]
    return _displayable(value, float(np.hypot(a, b)), float(np.arctan2(b, a)))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colors, 1 to 21 (WCAG 2.2, relative luminance)."""
    low, high = sorted(float(_linear((c,))[0] @ (0.2126, 0.7152, 0.0722)) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """Return ``share`` of one color over another, mixed in OKLab."""
    a, b = _oklab((one, other))
    return _hex(_linear_rgb(share * a + (1 - share) * b))


def blended(hexes: tuple[str, ...], responsibilities: Array) -> Array:
    """Return colors mixed in OKLab: those of points that belong to several clusters.

    Responsibilities have shape (m, k); red, green and blue, (m, 3), go from 0 to 1.
    """
    return _encoded(_linear_rgb((responsibilities @ _oklab(hexes)).T).T)


def _sequence(k: int) -> tuple[str, ...]:
    for size, colors in _PETROFF.items():
        if k <= size:
            return colors[:k]
    return _hues(k)


@lru_cache(maxsize=8)
def _hues(k: int) -> tuple[str, ...]:
    """Evenly spaced hues; neighbors in number lie far apart in hue, neighbors in hue in lightness."""
    stride = next(s for s in range(max(1, round(0.382 * k)), 2 * k) if np.gcd(s, k) == 1)
    places = [i * stride % k for i in range(k)]
    return tuple(_displayable((0.64, 0.50, 0.76)[p % 3], 0.17, 2 * np.pi * (p / k + 0.07)) for p in places)


def _further(used: tuple[str, ...], theirs: tuple[str, ...], k: int) -> str:
    """Return a color not used yet: of the same sequence where one is left, never gray."""
    petroff = tuple(color for colors in _PETROFF.values() for color in colors)
    sequence = next((colors for colors in _PETROFF.values() if set(theirs) <= set(colors)), theirs)
    for candidates in (sequence, (*theirs, *petroff), _hues(2 * k)):
        free = tuple(c for c in dict.fromkeys(candidates) if c not in used and _is_vivid(c))
        if free:
            return _least_like(used, free)
    raise AssertionError("there are twice as many hues as clusters")


def _is_vivid(color: str) -> bool:
    _, a, b = _oklab((color,))[0]
    return bool(np.hypot(a, b) > 0.05)


def _least_like(used: tuple[str, ...], free: tuple[str, ...]) -> str:
    """Return the color whose nearest used one is farthest away; the first of several."""
    apart = np.linalg.norm(_oklab(free)[:, None] - _oklab(used)[None], axis=2).min(axis=1)
    return free[int(apart.argmax())]


def _markers(k: int, pairs: dict[int, int], theirs: tuple[int, ...] | None) -> tuple[int, ...] | None:
    if k > N_MARKERS:
        return None
    taken = {} if theirs is None else {i: theirs[j] for i, j in pairs.items()}
    free = iter(sorted(set(range(N_MARKERS)) - set(taken.values())))
    return tuple(taken[i] if i in taken else next(free) for i in range(k))


def _linear(hexes: tuple[str, ...]) -> Array:
    rgb = np.array([[int(h[i : i + 2], 16) for i in (1, 3, 5)] for h in hexes]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _oklab(hexes: tuple[str, ...]) -> Array:
    return np.asarray(np.cbrt(_linear(hexes) @ _LMS_FROM_RGB.T) @ _LAB_FROM_LMS.T)


def _linear_rgb(lab: Array) -> Array:
    return np.asarray(_RGB_FROM_LMS @ (_LMS_FROM_LAB @ lab) ** 3)


def _displayable(light: float, chroma: float, hue: float) -> str:
    """Return the color with the most of the asked chroma that a screen can show."""
    direction = np.array([0.0, np.cos(hue), np.sin(hue)])
    rgb = np.zeros(3)
    for share in np.linspace(1, 0, 51):
        rgb = _linear_rgb(np.array([light, 0.0, 0.0]) + share * chroma * direction)
        if rgb.min() >= -1e-4 and rgb.max() <= 1 + 1e-4:
            break
    return _hex(rgb)


def _encoded(linear: Array) -> Array:
    c = np.clip(linear, 0, 1)
    return np.asarray(np.where(c <= 0.0031308, 12.92 * c, 1.055 * c ** (1 / 2.4) - 0.055))


def _hex(linear: Array) -> str:
    r, g, b = np.round(255 * _encoded(linear)).astype(int)
    return f"#{r:02x}{g:02x}{b:02x}"
