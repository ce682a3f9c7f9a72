"""Which tables are wanted."""

from __future__ import annotations

from collections.abc import Sequence

from emscope.errors import DataError

TABLES = ("centers", "clusters", "sizes", "labels", "means", "covariances", "weights", "responsibilities")
"""Names of all tables, in the order in which they are written."""

_OF_MIXTURES = ("means", "covariances", "weights", "responsibilities")
_OF_KMEANS = ("centers",)


def choose_tables(wanted: str | Sequence[str], mixture: bool | None) -> tuple[str, ...]:
    """Return the names of the tables that are wanted of a model.

    Parameters
    ----------
    wanted : str or sequence of str
        Names of tables, separated by commas if they are one text; "all" for those that the model has,
        "none" for no table.
    mixture : bool or None
        Whether the model is a mixture, rather than k-means; None where there is one of each.

    Returns
    -------
    tuple of str
        In the order of :data:`TABLES`, each once.

    Raises
    ------
    DataError
        There is no such table, the model has none of that name, or "none" stands beside others.

    Examples
    --------
    >>> choose_tables("labels, centers", mixture=False)
    ('centers', 'labels')
    >>> choose_tables("all", mixture=False)
    ('centers', 'clusters', 'sizes', 'labels')
    >>> choose_tables("none", mixture=True)
    ()
    """
    names = [name.strip() for name in (wanted.split(",") if isinstance(wanted, str) else wanted)]
    for name in names or [""]:
        if name not in (*TABLES, "all", "none"):
            known = ", ".join(TABLES)
            raise DataError(f"there is no table {_shown(name)}: choose among {known}, or all, or none.")
    if "none" in names:
        if set(names) != {"none"}:
            others = ", ".join(name for name in names if name != "none")
            raise DataError(f"none and {others} cannot both be wanted: leave one out.")
        return ()
    lacking = {True: _OF_KMEANS, False: _OF_MIXTURES, None: ()}[mixture]
    for name in names:
        if name in lacking:
            raise DataError(_lacking(name, mixture is True))
    return tuple(name for name in TABLES if name not in lacking and (name in names or "all" in names))


def _lacking(name: str, mixture: bool) -> str:
    if mixture:
        return f"a mixture has no table {name}: choose means, where its components lie."
    instead = "centers, where its clusters lie" if name == "means" else "a mixture for it"
    return f"k-means has no table {name}: choose {instead}."


def _shown(name: str) -> str:
    return repr(name if len(name) <= 40 else f"{name[:39]}…")
