from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from homeward.apps.access.models import Device, Organisation, Person
from homeward.apps.audit.ids import time_ordered_id
from homeward.apps.cases.models import Child
from homeward.apps.surveys.link_models import AnswerLink as AnswerLink
from homeward.domain.privacy import Level, Privacy, Retention, SealedUnder, Storage, each

FORM = Privacy(Level.L1, purpose="instruments", retention=Retention.PERMANENT, exportable=True)
LINK = Privacy(Level.L1, purpose="monitoring")
CODED = Privacy(Level.L3, Storage.CODED, purpose="monitoring", exportable=True)
SEALED = Privacy(Level.L3, Storage.SEALED, purpose="monitoring")
WRAPPED = Privacy(Level.L3, Storage.WRAPPED, purpose="keys")
UNSETTLED = Privacy(Level.L3, Storage.SEALED, purpose="intake", retention=Retention.INTAKE)


class FormStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PROPOSED = "proposed", _("Proposed")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


class FormVersion(models.Model):
    """One version of an instrument as one organisation uses it. From publication on it never changes."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(
        FORM,
        "id organisation instrument_id version titles family subject languages wording_status scored source "
        "status browser_only encrypted checksum workbook xform xform_md5 report created_by created_at proposed_by "
        "proposed_at published_by published_at retired_by retired_at",
    )

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    instrument_id = models.CharField(max_length=80)
    version = models.CharField(max_length=40)
    titles = models.JSONField(default=dict)
    family = models.CharField(max_length=16, default="survey")
    subject = models.CharField(max_length=16, default="child")
    languages = models.JSONField(default=dict)  # code -> draft, reviewed, piloted
    wording_status = models.CharField(max_length=16)
    scored = models.BooleanField(default=False)
    browser_only = models.BooleanField(default=False)  # never offered to ODK Collect
    encrypted = models.BooleanField(default=False)  # for ODK Collect alone, which encrypts it to the programme's key
    source = models.CharField(max_length=16)  # library, upload
    status = models.CharField(max_length=12, choices=FormStatus.choices, default=FormStatus.DRAFT)
    checksum = models.CharField(max_length=64)
    workbook = models.BinaryField()
    xform = models.BinaryField()
    xform_md5 = models.CharField(max_length=32)
    report = models.JSONField(default=list)  # problems found by the check, warnings only once proposed
    created_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    proposed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    proposed_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("instrument_id", "created_at")
        constraints = (
            models.UniqueConstraint(fields=("organisation", "instrument_id", "version"), name="form_version_once"),
        )

    def __str__(self) -> str:
        return f"{self.instrument_id}@{self.version}"


class FormMedia(models.Model):
    """A picture, sound or list that belongs to a form version and travels to the device with it."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(FORM, "id form_version name content_type content md5")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    form_version = models.ForeignKey(FormVersion, models.PROTECT, related_name="media")
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=120)
    content = models.BinaryField()
    md5 = models.CharField(max_length=32)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("form_version", "name"), name="form_media_once"),)

    def __str__(self) -> str:
        return self.name


class State(models.TextChoices):
    ACCEPTED = "accepted", _("Accepted")
    UNMATCHED = "unmatched", _("Matches no child")
    INVALID = "invalid", _("Has answers that cannot be right")
    SUPERSEDED = "superseded", _("Replaced by a correction")
    SET_ASIDE = "set_aside", _("Set aside")
    NO_CONSENT = "no_consent", _("Waits for agreement")
    REFUSED = "refused", _("Asked, and the answer was no")
    TWICE = "twice", _("Perhaps the same interview twice")


class Agreement(models.TextChoices):
    """On what an interview stands. Only the first three count, and the database holds that."""

    GIVEN = "given", _("Agreed to")
    NOT_NEEDED = "not_needed", _("About no child")
    BEFORE = "before", _("Taken before agreements were kept apart")
    MISSING = "missing", _("Agreement is missing")
    REFUSED = "refused", _("The answer was no")


class Channel(models.TextChoices):
    COLLECT = "collect", _("Device")
    BROWSER = "browser", _("Browser")
    PAPER = "paper", _("Paper, keyed in")
    IMPORT = "import", _("Import")
    LINK = "link", _("Answered alone, by a link")


