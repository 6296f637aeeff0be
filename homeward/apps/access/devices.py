"""Who a device is: by the token in its address, or by its app password. Both are compared as keyed hashes."""

from __future__ import annotations

import hmac
from datetime import timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from homeward.apps.access.models import Device
from homeward.apps.access.vault import secret_hash

SEEN_EVERY = timedelta(minutes=10)


def device_by_token(token: str) -> Device | None:
    """None for an unknown, expired or revoked token alike."""
    return _usable().filter(token_hash=secret_hash(token)).first() if token else None


def device_by_password(user_name: str, password: str) -> Device | None:
    try:
        device_id = UUID(user_name)
    except ValueError:
        return None
    device = _usable().filter(pk=device_id).first()
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


def _usable() -> QuerySet[Device]:
    now = timezone.now()
    return Device.objects.select_related("organisation").filter(revoked_at__isnull=True, expires_at__gt=now)
