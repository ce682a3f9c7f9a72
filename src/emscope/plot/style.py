"""The looks of a picture: light, dark, and one for print that survives without colour."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import matplotlib as mpl
import matplotlib.style as mpl_style
import numpy as np

from emscope.errors import DataError
from emscope.plot.lettering import FAMILIES
from emscope.scene.colors import contrast, lightness, mixed, with_lightness

_RIM_CONTRAST = 3.0  # of a point's rim with the paper: WCAG 2.2, 1.4.11
_FILL_CONTRAST = 3.6  # of a point with dark paper; more would lift deep colours up to light ones


@dataclass(frozen=True, slots=True)
class Style:
    """Colours of everything that is not a cluster, and how clusters are painted.

    Attributes
    ----------
    paper, ink, muted, line : str
        Background, text and arrows, lesser text, and the frame of the axes.
    unowned, unowned_rim : str
        Points that have no owner yet.
    border : str
        Borders between regions.
    tint : float
        Share of a cluster's colour in its region, 0 for none.
    greyscale : bool
        Whether clusters differ in lightness, so that grey tells them apart.
    """

    paper: str
    ink: str
    muted: str
    line: str
    unowned: str
    unowned_rim: str
    border: str
    tint: float
    greyscale: bool = False


STYLES = {
    "light": Style(
        paper="#ffffff",
        ink="#14181d",
        muted="#59626c",
        line="#a9b1ba",
        unowned="#c6cbd1",
        unowned_rim="#868e97",
        border="#6f7882",
        tint=0.13,
    ),
    "dark": Style(
        paper="#12161b",
        ink="#f2f4f6",
        muted="#a3adb8",
        line="#4b555f",
        unowned="#8b949e",
        unowned_rim="#c3cad1",
        border="#97a1ab",
        tint=0.17,
    ),
    "print": Style(
        paper="#ffffff",
        ink="#000000",
        muted="#404040",
        line="#808080",
        unowned="#d0d0d0",
        unowned_rim="#6a6a6a",
        border="#505050",
        tint=0.0,
        greyscale=True,
    ),
}


@dataclass(frozen=True, slots=True)
class Paint:
    """The colours of one cluster.

    Attributes
    ----------
    fill, rim : str
        Its points.
    tint : str
        Its region.
    outline : str
        Rings on the paper: where its center was.
    """

    fill: str
    rim: str
    tint: str
    outline: str


def style_named(name: str) -> Style:
    """Return a style by its name.

    Parameters
    ----------
    name : {"light", "dark", "print"}

    Returns
    -------
    Style

    Raises
    ------
    DataError
        There is no such style.
    """
    if name not in STYLES:
        raise DataError(f"style must be one of {', '.join(map(repr, STYLES))}, not {name!r}.")
    return STYLES[name]


@lru_cache(maxsize=64)
def paints(colors: tuple[str, ...], style: Style) -> tuple[Paint, ...]:
    """Return how each cluster is painted on a style's paper.

    Parameters
    ----------
    colors : tuple of str
        ``"#rrggbb"`` of every cluster.
    style : Style

    Returns
    -------
    tuple of Paint
    """
    if not colors:
        return ()
    if style.greyscale:
        steps = np.linspace(0.42, 0.88, len(colors)) if len(colors) > 1 else [0.6]
        fills = [with_lightness(c, float(step)) for c, step in zip(colors, steps, strict=True)]
        return tuple(Paint(fill, "#1a1a1a", style.paper, "#1a1a1a") for fill in fills)
    if lightness((style.paper,))[0] < 0.5:
        fills = [_lighter(c, style.paper, _FILL_CONTRAST) for c in colors]
        return tuple(Paint(f, _shifted(f, -0.22), mixed(f, style.paper, style.tint), f) for f in fills)
    rims = [_dark_rim(c, style.paper) for c in colors]
    tints = [mixed(c, style.paper, style.tint) for c in colors]
    return tuple(Paint(*one) for one in zip(colors, rims, tints, rims, strict=True))


@contextmanager
def applied(style: Style) -> Iterator[None]:
    """Make artists as this style says, whatever the user's settings of matplotlib are.

    Parameters
    ----------
    style : Style
    """
    settings: Any = {
        "text.parse_math": False,
        "font.family": list(FAMILIES),
        "font.size": 9.0,
        "text.color": style.ink,
        "axes.edgecolor": style.line,
        "axes.facecolor": style.paper,
        "axes.labelcolor": style.ink,
        "axes.linewidth": 0.8,
        "figure.facecolor": style.paper,
        "figure.edgecolor": style.paper,
        "xtick.color": style.line,
        "ytick.color": style.line,
        "xtick.labelcolor": style.muted,
        "ytick.labelcolor": style.muted,
    }
    with mpl.rc_context():
        mpl.rcParams.update(_defaults())
        mpl.rcParams.update(settings)
        yield


@lru_cache(maxsize=1)
def _defaults() -> Any:
    """Return matplotlib's own settings of everything that makes a picture."""
    with mpl.rc_context(), mpl_style.context("default"):
        return {
            name: value
            for name, value in mpl.rcParams.items()
            if name.split(".")[0]
            in {"axes", "figure", "font", "image", "legend", "lines", "mathtext", "patch", "path"}
            | {"scatter", "text", "xtick", "ytick", "hatch", "grid", "markers"}
        }


def _shifted(color: str, by: float) -> str:
    return with_lightness(color, float(np.clip(lightness((color,))[0] + by, 0, 1)))


def _dark_rim(color: str, paper: str) -> str:
    rim = _shifted(color, -0.14)
    while contrast(rim, paper) < _RIM_CONTRAST:
        rim = _shifted(rim, -0.03)
    return rim


def _lighter(color: str, paper: str, least: float) -> str:
    while contrast(color, paper) < least:
        color = _shifted(color, 0.03)
    return color
