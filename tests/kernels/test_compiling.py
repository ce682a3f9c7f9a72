"""Whoever waits for the compiler is told so, once."""

import logging
import os
import subprocess
import sys

import pytest

from emscope.kernels import compiling

FIT = """
import logging, sys
import numpy as np
from emscope.kernels.hard.lloyd import assign_compiled
logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(name)s %(message)s")
for dtype in ("float32", "float64"):
    rows = np.arange(8.0).reshape(4, 2).astype(dtype)
    assign_compiled(rows, np.ones(4), rows[:2], np.empty(4, np.int32))
"""


@pytest.mark.slow
def test_a_process_that_compiles_says_so_once_and_one_that_has_a_cache_does_not(tmp_path):
    told = [
        subprocess.run(
            [sys.executable, "-c", FIT],
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert told[0].count("emscope.kernels compiling") == 1
    assert told[1] == ""


def test_only_what_is_ours_is_told(caplog):
    listener = compiling._Listener()

    class Compiling:
        def __init__(self, module):
            self.data = {"dispatcher": type("Dispatcher", (), {"__module__": module})()}

    with caplog.at_level(logging.INFO, compiling.LOGGER):
        listener.on_start(Compiling("elsewhere"))
        assert not caplog.records
        listener.on_start(Compiling("emscope.kernels.hard.cells"))
        listener.on_start(Compiling("emscope.kernels.hard.lloyd"))
    assert [record.name for record in caplog.records] == [compiling.LOGGER]
