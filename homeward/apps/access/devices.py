"""Who a device is: by the token in its address, or by its app password. Both are random and long, so a plain hash of
them tells nobody anything, and needs no key: a locked server still knows whose interviews it takes in. The token of a
case worker's field app opens no door of phones, and theirs not its own; a community monitor's phone may be either.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from homeward.apps.access.keys import custody
from homeward.apps.access.models import Device
from homeward.apps.access.prepared import Prepared
from homeward.apps.access.vault import keyed_hash, secret_hash
from homeward.domain.permissions import COLLECTING_ROLES, Role

SEEN_EVERY = timedelta(minutes=10)


def device_by_token(token: str) -> Device | None:
    """None for an unknown, expired or revoked token alike."""
    device = _BY_TOKEN.first(token_hash=hash_of(token)) if token else None
    if device is None and token and custody.is_open():
        device = _of_before(token)
    return device if device is not None and device.expires_at > timezone.now() else None


def app_by_token(token: str, roles: frozenset[Role]) -> Device | None:
    """Our own app, by the token that it was given once. None for an unknown, expired or revoked one alike, and for one
    of another kind.
    """
    rows = _alive().filter(role__in=sorted(roles), token_hash=hash_of(token), expires_at__gt=timezone.now())
    return rows.first() if token else None


def device_by_password(user_name: str, password: str) -> Device | None:
    try:
        device_id = UUID(user_name)
    except ValueError:
        return None
    device = _usable().filter(pk=device_id, expires_at__gt=timezone.now()).first()
    if device is None:
        return None
    kept = bytes(device.password_hash)
    if hmac.compare_digest(kept, hash_of(password)):
        return device
    if not custody.is_open() or not hmac.compare_digest(kept, secret_hash(password)):
        return None
    Device.objects.filter(pk=device.pk).update(password_hash=hash_of(password))  # of an earlier version
    return device


def _of_before(token: str) -> Device | None:
    """Earlier versions hashed under a key of the house; such a hash becomes a plain one at the first call."""
    device = _BY_TOKEN.first(token_hash=secret_hash(token))
    if device is not None:
        Device.objects.filter(pk=device.pk).update(token_hash=hash_of(token))
    return device


def hash_of(secret: str) -> bytes:
    return hashlib.sha256(b"homeward device\0" + secret.encode()).digest()


def mark_seen(device: Device) -> None:
    """Written rarely and on its own, so that it never waits inside an intake transaction."""
    now = timezone.now()
    if device.last_seen_at is None or now - device.last_seen_at > SEEN_EVERY:
        Device.objects.filter(Q(last_seen_at__isnull=True) | Q(last_seen_at__lt=now - SEEN_EVERY), pk=device.pk).update(
            last_seen_at=now
        )


def is_its_phone(device: Device, sent: str) -> bool:
    """A code is for one phone. The first that says which it is (Collect's `deviceID`) keeps it; a second one has copied
    it, or is the same phone with the app installed anew: it is refused, and the device's page says so.
    """
    if not sent:
        return True
    given = keyed_hash("phone", device.pk, sent)
    if not device.bound_hash:
        if Device.objects.filter(pk=device.pk, bound_hash=b"").update(bound_hash=given):
            return True
        device.refresh_from_db(fields=["bound_hash"])  # another one came at the same moment
    if hmac.compare_digest(bytes(device.bound_hash), given):
        return True
    now = timezone.now()
    Device.objects.filter(Q(strange_at__isnull=True) | Q(strange_at__lt=now - SEEN_EVERY), pk=device.pk).update(
        strange_at=now
    )
    return False


def is_its_phone_id(device_id: UUID, sent: str) -> bool:
    return is_its_phone(Device.objects.get(pk=device_id), sent)


def _usable() -> QuerySet[Device]:
    """Phones that speak OpenRosa."""
    return _alive().filter(role__in=sorted(COLLECTING_ROLES))


def _alive() -> QuerySet[Device]:
    return Device.objects.filter(revoked_at__isnull=True).annotate(
        organisation_zone=F("organisation__time_zone"), forms_retired=F("organisation__forms_retired")
    )


def _by_token(token_hash: bytes) -> QuerySet[Device]:
    rows = _usable().filter(token_hash=token_hash).order_by()
    return rows.only(
        "organisation_id", "team_id", "person_id", "label", "role", "expires_at", "last_seen_at", "bound_hash"
    )


_BY_TOKEN = Prepared(_by_token, token_hash=bytes)
