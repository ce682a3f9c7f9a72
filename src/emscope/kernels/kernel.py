"""What a model asks of a kernel: to prepare a block, to take an expectation step on it, and to sum it up.

Hard and soft kernels have this in common, and nothing but them knows how rows are stored. Functions of a
kernel can be pickled.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy.typing as npt

Array = npt.NDArray[Any]


class Workspace(NamedTuple):
    """What a kernel keeps for one block; it saves time and never changes a result.

    ``step(rows, weights, parameters, labels) -> sums`` takes an expectation step, and may write the labels
    in an order of its own. ``restore(labels, by_row)`` puts such labels in the order of the rows; it is None
    where they are written so.
    """

    step: Callable[[Array, Array, Any, Array], Any]
    restore: Callable[[Array, Array], None] | None = None


class Kernel(Protocol):
    """A way to take the expectation steps of a model."""

    @property
    def prepare(self) -> Callable[[Array, Array], Workspace]:
        """``prepare(rows, weights)`` makes the workspace of one block."""

    @property
    def sums(self) -> Callable[[Array, Array, Array, Array], Any]:
        """``sums(rows, weights, given, about)`` for given labels (hard) or responsibilities (soft)."""

    @property
    def blas(self) -> bool:
        """Whether it calls BLAS, which is then to be kept to one thread."""


def stateless(step: Callable[[Array, Array, Any, Array], Any]) -> Callable[[Array, Array], Workspace]:
    """Return what prepares a step that keeps nothing of a block."""
    return partial(_always, Workspace(step))


def _always(workspace: Workspace, rows: Array, weights: Array) -> Workspace:
    return workspace
