"""What is told: the races as sheets of text."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.contestants import PEERS
from benchmarks.measuring import geometric_mean
from benchmarks.races import Conditions, Entry, Race
from benchmarks.regimes import EVERYTHING, GROUPS, SMALL, Group
from benchmarks.report import Sheet, duration

# Below this many bytes of data an allocator's habits are all that a multiple of it would show.
_WORTH_DIVIDING = 1 << 20
_MEMORY_OF_TABLES, _MEMORY_OF_CELLS, _CELLS_MOST_FEATURES = 0.5, 2.0, 4


def in_short(race: Race) -> str:
    """Tell a race in a line, for whoever waits for the tables."""
    told = ", ".join(f"{name} {_time(entry)}" for name, entry in race.entries.items())
    return f"{race.regime.name}: {told}; {_ratio(race.ratio())}"


def times(title: str, races: Sequence[Race], conditions: Conditions) -> Sheet:
    """Tabulate the seconds of every exact contestant, and sum up the ratios."""
    names = _names(races, exact=True)
    counted = any(race.share_of_distances is not None for race in races)
    rows = []
    for race in races:
        row = [*_shape(race), str(race.iterations), *(_time(race.entries.get(name)) for name in names)]
        row += [_ratio(race.ratio()), _labels(race)]
        if counted:
            row.append(_percent(race.share_of_distances))
        rows.append(row)
    spreads = [entry.spread for race in races for entry in race.entries.values()]
    columns = ["regime", "n", "d", "k", "it", *names, "ratio", "labels", *(["distances"] if counted else [])]
    notes = [
        f"{conditions.dtype}, the same start and iterations for all, tol = 0, {conditions.threads} threads; "
        f"medians of {conditions.rounds} runs in turns",
        f"slowest run over fastest: {median(spreads):.2f}x at the median, {max(spreads):.1f}x at worst",
        "ratio: time of the fastest exact peer over emscope's; labels: share of rows that it agrees on",
        *_summed_up(races),
        *(f"{peer.name}: {peer.note}" for peer in PEERS if peer.name in names and peer.note),
    ]
    notes.append(
        f"* one run, because it took more than {conditions.limit:g} s; -: left out, far slower still"
    )
    return Sheet(title, columns, rows, notes)


def groups(races: Sequence[Race]) -> Sheet:
    """Sum up the ratios of each group, and of all."""
    rows = []
    for group in GROUPS:
        ratios = _ratios(races, [group.name])
        if ratios:
            rows.append(_group_row(group, ratios))
    counted = [group.name for group in GROUPS if group.counts]
    rows.append(_group_row(EVERYTHING, _ratios(races, counted)))
    notes = [f"the mean of all leaves {SMALL} out"]
    notes += [
        f"{SMALL}: {_ratio(ratio)} scikit-learn (at least 2x)"
        for race in races
        if race.regime.group == SMALL and (ratio := race.ratio("Lloyd")) is not None
    ]
    columns = ["group", "regimes", "geometric mean", "worst", "at least", "aim"]
    return Sheet("Blobs: ratios to the best exact peer", columns, rows, notes)


def agreements(races: Sequence[Race]) -> Sheet:
    """Tabulate how far every exact peer agrees with emscope."""
    names = [name for name in _names(races, exact=True) if name != "emscope"]
    rows = []
    for race in races:
        entries = [race.entries[name] for name in names if name in race.entries]
        cells = [_first_and_last(race.entries.get(name)) for name in names]
        farthest = max(entries, key=lambda entry: abs(entry.inertia - 1), default=None)
        rows.append([race.regime.name, *cells, _difference(farthest)])
    notes = [
        "share of rows with emscope's label after one iteration - after all; inertia: farthest from its own",
        "peers round distances and sums to single precision, and what that moves grows with every iteration",
    ]
    return Sheet("Do the labels agree", ["regime", *names, "inertia"], rows, notes)


def approximations(races: Sequence[Race]) -> Sheet:
    """Tabulate those that are not compared with, and what they reach."""
    names = _names(races, exact=False)
    rows = []
    for race in races:
        row = [race.regime.name, _time(race.ours)]
        for name in names:
            row += [_time(race.entries.get(name)), _difference(race.entries.get(name))]
        rows.append(row)
    columns = ["regime", "emscope", *(head for name in names for head in (name, "inertia"))]
    notes = [f"{peer.name}: {peer.note}" for peer in PEERS if peer.name in names]
    return Sheet("Beside it: approximate, not compared with", columns, rows, notes)


def memory(races: Sequence[Race]) -> Sheet:
    """Tabulate the memory needed beyond data and labels."""
    names = [*_names(races, exact=True), *_names(races, exact=False)]
    rows = []
    for race in races:
        size = race.data_bytes
        entries = [race.entries.get(name) for name in names]
        rows.append([race.regime.name, _bytes(size), *(_multiple(entry, size) for entry in entries)])
    notes = ["multiples of the data, or bytes where the data is under 1 MiB; each in a process of its own"]
    for what, most, has_cells in (
        (f"d <= {_CELLS_MOST_FEATURES} (cells)", _MEMORY_OF_CELLS, True),
        (f"d > {_CELLS_MOST_FEATURES}", _MEMORY_OF_TABLES, False),
    ):
        ours = [
            race.ours.memory / race.data_bytes
            for race in races
            if race.ours.memory is not None
            and race.data_bytes >= _WORTH_DIVIDING
            and (race.regime.d <= _CELLS_MOST_FEATURES) == has_cells
        ]
        if ours:
            notes.append(f"{what}: emscope needs {max(ours):.2f}x at the most (to reach: {most:g}x)")
    return Sheet("Peak memory beyond data and labels", ["regime", "data", *names], rows, notes)


def seedings(races: Sequence[Race]) -> Sheet:
    """Tabulate the seconds of k-means++ alone."""
    rows = [
        [
            *_shape(race),
            _time(race.ours),
            _time(race.entries["Lloyd"]),
            _ratio(race.ratio()),
            _percent(race.entries["Lloyd"].agreement),
        ]
        for race in races
    ]
    columns = ["regime", "n", "d", "k", "emscope", "scikit-learn", "ratio", "same seeds"]
    notes = ["same seeds: share of rows with the same nearest seed, from the same random state"]
    return Sheet("Seeding alone: greedy k-means++", columns, rows, notes)


def whole_fits(races: Sequence[Race]) -> Sheet:
    """Tabulate whole default fits."""
    names = list(races[0].entries)
    rows = []
    for race in races:
        entries = [race.entries[name] for name in names]
        row = [*_shape(race), *map(_time, entries), _ratio(race.ratio())]
        rows.append([*row, "/".join(str(entry.n_iter) for entry in entries), *map(_difference, entries[1:])])
    columns = ["regime", "n", "d", "k", *names, "ratio", "iterations", *(f"{n} inertia" for n in names[1:])]
    notes = ["k-means++ from the same random state, tol = 1e-4, as many iterations as that takes"]
    return Sheet("A whole default fit", columns, rows, notes)


def recording(race: Race) -> Sheet:
    """Tabulate the price of recording."""
    without = race.entries["not recorded"]
    price = race.ours.seconds / without.seconds - 1
    row = [*_shape(race), str(race.iterations), _time(race.ours), _time(without), f"{price:+.1%}"]
    columns = ["regime", "n", "d", "k", "it", "record=True", "record=False", "price"]
    return Sheet("The price of recording", columns, [row], ["at most 5 % is wanted"])


def _names(races: Sequence[Race], exact: bool) -> list[str]:
    return list(dict.fromkeys(name for race in races for name, e in race.entries.items() if e.exact == exact))


def _ratios(races: Sequence[Race], names: Sequence[str]) -> list[float]:
    return [ratio for race in races if race.regime.group in names and (ratio := race.ratio()) is not None]


def _group_row(group: Group, ratios: Sequence[float]) -> list[str]:
    wanted = [f"{value:g}x" if value else "-" for value in (group.least, group.aim)]
    summary = [_ratio(geometric_mean(ratios)), _ratio(min(ratios))] if ratios else ["-", "-"]
    return [group.name, str(len(ratios)), *summary, *wanted]


def _summed_up(races: Sequence[Race]) -> list[str]:
    """Tell the geometric mean of the ratios and the worst of them, but for the smallest blobs."""
    ratios = {
        race.regime.name: ratio
        for race in races
        if race.regime.group != SMALL and (ratio := race.ratio()) is not None
    }
    if not ratios:
        return []
    worst = min(ratios, key=ratios.__getitem__)
    mean = _ratio(geometric_mean(ratios.values()))
    return [f"ratios of {len(ratios)}: geometric mean {mean}, worst {_ratio(ratios[worst])} ({worst})"]


def _shape(race: Race) -> list[str]:
    return [race.regime.name, _count(race.regime.n), str(race.regime.d), str(race.regime.k)]


def _count(n: int) -> str:
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if n >= size:
            return f"{n / size:.3g}{letter}"
    return str(n)


def _time(entry: Entry | None) -> str:
    if entry is None:
        return "-"
    return duration(entry.seconds) + ("*" if entry.runs == 1 else "")


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}x"


def _labels(race: Race) -> str:
    return "-" if race.best_peer is None else _percent(race.entries[race.best_peer].agreement)


def _percent(share: float | None) -> str:
    if share is None:
        return "-"
    if share == 1:
        return "100 %"
    return f"{min(100 * share, 99.9999):.{2 if share < 0.999 else 4}f} %"


def _first_and_last(entry: Entry | None) -> str:
    return "-" if entry is None else f"{_percent(entry.agreement_at_first)} - {_percent(entry.agreement)}"


def _difference(entry: Entry | None) -> str:
    if entry is None:
        return "-"
    above = entry.inertia - 1
    return f"{above:+.1%}" if abs(above) >= 1e-3 else f"{above:+.0e}"


def _bytes(size: float) -> str:
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:.{0 if size >= 10 * unit else 1}f} {name}"
    return f"{size:g} B"


def _multiple(entry: Entry | None, size: int) -> str:
    if entry is None or entry.memory is None:
        return "-"
    return _bytes(entry.memory) if size < _WORTH_DIVIDING else f"{entry.memory / size:.2f}x"
