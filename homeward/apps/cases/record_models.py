"""What is known of a child beside its record: entries with a day and who said it. None is overwritten: what was wrong
is struck out with a reason and stays readable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from homeward.apps.cases.declared import BESIDE, KEPT_IN, LINK
from homeward.domain.privacy import Privacy, SealedUnder, each

ENTRY = "told_on said_by struck_on struck_reason"
SPELL = f"{ENTRY} since until"


class SaidBy(models.TextChoices):
    CHILD = "child", _("The child")
    CAREGIVER = "caregiver", _("The caregiver")
    PAPER = "paper", _("A document that was seen")
    STAFF = "staff", _("A colleague or another agency")
    UNKNOWN = "unknown", _("Not noted")


class StruckReason(models.TextChoices):
    MISTAKE = "mistake", _("It was entered by mistake")
    WRONG_CHILD = "wrong_child", _("It is about another child")
    NOT_SO = "not_so", _("It turned out not to be so")


class Entry(models.Model):
    """`told_on`: the day for which it holds."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey("cases.Child", models.PROTECT, related_name="+")
    told_on = models.DateField()
    said_by = models.CharField(max_length=12, choices=SaidBy.choices, default=SaidBy.UNKNOWN)
    recorded_at = models.DateTimeField(auto_now_add=True)
    struck_on = models.DateField(null=True, blank=True)
    struck_reason = models.CharField(max_length=12, choices=StruckReason.choices, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.told_on}"


class Spell(Entry):
    """Holds from a day until a day. `closed_by`: the spell that ended it by beginning, so that striking that one out
    lets this one run again.
    """

    since = models.DateField()
    until = models.DateField(null=True, blank=True)  # the last day
    closed_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    ended_recorded_at = models.DateTimeField(null=True, blank=True)  # where the end was told after the beginning

    class Meta:
        abstract = True


def declared(coded: str, linked: str = "") -> dict[str, Privacy]:
    return {**each(LINK, f"id child recorded_at {linked}"), **each(KEPT_IN, coded)}


class NameKind(models.TextChoices):
    GIVEN = "given", _("Given name")
    FAMILY = "family", _("Family name")
    OTHER = "other", _("Another name")
    SPELLING = "spelling", _("Another spelling or script")


class ChildName(Entry):
    """A name beside the one that the record opens with."""

    privacy: ClassVar[Mapping[str, Privacy]] = {**declared(f"{ENTRY} kind"), "name": BESIDE}
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    kind = models.CharField(max_length=12, choices=NameKind.choices)
    name = models.BinaryField(default=bytes, blank=True)


class Basis(models.TextChoices):
    DOCUMENT = "document", _("A document")
    CHILD = "child", _("Told by the child")
    CAREGIVER = "caregiver", _("Told by the caregiver")
    ESTIMATED = "estimated", _("Estimated by us")


class BirthBasis(Entry):
    """Where the birth date, or the age, comes from."""

    privacy: ClassVar[Mapping[str, Privacy]] = declared(f"{ENTRY} basis")

    basis = models.CharField(max_length=12, choices=Basis.choices)


class SpokenLanguage(Entry):
    """A language that the child speaks; in which it is interviewed stands on the record itself."""

    privacy: ClassVar[Mapping[str, Privacy]] = declared(f"{ENTRY} language")

    language = models.CharField(max_length=8)  # ISO 639


class DocumentKind(models.TextChoices):
    BIRTH = "birth_certificate", _("Birth certificate")
    IDENTITY = "identity_document", _("Identity document")
    PASSPORT = "passport", _("Passport or travel paper")
    SCHOOL = "school_papers", _("School papers")


class DocumentState(models.TextChoices):
    HAS = "has", _("Has it")
    APPLIED = "applied", _("Has applied for it")
    NONE = "none", _("Does not have it")
    UNKNOWN = "unknown", _("Not known")


class Document(Entry):
    """The latest entry of each kind holds."""

    privacy: ClassVar[Mapping[str, Privacy]] = declared(f"{ENTRY} kind state")

    kind = models.CharField(max_length=20, choices=DocumentKind.choices)
    state = models.CharField(max_length=8, choices=DocumentState.choices)


class Level(models.TextChoices):
    NONE = "none", _("In no school")
    PRE_PRIMARY = "pre_primary", _("Before primary school")
    PRIMARY = "primary", _("Primary school")
    LOWER_SECONDARY = "lower_secondary", _("Lower secondary school")
    UPPER_SECONDARY = "upper_secondary", _("Upper secondary school")
    VOCATIONAL = "vocational", _("Vocational training")
    NON_FORMAL = "non_formal", _("Catch-up or informal lessons")
    RELIGIOUS = "religious", _("Religious school alone")


