"""A colleague leaves or is on leave: children go to others, and ties are respected child by child."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.utils import timezone

from homeward.apps.access.roles import grant_role
from homeward.apps.access.services import register_person
from homeward.apps.audit.models import Event
from homeward.apps.cases.conflicts import declare_for
from homeward.apps.cases.ending import forget_child
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.family import link_siblings
from homeward.apps.cases.handing_over import (
    MANY,
    Wish,
    hand_caseload_over,
    loads_of,
    may_leave,
    planned,
    recent_hand_overs,
    undo_hand_over,
)
from homeward.apps.cases.models import Assignment, Child, HandedChild
from homeward.apps.cases.newly_given import NEW_FOR, new_to
from homeward.apps.cases.risk import set_risk
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.cases.services import assign_child, register_child
from homeward.domain.permissions import Role
from homeward.domain.problems import ProblemError
from tests.world import PASSWORD, House, World, day_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def hired(house: House, name: str) -> UUID:
    key = register_person(house.system(), f"{name}@example.org", name, PASSWORD)
    grant_role(house.system(), key, Role.CASE_WORKER, team_id=house.teams[0])
    house.people[name] = key
    return key


def more(house: House, number: int, of: str = "case_worker") -> list[str]:
    codes = []
    for _ in range(number):
        facts = ChildFacts(population="host_peer", age=13, team_id=house.teams[0])
        child = register_child(house.system(), facts)
        assign_child(house.system(), child.id, person_id=house.people[of], since=day_of(house.organisation_id))
        codes.append(child.code)
    return codes


def wish(house: House, *to: UUID, **changes: object) -> Wish:
    return Wish(house.people["case_worker"], to, day_of(house.organisation_id), **changes)  # type: ignore[arg-type]


def seen(house: House, who: str) -> set[str]:
    return set(children_visible_to(house.actor(who)).values_list("code", flat=True))


def refused(call: object) -> str:
    with pytest.raises(ProblemError) as caught:
        call()  # type: ignore[operator]
    return caught.value.first.code


def test_all_go_to_several_evenly_and_back_again_on_the_same_day(world: World) -> None:
    house, supervisor = world.amani, world.amani.actor("supervisor")
    first, second = hired(house, "first"), hired(house, "second")
    codes = {*more(house, 5), house.child.code}  # type: ignore[union-attr]
    before = set(Assignment.objects.values_list("child_id", "person_id", "since", "until"))
    key, plan = hand_caseload_over(supervisor, wish(house, first, second))
    assert [load.children for load in plan.loads] == [3, 3]
    assert seen(house, "case_worker") == set()
    assert seen(house, "first") | seen(house, "second") == codes
    assert seen(house, "first") & seen(house, "second") == set()
    assert Event.objects.filter(verb="hand_over_child").values("child_id").distinct().count() == 6
    assert [row.children for row in recent_hand_overs(supervisor)] == [6]
    for who in ("other_supervisor", "second_focal_point", "case_worker"):
        assert refused(lambda: undo_hand_over(house.actor(who), key)) in ("hand_over.not_found", "access.refused")  # noqa: B023
    assert undo_hand_over(supervisor, key) == 6
    assert seen(house, "case_worker") == codes
    assert seen(house, "first") == seen(house, "second") == set()
    running = Assignment.objects.filter(until__isnull=True) | Assignment.objects.filter(
        until__gte=day_of(house.organisation_id)
    )
    assert set(running.values_list("child_id", "person_id", "since", "until")) == before
    assert refused(lambda: undo_hand_over(supervisor, key)) == "hand_over.not_found"


def test_a_leave_is_covered_until_its_last_day(world: World) -> None:
    house, today = world.amani, day_of(world.amani.organisation_id)
    cover, code = hired(house, "cover"), house.child.code  # type: ignore[union-attr]
    last = today + timedelta(days=20)
    hand_caseload_over(house.actor("supervisor"), wish(house, cover, until=last, pauses=True))
    assert (seen(house, "cover"), seen(house, "case_worker")) == ({code}, set())
    noon = timezone.now().replace(hour=9)
    with time_machine.travel(noon + timedelta(days=20)):
        assert (seen(house, "cover"), seen(house, "case_worker")) == ({code}, set())
    with time_machine.travel(noon + timedelta(days=21)):
        assert (seen(house, "cover"), seen(house, "case_worker")) == (set(), {code})


def test_during_a_leave_the_colleague_may_stay_beside(world: World) -> None:
    house, today = world.amani, day_of(world.amani.organisation_id)
    cover, code = hired(house, "cover"), house.child.code  # type: ignore[union-attr]
    key, _ = hand_caseload_over(house.actor("supervisor"), wish(house, cover, until=today + timedelta(days=5)))
    assert (seen(house, "cover"), seen(house, "case_worker")) == ({code}, {code})
    undo_hand_over(house.actor("supervisor"), key)
    assert (seen(house, "cover"), seen(house, "case_worker")) == (set(), {code})


def test_whoever_has_a_tie_gets_none_and_the_child_is_named(world: World) -> None:
    house, supervisor = world.amani, world.amani.actor("supervisor")
    tied, free = hired(house, "tied"), hired(house, "free")
    more(house, 1)
    code = house.child.code  # type: ignore[union-attr]
    declare_for(house.actor("focal_point"), code, tied, "named")
    plan = planned(supervisor, wish(house, tied))
    assert [(each.code, each.why_not) for each in plan.staying] == [(code, "conflict")]
    both = planned(supervisor, wish(house, tied, free))
    assert both.staying == ()
    assert next(each for each in both.moving if each.code == code).to_id == free
    assert refused(lambda: hand_caseload_over(supervisor, wish(house, tied, codes=(code,)))) == "hand_over.nobody"
    _, done = hand_caseload_over(supervisor, wish(house, tied))
    assert (len(done.moving), len(done.staying)) == (1, 1)
    assert code in seen(house, "case_worker")
    assert code not in seen(house, "tied")


def test_a_tie_that_was_declared_after_it_stays_when_it_is_taken_back(world: World) -> None:
    house, supervisor = world.amani, world.amani.actor("supervisor")
    cover, code = hired(house, "cover"), house.child.code  # type: ignore[union-attr]
    key, _ = hand_caseload_over(supervisor, wish(house, cover))
    declare_for(house.actor("focal_point"), code, house.people["case_worker"], "neighbour")
    assert undo_hand_over(supervisor, key) == 0
    assert seen(house, "cover") == seen(house, "case_worker") == set()


def test_only_chosen_children_of_ones_own_team_and_a_full_caseload_is_said(world: World) -> None:
    house, supervisor = world.amani, world.amani.actor("supervisor")
    cover = hired(house, "cover")
    codes = more(house, 2)
    hand_caseload_over(supervisor, wish(house, cover, codes=(codes[0], house.other_child.code)))  # type: ignore[union-attr]
    assert seen(house, "cover") == {codes[0]}
    more(house, MANY - 1, of="cover")
    (load,) = planned(supervisor, wish(house, cover, codes=(codes[1],))).loads
    assert (load.children, load.many) == (MANY + 1, True)
    assert (load.name) == "cover"
    (load,) = planned(supervisor, wish(house, cover, codes=())).loads
    assert (load.children, load.many) == (MANY, False)


def test_who_may_and_to_whom(world: World) -> None:
    house = world.amani
    cover = hired(house, "cover")
    for who in ("case_worker", "focal_point", "me_officer", "organisation_admin", "programme_manager"):
        assert refused(lambda: planned(house.actor(who), wish(house, cover))) == "access.refused"  # noqa: B023
    supervisor = house.actor("supervisor")
    assert [name for _, name in may_leave(supervisor)] == ["Case Worker Amani"]
    assert may_leave(house.actor("case_worker")) == []
    others = (house.people["other_case_worker"], world.baraka.people["case_worker"], house.people["me_officer"])
    for key in others:
        assert refused(lambda: planned(supervisor, wish(house, key))) == "person.not_found"  # noqa: B023
    assert refused(lambda: planned(supervisor, wish(house))) == "hand_over.to_whom"
    assert refused(lambda: planned(supervisor, wish(house, house.people["case_worker"]))) == "hand_over.to_whom"
    other = Wish(house.people["other_case_worker"], (cover,), day_of(house.organisation_id))
    assert planned(supervisor, other).children == ()
    past = Wish(house.people["case_worker"], (cover,), day_of(house.organisation_id) - timedelta(days=1))
    assert refused(lambda: planned(supervisor, past)) == "hand_over.day"
    until = wish(house, cover, until=day_of(house.organisation_id) - timedelta(days=1))
    assert refused(lambda: planned(supervisor, until)) == "hand_over.until"


def test_ended_records_stay_and_an_erased_child_leaves_no_row(world: World) -> None:
    house, supervisor = world.amani, world.amani.actor("supervisor")
    cover, child = hired(house, "cover"), house.child
    assert child is not None
    key, _ = hand_caseload_over(supervisor, wish(house, cover))
    forget_child(child.id)
    assert not HandedChild.objects.exists()
    assert undo_hand_over(supervisor, key) == 0
    (code,) = more(house, 1)
    Child.objects.filter(code=code).update(status="closed", ended_on=day_of(house.organisation_id))
    assert planned(supervisor, wish(house, cover)).children == ()


def test_whoever_receives_children_is_told_how_many_are_new_since_when(world: World) -> None:
    house, supervisor = world.amani, world.amani.actor("supervisor")
    taker = hired(house, "taker")
    codes = more(house, 2)
    assert new_to(house.actor("case_worker")).codes == ()  # nobody worked with them before
    hand_caseload_over(supervisor, wish(house, taker, codes=tuple(codes)))
    found = new_to(house.actor("taker"))
    assert (set(found.codes), found.children, found.since) == (set(codes), 2, day_of(house.organisation_id))
    own = register_child(house.actor("taker"), ChildFacts(population="host_peer", age=13, team_id=house.teams[0]))
    assert own.code not in new_to(house.actor("taker")).codes
    with time_machine.travel(timezone.now() + NEW_FOR + timedelta(days=1)):
        assert new_to(house.actor("taker")).codes == ()


def test_the_list_says_what_helps_to_choose(world: World) -> None:
    house, supervisor = world.amani, world.amani.actor("supervisor")
    taker = hired(house, "taker")
    one, other = more(house, 2)
    third = more(house, 1, of="taker")
    set_risk(house.actor("case_worker"), one, "high", "visit")
    link_siblings(house.actor("case_worker"), Child.objects.get(code=one).pk, other)
    plan = planned(supervisor, wish(house, taker))
    known = {each.code: each for each in plan.children}
    assert (known[one].risk, known[other].risk) == ("high", "")
    assert (known[one].siblings, known[other].siblings) == ((other,), (one,))
    assert known[world.amani.child.code].place == Child.objects.get(pk=world.amani.child.id).place.name
    assert [(each.before, each.children) for each in plan.loads] == [(len(third), len(third) + len(plan.moving))]
    assert loads_of(supervisor)[taker] == 1
