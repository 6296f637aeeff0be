from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from homeward.apps.access.models import Device, Organisation, Person
from homeward.apps.cases.models import Child
from homeward.apps.communities.models import Place
from homeward.domain.privacy import Level, Privacy, Retention, SealedUnder, Storage, each

LINK = Privacy(Level.L1, purpose="protection")
CODED = Privacy(Level.L3, Storage.CODED, purpose="protection")
SEALED = Privacy(Level.L4, Storage.SEALED, purpose="protection")
ACCOUNT = Privacy(Level.L1, purpose="protection", retention=Retention.ACCOUNT)
HASHED = Privacy(Level.L3, Storage.HASHED, purpose="protection")
WRAPPED = Privacy(Level.L4, Storage.SEALED, purpose="protection", retention=Retention.ACCOUNT)


class Group(models.TextChoices):
    """Two groups of recipients that know nothing of each other."""

    FOCAL = "focal", _("Focal points")
    STAFF = "staff", _("Recipients of reports about staff")


class Recipient(models.Model):
    """A person to whom pages seal. The private key was made in that person's browser and lies here only under a
    passphrase that never leaves it.
    """

    sealed_under: ClassVar[SealedUnder] = SealedUnder("own")
    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(ACCOUNT, "id organisation group person public_key fingerprint created_at since ended_at"),
        "wrapped": WRAPPED,
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    group = models.CharField(max_length=8, choices=Group.choices)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    public_key = models.BinaryField(max_length=65)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of the public key, in hexadecimal
    wrapped = models.BinaryField()
    created_at = models.DateTimeField()
    since = models.DateTimeField(null=True, blank=True)  # null: waits for others to confirm the fingerprint
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "group", "person"),
                condition=models.Q(ended_at__isnull=True, since__isnull=False),
                name="recipient_once",
            ),
            models.UniqueConstraint(  # beside the one that still receives
                fields=("organisation", "group", "person"),
                condition=models.Q(ended_at__isnull=True, since__isnull=True),
                name="recipient_waits_once",
            ),
        )

    def __str__(self) -> str:
        return self.fingerprint[:16]


class Confirmation(models.Model):
    """Somebody compared the fingerprint with the new recipient, by another way than this server."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(ACCOUNT, "id recipient person at")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    recipient = models.ForeignKey(Recipient, models.PROTECT, related_name="confirmations")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("recipient", "person"), name="confirmed_once"),)

    def __str__(self) -> str:
        return f"{self.at}"


class Source(models.TextChoices):
    INTERVIEW = "interview", _("Interview")
    CHILD = "child", _("The child's page")
    CHANNEL = "channel", _("The page without an account")
    LOG = "log", _("Decision log")
    VIOLATION = "violation", _("Register")
    PHONE = "phone", _("Encrypted form of a phone")


class SealedNote(models.Model):
    """One envelope, always of the same size. An interview in the browser brings one each time, empty or not, and
    nothing here says which.
    """

    sealed_under: ClassVar[SealedUnder] = SealedUnder("own")
    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id organisation group source source_id child person received_at"),
        "envelope": SEALED,
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    group = models.CharField(max_length=8, choices=Group.choices)
    source = models.CharField(max_length=12, choices=Source.choices)
    source_id = models.UUIDField()  # the interview, the entry of the log, the violation; else its own id
    child = models.ForeignKey(Child, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    envelope = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("source", "source_id"), name="sealed_note_once"),)

    def __str__(self) -> str:
        return f"{self.source} {self.received_at}"


class Resealed(models.Model):
    """A note sealed anew by somebody who could open it, for a colleague who joined later. The first envelope stays, and
    whoever could open that one is given it and never this one.
    """

    sealed_under: ClassVar[SealedUnder] = SealedUnder("own")
    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id note holders person at"),
        "envelope": SEALED,
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    note = models.ForeignKey(SealedNote, models.PROTECT, related_name="resealed")
    holders = models.JSONField(default=list)  # ids of the recipients to whom it was sealed
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    envelope = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("at",)

    def __str__(self) -> str:
        return f"{self.at}"


class State(models.TextChoices):
    RAISED = "raised", _("Nobody has looked yet")
    ACKNOWLEDGED = "acknowledged", _("Seen")
    IN_PROGRESS = "in_progress", _("Being worked on")
    CLOSED = "closed", _("Closed")


class Outcome(models.TextChoices):
    SAFE = "safe", _("The child is safe, nothing more is needed")
    SUPPORT = "support", _("Support is under way")
    REFERRED = "referred", _("Referred to another service")
    REPORTED = "reported", _("Reported to the authority")
    UNFOUNDED = "unfounded", _("It was a mistake")
    NOTHING = "nothing", _("Nothing was told: the form was empty")


class Escalation(models.Model):
    """One matter that must reach a named person by a named time. What was told is not here."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id organisation group source source_id thread_id note child raised_at due_at second_due_at"),
        **each(LINK, "acknowledged_at acknowledged_by second_line_at outcome_by closed_at closed_by"),
        **each(CODED, "severity kinds state rule outcome"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    group = models.CharField(max_length=8, choices=Group.choices)
    source = models.CharField(max_length=12, choices=Source.choices)
    source_id = models.UUIDField()
    thread_id = models.UUIDField()  # the first version of an interview: a correction raises only what is new
    note = models.ForeignKey(SealedNote, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    child = models.ForeignKey(Child, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    severity = models.CharField(max_length=8)
    kinds = models.JSONField(default=list)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RAISED)
    rule = models.CharField(max_length=8)  # the country whose clock it has
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField()
    second_due_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    second_line_at = models.DateTimeField(null=True, blank=True)  # told that the clock ran out
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    outcome_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("source", "source_id"), name="escalation_once"),
            models.CheckConstraint(
                condition=~models.Q(state="closed") | ~models.Q(outcome_by=models.F("closed_by")),
                name="escalation_closed_by_two",
            ),
        )
        indexes = (
            models.Index(fields=("organisation", "group", "state", "due_at"), name="escalation_clock"),
            models.Index(fields=("thread_id",), name="escalation_thread"),
        )

    def __str__(self) -> str:
        return f"{self.severity} {self.state}"


