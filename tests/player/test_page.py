"""The page in a real browser: stepping, scrubbing, and how it fits screens and people."""

import dataclasses

import numpy as np
import pytest

from emscope import KMeans, player
from looking import BLOBS, PENGUINS, centers, seen, step_of, title, until


def test_step_forth_and_back_is_exact(visit):
    page = visit()
    forth = [seen(page)]
    for _ in range(7):
        page.keyboard.press("ArrowRight")
        forth.append(seen(page))
    assert title(page) == "Final clustering"
    for before in reversed(forth[:-1]):
        page.keyboard.press("ArrowLeft")
        assert seen(page) == before
    assert len({str(one) for one in forth}) == 8


def test_it_says_what_the_scene_says(visit, runs):
    page = visit()
    for frame in player.Scene.from_trace(runs[BLOBS][1]).frames:
        assert title(page) == frame.title
        assert frame.caption.lower() == f"{title(page)}: {page.text_content('.sentence')}".lower()
        assert page.text_content("[role=status].offscreen") in (frame.caption, "")
        np.testing.assert_array_equal(centers(page)[:, :2], runs[BLOBS][1].steps[frame.index].centers)
        page.keyboard.press("ArrowRight")


def test_a_center_that_moves_by_rounding_is_told_to_stand_still(visit, runs):
    shift = runs[BLOBS][1].steps[6].shift
    assert 0 < shift[0] < 1e-12
    page = visit(step=6)
    assert page.text_content(".sentence").startswith("2 of 4 centers move")
    told = page.locator(".side tbody tr td:last-child").all_text_contents()
    assert told[:2] == ["0", "0"]
    np.testing.assert_array_equal(centers(page)[:, -1], [0, 0, *shift[2:]])


def test_a_mean_that_is_rounding_is_told_as_0(visit, tmp_path):
    X = np.array([[0.1], [0.2], [-0.3], [9.0], [9.5]])
    trace = KMeans(2, init=[[0.0], [9.0]]).fit(X).trace_
    last = dataclasses.replace(trace.steps[-1], parameters={"centers": np.array([[2.8e-17], [9.25]])})
    player.write(dataclasses.replace(trace, steps=(*trace.steps[:-1], last)), tmp_path / "player.html")
    page = visit((tmp_path / "player.html").as_uri(), step=99)
    assert page.locator(".side tbody tr").first.locator("td").all_text_contents() == ["3", "0"]
    assert centers(page)[0] == [0]


def test_keys(visit):
    page = visit()
    for key, expected in (
        ("End", 7), ("Home", 0), ("ArrowRight", 1), ("Shift+ArrowRight", 3), ("Shift+ArrowLeft", 1), ("]", 7),
        ("ArrowLeft", 6),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert step_of(page) == expected
    page.keyboard.press("?")
    assert page.is_visible(".help-box")
    page.keyboard.press("Escape")
    assert not page.is_visible(".help-box")
    page.focus("input[type=number]")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert step_of(page) == 6, "typing moves nothing"


def test_play_to_the_end(visit):
    page = visit(clock=True)
    page.select_option(".transport select", "4")
    page.focus(".scrubber")
    page.keyboard.press("Space")
    assert page.get_attribute("button.play", "aria-label") == "Pause"
    page.clock.run_for(700)
    assert 2 <= step_of(page) <= 4
    page.clock.run_for(3000)
    assert step_of(page) == 7
    assert page.get_attribute("button.play", "aria-label") == "Play"
    page.focus("button.first")
    page.keyboard.press("Space")
    assert step_of(page) == 0, "on a button, the space key is the button's"


def test_scrub(visit):
    page = visit()
    box = page.locator(".scrubber").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] - 8, y)
    page.mouse.down()
    assert step_of(page) == 7
    places = []
    for share in (0.8, 0.6, 0.4, 0.2, 0.05):
        page.mouse.move(box["x"] + share * box["width"], y)
        places.append(step_of(page))
    page.mouse.up()
    assert places == sorted(places, reverse=True)
    assert places[-1] == 0
    page.mouse.move(box["x"] + box["width"] - 8, y)
    assert step_of(page) == 0


def test_the_address_keeps_the_half_step(visit):
    page = visit(step=5)
    assert step_of(page) == 5
    page.keyboard.press("ArrowRight")
    until(page, lambda: page.url.endswith("#step=6"))
    page.evaluate("location.hash = '#step=2'")
    until(page, lambda: step_of(page) == 2)
    page.evaluate("location.hash = '#step=<script>'")
    assert step_of(visit(step=99)) == 7


def test_switches(visit):
    page = visit(step=4)
    assert page.locator(".layer path[stroke-dasharray='5 4']").count() == 1
    page.uncheck("text=Regions")
    assert page.locator(".layer path[stroke-dasharray='5 4']").count() == 0
    before = page.locator(".front path").count()
    page.check("text=Trails")
    assert page.locator(".front path").count() >= before + 8
    page.select_option(".controls select", "2")
    ties = page.locator(".front path[stroke-opacity='0.55']").get_attribute("d")
    assert ties.count("M") == 76
    flat = visit(PENGUINS)
    assert not flat.is_visible("text=Regions")
    assert "88 % of the variance" in flat.text_content(".notes")


def test_motion_ends_where_no_motion_would(visit):
    calm, lively = visit(), visit(calm=False, clock=True)
    for _ in range(3):
        calm.keyboard.press("ArrowRight")
        lively.keyboard.press("ArrowRight")
        lively.clock.run_for(120)
        on_the_way = seen(lively)
        lively.clock.run_for(400)
        assert seen(lively) == seen(calm) != on_the_way
    calm.keyboard.press("ArrowLeft")
    lively.keyboard.press("ArrowLeft")
    assert seen(lively) == seen(calm), "a step back is there at once"


@pytest.mark.parametrize("width", [320, 390, 600])
def test_narrow_screens(visit, width):
    page = visit(PENGUINS, width=width, height=800, touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [one.bounding_box() for one in page.locator("button:visible, select:visible").all()]
    assert min(box["height"] for box in boxes) >= 44
    assert min(box["width"] for box in boxes) >= 44
    picture = page.locator(".picture").bounding_box()
    assert picture["height"] > 150
    assert picture["y"] < page.locator(".transport").bounding_box()["y"]


def test_dark_and_print(visit):
    page = visit(dark=True)
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(paper) == "rgb(18, 22, 27)"
    page.emulate_media(color_scheme="light")
    until(page, lambda: page.evaluate(paper) == "rgb(255, 255, 255)")
    page.pdf()
    page.emulate_media(media="print")
    assert page.locator("figure:visible").count() == 8
    assert not page.is_visible(".transport")
    assert "Expectation step 1: 47 of 300" in page.text_content("figure:nth-of-type(4)")


def test_everything_that_can_be_used_has_a_name(visit):
    page = visit()
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, [tabindex='0']")].filter((e) => {
             const label = e.closest("label")?.textContent ?? "";
             return !(e.ariaLabel || e.textContent.trim() || label.trim());
           }).map((e) => e.outerHTML)"""
    )
    assert unnamed == []
    slider = page.get_by_role("slider", name="Half-step")
    assert slider.get_attribute("aria-valuetext") == "Initialization, 1 of 8"
    assert page.get_by_role("button", name="Center 2. Arrow keys move it, Delete removes it.").count() == 1


def test_help_takes_the_focus_and_gives_it_back(visit):
    page = visit()
    page.focus("button.forward")
    page.keyboard.press("?")
    assert page.evaluate("document.activeElement.textContent") == "Close"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.className") == "forward"
