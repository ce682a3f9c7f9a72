"""The rules for tables, whatever file or DataFrame they come from."""

import datetime
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from emscope.data.read import read_table
from emscope.errors import DataTypeError, TableError
from refusals import refuses

NAN, INF = float("nan"), float("inf")


def table_of(**columns):
    return read_table(pa.table(columns))


def reasons(table):
    return {column.name: column.reason for column in table.columns_left_out}


# columns


def test_numbers_of_every_kind_become_float64():
    table = table_of(
        i=[1, 2],
        u=pa.array([2**63, 1], pa.uint64()),
        big=[2**60 + 1, 0],
        b=[True, False],
        h=pa.array(np.array([1.5, 2], np.float16)),
        d=[decimal.Decimal("1.25"), decimal.Decimal("3")],
    )
    assert table.feature_names == ("i", "u", "big", "b", "h", "d")
    assert table.matrix.dtype == np.float64
    assert table.matrix.flags.c_contiguous
    np.testing.assert_array_equal(table.matrix[0], [1, 2.0**63, 2.0**60, 1, 1.5, 1.25])


def test_what_is_not_a_number_is_left_out_with_the_reason():
    table = table_of(
        x=[1.0, 2.0, 3.0, 5.0],
        text=[None, "Adelie", "b", "c"],
        spoilt=["1", "2", "n.a.", "4"],
        spelled=["1", "2", "3", "4"],
        blank=["", " ", "NA", None],
        day=[datetime.date(2020, 1, 1)] * 4,
        category=pa.array(["a", "b", "a", "b"]).dictionary_encode(),
        many=[[1], [2], [3], [4]],
        nothing=pa.nulls(4),
        missing=[NAN] * 4,
        same=[7, 7, None, 7],
        view=pa.array(["a", "b", "c", "d"], pa.string_view()),
    )
    assert table.feature_names == ("x",)
    assert len(table.kept) == 4, "columns that are left out cost no rows"
    found = reasons(table)
    assert found["text"] == "text, such as 'Adelie' in row 2"
    assert found["spoilt"] == "text: 3 of 4 values are numbers, but row 3 has 'n.a.'"
    assert found["spelled"] == "text that spells numbers, such as '1'; convert it to use it"
    assert found["blank"] == "no value"
    assert found["day"] == "dates or times; name it in columns= to use it as days since 1970-01-01"
    assert found["category"] == "categories, such as 'a'"
    assert found["many"] == "values of type list<item: int64>, not numbers"
    assert found["nothing"] == found["missing"] == "no finite value"
    assert found["same"] == "constant (always 7)"
    assert found["view"] == "text, such as 'a' in row 1"


def test_a_column_that_is_constant_once_rows_are_gone_is_left_out_and_gives_rows_back():
    table = table_of(a=[5, 5, 6, None], b=[1.0, 2.0, None, 4.0])
    assert reasons(table) == {"a": "constant in the rows that have every value"}
    np.testing.assert_array_equal(table.matrix, [[1], [2], [4]])
    assert table.kept.tolist() == [0, 1, 3]


def test_one_row_and_identical_rows_are_still_a_table():
    table = table_of(a=[1], b=[2])
    assert (table.matrix.tolist(), table.notes) == ([[1, 2]], ())
    table = table_of(a=[1, 1], b=[2, 2])
    assert table.matrix.tolist() == [[1, 2], [1, 2]]
    assert "same point" in table.notes[0]


def test_asked_for_columns_come_in_their_order_and_constant_ones_are_kept_with_a_note():
    frame = pa.table({"a": [1, 1], "b": [1, 2], "c": [3, 4]})
    table = read_table(frame, columns=["c", " a"])
    assert table.feature_names == ("c", "a")
    assert table.notes == ("'a' is constant; kept, as asked.",)
    assert table.columns_left_out == ()
    assert read_table(frame, columns="b").feature_names == ("b",)


