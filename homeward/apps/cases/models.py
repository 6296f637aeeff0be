from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from homeward.apps.access.models import Device, Organisation, Person, Team
from homeward.apps.cases.caseload_models import HandedChild, HandOver
from homeward.apps.cases.consent_models import ConsentEntry, Forgetting
from homeward.apps.cases.declared import CODED, IDENTITY, IDENTITY_HASH, LINK
from homeward.apps.cases.family_models import (
    CareSpell,
    Household,
    HouseholdStay,
    Merge,
    NotSame,
    RecipientCode,
    SaidSame,
)
from homeward.apps.cases.help_models import GapSource, Need, Referral, ReferralStep, ServiceGap, Urgency
from homeward.apps.cases.passing_models import Transfer
from homeward.apps.cases.plan_models import (
    Action,
    ActionOutcome,
    Assessment,
    AssessmentText,
    Goal,
    PlanVersion,
    Variation,
    VariationCheck,
)
from homeward.apps.cases.record_models import (
    BirthBasis,
    ChildName,
    Document,
    Functioning,
    Return,
    ReturnBasis,
    Schooling,
    SpokenLanguage,
    StruckReason,
)
from homeward.apps.cases.step_models import CaseStep, EndRequest
from homeward.apps.communities.models import Place
from homeward.domain.ages import BAND_CODES
from homeward.domain.privacy import Level, Privacy, Retention, SealedUnder, Storage, each

__all__ = [
    "Action",
    "ActionOutcome",
    "Assessment",
    "AssessmentText",
    "Assignment",
    "BirthBasis",
    "CareSpell",
    "CaseStep",
    "Child",
    "ChildName",
    "ConsentEntry",
    "Document",
    "EndRequest",
    "EndedNumber",
    "Forgetting",
    "Functioning",
    "GapSource",
    "Goal",
    "HandOver",
    "HandedChild",
    "Household",
    "HouseholdStay",
    "Merge",
    "NameMark",
    "Need",
    "NotSame",
    "PlanVersion",
    "Population",
    "RecipientCode",
    "Referral",
    "ReferralStep",
    "Relation",
    "RelationKind",
    "Return",
    "ReturnBasis",
    "SaidSame",
    "Schooling",
    "ServiceGap",
    "Sex",
    "SpokenLanguage",
    "Status",
    "StruckReason",
    "Transfer",
    "Urgency",
    "Variation",
    "VariationCheck",
]

JUDGED = Privacy(Level.L3, Storage.CODED, purpose="case work")  # what staff think of a child's danger: for no guardian
NOTE = Privacy(Level.L3, Storage.SEALED, purpose="case work")
HOUSE = Privacy(Level.L1, purpose="administration", retention=Retention.PERMANENT)


class Population(models.TextChoices):
    RETURNEE = "returnee", _("Returned child")
    HOST_PEER = "host_peer", _("Peer of the host community")


class Sex(models.TextChoices):
    FEMALE = "female", _("Girl")
    MALE = "male", _("Boy")
    OTHER = "other", _("Other")
    UNKNOWN = "unknown", _("Not recorded")


