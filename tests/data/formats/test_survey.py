"""What one pass over a file tells: how long its lines are, how it ends, where a quoted value begins."""

import pytest

from emscope.data.formats import survey
from emscope.errors import TableError


@pytest.mark.parametrize("line", [1, 3])
def test_the_line_that_is_too_long_is_named(table, monkeypatch, line):
    monkeypatch.setattr(survey, "_CHUNK", 64)
    monkeypatch.setattr(survey, "_LONGEST_LINE", 1000)

    def lines(length):
        texts = ["a,b", *["1,2"] * 9]
        texts[line - 1] = "3," + "4" * (length - 2)
        return "\n".join(texts) + "\n"

    assert table(lines(1000), header=False).n_rows == 10
    with pytest.raises(TableError, match=f"line {line} of t.csv is longer than"):
        table(lines(1001), header=False)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_short_last_row_is_whole_if_its_line_has_an_ending(table, ending):
    lines = ["a,b,c", "1,2,3", "3,4,6", "5,6,8", "7,8"]
    assert table(ending.join([*lines, ""])).n_rows == 4
    assert table(ending.join(lines)).n_rows == 3


def test_a_total_is_seen_below_a_text_that_is_longer_than_what_is_looked_at(table):
    rows = "".join(f"r{i},{i % 7},{i % 9}.5\n" for i in range(3000))
    text = "name,x,y\n" + rows + 'q,1,"' + "words\n" * 9000 + '"\n' + rows + "Total,9,9\n"
    found = table(text, columns=["x"])
    assert found.n_rows == 6001
    assert any("below the table left out ('Total 9 9')" in note for note in found.notes)
