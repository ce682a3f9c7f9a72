"""The fixtures that scikit-learn's test modules ask for, and the deselection of what is not about us."""

from pathlib import Path

import numpy as np
import pytest

from borrowed import is_sparse

HERE = Path(__file__).parent
DOUBTS = pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")  # scikit-learn knows none


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def global_dtype(request):
    return request.param


@pytest.fixture
def global_random_seed():
    return 42


def pytest_collection_modifyitems(config, items):
    kept, left_out = [], []
    for item in items:
        (left_out if _is_deselected(item) else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept
    for item in kept:
        if item.path.is_relative_to(HERE):
            item.add_marker(DOUBTS)


def _is_deselected(item):
    """Tell whether a borrowing module names the test, or one of its parameters is not for us."""
    module = getattr(item, "module", None)
    if not hasattr(module, "DESELECTED"):
        return False
    given = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return item.originalname in module.DESELECTED or any(
        is_sparse(value) or any(value is alone for alone in module.DESELECTED_CLASSES) for value in given
    )
