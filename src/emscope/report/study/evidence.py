"""The sections of a study's page, one per question: the answer, how to read it, the picture and the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from emscope import plot
from emscope.plot.inline import svg
from emscope.report.study.answers import Study
from emscope.report.study.markup import figure, paragraph, section, table


def evidence(study: Study) -> Iterator[str]:
    """Yield the sections of the questions that were answered."""
    for name in study.answers:
        yield _SECTIONS[name](study)


def _how_many(study: Study) -> str:
    low, high = min(study.asked.ks), max(study.asked.ks)
    parts = (
        paragraph(study.choice.verdict),
        paragraph(study.convenience),
        _picture("choose_k", study.choice, f"The criteria for k = {low} to {high}."),
        _table(study.choice, "Every criterion for every k; all of it is in choose-k.csv."),
    )
    return section("How many clusters?", parts, "how-many")


def _stable(study: Study) -> str:
    parts = (
        paragraph(study.stability.sentence),
        paragraph(
            "The clustering was repeated on halves of the rows. The Jaccard index of a cluster says how much "
            "of it came back, from 0 to 1: below 0.6 it is hardly there, from 0.75 on it is a pattern, above "
            "0.85 it is stable (Hennig 2007). A cluster that comes back need not mean anything.",
            "hint",
        ),
        _picture("stability", study.stability, "How much of each cluster came back on halves of the rows."),
        _table(study.stability, "The clusters, refitted."),
    )
    return section("Is it stable?", parts, "stable")


def _starts(study: Study) -> str:
    parts = (
        paragraph(study.optima.sentence),
        _picture("optima", study.optima, "Where other starts ended, by objective and by how many."),
        _table(study.optima, "The different ends, the best first."),
    )
    return section("Would another start have ended elsewhere?", parts, "starts")


def _features(study: Study) -> str:
    parts = (
        _picture("profile", study.profile, "How the mean of each cluster differs from all rows, by feature."),
        _table(study.profile, "The features of every cluster by difference; all of it is in profile.csv."),
    )
    return section("Which features make the clusters?", parts, "features")


def _rows(study: Study) -> str:
    parts = (
        paragraph(study.rows.sentence),
        _picture("rows", study.rows, "The margin of every row, sorted within its cluster."),
        _table(study.rows, "The oddest rows; every row of the table is in rows.csv."),
    )
    return section("Which rows are odd, which on the border?", parts, "rows")


def _label(study: Study) -> str:
    labels = study.run.table.labels
    assert labels is not None
    name = labels.column
    parts = (
        paragraph(study.comparison.sentence),
        _picture("compare", study.comparison, f"From the clusters to the values of {name}."),
        _table(study.comparison, f"Rows in each cluster by {name}."),
    )
    return section(f"Beside {name}", parts, "label")


_SECTIONS: dict[str, Callable[[Study], str]] = {
    "choose_k": _how_many,
    "stability": _stable,
    "optima": _starts,
    "profile": _features,
    "rows": _rows,
    "compare": _label,
}


def _picture(name: str, answer: Any, caption: str) -> str:
    draw: Callable[..., Any] = getattr(plot, name)
    light, dark = (
        svg(draw(answer, style=style), label=caption, key=f"{name}-{style}") for style in ("light", "dark")
    )
    return figure(light, dark, caption)


def _table(answer: Any, caption: str) -> str:
    columns = {name: column.to_pylist() for name, column in zip(*_columns(answer.table), strict=True)}
    return table(columns, caption)


def _columns(arrow: Any) -> tuple[list[str], list[Any]]:
    return arrow.column_names, arrow.columns

