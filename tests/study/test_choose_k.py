"""How many clusters: known truths, what is said of them, and what no answer may depend on."""

import numpy as np
import pytest
from sklearn.datasets import load_iris

from emscope import KMeans, SphericalKMeans, datasets, study
from emscope.errors import DataError
from emscope.study import hard_study, k_study
from emscope.study import sample as sampling

KS = range(1, 7)


def groups(k, d, n, seed=0, *, equal=True):
    """Round groups of standard deviation 1, whose centers lie 8 or more apart."""
    random = np.random.default_rng(seed)
    centers = []
    while len(centers) < k:
        center = random.uniform(-1, 1, d) * 10 * max(1.2, k ** (1 / d))
        if all(np.linalg.norm(center - other) >= 8 for other in centers):
            centers.append(center)
    shares = np.ones(k) if equal else 2.0 ** -np.arange(k)
    labels = np.append(np.arange(k), random.choice(k, n - k, p=shares / shares.sum()))
    return np.array(centers)[labels] + random.normal(size=(n, d))


def single(kind, n=200, seed=0):
    random = np.random.default_rng(seed)
    return {
        "square": random.uniform(size=(n, 2)),
        "gaussian": random.normal(size=(n, 3)),
        "long and thin": random.normal(size=(n, 2)) * [30, 1],
        "line": random.uniform(size=n)[:, None] * [[1.0, 2.0, -1.0]],
        "heavy tails": random.standard_t(3, size=(n, 2)),
    }[kind]


@pytest.mark.parametrize(("k", "d", "n"), [(2, 2, 60), (3, 8, 200), (5, 2, 200), (5, 30, 150)])
@pytest.mark.parametrize("equal", [True, False])
def test_groups_well_apart_give_their_number(k, d, n, equal):
    found = study.choose_k(groups(k, d, n, equal=equal), range(1, 9), random_state=0)
    assert found.k == found.shown == k
    assert found.sentence.startswith(f"{k} clusters: ")


@pytest.mark.parametrize("kind", ["square", "gaussian", "long and thin", "line", "heavy tails"])
def test_rows_without_groups_give_none(kind):
    found = study.choose_k(single(kind), KS, random_state=0)
    assert found.k == 1
    assert found.shown == 2
    assert found.votes["gap"] == 1
    assert found.sentence.startswith("There may be no clusters")


def test_old_faithful_has_two():
    found = study.choose_k(datasets.old_faithful().standardized(), KS, random_state=0)
    assert found.k == 2
    assert set(found.votes.values()) == {2}
    assert found.models[2].trace_.feature_names == ("eruption_min", "waiting_min")


def test_iris_has_two_or_three_and_the_doubt_is_said():
    found = study.choose_k(load_iris().data, KS, random_state=0)
    assert found.k in (2, 3, None)
    assert "is for" in found.sentence
    assert found.votes["silhouette"] == 2


def test_nothing_stands_out_where_criteria_disagree(monkeypatch):
    found = study.choose_k(groups(3, 2, 60), KS, n_reference=0, random_state=0)
    assert "gap" not in found.votes
    assert found.evidence is None
    assert found.k == 3


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")
def test_mixtures_are_chosen_with_their_covariances():
    X = datasets.old_faithful().standardized().matrix
    types = ("full", "spherical")
    found = study.choose_k(X, range(1, 4), model="gmm", covariance_types=types, random_state=0)
    assert found.k == 2
    assert found.covariance_type == "full"
    assert set(found.by_covariance_type) == set(types)
    assert found.models is found.by_covariance_type["full"]
    assert found.table.column("covariances").to_pylist()[:3] == ["full"] * 3
    bic = {s.covariance_type: s for s in found.scores if s.criterion == "BIC"}
    for name in types:
        model = found.by_covariance_type[name][3]
        assert bic[name].values[2] == pytest.approx(model.bic(X))


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")
def test_a_gaussian_is_one_component():
    found = study.choose_k(single("gaussian"), range(1, 4), model="gmm", random_state=0)
    assert found.k == 1
    assert "one component" in found.sentence


def test_directions_are_chosen_by_their_cosines():
    random = np.random.default_rng(0)
    X = np.repeat(np.eye(3), 30, axis=0) + 0.1 * random.normal(size=(90, 3))
    lengths = random.uniform(1, 1000, size=(90, 1))
    found = study.choose_k(X * lengths, range(1, 6), model="spherical", random_state=0)
    assert found.k == 3
    values = [scored.values for scored in found.scores]
    again = study.choose_k(X, range(1, 6), model="spherical", random_state=0)
    for one, other in zip(values, [scored.values for scored in again.scores], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8)


