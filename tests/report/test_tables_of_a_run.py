import dataclasses
from io import BytesIO

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import csv

from emscope import GaussianMixture, KMeans, datasets, recording
from emscope.data.read import read_table
from emscope.files import whole_file
from emscope.report.choice import TABLES
from emscope.report.table_files import LARGEST_CSV, file_name, write_table
from emscope.report.tables import Result, tables_of

HOSTILE = ("cluster", "component", "row", "feature", "weight", "component 0", "rank", "mean", "overall mean",
           'quote"d', "new\nline", "a,b;", "\u202egnp.exe", "y" * 10_000, "Mean", "")  # fmt: skip


def frame(n=40, names=("x", "y"), seed=0):
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, len(names))) + 6 * (np.arange(n) % 2)[:, None]
    return pd.DataFrame(X, columns=list(names))


def result_of(data, model, names=None, **columns):
    """A run as the command line has it."""
    table = read_table(data, **columns)
    if names is not None:  # which no DataFrame would have
        table = dataclasses.replace(table, feature_names=tuple(names))
    model.fit(table.matrix, sample_weight=table.weights)
    trace = dataclasses.replace(model.trace_, feature_names=table.feature_names)
    proba = (lambda: model.predict_proba(table.matrix)) if isinstance(model, GaussianMixture) else None
    return Result("a table", trace, table, model.predict(table.matrix), proba)


def write(folder, columns, name, **settings):
    name = file_name(columns, name, **settings)
    with whole_file(folder / name) as file:
        write_table(columns, name, file)
    return name


def arrow(columns):
    return pa.Table.from_batches(columns.batches(), columns.schema)


def arrays(result, *chosen):
    return {name: arrow(columns) for name, columns in tables_of(result, chosen or None)}


@pytest.fixture
def kmeans():
    return result_of(frame(), KMeans(2, random_state=0))


@pytest.fixture
def mixture():
    return result_of(frame(), GaussianMixture(2, random_state=0))


def test_each_model_has_its_tables_in_their_order(kmeans, mixture):
    assert list(arrays(kmeans)) == ["centers", "clusters", "sizes", "labels"]
    assert list(arrays(mixture)) == list(TABLES[1:])


def test_only_chosen_tables_are_made(mixture):
    def never():
        raise AssertionError("responsibilities were not asked for")

    unasked = dataclasses.replace(mixture, predict_proba=never)
    others = [name for name in TABLES if name != "responsibilities"]
    assert list(arrays(unasked, *others)) == others[1:]
    assert arrays(unasked, "none") == {}


def test_tables_are_made_one_at_a_time(mixture, tmp_path):
    called = []
    watched = dataclasses.replace(mixture, predict_proba=lambda: called.append(1) or mixture.predict_proba())
    tables = tables_of(watched, ["labels", "responsibilities"])
    assert next(tables)[0] == "labels"
    assert called == []
    _, columns = next(tables)
    write(tmp_path, columns, "responsibilities")
    assert called == [1]


@pytest.mark.parametrize("model", [KMeans(2, random_state=0), GaussianMixture(2, random_state=0)])
@pytest.mark.parametrize("limit", [0, LARGEST_CSV])
def test_every_column_is_there_whatever_features_are_called(model, limit, tmp_path):
    result = result_of(frame(names=[f"x{j}" for j in range(len(HOSTILE))]), model, HOSTILE)
    for name, columns in tables_of(result):
        folded = {column.strip().casefold() for column in columns.names}
        assert len(folded) == len(columns.names)
        file = write(tmp_path, columns, name, limit=limit)
        expected = arrow(columns)
        for names, values in read_back((tmp_path / file).read_bytes(), file):
            assert names == list(columns.names)
            for read, column in zip(values, expected.columns, strict=True):
                assert read == column.to_pylist()


def read_back(content, file):
    """Names and values of a file as pandas, polars and pyarrow read it."""
    if file.endswith(".parquet"):
        polars = pl.read_parquet(BytesIO(content))
        pandas = pd.read_parquet(BytesIO(content), dtype_backend="pyarrow")
        table = pa.Table.from_pandas(pandas, preserve_index=False)
    else:
        polars = pl.read_csv(BytesIO(content), infer_schema_length=None)
        polars.columns = [
            name.replace('""', '"') for name in polars.columns
        ]  # it leaves quotes doubled there
        pandas = pd.read_csv(BytesIO(content), keep_default_na=False)
        table = csv.read_csv(BytesIO(content), parse_options=csv.ParseOptions(newlines_in_values=True))
    yield polars.columns, [column.to_list() for column in polars]
    yield list(pandas.columns), [pandas.iloc[:, j].tolist() for j in range(pandas.shape[1])]
    yield table.column_names, [column.to_pylist() for column in table.columns]


