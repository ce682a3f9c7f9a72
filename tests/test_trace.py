"""Saved traces: exact round trips, and refusal of everything that does not fit."""

import dataclasses
import io
import json
import os
import random
import re
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emscope import KMeans, datasets, read_table
from emscope.card import KMEANS, ModelCard, gaussian_mixture
from emscope.errors import OutputError, TraceError
from emscope.events import Event
from emscope.scene import Scene
from emscope.trace import Restart, Step, Trace

HOSTILE = ("<script>alert(1)</script>", "$x$\n\u2028\u202e", "\ud800 é 'q' \"", "x" * 10_000)


def make_trace(n_iterations=2, k=3, m=7, d=2, dtype=np.float64, **changes):
    random = np.random.default_rng(0)
    centers = random.normal(size=(k, d)).astype(dtype)
    steps = [Step("initialization", 0, {"centers": centers}, seconds=0.25)]
    for i in range(n_iterations):
        labels = random.integers(k, size=m).astype(np.int32)
        counts = np.bincount(labels, minlength=k)
        moved = None if i == 0 else i
        steps.append(Step("expectation", i, {"centers": centers}, 1 / (i + 3), counts, labels, None, moved))
        centers = random.normal(size=(k, d)).astype(dtype)
        values = {"donor": 1, HOSTILE[1]: HOSTILE[0], "listed": [0.5, "a"]}
        event = Event("empty_cluster", 0, tuple(range(min(m, 2))), tuple(range(d))[-1:], values)
        shift = random.random(k)
        steps.append(
            Step("maximization", i, {"centers": centers}, 0.1, counts, labels, shift=shift, events=(event,))
        )
    labels = random.integers(k, size=m).astype(np.int32)
    end = (Event("converged", prose=HOSTILE[1]),)
    steps.append(Step("expectation", n_iterations, {"centers": centers}, 0.0, labels=labels, events=end))
    values = {
        "steps": tuple(steps),
        "points": random.normal(size=(m, d)).astype(dtype),
        "sample_indices": np.arange(m) * 2,
        "n_samples": 2 * m,
        "feature_names": HOSTILE[:d],
        "card": KMEANS,
        "settings": {"n_clusters": k, "init": [[0.1, -0.0]], "tol": 1e-300, "nested": {"é": [None, True]}},
        "converged": True,
    }
    return Trace(**(values | changes))


def saved(trace, folder):
    path = folder / "run.npz"
    trace.save(path)
    return path


@pytest.mark.parametrize("cluster", [None, 0, 1, 2])
def test_an_event_may_be_about_any_cluster(cluster, tmp_path):
    trace = make_trace(k=3)
    step = dataclasses.replace(
        trace.steps[2], events=(Event("empty_cluster", cluster, prose="it was empty"),)
    )
    trace = dataclasses.replace(trace, steps=(*trace.steps[:2], step, *trace.steps[3:]))
    assert Trace.load(saved(trace, tmp_path)).events[0][1].cluster == cluster


def same(a, b):
    if a is None or b is None:
        return a is b
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def assert_equal(a, b):
    for name in ("n_samples", "feature_names", "card", "settings", "converged", "row_names", "preparation"):
        assert getattr(a, name) == getattr(b, name), name
    for name in ("points", "sample_indices", "scale"):
        assert same(getattr(a, name), getattr(b, name)), name
    assert len(a.steps) == len(b.steps)
    for one, other in zip(a.steps, b.steps, strict=True):
        for name in ("phase", "iteration", "objective", "moved", "events", "seconds"):
            assert getattr(one, name) == getattr(other, name), name
        for name in ("counts", "shift", "responsibilities"):
            assert same(getattr(one, name), getattr(other, name)), name
        assert list(one.parameters) == list(other.parameters)
        assert all(same(one.parameters[name], other.parameters[name]) for name in one.parameters)
        assert (one.labels is None) == (other.labels is None)
        assert one.labels is None or np.array_equal(one.labels, other.labels)
    for one, other in zip(a.restarts, b.restarts, strict=True):
        assert all(same(getattr(one, x), getattr(other, x)) for x in ("start", "centers", "objectives"))


