"""What a column of numbers is, by what is in it: measurements, or numbers of rows, years, moments.

Every rule looks at the values first. A name alone decides nothing.
"""

from __future__ import annotations

import numpy as np

from emscope.columns import Array
from emscope.data.content.words_in_names import (
    is_nameless,
    says_clock,
    says_code,
    says_date,
    says_id,
    says_moment,
    says_month,
    says_year,
)

FEWEST_NUMBERED = 20  # rows; fewer that count 1, 2, 3 may well be measurements
_HEAD = 64
_YEARS, _LIKELY_YEARS = (1000, 3000), (1800, 2101)
_SECONDS = (5e8, 2.5e9)  # of the epoch, from 1985 to 2049
_COMPACT = (19000101, 20991232)
_SERIALS = (20_000, 60_000)  # days since 1900 as spreadsheets count them, from 1954 to 2064
_CENTURIES = (1900, 2100)
_CODES = {"postal codes": (100, 10**9), "telephone numbers": (10**6, 10**15)}
_EXACT = 2.0**53  # beyond, float64 takes 1 more for the same


def not_a_measurement(name: str, values: Array, offset: int = 0) -> tuple[str, str] | None:
    """Tell what kind of numbers a column holds instead of measurements, and why; None for measurements.

    The values stand in file order, NaN where missing, and the offset was taken off them.
    """
    moment = _moment(name, values, offset)
    if moment is not None:
        return moment
    if numbers_rows(values) or (is_nameless(name) and counts_from_start(values, offset)):
        return "row numbers", "it numbers the rows"
    if says_id(name) and is_whole(values) and is_unique(values):
        return "identifiers", "its name says id, and no two rows share one"
    code = says_code(name)
    if code is not None and is_whole(values) and _within(*_range(values, offset), _CODES[code]):
        return code, f"its name says {code}, and all are whole numbers"
    return None


def _range(values: Array, offset: int) -> tuple[float, float]:
    return float(np.nanmin(values)) + offset, float(np.nanmax(values)) + offset


def _moment(name: str, values: Array, offset: int) -> tuple[str, str] | None:
    """Tell whether numbers are years, or moments, and are called so."""
    called_year, alone = says_year(name)
    # a column without a name is one of moments where it also rises, as a logger's clock does
    called_moment = says_moment(name) or (_has_no_name(name) and _rises(values))
    called_date, called_month, called_clock = says_date(name), says_month(name), says_clock(name)
    called = called_year or called_moment or called_date or called_month or called_clock
    finite = values[np.isfinite(values)] if called else values[:0]
    if not len(finite):
        return None
    low, high = float(finite.min()) + offset, float(finite.max()) + offset
    if called_moment and _is_epoch(low, high):
        return "timestamps", "moments counted from 1970, which are dates"
    if called_date and _within(low, high, _SERIALS):
        return "dates", "days counted from 1900, as spreadsheets do, which are dates"
    if not is_whole(values):
        return _with_a_point(finite + offset, called_date, called_month or called_date, called_clock)
    if called_year and _within(low, high, _YEARS if alone else _LIKELY_YEARS):
        return "calendar years", "calendar years, which are dates"
    if called_moment and _within(low, high, _COMPACT) and _are_compact_dates(values + offset):
        return "dates", "dates written as whole numbers"
    if called_date and _are_short_or_turned_dates(finite + offset):
        return "dates", "dates written as whole numbers"
    years, months = (finite + offset) // 100, (finite + offset) % 100
    if (called_month or called_date) and _all_within(years, _CENTURIES) and _all_within(months, (1, 13)):
        return "dates", "months written as whole numbers, which are dates"
    return None


def _with_a_point(
    values: Array, called_date: bool, called_month: bool, called_clock: bool
) -> tuple[str, str] | None:
    """Tell whether numbers are days and months, months and years, or hours and minutes: ``24.12``."""
    before = np.floor(values)
    hundredths, ten_thousandths = ((values - before) * scale for scale in (1e2, 1e4))
    if called_month and _all_within(before, (1, 13)) and _are_whole_within(ten_thousandths, _CENTURIES):
        return "dates", "months written with a point, which are dates"
    hundredths = np.where(np.isin(hundredths.round(), np.arange(20, 100, 10)), hundredths / 10, hundredths)
    if called_date and _all_within(before, (1, 32)) and _are_whole_within(hundredths, (1, 13)):
        return "dates", "days and months written with a point, which are dates"
    if called_clock and _all_within(before, (0, 25)) and _are_whole_within((values - before) * 1e2, (0, 60)):
        return "times", "hours and minutes written with a point, which are times"
    return None


