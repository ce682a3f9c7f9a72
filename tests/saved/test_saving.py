"""What is saved of a model is loaded as the same model, to the bit, and holds no row."""

import json
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

import emscope
from emscope import GaussianMixture, KMeans, SphericalKMeans
from emscope.errors import DataError, ModelError, OutputError
from emscope.estimators.rows import row_figures
from emscope.saved.model import LEVELS
from emscope.saved.saving import described, text_of
from saved_models import GROUPS, MAKERS, NEW

PARAMETERS = ("cluster_centers_", "means_", "covariances_", "weights_", "precisions_", "precisions_cholesky_")


def round_trip(model, tmp_path, **how):
    emscope.save_model(model, tmp_path / "model.json", **how)
    return emscope.load_model(tmp_path / "model.json")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", MAKERS)
def test_a_loaded_model_is_the_same_to_the_bit(name, dtype, tmp_path):
    rows, new = GROUPS.astype(dtype), NEW.astype(dtype)
    model = MAKERS[name](3).fit(rows)
    loaded = round_trip(model, tmp_path)
    assert type(loaded.estimator) is type(model)
    np.testing.assert_array_equal(loaded.predict(new), model.predict(new))
    for attribute in PARAMETERS:
        if hasattr(model, attribute):
            ours, theirs = getattr(model, attribute), getattr(loaded.estimator, attribute)
            assert ours.dtype == theirs.dtype
            np.testing.assert_array_equal(ours, theirs)
    if isinstance(model, GaussianMixture):
        np.testing.assert_array_equal(loaded.estimator.predict_proba(new), model.predict_proba(new))
        np.testing.assert_array_equal(loaded.estimator.score_samples(new), model.score_samples(new))
        assert loaded.estimator.lower_bound_ == model.lower_bound_
        assert loaded.estimator.converged_ is model.converged_
    else:
        np.testing.assert_array_equal(loaded.estimator.transform(new), model.transform(new))
        assert loaded.estimator.inertia_ == model.inertia_
    assert loaded.estimator.n_iter_ == model.n_iter_
    assert loaded.estimator.trace_ is None
    assert not hasattr(loaded.estimator, "labels_")


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")  # in one dimension the groups overlap
@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize(("k", "d"), [(1, 3), (3, 1), (1, 1)])
def test_one_cluster_and_one_feature(name, k, d, tmp_path):
    rows = np.abs(GROUPS[:, :d]) + 1
    model = MAKERS[name](k)
    if name == "spherical" and d == 1:
        model.set_params(n_clusters=1)  # all rows have one direction
    model.fit(rows)
    loaded = round_trip(model, tmp_path)
    np.testing.assert_array_equal(loaded.predict(rows), model.predict(rows))
    assert loaded.reference.counts.sum() == len(rows)


def test_what_was_saved_is_loaded_and_saved_again_as_the_same_file(tmp_path):
    loaded = round_trip(KMeans(3, random_state=0).fit(GROUPS), tmp_path)
    emscope.save_model(loaded, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "model.json").read_bytes()


def test_another_process_predicts_the_same(tmp_path):
    fitted = {name: make(3).fit(GROUPS) for name, make in MAKERS.items()}
    for name, model in fitted.items():
        emscope.save_model(model, tmp_path / f"{name}.json")
    np.save(tmp_path / "new.npy", NEW)
    code = "import emscope, sys, numpy as np\nfor name in sys.argv[1:]:\n"
    code += "    print(*emscope.load_model(f'{name}.json').predict(np.load('new.npy')))"
    command = [sys.executable, "-c", code, *fitted]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    for line, model in zip(run.stdout.splitlines(), fitted.values(), strict=True):
        assert list(map(int, line.split())) == model.predict(NEW).tolist()


