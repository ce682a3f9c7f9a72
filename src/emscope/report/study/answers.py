"""What a study has found out about a table, before it is written."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emscope.data.decisive import numbers_that_decide
from emscope.data.wording import in_options
from emscope.report.tables import Result as Run
from emscope.results.stability import STABLE
from emscope.scene import Scene
from emscope.wording import counted


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
    def remarks(self) -> list[str]:
        """What to doubt about the table, once there are clusters."""
        table, labels = self.run.table, self.run.labels
        deciding = () if labels is None else numbers_that_decide(table, labels)
        return [*map(in_options, deciding), *self._of_codes()]

    def _of_codes(self) -> list[str]:
        """Say which values look like codes, and how they are read as missing."""
        codes = () if self.rows is None else self.rows.codes
        if not codes:
            return []
        values = ",".join(dict.fromkeys(f"{code.value:.15g}" for code in codes))
        where = f"in {counted(len({code.feature for code in codes}), 'feature')}"
        if "," in values:
            look, own, them = "look like codes and no measurements", "clusters of their own", "them"
        else:
            look, own, them = "looks like a code and no measurement", "a cluster of its own", "it"
        remedy = f"--na-values {values} reads {them} as missing"
        return [f"{values} {where} {look}, and may have made {own}: {remedy}."]

    @property
    def is_finding(self) -> bool:
        """Whether the number of clusters that is shown was found, and is no convenience."""
        return bool(self.choice.k == self.k)

    @property
    def is_sure(self) -> bool:
        """Whether it was found, and all of its clusters come back."""
        comes_back = self.stability is None or bool((self.stability.jaccard >= STABLE).all())
        return self.is_finding and comes_back
