"""Dates and times: told from text, left out, and read as numbers where asked for."""

import datetime

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emscope.data.content import dates
from emscope.data.read import read_table
from emscope.errors import TableError

EPOCH = datetime.date(1970, 1, 1)
DATES = st.lists(st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)), min_size=2, max_size=12)


def of_texts(texts, **asked):
    return read_table(pl.DataFrame({"when": texts, "x": [float(i * i) for i in range(len(texts))]}), **asked)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-31", "2024/1/31", "2024.01.31", "31.01.2024", "31.1.24", "01/31/2024", "1/31/24",
        "31-01-2024", "2024-01-31T12:30:05Z", "2024-01-31 12:30",
        "2024-01-31 12:30:05.123+01:00", "31.01.2024 12:30",
        "01/31/2024 11:59 PM", "31 Jan 2024", "Jan 31, 2024", "31-Jan-24", "Wed, 31 Jan 2024 12:30:05 +0000",
        "31/Jan/2024:12:30:05 +0100", "2024-01", "Q1 2024", "31. März 2024", "12:30", "12:30:05", "9:05 am",
    ],
)  # fmt: skip
def test_texts_that_spell_dates_and_times_are_told_from_texts(text):
    table = of_texts([text, text, None, text])
    assert table.columns[0].kind in ("dates", "times")
    assert table.columns_left_out[0].reason.startswith("dates or times")


@pytest.mark.parametrize(
    "text", ["192.168.1.1", "v1.2.3-rc1", "12-34-56-78", "Mary", "a 12:30", "3.14.15.9", "1/2"]
)
def test_texts_that_merely_look_like_dates_are_texts(text):
    assert of_texts([text] * 3).columns[0].kind == "text"


def test_a_few_stray_words_do_not_hide_dates():
    table = of_texts([f"2024-01-{i:02}" for i in range(1, 30)] + ["unknown"])
    assert table.columns[0].kind == "dates"


@settings(deadline=None)
@given(DATES, st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%Y-%m-%dT00:00:00"]))
def test_dates_that_are_asked_for_are_days_since_1970(dates, how):
    table = of_texts([date.strftime(how) for date in dates], columns="when")
    assert table.matrix[:, 0].tolist() == [(date - EPOCH).days for date in dates]
    assert "days since 1970-01-01" in table.notes[0]


@settings(deadline=None)
@given(DATES, st.booleans())
def test_day_and_month_are_told_by_what_is_above_12_or_refused(dates, day_first):
    texts = [date.strftime("%d/%m/%Y" if day_first else "%m/%d/%Y") for date in dates]
    if all(date.day <= 12 for date in dates):
        with pytest.raises(TableError, match=r"day/month or month/day.*2024-01-31"):
            of_texts(texts, columns="when")
    else:
        table = of_texts(texts, columns="when")
        assert table.matrix[:, 0].tolist() == [(date - EPOCH).days for date in dates]


def test_new_rows_are_read_in_the_order_that_was_found_out():
    fitted = of_texts(["31/01/2024", "02/03/2024"], columns="when").preparation
    new = of_texts(["05/06/2024", "07/08/2024"], preparation=fitted)
    assert new.matrix[0, 0] == (datetime.date(2024, 6, 5) - EPOCH).days
    with pytest.raises(TableError, match=r"'when' .* holds numbers"):
        read_table(pa.table({"when": [1.0, 2.0]}), preparation=fitted)


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        (pa.array([datetime.date(1970, 1, 3), datetime.date(1969, 12, 31)]), [2, -1]),
        (pa.array([datetime.date(1970, 1, 3)] * 2, pa.date64()), [2, 2]),
        (pa.array([datetime.datetime(1970, 1, 2, 12), None, datetime.datetime(1970, 1, 1)]), [1.5, 0]),
        (pa.array([36 * 3600 * 10**9], pa.timestamp("ns")), [1.5]),
        (pa.array([datetime.time(13, 30), datetime.time(0)]), [13.5, 0]),
        (pa.array([datetime.timedelta(hours=30)]), [30]),
    ],
)
def test_types_of_time_become_days_or_hours(values, numbers):
    assert read_table(pa.table({"when": values}), columns="when").matrix[:, 0].tolist() == numbers


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["12:30", "23:15"], [12.5, 23.25]),
        (["12:30 am", "1:00 PM"], [0.5, 13]),
        (["1970-01-02T12:00:00Z", "1970-01-02T12:00:00+12:00"], [1.5, 1.0]),
        (["1.2.1970 06:00", "2.2.1970"], [31.25, 32]),
        (["31.12.99", "1.1.00"], [10956, 10957]),
    ],
)
def test_clocks_zones_and_short_years(texts, numbers):
    np.testing.assert_allclose(of_texts(texts, columns="when").matrix[:, 0], numbers, rtol=1e-15)


def test_a_day_that_the_calendar_lacks_is_a_missing_value_and_said():
    table = of_texts(["2023-02-28", "2023-02-30", "2023-03-01"], columns=["when", "x"])
    assert table.kept.tolist() == [0, 2]
    assert "1 value cannot be read so" in table.notes[0]


def test_months_with_names_are_refused_with_a_way():
    with pytest.raises(TableError, match="write them as 2024-01-31"):
        of_texts(["31 Jan 2024", "1 Feb 2024"], columns="when")


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (pa.date32(), "dates"),
        (pa.timestamp("s"), "dates"),
        (pa.time32("s"), "times"),
        (pa.duration("s"), "times"),
    ],
)
def test_types_of_time_are_dates_or_times(kind, what):
    assert dates.typed(kind) == dates.Dates(what, "typed")


def test_an_empty_column_holds_no_dates_and_one_of_several_spellings_does():
    assert dates.spelled(pa.array(["", "NA"])) is None
    assert dates.spelled(pa.array(["2024-01-31", "31 Jan 2024"] * 5)) == dates.Dates("dates", "named")


@pytest.mark.parametrize(
    ("texts", "first"), [(("02/01/2024", "01/13/2024"), 31), (("13/01/2024", "02/01/2024"), 12)]
)
def test_13_is_no_month(texts, first):
    days = of_texts(texts, columns=["when"]).matrix[:, 0]
    assert days[0] == (datetime.date(2024, 1, 1) - EPOCH).days + first
