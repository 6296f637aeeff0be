"""Notes of the app as rows that wait: taken once, or dealt with by a person, whichever comes first. Every step holds
all that came under one delivery, so that of two at the same moment one finds it done.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.keys.faults import LockedError
from homeward.apps.access.writing import writing
from homeward.apps.audit.services import record
from homeward.apps.surveys.deliveries import Receipt
from homeward.apps.surveys.models import SealedArrival
from homeward.apps.surveys.notes import OPEN, OPENED, REFUSED, SETTLED, Note, Takers, taken
from homeward.domain.problems import ProblemError


def take_note(actor: Actor, row: SealedArrival, note: Note, takers: Takers) -> Receipt:
    """What cannot be taken as it is stays here, sealed, with the reason: whoever sent it cannot write it anew. `row` is
    not written yet.
    """
    delivery = str(row.delivery)
    with writing(), transaction.atomic():
        same = held(row)
        if any(each.state in (OPENED, SETTLED) for each in same):
            return Receipt(201, "stored", delivery, None, repeated=True)
        row.settled_at = row.received_at
        row.state, row.problem = _tried(actor, same[0] if same else row, note, takers)
        if row.state == OPENED:
            row.envelope = row.flag = b""
            end(same, OPENED, row.problem)
        if not any(bytes(each.sha256) == row.sha256 for each in same):
            _keep(actor, row, note.kind)
    return Receipt(201, "stored", delivery, None) if row.state == OPENED else Receipt(202, "waiting", delivery, None)


def _keep(actor: Actor, row: SealedArrival, kind: str) -> None:
    with suppress(IntegrityError), transaction.atomic():  # the same came at the same moment
        row.save(force_insert=True)
        if row.state == REFUSED:
            record(actor, "quarantine", "sealed_arrival", row.pk, detail={"kind": kind, "reason": row.problem})


def open_note(row: SealedArrival, note: Note, takers: Takers, sender: Actor) -> str:
    """Its state after this try."""
    with writing(), transaction.atomic():
        same = held(row)
        now = next((each for each in same if each.pk == row.pk), None)
        if now is None or now.state not in OPEN:
            return "" if now is None else now.state
        dealt_with = next((each for each in same if each.state == SETTLED), None)
        if dealt_with is not None:  # it came once more while the server was locked
            end([now], SETTLED, dealt_with.problem)
            return SETTLED
        state, problem = _tried(sender, now, note, takers)
        if state == OPENED:
            end([now], OPENED, problem)
        else:
            SealedArrival.objects.filter(pk=now.pk).update(state=state, problem=problem, settled_at=timezone.now())
        return state


def _tried(sender: Actor, row: SealedArrival, note: Note, takers: Takers) -> tuple[str, str]:
    """A refusal is caught here, so that what it has left in the trace is written with the row."""
    try:
        return OPENED, taken(sender, row.delivery, note, takers, row.received_at)
    except (LockedError, DatabaseError):
        raise
    except ProblemError as error:
        return REFUSED, error.first.code[:40]


def held(row: SealedArrival) -> list[SealedArrival]:
    """In the caller's transaction: all that came under this delivery, as it is by now."""
    same = SealedArrival.objects.filter(organisation_id=row.organisation_id, delivery=row.delivery)
    return list(same.select_for_update().order_by("id"))


def end(rows: Sequence[SealedArrival], state: str, problem: str) -> None:
    """Nothing of what was sealed stays."""
    found = SealedArrival.objects.filter(pk__in=[row.pk for row in rows], state__in=OPEN)
    found.update(state=state, problem=problem, settled_at=timezone.now(), envelope=b"", flag=b"")
