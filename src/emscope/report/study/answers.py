"""What a study has found out about a table, before it is written."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emscope.data.content.names import in_one_line
from emscope.report.remarks import Remark, about_features, about_rows
from emscope.report.tables import Result as Run
from emscope.results.stability import STABLE
from emscope.scene import Scene


@dataclass(frozen=True, slots=True)
class Asked:
    """How a study was asked for, so that it can be repeated."""

    arguments: tuple[str, ...]
    """Of the command line."""
    reading: Mapping[str, Any]
    """The arguments of ``read_table`` that were given."""
    model: str
    """The name of the model."""
    ks: Sequence[int]
    seed: int
    covariances: Sequence[str] = ()

    @property
    def command(self) -> str:
        """The command that repeats the study."""
        return shlex.join(("emscope", *self.arguments))

    def trying(self, remark: Remark) -> str:
        r"""Return the command that repeats the study as a remark advises.

        >>> asked = Asked(("study", "t.csv", "--exclude", "a"), {"exclude": ("a",)}, "kmeans", range(1, 4), 0)
        >>> asked.trying(Remark("", "exclude", ("b, c",)))
        'emscope study t.csv --exclude \'a,"b, c"\''
        """
        keyword, values = remark.option, remark.values
        columns = self.reading.get("columns")
        if keyword == "exclude" and columns:
            keyword, values = "columns", tuple(name for name in columns if name not in values)
        elif keyword != "impute":
            values = tuple(dict.fromkeys((*(self.reading.get(keyword) or ()), *values)))
        option = f"--{keyword.replace('_', '-')}"
        return shlex.join(("emscope", *_without(self.arguments, option), option, in_one_line(values)))


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """The answers to all questions about a table; None where the study was interrupted before."""

    run: Run
    """The run that is shown: its trace, the table, the label of every kept row."""
    scene: Scene
    """What that run looks like."""
    asked: Asked
    choice: Any
    """Of :func:`emscope.study.choose_k`."""
    stability: Any = None
    optima: Any = None
    profile: Any = None
    rows: Any = None
    comparison: Any = None
    """Of the clusters with the label column."""
    standing: int | None = None
    """Which of these ends the run that is shown came to, counted from 0; None for none of them."""
    model: bytes | None = None
    """The saved model."""

    @property
    def k(self) -> int:
        """The number of clusters that is shown."""
        return self.run.trace.n_clusters

    @property
    def answers(self) -> dict[str, Any]:
        """The answers that there are, by what was asked."""
        found = {
            "choose_k": self.choice,
            "stability": self.stability,
            "optima": self.optima,
            "profile": self.profile,
            "rows": self.rows,
            "compare": self.comparison,
        }
        return {name: answer for name, answer in found.items() if answer is not None}

    @property
    def about_rows(self) -> list[Remark]:
        """What puts the answer as a whole in doubt."""
        return about_rows(self.run, () if self.rows is None else self.rows.codes)

    @property
    def about_features(self) -> list[Remark]:
        """What puts single features in doubt."""
        return about_features(self.run)

    @property
    def is_finding(self) -> bool:
        """Whether the number of clusters that is shown was found, and is no convenience."""
        return bool(self.choice.k == self.k)

    @property
    def is_sure(self) -> bool:
        """Whether it was found, and all of its clusters come back."""
        comes_back = self.stability is None or bool((self.stability.jaccard >= STABLE).all())
        return self.is_finding and comes_back


def _without(arguments: Sequence[str], option: str) -> Iterator[str]:
    """Leave out an option with what is said of it."""
    given = iter(arguments)
    for argument in given:
        if argument == option:
            next(given, None)
        elif not argument.startswith(f"{option}="):
            yield argument
