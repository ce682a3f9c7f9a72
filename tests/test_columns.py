import numpy as np
import pytest

from emscope.columns import reduce_columns


@pytest.mark.parametrize(
    "shape", [(1, 1), (5, 2), (255, 1), (256, 1), (1000, 3), (777, 2), (300, 128), (9, 400)]
)
@pytest.mark.parametrize("ufunc", [np.minimum, np.maximum, np.add])
def test_equals_the_plain_reduction(shape, ufunc):
    rows = np.random.default_rng(0).normal(size=shape)
    expected = ufunc.reduce(rows, axis=0)
    np.testing.assert_allclose(reduce_columns(ufunc, rows), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        reduce_columns(ufunc, np.asfortranarray(rows)), expected, rtol=1e-12, atol=1e-12
    )


def test_not_a_number_is_not_lost():
    rows = np.ones((5000, 2))
    rows[4321, 1] = np.nan
    assert np.isnan(reduce_columns(np.maximum, rows)).tolist() == [False, True]
