"""Every kernel gives the labels of the plain loops and the sums of the plain kernel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from emscope import KMeans
from emscope.data.blocks import ArrayBlocks
from emscope.engines.engine import put_in_row_order
from emscope.engines.threads import Threads
from emscope.kernels.choice import kernel_for, kernel_for_one_step
from emscope.kernels.hard.assignment import assign_plainly
from emscope.kernels.hard.bounds import Bounds
from emscope.kernels.hard.cells import Cells
from emscope.kernels.hard.lloyd import assign_compiled
from emscope.kernels.hard.products import Products
from emscope.kernels.kernel import Workspace, in_turn
from emscope.models import kmeans
from emscope.models.statistics import ClusterStatistics
from sharing import cut_at

MODEL = kmeans.KMeans()


def compiled(rows, weights):
    return Workspace(assign_compiled)


def cells(rows, weights, share=in_turn):
    made = Cells(rows, weights, share)
    return Workspace(made.assign, made.restore)


def bounds(rows, weights):
    return Workspace(Bounds(rows, Products).assign)


def products(rows, weights):
    return Workspace(Bounds(rows, Products, pruned=False).assign)


def assigned(kernel, X, weights, centers):
    """Return the labels in the order of the rows, and the sums."""
    labels = np.full(len(X), -1, np.int32)
    sums = kernel.step(X, weights, centers, labels)
    by_row = np.full(len(X), -1, np.int32)
    put_in_row_order(labels, by_row, kernel)
    return by_row, sums


@st.composite
def problems(draw, features=(1, 2, 3, 4), dtypes=(np.float32, np.float64)):
    """Rows and centers full of ties and duplicates, at offsets, in groups far apart."""
    n, d, k = draw(st.integers(1, 120)), draw(st.sampled_from(features)), draw(st.integers(1, 12))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["grid", "normal", "far groups", "one point", "tiny"]))
    if kind == "grid":
        X, centers = random.integers(-3, 4, size=(n, d)), random.integers(-3, 4, size=(k, d))
    elif kind == "one point":
        X, centers = np.full((n, d), 2.5), random.integers(2, 4, size=(k, d))
    else:
        X, centers = random.normal(size=(n, d)), random.normal(size=(k, d))
    if kind == "far groups":
        X = X + random.choice([-1e9, 1e9, 1e9 + 5], size=(n, 1))
        centers = X[random.choice(n, k)] + random.integers(0, 2, size=(k, d))
    scale, offset = draw(st.sampled_from([(1.0, 0.0), (1e-30, 0.0), (1e30, 0.0), (1.0, 1e8), (1.0, 1e12)]))
    dtype = draw(st.sampled_from(dtypes))
    if dtype == np.float32:
        scale, offset = 1.0, min(offset, 1e4)
    weights = random.integers(0, 3, size=n).astype(float)
    return (X * scale + offset).astype(dtype), (centers * scale + offset).astype(dtype), weights


@pytest.mark.parametrize("prepare", [bounds, products])
@given(problem=problems())
@settings(deadline=None, max_examples=150)
def test_labels_of_the_plain_loops(prepare, problem):
    assert_plain(prepare, *problem)


@given(problem=problems(features=(2, 5)))
@settings(deadline=None, max_examples=150)
def test_all_pairs_give_the_labels_of_the_plain_loops(problem):
    assert_plain(compiled, *problem)


@given(problem=problems(features=(2, 4), dtypes=[np.float64]))
@settings(deadline=None, max_examples=150)
def test_cells_give_the_labels_of_the_plain_loops(problem):
    assert_plain(cells, *problem)


@pytest.mark.slow  # compiles anew for every number of features
@pytest.mark.parametrize("prepare", [compiled, cells])
@given(problem=problems())
@settings(deadline=None, max_examples=300)
def test_labels_of_the_plain_loops_for_any_few_features(prepare, problem):
    assert_plain(prepare, *problem)


def assert_plain(prepare, X, centers, weights):
    plain = np.empty(len(X), np.int32)
    labels, got = assigned(prepare(X, weights), X, weights, centers)
    expected = assign_plainly(X, weights, centers, plain)
    assert labels.tolist() == plain.tolist() == naive.expectation(X, centers).tolist()
    assert got.counts.tolist() == expected.counts.tolist()
    np.testing.assert_allclose(got.weights, expected.weights, rtol=1e-14)
    size = np.abs(X.astype(float)[:, None] - centers).max(initial=0) * max(weights.sum(), 1)
    np.testing.assert_allclose(got.sums, expected.sums, rtol=1e-10, atol=1e-13 * size)
    np.testing.assert_allclose(got.scatter, expected.scatter, rtol=1e-10, atol=0)


@st.composite
def runs(draw):
    """Rows of many features, a start, and what kind of steps the centers take."""
    n, d, k = draw(st.integers(1, 400)), draw(st.integers(1, 40)), draw(st.integers(1, 30))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["groups", "grid", "copies", "far groups", "one far row", "near ties"]))
    groups = random.normal(size=(5, d))[random.integers(5, size=n)]
    X = {
        "groups": groups + 0.1 * random.normal(size=(n, d)),
        "grid": random.integers(0, 3, size=(n, d)).astype(float),
        "copies": groups,
        "far groups": groups + random.choice([-1e9, 1e9, 1e9 + 5], size=(n, 1)),
        "one far row": groups + 1e6 * (np.arange(n) == 0)[:, None],
        "near ties": 1.0 + 1e-7 * random.integers(-2, 3, size=(n, d)),
    }[kind]
    scale, offset = draw(st.sampled_from([(1.0, 0.0), (1e-30, 0.0), (1e30, 0.0), (1e-140, 0.0), (1.0, 1e8)]))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    if dtype == np.float32:
        scale, offset = 1.0, min(offset, 1e4)
    X = (X * scale + offset).astype(dtype)
    return X, X[random.integers(n, size=k)], draw(st.sampled_from(["lloyd", "jump", "stay"])), random


@pytest.mark.parametrize("scale", [1e39, 1e145, 1e-38, 1e-42, 1e-44, 1e-60])
def test_bounds_hold_beyond_the_range_of_single_precision(scale):
    random = np.random.default_rng(0)
    for _ in range(20):
        X, centers = random.normal(size=(40, 2)) * scale, random.normal(size=(5, 2)) * scale
        kernel = bounds(X, np.ones(40))
        for _ in range(5):
            plain = np.empty(40, np.int32)
            labels, _ = assigned(kernel, X, np.ones(40), centers)
            assign_plainly(X, np.ones(40), centers, plain)
            assert labels.tolist() == plain.tolist()
            centers = centers + random.normal(size=(5, 2)) * scale * 0.3


@pytest.mark.parametrize("prepare", [bounds, products])
@given(run=runs())
@settings(deadline=None, max_examples=120)
def test_labels_of_the_plain_loops_at_every_step(prepare, run):
    X, centers, movement, random = run
    weights = random.integers(0, 3, size=len(X)).astype(float)
    kernel = prepare(X, weights)
    for _ in range(5):
        plain = np.empty(len(X), np.int32)
        labels, got = assigned(kernel, X, weights, centers)
        expected = assign_plainly(X, weights, centers, plain)
        assert labels.tolist() == plain.tolist()
        np.testing.assert_allclose(got.scatter, expected.scatter, rtol=1e-12, atol=0)
        if movement == "lloyd":
            centers = MODEL.maximization(
                ClusterStatistics(centers.astype(float), *got), kmeans.Parameters(centers)
            ).centers
        elif movement == "jump":
            centers = X[random.integers(len(X), size=len(centers))]


def test_bounds_spare_comparisons_and_a_step_depends_on_its_centers_alone():
    random = np.random.default_rng(0)
    X = random.normal(size=(3000, 12)) + 4 * random.integers(0, 4, size=(3000, 1))
    ones, kept = np.ones(len(X)), Bounds(X, Products)
    centers, labels = X[:20].copy(), np.empty(len(X), np.int32)
    for _ in range(15):
        sums = kept.assign(X, ones, centers, labels)
        fresh = Bounds(X, Products).assign(X, ones, centers, labels.copy())
        for one, other in zip(sums, fresh, strict=True):
            assert one.tobytes() == other.tobytes()
        centers = centers + sums.sums / np.maximum(sums.weights, 1)[:, None]
    assert kept.computed < 0.5 * 15 * len(X) * len(centers)


def compiled_anew(*features):
    return [pytest.param(d, marks=pytest.mark.slow) for d in features]


@pytest.mark.parametrize("d", [*compiled_anew(1, 3, 4), 2, 5, 6, 7, 8, 11, 30])
@pytest.mark.parametrize("n", [1, 255, 256, 257, 1000])
def test_the_compiled_kernel_takes_any_number_of_rows_and_features(n, d):
    random = np.random.default_rng(d)
    X, centers = random.normal(size=(n, d)), random.normal(size=(9, d))
    labels = np.empty(n, np.int32)
    got = assign_compiled(X, np.ones(n), centers, labels)
    assert labels.tolist() == naive.expectation(X, centers).tolist()
    assert got.scatter.sum() == pytest.approx(naive.inertia(X, labels, centers), rel=1e-12)


@pytest.mark.parametrize("d", [*compiled_anew(1, 3), 2, 4])
@pytest.mark.parametrize("kind", ["normal", "uniform", "heavy tails", "copies", "a line"])
def test_cells_of_many_rows(d, kind):
    random = np.random.default_rng(0)
    n, k = 20_000, 40
    X = {
        "normal": random.normal(size=(n, d)),
        "uniform": random.uniform(size=(n, d)),
        "heavy tails": random.standard_cauchy(size=(n, d)),
        "copies": random.normal(size=(50, d))[random.integers(50, size=n)],
        "a line": np.repeat(random.normal(size=(n, 1)), d, axis=1),
    }[kind]
    prepared = cells(X, np.ones(n))
    centers = X[random.choice(n, k, replace=False)].copy()
    for _ in range(4):
        plain = np.empty(n, np.int32)
        labels, got = assigned(prepared, X, np.ones(n), centers)
        expected = assign_plainly(X, np.ones(n), centers, plain)
        np.testing.assert_array_equal(labels, plain)
        np.testing.assert_allclose(got.scatter, expected.scatter, rtol=1e-10)
        centers = centers + got.sums / np.maximum(got.weights, 1)[:, None]


@pytest.mark.parametrize("algorithm", ["lloyd", "cells"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_half_step_of_a_large_fit(algorithm, dtype):
    random = np.random.default_rng(1)
    X = (random.normal(size=(30_000, 2)) + 1e3).astype(dtype)
    settings = {"n_clusters": 30, "init": X[:30], "max_iter": 6, "algorithm": algorithm}
    fits = [KMeans(**settings, n_threads=threads).fit(X) for threads in (1, 2, 4)]
    for step in fits[0].trace_.steps:
        if step.phase == "expectation":
            np.testing.assert_array_equal(step.labels, naive_labels(fits[0].trace_.points, step.centers))
    for other in fits[1:]:
        assert other.cluster_centers_.tobytes() == fits[0].cluster_centers_.tobytes()
        assert other.labels_.tobytes() == fits[0].labels_.tobytes()
        assert other.inertia_ == fits[0].inertia_
    np.testing.assert_array_equal(fits[0].predict(X), fits[0].labels_)


def naive_labels(X, centers):
    labels = np.empty(len(X), np.int32)
    assign_plainly(X, np.ones(len(X)), centers, labels)
    return labels


@pytest.mark.parametrize("width", [5e-324, 1e-310, 1e-300, 1e140])
def test_cells_at_both_ends_of_the_range(width):
    """The grid that puts rows in order has infinite numbers where rows are too close for it."""
    random = np.random.default_rng(0)
    X = np.c_[random.choice([-width, 0.0, width], size=3000), random.normal(size=3000)]
    centers = np.array([[0.0, -1.0], [0.0, 1.0]])
    labels, _ = assigned(cells(X, np.ones(3000)), X, np.ones(3000), centers)
    assert labels.tolist() == naive_labels(X, centers).tolist()


@given(cuts=st.lists(st.integers(0, 300), max_size=6), weighted=st.booleans())
@settings(max_examples=20)
def test_no_bit_of_cells_depends_on_how_their_work_is_shared(cuts, weighted):
    random = np.random.default_rng(0)
    X = random.normal(size=(40_000, 2))
    weights = random.integers(1, 4, size=len(X)).astype(float) if weighted else np.ones(len(X))
    centers = X[:7].astype(np.float64)
    labels, sums = assigned(cells(X, weights), X, weights, centers)
    shared_labels, shared_sums = assigned(cells(X, weights, cut_at(cuts)), X, weights, centers)
    assert labels.tobytes() == shared_labels.tobytes()
    assert [field.tobytes() for field in sums] == [field.tobytes() for field in shared_sums]


def test_a_lost_workspace_costs_time_and_nothing_else():
    X = np.random.default_rng(0).normal(size=(20_000, 2))
    parameters = kmeans.Parameters(X[:8].copy())

    def run(forget):
        with Threads(
            ArrayBlocks(X), 1, lambda block, share: cells(block.rows, block.weights, share)
        ) as engine:
            for _ in range(3):
                if forget:
                    engine._workspaces.clear()
                statistics, moved = engine.expectation(MODEL.expectation, parameters)
            return statistics, moved

    (kept, moved), (lost, moved_too) = run(False), run(True)
    assert moved.rows == moved_too.rows == 0
    assert kept.sums.tobytes() == lost.sums.tobytes()


@pytest.mark.parametrize(
    ("n", "d", "k", "algorithm", "expected"),
    [
        (300, 2, 4, "auto", "_plain"),
        (300, 2, 4, "lloyd", "_plain"),
        (300, 2, 4, "cells", "_cells"),
        (1_000_000, 2, 64, "auto", "_cells"),
        (1_000_000, 4, 8, "auto", "_cells"),
        (1_000_000, 5, 8, "auto", "_fused_unpruned"),
        (1_000_000, 5, 102, "auto", "_fused_unpruned"),
        (1_000_000, 5, 103, "auto", "_fused"),
        (1_000_000, 5, 8, "bounds", "_fused"),
        (1_000_000, 64, 8, "auto", "_fused"),
        (1_000_000, 128, 8, "auto", "_fused"),
        (1_000_000, 129, 8, "auto", "_bounds"),
        (1_000_000, 32, 32, "auto", "_sketched"),
        (1_000_000, 31, 64, "auto", "_fused"),
        (1_000_000, 64, 31, "auto", "_fused"),
        (20_000, 64, 64, "auto", "_fused"),
        (20_000, 768, 64, "auto", "_sketched"),
        (1_000_000, 64, 64, "bounds", "_fused"),
        (1_000_000, 16, 64, "bounds", "_fused"),
        (1_000_000, 2, 64, "bounds", "_bounds"),
        (1_000_000, 2, 64, "lloyd", "_lloyd"),
        (1_000_000, 16, 8, "lloyd", "_fused_unpruned"),
        (1_000_000, 160, 8, "lloyd", "_lloyd"),
        (1_000_000, 160, 64, "lloyd", "_products"),
        (2_000, 2, 500, "auto", "_cells"),
    ],
)
def test_the_choice_depends_on_n_d_k_alone(n, d, k, algorithm, expected):
    assert kernel_for(n, d, k, algorithm).prepare.__name__ == expected


def test_cells_need_few_features():
    with pytest.raises(ValueError, match="algorithm='cells' takes at most 4 features, got 5"):
        KMeans(2, algorithm="cells").fit(np.random.default_rng(0).normal(size=(20, 5)))


@pytest.mark.parametrize(
    ("n", "d", "k", "expected"),
    [
        (300, 2, 4, "_plain"),
        (1_000_000, 2, 8, "_lloyd"),
        (1_000_000, 2, 64, "_cells"),
        (1_000_000, 16, 8, "_fused_unpruned"),
        (1_000_000, 16, 64, "_fused_unpruned"),
        (1_000_000, 160, 8, "_lloyd"),
        (1_000_000, 160, 64, "_products"),
    ],
)
def test_one_step_keeps_no_bounds(n, d, k, expected):
    assert kernel_for_one_step(n, d, k).prepare.__name__ == expected
