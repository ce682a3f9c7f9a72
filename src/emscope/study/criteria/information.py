r"""BIC and ICL of Gaussian mixtures, as :meth:`emscope.GaussianMixture.bic` has their sign: lower is better.

.. math:: \mathrm{BIC} = p \log n - 2 \log L, \qquad
   \mathrm{ICL} = \mathrm{BIC} - 2 \sum_i w_i \log \max_j r_{ij}

with p free parameters, the responsibilities :math:`r_{ij}`, and n the sum of the weights. mclust has the same
numbers with the opposite sign.
"""

from __future__ import annotations

import numpy as np

from emscope.columns import Array
from emscope.estimators import GaussianMixture
from emscope.study.criteria.criterion import Criterion

BIC = Criterion(
    "BIC",
    "lower",
    "How many components describe the density of the rows best, for the parameters that they cost?",
    "That clusters are Gaussian; one that is not takes several components.",
    'G. Schwarz, "Estimating the dimension of a model", Annals of Statistics 6 (1978), 461-464',
)

ICL = Criterion(
    "ICL",
    "lower",
    "How many components describe the density of the rows, and do not overlap?",
    "Gaussian clusters that lie apart; of two that overlap it makes one.",
    'C. Biernacki, G. Celeux and G. Govaert, "Assessing a mixture model for clustering with the integrated '
    'completed likelihood", IEEE Trans. Pattern Analysis and Machine Intelligence 22 (2000), 719-725',
)


def bic_and_icl(model: GaussianMixture, rows: Array, weights: Array | None) -> tuple[float, float]:
    """Return both for a fitted mixture and all its rows."""
    bic = float(model.bic(rows, sample_weight=weights))
    largest = model.predict_proba(rows).max(axis=1).astype(np.float64)
    entropy = -2 * np.log(np.maximum(largest, np.finfo(np.float64).tiny))
    return bic, bic + float(entropy.sum() if weights is None else weights @ entropy)
