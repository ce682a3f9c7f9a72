"""Rows seen cell by cell: which could be a header, which hold data, which cells are odd."""

import pytest

from emscope.data.content.decimal_marks import Marks
from emscope.data.formats.grid import grid_of, trimmed
from emscope.data.formats.lines import Row

NUMBERS = [("1", "2", "3", "4", "5"), ("2", "3", "4", "5", "6"), ("3", "4", "5", "6", "7")] * 2


def grid(*rows):
    return grid_of([Row(i, i, cells) for i, cells in enumerate([*rows, *NUMBERS], start=1)], Marks())


@pytest.mark.parametrize(
    ("cells", "full"),
    [
        (("a", "b", "c", "d", "e"), True),
        (("a", "b", "c", "", ""), True),  # more than half of the columns
        (("a", "b", "", "", ""), False),
        (("", "b", "c", "", ""), True),  # the first may lack its name
        (("", "b", "", "", ""), False),
        (("a", "b", "c", "d"), True),  # one may be missing
        (("a", "b", "c"), False),
        (("a", "b", "c", "d", "e", "f"), False),
        (("1", "2", "3", "4", "5"), False),
    ],
)
def test_a_header_has_words_for_most_columns(cells, full):
    assert grid(cells).is_full(0) is full


@pytest.mark.parametrize(
    ("cells", "data"),
    [
        (("1", "2", "3", "4", "5"), True),
        (("1", "x", "", "", ""), True),
        (("1", "x", "y", "", ""), False),
        (("x", "", "", "", ""), False),
        (("", "", "", "", ""), False),
        (("1", "2", "3", "4", "5", "6"), False),
        (("1", "2", "3", "4", "5", ""), True),
    ],
)
def test_a_row_of_data_has_numbers_and_not_more_words(cells, data):
    assert grid(cells).holds_data(0) is data


def test_columns_of_numbers_and_their_width_are_told_by_the_later_rows():
    found = grid(("a title",), ("a", "b", "c", "d", "e"))
    assert (found.width, found.numeric, found.used) == (5, (0, 1, 2, 3, 4), 5)
    mixed = grid_of([Row(i, i, ("x", "1", "")) for i in range(1, 5)], Marks())
    assert (mixed.numeric, mixed.used) == ((1,), 2)


def test_a_cell_is_odd_that_is_no_number_or_alone_has_a_unit():
    cells = ("Total", "5 kg", "3", "", "(6 rows)")
    assert [grid(cells).is_odd(0, j) for j in range(5)] == [True, True, False, False, True]
    assert [grid(cells).word(0, j) for j in range(6)] == [True, False, False, False, False, False]


def test_empty_cells_are_cut_off_the_end():
    assert trimmed(("", "a", "", "")) == ("", "a")
    assert trimmed(("", "")) == ()
