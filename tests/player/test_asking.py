"""The page asked: why is a point here, and what if the run had begun elsewhere?"""

import re

import numpy as np
import pytest

from emscope import datasets, player
from looking import BLOBS, PENGUINS, centers, grouped_alike, repeated


def drag(page, center, dx, dy):
    box = page.locator(".badge").nth(center).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()
    page.wait_for_selector(".result:not(:empty)")


def test_a_center_is_dragged_and_the_run_made_anew_as_python_would(visit, runs):
    X, trace = runs[BLOBS]
    page = visit()
    drag(page, 1, -150, 90)
    page.keyboard.press("End")
    assert "what if" in page.text_content(".legend")
    assert page.locator(".key.recorded.beside").count() == 1
    assert page.locator(".line.recorded.beside").count() == 1
    model = repeated(page, X)
    last = model.trace_.steps[-1]
    np.testing.assert_allclose(centers(page)[:, :2], last.centers, rtol=1e-9)
    assert page.text_content(".title") == "Final clustering"
    moved = model.trace_.steps[0].centers
    np.testing.assert_array_equal(moved[[0, 2, 3]], trace.steps[0].centers[[0, 2, 3]])
    width = page.locator(".picture rect").bounding_box()["width"]
    limits = player.Scene.from_trace(trace).xlim
    assert moved[1, 0] - trace.steps[0].centers[1, 0] == pytest.approx(
        -150 * np.ptp(limits) / width, rel=0.02
    )
    page.click("text=Recorded run")
    assert page.locator(".key.beside").get_attribute("class") == "key asked beside"
    assert page.locator(".line.asked.beside").count() == 1
    page.keyboard.press("End")
    np.testing.assert_array_equal(centers(page)[:, :2], trace.steps[-1].centers)
    page.click("text=Drop it")
    assert not page.is_visible(".switch")


@pytest.mark.parametrize("name", [BLOBS, PENGUINS])
def test_the_recorded_run_is_repeated_by_the_call_that_is_shown(visit, runs, name):
    X, trace = runs[name]
    again = repeated(visit(name), X).trace_
    scale = 1.0 if trace.scale is None else trace.scale
    assert len(again.steps) == len(trace.steps)
    for one, other in zip(again.steps, trace.steps, strict=True):
        np.testing.assert_allclose(one.centers * scale, other.centers, rtol=1e-12)


@pytest.mark.parametrize("start", ["k-means++", "random", "farthest", "random-partition", "restart 1"])
def test_other_starts_are_repeated_by_python_too(visit, runs, start):
    X, trace = runs[PENGUINS]
    page = visit(PENGUINS)
    page.select_option(".what-if select", start)
    page.keyboard.press("Escape")
    page.focus(".scrubber")
    page.keyboard.press("End")
    model = repeated(page, X)
    np.testing.assert_allclose(
        centers(page)[:, : X.shape[1]], model.trace_.steps[-1].centers * trace.scale, rtol=1e-9
    )
    if start == "restart 1":
        expected = trace.restarts[1].start / trace.scale
        np.testing.assert_allclose(model.trace_.steps[0].centers, expected, rtol=1e-12)


