"""Expectation-maximization clustering that you can watch.

Every E-step and every M-step of a run is recorded as a half-step that can
be drawn, replayed and explained:

>>> from emscope import KMeans, datasets, plot
>>> model = KMeans(4, random_state=0).fit(datasets.blobs().matrix)
>>> strip = plot.filmstrip(model.trace_)

Fit, with scikit-learn's parameters, attributes and methods
    KMeans           k-means
    SphericalKMeans  k-means of directions: rows scaled to length 1
    GaussianMixture  full, tied, diagonal or spherical covariances

Read
    read_table       a file, a data frame or an array as a Table
    Table            its rows as numbers, what was left out, and why
    Preparation      how columns became features; for new rows too
    datasets         blobs, old_faithful, penguins

Ask whether to believe it
    study            choose_k, stability, optima, profile, rows, compare

Keep a model
    save_model       a fitted model as a JSON file, with no row of the data
    load_model       the SavedModel in such a file
    SavedModel       predicts for new rows of the same table
    to_sklearn       the same as an estimator of scikit-learn
    sql              the same as a SELECT statement

Look at a run
    Trace            trace_ of a model: every half-step; save and load
    Step             a half-step: parameters, objective, labels, what moved
    Event            what else happened in it, and the sentence for it
    DoubtWarning     why a fit deserves doubt, as fit warns
    ModelCard        what a trace says of its model
    plot             frame, frames, filmstrip, objective, animate
    player           write, html, iframe: the run to replay, offline
    Player           the same as a widget (pip install "emscope[notebook]")
    Scene            a trace in two dimensions: what all pictures draw

help(emscope.KMeans), say, tells the rest, and ``emscope --help`` is about
the command line. Names are loaded when they are first used.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emscope import datasets as datasets
    from emscope import player as player
    from emscope import plot as plot
    from emscope import study as study
    from emscope.card import ModelCard as ModelCard
    from emscope.data.preparation import Preparation as Preparation
    from emscope.data.read import read_table as read_table
    from emscope.data.table import Table as Table
    from emscope.estimators import DoubtWarning as DoubtWarning
    from emscope.estimators import GaussianMixture as GaussianMixture
    from emscope.estimators import KMeans as KMeans
    from emscope.estimators import SphericalKMeans as SphericalKMeans
    from emscope.events import Event as Event
    from emscope.player.widget import Player as Player
    from emscope.saved import SavedModel as SavedModel
    from emscope.saved import load_model as load_model
    from emscope.saved import save_model as save_model
    from emscope.saved import sql as sql
    from emscope.saved import to_sklearn as to_sklearn
    from emscope.scene import Scene as Scene
    from emscope.trace import Step as Step
    from emscope.trace import Trace as Trace

__version__ = "0.1.0"

_HOME = {
    "DoubtWarning": "emscope.estimators",
    "Event": "emscope.events",
    "GaussianMixture": "emscope.estimators",
    "KMeans": "emscope.estimators",
    "ModelCard": "emscope.card",
    "Player": "emscope.player.widget",
    "Preparation": "emscope.data.preparation",
    "SavedModel": "emscope.saved",
    "Scene": "emscope.scene",
    "SphericalKMeans": "emscope.estimators",
    "Step": "emscope.trace",
    "Table": "emscope.data.table",
    "Trace": "emscope.trace",
    "load_model": "emscope.saved",
    "read_table": "emscope.data.read",
    "save_model": "emscope.saved",
    "sql": "emscope.saved",
    "to_sklearn": "emscope.saved",
}
_ROOMS = ("datasets", "player", "plot", "study")


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"emscope.{name}")
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'emscope' has no attribute {name!r}")


def __dir__() -> list[str]:
    from importlib.util import find_spec

    # who lists the names, as help() does, also gets what they stand for: Player needs an extra
    missing = set() if find_spec("anywidget") else {"Player"}
    return sorted({*_ROOMS, *_HOME, "__version__"} - missing)


def _show_traces_in_notebooks() -> None:
    """Tell IPython how a trace is shown, where that is what emscope is imported into."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return

    def shown(trace: Trace) -> str | None:
        from emscope.errors import DataError
        from emscope.player import iframe

        try:
            return iframe(trace)
        except DataError:  # nothing to draw: its one line of text has to do
            return None

    shell.display_formatter.formatters["text/html"].for_type_by_name("emscope.trace", "Trace", shown)


_show_traces_in_notebooks()
