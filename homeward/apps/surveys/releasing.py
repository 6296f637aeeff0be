"""Interviews that wait for agreement: who sees that they are there, and what releases them. Nobody reads one before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from homeward.apps.access.actors import Actor, permit, system_actor, zone_of
from homeward.apps.access.guard import guard
from homeward.apps.access.vault import VaultError
from homeward.apps.audit.services import record, record_look
from homeward.apps.cases.consent_rules import rules
from homeward.apps.cases.consenting import DECIDE, Asked, record_agreement
from homeward.apps.cases.consents import entries_of
from homeward.apps.cases.services import hold_child
from homeward.apps.surveys import twins, versions
from homeward.apps.surveys.agreeing import Held, judge
from homeward.apps.surveys.definitions import definition_of
from homeward.apps.surveys.forms import problem_record
from homeward.apps.surveys.inbox import InboxRow, inbox_row, likeness_of, settled_already, state_by_records
from homeward.apps.surveys.models import Agreement, Score, State, Submission
from homeward.apps.surveys.reading import Reading, answers_of, read, undated
from homeward.apps.surveys.scope import found, inbox_visible_to
from homeward.apps.surveys.scoring import score_rows
from homeward.apps.surveys.sealing import key_of, raw_of, seal_texts
from homeward.domain.consent import MONITORING, Entry, Use, may, said_about, standing_stop
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.domain.retention import WITHOUT_AGREEMENT
from homeward.formats import safe_xml

SEE = "inbox.see"


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """By the child's code, and nothing of what was answered."""

    row: InboxRow
    child_id: UUID
    erased_on: date  # unless it is released before
    may_add: bool
    stopped: Problem | None = None  # what no entry of an earlier day can change


def waiting_for_agreement(actor: Actor, submission_id: UUID) -> WaitingRow:
    guard(actor, SEE, what=("submission", submission_id))
    row = _waiting_row(actor, submission_id, SEE)
    place, child = row.organisation_id, row.child
    if child is None:
        raise ProblemError(settled_already())
    record_look(actor, SEE, "submission", row.pk, organisation_id=place, child_id=child.pk)
    may_decide = bool(permit(actor, DECIDE, organisation_id=place, team_id=child.team_id))
    stopped = _stopped(row)
    return WaitingRow(inbox_row(row, names=False), child.pk, _erased_on(row), may_decide and stopped is None, stopped)


def _stopped(row: Submission) -> Problem | None:
    """An agreement that was taken back after the interview stays so, whatever was agreed to before it."""
    held = Held(row.child, row.interviewed_on, row.age_years, row.respondent)
    entries = entries_of(row.child_id) if row.child_id is not None else []
    stop = standing_stop(said_about(MONITORING, entries, date.max, rules()), rules())
    if stop is None or stop.day <= row.interviewed_on:
        return None
    return may(MONITORING, entries, held.band, date.max, rules(), use=Use.COUNT).problem


def add_agreement(actor: Actor, submission_id: UUID, asked: Asked) -> bool:
    """An entry of the day of the interview or before, with a reason; and the interview goes on where that was all that
    it waited for. One transaction: whoever reads that it was released finds the entry.
    """
    guard(actor, DECIDE, what=("submission", submission_id))
    row = _waiting_row(actor, submission_id, SEE)
    if row.child is None:
        raise ProblemError(settled_already())
    if (stopped := _stopped(row)) is not None:
        raise ProblemError(stopped)
    if asked.day is None or asked.day > row.interviewed_on:
        message = "Only an agreement of the day of the interview, or of a day before, lets it count."
        action = "If they agreed later, hold the interview again."
        raise ProblemError(Problem("consent.after", message, action, Where(field="day")))
    if not asked.reason.strip():
        message, action = "The reason is missing.", "Say in a sentence where the agreement is written."
        raise ProblemError(Problem("consent.reason", message, action, Where(field="reason")))
    with transaction.atomic():
        record_agreement(actor, row.child.code, asked)
        return release(actor, row.pk)


