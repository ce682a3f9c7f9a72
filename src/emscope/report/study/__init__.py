"""A study written as a folder: one page that reads like a short paper, tables, the model and the answers."""

from __future__ import annotations

from collections.abc import Callable

from emscope.files import Folder
from emscope.report.pictures import PLAYER
from emscope.report.study.answers import Asked, Study
from emscope.report.study.closing import EMBEDDED, closing, player_of
from emscope.report.study.evidence import evidence
from emscope.report.study.files import answers, choose_k_table, profile_table, rows_table
from emscope.report.study.opening import opening, title_of
from emscope.report.study.page import page
from emscope.report.study.private import hidden
from emscope.report.table_files import file_name, write_table

__all__ = ["REPORT", "Asked", "Study", "hidden", "html", "study_names", "write_study"]

REPORT, MODEL, ANSWERS = "report.html", "model.json", "study.json"
_TABLES = {"choose-k": choose_k_table, "profile": profile_table, "rows": rows_table}


def study_names() -> list[str]:
    """Return what :func:`write_study` writes of any study, as far as that is known before it."""
    return [*(f"{name}.csv" for name in _TABLES), MODEL, ANSWERS, REPORT]


def write_study(folder: Folder, study: Study, tell: Callable[[str], None]) -> None:
    """Write the tables, the model, the answers as data, and the page; what was not answered is left out.

    What earlier studies wrote into the folder goes, as far as it is as they left it. ``tell`` is called with
    the name of each file before it is written.
    """
    tables = {name: made for name, make in _TABLES.items() if (made := make(study)) is not None}
    if study.run.trace.private:
        tables = {name: made.in_few_digits() for name, made in tables.items()}
    columns = {file_name(made, name): made for name, made in tables.items()}
    tell(REPORT)
    replay = player_of(study)
    written = {ANSWERS: answers(study), REPORT: html(study, replay).encode()}
    if study.model is not None:
        written = {MODEL: study.model, **written}
    if len(replay) > EMBEDDED:
        written[PLAYER] = replay.encode()
    with folder.writing([*columns, *written]):
        for name, made in columns.items():
            tell(name)
            with folder.file(name) as file:
                write_table(made, name, file)
        for name, content in written.items():
            with folder.file(name) as file:
                file.write(content)
        folder.remove_stale()


def html(study: Study, replay: str = "") -> str:
    """Return the page of a study; ``replay`` is the player's page, for those who want to see the run."""
    sections = (*opening(study), *evidence(study), *closing(study, replay))
    return page(f"{title_of(study)}: a study", sections)
