"""``--private``: nothing that is written has an id or a value of the table, however it is looked for."""

import csv
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from commands import run
from emscope import Trace
from searching import digits_of, found_in, numbers_in

MODELS = [
    ("--model", "kmeans"),
    ("--model", "spherical"),
    *(("--model", "gmm", "--covariance", kind) for kind in ("full", "tied", "diag", "spherical")),
]
PREPARING = [
    (),
    ("--impute", "median"),
    ("--log", "income"),
    ("--standardize",),
    ("--impute", "median", "--standardize"),
]


def table(folder, seed, n):
    """Write a table with ids, floats of many digits, integers of six digits and more, gaps and weights."""
    random = np.random.default_rng(seed)
    group = random.integers(0, 3, n)
    columns = {
        "key": [f"ID-{number:x}" for number in random.choice(2**40, n, replace=False)],
        "income": 20_000 + 30_000 * group + np.exp(random.normal(7, 1, n)),
        "account": 10_000_000 * group + random.integers(100_000, 9_999_999, n),
        "stamp": 1_764_000_000 + random.integers(0, 999_999, n),
        "vast": 2**60 + random.integers(0, 10**6, n),
        "share": random.random(n),
        "n": 1 + random.random(n),
        "city": [f"Town {number}" for number in random.integers(0, 10**9, n)],
    }
    gaps = random.random(n) < 0.1
    columns["share"] = [None if gap and n > 3 else x for x, gap in zip(columns["share"], gaps, strict=True)]
    with (folder / "table.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        rows = zip(*columns.values(), strict=True)
        writer.writerows(
            [["" if x is None else getattr(x, "item", lambda x=x: x)() for x in row] for row in rows]
        )
    values = [
        float(x) for name, column in columns.items() if name not in ("key", "city") for x in column if x
    ]
    exact = [int(x) for x in columns["vast"]]
    return [*values, *exact], [*columns["key"], *columns["city"]]


def rows_of(path):
    return list(csv.DictReader(path.read_text().splitlines()))


USUAL = (
    "--id",
    "key",
    "--weights",
    "n",
    "--columns",
    "income,account,stamp,vast,share",
    "--private",
    "--quiet",
)


@settings(max_examples=25, phases=[Phase.generate])
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.sampled_from([1, 2, 5, 12, 40]),
    k=st.sampled_from([1, 2, 4, "n"]),
    model=st.sampled_from(MODELS),
    preparing=st.sampled_from(PREPARING),
    n_init=st.integers(1, 3),
)
def test_no_id_and_no_value_of_six_digits_is_in_anything_that_is_written(
    seed, n, k, model, preparing, n_init
):
    folder = Path(tempfile.mkdtemp())
    try:
        values, names = table(folder, seed, n)
        how = (*model, *preparing, "-k", n if k == "n" else k, "--n-init", n_init, "--formats", "none")
        code, said = run(folder, "run", "table.csv", *USUAL, *how, "--out", "out")
        if code:  # fewer rows than clusters, or a mixture that has no fit
            assert code in (1, 2), said
            assert not (folder / "out" / "trace.npz").exists()
            return
        logarithms = np.log([x for x in values if x > 0]).tolist()
        assert list(found_in(folder / "out", [*values, *logarithms], names)) == []
        for path in (folder / "out").iterdir():
            long = [x for x in numbers_in(path) if np.isfinite(x) and digits_of(x) > 5]
            assert long == [], path.name
    finally:
        shutil.rmtree(folder)


def test_the_search_finds_what_a_run_that_is_not_private_writes(tmp_path):
    values, names = table(tmp_path, 0, 30)
    usual = [one for one in USUAL if one != "--private"]
    assert run(tmp_path, "run", "table.csv", *usual, "--formats", "none", "--out", "out")[0] == 0
    found = {where.split(" ")[0].split("/")[0] for where, _ in found_in(tmp_path / "out", values, names)}
    assert found >= {"trace.npz", "player.html", "summary.json", "labels.csv"}


