"""The page of a private run: its points are no rows, and it never calls them so."""

import numpy as np
import pytest

from emscope import GaussianMixture, KMeans, player
from emscope.private import without_rows
from hand_made import groups
from looking import repeated


def private(model, n=180):
    return without_rows(model.fit(groups([[0, 0], [9, 0], [0, 9]], each=n // 3)).trace_)


@pytest.fixture(scope="module")
def page_of(tmp_path_factory):
    def write(model):
        path, trace = tmp_path_factory.mktemp("private") / "player.html", private(model)
        player.write(trace, path)
        return path.as_uri(), trace

    return write


def test_points_are_called_points(visit, page_of):
    url, _ = page_of(KMeans(3, random_state=0))
    page = visit(url)
    notes = page.text_content(".notes")
    assert "none is a row of the table" in notes
    assert "at most 4 digits" in notes
    asked = page.get_by_label("Row to explain")
    asked.fill("7")
    asked.press("Enter")
    assert page.text_content(".who").startswith("Point 7: ")
    asked.fill("180")
    asked.press("Enter")
    assert page.text_content(".reasons") == "There is no point 180: give its number, from 0 to 179."
    page.get_by_label("Row to explain").fill("")
    page.get_by_label("Row to explain").press("Enter")
    assert "give its number, from 0 to 179:" in page.text_content(".reasons")


def test_the_points_are_labeled_as_their_centers_say(visit, page_of):
    url, trace = page_of(KMeans(3, random_state=0))
    page = visit(url)
    page.keyboard.press("End")
    for i in (0, 60, 150):
        page.get_by_label("Row to explain").fill(str(i))
        page.get_by_label("Row to explain").press("Enter")
        assert f"Cluster {trace.steps[-1].labels[i]} owns it" in page.text_content(".reasons")


@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
def test_a_what_if_runs_on_the_drawn_points_and_is_compared_on_them(visit, page_of, soft):
    model = GaussianMixture(3, random_state=0) if soft else KMeans(3, random_state=0)
    url, _ = page_of(model)
    page = visit(url)
    assert "It runs on the 180 shown points." in page.text_content(".what-if .hint")
    page.select_option(".what-if select", "farthest")
    assert "of the shown points" in page.text_content(".curve-lines")
    assert "180 shown points" in page.text_content(".panel:has(.profile) .hint")
    code = page.text_content("pre")
    assert 'X = Trace.load("trace.npz").points  # the shown points' in code


def test_the_recorded_call_says_that_numbers_are_rounded(visit, page_of):
    url, _ = page_of(KMeans(3, init=np.array([[0.123456, 0], [9, 0], [0, 9]])))
    code = visit(url).text_content("pre")
    assert "# numbers here are rounded" in code
    assert "0.1235" not in code, "the start is told to half a standard deviation"
    assert "123456" not in code


def test_a_call_without_rounded_numbers_repeats_the_run(visit, page_of):
    url, trace = page_of(KMeans(3, random_state=0))
    X = groups([[0, 0], [9, 0], [0, 9]], each=60)
    again = repeated(visit(url), X).trace_
    assert len(again.steps) == len(trace.steps)
