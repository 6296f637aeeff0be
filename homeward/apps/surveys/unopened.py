"""What came sealed and could not be taken: it stays sealed, is tried again every hour, and a person sees why. What is
no interview can be read by whoever registers children in the team that sent it, and settled by them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.keys.faults import LockedError
from homeward.apps.access.visibility import NotVisible
from homeward.apps.access.writing import writing
from homeward.apps.audit.services import record, record_look
from homeward.apps.surveys.inbox import settled_already
from homeward.apps.surveys.models import SealedArrival
from homeward.apps.surveys.note_rows import end, held
from homeward.apps.surveys.notes import REFUSED, SETTLED, WAITING, Note
from homeward.apps.surveys.scope import sent_by_own_phone, sent_within
from homeward.apps.surveys.transport import Letter, content_of
from homeward.domain.problems import Problem, ProblemError, Where

MOST = 200
READ = ("children.register", "names.see")  # whoever holds both within its reach reads what a phone has sent
LOOK, SETTLE = "read_not_taken", "settle_not_taken"
RECORDED = "recorded"  # on the pages, by hand
NOT_NEEDED = ("twice", "mistake", "not_wanted", "over")


@dataclass(frozen=True, slots=True)
class Unopened:
    id: UUID
    reason: str  # code of what stood against it
    sender: str
    received_at: datetime
    readable: bool  # to whoever asks


@dataclass(frozen=True, slots=True)
class Behind:
    """What lies behind a row. `note`: none where it is an interview, or does not open."""

    row: Unopened
    organisation_id: UUID
    waits: bool  # else it was taken or settled meanwhile
    note: Note | None = None
    shut: str = ""  # code of why it does not open


def list_unopened(actor: Actor) -> list[Unopened]:
    """Of the phones and people within reach. To whoever has a conflict with a child none: nothing tells whose it is."""
    guard(actor, "inbox.see")
    if actor.conflicts:
        return []
    rows = SealedArrival.objects.filter(sent_within(actor, "inbox.see"), state=REFUSED).defer("envelope")
    found = list(rows.select_related("person", "device").order_by("id")[:MOST])
    readable = set(_readable(actor).filter(pk__in=[row.pk for row in found]).values_list("pk", flat=True))
    return [_row(row, readable=row.pk in readable) for row in found]


def look_behind(actor: Actor, arrival_id: UUID) -> Behind:
    """The look is written down before anything is opened."""
    row = _found(actor, arrival_id)
    record_look(actor, LOOK, "sealed_arrival", row.pk, organisation_id=row.organisation_id)
    said, place = _row(row, readable=True), row.organisation_id
    if row.state != REFUSED:
        return Behind(said, place, waits=False)
    try:
        return Behind(said, place, waits=True, note=_note_of(row))
    except LockedError:
        raise
    except ProblemError as error:
        return Behind(said, place, waits=True, shut=error.first.code)


def settle_unopened(actor: Actor, arrival_id: UUID, how: str, kinds: Collection[str]) -> None:
    """A note of one of these kinds, and never an interview: what lay sealed goes, and its phone is told that it was
    dealt with. Whoever takes it at the same moment comes before or after.
    """
    row = _found(actor, arrival_id)
    if how not in (RECORDED, *NOT_NEEDED):
        raise ProblemError(Problem("note.why", "It is not said why.", "Choose from the list.", Where(field="why")))
    with writing(), transaction.atomic():
        same = held(row)
        now = next((each for each in same if each.pk == row.pk), None)
        if now is None or now.state != REFUSED:
            raise ProblemError(settled_already())
        note = _note_of(now)
        if note is None or note.kind not in kinds:
            raise ProblemError(_stays())
        end(same, SETTLED, how)
        detail = {"kind": note.kind, "how": how}
        record(actor, SETTLE, "sealed_arrival", row.pk, organisation_id=row.organisation_id, detail=detail)


def _found(actor: Actor, arrival_id: UUID) -> SealedArrival:
    for permission in READ:
        guard(actor, permission, what=("sealed_arrival", arrival_id))
    rows = _readable(actor).exclude(state=WAITING)
    row = rows.select_related("person", "device").filter(pk=arrival_id).first()
    if row is None:
        raise NotVisible("note")
    return row


def _readable(actor: Actor) -> QuerySet[SealedArrival]:
    if actor.conflicts:
        return SealedArrival.objects.none()
    reach = Q()
    for permission in READ:
        reach &= sent_within(actor, permission) | sent_by_own_phone(actor, permission)
    return SealedArrival.objects.filter(reach)


def _note_of(row: SealedArrival) -> Note | None:
    return content_of(Letter(bytes(row.envelope), bytes(row.flag), row.channel)).note


def _row(row: SealedArrival, *, readable: bool) -> Unopened:
    return Unopened(row.pk, row.problem, str(row.device or row.person or ""), row.received_at, readable)


def _stays() -> Problem:
    message = "This is an interview, or nothing that this server knows: it stays here, sealed."
    return Problem("note.stays", message, "It is tried again every hour.", status=409)
