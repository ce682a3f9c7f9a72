"""The examples in docstrings run as they stand; so do README's, which pytest collects itself."""

import doctest
import importlib
import pkgutil

import pytest

import emscope

MODULES = [
    "emscope",
    *(
        info.name
        for info in pkgutil.walk_packages(emscope.__path__, "emscope.")
        if not info.name.endswith("__main__")
    ),
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples_to_run():
    found = [
        test
        for name in MODULES
        for test in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name))
        if test.examples
    ]
    assert len(found) > 20