def _all_within(values: Array, bounds: tuple[float, float]) -> bool:
    return bool(((values >= bounds[0]) & (values < bounds[1])).all())


def _are_whole_within(values: Array, bounds: tuple[float, float]) -> bool:
    return bool((np.abs(values - values.round()) < 1e-6).all()) and _all_within(values.round(), bounds)


def _are_short_or_turned_dates(values: Array) -> bool:
    """Tell whether whole numbers are dates such as 240131, 310124, 31012024 or 01312024."""
    first, second, third = values // 10_000, values // 100 % 100, values % 100
    days, months = (1, 32), (1, 13)
    if _all_within(values, (10_000, 1_000_000)):
        return _all_within(second, months) and (_all_within(third, days) or _all_within(first, days))
    turned = (values // 1_000_000, first % 100)
    return _all_within(values % 10_000, _CENTURIES) and any(
        _all_within(day, days) and _all_within(month, months) for day, month in (turned, turned[::-1])
    )


def numbers_rows(values: Array) -> bool:
    """Tell whether whole numbers rise, or fall, by one from row to row; a few may be missing."""
    present = np.flatnonzero(np.isfinite(values[:_HEAD]))
    if len(present) < 2:
        return False
    step = next((step for step in (1, -1) if _counts(values[:_HEAD], present, step)), None)
    if step is None:
        return False
    present = np.flatnonzero(np.isfinite(values))
    enough = len(present) >= max(FEWEST_NUMBERED, 0.9 * len(values))
    return bool(enough and _counts(values, present, step))


def _counts(values: Array, present: Array, step: int) -> bool:
    first, last, nth = values[present[0]], values[present[-1]], present - present[0]
    if first != np.floor(first) or max(abs(first), abs(last)) > _EXACT:
        return False
    return bool((values[present] == first + step * nth).all())


def counts_from_start(values: Array, offset: int = 0) -> bool:
    """Tell whether values are 0, 1, 2, ... or 1, 2, 3, ...: the index that data frames write."""
    if not len(values) or offset or values[0] not in (0, 1):
        return False
    return bool((values == values[0] + np.arange(len(values))).all())


def is_unique(values: Array) -> bool:
    """Tell whether no value occurs twice, of two or more."""
    present = values[~np.isnan(values)]
    return len(present) > 1 and len(np.unique(present)) == len(present)


def is_whole(values: Array) -> bool:
    """Tell whether every value that is there is a whole number, and there is one."""
    return (
        bool(len(values)) and _is_whole(values[:_HEAD]) and _is_whole(values) and not np.isnan(values).all()
    )


def _is_whole(values: Array) -> bool:
    finite = np.isfinite(values) | np.isnan(values)
    return bool((finite & ((values == np.floor(values)) | np.isnan(values))).all())


def _has_no_name(name: str) -> bool:
    return is_nameless(name) or (name[:1] == "x" and name[1:].isdigit())


def _rises(values: Array) -> bool:
    head = values[:_HEAD]
    return len(values) > 2 and bool((head[1:] > head[:-1]).all() and (values[1:] > values[:-1]).all())


def _within(low: float, high: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= low and high < bounds[1]


def _is_epoch(low: float, high: float) -> bool:
    """Tell whether a range is of the last decades in seconds, milli-, micro- or nanoseconds since 1970."""
    return any(_within(low, high, (_SECONDS[0] * unit, _SECONDS[1] * unit)) for unit in (1.0, 1e3, 1e6, 1e9))


def _are_compact_dates(values: Array) -> bool:
    whole = values[~np.isnan(values)].astype(np.int64)
    month, day = whole // 100 % 100, whole % 100
    return bool(((month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).all())
