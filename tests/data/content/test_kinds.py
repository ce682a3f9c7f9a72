"""What a column is, by what is in it: generated columns of a known kind."""

import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emscope.data.content.kinds import not_a_measurement
from emscope.data.content.words_in_names import says_code, says_id, says_moment, says_year, tokens
from emscope.data.read import read_table

PLAIN_NAMES = st.sampled_from(
    ["respondent", "x", "glycemic index", "id", "CustomerID", "year", "Größe", "nr"]
)


def measured(n, seed=0):
    return np.random.default_rng(seed).normal(size=n)


def kind_of(values, name):
    """The kind of one column beside a column of measurements, and whether it is a feature."""
    n = len(values)
    table = read_table(pa.table({name: pa.array(values), "measured": measured(n)}))
    return table.columns[0].kind, name in table.feature_names


@settings(deadline=None)
@given(PLAIN_NAMES, st.integers(-(10**12), 10**12), st.integers(20, 200), st.booleans(), st.booleans())
def test_a_counter_of_any_start_numbers_the_rows_whatever_it_is_called(name, start, n, falls, as_floats):
    values = np.arange(start, start + n)[:: -1 if falls else 1]
    kind, kept = kind_of(values.astype(float) if as_floats else values, name)
    assert not kept
    assert kind in ("row numbers", "calendar years")


@given(st.sampled_from(["x", "dose", "week"]), st.integers(0, 1), st.integers(2, 19))
def test_a_short_column_that_counts_stays(name, start, n):
    assert kind_of(np.arange(start, start + n), name) == ("whole numbers", True)


@given(st.sampled_from(["", "Unnamed: 0", "...1"]), st.integers(0, 1), st.integers(2, 30))
def test_a_column_without_a_name_that_counts_is_the_index(name, start, n):
    table = read_table(pa.table([np.arange(start, start + n), measured(n)], names=[name, "measured"]))
    assert table.columns[0].kind == "row numbers"
    assert table.feature_names == ("measured",)


def test_a_column_without_a_name_that_does_not_count_stays():
    table = read_table(pa.table([np.array([0, 1, 3]), measured(3)], names=["", "measured"]))
    assert table.feature_names == ("column 1", "measured")


def test_a_footer_without_a_number_does_not_hide_a_counter():
    values = [*range(1, 41), None]
    assert kind_of(values, "respondent") == ("row numbers", False)


IDS = [
    *(
        "CustomerID",
        "customer_id",
        "user-id",
        "Id",
        "ID",
        "id_cliente",
        "PassengerId",
        "customerid",
        "PATIENTID",
    ),
    *("Kundennr", "Kundennummer", "uuid", "index", "Nr.", "#", "CustID", "customer no", "Invoice Number"),
]
NO_IDS = [
    *("acid", "humid", "lipid", "respondent", "valid", "grid", "stride", "glycemic index", "octane number"),
    *(
        "number of children",
        "Nr of rooms",
        "heat index",
        "atomic no",
        "IDs seen per day",
        "Index of refraction",
    ),
]


@pytest.mark.parametrize("name", IDS)
def test_unique_whole_numbers_in_another_order_are_ids_where_the_name_says_so(name):
    shuffled = np.random.default_rng(1).permutation(50) * 3 + 1000
    assert kind_of(shuffled, name) == ("identifiers", False)


@pytest.mark.parametrize("name", NO_IDS)
def test_unique_whole_numbers_stay_where_the_name_says_something_else(name):
    shuffled = np.random.default_rng(1).permutation(50) * 3 + 1000
    assert kind_of(shuffled, name) == ("whole numbers", True)


@given(st.sampled_from(IDS), st.integers(3, 60), st.integers(0, 9))
def test_a_name_alone_never_leaves_out_measurements(name, n, seed):
    assert kind_of(measured(n, seed), name) == ("numbers", True)
    repeated = np.repeat([7, 3, 9], n)
    assert kind_of(repeated, name) == ("whole numbers", True)


@pytest.mark.parametrize("name", ["year", "Jahr", "année", "AÑO", "Year", "birth_year", "YearBuilt", "yr"])
@given(st.data())
def test_calendar_years_called_so_are_dates(name, data):
    years = data.draw(
        st.lists(st.integers(1900, 2050), min_size=3, max_size=40).filter(lambda y: len(set(y)) > 1)
    )
    assert kind_of(years, name) == ("calendar years", False)


