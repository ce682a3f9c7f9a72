"""The page of a model that it has no formula for: recorded numbers, and nothing made anew."""

import re

import numpy as np
import pytest

from emscope import player
from emscope.scene import Scene
from hand_made import groups
from looking import centers, title
from third_models import directions, directions_run, student_run

STUDENT, STRIP, TURNED, ON_A_SPHERE = "student", "strip", "turned", "on a sphere"


def student():
    points = groups([[0.0, 0.0], [5.0, 1.0], [2.0, 6.0]], spread=1.2)
    return points, student_run(points, points[[0, 60, 120]] + 0.5)


def strip():
    points = groups([[0.0], [5.0]])
    return points, student_run(points, [[1.0], [4.0]])


def turned():
    X = directions()
    return X, directions_run(X, X[[0, 60, 61]])


def on_a_sphere():
    X = groups(np.eye(3), spread=0.2)
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    return X, directions_run(X, X[[0, 60, 61]])


@pytest.fixture(scope="module")
def runs():
    return {STUDENT: student(), STRIP: strip(), TURNED: turned(), ON_A_SPHERE: on_a_sphere()}


def ask(page, row):
    page.fill("input[type=number]", str(row))
    page.press("input[type=number]", "Enter")
    page.keyboard.press("Escape")


@pytest.mark.parametrize("name", [STUDENT, STRIP, TURNED, ON_A_SPHERE])
def test_it_says_what_the_scene_says_and_offers_no_other_start(visit, runs, name):
    page, (_, trace) = visit(name), runs[name]
    for frame in Scene.from_trace(trace).frames:
        assert title(page) == frame.title
        assert frame.caption.lower() == f"{title(page)}: {page.text_content('.sentence')}".lower()
        page.keyboard.press("ArrowRight")
    assert not page.is_visible(".what-if")
    assert page.text_content(".facts").startswith(trace.card.title)
    assert page.text_content("pre") == f"# a run of {trace.card.title}\n"
    page.keyboard.press("Home")
    assert page.locator(".ask").is_hidden()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    text = page.evaluate(
        "document.body.innerText + [...document.querySelectorAll('path')].map(p => p.outerHTML)"
    )
    assert not re.search(r"NaN|undefined|Infinity|\[object", text)


@pytest.mark.parametrize("name", [STUDENT, STRIP])
def test_a_point_is_told_its_recorded_responsibilities(visit, runs, name):
    page, (_, trace) = visit(name), runs[name]
    ask(page, 3)
    assert "No component is responsible for it yet" in page.text_content(".reasons")
    for step in trace.steps[1:4]:
        page.focus(".scrubber")
        page.keyboard.press("ArrowRight")
        values = [float(v) for v in page.locator(".reasons .bars .value").all_text_contents()]
        np.testing.assert_allclose(values, np.sort(step.responsibilities[3])[::-1], rtol=1e-4)
        assert page.locator(".formula").count() == page.locator(".reasons .bars .detail").count() == 0
        told = page.text_content(".reasons")
        assert f"Component {step.labels[3]} is responsible for" in told
        assert not re.search("density|σ|ln", told)


def test_ellipses_are_the_recorded_covariances_at_one_distance(visit, runs):
    page, (_, trace) = visit(STUDENT, step=99), runs[STUDENT]
    radii = page.eval_on_selector_all(".gaussians circle", "all => all.map(c => +c.getAttribute('r'))")
    assert set(radii) == {2}
    page.keyboard.press("ArrowLeft")
    assert page.locator(".gaussians circle[stroke-dasharray='5 4']").count() == trace.n_clusters
    assert page.get_attribute("label:has-text('Ellipses')", "title").endswith("at 2 standard deviations")


def test_a_strip_has_no_density_curves(visit):
    page = visit(STRIP, step=99)
    assert page.locator(".gaussians").count() == 0
    assert page.locator("label:has-text('Density curves')").is_hidden()


@pytest.mark.parametrize("name", [TURNED, ON_A_SPHERE])
def test_a_hard_model_is_told_by_the_nearest_center(visit, runs, name):
    page, (X, trace) = visit(name, step=1), runs[name]
    ask(page, 3)
    distances = np.sort(np.linalg.norm(X[3] - trace.steps[1].centers, axis=1))
    values = [float(v) for v in page.locator(".reasons .bars .value").all_text_contents()]
    np.testing.assert_allclose(values, distances, rtol=1e-4)
    assert f"center {trace.steps[1].labels[3]} is the nearest" in page.text_content(".reasons")
    np.testing.assert_array_equal(centers(page)[:, : X.shape[1]], trace.steps[1].centers)
    assert page.locator("label:has-text('Regions')").is_visible() == (name == TURNED)


def test_responsibilities_that_take_too_much_room_leave_how_sure_each_point_is(runs, monkeypatch):
    monkeypatch.setattr("emscope.player.packing._RESPONSIBILITY_BYTES", 100)
    _, trace = runs[STUDENT]
    told = player.data_of(trace)
    assert told["responsibilities"] is None
    assert told["frames"][1]["certain"]
    assert any("responsibilities take more room" in note for note in told["notes"])
