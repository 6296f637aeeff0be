"""What was taken back after an offer or a referral is handed over to nobody any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.utils import timezone

from homeward.apps.audit.models import Event
from homeward.apps.cases.consenting import Asked, record_agreement, withdraw
from homeward.apps.cases.consents import may_now
from homeward.apps.cases.models import Child, ConsentEntry, Referral, Transfer
from homeward.apps.cases.passing_on import Offer, accept_transfer, hand_over_outside, offer_transfer
from homeward.apps.cases.referrals import slip_of
from homeward.apps.cases.referring import Wanted, make_referral, take_step
from homeward.apps.cases.taken_back import TakenBack, taken_back_of
from homeward.apps.cases.transfers import offers_to, paper_of
from homeward.domain.consent import MONITORING, SERVICE, SHARING
from homeward.domain.problems import ProblemError
from homeward.domain.referring import Step, Taken
from homeward.domain.sharing import Agreement
from tests.world import World, day_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
ALL = ("name", "birth_date", "caregivers")


def code(world: World) -> str:
    assert world.amani.child is not None
    return world.amani.child.code


def offered(world: World, **changes: object) -> UUID:
    agreement = Agreement("yes", "yes", day_of(world.amani.organisation_id), "en", limits_told=True)
    given = {"agreement": agreement, "to_organisation_id": world.baraka.organisation_id, "passed": ALL}
    return offer_transfer(world.amani.actor("supervisor"), code(world), Offer(**{**given, **changes}))  # type: ignore[arg-type]


def refused(call: object) -> str:
    with pytest.raises(ProblemError) as caught:
        call()  # type: ignore[operator]
    return caught.value.first.code


def test_an_offer_is_recalled_at_once_and_nobody_accepts_it(world: World) -> None:
    key, receiver = offered(world), world.baraka.actor("supervisor")
    before = Child.objects.count()
    withdraw(world.amani.actor("case_worker"), code(world), "child")
    assert Transfer.objects.get(pk=key).standing == "recalled"
    assert offers_to(receiver) == []
    events = Event.objects.filter(verb="recall_transfer")
    assert {(each.organisation_id, each.child_id is None) for each in events} == {
        (world.amani.organisation_id, False),
        (world.baraka.organisation_id, True),
    }
    assert refused(lambda: accept_transfer(receiver, key)) == "transfer.order"
    Transfer.objects.filter(pk=key).update(standing="offered")  # by whatever way: the ledger is asked again
    assert refused(lambda: accept_transfer(receiver, key)) == "transfer.order"  # and why is not told
    assert Child.objects.count() == before
    assert Child.objects.get(code=code(world)).status == "open"
    assert Event.objects.filter(verb="refuse_sharing", allowed=False).count() == 2


def test_a_no_to_somebody_else_leaves_the_offer_as_it_is(world: World) -> None:
    key, worker = offered(world), world.amani.actor("case_worker")
    record_agreement(worker, code(world), Asked("child", {SHARING: "refuses"}, recipient="Red Lantern"))
    withdraw(worker, code(world), "child", (MONITORING,))
    assert Transfer.objects.get(pk=key).standing == "offered"
    assert accept_transfer(world.baraka.actor("supervisor"), key)


def test_the_paper_is_not_printed_and_nothing_is_handed_over_outside(world: World) -> None:
    key, lead = offered(world, to_organisation_id=None, recipient="Red Lantern"), world.amani.actor("supervisor")
    assert paper_of(lead, key).caregivers == (("mother", "Neema Mwangi"),)
    withdraw(world.amani.actor("case_worker"), code(world), "caregiver", (SHARING,))
    assert refused(lambda: paper_of(lead, key)) == "consent.withdrawn"
    assert refused(lambda: hand_over_outside(lead, key)) == "consent.withdrawn"
    assert Child.objects.get(code=code(world)).status == "open"


def test_the_slip_is_not_printed_and_the_referral_not_sent(world: World) -> None:
    worker, today = world.amani.actor("case_worker"), day_of(world.amani.organisation_id)
    agreement = Agreement("yes", "yes", today, "en", limits_told=True)
    key = make_referral(worker, code(world), wanted(agreement))
    assert slip_of(worker, key).values
    withdraw(worker, code(world), "child", (SHARING,))
    assert refused(lambda: slip_of(worker, key)) == "consent.withdrawn"
    assert refused(lambda: take_step(worker, key, Taken(Step.SEND, today, how="phone"))) == "consent.withdrawn"
    assert Referral.objects.get(pk=key).standing == "made"
    take_step(worker, key, Taken(Step.RECALL, today))
    assert Referral.objects.get(pk=key).standing == "recalled"


def wanted(agreement: Agreement) -> Wanted:
    return Wanted("treatment", "days", agreement, provider="Hill Clinic")


def test_what_is_said_while_handing_over_obeys_the_rules_of_every_entry(world: World) -> None:
    worker, lead, today = (*map(world.amani.actor, ("case_worker", "supervisor")), day_of(world.amani.organisation_id))
    said = Agreement("yes", "yes", today, "en", limits_told=True)
    earlier, unsafe = replace(said, day=today - timedelta(days=1)), "The mother beats whoever talks about home."
    aunt = replace(said, adult="trusted_adult", without="unsafe", reason=unsafe)
    before = ConsentEntry.objects.count()
    for by, agreement, problem in (
        (worker, replace(said, limits_told=False), "consent.limits"),
        (worker, replace(earlier, reason="It is in the paper file."), "sharing.decide"),
        (lead, earlier, "consent.reason"),
        (worker, aunt, "sharing.decide"),
        (lead, replace(aunt, without=""), "consent.stand_in"),
        (lead, replace(aunt, without="none"), "consent.has_caregiver"),
        (lead, replace(aunt, reason=""), "consent.reason"),
    ):
        assert refused(lambda by=by, said=agreement: make_referral(by, code(world), wanted(said))) == problem  # type: ignore[misc]
    assert ConsentEntry.objects.count() == before
    assert not Referral.objects.exists()
    make_referral(lead, code(world), wanted(aunt))
    row = ConsentEntry.objects.get(child__code=code(world), who="trusted_adult")
    assert (row.without_caregiver, row.limits_told, row.text_version != "") == ("unsafe", True, True)


def test_a_referral_of_an_earlier_day_undoes_no_withdrawal(world: World) -> None:
    worker, today = world.amani.actor("case_worker"), day_of(world.amani.organisation_id)
    withdraw(worker, code(world), "child", (SHARING,))
    with time_machine.travel(timezone.now() + timedelta(days=10)):
        back = Agreement("yes", "yes", today + timedelta(days=3), "en", limits_told=True, reason="It is on paper.")
        assert refused(lambda: make_referral(worker, code(world), wanted(back))) == "sharing.decide"
        child = Child.objects.get(code=code(world))
        later = day_of(world.amani.organisation_id)
        assert not may_now(child, SHARING, later, "Hill Clinic")
        asked = replace(back, day=later, reason="")
        assert refused(lambda: make_referral(worker, code(world), wanted(asked))) == "sharing.taken_back"
        assert not may_now(child, SHARING, later, "Hill Clinic")
        make_referral(worker, code(world), wanted(replace(asked, came_back=True)))
        assert may_now(child, SHARING, later, "Hill Clinic")


def test_who_took_it_back_is_asked_by_nobody_and_comes_back_to_it_unasked(world: World) -> None:
    """A yes that somebody was asked for undoes nothing; a no beside it is written down all the same."""
    lead, today = world.amani.actor("supervisor"), day_of(world.amani.organisation_id)
    child = Child.objects.get(code=code(world))
    withdraw(lead, code(world), "caregiver", (SHARING,))
    assert taken_back_of(lead, child.pk) == (TakenBack(SHARING, "caregiver", today),)
    assert refused(lambda: offered(world)) == "sharing.taken_back"
    asked = Agreement("no", "yes", today, "en", limits_told=True)
    assert refused(lambda: offered(world, agreement=asked)) == "sharing.child_no"
    said = ConsentEntry.objects.filter(child=child, purpose=SHARING).order_by("recorded_at")
    assert [(row.who, row.answer) for row in said][-2:] == [("caregiver", "withdraws"), ("child", "refuses")]
    assert not Transfer.objects.exists()
    offered(world, agreement=replace(asked, child="yes", came_back=True))
    assert {row.source for row in said.filter(answer="agrees", day=today)} == {"came_back"}
    assert may_now(child, SHARING, today, "Baraka")
    assert taken_back_of(lead, child.pk, "Baraka") == ()
    assert taken_back_of(lead, child.pk, "Sisters") != ()  # to whom nobody came back


def test_without_help_nobody_is_told_until_it_is_agreed_again_apart(world: World) -> None:
    worker, today = world.amani.actor("case_worker"), day_of(world.amani.organisation_id)
    agreement = Agreement("yes", "yes", today, "en", limits_told=True, came_back=True)
    key, sent = offered(world), make_referral(worker, code(world), wanted(agreement))
    withdraw(worker, code(world), "caregiver", (SERVICE,))
    assert Transfer.objects.get(pk=key).standing == "recalled"
    assert refused(lambda: take_step(worker, sent, Taken(Step.SEND, today, how="phone"))) == "consent.withdrawn"
    assert refused(lambda: make_referral(worker, code(world), wanted(agreement))) == "sharing.help_taken_back"
    assert Event.objects.filter(verb="refuse_sharing", allowed=False).count() == 2
    record_agreement(worker, code(world), Asked("caregiver", {SERVICE: "agrees"}, limits_told=True))
    assert make_referral(worker, code(world), wanted(agreement))
