"""What people see of the page on a phone, a screen and a projector, and before its script has run."""

import dataclasses
import warnings

import numpy as np
import pytest

from emscope import GaussianMixture, datasets, player
from hand_made import gaussian_mixture, groups
from looking import BLOBS, PENGUINS

WIDTHS = [390, 1280, 1920]


@pytest.fixture(scope="module")
def geyser(tmp_path_factory):
    path, table = tmp_path_factory.mktemp("geyser") / "geyser.html", datasets.old_faithful()
    trace = GaussianMixture(2, random_state=0).fit(table.matrix).trace_
    player.write(dataclasses.replace(trace, feature_names=table.feature_names), path, title="geyser")
    return path.as_uri()


@pytest.fixture(scope="module")
def collapse(tmp_path_factory):
    path = tmp_path_factory.mktemp("collapse") / "collapse.html"
    X = np.concatenate([groups([(0, 0)]), [[9.0, 9.0]] * 6])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the collapse, which is what is looked at
        trace = GaussianMixture(2, means_init=[[0.0, 0.0], [9.0, 9.0]], random_state=0).fit(X).trace_
    player.write(trace, path, title="collapse")
    return path.as_uri()


@pytest.mark.parametrize("name", ["penguin", "a row with a name that goes on and on and on and on"])
def test_a_phone_s_tooltip_leaves_the_plot_in_sight(visit, tmp_path, name):
    trace = gaussian_mixture(groups([(0, 0), (4, 4)]), [[0.0, 0.0], [4.0, 4.0]])
    path = tmp_path / "named.html"
    ids = tuple(f"{name} {i}" for i in range(len(trace.points)))
    player.write(dataclasses.replace(trace, row_names=ids), path)
    page = visit(path.as_uri(), step=1, width=390, height=844, touch=True)
    page.fill("[aria-label='Row to explain']", "3")
    page.press("[aria-label='Row to explain']", "Enter")
    tip, plot = page.locator(".tip").bounding_box(), page.locator(".picture").bounding_box()
    assert 0 < tip["width"] * tip["height"] < 0.12 * plot["width"] * plot["height"]
    assert page.locator(".tip").text_content().startswith(f"Row 3 ({name[:20]}")


@pytest.mark.parametrize("width", WIDTHS)
def test_help_begins_with_what_a_finger_or_a_mouse_can_do(visit, width):
    page = visit(width=width, height=844, touch=width < 500)
    page.click("button.help")
    box, first = page.locator(".help-box").bounding_box(), page.locator(".help-box tr").first
    assert first.text_content() == "Tap a pointwhy it is where it is"
    assert first.bounding_box()["y"] < 500
    for words in ("Tap a center", "Drag on the curve", "long press", "Space"):
        assert page.locator(f".help-box :text('{words}')").first.is_visible()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_names_of_columns_stay_whole_while_they_fit(visit, geyser, width):
    page = visit(geyser, width=width)
    lines = page.eval_on_selector_all(
        ".side thead th",
        """heads => heads.map((head) => {
             const range = document.createRange();
             range.selectNodeContents(head);
             return [head.textContent, new Set([...range.getClientRects()].map((r) => r.top)).size];
           })""",
    )
    assert ["eruption_min", 1] in lines
    assert ["waiting_min", 1] in lines
    assert max(count for name, count in lines if "_" in name) <= 2  # a sigma may stand above its name


def test_minus_signs_are_those_of_the_axes(visit):
    page = visit()
    cells = page.locator(".side td").all_text_contents()
    assert any(cell.startswith("\N{MINUS SIGN}") for cell in cells)
    page.fill("input[type=number]", "1")
    page.press("input[type=number]", "Enter")
    assert "= \N{MINUS SIGN}" in page.text_content(".who")
    assert not any("-" in text for text in [*cells, page.text_content(".who")])


@pytest.mark.parametrize("width", WIDTHS)
def test_the_player_s_place_hides_no_tick_of_the_curve(visit, width):
    page = visit(PENGUINS, width=width)
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowRight", "End"):
        page.keyboard.press(key)
        grip = page.locator(".grip").bounding_box()
        for text in page.locator(".curve-lines text").all():
            box = text.bounding_box()
            apart = grip["x"] + grip["width"] <= box["x"] or box["x"] + box["width"] <= grip["x"]
            assert (
                apart
                or grip["y"] + grip["height"] <= box["y"] + 3
                or box["y"] + box["height"] <= grip["y"] + 3
            )


def test_the_plot_has_a_name(visit, geyser):
    assert visit().get_by_role("img", name="Plot of 300 points: x2 over x1").is_visible()
    assert (
        visit(geyser)
        .get_by_role("img", name="Plot of 272 points: waiting_min over eruption_min")
        .is_visible()
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_a_collapse_is_marked_otherwise_than_the_end(visit, collapse, width):
    calm = visit(width=width)
    assert (calm.locator(".curve-lines .flag").count(), calm.locator(".curve-lines .warning").count()) == (
        1,
        0,
    )
    assert calm.locator(".legend :text('worth a look')").is_hidden()
    page = visit(collapse, width=width)
    marks = page.locator(".curve-lines .flag, .curve-lines .warning")
    told = [(mark.get_attribute("class"), mark.text_content()) for mark in marks.all()]
    assert {name for name, _ in told} == {"flag", "warning"}
    assert {name for name, text in told if "collapsed" in text} == {"warning"}
    assert page.locator(".legend :text('worth a look')").is_visible()
    assert page.locator(".legend :text('end of the run')").is_visible()


def test_a_page_is_never_blank(browser, files, tmp_path):
    page = browser.new_page()
    loaded = "window.first = document.querySelectorAll('.transport').length"
    page.add_init_script(f"addEventListener('DOMContentLoaded', () => ({loaded}))")
    refused = tmp_path / "old.html"
    with open(files[BLOBS].removeprefix("file://"), encoding="ascii") as file:
        refused.write_text(file.read().replace("TextDecoder", "OldDecoder"), encoding="ascii")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(files[BLOBS])
        assert page.evaluate("first") == 1, "the player is there before the page is drawn"
        page.goto(refused.as_uri())
        for words in ("blobs", "Initialization: 4 given centers", "Final clustering: converged"):
            assert page.locator(f".static :text('{words}')").first.is_visible()
    page.close()
