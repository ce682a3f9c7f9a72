"""A mixture's components: ellipses in a plane, density curves over a strip."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patheffects import Normal, Stroke

from emscope.columns import Array
from emscope.scene.mixture import outlines
from emscope.scene.paint import Paint, Style

_LINES = {1: (1.9, 1.0), 2: (1.3, 0.8), 3: (0.9, 0.55)}
"""Width and opacity of the ellipses at so many standard deviations."""

BASE, HEIGHT = 0.52, 0.42
"""Where the density of a strip stands, and how high it is at most."""

_FEW, _MANY = 4, 12  # components up to which all three ellipses are drawn, and the first two
_BEYOND = 25.0  # sizes of the axes from which on the corners of a huge ellipse are drawn in
_DASHES = (0, (4, 3))


def sigmas_drawn(n_components: int, *, gaussian: bool) -> tuple[int, ...]:
    """Return the standard deviations at which components have ellipses.

    They tell how much of a Gaussian lies within; of another distribution one shows its covariance.
    """
    if not gaussian:
        return (2,)
    return (1, 2, 3)[: 3 if n_components <= _FEW else 2 if n_components <= _MANY else 1]


def sigmas_seen(ellipses: Array, sigmas: Sequence[int], unit: Array, hidden: float) -> tuple[int, ...]:
    """Return the standard deviations at which an ellipse at least reaches out from under its badge.

    ``unit`` is how many points the axes have for a unit of each of the two features, and ``hidden`` how
    many around a center nobody sees.
    """
    longest = np.sqrt(np.maximum(np.linalg.eigvalsh(ellipses * np.outer(unit, unit))[:, -1], 0.0))
    return tuple(sigma for sigma in sigmas if (sigma * longest > hidden).any())


def sigma_before(sigmas: Sequence[int]) -> int:
    """Return the standard deviations at which ellipses before a step are drawn."""
    return 2 if 2 in sigmas else 1


def draw_ellipses(
    ax: Axes,
    means: Array,
    covariances: Array,
    sigmas: Sequence[int],
    paint: Sequence[Paint],
    style: Style,
    scale: float,
    *,
    old: bool,
    crowded: bool,
) -> list[Artist]:
    """Draw the ellipses at some standard deviations.

    Those before a step (``old``) are one faint dashed ellipse each; over many points (``crowded``) they
    need a clear rim.
    """
    drawn = [(sigma, *_LINES[sigma]) for sigma in sigmas]
    if old:
        drawn = [(sigma_before(sigmas), 1.1, 0.75)]
    # the rims of many components would hide the points
    wide, alpha = (2.4, 0.95) if crowded and len(means) <= _FEW else (1.0, 0.6)
    low, high = np.array([ax.get_xlim(), ax.get_ylim()]).T
    reach = _BEYOND * (high - low)
    artists: list[Artist] = []
    for sigma, width, opacity in drawn:
        polygons = np.clip(outlines(means, covariances, sigma), low - reach, high + reach)
        lines = LineCollection(
            list(polygons),
            colors=[p.line for p in paint],
            linewidths=width * scale,
            linestyles=_DASHES if old else "-",
            alpha=opacity,
            zorder=2.8 if old else 3.0,
        )
        if not old:
            halo = Stroke(linewidth=(width + wide) * scale, foreground=style.paper, alpha=alpha)
            lines.set_path_effects([halo, Normal()])
        artists.append(ax.add_collection(lines, autolim=False))
    return artists


def draw_heights(
    ax: Axes, place: Array, heights: Array, paint: Sequence[Paint], style: Style, scale: float, *, old: bool
) -> list[Artist]:
    """Draw the density curves of components over a strip, and their sum; 1 is all the room there is."""
    curves = [np.column_stack([place, BASE + HEIGHT * height]) for height in heights]
    lines = LineCollection(
        curves,
        colors=[p.line for p in paint],
        linewidths=(1.0 if old else 1.6) * scale,
        linestyles=_DASHES if old else "-",
        alpha=0.75 if old else 1.0,
        zorder=2.8 if old else 3.0,
    )
    artists: list[Artist] = [ax.add_collection(lines, autolim=False)]
    if not old:  # the sum lies under the components, wider, so that both are seen where they coincide
        total = BASE + HEIGHT * heights.sum(axis=0)
        artists += ax.plot(place, total, color=style.ink, linewidth=3.4 * scale, zorder=2.9)
    return artists
