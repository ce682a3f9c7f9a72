"""Jaccard similarities of sets, and the adjusted Rand index of scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from emscope.study.agreement import adjusted_rand, largest, similarities


@given(seed=st.integers(0, 10_000), n=st.integers(4, 40), k=st.integers(1, 5))
def test_jaccard_of_sets(seed, n, k):
    random = np.random.default_rng(seed)
    labels, again = random.integers(0, k, n), random.integers(0, k, n)
    expected = []
    for a in range(k):
        own = set(np.flatnonzero(labels == a))
        others = [set(np.flatnonzero(again == b)) for b in range(k)]
        expected.append(max(len(own & b) / len(own | b) for b in others) if own else np.nan)
    np.testing.assert_allclose(largest(similarities(labels, again, np.ones(n), k)), expected)


def test_whole_weights_count_as_so_many_rows():
    random = np.random.default_rng(0)
    labels, again, weights = random.integers(0, 3, 30), random.integers(0, 3, 30), random.integers(1, 4, 30)
    repeated = similarities(np.repeat(labels, weights), np.repeat(again, weights), np.ones(weights.sum()), 3)
    np.testing.assert_allclose(similarities(labels, again, weights.astype(float), 3), repeated)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(1, 3)), min_size=2, max_size=30))
def test_adjusted_rand_is_that_of_scikit_learn(rows):
    one, other, _ = np.array(rows).T
    found = adjusted_rand(one, other, np.ones(len(one)), 3)
    assert found == pytest.approx(adjusted_rand_score(one, other), abs=1e-12)
