"""Who needs which second factor. Everybody needs one, except in the demo, whose people are invented.

Whoever reads disclosures or manages people needs a security key or passkey where the setting says so: a code from an
app can be typed into a page that only looks like ours, a key cannot be used there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from homeward.apps.access.models import Factor, FactorKind, Membership, RecoveryCode, Restoration
from homeward.domain.permissions import ROLES_WITH_KEY

GRACE = timedelta(days=14)


class Missing(StrEnum):
    """What somebody has to set up before anything else opens."""

    NOTHING = ""
    FACTOR = "factor"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person can show in the second step, and what is still owed."""

    enrolled: bool  # has ever finished setting one up: then nobody sets up the first one in a sign-in
    app: bool
    key: bool
    recovery: bool
    restoring: bool  # a code of two people waits to be used
    key_wanted: bool  # by role and setting
    key_by: datetime | None = None  # until then an app will do

    @property
    def takes_app(self) -> bool:
        """Once there is a key, a code that can be phished is no way around it."""
        return self.app and not (self.key_wanted and self.key)

    @property
    def missing(self) -> Missing:
        if not (self.app or self.key):
            return Missing.FACTOR if factor_required() else Missing.NOTHING
        overdue = self.key_by is not None and self.key_by <= timezone.now()
        return Missing.KEY if self.key_wanted and not self.key and overdue else Missing.NOTHING


def factor_required() -> bool:
    return bool(settings.HOMEWARD_PROFILE != "demo")


def standing_of(person_id: UUID) -> Standing:
    rows = list(Factor.objects.filter(person_id=person_id, confirmed_at__isnull=False))
    usable = [row for row in rows if row.suspended_at is None]
    roles = _roles_with_key(person_id) if settings.HOMEWARD_WEBAUTHN == "required" else []
    first = [row.confirmed_at for row in usable if row.confirmed_at]
    return Standing(
        enrolled=bool(rows),
        app=any(row.kind == FactorKind.APP for row in usable),
        key=any(row.kind == FactorKind.KEY for row in usable),
        recovery=bool(usable) and RecoveryCode.objects.filter(person_id=person_id, used_at__isnull=True).exists(),
        restoring=open_restorations().filter(person_id=person_id, code_expires_at__gt=timezone.now()).exists(),
        key_wanted=bool(roles),
        key_by=max(min(first), min(roles)) + GRACE if first and roles else None,
    )


def open_restorations() -> QuerySet[Restoration]:
    return Restoration.objects.filter(used_at__isnull=True, withdrawn_at__isnull=True)


def _roles_with_key(person_id: UUID) -> list[datetime]:
    """Since when each role has been there that wants a key."""
    rows = Membership.objects.filter(person_id=person_id, role__in=ROLES_WITH_KEY, waits=False)
    now = timezone.now()
    running = rows.exclude(until__lt=now.date() - timedelta(days=1)).filter(since__lte=now.date() + timedelta(days=1))
    return [
        max(row.granted_at or now - GRACE, datetime(row.since.year, row.since.month, row.since.day, tzinfo=now.tzinfo))
        for row in running
    ]
