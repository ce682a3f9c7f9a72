import dataclasses

import pytest

from emscope.card import KMEANS, gaussian_mixture
from emscope.errors import DataError
from emscope.report.choice import TABLES, choose_tables

MIXTURE = gaussian_mixture("full")


def test_all_is_all_that_the_model_has():
    assert choose_tables("all", KMEANS) == ("centers", "clusters", "sizes", "labels")
    assert choose_tables("all", MIXTURE) == TABLES[1:]
    assert choose_tables("labels,all", KMEANS) == choose_tables("all", KMEANS)


def test_chosen_tables_come_once_and_in_their_order():
    assert choose_tables("labels, sizes ,labels", MIXTURE) == ("sizes", "labels")
    assert choose_tables(["responsibilities", "means"], MIXTURE) == ("means", "responsibilities")


def test_none_is_no_table_and_stands_alone():
    assert choose_tables("none", MIXTURE) == ()
    with pytest.raises(DataError, match="none and labels cannot both be wanted"):
        choose_tables("labels,none", MIXTURE)


@pytest.mark.parametrize("wanted", ["", "label", "labels,,means", [], "Labels", "x" * 10_000])
def test_an_unknown_table_is_one_sentence_with_all_names(wanted):
    with pytest.raises(DataError) as caught:
        choose_tables(wanted, MIXTURE)
    sentence = str(caught.value)
    assert sentence.startswith("there is no table ")
    assert all(name in sentence for name in (*TABLES, "all", "none"))
    assert len(sentence) < 250


@pytest.mark.parametrize("name", ["means", "covariances", "weights", "responsibilities"])
def test_tables_of_mixtures_are_refused_without_one(name):
    with pytest.raises(DataError, match=f"k-means has no table {name}: choose "):
        choose_tables(f"labels,{name}", KMEANS)


def test_centers_of_a_mixture_are_called_means():
    with pytest.raises(DataError, match=r"a Gaussian mixture has no table centers: choose means"):
        choose_tables("centers", MIXTURE)


def test_where_clusters_lie_is_a_table_of_centers_whatever_the_model_calls_it():
    medoids = dataclasses.replace(KMEANS, title="k-medoids", location="medoids")
    assert choose_tables("all", medoids) == choose_tables("all", KMEANS)
    with pytest.raises(DataError, match="k-medoids has no table means: choose centers, where its clusters"):
        choose_tables("means", medoids)
