import numpy as np
import pytest

from emscope.data.blocks import Block
from emscope.kernels.hard.assignment import PLAIN
from emscope.models import kmeans
from emscope.models.relocation import farthest_rows

MODEL = kmeans.KMeans()


def expectation(X, centers, weights=None):
    block = Block(0, 0, X, np.ones(len(X)) if weights is None else weights)
    parameters = kmeans.Parameters(np.asarray(centers))
    labels = np.empty(len(X), dtype=np.int32)
    return block, parameters, labels, MODEL.expectation(block, parameters, labels)


def repaired(X, centers, weights=None):
    block, parameters, labels, statistics = expectation(X, centers, weights)
    statistics, relocations, _ = MODEL.repair(
        statistics, parameters, lambda function: function(block, labels)
    )
    return statistics, relocations, MODEL.maximization(statistics, parameters).centers


X = np.array([[0.0], [1.0], [2.0], [10.0]])


def test_an_empty_cluster_takes_the_farthest_row_from_its_owner():
    statistics, (relocation,), centers = repaired(X, [[1.0], [-50.0]])
    assert (relocation.cluster, relocation.row, relocation.donor) == (1, 3, 0)
    assert relocation.distance == pytest.approx(9.0)
    assert centers.tolist() == [[1.0], [10.0]]
    assert statistics.counts.tolist() == [3, 1]
    assert statistics.weights.tolist() == [3.0, 1.0]


def test_the_objective_after_a_relocation_is_right():
    statistics, _, centers = repaired(X, [[1.0], [-50.0]])
    assert MODEL.objective(statistics, kmeans.Parameters(centers)) == pytest.approx(2.0)


def test_an_empty_center_far_away_costs_no_digits():
    statistics, _, centers = repaired(X + 0.1, [[1.1], [-1e12]])
    assert centers[1] == X[3] + 0.1
    assert MODEL.objective(statistics, kmeans.Parameters(centers)) == pytest.approx(2.0, rel=1e-12)


def test_two_empty_clusters_take_the_two_farthest_in_order():
    _, relocations, centers = repaired(X, [[1.2], [-50.0], [-60.0]])
    assert [(r.cluster, r.row) for r in relocations] == [(1, 3), (2, 0)]
    assert centers.tolist() == [[1.5], [10.0], [0.0]]


def test_of_equally_far_rows_the_first_is_taken():
    _, (relocation,), _ = repaired(np.array([[1.0], [-1.0], [0.0]]), [[0.0], [9.0]])
    assert relocation.row == 0


def test_the_row_that_adds_most_to_the_objective_is_taken_and_not_the_farthest():
    _, (relocation,), centers = repaired(X, [[1.0], [-50.0]], np.array([1.0, 1.0, 100.0, 1.0]))
    assert relocation.row == 2  # 100 times 1 is more than 81
    assert centers[1] == 2.0


def test_a_row_that_hardly_counts_is_hardly_ever_taken():
    """What happens changes with a weight that goes to 0 as if the row went."""
    _, (relocation,), _ = repaired(X, [[1.0], [-50.0]], np.array([1.0, 1.0, 1.0, 1e-12]))
    assert relocation.row == 0


def test_a_row_of_weight_0_is_never_taken():
    _, (relocation,), centers = repaired(X, [[1.0], [-50.0]], np.array([1.0, 1.0, 1.0, 0.0]))
    assert relocation.row == 0  # as far as row 2, and before it
    assert centers[1] == 0.0


def test_weights_are_respected():
    _, _, centers = repaired(X, [[1.0], [-50.0]], np.array([1.0, 1.0, 3.0, 2.0]))
    np.testing.assert_allclose(centers, [[7 / 5], [10.0]])


def test_nothing_moves_when_every_row_lies_on_its_center():
    statistics, relocations, centers = repaired(np.array([[0.0], [0.0], [5.0]]), [[0.0], [5.0], [9.0]])
    assert relocations == ()
    assert centers.tolist() == [[0.0], [5.0], [9.0]]
    assert statistics.counts.tolist() == [2, 1, 0]


def test_a_donor_left_with_nothing_stays_where_it_is():
    _, relocations, centers = repaired(np.array([[0.0], [1.0], [20.0]]), [[0.5], [12.0], [-90.0]])
    assert [(r.cluster, r.donor) for r in relocations] == [(2, 1)]
    assert centers.tolist() == [[0.5], [12.0], [20.0]]


def test_the_farthest_rows_do_not_depend_on_the_order_of_blocks():
    random = np.random.default_rng(0)
    rows = random.integers(0, 4, size=(40, 1)).astype(float)  # many equal distances
    centers, labels = np.array([[0.0]]), np.zeros(40, dtype=np.int32)
    blocks = [Block(i, 10 * i, rows[10 * i : 10 * i + 10], np.ones(10)) for i in range(4)]
    parts = [farthest_rows(block, labels[:10], centers, 7, PLAIN) for block in blocks]
    one = parts[0].merge(parts[1]).merge(parts[2]).merge(parts[3])
    other = parts[3].merge(parts[1].merge(parts[2])).merge(parts[0])
    whole = farthest_rows(Block(0, 0, rows, np.ones(40)), labels, centers, 7, PLAIN)
    assert one.indices.tolist() == other.indices.tolist() == whole.indices.tolist()
