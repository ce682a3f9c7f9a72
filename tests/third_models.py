"""Two models that no view knows: a mixture of Student's t distributions, and clusters of directions."""

from dataclasses import dataclass
from math import lgamma
from typing import NamedTuple

import numpy as np

from emscope.card import ModelCard
from emscope.data.blocks import ArrayBlocks
from emscope.engines.threads import Threads
from emscope.models.model import Model
from emscope.recording.run import Run
from emscope.stopping import labels_or_shift, likelihood_gain

FREEDOM = 2.0


class Parameters(NamedTuple):
    means: np.ndarray
    covariances: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Sums:
    """Of responsibilities r, and of r u, r u x and r u x x^T, with u the latent scale of each point."""

    counts: np.ndarray
    r: np.ndarray
    ru: np.ndarray
    x: np.ndarray
    xx: np.ndarray
    log_likelihood: float
    rows: int

    def merge(self, other):
        return Sums(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


class StudentMixture(Model):
    """Peel and McLachlan, "Robust mixture modelling using the t distribution" (2000), freedom fixed."""

    card = ModelCard(
        "student",
        "Student-t mixture",
        "means",
        objective="negative log-likelihood per point",
        soft=True,
        covariances="full",
    )

    def _joint(self, rows, parameters):
        """Return the logarithm of weight times density, and the latent scales, both (m, k)."""
        d = rows.shape[1]
        away = rows[:, None] - parameters.means
        squares = np.einsum("nki,kij,nkj->nk", away, np.linalg.inv(parameters.covariances), away)
        constant = lgamma((FREEDOM + d) / 2) - lgamma(FREEDOM / 2) - d / 2 * np.log(FREEDOM * np.pi)
        constant = constant - np.linalg.slogdet(parameters.covariances)[1] / 2
        density = constant - (FREEDOM + d) / 2 * np.log1p(squares / FREEDOM)
        return np.log(parameters.weights) + density, (FREEDOM + d) / (FREEDOM + squares)

    def responsibilities(self, rows, parameters):
        joint, _ = self._joint(rows, parameters)
        return np.exp(joint - np.logaddexp.reduce(joint, axis=1)[:, None])

    def expectation(self, block, parameters, labels, workspace=None):
        joint, scales = self._joint(block.rows, parameters)
        likelihood = np.logaddexp.reduce(joint, axis=1)
        r = np.exp(joint - likelihood[:, None])
        labels[:] = r.argmax(axis=1)
        ru = r * scales
        return Sums(
            np.bincount(labels, minlength=r.shape[1]),
            r.sum(axis=0),
            ru.sum(axis=0),
            ru.T @ block.rows,
            np.einsum("nk,ni,nj->kij", ru, block.rows, block.rows),
            float(likelihood.sum()),
            len(block.rows),
        )

    def maximization(self, statistics, parameters):
        means = statistics.x / statistics.ru[:, None]
        about = statistics.xx - statistics.ru[:, None, None] * np.einsum("ki,kj->kij", means, means)
        return Parameters(means, about / statistics.r[:, None, None], statistics.r / statistics.rows)

    def objective(self, statistics, parameters):
        return -statistics.log_likelihood / statistics.rows


def student_run(X, means, names=None, max_iter=30):
    """Return the trace of a run from the given means, with unit covariances."""
    k, d = np.shape(means)
    start = Parameters(np.array(means, dtype=float), np.array([np.eye(d)] * k), np.full(k, 1 / k))
    return _run(StudentMixture(), start, X, likelihood_gain(1e-4), names, max_iter)


class Centers(NamedTuple):
    centers: np.ndarray


@dataclass(frozen=True)
class DirectionSums:
    counts: np.ndarray
    sums: np.ndarray
    rows: int

    def merge(self, other):
        return DirectionSums(self.counts + other.counts, self.sums + other.sums, self.rows + other.rows)


class Directions(Model):
    """Unit vectors, each of which belongs to the center with the largest cosine, that is to the nearest."""

    card = ModelCard(
        "directions",
        "k-means of directions",
        "centers",
        objective="sum of 1 - cosine",
        from_zero=True,
        owners="nearest",
        points="rows of length 1",
    )

    def expectation(self, block, parameters, labels, workspace=None):
        labels[:] = (block.rows @ parameters.centers.T).argmax(axis=1)
        sums = np.zeros_like(parameters.centers)
        np.add.at(sums, labels, block.rows)
        return DirectionSums(np.bincount(labels, minlength=len(sums)), sums, len(labels))

    def maximization(self, statistics, parameters):
        return Centers(statistics.sums / np.linalg.norm(statistics.sums, axis=1, keepdims=True))

    def objective(self, statistics, parameters):
        return statistics.rows - float((statistics.sums * parameters.centers).sum())


def directions(angles=(0.0, 2.0, 4.0), each=60):
    """Return unit vectors in the plane about some angles."""
    random = np.random.default_rng(0)
    angle = np.concatenate([random.normal(a, 0.3, size=each) for a in angles])
    return np.column_stack([np.cos(angle), np.sin(angle)])


def directions_run(X, centers, names=None, max_iter=30):
    """Return the trace of a run from the given centers."""
    return _run(Directions(), Centers(np.array(centers)), X, labels_or_shift(0.0), names, max_iter)


def _run(model, start, X, stopping, names, max_iter):
    blocks = ArrayBlocks(np.asarray(X, dtype=float), block_size=64)
    with Threads(blocks, 1) as engine:
        run = Run(model, start, engine, stopping=stopping, max_iter=max_iter)
        for _ in run:
            pass
        names = names or tuple(f"x{j + 1}" for j in range(blocks.n_features))
        return run.trace(blocks, names, {"max_iter": max_iter})
