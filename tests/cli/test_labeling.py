"""New rows labeled from the command line, by the model that a run has left."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from emscope import datasets, load_model, save_model
from emscope.cli.labeling import label_columns
from emscope.saved.labeling import label

PENGUINS = str(datasets.path("penguins.csv"))
FEW = ("--formats", "none", "--no-player", "--quiet")
MODEL = "emscope-out/model.json"

WAYS = {
    "kmeans": (),
    "standardized": ("--standardize",),
    "everything": ("--log", "body_mass_g", "--impute", "median", "--standardize"),
    "spherical": ("--model", "spherical"),
    "gmm": ("--model", "gmm", "--standardize"),
    "tied": ("--model", "gmm", "--covariance", "tied"),
    "one cluster": ("-k", "1"),
    "one feature": ("--columns", "bill_length_mm"),
}


def clusters(path):
    """The column of clusters in a CSV or Parquet file."""
    table = parquet.read_table(path) if str(path).endswith(".parquet") else csv.read_csv(path)
    return table["cluster"].to_pylist()


def written(path):
    """A CSV as a mapping of its columns."""
    return csv.read_csv(path).to_pydict()


@pytest.mark.parametrize("way", WAYS)
def test_the_rows_of_the_fit_get_the_labels_of_the_fit(emscope, tmp_path, way):
    assert emscope("run", PENGUINS, "-k", "3", *WAYS[way], *FEW)[0] == 0
    labels = clusters("emscope-out/labels.csv")
    table = csv.read_csv(PENGUINS)
    shuffled = table.select(sorted(table.column_names, reverse=True))
    csv.write_csv(shuffled, "again.csv")
    parquet.write_table(shuffled, "again.parquet")
    for data in (PENGUINS, "again.csv", "again.parquet"):
        code, _, err = emscope("label", MODEL, data, "--out", "labels.csv", "--force")
        assert (code, err) == (0, "")
        assert clusters("labels.csv") == labels
    assert emscope("label", MODEL, PENGUINS, "--out", "labels.parquet")[0] == 0
    assert clusters("labels.parquet") == labels


def test_another_process_gives_the_same_labels(emscope, tmp_path):
    emscope("run", PENGUINS, "-k", "3", *WAYS["everything"], *FEW)
    command = [sys.executable, "-m", "emscope", "label", MODEL, PENGUINS]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert clusters("penguins-labels.csv") == clusters("emscope-out/labels.csv")


@pytest.mark.parametrize("ending", [".npy", ".csv"])
def test_what_an_array_of_float32_was_fitted_to_may_be_a_text_file(emscope, tmp_path, ending):
    random = np.random.default_rng(0)
    rows = np.concatenate([random.normal(c, 1, (40, 2)) for c in (20, 30, 40)]).astype(np.float32)
    np.save("rows.npy", rows)
    emscope("run", "rows.npy", "-k", "3", "--log", "x1", "--standardize", *FEW)
    if ending == ".csv":
        csv.write_csv(pa.table({"x2": rows[:, 1], "x1": rows[:, 0]}), "rows.csv")
    assert load_model(MODEL).estimator.cluster_centers_.dtype == np.float32
    assert emscope("label", MODEL, f"rows{ending}", "--out", "labels.csv")[0] == 0
    assert clusters("labels.csv") == clusters("emscope-out/labels.csv")


def test_what_is_written_and_said(emscope, tmp_path):
    emscope("run", PENGUINS, "-k", "3", "--standardize", *FEW)
    code, out, err = emscope("label", MODEL, PENGUINS)
    assert (code, err) == (0, "")
    for sentence in (
        "left out: 2 rows with a missing value (4, 272)",
        "342 of 344 rows got a cluster.",
        "1.2% of these rows are farther from their center than 99% of those of the fit, where about 1% would "
        "be.",
        "wrote penguins-labels.csv",
    ):
        assert sentence in out
    assert "chance" not in out
    found = written("penguins-labels.csv")
    assert list(found) == ["row", "cluster", "distance", "next cluster", "margin"]
    assert found["row"] == list(range(1, 345))
    assert [found[name][3] for name in list(found)[1:]] == [None] * 4
    saved = load_model(MODEL)
    rows = label(saved, PENGUINS).table.matrix
    distances = np.sort(saved.estimator.transform(rows), axis=1)
    kept = [i for i, cluster in enumerate(found["cluster"]) if cluster is not None]
    np.testing.assert_allclose([found["distance"][i] for i in kept], distances[:, 0], rtol=1e-12)
    np.testing.assert_allclose(
        [found["margin"][i] for i in kept], distances[:, 1] - distances[:, 0], rtol=1e-9, atol=1e-12
    )


def test_a_mixture_says_how_sure_it_is(emscope, tmp_path):
    emscope("run", PENGUINS, "-k", "3", "--model", "gmm", "--standardize", *FEW)
    code, out, _ = emscope("label", MODEL, PENGUINS)
    assert (code, "342 of 344 rows got a component." in out) == (0, True)
    found = written("penguins-labels.csv")
    assert list(found)[1:] == ["cluster", "distance", "next cluster", "margin", "log density", "certainty"]
    shares = written("emscope-out/responsibilities.csv")
    own = [None if c is None else shares[f"component {c}"][i] for i, c in enumerate(found["cluster"])]
    np.testing.assert_allclose(
        [c for c in found["certainty"] if c is not None], [s for s in own if s is not None], rtol=1e-9
    )


def test_one_cluster_leaves_the_next_one_empty(emscope, tmp_path):
    emscope("run", PENGUINS, "-k", "1", *FEW)
    emscope("label", MODEL, PENGUINS)
    found = written("penguins-labels.csv")
    assert set(found["next cluster"]) == set(found["margin"]) == {None}


def test_a_column_that_is_missing_is_named(emscope, tmp_path):
    emscope("run", PENGUINS, "-k", "3", *FEW)
    table = csv.read_csv(PENGUINS)
    csv.write_csv(table.drop_columns(["body_mass_g"]), "less.csv")
    code, _, err = emscope("label", MODEL, "less.csv")
    assert code == 1
    assert err.startswith("emscope: less.csv has no column 'body_mass_g'; its columns are 'bill_depth_mm'")
    assert err.count("\n") == 1


def test_new_rows_without_a_value_are_left_out_or_filled(emscope, tmp_path):
    full = csv.read_csv(PENGUINS).select(["bill_length_mm", "body_mass_g"])
    full = full.filter(pa.array([value is not None for value in full["body_mass_g"].to_pylist()]))
    csv.write_csv(full, "full.csv")
    rows = "body_mass_g,bill_length_mm\n3700,\n,40\n0,40\n-5,40\n3700,inf\n5000,50\n"
    (tmp_path / "gaps.csv").write_text(rows)
    emscope("run", "full.csv", "-k", "2", "--log", "body_mass_g", "--standardize", *FEW)
    code, out, _ = emscope("label", MODEL, "gaps.csv")
    assert code == 0
    assert "left out: 2 rows with a missing value (1, 2)" in out
    assert "left out: 2 rows with a value without a logarithm (3, 4)" in out
    assert "left out: 1 row with an infinite value (5)" in out
    assert [c is None for c in clusters("gaps-labels.csv")] == [True] * 5 + [False]
    emscope("run", "full.csv", "-k", "2", "--impute", "median", "--standardize", *FEW, "--out", "filled")
    emscope("label", "filled/model.json", "gaps.csv", "--force")
    assert [c is None for c in clusters("gaps-labels.csv")] == [False] * 4 + [True, False]
    (tmp_path / "none.csv").write_text("body_mass_g,bill_length_mm\n0,40\n,40\n")
    code, _, err = emscope("label", MODEL, "none.csv")
    assert code == 1
    assert "no row of none.csv has a number in every column that is needed" in err


def test_rows_without_a_direction_are_left_out(emscope, tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n1,2\n2,4.5\n9,1\n8,1.5\n7,2\n")
    emscope("run", "t.csv", "-k", "2", "--model", "spherical", *FEW)
    (tmp_path / "new.csv").write_text("x,y\n0,0\n1,2\n0,0\n9,1\n")
    code, out, _ = emscope("label", MODEL, "new.csv")
    assert (code, "left out: 2 rows with a length of 0 (1, 3)" in out) == (0, True)
    assert [c is None for c in clusters("new-labels.csv")] == [True, False, True, False]
    (tmp_path / "zero.csv").write_text("x,y\n0,0\n0,0\n")
    code, _, err = emscope("label", MODEL, "zero.csv")
    assert (code, "has no direction" in err) == (1, True)


def test_the_file_is_read_as_that_of_the_fit_was(emscope, tmp_path):
    (tmp_path / "old.csv").write_text(
        "a;b\n" + "".join(f"{i % 2 * 9},{i};{i % 3 or -9999}\n" for i in range(30))
    )
    emscope("run", "old.csv", "-k", "2", "--decimal", ",", "--na-values", "-9999", *FEW)
    assert load_model(MODEL).reading == {"decimal": ",", "na_values": ["-9999"]}
    (tmp_path / "new.csv").write_text("a;b\n9,123;-9999\n9,123;1\n")
    emscope("label", MODEL, "new.csv")
    assert [c is None for c in clusters("new-labels.csv")] == [True, False]
    (tmp_path / "point.csv").write_text("a;b\n9.123;-9999\n9.123;1\n")
    emscope("label", MODEL, "point.csv", "--decimal", ".")
    assert clusters("point-labels.csv") == clusters("new-labels.csv")


def test_rows_are_called_by_the_column_of_the_fit_where_it_is_there(emscope, tmp_path):
    (tmp_path / "old.csv").write_text(
        "who,x,y\n" + "".join(f"p{i},{i % 2 * 9 + i / 9},{i}\n" for i in range(20))
    )
    emscope("run", "old.csv", "-k", "2", "--id", "who", *FEW)
    emscope("label", MODEL, "old.csv")
    assert written("old-labels.csv")["who"] == [f"p{i}" for i in range(20)]
    (tmp_path / "new.csv").write_text("name,x,y\nanna,1,2\nbert,3,4\n")
    emscope("label", MODEL, "new.csv")
    assert written("new-labels.csv")["row"] == [1, 2]
    emscope("label", MODEL, "new.csv", "--id", "name", "--force")
    assert written("new-labels.csv")["name"] == ["anna", "bert"]
    code, _, err = emscope("label", MODEL, "new.csv", "--id", "nobody", "--force")
    assert (code, "has no column 'nobody'" in err) == (1, True)


def test_rows_that_differ_from_those_of_the_fit_are_told(emscope, tmp_path):
    emscope("run", PENGUINS, "-k", "3", "--standardize", *FEW)
    table = csv.read_csv(PENGUINS)
    gentoo = table.filter(pa.array([species == "Gentoo" for species in table["species"].to_pylist()]))
    csv.write_csv(gentoo, "gentoo.csv")
    _, out, _ = emscope("label", MODEL, "gentoo.csv")
    assert (
        "The clusters have other shares than at the fit: cluster 0 has 100.0% of the rows and had 36.0%;"
        in out
    )
    assert "more than chance explains" not in out
    grams = pa.array([None if g is None else g / 1000 for g in table["body_mass_g"].to_pylist()])
    place = table.column_names.index("body_mass_g")
    csv.write_csv(table.set_column(place, "body_mass_g", grams), "kilograms.csv")
    _, out, _ = emscope("label", MODEL, "kilograms.csv")
    assert (
        "342 of 342 rows farther from their center than 99% of the rows of the fit were is more than chance"
        in out
    )


def test_a_file_of_ones_own_is_not_replaced(emscope, tmp_path):
    emscope("run", PENGUINS, "-k", "3", *FEW)
    (tmp_path / "penguins-labels.csv").write_text("mine")
    code, _, err = emscope("label", MODEL, PENGUINS)
    assert (code, "cannot write penguins-labels.csv: it is there." in err) == (1, True)
    assert (tmp_path / "penguins-labels.csv").read_text() == "mine"
    assert emscope("label", MODEL, PENGUINS, "--force")[0] == 0
    for own in (MODEL, "penguins-labels.csv"):
        before = (tmp_path / own).read_bytes()
        target = "link.csv" if own == MODEL else own
        if own == MODEL:
            (tmp_path / target).symlink_to(own)
        code, _, err = emscope("label", MODEL, "penguins-labels.csv", "--out", target, "--force")
        assert (code, "that is what this command reads" in err) == (1, True)
        assert (tmp_path / own).read_bytes() == before
    (tmp_path / "folder.csv").mkdir()
    code, _, err = emscope("label", MODEL, PENGUINS, "--out", "folder.csv", "--force")
    assert (code, "it is no ordinary file" in err) == (1, True)


def test_labels_on_the_standard_output(emscope, tmp_path):
    emscope("run", PENGUINS, "-k", "3", *FEW)
    emscope("label", MODEL, PENGUINS)
    code, out, err = emscope("label", MODEL, PENGUINS, "--out", "-")
    assert code == 0
    assert out == (tmp_path / "penguins-labels.csv").read_text()
    assert "342 of 344 rows got a cluster." in err
    assert emscope("label", MODEL, PENGUINS, "--out", "-", "--quiet") == (0, out, "")


def test_a_statement_in_sql(emscope, tmp_path):
    emscope("run", PENGUINS, "-k", "3", *FEW)
    code, out, err = emscope("label", MODEL, "--sql", "--table", 'my "birds"')
    assert (code, err) == (0, "")
    assert out.startswith("SELECT the_row.*")
    assert out.endswith('FROM "my ""birds""" AS the_row;\n')
    (tmp_path / "dates.csv").write_text("day,x\n2024-01-01,1\n2024-01-02,2\n2024-02-01,9\n2024-02-02,8\n")
    emscope("run", "dates.csv", "-k", "2", "--columns", "day,x", *FEW, "--out", "dated")
    code, out, err = emscope("label", "dated/model.json", "--sql")
    assert (code, out) == (1, "")
    assert "the column 'day' is read as days, which is not said in SQL here" in err
    emscope("label", "dated/model.json", "dates.csv")
    assert clusters("dates-labels.csv") == clusters("dated/labels.csv")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "name the DATA to label"),
        (("t.csv", "--sql"), "--sql prints a statement and reads no DATA"),
        (("--sql", "--out", "a.csv"), "leave DATA and --out away"),
        (("t.csv", "--table", "a"), "add --sql"),
        (("t.csv", "--out", "labels.xlsx"), "'labels.xlsx' ends neither in .csv nor in .parquet"),
    ],
)
def test_wrong_usage(emscope, tmp_path, arguments, sentence):
    (tmp_path / "t.csv").write_text("x\n1\n2\n")
    code, _, err = emscope("label", "model.json", *arguments)
    assert code == 2
    assert sentence in " ".join(err.replace("│", " ").split())