def test_names_that_ours_have_get_what_they_are_behind_them():
    data = frame(names=("x", "feature", "component 0", "z"))
    data["z"] = [f"r{i}" for i in range(len(data))]
    names = ("cluster", "component", "feature")
    for id_name, named in (("cluster", "cluster (id)"), ("Component 1", "Component 1")):
        table = data.rename(columns={"z": id_name})
        result = result_of(table, GaussianMixture(2, random_state=0), names, id_column=id_name)
        found = {name: columns.names for name, columns in tables_of(result)}
        assert found["labels"] == (named, "cluster")
    assert found["responsibilities"] == ("Component 1 (id)", "component 0", "component 1")
    assert found["means"] == ("component", "cluster", "component (feature)", "feature")
    assert found["covariances"] == (
        "component", "feature", "cluster", "component (feature)", "feature (feature)"
    )  # fmt: skip


def test_features_as_values_keep_their_names():
    result = result_of(
        frame(names=[f"x{j}" for j in range(len(HOSTILE))]), KMeans(2, random_state=0), HOSTILE
    )
    assert arrays(result, "clusters")["clusters"]["feature"].to_pylist() == [*HOSTILE, *HOSTILE]


def test_centers_are_those_of_the_trace_bit_for_bit(kmeans, mixture):
    for result, name, first in ((kmeans, "centers", "cluster"), (mixture, "means", "component")):
        table = arrays(result, name)[name]
        assert table[first].to_pylist() == [0, 1]
        values = np.column_stack([table[feature] for feature in ("x", "y")])
        np.testing.assert_array_equal(values, result.trace.steps[-1].parameters[name])


def test_a_model_that_calls_its_centers_otherwise_has_the_same_tables(kmeans):
    trace = kmeans.trace
    steps = tuple(dataclasses.replace(step, parameters={"medoids": step.centers}) for step in trace.steps)
    card = dataclasses.replace(trace.card, location="medoids")
    medoids = dataclasses.replace(kmeans, trace=dataclasses.replace(trace, card=card, steps=steps))
    assert arrays(medoids) == arrays(kmeans)


@pytest.mark.parametrize("which", ["kmeans", "mixture"])
def test_clusters_have_a_row_per_cluster_and_feature(which, request):
    result = request.getfixturevalue(which)
    table = arrays(result, "clusters")["clusters"].to_pandas()
    assert list(table.columns) == [
        "cluster", "feature", "rank", "center", "mean", "overall mean", "difference", "difference in sd"
    ]  # fmt: skip
    assert table[["cluster", "feature"]].values.tolist() == [[0, "x"], [0, "y"], [1, "x"], [1, "y"]]
    X, step = result.table.matrix, result.trace.steps[-1]
    centers = step.centers if which == "kmeans" else step.means
    np.testing.assert_allclose(table["center"], centers.ravel(), rtol=1e-12)
    means = np.array([X[result.labels == j].mean(axis=0) for j in range(2)])
    np.testing.assert_allclose(table["mean"], means.ravel())
    np.testing.assert_allclose(table["overall mean"], np.tile(X.mean(axis=0), 2))
    np.testing.assert_allclose(table["difference"], (means - X.mean(axis=0)).ravel())
    z = ((means - X.mean(axis=0)) / X.std(axis=0)).ravel()
    np.testing.assert_allclose(table["difference in sd"], z)
    order = np.abs(z.reshape(2, 2)).argsort(axis=1)[:, ::-1]
    assert table["rank"].tolist() == (order.argsort(axis=1) + 1).ravel().tolist()


def test_a_cluster_without_rows_has_a_center_and_empty_cells(kmeans):
    alone = dataclasses.replace(kmeans, labels=np.zeros(40, int))
    tables = arrays(alone, "clusters", "sizes")
    assert tables["sizes"].to_pydict() == {"cluster": [0, 1], "size": [40, 0], "share": [1.0, 0.0]}
    clusters = tables["clusters"].to_pydict()
    for name in ("rank", "mean", "difference", "difference in sd"):
        assert clusters[name][2:] == [None, None]
        assert None not in clusters[name][:2]
    assert None not in clusters["center"]
    assert clusters["difference"][:2] == [0.0, 0.0]  # one cluster is the whole


def test_a_center_that_is_0_but_for_rounding_is_written_as_0(tmp_path):
    data = frame(60, ("bought", "income"))
    data["bought"] = np.arange(60) % 2 * 1.0
    result = result_of(data, KMeans(2, random_state=0))
    step = result.trace.steps[-1]
    noisy = np.where(step.centers == 0, 9.99e-14 / 64, step.centers)
    assert (noisy != step.centers).any()
    steps = (dataclasses.replace(step, parameters={"centers": noisy}),)
    result = dataclasses.replace(result, trace=dataclasses.replace(result.trace, steps=steps))
    ((_, columns),) = tables_of(result, ["clusters"])
    write(tmp_path, columns, "clusters")
    lines = (tmp_path / "clusters.csv").read_text().splitlines()
    assert sorted(line.split(",")[3:5] for line in lines if '"bought"' in line) == [["0", "0"], ["1", "1"]]