@pytest.mark.parametrize("name", MAKERS)
def test_quantiles_and_counts_are_those_of_the_rows(name, tmp_path):
    model = MAKERS[name](3).fit(GROUPS)
    figures = row_figures(model, GROUPS)
    for how in ({}, {"table": GROUPS}):  # a trace of so few rows has all of them
        reference = round_trip(model, tmp_path, **how).reference
        assert reference.counts.tolist() == np.bincount(figures.labels).tolist()
        method = "linear" if how else "inverted_cdf"
        np.testing.assert_allclose(
            reference.distances, np.quantile(figures.distance, LEVELS, method=method), rtol=1e-12
        )
        if figures.log_density is not None:
            expected = np.quantile(figures.log_density, LEVELS, method=method)
            np.testing.assert_allclose(reference.log_densities, expected, rtol=1e-12)
    np.testing.assert_allclose(reference.shares.sum(), 1)


def test_a_drawn_sample_counts_by_the_sizes_of_its_clusters(tmp_path):
    random = np.random.default_rng(2)
    rows = np.concatenate([random.normal(0, 1, (9_900, 1)), random.normal(1000, 10, (100, 1))])
    model = KMeans(2, init=[[0.0], [1000.0]]).fit(rows)
    assert len(model.trace_.points) < len(rows)
    reference = round_trip(model, tmp_path).reference
    assert reference.counts.tolist() == [9_900, 100]
    of_all = np.quantile(row_figures(model, rows).distance, LEVELS)
    np.testing.assert_allclose(reference.distances[2:7], of_all[2:7], rtol=0.1)


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")
@pytest.mark.parametrize("name", MAKERS)
def test_a_file_holds_no_row_of_the_data(name, tmp_path):
    """Not even where the fit began at some, or where their names are known."""
    secret = GROUPS + 1e-3 * np.pi  # digits that nothing else has
    table = emscope.read_table(
        pa.table(
            {"who": [f"person {i}" for i in range(len(secret))], **dict(zip("abc", secret.T, strict=True))}
        ),
        id_column="who",
    )
    model = MAKERS[name](3)
    start = "init_params" if name.startswith("gmm") else "init"
    model.set_params(**{start: table.matrix[[0, 50, 100]]}).fit(table.matrix)
    text = text_of(described(model, table))
    assert "person" not in text
    held = set(numbers_in(json.loads(text)))
    assert len(held & set(secret.ravel().tolist())) == 0


