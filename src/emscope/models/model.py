"""What every model of EM has in common: three functions, and defaults for all that is optional."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from emscope.card import ModelCard
from emscope.columns import Array
from emscope.events import Event
from emscope.kernels.kernel import Share, Workspace, in_turn
from emscope.models.statistics import Rows, Statistics

P = TypeVar("P")
S = TypeVar("S", bound=Statistics)

Fold = Callable[[Callable[[Rows, Array], Any]], Any]
"""Folds a function of (block, labels) over the data."""


class Relocation(NamedTuple):
    """An empty cluster, the place of the row its center moved to, the cluster it left, how far it lay."""

    cluster: int
    row: int
    donor: int
    distance: float


class Repaired(NamedTuple):
    """Statistics after rows have been given to empty clusters."""

    statistics: Any
    relocations: tuple[Relocation, ...] = ()
    events: tuple[Event, ...] = ()

    def labels(self, labels: Array) -> Array:
        """Return labels with the rows where they are now."""
        if self.relocations:
            labels = labels.copy()
            labels[[r.row for r in self.relocations]] = [r.cluster for r in self.relocations]
        return labels


class Model(ABC, Generic[P, S]):
    """A model that EM can fit, with parameters P (a named tuple of arrays) and sufficient statistics S.

    Three functions and a card make a model; the rest has defaults. A model is pure: it keeps nothing of the
    data, and its functions can be pickled, as can parameters and statistics.
    """

    @property
    @abstractmethod
    def card(self) -> ModelCard:
        """What traces and views are told of the model."""

    @abstractmethod
    def expectation(self, block: Rows, parameters: P, labels: Array, workspace: Workspace | None = None) -> S:
        """Return the statistics of a block under the parameters, and write the labels of its rows."""

    @abstractmethod
    def maximization(self, statistics: S, parameters: P) -> P:
        """Return the parameters that fit the statistics best, from those before."""

    @abstractmethod
    def objective(self, statistics: S, parameters: P) -> float:
        """Return what EM lowers, for the labels (or responsibilities) of statistics and any parameters."""

    def objective_after_expectation(self, statistics: S, parameters: P) -> float:
        """Return the same for the very parameters that the statistics were taken with."""
        return self.objective(statistics, parameters)

    # what may save time

    @property
    def blas(self) -> bool:
        """Whether the steps call BLAS, which is then to be kept to one thread."""
        return False

    @property
    def spanning(self) -> bool:
        """Whether steps are taken over spans of blocks, whose work they share out themselves."""
        return False

    def prepare(self, block: Rows, share: Share = in_turn) -> Workspace | None:
        """Return what expectation steps keep for a block; it may save time and never changes a result."""
        return None

    # soft models

    def responsibilities(self, rows: Array, parameters: P) -> Array:
        """Return the responsibility of every cluster for every row, shape (m, k), if the card says soft."""
        raise NotImplementedError

    # where digits cancel, and where clusters are empty

    def repair(self, statistics: S, parameters: P, fold: Fold) -> Repaired:
        """Give empty clusters rows to begin anew with, before a maximization step."""
        return Repaired(statistics)

    def cancels(self, statistics: S, before: P, after: P) -> bool:
        """Tell whether a maximization step lost digits, so that ``statistics_about`` are to be taken."""
        return False

    def statistics_about(self, block: Rows, labels: Array, before: P, after: P) -> S:
        """Return statistics about ``after``, with the labels, or the responsibilities of ``before``."""
        raise NotImplementedError

    # what is worth telling

    def location(self, parameters: P) -> Array:
        """Return where the clusters lie, shape (k, d)."""
        location: Array = getattr(parameters, self.card.location)
        return location

    def maximization_events(
        self, statistics: S, before: P, after: P, fold: Fold, iteration: int
    ) -> tuple[Event, ...]:
        """Return what is worth telling about a maximization step."""
        return ()

    def final_events(self, statistics: S, parameters: P, fold: Fold) -> tuple[Event, ...]:
        """Return what is worth telling at the end of a run, about its last expectation step."""
        return ()
