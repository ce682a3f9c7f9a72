"""What is said about components that collapse, empty or meet: which, when, on which rows, and what helps."""

import numpy as np
import pytest

from emscope import GaussianMixture

pytestmark = pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")  # of what collapses

CLOUD = np.random.default_rng(3).normal(size=(60, 2))


def events(model, kind):
    return [(step, event) for step, event in model.trace_.events if event.kind == kind]


def fitted(X, **settings):
    return GaussianMixture(record=True, **settings).fit(X)


def with_lone_row():
    """A row far from a cloud, in the middle of it."""
    return np.insert(CLOUD, 20, [40.0, 40.0], axis=0)


def test_a_component_on_a_single_row_is_told_with_its_row():
    model = fitted(with_lone_row(), n_components=2, init_params=[[0.0, 0.0], [30.0, 30.0]])
    ((step, event),) = events(model, "collapsed_component")
    assert (model.trace_.steps[step].phase, model.trace_.steps[step].iteration) == ("maximization", 0)
    assert event.cluster == 1
    assert "collapsed onto a single point (row 20)" in event.message
    assert "only reg_covar=1e-06" in event.message
    assert "ask for fewer components" in event.message


def test_without_regularization_the_same_is_an_error():
    settings = {"n_components": 2, "reg_covar": 0, "means_init": [[0.0, 0.0], [30.0, 30.0]]}
    precisions = np.stack([np.eye(2)] * 2)
    with pytest.raises(ValueError, match=r"ill-defined.*At maximization step 0 component 1 .*\(row 20\)"):
        fitted(with_lone_row(), precisions_init=precisions, weights_init=[0.5, 0.5], **settings)
    with pytest.raises(ValueError, match=r"ill-defined.*At the initialization component 1 .*\(row 20\)"):
        fitted(with_lone_row(), **settings | {"means_init": None}, init_params=[[0.0, 0.0], [40.0, 40.0]])


def test_duplicates_are_called_identical():
    X = np.concatenate([CLOUD, np.full((5, 2), 9.0)])
    model = fitted(X, n_components=2, init_params=[[0.0, 0.0], [9.0, 9.5]])
    ((_, event),) = events(model, "collapsed_component")
    assert "5 identical points (rows 60, 61, 62, 63, 64)" in event.message


def test_a_flat_direction_is_named_by_its_features():
    X = np.concatenate([CLOUD, CLOUD[:40] * [1.0, 0.0] + [0.0, 30.0]])
    model = fitted(X, n_components=2, init_params=[[0.0, 0.0], [0.0, 29.0]])
    ((_, event),) = events(model, "collapsed_component")
    assert event.cluster == 1
    assert "flat along feature 1 with 40 points (rows 60, 61, 62, 63, 64, ...)" in event.message
    with pytest.raises(ValueError, match="flat along feature 1 with 40 points"):
        fitted(X, n_components=2, init_params=[[0.0, 0.0], [0.0, 30.0]], reg_covar=0)


@pytest.mark.parametrize("kind", ["tied", "diag", "spherical"])
def test_a_constant_feature_flattens_every_kind_but_spheres(kind):
    X = np.column_stack([CLOUD[:, 0], np.full(60, 3.0)])
    model = fitted(X, n_components=2, covariance_type=kind, random_state=0)
    told = events(model, "collapsed_component")
    assert [event.cluster for _, event in told] == {"tied": [0], "diag": [0, 1], "spherical": []}[kind]
    assert all("feature 1" in event.message for _, event in told)


@pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")
def test_a_collapse_is_told_once():
    model = fitted(
        with_lone_row(), n_components=2, init_params=[[0.0, 0.0], [30.0, 30.0]], tol=0.0, max_iter=9
    )
    assert sum(step.phase == "maximization" for step in model.trace_.steps) == 9
    assert len(events(model, "collapsed_component")) == 1


@pytest.mark.parametrize("kind", ["full", "tied"])
def test_a_feature_that_follows_from_others_flattens_a_combination(kind):
    X = np.column_stack([CLOUD, CLOUD.sum(axis=1)])
    model = fitted(X, n_components=1, covariance_type=kind)
    ((_, event),) = events(model, "collapsed_component")
    assert "flat along a combination of the features 0, 1 and 2 with 60 points" in event.message
    assert "leave one of them out" in event.message
    with pytest.raises(ValueError, match=r"combination of the features 0, 1 and 2.*set reg_covar above 0"):
        fitted(X, n_components=1, covariance_type=kind, reg_covar=0)


