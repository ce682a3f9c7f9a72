"""What pictures and the player say where there is no trace to draw."""

import pickle

import pytest

from emscope import KMeans, Scene, player, plot

X = [[0.0, 0.0], [1.0, 0.0], [9.0, 1.0], [8.0, 2.0]]
WAYS = {
    "frame": lambda run: plot.frame(run, 0),
    "frames": plot.frames,
    "filmstrip": plot.filmstrip,
    "objective": plot.objective,
    "animate": lambda run: plot.animate(run, "run.gif"),
    "player": lambda run: player.write(run, "run.html"),
    "iframe": player.iframe,
    "scene": Scene.from_trace,
    "colors_like": lambda run: plot.frames(KMeans(2, random_state=0).fit(X).trace_, colors_like=run),
}


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("way", WAYS)
def test_the_error_says_what_helps(way):
    recorded = KMeans(2, random_state=0).fit(X)
    unrecorded = KMeans(2, random_state=0, record=False).fit(X)
    assert unrecorded.trace_ is None
    cases = [
        (recorded, r"a KMeans: pass its trace_\.$"),
        (unrecorded, r"a KMeans: fit it with record=True and pass its trace_\.$"),
        (pickle.loads(pickle.dumps(recorded)), "a KMeans: a model from a pickle has none: load what"),
        (KMeans(2), r"a KMeans: pass the trace_ of a fitted model\.$"),
        (X, r"a list: pass the trace_ of a fitted model\.$"),
    ]
    if way != "colors_like":
        cases.append((None, r"None: fit with record=True and pass the trace_ \(a model from a pickle has"))
    for run, says in cases:
        with pytest.raises(TypeError, match=says):
            WAYS[way](run)
