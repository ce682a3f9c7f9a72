"""Which features made the difference: standardized differences, shares, and the top features by cluster."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from emscope.columns import Array
from emscope.plot.heading import Heading
from emscope.plot.layout import DPI, EDGE, LINE, NOTE, TICK, axes_at, set_ticks, tick_labels
from emscope.plot.lettering import drawable, shortened, width_of, wrapped, write
from emscope.plot.style import styled
from emscope.results.profile import Profile
from emscope.scene.colors import by_number, contrast, mixed
from emscope.scene.paint import Style, paints
from emscope.wording import counted

_ROWS = 20  # features that are drawn, at most
_RIDGES = 4  # features whose distributions are drawn, at most
_ROW, _HEAD, _GAP = 0.25, 0.28, 0.12  # inches
_BARS = 1.5
_LONGEST = 2.3  # of a name
_FULL = 2.0  # standard deviations from which on a cell has its full color
_ABOVE, _BELOW, _GRAY = "#f08c00", "#2f74d8", "#303030"
_NARROWEST = 0.36  # of a cell with a number in it
_TICKS, _SMALL = 3, 7.5  # below a ridge: how many numbers, and their size
_OVERLAP = 1.5  # height of a ridge, in distances between ridges


def profile(result: Profile, *, style: str = "light", heading: bool = True) -> Figure:
    """Draw how clusters differ from all rows: a heat map, shares, and the distributions of the top features.

    Features are ordered by their share of the sum of squares between clusters, the largest on top. A cell is
    the difference of the cluster's mean from that of all rows in standard deviations of all rows; below are
    histograms of the features with the largest shares, one line per cluster.

    Parameters
    ----------
    result : Profile
        What :func:`emscope.study.profile` found.
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
    >>> found = study.profile(KMeans(3, random_state=0).fit(table.matrix), table)
    >>> len(plot.profile(found).axes)
    6
    """
    with styled(style) as look:
        return _draw(result, look, heading)


def _draw(result: Profile, style: Style, headed: bool) -> Figure:
    features = result.order[:_ROWS]
    k, t = len(result.sizes), min(len(result.distributions.features), _RIDGES)
    names = [shortened(drawable(result.feature_names[j]), _LONGEST, TICK) for j in features]
    label = max(width_of(name, TICK) for name in names) + 0.12
    cell = float(np.clip(5.0 / k, _NARROWEST if k <= 16 else 0.2, 0.8))
    width = max(2 * EDGE + label + k * cell + _BARS, 6.6)
    heading = Heading("What makes the clusters", result.sentence, width, 6, headed)
    ridges = float(np.clip(0.26 * k, 0.8, 3.2))
    heights = (
        heading.height + 0.1,
        _HEAD + len(features) * _ROW,
        NOTE * LINE * 2 + 0.06,
        ridges + 0.45,
    )
    height = sum(heights)
    figure = heading.figure(height, style)
    bottom = height - heights[0] - heights[1]
    box = (EDGE + label, bottom, k * cell, len(features) * _ROW)
    heat = axes_at(figure, *box)
    _heat(heat, result, features, names, style)
    _bars(axes_at(figure, box[0] + box[2] + _GAP, bottom, _BARS - 0.6, box[3]), result, features, style)
    _note(figure, box, len(result.shares) - len(features), style)
    gap = _gap(result, t)
    step = (width - 2 * EDGE + gap) / max(t, 1)
    for i in range(t):
        left = EDGE + i * step + (0.22 if i == 0 else 0.0)
        ax = axes_at(figure, left, 0.4, step - gap - (0.22 if i == 0 else 0.0), ridges)
        _ridge(ax, result, i, style, numbered=i == 0)
    return figure


def _gap(result: Profile, n_ridges: int) -> float:
    """Return what lies between two histograms, so that the numbers below them do not meet."""
    every = (tick_labels(_limits(edges), _TICKS)[1] for edges in result.distributions.edges[:n_ridges])
    return max([_GAP, *(width_of(label, _SMALL) + 0.08 for labels in every for label in labels)])


def _limits(edges: Array) -> tuple[float, float]:
    low, high = float(edges[0]), float(edges[-1])
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _most_ticks(limits: tuple[float, float], room: float) -> int:
    """Return how many numbers below a histogram of so many inches do not meet."""
    places, labels, _ = tick_labels(limits, _TICKS)
    apart = room * float(np.diff(places).min(initial=np.inf)) / (limits[1] - limits[0])
    widest = max((width_of(label, _SMALL) for label in labels), default=0.0)
    return _TICKS if widest + 0.06 <= apart else 2


def _heat(ax: Axes, result: Profile, features: Array, names: list[str], style: Style) -> None:
    differences = result.differences[:, features].T
    colors = [[_color(value, style) for value in line] for line in differences]
    ax.imshow([[_rgb(color) for color in line] for line in colors], aspect="auto", interpolation="nearest")
    k, width = len(result.sizes), ax.get_window_extent().width / DPI
    if width / k >= _NARROWEST - 1e-9:
        for i, line in enumerate(differences):
            for j, value in enumerate(line):
                ink = _legible(colors[i][j], style)
                write(ax, j, i, _written(value), size=7.5, color=ink, ha="center", va="center")
    ax.set_yticks(range(len(names)))
    ax.set_yticklabels(names, parse_math=False, size=TICK, color=style.ink)
    ax.set_xticks([])
    fills = [paint.fill for paint in paints(by_number(k).hexes, style)]
    every = max(1, int(np.ceil(0.2 * k / width)))
    for j in range(k):
        ax.plot(
            [j - 0.5, j + 0.5],
            [-0.62, -0.62],
            color=fills[j],
            linewidth=3,
            clip_on=False,
            solid_capstyle="butt",
        )
        if j % every == 0:
            write(ax, j, -0.8, str(j), size=TICK, weight="bold", color=style.ink, ha="center", va="bottom")
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(-0.5, k - 0.5)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def _written(value: float) -> str:
    if np.isnan(value):
        return ""
    return f"{value:+.1f}".replace("-", "\N{MINUS SIGN}") if abs(value) >= 0.05 else "0.0"


def _color(value: float, style: Style) -> str:
    if np.isnan(value):
        return style.line
    share = min(abs(value) / _FULL, 1.0)
    strongest = _GRAY if style.grayscale else _ABOVE if value > 0 else _BELOW
    return mixed(strongest, style.paper, 0.9 * share) if share > 0.02 else style.paper


def _legible(ground: str, style: Style) -> str:
    """Return what is read best on a color."""
    inks = (style.ink, style.paper)
    return inks[0] if contrast(inks[0], ground) >= contrast(inks[1], ground) else inks[1]


def _rgb(color: str) -> tuple[int, int, int]:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def _bars(ax: Axes, result: Profile, features: Array, style: Style) -> None:
    """Draw each feature's share of the sum of squares between clusters."""
    shares = np.nan_to_num(result.shares[features])
    ax.barh(range(len(features)), shares, height=0.62, color=style.muted)
    largest = float(shares.max(initial=0.0)) or 1.0
    for i, share in enumerate(shares):
        write(ax, share + 0.04 * largest, i, f"{100 * share:.0f} %", size=7.5, color=style.ink, va="center")
    write(ax, 0, -0.8, "share", size=TICK, color=style.muted, va="bottom")
    ax.set_xlim(0, largest)
    ax.set_ylim(len(features) - 0.5, -0.5)
    ax.set_axis_off()


