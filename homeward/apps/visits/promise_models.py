"""What was agreed at visits, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.utils import timezone

from homeward.apps.access.models import Person
from homeward.apps.cases.models import Child, Need
from homeward.apps.visits import choices as of
from homeward.domain.privacy import Level, Privacy, SealedUnder, Storage, each

LINK = Privacy(Level.L1, purpose="case work")
CODED = Privacy(Level.L3, Storage.CODED, purpose="case work")
WORDS = Privacy(Level.L3, Storage.SEALED, purpose="case work")


class AgreedAction(models.Model):
    """What was agreed at a visit: who does what, by when."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child visit made_by made_at struck_at"),
        **each(CODED, "who by_when agreed_on"),
        "promise": WORDS,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    visit = models.ForeignKey("visits.Visit", models.PROTECT, related_name="+", db_index=False)
    who = models.CharField(max_length=12, choices=of.Promiser.choices)
    by_when = models.DateField()
    agreed_on = models.DateField()
    promise = models.BinaryField()
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    made_at = models.DateTimeField(default=timezone.now)
    struck_at = models.DateTimeField(null=True, blank=True)  # with the record of its visit: it counts no more

    def __str__(self) -> str:
        return f"{self.who} {self.by_when}"


class ActionOutcome(models.Model):
    """What had become of it on a day. The newest holds; earlier ones stay."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id action visit noted_by noted_at struck_at"),
        **each(CODED, "kept on new_day because told need"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    action = models.ForeignKey(AgreedAction, models.PROTECT, related_name="outcomes")
    kept = models.CharField(max_length=12, choices=of.Kept.choices)
    on = models.DateField()
    new_day = models.DateField(null=True, blank=True)  # where it was moved
    because = models.CharField(max_length=16, blank=True)  # why it was moved, or does not come
    told = models.CharField(max_length=8, choices=of.ToldBy.choices, blank=True)  # who told the family so
    # The visit at whose recording it was said; none between two visits.
    visit = models.ForeignKey("visits.Visit", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    need = models.CharField(max_length=20, choices=Need.choices, blank=True)  # that is not met then: a gap in services
    noted_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    noted_at = models.DateTimeField(default=timezone.now)
    struck_at = models.DateTimeField(null=True, blank=True)  # with the record of its visit: it counts no more

    def __str__(self) -> str:
        return self.kept
