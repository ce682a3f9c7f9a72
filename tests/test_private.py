"""A trace without rows: what is left of it, over all models and kinds of data."""

import dataclasses

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from emscope import GaussianMixture, KMeans, SphericalKMeans, Trace, datasets, player
from emscope.events import Event
from emscope.private import FEWEST, of_many_rows, without_rows
from emscope.scene import Scene, starts_of
from emscope.trace import Restart
from hand_made import groups, lloyd
from searching import bytes_of, digits_of, floats, found_in, numbers_in
from third_models import directions, directions_run, student_run

pytestmark = pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")

MODELS = {
    "kmeans": lambda k: KMeans(k, init="random", n_init=2, random_state=0),
    "directions": lambda k: SphericalKMeans(k, init="random", n_init=2, random_state=0),
    **{
        kind: lambda k, kind=kind: GaussianMixture(
            k, covariance_type=kind, init_params="random_from_data", n_init=2, random_state=0
        )
        for kind in ("full", "tied", "diag", "spherical")
    },
}


def data(seed, n, d, dtype):
    """Rows of many digits, whole numbers of six digits and more, a constant column."""
    random = np.random.default_rng(seed)
    X = 10.0 ** random.integers(-3, 6, d) * (random.integers(0, 3, (n, 1)) + random.normal(size=(n, d)))
    if d > 2:
        X[:, 1] = random.integers(123_456, 9_999_999, n)
        X[:, 2] = 3.14159265
    return X.astype(dtype)


@settings(max_examples=30, phases=[Phase.generate])
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.sampled_from([1, 2, 4, 9, 30]),
    d=st.sampled_from([1, 2, 5]),
    k=st.sampled_from([1, 2, 5, "n"]),
    name=st.sampled_from(sorted(MODELS)),
    dtype=st.sampled_from(["float64", "float32"]),
)
def test_no_number_has_five_digits_and_no_value_is_left(tmp_path_factory, seed, n, d, k, name, dtype):
    X = data(seed, n, d, dtype)
    k = n if k == "n" else min(k, n)
    if name in ("full", "tied", "diag", "spherical") and n < 2:
        n, X = 2, np.concatenate([X, X + 1])
    trace = without_rows(MODELS[name](k).fit(X).trace_)
    folder = tmp_path_factory.mktemp("private")
    trace.save(folder / "trace.npz")
    player.write(trace, folder / "player.html")
    for path, most in ((folder / "trace.npz", 4), (folder / "player.html", 5)):
        assert [x for x in numbers_in(path) if np.isfinite(x) and digits_of(x) > most] == []
    assert list(found_in(folder, X.ravel().tolist())) == []
    again = Trace.load(folder / "trace.npz")
    assert again.private
    assert without_rows(again) is again
    assert len(again.points) == len(trace.points) == n


def test_the_run_is_told_as_it_went():
    X = groups([[0, 0], [9, 0], [0, 9]], each=50)
    trace = KMeans(3, random_state=0).fit(X).trace_
    told = without_rows(trace)
    assert [step.moved for step in told.steps] == [step.moved for step in trace.steps]
    assert [(s.phase, s.iteration) for s in told.steps] == [(s.phase, s.iteration) for s in trace.steps]
    for one, other in zip(told.steps, trace.steps, strict=True):
        assert (one.objective is None) == (other.objective is None)
        assert one.objective is None or one.objective == pytest.approx(other.objective, rel=5e-4)
        if one.counts is not None:
            np.testing.assert_array_equal(one.counts, other.counts)
        if one.phase == "maximization":
            np.testing.assert_allclose(one.centers, other.centers, rtol=5e-4)