class Submission(models.Model):
    """One interview as it arrived. The raw bytes never change; a correction is another row that supersedes this one."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(
            LINK,
            "id organisation form_version instance_id deprecated_id root_id supersedes child person device "
            "received_at state stood_as imported_with settled_at settled_by agreement",
        ),
        **each(
            CODED,
            "channel respondent interviewed_on age_years language coded problems correction_reason raw_sha256 raw_size",
        ),
        **each(SEALED, "text raw reason typed_child"),
        "data_key": WRAPPED,
        "alike": Privacy(Level.L3, Storage.HASHED, purpose="monitoring"),
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("submission")

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    form_version = models.ForeignKey(FormVersion, models.PROTECT, related_name="+")
    instance_id = models.CharField(max_length=255)
    # Of what this one corrects. Null and not empty: statistics then tell PostgreSQL how few rows have one.
    deprecated_id = models.CharField(max_length=255, null=True, blank=True)
    root_id = models.UUIDField()  # id of the first version
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    state = models.CharField(max_length=12, choices=State.choices)
    stood_as = models.CharField(max_length=12, blank=True)  # its state when an import replaced it, for an undo
    agreement = models.CharField(max_length=12, choices=Agreement.choices, blank=True)  # empty while it has no child
    channel = models.CharField(max_length=8, choices=Channel.choices)
    child = models.ForeignKey(Child, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    typed_child = models.BinaryField(default=bytes, blank=True)  # the code as sent, when it matched no child
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    device = models.ForeignKey(Device, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    respondent = models.CharField(max_length=16, blank=True)
    interviewed_on = models.DateField()
    age_years = models.SmallIntegerField(null=True, blank=True)
    language = models.CharField(max_length=8, blank=True)
    # Its own key under the record key of its child; empty while it has no child: then it lies in the key store.
    data_key = models.BinaryField(max_length=64, default=bytes, blank=True)
    coded = models.JSONField(default=dict)
    text = models.BinaryField(default=bytes, blank=True)
    raw = models.BinaryField()
    raw_sha256 = models.BinaryField(max_length=32)
    raw_size = models.IntegerField()
    # Of child, form, respondent, day and answers; only the first of those that are alike has it (`twins.py`).
    alike = models.BinaryField(max_length=32, null=True, blank=True)
    problems = models.JSONField(default=list)
    correction_reason = models.CharField(max_length=24, blank=True)
    reason = models.BinaryField(default=bytes, blank=True)
    received_at = models.DateTimeField()
    imported_with = models.ForeignKey(
        "surveys.Import", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organisation", "instance_id"), name="submission_once"),
            models.UniqueConstraint(
                fields=("supersedes",), condition=Q(supersedes__isnull=False), name="superseded_once"
            ),
            # Of the versions of one interview. Of a new one the root is its own id, so the index grows at its end.
            models.UniqueConstraint(fields=("root_id",), condition=Q(state="accepted"), name="counts_once"),
            # Of two that arrive at once, too, one is the first.
            models.UniqueConstraint(fields=("alike",), name="alike_once"),
            # Whatever path leads there, nothing counts or waits to count without an agreement.
            models.CheckConstraint(
                condition=~Q(state__in=("accepted", "invalid", "twice"))
                | Q(agreement__in=("given", "not_needed", "before")),
                name="counts_with_agreement",
            ),
        )
        indexes = (
            models.Index(fields=("child", "interviewed_on"), name="submission_of_child"),
            models.Index(fields=("organisation", "state", "received_at"), name="submission_inbox"),
            models.Index(fields=("imported_with",), name="submission_import", condition=Q(imported_with__isnull=False)),
            # Whole, not partial: a bound parameter never proves the condition, and the table would be read through.
            models.Index(fields=("organisation", "deprecated_id"), name="submission_edit_of"),
        )

    def __str__(self) -> str:
        return self.instance_id


class RowId(models.Model):
    """What else a row of a file is known by: exports give several ids, and not each export gives them all."""

    privacy: ClassVar[Mapping[str, Privacy]] = each(LINK, "id organisation submission name")

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organisation", "name"), name="row_id_once"),)

    def __str__(self) -> str:
        return self.name


class Quarantined(models.Model):
    """Bytes that could not become a submission: other content under a known id, unknown version, outdated edit."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(
            Privacy(Level.L1, purpose="intake", retention=Retention.INTAKE),
            "id organisation instance_id kind name_hash sha256 reason instrument_id version device person "
            "received_at settled_at settled_by taken_as",
        ),
        **each(UNSETTLED, "raw name settled_reason"),
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("own")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    instance_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=12)  # submission, attachment
    name = models.BinaryField(default=bytes, blank=True)  # of a file
    name_hash = models.BinaryField(max_length=32, default=bytes, blank=True)
    sha256 = models.BinaryField(max_length=32)
    reason = models.CharField(max_length=40)  # other_bytes, other_attachment, unknown_version, outdated_edit
    instrument_id = models.CharField(max_length=80, blank=True)
    version = models.CharField(max_length=40, blank=True)
    raw = models.BinaryField()
    device = models.ForeignKey(Device, models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    settled_reason = models.BinaryField(default=bytes, blank=True)
    taken_as = models.ForeignKey(Submission, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "instance_id", "sha256", "name_hash"), name="quarantined_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.reason} {self.instance_id}"


class SealedArrival(models.Model):
    """An interview that came while the server was locked: sealed to the intake key, and opened in its turn."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(
            Privacy(Level.L1, purpose="intake", retention=Retention.INTAKE),
            "id organisation delivery equal sha256 channel person device state problem received_at settled_at",
        ),
        **each(UNSETTLED, "envelope flag"),
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("intake")

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    delivery = models.UUIDField()
    equal = models.BinaryField(max_length=32)  # hash of what must be the same when it comes again
    sha256 = models.BinaryField(max_length=32)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    device = models.ForeignKey(Device, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    envelope = models.BinaryField(default=bytes, blank=True)  # emptied once it is taken or settled
    flag = models.BinaryField(default=bytes, blank=True)
    state = models.CharField(max_length=8)  # waiting, opened, refused, settled
    problem = models.CharField(max_length=40, blank=True)  # why it could not be taken, or how a person settled it
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organisation", "delivery", "sha256"), name="sealed_arrival_once"),
        )
        indexes = (models.Index(fields=("id",), name="arrival_unopened", condition=~Q(state="opened")),)

    def __str__(self) -> str:
        return f"{self.state} {self.delivery}"


class Attachment(models.Model):
    """A picture, sound or drawing of one interview, in sealed chunks beside it: one commit, one backup, one erasure."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id submission name_hash"),
        **each(CODED, "content_type size sha256"),
        "name": SEALED,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("submission", "submission_id")

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="attachments", db_index=False)
    name = models.BinaryField()
    name_hash = models.BinaryField(max_length=32)
    content_type = models.CharField(max_length=120)
    size = models.IntegerField()
    sha256 = models.BinaryField(max_length=32)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("submission", "name_hash"), name="attachment_once"),)

    def __str__(self) -> str:
        return str(self.id)


