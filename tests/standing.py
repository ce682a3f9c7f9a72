"""Fits that are left at some half-step, and what tells whether one that went on is as if it had not been."""

import dataclasses
import io
import warnings

import numpy as np

from emscope.trace import dump

# No two processes take the same time, and the number of threads is told by the settings of a trace.
FREE = ("n_threads",)


def bits(trace):
    """A trace as the bytes of its file, without what may differ."""
    settings = {name: value for name, value in trace.settings.items() if name not in FREE}
    steps = tuple(dataclasses.replace(step, seconds=0.0) for step in trace.steps)
    file = io.BytesIO()
    dump(dataclasses.replace(trace, steps=steps, settings=settings), file)
    return file.getvalue()


def fitted_to(model):
    """What a fit leaves in an estimator, all of it in bytes."""
    kept = {name: value for name, value in vars(model).items() if name.endswith("_") and name != "trace_"}
    return bits(model.trace_), {name: np.asarray(value).tobytes() for name, value in sorted(kept.items())}


class LeftError(Exception):
    """What ends a fit early here, as anything might."""


def leave_after(model, X, half_steps, how=LeftError, **fit):
    """Fit until so many half-steps have been taken; return whether the fit was left before its end."""
    left = iter(range(half_steps))

    def watch(step):
        if next(left, None) is None:
            raise how

    model.watcher = watch
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model.fit(X, **fit)
        except how:
            return True
    return False
