"""Saved models without values of single rows: digits, what they still label, and that they load."""

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from emscope import GaussianMixture, KMeans, SphericalKMeans, load_model, read_table, save_model, sql
from emscope.cli.fitting import in_terms_of_table
from emscope.errors import ModelError
from emscope.private import without_rows
from emscope.saved.model import LEVELS
from emscope.saved.private import without_values
from emscope.saved.saving import described
from hand_made import groups
from searching import digits_of, floats, found_in

pytestmark = pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")

MODELS = {
    "kmeans": lambda k: KMeans(k, random_state=0),
    "spherical": lambda k: SphericalKMeans(k, random_state=0),
    **{
        kind: lambda k, kind=kind: GaussianMixture(k, covariance_type=kind, random_state=0)
        for kind in ("full", "tied", "diag", "spherical")
    },
}


def saved_privately(model, table):
    trace = without_rows(in_terms_of_table(model.trace_, table))
    return without_values(described(model, table), trace, table.values)


def columns(random, n, groups_of=3):
    group = random.integers(0, groups_of, n)
    return {
        "income": 100_000.5 + 300_000 * group + random.normal(0, 1e4, n),
        "account": 10_000_000 * (group + 1) + random.integers(100_000, 999_999, n),
        "vast": 2**60 + 10_000_000 * group + random.integers(0, 999_999, n),
    }


@settings(max_examples=40, phases=[Phase.generate], deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.sampled_from([3, 6, 12, 60]),
    k=st.sampled_from([1, 2, 3, "n"]),
    name=st.sampled_from(sorted(MODELS)),
    how=st.sampled_from([{}, {"standardize": True}, {"impute": "median"}, {"log": ["income"]}]),
)
def test_no_value_of_the_table_is_in_the_file_and_it_loads(tmp_path_factory, seed, n, k, name, how):
    random = np.random.default_rng(seed)
    given_columns = {key: column.tolist() for key, column in columns(random, n).items()}
    if "impute" in how:
        given_columns["account"][0] = None
    values = [x for column in given_columns.values() for x in column if x is not None]
    table = read_table(pa.table(given_columns), columns=list(given_columns), **how)
    model = MODELS[name](n if k == "n" else k).fit(table.matrix)
    path = tmp_path_factory.mktemp("private") / "model.json"
    save_model(saved_privately(model, table), path)
    assert list(found_in(path.parent, [*values, *np.log(given_columns["income"]).tolist()])) == []
    assert [x for x in floats(json.loads(path.read_text())) if digits_of(x) > 4] == []
    loaded = load_model(path)
    assert loaded.private
    save_model(loaded, path)
    assert [x for x in floats(json.loads(path.read_text())) if digits_of(x) > 4] == []
    assert len(load_model(path).estimator.predict(loaded.preparation.apply(table_of(table)))) == len(
        table.kept
    )


def table_of(table):
    """Rows of the table as exact integers and floats, filled."""
    columns = [
        [int(x) + f.offset for x in column] if f.offset else column.tolist()
        for f, column in zip(table.preparation.features, table.values.T, strict=True)
    ]
    columns = [
        np.exp(c).tolist() if f.log else c for f, c in zip(table.preparation.features, columns, strict=True)
    ]
    return np.array(columns, dtype=object).T


@pytest.mark.parametrize("name", sorted(MODELS))
@pytest.mark.parametrize("standardize", [False, True])
def test_rows_in_groups_get_their_labels(tmp_path, name, standardize):
    X = groups([[10.0, 0.1], [0.1, 10.0], [-10.0, -10.0]], each=60, spread=0.5)
    table = read_table(X, standardize=standardize)
    model = MODELS[name](3).fit(table.matrix)
    save_model(saved_privately(model, table), tmp_path / "model.json")
    loaded = load_model(tmp_path / "model.json")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(table.matrix))


def test_rows_measured_from_an_offset_get_their_labels(tmp_path):
    given_columns = columns(np.random.default_rng(0), 90)
    table = read_table(pa.table({"vast": given_columns["vast"].tolist()}), columns=["vast"])
    model = KMeans(3, random_state=0, n_init=5).fit(table.matrix)
    told = saved_privately(model, table)
    assert told.preparation.features[0].offset != table.preparation.features[0].offset
    labels = told.predict(np.array(given_columns["vast"])[:, None])
    np.testing.assert_array_equal(labels, model.labels_)


def test_a_cluster_of_one_row_is_told_to_half_a_standard_deviation(tmp_path):
    X = np.vstack([groups([[0, 0]], each=50), [[88.7654321, 91.2345678]]])
    table = read_table(X)
    model = KMeans(2, init=X[[0, 50]]).fit(table.matrix)
    told = saved_privately(model, table)
    away = np.abs(told.estimator.cluster_centers_[1] - X[50])
    assert (away > 0.01).all()
    assert (away <= 0.8 * X.std(axis=0) / 2).all()
    assert told.reference.distance_at(1.0) == told.reference.distance_at(0.99)
    assert told.reference.distance_at(0.0) == told.reference.distances[LEVELS.index(0.01)]
    assert "SELECT" in sql(told)
    with pytest.raises(ModelError, match="has rows"):
        without_values(described(model, table), model.trace_, table.values)
