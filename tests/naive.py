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
