"""Rights begin and end by the day of the organisation, whatever clock the person has chosen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from homeward.apps.access.models import Membership, Organisation
from homeward.apps.access.roles import end_role, grant_role
from homeward.apps.access.services import change_own_settings
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Assignment
from homeward.apps.cases.queries import list_children, running_assignments
from homeward.apps.cases.services import assign_child, end_assignment, register_child
from tests.world import World

pytestmark = pytest.mark.database
MORNING = datetime(2031, 11, 10, 5, 0, tzinfo=UTC)  # 08:00 in Nairobi; still the 9th in Pago Pago
NOON = datetime(2031, 11, 10, 11, 0, tzinfo=UTC)  # 14:00 in Nairobi; the 11th already in Kiritimati
BEHIND, AHEAD = "Pacific/Pago_Pago", "Pacific/Kiritimati"


@pytest.fixture
def morning() -> Iterator[None]:
    with time_machine.travel(MORNING, tick=False):
        yield


@pytest.fixture
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.mark.usefixtures("morning")
@pytest.mark.goal("R-8")
def test_a_role_that_ends_is_over_at_once_on_a_clock_far_behind(world: World) -> None:
    change_own_settings(world.amani.actor("me_officer"), time_zone=BEHIND)
    role = Membership.objects.get(person_id=world.amani.people["me_officer"])
    end_role(world.amani.actor("organisation_admin"), role.pk)
    assert world.amani.actor("me_officer").grants == ()


@pytest.mark.usefixtures("noon")
def test_a_role_of_tomorrow_waits_for_the_organisations_tomorrow(world: World) -> None:
    person = world.amani.people["programme_manager"]
    grant_role(world.amani.system(), person, "me_officer", since=date(2031, 11, 11))
    change_own_settings(world.amani.actor("programme_manager"), time_zone=AHEAD)
    assert world.amani.actor("programme_manager").roles == {"programme_manager"}


@pytest.mark.usefixtures("morning")
@pytest.mark.parametrize("who", ["case_worker", "supervisor"])
def test_an_assignment_that_ends_is_over_at_once_whoever_s_clock_is_behind(world: World, who: str) -> None:
    change_own_settings(world.amani.actor(who), time_zone=BEHIND)
    row = Assignment.objects.get(child_id=world.amani.child.id)  # type: ignore[union-attr]
    end_assignment(world.amani.actor("supervisor"), row.pk)
    row.refresh_from_db()
    assert row.until == date(2031, 11, 9)
    assert list_children(world.amani.actor("case_worker")).total == 0
    assert running_assignments(world.amani.actor("supervisor"), [row.child_id]) == {}


@pytest.mark.usefixtures("noon")
def test_who_registers_or_is_assigned_has_the_child_at_once_whatever_the_clock(world: World) -> None:
    for who in ("case_worker", "supervisor"):
        change_own_settings(world.amani.actor(who), time_zone=AHEAD)
    before = list_children(world.amani.actor("case_worker")).total
    made = register_child(world.amani.actor("case_worker"), ChildFacts(population="host_peer", age=9))
    assert world.amani.peer
    assign_child(world.amani.actor("supervisor"), world.amani.peer.id, person_id=world.amani.people["case_worker"])
    assert list_children(world.amani.actor("case_worker")).total == before + 2
    assert Assignment.objects.get(child_id=made.id).since == date(2031, 11, 10)


@pytest.mark.usefixtures("noon")
def test_each_organisation_s_assignments_go_by_its_own_day(world: World) -> None:
    """14:00 of the 10th in Nairobi, 05:00 of the 10th in Tegucigalpa; at 23:00 UTC they differ."""
    Organisation.objects.filter(pk=world.amani.organisation_id).update(time_zone="Africa/Nairobi")
    person, baraka = world.amani.people["case_worker"], world.baraka
    grant_role(baraka.system(), person, "case_worker", team_id=baraka.teams[0], since=date(2031, 1, 1))
    with time_machine.travel(NOON + timedelta(hours=12), tick=False):  # the 11th there, the 10th here
        assert baraka.child
        assign_child(baraka.system(), baraka.child.id, person_id=person, since=date(2031, 11, 11))
        mine = Assignment.objects.filter(child_id=world.amani.child.id)  # type: ignore[union-attr]
        mine.update(until=date(2031, 11, 10))
        assert list_children(world.amani.actor("case_worker")).total == 0
        mine.update(until=date(2031, 11, 11))
        seen = list_children(world.amani.actor("case_worker")).rows
        assert [row.code for row in seen] == [world.amani.child.code]  # type: ignore[union-attr]
