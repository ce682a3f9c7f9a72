"""Whatever is in a folder, and whatever is run there: what emscope did not write stays as it is."""

import contextlib
import os
import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands import run

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="commands are killed in forked processes")

DATA = "x,y\n" + "".join(f"{i % 2 * 9 + i / 7},{i / 3}\n" for i in range(12))
FEW = ("--formats", "none", "--no-player", "-k", "2")
OURS = (
    "trace.npz", "summary.json", "centers.csv", "labels.csv", "clusters.csv", "sizes.csv", "means.csv",
    "covariances.csv", "weights.csv", "responsibilities.csv", "manifest.json", "player.html",
    "filmstrip.png", "animation.gif", "model.json",
)  # fmt: skip
OTHERS = ("notes.txt", "größe ‮x", "a;b", "-k", ".0123456789abcdef.part", "labels.csv.bak", "Trace.npz")


def snapshot(folder):
    """Every path below a folder, with what is there."""
    found = {}
    for above, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(above, name)
            mode = os.lstat(path).st_mode
            if stat.S_ISLNK(mode):
                found[path] = ("link", os.readlink(path))
            elif stat.S_ISREG(mode):
                found[path] = ("file", Path(path).read_bytes())
            else:
                found[path] = (stat.S_IFMT(mode),)
    return found


def same(before, after):
    """What of ``before`` is still there as it was."""
    return {path: what for path, what in before.items() if after.get(path) == what}


names = st.sampled_from((*OURS, *OTHERS))
contents = st.sampled_from((b"", b"mine", b"{}", DATA.encode(), b'{"format": "emscope-manifest"}'))
things = st.one_of(
    st.tuples(st.just("file"), names, contents),
    st.tuples(st.just("folder"), st.sampled_from((*OURS, *OTHERS, "frames", "out")), contents),
    st.tuples(st.just("link"), st.sampled_from((*OURS, *OTHERS, "frames")), st.sampled_from((
        "../outside/precious.csv", "t.csv", "nowhere", ".", "../outside"))),
    st.tuples(st.just("hard link"), names, st.sampled_from(("../outside/precious.csv", "t.csv"))),
    st.tuples(st.just("pipe"), names, st.just(b"")),
)  # fmt: skip


def put(folder, thing):
    kind, name, what = thing
    path = folder / name
    if os.path.lexists(path):
        return
    if kind == "file":
        path.write_bytes(what)
    elif kind == "folder":
        path.mkdir()
        (path / "labels.csv").write_bytes(what)
    elif kind == "link":
        path.symlink_to(what)
    elif kind == "hard link":
        os.link(folder / what, path)
    else:
        os.mkfifo(path)


@contextlib.contextmanager
def place():
    with TemporaryDirectory() as base:
        base = Path(base)
        for name in ("outside", "here"):
            (base / name).mkdir()
        (base / "outside" / "precious.csv").write_text(DATA)
        (base / "here" / "t.csv").write_text(DATA)
        yield base


commands = st.one_of(
    st.tuples(
        st.just("run"),
        st.sampled_from(("t.csv", "../outside/precious.csv", "labels.csv", "responsibilities.csv",
                         "out/responsibilities.csv", "../here/t.csv", "weights.csv")),
        st.sampled_from(((), ("--model", "gmm"), ("--init", "centers.csv"), ("--init", "out/trace.npz"),
                         ("--colors-like", "trace.npz"))),
    ),
    st.tuples(st.just("view"), st.sampled_from(("trace.npz", "out/trace.npz")), st.just(())),
)  # fmt: skip
outs = st.sampled_from(((), ("--out", "."), ("--out", "out"), ("--out", "trace.npz"), ("--out", "../here")))
kills = st.one_of(st.none(), st.integers(0, 45))


def arguments(command, out):
    name, data, more = command
    few = ("--formats", "none") if name == "view" else FEW
    return (name, data, *few, *more, *out)


@settings(max_examples=settings.default.max_examples // 8, deadline=None)
@given(st.lists(things, max_size=8), st.lists(st.tuples(commands, outs, kills), min_size=1, max_size=5))
def test_what_emscope_did_not_write_stays(strange, runs):
    with place() as base:
        here = base / "here"
        for thing in strange:
            put(here, thing)
        foreign = snapshot(base)
        for command, out, kill_at in runs:
            run(here, *arguments(command, out), kill_at=kill_at)
            assert same(foreign, snapshot(base)) == foreign


@settings(max_examples=settings.default.max_examples // 12, deadline=None)
@given(st.lists(things, max_size=6), st.lists(st.tuples(commands, outs, kills), min_size=1, max_size=3))
def test_force_replaces_only_files_of_the_names_that_are_written(strange, runs):
    with place() as base:
        here = base / "here"
        for thing in strange:
            put(here, thing)
        foreign = snapshot(base)
        inputs = {str(here / "t.csv"), str(base / "outside" / "precious.csv")}
        for command, out, kill_at in runs:
            run(here, *arguments(command, out), "--force", kill_at=kill_at)
            after = snapshot(base)
            for path in foreign.keys() - same(foreign, after).keys():
                assert os.path.basename(path) in OURS
                assert foreign[path][0] in ("file", "link")
                assert path not in inputs
            foreign = same(foreign, after)


edits = st.sampled_from(("nothing", "edit", "copy", "delete", "move"))


@settings(max_examples=settings.default.max_examples // 12, deadline=None)
@given(st.data())
def test_what_was_changed_by_hand_is_not_emscopes_any_more(data):
    with place() as base:
        here = base / "here"
        foreign = snapshot(base)
        for _ in range(3):
            command = data.draw(commands)
            run(here, *arguments(command, data.draw(outs)), kill_at=data.draw(kills))
            now = snapshot(base)
            assert same(foreign, now) == foreign
            files = sorted(
                p for p, w in now.items() if w[0] == "file" and p not in foreign and "manifest" not in p
            )
            edit = data.draw(edits)
            if not files or edit == "nothing":
                continue
            path = Path(data.draw(st.sampled_from(files)))
            other = path.with_name(data.draw(st.sampled_from(OURS)))
            if edit == "edit":
                path.write_bytes(path.read_bytes() + b"\n")
                foreign[str(path)] = snapshot(base)[str(path)]
            elif edit == "delete":
                path.unlink()
            elif not os.path.lexists(other):
                content = path.read_bytes()
                if edit == "move":
                    path.unlink()
                other.write_bytes(content)
                foreign[str(other)] = snapshot(base)[str(other)]


@settings(max_examples=settings.default.max_examples // 12, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from((("run", "t.csv", *FEW), ("run", "t.csv", *FEW, "--model", "gmm"),
                             ("run", "../outside/precious.csv", "-k", "3", "--formats", "none"))),
            kills,
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from((".", "out", "deep/er")),
)  # fmt: skip
def test_after_any_number_of_kills_a_run_succeeds_and_leaves_nothing_else(runs, out):
    with place() as base:
        here = base / "here"
        (here / "notes.txt").write_text("mine")
        foreign = snapshot(base)
        for command, kill_at in runs:
            run(here, *command, "--out", out, kill_at=kill_at)
        code, printed = run(here, "run", "t.csv", *FEW, "--out", out)
        assert code == 0, printed
        made = {os.path.relpath(p, here / out) for p, w in snapshot(base).items() if w[0] == "file"}
        made -= {os.path.relpath(p, here / out) for p in foreign}
        assert made == {
            "manifest.json", "trace.npz", "summary.json", "centers.csv", "clusters.csv", "labels.csv",
            "sizes.csv", "model.json",
        }  # fmt: skip
        assert same(foreign, snapshot(base)) == foreign
