"""What is said of single rows."""

import numpy as np
import pandas as pd
import pytest

from emscope import GaussianMixture, KMeans, SphericalKMeans, datasets, read_table, study
from emscope.estimators.rows import row_figures


@pytest.fixture(scope="module")
def groups():
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 3)) + np.repeat([[0.0], [12.0]], 100, axis=0)
    X[7] = [0.0, 9.0, 0.0]
    X[150] = [12.0, 12.0, 21.0]
    return X


def test_a_planted_row_is_odd_and_its_feature_is_named(groups):
    found = study.rows(KMeans(2, random_state=0).fit(groups), groups)
    assert set(found.odd[:2].tolist()) == {7, 150}
    by_row = {one.row: one for one in found.oddities}
    assert (by_row[7].feature, by_row[7].value) == ("x2", 9.0)
    assert (by_row[150].feature, by_row[150].value) == ("x3", 21.0)
    assert "row 7 (x2 9.000, where the middle of its cluster has " in found.sentence


def test_oddness_is_robust_and_within_each_cluster(groups):
    model = KMeans(2, random_state=0).fit(groups)
    found = study.rows(model, groups)
    for j in (0, 1):
        own = found.distance[found.labels == j]
        middle = np.median(own)
        spread = 1.4826 * np.median(np.abs(own - middle))
        np.testing.assert_allclose(found.oddness[found.labels == j], (own - middle) / spread)
    assert (np.diff(found.oddness[found.odd]) <= 0).all()
    assert set(found.odd) == set(np.flatnonzero(found.oddness > 3.5))


def test_duplicates_leave_something_to_measure_with():
    X = np.r_[np.zeros((50, 1)), [[1.0]], np.full((50, 1), 30.0)]
    found = study.rows(KMeans(2, random_state=0).fit(X), X)
    assert found.odd.tolist() == [50]
    same = np.repeat([[0.1, 0.7], [9.3, 9.1]], 30, axis=0)
    assert not len(study.rows(KMeans(2, random_state=0).fit(same), same).odd)


@pytest.mark.parametrize("model", [KMeans(3, random_state=0), SphericalKMeans(3, random_state=0)])
def test_the_border_is_where_the_silhouette_is_small(model):
    X = datasets.penguins().standardized().matrix
    found = study.rows(model.fit(X), X)
    figures = row_figures(model, X)
    assert set(found.border) == set(np.flatnonzero(figures.silhouette < 0.1))
    assert (np.diff(figures.silhouette[found.border]) >= 0).all()
    assert f"{len(found.border)} rows have a simplified silhouette below 0.1" in found.sentence


def test_mixtures_have_densities_and_certainties():
    table = datasets.penguins().standardized()
    model = GaussianMixture(3, random_state=0).fit(table.matrix)
    found = study.rows(model, table)
    assert set(found.border) == set(np.flatnonzero(model.predict_proba(table.matrix).max(axis=1) < 0.9))
    assert (np.diff(found.log_density[found.odd]) >= 0).all()
    assert found.odd[0] == found.log_density.argmin()
    assert found.table.column_names[-2:] == ["log density", "certainty"]
    assert "less than 90 % certain" in found.sentence


def test_the_table_has_every_row_of_the_table_in_its_order():
    table = read_table(datasets.path("penguins.csv"), standardize=True)
    model = KMeans(3, random_state=0).fit(table.matrix)
    found = study.rows(model, table)
    told = found.table
    assert told.column_names == [
        "row",
        "cluster",
        "distance",
        "next cluster",
        "margin",
        "simplified silhouette",
    ]
    assert told.column("row").to_pylist() == list(range(1, 345))
    clusters = told.column("cluster").to_pylist()
    assert [i for i, cluster in enumerate(clusters) if cluster is None] == [3, 271]
    assert [cluster for cluster in clusters if cluster is not None] == model.labels_.tolist()
    assert told.column("margin").to_pylist()[3] is None
    first = found.odd[0]
    assert f"row {table.kept[first] + 1} (" in found.sentence


