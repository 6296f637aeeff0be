from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from homeward.apps.access.models import Organisation, Person, Team
from homeward.apps.cases.models import Child, Relation
from homeward.domain.privacy import Level, Privacy, Retention, SealedUnder, Storage, each

LINK = Privacy(Level.L1, purpose="accountability")
CODED = Privacy(Level.L3, Storage.CODED, purpose="accountability")
SEALED = Privacy(Level.L3, Storage.SEALED, purpose="accountability")
LEDGER = Privacy(Level.L1, purpose="accountability", retention=Retention.PERMANENT)
LEDGER_CODED = Privacy(Level.L3, Storage.CODED, purpose="accountability", retention=Retention.PERMANENT)
HOUSE = Privacy(Level.L1, purpose="administration", retention=Retention.PERMANENT)


def checked_by_another(name: str) -> models.CheckConstraint:
    """Nobody checks what they asked for themselves, whatever the code above says."""
    another = ~Q(checked_by=models.F("asked_by_person"))
    return models.CheckConstraint(condition=Q(checked_by__isnull=True) | another, name=name)


class RetentionPeriod(models.Model):
    """How long an organisation keeps for one purpose, where it is not the usual time."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(HOUSE, "id organisation clock months set_on set_by")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    clock = models.CharField(max_length=12)
    months = models.SmallIntegerField()
    set_on = models.DateField()
    set_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organisation", "clock"), name="retention_period_once"),)

    def __str__(self) -> str:
        return f"{self.clock} {self.months}"


class Verdict(models.TextChoices):
    END = "end", _("Let it end")
    PROLONG = "prolong", _("Keep it longer")


class Review(models.Model):
    """Somebody looked at a clock that runs out and decided; the newest decides."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id organisation child person at"),
        **each(CODED, "clock verdict until"),
        "reason": SEALED,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    clock = models.CharField(max_length=12)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    until = models.DateField(null=True, blank=True)  # the new limit
    reason = models.BinaryField(default=bytes, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ("at",)

    def __str__(self) -> str:
        return f"{self.clock} {self.verdict}"


class Extension(models.Model):
    """Something that names no child is kept longer: what was told, or what arrived sealed and could not be taken."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id organisation clock object_id until person at"),
        "reason": SEALED,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("own")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    clock = models.CharField(max_length=12)
    object_id = models.UUIDField(db_index=True)  # the matter, the entry of the register, or what arrived
    until = models.DateField()  # the new limit
    reason = models.BinaryField()
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.clock} {self.until}"


class HoldReason(models.TextChoices):
    COURT = "court", _("A court has asked for it")
    AUTHORITY = "authority", _("An authority has asked for it")
    COMPLAINT = "complaint", _("A complaint or a claim is open")
    STAFF_MATTER = "staff_matter", _("An inquiry into staff is open")
    CHILD_ASKED = "child_asked", _("The child asked to keep it")


class Hold(models.Model):
    """Nothing of this child ends, and nothing is erased, until a person lifts it."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id organisation child placed_by placed_at review_on lifted_by lifted_at"),
        "reason_code": CODED,
        "reason": SEALED,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    reason_code = models.CharField(max_length=12, choices=HoldReason.choices)
    reason = models.BinaryField(default=bytes, blank=True)
    placed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    placed_at = models.DateTimeField()
    review_on = models.DateField()  # on this day people look whether it is still needed; it holds until they say so
    lifted_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("child",), condition=Q(lifted_at__isnull=True), name="one_hold_a_child"),
        )

    def __str__(self) -> str:
        return self.reason_code


