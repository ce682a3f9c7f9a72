"""A model in SQL: the same labels in SQLite and in DuckDB, whatever the columns are called."""

import math
import sqlite3

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import emscope
from emscope import KMeans, Preparation
from emscope.data.feature import Feature
from emscope.errors import ModelError
from emscope.saved.labeling import label
from emscope.saved.model import SavedModel
from emscope.saved.saving import described
from emscope.saved.statement import identifier, number
from saved_models import GROUPS, MAKERS, NEW

duckdb = pytest.importorskip("duckdb")

HAS_LN = bool(
    sqlite3.connect(":memory:")
    .execute("SELECT sqlite_compileoption_used('ENABLE_MATH_FUNCTIONS')")
    .fetchone()[0]
)
ENGINES = ["sqlite", "duckdb"]


def labels_in(engine, saved, columns, rows, table="data", types="DOUBLE"):
    """The clusters of rows in a database, in the order of the rows; None where there is none."""
    connection = sqlite3.connect(":memory:") if engine == "sqlite" else duckdb.connect()
    named = ", ".join(f"{identifier(column)} {types}" for column in columns)
    connection.execute(f"CREATE TABLE {identifier(table)} (the_place INTEGER, {named})")
    marks = ", ".join("?" * (len(columns) + 1))
    values = [(i, *(None if value is None else value for value in row)) for i, row in enumerate(rows)]
    connection.executemany(f"INSERT INTO {identifier(table)} VALUES ({marks})", values)
    found = connection.execute(emscope.sql(saved, table))
    assert found.description[0][0] == "the_place"
    assert found.description[-1][0].endswith("cluster")
    lines = found.fetchall()
    assert len(lines) == len(rows)
    connection.close()
    return [line[-1] for line in sorted(lines)]


def of_table(name, columns="abc", k=3, rows=GROUPS, **how):
    table = emscope.read_table(
        pa.table(dict(zip(columns, rows.T, strict=True))), columns=list(columns), **how
    )
    return described(MAKERS[name](k).fit(table.matrix), table)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("how", [{}, {"standardize": True}], ids=["plain", "standardized"])
@pytest.mark.parametrize("name", MAKERS)
def test_labels_are_those_of_predict(name, how, engine):
    saved = of_table(name, **how)
    assert labels_in(engine, saved, "abc", NEW.tolist()) == saved.predict(NEW).tolist()


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")  # in one dimension the groups overlap
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize(("k", "columns"), [(1, "abc"), (3, "a"), (1, "a")])
def test_one_cluster_and_one_feature(name, k, columns, engine):
    rows = np.abs(GROUPS[:, : len(columns)]) + 1
    saved = of_table(name, columns, 1 if name == "spherical" else k, rows)
    assert labels_in(engine, saved, columns, rows.tolist()) == saved.predict(rows).tolist()


@pytest.mark.parametrize("engine", ENGINES)
def test_ties_go_to_the_lowest_number(engine):
    """On a grid, where every second row is as far from one center as from another."""
    grid = np.array([[x, y] for x in range(9) for y in range(9)], float)
    table = emscope.read_table(pa.table({"x": grid[:, 0], "y": grid[:, 1]}))
    model = KMeans(4, init=[[6.0, 6.0], [2.0, 2.0], [6.0, 2.0], [2.0, 6.0]]).fit(table.matrix)
    model.cluster_centers_ = np.array([[6.0, 6.0], [2.0, 2.0], [6.0, 2.0], [2.0, 6.0]])
    saved = SavedModel(model, preparation=table.preparation)
    assert labels_in(engine, saved, "xy", grid.tolist()) == model.predict(grid).tolist()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["kmeans", "spherical", "gmm-full"])
def test_no_number_gets_no_cluster(name, engine):
    saved = of_table(name, standardize=True)
    rows = [[None, 1.0, 2.0], [math.inf, 1.0, 2.0], [1.0, -math.inf, 2.0], [1.0, 2.0, 1e200], [1.0, 2.0, 3.0]]
    if engine == "duckdb":  # SQLite has no NaN
        rows.append([1.0, math.nan, 2.0])
    labels = labels_in(engine, saved, "abc", rows)
    assert labels[:4] == [None] * 4
    assert labels[4] == saved.predict([[1.0, 2.0, 3.0]])[0]
    assert labels[5:] == [None] * (len(rows) - 5)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_row_of_length_0_has_no_direction(engine):
    assert labels_in(engine, of_table("spherical"), "abc", [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])[0] is None


