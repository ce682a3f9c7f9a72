"""One run written as a folder: pictures, the player, tables, the trace and a summary."""

from __future__ import annotations

import json
from collections.abc import Callable

from emscope.files import Folder
from emscope.report.pictures import ANIMATIONS, PLAYER, STILLS, Look, is_view, view_names, write_views
from emscope.report.summary import summary
from emscope.report.tables import Result, tables_of, write_csv
from emscope.scene import Scene
from emscope.trace import Trace
from emscope.trace_file import dump

__all__ = [
    "ANIMATIONS",
    "PLAYER",
    "STILLS",
    "TRACE",
    "Look",
    "Result",
    "run_names",
    "write_run",
    "write_view",
]

TRACE, SUMMARY = "trace.npz", "summary.json"


def run_names(mixture: bool, look: Look) -> list[str]:
    return [TRACE, SUMMARY, *look.names()]


def write_run(folder: Folder, result: Result, scene: Scene, look: Look, tell: Callable[[str], None]) -> None:
    """Write everything about a run, the tables and the trace before the pictures.

    Parameters
    ----------
    folder : Folder
        Where to write. What earlier runs wrote there goes, as far as it is as they left it.
    result : Result
    scene : Scene
        What the trace looks like.
    look : Look
    tell : callable(name)
        Called with the name of each thing before it is written.

    Raises
    ------
    OutputError
        Something is in the way, and nothing was touched; or something cannot be written, and what was
        written before stays.
    """
    tables = tables_of(result)
    with folder.writing([TRACE, SUMMARY, *tables, *view_names(scene, look)]):
        tell(TRACE)
        with folder.file(TRACE) as file:
            dump(result.trace, file)
        tell("tables")
        with folder.file(SUMMARY) as file:
            file.write((json.dumps(summary(result), indent=2, ensure_ascii=False) + "\n").encode())
        for name, columns in tables.items():
            with folder.file(name) as file:
                write_csv(file, columns)
        write_views(folder, result.name, result.trace, scene, look, tell)


def write_view(
    folder: Folder, name: str, trace: Trace, scene: Scene, look: Look, tell: Callable[[str], None]
) -> None:
    """Write all that shows a saved run; what else is in the folder stays.

    Parameters
    ----------
    folder : Folder
    name : str
        What was clustered.
    trace, scene, look, tell
        As for :func:`write_run`.

    Raises
    ------
    OutputError
        As for :func:`write_run`.
    """
    with folder.writing(view_names(scene, look), stale=is_view):
        write_views(folder, name, trace, scene, look, tell)
