"""What the values of options are read as."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rich_click as click

COVARIANCES = ("full", "tied", "diag", "spherical")
FORMATS = ("png", "svg", "pdf", "gif", "webp", "apng", "mp4")


def names(context: Any, parameter: Any, value: str | None) -> tuple[str, ...] | None:
    """Read a list of names as one line of CSV: a name may hold a comma."""
    from emscope.data.content.names import column_list
    from emscope.errors import TableError

    try:
        return None if value is None else column_list(value)
    except TableError as error:
        raise click.BadParameter(str(error)) from error


def words(context: Any, parameter: Any, value: str | None) -> tuple[str, ...]:
    """Read a list of words, of none where nothing is said."""
    return names(context, parameter, value) or ()


def two_names(context: Any, parameter: Any, value: str | None) -> tuple[str, ...] | None:
    """Read the names of two features."""
    found = names(context, parameter, value)
    if found is not None and len(found) != 2:
        raise click.BadParameter("name two features, separated by a comma.")
    return found


def formats(context: Any, parameter: Any, value: str) -> tuple[str, ...]:
    """Read kinds of pictures, or none."""
    return () if value == "none" else _known(words(context, parameter, value), FORMATS)


def covariances(context: Any, parameter: Any, value: str | None) -> tuple[str, ...] | None:
    """Read types of covariances."""
    found = names(context, parameter, value)
    return None if found is None else _known(found, COVARIANCES)


def _known(found: tuple[str, ...], known: Sequence[str]) -> tuple[str, ...]:
    for name in found:
        if name not in known:
            raise click.BadParameter(f"{name!r} is not one of {', '.join(known)}.")
    return found


def numbers_of_clusters(context: Any, parameter: Any, value: str) -> Sequence[int]:
    """Read ``1:10``, both ends included, or ``2,4,6``."""
    try:
        low, colon, high = value.partition(":")
        ks = range(int(low), int(high) + 1) if colon else sorted({int(k) for k in value.split(",")})
    except ValueError:
        ks = range(0)
    if not ks or min(ks) < 1:
        raise click.BadParameter(f"{value!r} says no numbers of clusters: write 1:10, or 2,4,6.")
    return ks


def folder(context: Any, parameter: Any, value: str | None) -> Path | None:
    """Read the name of a folder."""
    if value == "":
        raise click.BadParameter("it names no folder.")
    return None if value is None else Path(value)
