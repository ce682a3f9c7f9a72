"""What is to be mended first about a table, once there are clusters, and the option that does it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emscope.contrasts import divided, two_values
from emscope.data.decisive import numbers_that_decide, shares_between
from emscope.data.skewness import skewed_features
from emscope.data.wording import in_options
from emscope.report.tables import Result
from emscope.results.rows import spelled
from emscope.wording import counted, one_line

_MANY = 0.1  # of the rows, from which on those that were left out are told first
_DECIDES = 0.5  # of the difference between clusters, above which a feature decides alone
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Remark:
    """What to doubt, and how to try without it."""

    sentence: str
    """It ends in the option."""
    option: str = ""
    """The keyword of ``read_table`` that mends it; none where nothing is tried."""
    values: tuple[str, ...] = ()
    """What is to be said with it."""


def about_rows(run: Result, codes: Sequence[Any] = ()) -> list[Remark]:
    """Return what puts the answer as a whole in doubt: values that are none, and rows that took no part."""
    return [*_of_codes(codes), *_of_missing(run)]


def about_features(run: Result) -> list[Remark]:
    """Return what puts single features in doubt: those that decide and should not, and skewed ones."""
    if run.labels is None:
        return []
    return [*_of_numbers(run), *_of_two_values(run), *_of_skewed(run)]


def _of_codes(codes: Sequence[Any]) -> Iterator[Remark]:
    """Say which values look like codes, and how they are read as missing."""
    if not codes:
        return
    values = tuple(dict.fromkeys(spelled(code.value) for code in codes))
    features = counted(len({code.feature for code in codes}), "feature")
    where = f"in {features} ({counted(sum(code.count for code in codes), 'reading')})"
    if len(values) > 1:
        look, own, them = "look like codes and no measurements", "clusters of their own", "them"
    else:
        look, own, them = "looks like a code and no measurement", "a cluster of its own", "it"
    listed = ",".join(values)
    remedy = f"--na-values {listed} reads {them} as missing"
    yield Remark(f"{listed} {where} {look}, and may have made {own}: {remedy}.", "na_values", values)


def _of_missing(run: Result) -> Iterator[Remark]:
    """Say that many rows took no part for want of a value."""
    table = run.table
    count = sum(left.count for left in table.rows_left_out if left.reason == "missing value")
    if count < _MANY * table.n_rows:
        return
    part = f"{100 * count / table.n_rows:.0f} %"
    yield Remark(
        f"{count:,} of {counted(table.n_rows, 'row')} ({part}) have a missing value and took no part: "
        "--impute median fills such values with the median of their column and keeps the rows.",
        "impute",
        ("median",),
    )


def _of_numbers(run: Result) -> Iterator[Remark]:
    assert run.labels is not None
    for column, sentence in numbers_that_decide(run.table, run.labels):
        yield Remark(in_options(sentence), "exclude", (column,))


def _of_two_values(run: Result) -> Iterator[Remark]:
    """Name features of two values that decide: more than half of the difference, or two clusters alone."""
    table, found = run.table, run.contrasts
    if run.trace.card.points or table.matrix.shape[1] < 2:
        return
    assert found is not None
    assert run.labels is not None
    levels = np.array([two_values(column) for column in table.values.T])
    scale = 1.0 if table.preparation.scale is None else table.preparation.scale
    shares = shares_between(table.matrix, run.labels, table.weights)
    pairs: dict[int, list[str]] = {}
    for first, second, j, _ in divided(found.mean / scale, found.mean, levels):
        pairs.setdefault(j, []).append(f"{first} from {second}")
    for j in np.flatnonzero(~np.isnan(levels[:, 0])).tolist():
        if shares[j] > _DECIDES:
            what = f"makes {100 * shares[j]:.0f} % of the difference between the clusters"
        elif j in pairs:
            more = ", …" if len(pairs[j]) > _NAMED else ""
            what = f"is all that tells cluster {', '.join(pairs[j][:_NAMED])}{more}"
        else:
            continue
        name = table.preparation.features[j].column
        yield Remark(
            f"{one_line(name)}, which has two values, {what}, and such a column cuts any rows in two: see "
            f"whether there are groups without it, {in_options(f'by exclude={name!r}')}.",
            "exclude",
            (name,),
        )


def _of_skewed(run: Result) -> Iterator[Remark]:
    found = skewed_features(run.table)
    if not found:
        return
    names = sorted(found, key=lambda name: -found[name])
    shown = ", ".join(f"{one_line(name)} (skewness {found[name]:.2g})" for name in names[:_NAMED])
    more = f" and {counted(len(names) - _NAMED, 'more feature')}" if len(names) > _NAMED else ""
    verb = "is" if len(names) == 1 else "are"
    theirs = "its" if len(names) == 1 else "their"
    option = in_options(f"log={names[0]!r}") if len(names) == 1 else "--log"
    yield Remark(
        f"{shown}{more} {verb} strongly skewed, so that {theirs} few largest values count most; where ratios "
        f"matter more than differences, take logarithms by {option}.",
        "log",
        tuple(names),
    )
