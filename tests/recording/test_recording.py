import importlib
import warnings
from itertools import pairwise

import numpy as np
import pytest

from emscope import GaussianMixture, KMeans
from emscope.recording import Recorder, in_units_of, sampling, stratified_sample, uniform_sample
from emscope.trace import Step


def alternation(iterations, k=2, d=1):
    """Half-steps of a run, each set of centers told by its number."""
    centers = {"centers": np.zeros((k, d))}
    yield Step("initialization", 0, centers)
    for i in range(iterations):
        yield Step("expectation", i, centers, objective=float(-i))
        centers = {"centers": np.full((k, d), i + 1.0)}
        yield Step("maximization", i, centers, objective=-i - 0.5)
    yield Step("expectation", iterations, centers, objective=float(-iterations))


def record(iterations, sets):
    recorder = Recorder(budget=16 * sets)  # one set of 2 centers in 1 dimension has 16 bytes
    for step in alternation(iterations):
        recorder.add(step)
    return recorder.steps


def kept_versions(steps):
    return [int(s.centers[0, 0]) for s in steps if s.phase != "expectation" and s.centers is not None]


def test_a_short_run_is_kept_whole():
    steps = record(7, sets=8)
    assert kept_versions(steps) == list(range(8))


@pytest.mark.parametrize("iterations", [8, 9, 50, 333])
def test_a_long_run_keeps_the_first_the_last_and_some_evenly_between(iterations):
    steps = record(iterations, sets=8)
    kept = kept_versions(steps)
    assert kept[0] == 0
    assert kept[-1] == iterations
    assert 4 <= len(kept) <= 8
    gaps = np.diff(kept)
    assert len(set(gaps[:-1])) == 1
    assert gaps[-1] <= gaps[0]
    assert len(steps) == 2 * iterations + 2
    assert all(step.objective is not None for step in steps[1:])
    for before, after in pairwise(steps):
        if after.phase == "expectation":  # shares the centers of the M-step before it
            assert (after.centers is None) == (before.centers is None)


def test_no_budget_keeps_the_first_and_the_last():
    assert kept_versions(record(20, sets=0)) == [0, 20]


@pytest.mark.parametrize("n", [300, 6000])  # all rows drawn, and a sample of them
def test_thinned_half_steps_have_no_labels(n):
    X = np.random.default_rng(0).normal(size=(n, 2))
    trace = KMeans(5, init=X[:5], record="scalars", tol=0).fit(X).trace_
    assert len(trace.steps) > 8
    for step in trace.steps[3:-2]:
        assert step.centers is None
        assert step.labels is None
    assert trace.steps[-1].labels is not None


@pytest.mark.parametrize("sets", [0, 3, 8, 100])
@pytest.mark.parametrize("cut", [3, 4, 15, 16, 31])  # after a maximization step, or after an expectation step
def test_a_recorder_of_what_another_has_recorded_goes_on_like_it(sets, cut):
    whole, steps = Recorder(budget=16 * sets), list(alternation(40))
    for step in steps[:cut]:
        whole.add(step)
    parted = Recorder.of(whole.steps, whole.stride, whole.budget)
    for step in steps[cut:]:
        whole.add(step)
        parted.add(step)
    assert [step.parameters for step in parted.steps] == [step.parameters for step in whole.steps]


@pytest.mark.parametrize("size", [10, 100, 1000])
def test_every_cluster_is_in_the_sample(size):
    random = np.random.default_rng(0)
    labels = np.concatenate([np.zeros(9000, int), np.ones(900, int), np.full(99, 2), [3]])
    random.shuffle(labels)
    sample = stratified_sample(labels, np.bincount(labels, minlength=4), size)
    assert len(sample) <= size
    assert len(sample) > 0.9 * size - 4
    assert (np.diff(sample) > 0).all()
    counts = np.bincount(labels[sample], minlength=4)
    assert counts.all()
    assert size == 10 or counts[0] > counts[1] > counts[3]
    np.testing.assert_array_equal(sample, stratified_sample(labels, np.bincount(labels, minlength=4), size))


