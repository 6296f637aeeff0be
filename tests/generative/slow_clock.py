"""A slow, obvious referee of the protocol clock: it lives through the days one by one and counts on its fingers.

It shares no code with `homeward.domain.protocol`: months are found by walking, pauses by asking each day, lateness by
adding one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from homeward.domain.protocol import Facts, Missed
from homeward.domain.rounds import Protocol, RoundRule, Schedule

DAY = timedelta(days=1)
ADULTS = ("child", "adult")
YEARS = {"0-5": 0, "6-11": 6, "12-14": 12, "15-17": 15, "18+": 18}


def walk_months(start: date, months: int) -> date:
    """Day by day: the same day of the month that many months later, or the last before the next month begins."""
    day, passed = start.replace(day=1), 0
    while passed < months:
        day += DAY
        passed += day.day == 1
    while day.day < start.day and (day + DAY).day != 1:
        day += DAY
    return day


@dataclass
class Mark:
    """One round of one child, as the days go by."""

    rule: RoundRule
    protocol: Protocol
    due: date
    opens: date
    late: int = 0
    ran_when_due: bool = False  # on some day from the due day on, while it was to be done
    reached: date | None = None  # the first such day
    answered: dict[str, date] = field(default_factory=dict)
    done: date | None = None
    over: bool = False


def marks(schedule: Schedule, start: date) -> list[Mark]:
    found: list[Mark] = []
    for place, (since, protocol) in enumerate(schedule.steps):
        for rule in protocol.rounds:
            due = walk_months(start, rule.months) + rule.weeks * 7 * DAY
            follows = next((day for day, _ in schedule.steps[place + 1 :]), None)
            early = place > 0 and due < since
            if early or (follows is not None and due >= follows) or rule.code in [mark.rule.code for mark in found]:
                continue
            opens = max(due - rule.before * DAY, start)
            found.append(Mark(rule, protocol, due, max(opens, since) if place else opens))
    if found:
        found[0].opens = start
    return found


def band(facts: Facts, day: date) -> str:
    """By the year in which the child of this band would have been born."""
    if facts.band_changes_on is None or facts.band not in YEARS:
        return facts.band
    names = list(YEARS)
    following = names[names.index(facts.band) + 1]
    born = facts.band_changes_on.replace(year=facts.band_changes_on.year - YEARS[following])
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return [name for name in names if YEARS[name] <= max(age, 0)][-1]


def stands(facts: Facts, today: date, day: date) -> bool:
    """Whether the clock stands still on this day, by what is known today."""
    return any(first <= today and first <= day and (back is None or day < back) for first, back in facts.pauses)


def said_since(facts: Facts, today: date) -> list[Missed]:
    """What was said before the child came back is about another return."""
    return [each for each in facts.missed if each.on <= today and (facts.start is None or each.on >= facts.start)]


def risk(facts: Facts, day: date) -> str:
    level = ""
    for since, each in sorted(facts.risks):
        if since <= day:
            level = each
    return level


def risk_since(facts: Facts, day: date) -> date | None:
    """Back through the days as long as the level is the same."""
    level = risk(facts, day)
    first = min((since for since, _ in facts.risks), default=None)
    while level and first is not None and day > first and risk(facts, day - DAY) == level:
        day -= DAY
    return day if level else None


def day_of_each(start: date, until: date) -> Iterator[date]:
    day = start
    while day <= until:
        yield day
        day += DAY


def states(schedule: Schedule, facts: Facts, today: date) -> list[tuple[str, str, tuple[str, ...], int]]:
    """(code, state, who is missing, days late) of each round."""
    if facts.start is None:
        return []
    rounds, closed = marks(schedule, facts.start), set()
    for day in day_of_each(facts.start, today):
        begun = [mark for mark in rounds if mark.opens <= day]
        for mark in begun[:-1]:
            mark.over = True
        if not begun:
            continue
        _live(begun[-1], facts, today, day)
        closed.add(begun[-1].rule.code)
    shown = [mark for mark in rounds if mark.rule.code in closed or mark.opens > today]
    return [(mark.rule.code, *_said(mark, rounds, facts, today)) for mark in shown]


def _live(mark: Mark, facts: Facts, today: date, day: date) -> None:
    """One day of the round that is to be done."""
    for answer in (each for each in facts.answered if each.day == day):
        for voice in mark.protocol.asked(mark.rule.code, band(facts, mark.due)):
            own = voice.respondent == "adult" and answer.respondent in ADULTS
            if answer.family == voice.family and (own or answer.respondent == voice.respondent):
                mark.answered.setdefault(voice.respondent, day)
    if day >= mark.due and not stands(facts, today, day):
        if mark.reached is None:
            mark.reached = day
        else:
            mark.late += 1
        mark.ran_when_due = True


def _said(mark: Mark, rounds: list[Mark], facts: Facts, today: date) -> tuple[str, tuple[str, ...], int]:
    ended = facts.ended is not None and facts.ended <= today
    if mark.opens > today:
        return ("ended" if ended else "not_yet"), (), 0
    voices = mark.protocol.asked(mark.rule.code, band(facts, mark.due))
    missing = tuple(each.respondent for each in voices if each.required and each.respondent not in mark.answered)
    if mark.answered and not missing:
        return "done", (), 0
    following = [each.opens for each in rounds if each.due > mark.due]
    words = [each.reason for each in said_since(facts, today) if each.code == mark.rule.code]
    gone = ended and not any(opens <= facts.ended for opens in following)  # type: ignore[operator]
    if gone or (words and words[-1] != "taken_back"):
        return ("partly" if mark.answered else "ended" if gone else "missed"), missing, 0
    return _open(mark, facts, today), missing, mark.late if _counts(mark, facts, today) else 0


def _counts(mark: Mark, facts: Facts, today: date) -> bool:
    return not mark.over and not stands(facts, today, today)


def _open(mark: Mark, facts: Facts, today: date) -> str:
    """Of a round that is to be done, or was and is over."""
    if mark.over:
        return "partly" if mark.answered else "missed" if mark.ran_when_due else "paused"
    if stands(facts, today, today):
        return "paused"
    if mark.late == 0:
        return "coming" if mark.reached is None else "due"
    allowed = dict(mark.rule.after_by_risk).get(risk(facts, today), mark.rule.after)
    return "tolerated" if mark.late <= allowed else "late"


def contact(schedule: Schedule, facts: Facts, today: date) -> tuple[str, int] | None:
    """(state, days late) of the next contact between rounds."""
    ended = facts.ended is not None and facts.ended <= today
    protocol = [each for since, each in schedule.steps if since <= today or since == schedule.steps[0][0]][-1]
    level, since = risk(facts, today), risk_since(facts, today)
    if facts.start is None or today < facts.start or ended or since is None or level not in protocol.contacts:
        return None
    rule = protocol.contacts[level]
    said = [each for each in said_since(facts, today) if each.code == "contact"]
    heard = {each.day for each in facts.answered if each.day <= today}
    heard |= {each.on for each in said[-1:] if each.reason != "taken_back"}
    if stands(facts, today, today):
        return "paused", 0
    begun, waited, late, due_was = False, 0, -1, False
    since_last = None
    for day in day_of_each(facts.start, today):
        begun = begun or day >= max(since, facts.start)
        waited = waited + 1 if day > max(since, facts.start) else 0
        if day in heard:
            since_last, due_was, late = 0, False, -1
        elif since_last is not None:
            since_last += 1
        if begun and waited >= rule.first and (since_last is None or since_last >= rule.every):
            due_was = True
        if due_was and not stands(facts, today, day):
            late += 1
    if late < 0:
        return "not_yet", 0
    return ("due" if late == 0 else "tolerated" if late <= rule.after else "late"), late
