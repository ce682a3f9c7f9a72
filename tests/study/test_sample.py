"""A sample has its share of every stratum, by weight; few rows are all taken."""

import numpy as np
import pytest

from emscope.study import sample as sampling
from emscope.study.sample import sample_of


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(sampling, "MOST_ROWS", 100)
    monkeypatch.setattr(sampling, "_FEWEST_ROWS", 10)


def draw(n, weights=None, strata=None, seed=0, d=1):
    points = np.arange(n * d, dtype=np.float32).reshape(n, d)
    strata = np.zeros(n, int) if strata is None else strata
    return sample_of(points, weights, strata, np.random.RandomState(seed))


def test_few_rows_are_all_taken_with_their_weights():
    weights = np.arange(1.0, 101)
    sample = draw(100, weights)
    assert sample.is_all
    assert sample.weights is weights
    assert sample.points.dtype == np.float64
    assert (sample.rows == np.arange(100)).all()


def test_every_stratum_has_its_share():
    strata = np.repeat([0, 1, 2], [5000, 3000, 2000])
    sample = draw(10_000, strata=strata)
    assert not sample.is_all
    assert sample.weights is None
    counts = np.bincount(strata[sample.rows])
    assert (np.abs(counts - [50, 30, 20]) <= 1).all()
    assert len(set(sample.rows.tolist())) == 100
    assert (sample.points.ravel() == sample.rows).all()


def test_rows_are_drawn_by_weight_and_heavy_ones_several_times():
    weights = np.ones(1000)
    weights[7] = 500.0
    sample = draw(1000, weights)
    assert sample.mass.sum() == 100
    assert sample.mass[sample.rows == 7] == pytest.approx(100 * 500 / 1499, abs=1)


def test_every_row_is_as_likely_as_its_weight():
    weights = np.where(np.arange(400) < 200, 1.0, 3.0)
    share = np.mean([draw(400, weights, seed=seed).mass @ (draw(400, weights, seed=seed).rows >= 200)
                     for seed in range(20)])  # fmt: skip
    assert share == pytest.approx(75, abs=2)


def test_many_features_take_fewer_rows(monkeypatch):
    monkeypatch.setattr(sampling, "_MOST_WORK", 1e4)
    assert len(draw(1000, d=4).rows) == 50
