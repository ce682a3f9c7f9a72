"""What a fit says of rows, features and parameters by number and Python's names, in people's own."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

from emscope.data.table import Table
from emscope.scene import one_line
from emscope.trace import Trace

_ROWS = re.compile(r"\brows? (\d+(?:, \d+)*)")
_FEATURES = re.compile(r"\bfeatures? (\d+(?:, \d+)*(?: and \d+)?)")
_OPTIONS = (
    (re.compile(r"random_state, n_init"), "--seed, --n-init"),
    (re.compile(r"covariance_type='(\w+)'"), r"--covariance \1"),
    (re.compile(r"\b(raise|lower|increase|set) reg_covar"), r"\1 --reg-covar"),
)


def in_words_of(table: Table, sentence: str) -> str:
    """Return a sentence about the rows of a fit in the words of its table.

    Parameters
    ----------
    table : Table
        What was fitted: not all of its rows may have been.
    sentence : str

    Returns
    -------
    str
    """
    names = table.kept_names

    def row(number: str) -> str:
        index = int(number)
        return str(table.kept[index] + 1) if names is None else one_line(names[index], 30)

    def rows(found: re.Match[str]) -> str:
        several = "rows" if "," in found[1] else "row"
        return f"{several if names is not None else f'table {several}'} {_each(row, found[1])}"

    def features(found: re.Match[str]) -> str:
        return _each(lambda number: one_line(table.feature_names[int(number)], 30), found[1])

    sentence = _FEATURES.sub(features, _ROWS.sub(rows, sentence))
    for pattern, option in _OPTIONS:
        sentence = pattern.sub(option, sentence)
    return sentence


def events_in_words_of(table: Table, trace: Trace) -> Trace:
    """Return a trace whose events speak in the words of the table.

    Parameters
    ----------
    table : Table
    trace : Trace

    Returns
    -------
    Trace
    """
    steps = tuple(
        dataclasses.replace(
            step,
            events=tuple(
                dataclasses.replace(event, message=in_words_of(table, event.message)) for event in step.events
            ),
        )
        if step.events
        else step
        for step in trace.steps
    )
    return dataclasses.replace(trace, steps=steps)


def _each(named: Callable[[str], str], numbers: str) -> str:
    return re.sub(r"\d+", lambda number: named(number[0]), numbers)