def test_the_objective_never_rises_with_k():
    X = np.random.default_rng(0).uniform(size=(300, 2))
    found = study.choose_k(X, range(1, 13), n_reference=0, random_state=0)
    inertia = [model.inertia_ for model in found.models.values()]
    assert (np.diff(inertia) <= 0).all()
    assert next(s for s in found.scores if s.criterion == "inertia").values.tolist() == inertia
    assert "inertia" not in found.votes


def test_every_fit_can_be_repeated_and_opened():
    X = groups(3, 2, 60)
    found = study.choose_k(X, range(2, 5), random_state=0)
    for k, model in found.models.items():
        assert model.trace_.steps[-1].centers.shape == (k, 2)
        again = KMeans(**model.get_params()).fit(X)
        assert (again.labels_ == model.labels_).all()


def same(one, other):
    assert one.verdict == other.verdict
    for a, b in zip(one.scores, other.scores, strict=True):
        np.testing.assert_array_equal(a.values, b.values)
        np.testing.assert_array_equal(a.errors, b.errors)


def test_the_same_bits_for_any_number_of_threads():
    X = groups(3, 2, 120)
    same(*(study.choose_k(X, range(1, 6), random_state=3, n_threads=n) for n in (1, 3)))


def test_rows_of_weight_0_matter_nowhere():
    X = groups(3, 2, 80)
    stray = np.concatenate([X, [[1e6, -1e6], [5.0, 5.0]]])
    weights = np.append(np.ones(80), [0, 0])
    one = study.choose_k(X, range(1, 6), random_state=0)
    other = study.choose_k(stray, range(1, 6), random_state=0, sample_weight=weights)
    same(one, other)
    assert other.n_rows == 80
    for own, with_stray in zip(one.clustergram.flows, other.clustergram.flows, strict=True):
        np.testing.assert_array_equal(own, with_stray)


def test_weights_can_be_measured_in_anything():
    X, weights = groups(3, 2, 80), np.random.default_rng(0).gamma(2, size=80)
    one, other = (
        study.choose_k(X, range(1, 6), random_state=0, sample_weight=w) for w in (weights, 8 * weights)
    )
    assert one.votes == other.votes
    for a, b in zip(one.scores[1:], other.scores[1:], strict=True):  # inertia is a sum of weights
        np.testing.assert_allclose(a.values, b.values, rtol=1e-9)


def test_heavy_rows_decide():
    X = np.concatenate([groups(2, 2, 100), groups(4, 2, 100, seed=5)])
    weights = np.repeat([1.0, 1e-9], 100)
    assert study.choose_k(X, KS, random_state=0, sample_weight=weights).k == 2


def test_neither_units_nor_the_place_of_zero_matter():
    X = groups(3, 2, 90)
    for moved in (X * 1e-3, X * 2.0**20, X + 1e5):
        assert study.choose_k(moved, range(1, 6), random_state=0).k == 3


def test_large_data_is_sampled_and_that_is_said(monkeypatch):
    monkeypatch.setattr(sampling, "MOST_ROWS", 150)
    monkeypatch.setattr(sampling, "_FEWEST_ROWS", 50)
    for module in (hard_study, k_study):
        monkeypatch.setattr(module, "MOST_REFITTED", 80)
    found = study.choose_k(groups(3, 2, 400), range(2, 5), random_state=0)
    assert found.k == 3
    assert (found.n_sampled, found.n_refitted, found.n_rows) == (150, 80, 400)
    assert "Silhouettes are those of 150 of the 400 rows." in found.sentence
    assert "gap and stability were taken on 80 of the 400 rows." in found.sentence
    silhouettes = next(s for s in found.scores if s.criterion == "silhouette")
    assert (silhouettes.errors > 0).all()


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")
@pytest.mark.parametrize("model", ["kmeans", "spherical"])
def test_fits_that_a_sample_begins_are_fits_of_all_rows(monkeypatch, model):
    monkeypatch.setattr(sampling, "MOST_ROWS", 150)
    monkeypatch.setattr(sampling, "_FEWEST_ROWS", 50)
    X, estimator = groups(5, 3, 600), {"kmeans": KMeans, "spherical": SphericalKMeans}[model]
    found = study.choose_k(X, range(1, 9), model=model, random_state=0)
    objectives = [fitted.inertia_ for fitted in found.models.values()]
    assert (np.diff(objectives) <= 0).all()
    for k, fitted in found.models.items():
        assert len(fitted.labels_) == len(X)
        again = estimator(k, init=fitted.trace_.steps[0].centers).fit(X)
        assert fitted.cluster_centers_.tolist() == again.cluster_centers_.tolist()
    best = estimator(5, n_init=20, random_state=0).fit(X)
    assert found.models[5].inertia_ == pytest.approx(best.inertia_, rel=1e-3)


