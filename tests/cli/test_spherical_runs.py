"""Directions from a table to pictures: what is told in its units, and what is not."""

import csv
import json

import numpy as np
import pytest

from emscope import SphericalKMeans, Trace, datasets, plot
from emscope.models.spherical_kmeans import unit_vectors
from emscope.plot.layout import note
from emscope.scene import Scene

FAITHFUL = datasets.path("old_faithful.csv")


@pytest.fixture
def rows(tmp_path):
    """Forty rows of three features, those of number 5 and 10 without a length."""
    X = np.random.default_rng(0).normal(size=(40, 3)) * [1.0, 5.0, 20.0]
    X[[4, 9]] = 0.0
    return X


def written(path, X, names="abc"):
    path.write_text("\n".join([",".join(names), *(",".join(map(repr, x)) for x in X.tolist())]))
    return path


def loaded(folder):
    return Trace.load(folder / "trace.npz")


@pytest.mark.parametrize("standardize", [False, True])
def test_a_run_is_told_as_unit_vectors_and_drawn(emscope, tmp_path, rows, standardize):
    X = np.delete(rows, [4, 9], axis=0)
    data, out = written(tmp_path / "t.csv", X), tmp_path / "out"
    how = ["--standardize"] if standardize else []
    code, printed, err = emscope(
        "run", data, "--model", "spherical", "-k", "3", *how, "--formats", "png", "--out", out
    )
    assert (code, err) == (0, "")
    fitted = X / X.std(axis=0) if standardize else X
    trace = loaded(out)
    expected = SphericalKMeans(3, random_state=0).fit(fitted)
    np.testing.assert_allclose(trace.points, unit_vectors(fitted), rtol=1e-12)
    np.testing.assert_allclose(trace.steps[-1].centers, expected.cluster_centers_, rtol=1e-12)
    assert trace.scale is None
    scaled = ", of features in standard deviations" if standardize else ""
    points = f"Points are rows scaled to length 1{scaled}."
    assert points in printed
    assert "sum of cosine distances" in printed
    assert "decides the clusters" not in printed
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["model"], summary["standardized"]) == ("spherical", standardize)
    assert len(list((out / "frames").iterdir())) == len(trace.steps)
    with open(out / "clusters.csv", newline="") as file:
        first = next(csv.DictReader(file))
    own = X[expected.labels_ == 0, 0]
    assert float(first["mean"]) == pytest.approx(own.mean())

    code, printed, err = emscope("view", out / "trace.npz", "--formats", "png", "--out", tmp_path / "again")
    assert (code, err) == (0, "")
    assert points in printed


@pytest.mark.parametrize("start", ["centers.csv", "trace.npz"])
def test_it_begins_where_another_run_ended(emscope, tmp_path, start):
    settings = ("--model", "spherical", "-k", "2", "--standardize", "--formats", "none", "--no-player")
    emscope("run", FAITHFUL, *settings, "--out", "first")
    code, _, err = emscope("run", FAITHFUL, *settings, "--init", f"first/{start}", "--out", "again")
    assert (code, err) == (0, "")
    first, again = loaded(tmp_path / "first"), loaded(tmp_path / "again")
    np.testing.assert_allclose(again.steps[0].centers, first.steps[-1].centers, rtol=1e-15)


def test_it_begins_at_the_directions_of_k_means_centers_but_k_means_not_at_its(emscope, tmp_path):
    settings = ("-k", "2", "--standardize", "--formats", "none", "--no-player")
    emscope("run", FAITHFUL, *settings, "--out", "hard")
    emscope("run", FAITHFUL, *settings, "--model", "spherical", "--init", "hard/trace.npz", "--out", "turned")
    hard, turned = loaded(tmp_path / "hard"), loaded(tmp_path / "turned")
    np.testing.assert_allclose(
        turned.steps[0].centers, unit_vectors(hard.steps[-1].centers / hard.scale), rtol=1e-12
    )
    code, _, err = emscope("run", FAITHFUL, *settings, "--init", "turned/trace.npz", "--out", "no")
    assert code == 1
    assert "turned/trace.npz holds no centers for a run on rows as they are: its points are others." in err


@pytest.mark.parametrize(("ids", "named"), [(False, "table rows 5, 10"), (True, "rows n4, n9")])
def test_rows_without_a_direction_are_named_as_the_table_names_them(emscope, tmp_path, rows, ids, named):
    if ids:
        lines = [f"n{i}," + ",".join(map(repr, x)) for i, x in enumerate(rows.tolist())]
        data = tmp_path / "t.csv"
        data.write_text("\n".join(["name,a,b,c", *lines]))
    else:
        data = written(tmp_path / "t.csv", rows)
    how = ["--id", "name"] if ids else []
    for command in (["run", data], ["run", data, "-k", "2"], ["study", data]):
        code, _, err = emscope(*command, "--model", "spherical", *how)
        assert code == 1
        assert err == (
            f"emscope: a row of length 0 has no direction and can be in no cluster: leave out {named}.\n"
        )


def test_what_is_about_mixtures_is_not_about_it(emscope):
    code, _, err = emscope("run", FAITHFUL, "--model", "spherical", "--covariance", "tied")
    assert code == 2
    assert "add --model gmm" in err


@pytest.mark.parametrize("d", [1, 2, 3, 10])
def test_no_word_of_its_pictures_is_one_of_k_means(d):
    X = np.random.default_rng(0).normal(size=(60, d))
    trace = SphericalKMeans(2, init=X[[0, 1]] if d > 1 else [[1.0], [-1.0]]).fit(X).trace_
    scene = Scene.from_trace(trace)
    for frame in scene.frames:
        told = f"{frame.caption} {note(scene, frame, (6.0, 4.0))}"
        assert "Points are rows scaled to length 1." in told
        assert not any(word in told for word in ("mean", "inertia", "squares"))
    assert scene.curve.name == "sum of cosine distances"
    plot.filmstrip(trace).draw_without_rendering()
