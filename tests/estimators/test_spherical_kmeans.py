"""Spherical k-means from start to end: plain loops, what must not matter, and what is refused."""

import itertools

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

import naive
from emscope import KMeans, SphericalKMeans, Trace
from emscope.data.blocks import ArrayBlocks
from emscope.engines.threads import Threads
from emscope.models.spherical_kmeans import unit_vectors
from emscope.starts import SPHERICAL_STARTS


def profiles(n=240, d=5, k=4, seed=0):
    """Rows of very different lengths about a few directions."""
    random = np.random.default_rng(seed)
    directions = random.uniform(0.1, 5.0, size=(k, d))
    X = directions[random.integers(k, size=n)] + 0.5 * random.uniform(size=(n, d))
    return X * random.lognormal(sigma=2.0, size=n)[:, None]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_every_half_step_equals_the_plain_loop(seed, weighted):
    X = profiles(60, seed=seed)
    weights = np.random.default_rng(seed).uniform(0.5, 2.0, size=len(X)) if weighted else None
    model = SphericalKMeans(4, init=X[:4], tol=0).fit(X, sample_weight=weights)
    expected = naive.spherical_kmeans(X, X[:4], 300, weights)
    steps = model.trace_.steps[1:]
    assert len(steps) == len(expected)
    for step, (centers, labels, objective) in zip(steps, expected, strict=True):
        np.testing.assert_allclose(step.centers, centers, rtol=1e-10)
        assert step.labels.tolist() == labels.tolist()
        assert step.objective == pytest.approx(objective, rel=1e-9)
    assert model.inertia_ == steps[-1].objective
    np.testing.assert_allclose(np.linalg.norm(model.cluster_centers_, axis=1), 1.0, rtol=1e-15)
    values = [step.objective for step in steps]
    assert all(after <= before * (1 + 1e-12) for before, after in itertools.pairwise(values))


def test_the_points_of_its_trace_are_the_unit_rows(tmp_path):
    X = profiles()
    model = SphericalKMeans(4, random_state=0).fit(X)
    np.testing.assert_array_equal(model.trace_.points, unit_vectors(X))
    assert model.trace_.card.points == "rows scaled to length 1"
    model.trace_.save(tmp_path / "run.npz")
    again = Trace.load(tmp_path / "run.npz")
    assert again.card == model.trace_.card
    np.testing.assert_array_equal(again.steps[-1].centers, model.cluster_centers_)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_how_long_rows_are_does_not_matter(dtype):
    X = profiles().astype(dtype)
    factors = 2.0 ** np.random.default_rng(1).integers(-40, 40, size=len(X))
    one, other = (
        SphericalKMeans(4, random_state=0).fit(rows) for rows in (X, X * factors[:, None].astype(dtype))
    )
    assert one.cluster_centers_.tobytes() == other.cluster_centers_.tobytes()
    assert one.labels_.tolist() == other.labels_.tolist() == other.predict(3 * X).tolist()
    assert one.cluster_centers_.dtype == dtype


@pytest.mark.parametrize("length", [1e-320, 1e-160, 1e200])
def test_very_short_and_very_long_rows(length):
    X = profiles()
    expected = SphericalKMeans(4, init=X[:4]).fit(X)
    unit = unit_vectors(X) * length
    model = SphericalKMeans(4, init=unit[:4]).fit(unit)
    assert model.labels_.tolist() == expected.labels_.tolist() == model.predict(unit).tolist()
    assert model.score(unit) == pytest.approx(-model.inertia_, rel=1e-12)


def test_the_order_of_rows_does_not_matter():
    X = profiles()
    order = np.random.default_rng(0).permutation(len(X))
    one, other = (SphericalKMeans(4, init=X[:4]).fit(rows) for rows in (X, X[order]))
    assert other.labels_.tolist() == one.labels_[order].tolist()
    np.testing.assert_allclose(other.cluster_centers_, one.cluster_centers_, rtol=1e-12)


def test_a_weight_of_2_is_a_row_twice():
    X = profiles(80)
    weights = np.random.default_rng(0).integers(0, 3, size=len(X))
    start = X[weights > 0][:4]
    one = SphericalKMeans(4, init=start).fit(X, sample_weight=weights)
    other = SphericalKMeans(4, init=start).fit(np.repeat(X, weights, axis=0))
    np.testing.assert_allclose(one.cluster_centers_, other.cluster_centers_, rtol=1e-12)
    assert one.inertia_ == pytest.approx(other.inertia_, rel=1e-12)
    assert np.repeat(one.labels_, weights).tolist() == other.labels_.tolist()


