"""What the page must never do, whatever it is given; and odd runs, which it shows all the same."""

import dataclasses
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from emscope import KMeans, player
from emscope.card import ModelCard
from emscope.events import Event
from hand_made import gaussian_mixture, groups, lloyd
from looking import BLOBS


def test_nothing_from_outside_and_nothing_put_in(visit, tmp_path):
    page = visit()
    blocked = page.evaluate(
        """async () => {
             const found = [];
             document.addEventListener("securitypolicyviolation", (e) => found.push(e.effectiveDirective));
             const script = document.createElement("script");
             script.textContent = "var put = 1";
             document.body.append(script);
             const button = document.createElement("button");
             button.setAttribute("onclick", "var put = 1");
             document.body.append(button);
             button.click();
             try { new Function("var put = 1")(); } catch { found.push("eval"); }
             await fetch("data:,x").catch(() => found.push("fetch"));
             await new Promise((done) => setTimeout(done, 50));
             return [window.put === undefined, found.length >= 4];
           }"""
    )
    assert blocked == [True, True]
    assert visit.wrong
    assert all("Content Security Policy" in message for message in visit.wrong)
    visit.wrong.clear()


HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "\"'><img src=x onerror=alert(1)>",
    "<img src=http://example.invalid/x.png>",
    "${alert(1)} `alert(1)` $x^2$ \\u003cscript\\u003e",
    "javascript:alert(1)",
    "line\u2028separator\u2029and\nnew\rlines\x00",
    "\u202ethgir ot tfel\u202c \ud800 \U0001f600",
    "&lt;b&gt; &amp; ]]> --> %s {title}",
    "x" * 10_000,
]


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, sorted(name for name, _ in attrs)))


