"""A saved model without values of single rows: what may be handed on of one that labels rows."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from emscope.columns import Array
from emscope.data.feature import Feature
from emscope.digits import DIGITS, in_few_digits, rounded
from emscope.errors import ModelError
from emscope.estimators import GaussianMixture, SphericalKMeans
from emscope.private import positive_definite
from emscope.saved.model import Estimator, Reference, SavedModel, card_of
from emscope.saved.plain import estimator_from, parameters_of, result_of, settings_of
from emscope.trace import Trace

_DTYPE = "float64"  # in float32 a decimal of four digits has more
_COARSE = 1  # significant digits of a direction of few rows


def without_values(saved: SavedModel, trace: Trace, values: Array) -> SavedModel:
    """Return a model that labels nearly all rows alike and holds no number of five digits or more.

    Centers are those of the private trace: clusters of fewer than 5 rows lie within half a standard
    deviation of where they were. So rows near a border may get another label. Medians and scales of the
    preparation are rounded; offsets of integers beyond 2^53 become multiples of a power of ten above
    half a standard deviation that are no values of the table. The smallest and the largest distance are
    left out: the quantiles beside them stand there.

    Parameters
    ----------
    saved : SavedModel
        A model with its preparation.
    trace : Trace
        Its fit, in the units of the table, without rows (:func:`emscope.private.without_rows`).
    values : ndarray of shape (n, d)
        The rows in the units of the table.

    Returns
    -------
    SavedModel
        With ``private`` set.

    Raises
    ------
    ModelError
        The trace has rows.
    """
    if not trace.private:
        raise ModelError("this trace has rows: make a private one of it first (without_rows).")
    return dataclasses.replace(
        _prepared(saved, trace, values),
        reading=in_few_digits(dict(saved.reading)),
        reference=None if saved.reference is None else _reference(saved.reference),
        private=True,
    )


def _prepared(saved: SavedModel, trace: Trace, values: Array) -> SavedModel:
    """Round the preparation, and move the centers as its offsets move."""
    locations = np.asarray(trace.steps[-1].parameters[trace.card.location], dtype=np.float64)
    preparation = saved.preparation
    if preparation is None:
        return dataclasses.replace(saved, estimator=_rounded(saved.estimator, locations))
    told = [_feature(f, x) for f, x in zip(preparation.features, values.T, strict=True)]
    if not trace.card.points:
        pairs = zip(preparation.features, told, strict=True)
        locations = locations + np.array([float(old.offset - new.offset) for old, new in pairs])
        locations /= [1.0 if feature.scale is None else feature.scale for feature in told]
    preparation = dataclasses.replace(preparation, features=tuple(told), dtype=_DTYPE)
    return dataclasses.replace(saved, preparation=preparation, estimator=_rounded(saved.estimator, locations))


def _feature(feature: Feature, values: Array) -> Feature:
    with np.errstate(all="ignore"):
        deviation = float(np.asarray(values, dtype=np.float64).std())
    offset, moved = feature.offset, 0.0
    if offset:
        digits = len(str(abs(offset))) - DIGITS  # of one value alone, and else below half a deviation
        if 0 < deviation < math.inf:
            digits = math.ceil(math.log10(deviation / 2))
        unit = 10 ** max(0, digits)
        offset = (offset + unit // 2) // unit * unit
        while float(offset - feature.offset) in values:
            offset += unit
        moved = float(feature.offset - offset)
    return dataclasses.replace(
        feature,
        offset=offset,
        fill=None if feature.fill is None else float(rounded(feature.fill + moved)),
        scale=None if feature.scale is None else float(rounded(feature.scale)),
    )


def _rounded(estimator: Estimator, locations: Array) -> Estimator:
    """Make the same estimator of rounded parameters, with these centers or means."""
    names = getattr(estimator, "feature_names_in_", None)
    parameters = {"centers": rounded(locations)}
    if isinstance(estimator, GaussianMixture):
        own = parameters_of(estimator)
        covariances = rounded(own["covariances"])
        if estimator.covariance_type in ("full", "tied"):
            covariances = positive_definite(covariances)
        weights = rounded(own["weights"])
        parameters = {"means": rounded(locations), "covariances": covariances, "weights": weights}
    elif isinstance(estimator, SphericalKMeans):
        parameters = {"centers": _directions(estimator, locations)}
    return estimator_from(
        card_of(estimator).name,
        parameters,
        _DTYPE,
        in_few_digits(settings_of(estimator)),
        in_few_digits(result_of(estimator)),
        None if names is None else tuple(map(str, names)),
    )


def _directions(estimator: SphericalKMeans, locations: Array) -> Array:
    """Make the centers of length 1 but for rounding; one that lost its direction has one of one digit."""
    lengths = np.linalg.norm(locations, axis=1, keepdims=True)
    coarse = rounded(np.asarray(estimator.cluster_centers_, dtype=np.float64), _COARSE)
    there = np.where(lengths > 0, locations, coarse)
    return rounded(there / np.linalg.norm(there, axis=1, keepdims=True))


def _reference(reference: Reference) -> Reference:
    """Round the quantiles, and leave out those that are single rows."""
    return Reference(
        reference.counts,
        _inner(reference.distances),
        None if reference.log_densities is None else _inner(reference.log_densities),
    )


def _inner(quantiles: Array) -> Array:
    told = rounded(np.asarray(quantiles, dtype=np.float64))
    told[0], told[-1] = told[1], told[-2]
    return told
