"""How a case worker is doing: a few words about oneself, to the supervisor of the team and nobody else.

It lies under a key of its own and goes with it after ninety days. Nothing is counted from it, and no report shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record, record_look
from homeward.apps.monitoring.models import StaffNote
from homeward.apps.monitoring.sealing import seal_of_staff_note, staff_note_of
from homeward.domain.problems import Problem, ProblemError, Where

WRITE, SEE = "staff_notes.write", "staff_notes.see"
KEPT = timedelta(days=90)
LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class StaffNoteRow:
    id: UUID
    person: str
    written_at: datetime
    asks_talk: bool
    talked_at: datetime | None
    ends_on: date
    note: str = ""  # opened by an explicit call


def write_note(actor: Actor, text: str, *, asks_talk: bool) -> UUID:
    """About oneself. Asking for a talk needs no words."""
    place = guard(actor, WRITE)
    team_id = next(
        (grant.team_id for grant, _ in actor.grants_for(WRITE) if grant.organisation_id == place and grant.team_id),
        None,
    )
    if actor.person_id is None or team_id is None:
        raise NotVisible("team")
    text, where = text.strip(), Where(field="note")
    if not text and not asks_talk:
        message, action = "There is nothing to pass on.", "Write a few words, or ask for a talk."
        raise ProblemError(Problem("staff_note.empty", message, action, where))
    if len(text) > LONGEST:
        message, action = "This is longer than fits here.", "Say it in fewer words."
        raise ProblemError(Problem("staff_note.long", message, action, where))
    key = uuid4()
    row = StaffNote(
        id=key,
        organisation_id=place,
        team_id=team_id,
        person_id=actor.person_id,
        words=seal_of_staff_note(key, text),
        asks_talk=asks_talk,
        written_at=timezone.now(),
    )
    with transaction.atomic():
        row.save(force_insert=True)
        record(actor, "write_staff_note", "staff_note", key, organisation_id=place)
    return key


def own_notes(actor: Actor) -> tuple[StaffNoteRow, ...]:
    """One's own, with their words."""
    rows = StaffNote.objects.filter(_fresh(), person=actor.person_id).select_related("person")
    return tuple(_row(each, staff_note_of(each)) for each in rows)


def notes_for(actor: Actor) -> tuple[StaffNoteRow, ...]:
    """Of the team, without their words: who asks for a talk, and nobody has marked it yet, stands first."""
    rows = _visible_to(actor).select_related("person")
    return tuple(sorted(map(_row, rows), key=lambda each: not each.asks_talk or each.talked_at is not None))


def open_note(actor: Actor, note_id: UUID) -> StaffNoteRow:
    row = _found(actor, note_id)
    place = row.organisation_id
    guard(actor, SEE, place, team_id=row.team_id, what=("staff_note", row.pk))
    record_look(actor, "read_staff_note", "staff_note", row.pk, organisation_id=place)
    return _row(row, staff_note_of(row))


def mark_talked(actor: Actor, note_id: UUID) -> None:
    """They have talked about it; twice changes nothing."""
    row = _found(actor, note_id)
    place = row.organisation_id
    guard(actor, SEE, place, team_id=row.team_id, what=("staff_note", row.pk))
    with transaction.atomic():
        fresh = StaffNote.objects.filter(pk=row.pk, talked_at=None)
        if fresh.update(talked_at=timezone.now(), talked_by=actor.person_id):
            record(actor, "talk_about_staff_note", "staff_note", row.pk, organisation_id=place)


def forget_notes() -> int:
    """Daily: keys first, for a row without its key says nothing."""
    keys = list(StaffNote.objects.exclude(_fresh()).values_list("pk", flat=True))
    vault.drop_own(keys)
    StaffNote.objects.filter(pk__in=keys).delete()
    return len(keys)


def _visible_to(actor: Actor) -> QuerySet[StaffNote]:
    """Of the teams that this actor supervises; never one's own."""
    teams = [grant.team_id for grant, _ in actor.grants_for(SEE) if grant.team_id is not None]
    return StaffNote.objects.filter(_fresh(), team__in=teams).exclude(person=actor.person_id)


def _found(actor: Actor, note_id: UUID) -> StaffNote:
    row = _visible_to(actor).select_related("person").filter(pk=note_id).first()
    if row is None:
        raise NotVisible("note")
    return row


def _fresh() -> Q:
    return Q(written_at__gt=timezone.now() - KEPT)


def _row(row: StaffNote, note: str = "") -> StaffNoteRow:
    ends = timezone.localtime(row.written_at + KEPT).date()
    return StaffNoteRow(row.pk, row.person.display_name, row.written_at, row.asks_talk, row.talked_at, ends, note)
