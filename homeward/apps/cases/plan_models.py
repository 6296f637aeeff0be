"""Assessments, the plan and its variations. What was submitted is never changed: another version follows it.

Goals of the child, of the caregiver and of the case worker are told apart and kept in their words. A guardian's copy
holds none of them: whose words they are is the child's matter, or another adult's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models

from homeward.apps.cases.step_models import CODED, LINK, SEALED, approved_by_another
from homeward.domain.privacy import Level, Privacy, Retention, SealedUnder, Storage, each

IDENTITY = Privacy(Level.L2, Storage.SEALED, purpose="case work", retention=Retention.IDENTITY)


def waits(name: str) -> models.Index:
    """What waits for a second person or was given back, of everybody: few rows of many. An index of those rows alone
    would do, but SQLite does not see that, as the state is bound to the statement later.
    """
    return models.Index(fields=("state", "submitted_at"), name=name)


class Versioned(models.Model):
    """What has a writer, is sent to a second person, and is approved or given back."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey("cases.Child", models.PROTECT, related_name="+", db_index=False)
    number = models.SmallIntegerField()  # of the version, from 1
    state = models.CharField(max_length=10)  # draft, submitted, approved, returned
    on = models.DateField()  # when it was written
    written_by = models.ForeignKey("access.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    writers = models.JSONField(default=list)  # ids of everybody who had a hand in it: none of them approves it
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        "access.Person", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.BinaryField(default=bytes, blank=True)  # of whoever gives it back

    class Meta:
        abstract = True


class Assessment(Versioned):
    """Needs by dimension, a best interests assessment, or a determination by a panel."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child state written_by writers submitted_at decided_by decided_at"),
        **each(CODED, "number kind on occasion levels protective risks vulnerability panel"),
        "answer": SEALED,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    kind = models.CharField(max_length=14)  # needs, interests, determination
    occasion = models.CharField(max_length=14)
    levels = models.JSONField(default=dict)  # dimension -> none, some, serious
    protective = models.JSONField(default=list)
    risks = models.JSONField(default=list)
    vulnerability = models.CharField(max_length=8, blank=True)
    panel = models.JSONField(default=list)  # which roles sat on it

    class Meta:
        ordering = ("child", "kind", "number")
        constraints = (
            models.UniqueConstraint(fields=("child", "kind", "number"), name="one_assessment_a_number"),
            approved_by_another("assessment_by_another"),
        )
        indexes = (waits("assessment_waits"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class AssessmentText(models.Model):
    """What was written or said about one topic of an assessment."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child assessment"),
        "topic": CODED,
        "words": SEALED,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey("cases.Child", models.PROTECT, related_name="+", db_index=False)
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="texts")
    topic = models.CharField(max_length=16)
    words = models.BinaryField(default=bytes)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("assessment", "topic"), name="one_text_a_topic"),)
        indexes = (models.Index(fields=("child",), name="assessment_text_child"),)

    def __str__(self) -> str:
        return self.topic


class PlanVersion(Versioned):
    """A plan as it was agreed, with what child and caregiver think of it. Version 2 and later come with a variation."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child state written_by writers submitted_at decided_by decided_at"),
        **each(CODED, "number on agreed_on child_view caregiver_view"),
        **each(SEALED, "child_words caregiver_words answer"),
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    child_view = models.CharField(max_length=12, blank=True)
    caregiver_view = models.CharField(max_length=12, blank=True)
    child_words = models.BinaryField(default=bytes, blank=True)
    caregiver_words = models.BinaryField(default=bytes, blank=True)
    agreed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("child", "number")
        constraints = (
            models.UniqueConstraint(fields=("child", "number"), name="one_plan_a_number"),
            approved_by_another("plan_by_another"),
        )
        indexes = (waits("plan_waits"),)

    def __str__(self) -> str:
        return f"plan {self.number}"


class Goal(models.Model):
    """One goal of one version. `line` is the same goal in every version that has it."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child version line"),
        **each(CODED, "dimension whose"),
        "words": SEALED,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey("cases.Child", models.PROTECT, related_name="+", db_index=False)
    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="goals", db_index=False)
    line = models.UUIDField(default=uuid4)
    dimension = models.CharField(max_length=12)
    whose = models.CharField(max_length=10)  # child, caregiver, worker
    words = models.BinaryField(default=bytes)

    class Meta:
        ordering = ("dimension", "whose", "line")
        constraints = (models.UniqueConstraint(fields=("version", "line"), name="one_goal_a_line"),)
        indexes = (models.Index(fields=("child",), name="goal_child"),)

    def __str__(self) -> str:
        return self.dimension


