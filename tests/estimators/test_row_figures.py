"""What a fitted model says of single rows, compared with plain loops."""

import numpy as np
import pytest

import naive
from emscope import GaussianMixture, KMeans, SphericalKMeans
from emscope.estimators.rows import row_figures
from emscope.models.covariances import COVARIANCE_TYPES

RANDOM = np.random.default_rng(5)
GROUPS = np.concatenate([RANDOM.normal(c, 1.0, size=(40, 3)) for c in ([9, 1, 2], [2, 8, 1], [1, 3, 9])])
ROWS = np.concatenate([GROUPS, RANDOM.normal(4.0, 4.0, size=(60, 3))])


def by_loops(points, centers):
    """Nearest and next center of every point, and the distances to both."""
    distances = np.sqrt([[naive.squared_distance(x, c) for c in centers] for x in points])
    order = np.argsort(distances, axis=1, kind="stable")
    return order[:, 0], order[:, 1], *np.sort(distances, axis=1).T[:2]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_kmeans(dtype):
    rows = ROWS.astype(dtype)
    model = KMeans(3, random_state=0).fit(GROUPS.astype(dtype))
    figures = row_figures(model, rows)
    labels, following, own, second = by_loops(rows, model.cluster_centers_)
    assert figures.labels.tolist() == model.predict(rows).tolist() == labels.tolist()
    assert figures.next_cluster.tolist() == following.tolist()
    np.testing.assert_array_equal(figures.distance, own)
    np.testing.assert_array_equal(figures.margin, second - own)
    np.testing.assert_allclose(figures.silhouette, 1 - own / second, rtol=1e-15)
    assert figures.log_density is None
    assert figures.certainty is None


def test_spherical_kmeans_by_cosines():
    model = SphericalKMeans(3, random_state=0).fit(GROUPS)
    figures = row_figures(model, ROWS)
    cosines = np.array([[naive.cosine(naive.unit(x), c) for c in model.cluster_centers_] for x in ROWS])
    own, second = np.sqrt(2 - 2 * -np.sort(-cosines, axis=1)).T[:2]
    assert figures.labels.tolist() == model.predict(ROWS).tolist()
    assert figures.next_cluster.tolist() == np.argsort(-cosines, axis=1)[:, 1].tolist()
    np.testing.assert_allclose(figures.distance, own, atol=1e-7)
    np.testing.assert_allclose(figures.margin, second - own, atol=1e-7)
    np.testing.assert_allclose(figures.silhouette, 1 - own / second, atol=1e-6)


@pytest.mark.parametrize("kind", COVARIANCE_TYPES)
@pytest.mark.parametrize("k", [2, 3])  # as many components as features, too
def test_mixtures(kind, k):
    model = GaussianMixture(k, covariance_type=kind, random_state=0).fit(GROUPS)
    figures = row_figures(model, ROWS)
    matrices = np.broadcast_to(COVARIANCE_TYPES[kind].as_matrices(model.covariances_, k, 3), (k, 3, 3))
    shares, logs = naive.responsibilities(ROWS, model.weights_, model.means_, matrices)
    labels = model.predict(ROWS)
    assert figures.labels.tolist() == labels.tolist()
    difference = ROWS - model.means_[labels]
    squared = np.einsum("if,ifg,ig->i", difference, np.linalg.inv(matrices)[labels], difference)
    np.testing.assert_allclose(figures.distance, np.sqrt(squared))
    np.testing.assert_allclose(figures.log_density, logs)
    np.testing.assert_allclose(figures.certainty, shares.max(axis=1))
    np.testing.assert_allclose(figures.margin, np.diff(np.sort(shares, axis=1))[:, -1], atol=1e-12)
    decided = np.sort(shares, axis=1)[:, -2] > 0
    assert decided.any()
    assert figures.next_cluster[decided].tolist() == np.argsort(-shares, axis=1)[decided, 1].tolist()
    assert figures.silhouette is None


def test_the_second_likeliest_component_where_all_other_responsibilities_are_0():
    model = GaussianMixture(3, random_state=0, means_init=[[0.0], [100.0], [300.0]])
    model.fit(np.concatenate([c + np.linspace(-1, 1, 9) for c in (0.0, 100.0, 300.0)])[:, None])
    figures = row_figures(model, [[290.0], [-5.0], [1e9], [-1e200]])
    assert figures.labels.tolist()[:3] == [2, 0, 2]
    assert figures.next_cluster.tolist()[:3] == [1, 1, 1]
    assert figures.certainty.tolist()[:3] == [1.0, 1.0, 1.0]
    assert (figures.next_cluster != figures.labels).all()
    assert np.isfinite(figures.distance).all()


@pytest.mark.parametrize(
    "model", [KMeans(1), SphericalKMeans(1), GaussianMixture(1)], ids=lambda m: type(m).__name__
)
def test_one_cluster_has_no_next(model):
    figures = row_figures(model.fit(GROUPS), ROWS)
    assert set(figures.labels.tolist()) == {0}
    assert set(figures.next_cluster.tolist()) == {-1}
    assert np.isnan(figures.margin).all()
    assert np.isfinite(figures.distance).all()
    assert figures.silhouette is None or np.isnan(figures.silhouette).all()


def test_a_row_between_two_equal_centers_has_a_silhouette_of_0():
    model = KMeans(2, init=[[0.0], [10.0]]).fit([[0.0], [1.0], [9.0], [10.0]])
    model.cluster_centers_ = np.array([[3.0], [3.0]])
    figures = row_figures(model, [[3.0], [5.0]])
    assert figures.labels.tolist() == [0, 0]
    assert figures.silhouette.tolist() == [0.0, 0.0]
    assert figures.margin.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("make", [KMeans, GaussianMixture], ids=["kmeans", "gmm"])
def test_many_blocks_in_threads_give_what_one_thread_gives(make):
    rows = np.tile(ROWS, (700, 1)) + RANDOM.normal(size=(700 * len(ROWS), 3))
    model = make(3, random_state=0, n_threads=1).fit(GROUPS)
    one = row_figures(model, rows)
    two = row_figures(model.set_params(n_threads=2), rows)
    for name in ("labels", "distance", "next_cluster", "margin"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    part = row_figures(model, rows[77_777:77_800])
    assert part.labels.tolist() == one.labels[77_777:77_800].tolist()
    np.testing.assert_allclose(part.distance, one.distance[77_777:77_800], rtol=1e-13)


def test_rows_that_predict_refuses_are_refused():
    model = KMeans(2, random_state=0).fit(GROUPS)
    with pytest.raises(ValueError, match="2 features"):
        row_figures(model, ROWS[:, :2])
