"""scikit-learn estimators whose every half-step can be watched."""

from emscope.estimators.gaussian_mixture import GaussianMixture
from emscope.estimators.kmeans import KMeans

__all__ = ["GaussianMixture", "KMeans"]
