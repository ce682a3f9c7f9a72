"""Models that no view knows get files, pictures, words and tables: from what was recorded, and no more."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import emscope
from commands import run
from emscope import Trace, plot, terminal
from emscope.plot.layout import note
from emscope.recording import in_units_of
from emscope.scene import Scene
from hand_made import groups, log_densities, responsibilities_of
from third_models import Parameters, StudentMixture, directions, directions_run, student_run

CENTERS = [[0.0, 0.0], [5.0, 1.0], [2.0, 6.0]]


@pytest.fixture(scope="module")
def student():
    points = groups(CENTERS, spread=1.2)
    return student_run(points, points[[0, 60, 120]] + 0.5)


@pytest.fixture(scope="module")
def turned():
    X = directions()
    return directions_run(X, X[[0, 60, 61]])


def test_its_trace_has_its_own_responsibilities_and_survives_a_file(student, tmp_path):
    assert student.card is StudentMixture.card
    values = [step.objective for step in student.steps if step.phase == "expectation"]
    assert student.converged
    assert all(after <= before for before, after in pairwise(values))
    last = student.steps[-1]
    own = StudentMixture().responsibilities(student.points, last_parameters(student))
    np.testing.assert_array_equal(last.responsibilities, own)
    assert np.abs(own - gaussian_responsibilities(student)).max() > 0.05, "or the tests would see nothing"
    student.save(tmp_path / "student.npz")
    again = Trace.load(tmp_path / "student.npz")
    assert again.card == student.card
    np.testing.assert_array_equal(again.steps[-1].responsibilities, own)


def last_parameters(trace):
    return Parameters(**trace.steps[-1].parameters)


def gaussian_responsibilities(trace):
    return responsibilities_of(log_densities(trace.points, *last_parameters(trace)))[0]


def test_pictures_of_a_soft_model_show_what_was_recorded(student):
    scene = Scene.from_trace(student)
    for frame, step in zip(scene.frames, student.steps, strict=True):
        assert frame.responsibilities is step.responsibilities
        assert frame.ellipses is not None
        assert scene.regions(frame) is None
        told = f"{frame.caption} {note(scene, frame, (6.0, 4.0))}"
        assert not re.search(r"log-likelihood per point gained|weighted mean|1, 2|densit", told)
        assert "Ellipses: 2 standard deviations of the components' covariances." in told
    assert scene.curve.name == "negative log-likelihood per point"
    assert not scene.curve.from_zero
    plot.filmstrip(student).draw_without_rendering()


def test_a_strip_of_it_has_no_density_curves(student):
    points = student.points[:, :1]
    trace = student_run(points, [[0.0], [2.0], [5.0]])
    scene = Scene.from_trace(trace)
    assert scene.kind == "strip"
    for frame in scene.frames:
        assert scene.component_heights(frame) is None
        assert "Curves" not in note(scene, frame, (6.0, 4.0))
    curves = [ax.lines for ax in plot.filmstrip(trace).axes]
    assert max(len(lines) for lines in curves) <= 1, "the density of the points and nothing else"


def test_pictures_of_a_hard_model_have_regions_of_nearest_centers(turned):
    scene = Scene.from_trace(turned)
    assert scene.curve.name == "sum of 1 - cosine"
    assert [frame.objective for frame in scene.frames] == [step.objective for step in turned.steps]
    assert "join their nearest center; sum of 1 - cosine" in scene.frames[1].caption
    assert re.search(r"centers move, at most by \S+ \(center \d\)", scene.frames[2].caption)
    assert "mean" not in scene.frames[2].caption
    assert scene.regions(scene.frames[-1]) is not None
    assert scene.measure == "Points are rows of length 1."
    assert scene.measure in note(scene, scene.frames[0], (6.0, 4.0))
    plot.filmstrip(turned).draw_without_rendering()


def test_points_that_are_no_rows_of_a_table_are_not_told_in_its_units(turned):
    X, scale = 3 * turned.points, np.array([2.0, 5.0])
    told = in_units_of(turned, X, scale, [f"row {i}" for i in range(len(X))])
    assert told.scale is None
    assert told.points is turned.points
    assert told.steps is turned.steps
    assert told.row_names[7] == "row 7"
    assert told.card.points == "rows of length 1, of features in standard deviations"
    assert in_units_of(turned, X, None).card is turned.card


@pytest.mark.parametrize("name", ["student", "turned"])
def test_the_command_line_shows_it(request, tmp_path, name):
    trace = request.getfixturevalue(name)
    trace.save(tmp_path / "run.npz")
    code, printed = run(tmp_path, "view", "run.npz", "--formats", "png")
    assert code == 0, printed
    folder = tmp_path / "run-view"
    assert (folder / "player.html").stat().st_size > 10_000
    assert len(list((folder / "frames").iterdir())) == len(trace.steps)
    assert str(terminal.clusters(trace, [1] * 3, ["#000000"] * 3)).startswith(trace.card.noun)


ROOT = Path(emscope.__file__).parent
KNOWS_NAMES = {"card.py", "estimators", "cli", "trace"}
"""Where models are named: their cards, what fits them, what is asked for, and the reader of format 1."""
NAMES = {"kmeans", "gmm", "gaussian_mixture"}  # "spherical" is a layout of covariances too
JAVASCRIPT_NAME = re.compile(rf"""["'](?:{"|".join(NAMES)})["']|^\s*(?:{"|".join(NAMES)})\s*:""", re.M)
ASKS_FOR_A_NAME = re.compile(r"card\.(?:name|title)\s*(?:[=!]==?|in\b|not in\b|\])|\.get\([\w.]*card\.name")


def names_in(tree):
    """Yield names of models that are written in code, other than in tables of starts and as defaults."""
    starts = {
        id(node)
        for table in ast.walk(tree)
        if isinstance(table, ast.Assign | ast.AnnAssign) and "STARTS" in ast.unparse(table).split("=")[0]
        for node in ast.walk(table)
    }
    starts |= {
        id(default)
        for arguments in ast.walk(tree)
        if isinstance(arguments, ast.arguments)
        for default in (*arguments.defaults, *arguments.kw_defaults)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in NAMES and id(node) not in starts:
            yield f"line {node.lineno}"


def test_no_view_compares_or_looks_up_the_name_of_a_model():
    found = []
    for path in sorted([*ROOT.rglob("*.py"), *ROOT.rglob("*.js")]):
        if path.relative_to(ROOT).parts[0] in KNOWS_NAMES:
            continue
        text = path.read_text(encoding="utf-8")
        found += [f"{path}: {match[0]}" for match in ASKS_FOR_A_NAME.finditer(text)]
        if path.suffix == ".py":
            found += [f"{path}: {where}" for where in names_in(ast.parse(text))]
        else:
            lines = "\n".join(line for line in text.splitlines() if "const STARTS" not in line)
            found += [f"{path}: {match[0]}" for match in JAVASCRIPT_NAME.finditer(lines)]
    assert found == []
