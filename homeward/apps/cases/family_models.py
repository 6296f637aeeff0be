"""With whom a child lives, and two records that are, or are not, of one child."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from homeward.apps.access.models import Organisation, Person
from homeward.apps.cases.declared import KEPT_IN, LINK
from homeward.apps.cases.record_models import ENTRY, SPELL, Entry, Spell, declared
from homeward.domain.privacy import Privacy, each


class Arrangement(models.TextChoices):
    PARENTS = "parents", _("Parents")
    STEP_PARENT = "step_parent", _("A step-parent")
    CUSTOMARY = "customary", _("A caregiver by custom")
    ADULT_SIBLING = "adult_sibling", _("A grown-up brother or sister")
    KINSHIP = "kinship", _("Relatives")
    FOSTER = "foster", _("A foster family")
    RESIDENTIAL = "residential", _("A home or centre")
    KAFALA = "kafala", _("Kafala")
    INDEPENDENT = "independent", _("Lives on its own")
    CHILD_HEADED = "child_headed", _("A household led by a child")
    UNRELATED = "unrelated_adult", _("An adult who is no relative")
    NONE = "none", _("Nobody")
    OTHER = "other", _("Another arrangement")


class ChangeReason(models.TextChoices):
    ABUSE = "abuse", _("Abuse or exploitation")
    DEATH = "death", _("A death")
    EDUCATION = "education", _("School")
    HEALTH = "health", _("Ill health")
    POVERTY = "poverty", _("Poverty")
    BREAKDOWN = "breakdown", _("The relationship broke down")
    REUNITED = "reunited", _("Reunited with the family")
    OTHER = "other", _("Another reason")


class CareSpell(Spell):
    """Who cares for the child, over time. `reason`: why it changed from what was before."""

    privacy: ClassVar[Mapping[str, Privacy]] = declared(
        f"{SPELL} arrangement reason", "closed_by ended_recorded_at caregiver"
    )

    arrangement = models.CharField(max_length=16, choices=Arrangement.choices)
    reason = models.CharField(max_length=10, choices=ChangeReason.choices, blank=True)
    caregiver = models.ForeignKey("cases.Relation", models.SET_NULL, null=True, blank=True, related_name="+")


class Household(models.Model):
    """People who live together; it says nothing but how many, and children of ours share it."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id organisation"),
        **each(KEPT_IN, "members children counted_on"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    members = models.PositiveSmallIntegerField(null=True, blank=True)
    children = models.PositiveSmallIntegerField(null=True, blank=True)  # of the members, below 18
    counted_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.members or "")


class HouseholdStay(Spell):
    privacy: ClassVar[Mapping[str, Privacy]] = declared(SPELL, "closed_by ended_recorded_at household")

    household = models.ForeignKey(Household, models.PROTECT, related_name="stays")


class NotSame(models.Model):
    """Somebody has looked: two records that seem alike are of two children."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(LINK, "id child other_child said_by said_at")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey("cases.Child", models.CASCADE, related_name="+")
    other_child = models.ForeignKey("cases.Child", models.CASCADE, related_name="+")
    said_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    said_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("child", "other_child"), name="not_same_once"),)

    def __str__(self) -> str:
        return f"{self.said_at}"


class SaidSame(models.Model):
    """Whoever works with a child says that two records may be of it; a supervisor looks, and decides."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(LINK, "id child other_child said_by said_at")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey("cases.Child", models.CASCADE, related_name="+")
    other_child = models.ForeignKey("cases.Child", models.CASCADE, related_name="+")
    said_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    said_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("child", "other_child"), name="said_same_once"),)

    def __str__(self) -> str:
        return f"{self.said_at}"


class Merge(models.Model):
    """Record `child` is of the same child as `into`, and is read with it. Nothing was moved or sealed anew, so undoing
    it takes back the state and the assignments that it made, and all is as it was.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child into merged_by merged_at undone_by undone_at assigned"),
        **each(KEPT_IN, "status_before ended_before"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey("cases.Child", models.CASCADE, related_name="+")
    into = models.ForeignKey("cases.Child", models.CASCADE, related_name="+")
    merged_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    merged_at = models.DateTimeField()
    undone_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    undone_at = models.DateTimeField(null=True, blank=True)
    status_before = models.CharField(max_length=12)
    ended_before = models.DateField(null=True, blank=True)
    assigned = models.JSONField(default=list)  # assignments that it made, by id

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("child",), condition=Q(undone_at=None), name="merged_once"),
            models.CheckConstraint(condition=~Q(child=F("into")), name="merged_into_another"),
        )

    def __str__(self) -> str:
        return f"{self.merged_at}"


class RecipientCode(models.Model):
    """The code under which one recipient of data knows the child: another for each, so that two cannot join their
    files.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child recipient made_at"),
        "code": KEPT_IN,
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey("cases.Child", models.CASCADE, related_name="+")
    recipient = models.CharField(max_length=40)
    code = models.CharField(max_length=9, unique=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("child", "recipient"), name="recipient_code_once"),)

    def __str__(self) -> str:
        return self.code


__all__ = ["ENTRY", "CareSpell", "Entry", "Household", "HouseholdStay", "Merge", "NotSame", "RecipientCode", "SaidSame"]
