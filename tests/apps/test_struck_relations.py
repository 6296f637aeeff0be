"""Somebody who was written down by mistake leaves the house in nothing: no slip, no paper, no new record, no copy."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.family import link_siblings, strike_relation
from homeward.apps.cases.models import Child
from homeward.apps.cases.passing_on import Offer, accept_transfer, offer_transfer
from homeward.apps.cases.queries import names_of
from homeward.apps.cases.referrals import slip_of
from homeward.apps.cases.referring import Wanted, make_referral
from homeward.apps.cases.services import add_relation, register_child
from homeward.apps.cases.transfers import paper_of
from homeward.apps.retention.copies import hand_over
from homeward.apps.retention.holding import Whom
from homeward.apps.visits.planning import household_of
from homeward.domain.sharing import Agreement
from homeward.web.retention.telling import as_text, told_aloud
from tests.world import World, day_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def key(world: World) -> UUID:
    """A child with a man struck out as another child's father, who came before the mother."""
    assert world.amani.child
    worker, key = world.amani.actor("case_worker"), world.amani.child.id
    struck = add_relation(worker, key, "father", "Wrong Man", is_caregiver=True, since=date(2020, 1, 1))
    strike_relation(worker, key, struck, "wrong_child")
    return key


def said(world: World) -> Agreement:
    return Agreement("yes", "yes", day_of(world.amani.organisation_id), "en", limits_told=True)


def test_neither_paper_nor_new_record_names_who_was_struck(world: World, key: UUID) -> None:
    lead, code = world.amani.actor("supervisor"), Child.objects.get(pk=key).code
    outside = offer_transfer(lead, code, Offer(said(world), recipient="Red Lantern", passed=("caregivers",)))
    assert paper_of(lead, outside).caregivers == (("mother", "Neema Mwangi"),)
    Child.objects.get(pk=key).transfers.update(standing="recalled")
    inside = offer_transfer(lead, code, Offer(said(world), world.baraka.organisation_id, passed=("caregivers",)))
    receiver = world.baraka.actor("supervisor")
    new = Child.objects.get(code=accept_transfer(receiver, inside))
    assert names_of(receiver, new.pk).relations == (("mother", "Neema Mwangi"),)


def test_the_slip_says_mother_and_not_who_was_struck(world: World, key: UUID) -> None:
    worker, code = world.amani.actor("case_worker"), Child.objects.get(pk=key).code
    wanted = Wanted("family_work", "days", said(world), provider="Hill House", chosen=("caregiver",))
    slip = slip_of(worker, make_referral(worker, code, wanted))
    assert dict(slip.values).get("caregiver") == "mother"


def test_no_guardians_copy_names_the_struck_a_foster_family_or_the_place(world: World, key: UUID) -> None:
    worker, code = world.amani.actor("case_worker"), Child.objects.get(pk=key).code
    add_relation(worker, key, "foster", "Hidden Foster", is_caregiver=True)
    text = as_text(told_aloud(hand_over(worker, code, Whom.GUARDIAN, "en")))
    assert "Neema Mwangi" in text
    for hidden in ("Wrong Man", "Hidden Foster", "Foster", "Riverside"):
        assert hidden not in text
    own = as_text(told_aloud(hand_over(worker, code, Whom.CHILD, "en")))
    for told in ("Wrong Man", "Hidden Foster", "Riverside"):
        assert told in own


def test_a_sibling_who_was_struck_is_offered_for_no_joint_visit(world: World, key: UUID) -> None:
    worker = world.amani.actor("case_worker")
    facts = ChildFacts(sex="male", name="Bo Ba", age=10, return_date=date.today(), team_id=world.amani.teams[0])
    other = register_child(worker, facts)
    tie = link_siblings(worker, key, other.code)
    assert [row.code for row in household_of(worker, key)] == [other.code]
    strike_relation(worker, key, tie, "wrong_child")
    assert household_of(worker, key) == []
    assert household_of(worker, other.id) == []
