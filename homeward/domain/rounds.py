"""Protocols of follow-up as plain values, and the rounds of one child: counted from a day, the return if it is known.

A protocol is data (`library/protocols`, read by `formats.protocols`): a proposal and a setting, no standard. An
organisation follows one from a day on; a round belongs to the protocol that is followed on its due day.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

RISK_LEVELS = ("low", "medium", "high")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RoundRule:
    """One round of a protocol. Every child has the same rounds, whatever its risk, so that scores can be compared;
    what the level changes is how long a round may wait, and the contacts between rounds.
    """

    code: str
    months: int
    weeks: int  # on top of the months
    before: int  # days before the due day from which the round is to be done
    after: int  # days after it that are late, but within tolerance
    after_by_risk: tuple[tuple[str, int], ...] = ()

    def tolerance(self, risk: str) -> int:
        return dict(self.after_by_risk).get(risk, self.after)

    @property
    def months_after(self) -> Decimal:
        """As figures and tables name the round: two weeks are half a month."""
        return Decimal(self.months) + Decimal(self.weeks) / 4


@dataclass(frozen=True, slots=True)
class ContactRule:
    """Between the rounds, at one level of risk: the first within `first` days, then one in every `every`."""

    first: int
    every: int
    after: int  # days late that are within tolerance


@dataclass(frozen=True, slots=True)
class Voice:
    """Who is asked with what at a round. One that is asked `with_permission` of the child holds no round up."""

    respondent: str
    family: str
    required: bool = True


@dataclass(frozen=True, eq=False, repr=False)
class Protocol:
    """Compared by identity: each version is read once."""

    id: str
    version: str
    rounds: tuple[RoundRule, ...]
    contacts: Mapping[str, ContactRule] = field(default_factory=dict)  # level of risk -> rule
    voices: Mapping[tuple[str, str], tuple[Voice, ...]] = field(default_factory=dict)  # (round or "", band) -> voices
    titles: Mapping[str, str] = field(default_factory=dict)
    checksum: str = ""

    def __repr__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.id}@{self.version}"

    def asked(self, code: str, band: str) -> tuple[Voice, ...]:
        return self.voices.get((code, band)) or self.voices.get(("", band), ())


@dataclass(frozen=True, eq=False)
class Schedule:
    """What an organisation follows, from which day on. The first holds for the time before it too."""

    steps: tuple[tuple[date, Protocol], ...]  # by day, at least one

    def on(self, day: date) -> Protocol:
        return next((protocol for since, protocol in reversed(self.steps) if since <= day), self.steps[0][1])


@dataclass(frozen=True, slots=True)
class Round:
    number: int  # from 1
    code: str
    months: Decimal  # after the return
    due: date
    opens: date  # from here on it is the round to be done,
    closes: date | None  # until here; the last one as long as the case is open
    rule: RoundRule
    protocol: Protocol


@dataclass(frozen=True, slots=True)
class AnsweredRound:
    round: Round
    days_off: int  # negative: before the due date


def add_months(start: date, months: int) -> date:
    """The same day some months later, or the last day of a shorter month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def due_date(start: date, rule: RoundRule) -> date:
    return add_months(start, rule.months) + timedelta(weeks=rule.weeks)


@lru_cache(maxsize=8192)  # a list of many children asks for few days of return, many times each
def rounds_of(schedule: Schedule, start: date) -> tuple[Round, ...]:
    """In the order of their days. The first is to be done from `start` on, each other from some days before it is due,
    and each until the next begins.
    """
    found: list[Round] = []
    for rule, protocol, since in _rules(schedule, start):
        due = due_date(start, rule)
        opens = max(start, due - timedelta(days=rule.before), since) if found else start
        number = len(found) + 1
        found.append(Round(number, rule.code, rule.months_after, due, opens, None, rule, protocol))
    return tuple(_closed(found))


def _rules(schedule: Schedule, start: date) -> Iterator[tuple[RoundRule, Protocol, date]]:
    """Those whose due day lies in the time in which their protocol is followed; no code twice."""
    seen: set[str] = set()
    for place, (since, protocol) in enumerate(schedule.steps):
        since = since if place else date.min
        until = schedule.steps[place + 1][0] if place + 1 < len(schedule.steps) else date.max
        for rule in protocol.rounds:
            if since <= due_date(start, rule) < until and rule.code not in seen:
                seen.add(rule.code)
                yield rule, protocol, since


def _closed(rounds: list[Round]) -> list[Round]:
    """Each ends on the day before a later one begins; one that would end before it begins is none."""
    found: list[Round] = []
    following: date | None = None
    for each in reversed(rounds):
        closes = following - ONE_DAY if following is not None else None
        if closes is None or each.opens <= closes:
            found.append(replace(each, closes=closes))
            following = each.opens
    found.reverse()
    return [replace(each, number=number) for number, each in enumerate(found, start=1)]


def round_asked(schedule: Schedule, start: date, day: date) -> Round | None:
    """The round that is to be done on this day: the newest that has begun, however late; None before `start`."""
    for each in reversed(rounds_of(schedule, start)):
        if each.opens <= day:
            return each
    return None


def round_answered(schedule: Schedule, start: date, day: date) -> AnsweredRound | None:
    """The round that an interview of this day belongs to, whoever answered: the one that was to be done."""
    asked = round_asked(schedule, start, day)
    return AnsweredRound(asked, (day - asked.due).days) if asked else None
