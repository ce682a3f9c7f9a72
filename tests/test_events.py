"""Events are data, and one table words them in the terms of whoever reads them."""

import pickle

import pytest

from emscope.events import (
    PYTHON,
    CollapseError,
    Event,
    Terms,
    kind_of,
    open_sentences,
    with_row_names,
    worded,
)
from emscope.events.kinds import KINDS

COLLAPSE = {"case": "points", "count": 7, "identical": True, "shared": False, "reg_covar": 1e-6}
TABLE = Terms(("age", "height", "weight"), {"reg_covar": "--reg-covar", "random_state": "--seed"})


def collapse(cluster=1, rows=(3, 4), features=(), **values):
    return Event("collapsed_component", cluster, rows, features, COLLAPSE | values)


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (
            Event("empty_cluster", 0, (4,), values={"distance": 1.23456, "donor": 2}),
            "cluster 0 was empty, so its center moved to row 4, which lay 1.235 from the center of cluster 2",
        ),
        (
            Event("empty_cluster", 3, values={"case": "left"}),
            "cluster 3 is empty and no point is left to move its center to",
        ),
        (
            Event("fewer_distinct_points", values={"owning": 2, "clusters": 1500}),
            "points belong to only 2 of 1,500 clusters: the data may have fewer distinct points than "
            "clusters",
        ),
        (Event("converged"), "no point changed cluster, so the run has converged"),
        (
            Event("converged", values={"case": "shift", "shift": 0.0123}),
            "the centers moved by 0.0123 in all, within the tolerance",
        ),
        (
            Event("converged", values={"case": "gain", "change": 2e-4, "tol": 1e-3}),
            "the log-likelihood per point changed by 0.0002 in an iteration, less than tol=0.001",
        ),
        (Event("max_iter", values={"max_iter": 1_000_000}), "stopped at max_iter=1000000"),
        (
            Event("max_iter", values={"case": "moved", "max_iter": 3, "moved": 1}),
            "stopped at max_iter=3 while 1 point still changed cluster",
        ),
        (
            Event("max_iter", values={"case": "moved", "max_iter": 3, "moved": 1200}),
            "stopped at max_iter=3 while 1,200 points still changed cluster",
        ),
        (Event("interrupted"), "the run was interrupted before it converged"),
        (
            Event("interrupted", values={"case": "starts", "done": 1, "starts": 3}),
            "interrupted after 1 of 3 starts",
        ),
        (
            Event("extrapolated", values={"factor": 2.5, "objective": 1.5, "bound": 1.75}),
            "an M-step 2.5 times as long was taken: the objective comes to 1.5, no higher than the bound of "
            "the M-step itself, 1.75",
        ),
        (
            collapse(),
            "component 1 has collapsed onto 7 identical points (rows 3, 4, ...): only reg_covar=1e-06 is "
            "left of its covariance; ask for fewer components, start elsewhere (random_state, n_init), share "
            "covariances (covariance_type='tied'), or raise reg_covar",
        ),
        (
            collapse(0, (3,), count=1, shared=True, reg_covar=0.0),
            "the covariance that all components share has collapsed onto a single point (row 3): nothing is "
            "left of its covariance; ask for fewer components, start elsewhere (random_state, n_init), or "
            "set reg_covar above 0",
        ),
        (
            collapse(rows=(), count=0, case="small"),
            "component 1 is small in every direction, with no point of its own: only reg_covar=1e-06 is left "
            "of its covariance; rescale the data, or lower reg_covar",
        ),
        (
            collapse(features=(2,), case="flat", identical=False),
            "component 1 has become flat along feature 2 with 7 points (rows 3, 4, ...): only "
            "reg_covar=1e-06 is left there; leave it out, rescale it, or raise reg_covar",
        ),
        (
            Event("duplicate_components", 2, values={"other": 0}),
            "components 0 and 2 have the same mean and covariance, and will move as one from now on: start "
            "one of them elsewhere, or ask for fewer components",
        ),
    ],
)
def test_sentences_of_python(event, sentence):
    assert event.message == sentence


