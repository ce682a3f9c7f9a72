"""Runs that begin where a recorded run ended."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from emscope import GaussianMixture, KMeans, SphericalKMeans, Trace, datasets, recording
from emscope.errors import DataError


def fits(model, X):
    """Where a run of this model begins."""
    step = model.fit(X).trace_.steps[0]
    return step.centers if step.means is None else step.means


@pytest.fixture(scope="module")
def penguins():
    return datasets.penguins()


@pytest.fixture(scope="module")
def trace(penguins):
    return KMeans(3, random_state=0).fit(penguins.matrix).trace_


def test_a_trace_is_a_start(penguins, trace, tmp_path):
    trace.save(tmp_path / "run.npz")
    X, last = penguins.matrix, trace.steps[-1].centers
    for start in (trace, Trace.load(tmp_path / "run.npz")):
        model = KMeans(3, init=start)
        for twin in (model, clone(model)):
            np.testing.assert_array_equal(fits(twin, X), last)
        assert model.trace_.settings["init"] == "given"
        assert model.n_iter_ <= 2
        mixture = GaussianMixture(3, init_params=start, max_iter=3, tol=1e3)
        for twin in (mixture, clone(mixture)):
            np.testing.assert_array_equal(fits(twin, X), last)


def test_a_trace_of_a_mixture_and_a_mixture_are_starts_too(penguins):
    soft = GaussianMixture(3, covariance_type="tied", random_state=0).fit(penguins.matrix)
    for start in (soft, soft.trace_):
        model = KMeans(3, init=start)
        for twin in (model, clone(model)):
            np.testing.assert_array_equal(fits(twin, penguins.matrix), soft.means_)


def test_a_trace_of_standardized_rows_begins_in_the_units_of_the_rows(penguins):
    table = penguins.standardized()
    fitted = KMeans(3, random_state=0).fit(table.matrix)
    scale = table.preparation.scale
    trace = recording.in_units_of(fitted.trace_, table.values, scale)
    np.testing.assert_allclose(fits(KMeans(3, init=trace), table.matrix), fitted.cluster_centers_)
    np.testing.assert_array_equal(fits(KMeans(3, init=trace), table.values), trace.steps[-1].centers)
    for rows in (table.matrix[:100], table.matrix[::-1]):
        with pytest.raises(DataError, match=r"unknown whether they are standardized: begin at"):
            KMeans(3, init=trace).fit(rows)


def test_features_are_taken_by_their_names(penguins, trace):
    frame = pd.DataFrame(penguins.matrix, columns=list(penguins.feature_names))
    named = KMeans(3, random_state=0).fit(frame).trace_
    turned = frame[frame.columns[::-1]]
    np.testing.assert_array_equal(fits(KMeans(3, init=named), turned), named.steps[-1].centers[:, ::-1])
    np.testing.assert_array_equal(fits(KMeans(3, init=trace), turned), trace.steps[-1].centers)


def test_a_spherical_run_begins_where_one_of_either_kind_ended(penguins, trace):
    X = penguins.matrix
    unit = trace.steps[-1].centers / np.linalg.norm(trace.steps[-1].centers, axis=1)[:, None]
    np.testing.assert_allclose(fits(SphericalKMeans(3, init=trace), X), unit)
    turned = SphericalKMeans(3, random_state=0).fit(X)
    np.testing.assert_allclose(fits(SphericalKMeans(3, init=turned.trace_), X), turned.cluster_centers_)


def test_what_does_not_fit_is_refused(penguins, trace):
    X = penguins.matrix
    with pytest.raises(ValueError, match=r"\(3, 4\) does not match the number of clusters 4"):
        KMeans(4, init=trace).fit(X)
    with pytest.raises(ValueError, match=r"\(3, 4\) does not match the number of features of the data 2"):
        GaussianMixture(3, init_params=trace).fit(X[:, :2])
    turned = SphericalKMeans(3, random_state=0).fit(X).trace_
    for model in (KMeans(3, init=turned), GaussianMixture(3, init_params=turned)):
        with pytest.raises(
            DataError, match="no centers to begin at for rows as they are: its points are rows"
        ):
            model.fit(X)
    last = dataclasses.replace(trace.steps[-1], parameters={"shape": np.ones((3, 4))})
    nowhere = dataclasses.replace(trace, steps=(*trace.steps[:-1], last))
    with pytest.raises(DataError, match="a trace of k-means has no centers or means to begin at"):
        KMeans(3, init=nowhere).fit(X)
