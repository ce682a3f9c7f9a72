"""The row box: it explains the row that was asked for, or a sentence says why it cannot."""

import csv
import dataclasses

import numpy as np
import pytest

from emscope import KMeans, Trace, datasets, player
from emscope.cli.fitting import in_terms_of_table
from emscope.data.read import read_table
from hand_made import groups, lloyd


def written(path, trace):
    player.write(trace, path, title="rows")
    return path.as_uri()


def of_table(path, header, rows, **how):
    """Fit a table as the command line does."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    table = read_table(str(path), **how)
    return in_terms_of_table(KMeans(2, random_state=0).fit(table.matrix).trace_, table)


@pytest.fixture
def answers(visit):
    """Ask a page for a row; returns who is explained, or the sentence that there is instead."""

    def ask(page, text):
        page.fill("[aria-label='Row to explain']", text)
        page.press("[aria-label='Row to explain']", "Enter")
        who = page.locator(".who strong")
        return who.text_content() if who.count() else page.text_content(".reasons .hint")

    return ask


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A table of 50,000 rows with ids, every tenth of which lacks a value."""
    path = tmp_path_factory.mktemp("many") / "many.csv"
    values = np.random.default_rng(0).normal(size=(50_000, 2)).round(3).tolist()
    rows = [(f"c {i:05}", x, "" if i % 10 == 3 else y) for i, (x, y) in enumerate(values)]
    return of_table(path, ("customer_id", "x", "y"), rows, id_column="customer_id")


def test_a_row_of_a_large_table_is_found_by_its_id_and_by_its_place(answers, visit, many, tmp_path):
    page = visit(written(tmp_path / "many.html", many))
    rows = (many.table_rows + 1).tolist()
    sample = f"a sample of {len(rows):,} of 45,000 rows"
    for i in (0, 17, len(rows) - 1):
        name = f"Row {rows[i]} (c {rows[i] - 1:05})"
        for text in (
            str(rows[i]),
            f"c {rows[i] - 1:05}",
            f"  c  {rows[i] - 1:05} ",
            f"row {rows[i]}",
            f"#{rows[i]}",
        ):
            assert answers(page, text) == name
    assert "x = " in page.text_content(".who")
    missing = next(row for row in range(rows[0], rows[-1]) if row not in rows)
    before, after = max(r for r in rows if r < missing), min(r for r in rows if r > missing)
    assert answers(page, str(missing)) == (
        f"Row {missing:,} is not among the points shown here; they are {sample}, the "
        f"nearest of which are {before:,} and {after:,}."
    )
    assert page.locator(".who").count() == 0
    assert "99,999 is not among the points shown here" in answers(page, "99999")
    assert answers(page, "0") == "There is no row 0: rows are counted from 1, as in labels.csv."
    assert answers(page, "c 99999").startswith(
        f"No point shown here has the id c 99999; they are {sample}. Give its id,"
    )
    assert answers(page, str(rows[1])).startswith(f"Row {rows[1]} ")
    page.keyboard.press("ArrowUp")
    assert page.text_content(".who").startswith(f"Row {rows[2]} "), "the next one that is shown"
    page.keyboard.press("Escape")


def test_rows_of_a_table_are_counted_as_in_labels_csv_also_where_some_were_left_out(answers, visit, tmp_path):
    table = datasets.penguins()
    trace = in_terms_of_table(KMeans(3, random_state=0).fit(table.matrix).trace_, table)
    page = visit(written(tmp_path / "penguins.html", trace))
    assert answers(page, "4") == "Row 4 of the table was left out of this run."
    for row in (3, 5, 344):
        if row - 1 in table.kept:
            assert answers(page, str(row)) == f"Row {row}"
            assert f"= {table.values[np.searchsorted(table.kept, row - 1), 0]:g}" in page.text_content(".who")
    assert answers(page, "345") == "Row 345 is not in this run, whose last row is 344."
    assert answers(page, "") == (
        "Point at one of the points, tap it, or give its row, counted from 1 as in labels.csv: the numbers "
        "that decide are shown here."
    )


def test_ids_that_look_like_numbers_are_ids(answers, visit, tmp_path):
    rows = [(i, x, x * x % 7) for i, x in zip((7, 5, 3, 2, 1, 5), range(6), strict=True)]
    trace = of_table(tmp_path / "ids.csv", ("id", "x", "y"), rows, id_column="id")
    page = visit(written(tmp_path / "ids.html", trace))
    assert answers(page, "3") == "Row 3 (3)"
    assert answers(page, "1") == "Row 5 (1)"
    assert answers(page, "#1") == answers(page, "row 1") == "Row 1 (7)"
    assert answers(page, "4").startswith(
        "No point shown here has the id 4. Give its id, or its row with # in front"
    )
    assert answers(page, "5") == "2 points have the id 5: name one of them by its row, #2, #6."
    assert answers(page, "#6") == "Row 6 (5)"
    assert page.input_value("[aria-label='Row to explain']") == "#6"


def test_rows_of_arrays_are_counted_from_0(answers, visit, tmp_path):
    page = visit(written(tmp_path / "array.html", lloyd(groups([(0, 0), (4, 4)]), [[0.0, 0.0], [4.0, 4.0]])))
    n = page.evaluate("JSON.parse(document.getElementById('emscope-run').textContent).nSamples")
    assert answers(page, "0") == "Row 0"
    assert answers(page, str(n - 1)) == f"Row {n - 1}"
    assert answers(page, str(n)) == f"There is no row {n}: rows are counted from 0 to {n - 1}."
    assert answers(page, "1.5") == "1.5 is no row. Give its row, counted from 0."
    assert answers(page, "-1") == "-1 is no row. Give its row, counted from 0."


def test_a_row_of_weight_0_says_so(answers, visit, tmp_path):
    X = datasets.blobs().matrix[:20]
    weights = np.where(np.isin(np.arange(20), [0, 7, 19]), 0.0, 1.0)
    trace = KMeans(2, random_state=0).fit(X, sample_weight=weights).trace_
    page = visit(written(tmp_path / "weighted.html", trace))
    assert answers(page, "18") == "Row 18"
    for row in (0, 7, 19):
        assert answers(page, str(row)) == f"Row {row} has weight 0 and no part in this run."
    assert answers(page, "20") == "There is no row 20: rows are counted from 0 to 19."


def test_a_saved_trace_keeps_the_rows_of_its_table(many, tmp_path):
    few = dataclasses.replace(many, table_rows=None)
    for trace in (many, few):
        trace.save(tmp_path / "run.npz")
        again = Trace.load(tmp_path / "run.npz")
        assert (again.table_rows is None) == (trace.table_rows is None)
    many.save(tmp_path / "run.npz")
    np.testing.assert_array_equal(Trace.load(tmp_path / "run.npz").table_rows, many.table_rows)
