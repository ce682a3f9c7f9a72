"""Change the code in one place, see whether a test fails, and do so again at other places.

    python tests/mutation.py --sample 30 --seed 1             # of all rooms
    python tests/mutation.py --sample 30 --seed 1 models em   # of some

Prints every change as it is tried, and whether it was noticed. A change that no test notices asks for a test
of what the line is for, or for an entry with the reason in ``mutations_that_do_not_matter.toml``.

Changes are made in copies of the project, one for each job. The tests of the changed room are run first, then
those of the rooms that import it. Kernels are not changed, so what was compiled for them stays valid. The
operators are cosmic-ray's: of all pairs of them those that a slip of the pen would exchange.
"""

import argparse
import ast
import difflib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from threading import Lock

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

from test_architecture import MAY_IMPORT

ROOT = Path(__file__).parent.parent
SOURCE = Path("src/emscope")
LISTED = Path(__file__).with_name("mutations_that_do_not_matter.toml")

FIT = ("em", "stopping", "models", "starts", "engines", "recording")
ROOMS = (*FIT, "card", "events", "trace", "archive", "data", "validation", "scene")
SLOW = {"player", "cli"}  # a browser, and processes of their own

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


def rounds_of(path):
    """What to run for a change to a file: tests of its own name, those of its room, those of rooms above."""
    room = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    above = [name for name, below in MAY_IMPORT.items() if below and room in below and name not in SLOW]
    own = [str(found.relative_to(ROOT)) for found in (ROOT / "tests").rglob(f"test_{path.stem}.py")]
    rounds = [[name for name in own if f"/{room}/" in name], *map(_tests_of, (room, *above))]
    return [tuple(tests) for tests in rounds if tests]


def _tests_of(room):
    return [name for name in (f"tests/{room}", f"tests/test_{room}.py") if (ROOT / name).exists()]


def run_tests(folder, tests, limit):
    """Run tests in a copy of the project; return whether they passed."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--hypothesis-seed=0"]
    environment = os.environ | {"PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [*command, "-p", "no:cacheprovider", *tests],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


class Limits:
    """How long tests may take, by how long they take on the unchanged code, where they have to pass."""

    def __init__(self, unchanged):
        self._unchanged = unchanged
        self._seconds = {}
        self._lock = Lock()

    def of(self, tests):
        with self._lock:
            if tests not in self._seconds:
                began = time.perf_counter()
                if not run_tests(self._unchanged, tests, None):
                    raise SystemExit(f"{' '.join(tests)} fail without any change")
                self._seconds[tests] = 30 + 5 * (time.perf_counter() - began)
            return self._seconds[tests]


def is_noticed(mutation, folder, limits):
    """Tell whether any test fails under a mutation, which is made in a copy of the project."""
    target = folder / mutation.path
    target.write_text(mutation.code, encoding="utf-8")
    try:
        return not all(run_tests(folder, tests, limits.of(tests)) for tests in rounds_of(mutation.path))
    finally:
        shutil.copy2(ROOT / mutation.path, target)  # with its time, which caches go by


def listed():
    """Mutations that do not matter, as (file, line before, line after)."""
    entries = tomllib.loads(LISTED.read_text(encoding="utf-8")).get("mutation", [])
    for entry in entries:
        lines = (ROOT / SOURCE / entry["file"]).read_text(encoding="utf-8").splitlines()
        if entry["before"] not in _joined(lines):
            sys.exit(f"{LISTED.name} lists a line that {entry['file']} no longer has: {entry['before']}")
    return {(str(SOURCE / entry["file"]), entry["before"], entry["after"]) for entry in entries}


def main():
    parser = argparse.ArgumentParser(description="Try single changes to the code on the tests.")
    parser.add_argument("rooms", nargs="*", default=ROOMS, choices=ROOMS, metavar="room")
    parser.add_argument("--sample", type=int, default=30, help="how many changes to try")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument("--skip", type=int, default=0, help="how many of them to leave out, the first ones")
    parser.add_argument("--jobs", type=int, default=1, help="how many to try at a time")
    arguments = parser.parse_args()

    places = [place for path in files_of(arguments.rooms) for place in places_in(path)]
    random.Random(arguments.seed).shuffle(places)
    found = (mutation for place in places if (mutation := mutation_at(*place)))
    chosen = list(islice(found, arguments.skip, arguments.sample))
    harmless = listed()
    with tempfile.TemporaryDirectory() as temporary:
        folders = SimpleQueue()
        left_out = shutil.ignore_patterns(".git", ".venv*", ".*_cache", ".hypothesis")
        for name in ("unchanged", *map(str, range(arguments.jobs))):
            folder = Path(temporary, name)
            shutil.copytree(ROOT, folder, ignore=left_out)
            if name == "unchanged":
                limits = Limits(folder)
            else:
                folders.put(folder)

        def outcome(mutation):
            if (str(mutation.path), mutation.before, mutation.after) in harmless:
                return "does not matter"
            folder = folders.get()
            try:
                return "noticed" if is_noticed(mutation, folder, limits) else "SURVIVED"
            finally:
                folders.put(folder)

        outcomes = []
        with ThreadPoolExecutor(arguments.jobs) as pool:
            for mutation, found in zip(chosen, pool.map(outcome, chosen), strict=True):
                print(f"{found}: {mutation}", flush=True)
                outcomes.append(found)
    print(f"{len(chosen)} changes of {len(places):,}:", end=" ")
    print(", ".join(f"{outcomes.count(name)} {name}" for name in sorted(set(outcomes))))
    return int("SURVIVED" in outcomes)


if __name__ == "__main__":
    sys.exit(main())
