"""The rules about rows, weights and given centers, at their edges."""

import numpy as np
import pandas as pd
import pytest

from emscope import validation
from emscope.errors import DataError, DataTypeError


def test_the_first_value_that_is_not_finite_is_named_wherever_it_stands():
    X = np.zeros((140_000, 3))
    X[131_080, 2] = np.nan
    X[139_999, 0] = np.inf
    with pytest.raises(DataError, match=r"Input X contains NaN: the first is in row 131080, column 2\."):
        validation.matrix(X)
    X[131_080, 2] = 0.0
    with pytest.raises(DataError, match=r"infinity or a value too large.* row 139999, column 'a'"):
        validation.matrix(X, feature_names=("a", "b", "c"))


def test_what_needs_no_conversion_is_not_copied():
    for dtype in (np.float64, np.float32):
        X = np.ones((2, 2), dtype=dtype)
        assert np.shares_memory(validation.matrix(X), X)
    columns = np.ones((2, 2), order="F")
    assert validation.matrix(columns).flags.c_contiguous
    assert validation.matrix(np.ones((2, 2), dtype=np.int32)).dtype == np.float64
    with pytest.raises(DataError):
        validation.refuse_not_finite(np.array([[np.inf]]))


def test_data_has_rows_and_columns():
    with pytest.raises(ValueError, match="Expected 2D array"):
        validation.matrix(np.ones(3))
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        validation.matrix(np.ones((0, 2)))
    with pytest.raises(ValueError, match=r"0 feature\(s\)"):
        validation.matrix(np.ones((2, 0)))


def test_a_masked_array_is_refused_where_something_is_masked():
    X = np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]], mask=[[False, True], [False, False]])
    with pytest.raises(DataError, match="with 1 masked values"):
        validation.matrix(X)
    assert validation.matrix(np.ma.masked_array([[1.0, 2.0]], mask=False)).tolist() == [[1.0, 2.0]]


def test_objects_are_numbers_missing_or_refused_by_their_row():
    frame = pd.DataFrame({"a": pd.Series([1, 2.5, True], dtype=object)})
    assert validation.matrix(frame).ravel().tolist() == [1.0, 2.5, 1.0]
    with pytest.raises(DataError, match="row 1, column 0"):
        validation.matrix(pd.DataFrame({"a": pd.Series([1, pd.NA], dtype=object)}))
    with pytest.raises(DataTypeError, match="'a' of dtype Object with 'x' in row 2"):
        validation.matrix(pd.DataFrame({"a": pd.Series([1, 2, "x"], dtype=object), "b": 1.0}))
    assert validation.matrix(pd.DataFrame({"a": [True, False]})).ravel().tolist() == [1.0, 0.0]


def test_weights_are_one_for_each_row_finite_and_not_negative():
    assert validation.sample_weights(None, 3) is None
    assert validation.sample_weights(2, 3).tolist() == [2.0, 2.0, 2.0]
    assert validation.sample_weights([0, 1, 0], 3).tolist() == [0.0, 1.0, 0.0]
    with pytest.raises(DataError, match=r"sample_weight\[1\] is -1.0: .*\(2 are not\)"):
        validation.sample_weights([1, -1, np.nan], 3)
    with pytest.raises(DataError, match="one weight for each of the 3 rows"):
        validation.sample_weights([1, 1], 3)
    with pytest.raises(DataError, match="1D array or scalar"):
        validation.sample_weights([[1], [1]], 2)
    with pytest.raises(DataError, match="all zero"):
        validation.sample_weights([0, 0], 2)
    with pytest.raises(DataError, match="overflows"):
        validation.sample_weights([1e308, 1e308], 2)


def test_as_many_clusters_as_rows_that_count_are_enough():
    validation.enough_rows(3, 3, None)
    validation.enough_rows(4, 3, np.array([1.0, 0.0, 2.0, 1.0]))
    with pytest.raises(DataError, match=r"n_samples=3 should be >= n_clusters=4: ask for fewer clusters\."):
        validation.enough_rows(3, 4, None)
    with pytest.raises(DataError, match="only 2 of 4 rows have a positive weight"):
        validation.enough_rows(4, 3, np.array([1.0, 0.0, 0.0, 1.0]))
    with pytest.raises(DataError, match="n_components = 4, n_samples = 3: ask for fewer components"):
        validation.enough_rows(3, 4, None, of="n_components")


def test_given_centers_have_the_shape_of_the_clusters():
    centers = np.ones((2, 3))
    taken = validation.start_centers(centers, 2, 3, np.float32)
    assert taken.dtype == np.float32
    assert not np.shares_memory(validation.start_centers(centers, 2, 3, np.float64), centers)
    with pytest.raises(DataError, match=r"number of clusters 3: the shape must be \(3, 5\)"):
        validation.start_centers(centers, 3, 5, np.float64)
    with pytest.raises(DataError, match=r"number of features of the data 2: the shape must be \(2, 2\)"):
        validation.start_centers(centers, 2, 2, np.float64)
    with np.errstate(over="ignore"), pytest.raises(DataError, match="float32"):
        validation.start_centers(np.full((2, 3), 1e300), 2, 3, np.float32)


@pytest.mark.parametrize(
    ("low", "high", "dtype", "total", "sentence"),
    [
        (-0.9e150, 0.9e150, np.float64, None, None),
        (-1.1e150, 1.1e150, np.float64, None, "overflow in float64 .the largest is in row 1, column 0"),
        (-0.9e18, 0.9e18, np.float32, None, None),
        (-1.1e18, 1.1e18, np.float32, None, "overflow in float32"),
        (0.0, 2.2e-140, np.float64, None, None),
        (0.0, 1.8e-140, np.float64, None, "vanish in float64"),
        (0.0, 1e-40, np.float32, None, None),
        (5.0, 5.0, np.float64, None, None),
        # 8 d spread^2, taken as often as the weights say, is at most the largest number
        (-1e100, 1e100, np.float64, 1e107, None),
        (-1e100, 1e100, np.float64, 1e108, "overflow in float64"),
    ],
)
def test_magnitudes_whose_squares_overflow_or_vanish_are_refused(low, high, dtype, total, sentence):
    X = np.array([[low, 0.0], [high, 0.0]], dtype=dtype)
    X[1] *= dtype(1.001)
    if sentence is None:
        validation.representable(X, total_weight=total)
    else:
        with pytest.raises(DataError, match=sentence):
            validation.representable(X, total_weight=total)


def test_centers_far_from_the_data_count_for_its_spread():
    X = np.zeros((3, 2))
    validation.representable(X, np.full((1, 2), 1e100))
    with pytest.raises(DataError, match="overflow"):
        validation.representable(X, np.full((1, 2), 1e151))


def test_names_come_from_data_frames_alone():
    assert validation.column_names(np.ones((1, 2))) is None
    assert validation.column_names([[1, 2]]) is None
    assert validation.column_names(pd.DataFrame({"a": [1], 7: [2]})) == ("a", "7")
