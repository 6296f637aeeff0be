from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from homeward.apps.access.factor_models import Factor, FactorKind, OpenSession, RecoveryCode, Restoration, Tries
from homeward.apps.access.volume_models import ManyOpened, OpenedRecord
from homeward.domain.permissions import DEVICE_ROLES, Role
from homeward.domain.privacy import Level, Privacy, Retention, SealedUnder, Storage, each

__all__ = [
    "Conflict",
    "ConflictEnd",
    "ConflictKind",
    "Device",
    "EmergencyAccess",
    "Factor",
    "FactorKind",
    "IntakeKey",
    "ManyOpened",
    "Membership",
    "OpenSession",
    "OpenedRecord",
    "Organisation",
    "Person",
    "RecoveryCode",
    "Restoration",
    "RoleChoices",
    "Team",
    "Tries",
]

HOUSE = Privacy(Level.L1, purpose="administration", retention=Retention.ACCOUNT)
REASON = Privacy(Level.L3, Storage.SEALED, purpose="accountability")
TIE = Privacy(Level.L3, Storage.CODED, purpose="protection")
SECRET = Privacy(Level.L2, Storage.HASHED, purpose="sign-in", retention=Retention.ACCOUNT)


class RoleChoices(models.TextChoices):
    CASE_WORKER = Role.CASE_WORKER.value, _("Case worker")
    SUPERVISOR = Role.SUPERVISOR.value, _("Supervisor")
    FOCAL_POINT = Role.FOCAL_POINT.value, _("Protection focal point")
    STAFF_CHANNEL = Role.STAFF_CHANNEL.value, _("Recipient of reports about staff")
    ME_OFFICER = Role.ME_OFFICER.value, _("Monitoring and evaluation officer")
    PROGRAMME_MANAGER = Role.PROGRAMME_MANAGER.value, _("Programme manager")
    INDEPENDENT_MONITOR = Role.INDEPENDENT_MONITOR.value, _("Independent monitor")
    ORGANISATION_ADMIN = Role.ORGANISATION_ADMIN.value, _("Organisation administrator")
    SYSTEM_ADMIN = Role.SYSTEM_ADMIN.value, _("System administrator")
    COMMUNITY_MONITOR = Role.COMMUNITY_MONITOR.value, _("Community monitor")
    ENUMERATOR = Role.ENUMERATOR.value, _("Enumerator")
    FIELD_APP = Role.FIELD_APP.value, _("Field app")


class Organisation(models.Model):
    privacy: ClassVar[Mapping[str, Privacy]] = each(HOUSE, "id name time_zone languages created_at forms_retired")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64, default="UTC")
    languages = models.JSONField(default=list)  # of interviews, most used first
    created_at = models.DateTimeField(auto_now_add=True)
    forms_retired = models.PositiveIntegerField(default=0)  # how often: what was known to be in use stays so meanwhile

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    privacy: ClassVar[Mapping[str, Privacy]] = each(HOUSE, "id organisation name")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="teams")
    name = models.CharField(max_length=120)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("organisation", "name"), name="team_name_once"),)

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email=(username or "").strip().lower())


class Person(AbstractBaseUser):
    """Somebody who signs in. Rights come from memberships alone: there is no staff and no superuser."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(
            HOUSE,
            "id email display_name organisation language time_zone is_active last_login created_at code_expires_at "
            "session_version",
        ),
        **each(SECRET, "password code_hash sign_on_hash"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    email = models.EmailField(unique=True)  # kept in lower case by the services
    display_name = models.CharField(max_length=120)
    organisation = models.ForeignKey(  # where the account was registered; it gives no right
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    language = models.CharField(max_length=8, default="en")  # of the pages; interviews have their own
    time_zone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    code_hash = models.BinaryField(max_length=32, default=b"")  # of the code that sets a new password, once
    code_expires_at = models.DateTimeField(null=True, blank=True)
    sign_on_hash = models.BinaryField(max_length=32, default=b"")  # of the provider's identity that signed on first
    session_version = models.PositiveIntegerField(default=0)  # sessions begun under an earlier one are over

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    def __str__(self) -> str:
        return self.display_name

    def get_full_name(self) -> str:
        return self.display_name

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """What a session is bound to: the password, as Django has it, and our own version."""
        salt = "homeward.apps.access.Person.session"
        value = f"{self.session_version} {self.password}"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()


class Membership(models.Model):
    """A role in an organisation, in one team or in none, from a day until a day. Rows end; they are not deleted."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(
        HOUSE, "id person organisation team role since until waits granted_by granted_at confirmed_by"
    )

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="memberships")
    role = models.CharField(max_length=32, choices=RoleChoices.choices)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)  # the last day
    waits = models.BooleanField(default=False)  # gives no right until a second person has confirmed it
    granted_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    granted_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        indexes = (models.Index(fields=("person", "until"), name="membership_of_person"),)

    def __str__(self) -> str:
        return f"{self.role} {self.since}"

    def runs_on(self, day: date) -> bool:
        return not self.waits and self.since <= day and (self.until is None or self.until >= day)


