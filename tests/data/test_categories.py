"""What stands in columns that are no features is kept, so that it can be counted by cluster."""

import pandas as pd
import pytest

from emscope import read_table

FRAME = pd.DataFrame(
    {
        "age": [1.5, 2.0, 7.25, 3.0],
        "city": ["Bern", None, "Chur", "Bern"],
        "size": pd.Categorical(["S", "L", None, "S"]),
        "sex": list("fmmf"),
    }
)


def test_words_are_kept_and_the_label_column_is_not_among_them():
    table = read_table(FRAME, label_column="sex")
    assert [column.column for column in table.categories] == ["city", "size"]
    city, size = table.categories
    assert city.names == ("Bern", "Chur")
    assert city.codes.tolist() == [0, -1, 1, 0]
    assert size.codes.tolist() == [0, 1, -1, 0]
    assert table.standardized().categories is table.categories
    assert table.in_options().categories is table.categories


def test_spellings_of_missing_are_no_category(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("age,city\n1.5,Bern\n2,NA\n7,?\n3, Chur \n")
    (city,) = read_table(path).categories
    assert city.names == ("Bern", "Chur")
    assert city.codes.tolist() == [0, -1, -1, 1]


@pytest.mark.parametrize("how", [{"columns": ["age"]}, {"exclude": ["city", "size"]}])
def test_columns_that_nobody_wants_are_not_kept(how):
    assert read_table(FRAME, **how, label_column="sex").categories == ()


def test_texts_that_are_all_different_are_not_kept():
    frame = pd.DataFrame({"age": range(1500), "note": [f"note {i}, and more" for i in range(1500)]})
    frame["age"] *= 1.5
    assert read_table(frame).categories == ()
