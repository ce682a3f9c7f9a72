"""Rows that were checked once: every fit to them is the fit to X, to the bit, and none checks them again."""

import numpy as np
import pandas as pd
import pytest

from emscope import GaussianMixture, KMeans, SphericalKMeans
from emscope.errors import DataError, DataTypeError
from emscope.estimators import problem
from emscope.estimators.problem import checked_once

pytestmark = pytest.mark.filterwarnings("ignore::emscope.DoubtWarning", "ignore:Number of distinct")

KINDS = [KMeans, SphericalKMeans, GaussianMixture]


def rows(n=60, d=2):
    random = np.random.default_rng(0)
    return random.normal(size=(n, d)) + 4 * random.integers(0, 2, size=(n, 1)) + 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("framed", [True, False])
def test_fits_are_those_to_the_data(kind, weighted, framed):
    X = pd.DataFrame(rows(), columns=["a", "b"]) if framed else rows()
    weights = np.arange(60) % 3 * 0.5 if weighted else None
    checked = checked_once(kind(), X, weights)
    for k in (2, 3):
        given = kind(k, random_state=0).fit(checked)
        plain = kind(k, random_state=0).fit(X, sample_weight=weights)
        assert vars(given).keys() == vars(plain).keys()
        for name, value in vars(plain).items():
            if isinstance(value, np.ndarray):
                assert (vars(given)[name] == value).all()
        assert given.trace_.feature_names == plain.trace_.feature_names
        assert (given.predict(X) == plain.predict(X)).all()


def test_rows_are_looked_through_once(monkeypatch):
    checked = checked_once(KMeans(), rows())

    def refuse(*_, **__):
        raise AssertionError("checked again")

    monkeypatch.setattr(problem.validation, "matrix", refuse)
    monkeypatch.setattr(problem.validation, "representable", refuse)
    before = checked.blocks.variances()
    assert KMeans(2, random_state=0).fit(checked).labels_.shape == (60,)
    assert checked.blocks.variances() is before


def test_features_without_names_can_be_given_some():
    checked = checked_once(KMeans(), rows(), names=("width", "height"))
    model = KMeans(2, random_state=0).fit(checked)
    assert model.trace_.feature_names == ("width", "height")
    assert not hasattr(model, "feature_names_in_")


def test_what_the_rows_cannot_be_used_for_is_refused():
    checked = checked_once(KMeans(), rows(5), [1, 0, 1, 0, 1])
    with pytest.raises(DataTypeError, match="checked for KMeans"):
        GaussianMixture(2).fit(checked)
    with pytest.raises(DataError, match="leave sample_weight out"):
        KMeans(2).fit(checked, sample_weight=np.ones(5))
    with pytest.raises(DataError, match="only 3 of 5 rows have a positive weight"):
        KMeans(4).fit(checked)
    with pytest.raises(DataError, match="squared distances overflow"):
        KMeans(2, init=[[0.0, 0.0], [1e200, 0.0]]).fit(checked)
