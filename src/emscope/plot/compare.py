"""Where the rows of each cluster are in another clustering: an alluvial picture."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from emscope.columns import Array
from emscope.plot.heading import WIDTH, Heading
from emscope.plot.layout import EDGE, axes_at
from emscope.plot.lettering import drawable, shortened, width_of, write
from emscope.plot.style import styled
from emscope.results.compare import Comparison
from emscope.scene.colors import by_number, with_more
from emscope.scene.paint import Paint, Style, paints

_BLOCK = 0.16  # width of a cluster, in inches
_LONGEST = 1.5  # of a name
_GAP = 0.06  # between clusters
_LEAST_LABEL = 0.12  # height of a cluster that is named
_STAYED, _CHANGED = 0.35, 0.85  # opacity of bands


def compare(result: Comparison, *, style: str = "light", heading: bool = True) -> Figure:
    """Draw where the rows of each cluster are in another clustering.

    Clusters of the first stand on the left, their matches in the same color on the right; a band is as wide
    as the rows that both have in common. Bands of rows that changed cluster are strong, those of rows that
    stayed are faint.

    Parameters
    ----------
    result : Comparison
        What :func:`emscope.study.compare` found.
    style : {"light", "dark", "print"}
        The look.
    heading : bool
        Whether the title and the sentence are in the picture.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> from emscope import plot, study
    >>> figure = plot.compare(study.compare([0, 0, 1, 1, 1], ["a", "a", "b", "b", "a"]))
    >>> len(figure.axes[0].patches)  # four clusters and three bands
    7
    """
    with styled(style) as look:
        return _draw(result, look, heading)


def _draw(result: Comparison, style: Style, headed: bool) -> Figure:
    k, h = result.contingency.shape
    heading = Heading("Where the rows of each cluster are", result.sentence, WIDTH, 5, headed)
    tall = float(np.clip(0.42 * max(k, h), 2.4, 6.0))
    above = heading.height + 0.15
    height = above + tall + EDGE
    figure = heading.figure(height, style)
    sides = [_names(names, sizes) for names, sizes in _sides(result)]
    left, right = (EDGE + max(width_of(name, 8.5) for name in side) + 0.08 for side in sides)
    ax = axes_at(figure, left, EDGE, WIDTH - left - right, tall)
    ax.set_axis_off()
    ax.set_xlim(0, WIDTH - left - right)
    ax.set_ylim(0, tall)
    _flows(ax, result, sides, style)
    return figure


def _sides(result: Comparison) -> list[tuple[tuple[str, ...], Array]]:
    return [
        (result.names_a, result.contingency.sum(axis=1)),
        (result.names_b, result.contingency.sum(axis=0)),
    ]


def _names(names: tuple[str, ...], sizes: Array) -> list[str]:
    return [
        f"{shortened(drawable(name), _LONGEST, 8.5)} ({int(size):,})"
        for name, size in zip(names, sizes, strict=True)
    ]


def _flows(ax: Axes, result: Comparison, sides: list[list[str]], style: Style) -> None:
    k, h = result.contingency.shape
    width, tall = ax.get_xlim()[1], ax.get_ylim()[1]
    second = [int(j) for j in result.matching if j >= 0]
    order = (list(range(k)), second + [j for j in range(h) if j not in second])
    hues_a, hues_b = _hues(result, order[1], style)
    unit = _unit(result, tall)
    tops_a = _stack(ax, 0.0, result.contingency.sum(axis=1), order[0], hues_a, unit)
    tops_b = _stack(ax, width - _BLOCK, result.contingency.sum(axis=0), order[1], hues_b, unit)
    for x, side, tops, sizes, where in (
        (-0.06, sides[0], tops_a, result.contingency.sum(axis=1), "right"),
        (width + 0.06, sides[1], tops_b, result.contingency.sum(axis=0), "left"),
    ):
        below = np.inf
        for j in order[where == "left"]:
            middle = tops[j] - sizes[j] * unit / 2
            if below - middle >= _LEAST_LABEL:  # names of tiny clusters beside each other would overlap
                write(ax, x, middle, side[j], size=8.5, color=style.ink, ha=where, va="center")
                below = middle
    for i in order[0]:
        for j in order[1]:
            rows = int(result.contingency[i, j])
            if rows:
                opacity = _STAYED if result.matching[i] == j else _CHANGED
                _band(ax, (tops_a[i], tops_b[j]), rows * unit, width, hues_a[i], opacity)
                tops_a[i] -= rows * unit
                tops_b[j] -= rows * unit


def _hues(result: Comparison, order: list[int], style: Style) -> tuple[list[Paint], list[Paint]]:
    """Return the colors of both, matches in the same one."""
    k, h = result.contingency.shape
    more = with_more(by_number(k), k + sum(j not in result.matching for j in range(h)))
    painted = paints(more.hexes, style)
    owner = {int(j): i for i, j in enumerate(result.matching) if j >= 0}
    free = iter(range(k, len(painted)))
    place = {j: owner[j] if j in owner else next(free) for j in order}
    return list(painted[:k]), [painted[place[j]] for j in range(h)]


def _unit(result: Comparison, tall: float) -> float:
    """Return the height of a row."""
    return float(tall - _GAP * (max(result.contingency.shape) - 1)) / result.n_rows


def _stack(
    ax: Axes, x: float, sizes: Array, order: list[int], hues: list[Paint], unit: float
) -> dict[int, float]:
    """Draw the clusters of one side; return where each begins."""
    tops, top = {}, ax.get_ylim()[1]
    for j in order:
        tops[j] = top
        height = sizes[j] * unit
        ax.add_patch(Rectangle((x, top - height), _BLOCK, height, color=hues[j].fill, linewidth=0))
        top -= height + _GAP
    return tops


def _band(
    ax: Axes, tops: tuple[float, float], height: float, width: float, paint: Paint, opacity: float
) -> None:
    a, b = _BLOCK, width - _BLOCK
    middle = (a + b) / 2
    left, right = tops
    points = [
        *((a, left), (middle, left), (middle, right), (b, right)),
        *((b, right - height), (middle, right - height), (middle, left - height), (a, left - height)),
        (a, left),
    ]
    curve = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    ax.add_patch(PathPatch(Path(points, curve), facecolor=paint.fill, alpha=opacity, linewidth=0))
