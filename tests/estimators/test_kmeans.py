"""The estimator: agreement with scikit-learn, its habits, and what bad input gets."""

import itertools
import subprocess
import sys
import warnings

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.cluster import KMeans as ScikitLearnKMeans
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline

import naive
from emscope import KMeans
from emscope.engines.threads import Threads
from emscope.kernels import choice

GRID = list(itertools.product([30, 500], [1, 2, 5, 17], [1, 2, 7, 25], [False, True]))


@pytest.mark.parametrize(("n", "d", "k", "weighted"), GRID)
@pytest.mark.parametrize("tol", [0.0, 1e-3])
@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")  # 30 rows in 25 clusters
def test_the_same_as_scikit_learn_from_the_same_start(n, d, k, weighted, tol):
    random = np.random.default_rng(n + 10 * d + 100 * k)
    X = random.normal(size=(n, d)) * random.uniform(0.1, 10, size=d) + random.normal(size=d) * 30
    weights = random.uniform(0.1, 3, size=n) if weighted else None
    start = X[random.choice(n, k, replace=False)]
    expected = ScikitLearnKMeans(k, init=start, n_init=1, tol=tol).fit(X, sample_weight=weights)
    got = KMeans(k, init=start, tol=tol).fit(X, sample_weight=weights)
    np.testing.assert_array_equal(got.labels_, expected.labels_)
    np.testing.assert_allclose(got.cluster_centers_, expected.cluster_centers_, rtol=1e-9, atol=1e-9)
    assert got.inertia_ == pytest.approx(expected.inertia_, rel=1e-9)
    assert got.n_iter_ == expected.n_iter_
    np.testing.assert_array_equal(got.predict(X), got.labels_)
    assert got.score(X, sample_weight=weights) == pytest.approx(-got.inertia_)


@pytest.mark.parametrize("seed", range(8))
def test_an_empty_cluster_ends_as_in_scikit_learn(seed):
    random = np.random.default_rng(seed)
    X = random.normal(size=(120, 2))
    weights = random.uniform(0.5, 2, size=120)
    start = np.concatenate([X[:4], [[40.0, 40.0]]])
    # where the farthest row weighs most, it is the one that adds most to the inertia, which is our rule
    weights[((X[:, None] - start) ** 2).sum(axis=2).min(axis=1).argmax()] = 2.0
    expected = ScikitLearnKMeans(5, init=start, n_init=1).fit(X, sample_weight=weights)
    got = KMeans(5, init=start).fit(X, sample_weight=weights)
    np.testing.assert_array_equal(got.labels_, expected.labels_)
    np.testing.assert_allclose(got.cluster_centers_, expected.cluster_centers_, atol=1e-9)
    assert got.n_iter_ == expected.n_iter_
    assert any(event.kind == "empty_cluster" for _, event in got.trace_.events)


@pytest.mark.parametrize("far", [1e3, 1e6, 1e9])
def test_an_empty_cluster_that_comes_from_far_away_does_not_raise_the_objective(three_groups, far):
    trace = KMeans(3, init=[*three_groups[:2], [far, -far]], tol=0).fit(three_groups).trace_
    objectives = [step.objective for step in trace.steps[1:]]
    for before, after in itertools.pairwise(objectives):
        assert after <= before * (1 + 1e-14)


@pytest.mark.parametrize("init", ["k-means++", "random"])
@pytest.mark.parametrize("n_init", [1, 4])
def test_the_same_random_state_gives_scikit_learns_clusters(init, n_init, three_groups):
    settings = {"init": init, "n_init": n_init, "random_state": 3}
    expected = ScikitLearnKMeans(5, **settings).fit(three_groups)
    got = KMeans(5, **settings).fit(three_groups)
    np.testing.assert_array_equal(got.labels_, expected.labels_)
    assert len(got.trace_.restarts) == n_init - 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_expectation_equals_the_plain_loops_with_ties(dtype):
    random = np.random.default_rng(0)
    X = random.integers(-3, 4, size=(200, 2)).astype(dtype)
    trace = KMeans(6, init=X[:6], tol=0).fit(X).trace_
    assert trace.points.dtype == dtype
    for step in trace.steps:
        if step.phase == "expectation":
            assert step.centers.dtype == dtype
            np.testing.assert_array_equal(step.labels, naive.expectation(X, step.centers))