def test_rows_are_called_by_their_names():
    frame = pd.DataFrame({"cluster": [f"k{i}" for i in range(30)], "a": np.r_[np.arange(29) % 5 / 4, 40.0]})
    frame["b"] = np.repeat([0.0, 90.0], 15)
    table = read_table(frame, id_column="cluster")
    found = study.rows(KMeans(2, random_state=0).fit(table.matrix), table)
    assert found.sentence.startswith("1 row of 30 is far from its center for its cluster: k29 (a 40.00, ")
    assert found.table.column_names[0] == "cluster (id)"
    assert found.table.column(0).to_pylist()[-1] == "k29"


def test_codes_are_named_and_so_are_clusters_of_them():
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(20, 4, (3000, 4)), columns=["s1", "s2", "s3", "s4"])
    frame.loc[random.choice(3000, 50, replace=False), "s4"] = -9999.0
    table = read_table(frame)
    found = study.rows(KMeans(2, random_state=0).fit(table.matrix), table)
    (code,) = found.codes
    assert (code.feature, code.value, code.count) == ("s4", -9999.0, 50)
    (cluster,) = np.flatnonzero(found.sizes == 50)
    assert f"Cluster {cluster} is 50 rows, of which every one has -9999 in s4." in found.sentence
    assert "-9999 in s4 (50 rows) looks like a code" in found.sentence


def test_one_cluster_has_no_border():
    X = np.arange(6.0)[:, None]
    found = study.rows(KMeans(1).fit(X), X)
    assert not len(found.border)
    assert found.sentence == "No row is odd for its cluster."
    assert found.table.column("next cluster").to_pylist() == [None] * 6
    assert found.table.column("simplified silhouette").to_pylist() == [None] * 6


def test_rows_of_weight_0_have_figures_and_no_say():
    random = np.random.default_rng(0)
    X = random.normal(size=(80, 2)) + np.repeat([[0.0], [9.0]], 40, axis=0)
    model = KMeans(2, random_state=0).fit(X)
    far = np.r_[X, np.tile([[50.0, 50.0]], (60, 1))]
    found = study.rows(model, far, sample_weight=np.r_[np.ones(80), np.zeros(60)])
    np.testing.assert_allclose(found.oddness[:80], study.rows(model, X).oddness)
    assert set(range(80, 140)) <= set(found.odd.tolist())


def with_index(index):
    return pd.DataFrame({"x": [0.0, 0.1, 0.2, 0.1, 9.0, 9.1, 9.2, 5.0]}, index=index)


def in_two(X):
    return KMeans(2, init=[[0.1], [9.1]], n_init=1).fit(X)


@pytest.mark.parametrize(
    ("index", "called"),
    [
        (None, "row 7"),
        (list("abcdefgh"), "h"),
        ([30, 31, 32, 33, 40, 41, 42, 99], "row 99"),
        (pd.MultiIndex.from_product([["north", "south"], [1, 2, 3, 4]]), "south, 4"),
        (pd.date_range("2024-01-01", periods=8), "2024-01-08 00:00:00"),
    ],
    ids=["default", "text", "numbers", "two levels", "days"],
)
def test_rows_of_a_frame_are_called_as_its_index_calls_them(index, called):
    frame = with_index(index)
    table = read_table(frame)
    in_table = "row 8" if index is None else called  # where rows are counted from 1
    for found, name in (
        (study.rows(in_two(frame), frame), called),
        (study.rows(in_two(table.matrix), table), in_table),
    ):
        assert found.name(7) == name
        assert found.table.column_names[0] == ("row" if index is None else "index")


def test_a_row_that_was_left_out_takes_no_label_of_another():
    frame = with_index(list("abcdefgh"))
    frame.loc["c", "x"] = np.nan
    table = read_table(frame)
    found = study.rows(in_two(table.matrix), table)
    assert [found.name(row) for row in (1, 2)] == ["b", "d"]
    assert found.table.column("index").to_pylist() == list("abcdefgh")
    assert found.table.column("cluster").to_pylist()[2] is None


def test_a_column_of_ids_goes_before_the_index():
    frame = with_index(list("abcdefgh"))
    table = read_table(frame.assign(key=[f"k{i}" for i in range(8)]), id_column="key")
    assert study.rows(in_two(table.matrix), table).name(7) == "k7"
