"""One run written as a folder: pictures, the player, tables, the trace and a summary."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection
from pathlib import Path

from emscope.files import Folder
from emscope.player import Profile
from emscope.report.choice import OF_ROWS, TABLES, choose_tables, refuse_tables_of_rows
from emscope.report.pictures import ANIMATIONS, PLAYER, STILLS, Look, is_view, view_names, write_views
from emscope.report.summary import summary
from emscope.report.table_files import file_name, write_table
from emscope.report.tables import Result, tables_of
from emscope.scene import Scene
from emscope.trace import Trace, dump

__all__ = [
    "ANIMATIONS",
    "OF_ROWS",
    "PLAYER",
    "STILLS",
    "TABLES",
    "TRACE",
    "Look",
    "Result",
    "choose_tables",
    "holds_another_run",
    "refuse_tables_of_rows",
    "run_names",
    "write_run",
    "write_view",
]

TRACE, SUMMARY, MODEL = "trace.npz", "summary.json", "model.json"


def run_names(tables: Collection[str], look: Look) -> list[str]:
    """Return what :func:`write_run` will write of any run, as far as that is known before it."""
    return [TRACE, SUMMARY, MODEL, *(f"{name}.csv" for name in tables), *look.names()]


def write_run(
    folder: Folder,
    result: Result,
    scene: Scene,
    look: Look,
    tell: Callable[[str], None],
    *,
    model: str | None = None,
    tables: Collection[str] = TABLES,
    before_pictures: Callable[[], None] = lambda: None,
) -> None:
    """Write everything about a run: the trace, the model as text, the tables, then the pictures.

    What earlier runs wrote into the folder goes, as far as it is as they left it. ``tell`` is called with the
    name of each thing before it is written, ``before_pictures`` when trace and tables are there and what
    earlier runs left is gone. Where something is in the way, nothing is touched; where something cannot be
    written, what was written before stays.
    """
    columns = {file_name(table, name): table for name, table in tables_of(result, tables)}
    own = [TRACE, SUMMARY, *([] if model is None else [MODEL])]
    with folder.writing([*own, *columns, *view_names(scene, look)]):
        tell(TRACE)
        with folder.file(TRACE) as file:
            dump(result.trace, file)
        with folder.file(SUMMARY) as file:
            text = json.dumps(summary(result, scene.terms), indent=2, ensure_ascii=False) + "\n"
            file.write(text.encode())
        if model is not None:
            with folder.file(MODEL) as file:
                file.write(model.encode())
        for name, table in columns.items():
            tell(name)
            with folder.file(name) as file:
                write_table(table, name, file)
        folder.remove_stale()  # pictures too: those of an earlier run would be taken for this one's
        before_pictures()
        profile = _profile(result) if look.player else None
        write_views(folder, result.name, result.trace, scene, look, tell, profile)


def _profile(result: Result) -> Profile | None:
    """Return what the page tells of the clusters, the numbers of ``clusters.csv``."""
    found = result.contrasts
    return None if found is None else Profile(found.mean, found.overall, found.deviations, found.rank)


def write_view(
    folder: Folder, name: str, trace: Trace, scene: Scene, look: Look, tell: Callable[[str], None]
) -> None:
    """Write all that shows a saved run; what else is in the folder stays."""
    with folder.writing(view_names(scene, look)):
        folder.remove_stale(is_view)
        write_views(folder, name, trace, scene, look, tell)


def holds_another_run(folder: Folder, trace: str) -> bool:
    """Tell whether a folder has the results of another run than that of a saved trace."""
    listed = {name for name in folder.listed() if not is_view(name)}
    unlisted = {name for name in (TRACE, SUMMARY) if os.path.lexists(folder.path / name)}
    if not listed and len(unlisted) < 2:  # both are there where a version without manifests wrote
        return False
    return not _same(folder.path / TRACE, Path(trace))


def _same(path: Path, other: Path) -> bool:
    return path.is_file() and (path.samefile(other) or path.read_bytes() == other.read_bytes())
