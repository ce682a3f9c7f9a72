"""A fit that deserves doubt says so, and a good one never does."""

import math
import re
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from emscope import DoubtWarning, GaussianMixture, KMeans, SphericalKMeans, Trace, datasets, doubt
from emscope.card import KMEANS, gaussian_mixture
from emscope.doubt import THRESHOLDS, Ending
from emscope.events import Event, Terms, doubts, worded
from emscope.events.kinds import KINDS
from emscope.models.covariances import COVARIANCE_TYPES

MIXTURE = gaussian_mixture("full")
CROSSWISE = np.array([[2.0, 90.0], [5.0, 50.0]])


def groups(seed, k, d, n, apart=12.0):
    """Rows of k groups, and where they are."""
    random = np.random.default_rng(seed)
    places = np.zeros((k, d))
    places[:, 0] = apart * random.permutation(k)
    if d > 1:
        places[:, -1] = apart * random.permutation(k)
    rows = np.concatenate([random.normal(place, random.uniform(0.6, 1.0), (n, d)) for place in places])
    return rows, places


def kinds(model):
    return [event.kind for event in model.trace_.doubts]


def fitted(model, X, **how):
    """Fit without a word, to look at the doubts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, **how)


def told(model, X, **how):
    """Fit, and return the one warning."""
    with warnings.catch_warnings(record=True, action="always") as found:
        model.fit(X, **how)
    (one,) = found
    return one


# good fits


@pytest.mark.parametrize("d", [1, 2, 5, 12])
@pytest.mark.parametrize("k", [1, 2, 3, 7])
def test_groups_well_apart_are_not_doubted(k, d):
    for seed, n in ((k, 25), (k + 10, 60)):
        X, places = groups(seed, k, d, n)
        weights = np.random.default_rng(seed).uniform(0.5, 2.0, len(X))
        KMeans(k, init=places).fit(X)
        KMeans(k, n_init=6, random_state=seed).fit(X, sample_weight=weights)
        for kind in COVARIANCE_TYPES:
            mixture = {"covariance_type": kind, "random_state": seed}
            GaussianMixture(k, init_params=places, **mixture).fit(X, sample_weight=weights)
            GaussianMixture(k, **mixture).fit(X)


@pytest.mark.parametrize("k", [2, 3, 5])
def test_directions_well_apart_are_not_doubted(k):
    random = np.random.default_rng(k)
    X = np.concatenate([10 * np.eye(5)[j] + random.normal(size=(40, 5)) for j in range(k)])
    SphericalKMeans(k, n_init=5, random_state=0).fit(X)


def test_many_rows_that_are_well_apart_are_not_doubted():
    X, places = groups(0, 4, 2, 5_000)
    KMeans(4, init=places).fit(X)
    for kind in COVARIANCE_TYPES:
        GaussianMixture(4, covariance_type=kind, init_params=places + 1.0).fit(X.astype(np.float32))


def test_what_the_demonstrations_show_is_not_doubted():
    KMeans(4, init=datasets.blobs_start(), max_iter=3).fit(datasets.blobs().matrix)
    old_faithful, penguins = datasets.old_faithful().standardized(), datasets.penguins().standardized()
    start = CROSSWISE / old_faithful.preparation.scale
    models = [
        KMeans(4, init=datasets.blobs_start(), max_iter=3).fit(datasets.blobs().matrix),
        KMeans(2, init=start).fit(old_faithful.matrix),
        GaussianMixture(2, init_params=start).fit(old_faithful.matrix),
        KMeans(3, init="random", random_state=1, n_init=1).fit(penguins.matrix),
    ]
    assert [kinds(model) for model in models] == [[]] * 4


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("table", [datasets.old_faithful, datasets.penguins])
def test_shipped_tables_with_a_sensible_number_of_clusters_are_not_doubted(table, seed):
    X, k = table().standardized().matrix, 2 if table is datasets.old_faithful else 3
    KMeans(k, n_init=10, random_state=seed).fit(X)
    for kind in COVARIANCE_TYPES:
        GaussianMixture(k, covariance_type=kind, n_init=3, random_state=seed).fit(X)


# fits to be doubted


def anisotropic(seed=170):
    random = np.random.default_rng(seed)
    places = random.uniform(-10, 10, (3, 2))
    rows = np.concatenate([random.normal(place, 1.0, (170, 2)) for place in places])
    return rows @ np.array([[0.6, -0.6], [-0.4, 0.8]])


def test_a_plateau_of_a_mixture_that_begins_with_random_responsibilities():
    model = fitted(GaussianMixture(3, init_params="random", random_state=0), anisotropic())
    assert model.converged_
    assert {"plateau", "undecided"} <= set(kinds(model))
    assert model.trace_.doubts[kinds(model).index("plateau")].values["case"] == "growing"


def test_a_mixture_that_is_sure_of_few_rows():
    X = datasets.blobs().matrix
    model = fitted(GaussianMixture(4, random_state=0, init_params="random", max_iter=3), X)
    (event,) = (event for event in model.trace_.doubts if event.kind == "undecided")
    responsibilities = model.predict_proba(X)
    unsure = int(np.count_nonzero(responsibilities.max(axis=1) < 0.9))
    assert event.values == {"count": unsure, "rows": 300, "share": unsure / 300, "certain": 0.9}
    assert event.message.startswith(f"{unsure} of 300 points ({100 * unsure / 300:.3g} %) have no component")


def test_a_stop_at_which_labels_still_change():
    X = np.random.default_rng(0).normal(size=(300, 2))
    one = told(KMeans(8, init=X[:8], tol=0.05), X)
    assert one.category is DoubtWarning
    (event,) = one.message.doubts[:1]
    assert (event.kind, event.values["case"]) == ("still_moving", "tol")
    share = (
        f"{event.values['moved']} points ({100 * event.values['moved'] / 300:.3g} %) still changed cluster"
    )
    assert str(one.message).startswith(share)
    assert "lower tol." in str(one.message)


def test_a_limit_at_which_labels_still_change():
    X = np.random.default_rng(0).normal(size=(3000, 2))
    one = told(KMeans(8, init=X[:8], max_iter=11), X)
    assert "raise max_iter" in str(one.message)


def test_duplicates():
    X = np.repeat([[0.0, 0.0], [1.0, 1.0], [3.0, 3.0]], 20, axis=0)
    one = told(KMeans(4, random_state=0), X)
    assert "Number of distinct clusters (3) found smaller than n_clusters (4)" in str(one.message)
    assert [event.kind for event in one.message.doubts] == ["fewer_distinct_points"]
    assert "the covariance of components 0, 1 and 2 is little but what reg_covar adds" in str(
        told(GaussianMixture(3, random_state=0), X).message
    )
    tied = fitted(GaussianMixture(3, random_state=0, covariance_type="tied"), X)
    assert tied.trace_.doubts[0].values["case"] == "shared"


def test_lost_components():
    X, places = groups(0, 2, 2, 40)
    start = {"weights_init": [0.3, 0.3, 0.4], "precisions_init": np.stack([np.eye(2)] * 3)}
    model = fitted(GaussianMixture(3, means_init=[places[0], places[0], places[1]], **start), X)
    assert kinds(model)[:2] == ["collapsed", "fewer_distinct_points"]
    assert model.trace_.doubts[0].message.startswith("components 0 and 1 are the same")
    model = fitted(GaussianMixture(3, means_init=[*places, [1e6, 1e6]], **start), X)
    assert kinds(model) == ["collapsed", "fewer_distinct_points"]
    assert model.trace_.doubts[0].message.startswith("no point is left to component 2")


def test_a_cluster_of_one_row():
    X, places = groups(0, 2, 2, 40)
    X = np.concatenate([X, [[500.0, 500.0]]])
    one = told(KMeans(3, init=[*places, [400.0, 400.0]]), X)
    assert "Cluster 2 owns a single point (row 80): an outlier, or one cluster too many" in str(one.message)
    model = fitted(
        KMeans(4, init=[*places, [400.0, 400.0], [800.0, 900.0]]), np.append(X, [[900.0, 900.0]], axis=0)
    )
    assert model.trace_.doubts[0].message.startswith("2 clusters own a single point each (rows 80, 81)")
    heavy = np.append(np.ones(80), 5.0)
    assert kinds(KMeans(3, init=[*places, [400.0, 400.0]]).fit(X, sample_weight=heavy)) == []


def test_the_only_row_of_all_is_no_outlier():
    KMeans(1).fit([[3.0]])


def one_good_start_of(n):
    """Two far groups, each of two: one start of several finds all four."""
    X, places = groups(3, 4, 2, 40, apart=30.0)
    starts = iter([places, *(X[[0, 1, 2, 3 + i]] for i in range(n - 1))])
    return X, lambda *_, **__: next(starts)


def test_a_best_end_that_one_start_of_five_reaches():
    X, init = one_good_start_of(5)
    one = told(KMeans(4, init=init, n_init=5), X)
    (event,) = one.message.doubts
    assert event.values == {"reached": 1, "starts": 5}
    assert "Only 1 of 5 starts came to the best end" in str(one.message)
    X, init = one_good_start_of(4)
    KMeans(4, init=init, n_init=4).fit(X)


def test_starts_that_were_stopped_need_more_iterations_first():
    X, init = one_good_start_of(5)
    model = KMeans(4, init=init, n_init=5, max_iter=1, tol=0).fit(X)  # no warning: it is watched
    (event,) = [event for event in model.trace_.doubts if event.kind == "starts_disagree"]
    assert 1 <= event.values["unfinished"] <= 5
    assert event.message == (
        f"only 1 of 5 starts came to the best end, and max_iter ended {event.values['unfinished']} of them "
        "early: raise it, and n_init if they still disagree"
    )


def test_starts_that_converged_disagree_however_few_iterations_were_allowed():
    X, init = one_good_start_of(5)
    assert "Only 1 of 5 starts" in str(told(KMeans(4, init=init, n_init=5, max_iter=10), X).message)


@pytest.mark.parametrize(
    ("card", "ends", "doubted"),
    [
        (KMEANS, [10.0, 10.005, 12.0, 13.0, 14.0], False),
        (KMEANS, [10.0, 10.02, 12.0, 13.0, 14.0], True),
        (KMEANS, [0.0, 1e-9, 12.0, 13.0, 14.0], False),
        (KMEANS, [10.0, 12.0, 12.0, 12.0], False),
        (MIXTURE, [-1.0, -0.9995, 2.0, 2.0, 2.0], False),
        (MIXTURE, [-1.0, -0.99, 2.0, 2.0, 2.0], True),
    ],
)
def test_starts_agree_up_to_what_is_negligible(card, ends, doubted):
    assert bool(doubt.about_starts(card, [(end, 100.0) for end in ends])) is doubted


# extrapolation


def plateau(objectives, card=MIXTURE, moved=1, **how):
    return list(doubt.about_the_end(card, objectives, Ending("tol", moved), **how))


def geometric(ratio, n=30, left=0.0):
    return [5.0 + left + ratio**i for i in range(n)]


def test_what_is_left_of_a_geometric_descent_is_found():
    (event,) = plateau(geometric(0.9, 10))
    assert event.values["left"] == pytest.approx(0.9**9)
    assert event.message == (
        "the run ended too early: going by its last steps the negative log-likelihood per point may still "
        "fall by more than 1 % of what it has fallen by so far; lower tol"
    )


def test_no_amount_is_told_that_one_cannot_know():
    """Of runs stopped early what the last gains promise is often many times what comes."""
    X = np.random.default_rng(2).normal(size=(300, 2))
    early, late = (fitted(KMeans(3, init=X[:3], max_iter=n, tol=0), X).trace_ for n in (5, 300))
    (event,) = [event for event in early.doubts if event.kind == "plateau"]
    left = early.steps[-1].objective - late.steps[-1].objective
    assert event.values["left"] > 10 * left
    assert re.findall(r"\d+", event.message) == ["1"]


def test_gains_that_grow_are_those_of_iterations():
    (event,) = plateau([5.0, 4.9, 4.7])
    assert "its last iteration lowered the negative log-likelihood per point by 0.2, and the" in event.message
    (event,) = plateau([5.0, 4.9, 4.9, 4.6, 4.0], cycle=2)
    assert "its last two iterations lowered the negative log-likelihood per point by 0.9" in event.message


@pytest.mark.parametrize(
    ("objectives", "doubted"),
    [
        (geometric(0.9, 60), False),
        (geometric(0.5, 10), False),
        ([5.0, 4.0], False),
        ([5.0], False),
        ([5.0, 4.0, 4.0], False),
        ([5.0, 4.9, 4.7], True),
        ([5.0, 5.0 - 1e-6, 5.0 - 3e-6], True),
        ([5.0, 5.0 - 1e-13, 5.0 - 3e-13], False),
    ],
)
def test_a_plateau_is_where_gains_hardly_shrink(objectives, doubted):
    assert bool(plateau(objectives)) is doubted


def test_labels_at_rest_leave_nothing_to_gain():
    assert plateau([9.0, 8.0, 7.0], KMEANS, moved=0) == []
    assert len(plateau([9.0, 8.0, 7.0], KMEANS)) == 1


def test_longer_steps_are_compared_over_two():
    uneven = [5 + 0.1**i + (0.5 * 0.1**i if j else 0) for i in range(6) for j in (1, 0)][:-1]
    assert plateau(uneven, cycle=2) == []
    X, places = groups(0, 3, 2, 60, apart=6.0)
    assert kinds(GaussianMixture(3, accelerate="squarem", init_params=places, tol=1e-6).fit(X)) == []


# weights


def test_integer_weights_are_repeated_rows():
    random = np.random.default_rng(5)
    X, weights = random.normal(size=(200, 2)), random.integers(1, 4, 200)
    for model in (
        KMeans(4, init=X[:4], tol=0.01),
        GaussianMixture(3, init_params=X[:3]),
        GaussianMixture(2, init_params=X[:2], max_iter=11, tol=0),
    ):
        weighted = fitted(model, X, sample_weight=weights.astype(float)).trace_.doubts
        repeated = fitted(model, np.repeat(X, weights, axis=0)).trace_.doubts
        assert [event.kind for event in weighted] == [event.kind for event in repeated]
        for one, other in zip(weighted, repeated, strict=True):
            assert one.values.get("share") == pytest.approx(other.values.get("share"))


def test_a_share_of_the_weight_is_called_one():
    event = doubt.of_weighted_rows(
        Event("still_moving", values={"case": "tol", "moved": 3, "share": 0.25, "noun": "cluster"})
    )
    assert event.message.startswith("3 points (25 % of the weight) still changed cluster")
    (event,) = map(doubt.of_weighted_rows, doubt.about_responsibilities(30.0, 100.0, 7))
    assert event.message.startswith("points with 30 % of the weight have no component")


# the warning


LONE = np.array([[0.0], [1.0], [9.0]])


def lone(**settings):
    return KMeans(2, init=[[0.0], [9.0]], **settings)


@pytest.mark.parametrize(
    "fit",
    [
        lambda: lone().fit(LONE),
        lambda: lone().fit_predict(LONE),
        lambda: lone().fit_transform(LONE),
        lambda: list(lone().steps(LONE)),
        lambda: lone(record=False).fit(LONE),
        lambda: lone(record="scalars").fit(LONE),
    ],
)
def test_one_warning_points_at_the_line_of_the_user(fit):
    with warnings.catch_warnings(record=True, action="always") as found:
        fit()
    (one,) = found
    assert (one.category, one.filename, one.lineno) == (DoubtWarning, __file__, fit.__code__.co_firstlineno)
    assert [event.kind for event in one.message.doubts] == ["lone_row"]


def test_doubts_can_be_told_from_other_warnings():
    assert issubclass(DoubtWarning, ConvergenceWarning)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtWarning)
        lone().fit(LONE)
        with pytest.warns(ConvergenceWarning, match="did not converge") as found:
            GaussianMixture(2, max_iter=1, tol=0, random_state=0).fit(groups(0, 2, 2, 30)[0])
    assert [one.category for one in found] == [ConvergenceWarning]


def test_who_asks_for_few_iterations_is_told_by_the_trace_alone():
    X = np.random.default_rng(0).normal(size=(300, 2))
    model = KMeans(8, init=X[:8], max_iter=2).fit(X)
    assert set(kinds(model)) == {"still_moving", "plateau"}


def test_a_loop_that_is_left_early_is_not_doubted():
    for step in lone().steps(LONE):
        if step.phase == "maximization":
            break


def test_a_start_that_is_kept_is_not_doubted():
    X = np.random.default_rng(0).normal(size=(30, 2))
    GaussianMixture(2, init_params="random_from_data", random_state=0, max_iter=0).fit(X)


def test_an_interrupted_fit_is_not_doubted():
    model = lone()

    def stop(step):
        if step.phase == "maximization":
            raise KeyboardInterrupt

    model.watcher = stop
    with pytest.raises(KeyboardInterrupt):
        model.fit(LONE)
    assert model.trace_.doubts == ()


def test_a_fit_that_goes_on_from_a_good_end_is_not_doubted():
    X, places = groups(0, 3, 2, 60)
    model = GaussianMixture(3, init_params=places, warm_start=True).fit(X)
    assert kinds(model.fit(X)) == []


# the trace and the table


def test_doubts_are_saved_with_the_trace(tmp_path):
    trace = fitted(GaussianMixture(3, init_params="random", random_state=0), anisotropic()).trace_
    trace.save(tmp_path / "run.npz")
    again = Trace.load(tmp_path / "run.npz")
    assert again.doubts == trace.doubts != ()
    assert [event.message for event in again.doubts] == [event.message for event in trace.doubts]


def test_sentences_are_in_the_terms_of_the_reader():
    terms = Terms(
        (), {"tol": "--tol", "max_iter": "--max-iter", "n_init": "--n-init", "random_state": "--seed"}
    )
    event = Event("starts_disagree", values={"reached": 1, "starts": 10})
    assert worded(event, terms).endswith("raise --n-init")
    moving = {"moved": 1, "share": 0.02, "noun": "cluster"}
    assert worded(Event("still_moving", values={"case": "max_iter", **moving}), terms).endswith(
        "raise --max-iter"
    )
    many = Event("collapsed", values={"components": [0, 1, 2, 3, 4], "count": 9})
    assert "components 0, 1, 2, 3, 4 and others" in many.message


def test_every_kind_of_doubt_is_in_the_table():
    known = {name for name, kind in KINDS.items() if kind.doubt}
    assert known == {line.split()[0] for line in doubt.__doc__.splitlines() if line.split(" ")[0] in known}
    assert len(known) == 7
    assert doubts([Event("converged"), Event("plateau")]) == (Event("plateau"),)
    assert math.isclose(THRESHOLDS.certain, doubt.CERTAIN)
