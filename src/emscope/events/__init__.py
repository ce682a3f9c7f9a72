"""What can happen in a half-step, as data, and its sentences in the terms of whoever reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from emscope.errors import DataError
from emscope.events.kinds import COMBINATION, KINDS, PARTS_OF_A_COLLAPSE, Kind


@dataclass(frozen=True, slots=True)
class Event:
    """Something worth telling about a half-step.

    Attributes
    ----------
    kind : str
        ``"empty_cluster"``, ``"fewer_distinct_points"``; of a mixture ``"collapsed_component"``,
        ``"empty_component"``, ``"duplicate_components"``, ``"extrapolated"``,
        ``"extrapolation_rejected"``; of any run ``"converged"``, ``"max_iter"``, ``"interrupted"``; or
        what a model of one's own has to tell. At the end of a run ``"still_moving"``, ``"plateau"``,
        ``"collapsed"``, ``"undecided"``, ``"lone_row"``, ``"starts_disagree"``: reasons to doubt it.
    cluster : int or None
        The cluster or component it happened to; None when it concerns the whole run.
    rows : tuple of int
        Numbers of the rows that it is about, or of the first few.
    features : tuple of int
        Numbers of the features that it is about.
    values : mapping
        What else is known, as plain JSON values. ``"case"`` chooses among the sentences of a kind.
    prose : str or None
        The sentence itself, where it is all that is known.

    Examples
    --------
    >>> Event("empty_cluster", 1, rows=(7,), values={"distance": 2.5, "donor": 0}).message
    'cluster 1 was empty, so its center moved to row 7, which lay 2.5 from the center of cluster 0'
    """

    kind: str
    cluster: int | None = None
    rows: tuple[int, ...] = ()
    features: tuple[int, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    prose: str | None = None

    @property
    def message(self) -> str:
        """One sentence, with numbers of rows and features and with the parameters of Python."""
        return worded(self)


@dataclass(frozen=True, slots=True)
class Terms:
    """What readers call features and parameters: by default by their numbers, and as Python does."""

    features: Sequence[str] = ()
    options: Mapping[str, str] = field(default_factory=dict)

    def parameter(self, name: str) -> str:
        """Name a parameter of an estimator."""
        return self.options.get(name, name)

    def setting(self, name: str, value: Any) -> str:
        """Name a parameter with its value, as it is given."""
        text = f"{value:g}" if isinstance(value, float) else str(value)
        if name in self.options:
            return f"{self.options[name]} {text}"
        return f"{name}={value!r}" if isinstance(value, str) else f"{name}={text}"

    def feature(self, number: int) -> str:
        """Name a feature."""
        return self.features[number] if number < len(self.features) else f"feature {number}"

    def direction(self, numbers: Sequence[int]) -> str:
        """Name a direction by the features that have most of it."""
        if len(numbers) < 2:
            return "".join(map(self.feature, numbers))
        *most, last = (self.features[number] if self.features else str(number) for number in numbers)
        features = f"{'' if self.features else 'the features '}{', '.join(most)} and {last}"
        return COMBINATION.format(features=features)


PYTHON = Terms()
_SETTINGS = ("max_iter", "tol")  # told with their values
_DIGITS = 12  # decimals of a change of the log-likelihood per point that are not rounding


class EventError(DataError):
    """An event that ends a fit, or lets none begin, in the terms of whoever reads it."""

    def __init__(self, event: Event) -> None:
        super().__init__(event)
        self.event = event

    def __str__(self) -> str:
        return self.worded()

    def worded(self, terms: Terms = PYTHON) -> str:
        """Return a sentence about the event."""
        return f"{worded(self.event, terms)}."


class CollapseError(EventError):
    """A component of a mixture has no density any more; ``event`` says which, and what it fell onto."""

    def worded(self, terms: Terms = PYTHON) -> str:
        """Return scikit-learn's sentence, and one about the component."""
        iteration = self.event.values.get("iteration")
        when = "the initialization" if iteration is None else f"maximization step {iteration}"
        return (
            "Fitting the mixture model failed because some components have ill-defined empirical covariance "
            "(for instance caused by singleton or collapsed samples). Try to decrease the number of "
            f"components, increase {terms.parameter('reg_covar')}, or scale the input data. At {when} "
            f"{worded(self.event, terms)}."
        )


def with_row_names(event: Event, name: Callable[[int], str], noun: str = "row") -> Event:
    """Let an event call its rows by the names that they have in their table."""
    if not event.rows:
        return event
    names = [name(row) for row in event.rows]
    return replace(event, values={**event.values, "row_names": names, "row_noun": noun})


def worded(event: Event, terms: Terms = PYTHON) -> str:
    """Return the sentence about an event, in the terms of those who are to read it."""
    if event.prose is not None:
        return event.prose
    kind = KINDS.get(event.kind)
    try:
        return _sentence(kind, event).format_map(_words(event, terms)) if kind else _plainly(event, terms)
    except (ArithmeticError, LookupError, TypeError, ValueError):  # of a trace whose data has gaps
        return _plainly(event, terms)


def kind_of(event: Event) -> Kind:
    """Return how an event is told; one that the table does not know is called by its own name."""
    return KINDS.get(event.kind) or Kind({}, event.kind.replace("_", " "))


