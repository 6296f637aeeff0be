"""Notes drawn for a supervisor to read together with the case worker who wrote them: a few a week, by a keyed hash.

The draw of a week is made of what is dated in the thirty days before that week, so it stays the same for seven days but
for what arrives late. Nobody picks, and nobody who writes knows what will be drawn. Visits come before interviews.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.guard import guard
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.monitoring.facts import AT_ONCE
from homeward.apps.monitoring.models import NoteRead
from homeward.apps.surveys.models import Submission
from homeward.apps.surveys.scope import HELD

SEE, READ = "team.see", "answers.see"
EACH = 2  # notes a week and case worker
BACK = timedelta(days=30)
VISIT = "visit"


@dataclass(frozen=True, slots=True)
class Note:
    """`id`: of the interview or visit; opening it is a look of its own."""

    id: UUID
    child_id: UUID
    child_code: str
    writer: UUID
    family: str
    day: date
    read_on: datetime | None = None


def week_of(day: date) -> date:
    """Its Monday."""
    return day - timedelta(days=day.weekday())


def drawn_for(actor: Actor, organisation_id: UUID, writers: Iterable[UUID]) -> tuple[Note, ...]:
    """Of this week. Of children that this actor may read alone."""
    monday = week_of(today_in(actor, organisation_id))
    allowed = set(writers)
    by_writer: dict[UUID, list[Note]] = {}
    for note in _candidates(actor, organisation_id, monday):
        if note.writer in allowed:
            by_writer.setdefault(note.writer, []).append(note)
    drawn = [
        note
        for notes in by_writer.values()
        for note in sorted(notes, key=lambda each: (each.family != VISIT, _lot(actor, organisation_id, monday, each)))[
            :EACH
        ]
    ]
    return tuple(_with_marks(actor, drawn))


def mark_read(actor: Actor, note_id: UUID, writers: Iterable[UUID], organisation_id: UUID) -> None:
    """Only what was drawn this week, so that nobody chooses. Twice changes nothing."""
    guard(actor, SEE, organisation_id, what=("submission", note_id))
    note = next((each for each in drawn_for(actor, organisation_id, writers) if each.id == note_id), None)
    if note is None or actor.person_id is None:
        raise NotVisible("interview")
    row = NoteRead(child_id=note.child_id, note_id=note_id, person_id=actor.person_id, at=timezone.now())
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            what, child = ("submission", note_id), note.child_id
            record(actor, "read_note", *what, organisation_id=organisation_id, child_id=child)
    except IntegrityError:
        return


def _candidates(actor: Actor, organisation_id: UUID, monday: date) -> Iterable[Note]:
    """What people or their phones wrote in the weeks before this one, about children in reach."""
    children = children_visible_to(actor, READ).filter(organisation_id=organisation_id)
    codes = dict(children.filter(team__in=_teams(actor, organisation_id)).values_list("pk", "code"))
    keys = list(codes)
    for start in range(0, len(keys), AT_ONCE):
        rows = Submission.objects.filter(
            child__in=keys[start : start + AT_ONCE],
            state__in=HELD,
            interviewed_on__gte=monday - BACK,
            interviewed_on__lt=monday,
        ).annotate(writer=Coalesce("person_id", "device__person_id"))
        chosen = rows.values_list("pk", "child_id", "writer", "form_version__family", "interviewed_on")
        for key, child_id, writer, family, day in chosen:
            if child_id is not None and writer is not None and writer != actor.person_id:
                yield Note(key, child_id, codes[child_id], writer, family, day)


def _teams(actor: Actor, organisation_id: UUID) -> list[UUID]:
    return [
        grant.team_id
        for grant, _scope in actor.grants_for(SEE)
        if grant.organisation_id == organisation_id and grant.team_id is not None
    ]


def _lot(actor: Actor, organisation_id: UUID, monday: date, note: Note) -> bytes:
    return vault.keyed_hash("sample", organisation_id, f"{monday} {actor.person_id} {note.id}")


def _with_marks(actor: Actor, notes: Sequence[Note]) -> list[Note]:
    rows = NoteRead.objects.filter(person=actor.person_id, note_id__in=[note.id for note in notes])
    read = dict(rows.values_list("note_id", "at"))
    return [
        Note(each.id, each.child_id, each.child_code, each.writer, each.family, each.day, read.get(each.id))
        for each in notes
    ]
