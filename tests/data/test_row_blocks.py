"""Rows as numbered blocks of one size."""

import numpy as np
import pytest

from emscope.data.blocks import ArrayBlocks, block_rows, by_weight, distinct_rows


@pytest.mark.parametrize(
    ("n_samples", "n_features", "rows"),
    [
        (1, 2, 1 << 12),
        (1, 5, 1 << 12),
        (10**9, 4, 1 << 14),
        (10**9, 5, 1 << 16),
        (1 << 20, 4, 1 << 14),  # 64 blocks
        ((1 << 20) - 1, 4, 1 << 13),
        (1 << 21, 5, 1 << 16),  # 32 blocks
        ((1 << 21) - 1, 5, 1 << 15),
    ],
)
def test_blocks_are_as_large_as_leaves_work_for_all_threads(n_samples, n_features, rows):
    assert block_rows(n_samples, n_features) == rows


def test_every_row_is_in_one_block():
    X, weights = np.arange(12.0).reshape(6, 2), np.arange(6.0)
    for size, counts in ((2, [2, 2, 2]), (4, [4, 2]), (8, [6])):
        blocks = ArrayBlocks(X, weights, block_size=size)
        assert [len(block.rows) for block in blocks] == counts
        assert np.concatenate([block.rows for block in blocks]).tolist() == X.tolist()
        assert np.concatenate([block.weights for block in blocks]).tolist() == weights.tolist()
        assert [block.start for block in blocks][1:] == [block.stop for block in blocks][:-1]
        for outside in (-1, len(counts)):
            with pytest.raises(IndexError):
                blocks[outside]


def test_rows_without_weights_weigh_one():
    blocks = ArrayBlocks(np.ones((3, 2), dtype=np.float32), block_size=2)
    assert [block.weights.tolist() for block in blocks] == [[1.0, 1.0], [1.0]]
    assert (blocks.weighted, blocks.total_weight, blocks.n_samples, blocks.n_features) == (False, 3.0, 3, 2)
    assert blocks.dtype == np.float32
    weighted = ArrayBlocks(np.ones((3, 2)), np.array([1.0, 0.5, 2.0]), block_size=2)
    assert (weighted.weighted, weighted.total_weight) == (True, 3.5)


def test_variances_are_right_far_from_zero():
    X = np.array([[1.0, 5.0], [2.0, 5.0], [6.0, 5.0]]) + 1e9
    assert ArrayBlocks(X, block_size=2).variances().tolist() == pytest.approx([14 / 3, 0.0])


def test_distinct_rows_count_once_if_they_weigh_anything():
    X = np.array([[0.0, 1.0], [-0.0, 1.0], [1.0, 1.0], [2.0, 1.0], [2.0, 1.0], [3.0, 1.0]])
    weights = np.array([1.0, 1.0, 0.0, 1.0, 1.0, 0.5])
    for size in (2, 8):
        assert distinct_rows(ArrayBlocks(X, weights, block_size=size), enough=9) == 3
        assert distinct_rows(ArrayBlocks(X, block_size=size), enough=9) == 4
        assert distinct_rows(ArrayBlocks(X, block_size=size), enough=2) == 2


def test_variances_are_weighted():
    X = np.random.default_rng(0).normal(size=(30, 3)) + 1e6
    weights = np.random.default_rng(1).integers(0, 4, 30).astype(float)
    repeated = ArrayBlocks(np.repeat(X, weights.astype(int), axis=0))
    np.testing.assert_allclose(
        ArrayBlocks(X, weights, block_size=8).variances(), repeated.variances(), rtol=1e-9
    )
    huge = ArrayBlocks(X, weights * 1e290).variances()
    np.testing.assert_allclose(huge, repeated.variances(), rtol=1e-9)


def test_a_stray_first_row_that_hardly_counts_costs_the_variances_no_digits():
    X = np.concatenate([[[1e15]], np.random.default_rng(0).normal(size=(30, 1))])
    weights = np.r_[1e-40, np.ones(30)]
    np.testing.assert_allclose(ArrayBlocks(X, weights).variances(), X[1:].var(axis=0), rtol=1e-9)


def test_rows_of_weight_0_are_set_apart():
    X = np.arange(12.0).reshape(6, 2)
    counting, others = by_weight(X, np.array([0.0, 2.0, 1.0, 0.0, 1.0, 3.0]))
    assert counting.n_left_out == others.n_samples == 2
    np.testing.assert_array_equal(counting.X, X[[1, 2, 4, 5]])
    assert counting.numbers(np.array([0, 3])).tolist() == [1, 5]
    assert others.numbers(np.array([0, 1])).tolist() == [0, 3]
    assert counting.weighted
    assert not others.weighted


def test_blocks_know_the_numbers_of_their_rows_in_the_data():
    counting, _ = by_weight(np.zeros((9, 1)), np.arange(9.0) % 3)
    blocks = ArrayBlocks(counting.X, counting.weights, 4, counting.in_data, counting.n_left_out)
    assert [block.numbers(np.arange(len(block.rows))).tolist() for block in blocks] == [[1, 2, 4, 5], [7, 8]]
    plain = ArrayBlocks(counting.X, block_size=4)
    assert [block.numbers(np.array([0, 1])).tolist() for block in plain] == [[0, 1], [4, 5]]


def test_without_a_row_of_weight_0_nothing_is_copied():
    X = np.zeros((5, 2))
    for weights in (None, np.ones(5), np.arange(1.0, 6.0)):
        counting, others = by_weight(X, weights)
        assert counting.X is X
        assert others is None
        assert counting.weighted == (weights is not None and weights[-1] > 1)
