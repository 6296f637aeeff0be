"""What a supervisor says about a note that was read, in private to whoever wrote it: to learn, and for no figure.

It lies under a key of its own and goes with it after ninety days, or as soon as the child of the note is erased.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.monitoring.models import NoteWords
from homeward.apps.monitoring.sealing import seal_of_words, words_about_note
from homeward.apps.monitoring.staff_notes import KEPT, WRITE
from homeward.domain.problems import Problem, ProblemError, Where

LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class WordsRow:
    id: UUID
    note_id: UUID
    kind: str
    said_by: str
    said_at: datetime
    seen_at: datetime | None
    ends_on: date
    words: str = ""


def checked(text: str) -> str:
    """As it is kept; empty where nothing was said."""
    found = text.strip()
    if len(found) > LONGEST:
        message, action = "This is longer than fits here.", "Say it in fewer words."
        raise ProblemError(Problem("note_words.long", message, action, Where(field="words")))
    return found


def say_about(actor: Actor, organisation_id: UUID, note_id: UUID, kind: str, writer_id: UUID, text: str) -> None:
    """In the caller's transaction, which has looked that this note was drawn for this actor."""
    if actor.person_id is None:
        raise NotVisible("note")
    key = uuid4()
    NoteWords(
        id=key,
        organisation_id=organisation_id,
        note_id=note_id,
        kind=kind,
        writer_id=writer_id,
        said_by_id=actor.person_id,
        words=seal_of_words(key, text),
        said_at=timezone.now(),
    ).save(force_insert=True)
    record(actor, "say_about_note", "note_words", key, organisation_id=organisation_id)


def unseen_words(actor: Actor) -> int:
    """For the first page: about how many notes."""
    return _own(actor).filter(seen_at=None).values("note_id").distinct().count()


def own_words(actor: Actor) -> tuple[WordsRow, ...]:
    """About one's own notes, the newest first."""
    rows = list(_own(actor).select_related("said_by"))
    vault.prefetch(each.pk for each in rows)
    return tuple(_row(each, words_about_note(each)) for each in rows)


def mark_seen(actor: Actor, words_id: UUID) -> None:
    """Twice changes nothing."""
    row = _own(actor).filter(pk=words_id).first()
    if row is None:
        raise NotVisible("note")
    guard(actor, WRITE, row.organisation_id, what=("note_words", row.pk))
    with transaction.atomic():
        if NoteWords.objects.filter(pk=row.pk, seen_at=None).update(seen_at=timezone.now()):
            record(actor, "see_about_note", "note_words", row.pk, organisation_id=row.organisation_id)


def forget_words(now: datetime | None = None) -> int:
    """Daily: keys first."""
    return _forget(NoteWords.objects.filter(said_at__lte=(now or timezone.now()) - KEPT))


def forget_words_about(note_ids: Iterable[UUID]) -> int:
    """In the caller's transaction, as a child is erased."""
    return _forget(NoteWords.objects.filter(note_id__in=list(note_ids)))


def _forget(rows: QuerySet[NoteWords]) -> int:
    keys = list(rows.values_list("pk", flat=True))
    if keys:
        vault.drop_own(keys)
        NoteWords.objects.filter(pk__in=keys).delete()
    return len(keys)


def _own(actor: Actor) -> QuerySet[NoteWords]:
    places = [grant.organisation_id for grant, _scope in actor.grants_for(WRITE)]
    fresh = Q(said_at__gt=timezone.now() - KEPT)
    return NoteWords.objects.filter(fresh, writer=actor.person_id, organisation__in=places)


def _row(row: NoteWords, words: str) -> WordsRow:
    ends = timezone.localtime(row.said_at + KEPT).date()
    return WordsRow(row.pk, row.note_id, row.kind, row.said_by.display_name, row.said_at, row.seen_at, ends, words)
