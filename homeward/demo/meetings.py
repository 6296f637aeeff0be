"""When a return does not take hold, in the demo: meetings that are called for and overdue, some that were held, with
each ending; a case worker with too many cases, and one who asks for a talk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from homeward.apps.access.actors import Actor, actor_of_person_id
from homeward.apps.cases.queries import find_child
from homeward.apps.cases.services import assign_child
from homeward.apps.monitoring.called import list_called
from homeward.apps.monitoring.meetings import MeetingFacts, begin_rules, record_meeting
from homeward.apps.monitoring.staff_notes import own_notes, write_note
from homeward.apps.monitoring.team import read_with_worker, team_page
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.demo.building import Builder
from homeward.demo.cast import House
from homeward.demo.filling import alone_with_a_child, fill
from homeward.demo.lives import Life, draw_life
from homeward.domain.ages import completed_years
from homeward.formats.xform.model import Form
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.library import Library
from homeward.formats.xlsform.xform_building import to_xform

RULES_HOLD = timedelta(days=120)  # what is older was met about before there was a list of it
FIRST = 5  # children before it have been given other parts in the demo
EXTRA = 6  # cases more for one case worker
HEARD = timedelta(days=4)
PART = ("child", "caregiver", "case_worker", "supervisor")
TIRED = "Since my colleague left I have her children too. I do not sleep well before the visits in the hills."
WELL_DONE = "You asked both of them apart, and waited. Next time ask first where they would like to sit."
SAYS: tuple[Mapping[str, str], ...] = (
    {
        "child_feel": "bad",
        "child_feel_words": "Nobody asked me whether I want to learn to sew.",
        "plan_on_track": "yes",
    },
    {"child_feel": "middle", "plan_on_track": "no", "call_back": "no"},
)
ENDINGS = (
    {
        "outcome": "varied",
        "child_view": "I want to go to the school where my cousin goes.",
        "decided": "The school beside the market takes the child from Monday; the aunt brings it in the first weeks.",
    },
    {
        "outcome": "stays",
        "child_view": "It is all right. It was only the month without rain.",
        "reason": "The family had less after the harvest failed; the plan holds, and work begins again in two weeks.",
    },
    {
        "outcome": "other",
        "child_view": "I would like somebody to talk to who is not from here.",
        "decided": "The child sees the counsellor twice; then all meet again.",
    },
)


def hold_meetings(builder: Builder, house: House, today: date) -> None:
    """The note comes last, so that what stands is not done again."""
    tired = actor_of_person_id(house.teams[0].case_workers[-1])
    if own_notes(tired):
        return
    begin_rules(builder.system, today - RULES_HOLD)
    _visits(builder, today)
    _too_many(builder, house, today)
    for team in house.teams:
        worker = actor_of_person_id(team.case_workers[0])
        called = list_called(worker)
        for number, (each, ending) in enumerate(zip(called[1::3], ENDINGS, strict=False)):
            _hold(worker, each.code, today - timedelta(days=number), today + timedelta(days=45), ending)
        if called:  # a meeting some time ago: nobody has looked yet whether it helped
            _hold(worker, called[0].code, today - timedelta(days=70), today - timedelta(days=9), ENDINGS[0])
    _read_together(house)
    write_note(tired, TIRED, asks_talk=True)


def _read_together(house: House) -> None:
    """A supervisor has read what chance drew, and says a few words about it to the case worker alone."""
    for team in house.teams:
        if team.supervisor is None:
            continue
        actor = actor_of_person_id(team.supervisor)
        note = next((each for row in team_page(actor).workers for each in row.notes), None)
        if note is not None:
            read_with_worker(actor, note.id, WELL_DONE)
            return


def _hold(worker: Actor, code: str, day: date, check_on: date, ending: Mapping[str, str]) -> None:
    facts = MeetingFacts(day, PART, "said", check_on=check_on, **ending)
    record_meeting(worker, code, facts, uuid5(NAMESPACE_URL, f"homeward-demo meeting {code} {day}"))


def _too_many(builder: Builder, house: House, today: date) -> None:
    """A colleague has left, and another carries the children of both."""
    team, worker = house.teams[0], house.teams[0].case_workers[0]
    works = {number: builder.who_works_with(number) for number in range(FIRST, builder.programme.children)}
    others = [number for number, (its_team, its) in works.items() if its_team.id == team.id and its != worker]
    for number in others[:EXTRA]:
        code = draw_life(builder.programme, number, today).code
        assign_child(builder.system, find_child(builder.system, code).row.id, person_id=worker, since=today)


def _visits(builder: Builder, today: date) -> None:
    form = _visit_form()
    for said, (number, life) in zip(SAYS, _of_school_age(builder, today), strict=False):
        day = today - HEARD
        key = uuid5(NAMESPACE_URL, f"homeward-demo visit {builder.programme.country} {number} {day}")
        receive(builder.phone_of(number), Delivery(_filled(form, life, day, said, key)))


def _of_school_age(builder: Builder, today: date) -> Iterator[tuple[int, Life]]:
    for number in range(FIRST, builder.programme.children):
        life = draw_life(builder.programme, number, today)
        if not life.is_host_peer and 8 <= completed_years(life.birth_date, today) < 17:
            yield number, life


def _visit_form() -> Form:
    return read_form(to_xform(Library().load("visit-reflection")).xml)


def _filled(form: Form, life: Life, day: date, said: Mapping[str, str], key: UUID) -> bytes:
    answers = {
        **alone_with_a_child(life.code, day),
        "agreed_next": "no",
        **said,
    }
    return fill(form, lambda name: answers.get(name, ""), key, day)
