from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from homeward.apps.access.models import Organisation, Person, Team
from homeward.apps.cases.models import Child
from homeward.domain.privacy import Level, Privacy, Retention, SealedUnder, Storage, each

LINK = Privacy(Level.L1, purpose="case work")
CODED = Privacy(Level.L3, Storage.CODED, purpose="case work")
SEALED = Privacy(Level.L3, Storage.SEALED, purpose="case work")
PROTECTION = Privacy(Level.L3, Storage.CODED, purpose="protection")
STAFF = Privacy(Level.L1, purpose="administration", retention=Retention.ACCOUNT)
ABOUT_STAFF = Privacy(Level.L3, Storage.SEALED, purpose="administration", retention=Retention.ACCOUNT)


class Part(models.TextChoices):
    """Who took part in a meeting."""

    CHILD = "child", _("The child")
    CAREGIVER = "caregiver", _("The caregiver")
    CASE_WORKER = "case_worker", _("The case worker")
    SUPERVISOR = "supervisor", _("The supervisor")
    SERVICE = "service", _("Somebody of a service: school, clinic, another organisation")
    OTHER = "other", _("Somebody else whom the child trusts")


class Heard(models.TextChoices):
    """Whether the child's view is there."""

    SAID = "said", _("The child said what it thinks")
    NOT_WANTED = "not_wanted", _("The child did not want to say anything")
    NOT_YET = "not_yet", _("The child could not be asked yet")


class Outcome(models.TextChoices):
    VARIED = "varied", _("The plan changes")
    STAYS = "stays", _("The plan stays as it is")
    TO_CLOSE = "to_close", _("The case is to be closed")
    OTHER = "other", _("Something else was agreed")
    PASSED_ON = "passed_on", _("It goes to those who protect children")


class RulesSince(models.Model):
    """From which day on the rules hold in an organisation that was here before them: what is older calls for no
    meeting. Without a row they hold since the organisation was founded.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = each(
        Privacy(Level.L1, purpose="administration", retention=Retention.PERMANENT), "organisation since"
    )

    organisation = models.OneToOneField(Organisation, models.PROTECT, primary_key=True, related_name="+")
    since = models.DateField()

    def __str__(self) -> str:
        return str(self.since)


class ReviewMeeting(models.Model):
    """The people around the child met, looked at what was known, and decided. Never changed; another meeting is another
    row. That one is due is nowhere stored.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id child recorded_by recorded_at"),
        **each(CODED, "held_on took_part child_heard check_on"),
        **each(SEALED, "child_view reason decided"),
        "outcome": PROTECTION,  # one of them says that something was passed on
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("child", "child_id")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey(Child, models.PROTECT, related_name="+", db_index=False)
    held_on = models.DateField()
    took_part = models.JSONField(default=list)
    child_heard = models.CharField(max_length=12, choices=Heard.choices)
    child_view = models.BinaryField(default=bytes, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    reason = models.BinaryField(default=bytes, blank=True)  # why the plan stays
    decided = models.BinaryField(default=bytes, blank=True)
    check_on = models.DateField(null=True, blank=True)  # on which somebody looks whether it helped
    recorded_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("held_on", "recorded_at")
        indexes = (models.Index(fields=("child", "held_on"), name="review_meeting_of_child"),)

    def __str__(self) -> str:
        return f"{self.held_on}"


class NoteRead(models.Model):
    """A supervisor has read a note that was drawn for reading together, with the case worker who wrote it."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(LINK, "id child note_id person at")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    note_id = models.UUIDField()  # of the interview or visit
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "note_id"), name="note_read_once"),)

    def __str__(self) -> str:
        return str(self.at)


class StaffNote(models.Model):
    """A few words of a case worker about themself, for the supervisor of the team alone; it goes after ninety days."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(STAFF, "id organisation team person asks_talk written_at talked_by talked_at"),
        "words": ABOUT_STAFF,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("own")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    words = models.BinaryField(default=bytes, blank=True)
    asks_talk = models.BooleanField(default=False)
    written_at = models.DateTimeField()
    talked_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    talked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-written_at",)
        indexes = (models.Index(fields=("team", "written_at"), name="staff_note_of_team"),)

    def __str__(self) -> str:
        return str(self.written_at)


class NoteWords(models.Model):
    """What a supervisor says about a note that was read, to the case worker who wrote it and nobody else. It goes after
    ninety days, and with the note's child.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(STAFF, "id organisation note_id kind writer said_by said_at seen_at"),
        "words": ABOUT_STAFF,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("own")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    note_id = models.UUIDField()  # of the interview or visit; no link, for it is about no child
    kind = models.CharField(max_length=10)  # interview, visit
    writer = models.ForeignKey(Person, models.PROTECT, related_name="+")  # of the note, who reads this
    said_by = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    words = models.BinaryField(default=bytes, blank=True)
    said_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-said_at",)
        indexes = (models.Index(fields=("note_id",), name="words_about_note"),)

    def __str__(self) -> str:
        return str(self.said_at)
