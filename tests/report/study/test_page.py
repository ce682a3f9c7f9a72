"""The page of a study in a browser: nothing from outside, nothing put in, tables that sort, a player."""

import csv
import re
import shutil
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emscope import datasets
from emscope.cli import main
from emscope.report.study.page import page


def studied(folder, *arguments):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["emscope", "study", *map(str, arguments), "--quiet"])
        with pytest.raises(SystemExit) as leaving:
            main()
    assert not leaving.value.code
    return folder / "emscope-study" / "report.html"


@pytest.fixture(scope="module")
def penguins(tmp_path_factory):
    path = datasets.path("penguins.csv")
    return studied(tmp_path_factory.mktemp("study"), path, "--label", "species", "-k", "1:4")


@pytest.fixture
def visit(pages):
    after, wrong = [], []

    def open_page(path, *, width=1280, dark=False, script=True):
        shown, put_back = pages.take(wrong, width=width, height=900, dark=dark, calm=False, script=script)
        after.append(put_back)
        shown.goto(path.as_uri())
        return shown

    open_page.wrong = wrong
    yield open_page
    for put_back in after:
        put_back()
    assert wrong == []


@pytest.mark.parametrize("width", [390, 1280, 1920])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_is_wider_than_the_window(visit, penguins, width, dark):
    shown = visit(penguins, width=width, dark=dark)
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")
    paper = shown.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert paper == ("rgb(18, 22, 27)" if dark else "rgb(255, 255, 255)")


def test_wide_pictures_scroll_in_a_box_of_their_own_that_says_so(visit, penguins):
    hint = "getComputedStyle(document.querySelector('figcaption'), '::before').content"
    narrow = visit(penguins, width=390)
    assert "Scroll the picture sideways" in narrow.evaluate(hint)
    boxes = (
        "[...document.querySelectorAll('figure .scrolling')].map(box => box.scrollWidth > box.clientWidth)"
    )
    assert all(narrow.evaluate(boxes))
    wide = visit(penguins)
    assert wide.evaluate(hint) == "none"
    assert not any(wide.evaluate(boxes))


@pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="there is no pdftotext to read printed pages with"
)
def test_the_head_of_a_long_table_is_printed_on_every_page(visit, penguins, tmp_path):
    shown = visit(penguins)
    shown.evaluate(
        """() => {
             const body = document.querySelector("#features ~ div tbody");
             for (let i = 0; i < 120; i++) body.append(body.rows[0].cloneNode(true));
           }"""
    )
    shown.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    told = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "page.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    heads = [len(re.findall(r"mean of all\s+difference in sd", sheet)) for sheet in told.split("\f")]
    assert sum(heads) >= 3
    assert max(heads) == 1


def test_headings_captions_and_names_for_those_who_do_not_see(visit, penguins):
    shown = visit(penguins)
    assert shown.locator("h1").count() == 1
    assert shown.locator("section > h2").count() == shown.locator("section[aria-labelledby]").count() > 5
    assert shown.locator("table").count() == shown.locator("table > caption").count()
    assert shown.locator("th:not([scope])").count() == 0
    pictures = shown.locator("figure svg")
    assert pictures.count() == shown.locator("figure svg[role=img][aria-label]").count() > 0
    assert shown.locator("[style], [onclick]").count() == 0


def test_a_click_on_a_heading_sorts(visit, penguins):
    shown = visit(penguins)
    heads = shown.locator("#features ~ div th button", has_text="difference in sd")

    def column():
        table = heads.locator("xpath=ancestor::table")
        return table.evaluate("t => [...t.tBodies[0].rows].map(r => +r.cells[4].dataset.value)")

    before = column()
    heads.focus()
    shown.keyboard.press("Enter")
    assert column() == sorted(before) != before
    assert heads.locator("xpath=ancestor::th").get_attribute("aria-sort") == "ascending"
    heads.click()
    assert column() == sorted(before, reverse=True)


def test_the_player_is_behind_a_click_and_works(visit, penguins):
    shown = visit(penguins)
    frame = shown.frame_locator("iframe")
    shown.click("summary")
    frame.locator("button.last").click()
    assert frame.locator(".title").text_content() == "Final clustering"


def test_nothing_can_be_put_in(visit, penguins):
    shown = visit(penguins)
    blocked = shown.evaluate(
        """async () => {
             const found = [];
             document.addEventListener("securitypolicyviolation", (e) => found.push(e.effectiveDirective));
             const script = document.createElement("script");
             script.textContent = "var put = 1";
             document.body.append(script);
             await fetch("data:,x").catch(() => null);
             await new Promise((done) => setTimeout(done, 50));
             return [window.put === undefined, found.sort()];
           }"""
    )
    assert blocked == [True, ["connect-src", "script-src-elem"]]
    assert visit.wrong
    assert all("Content Security Policy" in message for message in visit.wrong)
    visit.wrong.clear()


def test_without_scripts_all_of_it_can_be_read(visit, penguins):
    shown = visit(penguins, script=False)
    assert shown.is_visible("text=How many clusters?")
    assert shown.locator("figure svg").first.is_visible()


HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)> ${alert(1)} $x^2$",
    "\u202ethgir\u202c &lt;b&gt; \U0001f600 var(--ffffff-12161b)",
)


def test_hostile_names_are_text(visit, tmp_path):
    def written(folder, names, label):
        folder.mkdir()
        with open(folder / "t.csv", "w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow([*names, label])
            for i in range(40):
                values = [i % 2 * 9 + (i * 7 + j * 3) % 5 / 10 for j in range(3)]
                rows.writerow([names[i % 3] + str(i), *values, f"{label} {i % 2}"])
        return studied(folder, "t.csv", "--id", names[0], "--label", label, "-k", "1:3")

    hostile = written(tmp_path / "hostile", HOSTILE, "<b>label</b>")
    harmless = written(tmp_path / "harmless", ("a", "b", "c", "d"), "label")
    texts = [path.read_text(encoding="ascii") for path in (hostile, harmless)]
    tags = [
        re.findall(r"<(script|img|iframe|section|table|h2|details)\b", re.sub(r'srcdoc="[^"]*"', "", text))
        for text in texts
    ]
    assert tags[0] == tags[1]
    shown = visit(hostile)
    assert HOSTILE[1] in shown.text_content("body")
    assert shown.locator("img, main script").count() == 0


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=60))
def test_any_title_is_text(title):
    assert page(title, ["x"]).isascii()
    titles = re.findall(r"<title>([^<]*)</title>", page(title, ["x"]))
    assert len(titles) == 1
