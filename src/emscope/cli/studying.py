"""A study from the command line: read, ask every question, print, write."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np

from emscope import study
from emscope.cli.fitting import in_terms_of_table, refusals_in_terms_of
from emscope.cli.interrupts import INTERRUPTED, Interrupts
from emscope.cli.options import READING, names_of, parameter_options
from emscope.cli.output import Out, Told, print_held, print_table, print_written, progress, questions
from emscope.cli.session import called
from emscope.data.read import read_table
from emscope.data.table import Table
from emscope.estimators import DoubtWarning
from emscope.estimators.offers import Model, offer_named
from emscope.files import Folder
from emscope.report import Result as Run
from emscope.report.naming import as_utf8
from emscope.report.study import REPORT, Asked, Study, hidden, study_names, write_study
from emscope.saved.model import locations
from emscope.saved.private import without_values
from emscope.saved.saving import described, text_of
from emscope.scene import Scene

_FOLDER = Path("emscope-study")
_FEWEST_STARTS, _MOST_STARTS = 10, 100
_STARTS_WORK = 2e8  # products of starts, rows, features and clusters
_WIDEST = 100  # characters that are easily read in one line


@dataclass(frozen=True, slots=True)
class Writing:
    """The options about what is written."""

    out: Path | None
    force: bool
    private: bool
    quiet: bool


def study_table(
    path: str,
    writing: Writing,
    reading: Mapping[str, Any],
    arguments: Sequence[str],
    *,
    model: str,
    ks: Sequence[int],
    covariance_types: Sequence[str] | None,
    random_state: int,
    n_threads: int | None,
) -> int:
    """Study the rows of a file and return the exit code; the arguments are as the options have them."""
    offer = offer_named(model)
    out = Out(quiet=writing.quiet)
    inputs: list[str | int] = [path, 0] if path == "-" else [path]
    folder = Folder(writing.out or _FOLDER, inputs=inputs, force=writing.force)
    folder.check(study_names())
    if reading["standardize"] is None:
        reading = {**reading, "standardize": not offer.card.points}
    table = read_table(path, **reading).in_options()
    if writing.private:
        table = dataclasses.replace(table, row_names=None)
    print_table(out, called(path), table, as_they_are=not offer.card.points)
    asked = Asked(tuple(arguments), reading, model, ks, random_state, covariance_types or ())
    with Interrupts() as interrupts:
        asking = _Asking(path, table, asked, n_threads, writing.quiet)
        interrupted = asking.ask(interrupts)
        interrupts.hold()
        found = asking.private_study() if writing.private else asking.study()
        _print(out, found)
        with progress("writing", writing.quiet) as tell:
            write_study(folder, found, tell)
    print_written(out, folder)
    out.sentence(f"{folder.path / REPORT} has all of it: open it in a browser")
    print_held(out, folder, found.run.trace)
    if interrupted:
        out.sentence("interrupted: the questions after that were not asked")
    return INTERRUPTED if interrupted else 0


class _Asking:
    """The questions of a study, asked one after the other; what was answered stays when Ctrl-C ends it."""

    def __init__(self, path: str, table: Table, asked: Asked, n_threads: int | None, quiet: bool) -> None:
        self._path, self._table, self._asked, self._quiet = path, table, asked, quiet
        self._how: dict[str, Any] = {"random_state": asked.seed, "n_threads": n_threads}
        self._answers: dict[str, Any] = {}
        self._choice: Any = None
        self._model: Model | None = None

    def ask(self, interrupts: Interrupts) -> bool:
        """Ask all questions; tell whether Ctrl-C ended that."""
        with questions(self._quiet) as show, warnings.catch_warnings():
            warnings.simplefilter("ignore", DoubtWarning)  # the report says it
            try:
                with refusals_in_terms_of(self._table):
                    self._choose(show("how many clusters"))
                for name, doing, ask in self._others():
                    if interrupts.pressed:
                        return True
                    self._answers[name] = ask(show(doing))
            except KeyboardInterrupt:
                if self._model is None:
                    raise
                return True
        return interrupts.pressed

    def _choose(self, tell: Told) -> None:
        asked = self._asked
        types = {"covariance_types": asked.covariances} if asked.covariances else {}
        how = {**self._how, **types, "progress": tell}
        self._choice = study.choose_k(self._table, asked.ks, model=asked.model, **how)
        self._model = self._choice.models[self._choice.shown]

    def _others(self) -> Iterator[tuple[str, str, Callable[[Told], Any]]]:
        """Yield the other questions: the name of each, what is being done, and what asks it."""
        model, table = self._model, self._table
        assert model is not None
        k = len(locations(model))
        if k > 1:
            yield (
                "stability",
                "is it stable",
                lambda tell: study.stability(model, table, **self._how, progress=tell),
            )
            yield (
                "optima",
                "other starts",
                lambda tell: study.optima(table, k, **self._starts(k), **self._how, progress=tell),
            )
        yield "profile", "which features", lambda _: study.profile(model, table)
        yield "rows", "which rows", lambda _: study.rows(model, table)
        if table.labels is not None:
            yield "comparison", "beside the label", lambda _: _beside_label(model, table)

    def _starts(self, k: int) -> dict[str, Any]:
        """Say what starts are of, and how many: fewer where each takes long."""
        soft = offer_named(self._asked.model).card.soft
        affordable = int((_STARTS_WORK / 10 if soft else _STARTS_WORK) / (self._table.matrix.size * k))
        how = {"model": self._asked.model, "n_starts": max(_FEWEST_STARTS, min(affordable, _MOST_STARTS))}
        return {**how, "covariance_type": self._choice.covariance_type} if soft else how

    def study(self) -> Study:
        """Return what was found out."""
        model, table = self._model, self._table
        assert model is not None
        assert model.trace_ is not None  # studies always record
        trace = in_terms_of_table(model.trace_, table)
        rows = None
        if not trace.card.points:
            rows = table.values if table.weights is None else table.values[table.weights > 0]
        optima, stability = (self._answers.get(name) for name in ("optima", "stability"))
        return Study(
            run=Run(as_utf8(called(self._path)), trace, table, np.asarray(model.predict(table.matrix))),
            scene=Scene.from_trace(trace, rows=rows, options=parameter_options()),
            asked=self._asked,
            choice=self._choice if stability is None else self._choice.beside(stability),
            standing=None if optima is None else optima.standing(model),
            **self._answers,
            model=text_of(described(model, table, _writing(self._asked))).encode(),
        )

    def private_study(self) -> Study:
        """Return what was found out and may be handed on."""
        found, model, table = hidden(self.study()), self._model, self._table
        assert model is not None
        saved = without_values(described(model, table, _writing(self._asked)), found.run.trace, table.values)
        return dataclasses.replace(found, model=text_of(saved).encode())


def _beside_label(model: Model, table: Table) -> Any:
    """Compare the clusters with the label column, in the rows that have a label."""
    assert table.labels is not None
    codes = table.labels.codes[table.kept]
    there = codes >= 0
    names = np.array(table.labels.names, dtype=object)[codes[there]]
    found = study.compare(np.asarray(model.predict(table.matrix))[there], names)
    return dataclasses.replace(found, column=table.labels.column)


def _writing(asked: Asked) -> dict[str, Any]:
    """Return what was said about how the table is written, so that the next one is read alike."""
    return {name: asked.reading[name] for name in names_of(READING) if name in asked.reading}


def _print(out: Out, found: Study) -> None:
    """Print the answers, in lines that are easily read."""
    width = min(out.width, _WIDEST)
    first, then = ([one.sentence for one in told] for told in (found.about_rows, found.about_features))
    for sentence in (*first, found.choice.verdict, *found.scene.doubts, *then):
        out.sentence(fill(sentence, width))
    for sentence in () if found.profile is None else found.profile.sentences:
        out.sentence(fill(sentence, width, initial_indent="  ", subsequent_indent="    "))
    for name, answer in found.answers.items():
        if name not in ("choose_k", "profile"):
            out.sentence(fill(answer.sentence, width))
