"""A model as one SELECT statement, for SQLite, DuckDB and what speaks like them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from emscope.columns import Array
from emscope.data.content.cells import read_numbers
from emscope.data.content.decimal_marks import Marks
from emscope.data.feature import Feature
from emscope.data.wording import quoted
from emscope.errors import ModelError
from emscope.estimators import GaussianMixture, SphericalKMeans
from emscope.models.covariances import COVARIANCE_TYPES
from emscope.saved.model import Estimator, SavedModel, locations
from emscope.saved.plain import parameters_of
from emscope.wording import counted

_MOST = 250  # features or clusters: SQLite nests expressions no deeper than 1,000, as it counts them
_LARGEST = "1e150"  # whose squares are numbers
_ROW = "the_row"


def sql(model: SavedModel | Estimator, table: str = "data") -> str:
    r"""Return a SELECT statement that labels the rows of a table by a fitted model.

    It selects every column, and ``cluster``: the number of the nearest center, of equal ones the lowest, or
    of the likeliest component; NULL where a value is missing and nothing fills it, is infinite, beyond 1e150,
    or has no logarithm, as emscope leaves such rows out. It runs in SQLite and in DuckDB and takes no
    functions but LN, for logarithms, which SQLite has where it was compiled with
    SQLITE_ENABLE_MATH_FUNCTIONS.

    The columns must hold numbers in the database: text that does not spell a number is NULL in SQLite and an
    error in DuckDB. Labels equal those of ``predict`` but for rows between two clusters within rounding: of
    k-means without logarithms all operations are the same, and so are ties.

    Parameters
    ----------
    model : SavedModel, KMeans, SphericalKMeans or GaussianMixture
        A fitted one, whose features have names.
    table : str, default="data"
        The table, as it is called in the database.

    Returns
    -------
    str

    Raises
    ------
    ModelError
        Something cannot be said in SQL: columns that were read as dates, differences of integers beyond 2^53,
        features without names, or more than 250 features or clusters.

    Examples
    --------
    >>> import sqlite3
    >>> from tempfile import TemporaryDirectory
    >>> import emscope
    >>> table = emscope.datasets.old_faithful()
    >>> model = emscope.KMeans(2, init=[[2.0, 50.0], [4.0, 80.0]]).fit(table.matrix)
    >>> with TemporaryDirectory() as folder:
    ...     emscope.save_model(model, f"{folder}/model.json", table=table)
    ...     statement = emscope.sql(emscope.load_model(f"{folder}/model.json"), "eruptions")
    >>> database = sqlite3.connect(":memory:")
    >>> _ = database.execute("CREATE TABLE eruptions (eruption_min REAL, waiting_min REAL)")
    >>> _ = database.execute("INSERT INTO eruptions VALUES (1.8, 54.0), (4.5, 85.0), (NULL, 85.0)")
    >>> database.execute(statement).fetchall()
    [(1.8, 54.0, 0), (4.5, 85.0, 1), (None, 85.0, None)]
    """
    estimator = model.estimator if isinstance(model, SavedModel) else model
    saved = model if isinstance(model, SavedModel) else SavedModel(estimator)
    k, d = locations(estimator).shape
    if max(k, d) > _MOST:
        raise ModelError(
            f"{counted(k, 'cluster')} and {counted(d, 'feature')} are too many for a statement in SQL: "
            f"databases take up to {_MOST} of each."
        )
    features = _features(saved)
    scores, smallest = _scores(estimator, [f"x{j}" for j in range(d)])
    best = "<=" if smallest else ">="
    choice = _first_best([f"s{j}" for j in range(k)], best)
    levels = (
        ("vals", [f"{_value(f, saved)} AS v{j}" for j, f in enumerate(features)]),
        ("features", [f"{_feature(f, f'v{j}')} AS x{j}" for j, f in enumerate(features)]),
        ("scores", [f"{score} AS s{j}" for j, score in enumerate(scores)]),
    )
    source = ""
    for name, expressions in levels:
        listed = ",\n".join(f"    {one}" for one in expressions)
        source = f"\n  FROM (SELECT\n{listed}{source}\n  ) AS {name}"
    return (
        f"SELECT {_ROW}.*, (\n  SELECT {choice}{source}\n) AS {_name_of_cluster(features)}\n"
        f"FROM {identifier(table)} AS {_ROW};\n"
    )


def identifier(name: str) -> str:
    """Return a name in double quotes, whatever it holds.

    >>> print(identifier('say "hi"; --'))
    "say ""hi""; --"
    """
    if not name or any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in name):
        raise ModelError(f"{quoted(name)} is no name that a column or table in SQL can have: rename it.")
    return '"' + name.replace('"', '""') + '"'


def number(value: float) -> str:
    """Return a number that every database reads as the same float64.

    With 17 digits, because SQLite may round shorter ones otherwise, and with an exponent, because
    DuckDB takes others for decimals.

    >>> number(3.0), number(-0.1), number(2.0**60)
    ('3e0', '-1.0000000000000001e-01', '1.1529215046068470e+18')
    """
    if value == int(value) and abs(value) < 2**53:
        return f"{int(value)}e0"
    return f"{value:.16e}"


def _features(saved: SavedModel) -> Sequence[Feature]:
    if saved.names is None:
        raise ModelError(
            "the features of this model have no names, so no columns of a table: save it with the table that "
            "it was fitted to (save_model(..., table=table))."
        )
    if saved.preparation is None:
        features: Sequence[Feature] = [Feature(column=name) for name in saved.names]
    else:
        features = saved.preparation.features
    for feature in features:
        name = quoted(feature.column)
        if feature.reads != "numbers":
            raise ModelError(
                f"the column {name} is read as {feature.reads}, which is not said in SQL here: make a column "
                "of numbers of it before the fit."
            )
        if feature.offset:
            raise ModelError(
                f"the column {name} has digits beyond float64 and is measured from {feature.offset}, which "
                "is not said in SQL here: subtract that before the fit."
            )
    folded = [feature.column.strip().casefold() for feature in features]
    for one in folded:
        if folded.count(one) > 1:
            raise ModelError(
                f"two columns are called {quoted(one)} but for capitals and blanks, which databases do not "
                "tell apart: rename one before the fit."
            )
    return features


def _name_of_cluster(features: Sequence[Feature]) -> str:
    taken = {feature.column.strip().casefold() for feature in features}
    name = "cluster"
    while name in taken:
        name = f"emscope {name}"
    return identifier(name) if " " in name else name


def _value(feature: Feature, saved: SavedModel) -> str:
    """Return the number in a column; NULL where there is none, or one that stands for a missing value."""
    column = f"{_ROW}.{identifier(feature.column)}"
    value = f"CAST({column} AS DOUBLE)"
    # SQLite casts any text to a number: what does not equal its number is none
    given = f"CASE WHEN {column} = {value} THEN {value} END"
    for missing in _numbers_for_missing(saved):
        given = f"NULLIF({given}, {number(missing)})"
    return given


def _feature(feature: Feature, value: str) -> str:
    """Return what is fitted of a value; NULL where there is no finite number."""
    if feature.fill is not None:
        # NaN is above zero in DuckDB, and so is minus NaN; SQLite has none
        missing = f"{value} IS NULL OR ({value} > 0e0 AND -{value} > 0e0)"
        value = f"CASE WHEN {missing} THEN {number(feature.fill)} ELSE {value} END"
    low = f"{value} > 0e0" if feature.log else f"{value} >= -{_LARGEST}"
    made = f"LN({value})" if feature.log else value
    made = f"CASE WHEN {low} AND {value} <= {_LARGEST} THEN {made} END"
    return made if feature.scale is None else f"({made}) / {number(feature.scale)}"


def _numbers_for_missing(saved: SavedModel) -> list[float]:
    """Return the numbers that stand for a missing value, as the table was read."""
    words = tuple(saved.reading.get("na_values", ()))
    marks = Marks(saved.reading.get("decimal"), saved.reading.get("thousands"), ())
    values = read_numbers(words, marks) if words else np.empty(0)
    return [float(value) for value in values if np.isfinite(value)]


def _scores(estimator: Estimator, x: Sequence[str]) -> tuple[list[str], bool]:
    """Return the expression that decides for every cluster, and whether the smallest one wins."""
    if isinstance(estimator, GaussianMixture):
        return _log_joint(estimator, x), False
    centers = locations(estimator).astype(np.float64)
    if isinstance(estimator, SphericalKMeans):
        return [_cosine(center, x) for center in centers], False
    return [
        _sum(_square(f"({a} - {number(c)})") for a, c in zip(x, center, strict=True)) for center in centers
    ], True


def _cosine(center: Array, x: Sequence[str]) -> str:
    """Return the cosine times the length of the row, which is the same for all centers; NULL for length 0."""
    products = _sum(f"{a} * {number(c)}" for a, c in zip(x, center, strict=True))
    nothing = " AND ".join(f"{a} = 0" for a in x)
    return f"CASE WHEN {nothing} THEN NULL ELSE {products} END"


def _log_joint(estimator: GaussianMixture, x: Sequence[str]) -> list[str]:
    r"""Return log densities but for a constant: :math:`\log \pi_j |U_j| - \frac12 \|(x - \mu_j) U_j\|^2`."""
    parameters, kind = parameters_of(estimator), COVARIANCE_TYPES[estimator.covariance_type]
    means = parameters["means"]
    k, d = means.shape
    factors = kind.factors(parameters["covariances"])
    scales = np.log(parameters["weights"]) + kind.log_determinants(factors, k, d)
    by_component = kind.factors_for_kernels(factors, d)
    if kind.shared:
        by_component = np.broadcast_to(by_component, (k, d, d))
    return [
        f"{number(float(scales[j]))} - 0.5e0 * ({_squared_length(x, means[j], by_component[j])})"
        for j in range(k)
    ]


def _squared_length(x: Sequence[str], mean: Array, factor: Array) -> str:
    """Return the squared Mahalanobis distance."""
    differences = [f"({a} - {number(m)})" for a, m in zip(x, mean, strict=True)]
    if factor.ndim == 1:
        return _sum(_square(f"({a} * {number(u)})") for a, u in zip(differences, factor, strict=True))
    whitened = [
        _sum(f"{differences[f]} * {number(factor[f, g])}" for f in range(g + 1)) for g in range(len(mean))
    ]
    return _sum(_square(f"({one})") for one in whitened)


def _first_best(scores: Sequence[str], best: str) -> str:
    """Return the number of the best score, of equal ones the first; NULL where there is none."""
    whens = []
    for j, score in enumerate(scores):
        beats = [f"{score} {best} {later}" for later in scores[j + 1 :]] or [f"{score} IS NOT NULL"]
        whens.append(f"WHEN {' AND '.join(beats)} THEN {j}")
    return f"CASE {' '.join(whens)} END"


def _square(expression: str) -> str:
    return f"{expression} * {expression}"


def _sum(terms: Any) -> str:
    return " + ".join(terms)
