"""Test modules of an installed package, run on this package's classes."""

import importlib.util
from collections.abc import Collection, Iterator
from types import CodeType, FunctionType, ModuleType
from unittest import mock

import pytest
from scipy import sparse


def borrow(name: str, home: ModuleType, **ours: type) -> ModuleType:
    """Import an installed test module that finds our classes in the place of those of ``home``.

    The module is executed anew from its file and not kept: everybody else who imports it, or ``home``,
    gets the original.
    """
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"{name} is not installed with its package")
    module = importlib.util.module_from_spec(spec)
    with mock.patch.multiple(home, **ours):
        spec.loader.exec_module(module)
    return module


def borrowed_tests(module: ModuleType) -> dict[str, FunctionType]:
    """Return the tests of a module, with parameters that pytest can count."""
    tests = {name: value for name, value in vars(module).items() if name.startswith("test_")}
    for test in tests.values():
        test.pytestmark = [_with_a_list(mark) for mark in getattr(test, "pytestmark", [])]
    return tests


def _with_a_list(mark: pytest.Mark) -> pytest.Mark:
    if mark.name != "parametrize" or isinstance(mark.args[1], Collection):
        return mark
    names, values, *rest = mark.args
    return getattr(pytest.mark, mark.name)(names, list(values), *rest, **mark.kwargs).mark


def names_used(function: FunctionType) -> set[str]:
    """Return every global name and attribute that a function speaks of."""

    def within(code: CodeType) -> Iterator[str]:
        yield from code.co_names
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                yield from within(constant)

    return set(within(function.__code__))


def is_sparse(value: object) -> bool:
    """Tell whether a test's parameter is a sparse matrix or array, or makes one."""
    kinds = (sparse.spmatrix, sparse.sparray)
    return isinstance(value, kinds) or (isinstance(value, type) and issubclass(value, kinds))