def test_numbers_in_the_range_of_years_stay_under_other_names_and_others_under_those():
    assert kind_of([1500, 1999, 2400], "kWh per year") == ("whole numbers", True)
    assert kind_of([1990, 2005, 2005], "weight") == ("whole numbers", True)
    assert kind_of([1, 5, 40], "years") == ("whole numbers", True)
    assert kind_of([1990.5, 2005.25, 2005], "year") == ("numbers", True)


@pytest.mark.parametrize("unit", [1, 10**3, 10**6, 10**9])
@pytest.mark.parametrize("name", ["timestamp", "created_at", "EventTimestamp", "unix time", "epoch"])
def test_moments_counted_from_1970_are_dates_where_they_are_called_so(name, unit):
    moments = (1_600_000_000 + np.array([5, 900, 77, 12_345_678])) * unit
    assert kind_of(moments, name) == ("timestamps", False)
    assert kind_of(moments, "revenue") == ("whole numbers", True)


def test_moments_with_fractions_and_dates_written_together_are_dates():
    assert kind_of([1.6e9 + 0.25, 1.61e9 + 0.5], "ts") == ("timestamps", False)
    assert kind_of([20240131, 20231224, 20200229], "date") == ("dates", False)
    assert kind_of([20241331, 20231224, 20200229], "date") == ("whole numbers", True)


@pytest.mark.parametrize(
    "values",
    [
        [datetime.date(2020, 1, 1), datetime.date(2021, 5, 1)],
        [datetime.datetime(2020, 1, 1, 5), datetime.datetime(2021, 5, 1)],
        pa.array(["a", "b"]).dictionary_encode(),
        [4.5, 4.5],
        [None, None],
        ["x", "y"],
    ],
)
def test_what_is_no_measurement_is_left_out_and_named_with_a_way(values):
    table = read_table(pa.table({"c": values, "x": [1.0, 2.5]}))
    assert table.feature_names == ("x",)
    assert not table.columns[0].kept
    assert table.columns_left_out[0].name == "c"
    assert table.columns[0].option or table.columns[0].kind == "empty"


@given(st.lists(st.booleans(), min_size=2, max_size=30).filter(lambda b: len(set(b)) == 2))
def test_booleans_are_kept_as_0_and_1_with_a_line(values):
    table = read_table(pa.table({"flag": values, "x": measured(len(values))}))
    assert table.matrix[:, 0].tolist() == [float(value) for value in values]
    assert table.columns[0].kind == "booleans"
    assert "'flag' is kept as 0 and 1" in table.notes[0]
    assert "misleads" in table.notes[1]


@pytest.mark.parametrize("words", [("TRUE", "FALSE"), ("wahr", "FALSCH"), ("Vrai", "Faux")])
def test_words_that_spreadsheets_write_for_booleans_are_booleans(tmp_path, words):
    yes, no = words
    (tmp_path / "t.csv").write_text(f"x,flag\n1,{yes}\n2,{no}\n4,\n5,{yes}\n", encoding="utf-8")
    table = read_table(tmp_path / "t.csv")
    assert table.matrix.tolist() == [[1, 1], [2, 0], [5, 1]]


@settings(deadline=None)
@given(
    st.sampled_from([pa.int64(), pa.uint64(), pa.decimal128(30)]),
    st.integers(2**55, 2**62),
    st.lists(st.integers(0, 10**6), min_size=2, max_size=20).filter(lambda v: len(set(v)) > 1),
    st.booleans(),
)
def test_differences_of_large_integers_survive(kind, base, steps, with_a_gap):
    values = [base + step for step in steps] + [None] * with_a_gap
    table = read_table(pa.table({"account": pa.array(values, kind)}), columns="account")
    x = table.matrix[:, 0]
    assert (x - x[0]).tolist() == [float(step - steps[0]) for step in steps]
    offset = table.preparation.features[0].offset
    assert [int(value) + offset for value in x] == [base + step for step in steps]
    assert table.preparation.invert(table.matrix)[:, 0].tolist() == [float(base + step) for step in steps]
    assert table.measured_names == (f"account - {offset}",)


