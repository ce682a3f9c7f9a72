"""What all results share: the table, the text of a terminal, and the HTML of a notebook."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from emscope.results.result import Result


@dataclass(frozen=True, slots=True, eq=False)
class Found(Result):
    values: object
    names: list
    answer: str = "Two clusters stand out, and they are stable."

    @property
    def sentence(self):
        return self.answer

    def _columns(self):
        return {"cluster": np.arange(len(self.values)), "name": self.names, "share <of all>": self.values}


SMALL = Found(np.array([0.25, np.nan]), ["<first>", "second"])


def test_the_table_is_empty_where_a_number_does_not_exist():
    assert SMALL.table.column("share <of all>").to_pylist() == [0.25, None]
    assert isinstance(SMALL.table, pa.Table)


def test_text_has_the_sentence_and_every_row():
    lines = SMALL.text().splitlines()
    assert lines[0] == SMALL.sentence
    assert lines[2].split() == ["cluster", "name", "share", "<of", "all>"]
    assert lines[3].split() == ["0", "<first>", "0.2500"]
    assert str(SMALL) == SMALL.text()


def test_no_line_is_wider_than_the_terminal_and_what_is_left_off_is_said():
    found = Found(np.arange(50.0), ["a name " * 20] * 50, "A long sentence. " * 20)
    for width in (40, 50, 80):
        lines = found.text(width).splitlines()
        assert max(map(len, lines)) <= width
        assert "… and 30 more rows in the table" in lines
        assert any("more column" in line for line in lines) == (width < 60)


def test_html_shows_what_a_stranger_wrote_as_text():
    shown = SMALL._repr_html_()
    assert "<td>&lt;first&gt;</td>" in shown
    assert "<first>" not in shown
    assert "<th>share &lt;of all&gt;</th>" in shown
    assert SMALL.sentence in shown
