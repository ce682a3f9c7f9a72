"""Where a run begins: centers of k-means, and parameters of a mixture."""

from emscope.starts.centers import (
    SPHERICAL_STARTS,
    STARTS,
    Start,
    farthest_point,
    kmeans_plus_plus,
    random_partition,
    random_rows,
)
from emscope.starts.mixtures import MIXTURE_STARTS, from_centers

__all__ = [
    "MIXTURE_STARTS",
    "SPHERICAL_STARTS",
    "STARTS",
    "Start",
    "farthest_point",
    "from_centers",
    "kmeans_plus_plus",
    "random_partition",
    "random_rows",
]