def numbers_in(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from numbers_in(one)
    elif isinstance(value, float):
        yield value


def test_settings_that_say_how_it_was_fitted_are_kept(tmp_path):
    model = KMeans(3, random_state=7, tol=0, n_init=2, max_iter=50, algorithm="lloyd").fit(GROUPS)
    again = round_trip(model, tmp_path).estimator.fit(GROUPS)
    np.testing.assert_array_equal(again.labels_, model.labels_)
    assert again.get_params() == model.get_params()


def test_a_preparation_is_applied_to_new_rows(tmp_path):
    frame = pa.table({"b": np.exp(GROUPS[:, 1]), "a": GROUPS[:, 0], "text": ["x", "y"] * 60})
    table = emscope.read_table(frame, log=["b"], standardize=True, impute="median")
    model = KMeans(3, random_state=0).fit(table.matrix)
    loaded = round_trip(model, tmp_path, table=table)
    assert loaded.names == ("b", "a")
    assert loaded.kinds == ("numbers", "numbers")
    np.testing.assert_array_equal(loaded.predict(frame), model.labels_)
    other_order = frame.select(["text", "a", "b"])
    np.testing.assert_array_equal(loaded.predict(other_order), model.labels_)
    with pytest.raises(DataError, match="no column 'a'"):
        loaded.predict(frame.select(["b"]))


def test_a_data_frame_is_taken_by_its_columns_names(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(GROUPS, columns=["x", "y", "z"])
    model = GaussianMixture(3, random_state=0).fit(frame)
    loaded = round_trip(model, tmp_path)
    assert loaded.names == ("x", "y", "z")
    assert loaded.estimator.feature_names_in_.tolist() == ["x", "y", "z"]
    labels = model.predict(frame)
    np.testing.assert_array_equal(loaded.predict(frame), labels)
    np.testing.assert_array_equal(loaded.predict(frame[["z", "x", "y"]].assign(other=1.0)), labels)


def test_a_table_that_the_model_was_not_fitted_to_is_refused(tmp_path):
    table = emscope.read_table(pa.table(dict(zip("abc", GROUPS.T, strict=True))))
    standardized = table.standardized()
    model = KMeans(3, random_state=0).fit(standardized.matrix)
    for wrong in (table, GROUPS[:50]):
        with pytest.raises(DataError, match="not the rows that the model was fitted to"):
            emscope.save_model(model, tmp_path / "model.json", table=wrong)
    two = emscope.read_table(pa.table(dict(zip("ab", GROUPS.T[:2], strict=True))))
    with pytest.raises(DataError, match="2 features and the model was fitted to 3"):
        emscope.save_model(model, tmp_path / "model.json", table=two)
    mixture = GaussianMixture(3, random_state=0).fit(GROUPS)
    with pytest.raises(DataError, match="not the rows that the model was fitted to"):
        emscope.save_model(mixture, tmp_path / "model.json", table=standardized)
    assert not (tmp_path / "model.json").exists()


def test_without_a_trace_nothing_is_known_of_the_rows(tmp_path):
    model = KMeans(3, random_state=0, record=False).fit(GROUPS)
    assert round_trip(model, tmp_path).reference is None
    assert round_trip(model, tmp_path, table=GROUPS).reference is not None


def test_more_rows_than_quantiles_take(tmp_path, monkeypatch):
    monkeypatch.setattr("emscope.saved.saving._MOST_ROWS", 90)
    model = KMeans(3, random_state=0).fit(GROUPS)
    reference = round_trip(model, tmp_path, table=GROUPS).reference
    assert reference.counts.sum() == len(GROUPS)
    of_all = np.quantile(row_figures(model, GROUPS).distance, LEVELS)
    np.testing.assert_allclose(reference.distances, of_all, rtol=0.4)
    assert not np.array_equal(reference.distances, of_all)


def test_rows_of_weight_0_take_no_part_and_are_saved(tmp_path):
    weights = np.ones(len(GROUPS))
    weights[::7] = 0
    model = KMeans(3, random_state=0).fit(GROUPS, sample_weight=weights)
    assert round_trip(model, tmp_path, table=GROUPS).reference.counts.sum() == len(GROUPS)
    assert round_trip(model, tmp_path).reference.counts.sum() == np.count_nonzero(weights)


def test_what_cannot_be_saved(tmp_path):
    path = tmp_path / "model.json"
    with pytest.raises(DataError, match="this KMeans is not fitted"):
        emscope.save_model(KMeans(3), path)
    with pytest.raises(DataError, match="a list is no model of emscope"):
        emscope.save_model([1, 2], path)
    broken = KMeans(3, random_state=0).fit(GROUPS)
    broken.cluster_centers_ = np.full((3, 3), np.nan)
    broken.trace_ = None
    with pytest.raises(ModelError, match="not finite"):
        emscope.save_model(broken, path)
    mixture = GaussianMixture(2, random_state=0, record=False).fit(GROUPS)
    mixture.weights_ = np.array([2.0, -1.0])
    with pytest.raises(
        ModelError, match="what would be written cannot be loaded: its weights are not positive"
    ):
        emscope.save_model(mixture, path)
    with pytest.raises(OutputError):
        emscope.save_model(KMeans(3, random_state=0).fit(GROUPS), tmp_path)
    assert not path.exists()


def test_how_a_saved_model_is_shown(tmp_path):
    loaded = round_trip(SphericalKMeans(2, random_state=0).fit(GROUPS), tmp_path)
    assert repr(loaded) == "<SavedModel of spherical k-means: 2 clusters, 3 features, fitted to 120 rows>"
    assert loaded.versions["numpy"] == np.__version__
