"""The rules about parameters of estimators, at their edges."""

import numpy as np
import pytest

from emscope import GaussianMixture, KMeans, validation
from emscope.errors import DataError, DataTypeError

STARTS = ("k-means++", "random")


def kmeans(**changed):
    validation.kmeans_parameters(KMeans(**changed).get_params(), STARTS)


def mixture(**changed):
    validation.mixture_parameters(
        GaussianMixture(**changed).get_params(), ("kmeans", "random"), ("full", "tied", "diag", "spherical")
    )


@pytest.mark.parametrize(
    ("parameters", "error", "sentence"),
    [
        ({"n_clusters": 1, "max_iter": 1, "n_init": 1, "n_threads": 1, "tol": 0}, None, ""),
        ({"n_init": "auto", "n_threads": None, "record": "scalars", "algorithm": "cells"}, None, ""),
        ({"n_clusters": np.int64(3), "tol": np.float32(0.5), "record": False}, None, ""),
        ({"n_clusters": 0}, DataError, r"n_clusters must be a whole number of 1 or more, got 0\."),
        ({"n_clusters": 2.0}, DataTypeError, "n_clusters must be a whole number"),
        ({"n_clusters": True}, DataTypeError, "got True"),
        ({"max_iter": 0}, DataError, "max_iter must be a whole number of 1 or more"),
        ({"n_init": 0}, DataError, 'n_init must be a whole number of 1 or more or "auto"'),
        ({"n_init": "often"}, DataTypeError, "n_init"),
        ({"n_threads": 0}, DataError, "n_threads must be a whole number of 1 or more or None"),
        ({"tol": -1e-9}, DataError, "tol must be a number of 0 or more"),
        ({"tol": np.inf}, DataError, "tol must be a number of 0 or more"),
        ({"tol": "small"}, DataTypeError, "tol"),
        ({"init": "kmeans"}, DataError, "init must be one of 'k-means..', 'random', a callable"),
        ({"algorithm": "full"}, DataError, "algorithm must be one of 'auto'"),
        ({"record": 1}, DataError, "record must be one of True, False, 'scalars', got 1"),
    ],
)
def test_parameters_of_kmeans(parameters, error, sentence):
    if error is None:
        kmeans(**parameters)
    else:
        with pytest.raises(error, match=sentence):
            kmeans(**parameters)


@pytest.mark.parametrize(
    ("parameters", "error", "sentence"),
    [
        ({"n_components": 1, "max_iter": 0, "reg_covar": 0, "tol": 0, "n_threads": 1}, None, ""),
        ({"reg_covar": 1e-150, "accelerate": "squarem", "covariance_type": "tied"}, None, ""),
        ({"n_components": 0}, DataError, "n_components"),
        ({"n_init": "auto"}, DataTypeError, "n_init"),
        ({"verbose_interval": 0}, DataError, "verbose_interval"),
        ({"max_iter": -1}, DataError, "max_iter must be a whole number of 0 or more, got -1"),
        ({"n_threads": 0}, DataError, "n_threads"),
        ({"tol": -1}, DataError, "tol"),
        ({"reg_covar": -1}, DataError, "reg_covar must be a number of 0 or more"),
        ({"reg_covar": 0.9e-150}, DataError, "too small for its inverse .* at least 1e-150"),
        ({"covariance_type": "round"}, DataError, "covariance_type must be one of 'full'"),
        ({"init_params": "far"}, DataError, "init_params must be one of 'kmeans', 'random', an array of"),
        ({"accelerate": "much"}, DataError, "accelerate must be one of None, 'squarem'"),
        ({"record": None}, DataError, "record"),
    ],
)
def test_parameters_of_a_mixture(parameters, error, sentence):
    if error is None:
        mixture(**parameters)
    else:
        with pytest.raises(error, match=sentence):
            mixture(**parameters)


def given(kind="full", shape=(2, 2, 2), **changed):
    parameters = {
        "n_components": 2,
        "covariance_type": kind,
        "weights_init": None,
        "means_init": None,
        "precisions_init": None,
    }
    return validation.mixture_start({**parameters, **changed}, 2, shape)


def test_what_is_not_given_stays_open():
    assert given() == (None, None, None)
    weights, means, precisions = given(
        weights_init=[0, 1], means_init=[[1, 2], [3, 4]], precisions_init=[np.eye(2)] * 2
    )
    assert (weights.tolist(), means.shape, precisions.shape) == ([0.0, 1.0], (2, 2), (2, 2, 2))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"weights_init": [1.0]}, r"'weights' should have the shape of \(2,\)"),
        ({"weights_init": [-0.5, 1.5]}, r"weights_init goes from -0.5 to 1.5"),
        ({"weights_init": [0.0, 1.5]}, r"weights_init goes from 0 to 1.5"),
        ({"weights_init": [0.5, 0.4]}, r"sum\(weights\) = 0.90000"),
        ({"weights_init": [0.5, 0.5 - 1e-7]}, "normalized"),
        ({"weights_init": np.array([0.5, 0.499995], dtype=np.float32)}, "normalized"),
        ({"means_init": np.ones((2, 3))}, r"'means' should have the shape of \(2, 2\)"),
        ({"precisions_init": np.ones((2, 2))}, "'full precision' should have the shape"),
        ({"precisions_init": [np.eye(2), [[1, 0.5], [0, 1]]]}, "symmetric, positive-definite"),
        ({"precisions_init": [np.eye(2), [[1, 1], [1, 1]]]}, "symmetric, positive-definite"),
        (
            {"kind": "diag", "shape": (2, 2), "precisions_init": [[1, 1], [1, 0]]},
            "'diag precision'",
        ),
        (
            {"kind": "spherical", "shape": (2,), "precisions_init": [1, -1]},
            "'spherical precision'",
        ),
    ],
)
def test_a_start_that_no_mixture_can_have_is_refused(changed, sentence):
    with pytest.raises(DataError, match=sentence):
        given(**changed)


def test_weights_add_up_to_what_their_dtype_can_say():
    given(weights_init=[0.5, 0.5 - 1e-9])
    given(weights_init=np.array([0.5, 0.4999998], dtype=np.float32))
    given(kind="diag", shape=(2, 2), precisions_init=[[1, 1], [1, 1e-300]])


def test_cells_take_few_features():
    validation.features_for("cells", 4, 4)
    validation.features_for("auto", 5, 4)
    with pytest.raises(DataError, match="takes at most 4 features, got 5"):
        validation.features_for("cells", 5, 4)
