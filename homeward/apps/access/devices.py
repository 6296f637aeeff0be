"""Who a device is: by the token in its address, or by its app password. Both are compared as keyed hashes."""

from __future__ import annotations

import hmac
from datetime import timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from homeward.apps.access.models import Device
from homeward.apps.access.prepared import Prepared
from homeward.apps.access.vault import keyed_hash, secret_hash

SEEN_EVERY = timedelta(minutes=10)


def device_by_token(token: str) -> Device | None:
    """None for an unknown, expired or revoked token alike."""
    device = _BY_TOKEN.first(token_hash=secret_hash(token)) if token else None
    return device if device is not None and device.expires_at > timezone.now() else None


def device_by_password(user_name: str, password: str) -> Device | None:
    try:
        device_id = UUID(user_name)
    except ValueError:
        return None
    device = _usable().filter(pk=device_id, expires_at__gt=timezone.now()).first()
    if device is None or not hmac.compare_digest(bytes(device.password_hash), secret_hash(password)):
        return None
    return device


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


def _usable() -> QuerySet[Device]:
    return Device.objects.filter(revoked_at__isnull=True).annotate(
        organisation_zone=F("organisation__time_zone"), forms_retired=F("organisation__forms_retired")
    )


def _by_token(token_hash: bytes) -> QuerySet[Device]:
    rows = _usable().filter(token_hash=token_hash).order_by()
    return rows.only(
        "organisation_id", "team_id", "person_id", "label", "role", "expires_at", "last_seen_at", "bound_hash"
    )


_BY_TOKEN = Prepared(_by_token, token_hash=bytes)