def test_asked_for_columns_that_cannot_be_used_are_refused():
    frame = pa.table({"Bill": [1, 2], "text": ["a", "b"], "gone": [NAN, None], "many": [[1], [2]]})
    refuses(
        "no column 'bil'; the nearest is 'Bill'; its columns are 'Bill', 'text'",
        read_table,
        frame,
        columns=["bil"],
    )
    refuses("no column 'x'", read_table, frame, id_column="x")
    refuses("no column 'w'", read_table, frame, weights_column="w")
    refuses("'text' .* holds text, such as 'a' in row 1", read_table, frame, columns=["text"])
    refuses("'many' .* holds values of type list", read_table, frame, columns=["many"])
    refuses("'gone' .* no finite value", read_table, frame, columns=["gone"])
    refuses("twice", read_table, frame, columns=["Bill", "Bill"])
    refuses("no columns", read_table, frame, columns=[])
    refuses("feature and the id column", read_table, frame, columns=["Bill"], id_column="Bill")
    refuses("feature and the weights column", read_table, frame, columns=["Bill"], weights_column="Bill")


def test_many_columns_and_long_names_make_short_messages():
    frame = pa.table({f"column number {i} {'x' * 100}": [1, 2] for i in range(500)})
    with pytest.raises(TableError, match="and 488 more") as caught:
        read_table(frame, columns=["\n" * 10_000])
    assert len(str(caught.value)) < 1000


def test_duplicate_and_missing_names_are_made_distinct():
    frame = pa.table([[1, 2], [3, 4], [5, 6], [7, 9]], names=["a", "a", "a (2)", ""])
    table = read_table(frame)
    assert table.feature_names == ("a", "a (3)", "a (2)", "column 4")
    assert len(table.notes) == 1


def test_no_column_of_numbers_says_what_there_is():
    refuses("no column of numbers .*'a': text, such as 'x'", table_of, a=["x", "y"])
    refuses("no column of numbers .*'a': no finite value", table_of, a=[NAN, INF])


# rows


def test_rows_with_missing_and_infinite_values_are_left_out_and_counted():
    table = table_of(a=[1.0, None, 3.0, INF, 5.0, NAN], b=[1, 2, 3, 4, None, 6])
    assert [(r.reason, r.count, r.first_rows) for r in table.rows_left_out] == [
        ("missing value", 3, (2, 5, 6)),
        ("infinite value", 1, (4,)),
    ]
    assert table.kept.tolist() == [0, 2]
    assert table.n_rows == 6
    assert "'a' alone has no usable value in 3 of 6" in table.notes[0]


def test_strict_names_the_first_row_and_column():
    frame = pa.table({"a": [1.0, 2.0, 3.0, 4.0], "b": [1.0, INF, NAN, 2.0]})
    refuses(
        r"row 2 of the table has an infinite value in column 'b' \(2 such", read_table, frame, strict=True
    )
    weighted = pa.table({"a": [1, 2, 3], "w": [1, None, 1]})
    refuses("row 2 of the table has no weight", read_table, weighted, weights_column="w", strict=True)
    assert len(read_table(pa.table({"a": [1, 2], "t": ["x", None]}), strict=True).kept) == 2


def test_no_row_left_names_the_column_that_costs_most():
    refuses("'b' lacks one in 3 of 5 rows", table_of, a=[1, 2, 3, None, None], b=[None, None, None, 3, 4])
    refuses("no rows", table_of, a=pa.array([], pa.float64()))


# ids and weights


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["007", None, "é\n"], ("007", "é\n")),
        ([1, 2, 3], ("1", "3")),
        ([1.5, None, 2.5], ("1.5", "2.5")),
        ([datetime.date(2020, 1, 1)] * 3, ("2020-01-01", "2020-01-01")),
        ([[1], None, [2, 3]], ("[1]", "[2, 3]")),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ("a", "a")),
    ],
)
def test_ids_of_any_type_name_the_kept_rows(ids, expected):
    table = read_table(pa.table({"a": [1, None, 3], "id": ids}), id_column="id")
    assert table.kept_names == expected
    assert table.feature_names == ("a",)


