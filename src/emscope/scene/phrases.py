"""What captions say: templates that ``captions`` fills for a trace, and the page for the runs it makes.

A phrase with two forms has one for a single thing and one for several. One way of counting holds in all of
them: iterations are counted from 0, an iteration is an expectation and a maximization step, and a run that
took maximization steps 0 to 17 has taken 18 iterations and is in expectation step 18.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from emscope.card import ModelCard
from emscope.doubt import CERTAIN

Phrases = Mapping[str, str | tuple[str, str]]

LISTED = 6
"""Clusters that are named at most."""

LONGEST = 400
"""Letters of a sentence about an event, at most."""

FEW = 3
"""Components whose effective numbers of points are told."""

ROUNDING = 1e-9
"""Part of a number by which it may differ and is still told as the same."""

STILL = 1e-13
"""Part of the largest coordinate by which a center may move and is still told to stand still."""

_COMMON: Phrases = {
    "title final": "Final clustering",
    "title initialization": "Initialization",
    "title expectation": "Expectation step {iteration}",
    "title maximization": "Maximization step {iteration}",
    "short final": "final",
    "short initialization": "start",
    "short expectation": "E {iteration}",
    "short maximization": "M {iteration}",
    "iterations": ("1 iteration", "{n} iterations (0 to {last})"),
    "stopped": "stopped before it converged",
    "limit": "stopped at max_iter = {max_iter} before it converged",
    "converged": "converged after {iterations}",
    "way": "{way}{unit}{features}",
    "deviations": (" standard deviation", " standard deviations"),
    "features": " in all {d} features",
}

_OF_CENTERS: Phrases = {
    **_COMMON,
    "alone": "1 center, the only owner of every point to come",
    "began": "{centers}; no point has an owner yet",
    "from given": "{k} given centers",
    "from k-means++": "{k} centers, chosen by k-means++",
    "from random": "{k} centers, drawn at random from the points",
    "from farthest": "{k} centers, each the farthest point from those before it",
    "from random-partition": "{k} centers, those of a random partition",
    "from own": "{k} centers, placed by hand",
    "from recorded": "{k} centers, as in the recorded run",
    "from other": "{k} centers, from “{start}”",
    "first": ("{points} joins its nearest center", "{points} join their nearest center"),
    "first alone": "{points} can only join the one center",
    "moved": ("{moved} of {points} changes cluster", "{moved} of {points} change cluster"),
    "moved still": ("{moved} of {points} still changes cluster", "{moved} of {points} still change cluster"),
    "moved none": "no point changes cluster",
    "both": "both centers",
    "all": "all {k} centers",
    "some": "{moving} of {k} centers",
    "still": ("the center does not move", "no center moves"),
    "moves alone": "the center moves by {by} to the mean of its points",
    "moves": (
        "{who} moves to the mean of its points, by {by} (center {farthest})",
        "{who} move to the means of their points, at most by {by} (center {farthest})",
    ),
    "moves somewhere": "the centers move to the means of their points",
    "stands still": "stopped after {iterations} because the centers hardly moved",
    "ended": "{end}, {moved}",
}

_OF_COMPONENTS: Phrases = {
    **_COMMON,
    "alone": "1 component, responsible for every point to come",
    "began": "{centers}; no point has responsibilities yet",
    "from given": "{k} components with given means",
    "from kmeans": "{k} components that begin as the clusters of k-means",
    "from k-means++": "{k} components with means chosen by k-means++",
    "from random": "{k} components that begin with random responsibilities",
    "from random_from_data": "{k} components with means drawn at random from the points",
    "from farthest": "{k} components with means that are each the farthest point from those before it",
    "from random-partition": "{k} components with the means of a random partition",
    "from own": "{k} components with means placed by hand",
    "from recorded": "{k} components with the means that the recorded run began with",
    "from other": "{k} components from “{start}”",
    "first": ("{points} gets its responsibilities", "{points} get their responsibilities"),
    "first alone": "the one component is responsible for {points}",
    "moved": (
        "{moved} of {points} changes its most likely component",
        "{moved} of {points} change their most likely component",
    ),
    "moved still": (
        "{moved} of {points} still changes its most likely component",
        "{moved} of {points} still change their most likely component",
    ),
    "moved none": "no point changes its most likely component",
    "uncertain": (
        f", {{count}} is less than {100 * CERTAIN:g} % certain",
        f", {{count}} are less than {100 * CERTAIN:g} % certain",
    ),
    "both": "both means",
    "all": "all {k} means",
    "some": "{moving} of {k} means",
    "still": ("the mean does not move", "no mean moves"),
    "moves alone": "the mean moves by {by} to that of all points",
    "moves": (
        "{who} moves to the weighted mean of the points, by {by} (component {farthest})",
        "{who} move to the weighted means of the points, at most by {by} (component {farthest})",
    ),
    "moves somewhere": "the means move to the weighted means of the points",
    "masses": "the components stand for {masses} points",
    "gained": "converged after {iterations} because the log-likelihood per point gained less than "
    "tol = {tol}",
    "ended": "{end}; {moved}",
    "lost": ("Component {who} {how} ({when}).", "Components {who} {how} ({when})."),
    "lost shared": "The shared covariance {how} ({when}).",
    "from on": "from {when} on",
}

_WEIGHTED: Phrases = {
    "moves alone": "the center moves by {by} to the weighted mean of its points",
    "moves": (
        "{who} moves to the weighted mean of its points, by {by} (center {farthest})",
        "{who} move to the weighted means of their points, at most by {by} (center {farthest})",
    ),
}

# of a model whose formulas are not known
_SOME_CENTERS: Phrases = {
    "moves alone": "the center moves by {by}",
    "moves": (
        "{who} moves by {by} (center {farthest})",
        "{who} move, at most by {by} (center {farthest})",
    ),
    "moves somewhere": "the centers move",
}
_SOME_COMPONENTS: Phrases = {
    "moves alone": "the mean moves by {by}",
    "moves": (
        "{who} moves by {by} (component {farthest})",
        "{who} move, at most by {by} (component {farthest})",
    ),
    "moves somewhere": "the means move",
}
_SOME_OWNERS: Phrases = {"first": ("{points} joins the clusters", "{points} join the clusters")}

OF_TRACES = ("from kmeans", "from other", "moves somewhere")
"""Phrases that a run of the page has no use for."""

OUTCOME: Phrases = {
    "end": "What if: {objective} {mine} after {iterations}",
    "same": "the same as the recorded run.",
    "close": "next to no difference to the recorded run, which ended at {theirs}.",
    "shown": "{objective} of the shown points",
    "unweighted": "{objective} without weights",
    "higher": "the recorded run ended higher, at {theirs}.",
    "lower": "the recorded run ended lower, at {theirs}.",
    "counts": "the recorded run, with {k0}, ended at {theirs}. More {nouns} nearly always lower the "
    "{objective}, so neither end is the better one for that.",
    "models": "The recorded run lowered another quantity, its {other}, so the two ends cannot be compared.",
    "agreement": (
        "In the end {same} of {points} is grouped as in the recorded run.",
        "In the end {same} of {points} are grouped as in the recorded run.",
    ),
}
"""How a run with another start is told beside the recorded one."""


@lru_cache(maxsize=32)
def phrases_of(card: ModelCard, *, weighted: bool = False) -> Phrases:
    """Return what captions of a model say."""
    if card.soft:
        return _OF_COMPONENTS if card.update == "gaussian" else {**_OF_COMPONENTS, **_SOME_COMPONENTS}
    return {
        **_OF_CENTERS,
        **(_WEIGHTED if weighted else {}),
        **({} if card.update == "mean" else _SOME_CENTERS),
        **({} if card.owners == "nearest" else _SOME_OWNERS),
    }


def said(phrases: Phrases, name: str, count: float = 1, /, **words: str | int) -> str:
    """Fill a phrase, in the form for so many things."""
    phrase = phrases[name]
    return (phrase if isinstance(phrase, str) else phrase[count != 1]).format(**words)
