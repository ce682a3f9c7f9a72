"""Fitted models as files: saved, loaded, labeling new rows, and said to other libraries and in SQL."""

from emscope.saved.loading import load_model
from emscope.saved.model import SavedModel
from emscope.saved.saving import save_model
from emscope.saved.scikit_learn import to_sklearn
from emscope.saved.statement import sql

__all__ = ["SavedModel", "load_model", "save_model", "sql", "to_sklearn"]
