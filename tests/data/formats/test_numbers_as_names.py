"""Numbers in the first row: the names of columns, or a row."""

import pytest

NAMED = [
    "2099;2100\n5;3\n4;8\n",
    "1900;1901\n5;3\n4;8\n",
    ";0;1;2\n1;4;5;6\n2;5;7;8\n",
    "400;401;403;407;415\n1;5;2;4;3\n3;1;4;2;2\n",
    "1.5;2.5\n3 kg;5 kg\n7 kg;8 kg\n",
    "400;401;402\nkg;kg;m\n1;2;3\n4;3;4\n",
]
ROWS = [
    "2099;2101\n5;3\n4;8\n",
    "1899;1900\n5;3\n4;8\n",
    "0;1;2\n4;5;6\n5;7;8\n",
    "400;401;403;407\n1;5;2;4\n3;1;4;2\n",
    "1.5;2.5\n3;5\n7;8\n",
    "Ulm;2001;2001;2000\nRom;1;5;3\nBern;4;2;6\n",  # names differ
]


@pytest.mark.parametrize("text", NAMED)
def test_what_columns_are_called_by(table, text):
    found = table(text)
    first, *rows = text.splitlines()
    assert found.feature_names == tuple(cell for cell in first.split(";") if cell)
    assert found.n_rows == len([row for row in rows if "m" not in row])
    said = "holds units" if "kg;kg;m" in text else "is read as the header although it holds numbers"
    assert any(said in note for note in found.notes)


@pytest.mark.parametrize("text", ROWS)
def test_what_is_a_row(table, text):
    found = table(text)
    assert found.n_rows == text.count("\n")
    assert any("has no header" in note for note in found.notes)
