"""Whose record was opened by whom on which day, kept for a week; and who opened so many that a focal point was told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models

from homeward.domain.privacy import Level, Privacy, Retention, each

WATCHING = Privacy(Level.L1, purpose="accountability", retention=Retention.ACCOUNT)


class OpenedRecord(models.Model):
    """Once a day for each child, however often its pages are turned."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(WATCHING, "id organisation person child_id day")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey("access.Organisation", models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey("access.Person", models.PROTECT, related_name="+", db_index=False)
    child_id = models.UUIDField()
    day = models.DateField()  # by the clock of the organisation whose child it is

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("person", "organisation", "day", "child_id"), name="opened_once_a_day"),
        )

    def __str__(self) -> str:
        return f"{self.day}"


class ManyOpened(models.Model):
    """One account, one day: more records than usual. Somebody else looks at it, once."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(
        WATCHING, "id organisation person day records usual allowed stopped told_at reviewed_by reviewed_at verdict"
    )

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey("access.Organisation", models.PROTECT, related_name="+")
    person = models.ForeignKey("access.Person", models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    records = models.IntegerField()
    usual = models.IntegerField()  # up to so many were told to nobody, by the person's roles of that day
    allowed = models.IntegerField()  # the most of the day; a review of the stop raises it by a step
    stopped = models.BooleanField(default=False)  # the account reached the most that a day allows
    told_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(
        "access.Person", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(max_length=16, blank=True)  # justified, not_justified

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "organisation", "day"), name="told_once_a_day"),)

    def __str__(self) -> str:
        return f"{self.day}"