@pytest.mark.parametrize("init", SPHERICAL_STARTS)
@pytest.mark.parametrize("d", [3, 9])
def test_two_fits_are_identical_to_the_bit_for_any_number_of_threads(init, d):
    X = profiles(40_000, d)
    weights = np.random.default_rng(0).integers(0, 3, size=len(X)) * 1.0
    one, two = (
        SphericalKMeans(6, init=init, n_init=2, random_state=0, max_iter=8, n_threads=n).fit(
            X, sample_weight=weights
        )
        for n in (1, 2)
    )
    assert one.cluster_centers_.tobytes() == two.cluster_centers_.tobytes()
    assert one.labels_.tobytes() == two.labels_.tobytes()
    for first, second in zip(one.trace_.steps, two.trace_.steps, strict=True):
        assert first.objective == second.objective
        assert first.centers.tobytes() == second.centers.tobytes()
    np.testing.assert_allclose(np.linalg.norm(one.trace_.steps[0].centers, axis=1), 1.0, rtol=1e-14)


@pytest.mark.parametrize("algorithm", ["lloyd", "bounds", "cells"])
def test_every_kernel_gives_the_same_labels(algorithm):
    X = profiles(100_000, 3)
    how = {"init": X[:8], "max_iter": 5}
    expected = SphericalKMeans(8, **how).fit(X)
    model = SphericalKMeans(8, algorithm=algorithm, **how).fit(X)
    assert model.labels_.tolist() == expected.labels_.tolist()
    np.testing.assert_allclose(model.cluster_centers_, expected.cluster_centers_, rtol=1e-12)


def test_a_random_partition_whose_rows_cancel_out_begins_at_a_row():
    X = np.array([[1.0, 0.0], [-1.0, 0.0]])
    with Threads(ArrayBlocks(X), 1) as engine:
        start = SPHERICAL_STARTS["random-partition"](engine, 1, np.random.RandomState(0))
    assert start.tolist() in ([[1.0, 0.0]], [[-1.0, 0.0]])


def test_transform_is_the_cosine_distance():
    X = profiles()
    model = SphericalKMeans(4, random_state=0).fit(X)
    cosines = unit_vectors(X) @ model.cluster_centers_.T
    np.testing.assert_allclose(model.transform(X), 1 - cosines, atol=1e-15)
    assert model.transform(X).argmin(axis=1).tolist() == model.labels_.tolist()
    assert model.transform(X).min(axis=1).sum() == pytest.approx(model.inertia_, rel=1e-12)
    np.testing.assert_array_equal(SphericalKMeans(4, random_state=0).fit_transform(X), model.transform(X))
    assert model.get_feature_names_out().tolist() == [f"sphericalkmeans{j}" for j in range(4)]


def test_steps_and_a_start_from_another_fit():
    X = profiles()
    hard = KMeans(4, random_state=0, max_iter=1).fit(X)
    model = SphericalKMeans(4, init=hard)
    steps = list(model.steps(X))
    np.testing.assert_array_equal(steps[0].centers, unit_vectors(hard.cluster_centers_))
    assert model.inertia_ == SphericalKMeans(4, init=hard).fit(X).inertia_


def test_a_callable_start_sees_unit_rows():
    def first(rows, k, random_state):
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0)
        return 7 * rows[:k]

    X = profiles()
    steps = SphericalKMeans(3, init=first, n_init=1).fit(X).trace_.steps
    np.testing.assert_allclose(steps[0].centers, unit_vectors(X)[:3], rtol=1e-14)


def test_rows_of_length_0_are_named():
    X = profiles()
    model = SphericalKMeans(2, random_state=0).fit(X)
    X[[3, 200]] = 0.0
    sentence = "a row of length 0 has no direction and can be in no cluster: leave out rows 3, 200."
    for call in (SphericalKMeans(2).fit, model.predict, model.transform, model.score):
        with pytest.raises(ValueError, match="length 0") as refused:
            call(X)
        assert str(refused.value) == sentence
    X[:100] = 0.0
    with pytest.raises(ValueError, match=r"leave out rows 0, 1, 2, 3, 4, \.\.\.\.$"):
        SphericalKMeans(2).fit(X)


def test_a_given_center_of_length_0_is_refused():
    X = profiles()
    start = X[:3].copy()
    start[1] = 0.0
    with pytest.raises(ValueError, match="the center given for cluster 1 has length 0, and so no direction"):
        SphericalKMeans(3, init=start).fit(X)


def test_fewer_directions_than_clusters():
    X = np.outer(np.arange(1.0, 9.0), [1.0, 2.0])
    with pytest.warns(ConvergenceWarning, match=r"distinct clusters \(1\)"):
        model = SphericalKMeans(2, random_state=0).fit(X)
    assert model.inertia_ == pytest.approx(0.0, abs=1e-30)


def test_the_data_is_never_written_to():
    X = profiles()
    before = X.copy()
    X.flags.writeable = False
    SphericalKMeans(3, random_state=0, copy_x=False).fit(X).predict(X)
    np.testing.assert_array_equal(X, before)
