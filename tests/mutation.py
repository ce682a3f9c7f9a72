"""Change the code in one place, see whether a test fails, and do so again at other places.

    python tests/mutation.py --sample 30 --seed 1             # of all rooms
    python tests/mutation.py --sample 30 --seed 1 models em   # of some

Prints every change as it is tried, and whether it was noticed. A change that no test notices asks for a test
of what the line is for, or for an entry with the reason in ``mutations_that_do_not_matter.toml``.

All tests are collected once, in a copy of the project, and run once, to see which of them run which lines
and how long they take. A change is then tried on those that run its line, those of its room first and the
quick ones before the slow: in a fork of the process that collected them, in which the function gets its new
code. What runs on import is tried in a process that imports all anew. Property tests try few examples. Tests
of pictures, pages and commands are left out, and kernels are not changed. The operators are cosmic-ray's: of
all pairs of them those that a slip of the pen would exchange.
"""

import argparse
import ast
import difflib
import gc
import importlib
import os
import pkgutil
import random
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.machinery import SourceFileLoader
from itertools import groupby, islice, zip_longest
from multiprocessing import get_context
from pathlib import Path
from types import CodeType, FunctionType

import coverage
import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from hypothesis import Phase, settings

ROOT = Path(__file__).parent.parent
SOURCE = Path("src/emscope")
LISTED = Path(__file__).with_name("mutations_that_do_not_matter.toml")

FIT = ("em", "stopping", "models", "starts", "engines", "recording")
ROOMS = (*FIT, "card", "events", "trace", "archive", "data", "validation", "scene")
WITHOUT = {"cli", "conformance", "kernels", "player", "plot", "report"}
WITHOUT |= {f"test_{name}.py" for name in ("architecture", "benchmarks", "examples", "notebook", "terminal")}
IMPORTED = ("matplotlib.figure", "pandas", "polars", "pyarrow.csv", "sklearn.utils.estimator_checks")

