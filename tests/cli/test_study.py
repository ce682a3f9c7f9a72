"""A study from the command line, from the table to the folder."""

import csv
import json
import re

import numpy as np
import pytest

from emscope import datasets, study
from searching import found_in

PENGUINS = str(datasets.path("penguins.csv"))
FAITHFUL = str(datasets.path("old_faithful.csv"))


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def words(text):
    return " ".join(text.split())


def test_a_study_answers_and_writes_a_folder(emscope, tmp_path):
    code, out, err = emscope("study", PENGUINS, "--label", "species", "-k", "1:4")
    assert (code, err) == (0, "")
    folder = tmp_path / "emscope-study"
    assert {path.name for path in folder.iterdir()} == {
        "report.html", "choose-k.csv", "profile.csv", "rows.csv", "model.json", "study.json", "manifest.json",
    }  # fmt: skip
    told = json.loads((folder / "study.json").read_text())
    assert told["verdict"] in words(out)
    assert told["settings"]["standardized"]
    assert "features are measured in their standard deviations" in out
    assert all(sentence in words(out) for sentence in told["clusters"])
    assert told["repeat"] == f"emscope study {PENGUINS} --label species -k 1:4"
    rows = rows_of(folder / "rows.csv")
    assert [row["row"] for row in rows] == [str(i) for i in range(1, 345)]
    assert [i for i, row in enumerate(rows) if row["cluster"] == ""] == [3, 271]
    assert {*rows[0]} >= {"cluster", "distance", "next cluster", "margin"}
    profile = rows_of(folder / "profile.csv")
    assert len(profile) == told["k"] * 4
    shares = [float(row["share"]) for row in profile if row["cluster"] == "0"]
    assert sum(shares) == pytest.approx(1)
    assert {row["k"] for row in rows_of(folder / "choose-k.csv")} == {"1", "2", "3", "4"}
    code, out, _ = emscope("label", "emscope-study/model.json", PENGUINS, "--out", "again.csv")
    assert code == 0
    assert [row["cluster"] for row in rows_of(tmp_path / "again.csv")] == [row["cluster"] for row in rows]


def test_the_page_tells_the_thresholds_of_its_verdicts(emscope, tmp_path):
    emscope("study", PENGUINS, "-k", "2")
    text = words(re.sub(r"<[^>]+>", " ", (tmp_path / "emscope-study" / "report.html").read_text()))
    assert (
        "up to 0.5 it has dissolved, from 0.6 on it is a pattern whose rows are in doubt, from 0.75 on it is "
        "stable, and from 0.85 on highly stable"
    ) in text
    assert "The simplified silhouette of every row" in text


def test_the_page_has_every_answer_and_what_was_left_out(emscope, tmp_path):
    emscope("study", PENGUINS, "--label", "species", "-k", "2,3", "--impute", "median", "--model", "gmm")
    page = (tmp_path / "emscope-study" / "report.html").read_text()
    told = json.loads((tmp_path / "emscope-study" / "study.json").read_text())
    text = words(re.sub(r"<[^>]+>", " ", page))
    for answer in ("how-many", "features", "rows", "label", "run", "left-out", "repeat"):
        assert f'<h2 id="{answer}">' in page
    assert "calendar years, which are dates" in text
    assert "read_table(" in text
    assert "impute=&#x27;median&#x27;" in page
    assert "--impute median" in text
    assert len(page) < 1_500_000
    assert told["verdict"].replace("'", "&#x27;") in page


@pytest.mark.parametrize(
    ("arguments", "ks"), [(("-k", "3"), {"3"}), (("-k", "2,5"), {"2", "5"}), (("-k", "1:3"), {"1", "2", "3"})]
)
def test_which_numbers_of_clusters_are_compared(emscope, tmp_path, arguments, ks):
    code, _, err = emscope("study", FAITHFUL, *arguments, "--quiet")
    assert (code, err) == (0, "")
    compared = {row["k"] for row in rows_of(tmp_path / "emscope-study" / "choose-k.csv")}
    assert compared - {"1"} == ks - {"1"}  # one cluster is what the others are compared with


