"""When the logarithm of a feature is worth a thought."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import skew

from emscope import read_table
from emscope.data.skewness import skewed_features, skewness


@pytest.mark.parametrize("scale", [1.0, 1e-150, 1e150])
def test_skewness_is_that_of_scipy(scale):
    values = np.random.default_rng(0).gamma(2.0, size=200)
    assert skewness(values * scale) == pytest.approx(skew(values))
    weights = np.random.default_rng(1).integers(0, 4, 200)
    assert skewness(values * scale, weights) == pytest.approx(skew(np.repeat(values, weights)))
    assert skewness(np.full(9, scale)) == 0


def money(n=400):
    return np.exp(np.random.default_rng(2).normal(5, 1, n))


@pytest.mark.parametrize(
    ("values", "suggested"),
    [
        (money(), True),
        (money() - money().min(), False),  # 0 has no logarithm
        (np.random.default_rng(3).normal(100, 5, 400), False),  # not skewed
        (np.append(np.random.default_rng(3).normal(100, 5, 399), 9000), False),  # a far value, not a shape
        (money(49), False),  # too few rows to say
    ],
    ids=["money", "zeros", "normal", "far value", "few"],
)
def test_a_logarithm_is_suggested_where_it_makes_a_skewed_feature_even(values, suggested):
    table = read_table(pa.table({"spent": values, "age": np.arange(len(values)) % 7.0}))
    assert list(skewed_features(table)) == (["spent"] if suggested else [])
    if suggested:
        taken = read_table(pa.table({"spent": values}), log=["spent"])
        assert skewed_features(taken) == {}


def test_rows_of_weight_0_skew_nothing():
    values = np.append(np.random.default_rng(3).normal(100, 5, 400), money())
    frame = pa.table({"spent": values, "w": np.repeat([1.0, 0.0], 400)})
    assert skewed_features(read_table(frame, weights_column="w")) == {}
    assert list(skewed_features(read_table(frame, columns="spent"))) == ["spent"]
