"""A run told in a terminal: tables, the objective as a line of blocks, and a small scatter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Any, NamedTuple

import numpy as np
from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from emscope.columns import Array, resolution
from emscope.contrasts import Contrasts, contrasts
from emscope.events import PYTHON, Event, Terms, kind_of, worded
from emscope.scene import Scene
from emscope.scene.captions import largest_shift
from emscope.scene.mixture import full_covariances
from emscope.trace import Step, Trace
from emscope.wording import counted, number, one_line

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII_BARS = "_.:-=+*#"
_MARKS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LONGEST = 400  # letters of a sentence about an event
_HEADING = 12  # letters of a heading in one line
_MOST_FEATURES = 12  # of the clusters' profile
_SHORTEST = 9  # cells of labels: "component"
_FIRST_ROWS, _EVENTFUL_ROWS, _LAST_ROWS = 9, 8, 5


def sparkline(values: Iterable[float], width: int = 60, bars: str = BLOCKS) -> str:
    """Draw numbers as a line of blocks, lowest to highest.

    >>> sparkline([8, 4, 2, 1])
    '█▄▂▁'
    """
    array = np.array(list(values), dtype=float)
    if not array.size:
        return ""
    if array.size > width:
        array = array[np.linspace(0, array.size - 1, width).round().astype(int)]
    span = np.ptp(array)
    rounding = 1e-12 * np.abs(array).max()
    levels = np.zeros(array.size) if span <= rounding else (array - array.min()) / span
    return "".join(bars[level] for level in (levels * (len(bars) - 1)).round().astype(int))


def half_steps(trace: Trace, objective: str, terms: Terms = PYTHON) -> Table:
    """Tabulate the run, one row per half-step; the middle of a long run is left out."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("half-step", no_wrap=True)
    for name in (objective, "moved", "largest shift"):  # narrow, to leave room for what happened
        heading = wrap(name, _HEADING, break_long_words=False, break_on_hyphens=False)
        table.add_column("\n".join(heading), justify="right", no_wrap=True)
    table.add_column("what else happened", style="italic")
    before = -1
    for index in _worth_a_row(trace.steps):
        if index > before + 1:
            table.add_row(Text(f"… {index - before - 1:,} more …", style="dim"))
        table.add_row(*_half_step_row(trace.steps[index], trace, terms))
        before = index
    return table


