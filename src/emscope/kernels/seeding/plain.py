"""What seeding keeps of one span of rows: how far they are from the centers chosen so far.

Rows are drawn with probability proportional to ``w |x - c|^2``, c the nearest chosen center. Sums of that
are kept for chunks of rows, so that a draw is looked up among the chunks first and then inside one.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from emscope.columns import Array
from emscope.kernels.hard.distances import columns_of, squared_distances
from emscope.kernels.kernel import Share, in_turn

CHUNK = 512
"""Rows of a chunk, except for the last one of a span."""


class Seeding(Protocol):
    """Keeps the distances of one span while centers are chosen one after the other.

    All methods get the ``rows`` (m, d) and the ``weights`` (m,) of the span, and the centers ``chosen`` so
    far (j, d) in float64, of which the last may be new since the last call.
    """

    def sums(self, rows: Array, weights: Array, chosen: Array, trials: Array) -> Array:
        """Return what the weighted sums of squared distances would be if a trial were chosen next.

        Of trials (t, d) in float64, as (t, m / CHUNK rounded up): a sum for each trial and chunk.
        """

    def row_at(self, rows: Array, weights: Array, chosen: Array, chunk: int, remainder: float) -> int:
        """Return the row at which the cumulated weighted squared distances of a chunk reach a remainder > 0.

        The sum of the chunk is not 0; the row is never one at distance 0 or of weight 0.
        """

    def farthest(self, rows: Array, weights: Array, chosen: Array) -> tuple[float, int]:
        """Return the squared distance (-1 where no row has a weight) and the number of the farthest row."""


class PlainSeeding:
    """Compares all m rows with all centers, in plain NumPy."""

    def __init__(self, m: int, share: Share = in_turn) -> None:
        self._closest = np.full(m, np.inf)
        self._n_chosen = 0
        self._columns: Array | None = None

    def sums(self, rows: Array, weights: Array, chosen: Array, trials: Array) -> Array:
        """See :class:`Seeding`."""
        self._add(rows, chosen)
        lowered = np.minimum(self._closest, squared_distances(self._columns_of(rows), trials))
        chunks = np.arange(0, len(rows), CHUNK)
        return np.asarray(np.add.reduceat(lowered * weights, chunks, axis=1))

    def row_at(self, rows: Array, weights: Array, chosen: Array, chunk: int, remainder: float) -> int:
        """See :class:`Seeding`."""
        self._add(rows, chosen)
        part = slice(chunk * CHUNK, (chunk + 1) * CHUNK)
        products = weights[part] * self._closest[part]
        reached = np.searchsorted(np.cumsum(products), remainder)
        return chunk * CHUNK + int(min(reached, np.flatnonzero(products)[-1]))

    def farthest(self, rows: Array, weights: Array, chosen: Array) -> tuple[float, int]:
        """See :class:`Seeding`."""
        self._add(rows, chosen)
        distances = np.where(weights > 0, self._closest, -1.0)
        row = int(np.argmax(distances))
        return float(distances[row]), row

    def _add(self, rows: Array, chosen: Array) -> None:
        if self._n_chosen < len(chosen):
            for squared in squared_distances(self._columns_of(rows), chosen[self._n_chosen :]):
                np.minimum(self._closest, squared, out=self._closest)
            self._n_chosen = len(chosen)

    def _columns_of(self, rows: Array) -> Array:
        if self._columns is None:
            self._columns = columns_of(rows)
        return self._columns
