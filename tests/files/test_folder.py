"""A folder with a manifest, whatever else is in it and whenever a run is killed."""

import errno
import hashlib
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emscope.errors import OutputError
from emscope.files import Folder


def write(folder, files, *stale):
    with folder.writing(list(files)):
        for name, content in files.items():
            with folder.file(name) as file:
                file.write(content)
        folder.remove_stale(*stale)


def manifest_of(path):
    return json.loads((path / "manifest.json").read_text())


def files_in(path):
    return {str(p.relative_to(path)): p.read_bytes() for p in path.rglob("*") if p.is_file()}


def test_the_manifest_has_name_size_and_hash_of_every_file(tmp_path):
    files = {"a.txt": b"one", "frames/b.txt": b"two"}
    write(Folder(tmp_path / "out"), files)
    assert [(e["name"], e["size"], e["sha256"]) for e in manifest_of(tmp_path / "out")["files"]] == [
        (name, len(content), hashlib.sha256(content).hexdigest()) for name, content in files.items()
    ]
    assert files_in(tmp_path / "out").keys() == {*files, "manifest.json"}


def test_files_of_an_earlier_run_are_replaced_or_removed(tmp_path):
    write(Folder(tmp_path), {"a.txt": b"1", "b.txt": b"1", "frames/c.txt": b"1"})
    write(Folder(tmp_path), {"a.txt": b"2"})
    assert set(os.listdir(tmp_path)) == {"a.txt", "manifest.json"}
    assert (tmp_path / "a.txt").read_bytes() == b"2"


def test_only_what_is_stale_is_removed(tmp_path):
    write(Folder(tmp_path), {"labels.csv": b"1", "old.png": b"1"})
    write(Folder(tmp_path), {"new.png": b"2"}, lambda name: name.endswith(".png"))
    assert files_in(tmp_path).keys() == {"labels.csv", "new.png", "manifest.json"}
    assert {entry["name"] for entry in manifest_of(tmp_path)["files"]} == {"labels.csv", "new.png"}


def test_a_file_that_was_changed_since_is_not_ours(tmp_path):
    write(Folder(tmp_path), {"a.txt": b"1", "b.txt": b"1"})
    (tmp_path / "a.txt").write_bytes(b"x")
    before = files_in(tmp_path)
    with pytest.raises(OutputError, match=r"a\.txt would be written over.*--force"):
        write(Folder(tmp_path), {"a.txt": b"2"})
    assert files_in(tmp_path) == before
    folder = Folder(tmp_path)
    write(folder, {"c.txt": b"2"})
    assert files_in(tmp_path).keys() == {"a.txt", "c.txt", "manifest.json"}
    assert folder.kept == [
        f"{tmp_path / 'a.txt'} is of an earlier run and stays, because it was changed since"
    ]


def test_force_replaces_exactly_what_is_written(tmp_path):
    for name in ("a.txt", "b.txt", "manifest.json"):
        (tmp_path / name).write_bytes(b"mine")
    write(Folder(tmp_path, force=True), {"a.txt": b"2"})
    assert (tmp_path / "a.txt").read_bytes() == b"2"
    assert (tmp_path / "b.txt").read_bytes() == b"mine"
    write(Folder(tmp_path), {"a.txt": b"3"})  # the manifest is emscope's now


@pytest.mark.parametrize("spell", [
    lambda path: path,
    lambda path: os.path.relpath(path),
    lambda path: path.parent / "." / ".." / path.parent.name / path.name,
    lambda path: os.symlink(path, path.with_name("link")) or path.with_name("link"),
    lambda path: os.link(path, path.with_name("hard")) or path.with_name("hard"),
    lambda path: os.open(path, os.O_RDONLY),
])  # fmt: skip
@pytest.mark.parametrize("force", [False, True])
def test_what_is_read_is_never_written_over_or_removed(tmp_path, spell, force):
    write(Folder(tmp_path), {"a.txt": b"1", "b.txt": b"1"})
    read = spell(tmp_path / "a.txt")
    with pytest.raises(OutputError, match=rf"cannot write a\.txt .* such as --out {tmp_path}-2"):
        write(Folder(tmp_path, inputs=[read], force=force), {"a.txt": b"2"})
    assert (tmp_path / "a.txt").read_bytes() == b"1"
    folder = Folder(tmp_path, inputs=[read], force=force)
    write(folder, {"c.txt": b"2"})
    assert (tmp_path / "a.txt").read_bytes() == b"1"
    assert not (tmp_path / "b.txt").exists()
    assert folder.kept == [f"{tmp_path / 'a.txt'} is of an earlier run and stays, because this one reads it"]


def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path):
    (tmp_path / "precious").write_bytes(b"1")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.txt").symlink_to(tmp_path / "precious")
    with pytest.raises(OutputError, match=r"a\.txt"):
        write(Folder(tmp_path / "out"), {"a.txt": b"2"})
    write(Folder(tmp_path / "out", force=True), {"a.txt": b"2"})
    assert (tmp_path / "precious").read_bytes() == b"1"


