"""Names of columns as people write them."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emscope.data.content.names import Names, column_list, folded
from emscope.errors import TableError

NAMES = st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=6, unique=True)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("Income", "Income"),
        ("income", "Income"),
        (" INCOME ", "Income"),
        ("bodymass(g)", "Body Mass (g)"),
        ("größe", "GRÖSSE"),  # case folding, not lower case
        ("ｗｅｉｇｈｔ", "weight"),
        ("x2", "x²"),
        ("a b", "a\u00a0b"),
        ("zahl", "\ufeffZahl"),
    ],
)
def test_case_spaces_and_widths_do_not_matter_where_one_column_is_meant(wanted, found):
    names = ("other", found)
    assert Names(names, "t.csv").position(wanted) == 1


def test_an_exact_name_wins_over_names_like_it():
    names = Names(("a", "A", " a"), "t.csv")
    assert [names.position(name) for name in ("a", "A", " a")] == [0, 1, 2]


def test_a_name_that_could_be_several_is_refused_with_all_of_them():
    with pytest.raises(TableError, match=r"'INCOME' could be any of the columns 'income', 'Income' of t.csv"):
        Names(("income", "Income", "age"), "t.csv").position("INCOME")


def test_a_miss_names_the_nearest_and_then_the_others():
    names = Names(("age", "bill_length_mm", "weight"), "t.csv")
    with pytest.raises(TableError, match=r"no column 'bill length'; the nearest is 'bill_length_mm'; its"):
        names.position("bill length")
    with pytest.raises(TableError, match=r"no column 'qqq'; its columns are 'age'"):
        names.position("qqq")


def test_a_part_of_a_name_with_a_comma_is_told_how_to_write_it():
    with pytest.raises(TableError, match="in quotes within the list: '\"Income, annual\"'"):
        Names(("age", "Income, annual"), "t.csv").position("Income")


def test_a_miss_among_very_many_names_is_answered_at_once():
    names = Names([f"column number {i}" for i in range(200_000)], "t.csv")
    with pytest.raises(TableError) as caught:
        names.position("column nmber 7")
    assert len(str(caught.value)) < 1000


@given(NAMES, st.data())
def test_every_name_finds_itself(names, data):
    i = data.draw(st.integers(0, len(names) - 1))
    assert Names(names, "t").position(names[i]) == i


@given(NAMES, st.data())
def test_another_spelling_finds_its_column_or_is_ambiguous(names, data):
    i = data.draw(st.integers(0, len(names) - 1))
    wanted = f" {names[i].upper()} "
    assume(wanted not in names)
    alike = [j for j, name in enumerate(names) if folded(name) == folded(wanted)]
    if len(alike) == 1:
        assert Names(names, "t").position(wanted) == alike[0]
    else:
        with pytest.raises(TableError):
            Names(names, "t").position(wanted)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a", ("a",)),
        ("a,b , c", ("a", "b", "c")),
        ('age,"Income, annual"', ("age", "Income, annual")),
        ('"5"" disk", x', ('5" disk', "x")),
        ('width 5", x', ('width 5"', "x")),
        ("a,,b,", ("a", "b")),
        ('"two\nlines",b', ("two\nlines", "b")),
    ],
)
def test_a_list_of_names_is_a_line_of_csv(text, names):
    assert column_list(text) == names


@pytest.mark.parametrize(
    ("text", "words"), [("", "names nothing"), (" , ", "names nothing"), ('"a,b', "quote")]
)
def test_a_list_that_cannot_be_read_is_refused(text, words):
    with pytest.raises(TableError, match=words):
        column_list(text)
