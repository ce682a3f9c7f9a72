"""The notebook runs, and reads well without being run."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "expectation_maximization.ipynb"


def texts(cell):
    """What a cell prints and returns, without the pictures."""
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            yield output.text
        elif "image/png" not in output.data and "image/gif" not in output.data:
            yield output.data["text/plain"]


@pytest.fixture(scope="module")
def saved():
    return nbformat.read(NOTEBOOK, as_version=4)


def test_it_is_saved_with_its_pictures(saved):
    code = [cell for cell in saved.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    pictures = [output for cell in code for output in cell.outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == 7
    assert sum("image/gif" in output.get("data", {}) for cell in code for output in cell.outputs) == 1


@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")  # the kernel's own
def test_it_runs_and_says_what_it_was_saved_with(saved):
    fresh = nbformat.from_dict(saved)
    NotebookClient(fresh, timeout=300, kernel_name="python3").execute()
    for before, after in zip(saved.cells, fresh.cells, strict=True):
        assert list(texts(before)) == list(texts(after))
        assert len(before.get("outputs", [])) == len(after.get("outputs", []))
