"""An interview on its way into the database: whose it is, what is wrong with it, its scores and flags."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError
from django.db.models import Model

from homeward.apps.access.actors import Actor
from homeward.apps.access.jobs import enqueue
from homeward.apps.access.prepared import Insertion, Value, filled
from homeward.apps.access.vault import identity_ended, new_data_key
from homeward.apps.access.writing import writing
from homeward.apps.audit.ids import time_ordered_id
from homeward.apps.audit.services import event
from homeward.apps.cases.models import Child, ConsentEntry, Status
from homeward.apps.cases.queries import age_from, find_of, find_within, in_caseload
from homeward.apps.cases.scope import SEND as SENDING
from homeward.apps.cases.sealing import birth_date_of
from homeward.apps.safeguarding.raising import SEND
from homeward.apps.surveys import attachments, edits, quarantine, twins, versions
from homeward.apps.surveys.agreeing import UNKNOWN, Gate, Held, entry_rows, judge
from homeward.apps.surveys.definitions import Definition
from homeward.apps.surveys.deliveries import Delivery, Receipt, existing, status_of
from homeward.apps.surveys.escalating import escalation_rows
from homeward.apps.surveys.forms import problem_record
from homeward.apps.surveys.models import Agreement, FormStatus, FormVersion, Score, State, Submission
from homeward.apps.surveys.reading import GROUP_FAMILIES, Reading, impossible_day, other_ages, undated
from homeward.apps.surveys.scope import submissions_visible_to
from homeward.apps.surveys.scoring import flag_rows, score_rows
from homeward.apps.surveys.sealing import REASON, TYPED_CHILD, drop_key, keep_key, seal_note, seal_raw, seal_texts
from homeward.apps.surveys.unsaying import unsay
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.xform.submission import Meta

RETIRED = Problem(
    "form.retired",
    "The form was retired before this interview arrived.",
    "Look whether the interview still counts, and accept it or set it aside.",
)


class Draft:
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
        self.typed_child = reading.typed_child or delivery.child_code
        self.needs_child = reading.needs_child or bool(delivery.child_code)
        if version.status == FormStatus.RETIRED and delivery.correction is None:  # what is corrected was in time
            self.problems.append(RETIRED)
        self.original = self._original()
        self.child = self._child()
        self.born = birth_date_of(self.child) if self.child else None
        self.problems += impossible_day(definition.instrument.about, reading.interviewed_on, self.born, now)
        self.undated = undated(problem.code for problem in self.problems)
        self.held = self._held()
        self.gate = self._gate()
        self.row = self._row()
        self.entries = self._entries()
        self.scores = self._scores()
        self.flags = flag_rows(definition, self.row, reading.flagged, now)

    def _original(self) -> Submission | None:
        if not self.meta.deprecated_id:
            return None
        original = existing(self.version.organisation_id, self.meta.deprecated_id)
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
        if not self.needs_child:
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
        right = SENDING if self.actor.kind == "device" else "interviews.fill"
        return find_of(self.actor, self.delivery.child_id, right, self.version.organisation_id)

    def _named_child(self, right: str) -> Child | None:
        child = in_caseload(self.actor, self.typed_child, right)
        if child is None or identity_ended(child.pk):  # nothing more is added to a child that nobody can name
            child = None
            self.problems.append(
                Problem(
                    edits.OUTSIDE_CASELOAD,
                    "The code names no child in the sender's caseload.",
                    "Link the interview to the child it is about, or set it aside.",
                    Where(field=self.definition.instrument.about.child_question),
                )
            )
        return child

    def _held(self) -> Held:
        day = self.reading.interviewed_on or self.now.astimezone(ZoneInfo(self.actor.time_zone)).date()
        age = age_from(self.born, day) if not self.undated else None
        if (problem := other_ages(self.definition.instrument.about, age)) is not None:
            self.problems.append(problem)
        return Held(self.child, day, age, self.reading.respondent)

    def _gate(self) -> Gate:
        """On what agreement it stands. What waits for its child is asked once it has one."""
        if self.child is None and self.needs_child:
            return UNKNOWN
        gate = judge(self.definition, self.held, self.reading.flagged)
        original = self.original
        if gate.waits and original is not None and original.agreement == Agreement.BEFORE:
            return Gate(Agreement.BEFORE)  # a correction of what was here before agreements were kept apart
        if gate.problem is not None:  # nothing of what was answered stands beside it
            self.problems = [gate.problem, *self.problems[len(self.reading.problems) :]]
        return gate

    def _entries(self) -> list[ConsentEntry]:
        return [] if self.undated else entry_rows(self.definition, self.row, self.held, self.reading.flagged, self.now)

    def _row(self) -> Submission:
        submission_id = time_ordered_id()
        key = new_data_key(submission_id)
        correction = self.delivery.correction
        unmatched, kept = self.child is None, not self.gate.waits
        row = filled(
            Submission,
            id=submission_id,
            organisation_id=self.version.organisation_id,
            form_version_id=self.version.pk,
            instance_id=self.meta.instance_id,
            deprecated_id=self.meta.deprecated_id or None,
            root_id=submission_id,  # until it follows the version that it corrects
            state=self.gate.state or state_of(self.needs_child, self.child is not None, self.problems),
            agreement=self.gate.agreement,
            channel=self.delivery.channel,
            child_id=self.child.pk if self.child else None,
            typed_child=seal_note(key, TYPED_CHILD, self.typed_child) if unmatched else b"",
            person_id=self.actor.person_id,
            device_id=self.actor.device_id,
            respondent=self.reading.respondent,
            interviewed_on=self.held.day,
            age_years=self.held.age_years,
            language=self.meta.language[:8],
            coded=self.reading.coded if kept else {},
            text=seal_texts(key, self.reading.texts) if kept else b"",
            raw=seal_raw(key, self.delivery.xml),
            raw_sha256=self.digest,
            raw_size=len(self.delivery.xml),
            alike=self._alike(),
            problems=[problem_record(problem) for problem in self.problems],
            correction_reason=correction.reason_code if correction else "",
            reason=seal_note(key, REASON, correction.reason) if correction else b"",
            received_at=self.now,
        )
        keep_key(row, key)
        return row

    def _scores(self) -> list[Score]:
        """An interview that waits for its child is scored when it is linked: only then is the age known; one that waits
        for agreement when that is there; one in which somebody said no never.
        """
        if self.gate.state is not None or self.undated or (self.needs_child and self.child is None):
            return []
        return score_rows(self.definition, self.row, self.reading.answers, self.now)

    def _alike(self) -> bytes | None:
        """None of what cannot count as it comes, and of a correction, which is meant to be like another."""
        if self.child is None or self.gate.state is not None or self.undated or self.meta.deprecated_id:
            return None
        held, reading = self.held, self.reading
        return twins.likeness(self.child.pk, self.version.pk, held.respondent, held.day, reading.coded, reading.texts)

    def store(self) -> bool:
        """Everything in one transaction; when it returns, it is on disk. Whether an edit of it came before it."""
        try:
            return self._write()
        except IntegrityError:
            if existing(self.version.organisation_id, self.meta.instance_id) or not self._came_twice():
                raise
        return self._write()

    def _came_twice(self) -> bool:
        """Whether it was another like it that kept it from being written. Then a person looks at it."""
        first = twins.first_of(bytes(self.row.alike)) if self.row.alike else None
        if first is None:
            return False
        self.problems.append(twins.twice(first))
        self.row.problems = [problem_record(problem) for problem in self.problems]
        self.row.state, self.row.alike = State.TWICE, None
        return True

    def _write(self) -> bool:
        trace = event(
            self.actor,
            "receive_submission",
            "submission",
            self.row.pk,
            organisation_id=self.version.organisation_id,
            detail={"state": self.row.state, "channel": self.row.channel, "flags": len(self.flags)},
        )
        root = self.original.root_id if self.original is not None else None
        raised = escalation_rows(self.row, self.flags, self.delivery.sealed, root_id=root)
        rows: list[Sequence[Model]] = [[self.row], self.scores, self.flags, self.entries, *raised.lists, [trace]]
        insertions = [Insertion(each) for each in rows]
        found: dict[str, Value] = {"place": self.version.organisation_id, "original": self.meta.instance_id}
        if self.original is None and not self.delivery.attachments and not raised.escalations:
            return edits.WAITING_FOR.first_with(insertions, **found) is not None
        with writing():
            if self.original is not None:
                versions.hold(self.version.organisation_id, self.version.instrument_id)
                versions.follow(self.row, self.original)
                insertions[0] = Insertion([self.row])
                self._unsay(self.original)
            waited_for = edits.WAITING_FOR.first_with(insertions, **found)
            if attachments.keep(self.row, self.delivery.attachments):
                raise ProblemError(_same_name_twice())
            if raised.escalations:
                enqueue(SEND)
        return waited_for is not None

    def _unsay(self, original: Submission) -> None:
        """It is about another child than every version before it said."""
        if original.child_id is not None and original.child_id != self.row.child_id:
            unsay(self.actor, original.child_id, versions.line(self.row.root_id))

    def forget(self) -> None:
        """The row did not come to be; who sends the same again and again must not fill the key store."""
        if self.child is None:
            drop_key(self.row.pk)

    def receipt(self) -> Receipt:
        state = self.row.state
        return Receipt(status_of(state), state, self.meta.instance_id, self.row.pk, problems=tuple(self.problems))


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
