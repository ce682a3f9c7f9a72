"""The sections of a study's page, one per question: the answer, how to read it, the picture and the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import isfinite
from typing import Any

import numpy as np

from emscope import plot
from emscope.plot.inline import svg
from emscope.report.study.answers import Study
from emscope.report.study.markup import Share, figure, paragraph, section, table
from emscope.results.stability import DISSOLVED, DOUBTFUL, HIGHLY_STABLE, STABLE
from emscope.wording import number, one_line

_FEATURE_ROWS = 24  # of the tables of features, where these are many
_ODD_ROWS = 20
_CROSSED, _TELLING = 3, 0.1  # columns that took no part and are shown by cluster: how many, from which V on
_MOST_VALUES = 20  # of the label column
_OF_CODES = (
    "Values that look like codes lie far from all others and make clusters of their own, so they are what "
    "this picture shows, and all other rows may be a single band: read the codes as missing first."
)
_OF_ANOTHER = (
    "Stability by k is that of fewer and smaller resamples, enough to compare numbers of clusters; how well "
    "the clusters that are shown come back is told under “Is it stable?”."
)
_IN_PROFILE, _IN_ROWS = " in profile.csv", " in rows.csv"


def evidence(study: Study) -> Iterator[str]:
    """Yield the sections of the questions that were answered."""
    for name in study.answers:
        yield _SECTIONS[name](study)


def _how_many(study: Study) -> str:
    choice = study.choice
    low, high = min(study.asked.ks), max(study.asked.ks)
    parts = (
        paragraph(choice.verdict),
        _picture("choose_k", choice, f"The clusters and the criteria for k = {low} to {high}."),
        paragraph(_OF_CODES if study.rows is not None and study.rows.codes else "", "hint"),
        table(_by_k(choice), "The criteria by k; what each is for is marked with ←."),
        paragraph(_OF_ANOTHER if study.stability is not None else "", "hint"),
        table(_criteria(choice), "What each criterion asks, and where it misleads."),
        *(paragraph(f"k = {k} was not tried: {why}.", "hint") for k, why in choice.left_out.items()),
    )
    return section("How many clusters?", parts, "how-many")


def _by_k(choice: Any) -> dict[str, list[Any]]:
    """Return a row per k and a column per criterion."""
    ks = sorted({int(k) for scored in choice.scores for k in scored.ks})
    columns: dict[str, list[Any]] = {"k": ks}
    for scored in choice.scores:
        cells = {
            int(k): _with_error(value, error) + (" ←" if k == scored.vote else "")
            for k, value, error in zip(scored.ks, scored.values, scored.errors, strict=True)
        }
        columns[_called(scored)] = [cells.get(k, "") for k in ks]
    return columns


def _called(scored: Any) -> str:
    kind = scored.covariance_type
    return str(scored.criterion if kind is None else f"{scored.criterion}, {kind}")


def _with_error(value: float, error: float) -> str:
    if not isfinite(value):
        return ""
    return number(value) if not isfinite(error) else f"{number(value)} ± {number(error, 2)}"


def _criteria(choice: Any) -> dict[str, list[Any]]:
    scores = choice.scores
    return {
        "criterion": [_called(scored) for scored in scores],
        "is for": [_vote(scored) for scored in scores],
        "better": [scored.better for scored in scores],
        "asks": [scored.asks for scored in scores],
        "assumes": [scored.assumes for scored in scores],
        "source": [scored.source for scored in scores],
    }


def _vote(scored: Any) -> str:
    if not scored.decides:
        return "never decides"
    return "none" if scored.vote is None else str(scored.vote)


def _stable(study: Study) -> str:
    parts = (
        paragraph(study.stability.sentence),
        paragraph(
            "The clustering was repeated on halves of the rows. The Jaccard similarity of a cluster says how "
            f"much of it came back, from 0 to 1: up to {DISSOLVED:g} it has dissolved, from {DOUBTFUL:g} on "
            f"it is a pattern whose rows are in doubt, from {STABLE:g} on it is stable, and from "
            f"{HIGHLY_STABLE:g} on highly stable (Hennig 2007). A cluster that comes back need not mean "
            "anything.",
            "hint",
        ),
        _picture("stability", study.stability, "How much of each cluster came back on halves of the rows."),
        _table(study.stability, "The clusters, refitted.", ("share", "found again", "dissolved")),
    )
    return section("Is it stable?", parts, "stable")


def _starts(study: Study) -> str:
    shares = ("worse by", "share") if study.optima.from_zero else ("share",)
    shown = study.run.trace.steps[-1].parameters[study.run.trace.card.location]
    parts = (
        paragraph(f"{study.optima.sentence} {_standing(study)}"),
        _picture(
            "optima", study.optima, "Where other starts ended, by objective and by how many.", like=shown
        ),
        _table(study.optima, "The different ends, the best first.", shares),
    )
    return section("Would another start have ended elsewhere?", parts, "starts")


def _standing(study: Study) -> str:
    """Say where the run that is shown ended, beside these starts."""
    objective = study.run.trace.steps[-1].objective
    name, best = study.optima.objective_name, float(study.optima.objectives[0])
    if study.standing == 0:
        return "The run that is shown came to the best of these ends."
    if study.standing is not None:
        return f"The run that is shown came to number {study.standing + 1} of these ends."
    assert objective is not None  # its run ended
    how = "better" if objective < best else "worse"
    return (
        f"The run that is shown came to none of these ends: {name} {number(objective)}, {how} than the best."
    )


def _features(study: Study) -> str:
    profile = study.profile
    parts = (
        paragraph(profile.sentence),
        _picture("profile", profile, "How the mean of each cluster differs from all rows, by feature."),
        table(_differences(profile), "The features of every cluster, by difference.", rest=_IN_PROFILE),
        table(
            _shares(profile), "What each feature has in the difference.", most=_FEATURE_ROWS, rest=_IN_PROFILE
        ),
        table(_rules(profile), "Rules of at most three conditions, tried on rows they were not made from."),
        *_crossings(profile, study),
    )
    return section("Which features make the clusters?", parts, "features")


def _differences(profile: Any) -> dict[str, list[Any]]:
    """Return the features of the highest ranks, a few of every cluster."""
    k, d = profile.differences.shape
    most = max(3, min(d, _FEATURE_ROWS // k))
    order = [(j, int(f)) for j in range(k) for f in np.argsort(profile.ranks[j], kind="stable")[:most]]
    return {
        "cluster": [j for j, _ in order],
        "feature": [profile.told_name(f) for _, f in order],
        "mean": [profile.in_units(f, [profile.means[j, f]])[0] for j, f in order],
        "mean of all": [profile.in_units(f, [profile.overall[f]])[0] for _, f in order],
        "difference in sd": [float(profile.differences[j, f]) for j, f in order],
    }


def _shares(profile: Any) -> dict[str, list[Any]]:
    return {
        "feature": [profile.feature_names[f] for f in profile.order],
        "share of the difference": _shared(profile.shares[profile.order].tolist()),
        "explained variance": _shared(profile.explained[profile.order].tolist()),
    }


def _rules(profile: Any) -> dict[str, list[Any]]:
    return {
        "cluster": list(range(len(profile.rules))),
        "rule": list(map(str, profile.rules)),
        "of its rows it finds": _shared(profile.fidelity[:, 1].tolist()),
        "of those it finds are right": _shared(profile.fidelity[:, 0].tolist()),
    }


def _crossings(profile: Any, study: Study) -> Iterator[str]:
    """Yield how far the columns that took no part go with the clusters; the label has its own section."""
    label = study.run.table.labels
    shown = [one for one in profile.left_out if label is None or one.column != label.column]
    columns = {"column": [one.column for one in shown], "Cramer's V": [one.cramers_v for one in shown]}
    yield table(columns, "How far columns that took no part go with the clusters, from 0 to 1.")
    for crossing in [one for one in shown if one.cramers_v >= _TELLING][:_CROSSED]:
        by_cluster: dict[str, list[Any]] = {one_line(crossing.column): list(crossing.categories)}
        for j, masses in enumerate(crossing.masses):
            by_cluster[f"cluster {j}"] = [_whole(mass) for mass in masses]
        yield table(by_cluster, f"Rows by {one_line(crossing.column)}.", most=30)


def _whole(mass: float) -> float | int:
    return int(mass) if float(mass).is_integer() else float(mass)


def _rows(study: Study) -> str:
    rows = study.rows
    measure = "simplified silhouette" if rows.certainty is None else "certainty"
    parts = (
        paragraph(rows.sentence),
        _picture("rows", rows, f"The {measure} of every row, sorted within its cluster."),
        table(_codes(rows), "Values that look like codes."),
        table(_odd(rows), "The oddest rows.", total=len(rows.odd), rest=_IN_ROWS),
        table(_border(rows), "The most undecided rows.", total=len(rows.border), rest=_IN_ROWS),
        paragraph("Every row of the table, with its cluster and these figures, is in rows.csv.", "hint"),
    )
    return section("Which rows are odd, which on the border?", parts, "rows")


def _codes(rows: Any) -> dict[str, list[Any]]:
    return {
        "feature": [code.feature for code in rows.codes],
        "value": [f"{code.value:.15g}" for code in rows.codes],
        "rows": [code.count for code in rows.codes],
    }


def _odd(rows: Any) -> dict[str, Any]:
    odd = rows.odd[:_ODD_ROWS]
    return {
        "row": [rows.name(int(row)) for row in odd],
        "cluster": rows.labels[odd],
        "distance": rows.distance[odd],
        "oddness in sd": rows.oddness[odd],
    }


def _border(rows: Any) -> dict[str, Any]:
    border = rows.border[:_ODD_ROWS]
    certainty = (
        {"simplified silhouette": rows.silhouette[border]}
        if rows.certainty is None
        else {"certainty": rows.certainty[border]}
    )
    return {
        "row": [rows.name(int(row)) for row in border],
        "cluster": rows.labels[border],
        "next cluster": rows.next_cluster[border],
        "margin": rows.margin[border],
        **certainty,
    }


def _label(study: Study) -> str:
    labels, comparison = study.run.table.labels, study.comparison
    assert labels is not None
    name = one_line(labels.column)
    columns: dict[str, list[Any]] = {"cluster": list(comparison.names_a)}
    for j, value in enumerate(comparison.names_b[:_MOST_VALUES]):
        columns[f"{name} {value}"] = comparison.contingency[:, j].tolist()
    parts = (
        paragraph(comparison.sentence),
        _picture("compare", comparison, f"From the clusters to the values of {name}."),
        table(columns, f"Rows in each cluster by {name}."),
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


def _picture(name: str, answer: Any, caption: str, **further: Any) -> str:
    draw: Callable[..., Any] = getattr(plot, name)
    light, dark = (draw(answer, style=style, heading=False, **further) for style in ("light", "dark"))
    return figure(svg(light, dark, label=caption, key=name), caption)


def _table(answer: Any, caption: str, shares: tuple[str, ...]) -> str:
    columns = {name: answer.table.column(name).to_pylist() for name in answer.table.column_names}
    return table(columns | {name: _shared(columns[name]) for name in shares if name in columns}, caption)


def _shared(values: Iterable[float | None]) -> list[Share | None]:
    return [None if value is None else Share(value) for value in values]