def test_every_objective_equals_the_plain_loops(three_groups):
    trace = KMeans(4, init=three_groups[:4]).fit(three_groups).trace_
    expected = naive.kmeans(three_groups, three_groups[:4], 300)
    assert len(expected) == len(trace.steps) - 1
    for step, (centers, labels, inertia) in zip(trace.steps[1:], expected, strict=True):
        np.testing.assert_array_equal(step.labels, labels)
        assert step.objective == pytest.approx(inertia, rel=1e-10)
        if step.phase == "expectation":
            np.testing.assert_allclose(step.centers, centers, atol=1e-12)


@pytest.mark.parametrize("init", ["k-means++", "random", "farthest", "random-partition"])
def test_two_fits_are_identical_to_the_bit_for_any_number_of_threads(init):
    X = np.random.default_rng(0).normal(size=(40_000, 3))
    fits = [KMeans(5, init=init, n_init=1, max_iter=5, random_state=7, n_threads=t).fit(X) for t in (1, 2, 4)]
    for other in fits[1:]:
        assert fits[0].cluster_centers_.tobytes() == other.cluster_centers_.tobytes()
        assert fits[0].labels_.tobytes() == other.labels_.tobytes()
        assert fits[0].inertia_ == other.inertia_


@pytest.mark.parametrize(
    ("environment", "n_threads", "expected"),
    [
        ({"LOKY_MAX_CPU_COUNT": "1"}, None, 1),
        ({"OMP_NUM_THREADS": "1"}, None, 1),
        ({"OMP_NUM_THREADS": "1"}, 2, 2),
        ({"OMP_NUM_THREADS": "all"}, None, min(10, joblib.cpu_count())),
        ({"OMP_NUM_THREADS": "0"}, None, min(10, joblib.cpu_count())),
        ({}, 64, 10),
    ],
)
def test_threads_heed_the_limits_of_the_process(environment, n_threads, expected, monkeypatch):
    for name in ("LOKY_MAX_CPU_COUNT", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    X = np.random.default_rng(0).normal(size=(40_000, 1))  # ten blocks
    asked = []

    def threads(*args, **settings):
        engine = Threads(*args, **settings)
        asked.append(engine.n_threads)
        return engine

    monkeypatch.setattr("emscope.engines.Threads", threads)
    KMeans(2, init=X[:2], n_threads=n_threads, max_iter=1).fit(X).predict(X[:5])
    assert asked == [expected, 1]


def test_steps_can_be_left_early(three_groups):
    model = KMeans(3, init=three_groups[:3])
    for step in model.steps(three_groups):
        if step.phase == "maximization":
            break
    assert model.cluster_centers_.tolist() == step.centers.tolist()
    assert model.inertia_ == step.objective
    assert model.labels_.tolist() == step.labels.tolist()
    assert len(model.trace_.steps) == 3
    assert not model.trace_.converged


def test_a_step_cannot_change_the_run(three_groups):
    model = KMeans(3, init=three_groups[:3])
    for step in model.steps(three_groups):
        with pytest.raises(ValueError, match="read-only"):
            step.centers[0] = 0.0
    model.cluster_centers_[0] = 0.0  # the estimator's own
    assert model.trace_.steps[-1].centers[0].any()


def test_steps_run_to_the_end_equal_a_fit(three_groups):
    one = KMeans(3, random_state=0)
    steps = list(one.steps(three_groups))
    two = KMeans(3, random_state=0).fit(three_groups)
    assert one.labels_.tolist() == two.labels_.tolist()
    assert one.n_iter_ == two.n_iter_
    assert len(steps) == len(two.trace_.steps) == len(one.trace_.steps)
    for a, b in zip(one.trace_.steps, two.trace_.steps, strict=True):
        assert a.centers.tobytes() == b.centers.tobytes()
        assert (a.objective, a.moved, a.events) == (b.objective, b.moved, b.events)


def test_steps_check_the_data_at_once():
    with pytest.raises(ValueError, match="n_samples=2 should be >= n_clusters=3"):
        KMeans(3).steps([[0.0], [1.0]])


def test_another_fit_can_be_the_start(three_groups):
    first = KMeans(3, random_state=0).fit(three_groups)
    second = KMeans(3, init=first).fit(three_groups)
    assert second.n_iter_ <= 2
    assert second.labels_.tolist() == first.labels_.tolist()


@pytest.mark.parametrize("kind", [KMeans, ScikitLearnKMeans])
def test_a_start_from_another_fit_survives_cloning(kind, three_groups):
    start = kind(3, random_state=0, n_init=1).fit(three_groups)
    model = KMeans(3, init=start)
    copied = clone(clone(make_pipeline(model))[-1])
    first_centers = start.cluster_centers_.copy()
    start.fit(-three_groups)  # the clones' start is their own
    assert copied.init.get_params() == start.get_params()
    np.testing.assert_array_equal(copied.fit(three_groups).trace_.steps[0].centers, first_centers)
    assert not hasattr(clone(start), "cluster_centers_")


def test_a_grid_search_keeps_a_start_from_another_fit(three_groups):
    start = KMeans(3, random_state=0).fit(three_groups)
    halves = KFold(2, shuffle=True, random_state=0)  # each with rows of all groups
    search = GridSearchCV(KMeans(3, init=start), {"tol": [0.0, 1e-4]}, cv=halves, error_score="raise")
    assert search.fit(three_groups).best_estimator_.n_iter_ <= 2


def test_a_callable_start(three_groups):
    model = KMeans(2, init=lambda X, k, random_state: X[:k], n_init=1).fit(three_groups)
    np.testing.assert_array_equal(model.trace_.steps[0].centers, three_groups[:2])
    with pytest.raises(
        ValueError, match=r"shape of the initial centers .* does not match the number of clusters"
    ):
        KMeans(3, init=lambda X, k, random_state: X[:2]).fit(three_groups)


@pytest.mark.parametrize("record", [True, "scalars", False])
def test_what_is_recorded(three_groups, record):
    trace = KMeans(3, init=three_groups[:3], record=record).fit(three_groups).trace_
    if record is False:
        assert trace is None
        return
    kept = [step.centers is not None for step in trace.steps]
    assert kept[0] is kept[-1] is True
    assert all(kept) == (record is True)
    assert all(step.objective is not None for step in trace.steps[1:])
    assert trace.settings["n_clusters"] == 3
    assert trace.settings["init"] == "given"


def test_the_settings_repeat_the_run(three_groups):
    trace = KMeans(3, random_state=None).fit(three_groups).trace_
    again = KMeans(3, init=trace.steps[0].centers).fit(three_groups).trace_
    assert again.steps[-1].centers.tobytes() == trace.steps[-1].centers.tobytes()


def test_transform_and_names(three_groups):
    model = KMeans(3, random_state=0).fit(three_groups)
    distances = model.transform(three_groups)
    np.testing.assert_array_equal(distances.argmin(axis=1), model.labels_)
    expected = np.sqrt(((three_groups[:, None] - model.cluster_centers_) ** 2).sum(axis=2))
    np.testing.assert_allclose(distances, expected)
    assert model.get_feature_names_out().tolist() == ["kmeans0", "kmeans1", "kmeans2"]
    np.testing.assert_array_equal(KMeans(3, random_state=0).fit_transform(three_groups), distances)
    np.testing.assert_array_equal(KMeans(3, random_state=0).fit_predict(three_groups), model.labels_)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, lambda data: pl.DataFrame(data).to_arrow()])
