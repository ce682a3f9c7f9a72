"""What the command line makes of ordinary tables, and how it is told otherwise."""

import bz2
import csv
import io
import json
import os
import random
import sys

import numpy as np
import pandas as pd
import pytest

from commands import run
from emscope import Trace, datasets

PENGUINS = str(datasets.path("penguins.csv"))
FEW = ("--formats", "none", "--no-player", "-k", "2")


def centers(folder="emscope-out"):
    with open(f"{folder}/centers.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: sorted(float(row[name]) for row in rows) for name in rows[0] if name != "cluster"}


def test_the_index_that_pandas_stores_decides_nothing(emscope, tmp_path):
    frame = pd.DataFrame({"x": np.repeat([0.0, 8.0], 50)}).sample(frac=1, random_state=0)
    frame["y"] = np.arange(100) % 3
    frame.to_parquet("t.parquet")
    code, out, _ = emscope("run", "t.parquet", *FEW)
    assert code == 0
    assert "left out: column __index_level_0__" in out
    assert centers()["x"] == [0, 8]


def test_decimal_commas_with_points_between_thousands(emscope, tmp_path):
    (tmp_path / "t.csv").write_text("Preis;Umsatz\n12,5;999\n13,0;1.234\n11,7;12.500\n12,1;1.050\n")
    code, out, _ = emscope("run", "t.csv", "--formats", "none", "--no-player", "-k", "4")
    assert code == 0
    assert centers()["Umsatz"] == [999, 1050, 1234, 12500]
    assert "--decimal . reads it with a point" in out
    code, _, _ = emscope(
        "run", "t.csv", "--formats", "none", "--no-player", "-k", "4", "--decimal", ",", "--thousands", "."
    )
    assert (code, centers()["Umsatz"]) == (0, [999, 1050, 1234, 12500])


def test_ids_do_not_decide_whatever_they_are_called(emscope, tmp_path):
    shuffled = random.Random(0).sample(range(1, 401), 400)
    for name, ids in (("CustomerID", range(1, 401)), ("respondent", range(1, 401)), ("CustomerID", shuffled)):
        (tmp_path / "t.csv").write_text(
            f"{name},age\n" + "".join(f"{i},{20 + 20 * (j % 2)}\n" for j, i in enumerate(ids))
        )
        code, out, _ = emscope("run", "t.csv", *FEW)
        assert code == 0
        assert f"left out: column {name}" in out
        assert centers() == {"age": [20, 40]}
    code, out, _ = emscope("run", "t.csv", *FEW, "--columns", "CustomerID,age")
    assert "'CustomerID' alone makes" in out
    assert "--exclude CustomerID" in out


def test_numbers_as_headers_are_headers_and_an_option_says_otherwise(emscope, tmp_path):
    (tmp_path / "t.csv").write_text("400,402,404\n0.1,0.2,0.3\n0.15,0.2,0.35\n0.8,0.9,0.7\n")
    code, out, _ = emscope("run", "t.csv", *FEW)
    assert code == 0
    assert list(centers()) == ["400", "402", "404"]
    assert "--no-header" in out
    emscope("run", "t.csv", *FEW, "--no-header")
    assert len(Trace.load("emscope-out/trace.npz").points) == 4


def test_a_stray_word_costs_its_row_and_not_its_column(emscope, tmp_path):
    values = [str(i % 7) for i in range(1000)]
    values[500] = "n.v."
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{v},{i % 5}\n" for i, v in enumerate(values)))
    code, out, _ = emscope("run", "t.csv", *FEW)
    assert code == 0
    assert "n.v." in out
    assert list(centers()) == ["a", "b"]
    assert Trace.load("emscope-out/trace.npz").n_samples == 999


@pytest.mark.parametrize(
    "text",
    [
        "# made by a logger\n# at noon\na,b\n1,2\n3,4\n9,8\n",
        "Report of March\n\na,b\n1,2\n3,4\n9,8\n",
        "sep=;\na;b\n1;2\n3;4\n9;8\n",
        "a,b\n1,2\n3,4\n9,8\n\nSource: somewhere\n",
        "\ufeffa,b\r\n1,2\r\n3,4\r\n9,8\r\n",
        "a\tb\n1\t2\n3\t4\n9\t8\n",
    ],
)
def test_what_is_around_a_table_is_not_in_the_way(emscope, tmp_path, text):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    code, _, err = emscope("run", "t.csv", *FEW)
    assert (code, err) == (0, "")
    assert Trace.load("emscope-out/trace.npz").points.tolist() == [[1, 2], [3, 4], [9, 8]]


def test_packed_tables_are_read_and_json_is_refused_with_a_way(emscope, tmp_path):
    (tmp_path / "t.csv.bz2").write_bytes(bz2.compress(b"a,b\n1,2\n3,4\n9,8\n"))
    assert emscope("run", "t.csv.bz2", *FEW)[0] == 0
    (tmp_path / "t.json").write_text('[{"a": 1, "b": 2}, {"a": 3, "b": 4}]')
    code, _, err = emscope("run", "t.json", *FEW)
    assert (code, err.count("\n")) == (1, 1)
    assert "JSON" in err
    assert "to_csv" in err


def test_the_standard_input_is_a_table(emscope, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a,b\n1,2\n3,4\n9,8\n")))
    code, out, err = emscope("run", "-", *FEW)
    assert (code, err) == (0, "")
    assert out.startswith("standard input: 3 rows, 2 features (a, b)")
    assert json.loads((tmp_path / "emscope-out/summary.json").read_text())["data"] == "standard input"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the command is run in a forked process")
def test_the_standard_input_is_not_written_over(tmp_path):
    (tmp_path / "labels.csv").write_text("a,b\n1,2\n3,4\n9,8\n")
    code, printed = run(tmp_path, "run", "-", *FEW, "--out", ".", standard_input=tmp_path / "labels.csv")
    assert code == 1
    assert "that is what this run reads" in printed
    assert (tmp_path / "labels.csv").read_text() == "a,b\n1,2\n3,4\n9,8\n"


def test_choosing(emscope, tmp_path):
    (tmp_path / "t.csv").write_text(
        'Who,"Income, annual",Age,Group,n\n'
        + "".join(f"p{i},{1000 * 3 ** (i % 4)},{20 + i},{'ab'[i % 2]},{i % 3 + 1}\n" for i in range(12))
        + "p12,,30,a,1\n"
    )
    code, out, _ = emscope(
        "run", "t.csv", *FEW, "--columns", '"income, annual",AGE', "--id", "who", "--label", "group",
        "--weights", "N", "--impute", "median", "--log", '"Income, annual"', "--standardize",
        "--axes", "log income,age".replace("log income", '"log income, annual"'),
    )  # fmt: skip
    assert code == 0, out
    trace = Trace.load("emscope-out/trace.npz")
    assert trace.feature_names == ("log Income, annual", "Age")
    assert trace.n_samples == 13
    summary = json.loads((tmp_path / "emscope-out" / "summary.json").read_text())
    assert summary["preparation"]["features"][0]["column"] == "Income, annual"
    assert [column["name"] for column in summary["columns"]["all"]] == [
        "Who", "Income, annual", "Age", "Group", "n"
    ]  # fmt: skip
    code, _, err = emscope("run", "t.csv", *FEW, "--exclude", "agee")
    assert (code, "the nearest is 'Age'" in err) == (1, True)
    code, _, err = emscope("run", "t.csv", *FEW, "--columns", '"a')
    assert code == 2


def test_logarithms_of_what_has_none_are_refused(emscope, tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n0,4\n-9,8\n")
    code, _, err = emscope("run", "t.csv", *FEW, "--log", "a")
    assert code == 1
    assert "2" in err
    assert not (tmp_path / "emscope-out").exists()


def test_columns_says_what_would_be_done_and_writes_nothing(emscope, tmp_path):
    code, out, err = emscope("columns", PENGUINS)
    assert (code, err) == (0, "")
    for name in ("species", "bill_length_mm", "year"):
        assert f" {name}: " in out
    assert "--impute median" in out
    assert max(map(len, out.splitlines()[1:-2])) <= 100
    assert list(tmp_path.iterdir()) == []
    code, out, _ = emscope("columns", PENGUINS, "--columns", "year,body_mass_g", "--label", "species")
    assert code == 0
    assert "+ year: " in out
    assert "+ species: " in out
    code, _, err = emscope("columns", "missing.csv")
    assert (code, err.count("\n")) == (1, 1)


def test_every_option_of_the_tables_is_an_argument_of_read_table():
    import inspect

    from emscope import read_table
    from emscope.cli.options import CHOOSING, READING, STUDIED, names_of

    assert set(names_of(CHOOSING, READING)) <= set(inspect.signature(read_table).parameters)
    assert set(names_of(STUDIED)) == set(names_of(CHOOSING))


@pytest.mark.parametrize("command", ["run", "study", "columns", "view", "demo"])
def test_help_shows_every_option_in_a_group(emscope, command):
    code, out, _ = emscope(command, "--help")
    assert code == 0
    last = out[out.index("─ Options"):]  # fmt: skip
    assert last.count("--") == 2  # debug and help
