"""The pieces of a page, in which every text that comes from a table is escaped."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from emscope.wording import as_html, counted, number, one_line

_LONGEST_CELL = 400
_MOST_ROWS = 60


class Share(float):
    """A part of a whole, which a table has in percent.

    >>> _cell(Share(0.01), True)
    (' class="number" data-value="0.01"', '1.00 %')
    """


def paragraph(words: str, kind: str = "") -> str:
    """Return a paragraph of plain text."""
    return f"<p{_class(kind)}>{as_html(words)}</p>" if words else ""


def section(title: str, parts: Iterable[str], key: str) -> str:
    """Return a section under a heading."""
    inner = "\n".join(part for part in parts if part)
    return f'<section aria-labelledby="{key}">\n<h2 id="{key}">{as_html(title)}</h2>\n{inner}\n</section>'


def doubts(sentences: Sequence[str]) -> str:
    """Return what a reader has to know before the rest, or nothing."""
    inner = "".join(paragraph(sentence) for sentence in sentences)
    return f'<div class="doubt" role="note">{inner}</div>' if inner else ""


def advice(sentence: str, command: str) -> str:
    """Return what a reader has to know, with the command that mends it."""
    shown = f"<pre><code>{as_html(command)}</code></pre>"
    return f'<div class="doubt" role="note">{paragraph(sentence)}{shown}</div>'


def figure(picture: str, caption: str) -> str:
    """Return a picture with its caption."""
    named = as_html(caption)
    return (
        f'<figure><div class="scrolling" tabindex="0" role="group" aria-label="{named}">{picture}</div>'
        f"<figcaption>{named}</figcaption></figure>"
    )


def facts(pairs: Mapping[str, str]) -> str:
    """Return names and what they stand for."""
    inner = "".join(f"<dt>{as_html(name)}</dt><dd>{as_html(value)}</dd>" for name, value in pairs.items())
    return f"<dl>{inner}</dl>" if inner else ""


def table(
    columns: Mapping[str, Sequence[Any]],
    caption: str,
    *,
    most: int = _MOST_ROWS,
    total: int | None = None,
    rest: str = "",
) -> str:
    """Return a table whose first column heads its rows, or nothing where it has none.

    Of ``total`` rows, those that are given by default, at most so many are shown; ``rest`` says where the
    others are.
    """
    given = max(map(len, columns.values()), default=0)
    if not given:
        return ""
    hidden = (given if total is None else total) - min(given, most)
    shown = {name: list(values[:most]) for name, values in columns.items()}
    right = [_is_of_numbers(values) for values in shown.values()]
    head = "".join(
        f'<th scope="col"{_class("number" if is_right else "")}>{as_html(one_line(name))}</th>'
        for name, is_right in zip(shown, right, strict=True)
    )
    body = "\n".join(_row(cells, right) for cells in zip(*shown.values(), strict=True))
    more = f"{counted(hidden, 'more row')}{rest}." if hidden else ""
    return (
        f'<div class="scrolling" tabindex="0" role="region" aria-label="{as_html(caption)}">'
        f"<table><caption>{as_html(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody></table></div>{paragraph(more, 'hint')}"
    )


def badge(label: str, fill: str, rim: str, ink: str) -> str:
    """Return the mark of a cluster, in its color."""
    return (
        f'<svg class="badge" viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="14" '
        f'fill="{fill}" stroke="{rim}" stroke-width="2"/>'
        f'<text x="16" y="21" fill="{ink}">{as_html(label)}</text></svg>'
    )


def _row(cells: Sequence[Any], right: Sequence[bool]) -> str:
    first, *others = (_cell(value, is_right) for value, is_right in zip(cells, right, strict=True))
    heading = f'<th scope="row"{first[0]}>{first[1]}</th>'
    return f"<tr>{heading}{''.join(f'<td{attributes}>{inner}</td>' for attributes, inner in others)}</tr>"


def _cell(value: Any, is_right: bool) -> tuple[str, str]:
    """Return the attributes of a cell and what is in it; numbers sort by what they are."""
    attributes = _class("number" if is_right else "")
    if value is None or (isinstance(value, (float, np.floating)) and math.isnan(value)):
        return attributes, ""
    if isinstance(value, (bool, np.bool_)):
        return attributes, "yes" if value else "no"
    if isinstance(value, (int, np.integer)):
        return f'{attributes} data-value="{int(value)}"', f"{value:,}"
    if isinstance(value, (float, np.floating)):
        told = f"{number(100 * value, 3)} %" if isinstance(value, Share) else number(float(value))
        return f'{attributes} data-value="{float(value):.5g}"', as_html(told)
    return attributes, as_html(one_line(str(value), _LONGEST_CELL))


def _is_of_numbers(values: Iterable[Any]) -> bool:
    there = [value for value in values if value is not None]
    return bool(there) and all(
        isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
        for value in there
    )


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
