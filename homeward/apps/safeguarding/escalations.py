"""Working on an escalation: steps in their order, each with its reasoning sealed, and closed by two."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.safeguarding.models import Escalation, LogEntry, Outcome, SealedNote, Source, State
from homeward.apps.safeguarding.scope import RECEIVES, escalations_visible_to, overdue_for
from homeward.apps.safeguarding.sealing import seal_envelope
from homeward.domain.envelope import Kind, check_envelope
from homeward.domain.escalations import NEXT, Step, may_step
from homeward.domain.problems import Problem, ProblemError, Where

WITH_OUTCOME = (Step.PROPOSE,)


def find_escalation(actor: Actor, escalation_id: UUID) -> Escalation:
    row = escalations_visible_to(actor).select_related("child", "note").filter(pk=escalation_id).first()
    if row is None:
        raise NotVisible("escalation")
    return row


def take_step(actor: Actor, escalation_id: UUID, step: Step, envelope: bytes, outcome: str = "") -> None:
    """`envelope`: why, sealed in the page, however much of it there is. Of two people at once one succeeds."""
    row = find_escalation(actor, escalation_id)
    guard(actor, RECEIVES[row.group], row.organisation_id, what=("escalation", row.pk))
    _require(actor, row, step)
    if step in WITH_OUTCOME and outcome not in Outcome.values:
        where = Where(field="outcome")
        raise ProblemError(Problem("escalation.outcome", "The outcome is missing.", "Choose one.", where))
    check_envelope(envelope, Kind.REASONING)
    with transaction.atomic():
        _move(row, step, _changes(actor, row, step, outcome))
        _log(actor, row, step, outcome if step in WITH_OUTCOME else "", envelope)


def _require(actor: Actor, row: Escalation, step: Step) -> None:
    own = bool(row.outcome_by_id) and row.outcome_by_id == actor.person_id
    decision = may_step(step, row.state, has_outcome=bool(row.outcome_by_id), own_outcome=own)
    if step is Step.TAKE_OVER or not decision:
        record(actor, "escalation_step", "escalation", row.pk, organisation_id=row.organisation_id, allowed=False)
    if step is Step.TAKE_OVER:
        raise NotVisible("escalation")
    decision.require()


def _changes(actor: Actor, row: Escalation, step: Step, outcome: str) -> dict[str, Any]:
    now, changes = timezone.now(), dict[str, Any]()
    if row.state == State.RAISED:
        changes |= {"acknowledged_at": now, "acknowledged_by_id": actor.person_id}
    if step is Step.PROPOSE:
        changes |= {"outcome": outcome, "outcome_by_id": actor.person_id}
    if step is Step.SEND_BACK:
        changes |= {"outcome": "", "outcome_by_id": None}
    if step is Step.CLOSE:
        changes |= {"closed_at": now, "closed_by_id": actor.person_id}
    return changes


def _move(row: Escalation, step: Step, changes: dict[str, Any]) -> None:
    as_seen = Escalation.objects.filter(pk=row.pk, state=row.state, outcome_by_id=row.outcome_by_id)
    if not as_seen.update(state=NEXT[step][row.state], **changes):
        action = "Look at the page again."
        raise ProblemError(Problem("escalation.moved", "Somebody was faster.", action, status=409))


def _log(actor: Actor, row: Escalation, step: Step, outcome: str, envelope: bytes | None) -> None:
    entry = LogEntry(
        id=uuid4(), escalation_id=row.pk, person_id=actor.person_id, at=timezone.now(), step=step, outcome=outcome
    )
    if envelope is not None:
        note = SealedNote(
            id=uuid4(),
            organisation_id=row.organisation_id,
            group=row.group,
            source=Source.LOG,
            source_id=entry.pk,
            child_id=row.child_id,
            person_id=actor.person_id,
            received_at=entry.at,
        )
        note.envelope = seal_envelope(note.pk, envelope)
        note.save(force_insert=True)
        entry.note = note
    entry.save(force_insert=True)
    detail: dict[str, str | int | bool | None] = {"step": step}
    record(actor, "escalation_step", "escalation", row.pk, organisation_id=row.organisation_id, detail=detail)


def take_over(actor: Actor, escalation_id: UUID) -> None:
    """The second line says that it sees to it: it reads neither child nor content, and finds somebody who does."""
    row = overdue_for(actor).filter(pk=escalation_id).first()
    if row is None:
        raise NotVisible("escalation")
    guard(actor, "escalations.take_over", row.organisation_id, what=("escalation", row.pk))
    with transaction.atomic():
        changes = {"acknowledged_at": timezone.now(), "acknowledged_by_id": actor.person_id}
        _move(row, Step.TAKE_OVER, changes)
        _log(actor, row, Step.TAKE_OVER, "", None)
