"""What is kept of the half-steps of a run."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable
from typing import Self

from emscope.trace import Step

PARAMETER_BUDGET = 64 << 20
"""Bytes of parameters that a trace keeps."""


class Recorder:
    """Keeps the half-steps of one run, with parameters thinned to a budget.

    The scalars and counts of every half-step are kept. When the parameters outgrow the budget every
    second set is dropped, again and again, so that the first, the last and some evenly between remain.

    ``budget`` is how many bytes of parameters are kept; 0 keeps the first and the last.
    """

    def __init__(self, budget: int = PARAMETER_BUDGET) -> None:
        self.budget = budget
        self.stride = 1  # every which set of parameters is kept
        self.steps: list[Step] = []
        self._versions: list[list[int]] = []  # indices of the steps that share one set of parameters
        self._kept: dict[int, int] = {}  # bytes of the sets still kept, by version
        self._bytes = 0  # their sum

    @classmethod
    def of(cls, steps: Iterable[Step], stride: int, budget: int) -> Self:
        """Return a recorder that has recorded half-steps before, and thinned them."""
        recorder = cls(sys.maxsize)
        for step in steps:
            recorder.add(step)
        recorder._kept = {version: size for version, size in recorder._kept.items() if size}
        recorder.budget, recorder.stride = budget, stride
        return recorder

    def add(self, step: Step) -> None:
        """Record one half-step."""
        self.steps.append(step)
        index, newest = len(self.steps) - 1, len(self._versions)
        size = 0 if step.responsibilities is None else step.responsibilities.nbytes
        if step.phase == "expectation":
            self._versions[-1].append(index)
            if size:
                self._count(newest - 1, size)
            return
        self._versions.append([index])
        self._count(newest, size + sum([array.nbytes for array in step.parameters.values()]))
        self._drop_unless_kept(newest - 1)
        while self._bytes > self.budget and len(self._kept) > 2:
            self.stride *= 2
            for version in list(self._kept):
                if version != newest:
                    self._drop_unless_kept(version)

    def _count(self, version: int, size: int) -> None:
        self._kept[version] = self._kept.get(version, 0) + size
        self._bytes += size

    def _drop_unless_kept(self, version: int) -> None:
        if version > 0 and version % self.stride:
            for index in self._versions[version]:
                self.steps[index] = dataclasses.replace(
                    self.steps[index], parameters={}, labels=None, responsibilities=None
                )
            self._bytes -= self._kept.pop(version, 0)
