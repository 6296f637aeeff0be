"""One interview in: kept byte for byte, once, read, scored, flagged and written down before anybody is told "received".

Two phones, or one phone twice, may send the same at the same moment. What decides is a unique constraint: the row is
inserted, or what is there is returned. Whatever could strand on a phone is taken and shown to a person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.prepared import Insertion, Prepared, Value, insert_all
from homeward.apps.access.writing import writing
from homeward.apps.audit.ids import time_ordered_id
from homeward.apps.audit.services import event
from homeward.apps.cases.models import Child, Status
from homeward.apps.cases.queries import age_on, find_of, find_within, in_caseload
from homeward.apps.surveys import attachments, edits, quarantine
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.definitions import Definition, definition_of
from homeward.apps.surveys.forms import problem_record
from homeward.apps.surveys.models import Channel, FormStatus, FormVersion, Quarantined, Score, State, Submission
from homeward.apps.surveys.reading import GROUP_FAMILIES, Reading, impossible_day, other_ages, read, undated
from homeward.apps.surveys.scope import submissions_visible_to
from homeward.apps.surveys.scoring import flag_rows, score_rows
from homeward.apps.surveys.sealing import REASON, TYPED_CHILD, seal_note, seal_raw, seal_texts
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats import safe_xml
from homeward.formats.xform.submission import Meta, read_meta

QUARANTINED = "quarantined"
RETIRED = Problem(
    "form.retired",
    "The form was retired before this interview arrived.",
    "Look whether the interview still counts, and accept it or set it aside.",
)
IN_USE = (FormStatus.PUBLISHED, FormStatus.RETIRED)


@dataclass(frozen=True, slots=True)
class Correction:
    """Why a new version of an interview was made; `child_id` where a person has said whose it is."""

    reason_code: str
    reason: str
    child_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    xml: bytes
    attachments: Sequence[Upload] = ()
    channel: str = Channel.COLLECT
    correction: Correction | None = None
    child_id: UUID | None = None  # whom it was started for, in the browser or from paper


@dataclass(frozen=True, slots=True)
class Receipt:
    """`status` 201: stored. 202: stored, and a person looks at it."""

    status: int
    state: str
    instance_id: str
    submission_id: UUID | None
    repeated: bool = False  # it was here already
    problems: tuple[Problem, ...] = ()


def receive(actor: Actor, delivery: Delivery) -> Receipt:
    """Raises a ProblemError whose first status is 400, 403, 404, 409 or 413."""
    permission = "submissions.send" if actor.kind == "device" else "interviews.fill"
    if delivery.correction is not None:
        permission = "submissions.correct"
    guard(actor, permission)
    return take(actor, delivery)


def take(actor: Actor, delivery: Delivery) -> Receipt:
    """`receive` for callers that have asked for their own permission: a correction, an import."""
    root = safe_xml.parse(delivery.xml)
    meta = read_meta(root)
    version = _version(actor, meta)
    if version is None:
        return _unknown_version(actor, delivery, meta)
    digest = hashlib.sha256(delivery.xml).digest()
    known = _known_edit(actor, version, meta, delivery, digest) if meta.deprecated_id else None
    if known is not None:
        return known
    now = timezone.now()
    definition = definition_of(version)
    reading = read(definition, root, now)
    draft = _Draft(actor, delivery, meta, version, definition, reading, digest, now)
    try:
        waited_for = draft.store()
    except IntegrityError:
        before = _existing(version.organisation_id, meta.instance_id)
        if before is not None:
            return _again(actor, before, delivery, digest)
        if draft.original is None:
            raise
        raise draft.outdated() from None
    except edits.OutdatedEditError:
        raise draft.outdated() from None
    if meta.deprecated_id or waited_for:
        edits.join_waiting(actor, version.organisation_id, meta)
    return draft.receipt()


def _known_edit(actor: Actor, version: FormVersion, meta: Meta, delivery: Delivery, digest: bytes) -> Receipt | None:
    """An edit that comes again must not be taken for an outdated one."""
    before = _existing(version.organisation_id, meta.instance_id)
    if before is not None:
        return _again(actor, before, delivery, digest)
    decided = quarantine.decided(version.organisation_id, meta.instance_id, digest)
    if decided is not None and decided.reason == "outdated_edit":
        return _decided(actor, decided, delivery)
    return None


def _version(actor: Actor, meta: Meta) -> FormVersion | None:
    """None where the form is ours and the version is not. No such form, and no right to it, have one answer.

    Only where the actor works now: who has roles in two organisations must not carry answers from one into the other.
    """
    place = actor.organisation_id
    if place is not None:
        found = _IN_USE.first(place=place, form=meta.form_id, version=meta.version)
        if found is not None:
            return found
        if FormVersion.objects.filter(organisation_id=place, instrument_id=meta.form_id, status__in=IN_USE).exists():
            return None
    raise ProblemError(
        Problem(
            "form.not_found",
            "There is no such form here.",
            "Fetch the list of forms again, or ask your supervisor.",
            status=404,
        )
    )


def _in_use(place: UUID, form: str, version: str) -> QuerySet[FormVersion]:
    rows = FormVersion.objects.filter(organisation_id=place, instrument_id=form, version=version, status__in=IN_USE)
    return rows.only("id", "organisation_id", "instrument_id", "version", "checksum", "status")


_IN_USE = Prepared(_in_use, place=UUID, form=str, version=str)


def _unknown_version(actor: Actor, delivery: Delivery, meta: Meta) -> Receipt:
    quarantine.keep(actor, meta, delivery.xml, delivery.attachments, "unknown_version")
    return Receipt(202, QUARANTINED, meta.instance_id, None)


def _existing(organisation_id: UUID, instance_id: str) -> Submission | None:
    return (
        Submission.objects.filter(organisation_id=organisation_id, instance_id=instance_id)
        .defer("raw", "text", "coded")
        .first()
    )


def _again(actor: Actor, before: Submission, delivery: Delivery, digest: bytes) -> Receipt:
    """The same bytes succeed again and bring further files, also to a version that was corrected meanwhile: the newest
    shows what its answers name. Other bytes under the same id are kept apart.
    """
    if bytes(before.raw_sha256) != digest:
        decided = quarantine.decided(before.organisation_id, before.instance_id, digest)
        if decided is not None:
            return _decided(actor, decided, delivery)
        meta = read_meta(safe_xml.parse(delivery.xml))
        quarantine.keep(actor, meta, delivery.xml, delivery.attachments, "other_bytes")
        raise ProblemError(
            Problem(
                "submission.other_bytes",
                "Another interview with this id is here already; this one was kept apart for a person to compare.",
                "Tell your supervisor. Do not fill in the form again.",
                status=409,
            )
        )
    with writing():
        differing = quarantine.undecided(before, attachments.keep(before, delivery.attachments))
    if differing:
        quarantine.keep_files(actor, before, differing)
        raise ProblemError(
            Problem(
                "submission.other_attachment",
                "A file of this name came with this interview already; the new one was kept apart.",
                "Tell your supervisor.",
                status=409,
            )
        )
    return Receipt(_status(before.state), before.state, before.instance_id, before.pk, repeated=True)


def _decided(actor: Actor, row: Quarantined, delivery: Delivery) -> Receipt:
    """These bytes were kept apart and a person has dealt with them; only what is still missing of their files comes."""
    if row.taken_as is not None:
        with writing():
            attachments.keep(row.taken_as, delivery.attachments)
    elif delivery.attachments:
        meta = read_meta(safe_xml.parse(delivery.xml))
        quarantine.keep(actor, meta, delivery.xml, delivery.attachments, row.reason)
    return Receipt(201, QUARANTINED, row.instance_id, row.taken_as_id, repeated=True)


def _status(state: str) -> int:
    return 202 if state in (State.UNMATCHED, State.INVALID) else 201


class _Draft:
    """A submission on its way into the database: all work that needs no lock is done before the transaction."""

    def __init__(
        self,
        actor: Actor,
        delivery: Delivery,
        meta: Meta,
        version: FormVersion,
        definition: Definition,
        reading: Reading,
        digest: bytes,
        now: datetime,
    ) -> None:
        self.actor, self.delivery, self.meta, self.version = actor, delivery, meta, version
        self.definition, self.reading, self.digest, self.now = definition, reading, digest, now
        self.problems = list(reading.problems)
        if version.status == FormStatus.RETIRED and delivery.correction is None:  # what is corrected was in time
            self.problems.append(RETIRED)
        self.original = self._original()
        self.child = self._child()
        self.problems += impossible_day(definition.instrument.about, reading.interviewed_on, self.child)
        self.undated = undated(problem.code for problem in self.problems)
        self.row = self._row()
        self.scores = self._scores()
        self.flags = flag_rows(definition, self.row, reading.flagged, now)

    def _original(self) -> Submission | None:
        if not self.meta.deprecated_id:
            return None
        original = _existing(self.version.organisation_id, self.meta.deprecated_id)
        code = self.reading.typed_child if self.reading.needs_child else None
        may = self._may_correct(original)
        problem = edits.objection(self.actor, self.version, original, corrected=may, code=code)
        if problem is not None or original is None:
            self.problems += [problem] if problem is not None else []
            return None
        if original.state == State.SUPERSEDED:
            raise self.outdated()
        self.problems += edits.inherited(original)
        return original

    def _may_correct(self, original: Submission | None) -> bool:
        if self.delivery.correction is None or original is None:
            return False
        return submissions_visible_to(self.actor, "submissions.correct").filter(pk=original.pk).exists()

    def outdated(self) -> ProblemError:
        """The bytes are kept; the phone is told that somebody was faster."""
        quarantine.keep(self.actor, self.meta, self.delivery.xml, self.delivery.attachments, "outdated_edit")
        return ProblemError(edits.OUTDATED)

    def _child(self) -> Child | None:
        if self.definition.instrument.about.family in GROUP_FAMILIES:
            return None
        correction = self.delivery.correction
        if correction is not None and correction.child_id is not None:
            return find_within(self.actor, correction.child_id, "submissions.correct")
        child = self._meant()
        if child is None or child.status != Status.DUPLICATE or correction is not None or self.original is not None:
            return child
        self.problems.append(edits.of_duplicate(Where(field=self.definition.instrument.about.child_question)))
        return None

    def _meant(self) -> Child | None:
        correction = self.delivery.correction
        started_for = self._started_for()
        if not self.reading.needs_child:
            return started_for
        child = self._named_child("" if correction is None else "submissions.correct")
        if child is None or started_for is None or child.pk == started_for.pk:
            return child
        self.problems.append(
            Problem(
                edits.ANOTHER_CHILD,
                "The interview was started for one child, and the form names another.",
                "Link the interview to the child it is about, or set it aside.",
                Where(field=self.definition.instrument.about.child_question),
            )
        )
        return None

    def _started_for(self) -> Child | None:
        """A form without a question for the child belongs to the child from whose page it was opened."""
        if self.delivery.child_id is None:
            return None
        return find_of(self.actor, self.delivery.child_id, "interviews.fill", self.version.organisation_id)

    def _named_child(self, right: str) -> Child | None:
        child = in_caseload(self.actor, self.reading.typed_child, right)
        if child is None:
            self.problems.append(
                Problem(
                    edits.OUTSIDE_CASELOAD,
                    "The code names no child in the sender's caseload.",
                    "Link the interview to the child it is about, or set it aside.",
                    Where(field=self.definition.instrument.about.child_question),
                )
            )
        return child

    def _row(self) -> Submission:
        submission_id = time_ordered_id()
        zone = ZoneInfo(self.actor.time_zone)
        interviewed_on = self.reading.interviewed_on or self.now.astimezone(zone).date()
        age = age_on(self.child, interviewed_on) if self.child and not self.undated else None
        if (problem := other_ages(self.definition.instrument.about, age)) is not None:
            self.problems.append(problem)
        correction = self.delivery.correction
        unmatched = self.child is None
        return Submission(
            id=submission_id,
            organisation_id=self.version.organisation_id,
            form_version=self.version,
            instance_id=self.meta.instance_id,
            deprecated_id=self.meta.deprecated_id,
            root_id=self.original.root_id if self.original else submission_id,
            supersedes=self.original,
            state=state_of(self.reading.needs_child, self.child is not None, self.problems),
            channel=self.delivery.channel,
            child=self.child,
            typed_child=seal_note(submission_id, TYPED_CHILD, self.reading.typed_child) if unmatched else b"",
            person_id=self.actor.person_id,
            device_id=self.actor.device_id,
            respondent=self.reading.respondent,
            interviewed_on=interviewed_on,
            age_years=age,
            language=self.meta.language[:8],
            coded=self.reading.coded,
            text=seal_texts(submission_id, self.reading.texts),
            raw=seal_raw(submission_id, self.delivery.xml),
            raw_sha256=self.digest,
            raw_size=len(self.delivery.xml),
            problems=[problem_record(problem) for problem in self.problems],
            correction_reason=correction.reason_code if correction else "",
            reason=seal_note(submission_id, REASON, correction.reason) if correction else b"",
            received_at=self.now,
        )

    def _scores(self) -> list[Score]:
        """An interview that waits for its child is scored when it is linked: only then is the age known."""
        if self.undated or (self.reading.needs_child and self.child is None):
            return []
        return score_rows(self.definition, self.row, self.reading.answers, self.now)

    def store(self) -> bool:
        """Everything in one transaction; when it returns, it is on disk. Whether an edit of it came before it."""
        trace = event(
            self.actor,
            "receive_submission",
            "submission",
            self.row.pk,
            organisation_id=self.version.organisation_id,
            detail={"state": self.row.state, "channel": self.row.channel, "flags": len(self.flags)},
        )
        insertions = [Insertion(rows) for rows in ([self.row], self.scores, self.flags, [trace])]
        found: dict[str, Value] = {"place": self.version.organisation_id, "original": self.meta.instance_id}
        if self.original is None and not self.delivery.attachments:
            return edits.WAITING_FOR.first_after(insertions, **found) is not None
        with writing():
            if self.original is not None:
                edits.supersede(self.original)
            insert_all(insertions)
            if attachments.keep(self.row, self.delivery.attachments):
                raise ProblemError(_same_name_twice())
        return edits.WAITING_FOR.first(**found) is not None

    def receipt(self) -> Receipt:
        state = self.row.state
        return Receipt(_status(state), state, self.meta.instance_id, self.row.pk, problems=tuple(self.problems))


def state_of(needs_child: bool, has_child: bool, problems: Sequence[Problem]) -> State:
    if needs_child and not has_child:
        return State.UNMATCHED
    if any(problem.code in edits.WAITING or problem.code == edits.DUPLICATE_CHILD for problem in problems):
        return State.UNMATCHED
    return State.INVALID if any(problem.severity == "error" for problem in problems) else State.ACCEPTED


def _same_name_twice() -> Problem:
    return Problem(
        "submission.attachment_twice",
        "Two files of the same name came in one request.",
        "Send the form again; if it fails again, send its files to your supervisor.",
    )
