"""Every kernel gives the same bits in every process, whatever has been compiled or loaded before."""

import importlib
import json
import os
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

import emscope.kernels
from emscope.kernels import flags

SCRIPT = Path(__file__).with_name("every_kernel.py")

MODULES = [
    importlib.import_module(module.name)
    for module in pkgutil.walk_packages(emscope.kernels.__path__, "emscope.kernels.")
]
COMPILED = {
    f"{module.__name__}.{name}": function
    for module in MODULES
    for name, function in vars(module).items()
    if isinstance(function, Dispatcher) and function.py_func.__module__ == module.__name__
}


def called_by(function):
    """Names of the compiled functions that a compiled function mentions."""
    code = function.py_func.__code__
    for name in code.co_names:
        other = function.py_func.__globals__.get(name)
        if isinstance(other, Dispatcher):
            yield f"{other.py_func.__module__}.{other.py_func.__name__}"


CALLED = sorted({name for function in COMPILED.values() for name in called_by(function)})


@pytest.mark.parametrize("name", CALLED)
def test_what_kernels_call_is_inlined(name):
    # else each kernel has a copy of its own, and which one a process uses depends on what it loaded first
    options = COMPILED[name].targetoptions
    by_numba = options.get("inline") == "always"
    assert options.get("forceinline") or by_numba, f"{name} is called by kernels: @njit(**INLINED)"


@pytest.mark.parametrize("name", sorted(COMPILED))
def test_flags_are_those_that_have_a_name_and_a_reason(name):
    options = dict(COMPILED[name].targetoptions)
    del options["nopython"], options["boundscheck"]  # which every compiled function has
    named = [value for value in vars(flags).values() if isinstance(value, dict)]
    # that it is cached is no option of the compiled function
    assert options in [{key: value for key, value in one.items() if key != "cache"} for one in named]


def start(cache, *arguments):
    """Run kernels in a process of its own, with a compiler cache of its own."""
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *arguments],
        env=os.environ | {"NUMBA_CACHE_DIR": str(cache)},
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(process):
    output, _ = process.communicate()
    assert process.returncode == 0
    return json.loads(output)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """What processes printed that compiled the kernels: all of them, and half of them in another order."""
    caches = tmp_path_factory.mktemp("all"), tmp_path_factory.mktemp("half")
    both = start(caches[0], "forward", "float64", "float32"), start(caches[1], "backward", "float32")
    return caches[0], *map(finish, both)


@pytest.mark.slow
def test_the_order_of_compilation_changes_no_bit(compiled):
    _, every, half = compiled
    assert len(every) > len(half) > 1
    assert half == {name: every[name] for name in half}


@pytest.mark.slow
def test_a_process_that_loads_agrees_with_the_one_that_compiled(compiled):
    cache, every, _ = compiled
    assert finish(start(cache, "backward", "float64", "float32")) == every


@pytest.mark.slow
def test_kernels_compiled_from_parts_that_are_loaded_agree(compiled, tmp_path):
    cache, every, _ = compiled
    shutil.copytree(cache, tmp_path / "parts")
    names = "_narrow-*", "_diagonal_responsibilities-*"
    kernels = [path for name in names for path in tmp_path.rglob(f"*.{name}")]
    assert kernels
    for path in kernels:
        path.unlink()
    again = finish(start(tmp_path / "parts", "backward", "float64"))
    assert again == {name: every[name] for name in again}


@pytest.mark.slow
def test_no_function_of_numba_rounds_numbers_for_a_kernel(compiled):
    # such a function is compiled with the flags of its first caller: square(x), not x ** 2
    assert compiled[1]["linked"] == []
