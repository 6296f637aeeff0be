"""A caseload, or a part of it, that went from one case worker to others on a day: who did it, and what it changed, so
that it can be taken back on the same day.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models

from homeward.apps.access.models import Organisation, Person
from homeward.domain.privacy import Level, Privacy, each

WORK = Privacy(Level.L1, purpose="case work")


class HandOver(models.Model):
    privacy: ClassVar[Mapping[str, Privacy]] = each(
        WORK, "id organisation from_person day until pauses made_by made_at undone_at"
    )

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    from_person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    until = models.DateField(null=True, blank=True)  # the last day of a leave; none: for good
    pauses = models.BooleanField(default=False)  # whether the colleague sees the children meanwhile
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.day}"


class HandedChild(models.Model):
    """One child of it. `ended`: assignments that end, and until when each would have run; `made`: those that begin."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(WORK, "id hand_over child ended made")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    hand_over = models.ForeignKey(HandOver, models.CASCADE, related_name="children")
    child = models.ForeignKey("cases.Child", models.PROTECT, related_name="+")
    ended = models.JSONField(default=dict)  # id -> day, or none
    made = models.JSONField(default=list)  # ids of assignments

    def __str__(self) -> str:
        return f"{self.hand_over_id}"
