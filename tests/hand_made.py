"""Traces made by hand, with plain Lloyd steps: pictures are tested without any fit."""

import numpy as np

from emscope.trace import Event, Step, Trace


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
            events = [Event("converged", None, "no point changed cluster, so the run has converged")]
        elif iteration == iterations:
            events = [Event("max_iter", None, "stopped at max_iter")]
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
        "model": "kmeans",
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
