"""A model as a fitted estimator of scikit-learn, for all that takes one: skops, joblib, ONNX converters."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from emscope.columns import Array
from emscope.data.feature import Feature
from emscope.data.preparation import Preparation
from emscope.data.wording import quoted
from emscope.errors import ModelError
from emscope.estimators import GaussianMixture, KMeans, SphericalKMeans
from emscope.saved.model import Estimator, SavedModel, locations
from emscope.starts import MIXTURE_STARTS

_SAME_STARTS = ("k-means++", "random")


def to_sklearn(model: Estimator | SavedModel) -> Any:
    """Return a fitted estimator of scikit-learn, with nothing of emscope in it.

    k-means becomes :class:`sklearn.cluster.KMeans`, a mixture :class:`sklearn.mixture.GaussianMixture`, and
    spherical k-means a pipeline that scales rows to length 1 and then takes the nearest center, which of unit
    vectors is the one with the largest cosine. A loaded model with a preparation becomes a pipeline that
    takes rows in the units of the table: the columns in their order, NaN where a value is missing and filled.

    ``predict`` returns the same labels, but for rows that lie between two clusters within rounding:
    scikit-learn expands squared distances, emscope takes them directly. k-means of float32 rows takes rows
    of float32 alone, as scikit-learn's own does.

    Parameters
    ----------
    model : KMeans, SphericalKMeans, GaussianMixture or SavedModel
        A fitted one.

    Returns
    -------
    sklearn.cluster.KMeans, sklearn.mixture.GaussianMixture or sklearn.pipeline.Pipeline
        Fitted; :func:`sklearn.base.clone` makes one that can be fitted anew.

    Raises
    ------
    DataError
        The model is not fitted, or its columns became numbers in a way that scikit-learn has no step for.

    Examples
    --------
    >>> import emscope
    >>> model = emscope.KMeans(2, init=[[0.0], [10.0]]).fit([[0.0], [1.0], [9.0], [10.0]])
    >>> emscope.to_sklearn(model).predict([[2.0], [8.0]])
    array([0, 1], dtype=int32)
    """
    from sklearn.pipeline import Pipeline

    estimator = model.estimator if isinstance(model, SavedModel) else model
    dtype = locations(estimator).dtype
    steps: list[tuple[str, Any]] = []
    names = getattr(estimator, "feature_names_in_", None)
    if isinstance(model, SavedModel) and model.preparation is not None:
        steps = _prepared(model.preparation, dtype)
        names = np.array(model.names, dtype=object)
    if isinstance(estimator, SphericalKMeans):
        steps.append(("direction", _normalizer(estimator.n_features_in_, dtype)))
    steps.append(("cluster", _cluster(estimator)))
    if names is not None:
        steps[0][1].feature_names_in_ = names
    return Pipeline(steps) if len(steps) > 1 else steps[0][1]


def _cluster(estimator: Estimator) -> Any:
    return _mixture(estimator) if isinstance(estimator, GaussianMixture) else _kmeans(estimator)


def _kmeans(estimator: KMeans | SphericalKMeans) -> Any:
    from sklearn.cluster import KMeans as TheirKMeans

    centers, start = estimator.cluster_centers_, estimator.init
    theirs = TheirKMeans(len(centers), init=centers, n_init=1, max_iter=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of centers that are the same
        theirs.fit(centers)
    theirs.set_params(
        init=start if isinstance(start, str) and start in _SAME_STARTS else "k-means++",
        n_init=estimator.n_init,
        max_iter=estimator.max_iter,
        tol=estimator.tol,
        random_state=estimator.random_state,
        algorithm="elkan" if estimator.algorithm == "elkan" else "lloyd",
    )
    theirs.cluster_centers_, theirs.n_iter_ = centers.copy(), estimator.n_iter_
    for name in ("labels_", "inertia_"):
        delattr(theirs, name)
        if hasattr(estimator, name):
            setattr(theirs, name, getattr(estimator, name))
    return theirs


def _mixture(estimator: GaussianMixture) -> Any:
    from sklearn.mixture import GaussianMixture as TheirMixture

    start = estimator.init_params
    theirs = TheirMixture(
        len(estimator.means_),
        covariance_type=estimator.covariance_type,
        tol=estimator.tol,
        reg_covar=estimator.reg_covar,
        max_iter=max(1, estimator.max_iter),
        n_init=estimator.n_init,
        init_params=start if isinstance(start, str) else next(iter(MIXTURE_STARTS)),
        weights_init=estimator.weights_init,
        means_init=estimator.means_init,
        precisions_init=estimator.precisions_init,
        random_state=estimator.random_state,
    )
    for name in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"):
        setattr(theirs, name, getattr(estimator, name).copy())
    for name in ("converged_", "n_iter_", "lower_bound_", "lower_bounds_", "n_features_in_"):
        setattr(theirs, name, getattr(estimator, name))
    return theirs


def _prepared(preparation: Preparation, dtype: Any) -> list[tuple[str, Any]]:
    """Return the steps that make features of columns, in the order in which they are done."""
    features = preparation.features
    _refuse_what_has_no_step(features)
    steps = []
    if dtype == np.float32:
        steps.append(("round", _function(np.asarray, len(features), kw_args={"dtype": "float32"})))
    if features[0].fill is not None:
        steps.append(("impute", _imputer(np.array([[f.fill for f in features]], dtype))))
    if any(feature.log for feature in features):
        steps.append(("log", _logarithms([feature.log for feature in features], dtype)))
    if preparation.scale is not None:
        steps.append(("scale", _scaler(preparation.scale)))
    return steps


def _refuse_what_has_no_step(features: Sequence[Feature]) -> None:
    for feature in features:
        name = quoted(feature.column)
        if feature.reads != "numbers":
            raise ModelError(
                f"the column {name} is read as {feature.reads}, which no step of scikit-learn does."
            )
        if feature.offset:
            raise ModelError(
                f"the column {name} has digits beyond float64 and is measured from {feature.offset}, which "
                "no step of scikit-learn does: subtract that before the fit."
            )
    if len({feature.fill is None for feature in features}) > 1:
        raise ModelError(
            "some columns are filled and others not, which scikit-learn's SimpleImputer cannot do."
        )


def _imputer(fills: Array) -> Any:
    from sklearn.impute import SimpleImputer

    return SimpleImputer(strategy="median").fit(fills)  # the median of one row is that row


def _logarithms(taken: Sequence[bool], dtype: Any) -> Any:
    from sklearn.compose import ColumnTransformer

    d, how = len(taken), {"feature_names_out": "one-to-one"}
    if all(taken):
        return _function(np.log, d, validate=True, **how)
    starts = [j for j in range(d) if j == 0 or taken[j] != taken[j - 1]]
    runs = [list(range(start, stop)) for start, stop in zip(starts, [*starts[1:], d], strict=True)]
    parts = [
        (
            f"columns {run[0]} to {run[-1]}",
            _function(np.log, len(run), **how) if taken[run[0]] else "passthrough",
            run,
        )
        for run in runs
    ]
    return ColumnTransformer(parts, verbose_feature_names_out=False).fit(np.ones((1, d), dtype))


def _function(function: Any, d: int, **how: Any) -> Any:
    from sklearn.preprocessing import FunctionTransformer

    return FunctionTransformer(function, **how).fit(np.ones((1, d)))


def _scaler(scale: Array) -> Any:
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler(with_mean=False).fit(np.stack([-scale, scale]))
    scaler.scale_ = scale.copy()  # what it computed may differ in the last digit
    return scaler


def _normalizer(d: int, dtype: Any) -> Any:
    from sklearn.preprocessing import Normalizer

    return Normalizer().fit(np.ones((1, d), dtype))
