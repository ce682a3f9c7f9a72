"""What the caller wants of NumPy's floating-point errors changes no result and raises nothing."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emscope import GaussianMixture, KMeans
from emscope.models.covariances import COVARIANCE_TYPES
from emscope.starts import MIXTURE_STARTS
from emscope.starts.centers import STARTS


def outcome(of):
    """Return what a call comes to: arrays, or the sentence of a refusal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of runs that end early, and of duplicates
        try:
            return [np.asarray(value).tobytes() for value in of()]
        except ValueError as error:
            return str(error)


def agrees(of):
    expected = outcome(of)
    with np.errstate(all="raise"):
        assert outcome(of) == expected


def kmeans(X, weights, **options):
    model = KMeans(random_state=0, max_iter=5, **options)
    labels = model.fit_predict(X, sample_weight=weights)
    yield from (labels, model.cluster_centers_, model.inertia_, model.predict(X[:7]), model.transform(X[:7]))
    yield from (model.score(X, sample_weight=weights), model.fit_transform(X))
    for step in model.steps(X, sample_weight=weights):
        yield from (step.objective or 0.0, step.parameters["centers"])


def mixture(X, weights, **options):
    model = GaussianMixture(random_state=0, max_iter=4, **options)
    labels = model.fit_predict(X, sample_weight=weights)
    yield from (labels, model.means_, model.covariances_, model.weights_, model.lower_bound_)
    new = np.concatenate([X[:5], X[:1] + 1000])
    yield from (model.predict(new), model.predict_proba(new), model.score_samples(new), model.score(new))
    yield from (model.bic(X), model.aic(X), *model.sample(3))
    for step in model.steps(X, sample_weight=weights):
        yield from (step.objective or 0.0, *step.parameters.values())


@st.composite
def problems(draw):
    """Rows of any scale, some features constant, some rows copies, some weights 0."""
    n, d = draw(st.integers(12, 60)), draw(st.integers(1, 4))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = random.normal(size=(n, d)) + 4 * random.integers(0, 2, size=(n, 1))
    if draw(st.booleans()):
        X[:, 0] = 1.0
    if draw(st.booleans()):
        X = X[random.integers(6, size=n)]
    dtype = draw(st.sampled_from(["float64", "float32"]))
    scales = [1.0, 1e-160, 1e-130, 1e-100, 1e100, 1e140] if dtype == "float64" else [1.0, 1e-30, 1e15]
    X = (X * draw(st.sampled_from(scales))).astype(dtype)
    weights = draw(st.sampled_from([None, "zeros", "tiny"]))
    if weights is not None:
        weights = np.where(random.uniform(size=n) < 0.4, 0.0 if weights == "zeros" else 1e-300, 1.0)
        weights[:6] = 1.0
    return X, weights


@given(problem=problems(), init=st.sampled_from(sorted(STARTS)))
@settings(deadline=None, max_examples=80)
def test_kmeans(problem, init):
    agrees(lambda: kmeans(*problem, n_clusters=3, init=init, n_init=1))


@given(
    problem=problems(),
    kind=st.sampled_from(sorted(COVARIANCE_TYPES)),
    init=st.sampled_from(sorted(MIXTURE_STARTS)),
    reg_covar=st.sampled_from([1e-6, 0.0, 1e-300]),
)
@settings(deadline=None, max_examples=150)
def test_mixtures(problem, kind, init, reg_covar):
    agrees(
        lambda: mixture(*problem, n_components=3, covariance_type=kind, init_params=init, reg_covar=reg_covar)
    )


def large():
    random = np.random.default_rng(0)
    X = random.normal(size=(180_000, 2)) + 40 * random.integers(0, 3, size=(180_000, 1))
    return X, random.integers(0, 2, size=180_000).astype(float)


@pytest.mark.parametrize("algorithm", ["cells", "bounds", "lloyd"])
def test_compiled_kmeans_in_threads(algorithm):
    agrees(lambda: kmeans(*large(), n_clusters=3, algorithm=algorithm, n_threads=2))


@pytest.mark.parametrize("kind", sorted(COVARIANCE_TYPES))
def test_compiled_mixtures_in_threads(kind):
    agrees(lambda: mixture(*large(), n_components=3, covariance_type=kind, n_threads=2))


@pytest.mark.parametrize("model", [KMeans(2, n_init=1, random_state=0), GaussianMixture(2, random_state=0)])
def test_the_caller_keeps_settings_of_its_own_between_steps(model):
    X = np.concatenate([np.linspace(0, 1, 20), np.linspace(5, 6, 20)])[:, None]
    with np.errstate(all="raise", under="print"):
        mine = np.geterr()
        for _ in model.steps(X):
            assert np.geterr() == mine
        for _ in model.steps(X):
            break
        assert np.geterr() == mine


@pytest.mark.parametrize("model", [KMeans(2, n_init=1), GaussianMixture(2)])
@pytest.mark.parametrize("fit", [lambda model, X: model.fit(X), lambda model, X: list(model.steps(X))])
def test_warnings_name_the_line_of_the_caller(model, fit):
    with pytest.warns(match="distinct") as caught:
        fit(model, np.zeros((6, 1)))
    assert {warning.filename for warning in caught} == {__file__}
