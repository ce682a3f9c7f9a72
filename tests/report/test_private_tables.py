"""The tables of a private run: no number of few rows, and none of many digits."""

import dataclasses

import numpy as np
import pytest

from emscope import KMeans
from emscope.data.table import Table
from emscope.errors import DataError
from emscope.private import without_rows
from emscope.report import Result, refuse_tables_of_rows
from emscope.report.tables import tables_of
from hand_made import groups

pytestmark = pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")


def result(private=True):
    """Two groups, and a row of its own; weights of many digits."""
    X = np.vstack([groups([[0, 0], [9, 9]], each=20), [[90.123456, 91.123456]]])
    weights = np.linspace(1.0123456, 2.0, 41)
    table = Table(X, ("x", "y"), weights, np.arange(41), 41, weights_column="w")
    model = KMeans(3, init=X[[0, 20, 40]]).fit(X, sample_weight=weights)
    trace = dataclasses.replace(model.trace_, feature_names=("x", "y"))
    return Result("t", without_rows(trace) if private else trace, table, model.labels_)


def cells(found, table, column):
    columns = dict(tables_of(found))[table]
    return np.asarray(columns.rows(0, columns.n_rows)[columns.names.index(column)], dtype=float)


def test_statistics_of_a_single_row_are_left_out():
    told, whole = result(), result(private=False)
    for column in ("mean", "difference", "difference in sd", "rank"):
        np.testing.assert_array_equal(np.isnan(cells(told, "clusters", column)), [False] * 4 + [True] * 2)
    assert not np.isnan(cells(told, "clusters", "overall mean")).any()
    np.testing.assert_array_equal(np.isnan(cells(told, "sizes", "weight")), [False, False, True])
    assert np.isfinite(cells(whole, "sizes", "weight")).all()
    np.testing.assert_array_equal(cells(told, "sizes", "size"), cells(whole, "sizes", "size"))


def test_the_others_are_the_same_to_four_digits():
    told, whole = result(), result(private=False)
    for column in ("mean", "difference", "difference in sd", "overall mean"):
        one, other = (cells(r, "clusters", column)[:4] for r in (told, whole))
        np.testing.assert_allclose(one, other, rtol=5e-4)
    np.testing.assert_allclose(cells(told, "sizes", "share"), cells(whole, "sizes", "share"), rtol=5e-4)


def test_of_a_table_of_few_rows_not_even_the_mean_is_told():
    X = np.array([[1.123456], [2.123456], [9.123456]])
    model = KMeans(1, random_state=0).fit(X)
    found = Result("t", without_rows(model.trace_), Table(X, ("x1",), None, np.arange(3), 3), model.labels_)
    assert np.isnan(cells(found, "clusters", "overall mean")).all()


def test_tables_of_rows_are_refused_by_name_only():
    refuse_tables_of_rows("all")
    with pytest.raises(DataError, match="rows can be computed from responsibilities"):
        refuse_tables_of_rows("labels, responsibilities")
