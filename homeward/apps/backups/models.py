"""What was backed up, restored, drilled and upgraded, and how it ended. The health page reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models

from homeward.apps.audit.ids import time_ordered_id
from homeward.domain.privacy import Level, Privacy, Retention, each

RUNNING = Privacy(Level.L1, purpose="administration", retention=Retention.PERMANENT)


class BackupRun(models.Model):
    """One backup, restore, drill or upgrade. No names and no content: file names of ours, counts and times."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(
        RUNNING, "id kind started_at finished_at ok problem file made_at size rows opened_by"
    )

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    kind = models.CharField(max_length=12)  # backup, keys, drill, restore, upgrade
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    ok = models.BooleanField()
    problem = models.CharField(max_length=80, blank=True)  # a code, never a text
    file = models.CharField(max_length=80, blank=True)  # the name of the backup, without its folder
    made_at = models.DateTimeField(null=True)  # when that backup was made
    size = models.BigIntegerField(default=0)  # bytes
    rows = models.BigIntegerField(default=0)  # compared
    opened_by = models.CharField(max_length=12, blank=True)  # recipient, momentary: whose private key opened it

    class Meta:
        indexes = (models.Index(fields=("kind", "started_at"), name="backup_kind"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.file}"
