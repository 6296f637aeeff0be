"""Writing the trace. A change is recorded inside its transaction; a look and a refusal on their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Protocol
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils import timezone

from homeward.apps.audit.models import Event
from homeward.domain.problems import ProblemError

Detail = Mapping[str, str | int | bool | None]


class Who(Protocol):
    """Whoever acts: a person, a device or the system itself."""

    @property
    def kind(self) -> str: ...

    @property
    def id(self) -> UUID | None: ...

    @property
    def organisation_id(self) -> UUID | None: ...


def record(
    who: Who,
    verb: str,
    object_kind: str,
    object_id: UUID | str = "",
    *,
    organisation_id: UUID | None = None,
    allowed: bool = True,
    detail: Detail | None = None,
) -> Event:
    """`detail` holds codes, counts and ids, never an answer, a name or a note."""
    made = event(who, verb, object_kind, object_id, organisation_id=organisation_id, allowed=allowed, detail=detail)
    made.save(force_insert=True)
    return made


def record_refusal(who: Who, verb: str, object_kind: str, object_id: UUID | str, code: str) -> None:
    """One row an actor, code and minute: what anybody may repeat without end must not fill the disk."""
    row = event(who, verb, object_kind, object_id, allowed=False, detail={"code": code})
    row.id = uuid5(NAMESPACE_OID, f"{who.kind} {who.id} {verb} {object_id} {code} {row.at:%Y-%m-%d %H:%M}")
    if Event.objects.filter(pk=row.id).exists():
        return
    with suppress(IntegrityError), transaction.atomic():  # another process was as fast
        row.save(force_insert=True)


@contextmanager
def recorded_refusal(who: Who, verb: str, object_kind: str, object_id: UUID | str) -> Iterator[None]:
    """Around work on what somebody sent: what is refused of it is written down, after the work is undone."""
    try:
        yield
    except ProblemError as error:
        record_refusal(who, verb, object_kind, object_id, error.first.code)
        raise


def event(
    who: Who,
    verb: str,
    object_kind: str,
    object_id: UUID | str = "",
    *,
    organisation_id: UUID | None = None,
    allowed: bool = True,
    detail: Detail | None = None,
) -> Event:
    """Not yet written: for a caller that writes it with its change."""
    return Event(
        at=timezone.now(),
        actor_kind=who.kind,
        actor_id=who.id,
        verb=verb,
        object_kind=object_kind,
        object_id=str(object_id),
        organisation_id=organisation_id or who.organisation_id,
        allowed=allowed,
        detail=dict(detail or {}),
    )


def record_each(who: Who, verb: str, object_kind: str, object_ids: Iterable[UUID], *, organisation_id: UUID) -> None:
    """One row an object, written together."""
    now = timezone.now()
    Event.objects.bulk_create(
        [
            Event(
                at=now,
                actor_kind=who.kind,
                actor_id=who.id,
                verb=verb,
                object_kind=object_kind,
                object_id=str(object_id),
                organisation_id=organisation_id,
            )
            for object_id in object_ids
        ],
        batch_size=500,
    )