class Status(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    TRANSFERRED = "transferred", _("Transferred")
    DUPLICATE = "duplicate", _("Duplicate")


class SaidNo(models.TextChoices):
    INTERVIEWS = "interviews", _("interviews")
    HELP = "help", _("help")
    BOTH = "both", _("interviews and help")


class Child(models.Model):
    """A child who returned, or a peer of the host community. Known by a random code; who it is lies sealed."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id organisation team created_at changed_at identity_ended_on record_ended_on"),
        **each(CODED, "code"),
        "place": replace(CODED, guardian_visible=False),  # where it can be found
        **each(Privacy(Level.L3, Storage.CODED, purpose="monitoring"), "not_counted_since withdrew said_no"),
        **each(CODED, "population sex age_band age_changes_on birth_estimated language status ended_on"),
        **each(CODED, "return_date return_date_basis"),
        **each(IDENTITY, "external_id name initials birth_date"),
        "external_id_hash": IDENTITY_HASH,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    code = models.CharField(max_length=9, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    external_id = models.BinaryField(default=bytes, blank=True)
    external_id_hash = models.BinaryField(max_length=32, null=True, blank=True)
    population = models.CharField(max_length=12, choices=Population.choices)
    sex = models.CharField(max_length=8, choices=Sex.choices)
    age_band = models.CharField(max_length=5, choices=[(code, code) for code in BAND_CODES])
    age_changes_on = models.DateField(null=True, blank=True)  # first of a month
    birth_estimated = models.BooleanField(default=False)
    return_date = models.DateField(null=True, blank=True)
    return_date_basis = models.CharField(max_length=10, choices=ReturnBasis.choices, default=ReturnBasis.KNOWN)
    language = models.CharField(max_length=8, default="en")  # in which the child is interviewed
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    # By the server's calendar, when the case was ended; clocks of retention start here. Then what has ended of it.
    ended_on = models.DateField(null=True, blank=True)
    identity_ended_on = models.DateField(null=True, blank=True)
    record_ended_on = models.DateField(null=True, blank=True)
    # From the ledger of agreements: since when nothing of it stands in a list or report. A test works both out.
    not_counted_since = models.DateField(null=True, blank=True)
    # Nobody ever took back an agreement to interviews: null. It stands taken back: true. Agreed to again since: false,
    # and each interview is held against the whole ledger.
    withdrew = models.BooleanField(null=True)
    # What somebody who decides refused or took back: interviews, help, both. Nobody sends anybody there.
    said_no = models.CharField(max_length=10, choices=SaidNo.choices, blank=True)
    name = models.BinaryField(default=bytes, blank=True)
    initials = models.BinaryField(default=bytes, blank=True)
    birth_date = models.BinaryField(default=bytes, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("code",)
        constraints = (
            models.UniqueConstraint(fields=("organisation", "external_id_hash"), name="external_id_once"),
            models.CheckConstraint(
                condition=Q(population="host_peer")
                | Q(return_date__isnull=False) & ~Q(return_date_basis="unknown")
                | Q(return_date__isnull=True, return_date_basis="unknown"),
                name="return_date_or_unknown",
            ),
        )
        indexes = (
            models.Index(fields=("organisation", "team", "status"), name="child_scope"),
            # Any page of the list of an organisation, and how long it is, without looking at a row of the table.
            models.Index(fields=("organisation", "status", "code", "id"), name="child_list"),
            # Whose time has come: what was ended, and what nobody hears of any more.
            models.Index(fields=("organisation", "ended_on"), name="child_ended", condition=Q(ended_on__isnull=False)),
            models.Index(fields=("organisation", "created_at"), name="child_since"),
            models.Index(
                fields=("organisation", "not_counted_since"),
                name="child_uncounted",
                condition=Q(not_counted_since__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.code


class RelationKind(models.TextChoices):
    MOTHER = "mother", _("Mother")
    FATHER = "father", _("Father")
    STEP_PARENT = "step_parent", _("Step-parent")
    GRANDPARENT = "grandparent", _("Grandparent")
    SIBLING = "sibling", _("Brother or sister")
    RELATIVE = "relative", _("Other relative")
    FOSTER = "foster", _("Foster family")
    OTHER_CAREGIVER = "other_caregiver", _("Other caregiver")


class RelationRows(models.QuerySet["Relation"]):
    """What was struck out never held, and is shown to whoever keeps the record alone."""

    def true(self) -> RelationRows:
        return self.filter(struck_on__isnull=True)

    def current(self) -> RelationRows:
        return self.true().filter(until__isnull=True)

    def longest_first(self) -> RelationRows:
        """A beginning that nobody said lies before every day that somebody did."""
        return self.order_by(models.F("since").asc(nulls_first=True), "pk")


class Relation(models.Model):
    """Somebody close to the child, from a day until a day; a sibling may be a child of ours. `since`: None where nobody
    said when it began, which is then before anything that is known here.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child recorded_at ended_recorded_at"),
        **each(CODED, "kind is_caregiver since until other_child struck_on struck_reason"),
        "name": IDENTITY,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey(Child, models.PROTECT, related_name="relations")
    kind = models.CharField(max_length=16, choices=RelationKind.choices)
    is_caregiver = models.BooleanField(default=False)
    name = models.BinaryField(default=bytes, blank=True)
    other_child = models.ForeignKey(Child, models.PROTECT, null=True, blank=True, related_name="+")
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    struck_on = models.DateField(null=True, blank=True)  # recorded by mistake; it holds no more, and never did
    struck_reason = models.CharField(max_length=12, choices=StruckReason.choices, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True, null=True)  # null: before this was kept
    ended_recorded_at = models.DateTimeField(null=True, blank=True)

    objects = RelationRows.as_manager()

    def __str__(self) -> str:
        return self.kind


class NameMark(models.Model):
    """What a child is found by when somebody types a name: a few bits of a keyed hash, which several children share."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id organisation child"),
        "mark": IDENTITY_HASH,
    }

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    child = models.ForeignKey(Child, models.CASCADE, related_name="+")
    mark = models.IntegerField()

    class Meta:
        indexes = (models.Index(fields=("organisation", "mark", "child"), name="name_mark"),)

    def __str__(self) -> str:
        return str(self.mark)


class Assignment(models.Model):
    """Who works with the child, from a day until a day: a person, or a device that nobody signs in to."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(LINK, "id child person device since until")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey(Child, models.PROTECT, related_name="assignments")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    device = models.ForeignKey(Device, models.PROTECT, null=True, blank=True, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)  # the last day

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(person__isnull=False, device__isnull=True) | Q(person__isnull=True, device__isnull=False),
                name="assigned_to_one",
            ),
        )
        indexes = (
            models.Index(fields=("person", "until"), name="assignment_person"),
            models.Index(fields=("device", "until"), name="assignment_device"),
        )

    def __str__(self) -> str:
        return f"{self.since}"