@pytest.mark.parametrize("engine", ENGINES)
def test_missing_values_are_filled_and_infinite_ones_are_not(engine):
    saved = of_table("kmeans", impute="median")
    rows = [[None, 1.0, 2.0], [1.0, None, None], [None, None, None], [math.inf, 1.0, 2.0]]
    if engine == "duckdb":
        rows.append([1.0, math.nan, 2.0])
    frame = pa.table({c: [row[j] for row in rows] for j, c in enumerate("abc")})
    labeled = label(saved, frame)
    expected = dict(zip(labeled.table.kept.tolist(), labeled.figures.labels.tolist(), strict=True))
    assert labels_in(engine, saved, "abc", rows) == [expected.get(i) for i in range(len(rows))]
    assert 3 not in expected


@pytest.mark.parametrize(
    "engine", [pytest.param("sqlite", marks=pytest.mark.skipif(not HAS_LN, reason="no LN")), "duckdb"]
)
def test_logarithms_and_values_that_have_none(engine):
    saved = of_table("kmeans", rows=np.exp(GROUPS / 3), log=["b"], standardize=True)
    new = np.exp(NEW / 3)
    assert labels_in(engine, saved, "abc", new.tolist()) == saved.predict(new).tolist()
    assert labels_in(engine, saved, "abc", [[1.0, 0.0, 1.0], [1.0, -3.0, 1.0]]) == [None, None]


@pytest.mark.parametrize("engine", ENGINES)
def test_numbers_that_stand_for_missing_values(engine):
    table = emscope.read_table(pa.table({"a": GROUPS[:, 0], "b": GROUPS[:, 1]}))
    saved = described(
        KMeans(3, random_state=0).fit(table.matrix),
        table,
        {"na_values": ("-9999", "unknown", "9,5"), "decimal": ","},
    )
    labels = labels_in(engine, saved, "ab", [[-9999.0, 1.0], [1.0, 9.5], [1.0, 9.4]])
    assert labels[:2] == [None, None]
    assert labels[2] is not None


@pytest.mark.parametrize(
    ("engine", "types"),
    [
        ("sqlite", "INTEGER"),
        ("duckdb", "INTEGER"),
        ("duckdb", "BIGINT"),
        ("duckdb", "DECIMAL(9, 2)"),
        ("duckdb", "FLOAT"),
        ("sqlite", "TEXT"),
        ("duckdb", "VARCHAR"),
        ("sqlite", ""),
    ],
)
def test_columns_of_other_types(engine, types):
    rows = np.rint(GROUPS * 10)
    saved = of_table("kmeans", rows=rows)
    assert labels_in(engine, saved, "abc", rows.tolist(), types=types) == saved.predict(rows).tolist()


@pytest.mark.parametrize("engine", ENGINES)
def test_flags(engine):
    flags = np.array([[i % 2 == 0, j % 3 == 0] for i in range(6) for j in range(6)])
    table = emscope.read_table(pa.table({"a": flags[:, 0], "b": flags[:, 1]}))
    saved = described(KMeans(4, random_state=0).fit(table.matrix), table)
    types = "BOOLEAN"
    assert labels_in(engine, saved, "ab", flags.tolist(), types=types) == saved.predict(flags).tolist()


def test_words_are_no_numbers_in_sqlite():
    """Where columns are text, as after .import, a cast would make 0 of them."""
    saved = of_table("kmeans")
    rows = [["", "1", "2"], ["abc", "1", "2"], ["1x", "1", "2"], ["1", "1", "2"]]
    assert labels_in("sqlite", saved, "abc", rows, types="TEXT")[:3] == [None] * 3
    assert labels_in("sqlite", saved, "abc", rows, types="TEXT")[3] is not None


