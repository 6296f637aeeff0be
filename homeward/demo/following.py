"""The clock of follow-up in the demo: levels of risk that changed over two years, pauses, reasons for missed rounds."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

from homeward.apps.access.actors import Actor, actor_of_person_id
from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.queries import find_child
from homeward.apps.cases.risk import risk_of, set_risk
from homeward.apps.visits.clock import follow_up_of
from homeward.apps.visits.follow_up_facts import pauses_of
from homeward.apps.visits.services import pause_child, resume_child, say_missed
from homeward.demo.building import Builder
from homeward.demo.lives import Life, draw_life
from homeward.domain.problems import ProblemError
from homeward.domain.protocol import FollowUp

REASONS = ("moved", "refused", "child_away", "access", "staff_absence", "unsafe")
FIRST, OFTEN = 40, 3  # of these children every third has a level of risk
NOTE = "Sleeps at an uncle's who drinks; the grandmother would take the child."
PAUSE_AT, PAST_PAUSE_AT = 4, 7  # numbers of children


def follow(builder: Builder, today: date) -> None:
    """Again it changes nothing. A child that its worker does not see any more is left out."""
    for number in range(min(FIRST, builder.programme.children)):
        with suppress(NotVisible):
            _follow(builder, number, today)


def _follow(builder: Builder, number: int, today: date) -> None:
    life = draw_life(builder.programme, number, builder.today)
    worker = actor_of_person_id(builder.who_works_with(number)[1])
    if life.is_host_peer or life.return_date is None or find_child(worker, life.code).row.status != "open":
        return
    if number % OFTEN == 0:
        _risk(worker, life, number, today)
    with suppress(ProblemError):
        _explain(worker, life, number)
    _pause(worker, life, number, today)


def _risk(worker: Actor, life: Life, number: int, today: date) -> None:
    child, returned = find_child(worker, life.code).row.id, life.return_date
    if returned is None or risk_of(worker, child):
        return
    first, months = ("high", "medium", "medium", "low")[number // OFTEN % 4], (today - returned).days // 30
    set_risk(worker, life.code, first, "assessment", note=NOTE if first == "high" else "", since=returned)
    if months >= 4 and first != "low":
        lower = {"high": "medium", "medium": "low"}[first]
        set_risk(worker, life.code, lower, "safer", since=returned + timedelta(days=100))
    if months >= 9 and number % 2:
        set_risk(worker, life.code, "medium", "changed_home", since=returned + timedelta(days=250))


def _explain(worker: Actor, life: Life, number: int) -> None:
    """Of some missed rounds somebody has said why; of others nobody has yet."""
    found = follow_up_of(worker, find_child(worker, life.code).row.id)
    for at, point in _missed(found):
        if (number + at) % 3:
            say_missed(worker, life.code, point, REASONS[(number + at) % len(REASONS)])


def _missed(found: FollowUp) -> list[tuple[int, str]]:
    return [(each.round.number, each.round.code) for each in found.points if each.unexplained]


def _pause(worker: Actor, life: Life, number: int, today: date) -> None:
    child = find_child(worker, life.code).row.id
    if pauses_of(worker, child) or life.return_date is None:
        return
    if number % 20 == PAUSE_AT:
        pause_child(worker, life.code, "asked", since=max(life.return_date, today - timedelta(days=12)))
    if number % 20 == PAST_PAUSE_AT:
        since = max(life.return_date, today - timedelta(days=70))
        pause_child(worker, life.code, "away", since=since)
        resume_child(worker, life.code, max(since, today - timedelta(days=20)))
