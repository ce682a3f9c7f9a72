"""Traces made by hand, with plain Lloyd steps: pictures are tested without any fit."""

import numpy as np

from emscope.card import KMEANS
from emscope.card import gaussian_mixture as mixture_card
from emscope.events import Event
from emscope.trace import Step, Trace


def owners(points, centers, scale=1.0):
    return (((points[:, None] - centers) / scale) ** 2).sum(axis=2).argmin(axis=1)


def inertia(points, centers, labels, scale=1.0):
    return float((((points - centers[labels]) / scale) ** 2).sum())


def lloyd(points, centers, *, iterations=3, names=None, scale=None, init="given", **changes):
    """Alternate E and M from the given centers; the trace ends with an expectation step."""
    points, centers = np.asarray(points, dtype=float), np.asarray(centers, dtype=float)
    unit = 1.0 if scale is None else scale
    k, d = centers.shape
    steps = [Step("initialization", 0, {"centers": centers})]
    before = None
    for iteration in range(iterations + 1):
        labels = owners(points, centers, unit)
        moved = None if before is None else int((labels != before).sum())
        counts = np.bincount(labels, minlength=k)
        events = []
        if moved == 0:
            events = [Event("converged", values={"case": "labels"})]
        elif iteration == iterations:
            events = [Event("max_iter", values={"max_iter": iterations})]
        objective = inertia(points, centers, labels, unit)
        here = {"centers": centers}
        steps.append(
            Step("expectation", iteration, here, objective, counts, labels, None, moved, None, tuple(events))
        )
        if events:
            break
        new = np.array([points[labels == j].mean(axis=0) if counts[j] else centers[j] for j in range(k)])
        shift = np.linalg.norm((new - centers) / unit, axis=1)
        objective = inertia(points, new, labels, unit)
        steps.append(
            Step("maximization", iteration, {"centers": new}, objective, counts, labels, None, None, shift)
        )
        centers, before = new, labels
    made = {
        "steps": tuple(steps),
        "points": points,
        "sample_indices": np.arange(len(points)),
        "n_samples": len(points),
        "feature_names": tuple(names or (f"x{j + 1}" for j in range(d))),
        "card": KMEANS,
        "settings": {"init": init, "max_iter": iterations},
        "converged": steps[-1].events[0].kind == "converged",
        "scale": scale,
    }
    return Trace(**(made | changes))


def groups(centers, each=60, spread=0.6, seed=0):
    """Normal groups about the given centers."""
    random = np.random.default_rng(seed)
    centers = np.asarray(centers, dtype=float)
    return np.concatenate([random.normal(c, spread, size=(each, centers.shape[1])) for c in centers])


def log_densities(points, means, covariances, weights):
    """Logarithm of weight times density, (n, k); covariances are full."""
    d = points.shape[1]
    found = []
    for mean, covariance, weight in zip(means, covariances, weights, strict=True):
        away = points - mean
        squares = np.einsum("ni,ni->n", away @ np.linalg.inv(covariance), away)
        _, logdet = np.linalg.slogdet(covariance)
        with np.errstate(divide="ignore"):
            found.append(np.log(weight) - 0.5 * (d * np.log(2 * np.pi) + logdet + squares))
    return np.array(found).T


def responsibilities_of(joint):
    """Each point's share of each component, and its log-likelihood, from weight times density."""
    likelihood = np.logaddexp.reduce(joint, axis=1)
    return np.exp(joint - likelihood[:, None]), likelihood


def mixture_start(points, means):
    """Return means, covariances and weights of the start from centers: each owns the points nearest to it."""
    d = points.shape[1]
    labels = owners(points, means)
    counts = np.bincount(labels, minlength=len(means))
    covariances = []
    for j, mean in enumerate(means):
        own = points[labels == j] if counts[j] else points
        covariances.append((own - mean).T @ (own - mean) / len(own) + 1e-6 * np.eye(d))
    weights = np.maximum(counts, 1) / np.maximum(counts, 1).sum()
    return np.array(means, dtype=float), np.array(covariances), weights


def gaussian_mixture(
    points, means, *, iterations=3, tol=1e-3, covariances=None, names=None, scale=None, **changes
):
    """Alternate E and M of a mixture with full covariances, from the given means."""
    table, unit = np.asarray(points, dtype=float), 1.0 if scale is None else np.asarray(scale)
    points = table / unit
    means, start, weights = mixture_start(points, np.asarray(means, dtype=float) / unit)
    covariances = start if covariances is None else np.asarray(covariances, dtype=float)
    n, d = points.shape

    def parameters():
        outer = np.outer(unit, unit) if scale is not None else 1.0
        return {"means": means * unit, "covariances": covariances * outer, "weights": weights}

    steps = [Step("initialization", 0, parameters())]
    before, last = None, np.inf
    for iteration in range(iterations + 1):
        r, likelihood = responsibilities_of(log_densities(points, means, covariances, weights))
        objective, labels = -float(likelihood.mean()), r.argmax(axis=1)
        moved = None if before is None else int((labels != before).sum())
        counts = np.bincount(labels, minlength=len(means))
        events = []
        if last - objective < tol:
            events = [Event("converged", values={"case": "gain", "change": last - objective, "tol": tol})]
        elif iteration == iterations:
            events = [Event("max_iter", values={"max_iter": iterations})]
        steps.append(
            Step(
                "expectation",
                iteration,
                parameters(),
                objective,
                counts,
                labels,
                r,
                moved,
                None,
                tuple(events),
            )
        )
        if events:
            break
        mass = np.maximum(r.sum(axis=0), 1e-12)
        new = r.T @ points / mass[:, None]
        away = points[:, None] - new
        covariances = np.einsum("nk,nki,nkj->kij", r, away, away) / mass[:, None, None] + 1e-6 * np.eye(d)
        shift, means, weights = np.linalg.norm(new - means, axis=1), new, mass / mass.sum()
        joint = log_densities(points, means, covariances, weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            bound = np.where(r > 0, r * (joint - np.log(r)), 0.0).sum(axis=1).mean()
        steps.append(
            Step(
                "maximization",
                iteration,
                parameters(),
                -float(bound),
                counts,
                labels,
                r,
                None,
                shift,
            )
        )
        before, last = labels, objective
    made = {
        "steps": tuple(steps),
        "points": table,
        "sample_indices": np.arange(n),
        "n_samples": n,
        "feature_names": tuple(names or (f"x{j + 1}" for j in range(d))),
        "card": mixture_card("full"),
        "settings": {
            "n_components": len(means),
            "covariance_type": "full",
            "init_params": "given",
            "max_iter": iterations,
            "tol": tol,
        },
        "converged": steps[-1].events[0].kind == "converged",
        "scale": scale,
    }
    return Trace(**(made | changes))
