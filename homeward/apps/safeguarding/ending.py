"""What was told in confidence, when the child's record ends: every sealed text goes with its key. That something was
escalated, how it ended and who dealt with it stays, for those who must account for it, without the child.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from homeward.apps.access import vault
from homeward.apps.safeguarding.models import (
    Escalation,
    LogEntry,
    PhoneFile,
    PhoneForm,
    Resealed,
    SealedNote,
    Source,
    State,
    Violation,
)

NOBODY = UUID(int=0)  # no child
MATTER = ("child_id", "source_id", "thread_id")


def told_about(child_id: UUID, interviews: Iterable[UUID]) -> list[UUID]:
    """Sealed notes of the child, and those that came with its interviews."""
    mine = list(interviews)
    matters = Escalation.objects.filter(Q(child_id=child_id) | Q(source_id__in=mine))
    notes = Q(child_id=child_id) | Q(source_id__in=mine)
    notes |= Q(pk__in=LogEntry.objects.filter(escalation__in=matters, note__isnull=False).values("note"))
    notes |= Q(pk__in=Violation.objects.filter(child_id=child_id, note__isnull=False).values("note"))
    return list(SealedNote.objects.filter(notes).values_list("pk", flat=True))


def forget_told(child_id: UUID, notes: Iterable[UUID]) -> int:
    """In the caller's transaction. Their keys go first: a row without its key is harmless."""
    keys = list(notes)
    anew = Resealed.objects.filter(note__in=keys)
    vault.drop_own([*keys, *anew.values_list("pk", flat=True)])
    anew.delete()
    LogEntry.objects.filter(note__in=keys).update(note=None)
    Escalation.objects.filter(Q(note__in=keys) | Q(child_id=child_id)).update(note=None, child=None)
    Violation.objects.filter(Q(note__in=keys) | Q(child_id=child_id)).update(note=None, child=None)
    SealedNote.objects.filter(pk__in=keys).delete()
    return len(keys)


def open_matters(child_ids: Iterable[UUID], interviews: Mapping[UUID, UUID]) -> set[UUID]:
    """Children for whom somebody still has to act. Only for decisions of the house: no page may show it.

    `interviews` -> child: a matter that came with an interview names no child where that was linked only later.
    """
    children = {key: key for key in child_ids}
    found = _open().filter(Q(child__in=list(children)) | _about(interviews)).values_list(*MATTER)
    about = children | dict(interviews)
    return {about[key] for row in found for key in row if key in about}


def open_matters_of(child_id: UUID, interviews: Iterable[UUID]) -> set[UUID]:
    """The matters themselves. For decisions of the house, as `open_matters`."""
    return set(_open().filter(Q(child=child_id) | _about(interviews)).values_list("pk", flat=True))


def open_sources(interviews: Iterable[UUID]) -> set[UUID]:
    """Of these interviews, or of the first versions of their lines, those from which an open matter came."""
    mine = set(interviews)
    found = _open().filter(_about(mine)).values_list("source_id", "thread_id")
    return {key for row in found for key in row} & mine


def _open() -> QuerySet[Escalation]:
    return Escalation.objects.exclude(state=State.CLOSED)


def _about(interviews: Iterable[UUID]) -> Q:
    mine = list(interviews)
    return Q(source_id__in=mine) | Q(thread_id__in=mine)


def settled_without_child(organisation_id: UUID) -> QuerySet[Escalation]:
    """Closed matters that name no child and of which something sealed is still here. What came with an interview ends
    with that interview: the caller leaves those out whose interview is there.
    """
    told = Exists(LogEntry.objects.filter(escalation=OuterRef("pk"), note__isnull=False))
    form = Exists(PhoneForm.objects.filter(pk=OuterRef("source_id")))
    rows = Escalation.objects.filter(organisation_id=organisation_id, child=None, state=State.CLOSED)
    return rows.filter(Q(note__isnull=False) | told | Q(form, source=Source.PHONE), closed_at__isnull=False)


def recorded_without_child(organisation_id: UUID) -> QuerySet[Violation]:
    """Of the register; what happened, in words, lies sealed beside each."""
    return Violation.objects.filter(organisation_id=organisation_id, child=None, note__isnull=False)


def forget_matter(matter: Escalation) -> list[str]:
    """In the caller's transaction: every sealed text of it, and the form of a phone. That it was raised, by what, and
    how it ended stays. Returns the ids by which phones know what they sent.
    """
    notes = LogEntry.objects.filter(escalation=matter, note__isnull=False).values_list("note", flat=True)
    forget_told(NOBODY, [*notes, *([matter.note_id] if matter.note_id else [])])
    forms = PhoneForm.objects.filter(pk=matter.source_id) if matter.source == Source.PHONE else PhoneForm.objects.none()
    return forget_phone_forms(forms)


def forget_words_of(violation: Violation) -> None:
    """In the caller's transaction. It goes on being counted."""
    forget_told(NOBODY, [violation.note_id] if violation.note_id else [])


def forget_phone_forms(forms: QuerySet[PhoneForm]) -> list[str]:
    """In the caller's transaction; keys first."""
    known = dict(forms.values_list("pk", "instance_id"))
    files = PhoneFile.objects.filter(form__in=list(known))
    vault.drop_own([*known, *files.values_list("pk", flat=True)])
    files.delete()
    PhoneForm.objects.filter(pk__in=list(known)).delete()
    return list(known.values())
