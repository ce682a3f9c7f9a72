"""A fit that was left goes on from its checkpoint as if it had not been, to the bit."""

import errno
import itertools
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from emscope import GaussianMixture, KMeans, SphericalKMeans, study
from emscope.errors import CheckpointError, CheckpointWarning, OutputError
from standing import LeftError, bits, fitted_to, leave_after

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
SMALL = RANDOM.normal(size=(300, 2)) + RANDOM.integers(0, 4, size=(300, 1)) * [3.0, 1.0]
LARGE = RANDOM.normal(size=(9000, 3)) + RANDOM.integers(0, 4, size=(9000, 1))  # a sample of them is drawn
TWICE = np.repeat(SMALL[:3], 100, axis=0)  # more clusters than distinct rows
WEIGHTS = np.arange(300) % 4  # some of them 0


def far_away(X, n_clusters, random_state):
    """Centers of which most are nearest to no row, at first."""
    return X[:1] + 100.0 * np.arange(n_clusters)[:, None] + random_state.normal(size=(n_clusters, X.shape[1]))


MODELS = {
    "k-means": lambda **how: KMeans(6, tol=0, max_iter=10, **how),
    "k-means, converged by tol": lambda **how: KMeans(5, tol=0.02, **how),
    "k-means, starts": lambda **how: KMeans(6, init="random", n_init=3, tol=0, max_iter=10, **how),
    "k-means, bounds": lambda **how: KMeans(7, algorithm="bounds", tol=0, max_iter=10, **how),
    "k-means, limited": lambda **how: KMeans(7, max_iter=4, n_init=2, tol=0, **how),
    "k-means, curves only": lambda **how: KMeans(7, record="scalars", tol=0, **how),
    "k-means, empty clusters": lambda **how: KMeans(5, init=far_away, tol=0, max_iter=10, **how),
    "spherical": lambda **how: SphericalKMeans(4, init="random", n_init=2, tol=0, max_iter=10, **how),
    "mixture": lambda **how: GaussianMixture(3, max_iter=12, tol=1e-9, **how),
    "mixture, converged by tol": lambda **how: GaussianMixture(2, tol=1e-2, **how),
    "mixture, starts": lambda **how: GaussianMixture(
        3, covariance_type="diag", init_params="random_from_data", n_init=2, max_iter=8, **how
    ),
    "mixture, squarem": lambda **how: GaussianMixture(
        3, covariance_type="tied", accelerate="squarem", max_iter=15, tol=0, **how
    ),
    "mixture, spherical": lambda **how: GaussianMixture(
        3, covariance_type="spherical", accelerate="squarem", max_iter=15, tol=0, **how
    ),
}
ROWS = {
    "few rows": (SMALL, None),
    "float32": (SMALL.astype(np.float32), None),
    "weighted": (SMALL, WEIGHTS),
    "many rows": (LARGE, None),
    "repeated rows": (TWICE, None),
}


