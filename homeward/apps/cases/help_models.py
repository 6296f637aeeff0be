"""Help that a child needs from others: referrals with their steps, and the ledger of gaps in services. Steps and
agreements are facts with a day; nothing of them is written over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from homeward.apps.access.models import Organisation, Person
from homeward.apps.communities.models import Place, Sector, Service
from homeward.domain.gaps import Source
from homeward.domain.privacy import Level, Privacy, Retention, SealedUnder, Storage, each

WORK = Privacy(Level.L1, purpose="case work")
HELPED = Privacy(Level.L3, Storage.CODED, purpose="case work", exportable=True)
WORDS = Privacy(Level.L3, Storage.SEALED, purpose="case work")
COUNTED = Privacy(Level.L3, Storage.CODED, purpose="monitoring", retention=Retention.PERMANENT, exportable=True)


class Need(models.TextChoices):
    SCHOOL_PLACE = "school_place", _("A place at school")
    SCHOOL_COSTS = "school_costs", _("Fees, uniform or books")
    LEARNING_HELP = "learning_help", _("Help with learning or language")
    TREATMENT = "treatment", _("An examination or treatment")
    MEDICINE = "medicine", _("Medicine or glasses")
    DISABILITY_HELP = "disability_help", _("Help with a disability")
    COUNSELLING = "counselling", _("Somebody to talk to")
    GROUP_SUPPORT = "group_support", _("A group of others of the same age")
    PAPERS = "papers", _("A birth certificate or identity paper")
    LEGAL_HELP = "legal_help", _("Advice of a lawyer")
    TRAINING = "training", _("Training for a trade")
    FAMILY_INCOME = "family_income", _("A living for the family")
    CASH = "cash", _("Money for what is needed most")
    FOOD = "food", _("Food")
    HOME = "home", _("A place to live, or repairs")
    SAFE_PLACE = "safe_place", _("A place to stay for now")
    FAMILY_WORK = "family_work", _("Support for living together as a family")
    TRACING = "tracing", _("Finding family members")
    SOMETHING_ELSE = "something_else", _("Something else")


class Urgency(models.TextChoices):
    DAYS = "days", _("Within days")
    WEEKS = "weeks", _("Within two weeks")
    MONTH = "month", _("Within a month")


class Referral(models.Model):
    """A need of a child, and to whom it was taken. Where it stands follows from its steps."""

    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")
    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(WORK, "id child made_by made_at standing"),
        **each(HELPED, "code sector need dimension urgency service fields made_on answer_by"),
        **each(HELPED, "child_says adult_says agreed_on agreed_language"),
        **each(WORDS, "provider words"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey("cases.Child", models.PROTECT, related_name="referrals")
    code = models.CharField(max_length=9, unique=True)  # by which it is known outside; the child's own code stays here
    sector = models.CharField(max_length=20, choices=Sector.choices)
    need = models.CharField(max_length=20, choices=Need.choices)
    dimension = models.CharField(max_length=16)
    urgency = models.CharField(max_length=8, choices=Urgency.choices)
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, related_name="+")
    provider = models.BinaryField(default=bytes, blank=True)  # who is in no directory
    words = models.BinaryField(default=bytes, blank=True)  # of the child, where it wants them to be handed over
    fields = models.JSONField(default=list)  # codes of what is handed over
    made_on = models.DateField()
    answer_by = models.DateField()  # the last day
    # After the last step, so that what waits is found by an index; a test compares it with the steps.
    standing = models.CharField(max_length=12)
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    made_at = models.DateTimeField(auto_now_add=True)
    # Empty where nothing left the house: the need was only written down.
    child_says = models.CharField(max_length=16, blank=True)
    adult_says = models.CharField(max_length=16, blank=True)
    agreed_on = models.DateField(null=True, blank=True)
    agreed_language = models.CharField(max_length=8, blank=True)

    class Meta:
        ordering = ("made_on", "made_at")
        indexes = (models.Index(fields=("standing", "answer_by"), name="referral_waiting"),)

    def __str__(self) -> str:
        return self.code


class ReferralStep(models.Model):
    """What happened to it, on a day. Never changed; the next one is added."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(WORK, "id referral number person at"),
        **each(HELPED, "step day how reason"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="steps", db_index=False)
    number = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=12)
    day = models.DateField()
    how = models.CharField(max_length=12, blank=True)
    reason = models.CharField(max_length=16, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("referral", "number")
        constraints = (models.UniqueConstraint(fields=("referral", "number"), name="referral_step_once"),)

    def __str__(self) -> str:
        return f"{self.step} {self.day}"


class GapSource(models.TextChoices):
    REFERRAL = Source.REFERRAL.value, _("A referral")
    VISIT = Source.VISIT.value, _("A visit")
    PROMISE = Source.PROMISE.value, _("A promise that was not kept")
    PLAN = Source.PLAN.value, _("An action of a plan")


class ServiceGap(models.Model):
    """A need that was not met: sector, district, reason, day, and from what it is known. What is counted names no
    child. While what people wrote is kept, the row leads to the child and to the referral, visit, promise or action, so
    that what is said later finds it; then it is countable, and leads nowhere.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(WORK, "id organisation child came_from"),
        **each(COUNTED, "source sector need place reason day met_on"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    child = models.ForeignKey("cases.Child", models.PROTECT, null=True, blank=True, related_name="+")
    source = models.CharField(max_length=10, choices=GapSource.choices)
    came_from = models.UUIDField(null=True, blank=True)  # none once it is unlinked
    sector = models.CharField(max_length=20, choices=Sector.choices)
    need = models.CharField(max_length=20, choices=Need.choices, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")  # never below a district
    reason = models.CharField(max_length=16)
    day = models.DateField()  # once it is unlinked, the first of its month
    met_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("source", "came_from", "sector"), name="gap_once"),)
        indexes = (models.Index(fields=("organisation", "day"), name="gap_counted"),)

    def __str__(self) -> str:
        return f"{self.sector} {self.reason}"
