"""One sentence about every half-step, with its numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from emscope.events import DOUBTS, SAME, Event, Terms, as_sentence, doubts, kind_of, worded
from emscope.scene import mixture_captions
from emscope.scene.context import Context, movement
from emscope.scene.wording import change, counted, number, one_line
from emscope.trace import Step

_STARTS = {
    "k-means++": "chosen by k-means++",
    "random": "drawn at random from the points",
    "farthest": "each the farthest point from those before it",
    "random-partition": "those of a random partition",
    "given": "given",
}


_LONGEST = 400  # letters of a sentence about an event


def title(step: Step, final: bool) -> str:
    """Return the heading of a half-step."""
    if final:
        return "Final clustering"
    if step.phase == "initialization":
        return "Initialization"
    return f"{step.phase.capitalize()} step {step.iteration}"


def caption(step: Step, context: Context) -> str:
    """Tell a half-step in one sentence; what else happened follows in a second."""
    card = context.card
    tellers = _OF_MIXTURES if card.soft else _OF_CENTERS
    told = tellers["final" if context.final else step.phase](step, context)
    parts = [part for part in (told, _objective(step, context)) if part]
    sentences = [f"{title(step, context.final)}: {'; '.join(parts)}."]
    reasons = doubts(step.events)
    others = [event for event in step.events if event not in reasons]
    sentences.extend(_told(others, card.noun, context.terms))
    if card.soft and context.final:
        sentences.extend(mixture_captions.lost(context.trace))
    sentences.extend(doubt_sentences(reasons, context.terms))
    return " ".join(sentences)


def doubt_sentences(reasons: Sequence[Event], terms: Terms) -> list[str]:
    """Say why a run deserves doubt, if it does."""
    told = [as_sentence(one_line(worded(event, terms), _LONGEST)) for event in reasons]
    return [f"{DOUBTS[len(told) > 1]} {told[0]}", *told[1:]] if told else []


def _initialization(step: Step, context: Context) -> str:
    k = context.n_clusters
    start = context.trace.settings.get("init", "given")
    origin = _STARTS.get(start) if isinstance(start, str) else "given"
    if origin is None:
        origin = f"from “{one_line(start, 40)}”"
    if k == 1:
        return "1 center, the only owner of every point to come"
    centers = f"{k:,} given centers" if origin == "given" else f"{k:,} centers, {origin}"
    return f"{centers}; no point has an owner yet"


def _expectation(step: Step, context: Context) -> str:
    n = context.trace.n_samples
    if step.moved is not None:
        return _moved(step.moved, n)
    if context.n_clusters == 1:
        return f"{counted(n, 'point')} can only join the one center"
    if context.card.owners != "nearest":
        return f"{counted(n, 'point')} {'joins' if n == 1 else 'join'} the clusters"
    return f"{counted(n, 'point')} {'joins its' if n == 1 else 'join their'} nearest center"


def _moved(moved: int, n: int) -> str:
    if moved == 0:
        return "no point changes cluster"
    return f"{moved:,} of {counted(n, 'point')} {'changes' if moved == 1 else 'change'} cluster"


def _maximization(step: Step, context: Context) -> str:
    to_mean = context.card.update == "mean"
    if step.shift is None:
        return "the centers move to the means of their points" if to_mean else "the centers move"
    mean = "weighted mean" if context.trace.settings.get("weighted") else "mean"
    one, several = f" to the {mean} of its points", f" to the {mean} of their points"
    return movement(step.shift, context.trace, "center", "center", (one, one, several) if to_mean else None)


def _final(step: Step, context: Context) -> str:
    trace = context.trace
    limit: Any = trace.settings.get("max_iter")
    if not trace.converged:
        end = "stopped" + (f" at max_iter = {limit}" if limit else "") + " before it converged"
    else:
        maximizations = sum(s.phase == "maximization" for s in trace.steps)
        end = f"converged after {counted(maximizations, 'maximization step')}"
        if step.moved and any(_stands_still(event) for _, event in trace.events):
            end += " because the centers hardly moved"
    return end if step.moved is None else f"{end}, {_moved(step.moved, trace.n_samples)}"


def _stands_still(event: Event) -> bool:
    case = "shift" if event.prose else event.values.get("case")  # of the first version of traces
    return event.kind == "converged" and case == "shift"


def _objective(step: Step, context: Context) -> str:
    if step.objective is None:
        return ""
    name = one_line(context.card.objective)
    unchanged = context.previous is not None and math.isclose(context.previous, step.objective, rel_tol=1e-9)
    stands = unchanged or not context.card.from_zero
    if context.previous is None or (context.final and stands):
        return f"{name} {number(step.objective)}"
    return f"{name} {change(context.previous, step.objective)}"


def _told(events: Iterable[Event], noun: str, terms: Terms) -> Iterator[str]:
    """Yield a sentence for each kind of event; more clusters that share it are listed."""
    by_kind: dict[str, list[Event]] = {}
    for event in events:
        if not kind_of(event).ends:
            by_kind.setdefault(event.kind, []).append(event)
    for first, *others in by_kind.values():
        yield as_sentence(one_line(worded(first, terms), _LONGEST))
        numbers = [str(event.cluster) for event in others if event.cluster is not None]
        if numbers:
            listed = ", ".join(numbers[:6]) + (", …" if len(numbers) > 6 else "")
            yield SAME.format(clusters=f"{noun}{'' if len(numbers) == 1 else 's'} {listed}")


_OF_CENTERS = {
    "initialization": _initialization,
    "expectation": _expectation,
    "maximization": _maximization,
    "final": _final,
}
_OF_MIXTURES = {
    "initialization": mixture_captions.initialization,
    "expectation": mixture_captions.expectation,
    "maximization": mixture_captions.maximization,
    "final": mixture_captions.final,
}
