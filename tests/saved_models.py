"""Fitted models of every kind, for tests of what is made of them."""

import numpy as np

from emscope import GaussianMixture, KMeans, SphericalKMeans
from emscope.models.covariances import COVARIANCE_TYPES

RANDOM = np.random.default_rng(11)
GROUPS = np.concatenate([RANDOM.normal(c, 1.0, size=(40, 3)) for c in ([9, 1, 2], [2, 8, 1], [1, 3, 9])])
NEW = np.concatenate([GROUPS, RANDOM.normal(4.0, 4.0, size=(200, 3))])

MAKERS = {
    "kmeans": lambda k: KMeans(k, random_state=0),
    "spherical": lambda k: SphericalKMeans(k, random_state=0),
    **{
        f"gmm-{kind}": lambda k, kind=kind: GaussianMixture(k, covariance_type=kind, random_state=0)
        for kind in COVARIANCE_TYPES
    },
}