@settings(max_examples=settings.default.max_examples // 2, deadline=None)
@given(
    st.sampled_from(list(MODELS)),
    st.sampled_from(list(ROWS)),
    st.lists(st.integers(0, 20), min_size=1, max_size=3),
    st.sampled_from((0, 30)),
    st.sampled_from((LeftError, KeyboardInterrupt)),
    st.integers(0, 3),
)
def test_a_fit_goes_on_as_if_it_had_not_been_left(tmp_path_factory, name, rows, moments, every, how, seed):
    make, (X, weights) = MODELS[name], ROWS[rows]
    file = tmp_path_factory.mktemp("fit") / "run.ckpt"
    whole = make(random_state=seed).fit(X, sample_weight=weights)
    for moment, threads in zip(moments, itertools.cycle((1, 2))):
        model = make(random_state=seed, checkpoint=file, checkpoint_every=every, n_threads=threads)
        assert leave_after(model, X, moment, how, sample_weight=weights) == file.exists()
    model = make(random_state=seed, checkpoint=file, checkpoint_every=every).fit(X, sample_weight=weights)
    assert fitted_to(model) == fitted_to(whole)
    assert os.listdir(file.parent) == []


def left(file, make=MODELS["k-means"], X=SMALL, half_steps=6, **how):
    """Leave a fit, so that its checkpoint is there."""
    assert leave_after(make(random_state=0, checkpoint=file, **how), X, half_steps)
    return file


def steps_of(model, X):
    return [(s.phase, s.iteration, s.objective, s.moved) for s in model.steps(X)]


@pytest.mark.parametrize("X", [SMALL, LARGE], ids=["few rows", "many rows"])
@pytest.mark.parametrize("name", ["k-means", "mixture, squarem"])
@pytest.mark.parametrize("taken", [1, 2, 3, 7])
def test_steps_go_on_after_an_initialization_with_the_restored_parameters(tmp_path, name, X, taken):
    file = tmp_path / "run.ckpt"
    make = MODELS[name]
    whole = make(random_state=0)
    every = steps_of(whole, X)
    left = make(random_state=0, checkpoint=file).steps(X)
    before = list(itertools.islice(left, taken))
    left.close()
    model = make(random_state=0, checkpoint=file)
    first, *after = model.steps(X)
    done = taken - (taken % 2 == 0)  # up to the last maximization step
    assert first.phase == "initialization"
    assert first.iteration == done // 2
    assert [(s.phase, s.iteration, s.objective, s.moved) for s in after] == every[done:]
    location = model.trace_.card.location
    reached = before[done - 1]
    np.testing.assert_array_equal(first.parameters[location], reached.parameters[location])
    assert fitted_to(model) == fitted_to(whole)
    assert not any(array.flags.writeable for s in model.trace_.steps for array in s.parameters.values())
    assert not file.exists()


def test_a_loop_over_steps_that_is_left_twice_in_one_place(tmp_path):
    file = left(tmp_path / "run.ckpt", half_steps=0)
    file.unlink()
    whole = MODELS["k-means"](random_state=0)
    list(whole.steps(SMALL))
    for _ in range(3):  # the restored initialization alone changes nothing
        model = MODELS["k-means"](random_state=0, checkpoint=file)
        for step in model.steps(SMALL):
            if step.phase == "maximization":
                break
    for _ in range(2):
        model = MODELS["k-means"](random_state=0, checkpoint=file)
        next(iter(model.steps(SMALL)))
        assert (model.labels_ >= 0).all()
    list(model.steps(SMALL))
    assert fitted_to(model) == fitted_to(whole)


def test_what_a_fit_draws_from_is_left_as_if_it_had_not_been_interrupted(tmp_path):
    make, file = MODELS["k-means, starts"], tmp_path / "run.ckpt"
    whole, parted = np.random.RandomState(3), np.random.RandomState(3)
    make(random_state=whole).fit(SMALL)
    assert leave_after(make(random_state=np.random.RandomState(3), checkpoint=file), SMALL, 30)
    make(random_state=parted, checkpoint=file).fit(SMALL)
    np.testing.assert_array_equal(whole.random_sample(5), parted.random_sample(5))


def test_unseeded_starts_are_gone_on_with(tmp_path):
    make, file = MODELS["k-means, starts"], tmp_path / "run.ckpt"
    np.random.seed(5)  # noqa: NPY002 - what random_state=None draws from
    whole = make().fit(SMALL)
    np.random.seed(5)  # noqa: NPY002
    assert leave_after(make(checkpoint=file), SMALL, 30)
    np.random.seed(77)  # noqa: NPY002
    assert bits(make(checkpoint=file).fit(SMALL).trace_) == bits(whole.trace_)


def test_a_warm_start_goes_on_with_the_fit_that_went_on(tmp_path):
    file = tmp_path / "run.ckpt"

    def warm():
        return MODELS["mixture"](random_state=0, warm_start=True).set_params(max_iter=3).fit(SMALL)

    whole = warm().set_params(max_iter=12).fit(SMALL)
    model = warm().set_params(max_iter=12, checkpoint=file)
    assert leave_after(model, SMALL, 6)
    again = warm().set_params(max_iter=12, checkpoint=file).fit(SMALL)
    assert fitted_to(again) == fitted_to(whole)


def refused(model, X=SMALL, **fit):
    """The sentence of a refusal, which leaves the file as it was."""
    path = model.checkpoint
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises((CheckpointError, OutputError)) as error:
        model.fit(X, **fit)
    assert before is None or path.read_bytes() == before
    sentence = str(error.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"n_clusters": 5}, "(n_clusters=6 is now n_clusters=5)"),
        ({"tol": 1e-3, "max_iter": 7}, "(max_iter=10 is now max_iter=7, tol=0 is now tol=0.001)"),
        ({"init": SMALL[:6]}, "(init is another one)"),
        ({"init": lambda X, k, random_state: X[:k]}, "test_checkpoint.<lambda>')"),
        ({"random_state": np.random.RandomState(0)}, "(random_state is another one)"),
        ({"record": "scalars"}, "(record=True is now record='scalars')"),
        ({"algorithm": "lloyd", "n_init": 2, "random_state": 1, "tol": 1}, "and more"),
    ],
)  # fmt: skip
def test_a_fit_with_other_settings_is_refused_with_the_reason(tmp_path, other, reason):
    model = MODELS["k-means"](random_state=0, checkpoint=left(tmp_path / "run.ckpt"))
    sentence = refused(model.set_params(**other))
    assert reason in sentence
    assert "delete the file, or name another" in sentence


