"""Cells as people and programs write them: read right, or left out by a sentence that says why."""

import openpyxl
import pytest

from emscope import read_table

LARGE = 2**60
NINE = [0, 3, 6, 2, 5, 1, 4, 0, 3]


def column(name, cells):
    """Write a column beside another of measurements, every cell in quotes."""
    return f"{name};x\n" + "".join(f'"{cell}";{i * i % 7}\n' for i, cell in enumerate(cells))


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["12-month", "36-month", "12-month"], [12, 36, 12]),
        (["3-door", "5-door", "5-door"], [3, 5, 5]),
        (["3-min", "5-min", "9 min"], [3, 5, 9]),
        (["5-Sterne", "3-Sterne", "4-Sterne"], [5, 3, 4]),
        (["5.5- kg", "3 kg", "(1) kg"], [-5.5, 3, -1]),
        (["5,50- €", "3,25 €", "(1,75) €"], [-5.5, 3.25, -1.75]),
        (["5.5-%", "(3)%", "1%"], [-5.5, -3, 1]),
        (["$ 5.50", " $ -   ", "$-"], [5.5, 0, 0]),
        (["5,50 €", "-   €", "- €"], [5.5, 0, 0]),
        (["CHF 5.50", "CHF -", "CHF --"], [5.5, 0, 0]),
        (["1,150.00 DR", "1,250.50 CR", "75.00 Dr."], [-1150, 1250.5, -75]),
        (["1.150,00 S", "1.250,50 H", "75,00 S"], [-1150, 1250.5, -75]),
        (["₹1,150.00 Cr", "₹50.50 Dr", "₹2.00 Cr"], [1150, -50.5, 2]),
        (["1,150.00", "250.50 CR", "75.00"], [1150, -250.5, 75]),
        (["0x1f", "0X2A", "4.5"], [31, 42, 4.5]),
        (["١٢٫٥", "١٬٢٥٠٫٢٥", "٧"], [12.5, 1250.25, 7]),
        (["۵۰٪", "۷٫۵٪", "۱٪"], [50, 7.5, 1]),
    ],
)
def test_a_column_of_cells_is_read_right(table, cells, values):
    found = table(column("a", cells))
    assert found.feature_names == ("a", "x")
    assert found.values[:, 0].tolist() == values


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        (["1 - agree", "2 - disagree", "1 - agree"], "text"),
        (["1 - agree", "1 - agree", "1 - agree"], "text"),
        (["(1) agree", "(2) agree", "(1) agree"], "text"),
        (["(1) Text", "(2) Text", "(3) Text"], "text"),
        (["1½", "2½", "3"], "1½"),
        (["5²", "3¹", "4²"], "text"),
        (["$5.50", "€6.50", "$7", "€8"], "numbers in different units ('$', '€'"),
        (["5 kg", "800 g", "4 kg", "900 g"], "numbers in different units ('kg', 'g')"),
        (["5 kg", "4 kg", "3.5"], "numbers in different units ('kg' or none)"),
        (["12 Main Street", "7 Oak Avenue", "5 Elm Road"], "text, such as '12 Main Street'"),
        (["1.5M", "2.5B", "3M", "4B"], "numbers in different units"),
    ],
)
def test_what_has_no_safe_reading_is_left_out_with_the_reason(table, cells, word):
    found = table(column("a", cells))
    assert found.feature_names == ("x",)
    assert word in found.columns_left_out[0].reason


def test_debits_are_said_and_a_rare_unit_is_one_line(table):
    notes = table(column("a", ["1 DR", "2 CR", "3 DR"])).notes
    assert any("debits of 'a' are read as negative" in note for note in notes)
    notes = table(column("a", [f"{i} kg" for i in range(12)] + ["3"])).notes
    assert [note for note in notes if "missing, because" in note] == [
        "1 value of 'a' without a unit counts as missing, because most carry 'kg'."
    ]
    assert not any("is no number" in note for note in notes)


