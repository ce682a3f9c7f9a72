"""The formulas as plain loops; everything faster is compared with these."""

import numpy as np


def squared_distance(x, c):
    total = 0.0
    for a, b in zip(x, c, strict=True):
        difference = float(a) - float(b)
        total += difference * difference
    return total


def expectation(X, centers):
    """Owners by the smallest squared distance, ties to the lowest index."""
    labels = np.empty(len(X), dtype=np.int32)
    for i, x in enumerate(X):
        best = np.inf
        for j, c in enumerate(centers):
            squared = squared_distance(x, c)
            if squared < best:
                best, labels[i] = squared, j
    return labels


def maximization(X, labels, centers, weights=None):
    """Weighted means of the owned rows; a center that owns nothing stays."""
    weights = np.ones(len(X)) if weights is None else weights
    new = np.array(centers, dtype=np.float64)
    for j in range(len(centers)):
        total = sum(w for w, z in zip(weights, labels, strict=True) if z == j)
        if total > 0:
            new[j] = (
                sum(w * x.astype(float) for w, x, z in zip(weights, X, labels, strict=True) if z == j) / total
            )
    return new


def inertia(X, labels, centers, weights=None):
    weights = np.ones(len(X)) if weights is None else weights
    return sum(w * squared_distance(x, centers[z]) for x, z, w in zip(X, labels, weights, strict=True))


def kmeans_plus_plus(X, k, random, weights=None):
    """Numbers of the rows that greedy k-means++ chooses; trials that tie but for rounding: the first."""
    weights = np.ones(len(X)) if weights is None else weights
    chosen = [random.choice(len(X), p=weights / weights.sum())]
    closest = np.array([squared_distance(x, X[chosen[0]]) for x in X])
    while len(chosen) < k:
        products = weights * closest
        best = None
        for draw in random.uniform(size=2 + int(np.log(k))) * products.sum():
            cumulated, row = 0.0, np.flatnonzero(weights)[0]
            for i in np.flatnonzero(products):
                cumulated, row = cumulated + products[i], i
                if cumulated >= draw:
                    break
            trial = np.minimum(closest, [squared_distance(x, X[row]) for x in X])
            if best is None or (weights * trial).sum() < best[0] * (1 - 1e-12):
                best = (weights * trial).sum(), row, trial
        chosen.append(best[1])
        closest = best[2]
    return chosen


def kmeans(X, centers, max_iter, weights=None):
    """Lloyd's algorithm; returns the centers, labels and inertia after every half-step."""
    steps, labels = [], None
    for iteration in range(max_iter + 1):
        new_labels = expectation(X, centers)
        steps.append((centers, new_labels, inertia(X, new_labels, centers, weights)))
        if iteration == max_iter or (labels is not None and (labels == new_labels).all()):
            return steps
        labels = new_labels
        centers = maximization(X, labels, centers, weights)
        steps.append((centers, labels, inertia(X, labels, centers, weights)))
    return steps


def unit(x):
    """A row scaled to length 1."""
    length = np.sqrt(sum(float(a) ** 2 for a in x))
    return np.array([float(a) / length for a in x])


def cosine(x, c):
    """The cosine of the angle between unit vectors."""
    return sum(float(a) * float(b) for a, b in zip(x, c, strict=True))


def spherical_kmeans(X, centers, max_iter, weights=None):
    """Spherical k-means by cosines; returns the centers, labels and objective after every half-step."""
    X, centers = np.array([unit(x) for x in X]), np.array([unit(c) for c in centers])
    weights = np.ones(len(X)) if weights is None else weights

    def objective(labels, centers):
        return sum(w * (1 - cosine(x, centers[z])) for x, z, w in zip(X, labels, weights, strict=True))

    steps, labels = [], None
    for iteration in range(max_iter + 1):
        new_labels = np.array([int(np.argmax([cosine(x, c) for c in centers])) for x in X])
        steps.append((centers, new_labels, objective(new_labels, centers)))
        if iteration == max_iter or (labels is not None and (labels == new_labels).all()):
            return steps
        labels, centers = new_labels, centers.copy()
        for j in set(labels.tolist()):
            centers[j] = unit(sum(w * x for x, z, w in zip(X, labels, weights, strict=True) if z == j))
        steps.append((centers, labels, objective(labels, centers)))
    return steps


def log_density(x, mean, covariance):
    """Log of the normal density, by the inverse and determinant of a matrix."""
    difference = np.asarray(x, float) - mean
    sign, log_determinant = np.linalg.slogdet(covariance)
    assert sign > 0
    squared = difference @ np.linalg.inv(covariance) @ difference
    return -0.5 * (len(difference) * np.log(2 * np.pi) + log_determinant + squared)


def responsibilities(X, weights, means, covariances):
    """Shares of the components in every row, and log p of every row; one matrix per component."""
    shares, logs = np.empty((len(X), len(means))), np.empty(len(X))
    for i, x in enumerate(X):
        joint = [
            np.log(w) + log_density(x, m, c) for w, m, c in zip(weights, means, covariances, strict=True)
        ]
        logs[i] = np.logaddexp.reduce(joint)
        shares[i] = np.exp(joint - logs[i])
    return shares, logs


def mixture_maximization(X, shares, kind, sample_weights=None):
    """Weights, means, and one covariance matrix per component, whatever kind they are of."""
    n, d = X.shape
    w = np.ones(n) if sample_weights is None else sample_weights
    mass = [sum(w[i] * shares[i, j] for i in range(n)) for j in range(shares.shape[1])]
    means = np.array([sum(w[i] * shares[i, j] * X[i] for i in range(n)) / m for j, m in enumerate(mass)])
    scatter = np.array(
        [
            sum(w[i] * shares[i, j] * np.outer(X[i] - mean, X[i] - mean) for i in range(n))
            for j, mean in enumerate(means)
        ]
    )
    if kind == "tied":
        matrices = [scatter.sum(axis=0) / sum(mass)] * len(mass)
    else:
        matrices = [s / m for s, m in zip(scatter, mass, strict=True)]
    if kind in ("diag", "spherical"):
        matrices = [np.diag(np.diag(matrix)) for matrix in matrices]
    if kind == "spherical":
        matrices = [np.eye(d) * np.trace(matrix) / d for matrix in matrices]
    return np.array(mass) / sum(mass), means, np.array(matrices)


def free_energy(X, shares, weights, means, covariances, sample_weights=None):
    """The bound on the negative log-likelihood per point, with responsibilities that need not be the best."""
    w = np.ones(len(X)) if sample_weights is None else sample_weights
    total = 0.0
    for i, x in enumerate(X):
        for j, r in enumerate(shares[i]):
            if r > 0:
                total += (
                    w[i] * r * (np.log(weights[j]) + log_density(x, means[j], covariances[j]) - np.log(r))
                )
    return -total / w.sum()
