"""A file of a model is read with distrust: what is not as it was written is one sentence."""

import copy
import json
import os

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import emscope
from emscope.errors import EmscopeError, ModelError
from emscope.saved.format import checksum
from emscope.saved.loading import model_from
from emscope.saved.saving import described, text_of
from saved_models import GROUPS, MAKERS, NEW


def file_of(name):
    table = emscope.read_table(
        pa.table({"a": GROUPS[:, 0], "b": np.exp(GROUPS[:, 1]), "c": GROUPS[:, 2]}),
        log=["b"],
        standardize=True,
        impute="median",
    )
    model = MAKERS[name](3).fit(table.matrix)
    return text_of(
        described(model, table, {"decimal": ",", "na_values": ("-9999",), "header": True, "skip": 0})
    )


FILES = {name: file_of(name) for name in MAKERS}
CONTENTS = {name: json.loads(text) for name, text in FILES.items()}


def load(content):
    """Load changed content with a checksum that fits it, as somebody who means harm would make it."""
    rest = {name: value for name, value in content.items() if name != "checksum"}
    try:
        rest["checksum"] = checksum(rest)
    except ValueError:
        rest["checksum"] = ""
    return model_from(json.dumps(rest).encode(), "model.json")


def places(value, path=()):
    """Every place in nested lists and dictionaries."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        yield from places(one, (*path, key))


PLACES = {name: [path for path in places(content) if path] for name, content in CONTENTS.items()}

odd_values = st.one_of(
    st.sampled_from(
        [None, True, False, 0, -1, 1, 2, 1e308, -1e308, 1e-320, 0.5, -0.0, float("nan"), float("inf")]
    ),
    st.sampled_from(
        ["", "kmeans", "gmm", "spherical", "full", "diag", "float32", "-1", "1e400", "9" * 5000, "\ud800"]
    ),
    st.sampled_from([[], {}, [[]], [None], {"a": 1}, [[1.0]], [0.5, 0.5], 10**400]),
    st.floats(),
    st.integers(),
    st.text(max_size=5),
)


def changed(content, path, what):
    """The content with another value in a place, or without that place, or with it twice."""
    content = copy.deepcopy(content)
    holder = content
    for key in path[:-1]:
        holder = holder[key]
    if what == "remove":
        del holder[path[-1]]
    elif what == "double" and isinstance(holder, list):
        holder.insert(path[-1], holder[path[-1]])
    else:
        holder[path[-1]] = what
    return content


@given(st.sampled_from(list(MAKERS)), st.data())
def test_changed_content_is_loaded_or_refused_and_never_crashes(name, data):
    path = data.draw(st.sampled_from(PLACES[name]))
    content = changed(
        CONTENTS[name], path, data.draw(st.one_of(st.sampled_from(["remove", "double"]), odd_values))
    )
    loaded, sentence = None, ""
    try:
        loaded = load(content)
    except ModelError as error:
        sentence = str(error)
    if loaded is None:
        assert sentence.startswith("model.json ")
        assert len(sentence.splitlines()) == 1
        return
    d = loaded.estimator.n_features_in_
    try:
        labels = loaded.predict(np.abs(NEW[:, :1].repeat(d, axis=1)) + 1)
    except EmscopeError:
        return
    assert labels.min() >= 0
    assert labels.max() < 3
    assert model_from(text_of(loaded).encode(), "again.json").card == loaded.card


@given(st.sampled_from(list(MAKERS)), st.data())
def test_a_changed_file_is_refused_or_the_same_model(name, data):
    """Whatever happens to its bytes: what decides is in the checksum."""
    raw = bytearray(FILES[name].encode())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(raw) - 1))
        how = data.draw(st.sampled_from(["replace", "remove", "cut", "insert"]))
        if how == "replace":
            raw[place] = data.draw(st.integers(0, 255))
        elif how == "remove":
            del raw[place]
        elif how == "cut":
            del raw[max(1, place) :]
        else:
            raw.insert(place, data.draw(st.integers(0, 255)))
    try:
        loaded = model_from(bytes(raw), "model.json")
    except ModelError:
        return
    assert text_of(loaded) == FILES[name]


def test_layout_does_not_matter():
    content = CONTENTS["gmm-full"]
    shuffled = dict(sorted(content.items(), reverse=True))
    for text in (json.dumps(content), json.dumps(content, indent=3), json.dumps(shuffled)):
        assert text_of(model_from(text.encode(), "m")) == FILES["gmm-full"]


@pytest.mark.parametrize(
    ("name", "path", "value", "sentence"),
    [
        ("kmeans", ("version",), 2, "it has version 2 and this emscope knows up to 1: install a newer one"),
        ("kmeans", ("version",), True, "its version is not a whole number from 1 on"),
        ("kmeans", ("model",), "dbscan", "its model is not one of kmeans, spherical, gmm"),
        ("kmeans", ("dtype",), "int8", "its dtype is neither float64 nor float32"),
        ("kmeans", ("dtype",), "float32", "its centers hold a number that float32 does not have"),
        ("kmeans", ("parameters", "centers"), [], "its centers are not those of a cluster"),
        ("kmeans", ("parameters", "centers", 1), [1.0], r"its centers do not have the shape \(3, 3\)"),
        (
            "kmeans",
            ("parameters", "centers", 1, 1),
            "2.5",
            "its centers hold something that is not a finite number",
        ),
        ("spherical", ("parameters", "centers", 1, 1), 9.0, "its centers are not of length 1"),
        (
            "gmm-full",
            ("parameters", "covariances", 0, 0, 0),
            -1.0,
            "its covariances are not symmetric, or have",
        ),
        (
            "gmm-full",
            ("parameters", "covariances", 0, 0, 1),
            0.9,
            "its covariances are not symmetric, or have",
        ),
        ("gmm-tied", ("parameters", "covariances"), np.ones((3, 3)).tolist(), "not positive definite"),
        ("gmm-diag", ("parameters", "covariances", 2, 2), 0.0, "its covariances are not positive definite"),
        (
            "gmm-spherical",
            ("parameters", "covariances", 2),
            -1.0,
            "its covariances are not positive definite",
        ),
        (
            "gmm-diag",
            ("parameters", "weights", 0),
            0.0,
            "its weights are not positive numbers that add up to 1",
        ),
        (
            "gmm-diag",
            ("settings", "covariance_type"),
            "tied",
            "its covariances are not symmetric",
        ),
        (
            "gmm-diag",
            ("settings", "covariance_type"),
            "round",
            "its covariance_type is not one of full, tied",
        ),
        ("kmeans", ("settings", "n_clusters"), 2, "its settings have a name that is none of kmeans's"),
        ("kmeans", ("settings", "tol"), -1.0, "its settings are those of no model"),
        ("kmeans", ("settings", "random_state"), -1, "its random_state is not a whole number below"),
        ("kmeans", ("result", "inertia"), -1.0, "its inertia is not a number of 0 or more"),
        ("kmeans", ("feature names",), ["a"], "its feature names are not 3 texts"),
        ("kmeans", ("preparation", "features"), [], "its preparation is not one of 3 columns"),
        ("kmeans", ("preparation", "features", 1, "column"), "a", "its preparation is not one of 3 columns"),
        (
            "kmeans",
            ("preparation", "features", 1, "scale"),
            0.0,
            "its preparation is none .*a scale is not positive",
        ),
        (
            "kmeans",
            ("preparation", "features", 1, "offset"),
            "9" * 400,
            "an offset of its preparation is too large",
        ),
        ("kmeans", ("kinds",), [], "its kinds are not 3 texts"),
        ("kmeans", ("id",), 3, "its id is not what a model has there"),
        ("kmeans", ("reading", "engine"), "c", "it was read by an option that is unknown: 'engine'"),
        ("kmeans", ("reading", "skip"), "2", "its skip is not what a model has there"),
        ("kmeans", ("reading", "na_values"), [1], "its na_values are not texts"),
        ("kmeans", ("fit", "counts"), [1, 2], "its counts are not the rows of 3 clusters"),
        ("kmeans", ("fit", "counts"), [0, 0, 0], "its counts are not the rows of 3 clusters"),
        ("kmeans", ("fit", "levels"), [0.5], "its quantiles are at other levels"),
        ("kmeans", ("fit", "distances", 0), 1e9, "its quantiles are not in order"),
        ("kmeans", ("versions", "numpy"), 2, "its versions are not texts"),
    ],
)
def test_what_does_not_fit_together_is_named(name, path, value, sentence):
    with pytest.raises(ModelError, match=rf"^model\.json cannot be loaded: .*{sentence}"):
        load(changed(CONTENTS[name], path, value))


def test_files_that_are_no_models(tmp_path, monkeypatch):
    path = tmp_path / "model.json"
    with pytest.raises(ModelError, match="there is no file"):
        emscope.load_model(path)
    with pytest.raises(ModelError, match="cannot be opened"):
        emscope.load_model(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ModelError, match="a pipe or a device"):
            emscope.load_model(tmp_path / "pipe")
    for raw in (
        b"",
        b"\xff\xfe",
        b"PK\x03\x04",
        b"{",
        b'{"a": NaN}',
        b"[" * 100_000,
        b"1" * 10_000,
        b'{"a":1,"a":1}',
    ):
        path.write_bytes(raw)
        with pytest.raises(
            ModelError, match=r"^model\.json is not a saved model, or it is cut short or damaged"
        ):
            emscope.load_model(path)
    for raw in (b"{}", b"[]", b"3", b"null", b'{"format": "emscope-trace"}'):
        path.write_bytes(raw)
        with pytest.raises(ModelError, match=r"^model\.json is not a saved model: name a model\.json"):
            emscope.load_model(path)
    monkeypatch.setattr("emscope.saved.loading._MOST_BYTES", 100)
    path.write_text(FILES["kmeans"])
    with pytest.raises(ModelError, match=r"^model\.json has more than 100 bytes"):
        emscope.load_model(path)


def test_a_number_that_was_edited_is_noticed():
    for before, after in (('"n_iter": ', '"n_iter": 1'), ('"tol": 0.0001', '"tol": 1e400')):
        text = FILES["kmeans"].replace(before, after)
        assert text != FILES["kmeans"]
        with pytest.raises(ModelError, match="it was changed since it was written"):
            model_from(text.encode(), "model.json")


def test_how_the_table_was_read_is_known():
    loaded = load(CONTENTS["kmeans"])
    assert loaded.reading == {"decimal": ",", "na_values": ["-9999"], "header": True, "skip": 0}
