"""From a file to a model, with distrust: what does not fit together is refused with one sentence."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

import numpy as np

from emscope import validation
from emscope.card import covariance_shape
from emscope.columns import Array
from emscope.data.preparation import Preparation
from emscope.errors import DataError, DataTypeError, ModelError
from emscope.estimators import problem
from emscope.estimators.offers import OFFERS
from emscope.models.covariances import COVARIANCE_TYPES
from emscope.saved.format import FORMAT, VERSION, checksum
from emscope.saved.model import LEVELS, Reference, SavedModel
from emscope.saved.plain import estimator_from, settings_named

_MOST_BYTES = 2**29
_LARGEST_OFFSET = 10**300
_OFF = 1e-6  # by how much weights may miss a sum of 1, and halves of a matrix each other
_ROUNDED = 2e-3  # by how much sums of numbers of four digits may
_TEXTS = ("separator", "encoding", "decimal", "thousands", "comment", "sheet", "quote")
_T = TypeVar("_T")


def load_model(path: str | os.PathLike[str]) -> SavedModel:
    """Read a model that :func:`save_model` or ``emscope run`` wrote.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    SavedModel
        ``predict`` takes arrays and data frames in the units of the table, whose columns may be in any order;
        ``estimator`` is the fitted model itself, for what was made of them.

    Raises
    ------
    ModelError
        The file is missing, cut short, changed since it was written, no model, of a newer version, or its
        numbers do not fit together; the sentence says which.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import emscope
    >>> table = emscope.datasets.old_faithful().standardized()
    >>> model = emscope.GaussianMixture(2, random_state=0).fit(table.matrix)
    >>> with TemporaryDirectory() as folder:
    ...     emscope.save_model(model, f"{folder}/model.json", table=table)
    ...     loaded = emscope.load_model(f"{folder}/model.json")
    >>> loaded.names
    ('eruption_min', 'waiting_min')
    >>> loaded.predict([[1.8, 54.0], [4.5, 85.0]]).tolist() == model.predict(
    ...     table.preparation.apply([[1.8, 54.0], [4.5, 85.0]])
    ... ).tolist()
    True
    """
    name = os.fspath(path)
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        raise ModelError(f"{name!r} is a pipe or a device, and a model is a file: save it to one.")
    try:
        with open(path, "rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise ModelError(f"there is no file {name!r}: check its name and folder.") from error
    except OSError as error:
        raise ModelError(f"{name!r} cannot be opened: {error.strerror}.") from error
    return model_from(raw, os.path.basename(name))


def model_from(raw: bytes, source: str) -> SavedModel:
    """Make a model of the bytes of a file; ``source`` is what to call it."""
    if len(raw) > _MOST_BYTES:
        raise ModelError(f"{source} has more than {_MOST_BYTES:,} bytes, more than a saved model has.")
    try:
        content = json.loads(raw.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:  # no UTF-8, no JSON, NaN, a number of too many digits
        raise ModelError(
            f"{source} is not a saved model, or it is cut short or damaged: save the model again."
        ) from error
    return _Reading(content, source).model()


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a name is there twice")
    return content


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


class _Reading:
    """A model made of the values of a file."""

    def __init__(self, content: Any, source: str) -> None:
        self._source = source
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise ModelError(
                f"{source} is not a saved model: name a model.json that emscope run or save_model wrote."
            )
        self._content = content

    def model(self) -> SavedModel:
        """Rebuild the model, or raise the error that says what is wrong with the file."""
        content = self._content
        version = self._whole(content, "version", 1)
        if version > VERSION:
            self._refuse(
                f"it has version {version} and this emscope knows up to {VERSION}: install a newer one"
            )
        self._check_whole()
        kind, dtype = self._text(content, "model"), self._text(content, "dtype")
        if kind not in OFFERS:
            self._refuse(f"its model is not one of {', '.join(OFFERS)}")
        if dtype not in ("float64", "float32"):
            self._refuse("its dtype is neither float64 nor float32")
        settings = self._settings(kind)
        parameters = self._mixture(settings, dtype) if OFFERS[kind].card.soft else self._centers(kind, dtype)
        k, d = next(iter(parameters.values())).shape
        names = None if content.get("feature names") is None else self._texts(content, "feature names", d)
        result = self._result(kind)
        try:
            estimator = estimator_from(kind, parameters, dtype, settings, result, names)
            self._check_settings(estimator, kind)
        except (DataError, DataTypeError) as error:
            self._refuse(f"its settings are those of no model ({error})")
        preparation = self._preparation(d)
        return SavedModel(
            estimator,
            preparation=preparation,
            kinds=self._texts(content, "kinds", 0 if preparation is None else d),
            id_column=None if content.get("id") is None else self._text(content, "id"),
            reading=self._reading(),
            reference=self._reference(k, soft=OFFERS[kind].card.soft),
            versions=self._versions(),
            private=self._private,
        )

    @property
    def _private(self) -> bool:
        return self._content.get("private") is True

    @property
    def _off(self) -> float:
        """By how much what adds up to 1 may miss it."""
        return _ROUNDED if self._private else _OFF

    def _refuse(self, reason: str) -> NoReturn:
        raise ModelError(f"{self._source} cannot be loaded: {reason}.")

    def _check_whole(self) -> None:
        rest = {name: value for name, value in self._content.items() if name != "checksum"}
        try:
            found = checksum(rest)
        except ValueError:  # an infinite number
            found = ""
        if found != self._content.get("checksum"):
            self._refuse("it was changed since it was written (its checksum differs): save the model again")

    def _of(self, values: Mapping[str, Any], name: str, kind: type[_T]) -> _T:
        value = values.get(name)
        if type(value) is not kind:
            self._refuse(f"its {name} is not what a model has there")
        return value

    def _text(self, values: Mapping[str, Any], name: str) -> str:
        return self._of(values, name, str)

    def _texts(self, values: Mapping[str, Any], name: str, length: int) -> tuple[str, ...]:
        texts = self._of(values, name, list)
        if len(texts) != length or not all(isinstance(one, str) for one in texts):
            self._refuse(f"its {name} are not {length:,} texts")
        return tuple(texts)

    def _whole(self, values: Mapping[str, Any], name: str, lowest: int) -> int:
        value = values.get(name)
        if type(value) is not int or not lowest <= value < 2**63:
            self._refuse(f"its {name} is not a whole number from {lowest} on")
        return value

    def _array(self, values: Mapping[str, Any], name: str, shape: tuple[int, ...]) -> Array:
        """Give finite numbers of a shape, in float64."""
        flat: list[Any] = [values.get(name)]
        for length in shape:
            if not all(isinstance(part, list) and len(part) == length for part in flat):
                self._refuse(f"its {name} do not have the shape {shape}")
            flat = [one for part in flat for one in part]
        if not all(type(one) is float and math.isfinite(one) for one in flat):
            self._refuse(f"its {name} hold something that is not a finite number")
        return np.array(flat, np.float64).reshape(shape)

    def _located(self, name: str) -> tuple[Mapping[str, Any], int, int]:
        """Give the parameters, and how many clusters and features those have that say where clusters lie."""
        parameters = self._of(self._content, "parameters", dict)
        where = self._of(parameters, name, list)
        if not where or not isinstance(where[0], list) or not where[0]:
            self._refuse(f"its {name} are not those of a cluster")
        return parameters, len(where), len(where[0])

    def _centers(self, kind: str, dtype: str) -> dict[str, Array]:
        parameters, k, d = self._located("centers")
        centers = self._array(parameters, "centers", (k, d))
        if (np.abs(centers) > 2 * validation.LARGEST[dtype]).any() or (
            centers.astype(dtype) != centers
        ).any():
            self._refuse(f"its centers hold a number that {dtype} does not have")
        if kind == "spherical":
            lengths = np.linalg.norm(centers, axis=1, keepdims=True)
            if (np.abs(lengths**2 - 1) > self._off).any():
                self._refuse("its centers are not of length 1")
            centers = centers / lengths if self._private else centers
        return {"centers": centers}

    def _mixture(self, settings: Mapping[str, Any], dtype: str) -> dict[str, Array]:
        parameters, k, d = self._located("means")
        layout = settings.get("covariance_type")
        if not isinstance(layout, str) or layout not in COVARIANCE_TYPES:
            self._refuse(f"its covariance_type is not one of {', '.join(COVARIANCE_TYPES)}")
        kind = COVARIANCE_TYPES[layout]
        weights = self._array(parameters, "weights", (k,))
        if (weights <= 0).any() or abs(weights.sum() - 1) > self._off:
            self._refuse("its weights are not positive numbers that add up to 1")
        weights = weights / weights.sum() if self._private else weights
        covariances = self._array(parameters, "covariances", covariance_shape(kind.name, k, d))
        with np.errstate(all="ignore"):
            if kind.has_matrices:
                deviations = np.sqrt(np.diagonal(covariances, axis1=-2, axis2=-1))
                gap = np.abs(covariances - covariances.swapaxes(-1, -2))
                if not (gap <= _OFF * deviations[..., :, None] * deviations[..., None, :]).all():
                    self._refuse("its covariances are not symmetric, or have variances that are not positive")
            singular = kind.singular(covariances, k).any() or not np.isfinite(kind.factors(covariances)).all()
        if singular:
            self._refuse("its covariances are not positive definite")
        return {
            "means": self._array(parameters, "means", (k, d)),
            "covariances": covariances,
            "weights": weights,
        }

    def _settings(self, kind: str) -> dict[str, Any]:
        settings = self._of(self._content, "settings", dict)
        unknown = sorted(settings.keys() - set(settings_named(kind)))
        if unknown:
            self._refuse(f"its settings have a name that is none of {kind}'s: {unknown[0]!r:.40}")
        seed = settings.get("random_state")
        if seed is not None and (type(seed) is not int or not 0 <= seed < 2**32):
            self._refuse("its random_state is not a whole number below 2^32")
        return settings

    def _check_settings(self, estimator: Any, kind: str) -> None:
        parameters = problem.parameters_of(estimator)
        starts = list(OFFERS[kind].starts)
        if OFFERS[kind].card.soft:
            validation.mixture_parameters(parameters, starts, list(COVARIANCE_TYPES))
        else:
            validation.kmeans_parameters(parameters, starts)

    def _result(self, kind: str) -> dict[str, Any]:
        result = self._of(self._content, "result", dict)
        n_iter = self._whole(result, "n_iter", 0)
        if OFFERS[kind].card.soft:
            bounds = self._of(result, "lower_bounds", list)
            found = self._array(result, "lower_bounds", (len(bounds),)).tolist()
            return {"n_iter": n_iter, "converged": self._of(result, "converged", bool), "lower_bounds": found}
        inertia = result.get("inertia")
        if inertia is not None and not (type(inertia) is float and 0 <= inertia < math.inf):
            self._refuse("its inertia is not a number of 0 or more")
        return {"n_iter": n_iter, "inertia": inertia}

    def _preparation(self, d: int) -> Preparation | None:
        plain = self._content.get("preparation")
        if plain is None:
            return None
        try:
            preparation = Preparation.from_dict(plain)
        except DataError as error:
            self._refuse(f"its preparation is none ({error})")
        columns = {feature.column for feature in preparation.features}
        if len(preparation.features) != d or len(columns) != d:
            self._refuse(f"its preparation is not one of {d:,} columns")
        if any(abs(feature.offset) > _LARGEST_OFFSET for feature in preparation.features):
            self._refuse("an offset of its preparation is too large")
        return preparation

    def _reading(self) -> dict[str, Any]:
        reading = self._of(self._content, "reading", dict)
        kinds = {"na_values": list, "header": bool, "skip": int, "footer": int, **dict.fromkeys(_TEXTS, str)}
        for name in reading:
            if name not in kinds:
                self._refuse(f"it was read by an option that is unknown: {name!r:.40}")
            self._of(reading, name, kinds[name])
        if not all(isinstance(word, str) for word in reading.get("na_values", [])):
            self._refuse("its na_values are not texts")
        return reading

    def _reference(self, k: int, *, soft: bool) -> Reference | None:
        if self._content.get("fit") is None:
            return None
        fit = self._of(self._content, "fit", dict)
        counts = self._of(fit, "counts", list)
        if len(counts) != k or not all(type(n) is int and 0 <= n < 2**53 for n in counts) or not sum(counts):
            self._refuse(f"its counts are not the rows of {k:,} clusters")
        if fit.get("levels") != list(LEVELS):
            self._refuse("its quantiles are at other levels")
        quantiles = [
            self._array(fit, name, (len(LEVELS),)) for name in ("distances", "log densities")[: 1 + soft]
        ]
        if any((np.diff(one) < 0).any() for one in quantiles) or quantiles[0][0] < 0:
            self._refuse("its quantiles are not in order")
        return Reference(np.array(counts, np.int64), *quantiles)

    def _versions(self) -> dict[str, str]:
        versions = self._of(self._content, "versions", dict)
        if not all(isinstance(one, str) for one in versions.values()):
            self._refuse("its versions are not texts")
        return versions
