"""One object from table to fit: applied again it gives the same bits."""

import json
import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from emscope import KMeans
from emscope.data.preparation import Feature, Preparation, median, standard_deviations
from emscope.data.read import read_table
from emscope.errors import DataError
from emscope.trace import Trace

FLOATS = st.floats(-1e6, 1e6, allow_subnormal=False)
WHOLE = st.integers(-(10**6), 10**6).map(lambda i: i / 64)


@st.composite
def tables(draw):
    """A data frame of measurements, incomes and large integers with gaps, and what to do with it."""
    n = draw(st.integers(3, 30))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "x": random.normal(size=n) * 10.0 ** draw(st.integers(-5, 5)),
            "income": random.lognormal(8, 2, size=n),
            "big": pd.array(2**60 + random.integers(0, 1000, n), dtype="Int64"),
            "count": random.integers(0, 50, n),
        }
    )
    for name in draw(st.sets(st.sampled_from(["x", "income", "big"]))):
        frame.loc[random.random(n) < 0.2, name] = None
    frame.loc[0] = [1.5, 2.5, 2**60, 7]
    frame.loc[1] = [2.5, 3.5, 2**60 + 3, 9]
    asked = {
        "impute": draw(st.sampled_from([None, "median"])),
        "log": draw(st.sampled_from([(), ("income",), (" INCOME",)])),
        "standardize": draw(st.booleans()),
    }
    return frame, asked


@settings(deadline=None, max_examples=60)
@given(tables(), st.data())
def test_applied_again_it_gives_the_same_bits_whole_and_row_by_row(made, data):
    frame, asked = made
    table = read_table(frame, columns=list(frame), **asked)
    again = Preparation.from_dict(json.loads(json.dumps(table.preparation.to_dict())))
    assert again == table.preparation
    used = frame.iloc[table.kept].reset_index(drop=True)
    np.testing.assert_array_equal(again.apply(used), table.matrix)
    row = data.draw(st.integers(0, len(used) - 1))
    np.testing.assert_array_equal(again.apply(used.iloc[row : row + 1]), table.matrix[row : row + 1])
    shuffled = used[["big", "count", "income", "x"]].astype(object)
    np.testing.assert_array_equal(again.apply(shuffled), table.matrix)
    as_new_table = read_table(frame, preparation=again)
    np.testing.assert_array_equal(as_new_table.matrix, table.matrix)
    assert as_new_table.feature_names == table.feature_names


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")  # of clusters in a few rows of anything
@settings(deadline=None, max_examples=20)
@given(made=tables())
def test_a_saved_trace_keeps_it(made, tmp_path_factory):
    frame, asked = made
    table = read_table(frame, columns=list(frame), **asked)
    path = tmp_path_factory.mktemp("trace") / "t.npz"
    trace = KMeans(2, random_state=0, n_init=1).fit(table.matrix).trace_
    assert trace.preparation is None
    Trace(
        **{**{f: getattr(trace, f) for f in trace.__slots__}, "preparation": table.preparation.to_dict()}
    ).save(path)
    assert Preparation.from_dict(Trace.load(path).preparation) == table.preparation


@settings(deadline=None)
@given(
    hnp.arrays(np.float64, st.tuples(st.integers(2, 20), st.just(2)), elements=WHOLE),
    st.sampled_from(["float64", "float32"]),
)
def test_arrays_are_divided_by_the_same_numbers_as_ever(X, dtype):
    X = X.astype(dtype)
    fitted = Preparation.fit(X, [Feature(column="a"), Feature(column="b")], standardize=True)
    expected = X / standard_deviations(X)
    assert fitted.apply(X).dtype == expected.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(fitted.apply(X), expected)
    assert Preparation.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted
    np.testing.assert_allclose(fitted.invert(expected), X, rtol=1e-6)


def test_centers_come_back_in_the_units_of_the_table():
    frame = pa.table(
        {"big": [2**60 + i for i in (0, 2, 10, 12)], "income": [1.0, math.e, math.e**2, math.e**3]}
    )
    table = read_table(frame, log="income", standardize=True)
    centers = np.array([table.matrix[:2].mean(axis=0), table.matrix[2:].mean(axis=0)])
    inverted = table.preparation.invert(centers)
    assert table.feature_names == ("big", "log income")
    assert inverted[:, 0].tolist() == [float(2**60 + 1), float(2**60 + 11)]
    np.testing.assert_allclose(inverted[:, 1], [0.5, 2.5])
    np.testing.assert_allclose(np.diff(table.values[:, 0]), [2, 8, 2])


