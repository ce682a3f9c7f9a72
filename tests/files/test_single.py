"""A file without a folder of its own: what is there stays, unless it is asked for."""

import pytest

from emscope.errors import OutputError
from emscope.files import check_file


def test_a_new_file_is_fine_and_nothing_is_made(tmp_path):
    check_file(tmp_path / "new" / "labels.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_replaced_by_force_alone(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("mine")
    with pytest.raises(OutputError, match="it is there"):
        check_file(path)
    check_file(path, force=True)
    assert path.read_text() == "mine"


def test_what_is_read_stays_by_whatever_name(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("mine")
    (tmp_path / "link.csv").symlink_to(path)
    for name in ("data.csv", "link.csv"):
        with pytest.raises(OutputError, match="that is what this command reads"):
            check_file(tmp_path / name, inputs=[path], force=True)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(OutputError, match="no ordinary file"):
        check_file(tmp_path, force=True)
