"""What is due for a child and until when that holds, kept so that a list of a hundred thousand need not count again.

Nothing here is a fact: taken away, all of it is made anew from facts. `outlook_triggers.py` keeps it honest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models

from homeward.apps.cases.models import Child
from homeward.domain.privacy import Level, Privacy, Storage, each

LINK = Privacy(Level.L1, purpose="case work")
CODED = Privacy(Level.L3, Storage.CODED, purpose="case work")  # for no guardian: it repeats levels of risk and pauses


class Outlook(models.Model):
    """It counts on a day of its range, by the calendar of its zone, while its basis is what holds now and no changed
    fact lies beside it.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "child basis zone first last"),
        **each(CODED, "urgency due said"),
    }

    child = models.OneToOneField(Child, models.PROTECT, primary_key=True, related_name="outlook")
    basis = models.CharField(max_length=32)  # which protocols, house and version of the rules it was made by
    zone = models.CharField(max_length=64)
    first = models.DateField()
    last = models.DateField()
    urgency = models.SmallIntegerField(null=True, blank=True)  # null: nothing is due
    due = models.DateField(null=True, blank=True)
    said = models.CharField(max_length=240, blank=True)  # the rest, read where a row is shown: `kept.Said`

    def __str__(self) -> str:
        return f"{self.first} {self.last}"


class ChangedFact(models.Model):
    """Written by the database itself, in the transaction that changes a fact: what is kept about this child, or about
    the children of this place, counts no more. Taken away once it has been made anew from what was read afterwards.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = each(LINK, "id about")

    id = models.BigAutoField(primary_key=True)
    about = models.UUIDField(db_index=True)  # a child or a place; no link, which would make writers wait

    def __str__(self) -> str:
        return str(self.about)