def test_files_that_are_no_model(emscope, tmp_path):
    emscope("run", PENGUINS, "-k", "3", *FEW)
    for name, sentence in (("trace.npz", "is not a saved model"), ("summary.json", "name a model.json")):
        code, _, err = emscope("label", f"emscope-out/{name}", PENGUINS)
        assert (code, sentence in err, err.count("\n")) == (1, True, 1)


def test_a_model_that_knows_no_names(emscope, tmp_path):
    from emscope import KMeans

    rows = np.array([[1.0, 2.0], [2.0, 1.0], [9.0, 8.0], [8.0, 9.0]])
    save_model(KMeans(2, init=rows[[0, 2]]).fit(rows), "model.json")
    np.save("rows.npy", rows)
    code, out, _ = emscope("label", "model.json", "rows.npy")
    assert code == 0
    assert "The model knows no names, so columns are taken in their order: 'x1', 'x2'." in out
    assert clusters("rows-labels.csv") == [0, 0, 1, 1]
    code, _, err = emscope("label", "model.json", PENGUINS)
    assert (code, "the model needs 2 features and knows no names" in err) == (1, True)


def test_one_column_of_the_table_called_like_ours(emscope, tmp_path):
    (tmp_path / "t.csv").write_text("cluster,x\na,1\nb,2\nc,9\nd,8\n")
    emscope("run", "t.csv", "-k", "2", "--id", "cluster", *FEW)
    emscope("label", MODEL, "t.csv")
    assert list(written("t-labels.csv"))[:2] == ["cluster (id)", "cluster"]
    saved = load_model(MODEL)
    assert label_columns(saved, label(saved, "t.csv")).n_rows == 4