def hostile(texts, run=lloyd):
    """Put the texts wherever a run has room for one."""
    trace = run(groups([(0, 0, 0), (4, 4, 4)]), [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    events = [Event(text, prose=text) for text in texts]
    last = dataclasses.replace(trace.steps[-1], events=(*events, *trace.steps[-1].events))
    first, second, third = texts
    return dataclasses.replace(
        trace,
        steps=(*trace.steps[:-1], last),
        feature_names=(first, second, f"{third}3"),
        row_names=tuple(texts) * (len(trace.points) // 3),
        settings={
            "init": first,
            "algorithm": second,
            "n_init": third,
            "random_state": 1,
            "max_iter": 3,
            "init_params": first,
            "covariance_type": second,
            "reg_covar": third,
            "means_init": first,
        },
    )


CASES = [*((first, lloyd) for first in range(0, len(HOSTILE), 3)), (1, gaussian_mixture)]


@pytest.mark.parametrize(("first", "run"), CASES)
def test_hostile_labels_are_text(visit, tmp_path, first, run):
    texts = [HOSTILE[(first + i) % len(HOSTILE)] for i in range(3)]
    harmless, path = player.html(hostile("xyz", run), title="x", axes=(0, 1)), tmp_path / "hostile.html"
    player.write(hostile(texts, run), path, title=texts[2], axes=(0, 1))
    written = path.read_bytes()
    assert written.isascii()
    assert Tags(written.decode()).tags == Tags(harmless).tags
    page = visit(path.as_uri(), step=99)
    for row in range(3):
        page.fill("[aria-label='Row to explain']", str(row))
        page.press("[aria-label='Row to explain']", "Enter")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.select_option(".what-if select", "farthest")
    assert "What if: " in page.text_content(".result")
    assert page.locator("img, iframe, main script").count() == 0
    title = player.data_of(hostile(texts), title=texts[2])["title"]
    assert page.text_content("h1") == title
    assert "random_state=1" not in page.text_content("pre"), "an unknown start is not taken for one"


def test_a_page_in_a_notebooks_page(visit, runs, tmp_path):
    path = tmp_path / "notebook.html"
    trace = hostile(HOSTILE[1:4])
    for one in (trace, runs[BLOBS][1]):
        path.write_text(f"<title>notebook</title>{player.iframe(one)}", encoding="utf-8")
        page = visit(path.as_uri(), ready="iframe")
        frame = page.frame_locator("iframe")
        frame.locator("button.last").click()
        assert frame.locator(".title").text_content() == "Final clustering"


def test_script_and_style_stay_under_60_kilobytes(runs):
    page = re.sub(r'(id="emscope-run">)[^<]*', r"\1", player.html(runs[BLOBS][1]))
    parts = re.findall(r"<(?:script|style)[^>]*>(.*?)</(?:script|style)>", page, flags=re.S)
    assert len(parts) == 4
    assert sum(map(len, parts)) < 60_000
    assert len(page) < 60_000


def test_without_scripts_the_main_half_steps_can_be_read(pages, files, runs):
    page, put_back = pages.take([], width=1280, height=720, dark=False, calm=True, script=False)
    page.goto(files[BLOBS])
    assert page.is_visible("text=Expectation step 1: 47 of 300 points change cluster")
    assert page.locator("li").count() == 8
    put_back()


def only_begun():
    trace = lloyd(groups([(0, 0), (4, 4)]), [[0.0, 0.0], [1.0, 1.0]])
    return dataclasses.replace(trace, steps=trace.steps[:1], converged=False)


def one_cluster():
    return lloyd(groups([(0, 0)]), [[5.0, 5.0]])


def one_point():
    return lloyd([[1.0, 2.0]], [[0.0, 0.0]])


def all_the_same():
    return lloyd([[3.0, 3.0]] * 9, [[3.0, 3.0], [3.0, 3.0]])


def many_half_steps():
    X = np.linspace(0, 1, 600)[:, None] ** 3
    return lloyd(X, X[:12], iterations=250)


def only_scalars_kept():
    X = groups([(0, 0), (4, 4), (0, 8)])
    return KMeans(3, init=X[:3], record="scalars").fit(X).trace_


def left_early():
    model = KMeans(3, random_state=0)
    for step in model.steps(groups([(0, 0), (4, 4), (0, 8)])):
        if step.phase == "maximization":
            break
    return model.trace_


def many_clusters():
    X = np.random.default_rng(0).uniform(size=(900, 2))
    return lloyd(X, X[:150], iterations=3)


def far_and_wide():
    X = groups([(0, 0), (4, 4)], spread=0.01) * (1e-3, 1e6) + (1e9, 0)
    return lloyd(X, X[:2])


def a_model_of_ones_own():
    trace = lloyd(groups([(0, 0), (4, 4)]), [[0.0, 0.0], [1.0, 1.0]])
    card = ModelCard("medians", "k-medians", "centers")
    return dataclasses.replace(trace, card=card, settings={})


def centers_out_of_sight():
    return lloyd(groups([(0, 0), (4, 4)]), [[0.0, 0.0], [900.0, -900.0]], iterations=1)


ODD = [
    *(only_begun, one_cluster, one_point, all_the_same, many_half_steps, many_clusters, far_and_wide),
    *(a_model_of_ones_own, centers_out_of_sight, only_scalars_kept, left_early),
]


@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__)
def test_odd_runs_are_shown_all_the_same(visit, tmp_path, make):
    path = tmp_path / "odd.html"
    player.write(make(), path, title=make.__name__)
    page = visit(path.as_uri(), calm=False)
    page.check("text=Trails")
    for key in ("ArrowRight", "ArrowRight", "End", "[", "Home"):
        page.keyboard.press(key)
    page.fill("input[type=number]", "0")
    page.press("input[type=number]", "Enter")
    page.keyboard.press("Escape")
    if make is a_model_of_ones_own:
        assert not page.is_visible(".what-if")
    else:
        page.click("text=/^Add /")
        page.select_option(".what-if select", "k-means++")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    text = page.evaluate(
        "document.body.innerText + [...document.querySelectorAll('path')].map(p => p.outerHTML)"
    )
    assert not re.search(r"NaN|undefined|Infinity|\[object", text)
