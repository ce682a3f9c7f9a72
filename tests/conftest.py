import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from looking import Pages

# The same examples in every run, so that a change is judged by what it changes; --hypothesis-profile=thorough
# draws others, and more.
settings.register_profile("everyday", derandomize=True, deadline=None)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile("everyday")

ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
]


def pytest_make_parametrize_id(val, argname):
    """Name bytes by their parameter: they may hold the time, and processes must collect the same tests."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def seed_run():
    """Data and every number of the seed experiment."""
    return json.loads(Path(__file__).with_name("seed-run.json").read_text())


@pytest.fixture
def three_groups():
    """Three well-separated groups in the plane, 60 rows each."""
    random = np.random.default_rng(0)
    centers = np.array([[0.0, 0.0], [8.0, 1.0], [3.0, 9.0]])
    return np.concatenate([random.normal(c, 1.0, size=(60, 2)) for c in centers])


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


@pytest.fixture(scope="session")
def pages(browser):
    return Pages(browser)