class Action(models.Model):
    """What somebody does for a goal, until when. What became of it lies apart, for it goes on through versions."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child version line"),
        **each(CODED, "dimension service who due"),
        "words": SEALED,
        "helper": IDENTITY,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey("cases.Child", models.PROTECT, related_name="+", db_index=False)
    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="actions", db_index=False)
    line = models.UUIDField(default=uuid4)
    dimension = models.CharField(max_length=12)
    service = models.CharField(max_length=18)
    who = models.CharField(max_length=14)
    helper = models.BinaryField(default=bytes, blank=True)  # the name of who does it, where one is needed
    words = models.BinaryField(default=bytes)
    due = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("due", "line")
        constraints = (models.UniqueConstraint(fields=("version", "line"), name="one_action_a_line"),)
        indexes = (models.Index(fields=("child",), name="action_child"),)

    def __str__(self) -> str:
        return self.service


class ActionOutcome(models.Model):
    """What became of an action, as it was found on a day. The newest counts."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child line by recorded_at"),
        **each(CODED, "on outcome because"),
        "words": SEALED,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey("cases.Child", models.PROTECT, related_name="+")
    line = models.UUIDField()
    on = models.DateField()
    outcome = models.CharField(max_length=12)
    because = models.CharField(max_length=20, blank=True)
    words = models.BinaryField(default=bytes, blank=True)
    by = models.ForeignKey("access.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("recorded_at",)

    def __str__(self) -> str:
        return self.outcome


class Variation(models.Model):
    """Why an agreed plan is changed, what is expected of it, and when somebody looks whether it came so."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child version submission written_by"),
        **each(CODED, "trigger on child_view dimension check_on"),
        **each(SEALED, "reason child_words expected"),
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey("cases.Child", models.PROTECT, related_name="+")
    version = models.OneToOneField(PlanVersion, models.PROTECT, related_name="variation")  # that it leads to
    trigger = models.CharField(max_length=18)
    submission = models.UUIDField(null=True, blank=True)  # the interview or visit that caused it
    on = models.DateField()
    reason = models.BinaryField(default=bytes)
    child_view = models.CharField(max_length=12)
    child_words = models.BinaryField(default=bytes, blank=True)
    dimension = models.CharField(max_length=12)  # in which it is to become better
    expected = models.BinaryField(default=bytes)
    check_on = models.DateField()
    written_by = models.ForeignKey("access.Person", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ("on", "check_on")
        indexes = (models.Index(fields=("check_on",), name="variation_check"),)

    def __str__(self) -> str:
        return self.trigger


class VariationCheck(models.Model):
    """What was found when somebody looked whether a variation had helped. The newest counts."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child variation by recorded_at"),
        **each(CODED, "on found"),
        "words": SEALED,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey("cases.Child", models.PROTECT, related_name="+")
    variation = models.ForeignKey(Variation, models.PROTECT, related_name="checks")
    on = models.DateField()
    found = models.CharField(max_length=12)
    words = models.BinaryField(default=bytes, blank=True)
    by = models.ForeignKey("access.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("recorded_at",)

    def __str__(self) -> str:
        return self.found


OF_A_CHILD: tuple[type[models.Model], ...] = (  # in the order in which they may go
    VariationCheck,
    Variation,
    ActionOutcome,
    Action,
    Goal,
    PlanVersion,
    AssessmentText,
    Assessment,
)
