"""Every number of the seed experiment."""

import numpy as np
import pytest

from emscope import KMeans, datasets


@pytest.fixture
def model():
    return KMeans(4, init=datasets.blobs_start(), max_iter=3)


@pytest.mark.parametrize("live", [False, True], ids=["fit", "steps"])
def test_every_half_step(seed_run, model, live):
    X = np.array(seed_run["data"])
    steps = list(model.steps(X)) if live else model.fit(X).trace_.steps
    assert len(steps) == len(seed_run["steps"])
    for step, expected in zip(steps, seed_run["steps"], strict=True):
        assert (step.phase, step.iteration) == (expected["phase"], expected["iteration"])
        np.testing.assert_allclose(step.centers, expected["centers"], rtol=0, atol=1e-9)
        if "objective" in expected:
            assert step.objective == pytest.approx(expected["objective"], abs=1e-9)
            assert step.counts.tolist() == expected["counts"]
        if "shift" in expected:
            np.testing.assert_allclose(step.shift, expected["shift"], rtol=0, atol=1e-9)
        assert step.moved == expected.get("moved")


def test_the_end(seed_run, model):
    model.fit(np.array(seed_run["data"]))
    assert model.labels_.tolist() == seed_run["final_labels"]
    assert model.n_iter_ == 3
    assert model.trace_.converged
    assert model.trace_.steps[-1].labels.tolist() == seed_run["final_labels"]


def test_the_shipped_data_and_start_are_the_seeds(seed_run):
    assert datasets.blobs().matrix.tolist() == seed_run["data"]
    np.testing.assert_allclose(datasets.blobs_start(), seed_run["steps"][0]["centers"], rtol=0, atol=1e-15)
