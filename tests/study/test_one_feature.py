"""The best clustering of one feature is that of brute force."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emscope.study.one_feature import least_inertia


def inertia(values, weights, labels):
    total = 0.0
    for label in set(labels):
        own = [i for i, z in enumerate(labels) if z == label]
        mass = sum(weights[i] for i in own)
        mean = sum(weights[i] * values[i] for i in own) / mass
        total += sum(weights[i] * (values[i] - mean) ** 2 for i in own)
    return total


def by_intervals(values, weights, k):
    order = np.argsort(values)
    values, weights = np.array(values)[order], np.array(weights)[order]
    cuts = combinations(range(1, len(values)), min(k, len(values)) - 1)
    return min(
        inertia(values, weights, np.searchsorted(cut, np.arange(len(values)), side="right").tolist())
        for cut in cuts
    )


rows = st.lists(
    st.tuples(
        st.one_of(st.integers(-3, 3).map(float), st.floats(-100, 100, allow_subnormal=False)),
        st.one_of(st.just(1.0), st.integers(1, 3).map(float), st.floats(0.01, 10)),
    ),
    min_size=1,
    max_size=14,
)


@given(rows, st.integers(1, 5), st.sampled_from([0.0, 1e5]))
def test_it_is_the_best_of_all_intervals(rows, k, far):
    values, weights = np.array(rows).T
    values = values + far
    expected = by_intervals(values, weights, k)
    scale = (weights * (values - values.mean()) ** 2).sum()
    assert least_inertia(values, weights, k) == pytest.approx(expected, rel=1e-9, abs=1e-9 * scale + 1e-12)


@given(rows.filter(lambda rows: len(rows) <= 7), st.integers(1, 3))
def test_no_labels_at_all_are_better(rows, k):
    values, weights = np.array(rows).T
    expected = min(inertia(values, weights, labels) for labels in product(range(k), repeat=len(values)))
    assert least_inertia(values, weights, k) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_weights_that_are_all_1_are_none():
    values = np.random.default_rng(0).normal(size=300)
    assert least_inertia(values, np.ones(300), 4) == least_inertia(values, None, 4)
    assert least_inertia(values, None, 300) == 0