def _note(figure: Figure, box: tuple[float, float, float, float], others: int, style: Style) -> None:
    w, h = figure.get_size_inches()
    text = "Cells: difference from the mean of all rows, in standard deviations."
    if others:
        text += f" Not shown: {counted(others, 'feature')} with smaller shares."
    lines = wrapped(text, w - 2 * EDGE, NOTE, 2)
    how = {"size": NOTE, "color": style.muted, "va": "top", "linespacing": 1.2}
    write(figure, EDGE / w, (box[1] - 0.06) / h, "\n".join(lines), **how)


def _ridge(ax: Axes, result: Profile, place: int, style: Style, *, numbered: bool) -> None:
    """Draw the distribution of a feature in each cluster, one above the other."""
    drawn = result.distributions
    k, edges = len(result.sizes), drawn.edges[place]
    hues = paints(by_number(k).hexes, style)
    densities = drawn.masses[:, place] / np.maximum(drawn.masses[:, place].sum(axis=1, keepdims=True), 1e-300)
    highest = float(densities.max()) or 1.0
    room = ax.get_window_extent().width / DPI
    for j, (density, paint) in enumerate(zip(densities, hues, strict=True)):
        base = k - 1 - j
        heights = base + _OVERLAP * density / highest
        ax.stairs(heights, edges, baseline=base, fill=True, color=paint.fill, alpha=0.75, zorder=j)
        ax.stairs(heights, edges, baseline=base, color=paint.line, linewidth=0.8, zorder=j)
        if numbered:
            at = ax.get_yaxis_transform()
            write(
                ax,
                -0.06 / room,
                base,
                str(j),
                size=7.5,
                color=style.ink,
                ha="right",
                va="bottom",
                transform=at,
            )
    ax.set_ylim(0, k - 1 + _OVERLAP * 1.05)
    limits = _limits(edges)
    ax.set_xlim(limits)
    set_ticks(ax.xaxis, limits, _most_ticks(limits, room), _SMALL)
    ax.set_yticks([])
    ax.tick_params(length=2, labelsize=_SMALL)
    name = shortened(drawable(result.feature_names[int(drawn.features[place])]), room, TICK)
    ax.set_xlabel(name, size=TICK, parse_math=False)
    ax.spines[["top", "right", "left"]].set_visible(False)
