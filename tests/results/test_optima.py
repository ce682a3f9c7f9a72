"""What is said of the ends of many starts."""

import numpy as np
import pytest

from emscope import KMeans
from emscope.results.optima import Optima


def optima(
    objectives=(4.0, 5.0, 8.0), frequencies=(50, 30, 20), known=None, from_zero=True, interrupted=False
):
    e = len(objectives)
    return Optima(
        objectives=np.array(objectives),
        frequencies=np.array(frequencies),
        centers=np.arange(e * 2.0).reshape(e, 2, 1) * 10,
        labels=np.zeros((e, 7), np.int32),
        known=known,
        runs=np.repeat(np.arange(e), frequencies),
        starts=np.zeros((e, 2, 1)),
        unit=np.array([10.0]),
        objective_name="inertia",
        from_zero=from_zero,
        model="kmeans",
        parameters={"n_clusters": 2},
        interrupted=interrupted,
    )  # fmt: skip


def test_several_ends_are_told_with_how_much_worse_they_are():
    assert optima().sentence == (
        "100 starts came to 3 different ends, 50 of them to the best (inertia 4.000); the next is 25 % "
        "worse, the worst 100 % worse. A better end may exist: one that such starts reach less often than "
        "about once in 33 may have been missed."
    )


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (
            optima((4.0,), (100,)),
            "All 100 starts came to the same end (inertia 4.000). A better end may exist",
        ),
        (
            optima((4.0,), (1,)),
            "The only start came to the same end (inertia 4.000). So few starts say little",
        ),
        (optima((4.0, 4.01), (5, 5)), "; the other is 0.25 % worse."),
        (
            optima((4.0, 4.001, 4.002, 5.0), (5, 6, 7, 8)),
            "(inertia 4.000) and 13 to ends at most 0.1 % worse;",
        ),
        (optima((4.0, 4.001, 4.002, 5.0), (5, 6, 7, 8)), "; the worst is 25 % worse."),
        (optima((4.0, 4.001, 5.0, 6.0), (5, 6, 7, 8)), "; the next is 25 % worse, the worst 50 % worse."),
        (optima((4.0, 80.0), (5, 5)), "; the other is 20 times as much."),
        (optima((0.0, 80.0), (5, 5)), "; the other is many times as much."),
        (optima((-3.0, -2.5), (5, 5), from_zero=False), "; the other is 0.5 worse."),
        (optima(known=4.0), "No clustering of this feature is better: the best of all was computed."),
        (
            optima(known=3.0),
            "No start reached the best clustering of this feature, which was computed: inertia 3.0",
        ),
        (optima(interrupted=True), "100 starts before the study was interrupted came to 3 different ends"),
    ],
    ids=[
        "one",
        "single",
        "two",
        "near",
        "one worse",
        "next",
        "far",
        "zero",
        "mixture",
        "known",
        "missed",
        "interrupted",
    ],
)
def test_what_is_known_is_said(found, says):
    assert says in found.sentence


def test_whether_the_best_end_is_the_optimum():
    assert optima().at_optimum is None
    assert optima(known=4.0 - 1e-12).at_optimum is True
    assert optima(known=3.9).at_optimum is False
    assert optima(known=2.0).excess.tolist() == [1.0, 1.5, 3.0]
    assert optima((0.0, 2.0), (1, 1)).excess.tolist() == [0.0, np.inf]


def test_a_fit_stands_at_the_end_that_its_centers_are_near():
    found, fit = optima(), KMeans(2)
    assert found.standing(fit) is None
    fit.cluster_centers_ = np.array([[30.3], [20.1]])  # the clusters of end 1, the other way round
    assert found.standing(fit) == 1
    fit.cluster_centers_ = np.array([[31.0], [20.1]])
    assert found.standing(fit) is None
    fit.cluster_centers_ = np.zeros((3, 1))
    assert found.standing(fit) is None


def test_the_table_has_a_line_for_every_end():
    table = optima().table
    assert table.column_names == ["end", "inertia", "worse by", "starts", "share"]
    assert table["worse by"].to_pylist() == [0, 0.25, 1]
    assert table["share"].to_pylist() == [0.5, 0.3, 0.2]
