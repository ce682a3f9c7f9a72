"""The command line says what it waits for, where somebody looks."""

import io
import logging
import sys

import pytest

from emscope.cli.output import progress
from emscope.kernels.compiling import LOGGER


class _Stream(io.StringIO):
    def __init__(self, terminal):
        super().__init__()
        self._terminal = terminal

    def isatty(self):
        return self._terminal


@pytest.mark.parametrize(("terminal", "quiet"), [(True, False), (False, False), (True, True)])
def test_a_line_on_the_terminal_says_that_kernels_are_compiled(monkeypatch, terminal, quiet):
    stream = _Stream(terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    logger = logging.getLogger(LOGGER)
    before = logger.level, list(logger.handlers)
    with progress("fitting", quiet):
        logger.info("compiling")
    assert ("emscope: compiling\n" in stream.getvalue()) == (terminal and not quiet)
    assert (logger.level, logger.handlers) == before