def test_a_table_names_rows_columns_and_options():
    event = collapse(rows=(3, 4), features=(0, 2), case="flat", identical=False, count=2)
    assert "flat along a combination of the features 0 and 2 with 2 points (rows 3, 4)" in event.message
    told = worded(with_row_names(event, lambda row: f"patient {row}"), TABLE)
    assert "flat along a combination of age and weight with 2 points (rows patient 3, patient 4)" in told
    assert told.endswith("only --reg-covar 1e-06 is left there; leave one of them out, or raise --reg-covar")
    numbered = with_row_names(collapse(rows=(0,), count=1), lambda row: str(row + 1), "table row")
    assert "a single point (table row 1)" in worded(numbered, TABLE)
    assert "start elsewhere (--seed, n_init)" in worded(numbered, TABLE)


def test_rows_of_an_event_without_rows_need_no_names():
    event = Event("converged")
    assert with_row_names(event, lambda row: 1 / 0) is event


def test_prose_is_all_there_is_to_say():
    assert Event("converged", prose="it stands still").message == "it stands still"


def test_an_unknown_kind_is_worded_from_its_data():
    event = Event("heavy_tail", 0, (3, 9), (1,), {"nu": 2.5})
    assert event.message == "heavy tail (cluster 0, rows 3, 9, feature 1, nu 2.5)"
    assert worded(event, TABLE) == "heavy tail (cluster 0, rows 3, 9, height, nu 2.5)"
    assert Event("heavy_tail").message == kind_of(event).short == "heavy tail"
    assert not kind_of(event).routine


def test_longer_steps_are_the_only_routine():
    routine = {kind for kind, told in KINDS.items() if told.routine}
    assert routine == {"extrapolated", "extrapolation_rejected"}


@pytest.mark.parametrize(
    "event",
    [
        Event("empty_cluster", 1),
        Event("empty_cluster", 1, (2,), values={"distance": "far", "donor": 0}),
        Event("empty_cluster", 1, values={"case": ["moved"]}),
        Event("converged", values={"case": "boredom"}),
        Event("collapsed_component", 1, values={"case": "points"}),
        Event("collapsed_component", 1, (1,), (), COLLAPSE | {"count": None}),
        Event("max_iter", values={"case": "moved", "moved": "all", "max_iter": 3}),
    ],
)
def test_an_event_with_gaps_is_worded_all_the_same(event):
    assert kind_of(event).short in event.message
    assert kind_of(event).short in worded(event, TABLE)


def test_names_that_are_none_and_features_that_are_not_there_do_no_harm():
    event = collapse(features=(0, 7), case="flat", row_names=3)
    assert "(rows 3, 4, ...)" in event.message
    assert "age, feature 7" in worded(event, TABLE)


def test_open_sentences_wait_for_numbers():
    told = open_sentences(KINDS["empty_cluster"])
    assert told["left"] == "cluster {cluster} is empty and no point is left to move its center to"
    assert "to {rows}, which lay {distance:.4g} from" in told["moved"]
    assert open_sentences(KINDS["max_iter"])[""] == "stopped at max_iter={max_iter}"
    assert (
        open_sentences(KINDS["max_iter"], Terms((), {"max_iter": "--max-iter"}))[""]
        == "stopped at --max-iter {max_iter}"
    )
    assert open_sentences(KINDS["collapsed_component"], TABLE)["last"].endswith("set --reg-covar above 0")
    for kind in KINDS.values():
        assert open_sentences(kind).keys() == kind.sentences.keys()


def test_events_are_compared_and_put_into_sets():
    assert collapse() == collapse() != collapse(count=8)
    assert {collapse(), collapse()} == {collapse()}
    assert pickle.loads(pickle.dumps(collapse())) == collapse()


def test_a_collapse_is_an_error_that_carries_its_event():
    error = CollapseError(collapse(iteration=4))
    assert isinstance(error, ValueError)
    assert "ill-defined empirical covariance" in str(error)
    assert "increase reg_covar, or scale the input data. At maximization step 4 component 1 has" in str(error)
    assert "At the initialization component 1 has" in str(CollapseError(collapse()))
    assert "increase --reg-covar, or scale" in error.worded(TABLE)
    again = pickle.loads(pickle.dumps(error))
    assert again.event == error.event
    assert str(again) == error.worded(PYTHON)
