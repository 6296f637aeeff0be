"""Reports about staff: a page without an account, sealed to a group that colleagues do not know of."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.actors import Actor, system_actor
from homeward.apps.access.guard import guard
from homeward.apps.access.models import Organisation
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.safeguarding.models import Group, Knock, Source, StaffChannel
from homeward.apps.safeguarding.raising import Raised, Sealed, rows_for
from homeward.apps.safeguarding.recipients import keys_for
from homeward.domain.envelope import Kind, check_envelope
from homeward.domain.problems import Problem, ProblemError

EACH, ALL = 5, 60  # an hour: from one address, to one organisation
EVERYBODY = b"\x00" * 32


@dataclass(frozen=True, slots=True)
class Door:
    organisation_id: UUID
    contact: str
    keys: tuple[bytes, ...]  # none: nobody can receive here


def door(organisation_id: UUID) -> Door:
    if not Organisation.objects.filter(pk=organisation_id).exists():
        raise NotVisible("page")
    row = StaffChannel.objects.filter(pk=organisation_id).first()
    return Door(organisation_id, row.contact if row else "", tuple(keys_for(organisation_id, Group.STAFF)))


def tell(organisation_id: UUID, envelope: bytes, address: str) -> None:
    """From somebody whom nobody knows. Nothing is kept of the address but a hash of this hour."""
    if not door(organisation_id).keys:
        raise NotVisible("page")
    _knock(organisation_id, address)
    check_envelope(envelope, Kind.STAFF_REPORT)
    note_id = uuid4()
    raised = Raised(organisation_id, Source.CHANNEL, note_id, note_id, group=Group.STAFF)
    rows = rows_for(raised, (), Sealed(envelope, "high"), timezone.now())
    for row in rows.escalations:
        row.kinds = ["staff"]
    with transaction.atomic():
        rows.write()
        record(system_actor(organisation_id), "keep_sealed", "sealed_note", organisation_id=organisation_id)


def _knock(organisation_id: UUID, address: str) -> None:
    """Counted in a transaction of its own: what was refused counts too."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    who = vault.keyed_hash("knock", organisation_id, f"{hour:%Y-%m-%d %H} {address}")
    for key, most in ((who, EACH), (EVERYBODY, ALL)):
        with transaction.atomic():
            row, _made = Knock.objects.get_or_create(organisation_id=organisation_id, who=key, hour=hour)
            Knock.objects.filter(pk=row.pk).update(times=F("times") + 1)
            row.refresh_from_db(fields=["times"])
        if row.times > most:
            message, action = "Too much was sent from here within an hour.", "Wait an hour, or use the other way below."
            raise ProblemError(Problem("channel.too_often", message, action, status=429))


def change_contact(actor: Actor, contact: str, organisation_id: UUID | None = None) -> None:
    """How else the recipients are reached."""
    target = guard(actor, "staff_reports.see", organisation_id)
    with transaction.atomic():
        StaffChannel.objects.update_or_create(organisation_id=target, defaults={"contact": contact.strip()[:300]})
        record(actor, "change_staff_contact", "organisation", target, organisation_id=target)