@pytest.mark.parametrize(
    ("base", "how"),
    [
        (LARGE, "{}"),
        (LARGE, "{:,}"),
        (LARGE, "€{}"),
        (LARGE, "{}.0"),
        (LARGE, "-{}"),
        (2**63, "{}"),
        (10**25, "{}"),
    ],
)
def test_large_numbers_keep_their_differences_however_they_are_written(table, base, how):
    cells = [how.format(base + step) for step in NINE]
    sign = -1 if how[0] == "-" else 1
    for cells_ in (cells, [*cells, "n.v."]):
        found = table(column("account", cells_), columns=["account"])
        assert [sign * v for v in (found.values[:, 0] - found.values[0, 0])] == NINE
        again = table(column("account", cells_), preparation=found.preparation)
        assert again.values.tolist() == found.values.tolist()


def test_columns_that_contradict_each_other_about_the_decimal_mark_are_asked_about(table):
    text = "a;b;c\n0,5;41.75;2.903\n0,25;3.5;3.104\n"
    assert any("'2.903' in 'c'" in note and "decimal=','" in note for note in table(text).notes)
    assert table(text, decimal=",").values[:, -1].tolist() == [2903, 3104]


@pytest.mark.parametrize("word", ["\\N", "(null)", "<NULL>", "[null]", "#NV"])
def test_what_databases_write_for_a_missing_value_is_missing(table, word):
    found = table(f"a,b\n1,2\n{word},3\n4,{word}\n5,6\n")
    assert found.values.tolist() == [[1, 2], [5, 6]]


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        ("-999.9", "-999.9"),
        ("-999.90", "-999.9"),
        ("88", "88"),
        ("-32768", "-32768"),
        ("2147483647", "2147483647"),
        ("1e20", "1e+20"),
        ("1.0E20", "1e+20"),
        ("9.969209968386869E+36", "9.969209968386869e+36"),
    ],
)
def test_numbers_that_stand_for_a_missing_value_are_asked_about(table, cell, word):
    text = f"a,b\n1,5\n2,{cell}\n3,7\n4,6\n"
    asked = f"na_values='{word}'"
    assert any(asked in note for note in table(text).notes)
    for na_values in (word, [word]):
        assert table(text, na_values=na_values).values.tolist() == [[1, 5], [3, 7], [4, 6]]


def test_several_codes_at_once_are_asked_about_each(table):
    notes = table("a,b\n1,5\n2,88\n3,3\n4,2\n5,99\n6,1\n").notes
    assert [code in " ".join(notes) for code in ("na_values='88'", "na_values='99'")] == [True, True]


ROWS = "u,1.5,2\nv,4,3\nw,2,8\n"
ROWS_AS_NUMBERS = [[1.5, 2], [4, 3], [2, 8]]


@pytest.mark.parametrize(
    "text",
    [
        f"r,x,y\n{ROWS}Min,1.5,2\nMax,4,8\n",
        f"r,x,y\n{ROWS}Min,1.5,2\nMax,4,8\nMean,2.5,4.33\nStd. Dev.,1.32,3.21\n",
        f"r,x,y\n{ROWS}Total,7.5,13\nMinimum:,1.5,2\nMaximum:,4,8\n",
        f"r,x,y\n{ROWS}Mittelwert,2.5,4.33\nStandardabweichung,1.32,3.21\n",
        f"r,x,y\n{ROWS}Ø,2.5,4.33\n",
        f"r,x,y\nTotal,7.5,13\n{ROWS}",
        f"r,x,y\nAll regions,7.5,13\n{ROWS}",
        f"r,x,y\n{ROWS}Deutschland,7.5,13\n",
        "x,y\n1.5,2\n4,3\n2,8\n7.5,13\n",
        "x,y\n7.5,13\n1.5,2\n4,3\n2,8\n",
    ],
)
def test_rows_that_sum_up_the_others_are_left_out_and_said(table, text):
    found = table(text)
    assert found.values.tolist() == ROWS_AS_NUMBERS
    assert any("footer=0" in note for note in found.notes)
    assert len(table(text, footer=0).values) > 3


