from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from homeward.apps.access.models import Person
from homeward.apps.cases.models import Child
from homeward.domain.privacy import Level, Privacy, Retention, Storage, each

LINK = Privacy(Level.L1, purpose="case work")
CODED = Privacy(Level.L3, Storage.CODED, purpose="case work")  # for no guardian: contact may bring danger
OWN = Privacy(Level.L1, purpose="administration", retention=Retention.ACCOUNT)
SECRET = Privacy(Level.L1, Storage.HASHED, purpose="sign-in", retention=Retention.ACCOUNT)


class PauseReason(models.TextChoices):
    AWAY = "away", _("The child is away for a while")
    ASKED = "asked", _("The family asked for quiet")
    UNSAFE = "unsafe", _("Contact would bring danger")
    ACCESS = "access", _("The place cannot be reached")
    ILLNESS = "illness", _("Illness or a death in the family")
    BEFORE = "before", _("Another organisation went with the child")  # written when a case is taken over
    OTHER = "other", _("Another reason")


PAUSES_TO_CHOOSE = [each for each in PauseReason.choices if each[0] != PauseReason.BEFORE]


class Pause(models.Model):
    """The clock of a child stands still from a day on, until the day on which it goes on."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child said_by said_at resumed_by resumed_at"),
        **each(CODED, "since until reason"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)  # the first day on which the clock runs again
    reason = models.CharField(max_length=8, choices=PauseReason.choices)
    said_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    said_at = models.DateTimeField()
    resumed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    resumed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("since", "said_at")
        constraints = (
            models.UniqueConstraint(fields=("child",), condition=Q(until__isnull=True), name="one_open_pause"),
            models.CheckConstraint(condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="pause_in_order"),
        )

    def __str__(self) -> str:
        return f"{self.since}"


class MissedReason(models.TextChoices):
    MOVED = "moved", _("Moved away")
    REFUSED = "refused", _("Did not want to")
    UNSAFE = "unsafe", _("It was not safe")
    ACCESS = "access", _("The place could not be reached")
    STAFF = "staff_absence", _("Nobody of ours could go")
    AWAY = "child_away", _("The child was away")
    NO_CAREGIVER = "no_caregiver", _("There is no caregiver to ask")
    OTHER = "other", _("Another reason")
    TAKEN_BACK = "taken_back", _("Said by mistake")
    NOT_HERE = "not_here", _("Was not there")
    NOT_ALONE = "not_alone", _("Could not be asked apart from others")
    NO_PERMISSION = "no_permission", _("The child has not allowed it")


ONE_ALONE = (MissedReason.NOT_HERE, MissedReason.NOT_ALONE, MissedReason.NO_PERMISSION)
OF_ONE = (*ONE_ALONE, MissedReason.REFUSED)  # why somebody of a round was not asked
OF_A_ROUND = tuple(each for each in MissedReason.choices if each[0] not in (*ONE_ALONE, MissedReason.TAKEN_BACK))


class Missed(models.Model):
    """Why a round, or a contact, did not take place, or why one of a round was not asked; the newest word about one
    holds, and an interview outdoes it.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child said_by said_at"),
        **each(CODED, "point respondent on_day reason"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    point = models.CharField(max_length=8)  # code of the round, or `contact`
    respondent = models.CharField(max_length=16, blank=True)  # who alone was not asked; empty: the round as a whole
    on_day = models.DateField()
    reason = models.CharField(max_length=13, choices=MissedReason.choices)
    said_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    said_at = models.DateTimeField()

    class Meta:
        ordering = ("on_day", "said_at")

    def __str__(self) -> str:
        return f"{self.point} {self.reason}"


class Feed(models.Model):
    """The secret address under which a calendar asks for a person's days; only its hash is kept."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(OWN, "id person made_at ended_at"),
        "token_hash": SECRET,
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    token_hash = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("person",), condition=Q(ended_at__isnull=True), name="one_feed_each"),
        )

    def __str__(self) -> str:
        return f"{self.made_at}"


class Wish(models.Model):
    """A person who wishes to be told by mail that something is there."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(OWN, "id person made_at")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.OneToOneField(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.made_at}"


class Reminder(models.Model):
    """That a person was told on a day that something is there; never what."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(OWN, "id person day sent_at")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    day = models.DateField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "day"), name="one_reminder_a_day"),)

    def __str__(self) -> str:
        return f"{self.day}"
