"""The ends of many starts are those of the estimator, grouped up to the numbering of clusters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import interrupting
import naive
from emscope import GaussianMixture, KMeans, SphericalKMeans, datasets, study
from emscope.errors import DataError, DataTypeError

pytestmark = pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")


def table():
    return datasets.old_faithful().standardized()


@pytest.mark.parametrize("init", ["k-means++", "random", "farthest", "random-partition"])
def test_ends_are_those_of_the_estimator(init):
    X = table().matrix
    found = study.optima(X, 4, n_starts=12, init=init, random_state=3)
    trace = KMeans(4, n_init=12, init=init, random_state=3, tol=0, max_iter=1000).fit(X).trace_
    ends = [trace.steps[-1].objective, *(restart.objectives[-1] for restart in trace.restarts)]
    assert sorted(found.objectives[found.runs]) == pytest.approx(sorted(ends), rel=1e-9)
    assert found.objectives.tolist() == sorted(found.objectives)
    assert found.frequencies.tolist() == np.bincount(found.runs).tolist()


def test_labels_are_those_of_the_centers_and_numbered_alike():
    X = table().matrix
    found = study.optima(X, 4, n_starts=40, random_state=0)
    assert len(found.objectives) > 3
    for labels, centers, objective in zip(found.labels, found.centers, found.objectives, strict=True):
        assert labels.tolist() == naive.expectation(X, centers).tolist()
        assert objective == pytest.approx(naive.inertia(X, labels, centers))
        distances = ((found.centers[0] - centers) ** 2).sum()
        for i, j in ((0, 1), (1, 2), (2, 3)):
            other = centers.copy()
            other[[i, j]] = centers[[j, i]]
            assert distances <= ((found.centers[0] - other) ** 2).sum()


@pytest.mark.parametrize("model", ["kmeans", "spherical", "gmm"])
def test_any_end_is_reached_again_with_a_trace(model):
    X = datasets.penguins().standardized().matrix + 1
    found = study.optima(X, 4, model=model, n_starts=6, random_state=1)
    estimator = {"kmeans": KMeans, "spherical": SphericalKMeans, "gmm": GaussianMixture}[model]
    for end in range(len(found.objectives)):
        again = study.again(found, end, X)
        assert type(again) is estimator
        assert again.trace_ is not None
        assert found.standing(again) == end
    best = study.again(found, 0, X)
    objective = -best.lower_bound_ if model == "gmm" else best.inertia_
    assert objective == pytest.approx(found.objectives[0], abs=1e-4)


def test_frequent_ends_of_the_blobs_are_found_by_fewer_starts():
    found = study.optima(datasets.blobs(), 4, n_starts=10_000, init="random", random_state=0)
    frequent = np.flatnonzero(found.frequencies >= 100)
    assert len(frequent) > 2
    assert set(frequent) <= set(found.runs[:1000])


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 2)), min_size=4, max_size=14).filter(
        lambda rows: sum(weight > 0 for _, weight in rows) >= 3
    ),
    st.integers(1, 3),
)
def test_of_one_feature_the_best_of_all_is_known(rows, k):
    values, weights = np.array(rows, float).T
    found = study.optima(values[:, None], k, n_starts=5, random_state=0, sample_weight=weights, n_threads=1)
    assert found.known <= found.objectives[0] + 1e-9
    if found.at_optimum:
        assert found.excess[0] == pytest.approx(0, abs=1e-6)


def test_more_features_have_no_known_optimum():
    assert study.optima(table(), 3, n_starts=2, random_state=0).known is None


def test_ends_with_the_same_clusters_are_one_wherever_an_empty_cluster_has_its_center():
    X = np.array([[0.0], [1.0], [10.0]])[[0, 0, 1, 1, 1, 2]]
    found = study.optima(X, 4, n_starts=20, init="random", random_state=0)
    assert found.objectives.tolist() == [0.0]
    assert found.frequencies.tolist() == [20]
    assert found.at_optimum


def test_start_i_is_the_same_whatever_else_is_asked_for():
    every = study.optima(table(), 4, n_starts=45, random_state=5, n_threads=1)
    some = study.optima(table(), 4, n_starts=9, random_state=5, n_threads=2)
    same = some.objectives[some.runs]
    assert every.objectives[every.runs[:9]] == pytest.approx(same, rel=1e-12)


def test_rows_of_weight_0_matter_nowhere():
    X = table().matrix
    weights = np.concatenate([np.random.default_rng(0).gamma(1, size=len(X)), np.zeros(5)])
    more = np.concatenate([X, 50 + X[:5]])
    alone = study.optima(X, 3, n_starts=5, random_state=0, sample_weight=weights[:-5])
    beside = study.optima(more, 3, n_starts=5, random_state=0, sample_weight=weights)
    assert alone.centers.tolist() == beside.centers.tolist()
    assert beside.labels.shape == (len(alone.labels), len(more))
    assert alone.labels.tolist() == beside.labels[:, :-5].tolist()


def test_ctrl_c_keeps_what_is_done():
    found = study.optima(table(), 3, n_starts=100, random_state=0, progress=interrupting.at(30))
    assert found.interrupted
    assert found.frequencies.sum() == 30


@pytest.mark.parametrize(
    ("parameters", "error", "says"),
    [
        ({"k": 0}, DataError, "k must be"),
        ({"k": 2.5}, DataTypeError, "k must be"),
        ({"n_starts": 0}, DataError, "n_starts"),
        ({"init": "kmeans"}, DataError, "init must be one of 'k-means\\+\\+'"),
        ({"model": "kmedoids"}, DataError, "model must be one of"),
        ({"k": 300}, DataError, "k=300"),
        ({"model": "gmm", "covariance_type": "round"}, ValueError, "covariance_type"),
    ],
    ids=["none", "half", "no starts", "init", "model", "many", "covariances"],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(parameters, error, says):
    with pytest.raises(error, match=says):
        study.optima(table(), **{"k": 3, **parameters})
