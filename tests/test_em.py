"""The loop, with k-means and with a model that somebody else wrote."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emscope import em
from emscope.data.blocks import ArrayBlocks
from emscope.engines.threads import Threads
from emscope.models import kmeans
from emscope.recording import Run
from emscope.stopping import labels_or_shift
from third_models import Centers, Directions

MODEL = kmeans.KMeans()


def run(X, centers, *, weights=None, max_iter=300, tol=0.0, n_threads=1, block_size=64):
    engine = Threads(ArrayBlocks(X, weights, block_size), n_threads)
    stopping = labels_or_shift(tol)
    return list(
        em.steps(MODEL, kmeans.Parameters(np.array(centers)), engine, stopping=stopping, max_iter=max_iter)
    )


@st.composite
def runs(draw):
    n, d = draw(st.integers(2, 80)), draw(st.integers(1, 3))
    k = draw(st.integers(1, min(n, 7)))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = random.normal(size=(n, d)) * draw(st.sampled_from([1.0, 1e-6, 1e6]))
    if draw(st.booleans()):
        X = np.round(X / np.abs(X).max() * 3)  # duplicates and ties
    X += draw(st.sampled_from([0.0, 1e8]))
    weights = random.integers(0, 4, size=n) + (random.integers(n) == np.arange(n)) * 1.0
    return X, X[random.choice(n, k, replace=False)] + draw(st.sampled_from([0.0, 1.0])), weights


@given(runs())
@settings(deadline=None)
def test_the_objective_never_rises(problem):
    X, centers, weights = problem
    values = [s.objective for s in run(X, centers, weights=weights, max_iter=30) if s.objective is not None]
    for before, after in pairwise(values):
        assert after <= before * (1 + 1e-12)


@given(runs())
@settings(deadline=None)
def test_phases_alternate_and_end_with_an_expectation(problem):
    X, centers, weights = problem
    steps = run(X, centers, weights=weights, max_iter=5)
    phases = [step.phase[0] for step in steps]
    assert "".join(phases) == "i" + "em" * ((len(steps) - 2) // 2) + "e"
    assert [step.iteration for step in steps[1:]] == [i // 2 for i in range(len(steps) - 1)]
    assert all(step.counts.sum() == len(X) for step in steps[1:])


@given(runs(), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_permuted_rows_give_permuted_labels(problem, seed):
    X, centers, _ = problem
    order = np.random.default_rng(seed).permutation(len(X))
    first, second = Threads(ArrayBlocks(X), 1), Threads(ArrayBlocks(X[order]), 1)
    # one E-step: later ones may differ where a mean's last bit decides a tie
    for engine in (first, second):
        engine.expectation(MODEL.expectation, kmeans.Parameters(centers))
    np.testing.assert_array_equal(first.labels[order], second.labels)


def test_a_weight_of_two_equals_a_repeated_row():
    random = np.random.default_rng(1)
    X, times = random.normal(size=(60, 2)), random.integers(0, 4, size=60)
    centers = X[:3]
    weighted = run(X, centers, weights=times.astype(float))
    repeated = run(np.repeat(X, times, axis=0), centers)
    assert len(weighted) == len(repeated)
    for one, other in zip(weighted, repeated, strict=True):
        np.testing.assert_allclose(one.centers, other.centers, rtol=1e-12)
        if one.objective is not None:
            assert one.objective == pytest.approx(other.objective, rel=1e-12)


@pytest.mark.parametrize("n_threads", [2, 4])
def test_the_same_bits_for_any_number_of_threads(n_threads):
    X = np.random.default_rng(2).normal(size=(5000, 2))
    for one, other in zip(run(X, X[:9]), run(X, X[:9], n_threads=n_threads), strict=True):
        assert one.centers.tobytes() == other.centers.tobytes()
        assert (one.objective, one.moved) == (other.objective, other.moved)


def test_no_label_changes_is_the_end():
    steps = run(np.array([[0.0], [1.0], [9.0], [10.0]]), [[0.0], [9.0]])
    assert [step.phase for step in steps] == [
        "initialization", "expectation", "maximization", "expectation"
    ]  # fmt: skip
    assert steps[-1].moved == 0
    assert steps[-1].events[0].kind == "converged"
    assert em.n_iterations(steps, 300) == 2


def test_max_iter_is_told_when_points_still_move():
    random = np.random.default_rng(0)
    steps = run(random.normal(size=(200, 2)), random.normal(size=(5, 2)), max_iter=1)
    assert [event.kind for event in steps[-1].events] == ["max_iter", "still_moving"]
    assert "max_iter=1" in steps[-1].events[0].message
    assert em.n_iterations(steps, 1) == 1


def test_a_small_shift_ends_the_run_after_one_more_expectation():
    random = np.random.default_rng(0)
    steps = run(random.normal(size=(200, 2)), random.normal(size=(5, 2)), tol=1e6)
    assert [step.phase for step in steps[-2:]] == ["maximization", "expectation"]
    assert steps[-2].events[0].kind == "converged"
    assert steps[-1].iteration == 1
    assert em.n_iterations(steps, 300) == 1


def test_an_empty_cluster_is_recorded():
    steps = run(np.array([[0.0], [1.0], [10.0]]), [[0.0], [500.0]])
    (event,) = steps[2].events
    assert (event.kind, event.cluster) == ("empty_cluster", 1)
    assert "row 2" in event.message
    assert steps[2].counts.tolist() == [2, 1]


def test_fewer_distinct_points_than_clusters_is_recorded():
    steps = run(np.array([[0.0], [0.0], [1.0]]), [[0.0], [1.0], [5.0]])
    assert "fewer_distinct_points" in [event.kind for event in steps[-1].events]


@pytest.mark.parametrize("far", [1e3, 1e6, 1e9])
def test_a_start_far_away_costs_no_digits(far):
    """The closed form cancels here, so the sums are taken again about the new centers."""
    X = np.random.default_rng(0).normal(size=(500, 2))
    steps = run(X, [[far, -far]], max_iter=1)
    np.testing.assert_allclose(steps[2].centers[0], X.mean(axis=0), rtol=0, atol=1e-15)
    assert steps[2].objective == pytest.approx(((X - X.mean(axis=0)) ** 2).sum(), rel=1e-12)


def test_groups_at_plus_and_minus_1e9():
    """Groups that differ by 5 around +-1e9, which a closed form about the origin gets wrong."""
    random = np.random.default_rng(0)
    means = np.array([-1e9, -1e9 + 5, 1e9, 1e9 + 5])
    X = np.concatenate([random.normal(mean, 0.5, size=(50, 1)) for mean in means])
    steps = run(X, means[:, None] + 1.0)
    assert steps[-1].counts.tolist() == [50, 50, 50, 50]
    inertia = sum(((X[50 * j : 50 * j + 50] - X[50 * j : 50 * j + 50].mean()) ** 2).sum() for j in range(4))
    assert steps[-1].objective == pytest.approx(inertia, rel=1e-9)


def test_a_model_written_by_a_user_gets_the_loop_the_engine_and_the_trace(tmp_path):
    random = np.random.default_rng(0)
    angles = np.concatenate([random.normal(a, 0.2, size=200) for a in (0.0, 2.0, 4.0)])
    X = np.column_stack([np.cos(angles), np.sin(angles)])
    blocks = ArrayBlocks(X, block_size=64)
    with Threads(blocks, 2) as engine:
        half_steps = Run(
            Directions(),
            Centers(X[[0, 200, 400]] @ [[0.8, -0.6], [0.6, 0.8]]),
            engine,
            stopping=labels_or_shift(0.0),
            max_iter=50,
        )
        values = [step.objective for step in half_steps if step.objective is not None]
        assert all(after <= before + 1e-9 for before, after in pairwise(values))
        trace = half_steps.trace(blocks, ("x", "y"), {})
    assert trace.converged
    assert trace.card.name == "directions"
    assert sorted(trace.steps[-1].counts.tolist()) == [200, 200, 200]
    assert trace.steps[-1].labels.tolist() == engine.labels.tolist()
    trace.save(tmp_path / "third.npz")
    assert type(trace).load(tmp_path / "third.npz").card == trace.card