@pytest.mark.parametrize("force", [False, True])
def test_a_link_in_the_place_of_a_folder_is_refused(tmp_path, force):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "frames").symlink_to(tmp_path / "elsewhere")
    for names in (["frames/"], ["frames/a.png"]):
        with pytest.raises(OutputError, match=r"a folder in the place of frames \(a link\)"):
            Folder(tmp_path / "out", force=force).check(names)


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path, force):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(OutputError, match=r"a file in the place of a\.txt \(a folder\)"):
        Folder(tmp_path, force=force).check(["a.txt"])


def altered(content):
    yield {}
    yield []
    yield {**content, "version": 2}
    yield {
        **content,
        "files": [{"name": "mine.txt", "size": 4, "sha256": hashlib.sha256(b"mine").hexdigest()}],
    }
    for name in ("../mine.txt", "/mine.txt", "", "a//b", "manifest.json", "a/../../b"):
        yield signed({**content, "files": [{"name": name, "size": 4, "sha256": "0" * 64}]})
    yield signed({**content, "temporary": "mine.txt"})
    yield signed({**content, "spare": None})
    yield signed({**content, "files": [{"name": 3, "size": 4, "sha256": "0" * 64}]})
    yield signed({**content, "files": "mine.txt"})
    yield signed({**content, "folders": [".."]})


def signed(content):
    rest = {name: value for name, value in content.items() if name != "checksum"}
    return {**rest, "checksum": hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()}


def test_a_manifest_that_emscope_did_not_write_says_nothing(tmp_path):
    write(Folder(tmp_path), {"a.txt": b"1"})
    content = manifest_of(tmp_path)
    assert signed(content) == content
    for other in altered(content):
        (tmp_path / "manifest.json").write_text(json.dumps(other))
        with pytest.raises(OutputError, match=r"manifest\.json"):
            Folder(tmp_path).check(["new.txt"])
    for text in ("", "{", "[" * 100_000, "null", '{"format": "emscope-manifest"}'):
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(OutputError, match=r"manifest\.json"):
            Folder(tmp_path).check(["new.txt"])


def test_an_error_leaves_what_was_there_and_what_was_written(tmp_path):
    write(Folder(tmp_path), {"a.txt": b"1", "b.txt": b"1"})

    def fail():
        folder = Folder(tmp_path)
        with folder.writing(["a.txt", "c.txt"]):
            with folder.file("a.txt") as file:
                file.write(b"2")
            with folder.file("c.txt") as file:
                file.write(b"half")
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OutputError, match=r"cannot write .*c\.txt: No space left on device"):
        fail()
    found = files_in(tmp_path)
    del found["manifest.json"]
    assert found == {"a.txt": b"2", "b.txt": b"1"}
    write(Folder(tmp_path), {"a.txt": b"3"})
    assert files_in(tmp_path).keys() == {"a.txt", "manifest.json"}


def test_ctrl_c_leaves_what_was_there_and_what_was_written(tmp_path):
    write(Folder(tmp_path), {"a.txt": b"1", "b.txt": b"1"})

    def interrupted():
        folder = Folder(tmp_path)
        with folder.writing(["a.txt", "b.txt"]):
            with folder.file("a.txt") as file:
                file.write(b"2")
            with folder.file("b.txt") as file:
                file.write(b"half")
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    found = files_in(tmp_path)
    del found["manifest.json"]
    assert found == {"a.txt": b"2", "b.txt": b"1"}


def test_another_file_in_the_place_of_what_is_read_is_neither_written_over_nor_taken_for_it(tmp_path):
    read = tmp_path / "t.csv"
    read.write_bytes(b"1")
    folder = Folder(tmp_path, inputs=[read])
    (tmp_path / "new").write_bytes(b"2")
    (tmp_path / "new").replace(read)
    for i in range(50):  # one of these would get the place on the disk that became free
        write(folder, {f"{i}.txt": b"3"})
    with pytest.raises(OutputError, match=r"t\.csv into .* is what this run reads"):
        write(folder, {"t.csv": b"3"})


def test_nothing_below_a_link_is_ours(tmp_path):
    write(Folder(tmp_path / "out"), {"frames/a.png": b"1", "b.txt": b"1"})
    (tmp_path / "out" / "frames").rename(tmp_path / "keep")
    (tmp_path / "out" / "frames").symlink_to("../keep")
    write(Folder(tmp_path / "out"), {"b.txt": b"2"})
    assert (tmp_path / "keep" / "a.png").read_bytes() == b"1"


def live_manifest(path):
    """The manifest of a run that was killed while it wrote."""
    folder = Folder(path)
    with folder.writing(["a.txt"]), folder.file("a.txt") as file:
        file.write(b"1")
        content = (path / "manifest.json").read_text()
    (path / "manifest.json").write_text(content)
    (path / "a.txt").unlink()
    return json.loads(content)


