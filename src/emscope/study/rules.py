"""Rules of a few conditions that tell the rows of each cluster from all others, and how well they do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from emscope.columns import Array
from emscope.recording.sampling import stratified_sample
from emscope.results.rule import Condition, Rule

_MOST_CONDITIONS = 3
_WORTH = 0.01  # of correlation that a further condition has to bring
_FOLDS = 5
_MOST_CROSSED = 2_000  # rows up to which fidelity is cross-validated
_LEARNED = 5_000  # rows at most that rules are made from where there are more


class _Rows(NamedTuple):
    """What rules are made from."""

    values: Array  # (m, d)
    ranks: Array  # (m, d): places of the values among the different values of their feature
    weights: Array  # (m,)
    names: Sequence[str]
    levels: Array  # (d, 2): the two values of features that have just two

    def taken(self, rows: Array) -> _Rows:
        return self._replace(values=self.values[rows], ranks=self.ranks[rows], weights=self.weights[rows])


def rules_of(
    values: Array, labels: Array, weights: Array, sizes: Array, names: Sequence[str], levels: Array
) -> tuple[tuple[Rule, ...], Array]:
    """Return a rule for each cluster, and its precision and recall for rows that it was not made from.

    Up to 2,000 rows five rules are made from four fifths of the rows each and tried on the others; of more
    rows half make the rule, 5,000 at most, and all others try it.
    """
    if len(values) <= _MOST_CROSSED:
        rows = _rows(values, weights, names, levels)
        made = tuple(_rule(rows, labels == j) for j in range(len(sizes)))
        return made, np.array([_crossed(rows, labels, j) for j in range(len(sizes))])
    half = np.sort(
        np.argsort(labels, kind="stable")[::2]
    )  # of every cluster, so that small ones are tried, too
    learned = half[stratified_sample(labels[half], np.bincount(labels[half], minlength=len(sizes)), _LEARNED)]
    some = labels[learned]
    stands_for = sizes / np.maximum(np.bincount(some, minlength=len(sizes)), 1)
    rows = _rows(values[learned], weights[learned] * stands_for[some], names, levels)
    made = tuple(_rule(rows, some == j) for j in range(len(sizes)))
    others = np.ones(len(values), bool)
    others[learned] = False
    unseen, own, w = values[others], labels[others], weights[others]
    return made, np.array([_fidelity(*_counted(rule, unseen, own == j, w)) for j, rule in enumerate(made)])


def _rows(values: Array, weights: Array, names: Sequence[str], levels: Array) -> _Rows:
    ranks = [np.unique(column, return_inverse=True)[1] for column in values.T]
    return _Rows(values, np.column_stack(ranks).astype(np.float32), weights, names, levels)


def _crossed(rows: _Rows, labels: Array, cluster: int) -> tuple[float, float]:
    """Return precision and recall over five parts, each tried with a rule made from the other four."""
    own = labels == cluster
    part = np.empty(len(own), np.int64)
    for side in (own, ~own):  # both spread evenly
        part[side] = np.arange(np.count_nonzero(side)) % _FOLDS
    counts = np.zeros(3)
    for fold in range(_FOLDS):
        tried, made_from = part == fold, np.flatnonzero(part != fold)
        if len(made_from):
            rule = _rule(rows.taken(made_from), own[made_from])
            counts += _counted(rule, rows.values[tried], own[tried], rows.weights[tried])
    return _fidelity(*counts)


def _counted(rule: Rule, values: Array, own: Array, weights: Array) -> Array:
    """Weigh the rows that are selected rightly, that are selected, and that should be."""
    selected = rule.selects(values)
    return np.array([weights[rows].sum() for rows in (selected & own, selected, own)])


def _fidelity(right: float, selected: float, wanted: float) -> tuple[float, float]:
    precision = right / selected if selected > 0 else math.nan
    return precision, right / wanted if wanted > 0 else math.nan


def _rule(rows: _Rows, own: Array) -> Rule:
    """Return the simplest rule that is nearly as good as the best on the way down a tree of depth three."""
    if not (rows.weights[own] > 0).any():
        return Rule((), finds_none=True)
    tree = DecisionTreeClassifier(max_depth=_MOST_CONDITIONS, random_state=0)
    tree.fit(rows.ranks, own, sample_weight=rows.weights)
    return max(
        _on_the_way(tree.tree_, rows),
        key=lambda rule: _correlation(rule, rows, own) - _WORTH * len(rule.conditions),
    )


def _correlation(rule: Rule, rows: _Rows, own: Array) -> float:
    """Return the correlation of being selected and being of the cluster; 0 where all rows are selected.

    Source: B. W. Matthews, "Comparison of the predicted and observed secondary structure of T4 phage
    lysozyme", Biochimica et Biophysica Acta 405 (1975), 442-451.
    """
    right, selected, wanted = _counted(rule, rows.values, own, rows.weights) / rows.weights.sum()
    spread = selected * (1 - selected) * wanted * (1 - wanted)
    return float((right - selected * wanted) / math.sqrt(spread)) if spread > 0 else 0.0


def _on_the_way(tree: object, rows: _Rows) -> Iterator[Rule]:
    """Yield the rule that leads to each node of a tree."""
    left, right, feature, threshold = (
        getattr(tree, name) for name in ("children_left", "children_right", "feature", "threshold")
    )
    waiting: list[tuple[int, tuple[Condition, ...], Array]] = [(0, (), np.arange(len(rows.values)))]
    while waiting:
        node, conditions, here = waiting.pop(0)
        yield Rule(conditions)
        if left[node] < 0:
            continue
        j = int(feature[node])
        goes_left = rows.ranks[here, j] <= threshold[node]
        column = rows.values[here, j]
        cut = roundest(float(column[goes_left].max()), float(column[~goes_left].min()))
        for child, above in ((left[node], False), (right[node], True)):
            level = rows.levels[j, int(above)]
            condition = Condition(j, rows.names[j], above, cut, None if np.isnan(level) else float(level))
            same = (j, above)  # a later threshold on the same side is the narrower one
            before = tuple(one for one in conditions if (one.feature, one.above) != same)
            waiting.append((int(child), (*before, condition), here[goes_left != above]))


def roundest(low: float, high: float) -> float:
    """Return the number with the fewest digits from ``low`` on and below ``high``, the nearest to the middle.

    >>> roundest(206.0, 207.0), roundest(17.63, 17.71), roundest(0.0, 1.0), roundest(1180.0, 2320.0)
    (206.0, 17.7, 0.0, 2000.0)
    """
    middle = low / 2 + high / 2
    first = -math.floor(math.log10(max(abs(low), abs(high))))
    for digits in range(first - 1, first + 17):
        cut = round(middle, digits) + 0.0  # no -0
        if low <= cut < high:
            return cut
    return low
