"""Variance ratio, stability, BIC and ICL against scikit-learn, brute force and mclust."""

import csv
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics import calinski_harabasz_score

from emscope import GaussianMixture, KMeans, datasets
from emscope.study.criteria.criterion import Scores, best
from emscope.study.criteria.information import bic_and_icl
from emscope.study.criteria.stability import most_stable, of_weakest
from emscope.study.criteria.variance_ratio import variance_ratio

REFERENCE = Path(__file__).parent.parent / "reference"


def test_the_variance_ratio_of_scikit_learn():
    X = datasets.penguins().standardized().matrix
    models = [KMeans(k, n_init=3, random_state=0).fit(X) for k in (1, 2, 3, 4)]
    objectives = np.array([model.inertia_ for model in models])
    scores = variance_ratio(np.array([1, 2, 3, 4]), objectives, objectives[0], len(X))
    assert np.isnan(scores.values[0])
    expected = [calinski_harabasz_score(X, model.labels_) for model in models[1:]]
    np.testing.assert_allclose(scores.values[1:], expected, rtol=1e-10)


def test_the_best_of_none_is_none():
    ks = np.array([2, 3])
    assert best(ks, Scores.none(2)) is None
    assert best(ks, Scores(np.array([np.nan, 1.0]), np.zeros(2))) == 3


def test_the_weakest_cluster_counts():
    similarities = np.array([[1.0, 0.5, np.nan], [0.9, 0.7, 1.0]])
    value, error = of_weakest(similarities)
    assert value == pytest.approx(0.6)
    assert error == pytest.approx(0.1)
    assert np.isnan(of_weakest(np.full((2, 2), np.nan))[0])


def test_a_cluster_that_no_resample_has_does_not_come_back():
    value, error = of_weakest(np.array([[1.0, np.nan], [0.9, np.nan]]))
    assert value == 0
    assert np.isnan(error)


def test_the_vote_is_the_largest_stable_number():
    ks = np.array([1, 2, 3, 4])
    assert most_stable(ks, Scores(np.array([np.nan, 0.95, 0.9, 0.8]), np.zeros(4))) == 3
    assert most_stable(ks, Scores(np.array([np.nan, 0.8, 0.6, 0.5]), np.zeros(4))) is None


def of_mclust():
    with (REFERENCE / "mclust.csv").open() as file:
        return list(csv.DictReader(file))


def rows_of(name):
    if name == "faithful":
        return datasets.old_faithful().matrix
    X = load_iris().data.copy()
    X[34], X[37] = [4.9, 3.1, 1.5, 0.2], [4.9, 3.6, 1.4, 0.1]  # Fisher's, which scikit-learn's copy misses
    return X


def at_parameters_of(line, X):
    """A mixture with the very parameters that mclust ended with."""
    k, d = int(line["k"]), X.shape[1]
    numbers = [np.array(line[name].split(), float) for name in ("weights", "means", "covariances")]
    weights, means, covariances = numbers[0], numbers[1].reshape(k, d), numbers[2].reshape(k, d, d)
    by_type = {
        "full": covariances,
        "tied": covariances[0],
        "diag": np.diagonal(covariances, axis1=1, axis2=2),
        "spherical": covariances[:, 0, 0],
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what stays at its start has not converged
        precisions = by_type[line["type"]]
        inverse = np.linalg.inv(precisions) if line["type"] in ("full", "tied") else 1 / precisions
        model = GaussianMixture(
            k, covariance_type=line["type"], weights_init=weights / weights.sum(), means_init=means,
            precisions_init=inverse, max_iter=0, reg_covar=0.0,
        )  # fmt: skip
        return model.fit(X)


@pytest.mark.parametrize("line", of_mclust(), ids=lambda line: f"{line['data']} {line['type']} {line['k']}")
def test_bic_and_icl_of_mclust_at_its_parameters(line):
    X = rows_of(line["data"])
    bic, icl = bic_and_icl(at_parameters_of(line, X), X, None)
    assert -bic == pytest.approx(float(line["bic"]), rel=1e-6)
    assert -icl == pytest.approx(float(line["icl"]), rel=1e-6)


def test_whole_weights_count_as_so_many_rows_in_bic_and_icl():
    X = datasets.old_faithful().matrix[:60]
    weights = np.arange(60) % 3
    model = GaussianMixture(2, random_state=0).fit(X)
    expected = bic_and_icl(model, np.repeat(X, weights, axis=0), None)
    np.testing.assert_allclose(bic_and_icl(model, X, weights.astype(float)), expected)