def test_rows_that_are_left_out_keep_their_names():
    table = read_table(pa.table({"a": [1, None, 3], "id": ["x", "y", "z"]}), id_column="id")
    assert (table.id_column, table.row_names) == ("id", ("x", "y", "z"))


def test_calendar_years_are_dates_unless_asked_for():
    frame = pa.table({"a": [1, 2, 3], "Year": [2007, 2008, 2009]})
    assert read_table(frame).feature_names == ("a",)
    assert "calendar years" in read_table(frame).columns_left_out[0].reason
    assert read_table(frame, columns=["Year"]).feature_names == ("Year",)
    ages = pa.table({"a": [1, 2, 3], "year": [1, 2, 3]})
    assert read_table(ages).feature_names == ("a", "year")


def test_numbers_of_rows_are_no_feature_unless_asked_for():
    frame = pa.table({"row_id": [11, 12, 15], "a": [1, 2, 2]})
    assert read_table(frame).feature_names == ("a",)
    assert "no two rows share one" in read_table(frame).columns_left_out[0].reason
    assert read_table(frame, columns=["row_id"]).feature_names == ("row_id",)
    assert read_table(pa.table({"id": [1, 1, 2]})).feature_names == ("id",)  # not one for each row


def test_a_table_tells_its_size_and_not_its_numbers():
    table = read_table(pa.table({"a": [i % 7 for i in range(1000)]}))
    assert repr(table) == "<Table of 1,000 rows, 1 feature: 'a'>"


