"""Who answers in the place of a caregiver, and what that person's word cannot undo."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from homeward.apps.cases.consenting import Asked, record_agreement, withdraw
from homeward.apps.cases.consents import consent_of
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.family import end_relation
from homeward.apps.cases.models import Child, ConsentEntry, Relation
from homeward.apps.cases.queries import caseload_rows
from homeward.apps.cases.services import Registered, register_child
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.domain.consent import MONITORING, Without
from homeward.domain.problems import ProblemError
from tests.interviews import interview
from tests.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db]
REASON = "The mother died in spring; the aunt has brought up the child since."


def instead(who: str, why: str = Without.NONE, reply: str = "agrees", reason: str = "") -> Asked:
    return Asked(who, {MONITORING: reply}, limits_told=True, without_caregiver=why, reason=reason)


def refused(world: World, code: str, asked: Asked, by: str = "case_worker") -> str:
    before = ConsentEntry.objects.count()
    with pytest.raises(ProblemError) as caught:
        record_agreement(world.amani.actor(by), code, asked)
    assert ConsentEntry.objects.count() == before
    return caught.value.first.code


def registered(world: World, age: int) -> Registered:
    back = date.today() - timedelta(days=100)
    facts = ChildFacts(sex="male", name=f"Age {age}", age=age, return_date=back, team_id=world.amani.teams[0])
    return register_child(world.amani.actor("case_worker"), facts)


def test_nobody_is_said_to_have_no_caregiver_while_one_is_recorded(world: World) -> None:
    assert world.amani.child
    code, key = world.amani.child.code, world.amani.child.id
    assert refused(world, code, instead("trusted_adult", reason=REASON), "supervisor") == "consent.has_caregiver"
    end_relation(world.amani.actor("case_worker"), key, Relation.objects.get(child=key).pk)
    assert refused(world, code, instead("trusted_adult")) == "access.refused"  # a caregiver answered before
    assert refused(world, code, instead("trusted_adult"), "supervisor") == "consent.reason"
    record_agreement(world.amani.actor("supervisor"), code, instead("trusted_adult", reason=REASON))
    young = registered(world, 4)
    record_agreement(world.amani.actor("case_worker"), young.code, instead("case_worker"))


@pytest.mark.parametrize(("age", "who"), [(4, "case_worker"), (8, "trusted_adult"), (13, "trusted_adult")])
def test_what_a_caregiver_took_back_nobody_else_gives_again(world: World, age: int, who: str) -> None:
    child, worker = registered(world, age), world.amani.actor("case_worker")
    for each in ("child", "caregiver"):
        record_agreement(worker, child.code, Asked(each, {MONITORING: "agrees"}, limits_told=True))
    withdraw(worker, child.code, "caregiver", (MONITORING,))
    assert refused(world, child.code, instead(who)) == "access.refused"
    record_agreement(world.amani.actor("supervisor"), child.code, instead(who, reason=REASON))
    row = Child.objects.get(pk=child.id)
    assert row.withdrew
    assert row.not_counted_since is not None
    assert child.code not in [each.name for each in caseload_rows(worker)]
    assert ("adult", "withdrawn") in [(each.voice, each.why) for each in consent_of(worker, child.code).asks]
    unsafe = instead(who, Without.UNSAFE, reason="The father threatens whoever speaks with us.")
    assert refused(world, child.code, unsafe) == "access.refused"
    record_agreement(world.amani.actor("supervisor"), child.code, unsafe)
    assert Child.objects.get(pk=child.id).not_counted_since is None


def test_a_caregiver_who_comes_back_to_it_undoes_it_and_interviews_count_again(world: World) -> None:
    assert world.amani.child
    worker, code = world.amani.actor("case_worker"), world.amani.child.code
    withdraw(worker, code, "caregiver", (MONITORING,))
    end_relation(worker, world.amani.child.id, Relation.objects.get(child=world.amani.child.id).pk)
    record_agreement(world.amani.actor("supervisor"), code, instead("trusted_adult", reason=REASON))
    assert receive(worker, Delivery(interview("child-12-14", code))).state == "no_consent"
    record_agreement(worker, code, Asked("caregiver", {MONITORING: "agrees"}, limits_told=True))
    assert not Child.objects.get(pk=world.amani.child.id).withdrew
    assert receive(worker, Delivery(interview("child-12-14", code, example=1))).state == "accepted"