STUDIED = [
    ("--model", "kmeans"),
    ("--model", "kmeans", "--impute", "median", "--no-standardize"),
    ("--model", "spherical"),
    ("--model", "gmm"),
    ("--model", "gmm", "--covariance", "tied,spherical", "--log", "income"),
]


@pytest.mark.slow
@pytest.mark.parametrize("how", STUDIED, ids=" ".join)
@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
def test_no_id_and_no_value_of_six_digits_is_in_a_study(tmp_path, how, weighted):
    values, names = table(tmp_path, 7 + len(how), 40)
    usual = [one for one in USUAL if weighted or one not in ("--weights", "n")]
    label = ("--label", "city", "-k", "1:3", "--out", "out")
    code, said = run(tmp_path, "study", "table.csv", *usual, *how, *label)
    assert code == 0, said
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written >= {"report.html", "rows.csv", "model.json", "study.json", "profile.csv", "choose-k.csv"}
    logarithms = np.log([x for x in values if x > 0]).tolist()
    assert list(found_in(tmp_path / "out", [*values, *logarithms], names)) == []
    for path in (tmp_path / "out").iterdir():
        long = [x for x in numbers_in(path) if np.isfinite(x) and digits_of(x) > 5]
        assert long == [], path.name
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("This study is private.") == 1
    code, said = run(tmp_path, "label", "out/model.json", "table.csv", "--out", "labels.csv", "--quiet")
    assert code == 0, said


@pytest.mark.parametrize("alone", [False, True], ids=["apart", "alone"])
def test_clusters_of_few_rows_and_rare_words_are_not_told_in_a_study(tmp_path, alone):
    random = np.random.default_rng(0)
    rows = [*random.normal(0, 1, 30), *random.normal(50, 1, 30), 987.654321]
    words = [*["gold"] * 30, *["plain"] * 30, "a word that one row has"]
    cells = enumerate(zip(words, rows, strict=True))
    lines = ["name,word,x,y", *(f"person{i}z,{word},{x},{2 * x}" for i, (word, x) in cells)]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    label = () if alone else ("--label", "word")
    how = ("--id", "name", "--private", *label, "-k", "3", "--out", "out")
    code, said = run(tmp_path, "study", "t.csv", *how)
    assert code == 0, said
    assert "987" not in said
    texts = ["a word that one row has", *(f"person{i}z" for i in range(61))]
    assert list(found_in(tmp_path / "out", rows, texts)) == []
    for name in ("report.html", "profile.csv", "rows.csv"):
        assert "987." not in (tmp_path / "out" / name).read_text()
    assert "gold" in (tmp_path / "out" / "report.html").read_text()
    profile = rows_of(tmp_path / "out" / "profile.csv")
    (mean,) = {row["mean"] for row in profile if row["feature"] == "x" and float(row["mean"]) > 200}
    assert float(mean) != pytest.approx(987.654321, abs=0.5)
    distances = [float(row["distance"]) for row in rows_of(tmp_path / "out" / "rows.csv")]
    assert min(distances) == 0
    assert max(distances) <= 1


def test_a_study_that_is_not_private_says_once_that_it_holds_rows(tmp_path):
    values, names = table(tmp_path, 0, 30)
    how = [one for one in USUAL if one not in ("--private", "--quiet")]
    code, said = run(tmp_path, "study", "table.csv", *how, "-k", "2", "--out", "out")
    assert code == 0
    assert said.count("add --private") == 1
    found = {where.split(" ")[0].split("/")[0] for where, _ in found_in(tmp_path / "out", values, names)}
    assert found >= {"report.html", "rows.csv", "study.json"}


@pytest.mark.parametrize("seed", [0, 1])
def test_pictures_have_none_either_and_say_why(tmp_path, seed):
    values, names = table(tmp_path, seed, 20)
    how = ("-k", 20 if seed else 3, "--formats", "svg,png", "--n-init", 2, "--impute", "median")
    assert run(tmp_path, "run", "table.csv", *USUAL, *how, "--out", "out")[0] == 0
    assert list(found_in(tmp_path / "out", values, names)) == []


