"""Integers and decimals beyond 2^53 keep their differences."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from emscope.data.content.exact import from_offset, numbers_of, offset_for

FAR = 2**60


@pytest.mark.parametrize(
    ("low", "high", "offset"),
    [
        (0, 2**53, 0),  # float64 has them all
        (2**53 - 2, 2**53 + 2, 2**53),
        (FAR, FAR + 256, FAR),
        (-FAR - 256, -FAR, -FAR),
        (FAR // 2, FAR, 3 * FAR // 4),
        (FAR // 2 - 2, FAR, 0),  # they spread so far that nothing is saved
        (Decimal(FAR) + Decimal("0.5"), Decimal(FAR) + Decimal("1.5"), FAR),
    ],
)
def test_an_offset_is_taken_off_where_it_saves_digits(low, high, offset):
    assert offset_for(low, high) == offset
    assert int(float(offset)) == offset


@pytest.mark.parametrize(
    ("values", "dtype", "offset"),
    [
        ([FAR, FAR + 1, FAR + 3], np.int64, FAR),
        ([2**64 - 1, 2**64 - 3], np.uint64, 2**64 - 4),
        ([-(2**63), -(2**63) + 1], np.int64, -(2**63)),
        ([-(2**63), 2**63 - 1], np.int64, 2**62),  # no int64 holds these differences
        ([0, 2**64 - 1], np.uint64, 0),
        ([FAR + 1], np.int64, 0),
        ([2.0**60, 2.0**60 + 256], np.float64, FAR),
    ],
)
def test_numbers_are_rounded_once(values, dtype, offset):
    found = from_offset(np.array(values, dtype=dtype), offset)
    assert found.tolist() == [float(value - offset) for value in values]


def test_objects_are_subtracted_before_they_are_rounded():
    values = np.array([FAR + 1, None, Decimal(FAR) + Decimal("0.25"), 2.0**60], dtype=object)
    np.testing.assert_array_equal(from_offset(values, FAR), [1.0, np.nan, 0.25, 0.0])


def test_a_missing_integer_is_not_a_number():
    values, offset = numbers_of(pa.chunked_array([[FAR + 1, None, FAR + 5]]))
    assert offset == FAR
    np.testing.assert_array_equal(values, [1.0, np.nan, 5.0])
    values, offset = numbers_of(pa.chunked_array([[FAR + 1, None]]), offset=0)
    assert offset == 0
    np.testing.assert_array_equal(values, [float(FAR), np.nan])
    values, offset = numbers_of(pa.chunked_array([pa.nulls(2, pa.int64())]), offset=FAR)
    assert np.isnan(values).all()
