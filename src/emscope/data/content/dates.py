"""Dates and times, typed or spelled: how they are told from text, and read as numbers where asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emscope.columns import Array
from emscope.data.content.missing_values import present
from emscope.errors import TableError
from emscope.wording import counted

_SAMPLE = 100
_STRAY = 10  # at least one in so many values may be something else

_MONTH = "(?:jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-zäé]*[.]?"
_CLOCK = r"[0-2]?\d:[0-5]\d(?::[0-6]\d(?:[.,]\d+)?)?(?:\s?[ap][.]?m[.]?)?"
_ZONE = r"\s?(?:z|utc|gmt|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
_MOMENT = rf"(?:(?:t|,?\s+|:){_CLOCK}{_ZONE})?"
_YEAR_FIRST = rf"\d{{4}}(?:-[01]?\d-[0-3]?\d|/[01]?\d/[0-3]?\d|[.][01]?\d[.][0-3]?\d){_MOMENT}"
_DOTTED = rf"[0-3]?\d[.][01]?\d[.]\s?(?:\d{{4}}|\d{{2}}){_MOMENT}"
_SLASHED = rf"[0-3]?\d(?:/[0-3]?\d/|-[0-3]?\d-)(?:\d{{4}}|\d{{2}}){_MOMENT}"
_NAMED = (
    rf"(?:[a-z]{{2,9}}[.]?,?\s+)?(?:[0-3]?\d(?:st|nd|rd|th)?[.]?[\s/-]?{_MONTH}(?:[\s/,-]*\d{{2,4}})?"
    rf"|{_MONTH}[\s/-]*(?:[0-3]?\d(?:st|nd|rd|th)?,?\s+)?\d{{4}}){_MOMENT}"
)
_MONTHLY = r"\d{4}-(?:0\d|1[0-2])|\d{4}[\s-]?[qw]\d{1,2}|q[1-4][\s/-]?\d{4}|(?:0\d|1[0-2])/\d{4}"
_FORMS = {
    "days": rf"(?i)^(?:{_YEAR_FIRST})$",
    "days, day first": rf"(?i)^(?:{_DOTTED})$",
    "slashed": rf"(?i)^(?:{_SLASHED})$",
    "named": rf"(?i)^(?:{_NAMED}|{_MONTHLY})$",
    "hours": rf"(?i)^{_CLOCK}$",
}
_ANY = "(?i)" + "|".join(form.removeprefix("(?i)") for form in _FORMS.values())
_DATE_PARTS = r"^(?P<a>\d+)[-/.](?P<b>\d+)[-/.]\s?(?P<c>\d+)"
_CLOCK_PARTS = r"(?i)(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2}(?:[.,]\d+)?))?\s?(?P<half>[ap])?"
_ZONE_PARTS = r"\d:[\d:.,]+\s?(?P<sign>[+-])(?P<h>\d{2}):?(?P<m>\d{2})?$"
_EPOCH = "days since 1970-01-01"


@dataclass(frozen=True, slots=True)
class Dates:
    """What a column holds, dates or times, and how they are written."""

    kind: str
    form: str  # how they are written; "typed" where the source has a type for them

    @property
    def reason(self) -> str:
        """Why they are left out, and what brings them in."""
        unit = "hours after midnight" if self.kind == "times" else _EPOCH
        if self.form == "named":
            return "dates or times; write them as 2024-01-31 to use them as numbers"
        return f"dates or times; name it in columns= to use it as {unit}"


def typed(kind: Any) -> Dates | None:
    """Tell whether a type of Arrow is one of dates or times."""
    if not pa.types.is_temporal(kind):
        return None
    clock = pa.types.is_time(kind) or pa.types.is_duration(kind)
    return Dates("times" if clock else "dates", "typed")


def spelled(column: Any) -> Dates | None:
    """Tell whether the texts of a column spell dates or times, all but a tenth of them."""
    if not _mostly(column[:_SAMPLE], _ANY):  # most columns are told by their start
        return None
    for form, pattern in _FORMS.items():
        if _mostly(column, pattern):
            return Dates("times" if form == "hours" else "dates", form)
    return Dates("dates", "named") if _mostly(column, _ANY) else None


def _mostly(column: Any, pattern: str) -> bool:
    tidy = present(column)
    n = len(tidy) - tidy.null_count
    fits = pc.sum(pc.match_substring_regex(tidy, pattern)).as_py() or 0
    return bool(n > 0 and _STRAY * (n - fits) <= n)


def read(column: Any, dates: Dates, name: str, reads: str | None = None) -> tuple[Array, str]:
    """Read dates as days since 1970-01-01, times as hours after midnight, NaN where there is none.

    ``reads`` is how the column of an earlier table was read; how this one was is returned beside the
    values. Dates are refused where day and month could be either way round, or months have names.
    """
    if dates.form == "typed":
        return _typed_numbers(column), "hours" if dates.kind == "times" else "days"
    if dates.form == "named":
        raise TableError(f"the dates of {name} cannot be read as numbers: write them as 2024-01-31.")
    text = present(column)
    if dates.form == "hours":
        return _hours(text), "hours"
    parts = [_part(pc.extract_regex(text, _DATE_PARTS), letter) for letter in "abc"]
    order = reads if reads in ("days, day first", "days, month first") else dates.form
    if dates.form == "days":
        order = "days"
    elif order == "slashed":
        order = _order(parts[0], parts[1], name)
    year, month, day = {
        "days": parts,
        "days, day first": [parts[2], parts[1], parts[0]],
        "days, month first": [parts[2], parts[0], parts[1]],
    }[order]
    hours = np.nan_to_num(_hours(text)) - _zone(text)
    return _days(year, month, day) + hours / 24, order


def _order(first: Array, second: Array, name: str) -> str:
    """Tell which of two numbers is the day: the one that is above 12 somewhere."""
    day_first, month_first = bool((first > 12).any()), bool((second > 12).any())
    if day_first == month_first:
        why = "as both" if day_first else "and no day above 12 tells which"
        raise TableError(
            f"the dates of {name} could be day/month or month/day, {why}: write them as 2024-01-31."
        )
    return "days, day first" if day_first else "days, month first"


def _days(year: Array, month: Array, day: Array) -> Array:
    """Count days since 1970-01-01; NaN where the calendar has no such day."""
    short = year < 100
    year = np.where(short, year + np.where(year < 70, 2000, 1900), year)
    real = np.isfinite(year) & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(real, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    start = months.astype("datetime64[D]").astype(np.int64)
    length = (months + 1).astype("datetime64[D]").astype(np.int64) - start
    return np.where(real & (day <= length), start + day - 1, np.nan)


def _hours(text: Any) -> Array:
    found = pc.extract_regex(text, _CLOCK_PARTS)
    hour, minute, second = (_part(found, letter) for letter in "hms")
    half = pc.utf8_lower(pc.struct_field(found, "half"))
    afternoon = pc.fill_null(pc.equal(half, "p"), False).to_numpy().astype(bool)
    morning = pc.fill_null(pc.equal(half, "a"), False).to_numpy().astype(bool)
    hour = np.where(afternoon & (hour < 12), hour + 12, np.where(morning & (hour == 12), 0, hour))
    return np.asarray(hour + minute / 60 + np.nan_to_num(second) / 3600)


def _zone(text: Any) -> Array:
    """Return the hours by which a clock is ahead of the world's."""
    found = pc.extract_regex(text, _ZONE_PARTS)
    ahead = np.nan_to_num(_part(found, "h")) + np.nan_to_num(_part(found, "m")) / 60
    behind = pc.fill_null(pc.equal(pc.struct_field(found, "sign"), "-"), False).to_numpy().astype(bool)
    return np.where(behind, -ahead, ahead)


