"""What lies in the key store: wrapped keys, and how the key that wraps them is proved. That key itself lies nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models

from homeward.domain.privacy import KeyKind, Level, Privacy, Retention, Storage, each

NOTE = Privacy(Level.L1, purpose="keys", retention=Retention.PERMANENT)
WRAPPED = Privacy(Level.L3, Storage.WRAPPED, purpose="keys", retention=Retention.RECORD)


class Custody(models.Model):
    """One key-encryption key that the house has had: how it is made from a passphrase, and how a wrong one is told."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(NOTE, "version kind state salt time_cost memory_cost parallelism created_at"),
        "proof": WRAPPED,
    }

    version = models.PositiveSmallIntegerField(primary_key=True)
    kind = models.CharField(max_length=12)  # demo, key, passphrase
    state = models.CharField(max_length=12)  # current, incoming, retired
    salt = models.BinaryField(max_length=32, default=bytes, blank=True)
    time_cost = models.PositiveIntegerField(default=0)
    memory_cost = models.PositiveIntegerField(default=0)  # KiB
    parallelism = models.PositiveIntegerField(default=0)
    proof = models.BinaryField(max_length=64)  # a known text under the key
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.version} {self.state}"


class DataKey(models.Model):
    """One key, wrapped. Destroyed, the row stays without the key: what lay under it is gone, and that is written."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(NOTE, "id owner_id kind version custody public created_at destroyed_at why ends_with kept_since"),
        "wrapped": WRAPPED,
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner_id = models.UUIDField()  # of the child, or of the row whose own it is; no link leaves the key store
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in KeyKind])
    version = models.PositiveSmallIntegerField(default=1)
    custody = models.PositiveSmallIntegerField()  # the version of the key it is wrapped by
    wrapped = models.BinaryField(max_length=64)
    public = models.BinaryField(max_length=65, default=bytes, blank=True)  # of a pair: for a server that is locked
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=24, blank=True)  # one of REASONS_TO_END
    # Of an interview's own key that lies under its child's record key since: whose, and since when. It stays for copies
    # of the data from before, and goes with that record key.
    ends_with = models.UUIDField(null=True, blank=True)
    kept_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("owner_id", "kind", "version"), name="data_key_once"),)
        indexes = (
            models.Index(fields=("custody",), name="data_key_custody"),
            models.Index(fields=("ends_with",), name="data_key_kept", condition=models.Q(ends_with__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"
