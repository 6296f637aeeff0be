"""Who sees which child: own caseload, team, organisation, never another organisation."""

from __future__ import annotations

import pytest

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.models import Membership
from homeward.apps.access.roles import end_role
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.queries import caseload_rows, find_child, list_children, names_of
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.cases.services import assign_child, end_assignment, register_child
from homeward.domain.permissions import DEVICE_ROLES, PERMISSIONS, Role, Scope
from homeward.domain.problems import ProblemError
from tests.world import World

pytestmark = pytest.mark.database


def codes(actor: Actor) -> set[str]:
    return set(children_visible_to(actor).values_list("code", flat=True))


def every_child(world: World) -> tuple[str, str, str]:
    house = world.amani
    assert house.child
    assert house.peer
    assert house.other_child
    return house.child.code, house.peer.code, house.other_child.code


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("case_worker", (True, False, False)),
        ("other_case_worker", (False, False, True)),
        ("supervisor", (True, True, False)),
        ("other_supervisor", (False, False, True)),
        ("focal_point", (True, True, True)),
        ("me_officer", (True, True, True)),
        ("programme_manager", (False, False, False)),
        ("independent_monitor", (False, False, False)),
        ("organisation_admin", (False, False, False)),
        ("system_admin", (False, False, False)),
        ("enumerator", (True, False, False)),
        ("community_monitor", (False, True, False)),
    ],
)
def test_each_role_sees_its_reach_and_nothing_of_another_organisation(
    world: World, who: str, seen: tuple[bool, bool, bool]
) -> None:
    expected = {code for code, visible in zip(every_child(world), seen, strict=True) if visible}
    assert codes(world.amani.actor(who)) == expected


def test_an_account_without_a_role_sees_nothing(world: World) -> None:
    nobody = world.nobody()
    assert codes(nobody) == set()
    assert list_children(nobody).total == 0
    assert not any(permit(nobody, permission) for permission in PERMISSIONS)


def test_outside_the_scope_a_child_does_not_exist(world: World) -> None:
    worker, (own, _, other) = world.amani.actor("case_worker"), every_child(world)
    assert find_child(worker, own).row.code == own
    for key in (other, world.amani.other_child.id, "482193067", "not a code", ""):  # type: ignore[union-attr]
        with pytest.raises(NotVisible) as caught:
            find_child(worker, key)
        assert caught.value.first.status == 404


def test_an_assignment_that_has_ended_ends_the_view(world: World) -> None:
    worker, supervisor = world.amani.actor("case_worker"), world.amani.actor("supervisor")
    own = every_child(world)[0]
    running = find_child(supervisor, own).assignments
    end_assignment(supervisor, running[0].id)
    assert codes(worker) == set()
    assert codes(world.amani.actor("enumerator")) == set()
    assign_child(supervisor, world.amani.child.id, person_id=world.amani.people["case_worker"])  # type: ignore[union-attr]
    assert codes(worker) == {own}


def test_a_role_that_has_ended_ends_every_right(world: World) -> None:
    row = Membership.objects.get(person_id=world.amani.people["focal_point"])
    end_role(world.amani.actor("organisation_admin"), row.pk)
    focal_point = world.amani.actor("focal_point")
    assert focal_point.grants == ()
    assert codes(focal_point) == set()


def test_names_are_opened_by_permission_and_each_look_is_written_down(world: World) -> None:
    child = world.amani.child
    assert child is not None
    names = names_of(world.amani.actor("case_worker"), child.id)
    assert names.name == "Asha Mwangi"
    assert names.relations == (("mother", "Neema Mwangi"),)
    with pytest.raises(ProblemError) as caught:
        names_of(world.amani.actor("me_officer"), child.id)
    assert caught.value.first.status == 403
    looks = Event.objects.filter(verb="names.see", object_id=str(child.id)).order_by("at")
    assert [look.allowed for look in looks] == [True, False]


def test_a_device_gets_code_initials_and_band_of_its_caseload_and_nothing_else(world: World) -> None:
    (row,) = caseload_rows(world.amani.actor("enumerator"))
    assert row.name == every_child(world)[0]
    assert (row.initials, row.age_band) == ("AM", "12-14")
    assert row.label == f"{row.name[:3]}\u00a0{row.name[3:6]}\u00a0{row.name[6:]} · AM · 12-14"


def test_lists_cost_the_same_number_of_queries_whatever_their_length(
    world: World, django_assert_num_queries: object
) -> None:
    supervisor = world.amani.actor("supervisor")
    for count in (0, 15):
        for number in range(count):
            register_child(supervisor, ChildFacts(population="host_peer", age=13, external_id=f"n{number}"))
        with django_assert_num_queries(3):  # type: ignore[operator]
            assert list_children(supervisor).total == 2 + count


@pytest.mark.parametrize("role", sorted(set(Role) - DEVICE_ROLES))
def test_permit_agrees_with_the_table(world: World, role: str) -> None:
    actor, elsewhere = world.amani.actor(role), world.baraka.organisation_id
    for permission, roles in PERMISSIONS.items():
        scope = roles.get(Role(role), Scope.NONE)
        assert bool(permit(actor, permission)) == (scope is not Scope.NONE)
        assert not permit(actor, permission, organisation_id=elsewhere)
