"""One run written as a folder: pictures, the player, tables, the trace and a summary."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from emscope import player, plot
from emscope.data.column_report import listing
from emscope.files import whole_file, write_text
from emscope.report.tables import Result, sizes, tables_of, write_csv
from emscope.scene import Scene
from emscope.trace import Step, Trace

__all__ = ["ANIMATIONS", "PLAYER", "STILLS", "Look", "Result", "summary", "write_run", "write_views"]

STILLS = ("png", "svg", "pdf")
ANIMATIONS = ("gif", "webp", "apng", "mp4")
PLAYER = "player.html"

_TABLE = re.compile(r"(centers|means|covariances|weights|responsibilities|labels|clusters)\.csv")
_PICTURE = re.compile(r"(filmstrip|objective)\.(png|svg|pdf)|animation\.(gif|webp|apng|mp4)")
_FRAME = re.compile(r"\d+-(initialization|expectation-\d+|maximization-\d+|final)\.(png|svg|pdf)")


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
    tables = tables_of(result)
    for name, columns in tables.items():
        write_csv(folder / name, columns)
    _remove_others(folder, _TABLE, tables)
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
            "all": listing(table.columns),
        },
        "notes": list(table.notes),
        "preparation": table.preparation.to_dict(),
        "standardized": trace.scale is not None,
        "scale": None if trace.scale is None else trace.scale.tolist(),
        "sizes": None if result.labels is None else sizes(result.labels, trace.n_clusters).tolist(),
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


def _remove_others(folder: Path, ours: re.Pattern[str], written: Collection[str]) -> None:
    """Files of an earlier run in the same folder would be taken for files of this one."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if ours.fullmatch(path.name) and path.name not in written:
            path.unlink()