@pytest.mark.parametrize("ks", ["0:3", "5:2", "two", "", "2,", ":", "1:2:3", "-1"])
def test_numbers_of_clusters_that_are_none(emscope, ks):
    code, _, err = emscope("study", FAITHFUL, "-k", ks)
    assert code == 2
    assert "write 1:10, or 2,4,6" in words(err.replace("│", " "))


def test_no_clusters_are_said_first_and_shown_all_the_same(emscope, tmp_path):
    X = np.random.default_rng(0).uniform(size=(300, 2))
    np.savetxt(tmp_path / "even.csv", X, delimiter=",", header="x,y", comments="", fmt="%.4f")
    code, out, _ = emscope("study", "even.csv", "-k", "1:4")
    assert code == 0
    assert "There may be no clusters" in words(out)
    told = json.loads((tmp_path / "emscope-study" / "study.json").read_text())
    assert (told["found"], told["k"], told["shown as a convenience"]) == (1, 2, True)
    page = (tmp_path / "emscope-study" / "report.html").read_text()
    assert page.index("There may be no clusters") < page.index("Cluster 0")


def test_ctrl_c_keeps_what_was_answered(emscope, tmp_path, monkeypatch):
    def pressed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(study, "rows", pressed)
    code, out, _ = emscope("study", FAITHFUL, "-k", "1:3")
    assert code == 130
    assert "interrupted" in out
    page = (tmp_path / "emscope-study" / "report.html").read_text()
    assert '<h2 id="features">' in page
    assert '<h2 id="rows">' not in page
    assert len(rows_of(tmp_path / "emscope-study" / "rows.csv")) == 272
    monkeypatch.setattr(study, "choose_k", pressed)
    code, out, err = emscope("study", FAITHFUL, "--out", "none")
    assert code == 130
    assert "before there was anything to write" in err
    assert not (tmp_path / "none").exists()


def test_one_stability_is_told(emscope, tmp_path):
    random = np.random.default_rng(3)
    X = np.vstack([random.normal(size=(60, 2)) + center for center in ((0, 0), (2.6, 0), (9, 9))])
    np.savetxt(tmp_path / "t.csv", X, delimiter=",", header="x,y", comments="")
    code, out, _ = emscope("study", "t.csv", "-k", "3")
    assert code == 0
    told = json.loads((tmp_path / "emscope-study" / "study.json").read_text())
    worst = min(line["Jaccard"] for line in told["answers"]["stability"]["table"])
    figure = f"mean Jaccard similarity of {np.floor(worst * 100) / 100:.2f}"
    assert figure in told["verdict"]
    assert told["answers"]["choose_k"]["sentence"] == told["verdict"]
    page = words(re.sub(r"<[^>]+>", " ", (tmp_path / "emscope-study" / "report.html").read_text()))
    for text in (page, words(out)):
        assert set(re.findall(r"worst with a (mean Jaccard similarity of \d\.\d\d)", text)) == {figure}


def test_nothing_foreign_is_touched(emscope, tmp_path):
    (tmp_path / "emscope-study").mkdir()
    mine = tmp_path / "emscope-study" / "rows.csv"
    mine.write_text("mine")
    code, _, err = emscope("study", FAITHFUL, "-k", "2")
    assert code == 1
    assert "rows.csv" in err
    assert mine.read_text() == "mine"
    assert emscope("study", FAITHFUL, "-k", "2", "--force")[0] == 0
    assert mine.read_text() != "mine"
    assert emscope("study", FAITHFUL, "-k", "3")[0] == 0  # its own are replaced


def test_codes_are_named_before_the_clusters(emscope, tmp_path):
    X = np.random.default_rng(0).normal(size=(300, 3)).round(3)
    X[:40] += 9
    X[::60, 1] = -9999
    np.savetxt(tmp_path / "t.csv", X, delimiter=",", header="a,b,c", comments="", fmt="%g")
    code, out, _ = emscope("study", "t.csv", "-k", "1:4")
    assert code == 0
    assert "-9999 in 1 feature (5 readings) looks like a code" in words(out)
    remedy = words(out).index("--na-values -9999 reads it as missing")
    assert remedy < words(out).index("Jaccard similarity") < words(out).index("cluster 0 (")
    page = (tmp_path / "emscope-study" / "report.html").read_text()
    command = page.index("<code>emscope study t.csv -k 1:4 --na-values -9999</code>")
    assert command < page.index('class="verdict')
    assert "they are what this picture shows" in page
    code, out, _ = emscope("study", "t.csv", "-k", "1:4", "--na-values", "-9999")
    assert (code, "look like" in out) == (0, False)
    assert "they are what this picture shows" not in (tmp_path / "emscope-study" / "report.html").read_text()


