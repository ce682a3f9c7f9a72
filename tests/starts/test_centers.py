import numpy as np
import pytest
from sklearn.cluster import KMeans as ScikitLearnKMeans
from sklearn.cluster import kmeans_plusplus
from threadpoolctl import threadpool_limits

from emscope.data.blocks import ArrayBlocks
from emscope.engines.threads import Threads
from emscope.starts import centers as starts


def engine_of(X, weights=None, block_size=32):
    return Threads(ArrayBlocks(X, weights, block_size), 1)


@pytest.fixture
def X():
    return np.random.default_rng(5).normal(size=(200, 3)) * [1.0, 5.0, 0.2] + [0.0, 100.0, -3.0]


@pytest.fixture
def weights():
    return np.random.default_rng(6).integers(0, 4, size=200).astype(float)


@pytest.mark.parametrize("k", [1, 2, 7, 40])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_kmeans_plus_plus_chooses_scikit_learns_seeds(X, weights, k, weighted, seed):
    w = weights if weighted else None
    expected, _ = kmeans_plusplus(X - X.mean(axis=0), k, sample_weight=w, random_state=seed)
    got = starts.kmeans_plus_plus(engine_of(X, w), k, np.random.RandomState(seed))
    np.testing.assert_allclose(got, expected + X.mean(axis=0), atol=1e-12)


@pytest.mark.parametrize(("n", "d", "k"), [(300, 2, 4), (20_000, 2, 30)])  # plain, and compiled
def test_float32_rows_start_where_the_same_rows_in_float64_do(n, d, k):
    X = np.random.default_rng(n).normal(size=(n, d)).astype(np.float32)
    wide = X.astype(np.float64)
    for seed in range(3):
        one, other = (
            starts.kmeans_plus_plus(engine_of(x, None, None), k, np.random.RandomState(seed))
            for x in (X, wide)
        )
        np.testing.assert_array_equal(one, other)
        expected, _ = kmeans_plusplus(wide, k, random_state=seed)
        np.testing.assert_array_equal(other, expected)


@pytest.mark.parametrize("seed", range(3))
def test_random_rows_are_scikit_learns(X, weights, seed):
    model = ScikitLearnKMeans(5, init="random", n_init=1, max_iter=1, tol=1e9, random_state=seed)
    expected = model._init_centroids(X, None, "random", np.random.RandomState(seed), sample_weight=weights)
    got = starts.random_rows(engine_of(X, weights), 5, np.random.RandomState(seed))
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("n", [1, 10, 1000, 100_000])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_first_row_is_drawn_as_numpy_draws_it(n, weighted):
    w = np.random.default_rng(n).uniform(size=n) if weighted else np.ones(n)
    one, other = np.random.RandomState(1), np.random.RandomState(1)
    engine = engine_of(np.zeros((n, 1)), w if weighted else None, None)
    for _ in range(50):
        assert starts._any_row(engine, one) == other.choice(n, p=w / w.sum())
    assert one.uniform() == other.uniform()


def test_farthest_points_are_farthest(X, weights):
    got = starts.farthest_point(engine_of(X, weights), 6, np.random.RandomState(0))
    eligible = X[weights > 0]
    for i in range(1, 6):
        closest = ((eligible[:, None] - got[:i]) ** 2).sum(axis=2).min(axis=1)
        np.testing.assert_array_equal(got[i], eligible[closest.argmax()])


def test_random_partition_begins_at_the_means_of_the_parts(X, weights):
    got = starts.random_partition(engine_of(X, weights), 4, np.random.RandomState(3))
    owners = np.random.RandomState(3).randint(4, size=200)
    expected = [np.average(X[owners == j], axis=0, weights=weights[owners == j]) for j in range(4)]
    np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.parametrize("name", list(starts.STARTS))
def test_rows_of_weight_0_start_nothing(name):
    X = np.concatenate([np.zeros((50, 2)), np.full((50, 2), 1e6), np.ones((3, 2))])
    weights = np.repeat([1.0, 0.0, 1.0], [50, 50, 3])
    for seed in range(5):
        centers = starts.STARTS[name](engine_of(X, weights), 2, np.random.RandomState(seed))
        assert np.abs(centers).max() <= 1.0


