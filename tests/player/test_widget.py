"""The notebook's sides of the player: the widget, and what a trace shows of itself."""

import base64
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from emscope import KMeans, Player, datasets, player
from emscope.player.bundle import script, stylesheet

MOUNT = """
async (given) => {
  const style = document.createElement("style");
  style.textContent = given.style;
  document.head.append(style);
  const { default: widget } = await import(`data:text/javascript;base64,${given.script}`);
  const values = { run: given.run, step: given.step, key: "abc" }, listeners = {}, saved = [];
  window.model = {
    get: (name) => values[name],
    set: (name, value) => { values[name] = value; },
    save_changes: () => saved.push(values.step),
    on: (name, listener) => { listeners[name] = listener; },
    off: (name) => { delete listeners[name]; },
    fromPython(step) { values.step = step; listeners["change:step"](); },
    saved, listeners,
  };
  const el = document.createElement("div");
  window.unmount = widget.render({ model: window.model, el });
  document.body.append(el); // some notebooks show an element only after it is filled
}
"""


@pytest.fixture(scope="module")
def trace():
    model = KMeans(4, init=datasets.blobs_start(), max_iter=3)
    return model.fit(datasets.blobs().matrix).trace_


def test_the_step_stays_within_the_run(trace):
    shown = Player(trace, title="blobs")
    shown.step = 5
    assert shown.step == 5
    shown.step = 99
    assert shown.step == 7
    shown.step = -3
    assert shown.step == 0


def test_it_shows_a_page_where_no_widget_can_run(trace):
    data, _ = Player(trace)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/html"] == player.iframe(trace)
    assert '"' not in data["text/html"].split('srcdoc="')[1][:-11]


@pytest.fixture
def empty_page(pages):
    page, put_back = pages.take([], width=1280, height=720, dark=False, calm=True)
    yield page
    put_back()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # nbconvert's own
@pytest.mark.parametrize("saved", [True, False])
def test_an_exported_notebook_shows_the_run_without_a_network(empty_page, tmp_path, trace, saved):
    nbconvert = pytest.importorskip("nbconvert")
    shown = Player(trace, title="four groups")
    outputs = [nbformat.v4.new_output("display_data", data) for data in shown._outputs()]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("Player(trace)", outputs=outputs)])
    if saved:
        notebook.metadata["widgets"] = {
            "application/vnd.jupyter.widget-state+json": Player.get_manager_state(widgets=[shown])
        }
    path = tmp_path / "exported.html"
    path.write_text(nbconvert.HTMLExporter().from_notebook_node(notebook)[0], encoding="utf-8")
    page = empty_page
    page.goto(path.as_uri(), wait_until="domcontentloaded")
    frame = page.frame_locator("iframe")
    frame.locator("button.last").click()
    assert frame.locator(".title").text_content() == "Final clustering"
    assert frame.locator("h1").text_content() == "four groups"
    assert frame.locator("canvas").bounding_box()["width"] > 200
    live = f"document.body.appendChild(document.createElement('div')).dataset.run = '{shown.key}'"
    page.evaluate(live)
    assert not page.is_visible("iframe"), "one is enough where the widget lives"


def test_a_notebook_and_the_widget_know_of_each_others_steps(empty_page, trace):
    shown, page = Player(trace), empty_page
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    code = base64.b64encode(script("page/widget.js").encode()).decode()
    page.evaluate(MOUNT, {"script": code, "style": stylesheet(), "run": shown.run, "step": 3})
    assert page.text_content(".title") == "Expectation step 1"
    page.wait_for_function("document.querySelector('canvas').clientWidth > 300")
    page.keyboard.press("ArrowRight")
    assert page.text_content(".title") == "Expectation step 1", "keys wait for the player to be used"
    page.click("button.forward")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("model.saved") == [4, 5]
    page.evaluate("model.fromPython(1)")
    assert page.text_content(".title") == "Expectation step 0"
    assert page.evaluate("model.saved") == [4, 5], "what came from Python is not sent back"
    assert page.locator("[data-run=abc]").count() == 1
    page.select_option(".what-if select", "farthest")
    page.keyboard.press("End")
    assert page.evaluate("model.saved") == [4, 5], "the step is that of the recorded run"
    page.evaluate("model.fromPython(2)")
    assert page.get_attribute("text=Recorded run", "aria-pressed") == "true"
    page.evaluate("unmount()")
    assert page.evaluate("Object.keys(model.listeners).length") == 0
    assert page.locator(".transport").count() == 0
    assert errors == []


def test_without_anywidget_there_is_a_sentence():
    code = "import sys\nsys.modules['anywidget'] = None\nfrom emscope import Player"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode
    assert re.search(r"ImportError: emscope.Player needs anywidget: .*'emscope\[notebook\]'", done.stderr)


def test_a_notebook_is_given_the_widget_and_a_page():
    code = """
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
shell = InteractiveShell.instance()
with capture_output() as shown:
    shell.run_cell("from emscope import KMeans, Player; Player(KMeans(1).fit([[0.0], [1.0]]).trace_)")
widget, page = (output.data for output in shown.outputs)
assert "application/vnd.jupyter.widget-view+json" in widget, widget
assert set(page) == {"text/plain", "text/html"}, set(page)
assert page["text/plain"]
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_trace_shows_its_player_in_a_notebook():
    code = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
from emscope import KMeans
trace = KMeans(1).fit([[0.0], [1.0]]).trace_
data, _ = shell.display_formatter.format(trace)
assert set(data) == {"text/plain", "text/html"}, set(data)
assert data["text/html"].startswith("<iframe"), data["text/html"][:80]
import dataclasses
steps = (dataclasses.replace(step, parameters={"a": trace.points.ravel()}) for step in trace.steps)
card = dataclasses.replace(trace.card, location="a", owners=None, update=None)
bare = dataclasses.replace(trace, steps=tuple(steps), card=card)
assert set(shell.display_formatter.format(bare)[0]) == {"text/plain"}
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_project_s_notebook_keeps_its_player_when_it_is_exported(empty_page, tmp_path):
    notebook = nbformat.read(Path(__file__).parents[2] / "notebooks" / "expectation_maximization.ipynb", 4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    (shown,) = [output.data["text/html"] for output in outputs if "text/html" in output.get("data", {})]
    path = tmp_path / "exported.html"
    path.write_text(f"<!DOCTYPE html><title>exported</title>{shown}", encoding="utf-8")
    page = empty_page
    page.goto(path.as_uri())
    frame = page.frame_locator("iframe")
    frame.locator("button.last").click()
    assert frame.locator(".title").text_content() == "Final clustering"