def _part(found: Any, letter: str) -> Array:
    digits = pc.replace_substring(pc.struct_field(found, letter), ",", ".")
    digits = pc.if_else(pc.equal(digits, ""), pa.scalar(None, digits.type), digits)
    return np.asarray(pc.cast(digits, pa.float64()).to_numpy())


def _typed_numbers(column: Any) -> Array:
    """Read a column of Arrow's types of time as days, or as hours where it has no date."""
    kind, types = column.type, pa.types
    per_unit = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
    if types.is_date32(kind):
        whole, unit = pc.cast(column, pa.int32()), 1.0
    elif types.is_date64(kind):
        whole, unit = pc.cast(column, pa.int64()), 86_400_000.0
    elif types.is_time32(kind):
        whole, unit = pc.cast(column, pa.int32()), 3600.0 * per_unit[kind.unit]
    elif types.is_timestamp(kind) or types.is_time64(kind) or types.is_duration(kind):
        seconds = 86_400.0 if types.is_timestamp(kind) else 3600.0
        whole, unit = pc.cast(column, pa.int64()), seconds * per_unit[kind.unit]
    else:
        raise TableError(f"values of type {kind} cannot be read as a number of days or hours.")
    values = pc.cast(whole, pa.float64(), safe=False).to_numpy()
    return np.asarray(values / unit)


def reading_note(reads: str, values: Array, n_missing: int) -> str:
    """Say how a column of dates was read, and how many of its values that lost."""
    unit = "hours after midnight" if reads == "hours" else _EPOCH
    order = f" ({reads.removeprefix('days, ')})" if ", " in reads else ""
    n_lost = int(np.isnan(values).sum()) - n_missing
    lost = f"; {counted(n_lost, 'value')} cannot be read so" if n_lost > 0 else ""
    return f"is read as {unit}{order}{lost}"