def test_numbers_that_cannot_be_told_apart_are_left_out_and_that_is_said():
    X = np.repeat([[0.0], [1.0], [9.0], [10.0]], 5, axis=0)
    found = study.choose_k(X, range(1, 8), n_reference=2, random_state=0)
    assert list(found.models) == [1, 2, 3]
    assert list(found.left_out) == [4, 5, 6, 7]
    assert "4 different rows" in found.sentence


@pytest.mark.parametrize(
    ("ks", "settings", "sentence"),
    [
        ([], {}, "ks is empty"),
        ([0, 2], {}, "integers from 1 on"),
        ([2.5], {}, "integers from 1 on"),
        (3, {}, r"such as range\(1, 11\)"),
        ("23", {}, "must be numbers of clusters"),
        ([9], {}, "only 6 different rows"),
        ([2], {"model": "tree"}, "model must be one of"),
        ([2], {"covariance_types": ("round",)}, "covariance_types must be some of"),
        ([2], {"n_reference": 1}, "n_reference must be"),
        ([2], {"progress": "yes"}, "progress must be"),
        ([2], {"n_init": 0}, "n_init"),
    ],
)
def test_what_cannot_be_used_is_refused(ks, settings, sentence):
    with pytest.raises(DataError, match=sentence):
        study.choose_k(np.arange(6.0)[:, None], ks, **settings)


def test_one_row_has_nothing_to_choose_from():
    found = study.choose_k([[1.0], [1.0]], range(1, 4), random_state=0)
    assert found.k == found.shown == 1
    assert "only number that was tried" in found.sentence


class _Stop:
    """Presses Ctrl-C when something is begun."""

    def __init__(self, when):
        self.when = when
        self.told = []

    def __call__(self, done, total, what):
        self.told.append((done, total, what))
        if what.startswith(self.when):
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("when", "ks", "missing"),
    [
        ("fitting k = 3", [1, 2, 3], ("silhouette", "gap", "stability")),
        ("silhouettes", [1, 2, 3, 4], ("silhouette", "gap", "stability")),
        ("reference 5", [1, 2, 3, 4], ("stability",)),
        ("stability of k = 3", [1, 2, 3, 4], ()),
    ],
)
def test_ctrl_c_keeps_what_is_done(when, ks, missing):
    found = study.choose_k(groups(3, 2, 60), range(1, 5), random_state=0, progress=_Stop(when))
    assert found.interrupted
    assert "interrupted" in found.sentence
    assert list(found.models) == ks
    by_name = {scored.criterion: scored for scored in found.scores}
    assert np.isfinite(by_name["inertia"].values).all()
    for name in missing:
        assert name not in by_name or np.isnan(by_name[name].values).all()


def test_ctrl_c_before_anything_is_done_goes_on():
    with pytest.raises(KeyboardInterrupt):
        study.choose_k(groups(3, 2, 60), range(2, 5), random_state=0, progress=_Stop("fitting k = 2"))


def test_progress_comes_to_its_end(capsys):
    told = _Stop("never")
    study.choose_k(groups(3, 2, 60), range(1, 5), random_state=0, progress=told)
    done, total, _ = zip(*told.told, strict=True)
    assert list(done) == sorted(done)
    assert done[-1] == pytest.approx(total[0])
    study.choose_k(groups(3, 2, 60), range(1, 4), n_reference=2, random_state=0, progress=True)
    assert "k = 3" in capsys.readouterr().err


def test_the_clustergram_of_few_rows_of_many_features_is_that_of_the_features_that_vary():
    random = np.random.default_rng(0)
    X = random.normal(size=(40, 12)) + 9 * (np.arange(40) % 3)[:, None]
    gram = study.choose_k(X, [1, 2, 3], random_state=0).clustergram
    wide = study.choose_k(np.c_[X, np.zeros((40, 100))], [1, 2, 3], random_state=0).clustergram
    for one, other in zip(gram.positions, wide.positions, strict=True):
        np.testing.assert_allclose(np.sort(one), np.sort(other), rtol=1e-9, atol=1e-9)
    assert wide.share == pytest.approx(gram.share)


def test_the_clustergram_adds_up():
    X = groups(3, 2, 90)
    gram = study.choose_k(X, [1, 3, 4], random_state=0).clustergram
    assert gram.ks == (1, 3, 4)
    for k, positions, sizes in zip(gram.ks, gram.positions, gram.sizes, strict=True):
        assert positions.shape == sizes.shape == (k,)
        assert sizes.sum() == pytest.approx(1)
        assert positions @ sizes == pytest.approx(0, abs=1e-9)
    for i, flows in enumerate(gram.flows):
        np.testing.assert_allclose(flows.sum(axis=1), gram.sizes[i])
        np.testing.assert_allclose(flows.sum(axis=0), gram.sizes[i + 1])
    assert 0.5 < gram.share <= 1
