r"""The gap statistic: how much more k clusters gain than they would on rows without any clusters.

.. math:: \mathrm{Gap}(k) = \frac{1}{B} \sum_b \log W^*_{kb} - \log W_k

with the objective :math:`W_k` of k clusters (squared distances), and those of B references: rows that are
spread evenly over the box which encloses the data along its principal axes. The error is :math:`s_k =
\mathrm{sd}_k \sqrt{1 + 1/B}` with the standard deviation over the references, whose divisor is B - 1. These
are the numbers of R's ``cluster::clusGap(d.power = 2, spaceH0 = "scaledPCA")``.

The same fits tell whether there are clusters at all: see :func:`evidence`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emscope.columns import Array
from emscope.models.spherical_kmeans import unit_vectors
from emscope.study.criteria.criterion import Criterion, Scores

EVIDENCE = 4.0
"""Errors by which some gap must exceed that of k = 1, or there may be no clusters."""


GAP = Criterion(
    "gap",
    "higher",
    "How much more do k clusters gain than on rows that are spread evenly?",
    "That rows without clusters fill a box; rows that are dense in their middle, or lie far out, hide "
    "clusters from it.",
    'R. Tibshirani, G. Walther and T. Hastie, "Estimating the number of clusters in a data set via the gap '
    'statistic", J. Royal Stat. Soc. B 63 (2001), 411-423',
)


def vote(ks: Array, scores: Scores, largest: float) -> int | None:
    r"""Vote for 1 without evidence of clusters, else for the first k whose gap the next one hardly exceeds.

    The rule of Tibshirani et al., :math:`\mathrm{Gap}(k) \ge \mathrm{Gap}(k + 1) - s_{k+1}`, is not asked of
    k = 1: where groups lie in groups, two of them may gain less than none, and many gain much.
    """
    if largest < EVIDENCE:
        return 1
    enough = scores.values[:-1] >= scores.values[1:] - scores.errors[1:]
    found = ks[:-1][enough & (ks[:-1] > 1)]
    return int(found[0]) if len(found) else None


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """The box that encloses rows along their principal axes."""

    mean: Array
    axes: Array
    """(r, d): directions."""
    low: Array
    high: Array
    unit: bool
    """Whether what is drawn from it is scaled to length 1, as the rows were."""

    @classmethod
    def around(cls, points: Array, weights: Array, *, unit: bool = False) -> Box:
        """Enclose rows."""
        mean = weights @ points / weights.sum()
        about = points - mean
        _, _, axes = np.linalg.svd(about * np.sqrt(weights)[:, None], full_matrices=False)
        along = about @ axes.T
        return cls(mean, axes, along.min(axis=0), along.max(axis=0), unit)

    def draw(self, n: int, random: np.random.RandomState) -> Array:
        """Draw a reference: rows that are spread evenly over the box, shape (n, d)."""
        along = self.low + (self.high - self.low) * random.random_sample((n, len(self.low)))
        points = np.ascontiguousarray(self.mean + along @ self.axes)
        return unit_vectors(points) if self.unit else points


def gap(objectives: Array, references: Array) -> Scores:
    """Return the gap for every k, from objectives (q,) and those of references (B, q)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs, of_references = np.log(objectives), np.log(references)
        b = len(references)
        values = of_references.mean(axis=0) - logs
        errors = (
            of_references.std(axis=0, ddof=1) * np.sqrt(1 + 1 / b) if b > 1 else np.full(len(logs), np.nan)
        )
    return Scores(np.where(np.isfinite(values), values, np.nan), errors)


def evidence(objectives: Array, references: Array) -> Array:
    r"""Return by how many standard errors each gap exceeds that of the first k, shape (q,).

    With :math:`D = \log W_1 - \log W_k` of the data and of each reference, it is
    :math:`(D - \bar D^*) / (\mathrm{sd}(D^*) \sqrt{1 + 1/B})`.
    """
    gains = np.log(objectives[0]) - np.log(objectives)
    of_references = np.log(references[:, :1]) - np.log(references)
    b = len(references)
    spread = of_references.std(axis=0, ddof=1) * np.sqrt(1 + 1 / b)
    differ = gains - of_references.mean(axis=0)
    result: Array = np.divide(differ, spread, out=np.zeros(len(gains)), where=spread > 0)
    return result
