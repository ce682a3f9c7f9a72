"""Rules that tell clusters apart: few conditions, round thresholds, and an honest fidelity."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emscope.study.rules import roundest, rules_of


def rules(X, labels, weights=None, levels=None):
    names = [f"x{j + 1}" for j in range(X.shape[1])]
    levels = np.full((X.shape[1], 2), np.nan) if levels is None else levels
    w = np.ones(len(X)) if weights is None else weights
    return rules_of(X, labels, w, np.bincount(labels), names, levels)


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
def test_a_rounded_threshold_selects_the_same_rows(one, other):
    low, high = sorted((one, other))
    if low == high:
        return
    cut = roundest(low, high)
    assert low <= cut < high
    assert len(f"{cut:g}") <= max(len(f"{low!r}"), len(f"{(low / 2 + high / 2)!r}"))


def test_thresholds_have_as_few_digits_as_they_can():
    assert [roundest(*gap) for gap in ((17.63, 17.71), (0.0, 1.0), (1180.0, 2320.0), (-3.4, 0.9))] == [
        *(17.7, 0.0, 2000.0, 0.0),
    ]
    assert roundest(0.1, np.nextafter(0.1, 1)) == 0.1
    assert roundest(-5e-324, 0.0) == -5e-324


def test_separate_groups_have_one_condition_each_and_are_found_whole():
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 40)
    X = np.column_stack([random.normal([0, 10, 20], 1, (40, 3)).T.ravel(), random.normal(size=120)])
    found, fidelity = rules(X, labels)
    assert [len(rule.conditions) for rule in found] == [1, 2, 1]
    for j, rule in enumerate(found):
        assert (rule.selects(X) == (labels == j)).all()
    assert str(found[0]) == f"x1 ≤ {found[0].conditions[0].threshold:g}"
    np.testing.assert_array_equal(fidelity, 1.0)


def test_fidelity_is_of_rows_that_a_rule_has_not_seen():
    seen, unseen = [], []
    for seed in range(6):  # labels by chance: what a rule learns is worth nothing
        random = np.random.default_rng(seed)
        X, labels = random.normal(size=(150, 5)), random.integers(0, 2, 150)
        found, fidelity = rules(X, labels)
        seen += [np.mean(labels[rule.selects(X)] == j) for j, rule in enumerate(found)]
        unseen += fidelity[:, 0].tolist()
    assert np.mean(seen) > 0.65
    assert abs(np.mean(unseen) - 0.5) < 0.05


def test_fidelity_of_large_tables_is_that_of_the_rule_that_is_shown():
    random = np.random.default_rng(0)
    X = random.normal(size=(6000, 2))
    labels = (X[:, 0] + random.normal(0, 0.5, 6000) > 0).astype(int)
    found, fidelity = rules(X, labels)
    for j, rule in enumerate(found):
        chosen = rule.selects(X)
        assert abs(np.mean(labels[chosen] == j) - fidelity[j, 0]) < 0.02
        assert abs(np.mean(chosen[labels == j]) - fidelity[j, 1]) < 0.02


def test_no_rule_has_more_than_three_conditions_and_rows_of_no_weight_do_not_count():
    random = np.random.default_rng(1)
    X = random.uniform(size=(300, 4))
    labels = ((X > 0.5).sum(axis=1) > 2).astype(int)
    weights = np.r_[np.ones(200), np.zeros(100)]
    found, _ = rules(X, labels, weights)
    same, _ = rules(X[:200], labels[:200])
    assert [str(rule) for rule in found] == [str(rule) for rule in same]
    assert max(len(rule.conditions) for rule in found) <= 3


def test_features_of_two_values_are_told_by_the_value():
    random = np.random.default_rng(0)
    flag = random.integers(0, 2, 80)
    X = np.column_stack([random.normal(size=80), 3.0 * flag])
    found, _ = rules(X, flag, levels=np.array([[np.nan, np.nan], [0.0, 3.0]]))
    assert list(map(str, found)) == ["x2 = 0", "x2 = 3"]


def test_lone_rows_and_values_far_from_zero():
    X = np.array([[1e15], [1e15 + 1], [1e15 + 2], [1e15 + 9]])
    found, fidelity = rules(X, np.array([0, 0, 0, 1]))
    assert found[1].selects(X).tolist() == [False, False, False, True]
    assert fidelity[1, 1] == 0  # a rule that has not seen the row cannot know of it
    assert np.isnan(fidelity[1, 0])


def test_large_tables_are_sampled_so_that_small_clusters_have_rules():
    random = np.random.default_rng(0)
    labels = np.r_[np.zeros(20_000, int), np.ones(60, int)]
    X = random.normal(size=(20_060, 2))
    X[labels == 1, 0] += 12
    found, fidelity = rules(X, labels)
    assert (found[1].selects(X) == (labels == 1)).all()
    np.testing.assert_array_equal(fidelity, 1.0)