def with_header(path, change):
    """Write the trace again with another header."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    header = json.loads(np.load(io.BytesIO(members["header.npy"])).tobytes())
    header = change(header) or header
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.frombuffer(text, np.uint8), version=(1, 0))
    members["header.npy"] = buffer.getvalue()
    return with_members(path, members)


def with_members(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def npy(array, **more):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, **more)
    return buffer.getvalue()


def refuses(path, words=None):
    with pytest.raises(TraceError, match=words) as caught:
        Trace.load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, ">f8"])
def test_a_round_trip_is_exact(tmp_path, dtype):
    random = np.random.default_rng(1)
    other = Restart(random.normal(size=(3, 2)), random.normal(size=(3, 2)), random.random(5))
    trace = make_trace(
        dtype=dtype,
        restarts=(other, other),
        scale=np.array([1.0, 2e-3]),
        row_names=tuple(HOSTILE[i % 4] for i in range(7)),
        preparation={"features": [{"column": HOSTILE[0], "scale": 0.1}, {"column": HOSTILE[1]}]},
    )
    assert_equal(Trace.load(saved(trace, tmp_path)), trace)


def test_a_mixture_a_thinned_run_and_a_run_without_points_survive(tmp_path):
    k, m, d = 2, 4, 3
    parameters = {
        "means": np.zeros((k, d)),
        "covariances": np.asfortranarray(np.arange(k * d * d, dtype=float).reshape(k, d, d)),
        "weights": np.array([0.25, 0.75]),
    }
    steps = (
        Step("initialization", 0, parameters),
        Step("expectation", 0, {}, -1.5, None, None, np.full((m, k), 0.5)),
        Step("maximization", 0, parameters, -2.5),
    )
    mixture = make_trace(k=k, m=m, d=d, steps=steps, card=gaussian_mixture("full"), converged=False)
    loaded = Trace.load(saved(mixture, tmp_path))
    assert_equal(loaded, mixture)
    assert loaded.steps[1].centers is None
    empty = make_trace(m=0)
    assert_equal(Trace.load(saved(empty, tmp_path)), empty)


def test_a_trace_of_an_array_has_no_preparation_and_is_the_file_it_was(tmp_path):
    path = saved(make_trace(), tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert b"preparation" not in archive.read("header.npy")
    assert Trace.load(path).preparation is None


def test_steps_share_arrays_again_and_labels_are_small(tmp_path):
    path = saved(make_trace(), tmp_path)
    steps = Trace.load(path).steps
    assert steps[0].centers is steps[1].centers
    assert steps[2].centers is steps[3].centers
    assert steps[1].labels is steps[2].labels
    assert steps[1].centers is not steps[2].centers
    assert steps[1].labels.dtype == np.uint8
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    assert len(names) == 3 + 3 + 3 + 2 + 2, "header, points, sample; centers; labels; counts; shifts"


def test_the_file_is_a_plain_npz_and_the_same_every_time(tmp_path):
    path = saved(make_trace(), tmp_path)
    first = path.read_bytes()
    with np.load(path, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype.kind in "fiu" for name in arrays.files)
    assert saved(make_trace(), tmp_path).read_bytes() == first


def test_numpy_numbers_in_settings_become_plain_and_other_objects_are_refused(tmp_path):
    trace = make_trace(settings={"seed": np.int64(3), "init": np.eye(2)})
    assert Trace.load(saved(trace, tmp_path)).settings == {"seed": 3, "init": [[1.0, 0.0], [0.0, 1.0]]}
    (tmp_path / "run.npz").unlink()
    with pytest.raises(TraceError, match="plain JSON"):
        saved(make_trace(settings={"f": print}), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_keeps_the_earlier_file(tmp_path):
    path = saved(make_trace(), tmp_path)
    with pytest.raises(OutputError):
        make_trace().save(path / "below.npz")
    assert Trace.load(path).n_samples == 14
    assert list(tmp_path.iterdir()) == [path]


def test_missing_files_folders_and_other_files_are_refused(tmp_path):
    refuses(tmp_path / "none.npz", "there is no file")
    refuses(tmp_path, "cannot be opened")
    for content in (b"", b"PK\x03\x04", b"hello", b"\0" * 100):
        (tmp_path / "other.npz").write_bytes(content)
        refuses(tmp_path / "other.npz", "not a saved trace")
    np.savez(tmp_path / "other.npz", X=np.eye(2))
    refuses(tmp_path / "other.npz", "no header")


def test_a_file_cut_short_anywhere_is_refused(tmp_path):
    path = saved(make_trace(), tmp_path)
    whole = path.read_bytes()
    for length in [*range(0, len(whole), 41), len(whole) - 1]:
        path.write_bytes(whole[:length])
        refuses(path)


def test_damage_that_the_checksum_sees_is_refused(tmp_path):
    path = saved(make_trace(), tmp_path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    whole = bytearray(with_members(path, members).read_bytes())  # stored, so that bytes can be found
    values = make_trace().points.tobytes()
    whole[whole.index(values) + 3] ^= 0x40
    path.write_bytes(whole)
    refuses(path, "damaged")


def header_field(name, value):
    def change(header):
        header[name] = value

    return change


def card_field(name, value):
    def change(header):
        header["card"][name] = value

    return change


def event_header(**changes):
    return {"kind": "a", "cluster": 0, "rows": [13], "features": [1], "values": {}} | changes


def step_field(index, name, value):
    def change(header):
        header["steps"][index][name] = value

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (header_field("version", 3), "version 3.*newer"),
        (header_field("version", "1"), "version"),
        (header_field("format", "else"), "not that of a trace"),
        (lambda header: [header], "not that of a trace"),
        (lambda header: b"null", "not that of a trace"),
        (lambda header: b"[" * 1_000_000, "damaged"),
        (lambda header: b'{"a":' * 100_000, "damaged"),
        (lambda header: b"\xff\xfe", "damaged"),
        (header_field("n_samples", 3), "sample"),
        (header_field("n_samples", True), "n_samples"),
        (header_field("n_samples", 10**30), "n_samples"),
        (header_field("points", 99), "damaged"),
        (header_field("points", -1), "cannot be"),
        (header_field("points", "../0"), "cannot be"),
        (header_field("points", 1), "points have shape"),
        (header_field("sample_indices", 0), "sample_indices have shape"),
        (header_field("feature_names", ["a"]), "feature_names"),
        (header_field("feature_names", ["a", 2]), "feature_names"),
        (header_field("row_names", ["a"]), "row_names"),
        (header_field("preparation", 3), "preparation"),
        (header_field("preparation", {"features": [{}]}), "not one of 2 features"),
        (header_field("preparation", {"features": "ab"}), "not one of 2 features"),
        (header_field("steps", []), "no half-steps"),
        (header_field("steps", [1]), "no half-steps"),
        (header_field("settings", 3), "settings"),
        (header_field("converged", 1), "converged"),
        (header_field("card", None), "card"),
        (card_field("name", 3), "card.*not texts"),
        (card_field("points", None), "card.*not texts"),
        (card_field("soft", 1), "card.*true or false"),
        (card_field("location", "places"), "without 'places'"),
        (card_field("owners", "gaussian"), "card.*owners by 'gaussian'"),
        (card_field("owners", ["nearest"]), "card"),
        (card_field("owners", None), "card.*goes with other owners"),
        (card_field("covariances", "round"), "card.*'round'"),
        (card_field("covariances", "full"), "parameters are without covariances"),
        (card_field("estimator", "KMeans(); quit"), "card.*not a name"),
        (card_field("color", "red"), "card"),
        (header_field("scale", 0), "scale"),
        (header_field("restarts", [3]), "restarts"),
        (step_field(0, "parameters", {}), "parameters"),
        (step_field(1, "parameters", {"centers": 0}), "centers have shape"),
        (step_field(1, "phase", "maximization"), "half-step 1"),
        (step_field(1, "iteration", 7), "half-step 1"),
        (step_field(1, "objective", float("nan")), "objective"),
        (step_field(1, "objective", float("inf")), "objective"),
        (step_field(1, "objective", "0"), "objective"),
        (step_field(1, "moved", -1), "moved"),
        (step_field(1, "labels", 1), "labels name clusters"),
        (step_field(1, "labels", 0), "labels have shape"),
        (step_field(1, "counts", 1), "counts have shape"),
        (step_field(1, "events", [["a", None, "b"]]), "events"),
        (step_field(1, "events", [event_header(prose=1)]), "sentence that is not text"),
        (step_field(1, "events", [event_header(cluster=3)]), "cluster that is not there"),
        (step_field(1, "events", [event_header(rows=[14])]), "rows or features that are not there"),
        (step_field(1, "events", [event_header(features=[2])]), "rows or features that are not there"),
        (step_field(1, "events", [event_header(features=[True])]), "rows or features that are not there"),
        (step_field(1, "events", [event_header(kind=3)]), "kind"),
        (step_field(1, "events", [event_header(values=[])]), "values"),
        (step_field(1, "events", "abc"), "events"),
    ],
)
def test_headers_that_do_not_fit_are_refused(tmp_path, change, words):
    refuses(with_header(saved(make_trace(), tmp_path), change), words)


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (npy(np.array([[1, None]], dtype=object), allow_pickle=True), "plain numbers"),
        (npy(np.array([["a", "b"]])), "plain numbers"),
        (npy(np.zeros((7, 2), dtype=[("a", "f8")])), "plain numbers"),
        (npy(np.zeros((7, 2)), version=(2, 0)), "format 1.0"),
        (npy(np.full((7, 2), np.nan)), "not finite"),
        (npy(np.zeros((7, 2), dtype=int)), "points have shape"),
        (npy(np.zeros((7, 3))), "do not fit|feature_names|centers have shape"),
        (npy(np.zeros((6, 2))), "sample_indices have shape"),
        (npy(np.zeros((7, 2)))[:-1], "another size"),
        (npy(np.zeros((7, 2))) + b"0", "another size"),
        (b"", "format 1.0"),
        (b"\x93NUMPY\x01\x00\x03\x00{}\n", "plain numbers"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, member, words):
    path = saved(make_trace(), tmp_path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    refuses(with_members(path, members | {"0.npy": member}), words)


def test_a_run_without_clusters_is_refused(tmp_path):
    steps = (Step("initialization", 0, {"centers": np.empty((0, 2))}),)
    refuses(saved(make_trace(steps=steps, converged=False), tmp_path), "no clusters")


def test_giant_declared_sizes_are_refused_before_memory_is_taken(tmp_path):
    path = saved(make_trace(), tmp_path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for shape in ("(99999999999, 2)", "(999999999999999999, 999999999999999999)", "(268435457, 1)"):
        text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
        giant = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + b"\0" * 64
        refuses(with_members(path, members | {"0.npy": giant}), "more than a trace may have")


def test_a_zip_bomb_is_refused(tmp_path):
    path = saved(make_trace(), tmp_path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content if name != "0.npy" else content + b"\0" * 200_000_000)
    assert path.stat().st_size < 1_000_000
    refuses(path, "another size")


def load_or_refuse(path):
    try:
        trace = Trace.load(path)
    except TraceError:
        return
    repr(trace)
    assert all(step.labels is None or len(step.labels) == len(trace.points) for step in trace.steps)


def test_random_damage_gives_a_trace_or_a_refusal(tmp_path):
    path = saved(make_trace(), tmp_path)
    whole = path.read_bytes()
    source = random.Random(0)
    for _ in range(600):
        damaged = bytearray(whole)
        for _ in range(source.randint(1, 6)):
            damaged[source.randrange(len(damaged))] = source.randrange(256)
        path.write_bytes(damaged)
        load_or_refuse(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 12) | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_random_headers_give_a_trace_or_a_refusal(tmp_path, data):
    path = saved(make_trace(n_iterations=1), tmp_path)

    def change(header):
        for _ in range(data.draw(st.integers(1, 2))):
            place = data.draw(st.sampled_from(list(places(header))[1:]))
            inner = header
            for key in place[:-1]:
                inner = inner[key]
            inner[place[-1]] = data.draw(JSON)

    load_or_refuse(with_header(path, change))


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "run.npz")
    with pytest.raises(TraceError, match="is a pipe or a device"):
        Trace.load(tmp_path / "run.npz")


FORMAT_1 = Path(__file__).parent / "format_1"
CARDS_OF_FORMAT_1 = {
    "kmeans": KMEANS,
    **{f"mixture_{layout}": gaussian_mixture(layout) for layout in ("full", "tied", "diag", "spherical")},
    "mixture_spherical_standardized": gaussian_mixture("diag"),
}


@pytest.mark.parametrize(("name", "card"), CARDS_OF_FORMAT_1.items())
def test_traces_of_format_1_are_read_with_the_cards_of_their_models(tmp_path, name, card):
    trace = Trace.load(FORMAT_1 / f"{name}.npz")
    assert trace.card == card
    assert trace.n_clusters == (3 if name == "kmeans" else 2)
    assert trace.converged
    assert_equal(Trace.load(saved(trace, tmp_path)), trace)
    if name == "kmeans":
        told = (
            "cluster 2 was empty, so its center moved to row 6, which lay 1.168 from the center of cluster 0"
        )
        assert [event.message for event in trace.steps[2].events] == [told]
    Scene.from_trace(trace)


def as_format_1(model, *events):
    def change(header):
        del header["card"]
        header |= {"version": 1, "model": model}
        for index, told in events:
            header["steps"][index]["events"] = told

    return change


def test_a_third_model_of_format_1_is_drawn_from_what_was_recorded(tmp_path):
    path = with_header(saved(make_trace(), tmp_path), as_format_1("medians"))
    card = Trace.load(path).card
    assert card == ModelCard("medians", "medians", "centers")
    assert (card.owners, card.update) == (None, None)


@pytest.mark.parametrize(
    ("covariances", "settings", "layout"),
    [
        (np.array([[2.0, 1.0], [1.0, 3.0]]), {"covariance_type": "tied"}, "tied"),
        (np.array([[2.0, 1.0], [1.0, 3.0]]), {"covariance_type": "diag"}, "diag"),
        (np.array([[2.0, 1.0], [1.0, 3.0]]), {}, "tied"),
        (np.array([[2.0, 1.0], [4.0, 3.0]]), {}, "diag"),
    ],
)
def test_square_covariances_of_format_1_are_told_apart_by_settings_or_symmetry(
    tmp_path, covariances, settings, layout
):
    parameters = {"means": np.zeros((2, 2)), "covariances": covariances, "weights": np.full(2, 0.5)}
    steps = (Step("initialization", 0, parameters),)
    trace = make_trace(k=2, steps=steps, card=gaussian_mixture(layout), settings=settings)
    path = with_header(saved(trace, tmp_path), as_format_1("gaussian_mixture"))
    assert Trace.load(path).card == gaussian_mixture(layout)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (as_format_1(None), "model"),
        (as_format_1("kmeans", (1, [["a", 3, "b"]])), "cluster that is not there"),
        (as_format_1("kmeans", (1, [["a", 0, 1]])), "sentence that is not text"),
        (as_format_1("kmeans", (1, [["a", None]])), "not an event"),
    ],
)
def test_headers_of_format_1_that_do_not_fit_are_refused(tmp_path, change, words):
    refuses(with_header(saved(make_trace(), tmp_path), change), words)


def test_events_of_the_first_version_keep_their_sentences(tmp_path):
    events = [["empty_cluster", 0, "it was empty"], ["converged", None, "it stands still"]]
    trace = Trace.load(with_header(saved(make_trace(), tmp_path), as_format_1("kmeans", (1, events))))
    assert trace.steps[1].events == (
        Event("empty_cluster", 0, prose="it was empty"),
        Event("converged", prose="it stands still"),
    )


@pytest.mark.parametrize("first", [-1, 10**6])
def test_a_sample_that_does_not_lie_within_its_rows_is_refused(tmp_path, first):
    refuses(saved(make_trace(sample_indices=np.arange(7) + first), tmp_path), "does not lie within its rows")


def test_what_a_console_shows_of_a_run_is_a_line_each():
    X = np.random.default_rng(0).normal(size=(3000, 2))
    trace = KMeans(8, init="random", n_init=3, random_state=0).fit(X).trace_
    scene = Scene.from_trace(trace)
    for shown in (trace, *trace.steps, *trace.restarts, scene, *scene.frames, scene.curve):
        assert len(repr(shown)) < 100
    assert re.fullmatch(r"<Restart, objective [\d.]+ after \d+ half-steps>", repr(trace.restarts[0]))
    assert repr(scene).startswith("<Scene of k-means: plane, ")
    labeled = read_table(datasets.path("penguins.csv"), label_column="species")
    assert repr(labeled.labels) == "<Labels 'species' of 344 rows: 'Adelie', 'Gentoo', 'Chinstrap'>"
