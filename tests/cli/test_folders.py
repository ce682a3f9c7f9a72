"""What commands write, into which folder, and what they leave alone there."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emscope import KMeans, Trace, datasets
from emscope.cli.fitting import assignments
from emscope.trace import dump

FAITHFUL = str(datasets.path("old_faithful.csv"))
PENGUINS = str(datasets.path("penguins.csv"))
FEW = ("--formats", "none", "--no-player")
TWO = "x,y\n1,2\n3,4\n9,8\n"


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in Path(folder).rglob("*") if p.is_file()}


def test_files_with_the_names_of_results_are_not_replaced(emscope, tmp_path):
    for name, text in (
        ("weights.csv", TWO),
        ("means.csv", TWO),
        ("player.html", "a"),
        ("animation.gif", "b"),
    ):
        (tmp_path / name).write_text(text)
    before = contents(tmp_path)
    code, _, err = emscope("run", "weights.csv", "-k", "2", *FEW, "--out", ".")
    assert (code, err) == (0, "")
    assert before.items() <= contents(tmp_path).items()
    assert (tmp_path / "centers.csv").exists()  # nothing that was to be written was in the way


def test_a_result_that_is_read_stays(emscope, tmp_path):
    (tmp_path / "t.csv").write_text(TWO)
    emscope("run", "t.csv", "-k", "2", "--model", "gmm", *FEW)
    read = tmp_path / "emscope-out" / "responsibilities.csv"
    before = read.read_bytes()
    code, out, err = emscope("run", "emscope-out/responsibilities.csv", "-k", "2", *FEW)
    assert (code, err) == (0, "")
    assert f"{Path('emscope-out/responsibilities.csv')} is of an earlier run and stays" in out
    assert read.read_bytes() == before
    assert not (tmp_path / "emscope-out" / "means.csv").exists()


@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize(
    "command",
    [
        ("run", "out/labels.csv"),
        ("run", "t.csv", "--init", "out/centers.csv"),
        ("run", "t.csv", "--colors-like", "out/trace.npz"),
        ("run", "t.csv", "--init", "link"),
    ],
)
def test_what_is_read_is_not_written_over(emscope, tmp_path, command, force):
    (tmp_path / "t.csv").write_text(TWO)
    emscope("run", "t.csv", "-k", "2", *FEW, "--out", "out")
    (tmp_path / "link").symlink_to("out/centers.csv")
    before = contents(tmp_path)
    code, _, err = emscope(*command, *FEW, "--out", "out", *force)
    assert code == 1
    assert "that is what this run reads. Choose another folder, such as --out out-2." in err
    assert contents(tmp_path) == before


def test_a_folder_of_an_older_version_is_in_the_way_until_force(emscope, tmp_path):
    emscope("run", FAITHFUL, "-k", "2", *FEW)
    (tmp_path / "emscope-out" / "manifest.json").unlink()
    before = contents(tmp_path)
    code, _, err = emscope("run", FAITHFUL, "-k", "3", *FEW)
    assert code == 1
    assert err.count("\n") == 1
    assert "trace.npz, summary.json" in err
    assert contents(tmp_path) == before
    assert emscope("run", FAITHFUL, "-k", "3", *FEW, "--force")[0] == 0
    assert emscope("run", FAITHFUL, "-k", "2", *FEW)[0] == 0


def test_a_frame_that_was_edited_is_in_the_way_before_anything_is_touched(emscope, tmp_path):
    (tmp_path / "t.csv").write_text(TWO)
    emscope("run", "t.csv", "-k", "2", "--formats", "svg")
    (tmp_path / "emscope-out" / "frames" / "00-initialization.svg").write_text("mine")
    before = contents(tmp_path)
    code, _, err = emscope("run", "t.csv", "-k", "1", "--formats", "svg")
    assert (code, before) == (1, contents(tmp_path))
    assert "frames/00-initialization.svg" in err


def test_view_writes_beside_its_trace(emscope, tmp_path):
    (tmp_path / "other").mkdir()
    emscope("run", FAITHFUL, "-k", "2", *FEW)
    KMeans(2, random_state=0).fit(datasets.blobs().matrix).trace_.save(tmp_path / "other" / "run.npz")
    before = contents(tmp_path)
    code, out, err = emscope("view", "other/run.npz", "--formats", "none")
    assert (code, err) == (0, "")
    assert f"wrote {Path('other/run-view')}/: player.html" in out
    new = contents(tmp_path).keys() - before.keys()
    assert new == {"other/run-view/player.html", "other/run-view/manifest.json"}


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_view_does_not_write_into_the_folder_of_another_run(emscope, tmp_path, force):
    emscope("run", FAITHFUL, "-k", "2", *FEW)
    KMeans(2, random_state=0).fit(datasets.blobs().matrix).trace_.save("run.npz")
    before = contents(tmp_path)
    code, _, err = emscope("view", "run.npz", "--out", "emscope-out", *force)
    assert (code, before) == (1, contents(tmp_path))
    assert "emscope-out: it holds another run" in err


def test_view_into_the_folder_of_its_own_run_replaces_what_shows_it_and_nothing_else(emscope, tmp_path):
    emscope("run", FAITHFUL, "-k", "2", "--formats", "svg")
    before = contents(tmp_path / "emscope-out")
    code, _, err = emscope(
        "view", "emscope-out/trace.npz", "--out", "emscope-out", "--formats", "none", "--style", "dark"
    )
    assert (code, err) == (0, "")
    after = contents(tmp_path / "emscope-out")
    assert after.keys() == {name for name in before if not name.endswith(".svg")}
    for name in ("labels.csv", "trace.npz", "summary.json"):
        assert after[name] == before[name]


def test_quiet_prints_nothing(emscope, tmp_path):
    assert emscope("run", FAITHFUL, "-k", "2", *FEW, "--quiet") == (0, "", "")
    assert emscope("view", "emscope-out/trace.npz", "--formats", "none", "--quiet") == (0, "", "")
    code, out, err = emscope("run", FAITHFUL, "--quiet", "--columns", "typo")
    assert (code, out) == (1, "")
    assert "typo" in err


def test_without_pictures_there_is_no_folder_for_them(emscope, tmp_path):
    emscope("demo", *FEW)
    assert not (tmp_path / "emscope-out" / "frames").exists()


def test_ctrl_c_in_the_fit_writes_trace_and_tables_and_draws_nothing(emscope, tmp_path, monkeypatch):
    emscope("run", FAITHFUL, "-k", "2", "--formats", "svg")

    def interrupted(self, run, tol):
        for step in run:
            if (step.phase, step.iteration) == ("expectation", 1):
                raise KeyboardInterrupt

    monkeypatch.setattr(KMeans, "_watch", interrupted)
    code, out, _ = emscope("run", FAITHFUL, "-k", "3", "--formats", "png,gif")
    assert code == 130
    trace = Path("emscope-out", "trace.npz")
    assert f"emscope view {trace} draws it" in out
    assert not any(name.endswith((".svg", ".png", ".gif", ".html")) for name in contents(tmp_path))
    assert (tmp_path / "emscope-out" / "centers.csv").exists()
    assert Trace.load(trace).n_clusters == 3
    assert emscope("view", trace, "--formats", "svg")[0] == 0
    assert (tmp_path / "emscope-out" / "trace-view" / "filmstrip.svg").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("--axes", "eruption_min,typo"),
            "has no column 'typo'; its columns are 'eruption_min', 'waiting_min'",
        ),
        (("--axes", "eruption_min,eruption_min"), "two different features"),
        (("--colors-like", "typo.npz"), "typo.npz"),
        (("--colors-like", "penguins.npz"), "with centers of 2 features"),
        (("--formats", "mp4"), "without ffmpeg"),
        (("--out", "mine"), "in the place of frames (a link)"),
        (("--out", "file"), "file is not a folder"),
        (("--init", "typo.csv"), "neither a start"),
        (("--columns", "typo"), "typo"),
        (("--weights", "typo"), "typo"),
        (("--id", "typo"), "typo"),
    ],
)
def test_what_is_asked_for_is_checked_before_anything_is_fitted(
    emscope, tmp_path, monkeypatch, arguments, sentence
):
    KMeans(2, random_state=0).fit(datasets.penguins().matrix).trace_.save("penguins.npz")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "frames").symlink_to("nowhere")
    (tmp_path / "file").write_text("")
    before = contents(tmp_path)

    def fitted(*arguments):
        raise AssertionError("it was fitted")

    monkeypatch.setattr(KMeans, "fit", fitted)
    monkeypatch.setattr("shutil.which", lambda name: None)
    code, _, err = emscope("run", FAITHFUL, "-k", "2", *arguments)
    assert code in (1, 2)
    assert sentence in err
    assert contents(tmp_path) == before


def test_a_view_of_a_trace_that_was_moved_out_of_its_folder_does_not_go_back_into_it(emscope, tmp_path):
    emscope("run", FAITHFUL, "-k", "2", *FEW, "--out", "a")
    emscope("run", PENGUINS, "-k", "2", *FEW, "--out", "b")
    (tmp_path / "a" / "trace.npz").rename(tmp_path / "mine.npz")
    for trace in ("mine.npz", "b/trace.npz"):
        assert emscope("view", trace, "--out", "a", "--formats", "none")[0] == 1
    (tmp_path / "b" / "manifest.json").unlink()  # as before there were manifests
    assert emscope("view", "mine.npz", "--out", "b", "--formats", "none")[0] == 1
    assert emscope("view", "b/trace.npz", "--out", "b", "--formats", "none")[0] == 0


def test_a_view_without_pictures_is_for_the_terminal_alone(emscope, tmp_path):
    emscope("run", FAITHFUL, "-k", "2", "--formats", "svg")
    before = contents(tmp_path)
    for where in ((), ("--out", "emscope-out")):
        code, out, err = emscope("view", "emscope-out/trace.npz", *FEW, *where)
        assert (code, err) == (0, "")
        assert "converged" in out
        assert "wrote" not in out
        assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("link", "result", "command"),
    [
        ("kmeans", "means.csv", ("run", "t.csv", "--init", "kmeans")),
        ("farthest", "centers.csv", ("run", "t.csv", "--model", "gmm", "--init", "farthest")),
    ],
)
def test_a_file_called_like_the_start_of_another_model_is_read_and_kept(
    emscope, tmp_path, link, result, command
):
    (tmp_path / "t.csv").write_text(TWO + "5,5\n7,1\n")
    emscope("run", "t.csv", "-k", "2", *FEW, *(("--model", "gmm") if result == "means.csv" else ()))
    (tmp_path / link).symlink_to(Path("emscope-out", result))
    before = (tmp_path / "emscope-out" / result).read_bytes()
    code, out, err = emscope(*command, *FEW)
    assert (code, err) == (0, "")
    assert "because this one reads it" in out
    assert (tmp_path / "emscope-out" / result).read_bytes() == before


def test_names_that_are_no_text_are_written_as_well_as_can_be(emscope, tmp_path):
    name = os.fsdecode(b"t\xff.csv")
    (tmp_path / name).write_text(TWO)
    code, _, err = emscope("run", name, "-k", "2", "--formats", "none")
    assert (code, err) == (0, "")
    assert json.loads((tmp_path / "emscope-out" / "summary.json").read_text())["data"] == "t\\udcff.csv"
    (tmp_path / "emscope-out" / "trace.npz").rename(tmp_path / os.fsdecode(b"\xff.npz"))
    code, _, err = emscope("view", os.fsdecode(b"\xff.npz"), "--formats", "none")
    assert (code, err) == (0, "")


def test_a_full_disk_behind_the_output_does_not_lose_the_run(tmp_path):
    command = [sys.executable, "-m", "emscope", "run", FAITHFUL, "-k", "2", *FEW]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False
        )
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "cannot print any more: No space left on device" in done.stderr
    assert (tmp_path / "emscope-out" / "labels.csv").exists()


def test_no_number_of_interrupts_loses_what_a_fit_came_to(emscope, tmp_path, monkeypatch):
    emscope("run", FAITHFUL, "-k", "2", "--formats", "svg", "--no-player")

    def interrupted(self, run, tol):
        for step in run:
            if (step.phase, step.iteration) == ("expectation", 1):
                signal.raise_signal(signal.SIGINT)

    def pressing(function):
        def pressed(*arguments, **how):
            signal.raise_signal(signal.SIGINT)
            return function(*arguments, **how)

        return pressed

    monkeypatch.setattr(KMeans, "_watch", interrupted)
    monkeypatch.setattr("emscope.cli.session.assignments", pressing(assignments))
    monkeypatch.setattr("emscope.report.dump", pressing(dump))
    code, out, _ = emscope("run", FAITHFUL, "-k", "3")
    assert code == 130
    assert "draws it" in out
    assert contents("emscope-out").keys() == {
        "centers.csv", "clusters.csv", "labels.csv", "manifest.json", "model.json", "sizes.csv",
        "summary.json", "trace.npz",
    }  # fmt: skip
    assert Trace.load("emscope-out/trace.npz").n_clusters == 3
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_while_tables_are_written_waits_until_the_pictures(emscope, tmp_path, monkeypatch):
    emscope("run", FAITHFUL, "-k", "2", "--formats", "svg")

    def pressed(trace, file):
        signal.raise_signal(signal.SIGINT)
        dump(trace, file)

    monkeypatch.setattr("emscope.report.dump", pressed)
    code, out, _ = emscope("run", FAITHFUL, "-k", "3", "--formats", "svg")
    assert code == 130
    assert "interrupted while writing" in out
    assert not any(name.endswith(".svg") for name in contents("emscope-out"))
    assert Trace.load("emscope-out/trace.npz").n_clusters == 3
    assert (tmp_path / "emscope-out" / "labels.csv").exists()


def test_tables_of_either_model_can_be_chosen_where_there_are_both(emscope, tmp_path):
    code, _, _ = emscope("demo", "old-faithful", *FEW, "--tables", "centers,means,labels")
    assert code == 0
    for way, table in (("kmeans", "centers.csv"), ("mixture", "means.csv")):
        assert {name for name in contents(tmp_path / "emscope-out" / way) if name.endswith(".csv")} == {
            table,
            "labels.csv",
        }


def test_out_must_name_a_folder(emscope, tmp_path):
    code, _, err = emscope("run", FAITHFUL, "--out", "")
    assert (code, "it names no folder" in err) == (2, True)


def test_tables_are_chosen(emscope, tmp_path):
    code, _, _ = emscope("run", FAITHFUL, "-k", "2", *FEW, "--model", "gmm", "--tables", "weights,labels")
    assert code == 0
    assert contents("emscope-out").keys() == {
        "labels.csv", "manifest.json", "model.json", "summary.json", "trace.npz", "weights.csv"
    }  # fmt: skip
    assert emscope("demo", *FEW, "--tables", "none")[0] == 0
    assert contents("emscope-out").keys() == {"manifest.json", "model.json", "summary.json", "trace.npz"}
    for wanted in ("means", "typo", "labels,none"):
        code, _, err = emscope("run", FAITHFUL, "-k", "2", *FEW, "--tables", wanted)
        assert code == 2
        assert wanted.split(",")[-1] in err


def test_a_large_table_is_parquet_and_a_line_says_so(emscope, tmp_path, monkeypatch):
    monkeypatch.setattr("emscope.report.table_files.LARGEST_CSV", 1_000)
    monkeypatch.setattr("emscope.report.table_files.file_name.__defaults__", (1_000,))
    code, out, _ = emscope("run", FAITHFUL, "-k", "2", *FEW)
    assert code == 0
    assert "labels.parquet instead of .csv, which would be over 50 MB" in out
    assert "labels.csv" not in contents("emscope-out")
    assert "centers.csv" in contents("emscope-out")


def test_the_same_run_twice_gives_the_same_folder(emscope, tmp_path):
    def without_times(file):
        name, content = file
        if name == "trace.npz":
            trace = Trace.load("emscope-out/trace.npz")
            return name, [(s.phase, s.iteration, s.objective, s.centers.tolist()) for s in trace.steps]
        return name, json.loads(content).keys() if name.endswith(".json") else content

    folders = []
    for _ in range(2):
        assert emscope("run", FAITHFUL, "-k", "2", "--formats", "png")[0] == 0
        files = contents("emscope-out")
        del files["player.html"]  # it has the seconds of every half-step
        folders.append(dict(map(without_times, files.items())))
    assert folders[0] == folders[1]


def test_the_module_is_the_command(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "emscope", "run", FAITHFUL, "-k", "2", *FEW, "--quiet"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    labels = np.loadtxt(tmp_path / "emscope-out" / "labels.csv", delimiter=",", skiprows=1, dtype=int)
    assert len(labels) == 272
