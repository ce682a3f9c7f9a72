"""Many small fits are the runs of the estimators: the same labels, the same centers, the same ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emscope import KMeans, SphericalKMeans
from emscope.models import kmeans, spherical_kmeans
from emscope.models.spherical_kmeans import unit_vectors
from emscope.study import many

pytestmark = pytest.mark.filterwarnings("ignore::emscope.DoubtWarning", "ignore:Number of distinct")

KINDS = {"kmeans": (kmeans.KMeans, KMeans), "spherical": (spherical_kmeans.SphericalKMeans, SphericalKMeans)}


def rows_of(kind, random, n, d, grid):
    """Rows in groups, with ties and duplicates on a grid; none of length 0."""
    X = random.normal(size=(n, d)) + 4 * random.integers(0, 3, size=(n, 1))
    if grid:
        X = np.round(X)
    return X + (0.25 if kind == "spherical" else 0.0)


@given(
    kind=st.sampled_from(sorted(KINDS)),
    seed=st.integers(0, 10_000),
    n=st.integers(5, 600),
    d=st.integers(1, 6),
    k=st.integers(1, 5),
    grid=st.booleans(),
    weighted=st.sampled_from(["no", "half", "real"]),
    dtype=st.sampled_from(["float64", "float32"]),
    far=st.sampled_from([0.0, 1e6]),
)
def test_runs_are_those_of_the_estimator(kind, seed, n, d, k, grid, weighted, dtype, far):
    random = np.random.default_rng(seed)
    X = (rows_of(kind, random, n, d, grid) + far).astype(dtype)
    half, real = random.permutation(n) < (n + k) // 2, random.gamma(1, size=n)
    weights = np.array({"no": np.ones(n), "half": half, "real": real}[weighted], float)
    weights[random.permutation(n)[:k]] += 1
    model, estimator = KINDS[kind]
    points = unit_vectors(X) if kind == "spherical" else X
    starts = np.array([points[random.integers(n, size=k)], 3 * random.normal(size=(k, d)) + far])
    starts = starts.astype(dtype)
    if kind == "spherical":
        starts = np.array([unit_vectors(unit_vectors(start)) for start in starts])
    found = many.fits(model, points, weights, starts=starts, n_threads=1)
    labels = many.labels_of(points, found.centers, n_threads=1)
    for i in range(2):
        fitted = estimator(k, init=found.starts[i], record=False).fit(X, sample_weight=weights)
        assert labels[i].tolist() == fitted.labels_.tolist()
        assert found.iterations[i] == fitted.n_iter_
        assert found.centers[i].dtype == dtype
        if kind == "kmeans":
            assert found.centers[i].tolist() == fitted.cluster_centers_.tolist()
        np.testing.assert_allclose(found.centers[i], fitted.cluster_centers_, rtol=1e-12, atol=1e-12)
        assert found.objectives[i] == pytest.approx(fitted.inertia_, rel=1e-10, abs=1e-300)


def blobs(n=400, d=3, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(size=(n, d)) + 3 * random.integers(0, 3, size=(n, 1))


@pytest.mark.parametrize("weighted", [False, True])
def test_run_i_begins_at_start_i_of_the_estimator(weighted):
    X = blobs()
    weights = np.random.default_rng(1).integers(0, 3, size=len(X)).astype(float) if weighted else None
    uniforms = np.random.RandomState(3).random_sample((6, many.n_draws(4)))
    found = many.fits(kmeans.KMeans, X, weights, uniforms=uniforms, k=4)
    trace = KMeans(4, n_init=6, random_state=3).fit(X, sample_weight=weights).trace_
    starts = [trace.steps[0].centers, *(restart.start for restart in trace.restarts)]
    ends = [trace.steps[-1].centers, *(restart.centers for restart in trace.restarts)]
    assert sorted(found.starts.tolist()) == sorted(start.tolist() for start in starts)
    assert sorted(found.centers.tolist()) == sorted(end.tolist() for end in ends)
    one = KMeans(4, n_init=1, random_state=3).fit(X, sample_weight=weights)
    assert found.starts[0].tolist() == one.trace_.steps[0].centers.tolist()
    assert found.centers[0].tolist() == one.cluster_centers_.tolist()


def test_the_number_of_runs_and_of_threads_changes_nothing():
    X = blobs()
    uniforms = np.random.RandomState(3).random_sample((40, many.n_draws(4)))
    every = many.fits(kmeans.KMeans, X, uniforms=uniforms, k=4, n_threads=1)
    for n_runs, n_threads in ((40, 3), (7, 1), (1, 2)):
        some = many.fits(kmeans.KMeans, X, uniforms=uniforms[:n_runs], k=4, n_threads=n_threads)
        for name in ("starts", "centers", "objectives", "iterations"):
            assert getattr(some, name).tolist() == getattr(every, name)[:n_runs].tolist()


@pytest.mark.parametrize("own_weights", [False, True])
def test_a_run_goes_on_from_the_best_of_its_starts_after_one_iteration(own_weights):
    X = blobs()
    weights = np.random.default_rng(2).integers(0, 3, size=(5 if own_weights else 1, len(X))) * 1.0
    uniforms = np.random.RandomState(3).random_sample((15, many.n_draws(4)))
    found = many.fits(kmeans.KMeans, X, weights, uniforms=uniforms, k=4, tried=3, max_iter=7)
    for i in range(5):
        own = weights[i if own_weights else 0]
        begun = many.fits(kmeans.KMeans, X, own, uniforms=uniforms[3 * i : 3 * i + 3], k=4, max_iter=1)
        best = begun.centers[begun.objectives.argmin()]
        alone = many.fits(kmeans.KMeans, X, own, starts=best[None], max_iter=7)
        assert found.starts[i].tolist() == best.tolist()
        assert found.centers[i].tolist() == alone.centers[0].tolist()
        assert found.objectives[i] == alone.objectives[0]


def test_runs_with_weights_of_their_own():
    X, random = blobs(), np.random.default_rng(2)
    weights = np.array([random.integers(0, 2, size=len(X)), random.gamma(1, size=len(X)), np.ones(len(X))])
    uniforms = np.random.RandomState(3).random_sample((3, many.n_draws(4)))
    together = many.fits(kmeans.KMeans, X, weights, uniforms=uniforms, k=4)
    for i in range(3):
        alone = many.fits(kmeans.KMeans, X, weights[i], uniforms=uniforms[i : i + 1], k=4)
        assert together.centers[i].tolist() == alone.centers[0].tolist()
        fitted = KMeans(4, init=together.starts[i]).fit(X, sample_weight=weights[i])
        assert together.centers[i].tolist() == fitted.cluster_centers_.tolist()


@pytest.mark.parametrize(("n", "d"), [(5_000, 8), (17_000, 2)])
def test_rows_of_several_blocks_are_summed_up_as_the_engine_does(n, d):
    X = blobs(n, d)
    starts = X[None, :5]
    fitted = KMeans(5, init=X[:5], tol=0.0, max_iter=40).fit(X)
    found = many.fits(kmeans.KMeans, X, starts=starts, tol=0.0, max_iter=40)
    assert found.centers[0].tolist() == fitted.cluster_centers_.tolist()
    assert found.iterations[0] == fitted.n_iter_


def test_done_runs_are_told():
    told = []
    uniforms = np.random.RandomState(3).random_sample((40, many.n_draws(4)))
    many.fits(kmeans.KMeans, blobs(), uniforms=uniforms, k=4, told=told.append)
    assert sum(told) == 40
    assert len(told) > 4
