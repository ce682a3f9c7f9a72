"""How sure each row's cluster is, sorted within each cluster: a silhouette picture for any number of rows."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from emscope.columns import Array
from emscope.plot.heading import WIDTH, Heading
from emscope.plot.layout import EDGE, LABEL, axes_at
from emscope.plot.lettering import width_of, write
from emscope.plot.style import styled
from emscope.results.rows import Rows
from emscope.scene.colors import by_number
from emscope.scene.paint import Style, paints

_TALLEST, _SHORTEST = 4.4, 2.2  # of all clusters together, in inches
_LEAST = 0.14  # of one
_MOST_LINES = 400  # places at which a cluster's values are drawn


def rows(result: Rows, *, style: str = "light", heading: bool = True) -> Figure:
    """Draw how sure each row's cluster is: every cluster a band, its rows sorted.

    The simplified silhouette of each row, of a mixture its certainty; left of the dashed line rows are
    undecided. Bands are as high as their clusters are large, but for the smallest, so that the picture
    takes no longer for a million rows than for a thousand.

    Parameters
    ----------
    result : Rows
        What :func:`emscope.study.rows` found.
    style : {"light", "dark", "print"}
        The look.
    heading : bool
        Whether the title and the sentence are in the picture.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> from emscope import KMeans, datasets, plot, study
    >>> table = datasets.penguins().standardized()
    >>> found = study.rows(KMeans(3, random_state=0).fit(table.matrix), table)
    >>> plot.rows(found).axes[0].get_xlabel()
    'simplified silhouette'
    """
    with styled(style) as look:
        return _draw(result, look, heading)


def _draw(result: Rows, style: Style, headed: bool) -> Figure:
    k = len(result.sizes)
    left = EDGE + max(width_of(_name(result, j), 8.5) for j in range(k)) + 0.1
    heading = Heading("How sure the cluster of each row is", result.sentence, WIDTH, 8, headed)
    tall = float(np.clip(0.5 * k, _SHORTEST, _TALLEST)) + _LEAST * k
    above, below = heading.height + 0.12, 0.55
    height = above + tall + below
    figure = heading.figure(height, style)
    _bands(axes_at(figure, left, below, WIDTH - left - EDGE, tall), result, tall, style)
    return figure


def _name(result: Rows, cluster: int) -> str:
    return f"{cluster} ({int(result.sizes[cluster]):,})"


def _bands(ax: Axes, result: Rows, tall: float, style: Style) -> None:
    values, name, undecided = _measure(result)
    k = len(result.sizes)
    gap = 0.25 * _LEAST
    heights = _LEAST + (tall - k * (_LEAST + gap)) * result.sizes / max(int(result.sizes.sum()), 1)
    hues = paints(by_number(k).hexes, style)
    top = tall
    for j in range(k):
        own = _sorted(values[result.labels == j])
        y = top - heights[j] * (np.arange(len(own)) + 0.5) / max(len(own), 1)
        y = np.r_[top, y, top - heights[j]]
        if len(own):
            ax.fill_betweenx(y, np.r_[own[0], own, own[-1]], color=hues[j].fill, linewidth=0)
            ax.plot(np.r_[own[0], own, own[-1]], y, color=hues[j].line, linewidth=0.8)
        how = {"size": 8.5, "ha": "right", "va": "center", "transform": ax.get_yaxis_transform()}
        write(ax, -0.015, top - heights[j] / 2, _name(result, j), color=style.ink, **how)
        top -= heights[j] + gap
    ax.axvline(undecided, color=style.ink, linewidth=0.9, linestyle="--")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, tall)
    ax.set_yticks([])
    ax.set_xlabel(name, size=LABEL)
    ax.tick_params(labelsize=8.5)
    ax.spines[["top", "right", "left"]].set_visible(False)


def _measure(result: Rows) -> tuple[Array, str, float]:
    """Return what is drawn of each row, what it is called, and below which a row is undecided."""
    if result.certainty is not None:
        return result.certainty, "responsibility of its own component", 0.9
    assert result.silhouette is not None  # models that are no mixture have it
    return np.nan_to_num(result.silhouette), "simplified silhouette", 0.1


def _sorted(values: Array) -> Array:
    """Return values in falling order; of many so many of them as can be seen."""
    ordered = np.sort(values)[::-1]
    if len(ordered) <= _MOST_LINES:
        return ordered
    places = np.linspace(0, len(ordered) - 1, _MOST_LINES).round().astype(int)
    return np.asarray(ordered[places])