class Attending(models.TextChoices):
    REGULARLY = "regularly", pgettext_lazy("school", "Comes regularly")
    SOMETIMES = "sometimes", pgettext_lazy("school", "Comes sometimes")
    NOT = "not", pgettext_lazy("school", "Does not come")
    UNKNOWN = "unknown", pgettext_lazy("school", "Not known")


class LeftReason(models.TextChoices):
    COMPLETED = "completed", _("Finished it")
    MOVED = "moved", _("The family moved")
    COST = "cost", _("Cost")
    WORK = "work", _("Work, or work at home")
    REFUSED = "refused", _("The school refused the child")
    PAPERS = "papers", _("Papers were missing")
    LANGUAGE = "language", _("The language of lessons")
    DISTANCE = "distance", _("Too far, or the way is not safe")
    BULLYING = "bullying", _("Bullied or beaten there")
    HEALTH = "health", _("Health or a disability")
    MARRIAGE = "marriage", _("Marriage or a baby")
    MIGRATED = "migrated", _("Left the country")
    OTHER = "other", _("Another reason")


class Schooling(Spell):
    privacy: ClassVar[Mapping[str, Privacy]] = declared(
        f"{SPELL} level attending left_reason", "closed_by ended_recorded_at"
    )

    level = models.CharField(max_length=16, choices=Level.choices)
    attending = models.CharField(max_length=10, choices=Attending.choices, default=Attending.UNKNOWN)
    left_reason = models.CharField(max_length=10, choices=LeftReason.choices, blank=True)


class Functioning(Entry):
    """Results of the Child Functioning Module by domain, as an agency entered them; `said_by` is who answered."""

    privacy: ClassVar[Mapping[str, Privacy]] = declared(f"{ENTRY} form results")

    form = models.CharField(max_length=4, choices=[("2-4", "2-4"), ("5-17", "5-17")])
    results = models.JSONField(default=dict)  # domain -> difficulty, none, not_determined


class ReturnBasis(models.TextChoices):
    KNOWN = "known", _("The day is known")
    ESTIMATED = "estimated", _("The day is an estimate")
    UNKNOWN = "unknown", _("The day is not known")


class ReturnKind(models.TextChoices):
    ASSISTED = "voluntary_assisted", _("Voluntary, with help")
    SPONTANEOUS = "spontaneous", _("By their own means")
    FORCED = "forced", _("Forced")
    EVACUATED = "evacuated", _("Evacuated from danger")
    UNKNOWN = "unknown", _("Not known")


class Notice(models.TextChoices):
    NONE = "none", _("None at all")
    DAYS = "days", _("Less than a week")
    WEEKS = "weeks", _("A week to a month")
    MONTHS = "months", _("More than a month")
    UNKNOWN = "unknown", _("Not known")


class CameWith(models.TextChoices):
    FAMILY = "family", _("With the family")
    PART = "part_of_family", _("With a part of the family")
    SEPARATED = "separated", _("Separated: with other adults")
    ALONE = "unaccompanied", _("Alone")
    UNKNOWN = "unknown", _("Not known")


class Traced(models.TextChoices):
    NOT_NEEDED = "not_needed", _("Not needed")
    YES = "yes", pgettext_lazy("family", "Found")
    UNDER_WAY = "under_way", pgettext_lazy("family", "Being looked for")
    NO = "no", pgettext_lazy("family", "Not found")
    UNKNOWN = "unknown", _("Not known")


class Return(Entry):
    """One return. Who came back twice has two: a new episode with a clock of its own. The day of the latest is the
    day of return on the record.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = declared(
        f"{ENTRY} number returned_on basis from_country months_away born_abroad kind notice came_with family_traced "
        "left_on"
    )

    number = models.PositiveSmallIntegerField()
    returned_on = models.DateField(null=True, blank=True)
    basis = models.CharField(max_length=10, choices=ReturnBasis.choices, default=ReturnBasis.KNOWN)
    from_country = models.CharField(max_length=2, blank=True)  # ISO 3166
    months_away = models.PositiveSmallIntegerField(null=True, blank=True)
    born_abroad = models.BooleanField(null=True, blank=True)
    kind = models.CharField(max_length=20, choices=ReturnKind.choices, default=ReturnKind.UNKNOWN)
    notice = models.CharField(max_length=8, choices=Notice.choices, default=Notice.UNKNOWN)
    came_with = models.CharField(max_length=16, choices=CameWith.choices, default=CameWith.UNKNOWN)
    family_traced = models.CharField(max_length=12, choices=Traced.choices, default=Traced.UNKNOWN)
    left_on = models.DateField(null=True, blank=True)  # the day on which the child left again: the episode ends