@pytest.mark.parametrize(
    ("X", "weights", "reason"),
    [
        (SMALL + 1e-9, None, "its rows, or their weights, are others"),
        (SMALL[::-1], None, "its rows, or their weights, are others"),
        (SMALL, WEIGHTS, "its rows, or their weights, are others"),
        (SMALL[:-1], None, "it has 300 rows, and these are 299"),
        (SMALL[:, :1], None, "its features are others"),
        (SMALL.astype(np.float32), None, "its rows are float64, and these are float32"),
    ],
)
def test_other_data_is_refused_with_the_reason(tmp_path, X, weights, reason):
    model = MODELS["k-means"](random_state=0, checkpoint=left(tmp_path / "run.ckpt"))
    assert reason in refused(model, X, sample_weight=weights)


def test_another_kind_of_fit_is_refused(tmp_path):
    file = left(tmp_path / "run.ckpt")
    assert "it is of KMeans, not GaussianMixture" in refused(GaussianMixture(6, checkpoint=file))
    model = MODELS["k-means"](random_state=0, checkpoint=file)
    with pytest.raises(CheckpointError, match=r"it was begun by fit, not steps"):
        list(model.steps(SMALL))


def test_what_no_result_depends_on_may_change(tmp_path):
    file = left(tmp_path / "run.ckpt")
    model = MODELS["k-means"](random_state=0, checkpoint=str(file), checkpoint_every=1e9, n_threads=2)
    model.set_params(copy_x=False).fit(np.asfortranarray(SMALL).copy(order="F"))
    assert fitted_to(model)[1] == fitted_to(MODELS["k-means"](random_state=0).fit(SMALL))[1]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK\x03\x04", None])
def test_a_file_that_is_no_checkpoint_stays_as_it_is(tmp_path, content):
    file = tmp_path / "run.ckpt"
    if content is None:
        MODELS["k-means"](random_state=0).fit(SMALL).trace_.save(file)
    else:
        file.write_bytes(content)
    assert "name another file" in refused(MODELS["k-means"](checkpoint=file))


def test_places_where_no_checkpoint_can_be(tmp_path):
    assert "is no file" in refused(MODELS["k-means"](checkpoint=tmp_path))
    (tmp_path / "file").write_text("")
    assert "cannot write" in refused(MODELS["k-means"](checkpoint=tmp_path / "file" / "run.ckpt"))


