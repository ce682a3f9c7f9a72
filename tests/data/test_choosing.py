"""Which columns, what becomes of gaps, and what is said of every column."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from emscope import KMeans
from emscope.data.content.column_report import listing
from emscope.data.decisive import numbers_that_decide, shares_between
from emscope.data.read import read_table
from emscope.data.wording import in_options
from emscope.errors import TableError

NAN = float("nan")
FRAME = pa.table(
    {
        "Income, annual": [10.0, 100.0, 1000.0, NAN],
        "age": [20, 30, None, 50],
        "sex": ["f", None, "m", "f"],
        "weight": [1.0, 1.0, 2.0, 1.0],
    }
)


def refuses(words, **asked):
    with pytest.raises(TableError, match=words) as caught:
        read_table(FRAME, **asked)
    assert "\n" not in str(caught.value)


def test_excluded_columns_are_no_features_and_cost_no_rows():
    table = read_table(FRAME, exclude=["AGE", "Weight"])
    assert table.feature_names == ("Income, annual",)
    assert table.kept.tolist() == [0, 1, 2]
    assert [(one.name, one.action) for one in table.columns][1] == ("age", "left out: excluded, as asked")


def test_a_label_is_never_clustered_and_kept_for_all_rows():
    table = read_table(FRAME, label_column="Sex")
    assert table.labels.column == "sex"
    assert table.labels.names == ("f", "m")
    assert table.labels.codes.tolist() == [0, -1, 1, 0]
    numbers = read_table(FRAME, label_column="age")
    assert "age" not in numbers.feature_names
    assert numbers.labels.names == ("20", "30", "50")
    array = read_table(np.array([[1.0, 5.0], [2.5, 4.0], [7.0, 5.0]]), label_column="x2")
    assert (array.feature_names, array.labels.names, array.labels.codes.tolist()) == (
        ("x1",),
        ("4.0", "5.0"),
        [1, 0, 1],
    )


def test_labels_of_text_files_are_the_text_of_the_file(tmp_path):
    (tmp_path / "t.csv").write_text("x,group\n1.5,007\n2.5,007\n9,1e3\n")
    assert read_table(tmp_path / "t.csv", label_column="group").labels.names == ("007", "1e3")


def test_one_column_cannot_have_two_parts():
    refuses("'age' cannot be a feature and the label column", columns="age", label_column="AGE")
    refuses("'age' is both asked for and excluded", columns="age", exclude="Age")
    refuses("the logarithm of 'age' was asked for, which is the id column", id_column="age", log="age")
    refuses("logarithm of 'age' .* not among the features", exclude="age", log="age")
    refuses("logarithm of 'sex' .* holds text, such as 'f'", log="sex")
    refuses("impute='median', not 'mean'", impute="mean")
    refuses("no column 'incom'; the nearest is", log="incom")


def test_medians_fill_what_is_missing_and_the_counts_are_said():
    table = read_table(FRAME, impute="median", exclude="weight")
    assert len(table.kept) == 4
    assert table.matrix.tolist() == [[10, 20], [100, 30], [1000, 30], [100, 50]]
    assert table.rows_left_out == ()
    assert (
        "2 missing values filled with medians: 'Income, annual' (1) by 100, 'age' (1) by 30." in table.notes
    )
    assert table.columns[0].action == "kept, missing values filled with 100"


def test_infinite_values_and_missing_weights_still_cost_their_row():
    columns = {"a": [1.0, float("inf"), NAN, 4.0, 7.0], "b": [1.0, 2.0, 3.0, 5.0, 8.0]}
    frame = pa.table({**columns, "w": [1.0, 1.0, 1.0, None, 1.0]})
    table = read_table(frame, impute="median", weights_column="w")
    assert table.kept.tolist() == [0, 2, 4]
    assert table.matrix[1, 0] == 4.0
    assert {left.reason for left in table.rows_left_out} == {"infinite value", "missing weight"}


def test_rows_that_are_lost_come_with_a_remedy():
    random = np.random.default_rng(0)
    answers = random.normal(size=(1200, 20))
    answers[random.random(answers.shape) < 0.04] = NAN
    table = read_table(pd.DataFrame(answers))
    assert len(table.kept) < 700
    assert any("impute='median'" in note for note in table.notes)
    assert len(read_table(pd.DataFrame(answers), impute="median").kept) == 1200
    with pytest.raises(TableError, match="impute='median'"):
        read_table(pa.table({"a": [1.0, None], "b": [None, 2.0]}))


def test_logarithms_are_called_so_and_refused_where_there_are_none():
    table = read_table(FRAME, log=["income,annual"], columns=["Income, annual"])
    assert table.feature_names == ("log Income, annual",)
    np.testing.assert_array_equal(table.matrix[:, 0], np.log([10.0, 100.0, 1000.0]))
    frame = pa.table({"a": [3.0, 0.0, -1.0, NAN], "b": [1.0, 5.0, 2.0, 2.0]})
    with pytest.raises(
        TableError, match=r"2 values are 0 or less in the column 'a' .* the first, 0, in row 2"
    ):
        read_table(frame, log="a")


def test_a_feature_whose_name_is_taken_gets_one_of_its_own():
    frame = pa.table({"a": [1.0, 2.0, 5.0], "log a": [1.0, 2.5, 7.0]})
    assert read_table(frame, log="a").feature_names == ("log a (2)", "log a")


def test_standardized_features_are_what_is_fitted_and_values_stay_in_units():
    frame = pa.table({"a": [1.0, 2.0, 6.0], "b": [100.0, 900.0, 200.0]})
    table, plain = read_table(frame, standardize=True), read_table(frame)
    np.testing.assert_array_equal(table.values, plain.matrix)
    np.testing.assert_array_equal(table.matrix, plain.matrix / plain.matrix.std(axis=0))
    np.testing.assert_array_equal(plain.standardized().matrix, table.matrix)
    assert plain.standardized().preparation == table.preparation


# what is said of every column


def test_every_column_of_the_source_has_its_report_in_order():
    frame = pd.DataFrame(
        {
            "row": range(30),
            "age": [20.0, NAN] * 15,
            "kind": pd.Categorical(["a", "b"] * 15),
            "same": 4,
            "name": [f"n{i}" for i in range(30)],
            "day": pd.date_range("2020-01-01", periods=30),
            "size": [1.5, 2.5, 9.0] * 10,
            "flag": [True, False] * 15,
        }
    )
    table = read_table(frame, id_column="NAME", exclude="flag", impute="median", standardize=True)
    told = {one.name: one for one in table.columns}
    assert list(told) == list(frame.columns)
    assert {name: one.kind for name, one in told.items()} == {
        "row": "row numbers",
        "age": "constant",
        "kind": "categories",
        "same": "constant",
        "name": "text",
        "day": "dates",
        "size": "numbers",
        "flag": "not read",
    }
    assert told["size"].low, told["size"].high == (1.5, 9.0)
    assert told["size"].examples == ("1.5", "2.5", "9")
    assert told["size"].action.startswith("kept, divided by")
    assert told["age"].n_missing == 15
    assert told["name"].action == "names the rows, as asked"
    assert told["day"].low.startswith("2020-01-01")
    assert all(one.option for one in told.values())
    assert [one["name"] for one in listing(table.columns)] == list(frame.columns)


def test_columns_that_are_not_needed_are_looked_at_where_all_are_asked_about():
    columns = {"x": [1.0, 2.0, 4.0], "gone": ["a", "b", None], "also": [5, 5, 6], "year": [2001, 2002, 2004]}
    asked = {"columns": "x", "exclude": "gone"}
    quick, full = (read_table(pa.table(columns), look_at_all=look, **asked) for look in (False, True))
    assert [one.kind for one in quick.columns] == ["numbers", "not read", "not read", "not read"]
    assert [one.kind for one in full.columns] == ["numbers", "text", "whole numbers", "calendar years"]
    assert [one.action for one in full.columns] == [one.action for one in quick.columns]
    assert full.matrix.tolist() == quick.matrix.tolist()


def test_sentences_speak_of_keywords_in_python_and_of_options_on_the_command_line():
    table = read_table(pa.table({"x": [1.0, None, 3.0], "year": [2001, 2002, 2004]}))
    assert "columns=" in table.columns_left_out[0].reason
    told = table.in_options()
    assert "name it in --columns to use it" in told.columns_left_out[0].reason
    assert any("--impute median" in note for note in told.notes)
    assert [one.option for one in told.columns] == ["--exclude", "--columns"]


@pytest.mark.parametrize(
    ("python", "options"),
    [
        ("by exclude='x'.", "by --exclude x."),
        ("by exclude='a b'", "by --exclude 'a b'"),
        ("in id_column= or label_column=", "in --id or --label"),
        ("with standardize=True or header=False, skip=3", "with --standardize or --no-header, --skip 3"),
        ("the column 'mylog=3' and blog=3", "the column 'mylog=3' and blog=3"),
    ],
)
def test_keywords_become_options(python, options):
    assert in_options(python) == options


# the index of pandas


@pytest.mark.parametrize("index", [None, "unnamed", "named", "text"])
def test_the_index_that_pandas_stores_is_no_feature(tmp_path, index):
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": np.repeat([0.0, 8.0], 50) + random.normal(size=100) / 10}).sample(
        frac=1, random_state=1
    )
    if index == "named":
        frame.index.name = "measurement"
    if index == "text":
        frame.index = [f"r{i}" for i in range(100)]
    frame.to_parquet(tmp_path / "t.parquet")
    for source in (tmp_path / "t.parquet", pa.Table.from_pandas(frame), frame):
        table = read_table(source)
        assert table.feature_names == ("a",)
    centers = KMeans(2, random_state=0).fit(read_table(tmp_path / "t.parquet").matrix).cluster_centers_
    np.testing.assert_allclose(np.sort(centers[:, 0]), [0, 8], atol=0.1)
    stored = read_table(tmp_path / "t.parquet").columns[-1]
    assert (stored.kind, stored.kept) == ("index", False)


def test_the_index_can_be_asked_for(tmp_path):
    frame = pd.DataFrame({"a": [1.0, 2.0, 5.0]}, index=pd.Index([30, 10, 20], name="dose"))
    frame.to_parquet(tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet", columns=["Dose", "a"]).matrix[:, 0].tolist() == [30, 10, 20]
    assert read_table(tmp_path / "t.parquet", id_column="dose").row_names == ("30", "10", "20")


def test_the_index_in_an_arrow_file_is_no_feature(tmp_path):
    stored = pa.Table.from_pandas(
        pd.DataFrame({"a": [1.0, 2.0, 5.0]}, index=pd.Index([3, 1, 2], name="dose"))
    )
    with pa.OSFile(str(tmp_path / "t.arrow"), "wb") as file, pa.ipc.new_file(file, stored.schema) as writer:
        writer.write(stored)
    assert read_table(tmp_path / "t.arrow").feature_names == ("a",)


def test_an_index_without_the_words_of_pandas_is_told_by_its_name(tmp_path):
    parquet.write_table(
        pa.table({"__index_level_0__": [5, 3, 9], "a": [1.0, 2.0, 4.0]}), tmp_path / "t.parquet"
    )
    assert read_table(tmp_path / "t.parquet").feature_names == ("a",)


# codes


def test_a_code_of_many_columns_is_asked_about_once(tmp_path):
    lines = [[f"{(i * 7 + j) % 90 / 10}" for j in range(5)] for i in range(200)]
    for i, j in ((1, 0), (2, 1), (3, 1), (4, 2), (5, 3), (6, 3), (7, 3)):
        lines[i][j] = "-9999"
    lines[8][4] = "999"
    (tmp_path / "t.csv").write_text("\n".join([*["a,b,c,d,e"], *map(",".join, lines)]))
    asked = [note for note in read_table(tmp_path / "t.csv").in_options().notes if "far from all" in note]
    assert asked == [
        "7 values of 4 columns, 'd' (3), 'b' (2), 'a' (1) and 1 more, are -9999, far from all others: if "
        "that stands for a missing value, say so by --na-values -9999.",
        "1 value of 'e' is 999, far from all others: if that stands for a missing value, say so by "
        "--na-values 999.",
    ]


# text that names the rows


def test_a_text_that_every_row_has_for_itself_may_name_the_rows():
    names = [f"C{i}" for i in range(20)]
    frame = pa.table({"key": names, "x": np.arange(20.0) ** 2})
    (left,) = read_table(frame).in_options().columns_left_out
    assert left.reason == "text, such as 'C0' in row 1; no two rows share one: --id key names the rows by it"
    assert read_table(frame, id_column="key").row_names == tuple(names)
    for other in (["C1", *names[1:]], [None, *names[1:]], names[:19]):
        (left,) = read_table(pa.table({"key": other, "x": np.arange(len(other)) ** 2.0})).columns_left_out
        assert "id_column" not in left.reason


# what decides


def test_shares_are_those_of_the_sum_of_squares_between_clusters():
    random = np.random.default_rng(3)
    X, labels, weights = random.normal(size=(60, 4)) + 1e6, random.integers(0, 5, 60), random.random(60)
    mean = np.average(X, axis=0, weights=weights)
    between = sum(
        weights[labels == c].sum()
        * (np.average(X[labels == c], axis=0, weights=weights[labels == c]) - mean) ** 2
        for c in range(5)
    )
    np.testing.assert_allclose(shares_between(X, labels, weights), between / between.sum(), rtol=1e-6)
    assert shares_between(np.ones((4, 2)), np.array([0, 0, 1, 1])).tolist() == [0, 0]


def test_a_column_that_numbers_things_and_decides_is_named():
    random = np.random.default_rng(0)
    frame = pa.table({"respondent": random.permutation(400), "age": random.choice([20.0, 40.0], 400)})
    table = read_table(frame)
    assert table.feature_names == ("respondent", "age")
    labels = KMeans(2, random_state=0).fit_predict(table.matrix)
    ((column, sentence),) = numbers_that_decide(table, labels)
    assert column == "respondent"
    assert "'respondent' alone makes" in sentence
    assert in_options(sentence).endswith("--exclude respondent.")
    standardized = table.standardized()
    by_age = (table.values[:, 1] > 30).astype(int)
    assert numbers_that_decide(standardized, by_age) == ()
    assert numbers_that_decide(read_table(frame, columns="respondent"), labels) == ()


def test_measurements_that_decide_are_not_named():
    random = np.random.default_rng(0)
    frame = pa.table({"mass": random.normal(size=100) * 100, "age": random.normal(size=100)})
    table = read_table(frame)
    assert numbers_that_decide(table, KMeans(2, random_state=0).fit_predict(table.matrix)) == ()


# words among numbers


def test_a_stray_word_costs_its_row_and_is_named(tmp_path):
    lines = [str(i * i % 1013) for i in range(5000)]
    lines[70] = lines[90] = "n.v."
    lines[80] = "broken"
    (tmp_path / "t.csv").write_text("x\n" + "\n".join(lines) + "\n")
    table = read_table(tmp_path / "t.csv")
    assert set(range(5000)) - set(table.kept.tolist()) == {70, 80, 90}
    assert any("'n.v.' (2), 'broken' (1)" in note for note in table.notes)


@pytest.mark.parametrize(("n_words", "kept"), [(2, True), (3, False)])
def test_a_column_goes_only_where_more_than_a_tenth_of_it_is_words(tmp_path, n_words, kept):
    lines = [f"{i * i},{'word' if i < n_words else i * 7 % 11}" for i in range(20)]
    (tmp_path / "t.csv").write_text("x,y\n" + "\n".join(lines) + "\n")
    table = read_table(tmp_path / "t.csv")
    assert ("y" in table.feature_names) is kept
    assert kept or table.columns[1].option == "na_values="


def test_0_has_no_logarithm():
    with pytest.raises(TableError, match="1 value is 0 or less"):
        read_table(pa.table({"a": [0.0, 0.5, 2.0], "b": [1.0, 2.0, 4.0]}), log=["a"])


def test_columns_of_an_array_report_the_part_they_have():
    X = np.array([[3.0, 1.0, 0.5, 7.0], [5.0, 0.0, 1.5, 4.0], [4.0, 1.0, 2.5, 5.0]])
    table = read_table(X, id_column="x1", label_column="x2", weights_column="x3")
    assert [column.action.split(",")[0] for column in table.columns] == [
        "names the rows", "labels the rows", "weighs the rows", "kept"
    ]  # fmt: skip
