"""What a cell says: numbers in every usual spelling, missing values and words."""

import numpy as np
import pyarrow as pa
import pytest

from emscope.data.content.cells import are_numbers, read_cells, read_numbers
from emscope.data.content.decimal_marks import Marks

NAN = float("nan")


def read(*texts, **marks):
    return read_cells(pa.array(texts, pa.string()), Marks(**marks), "a")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,56", 1234.56),
        ("1,234.56", 1234.56),
        ("1.234.567", 1234567),
        ("1 234,56", 1234.56),
        ("1\u202f234,56", 1234.56),
        ("1\xa0234\xa0567", 1234567),
        ("1\u2009234.5", 1234.5),
        ("1'234.50", 1234.5),
        ("1’234’567.5", 1234567.5),
        ("1_000_000", 1e6),
        ("12,34,567", 1234567),
        ("1,00,00,000.5", 10000000.5),
        ("0,125", 0.125),
        ("0.125", 0.125),
        ("1.2345", 1.2345),
        ("1234,567", 1234.567),
        ("1E5", 1e5),
        ("1,5E+03", 1500),
        (".5", 0.5),
        ("-,5", -0.5),
        ("+7", 7),
        ("−7.25", -7.25),
        ("–7.25", -7.25),
        ("‒7.25", -7.25),
        ("﹣7.25", -7.25),
        ("－7.25", -7.25),
        ("- 7.25", -7.25),
        ("7.25-", -7.25),
        ("(7.25)", -7.25),
        ("(1,250.00)", -1250),
        ("€885.63", 885.63),
        ("885,63 €", 885.63),
        ("-$5.5", -5.5),
        ("$-5.5", -5.5),
        ("($5.5)", -5.5),
        ("$ (5.5)", -5.5),
        ("R$ 1.234,50", 1234.5),
        ("CHF 1'200.50", 1200.5),
        ("1.250,00 kr", 1250),
        ("99,50 zł", 99.5),
        ("kr. 5,25", 5.25),
        ("12.-", 12),
        ("12,–", 12),
        ("12.5 %", 12.5),
        ("12,5%", 12.5),
        ("12.5 kg", 12.5),
        ("-3.5 °C", -3.5),
        ("80 km/h", 80),
        ("'12.5", 12.5),
        ('"12.5"', 12.5),
        ('="12.5"', 12.5),
        ("\u200e12.5\u200b", 12.5),
        ("１２.５", 12.5),
        ("inf", float("inf")),
        ("-Infinity", -float("inf")),
    ],
)
def test_numbers_in_every_usual_spelling(text, value):
    cells = read(text)
    assert cells.values.tolist() == [value]
    assert cells.words == ()
    assert are_numbers([text]) == [True]


@pytest.mark.parametrize(
    "text",
    [
        "12.05.2024",
        "2024-01-05",
        "1.2.3",
        "65+",
        "<5",
        ">10",
        "5-10",
        "a1",
        "1 2",
        "1,23,4",
        "1.234,567,890",
        "3rd",
        "12:30",
        "5 pm",
        "1,2345,678",
        "0,123,456",
        "(5",
        "5)",
        "--5",
        "1e",
        "$",
        "%",
        "x",
        "#DIV/0!",
        "Q1",
        "5 10",
    ],
)
def test_what_is_no_number(text):
    cells = read(text)
    if text != "1e":  # a quantity of one e
        assert cells.words == ((text, 1),)
        assert are_numbers([text]) == [False]


def test_missing_values_and_words_are_counted_apart():
    cells = read("1", "n.v.", "", "NA", None, "–", "n.v.", "-", "?", "2")
    np.testing.assert_array_equal(cells.values, [1, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, 2])
    assert cells.words == (("n.v.", 2), ("–", 1))
    assert (cells.n_values, cells.first_word_row) == (5, 1)
    told = read("1", "n.v.", "-999", "-999.0", na_values=("n.v.", "-999"))
    assert (told.n_values, told.words) == (1, ())


@pytest.mark.parametrize(
    ("texts", "marks", "values", "note"),
    [
        (["1.234,5", "1.234"], {}, [1234.5, 1234], None),
        (["12,5", "1.234"], {}, [12.5, 1234], None),
        (["12.5", "1,234"], {}, [12.5, 1234], None),
        (["1.234", "999"], {"elsewhere": ","}, [1234, 999], None),
        (["1,250", "3,500"], {"elsewhere": ","}, [1.25, 3.5], None),
        (
            ["1,250", "3,500"],
            {},
            [1250, 3500],
            "'1,250' in 'a' is read as 1250; decimal=',' reads it as 1.25.",
        ),
        (["1.250", "999"], {"likely": ","}, [1250, 999], "decimal='.' reads it as 1.25"),
        (["1.250", "999"], {}, [1.25, 999], "decimal=',' reads it as 1250"),
        (["1,250"], {"decimal": ","}, [1.25], None),
        (["1,250"], {"decimal": "."}, [1250], None),
        (["1,250"], {"thousands": ""}, [1.25], None),
        (["1.250"], {"thousands": "."}, [1250], None),
        (["1.250"], {"thousands": " "}, [1.25], None),
        (["12,5", "12.5", "1,250"], {}, [12.5, 12.5, 1250], "'1,250'"),
    ],
)
def test_the_decimal_mark_is_told_by_the_cells_then_the_table_then_asked_about(texts, marks, values, note):
    cells = read(*texts, **marks)
    assert cells.values.tolist() == values
    assert (note is None and not cells.notes) or note in cells.notes[0]


def test_an_amount_may_lack_its_currency_and_a_quantity_not_its_unit():
    assert read("885.63", "€12", "EUR 5").values.tolist() == [885.63, 12, 5]
    mixed = read("$5", "$6", "€7")
    assert mixed.words == (("€7", 1),)
    assert "'€'" in mixed.notes[0]
    share = read("12 %", "13 %", "0.14")
    assert share.words == (("0.14", 1),)
    assert any("'%'" in note for note in share.notes)
    kilograms = read("5 kg", "6kg", "7 kg")
    assert kilograms.values.tolist() == [5, 6, 7]
    assert "'kg'" in kilograms.notes[0]


def test_many_different_cells_are_read_at_once():
    column = pa.array([f"{i // 1000},{i % 1000:03d}.5" for i in range(1000, 100_000)])
    assert read_cells(column, Marks(), "a").values[-1] == 99_999.5


def test_full_width_signs_are_those_of_a_keyboard():
    assert read("（５）", "＋１２", "７").values.tolist() == [-5, 12, 7]


def test_an_open_mark_is_that_of_the_rest_of_the_table():
    marks = Marks(elsewhere=","), Marks(elsewhere="."), Marks(elsewhere=None, likely=",")
    assert [read_numbers(["1,234"], one)[0] for one in marks] == [1.234, 1234, 1.234]
