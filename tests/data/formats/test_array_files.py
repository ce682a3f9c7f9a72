"""NumPy's files: memory maps where possible, refusal of objects and of headers that promise too much."""

import struct
import zipfile

import numpy as np
import pytest

from emscope.data.read import read_table
from refusals import refuses


@pytest.fixture
def table(tmp_path):
    """Save an array and read it as a table."""

    def read(array, **kwargs):
        np.save(tmp_path / "a.npy", array)
        return read_table(tmp_path / "a.npy", **kwargs)

    return read


@pytest.mark.parametrize("dtype", ["f8", "f4"])
def test_a_matrix_of_floats_stays_on_disk(table, dtype):
    found = table(np.arange(6, dtype=dtype).reshape(3, 2))
    assert isinstance(found.matrix, np.memmap)
    assert found.matrix.dtype == dtype
    assert found.feature_names == ("x1", "x2")
    assert found.kept.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.arange(6).reshape(3, 2), "f8"),
        (np.arange(6, dtype="f2").reshape(3, 2), "f8"),
        (np.arange(6, dtype=">f8").reshape(3, 2), "f8"),
        (np.arange(6, dtype=">f4").reshape(3, 2), "f4"),
        (np.arange(6, dtype=np.longdouble).reshape(3, 2), "f8"),
        (np.asfortranarray(np.arange(6.0).reshape(3, 2)), "f8"),
        (np.array([[True, False], [False, True]]), "f8"),
    ],
)
def test_other_numbers_are_converted(table, array, dtype):
    found = table(array)
    assert type(found.matrix) is np.ndarray
    assert found.matrix.dtype == np.dtype(dtype)
    assert found.matrix.flags.c_contiguous
    np.testing.assert_array_equal(found.matrix, array)


def test_rows_and_columns_are_left_out_as_from_any_table(table):
    nan, inf = np.nan, np.inf
    found = table(np.array([[1, 7, 2], [nan, 7, 3], [3, 7, inf], [4, 7, 9.0]]))
    assert found.matrix.tolist() == [[1, 2], [4, 9]]
    assert [column.reason for column in found.columns_left_out] == ["constant (always 7)"]
    assert [row.first_rows for row in found.rows_left_out] == [(2,), (3,)]


def test_rules_hold_across_the_blocks_that_a_long_array_is_read_in(table):
    array = np.random.default_rng(0).normal(size=(600_000, 3))
    array[[5, 400_000, 599_999], [0, 1, 2]] = np.nan, np.inf, np.nan
    found = table(array)
    assert {row.reason: row.first_rows for row in found.rows_left_out} == {
        "missing value": (6, 600_000),
        "infinite value": (400_001,),
    }
    np.testing.assert_array_equal(found.matrix, array[np.isfinite(array).all(axis=1)])


def test_columns_ids_and_weights_go_by_generated_names(table):
    found = table(np.arange(12.0).reshape(4, 3), columns=["x2"], weights_column="x3", id_column="x1")
    assert found.matrix.ravel().tolist() == [1, 4, 7, 10]
    assert found.weights.tolist() == [2, 5, 8, 11]
    assert found.row_names == ("0.0", "3.0", "6.0", "9.0")
    refuses("no column 'x4'; its columns are 'x1'", table, np.eye(2), columns=["x4"])


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.arange(3.0), r"reshape\(-1, 1\)"),
        (np.float64(3), "two dimensions"),
        (np.zeros((2, 2, 2)), "two dimensions"),
        (np.zeros((0, 2)), "nothing to cluster"),
        (np.zeros((2, 0)), "nothing to cluster"),
        (np.array([[1j]]), "dtype complex128"),
        (np.array([["1"]]), "dtype <U1"),
        (np.array([["2020-01-01"]], dtype="M8[D]"), "dtype datetime64"),
        (np.zeros((2, 2), dtype=[("a", "f8")]), "dtype .*'a'"),
        (np.array([[1, None]], dtype=object), "Python objects"),
    ],
)
def test_arrays_that_are_no_matrix_of_numbers_are_refused(table, array, words):
    refuses(words, table, array)


def test_files_cut_short_are_refused(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(2000.0).reshape(-1, 2))
    whole = path.read_bytes()
    for length in (3, 6, 8, 10, 50, 127, 128, 1000, len(whole) - 1):
        path.write_bytes(whole[:length])
        refuses("damaged, cut short", read_table, path)
    path.write_bytes(b"hello, world")
    refuses("damaged, cut short", read_table, path)


def header(text):
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


@pytest.mark.parametrize(
    "text",
    [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999, 2), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999999999999999999, 2), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 99999999999), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 2), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1, 2), }",
        "{'descr': '|V0', 'fortran_order': False, 'shape': (1, 2), }",
        "{'descr': 'zz', 'fortran_order': False, 'shape': (1, 2), }",
        "__import__('os')",
        "(" * 9000,
        "{}",
    ],
)
def test_headers_that_promise_what_the_file_does_not_hold_are_refused(tmp_path, text):
    (tmp_path / "a.npy").write_bytes(header(text))
    refuses(".", read_table, tmp_path / "a.npy")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("X.npy", header(text))
    refuses(".", read_table, tmp_path / "a.npz")


def test_the_matrix_of_an_npz_is_found_or_asked_for(tmp_path):
    def read(**arrays):
        np.savez_compressed(tmp_path / "a.npz", **arrays)
        return read_table(tmp_path / "a.npz")

    assert read(anything=np.eye(3)).matrix.shape == (3, 3)
    assert read(data=np.eye(3), other=np.eye(2)).matrix.shape == (3, 3)
    assert read(X=np.eye(3), y=np.arange(3)).notes == ("The array 'X' is read, not 'y'.",)
    refuses("2 matrices .*'A' of shape", read, A=np.eye(3), B=np.eye(2))
    refuses("0 matrices .*'y' of shape", read, y=np.arange(3))
    refuses("0 matrices .*none", read)
    refuses("damaged|objects", read, X=np.array([[None]], dtype=object))


def test_damaged_npz_files_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, X=np.random.default_rng(0).normal(size=(30, 30)))
    whole = path.read_bytes()
    for length in (3, 30, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        refuses("damaged, cut short", read_table, path)
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0xFF
    path.write_bytes(damaged)
    refuses("damaged, cut short", read_table, path)
