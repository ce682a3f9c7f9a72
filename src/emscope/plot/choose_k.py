"""The numbers of clusters: a clustergram over the criteria."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator

from emscope.columns import Array
from emscope.plot.layout import CAPTION, DPI, EDGE, LABEL, LINE, NOTE, TICK, TITLE, axes_at, empty_figure
from emscope.plot.lettering import wrapped, write
from emscope.plot.style import styled
from emscope.results.choose_k import ChooseK, Clustergram, Scored
from emscope.scene.colors import by_number
from emscope.scene.paint import Style, paints

_WIDTH = 7.2  # inches
_GRAM = 2.7  # height of the clustergram
_PANEL = 1.05  # height of the panel of a criterion
_BETWEEN = 0.46
_LEFT = 0.78
_THICKEST = 0.16  # of the height, for all the rows together
_STEPS = 24  # corners of a flow's edge


def choose_k(found: ChooseK, *, style: str = "light", heading: bool = True) -> Figure:
    """Draw how clusters divide from one k to the next, above what each criterion says of every k.

    In the clustergram a cluster stands at its mean along the direction in which the rows vary most, as
    thick as its share of the rows; bands show which rows go where as k grows. Below, the number that a
    criterion is for is ringed, errors are bars, and the number that is shown has a line through all panels.

    Parameters
    ----------
    found : ChooseK
        From :func:`emscope.study.choose_k`.
    style : {"light", "dark", "print"}
        The look.
    heading : bool
        Whether the title and the verdict are in the picture.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        There is no such style.

    References
    ----------
    M. Schonlau, "The clustergram: a graph for visualizing hierarchical and nonhierarchical cluster analyses",
    The Stata Journal 2 (2002), 391-402.

    Examples
    --------
    >>> from emscope import datasets, plot, study
    >>> table = datasets.old_faithful().standardized()
    >>> figure = plot.choose_k(study.choose_k(table, range(1, 5), n_reference=2, random_state=0))
    >>> len(figure.axes)
    6
    """
    with styled(style) as look:
        return _draw(found, look, heading)


def _draw(found: ChooseK, style: Style, headed: bool) -> Figure:
    panels = _panels(found)
    lines = wrapped(found.verdict, _WIDTH - 2 * EDGE, CAPTION, 7) if headed else []
    text = 0.1 + len(lines) * CAPTION * LINE
    title = TITLE * LINE if headed else 0.0
    below = -(-len(panels) // 2) * (_PANEL + _BETWEEN) + 0.3
    height = EDGE + title + 0.12 + _GRAM + _BETWEEN + 0.12 + below + text + EDGE
    figure = empty_figure(None, (_WIDTH, height), style, DPI)
    if headed:
        place = (EDGE / _WIDTH, 1 - EDGE / height)
        write(figure, *place, "How many clusters?", size=TITLE, weight="bold", va="top")
        caption: dict[str, Any] = {"size": CAPTION, "va": "top", "linespacing": 1.2, "color": style.ink}
        write(figure, EDGE / _WIDTH, (text + EDGE - 0.1) / height, "\n".join(lines), **caption)
    bottom = height - EDGE - title - 0.12 - _GRAM
    wide = _WIDTH - _LEFT - EDGE
    _draw_clustergram(axes_at(figure, _LEFT, bottom, wide, _GRAM), found, style)
    each = (wide - _LEFT) / 2
    for i, scores in enumerate(panels):
        row, column = divmod(i, 2)
        place = (_LEFT + column * (each + _LEFT), bottom - 0.26 - (row + 1) * (_PANEL + _BETWEEN))
        _draw_criterion(axes_at(figure, *place, each, _PANEL), scores, found, style)
    return figure


def _panels(found: ChooseK) -> list[list[Scored]]:
    """Return the criteria, each with its curves: one for every type of covariances."""
    by_name: dict[str, list[Scored]] = {}
    for scored in found.scores:
        by_name.setdefault(scored.criterion, []).append(scored)
    return list(by_name.values())


def _draw_clustergram(ax: Axes, found: ChooseK, style: Style) -> None:
    gram = found.clustergram
    span = _span(gram)
    unit = _THICKEST * (span[1] - span[0])
    colors = _colors(gram, found.shown, style)
    for i in range(len(gram.ks) - 1):
        _draw_flows(ax, gram, i, unit, colors, style)
    for i, k in enumerate(gram.ks):
        for j in np.flatnonzero(gram.sizes[i] > 0):
            middle, half = gram.positions[i][j], max(gram.sizes[i][j] * unit, 0.012 * unit) / 2
            edge: dict[str, Any] = {
                "color": style.ink,
                "linewidth": 2.2,
                "solid_capstyle": "butt",
                "zorder": 3,
            }
            ax.plot([k, k], [middle - half, middle + half], **edge)
    ax.set_ylim(span[0] - 0.6 * unit, span[1] + 0.6 * unit)
    ax.set_ylabel(f"first principal component\n({gram.share:.0%} of the variance)", size=NOTE)
    _set_ks(ax, gram.ks, found, style)
    noun = "clusters" if found.covariance_type is None else "components"
    ax.set_xlabel(f"k, the number of {noun}", size=LABEL - 0.5, labelpad=2)
    ax.tick_params(axis="y", labelsize=TICK)
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.spines[["top", "right"]].set_visible(False)


def _span(gram: Clustergram) -> tuple[float, float]:
    every = np.concatenate(gram.positions)
    low, high = float(np.nanmin(every)), float(np.nanmax(every))
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _colors(gram: Clustergram, shown: int, style: Style) -> list[Array]:
    """Return the colors of the clusters of every k, as shares of those of the k that is shown."""
    at = gram.ks.index(shown)
    hexes = tuple(paint.fill for paint in paints(by_number(shown).hexes, style))
    rgb = np.array([[int(h[i : i + 2], 16) / 255 for i in (1, 3, 5)] for h in hexes])
    own: list[Array] = [np.empty(0)] * len(gram.ks)
    own[at] = rgb
    for i in range(at + 1, len(gram.ks)):
        own[i] = _mixed(gram.flows[i - 1].T, own[i - 1])
    for i in range(at - 1, -1, -1):
        own[i] = _mixed(gram.flows[i], own[i + 1])
    return own


def _mixed(flows: Array, colors: Array) -> Array:
    totals = flows.sum(axis=1, keepdims=True)
    mixed: Array = np.divide(flows, totals, out=np.zeros_like(flows), where=totals > 0) @ colors
    return mixed


def _draw_flows(ax: Axes, gram: Clustergram, i: int, unit: float, colors: list[Array], style: Style) -> None:
    """Draw bands from the clusters of one k to those of the next, in the order in which they lie."""
    flows, before, after = gram.flows[i], gram.positions[i], gram.positions[i + 1]
    left = before - gram.sizes[i] * unit / 2
    right = after - gram.sizes[i + 1] * unit / 2
    bands, fills = [], []
    t = np.linspace(0, 1, _STEPS)
    x = gram.ks[i] + (gram.ks[i + 1] - gram.ks[i]) * t
    bend = t * t * (3 - 2 * t)
    for a in np.argsort(before):
        for b in np.argsort(after):
            thick = flows[a, b] * unit
            if not thick > 0:
                continue
            low = left[a] + (right[b] - left[a]) * bend
            left[a] += thick
            right[b] += thick
            bands.append(np.column_stack([np.append(x, x[::-1]), np.append(low, low[::-1] + thick)]))
            fills.append((*((colors[i][a] + colors[i + 1][b]) / 2), 0.62))
    how: dict[str, Any] = {"facecolors": fills, "edgecolors": style.paper, "linewidths": 0.3, "zorder": 2}
    ax.add_collection(PolyCollection(bands, **how))


def _draw_criterion(ax: Axes, curves: list[Scored], found: ChooseK, style: Style) -> None:
    for scored in curves:
        chosen = scored.covariance_type == found.covariance_type
        there = np.isfinite(scored.values)
        ks, values = scored.ks[there], scored.values[there]
        errors = np.where(np.isfinite(scored.errors[there]), scored.errors[there], 0.0)
        color = style.ink if chosen else style.line
        ax.plot(ks, values, color=color, linewidth=1.1, marker="o", markersize=3.2, zorder=3 if chosen else 2)
        if errors.any():
            ax.errorbar(ks, values, errors, fmt="none", ecolor=color, elinewidth=0.9, capsize=1.8, zorder=2)
        voted = ks == scored.vote
        if scored.covariance_type is not None and len(ks):
            name: dict[str, Any] = {"size": TICK - 2, "color": color, "va": "center"}
            write(ax, ks[-1] + 0.08, values[-1], f" {scored.covariance_type}", **name)
        if chosen and voted.any():
            ring: dict[str, Any] = {
                "s": 70,
                "c": "none",
                "edgecolors": paints(("#e42536",), style)[0].line,
                "linewidths": 1.5,
            }
            ax.scatter(ks[voted], values[voted], zorder=4, **ring)
    first = curves[0]
    how = f"{first.better} is better" if first.decides else "shown, never decides"
    ax.set_title(f"{first.criterion} ({how})", loc="left", size=NOTE, pad=3, parse_math=False)
    _set_ks(ax, found.clustergram.ks, found, style)
    ax.yaxis.set_major_locator(MaxNLocator(4))
    ax.tick_params(axis="y", labelsize=TICK - 1)
    ax.grid(axis="y", color=style.line, alpha=0.35, linewidth=0.6)
    ax.margins(y=0.18)
    ax.spines[["top", "right"]].set_visible(False)


def _set_ks(ax: Axes, ks: tuple[int, ...], found: ChooseK, style: Style) -> None:
    ax.set_xlim(ks[0] - 0.4, ks[-1] + 0.4)
    step = -(-len(ks) // 12)
    ax.xaxis.set_major_locator(FixedLocator(list(ks[::step])))
    ax.tick_params(axis="x", labelsize=TICK - 0.5, length=3)
    line: dict[str, Any] = {
        "color": style.muted,
        "linewidth": 1.0,
        "linestyle": "-" if found.k else (0, (3, 3)),
    }
    ax.axvline(found.shown, alpha=0.55, zorder=1, **line)