@pytest.mark.parametrize(
    "text",
    [
        "r,x,y\nAnn,1,2\nBob,4,3\nMin,2,8\nMax,3,9\n".replace("Min", "Mia"),
        "r,x,y\nmean,1,2\nstd,4,3\nmean,2,8\nstd,3,9\n",
        "r,x,y\nmean,1,2\nstd,4,3\nmin,2,8\nmax,3,9\n",
        "x,y\n1,0\n0,1\n0,0\n1,1\n",
        "x,y\n1,2\n2,3\n3,5\n",
        "x,y\n1,-2\n4,3\n-2,8\n3,9\n",
        "x\n1\n1\n2\n4\n8\n",
    ],
)
def test_rows_that_only_look_like_sums_stay(table, text):
    assert len(table(text).values) == text.count("\n") - 1


@pytest.mark.parametrize(
    ("rows", "values"),
    [
        ([[1, 35.25], [None, 29.75], [4, 2.5]], [[1, 35.25], [4, 2.5]]),
        ([[1.5, 35.25], ["#DIV/0!", 29.75], [4, None], [2, 2]], [[1.5, 35.25], [2, 2]]),
        ([[True, 3.5], [None, 2.5], [False, 4.5]], [[1, 3.5], [0, 4.5]]),
    ],
)
def test_an_empty_cell_of_a_workbook_is_a_missing_value(tmp_path, rows, values):
    book = openpyxl.Workbook()
    book.active.append(["Name", "a", "b"])
    for i, row in enumerate(rows):
        book.active.append([f"N{i}", *row])
    book.save(tmp_path / "t.xlsx")
    assert read_table(tmp_path / "t.xlsx").values.tolist() == values


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("Monat", [202401, 202402, 202312]),
        ("YearMonth", [202401, 202402, 202312]),
        ("Datum", ["01012024", "02032024", "31122023"]),
        ("date", ["01012024", "01312024", "12312023"]),
        ("yymmdd", [240131, 240201, 231224]),
        ("Datum", [45293, 45301, 45333]),
        ("Rechnungsdatum", [45293.5, 45301.25, 45333]),
        ("order date", [45293, 45301, 45333]),
        ("Datum", ["13.5", "24.12", "1.1"]),
        ("Zeit", ["01.2024", "02.2024", "12.2023"]),
        ("Uhrzeit", ["8.15", "12.30", "14.45"]),
        ("Jahrgang", [1975, 1980, 1991]),
        ("Vintage", [1975, 1980, 1991]),
    ],
)
def test_dates_written_as_numbers_are_left_out_and_come_back_when_asked_for(table, name, cells):
    text = f"{name};x\n" + "".join(f"{cell};{i * i}\n" for i, cell in enumerate(cells))
    found = table(text)
    assert found.feature_names == ("x",)
    assert found.columns[0].kind in ("dates", "times", "calendar years")
    assert "columns=" in found.columns_left_out[0].reason
    assert table(text, columns=[name]).values[:, 0].tolist() == [float(cell) for cell in cells]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("Monat", [3, 1, 12]),
        ("data", [25000, 31000, 40001]),
        ("candidate", [25000, 31000, 40001]),
        ("updates", [25000, 31000, 40001]),
        ("date", [1.5, 2.25, 33.1]),
        ("Zeit", [1.2, 2.7, 9]),
        ("time", [8.15, 8.3, 9.45]),
        ("Umsatz je Monat", [202401, 202402, 202403]),
    ],
)
def test_measurements_stay_under_names_that_may_be_of_dates(table, name, cells):
    text = f"{name};x\n" + "".join(f"{cell};{i * i}\n" for i, cell in enumerate(cells))
    assert table(text).feature_names == (name, "x")
