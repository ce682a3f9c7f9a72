"""One run written as a folder: pictures, the player, tables, the trace and a summary."""

from __future__ import annotations

import json
import math
import platform
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv

from emscope import player, plot
from emscope.data.tables import Table
from emscope.files import whole_file, write_text
from emscope.scene import Scene
from emscope.trace import Step, Trace

Array = npt.NDArray[Any]

STILLS = ("png", "svg", "pdf")
ANIMATIONS = ("gif", "webp", "apng", "mp4")
PLAYER = "player.html"

_PICTURE = re.compile(r"(filmstrip|objective)\.(png|svg|pdf)|animation\.(gif|webp|apng|mp4)")
_FRAME = re.compile(r"\d+-(initialization|expectation-\d+|maximization-\d+|final)\.(png|svg|pdf)")


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What there is to write about a run.

    Attributes
    ----------
    name : str
        What was clustered: a file, or a demonstration.
    trace : Trace
        The half-steps, in the units of the table.
    table : Table
        What was clustered, and what was left out of it.
    labels : ndarray of shape (n_kept,) or None
        The owner of every kept row; None when the run was ended before there were any.
    """

    name: str
    trace: Trace
    table: Table
    labels: Array | None


@dataclass(frozen=True, slots=True)
class Look:
    """How the pictures are to look.

    Attributes
    ----------
    formats : tuple of str
        Which of :data:`STILLS` and :data:`ANIMATIONS` to write.
    style : str
        "light", "dark" or "print".
    all_frames : bool
        Draw every half-step of a long run.
    player : bool
        Write the page that replays the run.
    """

    formats: tuple[str, ...] = ("png", "gif")
    style: str = "light"
    all_frames: bool = False
    player: bool = True


def write_run(
    folder: Path, result: Result, scene: Scene, look: Look, tell: Callable[[str], None]
) -> list[str]:
    """Write everything about a run, the tables and the trace before the pictures.

    Parameters
    ----------
    folder : Path
        Where to write; created if it is missing.
    result : Result
    scene : Scene
        What the trace looks like.
    look : Look
    tell : callable(name)
        Called with the name of each thing before it is written.

    Returns
    -------
    list of str
        What was written into the folder.

    Raises
    ------
    OutputError
        Something cannot be written; what was written before stays.
    """
    tell("trace.npz")
    result.trace.save(folder / "trace.npz")
    tell("tables")
    write_text(folder / "summary.json", json.dumps(summary(result), indent=2, ensure_ascii=False) + "\n")
    tables = {"centers.csv": _centers(result.trace), "labels.csv": _labels(result)}
    if result.labels is not None:
        tables["clusters.csv"] = _clusters(result.table, result.trace, result.labels)
    for name, columns in tables.items():
        _write_csv(folder / name, columns)
    views = write_views(folder, result.name, result.trace, scene, look, tell)
    return ["trace.npz", "summary.json", *tables, *views]


def write_views(
    folder: Path, name: str, trace: Trace, scene: Scene, look: Look, tell: Callable[[str], None]
) -> list[str]:
    """Write all that shows a run: the player first, because it is quickly done, then the pictures.

    Parameters
    ----------
    folder : Path
        Where to write; created if it is missing.
    name : str
        What was clustered.
    trace : Trace
    scene : Scene
        What the trace looks like.
    look : Look
    tell : callable(name)
        Called with the name of each thing before it is written.

    Returns
    -------
    list of str
        What was written into the folder.

    Raises
    ------
    OutputError
        Something cannot be written; what was written before stays.
    """
    if look.player and scene.frames:
        tell(PLAYER)
        player.write(trace, folder / PLAYER, title=PurePath(name).name, scene=scene)
        return [PLAYER, *_write_pictures(folder, scene, look, tell)]
    (folder / PLAYER).unlink(missing_ok=True)  # one of an earlier run would be taken for this one's
    return _write_pictures(folder, scene, look, tell)


def _write_pictures(folder: Path, scene: Scene, look: Look, tell: Callable[[str], None]) -> list[str]:
    """Write the frames, the film strip, the objective and the animation, and remove those of earlier runs."""
    stills = [name for name in look.formats if name in STILLS]
    written = ["frames/"] if stills else []
    frames = set()
    for name, figure in _named_frames(scene, look) if stills else ():
        tell(f"frames/{name}")
        for still in stills:
            _save(figure, folder / "frames" / f"{name}.{still}")
            frames.add(f"{name}.{still}")
    for still in stills:
        tell(f"filmstrip.{still}")
        _save(plot.filmstrip(scene, style=look.style), folder / f"filmstrip.{still}")
        tell(f"objective.{still}")
        _save(plot.objective(scene, style=look.style).figure, folder / f"objective.{still}")
        written += [f"filmstrip.{still}", f"objective.{still}"]
    for animation in look.formats:
        if animation in ANIMATIONS:
            tell(f"animation.{animation}")
            plot.animate(scene, folder / f"animation.{animation}", style=look.style)
            written.append(f"animation.{animation}")
    _remove_others(folder, _PICTURE, written)
    _remove_others(folder / "frames", _FRAME, frames)
    return written


def summary(result: Result) -> dict[str, Any]:
    """Return what a run came to, as plain JSON values.

    Parameters
    ----------
    result : Result

    Returns
    -------
    dict
    """
    trace, table = result.trace, result.table
    return {
        "data": result.name,
        "model": trace.model,
        "converged": trace.converged,
        "maximization steps": sum(step.phase == "maximization" for step in trace.steps),
        "objective": trace.steps[-1].objective,
        "settings": dict(trace.settings),
        "versions": {
            "emscope": version("emscope"),
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "rows": {
            "in the table": table.n_rows,
            "clustered": trace.n_samples,
            "left out": [
                {"reason": left.reason, "count": left.count, "first rows": list(left.first_rows)}
                for left in table.rows_left_out
            ],
        },
        "columns": {
            "features": list(trace.feature_names),
            "id": table.id_column,
            "weights": table.weights_column,
            "left out": [{"name": left.name, "reason": left.reason} for left in table.columns_left_out],
        },
        "notes": list(table.notes),
        "standardized": trace.scale is not None,
        "scale": None if trace.scale is None else trace.scale.tolist(),
        "sizes": None if result.labels is None else _sizes(result.labels, trace).tolist(),
        "half-steps": [_half_step(step) for step in trace.steps],
        "restarts": [{"objective": restart.objectives.tolist()} for restart in trace.restarts],
    }


def _half_step(step: Step) -> dict[str, Any]:
    return {
        "phase": step.phase,
        "iteration": step.iteration,
        "objective": step.objective,
        "counts": None if step.counts is None else step.counts.tolist(),
        "moved": step.moved,
        "largest shift": None if step.shift is None else float(step.shift.max()),
        "events": [
            {"kind": event.kind, "cluster": event.cluster, "message": event.message} for event in step.events
        ],
        "seconds": round(step.seconds, 6),
    }


def _sizes(labels: Array, trace: Trace) -> Array:
    return np.bincount(labels, minlength=trace.n_clusters)


def _centers(trace: Trace) -> dict[str, Any]:
    centers = trace.steps[-1].centers
    assert centers is not None  # the last half-step is never thinned
    return {
        "cluster": np.arange(len(centers)),
        **dict(zip(trace.feature_names, centers.T, strict=True)),
    }


def _labels(result: Result) -> dict[str, Any]:
    """One row per row of the table; no cluster where the row was left out."""
    table = result.table
    cluster = np.zeros(table.n_rows, dtype=np.int32)
    missing = np.ones(table.n_rows, dtype=bool)
    if result.labels is not None:
        cluster[table.kept] = result.labels
        missing[table.kept] = False
    names: Any = np.arange(1, table.n_rows + 1) if table.row_names is None else pa.array(table.row_names)
    return {table.id_column or "row": names, "cluster": pa.array(cluster, mask=missing)}


def _clusters(table: Table, trace: Trace, labels: Array) -> dict[str, Any]:
    """Size, center, and each feature's mean against the overall mean, per cluster."""
    X, k = table.matrix, trace.n_clusters
    sizes = _sizes(labels, trace)
    weights = np.ones(len(X)) if table.weights is None else table.weights
    mass = np.bincount(labels, weights, minlength=k)
    columns: dict[str, Any] = {"cluster": np.arange(k), "size": sizes, "share": sizes / sizes.sum()}
    if table.weights is not None:
        columns["weight"] = mass
    centers = trace.steps[-1].centers
    assert centers is not None  # the last half-step is never thinned
    for j, name in enumerate(trace.feature_names):
        x = X[:, j].astype(np.float64)
        overall = np.average(x, weights=weights)
        spread = math.sqrt(np.average((x - overall) ** 2, weights=weights))
        about = np.bincount(labels, weights * (x - overall), minlength=k)
        difference = np.divide(about, mass, out=np.full(k, np.nan), where=mass > 0)
        columns[f"{name} center"] = centers[:, j]
        columns[f"{name} mean"] = overall + difference
        columns[f"{name} overall mean"] = np.full(k, overall)
        columns[f"{name} difference"] = difference
        columns[f"{name} difference in sd"] = difference / spread if spread > 0 else np.zeros(k)
    return columns


