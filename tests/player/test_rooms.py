"""The rooms of the page's script, as docs/architecture.md tells them: which may import which."""

import posixpath
import re
from graphlib import CycleError, TopologicalSorter

import pytest

from emscope.player.bundle import WEB, imported

SHARED = "wording.js"  # lies outside the rooms and is open to all

MAY_IMPORT = {
    "em": {"em"},
    "story": {"em", "story"},
    "picture": {"em", "picture"},
    "page": {"em", "story", "picture", "page"},
}

MODULES = sorted(path.relative_to(WEB).as_posix() for path in WEB.rglob("*.js"))


def types_from(name):
    """Modules whose types a module takes in its comments."""
    found = re.findall(r'import\("([^"]+)"\)', (WEB / name).read_text(encoding="utf-8"))
    return [posixpath.normpath(posixpath.join(posixpath.dirname(name), other)) for other in found]


def test_every_module_is_in_a_room():
    assert {posixpath.dirname(name) for name in MODULES if name != SHARED} == set(MAY_IMPORT)
    assert imported(SHARED) == types_from(SHARED) == []


@pytest.mark.parametrize("name", [name for name in MODULES if name != SHARED])
def test_rooms_import_only_what_they_may(name):
    others = {*imported(name), *types_from(name)}
    assert others <= set(MODULES)
    assert {posixpath.dirname(other) for other in others - {SHARED}} <= MAY_IMPORT[posixpath.dirname(name)]


def test_no_module_is_part_of_a_circle_of_imports():
    try:
        TopologicalSorter({name: imported(name) for name in MODULES}).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
