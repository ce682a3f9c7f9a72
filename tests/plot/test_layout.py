"""Captions that are too long for a picture leave off whole sentences, and say how many."""

import dataclasses
import re

import pytest
from matplotlib.text import Text

from emscope import KMeans, Scene, plot
from emscope.events import Event, as_sentence, worded

DOUBTS = (
    Event("still_moving", values={"case": "tol", "moved": 12, "share": 0.2, "noun": "cluster"}),
    Event("plateau", values={"case": "tol", "left": 3.0, "least": 0.01, "objective": "inertia"}),
    Event("fewer_distinct_points", values={"owning": 3, "clusters": 4}),
    Event("lone_row", 2, (7,), values={"count": 1, "noun": "cluster"}),
    Event("starts_disagree", values={"reached": 1, "starts": 10}),
)


@pytest.fixture
def doubtful(three_groups):
    """A run with so many doubts, in a tall and narrow picture."""
    trace = KMeans(3, init=three_groups[[0, 1, 100]]).fit(three_groups).trace_

    def make(n):
        last = dataclasses.replace(trace.steps[-1], events=(*trace.steps[-1].events, *DOUBTS[:n]))
        return dataclasses.replace(trace, steps=(*trace.steps[:-1], last))

    return make


def texts(figure):
    return [re.sub(r"\s", " ", text.get_text()) for text in figure.findobj(Text) if text.get_text()]


PICTURES = {
    "frame": lambda trace: plot.frames(trace)[-1],
    "film strip": plot.filmstrip,
    "objective": lambda trace: plot.objective(trace).figure,
}


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("n", range(len(DOUBTS) + 1))
def test_doubts_are_told_whole_or_counted(doubtful, picture, n):
    scene = Scene.from_trace(doubtful(n))
    told = max(texts(PICTURES[picture](scene)), key=len) if n else scene.frames[-1].caption
    assert told.startswith("Final clustering: ")
    assert "…" not in told
    whole = [event for event in DOUBTS[:n] if as_sentence(worded(event, scene.terms)) in told]
    assert whole == list(DOUBTS[: len(whole)])
    left = n - len(whole)
    assert told.endswith(f"{left} more {'is' if left == 1 else 'are'} left off here.") == (left > 0)
    assert len(whole) >= min(n, 2)
