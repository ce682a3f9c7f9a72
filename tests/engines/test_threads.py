import gc
import threading
import weakref
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import naive
from emscope.data.blocks import ArrayBlocks
from emscope.engines.threads import Threads, fold
from emscope.kernels.choice import kernel_for
from emscope.models import kmeans

MODEL = kmeans.KMeans()


@dataclass(frozen=True)
class Parenthesized:
    """Remembers in which order it was merged."""

    text: str

    def merge(self, other):
        return Parenthesized(f"({self.text}{other.text})")


@pytest.mark.parametrize(
    ("parts", "tree"),
    [
        ("a", "a"),
        ("ab", "(ab)"),
        ("abc", "((ab)c)"),
        ("abcd", "((ab)(cd))"),
        ("abcde", "(((ab)(cd))e)"),
        ("abcdefg", "(((ab)(cd))((ef)g))"),
    ],
)
def test_the_fold_is_one_fixed_tree(parts, tree):
    assert fold(Parenthesized(letter) for letter in parts).text == tree


@pytest.mark.parametrize("n_threads", [2, 4, 64])
def test_the_same_bits_for_any_number_of_threads(n_threads):
    random = np.random.default_rng(0)
    X = random.normal(size=(1000, 3))
    parameters = kmeans.Parameters(X[:5].copy())

    def run(threads):
        with Threads(ArrayBlocks(X, block_size=64), threads) as engine:
            statistics, moved = engine.expectation(MODEL.expectation, parameters)
            return statistics, moved, engine.labels

    (one, moved_one, labels_one), (many, moved_many, labels_many) = run(1), run(n_threads)
    assert moved_one == moved_many == (1000, 1000.0)
    np.testing.assert_array_equal(labels_one, labels_many)
    for name in ("counts", "weights", "sums", "scatter"):
        np.testing.assert_array_equal(getattr(one, name), getattr(many, name))


def test_no_row_has_a_label_before_the_first_expectation_step():
    with Threads(ArrayBlocks(np.zeros((5, 1)), block_size=2), 2) as engine:
        assert engine.labels.tolist() == [-1] * 5


def test_moved_counts_the_labels_that_changed():
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    engine = Threads(ArrayBlocks(X, block_size=2), 1)
    engine.expectation(MODEL.expectation, kmeans.Parameters(np.array([[0.0], [3.0]])))
    _, moved = engine.expectation(MODEL.expectation, kmeans.Parameters(np.array([[0.9], [3.0]])))
    assert moved == (0, 0.0)
    _, moved = engine.expectation(MODEL.expectation, kmeans.Parameters(np.array([[0.9], [9.0]])))
    assert moved == (2, 2.0)


def test_what_moved_weighs_what_its_rows_weigh():
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    engine = Threads(ArrayBlocks(X, np.array([1.0, 0.5, 2.0, 4.0]), block_size=2), 1)
    engine.expectation(MODEL.expectation, kmeans.Parameters(np.array([[0.9], [3.0]])))
    _, moved = engine.expectation(MODEL.expectation, kmeans.Parameters(np.array([[0.9], [9.0]])))
    assert moved == (2, 6.0)


@pytest.mark.parametrize("n_threads", [1, 3])
def test_an_interrupted_step_leaves_the_labels_as_they_were(n_threads):
    X = np.arange(100.0)[:, None]
    with Threads(ArrayBlocks(X, block_size=2), n_threads) as engine:
        engine.expectation(MODEL.expectation, kmeans.Parameters(np.array([[0.0], [99.0]])))
        before = engine.labels.copy()
        started = []

        def interrupted(block, parameters, labels, workspace):
            started.append(block.index)
            labels[:] = 7
            if len(started) == 3:
                raise KeyboardInterrupt
            return MODEL.statistics_about(block, np.zeros_like(labels), parameters, parameters)

        with pytest.raises(KeyboardInterrupt):
            engine.expectation(interrupted, kmeans.Parameters(np.array([[50.0]])))
        np.testing.assert_array_equal(engine.labels, before)
    assert len(started) < 30  # of 50 blocks; a few are under way in each thread


@pytest.mark.parametrize("n_threads", [1, 3])
def test_labels_that_ctrl_c_found_half_in_order_are_put_in_order_again(n_threads, monkeypatch):
    X = np.random.default_rng(0).normal(size=(5000, 2))
    model = kmeans.KMeans(kernel_for(*X.shape, 4, "cells"))
    with Threads(ArrayBlocks(X), n_threads, model.prepare, spanning=True) as engine:
        engine.expectation(model.expectation, kmeans.Parameters(X[:4].copy()))

        def interrupted(*arguments):
            raise KeyboardInterrupt

        monkeypatch.setattr("emscope.engines.threads.put_in_row_order", interrupted)
        with pytest.raises(KeyboardInterrupt):
            engine.labels  # noqa: B018 - it is asked for
        monkeypatch.undo()
        assert engine.labels.tolist() == naive.expectation(X, X[:4]).tolist()


def test_results_are_held_for_a_few_blocks_of_each_thread_only():
    done = []
    with Threads(ArrayBlocks(np.zeros((1000, 1)), block_size=1), 2) as engine:
        for index, _ in enumerate(engine.map(lambda block: done.append(block.index))):
            assert len(done) <= index + 40
    assert sorted(done) == list(range(1000))


def test_blas_gets_its_threads_back_when_the_last_fit_is_over():
    def threads():
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    first, second = (Threads(ArrayBlocks(np.zeros((2, 1))), 1, blas=True).alone() for _ in range(2))
    with threadpool_limits(2, user_api="blas"):
        before = threads()
        with ExitStack() as one, ExitStack() as other:
            one.enter_context(first)
            other.enter_context(second)
            assert set(threads()) == {1}
            one.close()
            assert set(threads()) == {1}  # the other is still at it
        assert threads() == before


def test_no_thread_is_left_behind():
    before = threading.active_count()
    X = np.arange(100.0)[:, None]
    with Threads(ArrayBlocks(X, block_size=8), 4) as engine:
        engine.expectation(MODEL.expectation, kmeans.Parameters(X[:2].copy()))
        assert threading.active_count() > before
    assert threading.active_count() == before


def test_an_engine_and_its_rows_go_without_a_garbage_collector():
    """A circle of an engine and what it keeps would hold the rows of a fit until one comes by."""
    gc.disable()
    try:
        engine = Threads(ArrayBlocks(np.arange(6.0)[:, None]), 1, MODEL.prepare)
        engine.expectation(MODEL.expectation, kmeans.Parameters(np.array([[0.0], [5.0]])))
        still_there = weakref.ref(engine)
        engine.close()
        del engine
        assert still_there() is None
    finally:
        gc.enable()
