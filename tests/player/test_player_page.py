"""The page in a real browser: stepping, scrubbing, asking, and what it must never do."""

import dataclasses
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from emscope import KMeans, datasets, player, recording
from emscope.trace import Event
from hand_made import groups, lloyd

BLOBS, PENGUINS = "blobs", "penguins"


def blobs():
    X = datasets.blobs().matrix
    return X, KMeans(4, init=datasets.blobs_start(), max_iter=3).fit(X).trace_


def penguins():
    table = datasets.penguins()
    X, scale = table.matrix, table.matrix.std(axis=0)
    trace = KMeans(3, init="random", random_state=1, n_init=3).fit(X / scale).trace_
    names = [f"penguin {i}" for i in range(len(X))]
    return X, dataclasses.replace(
        recording.in_units_of(trace, X, scale, names), feature_names=table.feature_names
    )


@pytest.fixture(scope="module")
def runs():
    return {BLOBS: blobs(), PENGUINS: penguins()}


@pytest.fixture(scope="module")
def files(runs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for name, (_, trace) in runs.items():
        player.write(trace, folder / f"{name}.html", title=name)
    return {name: (folder / f"{name}.html").as_uri() for name in runs}


@pytest.fixture
def visit(browser, files):
    """Open a page in a fresh context; nothing may be asked of the network, and nothing go wrong."""
    opened, wrong = [], []

    def open_page(
        url=BLOBS,
        step=None,
        *,
        width=1280,
        height=800,
        dark=False,
        calm=True,
        touch=False,
        ready=".transport",
    ):
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if calm else "no-preference",
            has_touch=touch,
            offline=True,
        )
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda r: r.url.startswith(("file:", "data:")) or wrong.append(r.url))
        page.goto(files.get(url, url) + ("" if step is None else f"#step={step}"))
        page.wait_for_selector(ready)
        opened.append(context)
        return page

    open_page.wrong = wrong
    yield open_page
    for context in opened:
        context.close()
    assert wrong == []


def seen(page):
    """Everything that is shown of a half-step."""
    texts = [page.text_content(name) for name in (".title", ".sentence", ".side table")]
    return page.locator(".picture").screenshot(), page.locator(".scrubber").screenshot(), *texts


def until(page, reached):
    """Wait for something, without any code that the page's policy would refuse."""
    for _ in range(500):
        if reached():
            return
        page.wait_for_timeout(10)
    raise AssertionError("it never came")


def title(page):
    return page.text_content(".title")


def step_of(page):
    return int(page.get_attribute(".scrubber", "aria-valuenow"))


def centers(page):
    """Return the exact centers of the table."""
    rows = page.eval_on_selector_all(
        ".side tbody tr", "rows => rows.map(r => [...r.querySelectorAll('td[title]')].map(c => +c.title))"
    )
    return np.array([row for row in rows if row])