def test_weights_of_rows_are_told_beside_their_number():
    data = frame(6).assign(w=[1.0, 2.0, 0.0, 1.5, 1.0, 0.5], x=[0.0, 9, 0, 9, 0, 9], y=0.0)
    data["y"] = data["x"] * 2
    result = result_of(data, KMeans(2, init=np.array([[0.0, 0], [9, 18]])), weights_column="w")
    assert arrays(result, "sizes")["sizes"].to_pydict() == {
        "cluster": [0, 1], "size": [3, 3], "share": [0.5, 0.5], "weight": [2.0, 4.0], "of weight 0": [1, 0]
    }  # fmt: skip
    result = result_of(data.assign(w=1.0), KMeans(2, init=np.array([[0.0, 0], [9, 18]])), weights_column="w")
    assert list(arrays(result, "sizes")["sizes"].to_pydict()) == ["cluster", "size", "share", "weight"]


def test_rows_that_were_left_out_have_a_line_without_values(monkeypatch):
    data = frame(30).assign(who=[f"r{i}" for i in range(30)])
    data.loc[[0, 3, 29], "x"] = np.nan
    result = result_of(data, GaussianMixture(2, random_state=0), id_column="who")
    expected = result.predict_proba()
    for cells in (2**20, 8):  # in one batch, and in many
        monkeypatch.setattr("emscope.report.table_files._BATCH_CELLS", cells)
        tables = arrays(result, "labels", "responsibilities")
        labels, shares = tables["labels"], tables["responsibilities"]
        assert labels["who"].to_pylist() == shares["who"].to_pylist() == data["who"].tolist()
        missing = [i for i, cluster in enumerate(labels["cluster"].to_pylist()) if cluster is None]
        assert missing == [0, 3, 29]
        assert [c for c in labels["cluster"].to_pylist() if c is not None] == result.labels.tolist()
        for j in range(2):
            column = shares[f"component {j}"].to_pylist()
            assert [i for i, share in enumerate(column) if share is None] == missing
            assert [share for share in column if share is not None] == expected[:, j].tolist()


def test_rows_without_names_are_numbered_from_1(kmeans):
    assert arrays(kmeans, "labels")["labels"]["row"].to_pylist() == list(range(1, 41))


def test_a_run_that_ended_before_there_were_labels(kmeans):
    ended = dataclasses.replace(kmeans, labels=None)
    tables = arrays(ended)
    assert list(tables) == ["centers", "labels"]
    assert tables["labels"]["cluster"].to_pylist() == [None] * 40


def covariances_of(kind, scale=None, k=2, d=2):
    data = frame(60, [f"x{j}" for j in range(d)])
    table = read_table(data)
    rows = table.matrix if scale is None else table.matrix / scale
    model = GaussianMixture(k, covariance_type=kind, random_state=0).fit(rows)
    trace = recording.in_units_of(model.trace_, table.matrix, scale)
    return model, arrays(Result("a table", trace, table, model.predict(rows)), "covariances")["covariances"]


@pytest.mark.parametrize(("k", "d"), [(2, 2), (2, 3)])
@pytest.mark.parametrize("scale", [None, 4.0])
def test_covariances_are_as_many_numbers_as_the_model_has(k, d, scale):
    by = np.ones(d) if scale is None else scale ** np.arange(1.0, d + 1)
    scaled = None if scale is None else by
    names = [f"x{j + 1}" for j in range(d)]

    def values(table):
        return np.column_stack([table[name] for name in names])

    model, table = covariances_of("full", scaled, k, d)
    assert table.column_names == ["component", "feature", *names]
    assert table["component"].to_pylist() == np.repeat(np.arange(k), d).tolist()
    assert table["feature"].to_pylist() == names * k
    np.testing.assert_allclose(values(table).reshape(k, d, d), model.covariances_ * np.outer(by, by))
    model, table = covariances_of("tied", scaled, k, d)
    assert table.column_names == ["feature", *names]
    np.testing.assert_allclose(values(table), model.covariances_ * np.outer(by, by))
    model, table = covariances_of("diag", scaled, k, d)
    assert table.column_names == ["component", *names]
    np.testing.assert_allclose(values(table), model.covariances_ * by**2)
    model, table = covariances_of("spherical", scaled, k, d)
    if scale is None:
        assert table.column_names == ["component", "variance"]
        assert table["variance"].to_pylist() == model.covariances_.tolist()
    else:
        assert table.column_names == ["component", *names]
        np.testing.assert_allclose(values(table), model.covariances_[:, None] * by**2)


def test_demonstrations_have_their_tables():
    table = datasets.penguins()
    model = KMeans(3, random_state=0).fit(table.matrix)
    found = arrays(Result("the penguins", model.trace_, table, model.labels_))
    assert [found[name].num_rows for name in found] == [3, 12, 3, 344]