def doubts(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return those events that are reasons to doubt a run."""
    return tuple(event for event in events if kind_of(event).doubt)


def as_sentence(message: str) -> str:
    """Return what an event says with a capital and a full stop."""
    return message[:1].upper() + message[1:] + ("" if message.endswith((".", "…", "!")) else ".")


def open_sentences(kind: Kind, terms: Terms = PYTHON) -> dict[str, str]:
    """Return sentences by case, whose numbers are still open: ``{cluster}`` or ``{distance:.4g}``."""
    words = _AllOpen(_parameters({"max_iter": _Open("max_iter"), "tol": _Open("tol", "g")}, terms))
    return {case: sentence.format_map(words) for case, sentence in kind.sentences.items()}


class _AllOpen(dict[str, Any]):
    def __missing__(self, name: str) -> _Open:
        return _Open(name)


class _Open:
    """A number that is not known yet, written as its own placeholder."""

    def __init__(self, name: str, usual: str = "") -> None:
        self._name = name
        self._usual = usual  # format

    def __format__(self, how: str) -> str:
        how = how or self._usual
        return f"{{{self._name}{how and ':'}{how}}}"

    def __str__(self) -> str:
        return format(self)


def _sentence(kind: Kind, event: Event) -> str:
    case = event.values.get("case")
    return next(iter(kind.sentences.values())) if case is None else kind.sentences[case]


def _words(event: Event, terms: Terms) -> dict[str, Any]:
    """Return what the placeholders of a sentence stand for."""
    words = {**event.values, **_parameters(event.values, terms), "cluster": event.cluster}
    if event.rows:
        words["rows"] = _rows(event, _more(event))
    if "change" in words:
        words["change"] = round(words["change"], _DIGITS)
    if event.kind == "collapsed_component":
        words |= _words_of_a_collapse(event, terms)
    elif event.values.get("moved"):
        words["points"] = f"{words['moved']:,} point{'' if words['moved'] == 1 else 's'}"
    return words | (_words_of_a_doubt(event) if kind_of(event).doubt else {})


def _words_of_a_doubt(event: Event) -> dict[str, str]:
    """Say how large a share is, and which components are meant."""
    values, words = event.values, {}
    if "least" in values:
        words["least"] = _percent(values["least"])
    if "share" in values:
        words["share"] = _percent(values["share"]) + (" of the weight" if values.get("weighted") else "")
    if event.kind == "undecided":
        some = f"{values['count']:,} of {values['rows']:,} points ({words['share']})"
        words["points"] = f"points with {words['share']}" if values.get("weighted") else some
    if "components" in values:
        words["who"] = _components(values["components"], values["count"])
    return words


def _percent(part: float) -> str:
    return f"{100 * part:.3g} %"


def _components(numbers: Sequence[int], count: int) -> str:
    """Name some components, of more perhaps."""
    names = [*map(str, numbers), *(["others"] if count > len(numbers) else [])]
    *most, last = names
    return f"components {', '.join(most)} and {last}" if most else f"component {last}"


def _parameters(values: Mapping[str, Any], terms: Terms) -> dict[str, str]:
    """Return the parameters that sentences name, some with their values."""
    names = {name: terms.parameter(name) for name in ("n_init", "random_state", "reg_covar")}
    names |= {"tolerance": terms.parameter("tol"), "limit": terms.parameter("max_iter")}
    return names | {name: terms.setting(name, values[name]) for name in _SETTINGS if name in values}


def _rows(event: Event, more: str = "") -> str:
    given = event.values.get("row_names")
    names = given if isinstance(given, list) else event.rows
    noun = event.values.get("row_noun", "row")
    return f"{noun}{'s' if len(names) > 1 else ''} {', '.join(map(str, names))}{more}"


def _more(event: Event) -> str:
    """Say that there are more rows than those that are named."""
    return ", ..." if event.values.get("count", 0) > len(event.rows) else ""


def _words_of_a_collapse(event: Event, terms: Terms) -> dict[str, str]:
    """Say who has collapsed and onto what, what is left of the covariance, and what helps."""
    values, parts = event.values, parts_of_a_collapse(terms)
    shared, reg_covar, count = values["shared"], values["reg_covar"], values["count"]
    onto = "none" if count == 0 else "one" if count == 1 else "same" if values["identical"] else "several"
    words = {
        "cluster": event.cluster,
        "count": count,
        "rows": _rows(event, _more(event)),
        "amount": reg_covar,
    }
    chosen = {
        "who": "shared" if shared else "own",
        "points": onto,
        "kept": "some" if reg_covar else "nothing",
        "raising": "some" if reg_covar else "nothing",
        "sharing": "shared" if shared else "own",
        "leaving": "several" if len(event.features) > 1 else "one",
    }
    told = {name: parts[f"{name} {which}"].format_map(words) for name, which in chosen.items()}
    return {**told, "features": terms.direction(event.features)}


def parts_of_a_collapse(terms: Terms = PYTHON) -> dict[str, str]:
    """Return the parts of the sentences about a collapse, whose numbers are still open."""
    names = {
        "reg_covar": terms.parameter("reg_covar"),
        "value": terms.setting("reg_covar", _Open("amount", "g")),
        "tied": terms.setting("covariance_type", "tied"),
    }
    return {name: part.format_map(_AllOpen(names)) for name, part in PARTS_OF_A_COLLAPSE.items()}


def _plainly(event: Event, terms: Terms) -> str:
    """Word an event that the table does not know: its kind, and what there is to it."""
    facts = [
        *([] if event.cluster is None else [f"cluster {event.cluster}"]),
        *([_rows(event)] if event.rows else []),
        *map(terms.feature, event.features),
        *(f"{name} {value}" for name, value in event.values.items() if name not in ("row_names", "row_noun")),
    ]
    return kind_of(event).short + (f" ({', '.join(facts)})" if facts else "")
