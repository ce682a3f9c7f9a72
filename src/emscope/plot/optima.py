"""The ends of many starts: how good they are, how many starts reach them, and where the best have centers."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from numpy.typing import ArrayLike

from emscope.columns import Array
from emscope.ends import matching
from emscope.errors import DataError
from emscope.plot.heading import WIDTH, Heading
from emscope.plot.layout import EDGE, LABEL, NOTE, TICK, axes_at, set_ticks
from emscope.plot.lettering import write
from emscope.plot.style import styled
from emscope.results.optima import Optima
from emscope.scene.colors import by_number
from emscope.scene.paint import Style, paints
from emscope.wording import counted, number

_DOTS, _PANEL, _BELOW, _LEFT = 2.2, 1.9, 0.55, 0.75  # inches
_PANELS = 3  # ends whose centers are drawn, at most
_APART = 0.02  # of all that objectives differ by: ends whose centers are drawn are not nearer
_AREA = 420.0  # of the dot of an end that every start reaches, in square points


def optima(
    result: Optima, *, like: ArrayLike | None = None, style: str = "light", heading: bool = True
) -> Figure:
    """Draw the ends by their objectives, as large as they are frequent, and the centers of the best few.

    Up: how many starts came to an end; to the right: how much worse it is. A dashed line is the best
    clustering of all, where it is known. Below are the centers of the best end, and of the best ends that
    differ from it (rings are those of the best), in standard deviations: of two features as they are, of more
    in the plane of the first two principal components of the best. The centers of every end have the colors
    of those of the best that they match, all pairs together at the least sum of squares (the assignment
    problem).

    Parameters
    ----------
    result : Optima
        What :func:`emscope.study.optima` found.
    like : array-like of shape (k, d), optional
        Centers whose numbers give the colors, in place of the best end's: those of a model that is shown
        beside the picture.
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
        ``like`` has another shape than the centers of an end.

    References
    ----------
    H. W. Kuhn, "The Hungarian method for the assignment problem", Naval Research Logistics Quarterly 2
    (1955), 83-97.

    Examples
    --------
    >>> from emscope import datasets, plot, study
    >>> found = study.optima(datasets.old_faithful(), 4, n_starts=50, random_state=0)
    >>> plot.optima(found).axes[0].get_xlabel()
    'inertia'
    """
    with styled(style) as look:
        numbers = _numbers(result, result.centers[0] if like is None else np.asarray(like, np.float64))
        return _draw(result, numbers, look, heading)


def _draw(result: Optima, numbers: Array, style: Style, headed: bool) -> Figure:
    heading = Heading("Where the starts end", result.sentence, WIDTH, 8, headed)
    above = heading.height + 0.2
    height = above + _DOTS + _BELOW + 0.35 + _PANEL + 0.35
    figure = heading.figure(height, style)
    bottom = _PANEL + 0.7 + _BELOW
    _dots(axes_at(figure, _LEFT, bottom, WIDTH - _LEFT - EDGE, _DOTS), result, style)
    positions = _positions(result)
    shown = _shown(result)
    step = (WIDTH - 2 * EDGE + 0.12) / _PANELS
    for i, end in enumerate(shown):
        ax = axes_at(figure, EDGE + i * step, 0.35, step - 0.12, _PANEL)
        _centers(ax, result, positions[shown], i, end, numbers[end], style)
    told = "Discs: centers, as large as their clusters. Rings: those of the best end."
    write(figure, EDGE / WIDTH, 0.1 / height, told, size=NOTE, color=style.muted, va="bottom")
    return figure


def _numbers(result: Optima, like: Array) -> Array:
    """Return which of these centers those of every end go with, (e, k)."""
    if like.shape != result.centers.shape[1:]:
        k, d = result.centers.shape[1:]
        raise DataError(
            f"like has shape {like.shape}, and each end has {counted(k, 'center')} of "
            f"{counted(d, 'feature')}: pass the centers of a fit of the same data, of shape ({k}, {d})."
        )
    scale = np.where(result.unit > 0, result.unit, 1.0)
    return np.array([matching(end / scale, like / scale) for end in result.centers])


def _shown(result: Optima) -> list[int]:
    """Choose the best end and the best of those that are no more nearly the same."""
    values = result.objectives[: len(result.labels)]
    apart = _APART * float(values[-1] - values[0])
    shown = [0]
    for end in range(1, len(values)):
        if len(shown) < _PANELS and values[end] - values[shown[-1]] > apart:
            shown.append(end)
    return shown


def _dots(ax: Axes, result: Optima, style: Style) -> None:
    values, share = result.objectives, result.frequencies / result.frequencies.sum()
    lowest = values[0] if result.known is None else min(values[0], result.known)
    margin = 0.08 * (float(values[-1]) - float(lowest)) or 0.05 * abs(float(lowest)) or 1.0
    limits = float(lowest) - margin, float(values[-1]) + margin
    most = float(np.log10(result.frequencies.max() + 1))
    for end in np.argsort(-share, kind="stable"):
        fill = style.ink if end == 0 else style.unowned
        size = 14 + _AREA * share[end]
        ax.scatter(
            values[end], result.frequencies[end], s=size, color=fill, edgecolor=style.unowned_rim,
            zorder=3 if end else 4,
        )  # fmt: skip
    if result.known is not None:
        ax.axvline(result.known, color=style.muted, linewidth=0.9, linestyle=(0, (4, 3)))
    ax.set_yscale("log")
    ax.set_xlim(limits)
    ax.set_ylim(0.6, 10 ** (1.15 * most) * 1.3)
    places = [10**power for power in range(int(most) + 2) if 10**power <= ax.get_ylim()[1]]
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_yticks(places, labels=[f"{place:,}" for place in places])
    set_ticks(ax.xaxis, limits)
    ax.set_xlabel(result.objective_name, size=LABEL)
    ax.set_ylabel("starts", size=LABEL)
    ax.tick_params(labelsize=TICK, length=3)
    ax.spines[["top", "right"]].set_visible(False)


def _positions(result: Optima) -> Array:
    """Return where the centers of every end lie in the picture, (e, k, 2)."""
    e, k, d = result.centers.shape
    scaled = result.centers / np.where(result.unit > 0, result.unit, 1.0)
    if d == 1:
        return np.concatenate([scaled, np.zeros((e, k, 1))], axis=2)
    if d == 2:
        return np.asarray(scaled)
    middle = scaled[0].mean(axis=0)
    _, _, axes = np.linalg.svd(scaled[0] - middle, full_matrices=True)
    return np.asarray((scaled - middle) @ axes[:2].T)


def _centers(
    ax: Axes, result: Optima, positions: Array, i: int, end: int, numbers: Array, style: Style
) -> None:
    """Draw the centers of an end, the i-th of those that are shown at these positions, in these colors."""
    k = positions.shape[1]
    shares = np.bincount(result.labels[end], minlength=k)[:k] / result.labels.shape[1]
    colors = paints(by_number(k).hexes, style)
    if i:
        x, y = positions[0].T
        ax.scatter(x, y, s=60, facecolor="none", edgecolor=style.ink, linewidth=1.1, zorder=3)
    for j in range(k):
        paint, (x, y) = colors[numbers[j]], positions[i, j]
        size = 20 + 500 * shares[j]
        ax.scatter(x, y, s=size, color=paint.fill, edgecolor=paint.rim, linewidth=0.9, zorder=2)
    low, high = positions.min(axis=(0, 1)), positions.max(axis=(0, 1))
    room = 0.25 * np.maximum(high - low, 1e-3 + 0.1 * float((high - low).max()))
    ax.set_xlim(low[0] - room[0], high[0] + room[0])
    ax.set_ylim(low[1] - room[1], high[1] + room[1])
    ax.set_xticks([])
    ax.set_yticks([])
    starts = counted(int(result.frequencies[end]), "start")
    told = f"end {end}: {number(float(result.objectives[end]))}, {starts}"
    ax.set_title(told, parse_math=False, size=NOTE, loc="left", pad=4, color=style.ink)
