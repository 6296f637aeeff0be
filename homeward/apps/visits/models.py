"""The follow-up of a child: how it may be reached, visits and what was agreed at them, every attempt to reach it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone

from homeward.apps.access.models import Person
from homeward.apps.cases.models import Child
from homeward.apps.cases.record_models import StruckReason
from homeward.apps.surveys.models import Submission
from homeward.apps.visits import choices as of
from homeward.apps.visits.clock_models import Feed, Missed, Pause, Reminder, Wish
from homeward.apps.visits.outlook_models import ChangedFact, Outlook
from homeward.apps.visits.promise_models import ActionOutcome, AgreedAction
from homeward.domain.privacy import Level, Privacy, Retention, SealedUnder, Storage, each

__all__ = [
    "ActionOutcome",
    "AgreedAction",
    "ChangedFact",
    "ContactAttempt",
    "ContactFact",
    "Feed",
    "Missed",
    "Outlook",
    "Pause",
    "QuietTime",
    "Reminder",
    "SafeContact",
    "Visit",
    "VisitVersion",
    "VisitVoice",
    "Wish",
]

LINK = Privacy(Level.L1, purpose="case work")
CODED = Privacy(Level.L3, Storage.CODED, purpose="case work")
WORDS = Privacy(Level.L3, Storage.SEALED, purpose="case work")
IDENTITY = Privacy(Level.L2, Storage.SEALED, purpose="case work", retention=Retention.IDENTITY)


class SafeContact(models.Model):
    """How a child and its family may be reached, and how never. Each change is a new version; the newest holds."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child version set_by set_at"),
        **each(CODED, "channels safe_days safe_parts"),
        **each(IDENTITY, "how second not_with code_word"),
        "unsaid": WORDS,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey(Child, models.PROTECT, related_name="+", db_index=False)
    version = models.IntegerField()
    channels = models.JSONField(default=list)
    safe_days = models.JSONField(default=list)  # none: any day
    safe_parts = models.JSONField(default=list)
    how = models.BinaryField(default=bytes, blank=True)  # numbers, addresses
    second = models.BinaryField(default=bytes, blank=True)  # the second contact, agreed beforehand
    not_with = models.BinaryField(default=bytes, blank=True)
    code_word = models.BinaryField(default=bytes, blank=True)
    unsaid = models.BinaryField(default=bytes, blank=True)  # what must not be said or left
    set_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("child", "version"), name="safe_contact_version"),)

    def __str__(self) -> str:
        return f"{self.version}"