PAIRS = {
    "ReplaceBinaryOperator": "Add_Sub Sub_Add Mul_Div Div_Mul FloorDiv_Mul Mod_Mul Pow_Mul BitAnd_BitOr",
    "ReplaceComparisonOperator": "Lt_LtE LtE_Lt Gt_GtE GtE_Gt Eq_NotEq NotEq_Eq Is_IsNot IsNot_Is",
    "ReplaceUnaryOperator": "Delete_Not USub_UAdd",
}
OPERATORS = [
    *(f"{operator}_{pair}" for operator, pairs in PAIRS.items() for pair in pairs.split()),
    *("ReplaceAndWithOr", "ReplaceOrWithAnd", "AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue"),
    *("NumberReplacer", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak"),
]

FORK = get_context("fork")


@dataclass(frozen=True)
class Mutation:
    """One change to one file."""

    path: Path  # from the root of the project
    line: int
    before: str
    after: str
    code: str  # of the whole file, changed

    def __str__(self):
        return f"{self.path}:{self.line}\n    - {self.before}\n    + {self.after}"


def places_in(path):
    """Every place of a file that an operator can change, as (file, operator, number of the place)."""
    nodes = list(ast_nodes(get_ast((ROOT / path).read_text(encoding="utf-8"))))
    for name in OPERATORS:
        operator = get_operator(f"core/{name}")()
        places = sum(len(list(operator.mutation_positions(node))) for node in nodes)
        yield from ((path, name, place) for place in range(places))


def mutation_at(path, name, place):
    """Return a change, or None where it changes only an annotation, or is no Python."""
    code = (ROOT / path).read_text(encoding="utf-8")
    changed = mutate_code(code, get_operator(f"core/{name}")(), place)
    try:
        if _without_annotations(changed) == _without_annotations(code):
            return None
    except SyntaxError:
        return None
    return _mutation(path, code, changed)


def _mutation(path, code, changed):
    lines = code.splitlines(), changed.splitlines()
    _, i1, i2, j1, j2 = next(
        op for op in difflib.SequenceMatcher(None, *lines, autojunk=False).get_opcodes() if op[0] != "equal"
    )
    return Mutation(path, i1 + 1, _joined(lines[0][i1:i2]), _joined(lines[1][j1:j2]), changed)


def _joined(lines):
    return " ".join(line.strip() for line in lines)


def _without_annotations(code):
    """Return what a file does, as text; annotations are never looked at."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        for field in ("annotation", "returns"):
            if hasattr(node, field):
                setattr(node, field, None)
    return ast.dump(tree)


def files_of(rooms):
    """Paths of the files of some rooms."""
    files = (path.relative_to(ROOT) for path in (ROOT / SOURCE).rglob("*.py"))
    return sorted(path for path in files if path.relative_to(SOURCE).parts[0].removesuffix(".py") in rooms)


FEW = {"max_examples": 10, "deadline": None, "database": None, "phases": [Phase.explicit, Phase.generate]}


class Examples:
    """A plugin for pytest: few examples of every property, and no search for the simplest that fails."""

    def pytest_collection_modifyitems(self, items):
        for item in items:
            given = getattr(item.obj, "_hypothesis_internal_use_settings", None)
            if given is not None:
                item.obj._hypothesis_internal_use_settings = settings(given, **FEW)


class Watch(Examples):
    """A plugin for pytest: which lines every test runs, itself or in what it shares with others."""

    def __init__(self, folder):
        self._coverage = coverage.Coverage(data_file=None, config_file=False, source=[str(folder / SOURCE)])
        self._shared = {}
        self._seconds = {}
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        self._now = item.nodeid
        self._coverage.switch_context(self._now)
        began = time.perf_counter()
        fixtures = item._fixtureinfo.name2fixturedefs.values()
        self._shared[self._now] = {repr(found) for several in fixtures for found in several}
        try:
            return (yield)
        finally:
            self._seconds[self._now] = time.perf_counter() - began

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef):
        if fixturedef.scope != "function":
            self._coverage.switch_context(repr(fixturedef))
        try:
            return (yield)
        finally:
            self._coverage.switch_context(self._now)

    def seen(self):
        """Seconds and lines (by the name of the file) of every test."""
        self._coverage.stop()
        data = self._coverage.get_data()
        lines = defaultdict(lambda: defaultdict(set))
        for name in data.measured_files():
            for line, contexts in data.contexts_by_lineno(name).items():
                for context in contexts:
                    lines[context][name].add(line)
        found = {}
        for test, seconds in self._seconds.items():
            ran = defaultdict(set)
            for context in (test, *self._shared[test]):
                for name, numbers in lines[context].items():
                    ran[name] |= numbers
            found[test] = seconds, dict(ran)
        return found


class Tries(Examples):
    """A plugin for pytest that runs the tests it is asked to, each time in a fork of what was collected."""

    def __init__(self, use):
        self._use = use

    def pytest_runtestloop(self, session):
        if session.testsfailed:
            return None  # it says what could not be collected
        self._session = session
        self._items = {item.nodeid: item for item in session.items}
        self._use(self)
        return True

    def seen(self, folder):
        """What every test runs of the unchanged code, which all have to pass; see ``Watch.seen``."""
        found = {}
        for _, items in groupby(self._items.values(), key=lambda item: item.path):
            receiver, sender = FORK.Pipe(duplex=False)
            process = FORK.Process(target=self._watch, args=(folder, list(items), sender))
            process.start()
            sender.close()
            found |= receiver.recv()
            process.join()
        return found

    def _watch(self, folder, items, sender):
        watch = Watch(folder)
        self._session.config.pluginmanager.register(watch)
        self._run(items)
        if self._session.testsfailed:
            raise SystemExit(f"{items[0].path} fails without any change")
        sender.send(watch.seen())

    def passes(self, mutation, folder, tests):
        """Run tests in this process, with the new code of a function."""
        change_function(mutation, folder)
        self._run([self._items[test] for test in tests])
        return not self._session.testsfailed

    def _run(self, items):
        for item, following in zip_longest(items, items[1:]):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._session.testsfailed:
                return


def change_function(mutation, folder):
    """Give the function that a mutation is about its new code, and those inside it theirs."""
    path = str(folder / mutation.path)
    codes = _codes(compile(mutation.code, path, "exec"))
    changed = {(code.co_qualname, code.co_firstlineno): code for code in codes}
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and function.__code__.co_filename == path:
            code = function.__code__
            function.__code__ = changed.get((code.co_qualname, code.co_firstlineno), code)


def _codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def change_import(mutation, folder):
    """Let the file that a mutation is about be imported with its new code, which no file has."""
    original = SourceFileLoader.get_code

    def get_code(loader, name):
        path = loader.get_filename(name)
        changed = path == str(folder / mutation.path)
        return compile(mutation.code, path, "exec") if changed else original(loader, name)

    SourceFileLoader.get_code = get_code


def run_pytest(folder, tests, plugin):
    """Run pytest in this process, silently; return whether all tests passed."""
    os.chdir(folder)
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silence, stream)
    options = ["-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return not pytest.main([*options, "--hypothesis-seed=0", *tests], plugins=[plugin])


def outcome_of(limit, passes, *arguments):
    """Run tests in a process of their own, and tell how that ended."""

    def attempt():
        os.setpgrp()
        os._exit(0 if passes(*arguments) else 1)

    process = FORK.Process(target=attempt)
    process.start()
    process.join(limit)
    if process.exitcode is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.join()
        return "noticed, by its time"
    return "SURVIVED" if process.exitcode == 0 else "noticed"


def passes_imported_anew(mutation, folder, tests):
    """Run tests in this process, which has imported nothing that could change."""
    change_import(mutation, folder)
    return run_pytest(folder, tests, Examples())


@cache
def functions_of(path):
    """Lines inside the functions of a file, and of every line those of the statement that it is part of.

    What a cache keeps is run by the first test only, so it counts as if it were outside of functions.
    """
    within, statements = set(), {}
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and not any(
            "cache" in ast.unparse(d) for d in node.decorator_list
        ):
            within.update(range(node.body[0].lineno, node.end_lineno + 1))
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            end = max(node.lineno, body[0].lineno - 1) if body else node.end_lineno
            lines = range(node.lineno, end + 1)
            statements.update(dict.fromkeys(lines, lines))
    return within, statements


def tests_for(mutation, seen, folder, seconds):
    """Return the tests that run what changed, likely ones first, and how long they take.

    Of what runs on import that is every test that runs any function of the file.
    """
    within, statements = functions_of(mutation.path)
    lines = set(statements[mutation.line]) if mutation.line in within else within
    name = str(folder / mutation.path)
    room = mutation.path.relative_to(SOURCE).parts[0].removesuffix(".py")
    running = [
        (not test.startswith((f"tests/{room}/", f"tests/test_{room}.py")), took, test)
        for test, (took, ran) in seen.items()
        if not lines.isdisjoint(ran.get(name, ()))
    ]
    chosen, total = [], 0.0
    for _, took, test in sorted(running):
        if total + took <= seconds:
            chosen.append(test)
            total += took
    return chosen, total


def listed():
    """Mutations that do not matter, as (file, line before, line after)."""
    entries = tomllib.loads(LISTED.read_text(encoding="utf-8")).get("mutation", [])
    for entry in entries:
        lines = (ROOT / SOURCE / entry["file"]).read_text(encoding="utf-8").splitlines()
        if entry["before"] not in _joined(lines):
            sys.exit(f"{LISTED.name} lists a line that {entry['file']} no longer has: {entry['before']}")
    return {(str(SOURCE / entry["file"]), entry["before"], entry["after"]) for entry in entries}


def prepare(folder):
    """Copy the project, and import what all tests import, and kernels, from there."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", ".venv*", ".*_cache"))
    sys.path[:0] = [str(folder / "src"), str(folder / "tests")]
    os.environ["PYTHONPATH"] = str(folder / "src")
    for name in IMPORTED:
        importlib.import_module(name)
    kernels = importlib.import_module("emscope.kernels")
    for module in pkgutil.walk_packages(kernels.__path__, "emscope.kernels."):
        importlib.import_module(module.name)


