"""What stands below a table is left out, and what belongs to it stays."""

import pytest

from emscope.data.read import read_table

ROWS = ["a,1,2.5", "b,3,4.5", "c,5,7", "d,7,1.5", "e,2,8.25", "f,9,3"]


def n_below(tmp_path, *below, rows=ROWS, header="name,x,y"):
    path = tmp_path / "t.csv"
    path.write_text("\n".join([header, *rows, *below, ""]))
    notes = [note for note in read_table(path).notes if "below the table left out" in note]
    return int(notes[0].split()[0]) if notes else 0


@pytest.mark.parametrize(
    ("below", "n"),
    [
        (("Source: Bureau",), 1),
        (("", "Source: Bureau of Statistics", "(6 rows)"), 2),
        (("Total,27,26.75",), 1),
        (("g,4,missing",), 0),
        (("", "g,4,2"), 0),
        (("", "town,weight,height", "h"), 2),
        (("g,far", "h,4"), 0),  # no empty line parts them from the table
    ],
)
def test_what_stands_below_a_table_with_names_of_rows(tmp_path, below, n):
    assert n_below(tmp_path, *below) == n


@pytest.mark.parametrize(
    ("below", "n"),
    [
        (("(6 rows)",), 1),
        (("", "rows"), 1),
        (("7",), 0),
        (("", "7"), 0),
    ],
)
def test_what_stands_below_a_table_of_one_column(tmp_path, below, n):
    assert n_below(tmp_path, *below, rows=["1", "5", "2.5", "4", "9", "3"], header="x") == n


@pytest.mark.parametrize(
    ("below", "n"),
    [
        (("mean,4",), 1),
        (("Source: Bureau,2024",), 1),
        (("rows,,",), 1),
        (("", "note,see,below"), 1),
        (("word,3,4",), 0),
        (("check,4",), 1),
        (("", "check,3,4"), 1),
    ],
)
def test_what_stands_below_a_table_of_numbers(tmp_path, below, n):
    assert n_below(tmp_path, *below, rows=["1,2,3", "4,5,7", "2,8,1", "3,9,4", "6,1,5"], header="x,y,z") == n


@pytest.mark.parametrize(("lines", "n"), [(40, 40), (41, 40)])
def test_a_table_of_words_is_not_taken_for_remarks_below_another(tmp_path, lines, n):
    assert n_below(tmp_path, *[f"remark {i}" for i in range(lines)], rows=ROWS * 9) == n
