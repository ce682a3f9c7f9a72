"""One sentence about every half-step, with its numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from emscope.doubt import CERTAIN
from emscope.events import Event, Terms, as_sentence, doubts, kind_of, worded
from emscope.events.kinds import DOUBTS, KINDS, SAME
from emscope.scene.context import Context
from emscope.scene.phrases import FEW, LISTED, LONGEST, ROUNDING, STILL, Phrases, said
from emscope.trace import Step, Trace
from emscope.wording import change, counted, one_line, signed


def title(step: Step, phrases: Phrases, *, final: bool) -> str:
    """Return the heading of a half-step."""
    return said(phrases, f"title {'final' if final else step.phase}", iteration=step.iteration)


def short_title(step: Step, phrases: Phrases, *, final: bool) -> str:
    """Return a few letters for it."""
    return said(phrases, f"short {'final' if final else step.phase}", iteration=step.iteration)


def caption(step: Step, context: Context) -> str:
    """Tell a half-step in one sentence; what else happened follows in a second."""
    card = context.card
    told = _final if context.final else _TELLERS[step.phase]
    parts = [part for part in (told(step, context), _objective(step, context)) if part]
    sentences = [f"{title(step, context.phrases, final=context.final)}: {'; '.join(parts)}."]
    reasons = doubts(step.events)
    others = [event for event in step.events if event not in reasons]
    sentences.extend(_told(others, card.noun, context.terms))
    if card.soft and context.final:
        sentences.extend(_lost(context.trace, context.phrases))
    sentences.extend(doubt_sentences(reasons, context.terms))
    return " ".join(sentences)


def doubt_sentences(reasons: Sequence[Event], terms: Terms) -> list[str]:
    """Say why a run deserves doubt, if it does."""
    told = [as_sentence(one_line(worded(event, terms), LONGEST)) for event in reasons]
    return [f"{DOUBTS[len(told) > 1]} {told[0]}", *told[1:]] if told else []


def _initialization(step: Step, context: Context) -> str:
    """Tell where the centers begin."""
    phrases, k = context.phrases, context.n_clusters
    if k == 1:
        return said(phrases, "alone")
    start = context.trace.settings.get("init_params" if context.card.soft else "init", "given")
    origin = f"from {start if isinstance(start, str) else 'given'}"
    if origin not in phrases:
        origin, start = "from other", one_line(str(start), 40)
    return said(phrases, "began", centers=said(phrases, origin, k=f"{k:,}", start=str(start)))


def _expectation(step: Step, context: Context) -> str:
    """Tell which labels or responsibilities changed."""
    n, phrases, soft = context.trace.n_samples, context.phrases, context.card.soft
    if context.n_clusters == 1 and (soft or step.moved is None):
        return said(phrases, "first alone", points=counted(n, "point"))
    if step.moved is None:
        told = said(phrases, "first", n, points=counted(n, "point"))
    else:
        told = _moved(step.moved, context)
    return told + _uncertain(step, context)


def _moved(moved: int, context: Context) -> str:
    if moved == 0:
        return said(context.phrases, "moved none")
    name = "moved still" if context.final else "moved"
    points = counted(context.trace.n_samples, "point")
    return said(context.phrases, name, moved, moved=f"{moved:,}", points=points)


def _uncertain(step: Step, context: Context) -> str:
    """Count the points that no component can be sure of, where all of them are known."""
    if step.responsibilities is None or len(step.responsibilities) < context.trace.n_samples:
        return ""
    count = int(np.count_nonzero(step.responsibilities.max(axis=1) < CERTAIN))
    return said(context.phrases, "uncertain", count, count=f"{count:,}") if count else ""


def _maximization(step: Step, context: Context) -> str:
    """Tell how far the centers moved, and how many points components stand for."""
    return "; ".join(part for part in (_movement(step, context), _masses(step, context)) if part)


def _movement(step: Step, context: Context) -> str:
    """Tell how many centers moved, where to, and how far."""
    phrases = context.phrases
    if step.shift is None:
        return said(phrases, "moves somewhere")
    shift = np.asarray(step.shift, dtype=np.float64)
    k, farthest = len(shift), int(shift.argmax())
    largest = largest_shift(step, context.trace)
    if largest == 0:
        return said(phrases, "still", k)
    by = _way(largest, context)
    if k == 1:
        return said(phrases, "moves alone", by=by)
    moving = int(np.count_nonzero(shift > ROUNDING * largest))
    number_of = "some" if moving < k else "both" if k == 2 else "all"
    who = said(phrases, number_of, moving=f"{moving:,}", k=f"{k:,}")
    return said(phrases, "moves", moving, who=who, by=by, farthest=farthest)


def largest_shift(step: Step, trace: Trace) -> float:
    """Return how far the center moved that moved farthest; 0 where that is rounding, or not known."""
    if step.shift is None:
        return 0.0
    where, largest = trace.locations(step), float(np.max(step.shift))
    scale = 1.0 if trace.scale is None else trace.scale
    size = 0.0 if where is None else float(np.abs(where / scale).max(initial=0.0))
    return largest if largest > STILL * size else 0.0


def _way(way: float, context: Context) -> str:
    """Write how far a center moved, in the units and features that distances are taken in."""
    phrases, d = context.phrases, context.trace.points.shape[1]
    unit = "" if context.trace.scale is None else said(phrases, "deviations", way)
    features = said(phrases, "features", d=f"{d:,}") if d > 2 else ""
    return said(phrases, "way", way=signed(way, 3), unit=unit, features=features)


def _masses(step: Step, context: Context) -> str:
    """Tell the effective numbers of points, N_j, of few components."""
    if step.weights is None or not 1 < len(step.weights) <= FEW or context.trace.settings.get("weighted"):
        return ""
    masses = [signed(weight * context.trace.n_samples) for weight in step.weights]
    return said(context.phrases, "masses", masses=_listed(masses))


def _final(step: Step, context: Context) -> str:
    """Tell after how many iterations the run ended, and why."""
    trace, phrases = context.trace, context.phrases
    settings: Any = trace.settings
    n = sum(s.phase == "maximization" for s in trace.steps)
    iterations = said(phrases, "iterations", n, n=f"{n:,}", last=f"{n - 1:,}")
    if not trace.converged:
        limit = settings.get("max_iter")
        end = said(phrases, "limit", max_iter=limit) if limit else said(phrases, "stopped")
    elif context.card.update == "gaussian" and settings.get("tol") is not None:
        end = said(phrases, "gained", iterations=iterations, tol=f"{settings['tol']:g}")
    elif not context.card.soft and step.moved and any(_stands_still(event) for _, event in trace.events):
        end = said(phrases, "stands still", iterations=iterations)
    else:
        end = said(phrases, "converged", iterations=iterations)
    if step.moved is None or (context.card.soft and context.n_clusters == 1):
        return end
    return said(phrases, "ended", end=end, moved=_moved(step.moved, context) + _uncertain(step, context))


def _stands_still(event: Event) -> bool:
    case = "shift" if event.prose else event.values.get("case")  # of the first version of traces
    return event.kind == "converged" and case == "shift"


def _objective(step: Step, context: Context) -> str:
    if step.objective is None:
        return ""
    name = one_line(context.card.objective)
    unchanged = context.previous is not None and math.isclose(
        context.previous, step.objective, rel_tol=ROUNDING
    )
    stands = unchanged or not context.card.from_zero
    if context.previous is None or (context.final and stands):
        return f"{name} {signed(step.objective)}"
    return f"{name} {change(context.previous, step.objective)}"


def _told(events: Iterable[Event], noun: str, terms: Terms) -> Iterator[str]:
    """Yield a sentence for each kind of event; more clusters that share it are listed."""
    by_kind: dict[str, list[Event]] = {}
    for event in events:
        if not kind_of(event).ends:
            by_kind.setdefault(event.kind, []).append(event)
    for first, *others in by_kind.values():
        yield as_sentence(one_line(worded(first, terms), LONGEST))
        numbers = [str(event.cluster) for event in others if event.cluster is not None]
        if numbers:
            listed = ", ".join(numbers[:LISTED]) + (", …" if len(numbers) > LISTED else "")
            yield SAME.format(clusters=f"{noun}{'' if len(numbers) == 1 else 's'} {listed}")


def _lost(trace: Trace, phrases: Phrases) -> Iterator[str]:
    """Tell in few words which components were lost before the end, and when it began."""
    for kind, how in ((kind, told.lost) for kind, told in KINDS.items() if told.lost):
        found = [
            (step, event.cluster) for step in trace.steps[:-1] for event in step.events if event.kind == kind
        ]
        if found:
            first, last = found[0][0], found[-1][0]
            when = first.phase if first.phase == "initialization" else f"{first.phase} step {first.iteration}"
            when = when if first is last else said(phrases, "from on", when=when)
            lost = sorted({j for _, j in found if j is not None})
            shared = kind == "collapsed_component" and trace.card.covariances == "tied"
            name = "lost shared" if shared else "lost"
            yield said(phrases, name, len(lost), who=_listed(lost, LISTED), how=how, when=when)


def _listed(values: Sequence[Any], most: int | None = None) -> str:
    """List values, as "0, 1 and 2"; of more than so many the first."""
    texts = [str(value) for value in values]
    if most is not None and len(texts) > most:
        return f"{', '.join(texts[:most])}, …"
    *before, last = texts or ["?"]
    return f"{', '.join(before)} and {last}" if before else last


_TELLERS = {"initialization": _initialization, "expectation": _expectation, "maximization": _maximization}
