"""What is said of the starts of a fit."""

import dataclasses

import numpy as np
import pytest

from emscope import GaussianMixture, KMeans, SphericalKMeans, datasets
from emscope.scene import starts_of
from emscope.trace import Restart
from hand_made import groups, lloyd

pytestmark = pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")


def run(ends, objectives):
    """A run of three groups in a line, with other starts that came to these centers."""
    points = groups([[0.0], [10.0], [20.0]], each=20)
    trace = lloyd(points, [[0.0], [10.0], [20.0]])
    last = trace.steps[-1].objective
    others = tuple(
        Restart(np.array(end), np.array(end), np.array([9 * last, times * last]))
        for end, times in zip(ends, objectives, strict=True)
    )
    return dataclasses.replace(trace, restarts=others)


GOOD, BAD = [[20.0], [0.1], [10.0]], [[0.0], [15.0], [20.0]]


def test_a_run_of_one_start_has_nothing_to_tell():
    assert starts_of(run([], [])) is None


def test_one_end():
    assert starts_of(run([GOOD], [1.0])).sentence == "Both starts came to the same end."
    assert starts_of(run([GOOD] * 3, [1.0] * 3)).sentence == "All 4 starts came to the same end."


def test_several_ends():
    found = starts_of(run([GOOD, BAD, GOOD, GOOD, BAD], [1.0, 7.0, 1.0, 1.0, 7.0]))
    assert (
        found.sentence
        == "6 starts came to 2 ends, reached by 4 and 2 of them, the best first; this run is the best one."
    )
    assert [(end.count, end.own) for end in found.ends] == [(4, True), (2, False)]
    assert found.ends[0].text.startswith("4 of 6 starts, inertia ")
    np.testing.assert_allclose(found.ends[1].centers.ravel(), [0.0, 15.0, 20.0])


def test_a_better_end_than_that_of_this_run():
    found = starts_of(run([BAD], [0.5]))
    assert found.sentence.endswith("reached by 1 and 1 of them, the best first; this run is number 2.")


def test_of_many_ends_the_first_few_are_told():
    ends = [[[0.0], [10.0 + i], [20.0]] for i in range(1, 12)]
    sentence = starts_of(run(ends, 1.5 + np.arange(11))).sentence
    assert sentence.startswith("12 starts came to 12 ends, reached by 1, 1, 1, 1, 1, 1, 1, 1, … of them")


def test_centers_are_in_the_order_of_the_runs_own():
    found = starts_of(run([[[15.0], [0.0], [20.0]]], [3.0]))
    np.testing.assert_array_equal(found.ends[1].centers.ravel(), [0.0, 15.0, 20.0])


@pytest.mark.parametrize(
    "model",
    [
        KMeans(4, init="random", n_init=8, random_state=0),
        SphericalKMeans(4, init="random", n_init=8, random_state=0),
        GaussianMixture(4, init_params="random_from_data", n_init=8, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_every_start_of_a_fit_is_counted_once_and_this_run_is_the_best(model):
    trace = model.fit(datasets.penguins().standardized().matrix).trace_
    found = starts_of(trace)
    assert found.count == 8 == sum(end.count for end in found.ends)
    assert [end.own for end in found.ends] == [True] + [False] * (len(found.ends) - 1)
    assert len({end.text.split(" ")[-1] for end in found.ends}) == len(found.ends)
