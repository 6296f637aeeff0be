"""Who receives what is sealed. Two begin freely; everybody later is confirmed by two who are there. All are told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor, system_actor
from homeward.apps.access.guard import guard
from homeward.apps.access.models import Organisation
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.safeguarding.models import Confirmation, Recipient
from homeward.apps.safeguarding.scope import RECEIVES, groups_of, people_of, person_of, recipients_visible_to
from homeward.apps.safeguarding.sealing import seal_wrapped, wrapped_of
from homeward.domain.envelope import FEWEST_RECIPIENTS, SLOTS, check_public_key, check_wrapped, sealed_to
from homeward.domain.problems import Problem, ProblemError

ANNOUNCED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class RecipientRow:
    id: UUID
    group: str
    person: str
    fingerprint: str
    created_at: datetime
    since: datetime | None
    receives: bool  # its role holds today, and its key is confirmed
    confirmed: int
    needed: int
    own: bool
    may_confirm: bool


@dataclass(frozen=True, slots=True)
class OwnKey:
    fingerprint: str
    public_key: bytes
    wrapped: bytes
    waits: bool
    id: UUID
    until: datetime | None = None  # one that was replaced


def current_recipients(organisation_id: UUID, group: str) -> QuerySet[Recipient]:
    """Whose role holds today: a role that ends, ends receiving."""
    people = people_of(organisation_id, group, system_actor(organisation_id))
    rows = Recipient.objects.filter(organisation_id=organisation_id, group=group, ended_at=None, since__isnull=False)
    return rows.filter(person__in=people).order_by("since", "id")


def keys_for(organisation_id: UUID, group: str) -> list[bytes]:
    """Public keys to seal to; none where there are fewer than two recipients: then nothing can be sealed."""
    keys = [bytes(key) for key in current_recipients(organisation_id, group).values_list("public_key", flat=True)]
    return keys[:SLOTS] if len(keys) >= FEWEST_RECIPIENTS else []


def able_to_open(rows: Iterable[Recipient], envelope: bytes) -> list[Recipient]:
    """Those of them for whom a slot of it is made out."""
    known = {hashlib.sha256(bytes(row.public_key)).digest(): bytes(row.public_key) for row in rows}
    found = sealed_to(envelope, known)
    return [row for row in rows if bytes(row.public_key) in found]


def sealed_to_all(organisation_id: UUID, group: str, envelope: bytes) -> list[str]:
    """Ids of all who receive today, or nothing is kept: whoever is left out would find what does not open."""
    rows = list(current_recipients(organisation_id, group))
    if len(able_to_open(rows, envelope)) != len(rows):
        raise ProblemError(
            Problem(
                "recipient.changed",
                "Somebody began or ended to receive meanwhile.",
                "Open the page again and repeat it; nothing was stored.",
                status=409,
            )
        )
    return [str(row.pk) for row in rows]


def enrol_recipient(
    actor: Actor, group: str, public_key: bytes, wrapped: bytes, organisation_id: UUID | None = None
) -> UUID:
    """The actor's own key. An earlier one goes on receiving until others have confirmed this one: so nobody who sits
    at a colleague's screen can end what that colleague receives. What was sealed to it stays open to it alone.
    """
    if group not in RECEIVES:
        raise NotVisible("recipient")
    person_id = person_of(actor)
    target = guard(actor, RECEIVES[group], organisation_id)
    key, now = check_public_key(public_key), timezone.now()
    check_wrapped(wrapped)
    row = Recipient(
        organisation_id=target,
        group=group,
        person_id=person_id,
        public_key=key,
        fingerprint=hashlib.sha256(key).hexdigest(),
        created_at=now,
    )
    row.wrapped = seal_wrapped(row.pk, wrapped)
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=target)  # of two who begin at once, one is counted first
        if current_recipients(target, group).exclude(person_id=person_id).count() >= SLOTS:
            raise ProblemError(_full())
        needed = _needed(row)
        earlier = Recipient.objects.filter(organisation_id=target, group=group, person_id=person_id, ended_at=None)
        (earlier.filter(since=None) if needed else earlier).update(ended_at=now)
        row.since = None if needed else now
        row.save(force_insert=True)
        detail: dict[str, str | int | bool | None] = {"group": group, "needed": needed}
        record(actor, "enrol_recipient", "recipient", row.pk, organisation_id=target, detail=detail)
    return row.pk


def _needed(row: Recipient) -> int:
    """Confirmations by others. Where one is left, that one; where nobody is left, the group begins anew."""
    rows = Recipient.objects.filter(organisation_id=row.organisation_id, group=row.group, since__isnull=False)
    if rows.values("person_id").distinct().count() < FEWEST_RECIPIENTS:
        return 0
    others = current_recipients(row.organisation_id, row.group).exclude(person_id=row.person_id).count()
    return min(FEWEST_RECIPIENTS, others)


def confirm_recipient(actor: Actor, recipient_id: UUID) -> None:
    """The fingerprint was compared with the person, by another way than this server."""
    row = recipients_visible_to(actor).filter(pk=recipient_id, ended_at=None, since=None).first()
    if row is None:
        raise NotVisible("recipient")
    guard(actor, RECEIVES[row.group], row.organisation_id, what=("recipient", row.pk))
    current, person_id = current_recipients(row.organisation_id, row.group), person_of(actor)
    if row.person_id == person_id or not current.filter(person_id=person_id).exists():
        record(actor, "confirm_recipient", "recipient", row.pk, organisation_id=row.organisation_id, allowed=False)
        raise ProblemError(_not_by_you())
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=row.organisation_id)
        Confirmation.objects.get_or_create(recipient=row, person_id=person_id, defaults={"at": timezone.now()})
        if _confirmed(row) >= _needed(row):
            _begin(row)
        record(actor, "confirm_recipient", "recipient", row.pk, organisation_id=row.organisation_id)


def _begin(row: Recipient) -> None:
    now = timezone.now()
    own = Recipient.objects.filter(organisation_id=row.organisation_id, group=row.group, person_id=row.person_id)
    own.filter(ended_at=None, since__isnull=False).update(ended_at=now)
    Recipient.objects.filter(pk=row.pk, ended_at=None, since=None).update(since=now)


def _confirmed(row: Recipient) -> int:
    """By those who still receive."""
    current = current_recipients(row.organisation_id, row.group).exclude(person_id=row.person_id)
    return Confirmation.objects.filter(recipient=row, person_id__in=current.values("person_id")).count()


def recipients(actor: Actor) -> list[RecipientRow]:
    """Of the actor's own groups; keys that ended are left out."""
    groups = groups_of(actor)
    if not groups:
        guard(actor, RECEIVES["focal"])
    receiving = {row.pk for place, group in groups for row in current_recipients(place, group)}
    rows = recipients_visible_to(actor).filter(ended_at=None).select_related("person")
    return [_row(actor, row, receiving) for row in rows.order_by("group", "created_at")]