def _write_csv(path: Path, columns: dict[str, Any]) -> None:
    arrays = [pa.array(values, from_pandas=True) for values in columns.values()]
    with whole_file(path) as file:
        csv.write_csv(pa.Table.from_arrays(arrays, names=list(columns)), file)


def _named_frames(scene: Scene, look: Look) -> Iterator[tuple[str, Any]]:
    indices: Sequence[int] = range(len(scene.frames)) if look.all_frames else scene.limit_frames()
    digits = max(2, len(str(len(scene.frames) - 1)))
    for index in indices:
        frame = scene.frames[index]
        name = "initialization" if frame.phase == "initialization" else f"{frame.phase}-{frame.iteration}"
        if frame.final:
            name = "final"
        yield f"{index:0{digits}d}-{name}", plot.frame(scene, index, style=look.style)


def _save(figure: Any, path: Path) -> None:
    kind = path.suffix[1:]
    how = {"pil_kwargs": {"compress_level": 3}} if kind == "png" else {}  # half the time for 10 % more bytes
    with whole_file(path) as file:
        figure.savefig(file, format=kind, **how)


def _remove_others(folder: Path, pictures: re.Pattern[str], written: Collection[str]) -> None:
    """Pictures of an earlier run in the same folder would be taken for pictures of this one."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if pictures.fullmatch(path.name) and path.name not in written:
            path.unlink()
