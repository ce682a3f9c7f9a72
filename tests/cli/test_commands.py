"""The commands, from the arguments to the folder."""

import csv
import errno
import io
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

from emscope import GaussianMixture, KMeans, Trace, datasets, plot
from emscope.data.read import read_table

FAITHFUL = str(datasets.path("old_faithful.csv"))
PENGUINS = str(datasets.path("penguins.csv"))


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def table(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_demo_blobs_prints_and_draws_the_seed_experiment(emscope, tmp_path, seed_run):
    code, out, err = emscope("demo")
    assert (code, err) == (0, "")
    printed = re.findall(r"^(initial centers|centers \d)\n(\[\[.*?\]\])", out, flags=re.M | re.S)
    assert [name for name, _ in printed] == ["initial centers", "centers 0", "centers 1", "centers 2"]
    expected = [s["centers"] for s in seed_run["steps"] if s["phase"] != "expectation"]
    for (_, text), centers in zip(printed, expected, strict=True):
        values = np.array(re.findall(r"-?\d+\.\d+", text), dtype=float).reshape(4, 2)
        np.testing.assert_allclose(values, centers, atol=1e-7)
    folder = tmp_path / "emscope-out"
    assert sorted(path.name for path in (folder / "frames").iterdir()) == [
        "00-initialization.png", "01-expectation-0.png", "02-maximization-0.png", "03-expectation-1.png",
        "04-maximization-1.png", "05-expectation-2.png", "06-maximization-2.png", "07-final.png",
    ]  # fmt: skip
    assert {path.name for path in folder.iterdir()} == {
        "frames", "filmstrip.png", "objective.png", "animation.gif", "trace.npz", "centers.csv", "labels.csv",
        "clusters.csv", "sizes.csv", "summary.json", "model.json", "player.html", "manifest.json",
    }  # fmt: skip
    assert [int(row["cluster"]) for row in rows_of(folder / "labels.csv")] == seed_run["final_labels"]


def test_demo_penguins(emscope, tmp_path):
    code, out, _ = emscope("demo", "penguins", "--formats", "png")
    assert code == 0
    assert "converged" in out
    assert (tmp_path / "emscope-out" / "filmstrip.png").exists()


def test_demo_old_faithful_shows_both_models_from_one_start(emscope, tmp_path):
    code, out, err = emscope("demo", "old-faithful", "--formats", "none")
    assert (code, err) == (0, "")
    folder = tmp_path / "emscope-out"
    hard, soft = (Trace.load(folder / way / "trace.npz") for way in ("kmeans", "mixture"))
    assert (hard.card.name, soft.card.name) == ("kmeans", "gmm")
    np.testing.assert_allclose(hard.steps[0].centers, soft.steps[0].means)
    apart = np.count_nonzero(hard.steps[-1].labels != soft.steps[-1].labels)
    unsure = np.count_nonzero(soft.steps[-1].responsibilities.max(axis=1) < 0.9)
    last = out.splitlines()[-1]
    assert f"disagree about {apart} of 272 points" in last
    assert f"less than 90 % sure of {unsure} point" in last
    assert (folder / "mixture" / "player.html").exists()


def test_a_mixture_is_written_as_the_estimator_has_it(emscope, tmp_path):
    code, out, err = emscope(
        "run", PENGUINS, "--model", "gmm", "-k", "3", "--covariance", "tied", "--formats", "none",
        "--columns", "bill_length_mm,body_mass_g", "--standardize",
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "negative log-likelihood" in out
    folder = tmp_path / "emscope-out"
    table = read_table(PENGUINS, columns=("bill_length_mm", "body_mass_g"))
    scale = table.matrix.std(axis=0)
    model = GaussianMixture(3, covariance_type="tied", random_state=0).fit(table.matrix / scale)
    means = [[float(row[name]) for name in table.feature_names] for row in rows_of(folder / "means.csv")]
    np.testing.assert_allclose(means, model.means_ * scale)
    lines = rows_of(folder / "covariances.csv")  # one matrix, which all components share
    assert [list(row) for row in lines] == [["feature", *table.feature_names]] * 2
    assert [row["feature"] for row in lines] == list(table.feature_names)
    covariances = np.array([[float(row[name]) for name in table.feature_names] for row in lines])
    np.testing.assert_allclose(covariances, model.covariances_ * np.outer(scale, scale))
    weights = [float(row["weight"]) for row in rows_of(folder / "weights.csv")]
    np.testing.assert_allclose(weights, model.weights_)
    shares = rows_of(folder / "responsibilities.csv")
    assert shares[3]["component 0"] == ""  # the fourth penguin was not measured
    kept = [[float(shares[i][f"component {j}"]) for j in range(3)] for i in table.kept]
    np.testing.assert_allclose(kept, model.predict_proba(table.matrix / scale), atol=1e-12)
    assert not (folder / "centers.csv").exists()
    assert json.loads((folder / "summary.json").read_text())["settings"]["covariance_type"] == "tied"


def test_what_is_about_mixtures_is_refused_without_one(emscope):
    code, _, err = emscope("run", FAITHFUL, "--covariance", "full")
    assert code == 2
    assert "--model gmm" in err


def test_a_mixture_begins_at_the_centers_of_a_trace(emscope, tmp_path):
    emscope("run", FAITHFUL, "-k", "2", "--out", "hard", "--formats", "none")
    code, _, err = emscope("run", FAITHFUL, "--model", "gmm", "--init", "hard/trace.npz", "--formats", "none")
    assert (code, err) == (0, "")
    ended = Trace.load(tmp_path / "hard" / "trace.npz").steps[-1].centers
    begun = Trace.load(tmp_path / "emscope-out" / "trace.npz").steps[0].means
    np.testing.assert_array_equal(ended, begun)


def test_tables_of_an_earlier_run_do_not_stay(emscope, tmp_path):
    emscope("run", FAITHFUL, "-k", "2", "--formats", "none")
    emscope("run", FAITHFUL, "-k", "2", "--model", "gmm", "--formats", "none")
    assert not (tmp_path / "emscope-out" / "centers.csv").exists()
    assert (tmp_path / "emscope-out" / "means.csv").exists()


def test_run_writes_what_the_estimator_says(emscope, tmp_path):
    code, out, err = emscope("run", FAITHFUL, "-k", "2", "--out", "out", "--formats", "none")
    assert (code, err) == (0, "")
    assert "waiting_min varies 11.91 times as much as eruption_min" in out
    X = datasets.old_faithful().matrix
    model = KMeans(2, random_state=0).fit(X)
    assert [int(row["cluster"]) for row in rows_of(tmp_path / "out" / "labels.csv")] == model.labels_.tolist()
    centers = rows_of(tmp_path / "out" / "centers.csv")
    np.testing.assert_allclose(
        [[float(row[name]) for name in ("eruption_min", "waiting_min")] for row in centers],
        model.cluster_centers_,
    )
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["settings"]["n_clusters"] == 2
    assert summary["doubts"] == []
    assert summary["half-steps"][-1]["objective"] == pytest.approx(model.inertia_)
    assert summary["sizes"] == np.bincount(model.labels_).tolist()
    assert Trace.load(tmp_path / "out" / "trace.npz").converged


def test_penguins_leave_out_what_cannot_be_used(emscope, tmp_path):
    code, out, _ = emscope("run", PENGUINS, "-k", "3", "--standardize", "--formats", "none")
    assert code == 0
    assert "4 features" in out
    for name in ("species", "island", "sex", "year"):
        assert f"left out: column {name}" in out
    assert "left out: 2 rows with a missing value (4, 272)" in out
    assert "varies" not in out
    labels = rows_of(tmp_path / "emscope-out" / "labels.csv")
    assert len(labels) == 344
    assert [i for i, row in enumerate(labels) if row["cluster"] == ""] == [3, 271]
    summary = json.loads((tmp_path / "emscope-out" / "summary.json").read_text())
    assert summary["rows"]["clustered"] == 342
    assert {left["name"] for left in summary["columns"]["left out"]} == {"species", "island", "sex", "year"}


def test_drawn_rows_are_found_again_in_labels_csv(emscope, tmp_path):
    code, _, _ = emscope("run", PENGUINS, "-k", 3, "--formats", "png", "--no-player")
    assert code == 0
    trace = Trace.load(tmp_path / "emscope-out" / "trace.npz")
    owners = {
        f"table row {row['row']}": row["cluster"] for row in rows_of(tmp_path / "emscope-out" / "labels.csv")
    }
    final = trace.steps[-1].labels
    assert [owners[name] for name in trace.row_names] == [str(label) for label in final]
    assert len(trace.row_names) < len(owners)  # some were left out


def test_clusters_against_the_whole(emscope, tmp_path):
    emscope("run", PENGUINS, "-k", "3", "--standardize", "--formats", "none", "--seed", "1")
    X = datasets.penguins().matrix
    labels = np.array(
        [int(r["cluster"]) for r in rows_of(tmp_path / "emscope-out" / "labels.csv") if r["cluster"]]
    )
    z = (X - X.mean(axis=0)) / X.std(axis=0)
    features = datasets.penguins().feature_names
    lines = rows_of(tmp_path / "emscope-out" / "clusters.csv")
    assert [(row["cluster"], row["feature"]) for row in lines] == [(j, f) for j in "012" for f in features]
    for row in lines:
        own, j = labels == int(row["cluster"]), features.index(row["feature"])
        assert float(row["mean"]) == pytest.approx(X[own, j].mean())
        assert float(row["overall mean"]) == pytest.approx(X[:, j].mean())
        assert float(row["difference"]) == pytest.approx(X[own, j].mean() - X[:, j].mean())
        assert float(row["difference in sd"]) == pytest.approx(z[own, j].mean())
        assert float(row["center"]) == pytest.approx(X[own, j].mean())
        deviations = np.abs(z[own].mean(axis=0))
        assert int(row["rank"]) == 1 + np.count_nonzero(deviations > deviations[j])
    sizes = np.bincount(labels)
    for row, size in zip(rows_of(tmp_path / "emscope-out" / "sizes.csv"), sizes, strict=True):
        assert int(row["size"]) == size
        assert float(row["share"]) == pytest.approx(size / sizes.sum())


def test_a_feature_of_the_name_of_our_column_is_kept_and_begins_the_next_run(emscope, tmp_path):
    data = table(tmp_path / "c.csv", "cluster,x\n1.5,2\n2,3\n9,9\n")
    for model in ("kmeans", "gmm"):
        first, again = tmp_path / model, tmp_path / f"{model}-again"
        name = "centers" if model == "kmeans" else "means"
        settings = ("--model", model, "-k", "2", "--formats", "none", "--no-player")
        emscope("run", data, *settings, "--out", first)
        code, _, err = emscope("run", data, *settings, "--init", first / f"{name}.csv", "--out", again)
        assert (code, err) == (0, "")
        ended = Trace.load(first / "trace.npz").steps[-1].parameters[name]
        np.testing.assert_array_equal(Trace.load(again / "trace.npz").steps[0].parameters[name], ended)
    assert list(rows_of(tmp_path / "kmeans" / "centers.csv")[0]) == ["cluster", "cluster (feature)", "x"]
    assert list(rows_of(tmp_path / "gmm" / "means.csv")[0]) == ["component", "cluster", "x"]


def test_standardized_runs_are_told_in_the_units_of_the_table(emscope, tmp_path):
    emscope("run", FAITHFUL, "-k", "2", "--standardize", "--formats", "none")
    trace = Trace.load(tmp_path / "emscope-out" / "trace.npz")
    X = datasets.old_faithful().matrix
    np.testing.assert_array_equal(trace.points, X)
    np.testing.assert_allclose(trace.scale, X.std(axis=0))
    expected = KMeans(2, random_state=0).fit(X / X.std(axis=0))
    np.testing.assert_allclose(trace.steps[-1].centers, expected.cluster_centers_ * X.std(axis=0))


def test_ids_and_weights(emscope, tmp_path):
    data = table(tmp_path / "t.csv", "who,x,y,w\nann,0,1,1\nbob,1,,1\neve,9,9,3\nsam,8,7,0\nkim,0,0,2\n")
    code, out, _ = emscope("run", data, "-k", "2", "--id", "who", "--weights", "w", "--formats", "none")
    assert code == 0, out
    assert "rows are weighted by w; 1 row of weight 0 will get clusters and decide nothing" in " ".join(
        out.split()
    )
    labels = rows_of(tmp_path / "emscope-out" / "labels.csv")
    assert [row["who"] for row in labels] == ["ann", "bob", "eve", "sam", "kim"]
    assert [row["cluster"] == "" for row in labels] == [False, True, False, False, False]
    trace = Trace.load(tmp_path / "emscope-out" / "trace.npz")
    assert trace.row_names == ("ann", "eve", "kim")  # pictures show the rows that count
    rows = json.loads((tmp_path / "emscope-out" / "summary.json").read_text())["rows"]
    assert (rows["clustered"], rows["of weight 0"]) == (4, 1)
    centers = {tuple(center) for center in trace.steps[-1].centers.tolist()}
    assert (9.0, 9.0) in centers  # the row of weight 0 does not pull


def test_centers_of_another_run_are_a_start(emscope, tmp_path):
    emscope("run", FAITHFUL, "-k", "2", "--standardize", "--formats", "none", "--out", "first")
    for start in ("first/centers.csv", "first/trace.npz"):
        code, _, _ = emscope(
            "run", FAITHFUL, "-k", "2", "--standardize", "--init", start, "--formats", "none"
        )
        assert code == 0
        first, again = Trace.load("first/trace.npz"), Trace.load("emscope-out/trace.npz")
        np.testing.assert_allclose(again.steps[0].centers, first.steps[-1].centers, rtol=1e-6)
        assert len(again.steps) <= 4


def test_view_draws_a_saved_trace_again(emscope, tmp_path):
    emscope("run", FAITHFUL, "-k", "2", "--formats", "png")
    trace = tmp_path / "emscope-out" / "trace.npz"
    code, out, _ = emscope("view", trace, "--out", "again", "--style", "dark", "--formats", "png,gif")
    assert code == 0
    assert "272 rows, 2 features, 2 clusters" in out
    assert {path.name for path in (tmp_path / "again").iterdir()} == {
        "frames", "filmstrip.png", "objective.png", "animation.gif", "player.html", "manifest.json"
    }  # fmt: skip


def test_colors_like_another_trace(emscope):
    emscope("run", FAITHFUL, "-k", "2", "--formats", "none", "--out", "a", "--seed", "1")
    code, _, _ = emscope("run", FAITHFUL, "-k", "3", "--formats", "none", "--colors-like", "a/trace.npz")
    assert code == 0
    code, _, err = emscope("run", FAITHFUL, "-k", "3", "--formats", "none", "--colors-like", "missing.npz")
    assert code == 1
    assert "missing.npz" in err


def test_frames_of_an_earlier_run_are_not_left_behind(emscope, tmp_path):
    emscope("run", FAITHFUL, "-k", "5", "--init", "random", "--formats", "png")
    (tmp_path / "emscope-out" / "frames" / "mine.png").write_bytes(b"")
    emscope("run", FAITHFUL, "-k", "1", "--formats", "png")
    names = sorted(path.name for path in (tmp_path / "emscope-out" / "frames").iterdir())
    assert names == ["00-initialization.png", "01-expectation-0.png", "02-maximization-0.png", "03-final.png",
                     "mine.png"]  # fmt: skip


def test_pictures_of_an_earlier_run_are_not_taken_for_this_one(emscope, tmp_path):
    emscope("run", FAITHFUL, "-k", "2", "--formats", "png,gif")
    (tmp_path / "emscope-out" / "notes.txt").write_text("mine")
    _, out, _ = emscope("run", PENGUINS, "-k", "2", "--formats", "none")
    assert {path.name for path in (tmp_path / "emscope-out").iterdir()} == {
        "centers.csv", "clusters.csv", "labels.csv", "manifest.json", "notes.txt", "player.html", "sizes.csv",
        "summary.json", "model.json", "trace.npz",
    }  # fmt: skip
    wrote = out.splitlines()[-3]
    tables = "trace.npz, summary.json, model.json, centers.csv, clusters.csv, sizes.csv, labels.csv"
    assert wrote == f"wrote emscope-out/: {tables}, player.html"


def test_the_number_of_clusters_is_that_of_the_given_centers(emscope, tmp_path):
    table(tmp_path / "start.csv", "eruption_min,waiting_min\n2,50\n3,60\n4,80\n")
    emscope("run", FAITHFUL, "--init", "start.csv", "--formats", "none")
    assert Trace.load("emscope-out/trace.npz").steps[0].centers.tolist() == [[2, 50], [3, 60], [4, 80]]


def test_a_closed_pipe_does_not_lose_the_run(tmp_path):
    command = f"{sys.executable} -m emscope run {FAITHFUL} -k 2 --formats none | head -1"
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert (tmp_path / "emscope-out" / "labels.csv").exists()


@pytest.fixture
def printed(monkeypatch):
    """Have what is printed written in another encoding; returns its bytes."""

    def in_encoding(encoding):
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
        return lambda: (sys.stdout.flush(), sys.stdout.buffer.getvalue())[1]

    return in_encoding


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_an_output_that_is_not_utf_8_does_not_lose_the_run(emscope, tmp_path, printed, encoding):
    table(tmp_path / "t.csv", "größe,y\n" + "".join(f"{i},{i % 3}\n" for i in range(9)))
    written = printed(encoding)
    code, _, err = emscope("run", "t.csv", "-k", "2", "--formats", "none")
    assert (code, err) == (0, "")
    assert b"inertia #" in written()
    assert (tmp_path / "emscope-out" / "labels.csv").exists()


def test_an_output_without_a_minus_has_a_hyphen_for_it(emscope, tmp_path, printed):
    table(tmp_path / "t.csv", "x\n" + "".join(f"{i % 2 + i / 1e4}\n" for i in range(60)))
    written = printed("cp1252")
    code, _, _ = emscope("run", "t.csv", "-k", "2", "--model", "gmm", "--formats", "none", "--no-player")
    assert code == 0
    (last,) = [line for line in written().splitlines() if line.startswith(b"Final clustering")]
    assert re.search(rb"per point -\d", last)


def test_ctrl_c_while_drawing_says_what_is_there(emscope, tmp_path, monkeypatch):
    def interrupted(scene, index, style):
        raise KeyboardInterrupt

    monkeypatch.setattr(plot, "frame", interrupted)
    code, out, _ = emscope("run", FAITHFUL, "-k", "2")
    assert code == 130
    trace = os.path.join("emscope-out", "trace.npz")
    assert "interrupted while writing" in out
    assert f"emscope view {trace} draws it" in out
    assert (tmp_path / "emscope-out" / "clusters.csv").exists()


def test_nothing_but_sentences_reaches_stderr(emscope, tmp_path):
    table(tmp_path / "huge.csv", "x,y\n1e200,2\n-1e200,5\n3,4\n")
    code, _, err = emscope("run", "huge.csv", "-k", "2")
    assert code == 1
    assert err.count("\n") == 1
    assert "rescale" in err
    table(tmp_path / "same.csv", "x,y\n" + "1,2\n" * 5)
    code, out, err = emscope("run", "same.csv", "-k", "2", "--formats", "none")
    assert (code, err) == (0, "")
    assert "fewer distinct points" in out


def test_long_runs_draw_at_most_60_half_steps(emscope, tmp_path, monkeypatch):
    monkeypatch.setattr(plot, "frame", lambda scene, index, style: Figure(figsize=(1, 1)))  # quick
    X = np.random.default_rng(0).uniform(size=(20_000, 2))
    np.save(tmp_path / "x.npy", X)
    arguments = ("run", "x.npy", "-k", "20", "--init", "random", "--tol", "0", "--formats", "png")
    emscope(*arguments)
    steps = len(Trace.load("emscope-out/trace.npz").steps)
    assert steps > 60
    names = sorted(os.listdir("emscope-out/frames"))
    assert len(names) == 60
    assert names[0].endswith("00-initialization.png")
    assert names[-1] == f"{steps - 1}-final.png"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no file"),
        ("", "empty"),
        ("a,b\n", "no rows"),
        ("a,b\n1,2\n3\n4,5\n", "row 2"),
        ("a,b\nx,y\nz,w\n", "no column of numbers"),
    ],
)
def test_files_that_cannot_be_used(emscope, tmp_path, content, sentence):
    if content is not None:
        table(tmp_path / "t.csv", content)
    code, out, err = emscope("run", "t.csv", "-k", "2", "--out", "out")
    assert code == 1
    assert sentence in err.lower()
    assert err.startswith("emscope: ")
    assert err.count("\n") == 1
    assert "Traceback" not in out + err
    assert not (tmp_path / "out").exists()