@pytest.mark.parametrize("which", ["temporary", "spare"])
@pytest.mark.parametrize("what", ["file", "input", "folder", "link", "pipe"])
def test_what_has_the_name_of_a_temporary_file_locks_nothing(tmp_path, which, what):
    place = tmp_path / live_manifest(tmp_path)[which]
    inputs = []
    if what in ("file", "input"):
        place.write_bytes(b"mine")
        inputs = [place] if what == "input" else []
    elif what == "folder":
        place.mkdir()
    elif what == "link":
        place.symlink_to("nowhere")
    else:
        os.mkfifo(place)
    write(Folder(tmp_path, inputs=inputs), {"a.txt": b"2"})
    write(Folder(tmp_path, inputs=inputs), {"a.txt": b"3"})
    assert (tmp_path / "a.txt").read_bytes() == b"3"
    if (which, what) != ("temporary", "file"):  # which no one but the killed run can have written
        assert os.path.lexists(place)


def test_a_manifest_that_somebody_writes_meanwhile_stays(tmp_path):
    def overtaken():
        folder = Folder(tmp_path)
        with folder.writing(["a.txt"]), folder.file("a.txt") as file:
            (tmp_path / "manifest.json").write_text("mine")
            file.write(b"1")

    with pytest.raises(OutputError, match="somebody else has written it meanwhile"):
        overtaken()
    assert os.listdir(tmp_path) == ["manifest.json"]
    assert (tmp_path / "manifest.json").read_text() == "mine"


def test_what_cannot_be_removed_stays_and_that_is_said(tmp_path, monkeypatch):
    write(Folder(tmp_path), {"a.txt": b"1", "b.txt": b"1"})
    unlink = Path.unlink

    def refused(path, missing_ok=False):
        if path.name == "b.txt":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refused)
    folder = Folder(tmp_path)
    write(folder, {"a.txt": b"2"})
    assert folder.kept == [
        f"{tmp_path / 'b.txt'} is of an earlier run and cannot be removed: Permission denied"
    ]
    monkeypatch.undo()
    write(Folder(tmp_path), {"a.txt": b"3"})
    assert not (tmp_path / "b.txt").exists()


@pytest.mark.parametrize("name", ["n" * 300, "/proc/emscope", "file/below", "file"])
def test_places_that_cannot_be_written_are_found_before_anything_is_read(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match=r"cannot write into .*--out"):
        Folder(name).check(["a.txt"])
    assert os.listdir(tmp_path) == ["file"]


def test_a_current_folder_that_is_gone_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(OutputError, match="cannot write into out: No such file or directory"):
        Folder("out").check(["a.txt"])
    write(Folder(tmp_path / "out"), {"a.txt": b"1"})


@pytest.mark.skipif(sys.platform == "win32", reason="there are no locks on folders there")
def test_two_runs_at_a_time_do_not_share_a_folder(tmp_path):
    with (
        Folder(tmp_path).writing(["a.txt"]),
        pytest.raises(OutputError, match="another run is writing into"),
    ):
        write(Folder(tmp_path), {"b.txt": b"2"})
    write(Folder(tmp_path), {"b.txt": b"2"})


def test_without_unnamed_files_the_first_manifest_is_whole_too(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "O_TMPFILE")
    write(Folder(tmp_path), {"a.txt": b"1"})
    assert set(os.listdir(tmp_path)) == {"a.txt", "manifest.json"}


def killed(task, turn):
    """Do something in another process, which is killed before the turn-th time that it changes the disk."""
    child = os.fork()
    if child == 0:
        left = [turn]

        def count(event, arguments):
            opens = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)
            if opens or event in ("os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir"):
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left[0] -= 1

        sys.addaudithook(count)
        try:
            task()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


NAMES = st.sampled_from(("a.txt", "b.txt", "frames/c.txt", "frames/d.txt"))
RUNS = st.dictionaries(NAMES, st.binary(max_size=3), max_size=4)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are killed in forked processes")
@settings(max_examples=settings.default.max_examples // 2, deadline=None)
@given(
    st.lists(st.tuples(RUNS, st.integers(0, 40)), min_size=1, max_size=5),
    RUNS,
    st.dictionaries(st.sampled_from(("mine.txt", "frames/mine.txt", ".mine.part")), st.binary(max_size=3)),
)
def test_after_any_kill_the_next_run_finds_its_way(tmp_path_factory, runs, last, mine):
    path = tmp_path_factory.mktemp("killed")
    for name, content in mine.items():
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_bytes(content)
    for files, turn in runs:
        killed(lambda files=files: write(Folder(path), files), turn)
        assert mine.items() <= files_in(path).items()
    write(Folder(path), last)
    found = files_in(path)
    del found["manifest.json"]
    assert found == {**mine, **last}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are killed in forked processes")
def test_every_moment_of_a_first_run_is_tried(tmp_path):
    for turn in range(100):
        path = tmp_path / str(turn)
        if not killed(lambda path=path: write(Folder(path), {"a.txt": b"1", "frames/b.txt": b"1"}), turn):
            break
        write(Folder(path), {"c.txt": b"2"})
        assert set(os.listdir(path)) == {"c.txt", "manifest.json"}, turn
    assert 8 < turn < 100
    assert Path(path, "frames", "b.txt").read_bytes() == b"1"
