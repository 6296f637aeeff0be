"""Notes drawn for a supervisor to read together with the case worker who wrote them: a few a week, by a keyed hash.

The rule: of each case worker two, dated in the thirty days before this week, one of a visit and one of an interview
where there are both; among those of a kind the lot decides, and none that somebody has read in an earlier week. So the
draw stays the same for seven days but for what arrives late. Nobody picks, and nobody who writes knows what is drawn.
What is told in confidence is in none: it lies sealed to focal points, and forms that carry it are not drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery, UUIDField
from django.db.models.functions import Coalesce
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.actors import Actor, permit, today_in, zone_of
from homeward.apps.access.guard import guard
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.monitoring.facts import AT_ONCE
from homeward.apps.monitoring.models import NoteRead
from homeward.apps.monitoring.note_words import checked, say_about
from homeward.apps.surveys.models import Submission
from homeward.apps.surveys.scope import HELD
from homeward.apps.visits.models import Visit, VisitVersion

SEE, READ, READ_VISITS = "team.see", "answers.see", "visits.see"
EACH = 2  # notes a week and case worker
BACK = timedelta(days=30)
VISIT = "visit"
NOTE_OF_VISIT, INTERVIEW = "visit", "interview"


@dataclass(frozen=True, slots=True)
class Note:
    """`id`: of the interview or visit; opening it is a look of its own."""

    id: UUID
    child_id: UUID
    child_code: str
    writer: UUID
    family: str  # of an interview
    day: date
    kind: str = INTERVIEW
    read_on: datetime | None = None

    @property
    def of_a_visit(self) -> bool:
        """The record of a visit, or what was asked at one."""
        return self.kind == NOTE_OF_VISIT or self.family == VISIT


def week_of(day: date) -> date:
    """Its Monday."""
    return day - timedelta(days=day.weekday())


def drawn_for(actor: Actor, organisation_id: UUID, writers: Iterable[UUID]) -> tuple[Note, ...]:
    """Of this week. Of children that this actor may read alone."""
    monday = week_of(today_in(actor, organisation_id))
    allowed = set(writers)
    by_writer: dict[UUID, list[Note]] = {}
    for note in _not_read_before(list(_candidates(actor, organisation_id, monday)), organisation_id, monday):
        if note.writer in allowed:
            by_writer.setdefault(note.writer, []).append(note)
    drawn: list[Note] = []
    for notes in by_writer.values():
        drawn += _drawn(sorted(notes, key=lambda each: _lot(actor, organisation_id, monday, each)))
    return tuple(_with_marks(actor, drawn))


def _drawn(notes: Sequence[Note]) -> list[Note]:
    """`notes`: in the order of their lots."""
    first = [next((note for note in notes if note.of_a_visit is wanted), None) for wanted in (True, False)]
    chosen = [note for note in first if note is not None]
    return [*chosen, *(note for note in notes if note not in chosen)][:EACH]


def mark_read(actor: Actor, note_id: UUID, writers: Iterable[UUID], organisation_id: UUID, words: str = "") -> None:
    """Only what was drawn this week, so that nobody chooses. Marked twice changes nothing; `words` go to the writer of
    the note alone, whether it is marked already or not.
    """
    guard(actor, SEE, organisation_id, what=("submission", note_id))
    said = checked(words)
    note = next((each for each in drawn_for(actor, organisation_id, writers) if each.id == note_id), None)
    if note is None or actor.person_id is None:
        raise NotVisible("interview")
    with transaction.atomic():
        if note.read_on is None:
            _mark(actor, actor.person_id, note, organisation_id)
        if said:
            say_about(actor, organisation_id, note.id, note.kind, note.writer, said)


def _mark(actor: Actor, person_id: UUID, note: Note, organisation_id: UUID) -> None:
    row = NoteRead(child_id=note.child_id, note_id=note.id, person_id=person_id, at=timezone.now())
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            what = ("submission" if note.kind == INTERVIEW else "visit", note.id)
            record(actor, "read_note", *what, organisation_id=organisation_id, child_id=note.child_id)
    except IntegrityError:
        return


def _candidates(actor: Actor, organisation_id: UUID, monday: date) -> Iterator[Note]:
    """What people or their phones wrote in the weeks before this one, about children in reach."""
    sources = ((READ, _interviews), (READ_VISITS, _visits))
    for permission, source in sources:
        if not permit(actor, permission, organisation_id=organisation_id):
            continue
        children = children_visible_to(actor, permission).filter(organisation_id=organisation_id)
        rows = children.filter(team__in=_teams(actor, organisation_id)).order_by()
        codes = dict(rows.values_list("pk", "code"))
        keys = list(codes)
        for start in range(0, len(keys), AT_ONCE):
            for note in source(keys[start : start + AT_ONCE], codes, monday):
                if note.writer != actor.person_id:
                    yield note


def _interviews(some: Sequence[UUID], codes: dict[UUID, str], monday: date) -> Iterator[Note]:
    rows = Submission.objects.filter(
        child__in=some,
        state__in=HELD,
        interviewed_on__gte=monday - BACK,
        interviewed_on__lt=monday,
        form_version__encrypted=False,
    ).annotate(writer=Coalesce("person_id", "device__person_id"))
    chosen = rows.values_list("pk", "child_id", "writer", "form_version__family", "interviewed_on")
    for key, child_id, writer, family, day in chosen:
        if child_id is not None and writer is not None:
            yield Note(key, child_id, codes[child_id], writer, family, day)


def _visits(some: Sequence[UUID], codes: dict[UUID, str], monday: date) -> Iterator[Note]:
    """Visits that took place, by whoever wrote what they say now: of a corrected one, whoever corrected it last."""
    last = VisitVersion.objects.filter(visit=OuterRef("pk")).order_by("-number").values("replaced_by")[:1]
    rows = Visit.objects.filter(
        child__in=some, held_on__gte=monday - BACK, held_on__lt=monday, closed_by__isnull=False
    ).order_by()
    rows = rows.annotate(writer=Coalesce(Subquery(last), "closed_by", output_field=UUIDField()))
    for key, child_id, writer, day in rows.values_list("pk", "child_id", "writer", "held_on"):
        if writer is not None and day is not None:
            yield Note(key, child_id, codes[child_id], writer, "", day, NOTE_OF_VISIT)


def _not_read_before(notes: Sequence[Note], organisation_id: UUID, monday: date) -> list[Note]:
    """By anybody, in an earlier week: what was read this week stays."""
    begins = datetime.combine(monday, time.min, ZoneInfo(zone_of(organisation_id)))
    children = list({note.child_id for note in notes})
    read: set[UUID] = set()
    for start in range(0, len(children), AT_ONCE):
        rows = NoteRead.objects.filter(child__in=children[start : start + AT_ONCE], at__lt=begins)
        read.update(rows.values_list("note_id", flat=True))
    return [note for note in notes if note.id not in read]


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
    return [replace(each, read_on=read.get(each.id)) for each in notes]
