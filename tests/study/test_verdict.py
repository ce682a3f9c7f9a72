"""From votes to a verdict: the rules, one by one."""

import numpy as np

from emscope.results.choose_k import Scored
from emscope.study.verdict import verdict

KS = [1, 2, 3, 4]


def scores(votes, stability=(0.95, 0.9, 0.8)):
    values = {"stability": np.array([np.nan, *stability])}
    none = np.full(4, np.nan)
    return [
        Scored(name, np.array(KS), values.get(name, none), none, "higher", vote, True, "", "", "")
        for name, vote in votes.items()
    ]


def said(votes, evidence=20.0, **how):
    return verdict(KS, scores(votes, **how), evidence)


def test_all_agree():
    found = said({"variance ratio": 3, "silhouette": 3, "gap": 3, "stability": 3})
    assert (found.k, found.shown) == (3, 3)
    assert found.sentence == (
        "3 clusters: variance ratio, silhouette, gap and stability agree. From half of the rows all clusters "
        "come back, the worst with a mean Jaccard similarity of 0.90."
    )


def test_the_number_for_convenience_is_the_most_stable_one_only_if_its_clusters_come_back():
    votes = {"variance ratio": 4, "silhouette": 4, "gap": 3, "stability": None}
    found = said(votes, stability=(0.7, 0.6, 0.5))
    assert found.answer.endswith("k = 2, the most stable one, is shown for convenience.")
    assert found.recovery == (
        "From half of the rows not all clusters come back: the worst has a mean Jaccard similarity of 0.70."
    )
    none = said(votes, stability=(0.0, 0.0, 0.0))
    assert none.answer.endswith(
        "with 4 not all clusters come back from half of the rows. k = 2 is shown for convenience."
    )


def test_who_disagrees_is_named():
    found = said({"variance ratio": 2, "silhouette": 2, "gap": 4, "stability": 2})
    assert found.k == 2
    assert "but gap is for 4" in found.sentence


def test_stability_decides_between_two_and_two():
    assert said({"variance ratio": 4, "silhouette": 3, "gap": 4, "stability": 3}).k == 3
    assert said({"variance ratio": 4, "silhouette": 2, "gap": 4, "stability": 2}).k == 2
    assert said({"variance ratio": 4, "silhouette": 2, "gap": 3, "stability": 3}).k == 3


def test_one_vote_each_is_no_number():
    found = said({"variance ratio": 4, "silhouette": 2, "gap": 3, "stability": None})
    assert (found.k, found.shown) == (None, 2)
    assert found.sentence.startswith("No number of clusters stands out")
    assert "most stable" in found.sentence


def test_clusters_that_do_not_come_back_are_no_number():
    votes = {"variance ratio": 4, "silhouette": 4, "gap": 4, "stability": 2}
    assert said(votes, stability=(0.9, 0.8, 0.7)).k is None
    assert said(votes, stability=(0.9, 0.8, 0.76)).k == 4


def test_without_evidence_there_may_be_no_clusters():
    votes = {"variance ratio": 4, "silhouette": 4, "gap": 1, "stability": 4}
    found = said(votes, evidence=3.9)
    assert (found.k, found.shown) == (1, 2)
    assert "are for 4" in found.sentence
    assert said({**votes, "gap": 4}, evidence=4.1).k == 4


def test_mixtures_go_by_their_information():
    assert said({"BIC": 1, "ICL": 1, "stability": 2}, evidence=None).k == 1
    overlapping = said({"BIC": 4, "ICL": 1, "stability": 2}, evidence=None)
    assert overlapping.k == 1
    assert "overlap" in overlapping.sentence
    assert said({"BIC": 3, "ICL": 2, "stability": 2}, evidence=None).k == 2


def test_a_number_with_as_many_against_it_stands_out_narrowly():
    found = said({"variance ratio": 2, "silhouette": 2, "gap": 4, "stability": 4}, stability=(1.0, 0.9, 0.88))
    assert found.k == 4
    assert found.sentence.startswith(
        "4 clusters, narrowly: gap and stability agree, but variance ratio and silhouette are for 2."
    )
    assert "narrowly" not in said({"variance ratio": 2, "silhouette": 2, "gap": 4, "stability": 2}).sentence
    two = {"variance ratio": 3, "silhouette": 2, "gap": None, "stability": 3}
    assert "silhouette is for 2 and gap is for no number" in said(two).sentence
    assert "narrowly" not in said(two).sentence


def test_one_number_is_no_choice():
    assert verdict([1], [], None).k == 1
    asked = [
        Scored("silhouette", np.array([3]), np.array([0.5]), np.array([0.1]), "higher", 3, True, "", "", "")
    ]
    found = verdict([3], asked, None)
    assert (found.k, found.shown) == (3, 3)
    assert found.sentence == (
        "k = 3 is the only number that was tried, so nothing says that there are 3 clusters."
    )