def try_all(chosen, folder, seconds, tell):
    """Try changes: those of functions on what is collected once, then those of what runs on import."""
    files = [path.relative_to(ROOT) for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    files = [str(file) for file in files if file.parts[1] not in WITHOUT]
    of_functions = [mutation for mutation in chosen if mutation.line in functions_of(mutation.path)[0]]
    receiver, sender = FORK.Pipe(duplex=False)

    def use(tries):
        seen = tries.seen(folder)
        sender.send(seen)
        for mutation in of_functions:
            tests, took = tests_for(mutation, seen, folder, seconds)
            sender.send(outcome_of(20 + 5 * took, tries.passes, mutation, folder, tests))

    process = FORK.Process(target=run_pytest, args=(folder, files, Tries(use)))
    process.start()
    sender.close()
    seen = receiver.recv()
    for mutation in of_functions:
        tell(mutation, receiver.recv())
    process.join()
    for mutation in chosen:
        if mutation not in of_functions:
            tests, took = tests_for(mutation, seen, folder, seconds)
            tell(mutation, outcome_of(20 + 5 * took, passes_imported_anew, mutation, folder, tests))


def main():
    parser = argparse.ArgumentParser(description="Try single changes to the code on the tests.")
    parser.add_argument("rooms", nargs="*", default=ROOMS, choices=ROOMS, metavar="room")
    parser.add_argument("--sample", type=int, default=30, help="how many changes to try")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument("--skip", type=int, default=0, help="how many of them to leave out, the first ones")
    parser.add_argument("--seconds", type=float, default=60, help="how long the tests of one may take")
    arguments = parser.parse_args()

    places = [place for path in files_of(arguments.rooms) for place in places_in(path)]
    random.Random(arguments.seed).shuffle(places)
    found = (mutation for place in places if (mutation := mutation_at(*place)))
    harmless, outcomes, chosen = listed(), [], []

    def tell(mutation, outcome):
        outcomes.append(outcome)
        print(f"{outcome}: {mutation}", flush=True)

    for mutation in islice(found, arguments.skip, arguments.sample):
        if (str(mutation.path), mutation.before, mutation.after) in harmless:
            tell(mutation, "does not matter")
        else:
            chosen.append(mutation)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve() / "project"
        prepare(folder)
        try_all(chosen, folder, arguments.seconds, tell)
    print(f"{len(outcomes)} changes of {len(places):,}:", end=" ")
    print(", ".join(f"{outcomes.count(name)} {name}" for name in sorted(set(outcomes))))
    return int("SURVIVED" in outcomes)


if __name__ == "__main__":
    sys.exit(main())
