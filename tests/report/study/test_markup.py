"""The pieces of a page: tables that sort, and texts that stay texts."""

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emscope.report.study import markup


def test_a_table_heads_its_columns_and_rows():
    made = markup.table({"cluster": [0, 1], "mean": np.array([1234.5678, np.nan])}, "The means.")
    assert "<caption>The means.</caption>" in made
    assert made.count('<th scope="col"') == 2
    assert made.count('<th scope="row"') == 2
    assert '<td class="number" data-value="1234.6">1,235</td>' in made
    assert '<td class="number"></td>' in made


def test_rows_that_are_too_many_are_counted():
    made = markup.table({"row": list(range(9))}, "Rows.", most=5, rest=" in rows.csv")
    assert made.count('scope="row"') == 5
    assert "4 more rows in rows.csv." in made
    assert "91 more rows." in markup.table({"row": list(range(9))}, "Rows.", total=100)
    assert markup.table({"row": []}, "Rows.") == markup.table({}, "Rows.") == ""


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_any_text_adds_no_tag(name, cell, caption):
    made = markup.table({name: [cell], "b": [1]}, caption) + markup.paragraph(caption or "x")
    plain = markup.table({"a": ["a"], "b": [1]}, "a") + markup.paragraph("a")
    assert made.isascii()
    assert re.findall(r"<[^>]*?[ >]", made) == re.findall(r"<[^>]*?[ >]", plain)