def test_rows_of_weight_0_start_nothing_even_when_all_others_are_one_point():
    X = np.array([[9.0], [0.0], [0.0], [0.0]])
    weights = np.array([0.0, 1.0, 1.0, 1.0])
    for seed in range(5):
        centers = starts.kmeans_plus_plus(engine_of(X, weights), 3, np.random.RandomState(seed))
        assert centers.tolist() == [[0.0]] * 3


def test_the_first_row_with_a_weight_may_be_in_a_later_block():
    X = np.full((100, 1), 9.0)
    X[70:] = 0.0
    weights = np.where(X[:, 0] == 0.0, 1.0, 0.0)  # none in the first two blocks, nor where the third begins
    centers = starts.kmeans_plus_plus(engine_of(X, weights), 3, np.random.RandomState(0))
    assert centers.tolist() == [[0.0]] * 3


@pytest.mark.parametrize("name", list(starts.STARTS))
def test_a_start_does_not_depend_on_threads_or_the_size_of_memory(X, name):
    one = starts.STARTS[name](engine_of(X), 5, np.random.RandomState(0))
    with Threads(ArrayBlocks(X, None, 32), 4) as engine:
        other = starts.STARTS[name](engine, 5, np.random.RandomState(0))
    assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("name", list(starts.STARTS))
def test_fewer_distinct_points_than_clusters(name):
    X = np.repeat([[0.0, 1.0], [2.0, 3.0]], 10, axis=0)
    assert starts.STARTS[name](engine_of(X), 4, np.random.RandomState(0)).shape == (4, 2)


def test_the_sums_of_kmeans_plus_plus_do_not_depend_on_the_threads_of_blas():
    random = np.random.default_rng(0)
    X, weights = random.normal(size=(200_000, 5)), random.uniform(size=200_000)
    engine = Threads(ArrayBlocks(X, weights), 1)
    sums = []
    for limit in (1, 2):
        with threadpool_limits(limit):
            kept = starts._Chosen(engine, 3)
            kept.add(0)
            sums.append(kept.cumulated_with(np.arange(1, 6)).tobytes())
    assert sums[0] == sums[1]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("k", [12, 60])
def test_scikit_learns_seeds_of_a_large_problem(k, weighted):
    random = np.random.default_rng(0)
    X = np.concatenate([random.normal(size=(30_000, 5)), random.normal(size=(10_000, 5)) + 15])
    w = random.integers(0, 3, size=len(X)).astype(float) if weighted else None
    for seed in range(2):
        _, rows = kmeans_plusplus(X, k, sample_weight=w, random_state=seed)
        got = starts.kmeans_plus_plus(engine_of(X, w, None), k, np.random.RandomState(seed))
        np.testing.assert_array_equal(got, X[rows])


@pytest.mark.parametrize("offset", [1e8, 1e12])
def test_seeds_far_from_zero_are_those_near_it(offset):
    X = np.random.default_rng(0).integers(0, 1000, size=(30_000, 2)).astype(float)
    near = starts.kmeans_plus_plus(engine_of(X, None, None), 20, np.random.RandomState(0))
    far = starts.kmeans_plus_plus(engine_of(X + offset, None, None), 20, np.random.RandomState(0))
    np.testing.assert_array_equal(far - offset, near)


def test_groups_far_apart_each_get_their_seeds():
    random = np.random.default_rng(0)
    places = np.array([-1e9, -1e9 + 5, 1e9, 1e9 + 5])
    X = np.repeat(places, 10_000)[:, None] + random.uniform(-0.1, 0.1, size=(40_000, 2))
    got = starts.kmeans_plus_plus(engine_of(X, None, None), 40, np.random.RandomState(0))
    for place in places:
        assert 5 <= np.sum(np.abs(got - place).max(axis=1) < 1) <= 15
