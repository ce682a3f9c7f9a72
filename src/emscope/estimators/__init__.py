"""scikit-learn estimators whose every half-step can be watched."""

from emscope.estimators.kmeans import KMeans

__all__ = ["KMeans"]
