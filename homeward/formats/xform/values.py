"""The values of XPath as the ODK engines know them: text, number, truth, moment, nodes; and how one becomes another.

A date is a value of its own here, unlike in plain XPath: it compares as the number of days since 1970 and prints as
ISO 8601. Conversions follow JavaRosa, the engine of ODK Collect.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from homeward.formats.xform.tree import Node

EPOCH = date(1970, 1, 1).toordinal()
DAY_SECONDS = 86_400
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)\Z", re.ASCII)
DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](.+))?\Z", re.ASCII)
TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, a date with time or a time of day, read by the clock on the wall where it was written."""

    day: date | None
    seconds: float = 0.0
    zone: str = ""
    timed: bool = False

    @property
    def days(self) -> float:
        """Days since 1970-01-01, with the time as a fraction."""
        whole = self.day.toordinal() - EPOCH if self.day else 0
        return whole + self.seconds / DAY_SECONDS

    def __str__(self) -> str:
        if self.day is None:
            return self.clock()
        return f"{self.day.isoformat()}T{self.clock()}" if self.timed else self.day.isoformat()

    def clock(self) -> str:
        milliseconds = round(self.seconds * 1000)
        minutes, rest = divmod(milliseconds, 60_000)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}{self.zone}"


Nodes = Sequence["Node"]
Atom = str | float | bool | Moment
Value = Atom | Nodes


def moment_of(day: date) -> Moment:
    """A date, or a datetime with its time."""
    if not isinstance(day, datetime):
        return Moment(day)
    seconds = day.hour * 3600 + day.minute * 60 + day.second + day.microsecond / 1e6
    offset = day.isoformat()[-6:] if day.utcoffset() is not None else ""
    return Moment(day.date(), seconds, offset, timed=True)


def parse_moment(text: str) -> Moment | None:
    """ISO 8601 date, date-time or time -> moment; None for anything else."""
    text = text.strip()
    found = DATE.match(text)
    if found is None:
        return _parse_time(text, None)
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
    return _parse_time(found[4], day) if found[4] else Moment(day)


def _parse_time(text: str, day: date | None) -> Moment | None:
    found = TIME.match(text)
    if found is None:
        return None
    hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3] or 0)
    if hours > 23 or minutes > 59 or seconds > 60:
        return None
    fraction = float(f"0.{found[4]}") if found[4] else 0.0
    return Moment(day, hours * 3600 + minutes * 60 + seconds + fraction, found[5] or "", timed=True)


def day_after_epoch(days: float) -> Moment:
    whole = math.floor(days)
    seconds = round((days - whole) * DAY_SECONDS, 3)
    return Moment(date(1970, 1, 1) + timedelta(days=whole), seconds, timed=bool(seconds))


def to_text(value: Atom) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Moment):
        return str(value)
    return number_text(value)


def number_text(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "-Infinity" if number < 0 else "Infinity"
    if abs(number) < 1e-12:
        return "0"
    if number == int(number):
        return str(int(number))
    return format(Decimal(repr(number)), "f")


def to_number(value: Atom) -> float:
    """Text that is neither number nor date is not a number; a date is its day."""
    if isinstance(value, float):
        return value
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    if isinstance(value, Moment):
        return float(math.floor(value.days)) if value.day else value.days
    text = value.strip().replace(",", ".")
    if NUMBER.match(text):
        return float(text)
    moment = parse_moment(text) if DATE.match(text) else None
    return to_number(moment) if moment else math.nan


def to_truth(value: Atom) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        return abs(value) > 1e-12 and not math.isnan(value)
    return bool(value) if isinstance(value, str) else True


def to_moment(value: Atom) -> Moment | None:
    """None for what is empty or no date."""
    if isinstance(value, Moment):
        return value
    if isinstance(value, str):
        return parse_moment(value)
    if isinstance(value, bool) or math.isnan(value) or not -700_000 < value < 2_900_000:
        return None
    return day_after_epoch(value)


def equal(left: Atom, right: Atom) -> bool:
    if type(left) is str and type(right) is str:  # nearly always: a code against a code
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return to_truth(left) == to_truth(right)
    if isinstance(left, float) or isinstance(right, float):
        return abs(to_number(left) - to_number(right)) < 1e-12
    if isinstance(left, Moment) and isinstance(right, Moment):
        return left.days == right.days if left.timed and right.timed else left.day == right.day
    if isinstance(left, Moment) or isinstance(right, Moment):
        return _equal_moment(left, right)
    return left == right


def _equal_moment(left: Atom, right: Atom) -> bool:
    if to_text(left) == to_text(right):
        return True
    first, second = to_moment(left), to_moment(right)
    return first is not None and second is not None and equal(first, second)
