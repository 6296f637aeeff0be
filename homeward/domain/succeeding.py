"""When reintegration is not succeeding: rules on what is known of a child call for a review meeting by a day.

A rule is data (`library/lookups/not-succeeding.csv`). Nothing here blames anybody and no case fails: a signal says
which rule was met and on which day, and the people around the child meet and decide. What is due is computed from
facts. Each fact has the day it is about and the day on which it was known here: a form that stayed on a phone for a
month is about the past, and still nobody could have met about it before it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

ANY = "*"


class Kind(StrEnum):
    SCORE_FELL = "score_fell"  # `of` a dimension, by at least `number`, since the last comparable interview
    MISSED_IN_A_ROW = "missed_in_a_row"  # `number` points of the protocol, one after another
    ANSWER_IS = "answer_is"  # to question `of`, one of `values`
    ANSWER_TURNED = "answer_turned"  # to question `of`, one of `values`, and it was none of them before
    HAPPENED = "happened"  # a fact with the name `of`


@dataclass(frozen=True, slots=True)
class Rule:
    code: str
    kind: Kind
    of: str  # a dimension or `*`, a question, or the name of a fact, by the kind
    values: tuple[str, ...]
    number: Decimal
    review_days: int  # from the signal until the review meeting


@dataclass(frozen=True, slots=True)
class Scored:
    """A dimension score of one respondent. `comparable`: with the one before, by instrument, version and age band."""

    day: date
    known: date
    respondent: str
    dimension: str
    value: Decimal | None  # None: not enough answers
    comparable: bool


@dataclass(frozen=True, slots=True)
class Answered:
    day: date
    known: date
    respondent: str
    question: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A point of the protocol that is over. `settled_on`: the day on which it was held or became missed."""

    settled_on: date
    held: bool


@dataclass(frozen=True, slots=True)
class Happened:
    day: date
    known: date
    name: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Each in the order of its days."""

    scored: Sequence[Scored] = ()
    answered: Sequence[Answered] = ()
    kept: Sequence[Kept] = ()
    happened: Sequence[Happened] = ()


@dataclass(frozen=True, slots=True, order=True)
class Signal:
    known: date
    day: date
    rule: str
    detail: str  # a dimension and who answered, a question, a fact; no words for people
    review_by: date


@dataclass(frozen=True, slots=True)
class Review:
    """The meeting that is called for; `signals` are those that no meeting has looked at, the oldest first."""

    signals: tuple[Signal, ...]
    by: date

    def overdue_on(self, day: date) -> bool:
        return day > self.by


def signals(rules: Iterable[Rule], facts: Facts, today: date) -> tuple[Signal, ...]:
    """Every time a rule was met, as known on this day; in the order in which it became known."""
    found: list[Signal] = []
    for rule in rules:
        term = timedelta(days=rule.review_days)
        for day, known, detail in _met(rule, facts):
            if known <= today:
                found.append(Signal(known, day, rule.code, detail, known + term))
    return tuple(sorted(found))


def review_called(
    rules: Iterable[Rule], facts: Facts, held: Iterable[date], today: date, since: date | None = None
) -> Review | None:
    """The review that has to take place. A meeting looks at everything that was known on its day; what is about a day
    before `since`, on which the rules began to hold here, calls for none.
    """
    looked_at = max((day for day in held if day <= today), default=None)
    left = tuple(
        each
        for each in signals(rules, facts, today)
        if (looked_at is None or each.known > looked_at) and (since is None or each.day >= since)
    )
    return Review(left, min(each.review_by for each in left)) if left else None


Met = tuple[date, date, str]  # the day, the day on which it was known, the detail


def _met(rule: Rule, facts: Facts) -> Iterable[Met]:
    match rule.kind:
        case Kind.SCORE_FELL:
            return _falls(rule, facts.scored)
        case Kind.MISSED_IN_A_ROW:
            return _rows_missed(rule, facts.kept)
        case Kind.ANSWER_IS:
            return [(each.day, each.known, each.question) for each in facts.answered if _says(rule, each)]
        case Kind.ANSWER_TURNED:
            return _turns(rule, facts.answered)
        case Kind.HAPPENED:
            return [(each.day, each.known, each.name) for each in facts.happened if each.name == rule.of]


def _falls(rule: Rule, scored: Iterable[Scored]) -> list[Met]:
    """From one interview with a score to the next of the same respondent; one without a score lies between them and
    hides nothing, unless what was asked changed meanwhile.
    """
    before: dict[tuple[str, str], Scored] = {}
    found = []
    for each in scored:
        key = (each.respondent, each.dimension)
        if rule.of not in (ANY, each.dimension):
            continue
        if not each.comparable:
            before.pop(key, None)
        if each.value is None:
            continue
        last = before.get(key)
        if last is not None and last.value is not None and last.value - each.value >= rule.number:
            found.append((each.day, max(last.known, each.known), f"{each.dimension} {each.respondent}"))
        before[key] = each
    return found


def _rows_missed(rule: Rule, kept: Iterable[Kept]) -> list[Met]:
    """Said once a row, on the day of the last that was missing; a longer row says nothing new."""
    missed, found = 0, []
    for each in kept:
        missed = 0 if each.held else missed + 1
        if missed == rule.number:
            found.append((each.settled_on, each.settled_on, str(missed)))
    return found


def _says(rule: Rule, each: Answered) -> bool:
    return each.question == rule.of and any(value in rule.values for value in each.values)


def _turns(rule: Rule, answered: Iterable[Answered]) -> list[Met]:
    """Child and caregiver each by their own words; the first answer is no turn."""
    before: dict[str, Answered] = {}
    found = []
    for each in answered:
        if each.question != rule.of or not each.values:
            continue
        last = before.get(each.respondent)
        if last is not None and _says(rule, each) and not _says(rule, last):
            found.append((each.day, max(last.known, each.known), each.question))
        before[each.respondent] = each
    return found