def release_agreed() -> int:
    """A job. An interview of the child on the same day, or an entry of an earlier day, may have come since."""
    done = 0
    for key in list(Submission.objects.filter(state=State.NO_CONSENT).order_by("pk").values_list("pk", flat=True)):
        try:
            done += release(None, key)
        except VaultError:  # its time is over, or the server is locked: the others go on
            continue
    return done


def release(actor: Actor | None, submission_id: UUID) -> bool:
    """It counts from now on, where the ledger says so: read anew from the bytes that came, scored, and written down."""
    row = _whole(submission_id)
    if row is None or not _agreed(row, entries_of(row.child_id) if row.child_id else []):
        return False
    with transaction.atomic():
        versions.hold(row.organisation_id, row.form_version.instrument_id)
        if row.child_id is not None:
            hold_child(row.child_id)  # whoever takes an agreement back has the child before this, or after it
        row = _whole(submission_id)
        if row is None or row.child_id is None or not _agreed(row, entries_of(row.child_id)):
            return False
        _count(row)
        who = actor or system_actor(row.organisation_id)
        record(who, "release_interview", "submission", row.pk, organisation_id=row.organisation_id)
    return True


def _whole(submission_id: UUID) -> Submission | None:
    rows = Submission.objects.select_related("child", "form_version").filter(pk=submission_id)
    return rows.filter(state=State.NO_CONSENT, child__isnull=False).first()


def _reading(row: Submission) -> Reading:
    return read(definition_of(row.form_version), safe_xml.parse(raw_of(row)), row.received_at)


def _agreed(row: Submission, ledger: list[Entry]) -> bool:
    """By the ledger alone: what the interview itself said is in it, and an entry that is added later comes first."""
    held = Held(row.child, row.interviewed_on, row.age_years, row.respondent)
    answers = _reading(row).flagged
    gate = judge(definition_of(row.form_version), held, answers, lambda: ledger, thorough=True)
    return gate.agreement == Agreement.GIVEN


def _count(row: Submission) -> None:
    definition, reading, now = definition_of(row.form_version), _reading(row), timezone.now()
    kept = [problem for problem in row.problems if not problem["code"].startswith("consent.")]
    row.problems = [*(problem_record(each) for each in reading.problems), *kept]
    row.coded, key = reading.coded, key_of(row)
    row.text = seal_texts(key, reading.texts)
    row.agreement, row.state = Agreement.GIVEN, state_by_records(row.problems)
    dated = not undated(problem["code"] for problem in row.problems)
    if dated and not twins.claim(row, likeness_of(row)):
        row.state = State.TWICE
    if row.state == State.ACCEPTED:
        versions.make_way(row)
    row.save(update_fields=["problems", "coded", "text", "agreement", "state"])
    if dated:
        answers = answers_of(row.coded, reading.texts, row.problems)
        Score.objects.bulk_create(score_rows(definition, row, answers, now))


def _waiting_row(actor: Actor, submission_id: UUID, permission: str) -> Submission:
    row = found(inbox_visible_to(actor, permission), submission_id)
    if row.state != State.NO_CONSENT:
        raise ProblemError(settled_already())
    return row


def _erased_on(row: Submission) -> date:
    """The day after the last one."""
    since = max(row.received_at, row.settled_at or row.received_at)
    return since.astimezone(ZoneInfo(zone_of(row.organisation_id))).date() + WITHOUT_AGREEMENT + timedelta(days=1)


def unagreed_before(organisation_id: UUID, moment: datetime) -> Q:
    """Whatever became of them since: an interview that waited for agreement and was replaced waits no less."""
    late = Q(received_at__lt=moment) & (Q(settled_at__isnull=True) | Q(settled_at__lt=moment))
    states = (State.NO_CONSENT, State.SUPERSEDED, State.SET_ASIDE)
    return Q(organisation_id=organisation_id, agreement=Agreement.MISSING, state__in=states) & late


__all__ = ["WaitingRow", "add_agreement", "release", "release_agreed", "waiting_for_agreement"]
