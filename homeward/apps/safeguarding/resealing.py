"""Sealing anew what a colleague who joined later cannot open: in the browser of somebody who can, who is named with it.
The form of a phone is not sealed anew: for that a new key for phones is made.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from homeward.apps.safeguarding.models import Escalation, Group, LogEntry, Recipient, Resealed, SealedNote, State
from homeward.apps.safeguarding.recipients import (
    able_to_open,
    current_recipients,
    earlier_recipients,
    own_recipient,
    sealed_to_all,
)
from homeward.apps.safeguarding.scope import RECEIVES, person_of
from homeward.apps.safeguarding.sealing import envelope_of, resealed_of, seal_anew
from homeward.domain.envelope import Kind, check_envelope
from homeward.domain.escalations import out_of_order
from homeward.domain.problems import ProblemError

FIRST_KINDS = {Group.FOCAL: Kind.DISCLOSURE, Group.STAFF: Kind.STAFF_REPORT}


@dataclass(frozen=True, slots=True)
class ResealRow:
    person: str
    at: datetime
    names: tuple[str, ...]  # for whom: they could not open it before


def reseal(actor: Actor, escalation_id: UUID, envelopes: Mapping[UUID, bytes]) -> None:
    """`envelopes`: by note, sealed in the page to all who receive today."""
    row = find_escalation(actor, escalation_id)
    guard(actor, RECEIVES[row.group], row.organisation_id, what=("escalation", row.pk))
    if row.state == State.CLOSED or not envelopes:
        raise ProblemError(out_of_order())
    notes = {note.pk: (what, note) for what, note in notes_of(row)}
    own = own_recipient(actor, row.group)
    made = []
    for note_id, envelope in envelopes.items():
        what, note = notes.get(note_id, ("", None))
        if note is None or own is None or not able_to_open([own], envelope_for(actor, note)):
            raise NotVisible("note")
        check_envelope(envelope, Kind.REASONING if what else FIRST_KINDS[Group(row.group)])
        made.append(_row(actor, note_id, envelope, sealed_to_all(row.organisation_id, row.group, envelope)))
    with transaction.atomic():
        for each in made:
            each.save(force_insert=True)
        detail: dict[str, str | int | bool | None] = {"notes": len(made)}
        record(actor, "reseal", "escalation", row.pk, organisation_id=row.organisation_id, detail=detail)


def _row(actor: Actor, note_id: UUID, envelope: bytes, holders: list[str]) -> Resealed:
    row = Resealed(note_id=note_id, holders=holders, person_id=person_of(actor), at=timezone.now())
    row.envelope = seal_anew(row.pk, envelope)
    return row


def notes_of(row: Escalation) -> list[tuple[str, SealedNote]]:
    """What was told first, with an empty word; then each step's reasoning, with the step."""
    entries = LogEntry.objects.filter(escalation=row, note__isnull=False).select_related("note", "note__person")
    first = [("", row.note)] if row.note is not None else []
    return [*first, *((entry.step, entry.note) for entry in entries if entry.note is not None)]


def envelope_for(actor: Actor, note: SealedNote, key_id: UUID | None = None) -> bytes:
    """The first where the actor's key opens it, as it was written; else the newest made since that it opens. `key_id`:
    one of the actor's keys of before.
    """
    first, own = envelope_of(note), own_recipient(actor, note.group)
    if key_id is not None:
        own = earlier_recipients(actor, note.group).filter(pk=key_id).first() or own
    if own is None or able_to_open([own], first):
        return first
    later = (resealed_of(row) for row in note.resealed.order_by("-at") if str(own.pk) in row.holders)
    return next(later, first)


def shut_out(row: Escalation) -> dict[UUID, str]:
    """People who receive today and cannot open all that is sealed here, with their names."""
    people = list(current_recipients(row.organisation_id, row.group).select_related("person"))
    found: dict[UUID, str] = {}
    for _, note in notes_of(row):
        able = {each.pk for each in able_to_open(people, envelope_of(note))}
        anew = {holder for each in note.resealed.all() for holder in each.holders}
        closed_to = [each for each in people if each.pk not in able and str(each.pk) not in anew]
        found |= {each.person_id: each.person.display_name for each in closed_to}
    return found


def resealed(row: Escalation) -> tuple[ResealRow, ...]:
    """Who did it, when, and for whom: one line an act, however many notes it had."""
    found: dict[tuple[str, str], ResealRow] = {}
    for _, note in notes_of(row):
        first = envelope_of(note)
        for each in note.resealed.select_related("person"):
            people = list(Recipient.objects.filter(pk__in=each.holders).select_related("person"))
            able = able_to_open(people, first)
            names = tuple(one.person.display_name for one in people if one not in able)
            if names:
                found.setdefault(
                    (str(each.person_id), f"{each.at:%Y-%m-%d %H:%M}"), ResealRow(str(each.person), each.at, names)
                )
    return tuple(found.values())
