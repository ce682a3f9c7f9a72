"""The benchmarks run and tell what they should; how long anything takes is not asked here."""

import re
from dataclasses import replace

import numpy as np
import pytest
from benchmarks import __main__ as command
from benchmarks.contestants import Outcome, contestants
from benchmarks.measuring import alternate, geometric_mean, inertia
from benchmarks.mixtures import mixture_race, mixtures_of, table
from benchmarks.races import Conditions, Entry, Race, lloyd_race
from benchmarks.regimes import GROUPS, REGIMES, chosen, smaller
from benchmarks.report import Sheet, as_markdown
from benchmarks.sheets import groups, times
from benchmarks.studies import StudyRace, study_races
from benchmarks.studies import table as studies_table

QUICK = ["--quick", "--repeat", "1", "--peers", "Lloyd", "--threads", "1"]


def race_of(regime, ours=1.0, **peers):
    entry = Entry(seconds=ours, runs=3, spread=1.0, n_iter=5, agreement=1.0, inertia=1.0)
    entries = {name: replace(entry, seconds=seconds) for name, seconds in peers.items()}
    return Race(regime, 5, {"emscope": entry, **entries}, data_bytes=1)


def test_the_command_prints_every_table_and_writes_it(capsys, tmp_path):
    path = tmp_path / "tables.md"
    tables = ["--tables", "times", "seeding", "fits"]
    command.main([*QUICK, *tables, "--only", "small", "plane-8", "--markdown", str(path)])
    told, written = capsys.readouterr().out, path.read_text()
    for title in (
        "Same start",
        "Ratios to the best",
        "Do the labels agree",
        "Seeding alone",
        "A whole default",
    ):
        assert title in told
        assert f"### {title}" in written
    assert max(map(len, told.splitlines())) <= 120
    for name in ("small", "plane-8"):
        assert re.search(rf"^ {name} .* \d+\.\d\dx +(100|99\.\d+) % +$", told, re.MULTILINE)


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
        replace(REGIMES[0], iterations=300),
        contestants("float64", []),
        Conditions(rounds=1, threads=1, enough=0),
    )
    assert race.iterations < 100
    assert race.best_peer is race.ratio() is None


def test_ratio_is_to_the_fastest_exact_peer():
    race = race_of(REGIMES[0], ours=2.0, slow=9.0, fast=6.0, sloppy=1.0)
    race.entries["sloppy"] = replace(race.entries["sloppy"], exact=False)
    assert race.best_peer == "fast"
    assert race.ratio() == 3
    assert race.ratio("slow") == 4.5


def test_groups_are_summed_up_by_their_geometric_means():
    races = [race_of(regime, peer=4.0) for regime in REGIMES]
    races[0] = race_of(REGIMES[0], peer=1000.0)  # the smallest is left out of the mean of all
    rows = {row[0]: row for row in groups(races).rows}
    assert set(rows) == {group.name for group in GROUPS} | {"all"}
    assert rows["all"][1:3] == [str(len(REGIMES) - 1), "4.00x"]
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
    race = race_of(REGIMES[1], peer=20.0)
    race.entries["peer"] = replace(race.entries["peer"], runs=1)
    sheet = times([race], Conditions())
    assert "20 s*" in sheet.rows[0]
    assert any("one run" in note for note in sheet.notes)


def test_inertia_is_summed_over_all_rows():
    X = np.arange(200_000, dtype=np.float32).reshape(-1, 1) % 2
    assert inertia(X, Outcome(np.zeros(len(X), np.uint32), np.array([[0.5]], np.float32), 1)) == 50_000


@pytest.mark.parametrize("regime", [r for r in REGIMES if r.n <= 300_000], ids=lambda regime: regime.name)
def test_regimes_make_what_they_say(regime):
    regime = smaller(regime)
    X = regime.rows("float32")
    assert X.shape == (regime.n, regime.d)
    assert X.dtype == np.float32
    assert X.flags.c_contiguous
    np.testing.assert_array_equal(X, regime.rows("float32"))
    start = regime.start(X)
    assert len(np.unique(start, axis=0)) == len(start) == regime.k


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
