"""Stability agrees with R's fpc, heeds weights, and repeats its fits with traces."""

import csv
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics import adjusted_rand_score, jaccard_score

import interrupting
from emscope import GaussianMixture, KMeans, SphericalKMeans, datasets, study
from emscope.errors import DataError, DataTypeError
from emscope.study.agreement import similarities

pytestmark = pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")

REFERENCE = Path(__file__).parent / "reference"


def blobs():
    return np.loadtxt(REFERENCE / "blobs.csv", delimiter=",", skiprows=1)


ROWS = {
    "old faithful": lambda: datasets.old_faithful().matrix,
    "iris": lambda: load_iris().data,
    "blobs": blobs,
}


def reference():
    with open(REFERENCE / "clusterboot.csv", encoding="utf-8") as file:
        return [{name: value.strip() for name, value in row.items()} for row in csv.DictReader(file)]


@pytest.mark.parametrize(("data", "k"), sorted({(row["data"], int(row["k"])) for row in reference()}))
def test_clusters_are_as_stable_as_fpc_finds_them(data, k):
    X = ROWS[data]()
    model = KMeans(k, n_init=10, random_state=0).fit(X)
    found = study.stability(model, X, n_resamples=100, random_state=1)
    theirs = [row for row in reference() if (row["data"], row["k"]) == (data, str(k))]
    for j in range(k):
        own = X[model.labels_ == j]
        row = next(
            row
            for row in theirs
            if int(row["rows"]) == len(own) and abs(float(row["first"]) - own[:, 0].mean()) < 1e-3
        )
        error = np.hypot(found.errors[j], float(row["error"]))
        # where nearly all resamples agree, the few others make errors of the errors
        assert found.jaccard[j] == pytest.approx(float(row["jaccard"]), abs=4 * error + 0.002)


def test_values_are_those_of_scikit_learn():
    X, random = blobs(), np.random.RandomState(0)
    model = KMeans(4, random_state=0).fit(X)
    found = study.stability(model, X, n_resamples=3, random_state=random)
    for i in range(3):
        again = study.again(found, i, X)
        drawn = found.drawn[i]
        assert drawn.sum() == len(X) // 2
        for j in range(4):
            best = max(jaccard_score(model.labels_[drawn] == j, again.labels_[drawn] == b) for b in range(4))
            assert found.similarities[i, j] == pytest.approx(best, rel=1e-12)
        assert found.adjusted_rand[i] == pytest.approx(
            adjusted_rand_score(model.labels_, again.labels_), rel=1e-12
        )


def test_rows_that_stay_are_inside_and_those_that_leave_on_the_border():
    X = np.concatenate([np.random.default_rng(0).normal(size=(40, 1)) * 0.1 + c for c in (0.0, 3.0, 4.0)])
    model = KMeans(3, random_state=0, n_init=10).fit(X)
    found = study.stability(model, X, n_resamples=50, random_state=0)
    assert found.rows[:40].min() == 1.0
    assert found.rows.shape == (120,)
    assert ((found.rows >= 0) & (found.rows <= 1)).all()


@pytest.mark.parametrize("kind", ["kmeans", "spherical", "gmm"])
def test_any_fit_is_repeated_with_its_trace(kind):
    X = blobs() + 5
    model = {"kmeans": KMeans(3), "spherical": SphericalKMeans(3), "gmm": GaussianMixture(3)}[kind]
    found = study.stability(model.set_params(random_state=0), X, n_resamples=4, random_state=2)
    again = study.again(found, 2, X)
    fitted = model.fit(X)
    drawn, labels = found.drawn[2], again.predict(X)
    assert again.trace_ is not None
    alike = similarities(fitted.predict(X)[drawn], labels[drawn], np.ones(drawn.sum()), 3)
    assert found.similarities[2].tolist() == alike.max(axis=1).tolist()


def test_resample_i_is_the_same_whatever_else_is_asked_for():
    X = blobs()
    model = KMeans(4, random_state=0).fit(X)
    every = study.stability(model, X, n_resamples=23, random_state=5, n_threads=1)
    some = study.stability(model, X, n_resamples=7, random_state=5, n_threads=2)
    for name in ("similarities", "adjusted_rand", "drawn", "starts"):
        assert getattr(every, name)[:7].tolist() == getattr(some, name).tolist()


def test_rows_of_weight_0_matter_nowhere():
    X = blobs()
    weights = np.random.default_rng(0).gamma(1, size=len(X))
    more = np.concatenate([X, 100 + X])
    with_them = np.concatenate([weights, np.zeros(len(X))])
    model = KMeans(4, random_state=0).fit(X, sample_weight=weights)
    alone = study.stability(model, X, n_resamples=5, random_state=0, sample_weight=weights)
    beside = study.stability(model, more, n_resamples=5, random_state=0, sample_weight=with_them)
    assert alone.jaccard.tolist() == beside.jaccard.tolist()
    assert alone.adjusted_rand.tolist() == beside.adjusted_rand.tolist()
    assert alone.rows.tolist() == beside.rows[: len(X)].tolist()
    assert alone.n_rows == beside.n_rows


def test_more_rows_are_sampled_and_that_is_said():
    random = np.random.default_rng(0)
    X = random.normal(size=(12_000, 1)) * 0.1 + random.integers(0, 3, size=(12_000, 1))
    found = study.stability(KMeans(3, random_state=0), X, n_resamples=2, random_state=0)
    assert (found.n_rows, found.n_sampled) == (12_000, 10_000)
    assert found.rows.shape == (12_000,)
    assert found.drawn.sum(axis=1).tolist() == [5_000, 5_000]
    assert "stratified sample of 10,000 of the 12,000 rows" in found.sentence
    again = study.again(found, 1, X)
    np.testing.assert_allclose(sorted(again.cluster_centers_.ravel()), [0, 1, 2], atol=0.01)


def test_ctrl_c_keeps_what_is_done():
    found = study.stability(
        KMeans(3, random_state=0), blobs(), n_resamples=100, random_state=0, progress=interrupting.at(40)
    )
    assert found.interrupted
    assert len(found.adjusted_rand) == 40


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda X: study.stability("kmeans", X), DataTypeError, "model must be a KMeans"),
        (lambda X: study.stability(KMeans(3), X, n_resamples=0), DataError, "n_resamples"),
        (lambda X: study.stability(KMeans(3, random_state=0), X[:5]), DataError, "half of the 5 rows"),
    ],
    ids=["no model", "no resamples", "few rows"],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(ask, error, says):
    with pytest.raises(error, match=says):
        ask(blobs())
