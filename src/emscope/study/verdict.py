"""From the votes of the criteria to one sentence with its doubt: every rule and its threshold, in one place.

====================  ====================================================================================
no clusters           no gap exceeds that of k = 1 by more than 4 of its errors; of a mixture: BIC or ICL is
                      for one component
a number              the k with the most votes, at least two, of equals the one that stability is for; all
                      its clusters come back from half of the rows with a mean Jaccard similarity of 0.75
no number stands out  otherwise
====================  ====================================================================================

The errors of the gap come from few references, and there are several k: with 20 references a normal
difference exceeds 4 of them once in 2,500 times, for each k. Variance ratio and gap are both taken from the
objective and fail together, where groups differ in size or are long, so stability decides between two and
two. A cluster with a mean Jaccard similarity of 0.75 or more is "valid", one of 0.85 "highly stable" (Hennig
2007).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from emscope.results.choose_k import Scored
from emscope.results.stability import STABLE, recovery
from emscope.study.criteria.gap import EVIDENCE
from emscope.wording import counted


class Thresholds(NamedTuple):
    """What the rules compare with."""

    evidence: float = EVIDENCE  # errors of the gap
    votes: int = 2
    stable: float = STABLE  # mean Jaccard similarity of the cluster that comes back worst


THRESHOLDS = Thresholds()


class Verdict(NamedTuple):
    """The number, the one to show, what criteria say of it, and how the clusters to show come back."""

    k: int | None
    shown: int
    answer: str
    recovery: str = ""

    @property
    def sentence(self) -> str:
        """Both in one."""
        return f"{self.answer} {self.recovery}".rstrip()


def verdict(ks: Sequence[int], scores: Sequence[Scored], evidence: float | None) -> Verdict:
    """Decide; ``evidence`` is by how many of its errors the largest gap exceeds that of k = 1.

    ``scores`` are those of the criteria that decide, for a mixture of its best type of covariances.
    """
    votes = {scored.criterion: scored.vote for scored in scores}
    stability = _stability(scores)
    several = [k for k in ks if k > 1]
    if len(ks) == 1:
        return Verdict(ks[0], ks[0], _nothing_to_choose(ks[0]), _recovery(ks[0], stability))
    if evidence is not None and evidence < THRESHOLDS.evidence:
        return Verdict(1, min(several), _no_clusters(votes, min(several)))
    if "ICL" in votes and 1 in (votes["BIC"], votes["ICL"]):
        return Verdict(1, min(several), _one_component(votes, min(several)))
    named = _most_named(votes)
    if named is not None and not stability.get(named, 1.0) < THRESHOLDS.stable:
        return Verdict(named, named, _a_number(named, votes), _recovery(named, stability))
    shown = max(several, key=lambda k: (stability.get(k, -1.0), -k))
    most_stable = shown if stability.get(shown, 0.0) > 0 else None
    return Verdict(None, shown, _nothing(votes, named, shown, most_stable), _recovery(shown, stability))


def _stability(scores: Sequence[Scored]) -> dict[int, float]:
    for scored in scores:
        if scored.criterion == "stability":
            pairs = zip(scored.ks.tolist(), scored.values.tolist(), strict=True)
            return {k: value for k, value in pairs if np.isfinite(value)}
    return {}


def _most_named(votes: Mapping[str, int | None]) -> int | None:
    """Return the number with the most votes, if there are enough; of equals the one that stability is for."""
    counts = Counter(vote for vote in votes.values() if vote is not None and vote > 1)
    most = max(counts.values(), default=0)
    if most < THRESHOLDS.votes:
        return None
    equals = [k for k, count in counts.items() if count == most]
    stable = votes.get("stability")
    return equals[0] if len(equals) == 1 else stable if stable in equals else None


def _a_number(k: int, votes: Mapping[str, int | None]) -> str:
    for_it = [name for name, vote in votes.items() if vote == k]
    others = {name: vote for name, vote in votes.items() if vote != k}
    said = counted(k, "cluster")
    if max(Counter(others.values()).values(), default=0) >= len(for_it):
        said += ", narrowly"
    said += f": {_listed(for_it)} agree"
    if others:
        said += f", but {_listed(_told(others))}"
    return f"{said}."


def _recovery(k: int, stability: Mapping[int, float]) -> str:
    return recovery(stability[k]) if k in stability else ""


def _no_clusters(votes: Mapping[str, int | None], shown: int) -> str:
    said = (
        "There may be no clusters: no number of them gains clearly more than it would on rows that are "
        "spread evenly"
    )
    cut = sorted({vote for name, vote in votes.items() if vote is not None and vote > 1 and name != "gap"})
    if cut:
        said += f" (other criteria, which cannot say so, are for {_listed([str(k) for k in cut], 'or')})"
    return f"{said}. k = {shown} is shown for a look only."


def _one_component(votes: Mapping[str, int | None], shown: int) -> str:
    if votes["BIC"] == 1:
        return (
            f"There may be no clusters: by BIC one component describes the rows best. k = {shown} is shown "
            "for a look only."
        )
    return (
        f"There may be no clusters: by BIC {votes['BIC']} components describe the density of the rows best, "
        f"but they overlap so much that ICL is for one. k = {shown} is shown for a look only."
    )


def _nothing(votes: Mapping[str, int | None], named: int | None, shown: int, most_stable: int | None) -> str:
    said = "No number of clusters stands out: "
    told = _told(votes)
    said += _listed(told) if told else "no criterion could be taken"
    if named is not None:
        said += f", and with {named} not all clusters come back from half of the rows"
    why = ", the most stable one," if shown == most_stable else ""
    return f"{said}. k = {shown}{why} is shown for convenience."


def _nothing_to_choose(k: int) -> str:
    return (
        f"k = {k} is the only number that was tried, so nothing says that there are {counted(k, 'cluster')}."
    )


def _told(votes: Mapping[str, int | None]) -> list[str]:
    """Say which number each criterion is for, with those that agree together."""
    told = []
    for vote in dict.fromkeys(votes.values()):
        names = [name for name, own in votes.items() if own == vote]
        told.append(f"{_listed(names)} {'is' if len(names) == 1 else 'are'} for {vote or 'no number'}")
    return told


def _listed(names: Sequence[str], word: str = "and") -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {word} {names[-1]}"
