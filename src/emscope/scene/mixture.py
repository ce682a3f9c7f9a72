"""Gaussian components as they are drawn: covariances of every kind made full, ellipses, and density curves.

Sources: C. M. Bishop, Pattern Recognition and Machine Learning (2006), 2.3.2 for marginals, 9.2 for the
pictures.
"""

from __future__ import annotations

import numpy as np

from emscope.card import covariance_shape
from emscope.columns import Array
from emscope.scene.projection import Projection
from emscope.trace import Step, Trace

_SIGMAS, _SIGMAS_LAST = 2.0, 3.0  # standard deviations that the axes hold, within reason


def full_covariances(step: Step, trace: Trace) -> Array | None:
    """Return the covariance matrix of every component, (k, d, d), whatever their layout.

    None where the step has no covariances, the model none that are known, or they are not finite.
    """
    means, layout = trace.locations(step), trace.card.covariances
    if means is None or step.covariances is None or layout is None:
        return None
    k, d = means.shape
    found = np.asarray(step.covariances, dtype=np.float64)
    if found.shape != covariance_shape(layout, k, d) or not np.isfinite(found).all():
        return None
    match layout:
        case "full":
            return found
        case "tied":
            return np.broadcast_to(found, (k, d, d))
        case "diag":
            return np.asarray(found[:, :, None] * np.eye(d))
        case "spherical":
            return np.asarray(found[:, None, None] * np.eye(d))


def outlines(means: Array, covariances: Array, sigmas: float, corners: int = 97) -> Array:
    r"""Return the ellipses on which a density is that of ``sigmas`` standard deviations.

    The points :math:`\mu + s \Sigma^{1/2} u` with u on the unit circle. A covariance that is singular, or
    indefinite by rounding, gives a line or a point.

    Of shape (k, corners, 2), closed: the last corner is the first.
    """
    angle = np.linspace(0, 2 * np.pi, corners)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    values, vectors = np.linalg.eigh(covariances)
    roots = vectors * np.sqrt(np.maximum(values, 0))[:, None, :]
    return np.asarray(means[:, None] + sigmas * np.swapaxes(roots @ circle, 1, 2))


def densities(grid: Array, means: Array, variances: Array, weights: Array) -> Array:
    r"""Return the weighted densities of one-dimensional components, :math:`w_j N(x; \mu_j, \sigma_j^2)`.

    Of shape (k, b), over an evenly spaced grid. A component narrower than the grid is drawn as wide as half
    its spacing, so that it is seen.
    """
    narrowest = 0.5 * (grid[-1] - grid[0]) / (len(grid) - 1)
    sigma = np.maximum(np.sqrt(np.maximum(variances, 0)), narrowest)[:, None]
    z = (grid - means[:, None]) / sigma
    return np.asarray(weights[:, None] * np.exp(-0.5 * z * z) / (sigma * np.sqrt(2 * np.pi)))


def corners_of_later(trace: Trace, projection: Projection) -> Array:
    """Return the corners of the boxes that hold the ellipses of the later half of a run.

    Ellipses of the last half-step count up to 3 standard deviations, the others up to 2.
    """
    found = [np.empty((0, 2))]
    for step in trace.steps[len(trace.steps) // 2 :]:
        full = full_covariances(step, trace)
        where = trace.locations(step)
        if full is not None and where is not None:
            variances = np.diagonal(projection.marginals(full), axis1=1, axis2=2)
            sigmas = _SIGMAS_LAST if step is trace.steps[-1] else _SIGMAS
            means, reach = projection(where), sigmas * np.sqrt(np.maximum(variances, 0))
            found += [means - reach, means + reach]
    return np.concatenate(found)