@settings(max_examples=settings.default.max_examples // 2, deadline=None)
@given(st.data())
def test_a_damaged_checkpoint_is_refused_or_does_no_harm(tmp_path_factory, data):
    file = left(tmp_path_factory.mktemp("fit") / "run.ckpt", half_steps=data.draw(st.sampled_from((0, 6))))
    content = bytearray(file.read_bytes())
    place = int(data.draw(st.floats(0, 1, exclude_max=True)) * len(content))
    if data.draw(st.booleans()):
        del content[place:]
    else:
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    file.write_bytes(content)
    model = MODELS["k-means"](random_state=0, checkpoint=file)
    try:
        model.fit(SMALL)
    except CheckpointError:
        assert file.read_bytes() == content
    else:
        assert fitted_to(model) == fitted_to(MODELS["k-means"](random_state=0).fit(SMALL))


def test_a_newer_checkpoint_is_refused(tmp_path, monkeypatch):
    from emscope.recording import checkpoint

    with monkeypatch.context() as newer:
        newer.setattr(checkpoint, "_VERSION", 2)
        file = left(tmp_path / "run.ckpt")
    assert "version 2 and this emscope knows up to 1" in refused(MODELS["k-means"](checkpoint=file))


def test_a_checkpoint_of_another_emscope_is_refused(tmp_path, monkeypatch):
    from emscope.estimators import identity

    with monkeypatch.context() as older:
        older.setattr(identity, "version", lambda name: "0.0.9")
        file = left(tmp_path / "run.ckpt")
    assert "it is of emscope 0.0.9" in refused(MODELS["k-means"](random_state=0, checkpoint=file))


def test_a_full_disk_costs_the_checkpoint_and_not_the_fit(tmp_path, monkeypatch):
    file = tmp_path / "run.ckpt"
    model = MODELS["k-means"](random_state=0, checkpoint=file, checkpoint_every=0)
    left = iter(range(3))
    sync = os.fsync

    def full(descriptor):
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.warns(
        CheckpointWarning, match=r"No space left on device.*Make room.*The fit goes on"
    ) as told:
        model.fit(SMALL)
    assert len([one for one in told if one.category is CheckpointWarning]) == 1
    assert told[0].filename == __file__
    assert fitted_to(model) == fitted_to(MODELS["k-means"](random_state=0).fit(SMALL))
    assert os.listdir(tmp_path) == []


def test_an_event_without_a_word_in_json_costs_the_checkpoint_and_not_the_fit(tmp_path):
    model = MODELS["k-means"](random_state=0, checkpoint=tmp_path / "run.ckpt", checkpoint_every=0)

    def watch(step):
        if step.events:
            step.events[0].values["why"] = object()

    model.set_params(init=far_away).watcher = watch
    with pytest.warns(CheckpointWarning, match="not plain JSON values.*The fit goes on"):
        model.fit(SMALL)
    assert model.n_iter_ > 1
    assert os.listdir(tmp_path) == []


def test_what_takes_the_place_of_a_checkpoint_meanwhile_is_not_written_over(tmp_path):
    file = tmp_path / "run.ckpt"
    model = MODELS["k-means"](random_state=0, checkpoint=file, checkpoint_every=0)

    def watch(step):
        if step.iteration == 2:
            file.write_text("mine")

    model.watcher = watch
    with pytest.warns(CheckpointWarning, match="another program, or another fit, has written it"):
        model.fit(SMALL)
    assert file.read_text() == "mine"
    assert os.listdir(tmp_path) == ["run.ckpt"]


def test_a_link_to_a_checkpoint_stays_a_link(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkdir("far")
    os.symlink("far/run.ckpt", "here.ckpt")
    left(Path("here.ckpt"))
    assert os.path.islink("here.ckpt")
    assert os.listdir("far") == ["run.ckpt"]
    model = MODELS["k-means"](random_state=0, checkpoint="here.ckpt")
    model.watcher = lambda step: os.chdir("/")
    model.fit(SMALL)
    assert os.listdir(tmp_path / "far") == []


def test_a_fit_that_is_over_has_no_checkpoint_and_its_settings_name_none(tmp_path):
    model = clone(MODELS["k-means"](random_state=0, checkpoint=tmp_path / "run.ckpt", checkpoint_every=0))
    assert model.get_params()["checkpoint"] == tmp_path / "run.ckpt"
    model.fit(SMALL)
    assert os.listdir(tmp_path) == []
    assert not {"checkpoint", "checkpoint_every"} & model.trace_.settings.keys()


@pytest.mark.parametrize(
    "wrong", [{"checkpoint": 3}, {"checkpoint": ""}, {"checkpoint_every": -1}, {"checkpoint_every": "soon"}]
)
def test_parameters_that_make_no_sense(wrong):
    with pytest.raises((TypeError, ValueError), match=f"{next(iter(wrong))} must be"):
        KMeans(2, **wrong).fit(SMALL)


def test_a_study_of_a_model_with_a_checkpoint_keeps_none(tmp_path):
    model = GaussianMixture(3, random_state=0, checkpoint=tmp_path / "run.ckpt").fit(SMALL)
    (tmp_path / "run.ckpt").write_text("mine")
    assert study.stability(model, SMALL, n_resamples=2) is not None
    assert (tmp_path / "run.ckpt").read_text() == "mine"
