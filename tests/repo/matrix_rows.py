"""What the addresses of the matrix name, one row of each, made as the product makes it where that is short."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.actors import actor_of_device_id
from homeward.apps.access.emergency import FIELD
from homeward.apps.access.field_app import enrol_app
from homeward.apps.access.intake_keys import public_key
from homeward.apps.access.models import (
    Conflict,
    EmergencyAccess,
    Factor,
    ManyOpened,
    OpenSession,
    Restoration,
)
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import (
    Action,
    Assessment,
    Child,
    EndRequest,
    HandOver,
    Merge,
    PlanVersion,
    SpokenLanguage,
    Status,
    Variation,
)
from homeward.apps.cases.passing_on import Offer, offer_transfer
from homeward.apps.cases.referring import Wanted, make_referral
from homeward.apps.cases.services import register_child
from homeward.apps.communities.directory import ServiceFacts, add_service
from homeward.apps.monitoring.models import NoteWords
from homeward.apps.monitoring.sealing import seal_of_words
from homeward.apps.retention.models import Ending
from homeward.apps.safeguarding.models import Escalation, ProgrammeKey
from homeward.apps.safeguarding.passing_on import pass_on
from homeward.apps.safeguarding.raising import Sealed
from homeward.apps.safeguarding.recipients import current_recipients
from homeward.apps.safeguarding.violations import ViolationFacts, record_violation
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.links import make_link
from homeward.apps.surveys.models import Channel, Import, SealedArrival
from homeward.apps.surveys.transport import Letter
from homeward.apps.visits.arriving import take_from_app
from homeward.apps.visits.cards import CardFacts, set_card, set_quiet_time
from homeward.apps.visits.models import AgreedAction
from homeward.apps.visits.planning import Plan, plan_visit
from homeward.apps.visits.recording import Held, NewAction, hold_visit
from homeward.domain.envelope import Kind
from homeward.domain.problems import ProblemError
from homeward.domain.sharing import Agreement
from homeward.domain.transport import FLAG_LENGTH
from homeward.domain.visiting import Answer, Check
from tests.case_life import case_life
from tests.envelopes import Key, enrolled, sealed_to
from tests.envelopes_of_transport import note
from tests.interviews import interview
from tests.pairs import waiting
from tests.world import House, day_of

PLANNED = "qplnzxwvrt"  # in every text of a plan


def case(house: House, worker: str, code: str) -> dict[str, object]:
    """A plan that was varied, an assessment and an end that were given back."""
    case_life(house, code, lambda what: f"{PLANNED} {what}", worker.removesuffix("case_worker"))
    of_child = {"child__code": code}
    return {
        "assessment_id": Assessment.objects.get(**of_child).pk,
        "version_id": PlanVersion.objects.get(**of_child, number=2).pk,
        "variation_id": Variation.objects.get(**of_child).pk,
        "action_id": Action.objects.get(**of_child, version__number=2).line,
        "end_id": EndRequest.objects.get(**of_child).pk,
    }


def entry(code: str) -> UUID:
    child = Child.objects.get(code=code)
    return SpokenLanguage.objects.create(child=child, language="sw", told_on=day_of(child.organisation_id)).pk


def merge(house: House, child: Child) -> UUID:
    """A second record of the child, put together with it."""
    facts = ChildFacts(sex=child.sex, name="Twin", age=9, return_date=child.return_date, team_id=child.team_id)
    twin = Child.objects.get(pk=register_child(house.system(), facts).id)
    row = Merge(child=twin, into=child, merged_at=timezone.now(), status_before="open")
    row.save()
    Child.objects.filter(pk=twin.pk).update(status=Status.DUPLICATE)
    return row.pk


def link(house: House, worker: str, code: str) -> UUID:
    return make_link(house.actor(worker), code, house.forms["caregiver"], "caregiver", 24).id


def factor(person_id: UUID) -> UUID:
    row = Factor(person_id=person_id, kind="app", material=b"", created_at=timezone.now(), confirmed_at=timezone.now())
    row.save()
    return row.pk


def restoration(house: House, person_id: UUID) -> UUID:
    row = Restoration(
        person_id=person_id,
        organisation_id=house.organisation_id,
        proposed_by_id=house.people["me_officer"],
        proposed_at=timezone.now(),
    )
    row.save()
    return row.pk


def session(person_id: UUID) -> UUID:
    now = timezone.now()
    row = OpenSession(session_key=uuid4().hex, person_id=person_id, expire_date=now, begun_at=now, seen_at=now)
    row.save()
    return row.id


def leave_in_quarantine(house: House, worker: str, code: str) -> None:
    instance = f"uuid:{uuid4()}"
    actor = house.actor(worker)
    receive(actor, Delivery(interview("child-12-14", code, instance_id=instance), channel="browser"))
    with pytest.raises(ProblemError, match="Another interview"):
        receive(actor, Delivery(interview("child-12-14", code, example=1, instance_id=instance), channel="browser"))


def not_taken(house: House, worker: str) -> UUID:
    """A new child that came from the phone of this case worker and whose place is not there."""
    actor, delivery = house.actor(worker), uuid4()
    phone = actor_of_device_id(enrol_app(actor, "Phone with the app").device_id)
    said = {"name": "Zuhura", "sex": "female", "age": "12", "day": "2026-01-01", "place": str(uuid4())}
    body = note(public_key(), "new_child", {**said, "return_date_basis": "unknown"}, delivery=delivery)
    take_from_app(phone, Letter(body[FLAG_LENGTH:], body[:FLAG_LENGTH], Channel.BROWSER))
    return SealedArrival.objects.get(delivery=delivery, state="refused").pk


def conflict(house: House, code: str, person_id: UUID) -> UUID:
    row = Conflict(
        organisation_id=house.organisation_id,
        person_id=person_id,
        child_id=Child.objects.values_list("pk", flat=True).get(code=code),
        kind="relative",
        declared_by_id=person_id,
        declared_at=timezone.now(),
    )
    row.save()
    return row.pk


def emergency(house: House, code: str, opened_by: UUID | None = None) -> UUID:
    """Over already, so that it opens nothing to whoever walks; `opened_by`: and running, for that one."""
    now = timezone.now()
    row = EmergencyAccess(
        organisation_id=house.organisation_id,
        person_id=opened_by or house.people["supervisor"],
        child_id=Child.objects.get(code=code).pk,
        opened_at=now - timedelta(hours=4),
        ends_at=now + timedelta(hours=1 if opened_by else -1),
    )
    row.reason = vault.seal(row.child_id, row.pk, FIELD, b"It could not wait.")
    row.save()
    return row.pk


def volume(house: House, person_id: UUID) -> UUID:
    """Of yesterday, so that it stops nobody who walks."""
    known = {
        "records": 41,
        "usual": 40,
        "allowed": 100,
        "day": timezone.now().date() - timedelta(days=1),
        "told_at": timezone.now(),
    }
    return ManyOpened.objects.create(organisation_id=house.organisation_id, person_id=person_id, **known).pk


def ending(house: House, code: str) -> UUID:
    """An erasure that somebody has asked for, who is none of those who walk."""
    child = Child.objects.get(code=code)
    row = Ending(
        organisation_id=house.organisation_id,
        team_id=child.team_id,
        child_id=child.pk,
        code=code,
        kind="erasure",
        reason="erasure_asked",
        asked_for="child",
        state="asked",
        asked_by_person_id=house.people["second_focal_point"],
        asked_at=timezone.now(),
    )
    row.save()
    return row.pk


def visited(house: House, worker: str, code: str) -> dict[str, object]:
    """A card, a quiet time that is to come, a visit that is planned, and something agreed at one before."""
    actor, today = house.actor(worker), day_of(house.organisation_id)
    check = Check(*[Answer.NO] * 4)
    set_card(actor, code, CardFacts(("home", "phone"), how="0700 1"))
    later = today + timedelta(days=60)
    quiet = set_quiet_time(actor, code, later, later, "asked")
    (held,) = plan_visit(actor, [code], check, Plan(today, "home"))
    agreed = (NewAction("we", later, "Bring the papers"),)
    hold_visit(actor, held, Held(True, True, "yes", (), alone="yes", actions=agreed))
    (planned,) = plan_visit(actor, [code], check, Plan(today, "home"))
    action = AgreedAction.objects.get(visit_id=held)
    return {"visit_id": planned, "quiet_id": quiet, "promise_id": action.pk}


def words_about_a_note(house: House, writer: UUID) -> UUID:
    """Of a supervisor, to the case worker."""
    key = uuid4()
    NoteWords(
        id=key,
        organisation_id=house.organisation_id,
        note_id=uuid4(),
        kind="visit",
        writer_id=writer,
        said_by_id=house.people["supervisor"],
        words=seal_of_words(key, "Well asked."),
        said_at=timezone.now(),
    ).save(force_insert=True)
    return key


def told(house: House, worker: str, code: str) -> dict[str, object]:
    """Two who receive, a third whose key waits, something told, and a violation."""
    kept = (house.organisation_id, "focal")
    if not current_recipients(*kept).exists():
        keys = [enrolled(house.actor(name)) for name in ("focal_point", "second_focal_point")]
        pass_on(house.actor(worker), code, Sealed(sealed_to(keys), "high"))
        for name in ("staff_channel", "second_staff_channel"):
            enrolled(house.actor(name), "staff")
    keys = [Key(bytes(row.public_key), b"") for row in current_recipients(*kept)]
    first = ProgrammeKey.objects.filter(organisation_id=house.organisation_id).first()
    pair_id = first.pk if first else waiting(house.actor("second_focal_point"), keys)[1]
    facts = ViolationFacts("detained", day_of(house.organisation_id), "child", child_code=code)
    Escalation.objects.update(due_at=timezone.now() - timedelta(hours=1))
    return {
        "organisation_id": house.organisation_id,
        "escalation_id": Escalation.objects.filter(organisation_id=house.organisation_id).first().pk,  # type: ignore[union-attr]
        "key_id": pair_id,
        "recipient_id": current_recipients(*kept).first().pk,  # type: ignore[union-attr]
        "violation_id": record_violation(house.actor("focal_point"), facts, sealed_to(keys, kind=Kind.VIOLATION)),
    }


def helped(house: House, worker: str, code: str) -> dict[str, object]:
    """A service, a referral to it, the case offered to somebody outside, and a caseload that went to nobody."""
    agreed = Agreement("yes", "yes", day_of(house.organisation_id), "en", limits_told=True)
    service = add_service(house.actor("me_officer"), ServiceFacts("education", f"School {code}"))
    wanted = Wanted("school_place", "weeks", agreed, service)
    supervisor = worker.replace("case_worker", "supervisor")
    return {
        "service_id": service,
        "referral_id": make_referral(house.actor(worker), code, wanted),
        "transfer_id": offer_transfer(house.actor(supervisor), code, Offer(agreed, recipient="Outside")),
        "hand_over_id": hand_over(house, worker, supervisor),
    }


def hand_over(house: House, worker: str, supervisor: str) -> UUID:
    row = HandOver(
        organisation_id=house.organisation_id,
        from_person_id=house.people[worker],
        day=day_of(house.organisation_id),
        made_by_id=house.people[supervisor],
        made_at=timezone.now(),
    )
    row.save()
    return row.pk


def an_import(house: House) -> UUID:
    row = Import(
        organisation_id=house.organisation_id,
        form_version_id=house.forms["child-12-14"],
        person_id=house.people["me_officer"],
        file_name=b"",
        sha256=b"\x00" * 32,
        created_at=timezone.now() + timedelta(hours=1),  # it never stands still, however long the walk takes
    )
    row.save()
    return row.pk