def _row(actor: Actor, row: Recipient, receiving: set[UUID]) -> RecipientRow:
    waits = row.since is None
    person_id = person_of(actor)
    own = row.person_id == person_id
    confirmers = current_recipients(row.organisation_id, row.group)
    fresh = waits and not own and confirmers.filter(person_id=person_id).exists()
    fresh = fresh and not Confirmation.objects.filter(recipient=row, person_id=person_id).exists()
    return RecipientRow(
        row.pk,
        row.group,
        row.person.display_name,
        row.fingerprint,
        row.created_at,
        row.since,
        row.pk in receiving,
        _confirmed(row) if waits else 0,
        _needed(row) if waits else 0,
        own,
        fresh,
    )


def announced(actor: Actor) -> list[RecipientRow]:
    """New recipients of the last weeks, and whoever waits: told to all who receive."""
    if not groups_of(actor):
        return []
    since = timezone.now() - ANNOUNCED_FOR
    return [row for row in recipients(actor) if not row.own and (row.since is None or row.since > since)]


def own_recipient(actor: Actor, group: str) -> Recipient | None:
    """The one that receives, else the one that waits."""
    rows = recipients_visible_to(actor).filter(group=group, person_id=person_of(actor), ended_at=None)
    return rows.order_by(F("since").asc(nulls_last=True)).first()


def own_key(actor: Actor, group: str) -> OwnKey | None:
    """The actor's private key as the browser wrapped it, for the browser to unwrap."""
    row = own_recipient(actor, group)
    if row is None:
        return None
    return _own_key(row)


def earlier_recipients(actor: Actor, group: str) -> QuerySet[Recipient]:
    """The actor's own keys that a new one took the place of, the last first; while the role holds."""
    rows = recipients_visible_to(actor).filter(group=group, person_id=person_of(actor), ended_at__isnull=False)
    return rows.filter(since__isnull=False).order_by("-ended_at")


def earlier_keys(actor: Actor, group: str, envelopes: Iterable[bytes]) -> list[OwnKey]:
    """Of those, each that opens something of this that the key of today does not: what was sealed before, and nobody
    has sealed anew. Its passphrase is the one of that time.
    """
    own = own_recipient(actor, group)
    closed = [each for each in envelopes if own is None or not able_to_open([own], each)]
    rows = earlier_recipients(actor, group) if closed else []
    return [_own_key(row) for row in rows if any(able_to_open([row], each) for each in closed)]


def _own_key(row: Recipient) -> OwnKey:
    return OwnKey(row.fingerprint, bytes(row.public_key), wrapped_of(row), row.since is None, row.pk, row.ended_at)


def _full() -> Problem:
    return Problem(
        "recipient.full",
        "Eight people receive already, which is as many as fit.",
        "Somebody gives the role back first.",
        status=409,
    )


def _not_by_you() -> Problem:
    return Problem(
        "recipient.confirm",
        "A new key is confirmed by others who receive already.",
        "Make your own key first, or ask a colleague who has one.",
        status=403,
    )
