"""The shipped tables and the data of the first experiment."""

import json
from pathlib import Path

import numpy as np
import pytest

import emscope
from emscope import datasets
from emscope.errors import TableError

SEED = json.loads((Path(__file__).parents[1] / "seed-run.json").read_text())


def test_blobs_are_the_points_and_the_start_of_the_first_experiment():
    table = datasets.blobs()
    np.testing.assert_array_equal(table.matrix, SEED["data"])
    np.testing.assert_array_equal(datasets.blobs_start(), SEED["steps"][0]["centers"])
    assert table.feature_names == ("x1", "x2")
    assert table.matrix.flags.c_contiguous
    assert table.n_rows == len(table.kept) == 300


def test_old_faithful_is_whole():
    table = datasets.old_faithful()
    assert table.feature_names == ("eruption_min", "waiting_min")
    assert table.matrix.shape == (272, 2)
    np.testing.assert_allclose(table.matrix.mean(axis=0), [3.487783, 70.897059], atol=1e-6)
    assert table.columns_left_out == table.rows_left_out == table.notes == ()


def test_penguins_without_measurements_are_left_out():
    table = datasets.penguins()
    assert table.matrix.shape == (342, 4)
    (gone,) = table.rows_left_out
    assert (gone.reason, gone.count, gone.first_rows) == ("missing value", 2, (4, 272))
    assert set(range(344)) - set(table.kept.tolist()) == {3, 271}


def test_path_finds_shipped_files_and_names_them_otherwise():
    assert datasets.path("penguins.csv").read_text().startswith("species,")
    for name in ("../__init__.py", "__init__.py", "none.csv"):
        with pytest.raises(TableError, match=r"old_faithful\.csv or penguins\.csv"):
            datasets.path(name)


def test_datasets_are_a_room_of_the_package():
    assert emscope.datasets is datasets
