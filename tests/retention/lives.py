"""A child about whom every kind of row exists, each sealed text with letters of its own; and the whole database as it
was, to be put back as a restored copy.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.apps import apps
from django.db import connection, models
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.registry import fields_of, our_models
from homeward.apps.access.roles import grant_role
from homeward.apps.access.services import register_person
from homeward.apps.access.vault import VaultError
from homeward.apps.cases.emergency import open_in_emergency
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.family import join_household
from homeward.apps.cases.handing_over import Wish, hand_caseload_over, undo_hand_over
from homeward.apps.cases.ledgers import refusals, removals
from homeward.apps.cases.models import Child
from homeward.apps.cases.passing_on import Offer, offer_transfer
from homeward.apps.cases.recipient_codes import codes_for
from homeward.apps.cases.recording import add_entry
from homeward.apps.cases.referring import Wanted, make_referral, take_step
from homeward.apps.cases.services import add_relation, assign_child, change_child, register_child
from homeward.apps.monitoring.meetings import MeetingFacts, record_meeting
from homeward.apps.monitoring.models import NoteRead
from homeward.apps.retention.deciding import lift_hold, place_hold, prolong
from homeward.apps.safeguarding.passing_on import pass_on
from homeward.apps.safeguarding.raising import Sealed
from homeward.apps.safeguarding.recipients import current_recipients
from homeward.apps.safeguarding.violations import ViolationFacts, record_violation
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Attachment, AttachmentChunk, Quarantined, Submission
from homeward.apps.visits.cards import CardFacts, lift_quiet_time, set_card, set_quiet_time
from homeward.apps.visits.contacts import Attempt, record_attempt
from homeward.apps.visits.correcting import Correction, correct_visit
from homeward.apps.visits.models import AgreedAction
from homeward.apps.visits.planning import Plan, plan_visit
from homeward.apps.visits.recording import Held, NewAction, hold_visit, settle_action, skip_voice
from homeward.domain.envelope import Kind
from homeward.domain.privacy import Storage
from homeward.domain.problems import ProblemError
from homeward.domain.referring import Step, Taken
from homeward.domain.sharing import Agreement
from homeward.domain.visiting import Answer, Check
from tests.case_life import case_life
from tests.envelopes import Key, enrolled, sealed_to
from tests.interviews import interview
from tests.pictures import picture
from tests.world import PASSWORD, House, World, day_of

FORM = "child-12-14"


def letters() -> str:
    """Sixteen that stand nowhere else."""
    return "".join(secrets.choice("bcdfghjklmnpqrstvwxz") for _ in range(16))


@dataclass
class Life:
    house: House
    id: UUID
    code: str
    said: dict[str, str] = field(default_factory=dict)  # what -> letters
    deliveries: list[Delivery] = field(default_factory=list)  # as the phone sent them

    def sow(self, what: str) -> str:
        self.said[what] = letters()
        return self.said[what]


def lived(world: World, *, told: bool = True) -> Life:
    house, system = world.amani, world.amani.system()
    words: dict[str, str] = {what: letters() for what in ("name", "external_id")}
    facts = ChildFacts(
        name=f"Asha {words['name']}",
        birth_date=date.today().replace(day=1) - timedelta(days=13 * 366),
        return_date=date.today() - timedelta(days=200),
        external_id=words["external_id"],
        team_id=house.teams[0],
        place_id=house.place_id,
    )
    made = register_child(system, facts)
    life = Life(house, made.id, made.code, words)
    assign_child(system, made.id, person_id=house.people["case_worker"])
    add_relation(system, made.id, "mother", life.sow("relation"), is_caregiver=True)
    assert world.amani.child
    add_relation(system, world.amani.child.id, "sibling", other_child_id=made.id)
    case_life(house, made.code, life.sow)
    _recorded(life)
    _interviews(life)
    _visits(life)
    _helped(life)
    _meeting(life)
    if told:
        _told(life)
    return life


def _recorded(life: Life) -> None:
    """An entry of each topic that has words, links or days of its own, and a household with another child."""
    system, child, day = life.house.system(), life.id, date.today() - timedelta(days=90)
    add_entry(system, child, "names", {"kind": "other", "name": life.sow("other name")})
    add_entry(system, child, "languages", {"language": "sw"})
    add_entry(system, child, "returns", {"returned_on": date.today() - timedelta(days=200), "kind": "forced"})
    add_entry(system, child, "care", {"arrangement": "parents", "since": day})
    join_household(system, child, day, members=4)
    assert life.house.child
    with suppress(ProblemError):  # it lives with an earlier life already
        join_household(system, life.house.child.id, day, with_code=life.code)
    codes_for(system, [child], "ministry", "children.see")


def _interviews(life: Life) -> None:
    phone = life.house.actor("enumerator")
    uploads = [Upload(f"{life.sow('file')}.jpg", "image/jpeg", picture("JPEG"))]
    for what in ("text", "other text"):
        xml = interview(FORM, life.code, instance_id=f"uuid:{letters()}", changes={"anything_to_say": life.sow(what)})
        life.deliveries.append(Delivery(xml, uploads))
        receive(phone, life.deliveries[-1])
    known = Submission.objects.filter(child=life.id).latest("pk").instance_id
    with suppress(ProblemError):  # other bytes under a known id: kept apart
        receive(
            phone,
            Delivery(interview(FORM, life.code, instance_id=known, changes={"anything_to_say": life.sow("apart")})),
        )
    other = life.house.actor("other_case_worker")  # not in its caseload: it waits in the inbox
    xml = interview(
        FORM, life.code, listed=False, instance_id=f"uuid:{letters()}", changes={"anything_to_say": life.sow("waits")}
    )
    life.deliveries.append(Delivery(xml, channel="browser"))
    receive(other, life.deliveries[-1])


def _visits(life: Life) -> None:
    """A card, a visit made in one go with a sister, what was agreed, an attempt, a quiet time that is over."""
    worker, house = life.house.actor("case_worker"), life.house
    today = day_of(house.organisation_id)
    words = {name: life.sow(f"card {name}") for name in ("how", "second", "not_with", "code_word", "unsaid")}
    set_card(worker, life.code, CardFacts(("home", "phone"), **words))
    quiet = set_quiet_time(worker, life.code, today + timedelta(days=3), today + timedelta(days=4), "grief")
    lift_quiet_time(worker, life.code, quiet)
    assert house.child
    keys = plan_visit(worker, [life.code, house.child.code], Check(*[Answer.NO] * 4), Plan(today, "home"))
    agreed = (NewAction("we", today, life.sow("promise")),)
    held = Held(True, True, "no", ("attention",), alone="yes", harm_done="told", actions=agreed)
    held = replace(held, gaps=(("health", "turned_away"),), words=life.sow("visit"))
    hold_visit(worker, keys[0], held)
    settle_action(worker, keys[0], AgreedAction.objects.get(visit_id=keys[0]).pk, "not_yet")
    skip_voice(worker, keys[0], "caregiver", "away")
    again = replace(held, words=life.sow("corrected visit"), actions=(), kept={})
    correct_visit(worker, keys[0], again, Correction("other", life.sow("why corrected")))
    record_attempt(worker, life.code, Attempt("phone", "no_answer"))


def _helped(life: Life) -> None:
    """A referral whose answer left a gap, a case offered to somebody outside, a caseload handed over and back."""
    house, today = life.house, day_of(life.house.organisation_id)
    worker, supervisor = house.actor("case_worker"), house.actor("supervisor")
    agreed = Agreement("yes", "yes", today, "en", limits_told=True)
    to, said = f"Teacher {life.sow('provider')}", f"I want {life.sow('words')}"
    wanted = Wanted("school_place", "weeks", agreed, provider=to, chosen=("words",), words=said)
    key = make_referral(worker, life.code, wanted)
    for step, more in ((Step.SEND, {"how": "family"}), (Step.DECLINE, {"reason": "full"})):
        take_step(worker, key, Taken(step, today, **more))
    offer_transfer(supervisor, life.code, Offer(agreed, recipient=f"Sisters {life.sow('recipient')}"))
    cover = (house.people["cover"] if "cover" in house.people else _cover(house),)
    wish = Wish(house.people["case_worker"], cover, today, until=today + timedelta(days=3), codes=(life.code,))
    undo_hand_over(supervisor, hand_caseload_over(supervisor, wish)[0])


def _cover(house: House) -> UUID:
    key = house.people["cover"] = register_person(house.system(), f"{letters()}@example.org", "Cover", PASSWORD)
    grant_role(house.system(), key, "case_worker", team_id=house.teams[0])
    return key


def _meeting(life: Life) -> None:
    """A review of the plan, and an interview that a supervisor has read."""
    held, words = in_days(-1), (life.sow("child's view"), life.sow("decided"))
    facts = MeetingFacts(held, ("child",), "said", "varied", words[0], decided=words[1], check_on=in_days(60))
    record_meeting(life.house.actor("case_worker"), life.code, facts, uuid4())
    kept = MeetingFacts(held, ("child",), "not_yet", "stays", reason=life.sow("why it stays"), check_on=in_days(60))
    record_meeting(life.house.actor("supervisor"), life.code, kept, uuid4())
    note = Submission.objects.filter(child=life.id).latest("pk")
    NoteRead(child_id=life.id, note_id=note.pk, person_id=life.house.people["supervisor"], at=timezone.now()).save()


def _told(life: Life) -> None:
    house = life.house
    place = (house.organisation_id, "focal")
    if not current_recipients(*place).exists():
        for name in ("focal_point", "second_focal_point"):
            enrolled(house.actor(name))
    keys = [Key(bytes(row.public_key), b"") for row in current_recipients(*place)]
    pass_on(house.actor("case_worker"), life.code, Sealed(sealed_to(keys), "high"))
    facts = ViolationFacts("detained", date.today(), "child", child_code=life.code)
    record_violation(house.actor("focal_point"), facts, sealed_to(keys, kind=Kind.VIOLATION))
    open_in_emergency(house.actor("other_case_worker"), life.code, f"Cannot wait {life.sow('emergency')}")
    place_hold(house.actor("focal_point"), life.code, "court", f"The court {life.sow('hold')}", in_days(30))
    lift_hold(house.actor("focal_point"), life.code)


def end_case(life: Life) -> None:
    from_records = Child.objects.get(pk=life.id)
    facts = ChildFacts(
        name=f"Asha {life.said['name']}",
        external_id=life.said["external_id"],
        birth_date=date.today().replace(day=1) - timedelta(days=13 * 366),
        return_date=from_records.return_date,
        place_id=from_records.place_id,
        status="closed",
    )
    change_child(life.house.system(), life.id, facts)


def in_days(days: int) -> date:
    return timezone.now().date() + timedelta(days=days)


def in_the_database(texts: dict[str, str]) -> dict[str, list[str]]:
    """Which of these stand readable anywhere: in any column as it lies, or opened with the keys of today."""
    found: dict[str, list[str]] = {}
    for where, content in [*_as_it_lies(), *_opened()]:
        for what, text in texts.items():
            if text.encode() in content or text.upper().encode() in content:
                found.setdefault(what, []).append(where)
    return found


def _as_it_lies() -> list[tuple[str, bytes]]:
    made = []
    for model in apps.get_models():
        if model._meta.app_label == "keys":
            continue
        for row in model._default_manager.values_list():
            made.append((model._meta.label, b"\n".join(_bytes(value) for value in row)))
    return made


def _bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()


def _opened() -> list[tuple[str, bytes]]:
    made = []
    vault.store.forget()
    for each in fields_of(storage=Storage.SEALED):
        under = each.sealed_under
        assert under is not None
        rows = each.model._default_manager.all()
        for row in rows:
            sealed = bytes(getattr(row, each.column.name) or b"")
            with suppress(VaultError):
                if sealed:
                    made.append((each.name, vault.open_(_owner(row, under), row.pk, each.name, sealed)))
    return made


def _owner(row: Any, under: Any) -> Any:
    if under.owner == "own":
        return row.pk
    if under.owner == "child":
        return getattr(row, under.path)
    interview = row
    if isinstance(row, AttachmentChunk):
        interview = row.attachment.submission
    elif isinstance(row, Attachment):
        interview = row.submission
    return vault.data_key_of(interview.pk, interview.child_id, interview.data_key)


def openable() -> int:
    return len(_opened())


def as_it_was() -> dict[type[models.Model], list[dict[str, Any]]]:
    """Every row, as a copy of the data holds them; the key store is another matter."""
    return {
        model: list(model._default_manager.values())
        for model in our_models()
        if model._meta.app_label not in ("keys", "audit")
    }


def put_back(copy: dict[type[models.Model], list[dict[str, Any]]]) -> None:
    """The tables say again what they said then, and nothing that came later."""
    _run(removals(connection.vendor))  # whoever owns the database can
    for model in reversed(list(copy)):
        rows = model._default_manager.all()
        rows._raw_delete(rows.db)
    with connection.constraint_checks_disabled():
        for model, rows in copy.items():
            made = []
            for values in rows:
                made.append(model(**values))
            for row in made:
                row.save_base(raw=True, force_insert=True)
    connection.check_constraints()
    _run(refusals(connection.vendor))


def _run(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for each in statements:
            cursor.execute(each)


__all__ = ["Life", "Quarantined", "prolong"]
