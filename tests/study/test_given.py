"""What a study takes: arrays, data frames, and tables that were read."""

import numpy as np
import pandas as pd
import pytest

from emscope import datasets
from emscope.study.given import Given


def test_arrays_get_made_up_names_and_frames_keep_theirs():
    assert Given.of([[1.0, 2.0]]).feature_names == ("x1", "x2")
    assert Given.of(pd.DataFrame({"age": [1.0, 2.0]})).feature_names == ("age",)


def test_a_table_has_two_units():
    table = datasets.old_faithful().standardized()
    given = Given.of(table)
    assert given.matrix is table.matrix
    assert given.values is table.values
    np.testing.assert_allclose(given.values, given.matrix * table.preparation.scale)


def test_rows_that_cannot_be_used_are_refused():
    with pytest.raises(ValueError, match="NaN"):
        Given.of([[1.0], [np.nan]])
    with pytest.raises(ValueError, match=r"sample_weight"):
        Given.of([[1.0], [2.0]], [1.0, -1.0])
