"""Two clusterings of the same rows."""

import dataclasses
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from emscope import GaussianMixture, KMeans, datasets, study

LABELS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=40)


@given(LABELS)
def test_the_adjusted_rand_index_is_that_of_scikit_learn_and_the_matching_is_the_best(pairs):
    a, b = np.array(pairs).T
    found = study.compare(a, b)
    assert found.adjusted_rand == pytest.approx(adjusted_rand_score(a, b), abs=1e-12)
    k, h = found.contingency.shape
    wide = np.zeros((max(k, h), max(k, h)), int)
    wide[:k, :h] = found.contingency
    best = max(sum(wide[i, j] for i, j in enumerate(order)) for order in permutations(range(max(k, h))))
    assert len(found.changed) == len(a) - best
    names = np.array(found.names_b, dtype=object)
    expected = [
        names[found.matching[found.names_a.index(str(label))]]
        if found.matching[found.names_a.index(str(label))] >= 0
        else None
        for label in a
    ]
    assert found.changed.tolist() == [i for i in range(len(a)) if expected[i] != str(b[i])]
    assert found.contingency.sum() == len(a)
    assert sum(found.table.column("rows").to_pylist()) == len(a)


@pytest.mark.parametrize(
    "b",
    [
        ["x", "x", "y", "y", "z"],
        pd.Series(list("xxyyz"), index=[5, 4, 3, 2, 1]),
        np.array(list("xxyyz"), dtype=object),
        pd.Categorical(list("xxyyz")),
        [2.5, 2.5, 0.5, 0.5, 9.0],
        [True, True, "y", "y", 3],
    ],
    ids=["texts", "series", "objects", "categories", "numbers", "mixed"],
)
def test_labels_may_be_anything(b):
    found = study.compare([7, 7, 3, 3, 5], b)
    assert found.adjusted_rand == 1.0
    assert not len(found.changed)
    assert found.sentence.startswith("Both put the 5 rows into the same clusters")


def test_different_numbers_of_clusters():
    found = study.compare([0, 0, 0, 1, 1, 2], [0, 0, 0, 0, 1, 1])
    assert found.matching.tolist() == [0, 1, -1]
    assert found.changed.tolist() == [3, 5]
    assert found.table.to_pylist()[-1] == {
        "cluster": "2",
        "other cluster": "1",
        "matched": False,
        "rows": 1,
        "share of cluster": 1.0,
        "share of other": 0.5,
    }
    assert "2 of 6 rows are in another cluster (33.3 %; adjusted Rand index" in found.sentence


def test_a_column_is_called_by_its_name():
    found = study.compare([0, 0, 0, 1, 1, 1], ["a", "a", "a", "b", "b", "a"])
    assert "1 of cluster 1 is in a of the other." in found.sentence
    named = dataclasses.replace(found, column="a\nkind").sentence
    assert named == found.sentence.replace("in a of the other", "in a kind a")


def test_models_and_traces_of_the_same_rows():
    X = datasets.penguins().standardized().matrix
    hard, soft = KMeans(3, random_state=0).fit(X), GaussianMixture(3, random_state=0).fit(X)
    truth = study.compare(hard.labels_, soft.predict(X))
    for a, b in ((hard, soft), (hard.trace_, soft.trace_), (hard, soft.predict(X))):
        found = study.compare(a, b)
        assert found.adjusted_rand == truth.adjusted_rand
        assert found.changed.tolist() == truth.changed.tolist()
        assert not found.sampled
    assert f"{len(truth.changed)} of 342 rows are in another cluster" in truth.sentence


def test_traces_of_larger_data_are_compared_by_the_rows_that_both_drew():
    X = np.random.default_rng(0).normal(size=(6000, 2))
    X[:3000] += 6
    a, b = (KMeans(k, random_state=0, max_iter=5).fit(X) for k in (2, 3))
    found = study.compare(a.trace_, b.trace_)
    both = np.intersect1d(a.trace_.sample_indices, b.trace_.sample_indices)
    assert found.n_rows == len(both) > 2000
    assert found.sampled
    assert f"of {len(both):,} drawn rows" in found.sentence
    truth = study.compare(a.labels_[both], b.labels_[both])
    assert found.changed.tolist() == both[truth.changed].tolist()
    one = study.compare(a.trace_, b.labels_)
    assert one.n_rows == len(a.trace_.sample_indices)
    assert study.compare(a, b).n_rows == 6000


def test_rows_of_weight_0_are_no_rows_of_a_trace():
    X = np.array([[0.0], [1.0], [9.0], [10.0], [5.0]])
    weights = [1.0, 1.0, 1.0, 1.0, 0.0]
    model = KMeans(2, random_state=0).fit(X, sample_weight=weights)
    found = study.compare(model.trace_, [0, 0, 1, 1, 2])
    assert found.n_rows == 4
    assert found.adjusted_rand == 1.0


def test_what_cannot_be_compared_is_refused():
    X = np.array([[0.0], [1.0], [9.0], [10.0]])
    model = KMeans(2, random_state=0).fit(X)
    other = KMeans(2, random_state=0).fit(X + 3.0)
    with pytest.raises(ValueError, match="are of 2 and 3 rows"):
        study.compare([0, 1], [0, 1, 1])
    with pytest.raises(ValueError, match="the traces are of different rows"):
        study.compare(model.trace_, other.trace_)
    with pytest.raises(ValueError, match="b has no label in row 1"):
        study.compare([0, 1], ["a", None])
    with pytest.raises(ValueError, match="a has no label in row 0"):
        study.compare([np.nan, 1.0], ["a", "b"])
    with pytest.raises(ValueError, match=r"a must be labels of shape \(n,\), .* not of shape \(2, 1\)"):
        study.compare([[0], [1]], [0, 1])
    with pytest.raises(ValueError, match="b is a GaussianMixture without labels of its rows or a trace"):
        study.compare([0, 1, 1, 1], GaussianMixture(2))
    with pytest.raises(ValueError, match="not of shape"):
        study.compare([], [])


def test_by_chance():
    random = np.random.default_rng(0)
    found = study.compare(random.integers(0, 3, 300), random.integers(0, 3, 300))
    assert found.sentence.endswith("the two agree hardly more than by chance.")
    assert study.compare([0], ["a"]).adjusted_rand == 1.0
