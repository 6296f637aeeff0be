"""A link with which somebody answers alone, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models

from homeward.apps.access.models import Organisation, Person
from homeward.apps.cases.models import Child
from homeward.domain.privacy import Level, Privacy, Storage, each

LINK = Privacy(Level.L1, purpose="monitoring")
CODED = Privacy(Level.L3, Storage.CODED, purpose="monitoring")


class AnswerLink(models.Model):
    """With it somebody answers one form about one child alone, once. Of the token and of the browser that opened it
    first only hashes are here.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id organisation child form_version respondent made_by made_at expires_at opened_at used_at"),
        **each(LINK, "taken_back_at taken_back_by"),
        **each(Privacy(Level.L1, Storage.HASHED, purpose="monitoring"), "token_hash browser_hash"),
        "sent_sha256": CODED,
    }

    id = models.UUIDField(primary_key=True, editable=False)  # made of the token, and leads to it no way
    token_hash = models.BinaryField(max_length=32)
    browser_hash = models.BinaryField(max_length=32, default=bytes, blank=True)  # empty until it is opened
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    form_version = models.ForeignKey("surveys.FormVersion", models.PROTECT, related_name="+")
    respondent = models.CharField(max_length=16)  # child, caregiver
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    sent_sha256 = models.BinaryField(max_length=32, default=bytes, blank=True)  # by which the same is known again
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return f"{self.respondent} {self.made_at:%Y-%m-%d}"
