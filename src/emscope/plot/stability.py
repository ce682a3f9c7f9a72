"""How well each cluster comes back, and which rows stay with their companions."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from emscope.columns import Array
from emscope.errors import DataError
from emscope.plot.heading import WIDTH, Heading
from emscope.plot.layout import EDGE, LABEL, NOTE, TICK, axes_at, set_up_axes, shape
from emscope.plot.lettering import write
from emscope.plot.stills import scene_of
from emscope.plot.style import styled
from emscope.results.stability import DISSOLVED, STABLE, Stability
from emscope.scene import Scene, refuse_no_frames
from emscope.scene.colors import by_number, mixed
from emscope.scene.paint import Style, paints
from emscope.trace import Trace

_BAR, _LEFT, _BELOW = 0.3, 0.75, 0.55  # inches
_SPREAD = 5, 95  # percentiles of the resamples
_LEVELS = 8  # steps from a row that leaves to one that stays


def stability(
    result: Stability, trace: Trace | None = None, *, style: str = "light", heading: bool = True
) -> Figure:
    """Draw how well each cluster comes back: bars of mean Jaccard similarity, with their spread.

    Lines go from the 5th to the 95th percentile of the resamples. Clusters with bars up to the line at 0.5
    have dissolved, those from 0.75 on are stable. With a trace of the fit its drawn points stand below: the
    less often a row stays with its companions, the fainter and smaller it is.

    Parameters
    ----------
    result : Stability
        What :func:`emscope.study.stability` found.
    trace : Trace, optional
        The trace of the fit that was asked about.
    style : {"light", "dark", "print"}
        The look.
    heading : bool
        Whether the title and the sentence are in the picture.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        The trace is of other rows.

    Examples
    --------
    >>> from emscope import KMeans, datasets, plot, study
    >>> table = datasets.old_faithful().standardized()
    >>> model = KMeans(2, random_state=0).fit(table.matrix)
    >>> found = study.stability(model, table, n_resamples=10, random_state=0)
    >>> len(plot.stability(found, model.trace_).axes)
    2
    """
    with styled(style) as look:
        return _draw(result, None if trace is None else _shown(result, trace), look, heading)


def _shown(result: Stability, trace: Trace) -> tuple[Scene, Array]:
    """Return the scene of a trace, and how often each of its points stays."""
    scene = scene_of(trace)
    refuse_no_frames(scene.frames)
    if trace.n_samples + trace.n_left_out != len(result.rows):
        raise DataError(
            f"this trace is of {trace.n_samples + trace.n_left_out:,} rows, and the stability of "
            f"{len(result.rows):,}: pass the trace of the fit that was asked about."
        )
    return scene, result.rows[trace.sample_indices]


def _draw(result: Stability, shown: tuple[Scene, Array] | None, style: Style, headed: bool) -> Figure:
    k = len(result.shares)
    title = "Which clusters come back in half of the rows"
    heading = Heading(title, result.sentence, WIDTH, 8, headed)
    above = heading.height + 0.15
    bars = k * _BAR + 0.1
    room = WIDTH - _LEFT - EDGE
    points = 0.0 if shown is None else float(np.clip(room * shape(shown[0]), 2.0, 4.4))
    more = points + _BELOW + 0.4 if points else 0.0
    height = above + bars + _BELOW + more
    figure = heading.figure(height, style)
    _bars(axes_at(figure, _LEFT, more + _BELOW, room, bars), result, style)
    if shown is not None:
        _points(axes_at(figure, _LEFT, _BELOW, room, points), *shown, style)
    return figure


def _bars(ax: Axes, result: Stability, style: Style) -> None:
    k = len(result.shares)
    colors = paints(by_number(k).hexes, style)
    for j in range(k):
        if np.isnan(result.jaccard[j]):
            continue
        own = result.similarities[~np.isnan(result.similarities[:, j]), j]
        low, high = np.percentile(own, _SPREAD)
        paint = colors[j]
        ax.barh(j, result.jaccard[j], 0.62, color=paint.fill, edgecolor=paint.rim, linewidth=0.8)
        ax.plot([low, high], [j, j], color=style.ink, linewidth=1.4, solid_capstyle="butt")
        ax.plot([low, high], [j, j], linestyle="", marker="|", color=style.ink, markersize=6)
    for value, ends in ((DISSOLVED, "dissolved"), (STABLE, "stable")):
        ax.axvline(value, color=style.muted, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0.5)
        side = "right" if value == DISSOLVED else "left"
        told = f"{ends} " if side == "right" else f" {ends}"
        write(ax, value, -0.62, told, size=NOTE, color=style.muted, ha=side, va="bottom")
    ax.set_xlim(0, 1)
    ax.set_ylim(k - 0.5, -0.6)
    every = max(1, int(np.ceil(k / 40)))
    ax.set_yticks(range(0, k, every))
    ax.set_yticklabels([f"{j}" for j in range(0, k, every)], size=TICK, color=style.ink)
    ax.set_ylabel("cluster", size=LABEL)
    ax.set_xlabel("Jaccard similarity to the most similar cluster of a fresh fit", size=LABEL)
    ax.tick_params(labelsize=TICK, length=3)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right"]].set_visible(False)


def _points(ax: Axes, scene: Scene, stays: Array, style: Style) -> None:
    """Draw the points, those that stay over those that leave."""
    set_up_axes(ax, scene)
    labels = scene.frames[-1].labels
    own = np.zeros(len(stays), int) if labels is None else labels
    colors = paints(scene.colors, style)
    level = np.minimum((stays * _LEVELS).astype(int), _LEVELS - 1)
    for step in range(_LEVELS):
        share = (step + 0.5) / _LEVELS
        for j in range(len(colors)):
            chosen = (own == j) & (level == step)
            if chosen.any():
                fill = mixed(colors[j].fill, style.paper, 0.15 + 0.85 * share)
                rim = mixed(colors[j].rim, style.paper, 0.35 + 0.65 * share)
                x, y = scene.positions[chosen].T
                ax.scatter(x, y, s=8 + 16 * share, color=fill, edgecolor=rim, linewidth=0.7)
    told = "Faint, small points leave their companions in many of the fresh fits."
    write(ax, 0.0, 1.02, told, size=NOTE, color=style.muted, va="bottom", transform=ax.transAxes)
