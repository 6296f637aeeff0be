"""The follow-up protocol: rounds anchored on the return date. A proposal of this project and a setting, no standard."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

PROTOCOL_MONTHS: tuple[Decimal, ...] = tuple(Decimal(text) for text in ("0.5", "1", "3", "6", "9", "12", "18", "24"))
HALF_A_MONTH = timedelta(days=14)
EARLY = timedelta(days=14)  # a round begins so long before its day; the first with the return


@dataclass(frozen=True, slots=True)
class Round:
    number: int  # from 1
    months: Decimal  # after return
    due: date


@dataclass(frozen=True, slots=True)
class AnsweredRound:
    round: Round
    days_off: int  # negative: before the due date


def add_months(start: date, months: int) -> date:
    """The same day some months later, or the last day of a shorter month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def due_date(return_date: date, months: Decimal) -> date:
    whole = int(months)
    due = add_months(return_date, whole)
    return due + HALF_A_MONTH if months != whole else due


@lru_cache(maxsize=4096)  # a list of a thousand children asks for few days of return, many times each
def rounds_of(return_date: date, protocol: tuple[Decimal, ...] = PROTOCOL_MONTHS) -> tuple[Round, ...]:
    return tuple(
        Round(number, months, due_date(return_date, months)) for number, months in enumerate(protocol, start=1)
    )


def round_asked(return_date: date, day: date, protocol: tuple[Decimal, ...] = PROTOCOL_MONTHS) -> Round | None:
    """The round that is to be done on this day: the newest that has begun, however late; None before return."""
    if day < return_date:
        return None
    rounds = rounds_of(return_date, protocol)
    begun = [each for each in rounds if each.due - EARLY <= day]
    return begun[-1] if begun else rounds[0]


def round_answered(
    return_date: date, day: date, protocol: tuple[Decimal, ...] = PROTOCOL_MONTHS
) -> AnsweredRound | None:
    """The round that an interview of this day belongs to, whoever answered: the one that was to be done."""
    asked = round_asked(return_date, day, protocol)
    return AnsweredRound(asked, (day - asked.due).days) if asked else None