def test_small_data_is_said_to_be_small():
    model = fitted(CLOUD * 1e-4, n_components=1)
    ((_, event),) = events(model, "collapsed_component")
    assert "small in every direction, with 60 points" in event.message
    assert event.message.endswith("rescale the data, or lower reg_covar")


def test_what_rounding_flattens_is_mended_in_proportion_and_told():
    """A doubled feature in large units leaves a small one as it is."""
    random = np.random.default_rng(0)
    large, small = random.normal(0, 1e6, (500, 1)), random.normal(0, 0.01, (500, 1))
    model = fitted(np.hstack([large, large, small]), n_components=1)
    np.testing.assert_allclose(model.covariances_[0, 2, 2], small.var() + 1e-6, rtol=1e-6)
    ((_, event),) = events(model, "collapsed_component")
    assert "combination of the features 0 and 1 " in event.message


def test_an_empty_component_is_told_and_stays():
    start = {"means_init": [[0.0, 0.0], [900.0, 0.0]], "weights_init": [0.5, 0.5]}
    model = fitted(CLOUD, n_components=2, precisions_init=np.stack([np.eye(2)] * 2), **start)
    ((step, event),) = events(model, "empty_component")
    assert (step, event.cluster) == (2, 1)
    assert "responsible for no point" in event.message
    assert model.means_[1].tolist() == [900.0, 0.0]


def test_components_that_begin_alike_stay_alike_and_that_is_told():
    start = {"means_init": [[0.0, 0.0], [1.0, 0.0], [1.0, 0.0]], "weights_init": [0.5, 0.3, 0.2]}
    model = fitted(CLOUD, n_components=3, precisions_init=np.stack([np.eye(2)] * 3), **start)
    ((_, event),) = events(model, "duplicate_components")
    assert event.cluster == 2
    assert "components 1 and 2 have the same mean and covariance" in event.message
    np.testing.assert_allclose(model.means_[1], model.means_[2], rtol=1e-12)


def test_rows_of_weight_0_hold_nothing():
    X = np.insert(CLOUD, 20, [[40.0, 40.0], [41.0, 40.0]], axis=0)
    weights = np.ones(62)
    weights[21] = 0.0
    model = GaussianMixture(2, init_params=[[0.0, 0.0], [30.0, 30.0]]).fit(X, sample_weight=weights)
    ((_, event),) = events(model, "collapsed_component")
    assert "a single point (row 20)" in event.message


def test_twins_are_found_among_others_with_the_same_first_feature():
    X = np.column_stack([np.ones(60), CLOUD])
    means = [[1.0, 0.0, 0.0], [1.0, 0.5, 0.5], [1.0, 0.0, 0.0], [1.0, -0.5, 0.5]]
    model = fitted(
        X, n_components=4, means_init=means, weights_init=[0.2, 0.3, 0.3, 0.2],
        precisions_init=np.stack([np.eye(3)] * 4),
    )  # fmt: skip
    ((_, event),) = events(model, "duplicate_components")
    assert "components 0 and 2 " in event.message


def test_as_many_points_as_features_are_told_as_points():
    X = np.column_stack([CLOUD, CLOUD[::-1, 0]])
    X = np.concatenate([X, [[40.0, 40.0, 40.0], [41.0, 40.0, 40.0], [40.0, 41.0, 40.5]]])
    model = fitted(X, n_components=2, init_params=[[0.0, 0.0, 0.0], [40.0, 40.0, 40.0]])
    ((_, event),) = events(model, "collapsed_component")
    assert "collapsed onto 3 points (rows 60, 61, 62)" in event.message


def test_rows_of_weight_0_are_not_counted_in_a_flat_shared_covariance():
    X = np.column_stack([CLOUD[:, 0], np.full(60, 3.0)])
    X[0, 1] = 7.0
    model = GaussianMixture(2, covariance_type="tied", random_state=0).fit(
        X, sample_weight=np.arange(60.0) > 0
    )
    ((_, event),) = events(model, "collapsed_component")
    assert "flat along feature 1 with 59 points (rows 1, 2, 3, 4, 5, ...)" in event.message
