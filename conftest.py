import os

import pytest
from _pytest.doctest import DoctestItem

if "PYTEST_XDIST_WORKER" in os.environ:  # one process per core: more threads would only wait for each other
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def _examples_write_into_a_fresh_folder(request, tmp_path, monkeypatch):
    """What README's examples save belongs nowhere else."""
    if isinstance(request.node, DoctestItem):
        monkeypatch.chdir(tmp_path)
