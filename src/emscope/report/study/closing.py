"""How a study's page ends: the run to replay, what was left out, and how all of it is repeated."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import version

import numpy as np

from emscope import player
from emscope.report.study.answers import Study
from emscope.report.study.markup import facts, paragraph, section, table
from emscope.report.study.opening import title_of
from emscope.report.study.repeating import python
from emscope.wording import as_html, counted, one_line

EMBEDDED = 400_000
"""Bytes of the largest player that is put into the page; a larger one is a file beside it."""

_MOST_ROWS = 5  # that are named among those left out


def player_of(study: Study) -> str:
    """Return the page that replays the run, or nothing where there is nothing to draw."""
    if not study.scene.frames:
        return ""
    return player.html(study.run.trace, title=title_of(study), scene=study.scene)


def closing(study: Study, replay: str) -> Iterator[str]:
    """Yield the last sections; ``replay`` is the player's page."""
    yield section("How the clusters were found", _replay(study, replay), "run")
    yield section("What was left out", _left_out(study), "left-out")
    yield section("How to repeat it", _repeating(study), "repeat")


def _replay(study: Study, replay: str) -> Iterator[str]:
    if study.scene.frames:
        yield paragraph(study.scene.frames[-1].caption)
    if not replay:
        return
    if len(replay) > EMBEDDED:
        yield '<p><a href="player.html">Replay the run, half-step by half-step</a> (player.html).</p>'
        return
    yield (
        "<details><summary>Replay the run, half-step by half-step</summary>"
        '<iframe title="emscope player" loading="lazy" sandbox="allow-scripts allow-modals" '
        f'allow="clipboard-write" srcdoc="{as_html(replay)}"></iframe></details>'
    )


def _left_out(study: Study) -> Iterator[str]:
    given = study.run.table
    if not given.rows_left_out and not given.columns_left_out:
        yield paragraph("Nothing: every row and every column has a part in the study.")
    for left in given.rows_left_out:
        first = ", ".join(f"{row:,}" for row in left.first_rows[:_MOST_ROWS])
        more = ", …" if left.count > len(left.first_rows[:_MOST_ROWS]) else ""
        reason = f"{'an' if left.reason[0] in 'aeiou' else 'a'} {left.reason}"
        yield paragraph(f"{counted(left.count, 'row')} with {reason} (in the table {first}{more}).")
    if given.columns_left_out:
        columns = {"column": [one_line(left.name) for left in given.columns_left_out]}
        if not study.run.trace.private:  # a reason quotes the table
            columns["why"] = [one_line(left.reason, 160) for left in given.columns_left_out]
        yield table(columns, "Columns that are not among the features.", most=200)
    for note in given.notes:
        yield paragraph(one_line(note, 240), "hint")


def _repeating(study: Study) -> Iterator[str]:
    yield paragraph("On the command line:")
    yield f"<pre><code>{as_html(study.asked.command)}</code></pre>"
    yield paragraph("In Python:")
    yield f"<pre><code>{as_html(python(study.asked, study.run.name, study.k))}</code></pre>"
    if study.model is not None:
        yield paragraph("The clusters of new rows, by the model that is shown here:")
        yield "<pre><code>emscope label model.json NEW.csv</code></pre>"
    yield facts({"seed": str(study.asked.seed), **versions()})


def versions() -> dict[str, str]:
    """Return the versions that results depend on."""
    return {"emscope": version("emscope"), "numpy": np.__version__, "python": platform.python_version()}
