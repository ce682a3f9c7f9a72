"""Every rule about input, in one place: what is refused, and in which words."""

from emscope.validation.parameters import (
    features_for,
    kmeans_parameters,
    mixture_parameters,
    mixture_start,
    whole_number,
)
from emscope.validation.rows import (
    LARGEST,
    SMALLEST,
    column_names,
    enough_rows,
    matrix,
    refuse_not_finite,
    representable,
    sample_weights,
    start_centers,
)

__all__ = [
    "LARGEST",
    "SMALLEST",
    "column_names",
    "enough_rows",
    "features_for",
    "kmeans_parameters",
    "matrix",
    "mixture_parameters",
    "mixture_start",
    "refuse_not_finite",
    "representable",
    "sample_weights",
    "start_centers",
    "whole_number",
]