def test_more_clusters_than_places():
    labels = np.arange(1000).repeat(3)
    assert 0 < len(stratified_sample(labels, np.bincount(labels, minlength=1000), 50)) <= 50


def test_very_long_rows_are_drawn_within_a_budget(monkeypatch):
    monkeypatch.setattr(sampling, "POINT_BUDGET", 80 * 50)
    X = np.random.default_rng(0).normal(size=(200, 10))
    assert KMeans(3, random_state=0).fit(X).trace_.points.nbytes <= 80 * 50


def test_few_rows_are_all_drawn():
    assert uniform_sample(7, 10).tolist() == list(range(7))
    assert stratified_sample(np.zeros(7, int), np.array([7]), 10).tolist() == list(range(7))
    assert len(np.unique(uniform_sample(100, 10))) == 10


def test_the_sample_of_a_large_fit_has_the_labels_of_the_fit():
    X = np.random.default_rng(0).normal(size=(20_000, 2))
    model = KMeans(6, random_state=0).fit(X)
    trace = model.trace_
    assert len(trace.points) <= 5000
    np.testing.assert_array_equal(trace.points, X[trace.sample_indices])
    np.testing.assert_array_equal(trace.steps[-1].labels, model.labels_[trace.sample_indices])
    expectation, maximization = trace.steps[3], trace.steps[4]
    assert maximization.labels is expectation.labels


def test_a_trace_in_the_units_of_the_table(three_groups):
    scale = np.array([2.0, 0.1])
    trace = KMeans(3, init=three_groups[:3]).fit(three_groups / scale).trace_
    names = tuple(f"row {i}" for i in range(180))
    told = in_units_of(trace, three_groups, scale, names)
    np.testing.assert_array_equal(told.points, three_groups)
    for one, other in zip(trace.steps, told.steps, strict=True):
        np.testing.assert_allclose(other.centers, one.centers * scale)
        assert other.objective == one.objective
    assert told.steps[2].centers is told.steps[3].centers
    assert told.row_names == names


def test_responsibilities_count_toward_the_budget():
    X = np.random.default_rng(0).normal(size=(600, 2))
    model = GaussianMixture(60, random_state=0, tol=0, max_iter=30, reg_covar=0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X)
    recorder = Recorder(2 << 20)
    for step in model.trace_.steps:
        recorder.add(step)
    held = {
        id(a): a.nbytes
        for s in recorder.steps
        for a in (s.responsibilities, *s.parameters.values())
        if a is not None
    }
    assert sum(held.values()) <= 2 << 20
    assert len([s for s in recorder.steps if s.responsibilities is not None]) > 4


@pytest.mark.parametrize(("record", "expectations"), [(True, 5), ("scalars", 2)])
def test_as_many_rows_are_drawn_as_there_is_room_for_their_responsibilities(
    record, expectations, monkeypatch
):
    """Only expectation steps whose parameters were kept have responsibilities of their own."""
    monkeypatch.setattr(importlib.import_module("emscope.recording.run"), "PARAMETER_BUDGET", 8 * 3 * 1000)
    X = np.random.default_rng(0).normal(size=(6000, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trace = GaussianMixture(3, random_state=0, tol=0, max_iter=4, record=record).fit(X).trace_
    assert sum(step.responsibilities is not None for step in trace.steps[1::2]) == expectations
    assert len(trace.points) == pytest.approx(1000 / expectations, rel=0.05)


def test_a_point_is_drawn_however_small_the_budget(monkeypatch):
    monkeypatch.setattr(importlib.import_module("emscope.recording.run"), "PARAMETER_BUDGET", 1)
    X = np.random.default_rng(0).normal([0.0, 0.0], 1.0, (6000, 2))
    X[3000:] += 20.0
    assert len(GaussianMixture(2, random_state=0, tol=1.0).fit(X).trace_.points) == 1
