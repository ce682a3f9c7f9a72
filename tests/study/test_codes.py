"""Values that look like codes are found; features of few values, ages and counts have none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emscope.study.codes import clusters_of_codes, codes_in


def found_in(column):
    return {(code.value, code.count) for code in codes_in(np.asarray(column)[:, None], ["x"])}


@settings(deadline=None)
@given(st.data())
def test_planted_codes_are_found_and_counted(data):
    random = np.random.default_rng(data.draw(st.integers(0, 9999)))
    center, spread = data.draw(st.sampled_from([(0, 1), (20, 8), (1000, 30), (0.5, 0.1)]))
    column = random.normal(center, spread, 400)
    code = data.draw(st.sampled_from([-9999.0, -999.0, 9999.0, 99999.0, 1e20, -32768.0]))
    count = data.draw(st.integers(1 if center < 1000 else 5, 80))
    column[random.choice(400, count, replace=False)] = code
    assert found_in(column) == {(code, count)}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_code_is_named_as_it_is_written(dtype):
    column = np.r_[np.random.default_rng(0).normal(5, 1, 300), [99.9] * 20].astype(dtype)
    assert found_in(column) == {(99.9, 20)}


def test_several_codes_of_a_feature_are_all_found():
    column = np.r_[np.random.default_rng(0).normal(5, 1, 300), [-9999.0] * 7, [-999.0] * 3, [9999.0]]
    assert found_in(column) == {(-9999.0, 7), (-999.0, 3), (9999.0, 1)}


def test_a_repeated_code_need_not_lie_beyond_all_measure():
    column = np.r_[np.random.default_rng(0).uniform(0, 5000, 400), [-9999.0] * 20]
    assert found_in(column) == {(-9999.0, 20)}


@pytest.mark.parametrize("center", [1000.0, 30.0])
def test_zeros_where_no_other_value_is_near(center):
    column = np.r_[np.random.default_rng(0).normal(center, center / 10, 400), [0.0] * 12]
    assert found_in(column) == {(0.0, 12)}
    assert found_in(column[:-9]) == set()  # three may be an accident


def test_a_lone_negative_value_far_away():
    column = np.r_[np.random.default_rng(0).uniform(0, 10, 400), [-5.0] * 12]
    assert found_in(column) == {(-5.0, 12)}


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_ordinary_features_have_no_codes(data):
    random = np.random.default_rng(data.draw(st.integers(0, 9999)))
    n = data.draw(st.sampled_from([30, 300, 3000]))
    kind = data.draw(st.sampled_from(sorted(ORDINARY)))
    assert found_in(ORDINARY[kind](random, n)) == set()


ORDINARY = {
    "flags": lambda r, n: r.integers(0, 2, n).astype(float),
    "rare flags": lambda r, n: (r.random(n) < 0.03).astype(float),
    "ratings": lambda r, n: r.integers(1, 6, n).astype(float),
    "ratings with 0": lambda r, n: r.integers(0, 6, n).astype(float),
    "ages": lambda r, n: r.integers(0, 100, n).astype(float),
    "adults": lambda r, n: r.integers(18, 100, n).astype(float),
    "counts": lambda r, n: r.poisson(3, n).astype(float),
    "counts with many zeros": lambda r, n: r.poisson(30, n) * (r.random(n) < 0.6).astype(float),
    "heavy counts": lambda r, n: r.negative_binomial(0.4, 0.02, n).astype(float),
    "spending": lambda r, n: r.lognormal(4, 1, n).round(2) * (r.random(n) < 0.7),
    "percent": lambda r, n: np.clip(r.normal(70, 30, n).round(), 0, 100),
    "prices": lambda r, n: r.choice([4.99, 9.99, 19.99, 49.99, 99.0, 99.99, 199.0], n),
    "differences": lambda r, n: r.integers(-10, 11, n).astype(float),
    "measurements": lambda r, n: r.normal(0, 1, n),
    "heavy tails": lambda r, n: r.standard_t(2, n),
    "constant": lambda r, n: np.full(n, 0.0),
    "hours": lambda r, n: r.integers(0, 24, n).astype(float),
    "years": lambda r, n: r.integers(1950, 2025, n).astype(float),
    "two far groups": lambda r, n: r.normal(r.choice([0.0, 500.0], n), 1),
}


def test_clusters_of_codes_alone_are_named():
    values = np.array([[1.0, 5.0], [2.0, -999.0], [3.0, -999.0], [2.5, 5.5]] * 5)
    values[:, 0] += np.arange(20)
    codes = codes_in(values, ["s3", "s3"])
    assert [(code.feature, code.column, code.value, code.count) for code in codes] == [("s3", 1, -999.0, 10)]
    labels = (values[:, 1] < 0).astype(int)
    (coded,) = clusters_of_codes(codes, values, labels, np.array([10, 10, 0]))
    assert (coded.cluster, coded.count) == (1, 10)
    mixed = np.where(np.arange(20) < 15, 0, 1)
    assert clusters_of_codes(codes, values, mixed, np.bincount(mixed)) == ()
