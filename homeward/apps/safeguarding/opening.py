"""Handing out what is sealed, to be opened in the recipient's browser: an act with a reason, written down before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.safeguarding.escalations import find_escalation
from homeward.apps.safeguarding.from_phones import HandedForm, form_of, handed_form
from homeward.apps.safeguarding.models import Opening, PhoneForm, Reason, SealedNote, Source
from homeward.apps.safeguarding.programme_keys import private_halves
from homeward.apps.safeguarding.recipients import OwnKey, earlier_keys
from homeward.apps.safeguarding.resealing import envelope_for, notes_of
from homeward.apps.safeguarding.scope import RECEIVES, person_of, violations_visible_to
from homeward.apps.safeguarding.sealing import envelope_of
from homeward.domain.problems import Problem, ProblemError, Where


@dataclass(frozen=True, slots=True)
class Handed:
    note_id: UUID
    what: str  # the step of the log; empty for what was told
    person: str
    at: datetime
    envelope: bytes
    form: HandedForm | None = None  # where a phone encrypted it: then there is no envelope


def keys_of_before(actor: Actor, escalation_id: UUID) -> list[OwnKey]:
    """Own keys that were replaced and still open something of this matter that the one of today does not."""
    row = find_escalation(actor, escalation_id)
    sealed = [envelope_for(actor, note) for _, note in notes_of(row)]
    if row.source == Source.PHONE:
        sealed += private_halves(row.organisation_id)
    return earlier_keys(actor, row.group, sealed)


def keys_of_before_for(actor: Actor, violation_id: UUID) -> list[OwnKey]:
    row = violations_visible_to(actor).select_related("note").filter(pk=violation_id).first()
    if row is None or row.note is None:
        return []
    return earlier_keys(actor, row.note.group, [envelope_of(row.note)])


def open_escalation(actor: Actor, escalation_id: UUID, reason: str, key_id: UUID | None = None) -> list[Handed]:
    """What was told, and the reasoning since. `key_id`: to be opened with one of the actor's keys of before."""
    row = find_escalation(actor, escalation_id)
    guard(actor, RECEIVES[row.group], row.organisation_id, what=("escalation", row.pk))
    _check(reason)
    with transaction.atomic():
        Opening.objects.create(escalation=row, person_id=person_of(actor), at=timezone.now(), reason=reason)
        _trace(actor, "escalation", row.pk, row.organisation_id, reason)
    handed = [_handed(what, note, envelope_for(actor, note, key_id)) for what, note in notes_of(row)]
    form = form_of(row)
    return handed if form is None else [_handed_form(form), *handed]


def _handed_form(form: PhoneForm) -> Handed:
    person = form.device.person.display_name if form.device is not None and form.device.person is not None else ""
    return Handed(form.pk, "", person, form.received_at, b"", handed_form(form))


def open_violation(actor: Actor, violation_id: UUID, reason: str) -> list[Handed]:
    row = violations_visible_to(actor).select_related("note", "note__person").filter(pk=violation_id).first()
    if row is None:
        raise NotVisible("violation")
    guard(actor, "violations.see", row.organisation_id, what=("violation", row.pk))
    _check(reason)
    with transaction.atomic():
        Opening.objects.create(violation=row, person_id=person_of(actor), at=timezone.now(), reason=reason)
        _trace(actor, "violation", row.pk, row.organisation_id, reason)
    return [_handed("", row.note, envelope_of(row.note))] if row.note is not None else []


def _trace(actor: Actor, kind: str, key: UUID, organisation_id: UUID, reason: str) -> None:
    record(actor, "open_sealed", kind, key, organisation_id=organisation_id, detail={"reason": reason})


def _check(reason: str) -> None:
    if reason not in Reason.values:
        where = Where(field="reason")
        raise ProblemError(Problem("reason.missing", "The reason is missing.", "Choose one.", where))


def _handed(what: str, note: SealedNote, envelope: bytes) -> Handed:
    return Handed(note.pk, what, note.person.display_name if note.person else "", note.received_at, envelope)
