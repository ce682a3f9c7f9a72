"""Rounding to significant digits, against Python's own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emscope.digits import in_few_digits, rounded
from searching import digits_of


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 6))
def test_no_number_has_more_digits_and_none_is_moved_further_than_it_has_to(value, digits):
    found = float(rounded(np.array([value]), digits)[0])
    assert digits_of(found) <= digits
    plain = float(f"{value:.{digits - 1}e}")
    assert found == plain or abs(found - value) <= abs(plain - value) * (1 + 1e-9)


@given(st.lists(st.integers(-(2**53), 2**53), min_size=1))
def test_whole_numbers_stay_whole(values):
    found = rounded(np.array(values, dtype=np.int64))
    assert found.dtype == np.int64
    assert [digits_of(x) <= 4 for x in found.tolist()] == [True] * len(values)
    np.testing.assert_allclose(found, values, rtol=5e-4)


def test_rounding_twice_changes_nothing():
    x = np.random.default_rng(0).normal(size=600) * 10.0 ** np.arange(-300, 300)
    once = rounded(x)
    np.testing.assert_array_equal(rounded(once), once)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0])
def test_what_cannot_be_rounded_stays(value):
    np.testing.assert_array_equal(rounded(np.array([value])), [value])


def test_shapes_and_kinds_stay():
    assert rounded(np.zeros((0, 3))).shape == (0, 3)
    assert rounded(np.ones((2, 3))).shape == (2, 3)
    assert rounded(np.float32(1.23456)).shape == ()
    assert rounded(np.array([True])).tolist() == [True]


def test_json_keeps_all_but_floats():
    told = {"a": [1234567, True, None, "1.23456"], "b": (1.23456, {"c": -9.87654})}
    assert in_few_digits(told) == {"a": [1234567, True, None, "1.23456"], "b": [1.235, {"c": -9.877}]}
