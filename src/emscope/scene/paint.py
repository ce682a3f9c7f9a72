"""The looks of a picture, and how a cluster's color is painted in each: light, dark, and for print.

Light points get a darker rim and deep colors are lifted on dark paper, so that everything can be seen;
the print look survives without color. Contrast is WCAG 2.2's (1.4.11).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from emscope.scene.colors import contrast, lightness, mixed, with_lightness

_RIM_CONTRAST = 3.0  # of a point's rim with the paper
_LINE_LIGHTNESS = 0.42  # lightness of lines in print: they keep their hue where there is color
_FILL_CONTRAST = 3.6  # of a point with dark paper; more would lift deep colors up to light ones


@dataclass(frozen=True, slots=True)
class Style:
    """Colors of everything that is not a cluster, and how clusters are painted."""

    # paper, ink, muted, line: background, text and arrows, lesser text, and the frame of the axes
    paper: str
    ink: str
    muted: str
    line: str
    # unowned, unowned_rim: points that have no owner yet
    unowned: str
    unowned_rim: str
    border: str  # borders between regions
    tint: float  # share of a cluster's color in its region, 0 for none
    grayscale: bool = False  # whether clusters differ in lightness, so that gray tells them apart


STYLES = {
    "light": Style("#ffffff", "#14181d", "#59626c", "#a9b1ba", "#c6cbd1", "#868e97", "#6f7882", 0.13),
    "dark": Style("#12161b", "#f2f4f6", "#a3adb8", "#4b555f", "#8b949e", "#c3cad1", "#97a1ab", 0.17),
    "print": Style("#ffffff", "#000000", "#404040", "#808080", "#d0d0d0", "#6a6a6a", "#505050", 0.0, True),
}
"""The styles by name."""


@dataclass(frozen=True, slots=True)
class Paint:
    """The colors of one cluster."""

    # fill, rim: its points
    fill: str
    rim: str
    tint: str  # its region
    outline: str  # rings on the paper: where its center was
    line: str  # ellipses and curves on the paper


@lru_cache(maxsize=64)
def paints(colors: tuple[str, ...], style: Style) -> tuple[Paint, ...]:
    """Return how each cluster is painted on a style's paper."""
    if not colors:
        return ()
    if style.grayscale:
        steps = np.linspace(0.42, 0.88, len(colors)) if len(colors) > 1 else [0.6]
        fills = [with_lightness(c, float(step)) for c, step in zip(colors, steps, strict=True)]
        return tuple(Paint(f, "#1a1a1a", style.paper, "#1a1a1a", _dark(f)) for f in fills)
    if lightness((style.paper,))[0] < 0.5:
        fills = [_lighter(c, style.paper) for c in colors]
        return tuple(Paint(f, _shifted(f, -0.22), mixed(f, style.paper, style.tint), f, f) for f in fills)
    rims = [_dark_rim(c, style.paper) for c in colors]
    return tuple(
        Paint(c, r, mixed(c, style.paper, style.tint), r, r) for c, r in zip(colors, rims, strict=True)
    )


def _shifted(color: str, by: float) -> str:
    return with_lightness(color, float(np.clip(lightness((color,))[0] + by, 0, 1)))


def _dark(color: str) -> str:
    return with_lightness(color, min(_LINE_LIGHTNESS, float(lightness((color,))[0])))


def _dark_rim(color: str, paper: str) -> str:
    rim = _shifted(color, -0.14)
    while contrast(rim, paper) < _RIM_CONTRAST:
        rim = _shifted(rim, -0.03)
    return rim


def _lighter(color: str, paper: str) -> str:
    while contrast(color, paper) < _FILL_CONTRAST:
        color = _shifted(color, 0.03)
    return color
