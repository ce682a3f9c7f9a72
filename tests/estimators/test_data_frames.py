"""Estimators take data frames of any types that hold numbers, and name the column that does not."""

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from emscope import GaussianMixture, KMeans
from emscope.errors import DataError, DataTypeError

X = np.round(np.random.default_rng(0).normal(size=(60, 2)) + np.repeat([[0], [5]], 30, axis=0), 3)
NUMBERS = pd.DataFrame(X, columns=["a", "b"])
DECIMALS = [[Decimal(str(value)) for value in column] for column in X.T]
FRAMES = {
    "objects": NUMBERS.astype(object),
    "decimals as objects": pd.DataFrame({"a": DECIMALS[0], "b": DECIMALS[1]}),
    "objects and floats": NUMBERS.astype({"a": object}),
    "arrow decimals in pandas": pd.DataFrame(
        {n: pd.array(c, pd.ArrowDtype(pa.decimal128(10, 3))) for n, c in zip("ab", DECIMALS, strict=True)}
    ),
    "arrow": pa.table({n: pa.array(c, pa.decimal128(10, 3)) for n, c in zip("ab", DECIMALS, strict=True)}),
    "polars": pl.DataFrame(
        {n: pl.Series(c, dtype=pl.Decimal(10, 3)) for n, c in zip("ab", DECIMALS, strict=True)}
    ),
    "polars objects": pl.DataFrame(
        {n: pl.Series(list(c), dtype=pl.Object) for n, c in zip("ab", X.T, strict=True)}
    ),
}


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize(
    "model", [KMeans(2, random_state=0, n_init=1), GaussianMixture(2, random_state=0)], ids=["kmeans", "gmm"]
)
def test_a_frame_of_numbers_is_fitted_like_its_array(model, kind):
    frame = FRAMES[kind]
    labels = model.fit(NUMBERS).predict(NUMBERS)
    np.testing.assert_array_equal(model.fit(frame).predict(frame), labels)
    assert model.trace_.feature_names == ("a", "b")


def test_steps_take_such_frames_too():
    objects = KMeans(2, random_state=0).steps(FRAMES["objects"])
    for step, expected in zip(objects, KMeans(2, random_state=0).steps(NUMBERS), strict=True):
        assert step.objective == expected.objective


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ([1, "x", 2], DataTypeError, "column 'bad' of dtype .*'x' in row 1"),
        ([1, 2j, 3], DataTypeError, "column 'bad'"),
        ([1, [2], 3], DataTypeError, "column 'bad'.* in row 1"),
        ([1, None, 3], DataError, "NaN: the first is in row 1, column 'bad'"),
        ([1, pd.NA, 3], DataError, "NaN: the first is in row 1, column 'bad'"),
    ],
)
def test_what_is_no_number_is_refused_by_the_name_of_its_column(values, error, words):
    frame = pd.DataFrame({"good": [1.0, 2.0, 3.0], "bad": pd.Series(values, dtype=object)})
    with pytest.raises(error, match=words):
        KMeans(2).fit(frame)
