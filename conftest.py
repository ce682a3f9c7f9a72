import pytest
from _pytest.doctest import DoctestItem


@pytest.fixture(autouse=True)
def _examples_write_into_a_fresh_folder(request, tmp_path, monkeypatch):
    """What README's examples save belongs nowhere else."""
    if isinstance(request.node, DoctestItem):
        monkeypatch.chdir(tmp_path)