def test_weights_are_kept_with_their_rows_and_missing_ones_cost_the_row():
    frame = pa.table({"a": [1, None, 3, 4], "w": [1.5, 2, None, 0]})
    table = read_table(frame, weights_column="w")
    np.testing.assert_array_equal(table.weights, [1.5, 0])
    assert table.feature_names == ("a",)
    assert {r.reason: r.first_rows for r in table.rows_left_out} == {
        "missing value": (2,),
        "missing weight": (3,),
    }


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([1.0, -2.0], "weight in row 2 .* is -2"),
        ([1.0, INF], "weight in row 2 .* is inf"),
        ([0.0, 0.0], "all zero"),
        ([None, 0.0], "all zero or missing"),
        (["1", "2"], "weights column 'w' .* holds text"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(weights, words):
    refuses(words, read_table, pa.table({"a": [1, 2], "w": weights}), weights_column="w")


# DataFrames


def test_pandas_polars_and_arrow_agree():
    columns = {"a": [1, 2, 3], "b": [1.5, None, 2.5], "s": ["x", "y", "z"]}
    tables = [read_table(kind(columns), id_column="s") for kind in (pd.DataFrame, pl.DataFrame, pa.table)]
    for table in tables:
        assert table.matrix.tolist() == [[1, 1.5], [3, 2.5]]
        assert table.kept_names == ("x", "z")


def test_pandas_peculiarities():
    frame = pd.DataFrame(
        {
            "mixed": [1, "x", 2.5],
            "objects": pd.Series([1, 2.5, 3], dtype=object),
            "nullable": pd.array([1, 3, 4], dtype="Int64"),
            "category": pd.Categorical([1, 2, 3]),
            "complex": [1j, 2, 3],
            "span": pd.to_timedelta([1, 2, 3]),
        }
    )
    frame.index = [5, 5, 5]
    table = read_table(frame)
    assert table.feature_names == ("objects", "nullable")
    assert reasons(table)["mixed"] == "values that are no numbers, such as 'x' in row 2"
    assert reasons(table)["category"] == "categories; name it in columns= to use it"
    assert reasons(table)["span"].startswith("dates or times; ")
    assert read_table(pd.DataFrame(np.eye(2), columns=["a", "a"])).feature_names == ("a", "a (2)")
    assert read_table(pd.DataFrame(np.eye(2))).feature_names == ("0", "1")
    assert read_table(pd.DataFrame({("a", 1): [1, 2]})).feature_names == ("('a', 1)",)
    refuses("no rows", read_table, pd.DataFrame())


def test_what_is_no_dataframe_is_named():
    for thing, words in (
        (pl.LazyFrame({"a": [1]}), "LazyFrame.*collect"),
        ({"a": [1]}, "dict"),
        (pd.Series([1]), "Series"),
        (None, "NoneType"),
    ):
        with pytest.raises(DataTypeError, match=words):
            read_table(thing)


# Parquet, Arrow, Feather


def written(table, path):
    if path.suffix == ".parquet":
        parquet.write_table(table, path)
    else:
        new = pa.ipc.new_stream if path.stem == "stream" else pa.ipc.new_file
        with pa.OSFile(str(path), "wb") as file, new(file, table.schema) as writer:
            writer.write(table)
    return path


COLUMNAR = ["t.parquet", "t.arrow", "stream.arrow", "t.feather"]


@pytest.mark.parametrize("name", COLUMNAR)
def test_columnar_files_are_read_and_damaged_ones_refused(tmp_path, name):
    path = written(pa.table({"a": [1.0, 2, 3], "t": ["x", "y", "z"], "c": [1, None, 4]}), tmp_path / name)
    table = read_table(path, id_column="t")
    assert table.matrix.tolist() == [[1, 1], [3, 4]]
    assert table.kept_names == ("x", "z")
    whole = path.read_bytes()
    for length in (4, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        refuses(f"{name} is damaged, cut short", read_table, path)


def test_files_under_another_name_are_told_apart(tmp_path):
    written(pa.table({"a": [1.0, 2]}), tmp_path / "t.parquet").rename(tmp_path / "t.csv")
    assert read_table(tmp_path / "t.csv").matrix.tolist() == [[1], [2]]
    for content, words in (
        (b"PK\x03\x04....", "damaged or no spreadsheet"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"%PDF-1.7", "PDF"),
        (b"\x80\x04\x95.....", "pickle"),
        (b"FEA1", "version 1 of Feather"),
    ):
        (tmp_path / "t.xlsx").write_bytes(content)
        if content == b"FEA1":
            (tmp_path / "t.xlsx").rename(tmp_path / "t.feather")
            refuses(words, read_table, tmp_path / "t.feather")
        else:
            refuses(words, read_table, tmp_path / "t.xlsx")


def test_missing_files_folders_and_empty_files_are_refused(tmp_path):
    refuses("there is no file", read_table, tmp_path / "none.csv")
    refuses("is a folder: give", read_table, tmp_path)
    refuses("cannot be opened", read_table, "a\0b.csv")
    (tmp_path / "empty.parquet").touch()
    refuses("is empty", read_table, tmp_path / "empty.parquet")


VALUES = st.one_of(st.none(), st.just(NAN), st.just(INF), st.floats(-10, 10), st.integers(-3, 3).map(float))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(1, 6).flatmap(
        lambda n: st.lists(st.lists(VALUES, min_size=n, max_size=n), min_size=1, max_size=4)
    )
)
def test_every_row_is_kept_or_counted_and_what_is_kept_is_right(columns):
    names = [f"c{i}" for i in range(len(columns))]
    try:
        table = read_table(pa.table([pa.array(c, pa.float64()) for c in columns], names=names))
    except TableError:
        return
    assert len(table.kept) + sum(r.count for r in table.rows_left_out) == table.n_rows
    assert {*table.feature_names, *reasons(table)} == set(names)
    assert np.isfinite(table.matrix).all()
    for j, name in enumerate(table.feature_names):
        original = columns[names.index(name)]
        assert table.matrix[:, j].tolist() == [original[i] for i in table.kept]
    dropped = set(range(table.n_rows)) - set(table.kept.tolist())
    for i in dropped:
        values = [columns[names.index(name)][i] for name in table.feature_names]
        assert any(value is None or not np.isfinite(value) for value in values)
