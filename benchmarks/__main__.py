"""``python -m benchmarks``: run every race and print the tables."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import sheets
from benchmarks.contestants import PEERS, Contestant, contestants
from benchmarks.cores import CORES, cores_of, cores_race
from benchmarks.cores import table as cores_table
from benchmarks.machine import cores, description
from benchmarks.mixtures import MIXTURES, MixtureRegime, mixture_race, mixtures_of
from benchmarks.mixtures import table as mixtures_table
from benchmarks.races import Conditions, Race, lloyd_race, recording_race, seeding_race, whole_race
from benchmarks.regimes import REGIMES, Regime, chosen, smaller
from benchmarks.report import Sheet, as_markdown, show
from benchmarks.rows.generated import blobs
from benchmarks.studies import study_races
from benchmarks.studies import table as studies_table

_TITLES = {
    "real": "Real rows: same start, same iterations",
    "blobs": "Blobs: same start, same iterations",
}
TABLES = (*_TITLES, "memory", "cores", "seeding", "fits", "recording", "mixtures", "studies")

_RECORDED = "table-16"
# Ten starts of one small k share the data: they could share passes over it.
_RESTARTED = Regime("plane-8, 10 starts", partial(blobs, groups=20), 100_000, 2, 8, "", seeded=True)


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    names = [regime.name for regime in (*REGIMES, *CORES, *MIXTURES)]
    parser.add_argument("--only", metavar="NAME", nargs="+", help=f"of {', '.join(names)}")
    peers = [peer.name for peer in PEERS]
    parser.add_argument("--peers", nargs="*", choices=peers, help="default: all that are installed")
    parser.add_argument("--tables", nargs="+", choices=TABLES, help="default: all; no memory with --quick")
    parser.add_argument("--quick", action="store_true", help="few rows, clusters and iterations")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="runs of each (default: 3)")
    parser.add_argument(
        "--limit", type=float, default=Conditions.limit, metavar="S", help="for each in a race"
    )
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    parser.add_argument("--threads", type=int, default=cores(), help="for everybody (default: every core)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there as well")
    return parser.parse_args(given)


def sheets_of(
    regimes: Sequence[Regime],
    field: list[Contestant],
    conditions: Conditions,
    tables: Sequence[str] = TABLES,
    quick: bool = False,
    mixtures: Sequence[MixtureRegime] = (),
    of_cores: Sequence[Regime] = (),
) -> Iterator[Sheet]:
    """Run the races that the tables need, and yield each table when it is complete.

    Parameters
    ----------
    regimes : sequence of Regime
        What to run on.
    field : list of Contestant
        Who runs, emscope first.
    conditions : Conditions
        How to run.
    tables : sequence of str
        Of ``TABLES``.
    quick : bool
        Whether to shrink what is not among the regimes too.
    mixtures : sequence of MixtureRegime
        What to fit mixtures to.
    of_cores : sequence of Regime
        What to run on with one thread, two and many.

    Yields
    ------
    Sheet
    """
    yield from _lloyd_sheets(regimes, field, conditions, tables)
    if "cores" in tables and of_cores:
        yield cores_table([cores_race(regime, conditions) for regime in of_cores], conditions)
    seeded = [regime for regime in regimes if regime.seeded]
    if "seeding" in tables and seeded:
        yield sheets.seedings([_told(seeding_race, regime, conditions) for regime in seeded])
    if "fits" in tables and seeded:
        peers = [contestant.name for contestant in field]
        restarted = smaller(_RESTARTED) if quick else _RESTARTED
        fits = [_told(whole_race, regime, peers, conditions) for regime in seeded]
        yield sheets.whole_fits([*fits, _told(whole_race, restarted, peers, conditions, 10)])
    if "recording" in tables:
        yield from (
            sheets.recording(_told(recording_race, regime, conditions))
            for regime in regimes
            if regime.name == _RECORDED
        )
    if "mixtures" in tables and mixtures:
        yield mixtures_table(
            [mixture_race(mixture, conditions, "memory" in tables) for mixture in mixtures], conditions
        )
    if "studies" in tables:
        yield studies_table(study_races(conditions, quick), conditions)


def _lloyd_sheets(
    regimes: Sequence[Regime], field: list[Contestant], conditions: Conditions, tables: Sequence[str]
) -> Iterator[Sheet]:
    """Run everybody on real rows and on blobs, and on both for memory alone."""
    memory = "memory" in tables
    wanted = [name for name in _TITLES if name in tables] or (list(_TITLES) if memory else [])
    every: list[Race] = []
    for name in wanted:
        of_table = [regime for regime in regimes if regime.table == name]
        races = [_told(lloyd_race, regime, field, conditions, memory) for regime in of_table]
        if races:
            yield sheets.times(_TITLES[name], races, conditions)
        if races and name == "blobs":
            yield sheets.groups(races)
        every += races
    if every:
        yield sheets.agreements(every)
        if any(not contestant.exact for contestant in field):
            yield sheets.approximations(every)
        if memory:
            yield sheets.memory(every)


def _told(race: Callable[..., Race], regime: Regime, *settings: Any) -> Race:
    """Run a race, and tell whoever waits."""
    result: Race = race(regime, *settings)
    print(f"{race.__name__.replace('_', ' ')}: {sheets.in_short(result)}", file=sys.stderr)
    return result


def main(given: Sequence[str] | None = None) -> None:
    """Run what the command line asks for."""
    asked = arguments(given)
    mixtures, of_cores = mixtures_of(asked.only, asked.quick), cores_of(asked.only, asked.quick)
    known = [regime.name for regime in (*CORES, *MIXTURES)]
    try:
        regimes = chosen(asked.only and [name for name in asked.only if name not in known], asked.quick)
    except ValueError as error:
        sys.exit(str(error))
    enough = 0 if asked.quick else Conditions.enough
    conditions = Conditions(asked.dtype, asked.repeat, asked.limit, asked.threads, enough)
    field = contestants(asked.dtype, asked.peers)
    tables = asked.tables or [name for name in TABLES if not (asked.quick and name == "memory")]
    console = Console(width=None if sys.stdout.isatty() else 120)
    machine = description(conditions.threads)
    machine += [
        f"{one.name} left out: {one.package} is not installed" for one in regimes if not one.available
    ]
    regimes = [regime for regime in regimes if regime.available]
    for line in machine:
        console.print(line, highlight=False)
    written = ["\n".join(f"- {line}" for line in machine)]
    for sheet in sheets_of(regimes, field, conditions, tables, asked.quick, mixtures, of_cores):
        show(sheet, console)
        written.append(as_markdown(sheet))
        if asked.markdown:
            asked.markdown.write_text("\n\n".join(written), encoding="utf-8")


if __name__ == "__main__":
    main()
