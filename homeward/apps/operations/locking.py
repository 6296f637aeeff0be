"""Locking the server from a page, and saying that somebody is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.actors import Actor, system_actor
from homeward.apps.access.guard import permit_recorded
from homeward.apps.access.keys.locking import confirm, confirmed_at, lock_of, write_lock
from homeward.apps.audit.services import record
from homeward.apps.operations.findings import Finding, alarm, moment, warning, well

LOCK = "server.lock"


def lock_server(actor: Actor, why: str) -> None:
    """The trace first; when it returns this process opens nothing more, and all others end within a second."""
    if actor.kind != "system":
        permit_recorded(actor, LOCK)
    record(actor, "lock_server", "house", detail={"why": why})
    write_lock(settings.HOMEWARD_DATA, why)
    vault.lock()


def confirm_presence(actor: Actor) -> None:
    permit_recorded(actor, LOCK)
    record(actor, "confirm_presence", "house")
    confirm(settings.HOMEWARD_DATA)


def note_unlocked() -> None:
    """At the command line, by whoever had the passphrase."""
    before = lock_of(settings.HOMEWARD_DATA)
    record(system_actor(), "unlock_server", "house", detail={"locked_by": before.why if before else "start"})


def locks_at() -> datetime | None:
    """When the server locks itself unless somebody confirms before."""
    hours, confirmed = settings.HOMEWARD_LOCK_AFTER, confirmed_at(settings.HOMEWARD_DATA)
    if not hours or confirmed is None:
        return None
    return datetime.fromtimestamp(confirmed, UTC) + timedelta(hours=hours)


def lock_findings() -> Iterator[Finding]:
    lock = lock_of(settings.HOMEWARD_DATA)
    if lock is not None:
        message = "The server is locked since {at}: it shows nothing, and takes in what is sealed."
        action = "Find out who locked it and why. Then `homeward unlock` opens it, with the passphrase."
        yield alarm("lock", message, action, at=moment(lock.at))
        return
    at = locks_at()
    if at is None:
        yield well("lock", "The server is open, and locks itself only when somebody tells it to.")
    elif at - timezone.now() < timedelta(hours=settings.HOMEWARD_LOCK_AFTER) / 4:
        message = "The server locks itself at {at}, unless somebody confirms that all is well."
        yield warning(
            "lock", message, "If nobody threatens you and the server is where it should be, confirm.", at=moment(at)
        )
    else:
        yield well(
            "lock", "The server is open. It locks itself at {at}, unless somebody confirms before.", at=moment(at)
        )
