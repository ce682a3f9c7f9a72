"""What runs the player's script: Node for the parts without a page, a headless browser for the page."""

import json
import shutil
import subprocess

import pytest

from emscope.player.bundle import WEB

ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
]
GIVEN = 'import { readFileSync } from "node:fs";\nconst given = JSON.parse(readFileSync(0, "utf8"));\n'


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


@pytest.fixture(scope="session")
def browser():
    """Start a headless Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no Chromium to open the page in")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()
