"""Children with a history: interviews that were held and that arrived on days of one's choice, through the services."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import time_machine

from homeward.apps.monitoring.called import Called, called_for
from homeward.apps.monitoring.meetings import MeetingFacts, begin_rules
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.forms import load_from_library, propose_publication, publish
from homeward.apps.surveys.intake import receive
from tests.interviews import AGREED, fill, interview, library_form
from tests.world import House, World

GOOD, BAD = 0, 1  # worked examples of child-12-14: everything at the good end, or at the bad one
LONG_AGO = date(2020, 1, 1)


def at(day: date) -> datetime:
    """Noon in Nairobi."""
    return datetime.combine(day, time(9), UTC)


def rules_hold(house: House, since: date = LONG_AGO) -> None:
    begin_rules(house.system(), since)


def send(
    house: House,
    days_ago: int,
    *,
    example: int = GOOD,
    form: str = "child-12-14",
    respondent: str = "child",
    arrived: int | None = None,
    changes: Mapping[str, str] | None = None,
    code: str = "",
    worker: str = "case_worker",
) -> None:
    """Held so many days ago, here `arrived` days ago."""
    assert house.child is not None
    day = date.today() - timedelta(days=days_ago)
    came = date.today() - timedelta(days=days_ago if arrived is None else arrived)
    xml = interview(form, code or house.child.code, on=day, example=example, respondent=respondent, changes=changes)
    with time_machine.travel(at(came), tick=False):
        receipt = receive(house.actor(worker), Delivery(xml))
    assert receipt.state == "accepted", receipt.problems


def fall(house: House, *, from_ago: int = 40, to_ago: int = 10) -> None:
    """From the good end to the bad one, in every dimension."""
    send(house, from_ago)
    send(house, to_ago, example=BAD)


def visit(house: House, days_ago: int, **changes: str) -> None:
    """What child and caregiver said on a visit, as the shipped form asks it."""
    assert house.child is not None
    _, form = library_form("visit-reflection")
    start = {"child_known": "yes", "child_listed": house.child.code, "child_code": house.child.code}
    day = date.today() - timedelta(days=days_ago)
    start |= {"interview_date": day.isoformat(), "respondent": "child", **AGREED}
    start |= {"fifteen_or_older": "no", "may_go_on": "yes"}
    with time_machine.travel(at(day), tick=False):
        receipt = receive(house.actor("case_worker"), Delivery(fill(form, {**start, **changes})))
    assert receipt.state == "accepted", receipt.problems


def publish_form(house: House, reference: str) -> None:
    form_id = load_from_library(house.system(), reference)
    propose_publication(house.actor("me_officer"), form_id)
    publish(house.actor("programme_manager"), form_id)


def meeting(days_ago: int = 0, **changes: object) -> MeetingFacts:
    day = date.today() - timedelta(days=days_ago)
    given: dict[str, object] = {
        "held_on": day,
        "took_part": ("child", "caregiver", "case_worker"),
        "child_heard": "said",
        "child_view": "I want to go to school.",
        "outcome": "varied",
        "decided": "A place at the evening school.",
        "check_on": day + timedelta(days=60),
    }
    return MeetingFacts(**{**given, **changes})  # type: ignore[arg-type]


def called(world: World, who: str = "case_worker") -> Called | None:
    assert world.amani.child is not None
    return called_for(world.amani.actor(who), world.amani.child.id)
