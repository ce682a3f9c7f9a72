"""What a profile says, compared with plain sums."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emscope import GaussianMixture, KMeans, SphericalKMeans, datasets, read_table, study
from emscope.wording import number


def of_labels(X, labels, k):
    """A model whose rows have these labels: every row comes with a feature that says so."""
    X = np.column_stack([X, 1e4 * np.asarray(labels)])
    return KMeans(k, init=np.array([np.r_[np.zeros(X.shape[1] - 1), 1e4 * j] for j in range(k)])).fit(X), X


def plain(X, labels, weights):
    """Between and total sums of squares of every feature, exactly rounded."""
    between, total = [], []
    for column in X.T:
        mean = math.fsum(weights * column) / math.fsum(weights)
        total.append(math.fsum(weights * (column - mean) ** 2))
        parts = []
        for c in set(labels.tolist()):
            own = labels == c
            if weights[own].sum() > 0:
                center = math.fsum(weights[own] * column[own]) / math.fsum(weights[own])
                parts.append(weights[own].sum() * (center - mean) ** 2)
        between.append(math.fsum(parts))
    return np.array(between), np.array(total)


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")
@settings(deadline=None, max_examples=30)
@given(st.data())
def test_shares_and_explained_variance_are_what_the_formulas_say(data):
    random = np.random.default_rng(data.draw(st.integers(0, 999)))
    n, d, k = data.draw(st.integers(6, 30)), data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    X = random.normal(size=(n, d)).round(2)
    weights = random.integers(0, 4, n).astype(float) if data.draw(st.booleans()) else np.ones(n)
    weights[: k + 1] = 1.0
    labels = np.r_[np.arange(k), random.integers(0, k, n - k)]
    model, X = of_labels(X, labels, k)
    found = study.profile(model, X, sample_weight=weights)
    between, total = plain(X, labels, weights)
    if k == 1:
        assert np.isnan(found.shares).all()
        return
    np.testing.assert_allclose(found.shares, between / between.sum(), rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(found.variances, total / total.sum(), rtol=1e-9)
    np.testing.assert_allclose(found.explained, between / total, rtol=1e-9)
    assert found.shares.sum() == pytest.approx(1, abs=1e-12)
    assert found.weights.sum() == weights.sum()
    assert found.sizes.tolist() == np.bincount(labels, minlength=k).tolist()


@pytest.fixture(scope="module")
def penguins():
    table = read_table(datasets.path("penguins.csv"), label_column="species", standardize=True)
    return KMeans(3, random_state=0).fit(table.matrix), table


def test_a_table_is_told_in_its_own_units(penguins):
    model, table = penguins
    found = study.profile(model, table)
    labels = model.labels_
    for j in range(3):
        np.testing.assert_allclose(found.means[j], table.values[labels == j].mean(axis=0))
    np.testing.assert_allclose(found.centers, found.means, rtol=1e-6)
    between, _ = plain(table.matrix, labels, np.ones(len(labels)))
    np.testing.assert_allclose(found.shares, between / between.sum())


def test_sentences_and_table_agree(penguins):
    model, table = penguins
    found = study.profile(model, table)
    lines = found.table.to_pylist()
    assert len(lines) == 12
    for cluster, sentence in enumerate(found.sentences):
        own = {line["feature"]: line for line in lines if line["cluster"] == cluster}
        told = [name for name in own if f" {name} " in sentence]
        assert sorted(own[name]["rank"] for name in told) == [1, 2, 3]
        for name in told:
            line = own[name]
            assert f"{name} {number(line['mean'])}" in sentence
            assert f"against {number(line['overall mean'])}" in sentence
            assert f"({line['difference in sd']:+.1f} sd)" in sentence
        assert f"({found.sizes[cluster]} rows, " in sentence
    first = max(lines[:4], key=lambda line: line["share"])
    assert f"{first['feature']} has {100 * first['share']:.0f} %" in found.sentence
    explained = 100 * first["explained variance"]
    assert f"{explained:.0f} % of the variance of {first['feature']}" in found.sentence
    assert lines[0].keys() == {
        *("cluster", "feature", "rank", "center", "mean", "overall mean", "difference", "difference in sd"),
        *("share", "explained variance"),
    }


def test_the_label_column_and_what_is_given_are_counted_by_cluster(penguins):
    model, table = penguins
    frame = pd.read_csv(datasets.path("penguins.csv"))
    heavy = np.where(frame["body_mass_g"] > 4500, "heavy", None)
    found = study.profile(model, table, left_out={"weight": heavy, "nothing": [None] * 344})
    assert [one.column for one in found.left_out] == ["species", "island", "sex", "weight", "nothing"]
    species, _, sex, weight, nothing = found.left_out
    assert weight.masses.sum() == np.count_nonzero(heavy[table.kept] == "heavy")
    assert np.isnan(weight.cramers_v)
    assert nothing.categories == ()
    own = frame.iloc[table.kept]
    for one in (species, sex):
        truth = pd.crosstab(model.labels_, own[one.column])[list(one.categories)]
        assert one.masses.tolist() == truth.to_numpy().tolist()
    assert "species is associated with the clusters most (Cramer's V 0.92)" in found.sentence
    assert found.sentences[0].endswith("species Gentoo in 100 % of its rows against 36 % of all.")


def test_two_clusters_that_differ_in_a_column_of_two_values_alone_are_remarked_on():
    random = np.random.default_rng(0)
    group, member = random.integers(0, 2, (2, 400))
    X = np.column_stack([random.normal(10 * group, 1), random.normal(size=400), 6.0 * member])
    found = study.profile(KMeans(4, random_state=0).fit(X), X, feature_names=["income", "noise", "member"])
    assert {one.feature for one in found.divided} == {2}
    assert len(found.divided) == 2
    for pair in found.divided:
        assert abs(found.means[pair.first, 0] - found.means[pair.second, 0]) < 1
        assert abs(found.means[pair.first, 2] - found.means[pair.second, 2]) == 6
        assert f"{pair.first} and {pair.second}" in found.sentence
    assert "differ in member alone, 0 in one and 6 in the other" in found.sentence
    assert all("member = " in sentence for sentence in found.sentences)


def test_a_column_of_three_values_or_clusters_that_differ_in_more_are_not_remarked_on():
    random = np.random.default_rng(0)
    group, level = random.integers(0, 2, 300), random.integers(0, 3, 300)
    X = np.column_stack([random.normal(10 * group, 1), 10.0 * level])
    assert not study.profile(KMeans(6, random_state=0).fit(X), X).divided
    both = np.column_stack([random.normal(10 * group, 1), 9.0 * group])
    assert not study.profile(KMeans(2, random_state=0).fit(both), both).divided


def test_a_feature_that_decides_by_its_units_is_remarked_on():
    random = np.random.default_rng(0)
    X = np.column_stack([random.normal(size=(60, 2)), 1000 * random.normal(size=60)])
    names = ["a", "b", "grams"]
    found = study.profile(KMeans(2, random_state=0).fit(X), X, feature_names=names)
    assert "grams has more than 99 % of all variance in these units: standardize" in found.sentence
    even = study.profile(KMeans(2, random_state=0).fit(X / X.std(axis=0)), X / X.std(axis=0))
    assert "standardize" not in even.sentence


def test_one_cluster_one_feature_and_constant_features():
    X = np.array([[1.0, 5.0], [2.0, 5.0], [9.0, 5.0], [9.5, 5.0]])
    alone = study.profile(KMeans(1).fit(X), X)
    assert alone.sentence == "There is one cluster, so nothing sets clusters apart."
    assert alone.sentences == ("cluster 0 (4 rows, 100 %): as all rows on average, in every feature.",)
    assert str(alone.rules[0]) == "every row"
    found = study.profile(KMeans(2, random_state=0).fit(X), X)
    assert found.shares.tolist() == [1.0, 0.0]
    assert np.isnan(found.explained).tolist() == [False, True]
    assert found.table.column("explained variance").to_pylist()[1] is None
    single = study.profile(KMeans(2, random_state=0).fit(X[:, :1]), X[:, :1])
    assert single.sentence.startswith("Of the sum of squares between clusters x1 has 100 %;")


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_clusters_without_rows_are_told_so():
    X = np.array([[0.0], [0.0], [4.0], [4.0]])
    found = study.profile(KMeans(3, init=[[0.0], [4.0], [99.0]]).fit(X), X)
    (lost,) = np.flatnonzero(found.sizes == 0)
    assert found.sentences[lost] == f"cluster {lost} (0 rows, 0 %): no row that counts."
    assert str(found.rules[lost]) == "no row"
    assert np.isnan(found.differences[lost]).all()
    assert found.table.column("rank").to_pylist()[lost] is None
    assert found.shares.tolist() == [1.0]


def test_rows_of_weight_0_have_a_cluster_and_no_say():
    random = np.random.default_rng(0)
    X = random.normal(size=(60, 2)) + np.repeat([[0.0], [8.0]], 30, axis=0)
    model = KMeans(2, random_state=0).fit(X)
    more = np.r_[X, [[1e3, 1e3]]]
    weights = np.r_[np.ones(60), 0.0]
    found, alone = study.profile(model, more, sample_weight=weights), study.profile(model, X)
    np.testing.assert_array_equal(found.shares, alone.shares)
    np.testing.assert_array_equal(found.means, alone.means)
    assert found.sizes.sum() == 61
    assert found.weights.sum() == 60


def test_mixtures_and_directions():
    table = datasets.penguins()
    mixture = GaussianMixture(2, random_state=0).fit(table.matrix)
    found = study.profile(mixture, table)
    assert found.sizes.tolist() == np.bincount(mixture.predict(table.matrix)).tolist()
    np.testing.assert_allclose(found.centers, mixture.means_)
    turned = SphericalKMeans(2, random_state=0).fit(table.matrix)
    found = study.profile(turned, table)
    units = table.matrix / np.linalg.norm(table.matrix, axis=1, keepdims=True)
    between, _ = plain(units, turned.labels_, np.ones(len(units)))
    np.testing.assert_allclose(found.shares, between / between.sum(), rtol=1e-9)


def test_a_data_frame_keeps_its_names_and_a_fit_to_it_does_not_warn():
    frame = pd.DataFrame({"age": [1.0, 2.0, 9.0, 10.0], "cluster": [0.0, 1.0, 0.0, 1.0]})
    found = study.profile(KMeans(2, random_state=0).fit(frame), frame)
    assert found.feature_names == ("age", "cluster")
    assert found.table.column("feature").to_pylist()[:2] == ["age", "cluster"]


def test_names_that_no_file_can_hold_are_written_all_the_same():
    X = np.array([[0.0, 1.0], [0.1, 1.0], [9.0, 2.0], [9.1, 2.0]])
    found = study.profile(KMeans(2, random_state=0).fit(X), X, feature_names=["a\udc80", "a\udc80"])
    assert found.table.column("feature").to_pylist() == ["a\\udc80"] * 4
    assert "<td>a" in found._repr_html_()


def test_histograms_have_all_of_the_weight():
    random = np.random.default_rng(0)
    X = random.normal(size=(50, 3))
    weights = random.integers(1, 4, 50).astype(float)
    found = study.profile(KMeans(2, random_state=0).fit(X), X, sample_weight=weights)
    drawn = found.distributions
    assert drawn.features.tolist() == found.order.tolist()
    np.testing.assert_allclose(drawn.masses.sum(axis=2).T, np.tile(found.weights, (3, 1)))
    for edges, j in zip(drawn.edges, drawn.features, strict=True):
        truth, _ = np.histogram(np.clip(X[:, j], edges[0], edges[-1]), edges, weights=weights)
        np.testing.assert_allclose(drawn.masses.sum(axis=0)[list(drawn.features).index(j)], truth)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"feature_names": ["a"]}, "feature_names has 1 names, and there are 2 features"),
        ({"left_out": {"color": ["red"]}}, "left_out has 1 values in column 'color', and there are 4 rows"),
        ({"left_out": 3}, "left_out must be a data frame or a mapping of names to columns, not int"),
        ({"sample_weight": [1.0]}, "sample_weight"),
    ],
    ids=["names", "length", "kind", "weights"],
)
def test_what_cannot_be_used_is_refused(how, says):
    X = [[0.0, 1.0], [0.5, 1.0], [9.0, 3.0], [9.0, 2.0]]
    with pytest.raises(ValueError, match=says):
        study.profile(KMeans(2, random_state=0).fit(X), X, **how)


@pytest.fixture(scope="module")
def spenders():
    """Two groups by money alone, whose geometric means are near 20 and 3,000."""
    random = np.random.default_rng(0)
    money = np.exp(np.where(np.arange(200) < 120, np.log(20), np.log(3000)) + 0.3 * random.normal(size=200))
    frame = pa.table({"spent": money, "age": random.normal(50, 5, 200)})
    table = read_table(frame, log="spent", standardize=True)
    return table, money, KMeans(2, random_state=0).fit(table.matrix)


def test_logarithms_are_told_in_the_units_of_their_column(spenders):
    table, money, model = spenders
    found = study.profile(model, table)
    overall = np.exp(np.log(money).mean())
    for j, sentence in enumerate(found.sentences):
        own = np.exp(np.log(money[model.labels_ == j]).mean())
        assert f"spent {number(own)} in the geometric mean against {number(overall)} of all rows" in sentence
        assert "log" not in sentence
    assert found.feature_names[0] == "log spent"
    assert found.table.column("feature").to_pylist()[0] == "log spent"


def test_rules_about_logarithms_are_told_in_the_units_of_their_column(spenders):
    table, money, model = spenders
    found = study.profile(model, table)
    for j, rule in enumerate(found.rules):
        (condition,) = rule.conditions
        assert str(rule).startswith("spent ")
        assert 20 < condition.threshold < 3000
        chosen = money > condition.threshold if condition.above else money <= condition.threshold
        np.testing.assert_array_equal(rule.selects(table.values), chosen)
        np.testing.assert_array_equal(chosen, model.labels_ == j)


def test_what_is_strange_about_a_row_is_told_in_the_units_of_its_column(spenders):
    table, _, model = spenders
    values = table.values.copy()
    values[7, 0] = np.log(0.004)
    odd = dataclasses.replace(table, values=values, matrix=values / table.preparation.scale)
    (first, *_) = study.rows(model, odd).oddities
    assert first.told[0] == "spent"
    assert first.told[1] == pytest.approx(0.004)
    assert "row 8 (spent 0.004000, where the middle of its cluster has" in study.rows(model, odd).sentence