class LogEntry(models.Model):
    """What somebody decided, and when; why, in the best interests of the child, lies sealed beside it."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id escalation person at note"),
        **each(CODED, "step outcome"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    escalation = models.ForeignKey(Escalation, models.PROTECT, related_name="log")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    step = models.CharField(max_length=12)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    note = models.ForeignKey(SealedNote, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        ordering = ("at",)

    def __str__(self) -> str:
        return self.step


class Reason(models.TextChoices):
    ACT = "act", _("To decide what to do")
    HAND_OVER = "hand_over", _("To hand over to a colleague")
    REVIEW = "review", _("To confirm an outcome as the second person")
    LEGAL = "legal", _("A duty to report")


class Opening(models.Model):
    """Somebody was handed sealed notes to open, and said why."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id escalation violation person at"),
        "reason": CODED,
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    escalation = models.ForeignKey(Escalation, models.PROTECT, null=True, blank=True, related_name="openings")
    violation = models.ForeignKey(
        "safeguarding.Violation", models.PROTECT, null=True, blank=True, related_name="openings"
    )
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    reason = models.CharField(max_length=12, choices=Reason.choices)

    class Meta:
        ordering = ("at",)

    def __str__(self) -> str:
        return self.reason


class Notice(models.Model):
    """A message that is due, written with the escalation itself. It says that something waits, and nothing more."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(LINK, "id escalation line created_at sent_at mails attempts")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    escalation = models.ForeignKey(Escalation, models.PROTECT, related_name="notices", db_index=False)
    line = models.SmallIntegerField(default=1)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    mails = models.SmallIntegerField(default=0)  # how many were handed to the mail server
    attempts = models.SmallIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("escalation", "line"), name="notice_once"),)
        indexes = (
            models.Index(fields=("created_at",), name="notice_unsent", condition=models.Q(sent_at__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.line} {self.created_at}"


class StaffChannel(models.Model):
    """How else to reach the recipients of reports about staff, for whoever cannot use the page."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(ACCOUNT, "organisation contact")

    organisation = models.OneToOneField(Organisation, models.PROTECT, primary_key=True, related_name="+")
    contact = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.contact