class Standstill(models.Model):
    """Nothing ends by itself before this day: a copy that was restored may not know who was held, or kept longer, or
    for whom somebody has to act, since it was made. People get the time to say so again.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = each(HOUSE, "id until set_at")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    until = models.DateField()
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.until}"


class EndingKind(models.TextChoices):
    IDENTITY = "identity", _("Who the child is")
    RECORD = "record", _("What people wrote")
    ERASURE = "erasure", _("Everything")


class EndingState(models.TextChoices):
    ASKED = "asked", _("Waits for a second person")
    STOPPED = "stopped", _("Stopped before anything was destroyed")
    REFUSED = "refused", _("Refused")
    RUNNING = "running", _("Under way")
    ENDED = "ended", _("Waits for old copies of keys to go")
    DONE = "done", _("Done")


UNDECIDED = (EndingState.ASKED, EndingState.STOPPED)


class Ending(models.Model):
    """The ledger of what was ended for good. No link leads from it to a child, so that it outlasts each."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LEDGER, "id organisation team child_id kind state asked_by_person asked_at checked_by checked_at"),
        **each(LEDGER, "stopped_at ended_at done_at"),
        **each(LEDGER_CODED, "code reason asked_for report"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    child_id = models.UUIDField()
    code = models.CharField(max_length=9)
    kind = models.CharField(max_length=8, choices=EndingKind.choices)
    reason = models.CharField(max_length=24)  # one of REASONS_TO_END
    asked_for = models.CharField(max_length=12, blank=True)  # whose wish it is
    state = models.CharField(max_length=8, choices=EndingState.choices)
    asked_by_person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    checked_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    checked_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)  # something was told after it was agreed to
    ended_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(default=dict)  # how much of what; counts alone, but ids before that

    class Meta:
        ordering = ("-asked_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("child_id", "kind"), condition=~Q(state="refused"), name="one_ending_a_child_and_kind"
            ),
            checked_by_another("ending_checked_by_another"),
        )
        indexes = (models.Index(fields=("organisation", "state"), name="ending_state"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class OverrideKind(models.TextChoices):
    WITHHOLD = "withhold", _("No copy for any guardian")
    LIFT = "lift", _("Copies for guardians again")
    WIDEN = "widen", _("One wider copy for a guardian")


class OverrideState(models.TextChoices):
    ASKED = "asked", _("Waits for a second person")
    AGREED = "agreed", _("In force")
    REFUSED = "refused", _("Refused")
    LAPSED = "lapsed", _("Ended without a second person, or without being used")
    ENDED = "ended", _("Lifted, or handed over")


OPEN = (OverrideState.ASKED, OverrideState.AGREED)


class WithholdReason(models.TextChoices):
    DANGER = "danger", _("A copy could put the child in danger")
    IMPLICATED = "implicated", _("A guardian is part of a concern")
    ORDERED = "ordered", _("A court or an authority has ordered it")
    CHILD_REFUSED = "child_refused", _("The child is 15 or older and refused")
    OTHER = "other", _("Another reason")


class WidenReason(models.TextChoices):
    COURT = "court", _("A court has ordered it")
    BEST_INTERESTS = "best_interests", _("It is best for the child, decided with the child")
    LAW = "law", _("The law of the country asks for it")


class ChildSays(models.TextChoices):
    AGREES = "agrees", _("The child agrees")
    DISAGREES = "disagrees", _("The child does not agree")
    NOT_ASKED = "not_asked", _("The child was not asked")


class Override(models.Model):
    """What two people decide about guardians' copies of one child: none at all, or one that holds more."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id organisation child kind state relation asked_by_person asked_at checked_by checked_at"),
        **each(LINK, "review_on ended_by ended_at"),
        **each(CODED, "reason_code parts child_says"),
        "words": SEALED,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=OverrideKind.choices)
    state = models.CharField(max_length=8, choices=OverrideState.choices)
    reason_code = models.CharField(max_length=16, blank=True)  # a lift has none: what ended is why
    parts = models.JSONField(default=list, blank=True)  # which of `holding.PARTS` a wider copy holds
    child_says = models.CharField(max_length=12, choices=ChildSays.choices, blank=True)
    words = models.BinaryField(default=bytes, blank=True)
    relation = models.ForeignKey(Relation, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    asked_by_person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    checked_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    checked_at = models.DateTimeField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)  # people look again on this day; it holds until they lift it
    ended_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("asked_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("child", "kind"), condition=Q(state__in=("asked", "agreed")), name="one_open_override_a_kind"
            ),
            checked_by_another("override_checked_by_another"),
        )
        indexes = (
            models.Index(
                fields=("organisation", "state"), name="override_open", condition=Q(state__in=("asked", "agreed"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
