"""What a model asks of a kernel, hard or soft.

A kernel is a named tuple of functions that can be pickled. ``prepare(rows, weights, share)`` makes the
workspace of one block, or of one span of blocks where the kernel is ``spanning``; its ``step`` takes the
expectation steps, and may share their work among threads. ``sums(rows, weights, given, about)`` sums a block
up for given labels (hard) or responsibilities (soft), about given centers. ``blas`` tells whether it calls
BLAS, which is then to be kept to one thread. Only kernels know how rows are stored: rows stored otherwise
take a kernel, a line in ``choice.py``, and no change of a model.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

from emscope.columns import Array

R = TypeVar("R", covariant=True)


class Share(Protocol):
    """Shares work among threads, from the thread that the steps are taken in."""

    def __call__(self, function: Callable[[int, int], R], n: int) -> list[R]:
        """Return ``function(first, stop)`` for consecutive ranges that make up 0 to n, in their order.

        Which ranges these are no result may depend on.
        """


def in_turn(function: Callable[[int, int], R], n: int) -> list[R]:
    """Share nothing: one range, and no other thread."""
    return [function(0, n)]


class Workspace(NamedTuple):
    """What a kernel keeps for one block; it saves time and never changes a result.

    ``step(rows, weights, parameters, labels) -> sums`` takes an expectation step, and may write the labels
    in an order of its own. ``restore(labels, by_row)`` puts such labels in the order of the rows; it is None
    where they are written so.
    """

    step: Callable[[Array, Array, Any, Array], Any]
    restore: Callable[[Array, Array], None] | None = None


class Prepare(Protocol):
    """Makes the workspace of one block, or span of blocks, whose steps may share their work."""

    def __call__(self, rows: Array, weights: Array, share: Share = in_turn, /) -> Workspace:
        """Return it."""


def stateless(step: Callable[[Array, Array, Any, Array], Any]) -> Prepare:
    """Return what prepares a step that keeps nothing of a block."""
    return partial(_always, Workspace(step))


def _always(workspace: Workspace, rows: Array, weights: Array, share: Share = in_turn) -> Workspace:
    return workspace