def test_a_saved_run_becomes_private_when_it_is_viewed(tmp_path):
    values, names = table(tmp_path, 3, 30)
    usual = [one for one in USUAL if one != "--private"]
    assert run(tmp_path, "run", "table.csv", *usual, "--formats", "none", "--out", "out")[0] == 0
    code, said = run(tmp_path, "view", "out/trace.npz", "--private", "--formats", "svg", "--out", "seen")
    assert code == 0
    assert list(found_in(tmp_path / "seen", values, names)) == []
    assert "none is a row of the table" in said
    assert "hold" not in said
    code, said = run(tmp_path, "view", "out/trace.npz", "--private", "--formats", "none", "--out", "out")
    assert code == 0
    assert "what else is in out holds rows of the table as before" in said
    run(tmp_path, "run", "table.csv", *USUAL, "--formats", "none", "--out", "out")
    code, said = run(tmp_path, "view", "out/trace.npz", "--private", "--formats", "none", "--out", "out")
    assert code == 0
    assert "as before" not in said
    assert "none is a row of the table" in said


def test_what_is_said(tmp_path):
    table(tmp_path, 0, 30)
    loud = [one for one in USUAL if one != "--quiet"]
    code, said = run(tmp_path, "run", "table.csv", *loud, "--formats", "none", "--out", "out")
    assert code == 0
    assert "none is a row of the table" in said
    assert "--private" not in said
    told = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert told["preparation"] is None
    assert "at most 4 digits" in told["notes"][0]
    assert Trace.load(tmp_path / "out" / "trace.npz").private
    assert "none is a row of the table" in (tmp_path / "out" / "player.html").read_text()


@pytest.mark.parametrize("what", [("demo", "blobs"), ("demo", "old-faithful")], ids=" ".join)
def test_a_run_that_is_not_private_says_once_that_it_holds_rows(tmp_path, what):
    code, said = run(tmp_path, *what, "--formats", "none", "--out", "out")
    assert code == 0
    assert said.count("add --private") == 1
    code, said = run(tmp_path, *what, "--formats", "none", "--out", "other", "--private")
    assert code == 0
    assert "add --private" not in said


def test_labels_have_the_numbers_of_rows_and_small_clusters_no_values(tmp_path):
    random = np.random.default_rng(0)
    rows = [*random.normal(0, 1, 20), *random.normal(50, 1, 20), 987.654321]
    lines = ["name,x,y", *(f"row of {i},{x},{2 * x}" for i, x in enumerate(rows))]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    how = ("--id", "name", "--private", "--formats", "none", "-k", 3, "--n-init", 5, "--out", "out")
    assert run(tmp_path, "run", "t.csv", *how)[0] == 0
    labels = rows_of(tmp_path / "out" / "labels.csv")
    assert [row["row"] for row in labels] == [str(i + 1) for i in range(41)]
    alone = labels[-1]["cluster"]
    for row in rows_of(tmp_path / "out" / "clusters.csv"):
        assert (row["mean"] == "") == (row["cluster"] == alone)
        assert (row["rank"] == "") == (row["cluster"] == alone)
    for row in rows_of(tmp_path / "out" / "sizes.csv"):
        assert (row["size"] == "1") == (row["cluster"] == alone)
    deviation = Trace.load(tmp_path / "out" / "trace.npz").points.std(axis=0)[0]
    (center,) = [r for r in rows_of(tmp_path / "out" / "centers.csv") if r["cluster"] == alone]
    assert 0 < abs(float(center["x"]) - 987.654321) < deviation


def test_responsibilities_are_not_written(tmp_path):
    table(tmp_path, 0, 30)
    how = ("--model", "gmm", "-k", 2, "--formats", "none", "--out", "out")
    assert run(tmp_path, "run", "table.csv", *USUAL, *how)[0] == 0
    assert not (tmp_path / "out" / "responsibilities.csv").exists()
    code, said = run(tmp_path, "run", "table.csv", *USUAL, *how, "--tables", "labels, responsibilities")
    assert code == 2
    assert "rows can be computed from responsibilities" in " ".join(said.replace("│", " ").split())
