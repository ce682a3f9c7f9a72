import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive
from emscope.data.blocks import Block
from emscope.models import kmeans

MODEL = kmeans.KMeans()


def block_of(X, weights=None, start=0):
    return Block(0, start, X, np.ones(len(X)) if weights is None else weights)


@st.composite
def problems(draw, dtype=np.float64):
    """Small data full of duplicates and ties, with weights and centers."""
    n, d, k = draw(st.integers(1, 30)), draw(st.integers(1, 4)), draw(st.integers(1, 6))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    grid = draw(st.booleans())
    X = random.integers(-2, 3, size=(n, d)) if grid else random.normal(size=(n, d))
    centers = random.integers(-2, 3, size=(k, d)) if grid else random.normal(size=(k, d))
    offset = draw(st.sampled_from([0.0, 100.0, 1e8]))
    weights = random.integers(0, 3, size=n).astype(float)
    return (X + offset).astype(dtype), (centers + offset).astype(dtype), weights


@given(problems())
def test_half_steps_equal_the_plain_loops(problem):
    X, centers, weights = problem
    before = kmeans.Parameters(centers)
    labels = np.empty(len(X), dtype=np.int32)
    statistics = MODEL.expectation(block_of(X, weights), before, labels)
    assert labels.tolist() == naive.expectation(X, centers).tolist()
    assert statistics.counts.tolist() == np.bincount(labels, minlength=len(centers)).tolist()
    assert MODEL.objective_after_expectation(statistics, before) == pytest.approx(
        naive.inertia(X, labels, centers, weights), rel=1e-12, abs=1e-12
    )

    after = MODEL.maximization(statistics, before)
    np.testing.assert_allclose(
        after.centers, naive.maximization(X, labels, centers, weights), rtol=1e-15, atol=1e-12
    )
    assert MODEL.objective(statistics, after) == pytest.approx(
        naive.inertia(X, labels, after.centers, weights), rel=1e-10, abs=1e-10
    )


@given(problems(dtype=np.float32))
def test_float32_owners_are_decided_in_float64(problem):
    X, centers, weights = problem
    labels = np.empty(len(X), dtype=np.int32)
    statistics = MODEL.expectation(block_of(X, weights), kmeans.Parameters(centers), labels)
    assert labels.tolist() == naive.expectation(X, centers).tolist()
    assert MODEL.maximization(statistics, kmeans.Parameters(centers)).centers.dtype == np.float32


@given(problems(), st.integers(0, 30))
def test_statistics_add(problem, cut):
    X, centers, weights = problem
    parameters = kmeans.Parameters(centers)
    labels = np.empty(len(X), dtype=np.int32)
    whole = MODEL.expectation(block_of(X, weights), parameters, labels)
    cut = min(cut, len(X))
    first, second = (
        MODEL.statistics_about(block_of(X[part], weights[part]), labels[part], parameters, parameters)
        for part in (slice(0, cut), slice(cut, None))
    )
    merged = first.merge(second)
    assert merged.counts.tolist() == whole.counts.tolist()
    for name in ("weights", "sums", "scatter"):
        np.testing.assert_allclose(getattr(merged, name), getattr(whole, name), rtol=1e-12, atol=1e-12)


def test_ties_go_to_the_lowest_index():
    X = np.array([[0.0], [1.0], [2.0]])
    labels = np.empty(3, dtype=np.int32)
    MODEL.expectation(block_of(X), kmeans.Parameters(np.array([[2.0], [0.0], [0.0]])), labels)
    assert labels.tolist() == [1, 0, 0]


def test_a_center_that_owns_nothing_stays():
    X = np.array([[0.0], [1.0]])
    before = kmeans.Parameters(np.array([[0.5], [7.0]]))
    statistics = MODEL.expectation(block_of(X), before, np.empty(2, dtype=np.int32))
    assert MODEL.maximization(statistics, before).centers.tolist() == [[0.5], [7.0]]


def test_many_centers_and_rows_need_several_tiles():
    random = np.random.default_rng(0)
    X, centers = random.normal(size=(700, 2)), random.normal(size=(300, 2))
    labels = np.empty(700, dtype=np.int32)
    MODEL.expectation(block_of(X), kmeans.Parameters(centers), labels)
    assert labels.tolist() == naive.expectation(X, centers).tolist()


@pytest.mark.parametrize(("away", "cancels"), [(1.0, False), (1e4, True)])
def test_only_a_start_far_away_cancels(away, cancels):
    X = np.random.default_rng(0).normal(size=(50, 2))
    before = kmeans.Parameters(np.full((1, 2), away))
    statistics = MODEL.expectation(block_of(X), before, np.empty(50, dtype=np.int32))
    assert MODEL.cancels(statistics, before, MODEL.maximization(statistics, before)) == cancels
