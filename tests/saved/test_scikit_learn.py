"""A model as scikit-learn's own, which predicts the same and needs nothing of emscope."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

import emscope
from emscope import GaussianMixture, KMeans, Preparation, SphericalKMeans
from emscope.data.feature import Feature
from emscope.errors import DataError, ModelError
from emscope.saved.model import SavedModel
from emscope.saved.saving import described
from saved_models import GROUPS, MAKERS, NEW


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", MAKERS)
def test_labels_are_the_same(name, dtype):
    model = MAKERS[name](3).fit(GROUPS.astype(dtype))
    theirs = emscope.to_sklearn(model)
    check_is_fitted(theirs)
    assert theirs.n_features_in_ == 3
    np.testing.assert_array_equal(theirs.predict(NEW.astype(dtype)), model.predict(NEW.astype(dtype)))


@pytest.mark.parametrize("name", ["gmm-full", "gmm-tied", "gmm-diag", "gmm-spherical"])
def test_a_mixture_has_the_same_densities(name):
    model = MAKERS[name](3).fit(GROUPS)
    theirs = emscope.to_sklearn(model)
    np.testing.assert_allclose(theirs.predict_proba(NEW), model.predict_proba(NEW), atol=1e-12)
    np.testing.assert_allclose(theirs.score_samples(NEW), model.score_samples(NEW), rtol=1e-12)
    assert theirs.bic(NEW) == pytest.approx(model.bic(NEW))


def test_attributes_are_those_of_the_fit():
    model = KMeans(3, random_state=0, algorithm="elkan", tol=1e-3, max_iter=50).fit(GROUPS)
    theirs = emscope.to_sklearn(model)
    np.testing.assert_array_equal(theirs.labels_, model.labels_)
    assert (theirs.inertia_, theirs.n_iter_) == (model.inertia_, model.n_iter_)
    assert (theirs.tol, theirs.max_iter, theirs.algorithm) == (1e-3, 50, "elkan")
    np.testing.assert_allclose(theirs.transform(NEW), model.transform(NEW))


@pytest.mark.parametrize("name", MAKERS)
def test_a_clone_can_be_fitted_anew(name):
    theirs = clone(emscope.to_sklearn(MAKERS[name](3).fit(GROUPS)))
    with pytest.raises(NotFittedError):
        theirs.predict(NEW)
    assert len(np.unique(theirs.fit(GROUPS).predict(GROUPS))) == 3


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")
@pytest.mark.parametrize("start", ["array", "farthest", "model"])
def test_starts_that_scikit_learn_does_not_know(start):
    starts = {"array": GROUPS[[0, 50, 100]], "model": KMeans(3, random_state=1).fit(GROUPS)}
    model = KMeans(3, init=starts.get(start, start))
    theirs = emscope.to_sklearn(model.fit(GROUPS))
    np.testing.assert_array_equal(theirs.predict(NEW), model.predict(NEW))
    clone(theirs).fit(GROUPS)


TABLES = {
    "nothing": {},
    "standardized": {"standardize": True},
    "one logarithm": {"log": ["b"]},
    "all logarithms": {"log": ["a", "b", "c"], "standardize": True},
    "filled": {"impute": "median"},
    "all": {"impute": "median", "log": ["a", "c"], "standardize": True},
}


@pytest.mark.parametrize("how", TABLES)
@pytest.mark.parametrize("name", ["kmeans", "spherical", "gmm-full"])
def test_a_preparation_becomes_a_pipeline(name, how):
    frame = pd.DataFrame(np.exp(GROUPS / 3), columns=["a", "b", "c"])
    if "impute" in TABLES[how]:
        frame.iloc[::9, 1] = np.nan
    table = emscope.read_table(frame, **TABLES[how])
    model = MAKERS[name](3).fit(table.matrix)
    theirs = emscope.to_sklearn(described(model, table))
    check_is_fitted(theirs)
    assert theirs.feature_names_in_.tolist() == ["a", "b", "c"]
    assert theirs.n_features_in_ == 3
    np.testing.assert_array_equal(theirs.predict(frame), model.predict(table.matrix))
    if TABLES[how] and name != "spherical":
        np.testing.assert_allclose(theirs[:-1].transform(frame), table.matrix, rtol=1e-15)
    assert len(np.unique(clone(theirs).fit(frame).predict(frame))) == 3


def test_float32_is_rounded_before_anything_else():
    table = emscope.read_table(GROUPS.astype(np.float32), standardize=True)
    model = KMeans(3, random_state=0).fit(table.matrix)
    theirs = emscope.to_sklearn(described(model, table))
    assert model.cluster_centers_.dtype == np.float32
    np.testing.assert_array_equal(theirs.predict(GROUPS), model.labels_)


def test_nothing_of_emscope_is_needed_where_it_is_loaded(tmp_path):
    table = emscope.read_table(
        pa.table(dict(zip("abc", np.exp(GROUPS.T / 3), strict=True))), log=["b"], standardize=True
    )
    model = SphericalKMeans(3, random_state=0).fit(table.matrix)
    with (tmp_path / "model.pickle").open("wb") as file:
        pickle.dump(emscope.to_sklearn(described(model, table)), file)
    np.save(tmp_path / "rows.npy", np.exp(GROUPS / 3))
    code = "import sys; sys.modules['emscope'] = None\nimport pickle, warnings, numpy as np\n"
    code += "warnings.simplefilter('ignore')\n"  # an array has no names
    code += "print(*pickle.load(open('model.pickle', 'rb')).predict(np.load('rows.npy')))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert list(map(int, run.stdout.split())) == model.labels_.tolist()


@pytest.mark.parametrize(
    ("features", "sentence"),
    [
        ([Feature(column="a", reads="days")], "'a' is read as days, which no step of scikit-learn does"),
        ([Feature(column="a", offset=2**60)], "'a' has digits beyond float64"),
        ([Feature(column="a", fill=1.0), Feature(column="b")], "some columns are filled and others not"),
    ],
)
def test_what_scikit_learn_has_no_step_for(features, sentence):
    model = KMeans(2, random_state=0).fit(GROUPS[:, : len(features)])
    with pytest.raises(ModelError, match=sentence):
        emscope.to_sklearn(SavedModel(model, preparation=Preparation(tuple(features))))


def test_what_is_not_fitted():
    with pytest.raises(DataError, match="not fitted"):
        emscope.to_sklearn(GaussianMixture(2))
