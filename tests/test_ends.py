"""Ends of several starts, against all permutations of the clusters."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emscope.ends import NEAR, distinct_ends, matching


def same(one, other, unit):
    """Whether some permutation leaves every center near its partner."""
    scaled = [(one - other[list(order)]) / unit for order in permutations(range(len(one)))]
    return any((np.sqrt((away**2).mean(axis=1)) <= NEAR).all() for away in scaled)


def grouped(centers, objectives, unit, room):
    """The same rule as plain loops: runs by objective, each to the first end that it matches."""
    found = []
    for run in sorted(range(len(objectives)), key=lambda i: (objectives[i], i)):
        for runs in found:
            if objectives[run] - objectives[runs[0]] <= room and same(centers[runs[0]], centers[run], unit):
                runs.append(run)
                break
        else:
            found.append([run])
    return [tuple(runs) for runs in found]


@given(st.data())
def test_ends_are_grouped_as_by_trying_every_permutation(data):
    s, k, d = (data.draw(st.integers(1, most)) for most in (6, 4, 2))
    places = st.sampled_from([0.0, 0.04, 0.07, 1.0, 1.03, 5.0])
    centers = np.array(data.draw(st.lists(places, min_size=s * k * d, max_size=s * k * d))).reshape(s, k, d)
    objectives = np.array(data.draw(st.lists(st.sampled_from([1.0, 1.001, 2.0]), min_size=s, max_size=s)))
    unit = np.array([1.0, 2.0])[:d]
    found = distinct_ends(centers, objectives, unit=unit, room=0.01)
    assert [end.runs for end in found] == grouped(centers, objectives, unit, 0.01)
    assert [end.objective for end in found] == [objectives[end.runs[0]] for end in found]
    assert sum(end.count for end in found) == s


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_neither_numbering_nor_units_nor_place_matter(seed, k):
    random = np.random.default_rng(seed)
    ends, reached = random.normal(size=(3, k, 2)), np.array([0, 1, 0, 2, 1, 0])
    centers = np.stack([random.permutation(ends[end]) for end in reached])
    objectives = np.array([1.0, 2.0, 3.0])[reached]
    found = distinct_ends(centers, objectives)
    assert [end.runs for end in found] == [(0, 2, 5), (1, 4), (3,)]
    elsewhere = distinct_ends(centers * [1e6, 1e-6] + [1e3, -7.0], objectives)
    assert [end.runs for end in elsewhere] == [(0, 2, 5), (1, 4), (3,)]


def test_the_same_centers_with_another_objective_are_another_end():
    """So it is with mixtures, whose covariances differ."""
    centers = np.broadcast_to([[0.0], [5.0]], (3, 2, 1))
    found = distinct_ends(centers, np.array([2.0, 1.0, 1.0]))
    assert [end.runs for end in found] == [(1, 2), (0,)]


@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_a_start_without_an_objective_comes_last(bad):
    found = distinct_ends(np.zeros((3, 1, 1)), np.array([bad, 1.0, bad]))
    assert [end.runs for end in found] == [(1,), (0, 2)]


@pytest.mark.parametrize("size", [1e-308, 1e-160, 1e160, 1e308])
def test_numbers_of_any_size(size):
    centers = np.array([[[size], [-size]], [[-size], [size]], [[0.0], [size]]])
    found = distinct_ends(centers, np.ones(3), unit=np.array([size]))
    assert [end.runs for end in found] == [(0, 1), (2,)]


def test_constant_features_do_not_matter():
    centers = np.array([[[3.0, 7.0]], [[3.0, 7.0]]])
    assert [end.runs for end in distinct_ends(centers, np.ones(2))] == [(0, 1)]


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_matching_is_the_best_of_all_permutations(seed, k):
    one, other = np.random.default_rng(seed).normal(size=(2, k, 2))
    costs = {order: ((one - other[list(order)]) ** 2).sum() for order in permutations(range(k))}
    assert costs[tuple(matching(one, other).tolist())] == min(costs.values())
