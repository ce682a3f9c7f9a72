import dataclasses
import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from emscope import KMeans, Scene, read_table, terminal
from emscope.contrasts import contrasts
from emscope.events import Event
from emscope.wording import number
from hand_made import gaussian_mixture, groups, lloyd


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


def lines_of(text):
    """The words of every line by what it begins with."""
    return {line.split()[0]: line.split()[1:] for line in text.plain.splitlines() if line.strip(" ─")}


def test_clusters_are_told_beside_each_other_with_their_centers(trace):
    text = terminal.clusters(trace, [60, 60, 60], ["#ff0000"] * 3)
    told = lines_of(text)
    assert told["cluster"] == ["explained", "0", "1", "2"]
    assert told["rows"] == ["60"] * 3
    assert told["share"] == ["33.3%"] * 3
    for j, name in enumerate(("x1", "x2")):
        assert told[name][1:] == [number(value) for value in trace.steps[-1].centers[:, j]]
    assert {str(span.style) for span in text.spans} >= {"bold #ff0000"}


def test_features_are_ranked_by_what_clusters_explain_of_them():
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 20))
    X[:, 13] += np.repeat([0.0, 9.0], 100)
    X[:, 4] += np.repeat([0.0, 2.0], 100)
    trace = lloyd(X, X[[0, 199]], iterations=5)
    labels = trace.steps[-1].labels
    text = terminal.clusters(trace, np.bincount(labels).tolist(), ["#ff0000"] * 2)
    features = [line.split() for line in text.plain.splitlines() if line.startswith("x")]
    assert [line[0] for line in features[:2]] == ["x14", "x5"]
    assert len(features) == 12
    assert "not shown: 8 features in which clusters differ less" in text.plain
    for name, explained, *_ in features:
        column = X[:, int(name[1:]) - 1]
        within = sum(((column[labels == c] - column[labels == c].mean()) ** 2).sum() for c in (0, 1))
        assert explained == f"{1 - within / ((column - column.mean()) ** 2).sum():.0%}"


def test_contrasts_of_all_rows_rank_before_those_of_drawn_points():
    X = np.column_stack([np.arange(10.0), np.arange(10.0) % 5])
    trace = lloyd(X, X[[0, 9]])
    other = contrasts(X[:, ::-1], trace.steps[-1].labels, 2)
    told = [terminal.clusters(trace, [5, 5], ["#ff0000"] * 2, found) for found in (None, other)]
    assert [text.plain.index("x1") < text.plain.index("x2") for text in told] == [True, False]


def test_weights_count_in_what_clusters_explain():
    X = np.array([[0.0, 0.0], [1.0, 4.0], [9.0, 0.0], [9.5, 4.0]])
    trace = lloyd(X, X[[0, 3]])
    weights = np.array([1.0, 1.0, 5.0, 0.0])
    found = contrasts(X, trace.steps[-1].labels, 2, weights)
    text = terminal.clusters(trace, [2, 2], ["#ff0000"] * 2, found)
    mean = weights @ X[:, 1] / 7
    between = 2 * (2 - mean) ** 2 + 5 * (0 - mean) ** 2
    assert lines_of(text)["x2"][0] == f"{between / (weights @ (X[:, 1] - mean) ** 2):.0%}"


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_no_line_is_wider_than_asked_and_every_number_is_whole(data):
    k, d = data.draw(st.integers(1, 20)), data.draw(st.integers(1, 40))
    width = data.draw(st.sampled_from([60, 80]))
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    scale = 10.0 ** random.integers(-9, 9, d)
    X = random.normal(size=(3 * k, d)) * scale
    name = data.draw(
        st.sampled_from(["x", "flipper length of the left wing", "満足度についてお答えください"])
    )
    names = [f"{name} {chr(97 + j % 26)}{j // 26 or ''}" for j in range(d)]
    if data.draw(st.booleans()):
        trace = lloyd(X, X[:k], iterations=0, names=names)
    else:
        covariances = np.tile(np.diag(scale**2), (k, 1, 1))
        trace = gaussian_mixture(X, X[:k], iterations=0, names=names, covariances=covariances)
    last = trace.steps[-1]
    sizes = np.bincount(last.labels, minlength=k).tolist()
    text = terminal.clusters(trace, sizes, ["#ff0000"] * k, None, width)
    assert max(map(cell_len, shown(text, width).splitlines())) <= width
    means = trace.locations(last)
    whole = {number(value) for value in means.ravel()} | {number(value, 3) for value in scale} | {"0"}
    whole |= set(map(str, range(k))) | set(map(str, sizes)) | {str(d - 12)}
    whole |= {f"{weight:.3f}" for weight in (() if last.weights is None else last.weights)}
    words = [word for word in text.plain.split() if word.strip("-")[:1].isdigit()]
    assert [word for word in words if not word.endswith("%") and word not in whole] == []
    blocks = text.plain.count("explained  ")
    assert sum(word.endswith("%") for word in words) == k + blocks * min(d, 12)
    told = [word for word in words if word in whole]
    assert len(told) >= k * (2 + min(d, 12))
    assert "…" not in text.plain or name != "x"


def test_clusters_without_rows_or_places_are_told():
    X = np.array([[0.0], [1.0], [9.0]])
    trace = lloyd(X, [[0.0], [9.0], [99.0]], iterations=0)
    told = lines_of(terminal.clusters(trace, [2, 1, 0], ["#ff0000"] * 3))
    assert told["share"] == ["66.7%", "33.3%", "0.0%"]
    assert told["x1"][1:] == ["0", "9.000", "99.00"]
    lost = dataclasses.replace(trace, points=np.zeros((3, 2)))  # centers that have no place among the points
    assert list(lines_of(terminal.clusters(lost, [2, 1, 0], ["#ff0000"] * 3))) == ["cluster", "rows", "share"]


def test_what_rounding_left_of_a_zero_is_told_as_zero():
    X = np.array([[x + y, 1e9 * y, 1e-9 * x] for x in (-10.1, 10.1) for y in (0.1, 0.2, -0.3)])
    trace = KMeans(2, init=X[[0, 3]], tol=0).fit(X).trace_
    centers = trace.steps[-1].centers + np.array([[0, 2e-8, 0], [0, -1e-7, 0]])
    last = dataclasses.replace(trace.steps[-1], parameters={"centers": centers})
    trace = dataclasses.replace(trace, steps=(*trace.steps[:-1], last))
    told = lines_of(terminal.clusters(trace, [3, 3], ["#ff0000"] * 2))
    assert told["x1"][1:] == ["-10.10", "10.10"]
    assert told["x2"][1:] == ["0", "0"]
    assert told["x3"][1:] == ["-1.010e-8", "1.010e-8"]  # what is small in a small column is no rounding


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
    text = terminal.clusters(trace, [50, 50], scene.colors).plain
    last = trace.steps[-1]
    (weights,) = [line for line in text.splitlines() if line.startswith("weight")]
    assert weights.split()[1:] == [f"{weight:.3f}" for weight in last.weights]
    for i, name in enumerate(("width", "height")):
        (row,) = [line for line in text.splitlines() if line.startswith(name)]
        for mean, covariance in zip(last.means, last.covariances, strict=True):
            assert f"{number(mean[i])} ± {number(np.sqrt(covariance[i, i]), 3)}" in row
    assert text.startswith("component")
    assert "mean ± standard deviation" in text
    narrow = terminal.clusters(trace, [50, 50], scene.colors, width=40).plain
    assert "±" not in narrow
    assert "features: means of components" in narrow
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
