"""Where somebody is signed in, and how that ends: one's own sessions one by one, another's all at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.models import OpenSession, Person
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record

NONE = UUID(int=0)  # of nobody


@dataclass(frozen=True, slots=True)
class SessionRow:
    id: UUID
    browser: str
    begun_at: datetime
    seen_at: datetime


def own_sessions(actor: Actor) -> list[SessionRow]:
    rows = _own(actor).filter(expire_date__gt=timezone.now())
    return [SessionRow(row.id, row.browser, row.begun_at, row.seen_at) for row in rows]


def end_own_session(actor: Actor, session_id: UUID) -> None:
    with transaction.atomic():
        if not _own(actor).filter(id=session_id).delete()[0]:
            raise NotVisible("session")
        record(actor, "end_session", "person", actor.person_id or "")


def end_other_sessions(actor: Actor, but: UUID | None) -> int:
    """All but the one in which this is asked."""
    with transaction.atomic():
        ended: int = _own(actor).exclude(id=but or NONE).delete()[0]
        record(actor, "end_sessions", "person", actor.person_id or "", detail={"count": ended})
    return ended


def _own(actor: Actor) -> QuerySet[OpenSession]:
    return OpenSession.objects.filter(person_id=actor.person_id or NONE)


def forget_expired() -> None:
    OpenSession.objects.filter(expire_date__lt=timezone.now()).delete()


def end_sessions(person_id: UUID) -> None:
    """All of them, at once: also one that is being written this moment, since its version is over."""
    Person.objects.filter(pk=person_id).update(session_version=F("session_version") + 1)
    OpenSession.objects.filter(person_id=person_id).delete()


def end_every_session() -> None:
    """After a restore: nobody is signed in by a session that was open when the backup was made."""
    OpenSession.objects.all().delete()
