"""Something told in confidence, written on a page: from the page of a child, and where an interview was kept apart."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, system_actor
from homeward.apps.access.guard import guard
from homeward.apps.audit.services import record
from homeward.apps.cases.queries import find_within
from homeward.apps.safeguarding.models import Group, SealedNote, Source
from homeward.apps.safeguarding.raising import Raised, Sealed, rows_for
from homeward.apps.safeguarding.recipients import keys_for
from homeward.domain.envelope import Kind, check_envelope
from homeward.domain.problems import Problem, ProblemError


def pass_on(actor: Actor, child: UUID | str, sealed: Sealed) -> None:
    """From the child's page. The trace says that a note came, not whose page it came from nor who wrote it: that
    stands with the note, for those who receive it.
    """
    row = find_within(actor, child, "sealed.write")
    guard(actor, "sealed.write", row.organisation_id, team_id=row.team_id, what=("child", row.pk))
    check_envelope(sealed.envelope, Kind.DISCLOSURE)
    if not keys_for(row.organisation_id, Group.FOCAL):
        raise ProblemError(too_few())
    note_id, now = uuid4(), timezone.now()
    raised = Raised(row.organisation_id, Source.CHILD, note_id, note_id, row, actor.person_id)
    rows = rows_for(raised, (), Sealed(sealed.envelope, sealed.severity or "medium"), now)
    with transaction.atomic():
        rows.write()
        record(system_actor(row.organisation_id), "keep_sealed", "sealed_note", organisation_id=row.organisation_id)


def keep_apart(actor: Actor, organisation_id: UUID, source_id: UUID, sealed: Sealed) -> None:
    """The interview beside it did not become a record yet; what was told does not wait for that."""
    if SealedNote.objects.filter(source=Source.INTERVIEW, source_id=source_id).exists():
        return
    raised = Raised(organisation_id, Source.INTERVIEW, source_id, source_id, None, actor.person_id)
    with transaction.atomic():
        rows_for(raised, (), sealed, timezone.now()).write()


def too_few() -> Problem:
    return Problem(
        "sealed.too_few",
        "Fewer than two people can receive what is told in confidence, so it cannot be passed on here.",
        "Tell a focal point in person, and ask the organisation to name two.",
        status=409,
    )