def test_large_integers_that_spread_wide_are_read_as_they_are():
    table = read_table(pa.table({"hash": pa.array([-(2**62) - 1, 5, 2**62 + 1], pa.int64())}))
    assert table.matrix[:, 0].tolist() == [-(2.0**62), 5.0, 2.0**62]
    assert table.measured_names == ("hash",)


def test_numbers_of_python_lose_no_digit_in_frames_of_objects():
    values = [2**70 + 1, 2**70 + 5, None]
    table = read_table(pd.DataFrame({"a": pd.Series(values, dtype=object), "b": [1.0, 2.5, 7.0]}))
    assert np.diff(table.matrix[:, 0]).tolist() == [4.0]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CustomerID", ["customer", "id"]),
        ("user-id", ["user", "id"]),
        ("HTTPStatus code", ["http", "status", "code"]),
        ("Año", ["ano"]),
        ("№ 5", ["no", "5"]),
    ],
)
def test_names_are_split_into_words(name, words):
    assert tokens(name) == words


@given(st.text(max_size=20))
def test_any_name_can_be_asked_what_it_says(name):
    assert says_id(name) in (True, False)
    assert says_moment(name) in (True, False)
    assert len(says_year(name)) == 2


def test_extreme_values_are_looked_at_without_a_warning():
    assert kind_of([1e308, -1e308, 5.0, np.inf], "id") == ("numbers", True)
    assert kind_of([1e17] * 30, "x")[0] == "constant"
    table = read_table(pa.table({"a": [1e308, 1.5e308, None], "b": [1.0, 2.0, 4.0]}), impute="median")
    assert table.matrix[2, 0] == 1.25e308
    numbers = np.array([[1e308, 1.0], [-1e308, 2.0]] * 15)
    assert read_table(numbers).feature_names == ("x1", "x2")


def test_arrays_have_counters_too():
    array = np.column_stack([np.arange(30), np.arange(30) % 4, 2**60 + np.arange(30) % 7])
    table = read_table(array)
    assert table.feature_names == ("x2", "x3")
    assert [one.kind for one in table.columns] == ["row numbers", "whole numbers", "whole numbers"]
    np.testing.assert_array_equal(np.diff(table.matrix[:, 1]), np.diff(np.arange(30) % 7))
    np.testing.assert_array_equal(table.preparation.apply(array[:, 1:]), table.matrix)


# the cases that led here


def test_ids_in_turn_do_not_decide_the_clusters(tmp_path):
    rows = "".join(f"{i},{20 if i % 2 else 40}\n" for i in range(1, 401))
    (tmp_path / "c.csv").write_text("CustomerID,age\n" + rows)
    table = read_table(tmp_path / "c.csv")
    assert table.feature_names == ("age",)
    assert "numbers the rows" in table.columns_left_out[0].reason
    assert read_table(tmp_path / "c.csv", columns=["customerid", "AGE"]).feature_names == (
        "CustomerID",
        "age",
    )


@pytest.mark.parametrize("name", ["customer_id", "respondent"])
def test_the_same_values_get_the_same_answer_under_any_name(name):
    assert kind_of(np.arange(1, 521), name) == ("row numbers", False)


@pytest.mark.parametrize(
    ("name", "low", "high", "kind"),
    [
        ("timestamp", 20240101, 20240131, "dates"),
        ("timestamp", 20240101, 20240132, None),
        ("phone", 1_000_000, 1_999_999, "telephone numbers"),
        ("phone", 100_000, 999_999, None),
        ("year", 2000, 2999, "calendar years"),
        ("year", 2000, 3000, None),
        ("timestamp", 5.000_1e11, 5.1e11, "timestamps"),
        ("timestamp", 4.999_9e11, 5.1e11, None),
    ],
)
def test_the_bounds_of_what_is_no_measurement(name, low, high, kind):
    values = np.array([high, low, high, low, low], dtype=float)
    assert (not_a_measurement(name, values) or (None,))[0] == kind


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("customer zip", "postal codes"),
        ("pin code", "postal codes"),
        ("zip distance", None),
        ("fax", "telephone numbers"),
    ],
)
def test_the_last_word_of_a_name_says_a_code(name, code):
    assert says_code(name) == code


@pytest.mark.parametrize(
    ("name", "says"),
    [("Year", (True, True)), ("year built", (True, False)), ("built", (False, False)), ("", (False, False))],
)
def test_a_name_says_year_alone_or_among_other_words(name, says):
    assert says_year(name) == says
