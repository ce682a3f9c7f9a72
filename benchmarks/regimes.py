"""On what: data of many shapes, mostly with clusters that touch and whose number is not k.

Separate blobs with the right k would flatter whoever prunes; data without structure would flatter whoever
does not. Both occur, but neither is the rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.spatial.distance import cdist

from emscope.columns import Array

Make = Callable[[int, int, np.random.Generator], Array]


def blobs(n: int, d: int, random: np.random.Generator, *, groups: int) -> Array:
    """Draw Gaussian groups of uneven size and spread, whose means lie about three spreads apart.

    Parameters
    ----------
    n, d : int
        Number of rows and of features.
    random : Generator
        Source of the draws.
    groups : int
        Number of groups.

    Returns
    -------
    ndarray of shape (n, d), float32
    """
    means = random.standard_normal((groups, d))
    nearest = np.partition(cdist(means, means), 1, axis=1)[:, 1]
    means = (means * (3 / np.median(nearest))).astype(np.float32)
    spreads = random.lognormal(0, 0.3, size=groups).astype(np.float32)
    owners = random.choice(groups, size=n, p=random.dirichlet(np.full(groups, 3.0)))
    rows = random.standard_normal((n, d), dtype=np.float32)
    rows *= spreads[owners, None]
    rows += means[owners]
    return rows


def uniform(n: int, d: int, random: np.random.Generator) -> Array:
    """Draw rows evenly from the unit cube: there is nothing to find."""
    return random.random((n, d), dtype=np.float32)


def pixels(n: int, d: int, random: np.random.Generator) -> Array:
    """Return the colors of a photograph, as scikit-learn ships it."""
    from sklearn.datasets import load_sample_image

    return load_sample_image("china.jpg").reshape(-1, d)[:n].astype(np.float32)


def digits(n: int, d: int, random: np.random.Generator) -> Array:
    """Repeat scikit-learn's handwritten digits (8 x 8 pixels of 0 to 16) with noise of one gray level."""
    from sklearn.datasets import load_digits

    images = load_digits().data.astype(np.float32)
    rows = images[random.integers(len(images), size=n)]
    return rows + random.standard_normal((n, d), dtype=np.float32)


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
    """

    name: str
    make: Make
    n: int
    d: int
    k: int
    group: str
    iterations: int = 20
    seeded: bool = False

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
EVERYTHING = Group("all", 4, 10)
GROUPS = (
    Group(SMALL, None, 1, counts=False),
    Group("d <= 4, n < 1M", None, None),
    Group("d <= 4, n >= 1M", 8, 20),
    Group("4 < d <= 32", 3, 8),
    Group("32 < d <= 256", 1.5, 3),
    Group("d > 256, or uniform", 1, 2),
)
_, _PLANE, _LARGE_PLANE, _MIDDLE, _WIDE, _HARD = (group.name for group in GROUPS)

REGIMES = (
    Regime("small", partial(blobs, groups=4), 300, 2, 4, SMALL, 13, seeded=True),
    Regime("plane-50", partial(blobs, groups=80), 100_000, 2, 50, _PLANE, seeded=True),
    Regime("photograph", pixels, 273_280, 3, 16, _PLANE, seeded=True),
    Regime("plane-8", partial(blobs, groups=20), 1_000_000, 2, 8, _LARGE_PLANE, seeded=True),
    Regime("plane-64", partial(blobs, groups=100), 1_000_000, 2, 64, _LARGE_PLANE),
    Regime("plane-1000", partial(blobs, groups=600), 1_000_000, 2, 1000, _LARGE_PLANE, 10),
    Regime("plane-10M", partial(blobs, groups=30), 10_000_000, 2, 16, _LARGE_PLANE),
    Regime("table-8", partial(blobs, groups=40), 200_000, 8, 64, _MIDDLE, seeded=True),
    Regime("table-16", partial(blobs, groups=150), 1_000_000, 16, 100, _MIDDLE),
    Regime("digits", digits, 100_000, 64, 50, _WIDE, seeded=True),
    Regime("features-128", partial(blobs, groups=200), 200_000, 128, 256, _WIDE),
    Regime("embedding-768", partial(blobs, groups=700), 50_000, 768, 1000, _HARD, 5),
    Regime("uniform-64", uniform, 100_000, 64, 100, _HARD),
)
"""Those of the tables, small to large within a group."""


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