def columns(reports: Sequence[Any], width: int = 80) -> Text:
    """List every column of a table: what it is, what is done with it and why, and what changes that.

    Every column takes two lines or a few more; nothing is cut but names and values.
    """
    text = Text()
    for report in reports:
        style = "" if report.kept else "dim"
        name = one_line(report.name, max(10, width // 3))
        seen = ", ".join(one_line(value, 16) for value in report.examples)
        facts = [report.kind, *_range(report), *_missing(report), *([f"such as {seen}"] if seen else [])]
        first = f"{'+' if report.kept else '-'} {name}: {'; '.join(facts)}"
        said = all(option in report.action for option in report.option.split(" or "))
        action = one_line(report.action, 400) + ("" if said else f" ({report.option})")
        lines = [
            *wrap(first, width, subsequent_indent="    "),
            *wrap(action, width, initial_indent="    ", subsequent_indent="    "),
        ]
        text.append("".join(f"{line}\n" for line in lines), style=style)
    return text


def _range(report: Any) -> list[str]:
    if report.low is None:
        return []
    low, high = (f"{end:,.6g}" if isinstance(end, float) else str(end) for end in (report.low, report.high))
    return [low if low == high else f"{low} to {high}"]


def _missing(report: Any) -> list[str]:
    return [f"{report.n_missing:,} missing"] if report.n_missing else []


def _worth_a_row(steps: Sequence[Step]) -> list[int]:
    """Choose the first and last half-steps, and those between in which something happened to a cluster."""
    last = max(_FIRST_ROWS, len(steps) - _LAST_ROWS)
    if last - _FIRST_ROWS <= 1:
        return list(range(len(steps)))
    eventful = [
        index
        for index in range(_FIRST_ROWS, last)
        if any(event.cluster is not None for event in steps[index].events)
    ]
    return [*range(min(_FIRST_ROWS, len(steps))), *eventful[:_EVENTFUL_ROWS], *range(last, len(steps))]


def clusters(
    trace: Trace,
    sizes: Sequence[int],
    styles: Sequence[str],
    found: Contrasts | None = None,
    width: int = 80,
) -> Text:
    """Tabulate the clusters side by side: size, share, weight, and the features in which they differ most.

    Features are ranked by how much of their variance the clusters explain, as the contrasts ``found`` of all
    rows say, or else those of the drawn points. Clusters that do not fit beside each other follow below;
    names may be cut, numbers are not.
    """
    last = trace.steps[-1]
    centers, covariances = trace.locations(last), full_covariances(last, trace)
    if found is None and centers is not None and last.labels is not None and len(last.labels):
        found = contrasts(trace.points, last.labels, len(sizes))
    explained = None if centers is None or found is None else found.explained
    d = 0 if centers is None else centers.shape[1]
    order = list(range(d)) if explained is None else np.argsort(-explained, kind="stable").tolist()
    order = order[:_MOST_FEATURES]
    head = _head("cluster" if covariances is None else "component", last, sizes)
    notes = [] if explained is None else ["explained: part of a feature's variance that is between clusters"]
    grid = _grid(trace, head, order, explained, None, width)
    if covariances is not None and centers is not None:
        with_deviations = _grid(trace, head, order, explained, covariances, width)
        fits = len(with_deviations.blocks()) == 1
        grid = with_deviations if fits else grid
        notes.append("features: mean ± standard deviation" if fits else "features: means of components")
    if d > len(order):
        notes.append(f"not shown: {counted(d - len(order), 'feature')} in which clusters differ less")
    text = Text("\n").join(grid.block(block, styles) for block in grid.blocks())
    told = "\n".join(line for note in notes for line in wrap(note, width))
    return text.append(told, style="dim italic")


def _head(noun: str, last: Step, sizes: Sequence[int]) -> list[_Line]:
    """Return the lines above the features."""
    total = sum(sizes)
    shares = [f"{size / total:.1%}" if total else "" for size in sizes]
    head = [
        _Line(noun, "", [str(j) for j in range(len(sizes))]),
        _Line("rows", "", [f"{size:,}" for size in sizes]),
        _Line("share", "", shares),
    ]
    weights = [] if last.weights is None else [_Line("weight", "", [f"{w:.3f}" for w in last.weights])]
    return head + weights


def _grid(
    trace: Trace,
    head: Sequence[_Line],
    features: Sequence[int],
    explained: Array | None,
    covariances: Array | None,
    width: int,
) -> _Grid:
    """Put a line for each feature below the head: its value in each cluster, and deviations where given."""
    centers = trace.locations(trace.steps[-1])
    lines = list(head)
    if explained is not None:
        lines[0] = lines[0]._replace(side="explained")
    noise = resolution(trace.points[:, features])  # what may as well be 0 is told as 0
    for j, rounded_away in zip(features, noise, strict=True):
        assert centers is not None  # otherwise there are no features
        column = centers[:, j]
        cells = [number(value) for value in np.where(np.abs(column) <= rounded_away, 0, column)]
        if covariances is not None:
            deviations = np.sqrt(covariances[:, j, j])
            cells = [f"{mean} ± {number(sd, 3)}" for mean, sd in zip(cells, deviations, strict=True)]
        side = "" if explained is None else f"{explained[j]:.0%}"
        lines.append(_Line(one_line(trace.feature_names[j]), side, cells))
    return _Grid(tuple(lines), len(head), width)


class _Line(NamedTuple):
    """A label, what stands beside it, and a cell for each cluster."""

    label: str
    side: str
    cells: Sequence[str]


class _Grid(NamedTuple):
    """Lines of cells, as many beside each other as fit; labels may be cut, cells are not."""

    lines: tuple[_Line, ...]
    n_head: int
    width: int

    def blocks(self) -> list[range]:
        """Return which clusters stand beside each other."""
        room = self.width - self._label_size() - self._side_size()
        blocks: list[range] = []
        start = used = 0
        for j, size in enumerate(self._cell_sizes()):
            if used + size > room and j > start:
                blocks.append(range(start, j))
                start, used = j, 0
            used += size
        return [*blocks, range(start, len(self.lines[0].cells))]

    def block(self, clusters: range, styles: Sequence[str]) -> Text:
        """Set some clusters beside each other."""
        sizes, label, side = self._cell_sizes(), self._label_size(), self._side_size()
        text = Text()
        for i, line in enumerate(self.lines):
            row = Text(line.label)
            row.truncate(label, overflow="ellipsis", pad=True)
            row.append(line.side.rjust(side), style="dim")
            for j in clusters:
                row.append(line.cells[j].rjust(sizes[j]), style="" if i else f"bold {styles[j]}")
            text.append_text(row).append("\n")
            if i == self.n_head - 1 and len(self.lines) > self.n_head:
                text.append(f"{'─' * cell_len(row.plain)}\n", style="dim")
        return text

    def _cell_sizes(self) -> list[int]:
        return [2 + max(map(len, cells)) for cells in zip(*(line.cells for line in self.lines), strict=True)]

    def _side_size(self) -> int:
        return max(2 + len(line.side) if line.side else 0 for line in self.lines)

    def _label_size(self) -> int:
        """Return the cells of the labels: a third of the width at most, and what is free if that is more."""
        wanted = max(cell_len(line.label) for line in self.lines)
        left, sizes = self.width - self._side_size(), self._cell_sizes()
        most = max(self.width // 3, _SHORTEST, left - sum(sizes))
        return max(min(wanted, most, left - max(sizes)), 1)


def scatter(scene: Scene, *, width: int = 72, height: int = 20) -> Text:
    """Draw the final clusters with characters: each point as its cluster's digit, centers reversed."""
    frame = scene.frames[-1]
    if frame.labels is None:
        return Text("")
    centers, _ = scene.brought_inside(frame.centers)
    k = len(frame.centers)
    votes = np.zeros((height, width, k), dtype=np.int64)
    columns, rows = _cells(scene, scene.positions, width, height)
    np.add.at(votes, (rows, columns, frame.labels), 1)
    owner = np.where(votes.any(axis=2), votes.argmax(axis=2), -1)
    text = Text()
    center_cells = {
        (int(row), int(column)): cluster
        for cluster, (column, row) in enumerate(zip(*_cells(scene, centers, width, height), strict=True))
    }
    for row in range(height):
        for column in range(width):
            center = center_cells.get((row, column))
            cluster = int(owner[row, column]) if center is None else center
            if cluster < 0:
                text.append(" ")
                continue
            style = scene.colors[cluster] + ("" if center is None else " bold reverse")
            text.append(_MARKS[cluster % len(_MARKS)], style=style)
        text.append("\n")
    return text


def _cells(scene: Scene, positions: Array, width: int, height: int) -> tuple[Array, Array]:
    (left, right), (bottom, top) = scene.xlim, scene.ylim
    x = (positions[:, 0] - left) / (right - left)
    y = (top - positions[:, 1]) / (top - bottom)
    columns = np.clip((x * width).astype(int), 0, width - 1)
    rows = np.clip((y * height).astype(int), 0, height - 1)
    return columns, rows


def _half_step_row(step: Step, trace: Trace, terms: Terms) -> list[str | Text]:
    return [
        f"{step.phase} {step.iteration}" if step.phase != "initialization" else step.phase,
        "" if step.objective is None else number(step.objective),
        "" if step.moved is None else f"{step.moved:,}",
        "" if step.shift is None else number(largest_shift(step, trace)),
        Text("; ".join(_told(event, terms) for event in step.events)),
    ]


def _told(event: Event, terms: Terms) -> str:
    """Tell an event; a reason to doubt the run in a word, for its sentence stands at the end."""
    kind = kind_of(event)
    return f"doubt: {kind.short}" if kind.doubt else one_line(worded(event, terms), _LONGEST)
