"""Pruned, compiled seeding chooses the rows that the plain one chooses, and that plain loops choose."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from emscope.data.blocks import ArrayBlocks
from emscope.engines.threads import Threads
from emscope.kernels.choice import seeding_for
from emscope.kernels.seeding.compiled import CompiledSeeding
from emscope.kernels.seeding.plain import CHUNK, PlainSeeding
from emscope.starts import centers as starts

SEEDINGS = [PlainSeeding, CompiledSeeding]


def chosen(start, seeding, X, weights, k, seed, n_threads=1, block_size=64):
    with (
        pytest.MonkeyPatch.context() as patch,
        Threads(ArrayBlocks(X, weights, block_size), n_threads) as engine,
    ):
        patch.setattr(starts, "seeding_for", lambda n, d, k: seeding)
        return starts.STARTS[start](engine, k, np.random.RandomState(seed))


@st.composite
def problems(draw, features):
    """Rows full of ties and duplicates, at offsets, in groups near and far, with weights of 0."""
    n, d = draw(st.integers(1, 200)), draw(features)
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["grid", "normal", "blobs", "far groups", "one point", "copies", "a line"]))
    X = random.normal(size=(n, d))
    if kind == "grid":
        X = random.integers(-2, 3, size=(n, d)).astype(float)
    elif kind == "blobs":
        X += 20 * random.integers(0, 3, size=(n, d))
    elif kind == "far groups":
        X += random.choice([-1e9, 1e9, 1e9 + 5], size=(n, 1))
    elif kind == "one point":
        X[:] = 2.5
    elif kind == "copies":
        X = X[random.integers(min(n, 5), size=n)]
    elif kind == "a line":
        X[:] = X[:, :1]
    scale, offset = draw(st.sampled_from([(1.0, 0.0), (1e-30, 0.0), (1e-150, 0.0), (1e30, 0.0), (1.0, 1e8)]))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    if dtype == np.float32:
        scale, offset = 1.0, min(offset, 1e4)
    weights = draw(
        st.sampled_from([None, np.ones(n), random.integers(0, 3, size=n) + 0.0, random.uniform(size=n)])
    )
    if weights is not None and not weights.any():
        weights[-1] = 1.0
    return (X * scale + offset).astype(dtype), weights, draw(st.integers(1, min(n, 30)))


def assert_the_rows_of_the_plain_one(start, problem, seed):
    X, weights, k = problem
    expected = chosen(start, PlainSeeding, X, weights, k, seed)
    for n_threads in (1, 2, 4):
        got = chosen(start, CompiledSeeding, X, weights, k, seed, n_threads)
        assert got.tobytes() == expected.tobytes()


@pytest.mark.parametrize("start", ["k-means++", "farthest"])
@given(problem=problems(st.sampled_from([2, 5, 8, 11, 12, 32, 39])), seed=st.integers(0, 100))
@settings(deadline=None, max_examples=150)
def test_the_rows_of_the_plain_one(start, problem, seed):
    assert_the_rows_of_the_plain_one(start, problem, seed)


@pytest.mark.slow  # compiles anew for every number of features up to four
@pytest.mark.parametrize("start", ["k-means++", "farthest"])
@given(problem=problems(st.integers(1, 12) | st.sampled_from([32, 39])), seed=st.integers(0, 100))
@settings(deadline=None, max_examples=150)
def test_the_rows_of_the_plain_one_for_any_number_of_features(start, problem, seed):
    assert_the_rows_of_the_plain_one(start, problem, seed)


def assert_the_rows_of_plain_loops(seeding, problem, seed):
    X, weights, k = problem
    expected = naive.kmeans_plus_plus(X, k, np.random.RandomState(seed), weights)
    assert chosen("k-means++", seeding, X, weights, k, seed).tobytes() == X[expected].tobytes()


@pytest.mark.parametrize("seeding", SEEDINGS)
@given(problem=problems(st.sampled_from([2, 5])), seed=st.integers(0, 100))
@settings(deadline=None, max_examples=50)
def test_the_rows_of_plain_loops(seeding, problem, seed):
    assert_the_rows_of_plain_loops(seeding, problem, seed)


@pytest.mark.slow  # compiles anew for every number of features up to four
@pytest.mark.parametrize("seeding", SEEDINGS)
@given(problem=problems(st.integers(1, 5)), seed=st.integers(0, 100))
@settings(deadline=None, max_examples=50)
def test_the_rows_of_plain_loops_for_any_few_features(seeding, problem, seed):
    assert_the_rows_of_plain_loops(seeding, problem, seed)


COMPILED_ANEW = [pytest.param(d, marks=pytest.mark.slow) for d in (1, 3, 4)]


@pytest.mark.parametrize("d", [*COMPILED_ANEW, 2, 7, 8, 9, 16, 33, 130])
@pytest.mark.parametrize("kind", ["normal", "blobs"])
def test_many_rows(d, kind):
    random = np.random.default_rng(d)
    X = random.normal(size=(6_000, d))
    if kind == "blobs":
        X += 10 * random.integers(0, 4, size=(6_000, 1))
    weights = random.integers(0, 3, size=6_000) + 0.0
    for w in (None, weights):
        expected = chosen("k-means++", PlainSeeding, X, w, 25, 0, block_size=4096)
        for n_threads in (1, 2, 4):
            got = chosen("k-means++", CompiledSeeding, X, w, 25, 0, n_threads, block_size=4096)
            assert got.tobytes() == expected.tobytes()


@pytest.mark.parametrize("seeding", SEEDINGS)
def test_sums_and_rows_of_a_block(seeding):
    random = np.random.default_rng(0)
    n = 2 * CHUNK + 100
    X, weights = random.normal(size=(n, 2)), random.integers(0, 3, size=n) + 0.0
    centers, trials = X[:4], X[[50, 60]]
    kept = seeding(n)
    for j in range(5):
        sums = kept.sums(X, weights, centers[:j], trials)
    closest = ((X[:, None] - centers) ** 2).sum(axis=2).min(axis=1)
    for t, trial in enumerate(trials):
        products = weights * np.minimum(closest, ((X - trial) ** 2).sum(axis=1))
        expected = [products[:CHUNK].sum(), products[CHUNK : 2 * CHUNK].sum(), products[2 * CHUNK :].sum()]
        np.testing.assert_allclose(sums[t], expected, rtol=1e-13)
    cumulated = np.cumsum((weights * closest)[CHUNK : 2 * CHUNK])
    for share in (1e-300, 0.2, 0.7, 1.0, 1.0 + 1e-10):
        remainder = share * cumulated[-1]
        row = CHUNK + min(np.searchsorted(cumulated, remainder), np.argmax(cumulated))
        assert kept.row_at(X, weights, centers, 1, remainder) == row


@pytest.mark.parametrize(
    ("n", "d", "k", "expected"),
    [(300, 2, 4, PlainSeeding), (10_000, 2, 50, PlainSeeding), (100_000, 2, 50, CompiledSeeding)],
)
def test_the_choice_depends_on_n_d_k_alone(n, d, k, expected):
    assert seeding_for(n, d, k) is expected
