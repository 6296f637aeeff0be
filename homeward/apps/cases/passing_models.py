"""A case that is passed on to another organisation, on this server or outside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models

from homeward.apps.access.models import Organisation, Person
from homeward.apps.cases.help_models import HELPED, WORDS, WORK
from homeward.apps.communities.models import Place
from homeward.domain.ages import BAND_CODES
from homeward.domain.privacy import Privacy, SealedUnder, each


class Transfer(models.Model):
    """An offer, with the coarse facts by which it is judged, and its answer. The record that whoever accepts makes of
    the child is a new one, with a code and keys of its own; nothing here leads to it.
    """

    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")
    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(WORK, "id organisation child to_organisation made_by made_at answered_by answered_at noted_at"),
        **each(HELPED, "standing age_band sex place needs passed made_on expires_on reason answered_on"),
        **each(HELPED, "child_says adult_says agreed_on agreed_language"),
        "recipient": WORDS,
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    child = models.ForeignKey("cases.Child", models.PROTECT, related_name="transfers")
    to_organisation = models.ForeignKey(  # none: outside this server
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    recipient = models.BinaryField(default=bytes, blank=True)  # outside
    age_band = models.CharField(max_length=5, choices=[(code, code) for code in BAND_CODES])
    sex = models.CharField(max_length=8)
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")  # one that all share
    needs = models.JSONField(default=list)  # sectors
    passed = models.JSONField(default=list)  # codes of what is handed over besides what always is
    made_on = models.DateField()
    expires_on = models.DateField()  # the last day on which it can be answered
    standing = models.CharField(max_length=12)
    reason = models.CharField(max_length=16, blank=True)  # why it was returned
    answered_on = models.DateField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    noted_at = models.DateTimeField(null=True, blank=True)  # somebody has read here that it was returned
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    made_at = models.DateTimeField(auto_now_add=True)
    child_says = models.CharField(max_length=16)
    adult_says = models.CharField(max_length=16)
    agreed_on = models.DateField()
    agreed_language = models.CharField(max_length=8)

    class Meta:
        indexes = (
            models.Index(fields=("to_organisation", "standing", "expires_on"), name="transfer_offered"),
            models.Index(fields=("standing", "answered_on"), name="transfer_answered"),
        )

    def __str__(self) -> str:
        return f"{self.standing} {self.made_on}"
