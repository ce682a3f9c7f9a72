"""Pickles and copies of estimators: a pickle holds the fit and no row of the data."""

import copy
import io
import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone

from emscope import GaussianMixture, KMeans, SphericalKMeans

MODELS = [KMeans(3, random_state=0), SphericalKMeans(3, random_state=0), GaussianMixture(3, random_state=0)]


def by_joblib(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    return file.getvalue()


@pytest.fixture
def X():
    random = np.random.default_rng(0)
    return random.permutation(np.repeat(12 * np.eye(3), [700, 700, 600], axis=0)) + random.normal(
        size=(2000, 3)
    )


@pytest.mark.parametrize("written", [pickle.dumps, by_joblib])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_no_row_is_in_a_pickle(model, written, X):
    model = clone(model).fit(X)
    found = written(model)
    assert len(found) < len(X) * 4 + 5_000  # labels, of k-means, and little else
    assert not any(row.tobytes() in found for row in X)
    again = joblib.load(io.BytesIO(found)) if written is by_joblib else pickle.loads(found)
    assert again.trace_ is None
    assert len(model.trace_.points) == len(X)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    if isinstance(model, GaussianMixture):
        assert again.predict_proba(X).tobytes() == model.predict_proba(X).tobytes()


def test_no_row_of_a_run_that_was_the_start_is_in_a_pickle(X):
    first = KMeans(3, random_state=0, n_init=3).fit(X)
    for start in (first, first.trace_):
        for model in (KMeans(3, init=start), GaussianMixture(3, init_params=start)):
            for found in (pickle.dumps(model), pickle.dumps(model.fit(X))):
                assert not any(row.tobytes() in found for row in X)
                again = pickle.loads(found).fit(X)
                np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_a_model_that_is_not_fitted_is_pickled_as_it_is():
    again = pickle.loads(pickle.dumps(KMeans(3, tol=0.5)))
    assert again.get_params() == KMeans(3, tol=0.5).get_params()
    assert not hasattr(again, "trace_")


def test_a_pickle_that_holds_a_trace_is_still_read(X):
    model = KMeans(3, random_state=0).fit(X)
    again = KMeans.__new__(KMeans)
    again.__setstate__(dict(vars(model)))  # as earlier versions wrote it
    assert again.trace_ is model.trace_
    np.testing.assert_array_equal(again.predict(X), model.labels_)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_keeps_the_trace(copied, X):
    model = KMeans(3, random_state=0).fit(X)
    twin = copied(model)
    assert len(twin.trace_.steps) == len(model.trace_.steps)
    twin.set_params(n_clusters=4)
    assert model.n_clusters == 3
    assert (twin.cluster_centers_ is model.cluster_centers_) == (copied is copy.copy)
