r"""The variance ratio of Calinski and Harabasz: variance between clusters over variance within them.

.. math:: \mathrm{CH}(k) = \frac{(T - W_k) / (k - 1)}{W_k / (n - k)}

with the objective :math:`W_k` of k clusters and that of a single one, T; n is the number of rows that count.
"""

from __future__ import annotations

import numpy as np

from emscope.columns import Array
from emscope.study.criteria.criterion import Criterion, Scores

VARIANCE_RATIO = Criterion(
    "variance ratio",
    "higher",
    "How much farther apart are clusters than rows of the same cluster?",
    "Round clusters of about the same size and spread; it cannot say 1.",
    'T. Calinski and J. Harabasz, "A dendrite method for cluster analysis", Communications in Statistics 3 '
    "(1974), 1-27",
)


def variance_ratio(ks: Array, objectives: Array, of_one: float, n: int) -> Scores:
    """Return the ratio for every k from the objectives, and that of a single cluster."""
    with np.errstate(divide="ignore", invalid="ignore"):
        values = ((of_one - objectives) / (ks - 1)) / (objectives / (n - ks))
    values = np.where((ks > 1) & (ks < n) & (objectives > 0), values, np.nan)
    return Scores(values, np.full(len(ks), np.nan))
