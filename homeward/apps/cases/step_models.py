"""Where a case stood and why: moves are only added, and an end that waits for a second person is one row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q

from homeward.domain.privacy import Level, Privacy, SealedUnder, Storage, each

LINK = Privacy(Level.L1, purpose="case work")
# None of it is for a guardian's copy: a reason may be the child's no, a service may tell of something that was told in
# confidence, and words are the child's or another adult's. That a case is closed, the record itself says.
CODED = Privacy(Level.L3, Storage.CODED, purpose="case work")
SEALED = Privacy(Level.L3, Storage.SEALED, purpose="case work")


def approved_by_another(name: str) -> models.CheckConstraint:
    """Nobody approves what they wrote themselves, whatever the code above says."""
    another = ~Q(decided_by=models.F("written_by"))
    return models.CheckConstraint(
        condition=Q(decided_by__isnull=True) | Q(written_by__isnull=True) | another, name=name
    )


class CaseStep(models.Model):
    """One move of a case from a step to another. Where it stands follows from all of them."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child number by approved_by created_at"),
        **each(CODED, "from_step to_step on way reason"),
        "words": SEALED,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey("cases.Child", models.PROTECT, related_name="+", db_index=False)
    number = models.SmallIntegerField()  # from 1, in the order of the case
    from_step = models.CharField(max_length=16)
    to_step = models.CharField(max_length=16)
    way = models.CharField(max_length=20)  # of `lifecycle.TRANSITIONS`
    reason = models.CharField(max_length=20, blank=True)
    words = models.BinaryField(default=bytes, blank=True)
    on = models.DateField()
    by = models.ForeignKey("access.Person", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    approved_by = models.ForeignKey(
        "access.Person", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("child", "number")
        constraints = (models.UniqueConstraint(fields=("child", "number"), name="one_step_a_number"),)

    def __str__(self) -> str:
        return f"{self.from_step} {self.to_step}"


class EndRequest(models.Model):
    """A closure or a transfer that somebody asks for; another person approves it or gives it back."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child state written_by asked_at decided_by decided_at"),
        **each(CODED, "way reason told early reviewed_on"),
        **each(SEALED, "words early_words answer"),
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey("cases.Child", models.PROTECT, related_name="+", db_index=False)
    way = models.CharField(max_length=20)
    reason = models.CharField(max_length=20)
    told = models.CharField(max_length=12)  # whether the child was
    early = models.BooleanField(default=False)  # before two years after the return
    reviewed_on = models.DateField(null=True, blank=True)
    words = models.BinaryField(default=bytes, blank=True)
    early_words = models.BinaryField(default=bytes, blank=True)
    answer = models.BinaryField(default=bytes, blank=True)  # of whoever gives it back
    state = models.CharField(max_length=10)  # submitted, approved, returned, withdrawn
    written_by = models.ForeignKey("access.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        "access.Person", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("asked_at",)
        constraints = (
            models.UniqueConstraint(fields=("child",), condition=Q(state="submitted"), name="one_open_end_a_child"),
            approved_by_another("end_approved_by_another"),
        )
        indexes = (
            models.Index(fields=("child",), name="end_request_child"),
            models.Index(fields=("state", "asked_at"), name="end_request_waits"),
        )

    def __str__(self) -> str:
        return f"{self.way} {self.state}"
