"""What is to be mended first about a table, and the option that does it."""

import numpy as np
import pyarrow as pa
import pytest

from emscope import KMeans, read_table
from emscope.report.remarks import about_features, about_rows
from emscope.report.study import Asked
from emscope.report.tables import Result
from emscope.results.rows import Code


def run(table, k=2):
    model = KMeans(k, random_state=0).fit(table.matrix, sample_weight=table.weights)
    return Result("t.csv", model.trace_, table, model.labels_)


def people(**further):
    """Two groups by age and height, and a column that has nothing to do with them."""
    random = np.random.default_rng(0)
    group = np.repeat([0, 1], 100)
    columns = {"age": 30 + 4 * group + random.normal(size=200), "height": random.normal(size=200)}
    return pa.table({**columns, **further})


SEX = np.tile([0, 1], 100)


def test_a_feature_of_two_values_that_makes_most_of_the_difference_is_named():
    (remark,) = about_features(run(read_table(people(sex=SEX * 100.0))))
    assert remark.sentence.startswith("sex, which has two values, makes 100 % of the difference")
    assert remark.sentence.endswith("by --exclude sex.")
    assert (remark.option, remark.values) == ("exclude", ("sex",))


def test_two_clusters_that_such_a_feature_alone_tells_apart_are_named():
    ages = np.repeat([0.0, 100.0, 200.0], [100, 50, 50])
    (remark,) = about_features(run(read_table(people(far=ages, sex=SEX * 20.0)), k=4))
    assert "is all that tells cluster" in remark.sentence
    assert remark.values == ("sex",)


@pytest.mark.parametrize("column", [SEX * 1.0, np.arange(200) % 3 * 50.0], ids=["idle", "three values"])
def test_other_features_are_not_named(column):
    assert about_features(run(read_table(people(other=column)))) == []


def test_skewed_features_are_named_in_one_sentence():
    random = np.random.default_rng(1)
    money = {name: np.exp(random.normal(3, s, 200)) for name, s in (("spent", 1.0), ("a, b", 1.2))}
    (remark,) = about_features(run(read_table(people(**money)).standardized()))
    assert "are strongly skewed" in remark.sentence
    assert sorted(remark.values) == ["a, b", "spent"]
    (remark,) = about_features(run(read_table(people(spent=money["spent"])).standardized()))
    assert remark.sentence.startswith("spent (skewness ")
    assert "is strongly skewed" in remark.sentence
    assert remark.sentence.endswith("by --log spent.")


@pytest.mark.parametrize(("missing", "told"), [(19, False), (20, True)])
def test_rows_without_a_value_are_told_first_where_they_are_many(missing, told):
    gaps = np.where(np.arange(200) < missing, np.nan, np.random.default_rng(0).normal(size=200))
    remarks = about_rows(run(read_table(people(gaps=gaps))))
    assert len(remarks) == told
    if told:
        assert remarks[0].sentence.startswith("20 of 200 rows (10 %) have a missing value and took no part")
        assert (remarks[0].option, remarks[0].values) == ("impute", ("median",))
        assert about_rows(run(read_table(people(gaps=gaps), impute="median"))) == []


def test_codes_are_told_before_anything_else():
    codes = [Code("s1", -9999.0, 3, 0), Code("s2", -9999.0, 4, 1), Code("s2", 999.5, 5, 1)]
    (remark,) = about_rows(run(read_table(people())), codes)
    assert remark.sentence == (
        "-9999,999.5 in 2 features (12 readings) look like codes and no measurements, and may have made "
        "clusters of their own: --na-values -9999,999.5 reads them as missing."
    )
    assert remark.values == ("-9999", "999.5")


@pytest.mark.parametrize(
    ("arguments", "reading", "tried"),
    [
        ((), {}, "--exclude sex"),
        (("--exclude", "zip"), {"exclude": ("zip",)}, "--exclude zip,sex"),
        (("--exclude=zip", "-k", "2"), {"exclude": ("zip",)}, "-k 2 --exclude zip,sex"),
        (("--columns", "age,sex"), {"columns": ("age", "sex")}, "--columns age"),
    ],
    ids=["alone", "with another", "in one word", "among columns"],
)
def test_a_command_tries_without_what_decides(arguments, reading, tried):
    (remark,) = about_features(run(read_table(people(sex=SEX * 100.0))))
    asked = Asked(("study", "t.csv", *arguments), reading, "kmeans", range(1, 4), 0)
    assert asked.trying(remark) == f"emscope study t.csv {tried}"
