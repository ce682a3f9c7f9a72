"""Every exception and warning that emscope raises on purpose."""

from __future__ import annotations


class EmscopeError(Exception):
    """What all of emscope's own errors have in common: one clear sentence."""


class DataError(EmscopeError, ValueError):
    """The data has the right type and cannot be used; the sentence says why."""


class DataTypeError(EmscopeError, TypeError):
    """The data is of a kind that has no numbers to cluster."""


class TableError(DataError):
    """A file cannot be read as a table of numbers."""


class TraceError(DataError):
    """A file is not a trace that this version can load."""


class CheckpointError(DataError):
    """A file is not a checkpoint that this fit can go on from; it is left as it is."""


class CheckpointWarning(RuntimeWarning):
    """The checkpoint of a fit cannot be kept any more, and the fit goes on without."""


class ModelError(DataError):
    """A file is not a saved model that this version can load, or a model cannot be said in another way."""


class OutputError(EmscopeError, OSError):
    """A file cannot be written where it was asked for."""
