"""What a model asks of a kernel, hard or soft.

A kernel is a named tuple of functions that can be pickled. ``prepare(rows, weights)`` makes the workspace of
one block, whose ``step`` takes the expectation steps. ``sums(rows, weights, given, about)`` sums a block up
for given labels (hard) or responsibilities (soft), about given centers. ``blas`` tells whether it calls BLAS,
which is then to be kept to one thread. Only kernels know how rows are stored: rows stored otherwise take a
kernel, a line in ``choice.py``, and no change of a model.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from emscope.columns import Array


class Workspace(NamedTuple):
    """What a kernel keeps for one block; it saves time and never changes a result.

    ``step(rows, weights, parameters, labels) -> sums`` takes an expectation step, and may write the labels
    in an order of its own. ``restore(labels, by_row)`` puts such labels in the order of the rows; it is None
    where they are written so.
    """

    step: Callable[[Array, Array, Any, Array], Any]
    restore: Callable[[Array, Array], None] | None = None


def stateless(step: Callable[[Array, Array, Any, Array], Any]) -> Callable[[Array, Array], Workspace]:
    """Return what prepares a step that keeps nothing of a block."""
    return partial(_always, Workspace(step))


def _always(workspace: Workspace, rows: Array, weights: Array) -> Workspace:
    return workspace
