"""State and algorithm under Node's own test runner."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from emscope.player.bundle import WEB, modules, script

HERE = Path(__file__).parent


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("name", sorted(path.name for path in HERE.glob("*.test.mjs")))
def test_under_node(name):
    environment = {**os.environ, "WEB": WEB.as_uri()}
    done = subprocess.run(
        ["node", "--test", str(HERE / name)], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_parts_without_a_page_know_no_page():
    rooms = [
        path.relative_to(WEB).as_posix() for room in ("em", "story") for path in (WEB / room).glob("*.js")
    ]
    tested = ("page/state.js", "page/unpack.js", "picture/regions.js", *rooms)
    for name in {module for entry in tested for module in modules(entry)}:
        source = (WEB / name).read_text(encoding="utf-8")
        assert not any(word in source for word in ("document.", "window.", "addEventListener")), name


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("entry", ["page/page.js", "page/widget.js"])
def test_the_script_put_together_is_one_valid_module(entry, tmp_path):
    path = tmp_path / "script.mjs"
    path.write_text(script(entry), encoding="utf-8")
    done = subprocess.run(["node", "--check", str(path)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