def test_data_frames(frame):
    data = {"bill": [1.0, 2.0, 9.0, 10.0], "mass": [1, 2, 3, 5], "adult": [True, False, True, False]}
    model = KMeans(2, random_state=0).fit(frame(data))
    assert model.trace_.feature_names == ("bill", "mass", "adult")
    X = np.column_stack([np.array(column, dtype=float) for column in data.values()])
    assert model.labels_.tolist() == KMeans(2, random_state=0).fit(X).labels_.tolist()
    with pytest.raises((TypeError, ValueError), match="'species' of dtype String"):
        KMeans(2).fit(frame({"bill": [1.0, 2.0], "species": ["a", "b"]}))


def test_a_missing_value_in_a_data_frame_names_its_column():
    frame = pd.DataFrame({"bill": [1.0, 2.0, 3.0], "mass": pd.array([1, None, 3], dtype="Int64")})
    with pytest.raises(ValueError, match=r"contains NaN: the first is in row 1, column 'mass' \(index 1\)"):
        KMeans(2).fit(frame)


def test_a_missing_truth_value_in_a_data_frame_names_its_column():
    frame = pd.DataFrame({"adult": pd.array([True, None, False], dtype="boolean")})
    with pytest.raises(ValueError, match="contains NaN: the first is in row 1, column 'adult'"):
        KMeans(2).fit(frame)


