"""Matters of protection of a child with whom somebody who protects children has a conflict of interest."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from homeward.apps.access.models import Conflict
from homeward.apps.cases.conflicts import (
    declare_own,
)
from homeward.apps.cases.trail import READABLE, EventFilter, list_events
from homeward.apps.safeguarding.models import Escalation, Notice, State
from homeward.apps.safeguarding.notices import send_notices
from homeward.apps.safeguarding.queries import list_escalations, notices, overdue
from homeward.apps.safeguarding.scope import escalations_visible_to, violations_visible_to
from homeward.apps.safeguarding.sweeping import call_second_line, pass_by_conflicts
from homeward.apps.safeguarding.violations import ViolationFacts, record_violation
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.inbox import list_quarantined
from homeward.apps.surveys.intake import receive
from homeward.domain.envelope import Kind
from tests.envelopes import enrolled, sealed_to
from tests.interviews import interview
from tests.ties import child_of, declared
from tests.world import House, World

pytestmark = pytest.mark.database
FORM = "child-12-14"


def raised(house: House) -> Escalation:
    keys = [enrolled(house.actor(name)) for name in ("focal_point", "second_focal_point")]
    _, code = child_of(house)
    receive(house.actor("case_worker"), Delivery(interview(FORM, code, changes={"safe_home": "unsafe"})))
    facts = ViolationFacts("detained", house.actor("focal_point").today(), "child", child_code=code)
    record_violation(house.actor("second_focal_point"), facts, sealed_to(keys, kind=Kind.VIOLATION))
    return Escalation.objects.get()


def test_a_matter_about_the_child_is_never_that_focal_points(world: World) -> None:
    house = world.amani
    raised(house)
    declared(house, "focal_point")
    focal, other = house.actor("focal_point"), house.actor("second_focal_point")
    for read in (list_escalations, notices, escalations_visible_to, violations_visible_to):
        assert (len(list(read(focal))), len(list(read(other)))) == (0, 1), read
    send_notices()
    assert [message.to for message in mail.outbox] in ([], [["second_focal_point@amani.example.org"]])
    assert pass_by_conflicts() == 0  # somebody of the first line is left


def test_where_nobody_of_the_first_line_is_left_the_second_is_called_at_once(world: World) -> None:
    house = world.amani
    row = raised(house)
    declared(house, "focal_point")
    declare_own(house.actor("second_focal_point"), child_of(house)[1], "neighbour")
    assert overdue(house.actor("programme_manager")) == []
    assert pass_by_conflicts() == 1
    assert pass_by_conflicts() == 0
    assert call_second_line() == 1
    assert [each.id for each in overdue(house.actor("programme_manager"))] == [row.pk]
    assert Notice.objects.filter(escalation=row, line=2).count() == 1


def test_what_one_of_them_had_begun_with_is_raised_anew_for_the_others(world: World) -> None:
    house = world.amani
    row, now = raised(house), timezone.now()
    send_notices()
    for begun in (
        {"state": State.ACKNOWLEDGED, "acknowledged_by": house.people["focal_point"], "outcome_by": None},
        {"acknowledged_by": house.people["second_focal_point"], "outcome_by": house.people["focal_point"]},
    ):
        Conflict.objects.all().delete()
        Escalation.objects.filter(pk=row.pk).update(**begun, acknowledged_at=now, due_at=now + timedelta(hours=4))
        assert pass_by_conflicts() == 0
        declared(house, "focal_point")
        assert pass_by_conflicts() == 1
        row.refresh_from_db()
        assert (row.state, row.acknowledged_by_id, row.outcome_by_id) == (State.RAISED, None, None)
        assert row.due_at > now
        notice = Notice.objects.get(escalation=row)
        assert (notice.line, notice.sent_at) == (1, None)
        assert len(notices(house.actor("second_focal_point"))) == 1
        assert pass_by_conflicts() == 0


def test_also_what_one_of_them_had_begun_with(world: World) -> None:
    house = world.amani
    row = raised(house)
    now = timezone.now()
    changes = {"state": State.ACKNOWLEDGED, "acknowledged_at": now, "acknowledged_by": house.people["focal_point"]}
    Escalation.objects.filter(pk=row.pk).update(**changes, due_at=now + timedelta(hours=4))
    declared(house, "focal_point")
    declare_own(house.actor("second_focal_point"), child_of(house)[1], "neighbour")
    assert pass_by_conflicts() == 1
    row.refresh_from_db()
    assert (row.state, row.acknowledged_by_id) == (State.RAISED, None)
    changes = {"state": State.ACKNOWLEDGED, "acknowledged_by": house.people["programme_manager"]}
    Escalation.objects.filter(pk=row.pk).update(**changes)
    assert pass_by_conflicts() == 0  # the second line sees to it


def test_bytes_that_may_be_about_the_child_are_for_others(world: World) -> None:
    """Of a form version that nobody knows only the bytes are there: whom they are about does not show in a list."""
    house = world.amani
    _, code = child_of(house)
    receive(house.actor("enumerator"), Delivery(interview(FORM, code).replace(b'version="1.0"', b'version="9.9"')))
    assert len(list_quarantined(house.actor("me_officer"))) == 1
    declared(house, "me_officer")
    assert list_quarantined(house.actor("me_officer")) == []
    assert len(list_quarantined(house.actor("supervisor"))) == 1


def test_a_focal_point_with_a_conflict_reads_no_acts_of_protection_in_the_trace(world: World) -> None:
    house = world.amani
    row = raised(house)
    Escalation.objects.filter(pk=row.pk).update(due_at=timezone.now() - timedelta(hours=1))
    assert call_second_line() == 1
    verbs = {each.verb for each in list_events(house.actor("focal_point"), EventFilter()).rows}
    assert {"call_second_line", "record_violation"} <= verbs
    declared(house, "focal_point")
    verbs = {each.verb for each in list_events(house.actor("focal_point"), EventFilter()).rows}
    assert verbs <= READABLE
    assert verbs
    assert "call_second_line" in {
        each.verb for each in list_events(house.actor("second_focal_point"), EventFilter()).rows
    }
