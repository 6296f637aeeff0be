"""What signing in leaves behind: second factors, open sessions, tries that were counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from homeward.domain.privacy import Level, Privacy, Retention, SealedUnder, Storage, each

SIGNING_IN = Privacy(Level.L1, purpose="sign-in", retention=Retention.ACCOUNT)
SECRET = Privacy(Level.L2, Storage.HASHED, purpose="sign-in", retention=Retention.ACCOUNT)
MATERIAL = Privacy(Level.L2, Storage.SEALED, purpose="sign-in", retention=Retention.ACCOUNT)


class FactorKind(models.TextChoices):
    APP = "app", _("Code from an app")
    KEY = "key", _("Security key or passkey")


class Factor(models.Model):
    """Something a person has besides the password. Without `confirmed_at` it is being set up and opens nothing."""

    sealed_under: ClassVar[SealedUnder] = SealedUnder("own")
    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(SIGNING_IN, "id person kind label created_at confirmed_at used_at suspended_at counter"),
        "material": MATERIAL,
        "credential_hash": SECRET,
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey("access.Person", models.PROTECT, related_name="factors")
    kind = models.CharField(max_length=8, choices=FactorKind.choices)
    label = models.CharField(max_length=40, blank=True)
    material = models.BinaryField()  # an app's secret, or a key's public half; sealed under the person
    credential_hash = models.BinaryField(max_length=32, null=True, unique=True)  # a key serves one account
    counter = models.BigIntegerField(
        default=-1
    )  # the last time step used, or the key's own count: never the same twice
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)  # reported lost: opens nothing any more

    class Meta:
        ordering = ("created_at",)

    def __str__(self) -> str:
        return f"{self.kind} {self.label}".strip()


class RecoveryCode(models.Model):
    """One of a person's codes for the day the second factor is not at hand. Each opens once."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(SIGNING_IN, "id person created_at used_at"),
        "code_hash": SECRET,
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey("access.Person", models.PROTECT, related_name="recovery_codes")
    code_hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d}"


class Restoration(models.Model):
    """A lost second factor, given back by two people of the organisation, or by one after notice. Rows end."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(
            SIGNING_IN,
            "id person organisation proposed_by proposed_at begins_at confirmed_by code_expires_at used_at "
            "withdrawn_at",
        ),
        "code_hash": SECRET,
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey("access.Person", models.PROTECT, related_name="restorations")
    organisation = models.ForeignKey("access.Organisation", models.PROTECT, related_name="+")
    proposed_by = models.ForeignKey("access.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    proposed_at = models.DateTimeField()
    begins_at = models.DateTimeField(null=True, blank=True)  # without a second person; None waits for one
    confirmed_by = models.ForeignKey("access.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    code_hash = models.BinaryField(max_length=32, default=b"")
    code_expires_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("person",),
                condition=Q(used_at__isnull=True, withdrawn_at__isnull=True),
                name="restoration_one_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.proposed_at:%Y-%m-%d}"


class Tries(models.Model):
    """How often something was tried that could be guessed, until its quarter of an hour is over. Keyed hashes only."""

    privacy: ClassVar[Mapping[str, Privacy]] = {**each(SIGNING_IN, "count until"), "key": SECRET}

    key = models.BinaryField(max_length=32, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.count} until {self.until:%H:%M}"


class OpenSessionManager(BaseSessionManager["OpenSession"]):
    pass


class OpenSession(AbstractBaseSession):
    """A browser at the door or behind it. `session_key` is a hash: whoever reads this table cannot enter with it."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(
        SIGNING_IN, "session_key session_data expire_date id person browser begun_at seen_at"
    )

    id = models.UUIDField(default=uuid4, editable=False, unique=True)
    person = models.ForeignKey("access.Person", models.CASCADE, null=True, related_name="open_sessions")
    browser = models.CharField(max_length=60, blank=True)
    begun_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    objects: ClassVar[OpenSessionManager] = OpenSessionManager()

    class Meta:
        ordering = ("begun_at",)

    @classmethod
    def get_session_store_class(cls) -> type:
        raise NotImplementedError("homeward.apps.access.session_store holds it")
