"""The ledger of agreements: one row an answer, never changed. What is agreed follows from it (`domain/consent.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from homeward.apps.access.models import Device, Person
from homeward.apps.audit.ids import time_ordered_id
from homeward.domain.ages import BAND_CODES
from homeward.domain.consent import Reply, Source, Who, Without
from homeward.domain.privacy import Level, Privacy, SealedUnder, Storage, each

LINK = Privacy(Level.L1, purpose="case work")
CODED = Privacy(Level.L3, Storage.CODED, purpose="case work")
SEALED = Privacy(Level.L3, Storage.SEALED, purpose="case work")


class Speaker(models.TextChoices):
    CHILD = Who.CHILD.value, _("Child")
    CAREGIVER = Who.CAREGIVER.value, _("Caregiver")
    TRUSTED_ADULT = Who.TRUSTED_ADULT.value, _("Another adult whom the child trusts")
    CASE_WORKER = Who.CASE_WORKER.value, _("Case worker, in the best interests of the child")


class Answer(models.TextChoices):
    AGREES = Reply.AGREES.value, _("agrees")
    REFUSES = Reply.REFUSES.value, _("says no")
    WITHDRAWS = Reply.WITHDRAWS.value, _("takes the agreement back")
    MISTAKEN = "mistaken", _("was about another child")  # all that the same interview had said here
    SET_ASIDE = "set_aside", _("was set aside: its yes holds no more")  # of the same interview; a no stays
    STANDS = "stands", _("was taken up again, with its yes")  # after it had been set aside


MARKS = (Answer.MISTAKEN, Answer.SET_ASIDE, Answer.STANDS)  # what became of an interview; nobody's answer


class Purpose(models.TextChoices):
    SERVICE = "service", _("Help and case work")
    MONITORING = "monitoring", _("Interviews on how the child is")
    SHARING = "sharing", _("Telling another organisation")
    REPORTING = "reporting", _("Reports without a name")
    RESEARCH = "research", _("Research")
    PHOTO = "photo", _("A photo or drawing")
    OWN_INTERVIEW = "own_interview", _("The caregiver's own interview")


class Explained(models.TextChoices):
    SPOKEN = "spoken", _("Spoken")
    PICTURES = "pictures", _("With pictures or play")
    WRITTEN = "written", _("In writing")
    INTERPRETER = "interpreter", _("Through an interpreter")


class TeachBack(models.TextChoices):
    UNDERSTOOD = "understood", _("Said it in own words")
    PARTLY = "partly", _("Said it in part")
    NOT = "not", _("Did not understand it")
    NOT_ASKED = "not_asked", _("Was not asked to")


class Capacity(models.TextChoices):
    ABLE = "able", _("Understands enough to decide")
    WITH_HELP = "with_help", _("Decides with help")
    NOT_YET = "not_yet", _("Does not understand it yet")
    NOT_JUDGED = "not_judged", _("Not judged")


class WithoutCaregiver(models.TextChoices):
    NONE = Without.NONE.value, _("There is no caregiver")
    UNSAFE = Without.UNSAFE.value, _("Asking the caregiver would put the child in danger")


class EntrySource(models.TextChoices):
    ASKED = Source.ASKED.value, _("asked")
    INTERVIEW = Source.INTERVIEW.value, _("asked in an interview")
    LATER = Source.LATER.value, _("added later")
    IMPORT = Source.IMPORT.value, _("said of an imported file")
    CAME_BACK = Source.CAME_BACK.value, _("came back to it themselves")


class ConsentEntry(models.Model):
    """One answer of one person about one purpose, on one day. The database refuses to change it (`ledgers.py`)."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child relation_id source_id recorded_by device recorded_at"),
        **each(CODED, "who answer purpose day valid_until band source without_caregiver language text_version"),
        **each(CODED, "explained teach_back limits_told capacity witness"),
        **each(SEALED, "recipient expects reason"),
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    child = models.ForeignKey("cases.Child", models.PROTECT, related_name="+", db_index=False)
    who = models.CharField(max_length=16, choices=Speaker.choices)
    relation_id = models.UUIDField(null=True, blank=True)  # who of the family; no link, as an entry outlives a relation
    answer = models.CharField(max_length=10, choices=Answer.choices)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    recipient = models.BinaryField(default=bytes, blank=True)  # of sharing: with whom
    day = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    band = models.CharField(max_length=5, choices=[(code, code) for code in BAND_CODES])  # of the child, on that day
    without_caregiver = models.CharField(max_length=8, choices=WithoutCaregiver.choices, blank=True)
    language = models.CharField(max_length=8, blank=True)
    text_version = models.CharField(max_length=24, blank=True)  # of the text read out, or of the form that asked
    explained = models.CharField(max_length=12, choices=Explained.choices, blank=True)
    teach_back = models.CharField(max_length=12, choices=TeachBack.choices, blank=True)
    limits_told = models.BooleanField(null=True)  # of confidence, of the help: also what nobody can promise
    capacity = models.CharField(max_length=12, choices=Capacity.choices, blank=True)
    witness = models.BooleanField(null=True)
    expects = models.BinaryField(default=bytes, blank=True)  # what the person hopes for, in their words
    reason = models.BinaryField(default=bytes, blank=True)  # of what was added later or taken back
    source = models.CharField(max_length=10, choices=EntrySource.choices)
    source_id = models.UUIDField(null=True, blank=True)  # the interview, or the import
    recorded_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    device = models.ForeignKey(Device, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("child", "day"), name="consent_of_child"),)

    def __str__(self) -> str:
        return f"{self.who} {self.answer} {self.purpose}"


class Forgetting(models.Model):
    """A child whose ledger is being erased; the row is there within one transaction alone."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(LINK, "id")

    id = models.UUIDField(primary_key=True, editable=False)

    def __str__(self) -> str:
        return str(self.id)