class EndedNumber(models.Model):
    """A number of another case system whose child has ended here: a keyed hash, by which the next caseload that lists
    it is refused. It says nothing else, and nobody gets from it to a child.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = each(
        Privacy(Level.L1, Storage.HASHED, purpose="accountability", retention=Retention.PERMANENT), "id"
    )

    id = models.UUIDField(primary_key=True, editable=False)

    def __str__(self) -> str:
        return str(self.id)


class Risk(models.TextChoices):
    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")


class RiskReason(models.TextChoices):
    ASSESSMENT = "assessment", _("Assessment")
    VISIT = "visit", _("What a visit showed")
    INTERVIEW = "interview", _("What an interview showed")
    CHANGED_HOME = "changed_home", _("The home or the caregiver has changed")
    CONCERN = "concern", _("Somebody is worried")
    SAFER = "safer", _("Things have become safer")
    OTHER = "other", _("Another reason")


class RiskLevel(models.Model):
    """How endangered a child is, from a day on; the newest that has begun holds. Nothing is overwritten."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child said_by said_at"),
        **each(JUDGED, "level since reason"),
        "words": NOTE,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    level = models.CharField(max_length=6, choices=Risk.choices)
    since = models.DateField()
    reason = models.CharField(max_length=12, choices=RiskReason.choices)
    words = models.BinaryField(default=bytes, blank=True)
    said_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    said_at = models.DateTimeField()

    class Meta:
        ordering = ("since", "said_at")

    def __str__(self) -> str:
        return f"{self.level} {self.since}"


class ProtocolInUse(models.Model):
    """Which protocol of follow-up an organisation follows, from a day on. Before the first the usual one holds."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(HOUSE, "id organisation reference checksum since set_by set_at")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    reference = models.CharField(max_length=80)  # id@version
    checksum = models.CharField(max_length=64)
    since = models.DateField()
    set_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    set_at = models.DateTimeField()

    class Meta:
        ordering = ("since", "set_at")

    def __str__(self) -> str:
        return f"{self.reference} {self.since}"
