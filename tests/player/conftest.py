"""What runs the player's script: Node for the parts without a page, a headless browser for the page."""

import dataclasses
import json
import shutil
import subprocess

import pytest

from emscope import KMeans, datasets, player, recording
from emscope.player.bundle import WEB
from looking import BLOBS, PENGUINS

GIVEN = 'import { readFileSync } from "node:fs";\nconst given = JSON.parse(readFileSync(0, "utf8"));\n'
USUAL = {"width": 1280, "height": 800, "dark": False, "calm": True}


@pytest.fixture(scope="session")
def node():
    """Run a module that imports from the player; returns what it prints as JSON."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is not installed")

    def run(code, data=None):
        imports = code.replace('from "./', f'from "{WEB.as_uri()}/')
        done = subprocess.run(
            [program, "--input-type=module", "--no-warnings", "--eval", GIVEN + imports],
            input=json.dumps(data),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


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
def visit(pages, files):
    """Open a page; nothing may be asked of the network, and nothing go wrong."""
    after, wrong = [], []

    def open_page(url=BLOBS, step=None, *, ready=".transport", **look):
        page, put_back = pages.take(wrong, **USUAL | look)
        after.append(put_back)
        page.goto(files.get(url, url) + ("" if step is None else f"#step={step}"))
        page.wait_for_selector(ready)
        return page

    open_page.wrong = wrong
    yield open_page
    for put_back in after:
        put_back()
    assert wrong == []
