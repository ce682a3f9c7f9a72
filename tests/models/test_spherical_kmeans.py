"""Half-steps of spherical k-means against plain loops, and what becomes of points that cancel out."""

import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from emscope.data.blocks import ArrayBlocks, Block
from emscope.engines.threads import Threads
from emscope.models.kmeans import Parameters
from emscope.models.spherical_kmeans import SphericalKMeans, unit_vectors
from emscope.recording import Run
from emscope.stopping import labels_or_shift

MODEL = SphericalKMeans()


def block_of(X, weights=None):
    return Block(0, 0, X, np.ones(len(X)) if weights is None else weights)


def run(X, centers, weights=None, max_iter=20):
    blocks = ArrayBlocks(X, weights, block_size=16)
    with Threads(blocks, 1) as engine:
        taken = Run(MODEL, Parameters(centers), engine, stopping=labels_or_shift(0.0), max_iter=max_iter)
        return list(taken)


@st.composite
def problems(draw, dtype=np.float64):
    """Rows in general directions, some of them in the same, with weights and centers."""
    n, d, k = draw(st.integers(1, 30)), draw(st.integers(2, 4)), draw(st.integers(1, 5))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = random.normal(size=(n, d)) + draw(st.sampled_from([0.0, 3.0]))
    X[n // 2 :] = X[: n - n // 2] * 2.0
    centers = random.normal(size=(k, d))
    return (
        unit_vectors(X.astype(dtype)),
        unit_vectors(centers.astype(dtype)),
        random.integers(1, 4, size=n) * 1.0,
    )


@settings(deadline=None)
@given(problems())
def test_half_steps_equal_the_plain_loops(problem):
    X, centers, weights = problem
    labels = np.empty(len(X), dtype=np.int32)
    before = Parameters(centers)
    statistics = MODEL.expectation(block_of(X, weights), before, labels)
    (_, expected, first), *rest = naive.spherical_kmeans(X, centers, 1, weights)
    assert labels.tolist() == expected.tolist()
    assert MODEL.objective_after_expectation(statistics, before) == pytest.approx(first, rel=1e-12, abs=1e-12)
    if rest:
        after = MODEL.maximization(statistics, before)
        np.testing.assert_allclose(after.centers, rest[0][0], atol=1e-12)
        assert MODEL.objective(statistics, after) == pytest.approx(rest[0][2], rel=1e-10, abs=1e-12)


@settings(deadline=None)
@given(problems(dtype=np.float32))
def test_float32_centers_stay_float32_and_of_length_1(problem):
    X, centers, weights = problem
    statistics = MODEL.expectation(block_of(X, weights), Parameters(centers), np.empty(len(X), np.int32))
    after = MODEL.maximization(statistics, Parameters(centers)).centers
    assert after.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(after.astype(float), axis=1), 1.0, rtol=2e-7)


@pytest.mark.parametrize("seed", range(8))
def test_the_best_start_finds_what_trying_all_partitions_finds(seed):
    """The best of two clusters of seven rows: centers are the directions of their sums."""
    X = unit_vectors(np.random.default_rng(seed).normal(size=(7, 3)))
    best = min(
        len(X) - sum(np.linalg.norm(X[np.array(z) == j].sum(axis=0)) for j in (0, 1))
        for z in itertools.product((0, 1), repeat=len(X))
    )
    found = [run(X, X[list(pair)])[-1].objective for pair in itertools.combinations(range(len(X)), 2)]
    assert min(found) >= best - 1e-12
    assert min(found) == pytest.approx(best, rel=1e-10)


@settings(deadline=None)
@given(problems(), st.booleans())
def test_the_objective_never_rises(problem, close):
    X, centers, weights = problem
    if close:  # where 1 - cos by a scalar product would have no digit left
        X = unit_vectors(centers[np.arange(len(X)) % len(centers)] + 1e-9 * X)
    values = [step.objective for step in run(X, centers, weights) if step.objective is not None]
    for before, after in itertools.pairwise(values):
        assert after <= before * (1 + 1e-9) + 1e-28


@pytest.mark.parametrize(
    "rows",
    [
        [[1.0, 0.0], [-1.0, 0.0]],
        [[0.0, 1.0], [np.sqrt(0.75), -0.5], [-np.sqrt(0.75), -0.5]],
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_center_whose_points_cancel_out_stays_and_says_so(rows, dtype):
    X = unit_vectors(np.array(rows, dtype=dtype))
    start = unit_vectors(np.array([[1.0, 2.0]], dtype=dtype))
    taken = run(X, start)
    step = taken[2]
    assert step.phase == "maximization"
    np.testing.assert_array_equal(step.centers, start)
    assert [event.kind for event in step.events] == ["no_direction", "converged"]
    assert step.events[0].cluster == 0
    assert step.events[0].message == (
        "the points of cluster 0 cancel out and their sum has no direction, so its center stays where it is"
    )
    assert step.objective == pytest.approx(len(X), rel=1e-6)
    assert taken[-1].moved == 0


def test_a_center_that_owns_nothing_stays_to_the_bit():
    X = unit_vectors(np.array([[1.0, 0.1], [1.0, -0.2]]))
    before = Parameters(unit_vectors(np.array([[1.0, 0.0], [-0.3, 0.7]])))
    statistics = MODEL.expectation(block_of(X), before, np.empty(2, dtype=np.int32))
    after = MODEL.maximization(statistics, before)
    assert after.centers[1].tobytes() == before.centers[1].tobytes()
    assert MODEL.maximization_events(statistics, before, after, None, 0) == ()


def test_an_empty_cluster_moves_to_the_row_that_fits_worst():
    X = unit_vectors(np.array([[1.0, 0.0], [1.0, 0.1], [0.2, 1.0], [-1.0, 0.0]]))
    step = run(X, unit_vectors(np.array([[1.0, 0.1], [1.0, 0.1]])), max_iter=1)[2]
    assert [(event.kind, event.cluster, event.rows) for event in step.events] == [("empty_cluster", 1, (3,))]
    np.testing.assert_array_equal(step.centers[1], X[3])
    np.testing.assert_allclose(step.centers[0], naive.unit(X[:3].sum(axis=0)), rtol=1e-14)


@pytest.mark.parametrize("scale", [5e-324, 1e-300, 1e-160, 1.0, 1e200, 1e307])
def test_rows_of_any_length_are_scaled_to_length_1(scale):
    rows = np.random.default_rng(0).integers(1, 9, size=(20, 3)).astype(float)
    np.testing.assert_allclose(unit_vectors(rows * scale), [naive.unit(x) for x in rows], rtol=1e-15)


def test_parts_whose_squares_would_vanish_are_none():
    assert unit_vectors(np.array([[1.0, 1e-160], [0.0, 0.0]])).tolist() == [[1.0, 0.0], [0.0, 0.0]]


def test_it_can_be_pickled():
    assert pickle.loads(pickle.dumps(MODEL)).card == MODEL.card
