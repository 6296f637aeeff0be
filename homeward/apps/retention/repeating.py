"""After a restore: what was ended since the copy was made ends again, before anybody is let in.

The key store is copied apart from the data and remembers whose keys were destroyed, and why; the data remember what was
ended. Whichever of the two is older learns from the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import system_actor
from homeward.apps.access.keys.destroying import destroy, ended_owners
from homeward.apps.audit.services import record
from homeward.apps.cases.ending import BOTH, IDENTITY
from homeward.apps.cases.models import Child
from homeward.apps.retention.carrying_out import carry_out
from homeward.apps.retention.models import Ending, EndingKind, EndingState, Standstill
from homeward.apps.safeguarding.ending import forget_phone_forms, forget_told, told_about
from homeward.apps.safeguarding.models import PhoneForm
from homeward.apps.surveys.ending import forget_interviews, forgotten_and_back, held_of
from homeward.apps.surveys.tombstones import repeat_stones, was_erased
from homeward.domain.retention import AFTER_A_RESTORE

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Repeated:
    erasures: int
    identities: int
    records: int
    interviews: int
    tombstones: int


def repeat_erasures() -> Repeated:
    """Call it with the server stopped and the key store open. Again it finds nothing, and ends as well."""
    stones = repeat_stones()
    for row in Ending.objects.filter(state__in=(EndingState.ENDED, EndingState.DONE)):
        destroy([row.child_id], IDENTITY if row.kind == EndingKind.IDENTITY else BOTH, row.reason)
    counts = dict.fromkeys(EndingKind.values, 0)
    for child, kind, reason in list(_to_repeat()):
        carry_out(_under_way(child, kind, reason).pk, finishing=False)  # copies may hold more than what is restored
        counts[kind] += 1
    interviews = sum(_again(place, keys) for place, keys in forgotten_and_back().items())
    for form in PhoneForm.objects.only("organisation_id", "instance_id"):
        if was_erased(form.organisation_id, form.instance_id):
            with transaction.atomic():
                interviews += len(forget_phone_forms(PhoneForm.objects.filter(pk=form.pk)))
    return Repeated(
        counts[EndingKind.ERASURE], counts[EndingKind.IDENTITY], counts[EndingKind.RECORD], interviews, stones
    )


def wait_after_restore() -> None:
    """Call it last. Again it counts from that day."""
    now = timezone.now()
    until = now.date() + AFTER_A_RESTORE + timedelta(days=1)  # wherever the organisation is, whole days
    with transaction.atomic():
        Standstill.objects.all().delete()
        Standstill.objects.create(until=until, set_at=now)


def _again(place: UUID, keys: list[UUID]) -> int:
    """Interviews without a child that were forgotten: their keys are gone, and nobody can tell whose they were."""
    with transaction.atomic():
        forget_told(NOBODY, told_about(NOBODY, keys))
        forget_interviews(held_of(place, keys))
    return len(keys)


def _to_repeat() -> Iterator[tuple[Child, str, str]]:
    """Children who are there, and of whom the key store says that something ended."""
    both, identity = ended_owners(BOTH), ended_owners(IDENTITY)
    for child in _there(identity):
        if child.pk in both:
            kind = EndingKind.RECORD if both[child.pk] == "retention_ended" else EndingKind.ERASURE
            if kind == EndingKind.ERASURE or child.record_ended_on is None:
                yield child, kind, both[child.pk]
        elif child.identity_ended_on is None:
            yield child, EndingKind.IDENTITY, identity[child.pk]


def _there(keys: dict[UUID, str]) -> Iterator[Child]:
    wanted = list(keys)
    for start in range(0, len(wanted), 500):
        yield from Child.objects.filter(pk__in=wanted[start : start + 500])


def _under_way(child: Child, kind: str, reason: str) -> Ending:
    row = Ending.objects.filter(child_id=child.pk, kind=kind).exclude(state=EndingState.REFUSED).first()
    if row is None:
        row = Ending(
            organisation_id=child.organisation_id,
            team_id=child.team_id,
            child_id=child.pk,
            code=child.code,
            kind=kind,
            reason=reason,
            asked_at=timezone.now(),
        )
    row.state = EndingState.RUNNING
    row.save()
    detail, place = {"kind": str(kind), "reason": reason}, child.organisation_id
    record(
        system_actor(place), "repeat_ending", "ending", row.pk, organisation_id=place, child_id=child.pk, detail=detail
    )
    return row