class AttachmentChunk(models.Model):
    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id attachment number"),
        "content": SEALED,
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("submission", "attachment__submission_id")

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    attachment = models.ForeignKey(Attachment, models.PROTECT, related_name="chunks", db_index=False)
    number = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("attachment", "number"), name="chunk_once"),)

    def __str__(self) -> str:
        return f"{self.attachment_id} {self.number}"


class Score(models.Model):
    """One dimension, or the composite, of one submission, with everything needed to explain and to repeat it."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id submission scored_at current"),
        **each(
            CODED,
            "dimension weight_set value numerator denominator answered applicable enough components instrument_id "
            "instrument_version language scorer_version",
        ),
    }

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="scores", db_index=False)
    dimension = models.CharField(max_length=40)  # or `composite`
    weight_set = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=8, decimal_places=6, null=True, blank=True)
    numerator = models.TextField(blank=True)  # exact; whole numbers of any size
    denominator = models.TextField(blank=True)
    answered = models.IntegerField()
    applicable = models.IntegerField()
    enough = models.BooleanField()
    components = models.JSONField(default=list)
    instrument_id = models.CharField(max_length=80)
    instrument_version = models.CharField(max_length=40)
    language = models.CharField(max_length=8, blank=True)
    scorer_version = models.CharField(max_length=16)
    scored_at = models.DateTimeField()
    current = models.BooleanField(default=True)  # a new scorer, or another age, adds rows; earlier ones stay

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("submission", "dimension", "weight_set"), condition=Q(current=True), name="score_current_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.dimension} {self.value}"


class Flag(models.Model):
    """Something an answer says that must not wait, whatever the scores."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(LINK, "id submission raised_at"),
        **each(CODED, "kind severity question"),
    }

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="flags", db_index=False)
    kind = models.CharField(max_length=24)
    severity = models.CharField(max_length=8)
    question = models.CharField(max_length=120)
    raised_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("submission", "kind", "question"), name="flag_once"),)
        indexes = (models.Index(fields=("raised_at",), name="flag_recent"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.severity}"


class ImportState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Stopped by an error")
    CANCELLED = "cancelled", _("Cancelled")


class Import(models.Model):
    """A file of exported data on its way in. It can stop and go on: each row is known by its own id."""

    privacy: ClassVar[Mapping[str, Privacy]] = {
        **each(
            LINK,
            "id organisation form_version person state created_at started_at finished_at beat_at total read new "
            "unchanged unmatched invalid failed",
        ),
        **each(CODED, "problems sha256"),
        "agreed_on": CODED,
        **each(UNSETTLED, "file_name content agreed_why"),
    }
    sealed_under: ClassVar[SealedUnder] = SealedUnder("own")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    form_version = models.ForeignKey(FormVersion, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    file_name = models.BinaryField()
    content = models.BinaryField(default=bytes, blank=True)  # emptied when done
    sha256 = models.BinaryField(max_length=32)
    agreed_on = models.DateField(null=True, blank=True)  # on what its interviews stand, where the file does not say
    agreed_why = models.BinaryField(default=bytes, blank=True)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.QUEUED)
    total = models.IntegerField(null=True, blank=True)
    read = models.IntegerField(default=0)
    new = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    unmatched = models.IntegerField(default=0)
    invalid = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    problems = models.JSONField(default=list)  # the first few hundred: row, field, code
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.state} {self.read}"


class Tombstone(models.Model):
    """An interview that was erased: a keyed hash of its id, by which a phone that sends it again is known. It says
    nothing else, and nobody gets from it to a child.
    """

    privacy: ClassVar[Mapping[str, Privacy]] = each(
        Privacy(Level.L1, Storage.HASHED, purpose="accountability", retention=Retention.PERMANENT), "id"
    )

    id = models.UUIDField(primary_key=True, editable=False)

    def __str__(self) -> str:
        return str(self.id)
