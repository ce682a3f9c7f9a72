"""Data to start with: two shipped tables and the generated blobs of the first experiment.

``old_faithful.csv``: 272 eruptions of the Old Faithful geyser in Yellowstone, duration and waiting
time to the next one, both in minutes; R's data set ``faithful``. Sources: W. Härdle, *Smoothing
Techniques with Implementation in S*, Springer, 1991; A. Azzalini and A. W. Bowman, "A look at some
data on the Old Faithful geyser", Applied Statistics 39, 357-365, 1990.

``penguins.csv``: 344 penguins of three species around Palmer Station, Antarctica. Sources: K. B. Gorman,
T. D. Williams and W. R. Fraser, "Ecological sexual dimorphism and environmental variability within a
community of Antarctic penguins (genus Pygoscelis)", PLoS ONE 9(3), e90081, 2014; A. M. Horst, A. P. Hill
and K. B. Gorman, *palmerpenguins*, 2020, CC0.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emscope.data.read import read_table
from emscope.data.table import Table
from emscope.errors import TableError

__all__ = ["blobs", "blobs_start", "old_faithful", "path", "penguins"]

_FOLDER = Path(__file__).parent


def path(name: str) -> Path:
    """Find a shipped file.

    Parameters
    ----------
    name : {"old_faithful.csv", "penguins.csv"}
        The file.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    TableError
        No such file is shipped.

    Examples
    --------
    >>> path("old_faithful.csv").read_text().splitlines()[0]
    'eruption_min,waiting_min'
    """
    shipped = sorted(file.name for file in _FOLDER.glob("*.csv"))
    if name not in shipped:
        raise TableError(f"emscope ships no data file {name!r}: choose {' or '.join(shipped)}.")
    return _FOLDER / name


def old_faithful() -> Table:
    """Read 272 eruptions of the Old Faithful geyser (Härdle 1991; Azzalini & Bowman 1990; R's ``faithful``).

    Returns
    -------
    Table
        ``eruption_min`` and ``waiting_min``, in minutes.

    Examples
    --------
    >>> old_faithful().matrix.shape
    (272, 2)
    """
    return read_table(path("old_faithful.csv"))


def penguins() -> Table:
    """Read 342 penguins of Palmer Station (Gorman, Williams & Fraser 2014; palmerpenguins, CC0).

    Returns
    -------
    Table
        Bill length and depth in mm, flipper length in mm, body mass in g. The two penguins without
        measurements are left out.

    Examples
    --------
    >>> penguins().feature_names
    ('bill_length_mm', 'bill_depth_mm', 'flipper_length_mm', 'body_mass_g')
    """
    features = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
    table = read_table(path("penguins.csv"), columns=features)
    return dataclasses.replace(table, notes=())  # what could be done about two penguins need not be said


def blobs() -> Table:
    """Generate the 300 points in four groups of the first experiment.

    The data of J. VanderPlas, *Python Data Science Handbook*, O'Reilly, 2016, figure code of
    "In Depth: k-Means Clustering":
    ``make_blobs(n_samples=300, centers=4, cluster_std=0.60, random_state=0)``.

    Returns
    -------
    Table
        ``x1`` and ``x2``.

    Examples
    --------
    >>> blobs().matrix[0].round(3).tolist()
    [0.837, 2.136]
    """
    from sklearn.datasets import make_blobs

    points, _ = make_blobs(n_samples=300, centers=4, cluster_std=0.60, random_state=0)
    return Table(
        matrix=np.ascontiguousarray(points),
        feature_names=("x1", "x2"),
        weights=None,
        kept=np.arange(300),
        n_rows=300,
    )


def blobs_start() -> npt.NDArray[Any]:
    """Give the initial centers of the first experiment.

    Returns
    -------
    ndarray of shape (4, 2)
        ``[0, 4] + RandomState(42).randn(4, 2)``.

    Examples
    --------
    >>> blobs_start()[0].round(3).tolist()
    [0.497, 3.862]
    """
    draws = np.random.RandomState(42).randn(4, 2)
    return np.array([0.0, 4.0]) + draws
