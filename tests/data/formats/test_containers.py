"""Files are known by what is in them, whatever they are called and however they are packed."""

import gzip
import zipfile

import numpy as np
import pytest

from emscope.data.read import read_table
from emscope.errors import TableError

TABLE = "a,b\n1,2\n3,4.5\n"
MATRIX = [[1, 2], [3, 4.5]]


@pytest.fixture
def archive(tmp_path):
    """Write a zip archive of texts."""

    def write(*names):
        with zipfile.ZipFile(tmp_path / "t.zip", "w") as file:
            for name in names:
                file.writestr(name, TABLE if name.endswith(".csv") else "words")
        return tmp_path / "t.zip"

    return write


@pytest.mark.parametrize("other", ["content.xml", "mimetype"])
def test_one_part_of_a_workbook_makes_no_workbook(archive, other):
    assert read_table(archive("t.csv", other)).matrix.tolist() == MATRIX


@pytest.mark.parametrize(("n_others", "more"), [(6, ""), (7, " and 1 more")])
def test_at_most_six_other_files_of_an_archive_are_named(archive, n_others, more):
    (note,) = (
        note
        for note in read_table(archive("t.csv", *map("{}.md".format, range(n_others)))).notes
        if "sheet=" in note
    )
    assert f"'5.md'{more}; sheet=" in note


def test_at_most_eight_arrays_are_named(tmp_path):
    np.savez(tmp_path / "t.npz", *np.zeros((9, 2)))
    with pytest.raises(TableError, match=r"0 matrices .*'arr_7' of shape \(2,\)\)"):
        read_table(tmp_path / "t.npz")


def test_an_archive_of_numpy_is_known_under_any_name(tmp_path):
    with open(tmp_path / "t.dat", "wb") as file:
        np.savez(file, X=np.array(MATRIX))
    assert read_table(tmp_path / "t.dat").matrix.tolist() == MATRIX


@pytest.mark.parametrize(("name", "what"), [("t.json.gz", "JSON"), ("t.csv.gz", None), ("t.csv", None)])
def test_what_is_packed_is_known_by_the_name_inside(tmp_path, name, what):
    (tmp_path / name).write_bytes(gzip.compress(TABLE.encode()))
    if what is None:
        assert read_table(tmp_path / name).matrix.tolist() == MATRIX
    else:
        with pytest.raises(TableError, match=what):
            read_table(tmp_path / name)


def test_letters_of_windows_stay_under_line_ends_of_an_old_mac(tmp_path):
    (tmp_path / "t.csv").write_bytes("Größe,Höhe\r1,2\r3,4.5\r".encode("cp1252"))
    assert list(read_table(tmp_path / "t.csv").feature_names) == ["Größe", "Höhe"]
