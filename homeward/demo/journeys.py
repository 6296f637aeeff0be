"""Four lives with turns: one child came back a second time, one is grown up, one left again, one died. Each has a case,
contacts and changes at home around it, so that a journey has something to tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from homeward.apps.access.actors import Actor, actor_of_person_id
from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.case_queries import case_of
from homeward.apps.cases.closing import decide_end
from homeward.apps.cases.queries import ChildRow, facts_for_change, find_child
from homeward.apps.cases.record_queries import record_of
from homeward.apps.cases.recording import add_entry
from homeward.apps.cases.risk import risk_of, set_risk
from homeward.apps.cases.services import change_child
from homeward.apps.monitoring.turns import Coming, come_back, leave_again, record_death
from homeward.apps.visits.contacts import Attempt, record_attempt
from homeward.apps.visits.follow_up_facts import pauses_of
from homeward.demo.building import Builder
from homeward.demo.cast import House
from homeward.demo.lives import Life, draw_life, interviews
from homeward.demo.plans import FIRST, LAST, Case
from homeward.domain.ages import ADULT, completed_years
from homeward.domain.problems import ProblemError
from homeward.domain.rounds import add_months

LOOKED_AT = 60  # children from the last one back: the first ones have stories of their own
AWAY, SINCE = timedelta(days=14), timedelta(days=45)
GONE = "A neighbour says that they went north again, with an uncle. The mother's number is dead."
ILLNESS = "The mother called: a fever, and the clinic was too far. She asks that nobody of us comes for now."


def travel_on(builder: Builder, house: House, today: date) -> None:
    """Each story with the first child whom it fits. Again it changes nothing: somebody of them left again."""
    if any(_left_again(worker, row.id) for worker, _life, row in _known(builder, today)):
        return
    free = list(_free(builder, today))
    for fits, story in STORIES:
        life = next((each for each in free if fits(builder, each, today)), None)
        if life is None:
            continue
        free.remove(life)
        team, worker = builder.who_works_with(life.number)
        if team.supervisor is not None:
            case = Case(actor_of_person_id(worker), actor_of_person_id(team.supervisor), life, today)
            with transaction.atomic():  # a start that breaks off here leaves no half of a story
                story(builder, case)


def _known(builder: Builder, today: date) -> Iterator[tuple[Actor, Life, ChildRow]]:
    """Returned children with a caregiver, the last first, each with who works with it."""
    last = builder.programme.children - LAST
    for number in range(last - 1, max(FIRST, last - LOOKED_AT), -1):
        life = draw_life(builder.programme, number, today)
        worker = actor_of_person_id(builder.who_works_with(number)[1])
        if life.is_host_peer or not life.has_caregiver or number % 30 == 29:  # of whom nobody knows the day
            continue
        try:
            yield worker, life, find_child(worker, life.code).row
        except NotVisible:
            continue


def _free(builder: Builder, today: date) -> Iterator[Life]:
    """Open records without a case, a pause or a level of risk."""
    for worker, life, row in _known(builder, today):
        known = case_of(worker, row.id).steps or pauses_of(worker, row.id) or risk_of(worker, row.id)
        if row.status == "open" and not row.withdrew and not known:
            yield life


def _left_again(worker: Actor, child_id: UUID) -> bool:
    return any(row.values.get("left_on") for row in record_of(worker, child_id).entries["returns"])


def _last(builder: Builder, life: Life, today: date) -> date:
    return max((each.day for each in interviews(builder.programme, life, today)), default=life.anchor)


def _grown(_builder: Builder, life: Life, today: date) -> bool:
    """Who is nearly grown up by what was said will do: a paper is found that says more."""
    return completed_years(life.birth_date, today) >= 15 and (today - life.anchor).days > 250


def _long_here(builder: Builder, life: Life, today: date) -> bool:
    young = completed_years(life.birth_date, today) < 18
    return young and (today - life.anchor).days > 330 and _last(builder, life, today) <= today - AWAY - 2 * SINCE


def _heard_of(builder: Builder, life: Life, today: date) -> bool:
    young = completed_years(life.birth_date, today) < 18
    return young and (today - life.anchor).days > 260 and _last(builder, life, today) <= today - SINCE


def _home(case: Case, days: Sequence[int]) -> None:
    """What changed at home and at school, and how endangered the child was meanwhile."""
    worker, key, life = case.worker, case.child_id, case.life
    set_risk(worker, case.code, "high", "assessment", since=life.anchor)
    set_risk(worker, case.code, "medium", "safer", since=case.day(days[0]))
    changes = (
        ("care", {"arrangement": "kinship", "reason": "poverty", "since": case.day(days[1])}),
        ("schooling", {"level": "non_formal", "attending": "regularly", "since": case.day(days[2])}),
    )
    for topic, values in changes:
        try:
            with transaction.atomic():
                add_entry(worker, key, topic, values, said_by="caregiver")
        except ProblemError:  # something else is recorded of that time
            continue


def _in_vain(case: Case, day: date) -> None:
    for days, channel, outcome in ((0, "phone", "no_answer"), (3, "home", "no_answer"), (8, "somebody", "moved")):
        record_attempt(case.worker, case.code, Attempt(channel, outcome, min(day + timedelta(days=days), case.today)))


def _twice(builder: Builder, case: Case) -> None:
    case.settled(case.followed())
    _home(case, (60, 90, 120))
    left = _last(builder, case.life, case.today) + AWAY
    _in_vain(case, left)
    leave_again(case.worker, case.code, left)
    coming = Coming(case.today - SINCE, from_country="LY", kind="forced", came_with="part_of_family", said_by="child")
    come_back(case.worker, case.code, coming)
    reached = Attempt("home", "reached_child", case.today - SINCE + timedelta(days=4))
    record_attempt(case.worker, case.code, reached)
    set_risk(case.worker, case.code, "high", "changed_home", since=case.today - SINCE)


def _adult(_builder: Builder, case: Case) -> None:
    case.settled(case.followed())
    if completed_years(case.life.birth_date, case.today) < ADULT:
        born = add_months(case.today, -12 * ADULT) - timedelta(days=50)
        facts = facts_for_change(case.worker, case.child_id)[0]
        change_child(case.worker, case.child_id, replace(facts, birth_date=born))
        add_entry(case.worker, case.child_id, "birth", {"basis": "document"}, said_by="paper")
    _home(case, (80, 150, 200))


def _left(builder: Builder, case: Case) -> None:
    case.followed()
    _home(case, (50, 100, 130))
    left = _last(builder, case.life, case.today) + AWAY
    _in_vain(case, left)
    leave_again(case.worker, case.code, left, end=True, told="not_possible", words=GONE)
    _agreed(case, left + timedelta(days=21))


def _died(builder: Builder, case: Case) -> None:
    case.helped()
    _home(case, (70, 110, 140))
    died = _last(builder, case.life, case.today) + AWAY
    record_death(case.worker, case.code, died, ILLNESS)
    _agreed(case, died + timedelta(days=10))


def _agreed(case: Case, day: date) -> None:
    asked = case_of(case.supervisor, case.child_id).end
    if asked is not None:
        decide_end(case.supervisor, case.code, asked.id, agreed=True, on=min(day, case.today))


Fits = Callable[[Builder, Life, date], bool]
Story = Callable[[Builder, Case], None]
STORIES: tuple[tuple[Fits, Story], ...] = (
    (_grown, _adult),
    (_long_here, _twice),
    (_heard_of, _left),
    (_heard_of, _died),
)