class IntakeKey(models.Model):
    """The public half of a key to which our clients seal interviews; the private one has its id in the key store."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(
        Privacy(Level.L1, purpose="keys", retention=Retention.PERMANENT),
        "id public name current created_at retired_at used_at",
    )

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    public = models.BinaryField(max_length=65)
    name = models.BinaryField(max_length=16, unique=True)  # half of its fingerprint, by which an envelope names it
    current = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)  # when something sealed to it was last opened, to the day

    class Meta:
        constraints = (models.UniqueConstraint(fields=("current",), condition=Q(current=True), name="intake_key_once"),)

    def __str__(self) -> str:
        return str(self.created_at)


class Device(models.Model):
    """A phone that collects: it fetches forms and its caseload list, and sends; or our own app, which only sends. Its
    token is hashed, and shown once.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(
            HOUSE,
            "id organisation team person label role created_at expires_at revoked_at last_seen_at strange_at",
        ),
        **each(SECRET, "token_hash password_hash bound_hash"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="devices")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="devices")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="devices")
    label = models.CharField(max_length=80)
    role = models.CharField(
        max_length=32, choices=[choice for choice in RoleChoices.choices if choice[0] in DEVICE_ROLES]
    )
    token_hash = models.BinaryField(max_length=32, unique=True)
    password_hash = models.BinaryField(max_length=32)  # of the app password for Basic; the user name is the device's id
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    bound_hash = models.BinaryField(max_length=32, default=b"")  # of the phone that used the code first
    strange_at = models.DateTimeField(null=True, blank=True)  # when another phone last tried to use it

    class Meta:
        ordering = ("label",)
        constraints = (
            models.CheckConstraint(condition=Q(role__in=sorted(DEVICE_ROLES)), name="device_has_a_device_role"),
        )

    def __str__(self) -> str:
        return self.label


class EmergencyAccess(models.Model):
    """One child's record, open to one person outside whose reach it lies: for a reason, and for a few hours."""

    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")
    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(HOUSE, "id organisation person child_id opened_at ends_at reviewed_by reviewed_at verdict"),
        "reason": REASON,
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    child_id = models.UUIDField()
    reason = models.BinaryField(default=bytes)
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(max_length=16, blank=True)  # justified, not_justified

    class Meta:
        indexes = (models.Index(fields=("person", "ends_at"), name="emergency_of_person"),)

    def __str__(self) -> str:
        return f"{self.opened_at}"


class ConflictKind(models.TextChoices):
    RELATIVE = "relative", _("Relative")
    NEIGHBOUR = "neighbour", _("Neighbour or friend of the family")
    OTHER_TIE = "other_tie", _("Another close tie")
    NAMED = "named", _("Named in a concern")


class ConflictEnd(models.TextChoices):
    MISTAKE = "mistake", _("It was declared by mistake")
    TIE_ENDED = "tie_ended", _("The tie is there no more")
    CLEARED = "cleared", _("It was looked into, and nothing was found")


class Conflict(models.Model):
    """A person who must not work with this child, nor see anything of it: a tie that was declared, from then until
    somebody else ends it. No words of anybody's, so that there is nothing to open.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(HOUSE, "id organisation person child_id declared_by declared_at ended_by ended_at"),
        **each(TIE, "kind end_reason"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    child_id = models.UUIDField()
    kind = models.CharField(max_length=12, choices=ConflictKind.choices)
    declared_by = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    declared_at = models.DateTimeField()
    ended_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=12, choices=ConflictEnd.choices, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("person", "child_id"), condition=Q(ended_at=None), name="conflict_once"),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True) | ~Q(ended_by=models.F("person")), name="conflict_ended_by_another"
            ),
        )
        indexes = (
            models.Index(fields=("organisation", "declared_at"), name="conflict_running", condition=Q(ended_at=None)),
        )

    def __str__(self) -> str:
        return f"{self.declared_at}"
