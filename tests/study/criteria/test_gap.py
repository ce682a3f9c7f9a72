"""The gap is R's on the same references; its evidence and its vote follow the rule."""

from pathlib import Path

import numpy as np
import pytest

from emscope.models.kmeans import KMeans
from emscope.study import many
from emscope.study.criteria.criterion import Scores
from emscope.study.criteria.gap import Box, evidence, gap, vote

REFERENCE = Path(__file__).parent.parent / "reference"


def table(name):
    return np.genfromtxt(REFERENCE / name, delimiter=",", skip_header=1)


def lowest(rows, k):
    """The objective of the best of many starts, as R's kmeans(nstart = 200) has it."""
    uniforms = np.random.RandomState(0).random_sample((300, many.n_draws(k)))
    return many.fits(KMeans, np.ascontiguousarray(rows), uniforms=uniforms, k=k, tol=0.0).objectives.min()


def test_gap_and_error_of_r_on_the_same_references():
    rows, references, expected = table("gap_rows.csv"), table("gap_references.csv"), table("gap.csv")
    ks = range(1, 6)
    of_references = [
        [lowest(references[references[:, 0] == b, 1:], k) for k in ks] for b in np.unique(references[:, 0])
    ]
    scores = gap(np.array([lowest(rows, k) for k in ks]), np.array(of_references))
    np.testing.assert_allclose(scores.values, expected[:, 3], atol=1e-8)
    np.testing.assert_allclose(scores.errors, expected[:, 4], atol=1e-8)


def test_references_fill_the_box_of_the_principal_axes():
    random = np.random.RandomState(0)
    rows = random.normal(size=(200, 3)) * [10, 1, 0.1] + 1e4
    turn, _ = np.linalg.qr(random.normal(size=(3, 3)))
    rows = rows @ turn
    box = Box.around(rows, np.ones(200))
    drawn = box.draw(4000, np.random.RandomState(1))
    along = (drawn - box.mean) @ box.axes.T
    own = (rows - box.mean) @ box.axes.T
    assert (along >= own.min(axis=0) - 1e-9).all()
    assert (along <= own.max(axis=0) + 1e-9).all()
    np.testing.assert_allclose(along.max(axis=0), own.max(axis=0), rtol=0.01)
    np.testing.assert_allclose(along.std(axis=0), np.ptp(own, axis=0) / np.sqrt(12), rtol=0.05)


def test_references_of_unit_vectors_are_unit_vectors():
    random = np.random.RandomState(0)
    rows = random.normal(size=(50, 3)) + 2
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    drawn = Box.around(rows, np.ones(50), unit=True).draw(60, random)
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 1)


def test_evidence_counts_errors_of_the_gain():
    data = np.exp([0.0, -3.0])
    references = np.exp([[0.0, -1.0], [0.5, -0.5], [0.0, -1.2], [0.0, -0.8]])
    gains = np.array([1.0, 1.0, 1.2, 0.8])
    expected = (3.0 - gains.mean()) / (gains.std(ddof=1) * np.sqrt(1 + 1 / 4))
    assert evidence(data, references)[1] == pytest.approx(expected)
    assert evidence(data, references)[0] == 0


def test_the_vote_is_the_first_whose_gap_the_next_one_hardly_exceeds():
    ks = np.array([1, 2, 3, 4])
    scores = Scores(np.array([0.5, 0.4, 1.0, 1.05]), np.full(4, 0.1))
    assert vote(ks, scores, 9.0) == 3  # and not 1, although the gap of 2 is smaller than that of 1
    assert vote(ks, scores, 1.0) == 1
    assert vote(ks, Scores.none(4), 9.0) is None
