"""One run written as a folder: pictures, the player, tables, the trace and a summary."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection

from emscope.files import Folder
from emscope.report.choice import TABLES, choose_tables
from emscope.report.pictures import ANIMATIONS, PLAYER, STILLS, Look, is_view, view_names, write_views
from emscope.report.summary import summary
from emscope.report.table_files import file_name, write_table
from emscope.report.tables import Result, tables_of
from emscope.scene import Scene
from emscope.trace import Trace
from emscope.trace_file import dump

__all__ = [
    "ANIMATIONS",
    "PLAYER",
    "STILLS",
    "TABLES",
    "TRACE",
    "Look",
    "Result",
    "choose_tables",
    "run_names",
    "write_run",
    "write_view",
]

TRACE, SUMMARY = "trace.npz", "summary.json"


def run_names(tables: Collection[str], look: Look) -> list[str]:
    """Return what :func:`write_run` will write of any run, as far as that is known before it.

    Parameters
    ----------
    tables : collection of str
        As :func:`choose_tables` returns them.
    look : Look

    Returns
    -------
    list of str
        Files, and the folder of the frames.
    """
    return [TRACE, SUMMARY, *(f"{name}.csv" for name in tables), *look.names()]


def write_run(
    folder: Folder,
    result: Result,
    scene: Scene,
    look: Look,
    tell: Callable[[str], None],
    *,
    tables: Collection[str] = TABLES,
) -> None:
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
    tables : collection of str
        Which of them are wanted.

    Raises
    ------
    OutputError
        Something is in the way, and nothing was touched; or something cannot be written, and what was
        written before stays.
    """
    tell("tables")
    columns = {file_name(table, name): table for name, table in tables_of(result, tables)}
    with folder.writing([TRACE, SUMMARY, *columns, *view_names(scene, look)]):
        tell(TRACE)
        with folder.file(TRACE) as file:
            dump(result.trace, file)
        with folder.file(SUMMARY) as file:
            text = json.dumps(summary(result), indent=2, ensure_ascii=False) + "\n"
            file.write(text.encode("utf-8", "backslashreplace"))  # half a surrogate pair as JSON spells it
        for name, table in columns.items():
            tell(name)
            with folder.file(name) as file:
                write_table(table, name, file)
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