def test_points_are_like_the_rows_and_none_is_one_of_them():
    X = groups([[0, 0], [30, 0], [0, 30]], each=400, spread=2.0)
    trace = KMeans(3, random_state=0).fit(X).trace_
    told = without_rows(trace)
    labels, drawn = trace.steps[-1].labels, told.steps[-1].labels
    np.testing.assert_array_equal(np.bincount(labels), np.bincount(drawn))
    for j in range(3):
        one, other = X[labels == j], told.points[drawn == j]
        np.testing.assert_allclose(other.mean(axis=0), one.mean(axis=0), atol=0.4)
        np.testing.assert_allclose(np.cov(other.T), np.cov(one.T), atol=0.8)
    assert not set(map(tuple, X.tolist())) & set(map(tuple, told.points.tolist()))


@pytest.mark.parametrize("name", sorted(MODELS))
def test_labels_of_the_drawn_points_follow_from_the_parameters(name):
    X = groups([[1, 0], [9, 1], [1, 9]], each=60)
    trace = MODELS[name](3).fit(X).trace_
    told = without_rows(trace)
    last = told.steps[-1]
    if trace.card.soft:
        np.testing.assert_allclose(last.responsibilities.sum(axis=1), 1, atol=1e-3)
        np.testing.assert_array_equal(last.responsibilities.argmax(axis=1), last.labels)
    else:
        squares = ((told.points[:, None] - last.centers) ** 2).sum(axis=2)
        np.testing.assert_array_equal(squares.argmin(axis=1), last.labels)
    if name == "directions":
        np.testing.assert_allclose(np.linalg.norm(told.points, axis=1), 1, atol=1e-3)


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
def test_responsibilities_are_those_of_the_rounded_mixture(kind):
    X = groups([[0, 0], [4, 1], [1, 4]], each=60)
    told = without_rows(GaussianMixture(3, covariance_type=kind, random_state=0).fit(X).trace_)
    last = told.steps[-1]
    model = GaussianMixture(
        3,
        covariance_type=kind,
        weights_init=last.weights / last.weights.sum(),
        means_init=last.means,
        precisions_init=1 / last.covariances
        if kind in ("diag", "spherical")
        else np.linalg.inv(last.covariances),
        tol=100.0,
    )
    first = model.fit(told.points).trace_.steps[1]
    np.testing.assert_allclose(last.responsibilities, first.responsibilities, atol=1e-3)


def test_nearly_singular_covariances_stay_positive_definite():
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 1))
    X = np.hstack([x, x + 1e-4 * random.normal(size=(200, 1)), x - 1e-4 * random.normal(size=(200, 1))])
    for kind in ("full", "tied"):
        told = without_rows(GaussianMixture(2, covariance_type=kind, random_state=0).fit(X).trace_)
        for step in told.steps:
            assert np.linalg.eigvalsh(step.covariances).min() > 0
        assert np.isfinite(told.steps[-1].responsibilities).all()


def test_the_start_and_small_clusters_are_told_to_half_a_standard_deviation():
    X = np.vstack([groups([[0, 0]], each=50), [[88.7654321, 91.2345678]]])
    trace = KMeans(2, init=X[[0, 50]]).fit(X).trace_
    told = without_rows(trace)
    half = X.std(axis=0) / 2
    for step in (told.steps[0], told.steps[-1]):
        away = np.abs(step.centers[1] - X[50])
        assert (away > 0.01).all()
        assert (away <= 0.8 * half).all()
    many, few = np.array([[1.23456], [2.34567]]), np.array([FEWEST, FEWEST - 1])
    np.testing.assert_array_equal(of_many_rows(many, few), [[1.235], [np.nan]])


def test_ends_of_other_starts_are_still_told_apart():
    table = datasets.penguins().standardized()
    trace = KMeans(3, init="random", n_init=10, random_state=0).fit(table.matrix).trace_
    assert starts_of(without_rows(trace)).sentence == starts_of(trace).sentence


def test_centers_of_few_rows_are_hidden_in_other_starts_too():
    points = np.vstack([groups([[0, 0], [9, 9]], each=20), [[40.123456, 41.123456]]])
    trace = lloyd(points, [[0.0, 0.0], [9.0, 9.0]])
    end = np.array([points[:40].mean(axis=0), points[40]])
    trace = dataclasses.replace(trace, restarts=(Restart(points[:2], end, np.array([3.0, 2.123456])),))
    (told,) = without_rows(trace).restarts
    np.testing.assert_allclose(told.centers[0], end[0], rtol=5e-4)
    assert (np.abs(told.centers[1] - end[1]) > 0.01).all()
    assert told.objectives.tolist() == [3.0, 2.123]