def test_a_data_frame_without_columns():
    with pytest.raises(ValueError, match=r"0 feature\(s\).*no columns"):
        KMeans(2).fit(pd.DataFrame(index=range(3)))


def test_verbose_lines(three_groups, capsys):
    KMeans(3, init=three_groups[:3], verbose=1, tol=0).fit(three_groups)
    out = capsys.readouterr().out
    assert "Initialization complete" in out
    assert "Iteration 0, inertia" in out
    assert "strict convergence" in out
    KMeans(3, init=three_groups[::60], verbose=1, tol=1e9).fit(three_groups)
    assert "center shift" in capsys.readouterr().out


def test_ctrl_c_keeps_what_was_done(three_groups):
    model = KMeans(3, init=three_groups[:3])

    def interrupt(step):
        if (step.phase, step.iteration) == ("maximization", 1):
            raise KeyboardInterrupt

    model.watcher = interrupt
    with pytest.raises(KeyboardInterrupt):
        model.fit(three_groups)
    assert len(model.trace_.steps) == 5
    assert model.trace_.steps[-1].events[-1].kind == "interrupted"
    assert not model.trace_.converged
    assert model.cluster_centers_.tolist() == model.trace_.steps[-1].centers.tolist()
    assert model.predict(three_groups).shape == (180,)


def test_ctrl_c_keeps_the_best_start_so_far(three_groups):
    model = KMeans(3, n_init=3, random_state=0)
    starts = []

    def interrupt(step):
        if step.phase == "initialization":
            starts.append(step)
        if len(starts) == 2:
            raise KeyboardInterrupt

    model.watcher = interrupt
    with pytest.raises(KeyboardInterrupt):
        model.fit(three_groups)
    first = KMeans(3, random_state=0).fit(three_groups)
    assert model.labels_.tolist() == first.labels_.tolist()
    assert model.trace_.steps[-1].events[-1].message == "interrupted after 1 of 3 starts"


def test_ctrl_c_while_a_start_is_chosen_keeps_the_starts_before(three_groups):
    def init(X, k, random_state):
        if random_state.randint(2**31) != first:
            raise KeyboardInterrupt
        return X[:k]

    first = np.random.RandomState(0).randint(2**31)
    model = KMeans(3, init=init, n_init=3, random_state=0)
    with pytest.raises(KeyboardInterrupt):
        model.fit(three_groups)
    assert model.labels_.tolist() == KMeans(3, init=three_groups[:3]).fit(three_groups).labels_.tolist()


def test_steps_left_at_the_initialization_forget_an_earlier_fit(three_groups):
    model = KMeans(3, random_state=0).fit(three_groups)
    steps = model.steps(np.column_stack([three_groups, three_groups]))
    start = next(steps)
    steps.close()
    np.testing.assert_array_equal(model.cluster_centers_, start.centers)
    assert model.n_iter_ == 0
    assert not hasattr(model, "labels_")


