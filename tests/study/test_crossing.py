"""Columns that took no part, counted by cluster."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import chi2_contingency

from emscope.study.crossing import cramers_v, crossings


@pytest.mark.parametrize("seed", range(5))
def test_cramers_v_is_the_bias_corrected_one_of_chi_squared(seed):
    random = np.random.default_rng(seed)
    table = random.integers(1, 30, (3, 4))
    n = table.sum()
    chi_squared = chi2_contingency(table, correction=False).statistic
    corrected = max(0, chi_squared / n - 2 * 3 / (n - 1))
    truth = np.sqrt(corrected / (min(3 - 4 / (n - 1), 4 - 9 / (n - 1)) - 1))
    assert cramers_v(table.astype(float), n) == pytest.approx(truth)


def test_it_is_1_for_the_same_partition_0_for_names_and_nothing_for_one_category():
    assert cramers_v(np.diag([5.0, 7.0, 2.0]), 14) == pytest.approx(1)
    assert cramers_v(np.eye(30)[:, :30].reshape(2, 15, 30).sum(axis=1), 30) == 0
    assert np.isnan(cramers_v(np.array([[3.0], [4.0]]), 7))
    assert cramers_v(np.array([[3.0, 0.0, 1.0], [1.0, 0.0, 3.0]]), 8) == cramers_v(
        np.array([[3.0, 1.0], [1.0, 3.0]]), 8
    )


LABELS = np.array([0, 0, 1, 1, 1])


@pytest.mark.parametrize(
    "given",
    [
        {"c": ["a", None, "b", "b", "a"]},
        {"c": pd.Series(["a", pd.NA, "b", "b", "a"])},
        pd.DataFrame({"c": ["a", np.nan, "b", "b", "a"]}),
        pd.DataFrame({"c": pd.Categorical(["a", None, "b", "b", "a"])}),
        pl.DataFrame({"c": ["a", None, "b", "b", "a"]}),
        {"c": np.array(["a", None, "b", "b", "a"], dtype=object)},
    ],
    ids=["lists", "series", "pandas", "categories", "polars", "objects"],
)
def test_columns_of_any_kind_are_counted_and_missing_values_are_not(given):
    (found,) = crossings(given, None, LABELS, 2, np.ones(5))
    assert found.categories == ("a", "b")
    assert found.masses.tolist() == [[1, 0], [1, 2]]


def test_weights_count_and_twice_the_weight_is_not_twice_the_evidence():
    weights = np.array([2.0, 0.0, 1.0, 1.0, 3.0])
    given = {"c": list("aabba")}
    (found,) = crossings(given, None, LABELS, 2, weights)
    assert found.masses.tolist() == [[2, 0], [3, 2]]
    (double,) = crossings(given, None, LABELS, 2, 2 * weights)
    assert double.cramers_v == found.cramers_v


def test_the_telling_category_is_the_one_most_in_excess():
    (found,) = crossings({"c": list("abbab")}, None, LABELS, 3, np.ones(5))
    assert found.telling(0) == (0, 0.5, 0.4)
    assert found.telling(2) == (0, 0.0, 0.0)  # a cluster without rows
