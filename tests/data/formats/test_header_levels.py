"""Lines between the names of the columns and the first row."""

import pytest

from emscope.data.read import read_table

ROWS = ["1.5,2.5,7", "3,4.5,2", "5.25,7,4"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["age in years,height in cm,weight in kg"], "Line 2 describes the columns"),
        (
            ["age in years,height in cm,weight in kg", "asked,measured,weighed"],
            "Lines 2 to 3 describe the columns",
        ),
    ],
)
def test_lines_that_describe_the_columns_are_named_and_no_rows(tmp_path, lines, said):
    (tmp_path / "t.csv").write_text("\n".join(["age,height,weight", *lines, *ROWS, ""]))
    table = read_table(tmp_path / "t.csv")
    assert table.matrix.tolist() == [[float(cell) for cell in row.split(",")] for row in ROWS]
    assert any(note.startswith(said) for note in table.notes)


def test_a_line_of_words_that_stand_again_among_the_values_is_a_row(table):
    rows = "far,1,2,3\n" + "b,4,5,6.5\nc,3,4,2\nd,7,4,1\n" * 9
    assert table("name,x,y,z\nt,m,far,out\n" + rows, columns=["x", "y", "z"]).n_rows == 29
    assert table("name,x,y,z\nt,m,near,out\n" + rows, columns=["x", "y", "z"]).n_rows == 28