def test_steps_left_open_at_the_end_of_the_program_are_no_error():
    program = (
        "from emscope import KMeans; steps = KMeans(2).steps([[0.0], [1.0], [5.0]]); next(steps); next(steps)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_steps_warn_of_fewer_distinct_points_too():
    with pytest.warns(ConvergenceWarning, match=r"distinct clusters \(2\) found smaller"):
        list(KMeans(3, random_state=0).steps([[0.0], [0.0], [1.0], [1.0]]))


def test_the_data_is_never_written_to(three_groups):
    three_groups.setflags(write=False)
    KMeans(3, copy_x=False, random_state=0).fit(three_groups)


def test_clone_and_parameters_survive():
    model = KMeans(3, record="scalars", n_threads=2)
    assert clone(model).get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        model.predict([[1.0]])


# What bad input gets, row by row.


@pytest.mark.parametrize(("value", "what"), [(np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "infinity")])
def test_not_finite(value, what):
    X = np.ones((5, 3))
    X[3, 1] = value
    with pytest.raises(ValueError, match=f"contains {what}.*row 3, column 1"):
        KMeans(2).fit(X)


def test_more_clusters_than_rows():
    with pytest.raises(ValueError, match="n_samples=2 should be >= n_clusters=5"):
        KMeans(5).fit([[0.0], [1.0]])


def test_more_clusters_than_rows_that_count():
    with pytest.raises(ValueError, match=r"only 1 of 3 rows have a positive weight, fewer than n_clusters=2"):
        KMeans(2).fit([[0.0], [1.0], [2.0]], sample_weight=[0, 1, 0])


@pytest.mark.parametrize("init", ["k-means++", "random", "farthest", "random-partition"])
def test_fewer_distinct_points_than_clusters(init):
    X = np.repeat([[0.0, 0.0], [1.0, 1.0], [5.0, 5.0]], 10, axis=0)
    with pytest.warns(
        ConvergenceWarning, match=r"distinct clusters \(3\) found smaller than n_clusters \(4\)"
    ):
        model = KMeans(4, init=init, random_state=0).fit(X)
    assert len(set(model.labels_)) == 3


def test_all_points_the_same():
    model = KMeans(1).fit(np.full((10, 2), 3.0))
    assert model.cluster_centers_.tolist() == [[3.0, 3.0]]
    assert model.inertia_ == 0.0


def test_a_constant_feature():
    X = np.array([[0.0, 7.0], [1.0, 7.0], [9.0, 7.0], [10.0, 7.0]])
    assert KMeans(2, random_state=0).fit(X).cluster_centers_[:, 1].tolist() == [7.0, 7.0]


def test_one_dimension_shows_the_reshape():
    with pytest.raises(ValueError, match=r"(?s)Expected 2D array, got 1D array.*reshape\(-1, 1\)"):
        KMeans(2).fit(np.arange(5.0))


@pytest.mark.parametrize(
    ("dtype", "scale"), [("float64", 1e151), ("float64", 1e300), ("float32", 2e18), ("float32", 1e38)]
)
def test_magnitudes_whose_squares_overflow(dtype, scale):
    X = (np.random.default_rng(0).normal(size=(50, 2)) * scale).clip(
        *[np.finfo(dtype).min, np.finfo(dtype).max]
    )
    with pytest.raises(ValueError, match=r"overflow in float.*rescale"):
        KMeans(3).fit(X.astype(dtype))


@pytest.mark.parametrize("d", [1, 8, 9])
@pytest.mark.parametrize("column", [0, -1])
def test_one_value_too_far_away_is_found_wherever_it_is(d, column):
    X = np.ones((70_000, d))
    X[-1, column] = 1e151
    with pytest.raises(ValueError, match="overflow in float64"):
        KMeans(1).fit(X)


def test_predicting_or_starting_too_far_away(three_groups):
    model = KMeans(3, random_state=0).fit(three_groups)
    with pytest.raises(ValueError, match="rescale"):
        model.predict([[1e200, 0.0]])
    with pytest.raises(ValueError, match="rescale"):
        KMeans(1, init=[[1e200, 0.0]]).fit(three_groups)


@pytest.mark.parametrize("scale", [1e-30, 1e-100, 1e-130])
def test_tiny_magnitudes_are_right(three_groups, scale):
    expected = KMeans(3, random_state=0).fit(three_groups)
    got = KMeans(3, random_state=0).fit(three_groups * scale)
    assert got.labels_.tolist() == expected.labels_.tolist()


def test_magnitudes_whose_squares_vanish(three_groups):
    with pytest.raises(ValueError, match="vanish in float64: rescale"):
        KMeans(3).fit(three_groups * 1e-160)


@pytest.mark.parametrize("offset", [1e8, 1e12])
def test_data_far_from_zero(three_groups, offset):
    expected = KMeans(3, random_state=0).fit(three_groups)
    got = KMeans(3, random_state=0).fit(three_groups + offset)
    assert got.labels_.tolist() == expected.labels_.tolist()
    resolution = offset * np.finfo(float).eps
    np.testing.assert_allclose(
        got.cluster_centers_ - offset, expected.cluster_centers_, rtol=0, atol=2 * resolution + 1e-12
    )


@pytest.mark.parametrize("constant", [1e17, 1e100, 1e308])
def test_a_large_constant_feature_does_not_end_the_run_early(constant):
    x = np.random.default_rng(0).normal(size=100)
    expected = KMeans(3, init=x[:3, None]).fit(x[:, None])
    X = np.column_stack([np.full(100, constant / 3), x])
    got = KMeans(3, init=X[:3]).fit(X)
    assert got.labels_.tolist() == expected.labels_.tolist()
    assert got.n_iter_ > 2


@pytest.mark.parametrize("dtype", [np.float16, np.int8, np.uint64, np.bool_, object])
def test_other_numbers_are_computed_in_float64(dtype):
    X = np.array([[0, 1], [0, 1], [1, 0], [1, 0]]).astype(dtype)
    model = KMeans(2, random_state=0).fit(X)
    assert model.cluster_centers_.dtype == np.float64


@pytest.mark.parametrize(
    "arrange", [np.asfortranarray, lambda X: X.astype(">f8"), lambda X: np.repeat(X, 2, axis=1)[:, ::2]]
)
def test_the_layout_of_the_data_changes_nothing(arrange, three_groups):
    got, expected = (KMeans(3, random_state=0).fit(X) for X in (arrange(three_groups), three_groups))
    assert got.cluster_centers_.tobytes() == expected.cluster_centers_.tobytes()
    assert got.cluster_centers_.dtype.isnative


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.array([["1", "2"], ["3", "4"]]), "dtype <U1 and holds text"),
        (np.array([["1", 2], [3, 4]], dtype=object), "dtype object and holds text"),
        ([["1", "2"], ["3", "4"]], "holds text"),
        (np.array([["2020-01-01"], ["2021-01-01"]], dtype="M8[D]"), r"dtype datetime64\[D\]"),
        (np.array([[1 + 2j], [2 + 0j]]), "Complex data not supported"),
        (np.array([[object()], [object()]]), "argument must be"),
        (np.ma.masked_array([[1.0], [2.0]], mask=[[True], [False]]), "masked array with 1 masked value"),
        (sparse.csr_matrix([[1.0], [0.0]]), r"sparse.*\.toarray\(\)"),
        (np.empty((0, 2)), r"0 sample\(s\)"),
        (np.empty((3, 0)), r"0 feature\(s\)"),
        ([[1.0], [2.0, 3.0]], "inhomogeneous"),
        (pl.LazyFrame({"a": [1.0, 2.0]}), r"lazy frame.*collect\(\)"),
    ],
)
def test_what_is_not_a_table_of_numbers(X, message):
    with pytest.raises((TypeError, ValueError), match=message):
        KMeans(1).fit(X)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_clusters": 0}, ValueError, "n_clusters must be a whole number of 1 or more, got 0"),
        ({"n_clusters": 2.5}, TypeError, r"n_clusters .* got 2\.5"),
        ({"n_clusters": "3"}, TypeError, "n_clusters .* got '3'"),
        ({"n_clusters": True}, TypeError, "n_clusters .* got True"),
        ({"max_iter": 0}, ValueError, "max_iter"),
        ({"n_init": "many"}, TypeError, 'n_init .* or "auto"'),
        ({"n_init": 0}, ValueError, "n_init"),
        ({"tol": -1.0}, ValueError, "tol"),
        ({"tol": np.nan}, ValueError, "tol"),
        ({"tol": "small"}, TypeError, "tol"),
        ({"init": "nearest"}, ValueError, r"init must be one of 'k-means\+\+'"),
        ({"algorithm": "fast"}, ValueError, "algorithm must be one of"),
        ({"record": "all"}, ValueError, "record must be one of"),
        ({"n_threads": 0}, ValueError, "n_threads"),
        ({"random_state": "x"}, ValueError, "'x' cannot be used to seed"),
    ],
)
def test_wrong_parameters(parameters, error, message, three_groups):
    with pytest.raises(error, match=message):
        KMeans(**parameters).fit(three_groups)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, -1.0, 1.0], r"sample_weight\[1\] is -1.0"),
        ([1.0, np.nan, 1.0], r"sample_weight\[1\] is nan"),
        ([1.0, 1.0, np.inf], r"sample_weight\[2\] is inf"),
        ([0.0, 0.0, 0.0], "all zero"),
        ([1.0, 1.0], r"expected \(3,\)"),
        ([[1.0], [1.0], [1.0]], "1D"),
        ([1e308, 1e308, 1e308], "rescale"),
        (["1", "2", "1"], "sample_weight has dtype <U1 and holds text"),
        (np.array(["2020", "2021", "2022"], dtype="M8[Y]"), "sample_weight has dtype datetime64"),
        (np.ma.masked_array([1.0, 2.0, 3.0], [False, True, False]), "sample_weight is a masked array"),
    ],
)
def test_wrong_weights(weights, message):
    with pytest.raises((TypeError, ValueError), match=message):
        KMeans(1).fit([[0.0], [1.0], [2.0]], sample_weight=weights)


