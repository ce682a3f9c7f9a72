"""The comment above a table: its header, or a remark."""

import pytest


@pytest.mark.parametrize(
    ("text", "options", "names", "n_rows"),
    [
        ("# a,b\n1,2\n3,4\n", {}, ("a", "b"), 2),
        ("# a,b\n1,2\n3,4\n", {"header": False}, ("x1", "x2"), 2),
        ("# a,b\n1,2\n3,4\n", {"header": True}, ("1", "2"), 1),
        ("# x\n1\n2.5\n3\n", {}, ("x",), 3),
        ("# made by me\n1\n2.5\n3\n", {}, ("x1",), 3),
        ("# a,b,c\n1,2\n3,4\n", {}, ("x1", "x2"), 2),
        ("# a,b\nc,d\n1,2\n3,4\n", {}, ("c", "d"), 2),
        ("# 5,6\n1,2\n3,4\n", {}, ("x1", "x2"), 2),
    ],
)
def test_a_comment_is_the_header_of_a_table_that_has_none(table, text, options, names, n_rows):
    found = table(text, **options)
    assert (found.feature_names, found.n_rows) == (names, n_rows)
    is_header = text.startswith(f"# {','.join(names)}\n")
    assert any("a comment, is read as the header" in note for note in found.notes) == is_header
    assert any("left out as comments" in note for note in found.notes) != is_header