def repeated(page, X):
    """Run the call that the page shows."""
    names = {"X": X}
    exec(page.text_content("pre"), names)
    return names["model"]


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
    page = visit()
    page.select_option(".transport select", "4")
    page.focus(".scrubber")
    page.keyboard.press("Space")
    assert page.get_attribute("button.play", "aria-label") == "Pause"
    until(page, lambda: step_of(page) == 7)
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
    X, _ = runs[BLOBS]
    page = visit()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.center") == "2":
            break
    for key in ("ArrowUp", "ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(key)
    page.wait_for_selector(".result:not(:empty)")
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
    values = [float(v) for v in page.locator(".bars .value").all_text_contents()]
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
    assert flat.locator("text=Regions").count() == 0
    assert "88 % of the variance" in flat.text_content(".notes")


def test_motion_ends_where_no_motion_would(visit):
    calm, lively = visit(), visit(calm=False)
    for page in (calm, lively):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
    assert lively.evaluate("new Promise(done => requestAnimationFrame(() => done(true)))")
    lively.wait_for_timeout(500)
    assert seen(lively) == seen(calm)
    lively.keyboard.press("ArrowRight")
    on_the_way = seen(lively)
    lively.wait_for_timeout(500)
    assert seen(lively) != on_the_way


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


def test_a_tap_explains_and_a_long_press_adds_a_center(visit):
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


def hostile(text):
    trace = lloyd(groups([(0, 0), (4, 4)]), [[0.0, 0.0], [1.0, 1.0]])
    steps = (
        *trace.steps[:-1],
        dataclasses.replace(trace.steps[-1], events=(Event(text, None, text), *trace.steps[-1].events)),
    )
    return dataclasses.replace(
        trace,
        steps=steps,
        feature_names=(text, f"{text}2"),
        row_names=(text,) * len(trace.points),
        settings={"init": text, "algorithm": text, "n_init": text, "random_state": 1, "max_iter": 3},
    )


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_labels_are_text(visit, tmp_path, text):
    harmless, path = player.html(hostile("x"), title="x"), tmp_path / "hostile.html"
    player.write(hostile(text), path, title=text)
    written = path.read_bytes()
    assert written.isascii()
    found = Tags(written.decode()).tags
    assert found == Tags(harmless).tags
    page = visit(path.as_uri(), step=99)
    page.fill("input[type=number]", "3")
    page.press("input[type=number]", "Enter")
    page.keyboard.press("Escape")
    assert page.locator("img, iframe, main script").count() == 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.text_content("h1") == player.data_of(hostile(text), title=text)["title"]


def test_a_page_in_a_notebooks_page(visit, runs, tmp_path):
    path = tmp_path / "notebook.html"
    trace = hostile(HOSTILE[1])
    for one in (trace, runs[BLOBS][1]):
        path.write_text(f"<title>notebook</title>{player.iframe(one)}", encoding="utf-8")
        page = visit(path.as_uri(), ready="iframe")
        frame = page.frame_locator("iframe")
        frame.locator("button.last").click()
        assert frame.locator(".title").text_content() == "Final clustering"


def test_script_and_style_stay_under_60_kilobytes(runs):
    page = re.sub(r'(id="emscope-run">)[^<]*', r"\1", player.html(runs[BLOBS][1]))
    parts = re.findall(r"<(?:script|style)[^>]*>([^<]*)</", page)
    assert sum(map(len, parts)) < 60_000
    assert len(page) < 60_000


def test_without_scripts_the_main_half_steps_can_be_read(browser, files, runs):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(files[BLOBS])
    assert page.is_visible("text=Expectation step 1: 47 of 300 points change cluster")
    assert page.locator("li").count() == 8
    context.close()


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


def many_clusters():
    X = np.random.default_rng(0).uniform(size=(900, 2))
    return lloyd(X, X[:300], iterations=3)


def far_and_wide():
    X = groups([(0, 0), (4, 4)], spread=0.01) * (1e-3, 1e6) + (1e9, 0)
    return lloyd(X, X[:2])


def a_model_of_ones_own():
    trace = lloyd(groups([(0, 0), (4, 4)]), [[0.0, 0.0], [1.0, 1.0]])
    return dataclasses.replace(trace, model="medians", settings={})


def centers_out_of_sight():
    return lloyd(groups([(0, 0), (4, 4)]), [[0.0, 0.0], [900.0, -900.0]], iterations=1)


ODD = [
    *(only_begun, one_cluster, one_point, all_the_same, many_half_steps, many_clusters, far_and_wide),
    *(a_model_of_ones_own, centers_out_of_sight),
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
        page.click("text=Add center")
        page.select_option(".what-if select", "k-means++")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    text = page.evaluate(
        "document.body.innerText + [...document.querySelectorAll('path')].map(p => p.outerHTML)"
    )
    assert not re.search(r"NaN|undefined|Infinity|\[object", text)


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


def test_help_takes_the_focus_and_gives_it_back(visit):
    page = visit()
    page.focus("button.forward")
    page.keyboard.press("?")
    assert page.evaluate("document.activeElement.textContent") == "Close"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.className") == "forward"
