"""Longer steps: fewer of them, never up, and watched."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from emscope import GaussianMixture, Trace
from emscope.models.covariances import COVARIANCE_TYPES
from emscope.models.gaussian_mixture import Parameters
from emscope.models.squarem import Squarem

pytestmark = [
    pytest.mark.filterwarnings("ignore:Best performing initialization did not converge"),
    pytest.mark.filterwarnings("ignore::emscope.DoubtWarning"),  # of groups that overlap
]

KINDS = list(COVARIANCE_TYPES)


def overlapping():
    random = np.random.default_rng(0)
    groups = ((1.0, (0, 0)), (1.2, (1.5, 0)), (0.8, (2, -1)))
    return np.concatenate([random.normal(size=(400, 2)) * s + m for s, m in groups])


@cache
def fitted(kind, accelerate, **settings):
    settings = {"tol": 1e-8, "max_iter": 3000, "reg_covar": 0, "random_state": 0} | settings
    return GaussianMixture(3, covariance_type=kind, accelerate=accelerate, **settings).fit(overlapping())


@pytest.mark.parametrize("kind", KINDS)
def test_fewer_iterations_lead_to_the_same_place(kind):
    plain, fast = fitted(kind, None), fitted(kind, "squarem")
    assert fast.converged_
    assert fast.n_iter_ < 0.5 * plain.n_iter_
    assert fast.lower_bound_ >= plain.lower_bound_ - 1e-6
    np.testing.assert_allclose(fast.means_, plain.means_, atol=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_the_objective_never_rises_and_every_trial_is_told(kind):
    trace = fitted(kind, "squarem").trace_
    objectives = [step.objective for step in trace.steps[1:]]
    assert np.diff(objectives).max() <= 1e-12
    kinds = [event.kind for _, event in trace.events]
    assert kinds.count("extrapolated") > kinds.count("extrapolation_rejected") > 0
    assert all(
        trace.steps[i].phase == "maximization" for i, e in trace.events if e.kind.startswith("extrapol")
    )


def test_moved_counts_are_those_of_the_owners_recorded():
    trace = fitted("full", "squarem").trace_
    owners = [step.labels for step in trace.steps if step.phase == "expectation"]
    told = [step.moved for step in trace.steps if step.phase == "expectation"]
    assert told[1:] == [np.count_nonzero(a != b) for a, b in pairwise(owners)]


def test_a_trace_with_longer_steps_can_be_saved(tmp_path):
    trace = fitted("diag", "squarem", max_iter=6, tol=0).trace_
    trace.save(tmp_path / "run.npz")
    assert [e.kind for _, e in Trace.load(tmp_path / "run.npz").events] == [e.kind for _, e in trace.events]
    assert sum(step.phase == "maximization" for step in trace.steps) == 6


def parameters(kind, seed):
    random = np.random.default_rng(seed)
    covariances = {
        "full": np.stack([np.cov(random.normal(size=(2, 9))) for _ in range(3)]),
        "tied": np.cov(random.normal(size=(2, 9))),
        "diag": random.uniform(1, 2, (3, 2)),
        "spherical": random.uniform(1, 2, 3),
    }[kind]
    weights = random.uniform(1, 2, 3)
    return Parameters(random.normal(size=(3, 2)) + 100, covariances, weights / weights.sum())


@pytest.mark.parametrize("kind", ["diag", "spherical"])
def test_steps_that_shrink_by_half_are_followed_to_their_limit(kind):
    """In log weights and log variances a geometric sequence has its limit at the proposal."""
    end = parameters(kind, 1)

    def at(share):
        weights = np.exp(np.log(end.weights) + share * np.array([0.1, -0.1, 0.2]))
        return Parameters(end.means + share, end.covariances * np.exp(0.3 * share), weights / weights.sum())

    squarem = Squarem(COVARIANCE_TYPES[kind])
    assert squarem.propose(at(1.0), at(0.5)) is None
    proposal = squarem.propose(at(0.5), at(0.25))
    assert proposal.factor == pytest.approx(2.0, rel=0.02)
    np.testing.assert_allclose(proposal.parameters.means, end.means, atol=0.02)
    np.testing.assert_allclose(proposal.parameters.covariances, end.covariances, rtol=0.02)
    np.testing.assert_allclose(proposal.parameters.weights, end.weights, rtol=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_a_longer_step_that_leaves_the_finite_numbers_is_not_tried(kind):
    start = parameters(kind, 1)
    growing = [start._replace(covariances=start.covariances * np.exp(power)) for power in (0, 200, 399)]
    squarem = Squarem(COVARIANCE_TYPES[kind])
    with np.errstate(over="ignore", invalid="ignore"):
        assert [squarem.propose(*pair) for pair in pairwise(growing)] == [None, None]


@pytest.mark.parametrize("kind", ["full", "tied", "diag"])
def test_units_of_the_features_do_not_matter(kind):
    X, units = overlapping(), np.array([1024.0, 0.25])
    line = COVARIANCE_TYPES[kind]
    ones = {"full": np.stack([np.eye(2)] * 3), "tied": np.eye(2), "diag": np.ones((3, 2))}[kind]
    here, there = (
        GaussianMixture(
            3, covariance_type=kind, accelerate="squarem", reg_covar=0, tol=1e-9, max_iter=40,
            means_init=X[[0, 400, 800]] * by, weights_init=[0.25, 0.25, 0.5],
            precisions_init=ones / (by * by if line.structure == "diag" else np.outer(by, by)),
        ).fit(X * by)
        for by in (np.ones(2), units)
    )  # fmt: skip
    assert [e.kind for _, e in here.trace_.events] == [e.kind for _, e in there.trace_.events]
    np.testing.assert_allclose(there.means_ / units, here.means_, rtol=1e-6)


@pytest.mark.parametrize("kind", ["full", "diag", "spherical"])
def test_proposals_heed_the_regularization(kind):
    """Below it the likelihood has no bound, and what lies there would be taken."""
    line = COVARIANCE_TYPES[kind]
    settings = {"accelerate": "squarem", "reg_covar": 1e-3, "tol": 0, "max_iter": 40, "init_params": "random"}
    for seed in range(12):
        X = np.round(np.random.default_rng(seed).normal(size=(40, 2)))  # full of duplicates
        model = GaussianMixture(4, covariance_type=kind, random_state=seed, **settings).fit(X)
        for step in model.trace_.steps[1:]:
            assert line.smallest_variances(step.covariances, 4).min() >= 1e-3 * (1 - 1e-9)
