from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models

from homeward.apps.audit.ids import time_ordered_id
from homeward.domain.privacy import Level, Privacy, Retention, each

TRACE = Privacy(Level.L1, purpose="accountability", retention=Retention.PERMANENT)


class Event(models.Model):
    """Who did what, when. No foreign keys: the trace outlives what it speaks of. Codes only, never content."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(
        TRACE,
        "id at actor_kind actor_id verb object_kind object_id organisation_id allowed detail",
    )

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=8)  # person, device, system, anonymous
    actor_id = models.UUIDField(null=True)
    verb = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64, blank=True)
    organisation_id = models.UUIDField(null=True)
    allowed = models.BooleanField(default=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = (
            models.Index(fields=("object_kind", "object_id", "at"), name="audit_object"),
            models.Index(fields=("organisation_id", "at"), name="audit_organisation"),
        )

    def __str__(self) -> str:
        return f"{self.verb} {self.object_kind} {self.object_id}"
