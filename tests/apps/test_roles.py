"""Roles take somebody else: nobody gives one to themselves, and one that reads children takes two people or notice."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from homeward.apps.access.accounts import close_account
from homeward.apps.access.models import Membership
from homeward.apps.access.queries import new_readers
from homeward.apps.access.roles import confirm_role, end_role, grant_role
from homeward.apps.access.services import register_person
from homeward.apps.audit.models import Event
from homeward.domain.permissions import PERMISSIONS, ROLES_OF_TWO, Role
from homeward.domain.problems import ProblemError
from tests.world import PASSWORD, House, World

pytestmark = pytest.mark.database
READS = Role.ME_OFFICER


def second_admin(house: House) -> UUID:
    person = register_person(house.system(), f"second@{house.organisation_id}.example.org", "Second", PASSWORD)
    grant_role(house.system(), person, "organisation_admin")
    house.people["second_admin"] = person
    return person


def refused(code: str, step: object) -> None:
    with pytest.raises(ProblemError) as caught:
        step()  # type: ignore[operator]
    assert caught.value.first.code == code


def test_whoever_reads_children_or_gives_roles_takes_two() -> None:
    assert {role for role in Role if role in PERMISSIONS["children.see"]} <= ROLES_OF_TWO
    assert Role.ORGANISATION_ADMIN in ROLES_OF_TWO


@pytest.mark.parametrize("role", [READS, Role.PROGRAMME_MANAGER, Role.ORGANISATION_ADMIN])
def test_nobody_gives_a_role_to_themselves(world: World, role: str) -> None:
    admin = world.amani.actor("organisation_admin")
    refused("role.own", lambda: grant_role(admin, world.amani.people["organisation_admin"], role))
    assert world.amani.actor("organisation_admin").roles == {"organisation_admin"}
    assert Event.objects.filter(verb="grant_role", allowed=False, actor_id=admin.id).exists()


def test_an_end_is_not_moved_away_again(world: World) -> None:
    admin = world.amani.actor("organisation_admin")
    role = Membership.objects.get(person_id=world.amani.people["me_officer"])
    end_role(admin, role.pk, date.today())
    refused("role.ended", lambda: end_role(admin, role.pk, date.today() + timedelta(days=90)))
    own = Membership.objects.get(person_id=admin.person_id)
    Membership.objects.filter(pk=own.pk).update(until=date.today() + timedelta(days=3))
    refused("role.ended", lambda: end_role(admin, own.pk, date.today() + timedelta(days=90)))


def test_the_only_administrator_gives_notice_and_those_who_watch_see_it(world: World) -> None:
    amani, person = world.amani, world.amani.people["programme_manager"]
    key = grant_role(amani.actor("organisation_admin"), person, READS, since=date.today() - timedelta(days=30))
    row = Membership.objects.get(pk=key)
    assert row.since >= date.today() + timedelta(days=2)
    assert amani.actor("programme_manager").roles == {"programme_manager"}
    for who in ("supervisor", "other_supervisor", "me_officer"):
        (shown,) = new_readers(amani.actor(who))
        assert (shown.role, shown.granted_by, shown.waits) == (READS, "Organisation Admin Amani", False)
    for nobody in (amani.actor("case_worker"), world.baraka.actor("supervisor"), world.nobody()):
        assert new_readers(nobody) == []
    Membership.objects.filter(pk=key).update(since=date.today())
    assert READS in amani.actor("programme_manager").roles
    assert len(new_readers(amani.actor("supervisor"))) == 1
    end_role(amani.actor("organisation_admin"), key)
    assert new_readers(amani.actor("supervisor")) == []


def test_a_second_administrator_confirms_and_only_the_second(world: World) -> None:
    amani, person = world.amani, world.amani.people["programme_manager"]
    second = second_admin(amani)
    key = grant_role(amani.actor("organisation_admin"), person, READS, since=date.today() - timedelta(days=30))
    assert amani.actor("programme_manager").roles == {"programme_manager"}
    refused("role.second_person", lambda: confirm_role(amani.actor("organisation_admin"), key))
    refused("access.refused", lambda: confirm_role(amani.actor("supervisor"), key))
    refused("organisation.not_found", lambda: confirm_role(world.baraka.actor("organisation_admin"), key))
    confirm_role(amani.actor("second_admin"), key)
    row = Membership.objects.get(pk=key)
    assert (row.confirmed_by_id, row.waits) == (second, False)
    assert row.since >= date.today() - timedelta(days=1)  # not before it was confirmed
    assert READS in amani.actor("programme_manager").roles
    refused("role.not_waiting", lambda: confirm_role(amani.actor("second_admin"), key))
    assert Event.objects.filter(verb="confirm_role", allowed=False).count() == 1


def test_who_would_get_the_role_does_not_confirm_it(world: World) -> None:
    amani = world.amani
    second = second_admin(amani)
    third = register_person(amani.system(), "third@example.org", "Third", PASSWORD)
    grant_role(amani.system(), third, "organisation_admin")
    key = grant_role(amani.actor("organisation_admin"), second, READS)
    refused("role.second_person", lambda: confirm_role(amani.actor("second_admin"), key))


def test_an_accomplice_is_no_second_person_at_once(world: World) -> None:
    """A new administrator begins after notice too; an account that is closed confirms nothing."""
    amani = world.amani
    admin = amani.actor("organisation_admin")
    ghost = register_person(admin, "ghost@example.org", "Ghost", PASSWORD)
    grant_role(admin, ghost, "organisation_admin")
    amani.people["ghost"] = ghost
    assert amani.actor("ghost").grants == ()
    key = grant_role(admin, amani.people["programme_manager"], READS)
    assert not Membership.objects.get(pk=key).waits  # nobody else manages people yet: notice
    refused("access.refused", lambda: confirm_role(amani.actor("programme_manager"), key))
    second_admin(amani)
    close_account(admin, amani.people["second_admin"])
    assert not Membership.objects.get(pk=grant_role(admin, amani.people["independent_monitor"], READS)).waits


def test_a_role_that_waits_is_nobody_s_case_worker(world: World) -> None:
    from homeward.apps.access.queries import case_workers
    from homeward.apps.cases.services import assign_child

    amani, person = world.amani, world.amani.people["programme_manager"]
    second_admin(amani)
    grant_role(amani.actor("organisation_admin"), person, "case_worker", team_id=amani.teams[0])
    assert person not in {row.id for row in case_workers(amani.actor("supervisor"))}
    assert amani.child
    refused("person.not_found", lambda: assign_child(amani.actor("supervisor"), amani.child.id, person_id=person))
