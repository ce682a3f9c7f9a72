import errno
import os
import stat

import pytest

from emscope.errors import OutputError
from emscope.files import remove_file, whole_file, write_text


def test_a_file_appears_whole(tmp_path):
    path = tmp_path / "new" / "folder" / "a.txt"
    write_text(path, "grüße\n")
    assert path.read_bytes() == "grüße\n".encode()
    assert os.listdir(path.parent) == ["a.txt"]


def test_until_it_is_complete_the_earlier_file_stays(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("earlier")
    with whole_file(path) as file:
        file.write(b"later")
        file.flush()
        assert path.read_text() == "earlier"
    assert path.read_text() == "later"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_appears_when_the_body_raises(tmp_path, error):

    def write_half():
        with whole_file(tmp_path / "a.txt") as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        write_half()
    assert os.listdir(tmp_path) == []


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("earlier")

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"cannot write .*a\.txt: No space left on device\."):
        write_text(path, "later")
    assert path.read_text() == "earlier"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_places_where_no_file_can_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        write_text(tmp_path / "file" / "a.txt", "")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="cannot write"):
        write_text(tmp_path / "folder", "")
    with pytest.raises(OutputError, match="cannot write"):
        write_text(tmp_path / ("n" * 300), "")


def test_permissions_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "a.txt", "")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


def test_what_a_killed_process_has_left_goes_with_the_next_file_of_that_name(tmp_path):
    path, other = tmp_path / "run.ckpt", tmp_path / ".0123456789abcdef.part"
    other.write_bytes(b"of somebody else")
    with whole_file(path, again=True) as file:
        begun = next(p for p in tmp_path.iterdir() if p != other)
        file.write(b"first")
    begun.write_bytes(b"half")
    with whole_file(path, again=True) as file:
        file.write(b"next")
    assert path.read_bytes() == b"next"
    assert not begun.exists()
    begun.write_bytes(b"half")
    remove_file(path)
    assert list(tmp_path.iterdir()) == [other]
