import dataclasses
import io

import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console

from emscope import KMeans, Scene, read_table, terminal
from emscope.events import Event
from emscope.scene import number
from hand_made import gaussian_mixture, groups


def shown(renderable, width=100):
    file = io.StringIO()
    Console(width=width, file=file).print(renderable)
    return file.getvalue()


@pytest.fixture
def trace(three_groups):
    return KMeans(3, init=three_groups[[0, 1, 100]], tol=0).fit(three_groups).trace_


def test_a_sparkline_goes_from_high_to_low():
    assert terminal.sparkline([7, 6, 5, 4, 3, 2, 1, 0]) == "█▇▆▅▄▃▂▁"
    assert terminal.sparkline([]) == ""
    assert terminal.sparkline([3.0, 3.0]) == "▁▁"
    line = terminal.sparkline(np.linspace(1, 0, 1000), width=40)
    assert len(line) == 40
    assert line[0] == "█"
    assert line[-1] == "▁"


def test_every_half_step_is_a_row(trace):
    lines = shown(terminal.half_steps(trace, "inertia")).splitlines()
    for step in trace.steps[1:]:
        (line,) = [line for line in lines if line.lstrip().startswith(f"{step.phase} {step.iteration} ")]
        if step.moved is not None:
            assert f" {step.moved} " in line
    assert "converged" in "".join(lines)


def test_centers_that_stand_still_but_for_rounding_do_so_here_too(trace):
    index = max(i for i, step in enumerate(trace.steps) if step.phase == "maximization")
    still = dataclasses.replace(trace.steps[index], shift=np.array([0.0, 2.8e-17, 1.4e-17]))
    trace = dataclasses.replace(trace, steps=(*trace.steps[:index], still, *trace.steps[index + 1 :]))
    text = shown(terminal.half_steps(trace, "inertia"))
    (line,) = [line for line in text.splitlines() if f"maximization {still.iteration} " in line]
    assert line.split()[-1] == "0"
    assert "no center moves" in Scene.from_trace(trace).frames[index].caption


def test_the_middle_of_a_long_run_is_left_out():
    X = np.random.default_rng(0).uniform(size=(300, 2))
    trace = KMeans(8, init=X[:8], tol=0).fit(X).trace_
    lines = shown(terminal.half_steps(trace, "inertia")).splitlines()
    assert f"… {len(trace.steps) - 14} more …" in "\n".join(lines)
    assert len(lines) < 22


def test_clusters_are_told_with_their_centers(trace):
    text = shown(terminal.clusters(trace, [60, 60, 60], ["#ff0000"] * 3))
    assert text.count("33.3%") == 3
    assert "x1" in text


def test_what_rounding_left_of_a_zero_is_told_as_zero():
    X = np.array([[x + y, 1e9 * y, 1e-9 * x] for x in (-10.1, 10.1) for y in (0.1, 0.2, -0.3)])
    trace = KMeans(2, init=X[[0, 3]], tol=0).fit(X).trace_
    centers = trace.steps[-1].centers + np.array([[0, 2e-8, 0], [0, -1e-7, 0]])
    last = dataclasses.replace(trace.steps[-1], parameters={"centers": centers})
    trace = dataclasses.replace(trace, steps=(*trace.steps[:-1], last))
    rows = [line.split() for line in shown(terminal.clusters(trace, [3, 3], ["#ff0000"] * 2)).splitlines()]
    assert [row[3:] for row in rows if len(row) == 6][1:] == [
        ["-10.10", "0", "-1.010e-8"],  # what is small in a small column is no rounding
        ["10.10", "0", "1.010e-8"],
    ]


@pytest.mark.parametrize("width", [40, 80])
def test_the_scatter_shows_each_cluster_where_it_is(trace, width):
    scene = Scene.from_trace(trace)
    text = terminal.scatter(scene, width=width, height=16).plain
    lines = text.splitlines()
    assert len(lines) == 16
    assert all(len(line) == width for line in lines)
    assert set(text) == set(" 012\n")
    final = trace.steps[-1].centers
    top = int(final[:, 1].argmax())
    assert str(top) in "".join(lines[:5])
    assert str(top) not in "".join(lines[9:])


def test_components_are_told_with_their_weights_means_and_deviations():
    points = groups([[0.0, 100.0], [9.0, 300.0]], each=50, spread=[[1.0, 20.0]])
    trace = gaussian_mixture(points, [[0.0, 100.0], [9.0, 300.0]], names=["width", "height"])
    scene = Scene.from_trace(trace)
    text = shown(terminal.clusters(trace, [50, 50], scene.colors))
    last = trace.steps[-1]
    for j, (mean, covariance) in enumerate(zip(last.means, last.covariances, strict=True)):
        (row,) = [line for line in text.splitlines() if line.lstrip().startswith(f"{j} ")]
        assert f"{last.weights[j]:.3f}" in row
        for value, deviation in zip(mean, np.sqrt(np.diag(covariance)), strict=True):
            assert f"{number(value)} ± {number(deviation, 3)}" in row
    assert "component" in text
    assert "mean ± standard deviation" in text
    assert set(terminal.scatter(scene).plain) == set(" 01\n")
    heading = shown(terminal.half_steps(trace, scene.curve.name)).split("initialization")[0]
    assert [part for part in ("negative", "log-likelihood", "per point") if part not in heading] == []


def test_events_are_whole_in_80_columns_and_between_the_ends_of_a_long_run(trace):
    event = Event("collapsed_component", 1, prose="it fell " * 12 + "in")
    middle = dataclasses.replace(trace.steps[2], events=(event,))
    long = dataclasses.replace(trace, steps=(*trace.steps[:3] * 4, middle, *trace.steps[:3] * 4))
    text = shown(terminal.half_steps(long, "negative log-likelihood per point"), width=80)
    assert text.split().count("fell") == 12
    assert max(map(len, text.splitlines())) <= 80
    assert text.count(" more …") == 2


LONG = "the amount in Swiss francs, converted at the rate of the day " * 4


@pytest.mark.parametrize("width", [40, 80])
def test_the_list_of_columns_keeps_to_its_width_and_names_every_column(width):
    columns = {f"{i} {LONG}": [1.5 * i, 2.5, None, 1e17 + i] for i in range(36)}
    columns |= {
        "name": list("abcd"),
        "": [0, 1, 2, 3],
        "year": [2001, 2002, 2003, 2005],
        "Größe": [4, 1, 1, 8],
    }
    reports = read_table(pa.table(columns), impute="median").in_options().columns
    lines = terminal.columns(reports, width).plain.splitlines()
    assert max(map(len, lines)) <= width
    heads = [line for line in lines if not line.startswith(" ")]
    assert len(heads) == 40
    assert [head[0] for head in heads[36:]] == ["-", "-", "-", "+"]
    told = " ".join(" ".join(lines).split())
    assert "+ Größe: whole numbers; 1 to 8; such as 4, 1, 8 kept (--exclude)" in told
    assert "- year: calendar years; such as 2001, 2002, 2003 left out:" in told


def test_the_list_of_columns_shows_names_as_text():
    (report,) = read_table(pa.table({"[bold]\n\x1b[31m": [1.0, 2.0]})).columns
    text = terminal.columns([report]).plain
    assert "\x1b" not in text
    assert "[bold]" in text
