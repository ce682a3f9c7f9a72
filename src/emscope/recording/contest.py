"""Several starts, of which the best is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from emscope.recording.run import Run
from emscope.trace import Restart


@dataclass(slots=True, eq=False)
class Contest:
    """What the runs of one fit have come to so far."""

    best: Run | None = None
    others: list[Restart] = field(default_factory=list)
    """The little that is kept of those that are over and not the best."""
    ends: list[tuple[float, float]] = field(default_factory=list)
    """Of those that are over, in their order: the last objective, and the first."""
    unfinished: int = 0
    """How many ended at a limit."""

    def add(self, run: Run, is_better: Callable[[Run, Run], bool]) -> None:
        """Take in a run that is over."""
        self.ends.append((run.objective, run.first_objective))
        self.unfinished += not run.converged
        if self.best is None:
            self.best = run
        elif is_better(run, self.best):
            self.others.append(self.best.as_restart())
            self.best = run
        else:
            self.others.append(run.as_restart())