class QuietTime(models.Model):
    """From a day until a day nobody makes contact."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child set_by set_at lifted_by lifted_at"),
        **each(CODED, "since until reason"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField()  # the last day
    reason = models.CharField(max_length=8, choices=of.QuietReason.choices)
    set_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    set_at = models.DateTimeField(default=timezone.now)
    lifted_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(until__gte=models.F("since")), name="quiet_time_ends"),)

    def __str__(self) -> str:
        return f"{self.since} {self.until}"


class Visit(models.Model):
    """One visit to one child: what was asked beforehand, what was planned, and what took place. Those made in one go
    to several children of a household share `together`.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child together person checked_by checked_at lifted_by lifted_at closed_by closed_at"),
        **each(CODED, "attention resentment danger undermines asked_for blocked planned_on mode goes"),
        **each(CODED, "interpreter same_sex_asked held_on held_mode not_held child_seen caregiver_seen alone on_track"),
        **each(CODED, "harm harm_done next_on went observed taken_back"),
        **each(WORDS, "words lifted_why"),
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey(Child, models.PROTECT, related_name="+", db_index=False)
    together = models.UUIDField(null=True, blank=True)
    # asked before
    attention = models.CharField(max_length=8, choices=of.Likely.choices)
    resentment = models.CharField(max_length=8, choices=of.Likely.choices)
    danger = models.CharField(max_length=8, choices=of.Likely.choices)
    undermines = models.CharField(max_length=8, choices=of.Likely.choices)
    asked_for = models.CharField(max_length=16, blank=True)
    blocked = models.JSONField(default=list)  # reasons; none: it could be planned
    checked_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    checked_at = models.DateTimeField()
    lifted_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_why = models.BinaryField(default=bytes, blank=True)
    # planned
    planned_on = models.DateField()
    mode = models.CharField(max_length=16, choices=of.Ways.choices, blank=True)  # empty while it is blocked
    goes = models.CharField(max_length=20, choices=of.Goes.choices, default=of.Goes.STAFF)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    interpreter = models.BooleanField(default=False)
    same_sex_asked = models.BooleanField(default=False)
    # what took place
    held_on = models.DateField(null=True, blank=True)
    held_mode = models.CharField(max_length=16, choices=of.Ways.choices, blank=True)
    not_held = models.CharField(max_length=16, choices=of.NotHeld.choices, blank=True)
    child_seen = models.BooleanField(null=True, blank=True)
    caregiver_seen = models.BooleanField(null=True, blank=True)
    alone = models.CharField(max_length=12, choices=of.Alone.choices, blank=True)
    on_track = models.CharField(max_length=8, choices=of.OnTrack.choices, blank=True)
    harm = models.JSONField(null=True, blank=True)  # null: not asked yet; empty: no sign of any
    harm_done = models.CharField(max_length=8, choices=of.HarmDone.choices, blank=True)
    next_on = models.DateField(null=True, blank=True)
    went = models.CharField(max_length=20, choices=of.Goes.choices, blank=True)  # a kind of person, never a name
    observed = models.JSONField(default=list, blank=True)  # what was brought back by somebody in our stead
    words = models.BinaryField(default=bytes, blank=True)
    closed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    taken_back = models.CharField(max_length=12, choices=of.Corrected.choices, blank=True)  # why; it counts no more

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(held_on__isnull=True) | Q(not_held=""), name="visit_held_or_not"),
            models.CheckConstraint(
                condition=Q(taken_back="") | Q(held_on__isnull=True, not_held="", closed_at__isnull=False),
                name="visit_taken_back",
            ),
        )
        indexes = (
            models.Index(fields=("child", "planned_on"), name="visit_of_child"),
            models.Index(fields=("planned_on",), name="visit_planned", condition=Q(closed_at__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.planned_on} {self.state}"

    @property
    def state(self) -> str:
        if self.taken_back:
            return "taken_back"
        if self.held_on is not None:
            return "held"
        if self.not_held:
            return "not_held"
        return "blocked" if self.blocked and self.lifted_at is None else "planned"


class VisitVersion(models.Model):
    """What the record of a visit said before it was corrected, or taken back: all of it, sealed, with why."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child visit number written_by written_at replaced_by replaced_at"),
        "reason": CODED,
        **each(WORDS, "content why"),
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=12, choices=of.Corrected.choices)
    why = models.BinaryField(default=bytes, blank=True)
    content = models.BinaryField(default=bytes, blank=True)  # codes, days and words as JSON
    written_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    written_at = models.DateTimeField(null=True, blank=True)
    replaced_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("visit", "number"), name="visit_version_once"),)

    def __str__(self) -> str:
        return f"{self.number} {self.reason}"


class VisitVoice(models.Model):
    """What the child, or the caregiver, said at a visit to the four questions, or why nobody asked."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id visit submission noted_at"),
        **each(CODED, "respondent skipped"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="voices", db_index=False)
    respondent = models.CharField(max_length=12, choices=of.Voice.choices)
    submission = models.ForeignKey(Submission, models.CASCADE, null=True, blank=True, related_name="+")
    skipped = models.CharField(max_length=12, choices=of.Skipped.choices, blank=True)
    noted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("visit", "respondent"), name="visit_voice_once"),
            models.CheckConstraint(
                condition=Q(submission__isnull=False, skipped="") | Q(submission__isnull=True) & ~Q(skipped=""),
                name="visit_voice_or_why",
            ),
        )

    def __str__(self) -> str:
        return self.respondent


class ContactAttempt(models.Model):
    """Somebody tried to reach the child or its family, and what came of it."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child person noted_at struck_by struck_at"),
        **each(CODED, "channel on day_part outcome next_step was struck_why"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey(Child, models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=16, choices=of.Channels.choices)
    on = models.DateField()
    day_part = models.CharField(max_length=10, choices=of.DayPart.choices, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    # Empty once it was struck out: then nothing came of it, and `was` says what had been written down.
    outcome = models.CharField(max_length=20, choices=of.Outcome.choices, blank=True)
    next_step = models.CharField(max_length=10, choices=of.NextStep.choices, blank=True)
    noted_at = models.DateTimeField(default=timezone.now)
    was = models.CharField(max_length=20, choices=of.Outcome.choices, blank=True)
    struck_why = models.CharField(max_length=12, choices=StruckReason.choices, blank=True)
    struck_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    struck_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (models.Index(fields=("child", "on"), name="attempt_of_child"),)

    def __str__(self) -> str:
        return f"{self.on} {self.channel} {self.outcome}"


class ContactFact(models.Model):
    """A person decided that a child is lost to contact, or it was found again."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child person visit attempt noted_at"),
        **each(CODED, "kind on reason how"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=5, choices=of.ContactKind.choices)
    on = models.DateField()
    reason = models.CharField(max_length=16, choices=of.LostReason.choices, blank=True)
    how = models.CharField(max_length=6, choices=of.FoundHow.choices, blank=True)  # it was found
    # Where a visit or an attempt found the child: with its record this fact goes.
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    attempt = models.ForeignKey(ContactAttempt, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    noted_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.kind} {self.on}"
