"""Workbooks: the first sheet with a table, whatever is around it."""

import datetime
import sys

import openpyxl
import pytest

from emscope.data.read import read_table
from emscope.errors import TableError


@pytest.fixture
def workbook(tmp_path):
    """Write sheets of rows as a workbook and read it."""

    def read(name="t.xlsx", merged=None, options=None, **sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
            if merged:
                sheet.merge_cells(merged)
        book.save(tmp_path / name)
        return read_table(tmp_path / name, **(options or {}))

    return read


PLAIN = [["a", "b"], [1.5, 2], [3, 4], [5.25, 7]]
ROWS = [[1.5, 2], [3, 4], [5.25, 7]]


def test_a_sheet_is_read_as_it_is_typed(workbook):
    found = workbook(S=PLAIN)
    assert found.feature_names == ("a", "b")
    assert found.matrix.tolist() == ROWS
    assert found.first_line == 2
    assert found.notes == ()


def test_titles_empty_edges_and_footers_are_left_out(workbook):
    rows = [["Sales 2024", None, None], [None], [None, "a", "b", None], *([None, *row] for row in PLAIN[1:])]
    found = workbook(S=[*rows, [None], [None, "Source: Bureau"]], merged="A1:C1")
    assert found.matrix.tolist() == ROWS
    assert any("skip=" in note for note in found.notes)
    assert any("footer=" in note for note in found.notes)


def test_dates_are_dates_and_texts_that_spell_numbers_are_numbers(workbook):
    day = datetime.date(2024, 5, 1)
    rows = [["day", "a", "b"]] + [[day + datetime.timedelta(i), f"1.{i}34,5", 0.125 * i] for i in range(1, 9)]
    found = workbook(S=rows)
    assert found.feature_names == ("a", "b")
    assert (
        found.columns_left_out[0].reason
        == "dates or times; name it in columns= to use it as days since 1970-01-01"
    )
    assert found.matrix[0].tolist() == [1134.5, 0.125]


def test_the_first_sheet_with_a_table_is_read_or_the_one_that_is_named(workbook):
    other = [["c", "d"], [1, 2], [2, 5]]
    found = workbook(Notes=[["read me"]], Data=PLAIN, More=other)
    assert found.feature_names == ("a", "b")
    assert "'Data' is read, not 'Notes', 'More'; sheet=" in found.notes[0]
    assert workbook(Data=PLAIN, More=other, options={"sheet": "More"}).feature_names == ("c", "d")
    with pytest.raises(TableError, match="no sheet 'Mroe'; its sheets are 'More', 'Data'"):
        workbook(Data=PLAIN, More=other, options={"sheet": "Mroe"})


def test_a_number_next_to_text_does_not_decide_the_decimal_mark(workbook):
    found = workbook(S=[["a", "b"], [1.25, 1], ["1.234,5", 2], ["2.000,5", 2]])
    assert found.matrix[:, 0].tolist() == [1.25, 1234.5, 2000.5]


def test_what_cannot_be_read_is_one_sentence(workbook, tmp_path, monkeypatch):
    with pytest.raises(TableError, match="no table"):
        workbook(S=[[None]])
    path = tmp_path / "t.xlsx"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(TableError, match="damaged"):
        read_table(path)
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(TableError, match=r"emscope\[excel\]"):
        read_table(path)


def test_a_total_is_left_out_or_kept_as_asked(workbook):
    rows = [["name", "x", "y"], ["a", 1, 2.5], ["b", 3, 4], ["Total", 4, 6.5], ["c", 5, 1], ["d", 2, 7]]
    asked = ({}, {"footer": 0}, {"footer": 1})
    assert [len(workbook(T=rows, options=options).matrix) for options in asked] == [4, 5, 3]