def test_a_table_without_enough_rows_is_refused(emscope, tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n1,2\n1,2\n1,2\n")
    code, _, err = emscope("study", "t.csv", "-k", "2:4")
    assert code == 1
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "emscope-study").exists()


def test_a_run_chooses_its_number_of_clusters_and_says_so(emscope, tmp_path):
    code, out, err = emscope("run", FAITHFUL, "--standardize", "--formats", "none", "--no-player")
    assert (code, err) == (0, "")
    assert "2 clusters: " in words(out)
    assert "Another number is taken by -k." in words(out)
    assert len(rows_of(tmp_path / "emscope-out" / "sizes.csv")) == 2
    code, out, _ = emscope("run", FAITHFUL, "-k", "3", "--formats", "none", "--no-player")
    assert "Another number" not in out
    assert len(rows_of(tmp_path / "emscope-out" / "sizes.csv")) == 3


@pytest.mark.parametrize("rows", ["1,2\n", "1,2\n3,4\n", "1,2\n1,2\n1,2\n5,5\n"], ids=["1", "2", "4"])
def test_a_run_on_few_rows_finds_a_number_too(emscope, tmp_path, rows):
    (tmp_path / "t.csv").write_text(f"x,y\n{rows}")
    code, out, err = emscope("run", "t.csv", "--formats", "none", "--no-player")
    assert (code, err) == (0, "")
    assert "Another number" in words(out)


def test_a_run_takes_a_sample_of_many_rows_to_choose(emscope, tmp_path, monkeypatch):
    from emscope.cli import choosing

    monkeypatch.setattr(choosing, "_MOST_ROWS", 100)
    code, out, _ = emscope("run", FAITHFUL, "--standardize", "--formats", "none", "--no-player")
    assert code == 0
    assert "(found on 100 rows)" in words(out)


def test_a_private_study_has_no_id_and_no_value_of_the_table(emscope, tmp_path):
    random = np.random.default_rng(0)
    group = random.integers(0, 2, 90)
    ids = [f"ID-{number:x}" for number in random.choice(2**40, 90, replace=False)]
    towns = [f"Town-{number}" for number in random.integers(0, 10**9, 5)]
    columns = {
        "key": ids,
        "income": 20_000 + 50_000 * group + np.exp(random.normal(7, 1, 90)),
        "account": 10_000_000 * group + random.integers(100_000, 9_999_999, 90),
        "vast": 2**60 + random.integers(0, 10**6, 90),
        "share": random.random(90),
        "town": [towns[i % 5] for i in range(90)],
        "kind": [("low", "high")[g] for g in group],
    }
    with (tmp_path / "t.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*(list(map(str, values)) for values in columns.values()), strict=True))
    values = [float(x) for name in ("income", "account", "vast", "share") for x in columns[name]]
    asked = ("study", "t.csv", "--id", "key", "--label", "kind", "--exclude", "town")
    for model in (("--model", "kmeans"), ("--model", "gmm", "--covariance", "tied")):
        code, out, err = emscope(*asked, *model, "-k", "1:3", "--out", "private", "--private")
        assert (code, err) == (0, "")
        folder = tmp_path / "private"
        assert "model.json has numbers of at most 4 digits" in words(out)
        assert not list(found_in(folder, values, [*ids, *towns]))
        assert [row["row"] for row in rows_of(folder / "rows.csv")] == [str(i) for i in range(1, 91)]
        assert all(0 <= float(row["distance"]) <= 1 for row in rows_of(folder / "rows.csv"))
    code, out, _ = emscope(*asked, "-k", "1:3", "--out", "open")
    assert "report.html hold rows of the table: add --private" in words(out)
    assert list(found_in(tmp_path / "open", values, ids))
