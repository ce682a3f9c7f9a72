r"""Stability: whether clusters come back when half of the rows are clustered afresh.

For every cluster A of the fit, cut down to the rows drawn, and the clusters B of a fresh fit to these,
:math:`\max_B |A \cap B| / |A \cup B|` (Jaccard) is taken, by weight, and averaged over resamples in which A
has rows; it is 0 for a cluster so small that no resample has any. The criterion is the mean of the cluster
that comes back worst.
"""

from __future__ import annotations

import numpy as np

from emscope.columns import Array
from emscope.results.stability import HIGHLY_STABLE
from emscope.study.criteria.criterion import Criterion, Scores


def most_stable(ks: Array, scores: Scores) -> int | None:
    """Vote for the largest k all of whose clusters are highly stable."""
    stable = ks[(scores.values >= HIGHLY_STABLE) & (ks > 1)]
    return int(stable.max()) if len(stable) else None


STABILITY = Criterion(
    "stability",
    "higher",
    "Do all clusters come back when half of the rows are clustered afresh? It is for the largest k whose "
    "clusters all do, with a mean Jaccard similarity of 0.85 or more.",
    "Nothing about shape; rows without clusters may be cut into stable parts, too, most of all into few.",
    'C. Hennig, "Cluster-wise assessment of cluster stability", Computational Statistics and Data Analysis '
    "52 (2007), 258-271",
)


def of_weakest(similarities: Array) -> tuple[float, float]:
    """Return mean and standard error of the cluster that comes back worst, from (resamples, k)."""
    found = np.isfinite(similarities)
    counts = found.sum(axis=0)
    if not counts.any():
        return np.nan, np.nan
    sums = np.where(found, similarities, 0.0).sum(axis=0)
    means = np.divide(sums, counts, out=np.zeros(len(counts)), where=counts > 0)
    worst = int(means.argmin())
    values = similarities[found[:, worst], worst]
    return float(means[worst]), float(values.std(ddof=1) / np.sqrt(len(values))) if len(
        values
    ) > 1 else np.nan
