"""The page of spherical k-means: distances of unit vectors, no run anew, and the call that repeats it."""

import re

import numpy as np
import pytest

from emscope import SphericalKMeans
from emscope.scene import Scene
from looking import centers, repeated, title

NAME = "profiles"


@pytest.fixture(scope="module")
def runs():
    random = np.random.default_rng(0)
    X = random.uniform(size=(3, 4))[random.integers(3, size=80)] + 0.2 * random.uniform(size=(80, 4))
    X *= random.lognormal(size=80)[:, None]
    return {NAME: (X, SphericalKMeans(3, init=X[:3]).fit(X).trace_)}


@pytest.mark.parametrize("width", [390, 1280])
def test_it_says_what_the_scene_says(visit, runs, width):
    page, (_, trace) = visit(NAME, width=width), runs[NAME]
    for frame in Scene.from_trace(trace).frames:
        assert title(page) == frame.title
        assert frame.caption.lower() == f"{title(page)}: {page.text_content('.sentence')}".lower()
        page.keyboard.press("ArrowRight")
    assert not page.is_visible(".what-if")
    assert "Points are rows scaled to length 1." in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    told = page.inner_text("body").replace(page.inner_text(".panel:has(.profile)"), "")
    assert not re.search(r"(?<!k-)\bmeans?\b|inertia|squares", told)


def test_a_point_is_told_its_distances_on_the_sphere(visit, runs):
    page, (X, trace) = visit(NAME, step=1), runs[NAME]
    page.fill("input[type=number]", "3")
    page.press("input[type=number]", "Enter")
    unit = X[3] / np.linalg.norm(X[3])
    values = [float(v) for v in page.locator(".reasons .bars .value").all_text_contents()]
    np.testing.assert_allclose(
        values, np.sort(np.linalg.norm(unit - trace.steps[1].centers, axis=1)), rtol=1e-4
    )
    assert f"center {trace.steps[1].labels[3]} is the nearest" in page.text_content(".reasons")
    np.testing.assert_array_equal(centers(page), trace.steps[1].centers)


def test_the_call_that_repeats_it_does(visit, runs):
    X, trace = runs[NAME]
    page = visit(NAME)
    code = page.text_content("pre")
    assert "# what is clustered: rows scaled to length 1\n" in code
    assert "from emscope import SphericalKMeans\n" in code
    np.testing.assert_allclose(repeated(page, X).cluster_centers_, trace.steps[-1].centers, rtol=1e-12)