class Knock(models.Model):
    """How often one address wrote without an account within an hour. The hash changes each hour; rows go after it."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(Privacy(Level.L1, purpose="protection", retention=Retention.INTAKE), "id organisation hour times"),
        "who": Privacy(Level.L2, Storage.HASHED, purpose="protection", retention=Retention.INTAKE),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    who = models.BinaryField(max_length=32)
    hour = models.DateTimeField()
    times = models.IntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organisation", "who", "hour"), name="knock_once"),)

    def __str__(self) -> str:
        return f"{self.hour} {self.times}"


class Right(models.TextChoices):
    """Rights at stake in a return."""

    NOT_HEARD = "not_heard", _("The child was not heard before the return")
    NO_BEST_INTERESTS = "no_best_interests", _("No look at the child's best interests")
    FAMILY = "family", _("Separated from the family")
    DETAINED = "detained", _("Detained because of migration")
    FORCE = "force", _("Force, threat or ill-treatment")
    NO_GUARDIAN = "no_guardian", _("Returned without a guardian or escort")
    UNSAFE_HANDOVER = "unsafe_handover", _("Handed over at an unsafe place or time")
    BELONGINGS = "belongings", _("Belongings or documents taken")
    NO_CARE = "no_care", _("No food, water or medical care on the way")
    EXPLOITED = "exploited", _("Exploited on the way")
    REFOULEMENT = "refoulement", _("Returned to a danger that was known")
    OTHER = "other", _("Another right")


class Told(models.TextChoices):
    CHILD = "child", _("The child")
    CAREGIVER = "caregiver", _("The caregiver")
    STAFF = "staff", _("A colleague")
    MONITOR = "monitor", _("A monitor")
    DOCUMENT = "document", _("A document")


class Violation(models.Model):
    """A right violated in a return: countable without opening any case. What happened, in words, lies sealed."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id organisation child note recorded_by recorded_at"),
        **each(CODED, "kind happened_on place told_by"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=Right.choices)
    happened_on = models.DateField()
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    told_by = models.CharField(max_length=12, choices=Told.choices)
    child = models.ForeignKey(Child, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    note = models.ForeignKey(SealedNote, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("-happened_on", "-recorded_at")
        indexes = (models.Index(fields=("organisation", "happened_on"), name="violation_counts"),)

    def __str__(self) -> str:
        return self.kind


class ProgrammeKey(models.Model):
    """The key pair to which phones encrypt, once somebody else has confirmed it. The public half goes into the form;
    the private half was made in a focal point's browser and lies here in an envelope alone. Old pairs stay, for what
    was encrypted to them.
    """

    sealed_under: ClassVar[SealedUnder] = SealedUnder("own")
    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id organisation public_key fingerprint holders made_by made_at confirmed_by confirmed_at"),
        "envelope": SEALED,
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    public_key = models.BinaryField(max_length=600)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of the public key, in hexadecimal
    holders = models.JSONField(default=list)  # ids of the recipients to whom the private half was sealed
    envelope = models.BinaryField()
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )  # who compared the fingerprint with whoever made it, by another way than this server
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True) | ~models.Q(confirmed_by=models.F("made_by")),
                name="programme_key_by_another",
            ),
        )
        indexes = (models.Index(fields=("organisation", "made_at"), name="programme_key_newest"),)

    def __str__(self) -> str:
        return self.fingerprint[:16]


class PhoneForm(models.Model):
    """A form that a phone encrypted as a whole: its manifest, with the files beside it. Whom it is about, and whether
    anything was told, nobody here can know. Other bytes under one instance id are kept too.
    """

    sealed_under: ClassVar[SealedUnder] = SealedUnder("own")
    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id organisation instrument_id version instance_id device received_at"),
        "sha256": CODED,
        "manifest": SEALED,
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    instrument_id = models.CharField(max_length=80)
    version = models.CharField(max_length=40)
    instance_id = models.CharField(max_length=255)
    sha256 = models.BinaryField(max_length=32)  # of the manifest
    manifest = models.BinaryField()
    device = models.ForeignKey(Device, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    received_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organisation", "instance_id", "sha256"), name="phone_form_once"),
        )

    def __str__(self) -> str:
        return self.instance_id


class PhoneFile(models.Model):
    """One encrypted file of such a form. Another content under a known name is kept beside the first."""

    sealed_under: ClassVar[SealedUnder] = SealedUnder("own")
    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id form received_at"),
        "name_hash": HASHED,
        "sha256": CODED,
        **each(SEALED, "name content"),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    form = models.ForeignKey(PhoneForm, models.PROTECT, related_name="files", db_index=False)
    name_hash = models.BinaryField(max_length=32)
    sha256 = models.BinaryField(max_length=32)
    name = models.BinaryField()
    content = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("form", "name_hash", "sha256"), name="phone_file_once"),)

    def __str__(self) -> str:
        return str(self.id)