def test_more_clusters_than_rows_writes_nothing(emscope, tmp_path):
    table(tmp_path / "t.csv", "x,y\n1,2\n3,5\n")
    code, _, err = emscope("run", "t.csv", "-k", "3", "--out", "out")
    assert code == 1
    assert "n_samples=2 should be >= n_clusters=3" in err
    assert not (tmp_path / "out").exists()


def test_strict_refuses_missing_values(emscope):
    code, _, err = emscope("run", PENGUINS, "-k", "3", "--strict")
    assert code == 1
    assert "row 4" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", FAITHFUL, "-k", "0"],
        ["run", FAITHFUL, "-k", "two"],
        ["run", FAITHFUL, "--formats", "bmp"],
        ["run", FAITHFUL, "--axes", "one"],
        ["run", FAITHFUL, "--no-such-option"],
        ["run", FAITHFUL, "--init", "kmeans"],
        ["demo", "iris"],
        ["dance"],
    ],
)
def test_wrong_usage(emscope, arguments):
    code, _, err = emscope(*arguments)
    assert code == 2
    assert err


def test_help(emscope):
    code, out, _ = emscope("--help")
    assert code == 0
    assert all(name in out for name in ("demo", "run", "view"))


def test_a_folder_that_cannot_be_written(emscope, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    code, _, err = emscope("run", FAITHFUL, "--out", "out")
    assert code == 1
    assert "cannot write into out: permission denied" in err


def test_a_full_disk_leaves_earlier_files_whole(emscope, tmp_path, monkeypatch):
    emscope("run", FAITHFUL, "-k", "2", "--formats", "none")
    before = (tmp_path / "emscope-out" / "trace.npz").read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    code, out, err = emscope("run", FAITHFUL, "-k", "3", "--formats", "none")
    assert code == 1
    assert "No space left on device" in err
    assert "Final" in out or "converged" in out  # the run in memory was told before it was written
    assert (tmp_path / "emscope-out" / "trace.npz").read_bytes() == before
    assert not list((tmp_path / "emscope-out").glob(".*"))


def test_a_file_in_the_place_of_the_folder(emscope, tmp_path):
    (tmp_path / "out").write_text("mine")
    code, _, err = emscope("run", FAITHFUL, "--out", "out")
    assert code == 1
    assert "cannot write" in err
    assert (tmp_path / "out").read_text() == "mine"


def test_ctrl_c_writes_what_was_done(emscope, tmp_path, monkeypatch):
    def interrupted(self, run, tol):
        for step in run:
            if (step.phase, step.iteration) == ("expectation", 1):
                raise KeyboardInterrupt

    monkeypatch.setattr(KMeans, "_watch", interrupted)
    code, out, _ = emscope("run", FAITHFUL, "-k", "5", "--formats", "none")
    assert code == 130
    assert "interrupted" in out
    trace = Trace.load(tmp_path / "emscope-out" / "trace.npz")
    assert [step.phase for step in trace.steps] == [
        "initialization", "expectation", "maximization", "expectation"
    ]  # fmt: skip
    assert len(rows_of(tmp_path / "emscope-out" / "labels.csv")) == 272


def test_ctrl_c_before_anything_was_done(emscope, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(KMeans, "_run", interrupted)
    code, _, err = emscope("run", FAITHFUL, "-k", "5")
    assert code == 130
    assert "interrupted" in err


def test_debug_shows_where(emscope):
    _, _, err = emscope("run", "missing.csv", "--debug")
    assert "Traceback" in err


HOSTILE = [
    "<script>alert(1)</script>",
    "$x^2$",
    'quote"d',
    "new\nline",
    "[bold]red[/bold]",
    "\u202egnp.exe",
    "y" * 500,
]


def test_hostile_column_names_are_text(emscope, tmp_path):
    random = np.random.default_rng(0)
    with open(tmp_path / "t.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HOSTILE)
        writer.writerows(random.normal(size=(30, len(HOSTILE))).tolist())
    code, out, err = emscope("run", "t.csv", "-k", "2")
    assert (code, err) == (0, "")
    assert "[bold]red[/bold]" in out
    assert "<script>alert(1)</script>" in rows_of(tmp_path / "emscope-out" / "centers.csv")[0]


def test_the_player_is_written_small_and_told(emscope, tmp_path):
    code, out, _ = emscope("demo", "--formats", "none")
    assert code == 0
    assert out.splitlines()[-2] == (
        "emscope-out/player.html replays the run: open it in a browser, or add --open"
    )
    assert (tmp_path / "emscope-out" / "player.html").stat().st_size < 200_000
    _, out, _ = emscope("demo", "--formats", "none", "--no-player")
    assert "player.html" not in out
    assert not (tmp_path / "emscope-out" / "player.html").exists()


def test_open_shows_the_player(emscope, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    _, out, _ = emscope("demo", "--formats", "none", "--open")
    assert opened == [(tmp_path / "emscope-out" / "player.html").as_uri()]
    assert out.splitlines()[-2] == "emscope-out/player.html is open in the browser"
    emscope("view", "emscope-out/trace.npz", "--formats", "none", "--out", "again", "--open")
    assert opened[1:] == [(tmp_path / "again" / "player.html").as_uri()]
    code, _, err = emscope("demo", "--no-player", "--open")
    assert code == 2
    assert "--no-player leaves out" in err


def test_events_speak_of_the_rows_and_columns_of_the_table(emscope, tmp_path):
    rows = [f"N{i},{'' if i < 3 else i % 7},{i % 5},{3 if i in (20, 21) else 1}" for i in range(45)]
    rows += [f"D{i},90,90,0" for i in range(3)]
    path = table(tmp_path / "named.csv", "name,x,y,weight_of\n" + "\n".join(rows) + "\n")
    settings = ("--model", "gmm", "-k", "2", "--columns", "x,y", "--formats", "none")
    code, _, _ = emscope("run", path, "--id", "name", *settings)
    assert code == 0
    told = "3 identical points (rows D0, D1, D2)"
    options = (
        "start elsewhere (--seed, --n-init), share covariances (--covariance tied), or raise --reg-covar"
    )
    events = [event.message for _, event in Trace.load(tmp_path / "emscope-out" / "trace.npz").events]
    assert any(told in message and "or raise reg_covar" in message for message in events)
    code, out, _ = emscope("view", "emscope-out/trace.npz", "--formats", "none")
    assert code == 0
    page = (tmp_path / "emscope-out" / "trace-view" / "player.html").read_text()
    for text in (" ".join(out.split()), page):
        assert told in text
    assert options in page
    code, _, err = emscope("run", path, *settings, "--reg-covar", "0")
    assert code == 1
    assert "3 identical points (table rows 46, 47, 48)" in err
    rows = [f"{i % 9},{i * 7 % 11}" for i in range(30)] + [f"{100 + i % 5},50" for i in range(20)]
    flat = table(tmp_path / "flat.csv", "x,height cm\n" + "\n".join(rows) + "\n")
    code, _, err = emscope("run", flat, "--model", "gmm", "-k", "2", "--reg-covar", "0")
    assert code == 1
    assert "flat along height cm with 20 points (table rows 31, 32, 33, 34, 35, ...)" in err
    code, _, _ = emscope("run", flat, "--model", "gmm", "-k", "2", "--formats", "none", "--out", "flat")
    assert code == 0
    told = "flat along height cm with 20 points (table rows 31, 32, 33, 34, 35, ...)"
    assert told in (tmp_path / "flat" / "summary.json").read_text()
    emscope("view", "flat/trace.npz", "--formats", "none", "--out", "again")
    assert told in (tmp_path / "again" / "player.html").read_text()


def test_centers_of_a_trace_follow_the_order_of_the_columns(emscope, tmp_path):
    emscope("run", FAITHFUL, "-k", "2", "--out", "a", "--formats", "none")
    turned = ("--columns", "waiting_min,eruption_min")
    emscope("run", FAITHFUL, *turned, "--init", "a/trace.npz", "--out", "b", "--formats", "none")
    ended = Trace.load(tmp_path / "a" / "trace.npz").steps[-1].centers
    begun = Trace.load(tmp_path / "b" / "trace.npz").steps[0].centers
    np.testing.assert_array_equal(begun, ended[:, ::-1])
    code, _, err = emscope("run", PENGUINS, "--init", "a/trace.npz", "--formats", "none")
    assert code == 1
    assert "has no feature 'bill_length_mm'" in err


def test_centers_without_names_are_taken_in_order(emscope, tmp_path):
    centers = np.array([[2.0, 90.0], [5.0, 50.0]])
    np.save(tmp_path / "start.npy", centers)
    code, _, err = emscope("run", FAITHFUL, "--init", "start.npy", "--formats", "none")
    assert (code, err) == (0, "")
    begun = Trace.load(tmp_path / "emscope-out" / "trace.npz").steps[0].centers
    np.testing.assert_array_equal(begun, centers)
    code, _, err = emscope("run", FAITHFUL, "-k", "3", "--init", "start.npy", "--formats", "none")
    assert code == 2
    assert "leave it out" in err
