"""scikit-learn estimators whose every half-step can be watched."""

from emscope.estimators.doubting import DoubtWarning
from emscope.estimators.gaussian_mixture import GaussianMixture
from emscope.estimators.kmeans import KMeans
from emscope.estimators.spherical_kmeans import SphericalKMeans

__all__ = ["DoubtWarning", "GaussianMixture", "KMeans", "SphericalKMeans"]