def test_it_fills_before_it_takes_logarithms_and_scales_what_came_of_both():
    table = read_table(pa.table({"a": [1.0, 4.0, None, 16.0]}), impute="median", log=["a"], standardize=True)
    logs = np.log([1.0, 4.0, 4.0, 16.0])
    np.testing.assert_array_equal(table.values[:, 0], logs)
    np.testing.assert_array_equal(table.matrix[:, 0], logs / logs.std())
    assert table.preparation.features[0].fill == 4.0


@pytest.mark.parametrize(
    ("X", "words"),
    [
        ([[1.0, 2.0]], r"shape \(1, 2\) were given where 1 feature"),
        ([1.0], r"shape \(1,\)"),
        ([[0.0]], "1 value of 'a' is 0 or less, the first 0 in row 1"),
        ([[3.0], [-2.0], [-1.0]], "2 values of 'a' are 0 or less, the first -2 in row 2"),
    ],
)
def test_rows_that_it_cannot_prepare_are_refused(X, words):
    fitted = Preparation.fit(np.array([[1.0], [2.0]]), [Feature(column="a", log=True)])
    with pytest.raises(DataError, match=words):
        fitted.apply(X)


GOOD = Preparation((Feature(column="a", fill=1.0, scale=2.0),)).to_dict()


def spoilt(**changes):
    return {**GOOD, "features": [{**GOOD["features"][0], **changes}]}


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {"features": 3, "dtype": "float64"},
        {**GOOD, "dtype": "object"},
        spoilt(scale=0.0),
        spoilt(scale=-1.0),
        spoilt(fill=math.nan),
        spoilt(fill="1"),
        spoilt(offset="x"),
        spoilt(reads="lines"),
        spoilt(log=1),
        spoilt(column=None),
        spoilt(more=1),
        [1],
    ],
)
def test_what_is_no_saved_preparation_is_refused(plain):
    with pytest.raises(DataError, match="not a saved preparation"):
        Preparation.from_dict(plain)


WEIGHTED = st.lists(st.tuples(FLOATS, st.integers(0, 4)), min_size=1, max_size=12)


@given(WEIGHTED.filter(lambda rows: any(weight for _, weight in rows)))
def test_a_weight_of_two_counts_as_two_rows_for_the_median(rows):
    values, weights = np.array([v for v, _ in rows]), np.array([float(w) for _, w in rows])
    repeated = np.repeat(values, weights.astype(int))
    np.testing.assert_allclose(median(values, weights), np.median(repeated), rtol=1e-14)


def test_rows_of_weight_0_set_no_median_and_no_scale():
    columns = {"a": [1.0, 2.0, 3.0, None, 1e6], "w": [1.0, 1.0, 1.0, 1.0, 0.0]}
    table = read_table(pa.table(columns), weights_column="w", impute="median", standardize=True)
    assert table.preparation.features[0].fill == 2.0
    np.testing.assert_allclose(table.preparation.scale, [np.std([1, 2, 3, 2])])


def test_it_scales_only_where_asked_to():
    fitted = Preparation.fit(np.array([[1.0], [5.0]]), [Feature(column="a")])
    assert fitted == Preparation.fit(np.array([[1.0], [5.0]]), [Feature(column="a")], standardize=False)


def test_weights_are_given_by_name():
    with pytest.raises(TypeError, match="positional"):
        Preparation.fit(np.array([[1.0], [5.0]]), [Feature(column="a")], np.ones(2))


@pytest.mark.parametrize("far", [1e4, 1e100, 1e200])
def test_a_row_of_weight_0_has_no_part_in_a_standard_deviation(far):
    values = np.array([[1.0], [far], [4.0], [7.0]])
    weights = np.array([1.0, 0.0, 2.0, 1.0])
    without = standard_deviations(values[[0, 2, 3]], weights[[0, 2, 3]])
    assert standard_deviations(values, weights).tolist() == without.tolist()
