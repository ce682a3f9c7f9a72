"""Sufficient statistics: all that a maximization step needs to know of the rows.

They add, so blocks can be summed up in any place; and they are taken about the current center, so
that nothing is lost when the data lies far from zero. They carry along what they are about, and the
objective of the expectation step that they come from, so nothing else need be known where they are sent.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol, Self

from emscope.columns import Array


class Rows(Protocol):
    """What a model sees of a block of the data."""

    @property
    def start(self) -> int:
        """Place of the first row among all rows."""

    @property
    def rows(self) -> Array:
        """The rows x, shape (m, d)."""

    @property
    def weights(self) -> Array:
        """Their sample weights w, shape (m,)."""

    def numbers(self, rows: Array) -> Array:
        """Return the numbers in the data of rows of the block, counted from 0."""


class Mergeable(Protocol):
    """Whatever can be folded over blocks."""

    def merge(self, other: Self) -> Self:
        """Return the same for the rows of both."""


class Statistics(Mergeable, Protocol):
    """What the loop reads of any model's statistics."""

    @property
    def counts(self) -> Array:
        """Number of rows of each cluster, shape (k,)."""


class ClusterStatistics(NamedTuple):
    """Sums over the rows x of each cluster, about its center c."""

    about: Array  # (k, d): the centers c
    counts: Array  # (k,): number of rows
    weights: Array  # (k,): sum of w
    sums: Array  # (k, d): sum of w (x - c)
    scatter: Array  # (k,): sum of w |x - c|^2

    def merge(self, other: ClusterStatistics) -> ClusterStatistics:
        """Add the statistics of other rows, taken about the same centers."""
        return ClusterStatistics(
            self.about,
            self.counts + other.counts,
            self.weights + other.weights,
            self.sums + other.sums,
            self.scatter + other.scatter,
        )


class MixtureStatistics(NamedTuple):
    """Sums over the rows x, with their weights w and responsibilities r, about means that were current."""

    about: Array  # (k, d): the means
    counts: Array  # (k,): rows whose largest responsibility is that of the component
    weights: Array  # (k,): sum of w r
    sums: Array  # (k, d): sum of w r (x - mean)
    scatter: Array  # sum of w r (x - mean)(x - mean)^T, as the structure of the covariances has it
    log_likelihood: float  # sum of w log p(x), of the parameters that the responsibilities came from
    undecided: float  # sum of w of rows that no component is responsible for by as much as `doubt.CERTAIN`
    entropy: float  # sum of -w r log r

    def merge(self, other: MixtureStatistics) -> MixtureStatistics:
        """Add the statistics of other rows, taken about the same means."""
        return MixtureStatistics(
            self.about,
            self.counts + other.counts,
            self.weights + other.weights,
            self.sums + other.sums,
            self.scatter + other.scatter,
            self.log_likelihood + other.log_likelihood,
            self.undecided + other.undecided,
            self.entropy + other.entropy,
        )
