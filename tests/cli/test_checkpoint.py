"""A run with --checkpoint that was interrupted is gone on with by the same command."""

import os
import re

import pytest

from emscope import KMeans, Trace, datasets
from standing import bits

FAITHFUL = str(datasets.path("old_faithful.csv"))
BRIEF = ("--formats", "none", "--no-player", "--tables", "none")
RUN = ("run", FAITHFUL, "-k", "6", "--tol", "0", "--n-init", "2", *BRIEF, "--checkpoint", "run.ckpt")


@pytest.fixture
def interrupted(emscope, monkeypatch):
    """A run that Ctrl-C has ended in the middle of its second start; returns what it printed."""
    watch = KMeans._watch

    def until(self, run, problem):
        def pressed():
            for taken, step in enumerate(run):
                if until.starts == 2 and taken == 5:
                    raise KeyboardInterrupt
                yield step

        until.starts += 1
        watch(self, pressed(), problem)

    until.starts = 0
    with monkeypatch.context() as patched:
        patched.setattr(KMeans, "_watch", until)
        code, out, _ = emscope(*RUN)
    assert code == 130
    return out


def test_the_same_command_goes_on_with_a_run_that_was_interrupted(emscope, interrupted, tmp_path):
    assert "the same command goes on from run.ckpt" in interrupted
    assert (tmp_path / "run.ckpt").exists()
    assert emscope(*RUN, "--out", "went-on")[0] == 0
    assert not (tmp_path / "run.ckpt").exists()
    assert emscope(*RUN[:-2], "--out", "whole")[0] == 0
    went_on, whole = (Trace.load(tmp_path / folder / "trace.npz") for folder in ("went-on", "whole"))
    assert bits(went_on) == bits(whole)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (("-k", "5"), "-k 6 is now -k 5"),
        (("--seed", "3", "--max-iter", "2"), "--max-iter 300 is now --max-iter 2, --seed 0 is now --seed 3"),
        (("--standardize",), "its rows, or their weights, are others"),
        (("--model", "gmm"), "it is of KMeans, not GaussianMixture"),
    ],
)
def test_another_run_is_refused_in_the_words_of_the_command_line(
    emscope, interrupted, tmp_path, other, reason
):
    before = (tmp_path / "run.ckpt").read_bytes()
    code, _, err = emscope(*RUN, *other)
    assert code == 1
    assert err.startswith("emscope: 'run.ckpt' keeps another fit (")
    assert reason in err
    assert err.count("\n") == 1
    assert (tmp_path / "run.ckpt").read_bytes() == before


def test_the_table_is_no_checkpoint(emscope, tmp_path):
    (tmp_path / "t.csv").write_text("x\n1\n2\n3\n7\n")
    code, _, err = emscope("run", "t.csv", "-k", "2", *BRIEF, "--checkpoint", "t.csv")
    assert code == 1
    assert "'t.csv' is not a saved checkpoint" in err
    assert (tmp_path / "t.csv").read_text() == "x\n1\n2\n3\n7\n"


def test_a_checkpoint_that_cannot_be_kept_any_more_is_one_line(emscope, interrupted, tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, os.strerror(28))

    watch = KMeans._watch

    def on_a_full_disk(self, run, problem):
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            patched.setattr("emscope.estimators.checkpoint.monotonic", lambda: 1e12)
            watch(self, run, problem)

    monkeypatch.setattr(KMeans, "_watch", on_a_full_disk)
    code, _, err = emscope(*RUN)
    assert code == 0, err
    assert re.match(r"emscope: cannot write .*run\.ckpt: No space left on device\. Make room", err)
    assert err.count("\n") == 1
