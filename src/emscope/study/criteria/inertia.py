"""Inertia: what k-means lowers. It falls with every further cluster, so it is shown and never decides."""

from __future__ import annotations

from emscope.study.criteria.criterion import Criterion

INERTIA = Criterion(
    "inertia",
    "lower",
    "How far do rows lie from the centers of their clusters?",
    "Nothing: it falls with every further cluster, whatever the data, and where it bends is a matter of the "
    "scale of the picture.",
    'E. Schubert, "Stop using the elbow criterion for k-means", SIGKDD Explorations 25 (2023), 36-42',
    decides=False,
)
