"""Which tables are wanted."""

from __future__ import annotations

from collections.abc import Sequence

from emscope.card import ModelCard
from emscope.errors import DataError

TABLES = ("centers", "clusters", "sizes", "labels", "means", "covariances", "weights", "responsibilities")
"""Names of all tables, in the order in which they are written."""


def choose_tables(wanted: str | Sequence[str], card: ModelCard | None) -> tuple[str, ...]:
    """Return the names of the tables that are wanted of a model, in the order of :data:`TABLES`, each once.

    ``wanted`` are names, separated by commas if they are one text: "all" is all that the model has, "none"
    no table. Without a card it may be any that some model has.

    >>> from emscope.card import KMEANS, gaussian_mixture
    >>> choose_tables("labels, centers", KMEANS)
    ('centers', 'labels')
    >>> choose_tables("all", KMEANS)
    ('centers', 'clusters', 'sizes', 'labels')
    >>> choose_tables("none", gaussian_mixture("full"))
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
    here = TABLES if card is None else _tables_of(card)
    for name in names:
        if card is not None and name not in (*here, "all"):
            raise DataError(_lacking(name, card))
    return tuple(name for name in here if name in names or "all" in names)


OF_ROWS = ("responsibilities",)
"""Tables from which the rows could be computed, given the model."""


def refuse_tables_of_rows(wanted: str) -> None:
    """Refuse tables that a private run does not write, where they are asked for by name."""
    for name in OF_ROWS:
        if name in [one.strip() for one in wanted.split(",")]:
            raise DataError(
                f"rows can be computed from {name}, so no private run writes them: leave them out."
            )


def _tables_of(card: ModelCard) -> tuple[str, ...]:
    """Return the tables that a model has, in the order of all tables."""
    lacking = {"centers", "means"} - {_table_of_locations(card)}
    lacking |= set() if card.covariances else {"covariances"}
    lacking |= set() if card.soft else {"weights", "responsibilities"}
    return tuple(name for name in TABLES if name not in lacking)


def _table_of_locations(card: ModelCard) -> str:
    """Return the name of the table of where the clusters lie, whatever the model calls it."""
    return "means" if card.location == "means" else "centers"


def _lacking(name: str, card: ModelCard) -> str:
    instead = "a mixture for it"
    if name in ("centers", "means"):
        instead = f"{_table_of_locations(card)}, where its {card.noun}s lie"
    return f"{'a ' if card.soft else ''}{card.title} has no table {name}: choose {instead}."


def _shown(name: str) -> str:
    return repr(name if len(name) <= 40 else f"{name[:39]}…")
