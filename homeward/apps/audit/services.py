"""Writing the trace. A change is recorded inside its transaction; a look and a refusal on their own.

Whatever is about a child says so with `child_id`, so that people can be shown who looked at that child's record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from homeward.apps.audit.ids import id_of_minute
from homeward.apps.audit.models import Event
from homeward.domain.problems import Problem, ProblemError

Detail = Mapping[str, str | int | bool | None]

refused: ContextVar[bool] = ContextVar("refused", default=False)  # a refusal was written down since this was cleared


@dataclass(frozen=True, slots=True)
class Nobody:
    """Somebody who was not let in, so nobody knows who."""

    kind: str = "nobody"
    id: UUID | None = None
    organisation_id: UUID | None = None


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
    child_id: UUID | None = None,
    allowed: bool = True,
    detail: Detail | None = None,
) -> Event:
    """`detail` holds codes, counts and ids, never an answer, a name or a note."""
    made = event(
        who,
        verb,
        object_kind,
        object_id,
        organisation_id=organisation_id,
        child_id=child_id,
        allowed=allowed,
        detail=detail,
    )
    made.save(force_insert=True)
    if not allowed:
        refused.set(True)
    return made


def record_look(
    who: Who,
    verb: str,
    object_kind: str,
    object_id: UUID | str = "",
    *,
    organisation_id: UUID | None = None,
    child_id: UUID | None = None,
    detail: Detail | None = None,
) -> None:
    """Before anything is shown, outside any unit of work. A look that cannot be written down is refused with 503."""
    try:
        record(who, verb, object_kind, object_id, organisation_id=organisation_id, child_id=child_id, detail=detail)
    except DatabaseError as error:
        raise ProblemError(cannot_be_written()) from error


def cannot_be_written() -> Problem:
    return Problem(
        "audit.unwritten",
        "The server cannot write down who looks at this, so it shows nothing.",
        "Try again in a little while; if it happens twice, tell your administrator the time.",
        status=503,
    )


def record_refusal(who: Who, verb: str, object_kind: str, object_id: UUID | str, code: str) -> None:
    """One row an actor, code and minute: what anybody may repeat without end must not fill the disk."""
    row = event(who, verb, object_kind, object_id, allowed=False, detail={"code": code})
    row.id = id_of_minute(row.at, f"{who.kind} {who.id} {verb} {object_id} {code}")
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
    child_id: UUID | None = None,
    allowed: bool = True,
    detail: Detail | None = None,
) -> Event:
    """Not yet written: for a caller that writes it with its change."""
    if child_id is None and object_kind == "child" and isinstance(object_id, UUID):
        child_id = object_id
    return Event(
        at=timezone.now(),
        actor_kind=who.kind,
        actor_id=who.id,
        verb=verb,
        object_kind=object_kind,
        object_id=str(object_id),
        child_id=child_id,
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
                child_id=object_id if object_kind == "child" else None,
                organisation_id=organisation_id,
            )
            for object_id in object_ids
        ],
        batch_size=500,
    )
