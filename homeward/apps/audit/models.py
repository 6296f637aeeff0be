from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import Q

from homeward.apps.audit.ids import time_ordered_id
from homeward.domain.privacy import Level, Privacy, Retention, each

TRACE = Privacy(Level.L1, purpose="accountability", retention=Retention.PERMANENT)
RUNNING = Privacy(Level.L1, purpose="administration", retention=Retention.PERMANENT)


class Event(models.Model):
    """Who did what, when. No foreign keys: the trace outlives what it speaks of. Codes only, never content."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(
        TRACE,
        "id at actor_kind actor_id verb object_kind object_id child_id organisation_id allowed detail",
    )

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=8)  # person, device, system, nobody
    actor_id = models.UUIDField(null=True)
    verb = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64, blank=True)
    child_id = models.UUIDField(null=True)  # whose record was looked at or changed; empty where it is nobody's
    organisation_id = models.UUIDField(null=True)
    allowed = models.BooleanField(default=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = (
            models.Index(fields=("object_kind", "object_id", "at"), name="audit_object"),
            models.Index(fields=("organisation_id", "at"), name="audit_organisation"),
            models.Index(fields=("child_id", "at"), name="audit_child", condition=Q(child_id__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.verb} {self.object_kind} {self.object_id}"


class Position(models.Model):
    """The place of one event in the chain. The sealer gives it after the event is committed; numbers have no gaps."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(TRACE, "number event_id digest")

    number = models.BigIntegerField(primary_key=True)
    event_id = models.UUIDField(unique=True)
    digest = models.BinaryField(max_length=32)  # of the event's canonical bytes

    def __str__(self) -> str:
        return str(self.number)


class Batch(models.Model):
    """A run of positions, chained to the run before and signed with a key that neither database nor web holds."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(TRACE, "number first last previous head sealed_at key signature")

    number = models.BigIntegerField(primary_key=True)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    previous = models.BinaryField(max_length=32)
    head = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()
    key = models.BinaryField(max_length=32)  # the public half
    signature = models.BinaryField(max_length=64)

    def __str__(self) -> str:
        return str(self.number)


class PeriodicJob(models.Model):
    """Work that comes again and again: when it last ran, how that ended, when it is due. Its interval is in config."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(
        RUNNING, "name due_at started_at finished_at result problem runs failures"
    )

    name = models.CharField(primary_key=True, max_length=60)
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=8, blank=True)  # done, failed
    problem = models.CharField(max_length=80, blank=True)  # the kind of error, never its text
    runs = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)  # since it last succeeded

    def __str__(self) -> str:
        return self.name