@pytest.mark.parametrize(
    ("init", "message"),
    [
        ([[0.0, 0.0]], r"\(1, 2\) does not match the number of clusters 2: the shape must be \(2, 2\)"),
        ([[0.0], [1.0]], r"\(2, 1\) does not match the number of features of the data 2: .* \(2, 2\)"),
        ([[0.0, np.nan], [1.0, 1.0]], "Input init contains NaN"),
        ([0.0, 1.0], "1D array"),
    ],
)
def test_wrong_initial_centers(init, message):
    with pytest.raises(ValueError, match=message):
        KMeans(2, init=init).fit(np.ones((4, 2)))


def test_a_model_that_is_not_fitted_cannot_be_the_start(three_groups):
    with pytest.raises(TypeError, match="init is a KMeans that is not fitted"):
        KMeans(3, init=KMeans(3)).fit(three_groups)


def test_given_centers_start_one_run_only(three_groups):
    with pytest.warns(RuntimeWarning, match="performing only one init"):
        KMeans(3, init=three_groups[:3], n_init=5).fit(three_groups)


def test_a_memory_map_is_read_and_not_copied(tmp_path, three_groups):
    np.save(tmp_path / "x.npy", three_groups)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = KMeans(3, random_state=0).fit(mapped)
    assert model.labels_.tolist() == KMeans(3, random_state=0).fit(three_groups).labels_.tolist()


def test_elkan_is_another_name_for_bounds(three_groups, monkeypatch):
    asked = []

    def kernel_for(n, d, k, algorithm):
        asked.append(algorithm)
        return choice.kernel_for(n, d, k, algorithm)

    monkeypatch.setattr("emscope.estimators.hard.kernel_for", kernel_for)
    for algorithm in ("elkan", "bounds"):
        KMeans(3, algorithm=algorithm, random_state=0).fit(three_groups)
        with pytest.warns(RuntimeWarning, match=f"'{algorithm}' doesn't make sense for a single cluster"):
            KMeans(1, algorithm=algorithm).fit(three_groups)
    assert asked == ["bounds", "lloyd"] * 2
