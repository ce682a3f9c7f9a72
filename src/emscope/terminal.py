"""A run told in a terminal: tables, the objective as a line of blocks, and a small scatter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Any

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from emscope.columns import Array, resolution
from emscope.events import PYTHON, Event, Terms, kind_of, worded
from emscope.scene import Scene, number, one_line
from emscope.scene.captions import largest_shift
from emscope.scene.mixture import full_covariances
from emscope.trace import Step, Trace

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII_BARS = "_.:-=+*#"
_MARKS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LONGEST = 400  # letters of a sentence about an event
_HEADING = 12  # letters of a heading in one line
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


def clusters(trace: Trace, sizes: Sequence[int], styles: Sequence[str]) -> Table:
    """Tabulate the clusters: number, size, share and center; for a mixture weight, mean and deviations."""
    last = trace.steps[-1]
    centers, covariances = trace.locations(last), full_covariances(last, trace)
    if centers is None:
        centers = np.empty((len(sizes), 0))
    shown = trace.feature_names[: min(centers.shape[1], 6)]
    rounded_away = resolution(trace.points[:, : len(shown)])  # what may as well be 0 is told as 0
    table = _empty_table("cluster" if covariances is None else "component", last, shown)
    if centers.shape[1] > len(shown):
        table.add_column(f"… {centers.shape[1] - len(shown)} more features", style="dim")
    if covariances is not None:
        table.caption = "features: mean ± standard deviation"
    total = sum(sizes)
    for cluster, (size, style) in enumerate(zip(sizes, styles, strict=True)):
        center = centers[cluster, : len(shown)]
        values = [number(value) for value in np.where(np.abs(center) <= rounded_away, 0, center)]
        if covariances is not None:
            deviations = np.sqrt(np.diagonal(covariances[cluster]))
            values = [f"{mean} ± {number(sd, 3)}" for mean, sd in zip(values, deviations, strict=False)]
        weight = [] if last.weights is None else [f"{last.weights[cluster]:.3f}"]
        share = f"{size / total:.1%}" if total else ""
        name = Text(str(cluster), style=f"bold {style}")
        table.add_row(name, f"{size:,}", share, *weight, *values)
    return table


def _empty_table(noun: str, last: Step, features: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption_justify="left")
    table.add_column(noun, no_wrap=True)
    for name in ("rows", "share", *(() if last.weights is None else ("weight",))):
        table.add_column(name, justify="right", no_wrap=True)
    for name in features:
        table.add_column(Text(one_line(name, 24)), justify="right", overflow="ellipsis")
    return table


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