SYNTAX = (
    '"', '""', 'a"b', "'", "''", ";", "; DROP TABLE data; --", "--", "/*", "*/", "/* */", "\n", "a\nb",
    "\r\n",
    "\t", "\\", "\\'", "*", "$1", "?", ":a", "@b", "{}", "%s", "[a]", "`a`", "1", "a.b",
)  # fmt: skip
WORDS = (
    "select", "FROM", "null", "CASE", "rowid", "data", "cluster", "x0", "s0", "v0", "the_row", "scores",
    "features", "vals", " a", "a ", "ä", "日本", "🦆",
)  # fmt: skip
hostile = st.one_of(
    st.sampled_from((*SYNTAX, *WORDS)),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=12),
)
FITTED = {name: MAKERS[name](3).fit(GROUPS[:, :2]) for name in ("kmeans", "gmm-tied")}


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=25)
@given(
    st.lists(hostile, min_size=2, max_size=2, unique_by=lambda name: name.strip().casefold()),
    hostile,
    st.booleans(),
)
def test_hostile_names_are_names(columns, table, tied):
    if {"the_place"} & {name.casefold() for name in columns}:
        return
    model = FITTED["gmm-tied" if tied else "kmeans"]
    preparation = Preparation(tuple(Feature(column=name, scale=2.0) for name in columns))
    saved = SavedModel(model, preparation=preparation)
    expected = saved.predict(NEW[:40, :2]).tolist()
    for engine in ENGINES:
        assert labels_in(engine, saved, columns, NEW[:40, :2].tolist(), table) == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_numbers_are_read_to_the_bit(engine):
    random = np.random.default_rng(0)
    values = [
        0.1,
        1 / 3,
        5e-324,
        1e22,
        1e23,
        2.0**53,
        2.0**53 + 2,
        -0.0,
        123456789.123456789,
        1.7976931348623157e308,
    ]
    values += (random.normal(size=500) * 10.0 ** random.integers(-20, 20, 500)).tolist()
    connection = sqlite3.connect(":memory:") if engine == "sqlite" else duckdb.connect()
    for value in values:
        assert connection.execute(f"SELECT {number(value)}").fetchone()[0] == value


def test_a_statement_is_one_select():
    statement = emscope.sql(of_table("kmeans"))
    assert statement.startswith("SELECT the_row.*, (")
    assert statement.endswith('FROM "data" AS the_row;\n')
    assert statement.count(";") == 1


def test_a_column_called_cluster_keeps_its_name():
    saved = of_table("kmeans", ["Cluster", "emscope cluster", "c"])
    assert 'AS "emscope emscope cluster"' in emscope.sql(saved)


def test_as_many_features_and_clusters_as_are_taken():
    rows = np.random.default_rng(0).normal(size=(300, 250))
    names = [f"x{j}" for j in range(250)]
    for k, d in ((250, 2), (2, 250)):
        model = KMeans(k, init=rows[:k, :d], max_iter=1)
        model.cluster_centers_, model.n_features_in_ = rows[:k, :d], d
        saved = SavedModel(model, preparation=Preparation.plain(names[:d]))
        for engine in ENGINES:
            expected = model.predict(rows[:20, :d]).tolist()
            assert labels_in(engine, saved, names[:d], rows[:20, :d].tolist()) == expected


@pytest.mark.parametrize(
    ("features", "sentence"),
    [
        ([Feature(column="day", reads="days")], "'day' is read as days, which is not said in SQL here"),
        ([Feature(column="id", offset=2**60)], "'id' has digits beyond float64"),
        ([Feature(column="a\0b")], "is no name that a column or table in SQL can have"),
        ([Feature(column="a\ud800")], "is no name that a column or table in SQL can have"),
        (
            [Feature(column="Age"), Feature(column="age ")],
            "two columns are called 'age' but for capitals and blanks",
        ),
    ],
)
def test_what_cannot_be_said_in_sql(features, sentence):
    model = KMeans(2, random_state=0).fit(GROUPS[:, : len(features)])
    with pytest.raises(ModelError, match=sentence):
        emscope.sql(SavedModel(model, preparation=Preparation(tuple(features))))


def test_features_without_names_are_no_columns():
    model = KMeans(2, random_state=0).fit(GROUPS)
    with pytest.raises(ModelError, match="the features of this model have no names"):
        emscope.sql(model)
    with pytest.raises(ModelError, match="is no name that a column or table"):
        emscope.sql(of_table("kmeans"), "")


def test_more_than_databases_take():
    model = KMeans(251)
    model.cluster_centers_ = np.arange(251.0)[:, None]
    with pytest.raises(ModelError, match="251 clusters and 1 feature are too many"):
        emscope.sql(SavedModel(model, preparation=Preparation.plain(["a"])))
