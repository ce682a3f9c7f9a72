"""How matplotlib is set while a picture is drawn, and styles by their names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import matplotlib as mpl
import matplotlib.style as mpl_style

from emscope.errors import DataError
from emscope.plot.lettering import FAMILIES
from emscope.scene.paint import STYLES, Style


@contextmanager
def styled(name: str) -> Iterator[Style]:
    """Make artists in the style of this name, whatever the user's settings of matplotlib are."""
    if name not in STYLES:
        raise DataError(f"style must be one of {', '.join(map(repr, STYLES))}, not {name!r}.")
    style = STYLES[name]
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
        yield style


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