def test_keys_alone_move_add_and_remove_centers(visit, runs):
    X, trace = runs[BLOBS]
    page = visit()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.center") == "2":
            break
    for key in ("ArrowUp", "ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(key)
    page.wait_for_selector(".result:not(:empty)")
    page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    assert page.evaluate("document.activeElement.dataset.center") == "2", "it keeps the focus"
    start = datasets.blobs_start()
    moved = centers(page)[2]
    assert moved[0] > start[2, 0]
    assert moved[1] > start[2, 1]
    page.keyboard.press("Delete")
    assert len(centers(page)) == 3
    for _ in range(2):
        page.focus("button:has-text('Add center')")
        page.keyboard.press("Enter")
    assert len(centers(page)) == 5
    model = repeated(page, X)
    page.focus(".scrubber")
    page.keyboard.press("End")
    np.testing.assert_allclose(centers(page)[:, :2], model.trace_.steps[-1].centers, rtol=1e-9)
    same = grouped_alike(model.trace_.steps[-1].labels, trace.steps[-1].labels)
    assert page.text_content(".result").endswith(
        f"In the end {same} of 300 points are grouped as in the recorded run."
    )


def test_a_double_click_adds_a_center_there(visit):
    page = visit()
    box = page.locator(".picture rect").bounding_box()
    page.mouse.dblclick(box["x"] + 0.9 * box["width"], box["y"] + 0.1 * box["height"])
    found = centers(page)
    assert len(found) == 5
    assert found[4, 0] > 3
    assert found[4, 1] > 8


def test_why_is_it_here(visit, runs):
    X, trace = runs[BLOBS]
    page = visit(step=4)  # a maximization step: the centers before it decided
    page.fill("input[type=number]", "17")
    page.press("input[type=number]", "Enter")
    deciding = trace.steps[3].centers
    distances = np.linalg.norm(X[17] - deciding, axis=1)
    values = [float(v) for v in page.locator(".reasons .bars .value").all_text_contents()]
    np.testing.assert_allclose(values, np.sort(distances), rtol=1e-4)
    owner = trace.steps[4].labels[17]
    assert f"Cluster {owner} owns it" in page.text_content(".reasons")
    formula = page.text_content(".formula")
    numbers = [float(v) for v in re.findall(r"\d+\.\d+", formula)]
    assert numbers[-1] == pytest.approx(distances.min(), rel=1e-4)
    page.keyboard.press("ArrowUp")
    assert "Row 18" in page.text_content(".who")


def test_hovering_a_point_explains_it_and_leaving_lets_go(visit):
    page = visit(PENGUINS, step=2)
    box = page.locator(".picture rect").bounding_box()
    for share in np.linspace(0.1, 0.9, 40):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.6 * box["height"])
        if page.locator(".who").count():
            break
    assert re.match(r"Row \d+ \(penguin \d+\): bill_length_mm = ", page.text_content(".who"))
    page.mouse.move(1, 1)
    assert page.locator(".who").count() == 0


def test_a_tap_explains_beside_the_point(visit, runs):
    _, trace = runs[BLOBS]
    page = visit(step=1, width=390, height=844, touch=True)
    scene = player.Scene.from_trace(trace)
    lonely = int(scene.positions[:, 0].argmin())
    box = page.locator(".picture rect").bounding_box()
    x, y = (
        (scene.positions[lonely] - (scene.xlim[0], scene.ylim[0])) / np.ptp([scene.xlim, scene.ylim], axis=1)
    ).tolist()
    page.touchscreen.tap(box["x"] + x * box["width"], box["y"] + (1 - y) * box["height"])
    owner = trace.steps[1].labels[lonely]
    assert page.text_content(".tip").startswith(f"Row {lonely}: cluster {owner}")
    assert f"Cluster {owner} owns it" in page.text_content(".reasons")
    tip, picture = page.locator(".tip").bounding_box(), page.locator(".picture").bounding_box()
    assert picture["x"] <= tip["x"]
    assert tip["x"] + tip["width"] <= picture["x"] + picture["width"]


def test_a_long_press_adds_a_center(visit):
    page = visit(width=390, height=844, touch=True)
    x, y = page.evaluate(
        """() => { const box = document.querySelector(".picture").getBoundingClientRect();
             return [box.x + box.width / 2, box.y + 30]; }"""
    )
    point = {"pointerType": "touch", "pointerId": 5, "clientX": x, "clientY": y, "bubbles": True}
    page.dispatch_event(".picture", "pointerdown", point)
    page.wait_for_timeout(700)
    page.dispatch_event(".picture", "pointerup", point)
    assert len(centers(page)) == 5
    badge = page.locator(".badge").nth(4).bounding_box()
    assert badge["x"] + badge["width"] / 2 == pytest.approx(x, abs=2)


def test_a_finger_drags_a_center_and_scrolls_elsewhere(visit):
    page = visit(width=390, height=500, touch=True)
    touch = page.context.new_cdp_session(page)

    def swipe(x, y, dx, dy):
        def send(kind, points):
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        send("touchStart", [{"x": x, "y": y}])
        for i in range(1, 9):
            send("touchMove", [{"x": x + dx * i / 8, "y": y + dy * i / 8}])
            page.wait_for_timeout(20)
        send("touchEnd", [])
        page.wait_for_timeout(100)

    box = page.locator(".badge").nth(1).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = centers(page)
    swipe(x, y, 40, -60)
    after = centers(page)
    assert page.evaluate("scrollY") == 0
    assert after[1, 0] > before[1, 0]
    assert after[1, 1] > before[1, 1]
    np.testing.assert_array_equal(np.delete(after, 1, axis=0), np.delete(before, 1, axis=0))
    swipe(330, 300, 0, -150)
    assert page.evaluate("scrollY") > 50
    np.testing.assert_array_equal(centers(page), after)
