"""Escalations as their recipients see them, and as the second line does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils import timezone

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.guard import guard
from homeward.apps.audit.services import record_look
from homeward.apps.safeguarding.escalations import find_escalation
from homeward.apps.safeguarding.from_phones import form_of
from homeward.apps.safeguarding.models import Escalation, LogEntry, Notice, Opening, State
from homeward.apps.safeguarding.resealing import ResealRow, resealed, shut_out
from homeward.apps.safeguarding.scope import RECEIVES, escalations_visible_to, groups_of, overdue_for
from homeward.domain.escalations import Step, may_step
from homeward.domain.problems import Decision

MOST = 300


@dataclass(frozen=True, slots=True)
class EscalationRow:
    id: UUID
    group: str
    severity: str
    kinds: tuple[str, ...]
    state: str
    child_code: str  # empty where nobody knows, and for the second line
    source: str
    raised_at: datetime
    due_at: datetime
    breached: bool  # the clock ran out before anybody looked
    second_line_at: datetime | None


@dataclass(frozen=True, slots=True)
class LogRow:
    step: str
    person: str
    at: datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class OpeningRow:
    person: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class EscalationDetail:
    row: EscalationRow
    source_id: UUID
    organisation_id: UUID
    sealed: bool  # something was told, beside closed answers
    opens: bool  # that, or reasoning sealed since
    rule: str
    second_due_at: datetime
    outcome: str
    outcome_by: str
    closed_at: datetime | None
    log: tuple[LogRow, ...]
    openings: tuple[OpeningRow, ...]
    may: dict[str, Decision]
    phone: str  # that sent an encrypted form, and its person
    shut_out: tuple[str, ...]  # who receives today and cannot open all that is sealed here
    may_reseal: bool
    resealed: tuple[ResealRow, ...]


@dataclass(frozen=True, slots=True)
class NoticeRow:
    escalation_id: UUID
    severity: str
    line: int
    at: datetime
    due_at: datetime
    breached: bool


def list_escalations(actor: Actor, *, closed: bool = False) -> list[EscalationRow]:
    """What nobody has looked at stands first, then by its clock."""
    if not groups_of(actor):
        guard(actor, RECEIVES["focal"])
    record_look(actor, "look_at_escalations", "escalations")
    rows = escalations_visible_to(actor).select_related("child")
    rows = rows.filter(state=State.CLOSED) if closed else rows.exclude(state=State.CLOSED)
    order = ("-closed_at",) if closed else (_unseen_first(), "due_at")
    return [_row(row) for row in rows.order_by(*order)[:MOST]]


def _unseen_first() -> Case:
    return Case(When(state=State.RAISED, then=Value(0)), default=Value(1), output_field=IntegerField())


def overdue(actor: Actor) -> list[EscalationRow]:
    """For the second line: that something waits and since when, without child or content."""
    if not permit(actor, "escalations.take_over"):
        return []
    record_look(actor, "look_at_escalations", "escalations")
    return [_row(row, with_child=False) for row in overdue_for(actor).order_by("due_at")[:MOST]]


def _row(row: Escalation, *, with_child: bool = True) -> EscalationRow:
    late = row.due_at <= timezone.now() if row.acknowledged_at is None else row.acknowledged_at > row.due_at
    return EscalationRow(
        row.pk,
        row.group,
        row.severity,
        tuple(row.kinds) if with_child else (),
        row.state,
        row.child.code if with_child and row.child is not None else "",
        row.source if with_child else "",
        row.raised_at,
        row.due_at,
        late,
        row.second_line_at,
    )


def escalation(actor: Actor, escalation_id: UUID) -> EscalationDetail:
    row = find_escalation(actor, escalation_id)
    record_look(actor, "look_at_escalation", "escalation", row.pk, organisation_id=row.organisation_id)
    log = LogEntry.objects.filter(escalation=row).select_related("person")
    opened = Opening.objects.filter(escalation=row).select_related("person")
    own = bool(row.outcome_by_id) and row.outcome_by_id == actor.person_id
    closed_to = shut_out(row)
    steps = (step for step in Step if step is not Step.TAKE_OVER)
    return EscalationDetail(
        _row(row),
        row.source_id,
        row.organisation_id,
        row.note_id is not None,
        row.note_id is not None or form_of(row) is not None or any(each.note_id for each in log),
        row.rule,
        row.second_due_at,
        row.outcome,
        str(row.outcome_by or ""),
        row.closed_at,
        tuple(LogRow(each.step, str(each.person or ""), each.at, each.outcome) for each in log),
        tuple(OpeningRow(str(each.person), each.at, each.reason) for each in opened),
        {step.value: may_step(step, row.state, has_outcome=bool(row.outcome_by_id), own_outcome=own) for step in steps},
        _phone(row),
        tuple(closed_to.values()),
        bool(closed_to) and actor.person_id not in closed_to and row.state != State.CLOSED,
        resealed(row),
    )


def _phone(row: Escalation) -> str:
    form = form_of(row)
    if form is None or form.device is None:
        return ""
    return " · ".join(str(each) for each in (form.device, form.device.person) if each is not None)


def notices(actor: Actor) -> list[NoticeRow]:
    """Every message that was mailed, for as long as nobody has looked: mail may be off, late or lost."""
    own = _notices(escalations_visible_to(actor).filter(state=State.RAISED), 1)
    return own if groups_of(actor) else _notices(overdue_for(actor), 2)


def _notices(rows: QuerySet[Escalation], line: int) -> list[NoticeRow]:
    found: Iterable[Notice] = Notice.objects.filter(escalation__in=rows, line=line).select_related("escalation")
    now = timezone.now()
    made = [
        NoticeRow(
            each.escalation_id,
            each.escalation.severity,
            each.line,
            each.created_at,
            each.escalation.due_at,
            each.escalation.due_at <= now,
        )
        for each in found
    ]
    return sorted(made, key=lambda each: each.due_at)[:MOST]
