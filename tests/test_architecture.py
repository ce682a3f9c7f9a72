"""The import rules, as docs/architecture.md tells them: two wings, one bridge, one way down."""

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import emscope

ROOT = Path(emscope.__file__).parent

FIT = {"data", "kernels", "models", "engines", "stopping", "em", "starts", "recording"}

ABOVE = {"scene", "plot", "player", "terminal", "report", "cli", "estimators", "results", "study"}

PAGE = Path(__file__).parent.parent / "docs" / "architecture.md"


def table_of(page):
    """The rooms and what each may import, of which None is everything."""
    rows = re.findall(r"^\| `(\w+)(?:\.py|/)` \|[^|]*\| ([\w, ]+) \|$", page, re.MULTILINE)
    told = {"nothing": set(), "everything": None}
    return {room: told[names] if names in told else set(names.split(", ")) for room, names in rows}


MAY_IMPORT = table_of(PAGE.read_text(encoding="utf-8"))

# module of another package -> the rooms that may import it
ONLY_IN = {
    "matplotlib": {"plot"},
    "PIL": {"plot"},
    "sklearn.base": {"estimators"},
    "rich": {"terminal", "cli"},
    "rich_click": {"cli"},
    "pyarrow": {"data", "results", "report"},
    "anywidget": {"player"},
    "traitlets": {"player"},
}


def room_of(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path):
    """Full names of what a file imports, wherever in the file that is."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


FILES = sorted(ROOT.rglob("*.py"))


def test_the_table_names_the_rooms_that_there_are():
    assert {room_of(path) for path in FILES} == set(MAY_IMPORT)
    assert set().union(*(names or () for names in MAY_IMPORT.values())) <= set(MAY_IMPORT)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_rooms_import_only_what_lies_below(path):
    room = room_of(path)
    assert room in MAY_IMPORT, f"room {room} is not in the table"
    allowed = MAY_IMPORT[room]
    if allowed is None:
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "emscope":
            assert len(parts) > 1, f"{path} imports the package itself"
            below = parts[1]
            assert below == room or below in allowed, f"{room} may not import {below}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_other_packages_stay_in_their_rooms(path):
    room = room_of(path)
    for name in imports(path):
        for package, rooms in ONLY_IN.items():
            if name == package or name.startswith(package + "."):
                assert room in rooms, f"{room} may not import {package}"


def test_nothing_above_is_reached_by_the_fit_wing():
    for path in FILES:
        if room_of(path) in FIT:
            reached = {name.split(".")[1] for name in imports(path) if name.startswith("emscope.")}
            assert not reached & {
                "scene",
                "plot",
                "player",
                "terminal",
                "report",
                "cli",
                "estimators",
                "study",
                "results",
            }


def module_of(path):
    return ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")


def test_no_file_is_part_of_a_circle_of_imports():
    modules = {module_of(path): path for path in FILES}
    graph = {
        module: {name if name in modules else name.rpartition(".")[0] for name in imports(path)}
        & set(modules)
        for module, path in modules.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
