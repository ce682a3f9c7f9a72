"""What a stability says of clusters, by Hennig's thresholds."""

import numpy as np
import pytest

from emscope.results.choose_k import ChooseK
from emscope.results.stability import Stability


def stability(jaccard, n_rows=300, n_sampled=300, interrupted=False):
    """A stability whose two resamples lie a little above and below what is asked for."""
    jaccard = np.array(jaccard, dtype=float)
    k = len(jaccard)
    return Stability(
        similarities=np.array([jaccard, jaccard]),
        adjusted_rand=np.array([0.5, 0.7]),
        rows=np.ones(n_rows),
        shares=np.full(k, 1 / k),
        n_rows=n_rows,
        n_sampled=n_sampled,
        sampled=np.arange(n_sampled),
        drawn=np.arange(2 * n_sampled).reshape(2, -1) % 2 == 0,
        counts=np.full(n_sampled, 2.0),
        model="kmeans",
        parameters={"n_clusters": k},
        starts=np.zeros((2, k, 1)),
        interrupted=interrupted,
    )


def test_thresholds_are_hennigs():
    found = stability([0.85, 0.849, 0.75, 0.6, 0.599, 0.501, 0.5, np.nan])
    assert found.verdicts == (
        "highly stable", "stable", "stable", "doubtful", "unstable", "unstable", "dissolved", "never drawn",
    )  # fmt: skip


def test_all_stable_is_said_with_its_doubt():
    sentence = stability([0.9, 0.999]).sentence
    assert sentence.startswith(
        "Both clusters are highly stable: in 2 fresh fits, each to half of the rows, they come back with a "
        "mean Jaccard similarity of 0.90 to 0.99."
    )
    assert sentence.endswith("so stable need not mean real.")


def test_clusters_are_told_by_what_is_found_of_them():
    assert stability([0.4, 0.9, 0.3, 0.7]).sentence == (
        "Cluster 1 (0.90) is highly stable; cluster 3 (0.70) is there, with rows that come and go; clusters "
        "0 (0.40) and 2 (0.30) dissolve. Numbers are mean Jaccard similarities in 2 fresh fits, each to half "
        "of the rows, whose labels of all rows have an adjusted Rand index of 0.60 on average."
    )


def test_a_sample_and_an_interruption_are_said():
    sentence = stability([0.9, 0.8], n_rows=20_000, n_sampled=10_000, interrupted=True).sentence
    assert (
        "2 fresh fits before it was interrupted, each to half of a stratified sample of 10,000 of the "
        in (sentence)
    )
    assert "20,000 rows" in sentence


def test_a_single_cluster_says_nothing():
    assert stability([1.0]).sentence == "A single cluster is found again in any rows, which says nothing."


def test_means_leave_out_resamples_without_the_cluster():
    found = stability([0.9, 0.8])
    similarities = np.array([[0.9, np.nan], [0.5, 0.8], [0.7, np.nan]])
    found = Stability(
        **{name: getattr(found, name) for name in found.__slots__} | {"similarities": similarities}
    )
    assert found.jaccard == pytest.approx([0.7, 0.8])
    assert found.errors[0] == pytest.approx(0.2 / np.sqrt(3))
    assert np.isnan(found.errors[1])


def test_the_table_has_a_line_for_every_cluster():
    table = stability([0.9, 0.4]).table
    assert table.column_names == [
        "cluster", "share", "Jaccard", "error", "verdict", "found again", "dissolved",
    ]  # fmt: skip
    assert table["verdict"].to_pylist() == ["highly stable", "dissolved"]
    assert table["found again"].to_pylist() == [1, 0]
    assert table["dissolved"].to_pylist() == [0, 1]


def test_weights_of_a_resample():
    weights = stability([0.9, 0.8], n_rows=6, n_sampled=4).weights_of(0, 6)
    assert weights.tolist() == [2, 0, 2, 0, 0, 0]


def verdict(recovery):
    return ChooseK(
        3, "3 clusters: all agree.", {}, (), {}, None, 3, 50, 50, 50, {}, False, None, "kmeans", None, {},
        recovery, "A remark.",
    )  # fmt: skip


def test_a_verdict_tells_the_figure_of_the_study_beside_it():
    own = "From half of the rows all clusters come back, the worst with a mean Jaccard similarity of 0.80."
    assert verdict(own).sentence == f"3 clusters: all agree. {own} A remark."
    assert verdict(own).beside(stability([0.97, 0.919, 0.99])).verdict == (
        "3 clusters: all agree. From half of the rows all clusters come back, the worst with a mean Jaccard "
        "similarity of 0.91. A remark."
    )
    assert verdict(own).beside(stability([0.97, 0.74, 0.99])).verdict == (
        "3 clusters: all agree. From half of the rows not all clusters come back: the worst has a mean "
        "Jaccard similarity of 0.74. A remark."
    )
    assert "too small to say" in verdict(own).beside(stability([0.97, np.nan])).verdict


def test_a_verdict_without_such_a_figure_stays():
    assert verdict("").beside(stability([0.9, 0.9])).verdict == "3 clusters: all agree. A remark."
