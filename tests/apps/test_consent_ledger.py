"""The ledger of agreements: what may be written, what the database refuses, and what follows from it at once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.cases.conflicts import declare_own
from homeward.apps.cases.consenting import Asked, record_agreement, withdraw
from homeward.apps.cases.consents import consent_of, require_consent
from homeward.apps.cases.ending import forget_child
from homeward.apps.cases.ledgers import ledger_open
from homeward.apps.cases.models import Assignment, Child, ConsentEntry, Status
from homeward.domain.consent import MONITORING, PROTECTION, SHARING, Reply, Without
from homeward.domain.problems import ProblemError
from tests.world import World, day_of

pytestmark = pytest.mark.database
YES = {MONITORING: Reply.AGREES.value}


def asked(who: str = "child", **changes: object) -> Asked:
    given = {"who": who, "answers": YES, "limits_told": True, "teach_back": "understood"}
    return Asked(**{**given, **changes})  # type: ignore[arg-type]


def refused(world: World, what: Asked, by: str = "case_worker") -> str:
    assert world.amani.child
    before = ConsentEntry.objects.count()
    with pytest.raises(ProblemError) as caught:
        record_agreement(world.amani.actor(by), world.amani.child.code, what)
    assert ConsentEntry.objects.count() == before
    return caught.value.first.code


def test_an_entry_keeps_what_was_said_and_how(world: World) -> None:
    assert world.amani.child
    worker, code = world.amani.actor("case_worker"), world.amani.child.code
    said = asked(answers={SHARING: "agrees"}, recipient="Red Lantern", expects="A school bag", language="fr")
    record_agreement(worker, code, said)
    row = consent_of(worker, code).history[0]
    assert (row.recipient, row.expects, row.language, row.band) == ("Red Lantern", "A school bag", "fr", "12-14")
    assert row.day == day_of(world.amani.organisation_id)
    assert b"Lantern" not in bytes(ConsentEntry.objects.latest("recorded_at").recipient)
    officer = consent_of(world.amani.actor("me_officer"), code).history[0]
    assert (officer.recipient, officer.expects, officer.purpose) == ("", "", SHARING)
    event = Event.objects.filter(verb="record_agreement", actor_id=worker.id).latest("at")
    assert event.detail == {"who": "child", "purposes": SHARING, "later": False}


@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_database_refuses_to_change_or_take_away_an_entry(world: World, act: str) -> None:
    rows = ConsentEntry.objects.all()
    assert rows.exists()
    assert not ledger_open(connection)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(answer="agrees") if act == "update" else rows.delete()
    assert not rows.filter(answer="x").exists()


def test_an_erasure_takes_one_childs_ledger_and_no_other(world: World) -> None:
    assert world.amani.child
    assert world.amani.peer
    gone, stays = world.amani.child.id, world.amani.peer.id
    Assignment.objects.filter(child=gone).delete()
    with transaction.atomic():
        counts = forget_child(gone)
    assert counts["agreements"] == 6
    assert not ConsentEntry.objects.filter(child=gone).exists()
    assert ConsentEntry.objects.filter(child=stays).count() == 6
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsentEntry.objects.filter(child=stays).delete()


def test_what_is_no_agreement_is_refused_with_a_reason(world: World) -> None:
    today = day_of(world.amani.organisation_id)
    assert refused(world, asked(limits_told=None)) == "consent.limits"
    assert refused(world, asked(teach_back="not")) == "consent.not_understood"
    assert refused(world, asked(answers={})) == "consent.nothing"
    assert refused(world, asked(answers={MONITORING: "withdraws"})) == "consent.answer"
    assert refused(world, asked(answers={SHARING: "agrees"})) == "consent.recipient"
    assert refused(world, asked("trusted_adult")) == "consent.stand_in"
    assert refused(world, asked(day=today + timedelta(days=1))) == "consent.future"
    assert refused(world, asked(day=today - timedelta(days=1), reason="It is in the paper file.")) == "access.refused"
    unsafe = asked("trusted_adult", without_caregiver=Without.UNSAFE, reason="The father threatens the child.")
    assert refused(world, unsafe) == "access.refused"
    assert refused(world, asked(day=today - timedelta(days=1)), by="supervisor") == "consent.reason"


def test_who_says_no_need_not_have_been_told_anything(world: World) -> None:
    assert world.amani.child
    worker, code = world.amani.actor("case_worker"), world.amani.child.code
    record_agreement(worker, code, asked(answers={MONITORING: "refuses"}, limits_told=None, teach_back="not"))
    with pytest.raises(ProblemError) as caught:
        require_consent(worker, world.amani.child.id, MONITORING)
    assert caught.value.first.code == "consent.refused"
    require_consent(worker, world.amani.child.id, PROTECTION)
    assert Event.objects.filter(verb="need_agreement", allowed=False, child_id=world.amani.child.id).count() == 1


def test_a_withdrawal_holds_at_once_also_of_a_closed_case_and_agreeing_again_ends_it(world: World) -> None:
    assert world.amani.child
    worker, key, code = world.amani.actor("case_worker"), world.amani.child.id, world.amani.child.code
    require_consent(worker, key, MONITORING)
    withdraw(worker, code, "child", [MONITORING])
    with pytest.raises(ProblemError) as caught:
        require_consent(worker, key, MONITORING)
    assert caught.value.first.code == "consent.withdrawn"
    assert Child.objects.get(pk=key).not_counted_since == day_of(world.amani.organisation_id)
    record_agreement(worker, code, asked("caregiver"))
    assert Child.objects.get(pk=key).not_counted_since is not None  # it was the child's to take back
    record_agreement(worker, code, asked())
    assert Child.objects.get(pk=key).not_counted_since is None
    require_consent(worker, key, MONITORING)
    Child.objects.filter(pk=key).update(status=Status.CLOSED, ended_on=date.today())
    assert refused(world, asked()) == "consent.ended"
    withdraw(worker, code, "caregiver")
    assert Child.objects.get(pk=key).not_counted_since is not None


def test_nobody_outside_the_reach_sees_or_writes_it(world: World) -> None:
    assert world.amani.child
    code = world.amani.child.code
    for who in ("other_case_worker", "other_supervisor", "programme_manager", "organisation_admin"):
        with pytest.raises(ProblemError):
            consent_of(world.amani.actor(who), code)
        with pytest.raises(ProblemError):
            withdraw(world.amani.actor(who), code, "child")
    with pytest.raises(ProblemError):
        record_agreement(world.amani.actor("me_officer"), code, asked())
    declare_own(world.amani.actor("case_worker"), code, "relative")
    with pytest.raises(NotVisible):
        consent_of(world.amani.actor("case_worker"), code)