def test_names_and_texts_are_left_out():
    trace = lloyd(groups([[0], [9]], each=5), [[0.0], [9.0]])
    events = (
        Event(
            "lone_row",
            0,
            (3,),
            values={"count": 1, "noun": "cluster", "row_names": ["ID-7"], "row_noun": "row"},
        ),
        Event("of_mine", 1, (4,), values={"who": "ID-8", "distance": 1.234567}),
        Event("empty_cluster", 1, (4,), values={"distance": 1.234567, "donor": 0}),
        Event("converged", prose="row ID-9 is 1.234567"),
    )
    steps = (*trace.steps[:-1], dataclasses.replace(trace.steps[-1], events=events))
    preparation = {"features": [{"name": "account", "offset": "1152921504606846976", "fill": 1.234567}]}
    whole = dataclasses.replace(
        trace,
        steps=steps,
        row_names=tuple(f"ID-{i}" for i in range(10)),
        table_rows=np.arange(10) + 100,
        feature_names=("account - 1152921504606846976",),
        preparation=preparation,
    )
    told = without_rows(whole)
    assert told.feature_names == ("account from an offset",)
    assert told.row_names is told.table_rows is told.preparation is None
    said = [event.message for event in told.steps[-1].events]
    assert said[0].startswith("cluster 0 owns a single point (table row 104)")
    assert said[1:3] == [
        "of mine (cluster 1)",
        "cluster 1 was empty, so its center moved to table row 105, which lay 1.235 from the center of "
        "cluster 0",
    ]
    assert not any("ID-" in one or "1.2345" in one for one in said)


def test_a_model_without_a_formula_is_told_by_its_end(tmp_path):
    X = groups([[0, 0], [9, 1]], each=30)
    trace = student_run(X, X[[0, 30]])
    told = without_rows(trace)
    player.write(told, tmp_path / "page.html")
    assert [x for x in numbers_in(tmp_path / "page.html") if digits_of(x) > 5] == []
    assert told.steps[1].labels is None
    np.testing.assert_array_equal(
        np.bincount(told.steps[-1].labels), np.bincount(trace.steps[-1].labels, minlength=trace.n_clusters)
    )


def test_unit_vectors_stay_unit_vectors():
    X = directions()
    told = without_rows(directions_run(X, X[[0, 60, 120]]))
    np.testing.assert_allclose(np.linalg.norm(told.points, axis=1), 1, atol=1e-3)
    assert all((step.labels is None) == (step.phase == "initialization") for step in told.steps)


def test_an_interrupted_run_and_one_without_labels():
    trace = lloyd(groups([[0, 0], [9, 9]], each=10), [[0.0, 0.0], [9.0, 9.0]])
    for steps in (trace.steps[:1], trace.steps[:3]):
        told = without_rows(dataclasses.replace(trace, steps=steps))
        assert len(told.points) == 20
        assert Scene.from_trace(told).frames


def test_views_say_so():
    trace = without_rows(lloyd(groups([[0, 0], [9, 9]], each=10), [[0.0, 0.0], [9.0, 9.0]]))
    scene = Scene.from_trace(trace)
    assert scene.origin.endswith("none is a row of the table.")
    assert scene.note == ""
    notes = player.data_of(trace)["notes"]
    assert notes[0] == scene.origin
    assert "at most 4 digits" in notes[1]
    assert Scene.from_trace(lloyd([[0.0], [1.0]], [[0.0]])).origin == ""


def test_the_search_of_bytes_knows_single_precision():
    assert np.float32(1.2345678).tobytes() in list(bytes_of(1.2345678))
    assert len(list(bytes_of(1.00000001))) == 1  # in single precision it is 1
    assert list(floats({"f64": "AAAAAAAA8D8="})) == [1.0]
