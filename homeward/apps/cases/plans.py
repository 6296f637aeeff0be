"""The plan: a draft of goals and actions, sent to a second person, agreed. What is agreed is changed by a variation
alone, which begins the next version.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.documents import (
    State,
    case_to_approve,
    case_to_write,
    day_within,
    hands,
    lock_case,
    moved,
    opened,
    refuse_closed,
    require_another,
    require_listed,
    require_words,
    sealed,
    wrong,
)
from homeward.apps.cases.gaps import Gap, drop_gaps, leave_gap, meet_gap
from homeward.apps.cases.models import Action, ActionOutcome, Child, Goal, PlanVersion, Variation
from homeward.apps.cases.steps import agreed_plan, outcomes_of
from homeward.domain.gaps import REASON_OF_ACTION, Source
from homeward.domain.planning import (
    DIMENSIONS,
    NOT_DONE_BECAUSE,
    OUTCOMES,
    SERVICES,
    VIEWS,
    WHO_DOES,
    WHOSE,
    is_settled,
)
from homeward.domain.sectors import SECTOR_OF_SERVICE


@dataclass(frozen=True, slots=True)
class GoalFacts:
    dimension: str
    whose: str
    words: str


@dataclass(frozen=True, slots=True)
class ActionFacts:
    dimension: str
    service: str
    who: str
    words: str
    due: date | None = None
    helper: str = ""


@dataclass(frozen=True, slots=True)
class Views:
    """What child and caregiver think of the plan, and in which words."""

    child: str
    caregiver: str
    child_words: str = ""
    caregiver_words: str = ""


def draft_of(child_id: UUID) -> PlanVersion | None:
    return PlanVersion.objects.filter(child=child_id, state=State.DRAFT).first()


def waiting_of(child_id: UUID) -> PlanVersion | None:
    return PlanVersion.objects.filter(child=child_id, state=State.SUBMITTED).first()


def begin_version(actor: Actor, child: Child, today: date) -> PlanVersion:
    """In the caller's transaction, with the case locked. Goals and actions of the agreed plan come along, and of what
    was given back everything.
    """
    if waiting_of(child.pk) is not None:
        raise wrong("version", "The plan is with your supervisor already.", "Wait for the answer.")
    last = PlanVersion.objects.filter(child=child).order_by("number").last()
    row = PlanVersion(
        id=uuid4(), child=child, number=last.number + 1 if last is not None else 1, state=State.DRAFT, on=today
    )
    row.written_by_id, row.writers = actor.person_id, hands(last, actor)
    row.save(force_insert=True)
    if last is not None:
        _copy(last, row)
    return row


def _copy(before: PlanVersion, row: PlanVersion) -> None:
    """Sealed anew: a sealed value opens in its own row alone."""
    for goal in before.goals.all():
        made = Goal(id=uuid4(), child_id=row.child_id, version=row, line=goal.line)
        made.dimension, made.whose = goal.dimension, goal.whose
        made.words = sealed(made, "words", opened(goal, "words"))
        made.save(force_insert=True)
    settled = {line for line, found in outcomes_of(row.child_id).items() if is_settled(found)}
    for action in before.actions.exclude(line__in=settled):
        step = Action(id=uuid4(), child_id=row.child_id, version=row, line=action.line, due=action.due)
        step.dimension, step.service, step.who = action.dimension, action.service, action.who
        step.words = sealed(step, "words", opened(action, "words"))
        step.helper = sealed(step, "helper", opened(action, "helper"))
        step.save(force_insert=True)


def _draft(actor: Actor, child: Child, today: date) -> PlanVersion:
    """In the caller's transaction. The first plan begins by itself; a later one with its variation."""
    row = draft_of(child.pk)
    if row is None:
        last = PlanVersion.objects.filter(child=child).order_by("number").last()
        if agreed_plan(child.pk) is not None and not _given_back(last):
            raise wrong("version", "An agreed plan is changed by a variation.", "Begin one: it asks why.")
        row = begin_version(actor, child, today)
        if last is not None and _given_back(last):
            Variation.objects.filter(version=last).update(version=row)
    if str(actor.person_id) not in row.writers:
        row.writers = [*row.writers, str(actor.person_id)]
        row.save(update_fields=["writers"])
    return row


def _given_back(row: PlanVersion | None) -> bool:
    return row is not None and row.state == State.RETURNED


def add_goal(actor: Actor, code: str, facts: GoalFacts, line: UUID | None = None) -> UUID:
    """Into the draft. `line`: instead of the goal that stands there under this key."""
    child = case_to_write(actor, code)
    require_listed("dimension", facts.dimension, DIMENSIONS)
    require_listed("whose", facts.whose, WHOSE)
    require_words("words", facts.words)
    with transaction.atomic():
        child = lock_case(child.pk)
        refuse_closed(child)
        version = _draft(actor, child, today_in(actor, child.organisation_id))
        row = Goal.objects.filter(version=version, line=line).first() if line else None
        row = row or Goal(id=uuid4(), child=child, version=version, line=line or uuid4())
        row.dimension, row.whose, row.words = facts.dimension, facts.whose, sealed(row, "words", facts.words)
        row.save()
        _record(actor, child, version)
    return row.line


def add_action(actor: Actor, code: str, facts: ActionFacts, line: UUID | None = None) -> UUID:
    child = case_to_write(actor, code)
    require_listed("dimension", facts.dimension, DIMENSIONS)
    require_listed("service", facts.service, SERVICES)
    require_listed("who", facts.who, WHO_DOES)
    require_words("words", facts.words)
    with transaction.atomic():
        child = lock_case(child.pk)
        refuse_closed(child)
        version = _draft(actor, child, today_in(actor, child.organisation_id))
        row = Action.objects.filter(version=version, line=line).first() if line else None
        row = row or Action(id=uuid4(), child=child, version=version, line=line or uuid4())
        row.dimension, row.service, row.who, row.due = facts.dimension, facts.service, facts.who, facts.due
        row.words, row.helper = sealed(row, "words", facts.words), sealed(row, "helper", facts.helper)
        row.save()
        _record(actor, child, version)
    return row.line


def drop_line(actor: Actor, code: str, line: UUID) -> None:
    """Out of the draft; the agreed plan and its versions keep it."""
    child = case_to_write(actor, code)
    with transaction.atomic():
        child = lock_case(child.pk)
        refuse_closed(child)
        version = draft_of(child.pk)
        if version is None:
            raise moved()
        for model in (Goal, Action):
            model._default_manager.filter(version=version, line=line).delete()
        _draft(actor, child, version.on)
        _record(actor, child, version)


def send_plan(actor: Actor, code: str, views: Views) -> UUID:
    """With what child and caregiver think of it. A child who was not asked is said so, and why."""
    child = case_to_write(actor, code)
    require_listed("child_view", views.child, VIEWS)
    require_listed("caregiver_view", views.caregiver, VIEWS)
    if views.child == "not_asked":
        require_words("child_words", views.child_words)
    with transaction.atomic():
        child = lock_case(child.pk)
        refuse_closed(child)
        row = draft_of(child.pk)
        if row is None:
            raise moved()
        if not row.goals.exists() or not row.actions.exists():
            raise wrong("version", "The plan has no goal or no action yet.", "Add at least one of each.")
        row.child_view, row.caregiver_view = views.child, views.caregiver
        row.child_words = sealed(row, "child_words", views.child_words)
        row.caregiver_words = sealed(row, "caregiver_words", views.caregiver_words)
        row.state, row.submitted_at = State.SUBMITTED, timezone.now()
        row.writers = sorted({*row.writers, str(actor.person_id)})
        row.save()
        _record(actor, child, row)
    return row.pk


def decide_plan(
    actor: Actor, code: str, version_id: UUID, *, agreed: bool, answer: str = "", on: date | None = None
) -> None:
    """`on`: the day on which it was agreed, where that is recorded later."""
    child = case_to_approve(actor, code)
    row = PlanVersion.objects.filter(pk=version_id, child=child).exclude(state=State.DRAFT).first()
    if row is None:
        raise NotVisible("plan")
    require_another(actor, row.writers, "decide_plan", child)
    if not agreed:
        require_words("answer", answer)
    day = day_within(actor, child, on)
    with transaction.atomic():
        child = lock_case(child.pk)
        refuse_closed(child)
        done: dict[str, Any] = {"decided_by_id": actor.person_id, "decided_at": timezone.now()}
        done |= {"state": State.APPROVED, "agreed_on": day} if agreed else {"state": State.RETURNED}
        if not PlanVersion.objects.filter(pk=row.pk, state=State.SUBMITTED).update(**done):
            raise moved()
        row.refresh_from_db()
        row.answer = sealed(row, "answer", answer)
        row.save(update_fields=["answer"])
        _record(actor, child, row, "decide_plan")


def record_outcome(
    actor: Actor,
    code: str,
    line: UUID,
    outcome: str,
    *,
    because: str = "",
    words: str = "",
    on: date | None = None,
) -> UUID:
    """What became of an action of the agreed plan. Help that did not come says why, for that is a gap to close."""
    child = case_to_write(actor, code)
    require_listed("outcome", outcome, OUTCOMES)
    require_listed("because", because, NOT_DONE_BECAUSE if outcome == "not_done" else ("", *NOT_DONE_BECAUSE))
    day = day_within(actor, child, on)
    with transaction.atomic():
        child = lock_case(child.pk)
        refuse_closed(child)
        plan = agreed_plan(child.pk)
        action = plan.actions.filter(line=line).first() if plan is not None else None
        if action is None:
            raise NotVisible("action")
        row = ActionOutcome(id=uuid4(), child=child, line=line, on=day, outcome=outcome)
        row.because = because if outcome in ("not_done", "partly") else ""
        row.words, row.by_id, row.recorded_at = sealed(row, "words", words), actor.person_id, timezone.now()
        row.save(force_insert=True)
        _count_gap(child, action, row)
        detail = {"outcome": outcome}
        record(actor, "record_outcome", "child", child.pk, organisation_id=child.organisation_id, detail=detail)
    return row.pk


def _count_gap(child: Child, action: Action, row: ActionOutcome) -> None:
    """In the caller's transaction. What was done after all, or in part, meets the gap that was left before; one that
    was not done for another reason after all leaves none.
    """
    if row.outcome == "not_done" and row.because in REASON_OF_ACTION:
        reason = REASON_OF_ACTION[row.because]
        leave_gap(child, Gap(Source.PLAN, action.line, SECTOR_OF_SERVICE[action.service], reason), row.on)
    elif row.outcome in ("done", "partly"):
        meet_gap(Source.PLAN, action.line, row.on)
    elif row.outcome == "not_done":
        drop_gaps(Source.PLAN, action.line)


def _record(actor: Actor, child: Child, version: PlanVersion, verb: str = "write_plan") -> None:
    detail: dict[str, str | int] = {"version": version.number, "state": str(version.state)}
    record(actor, verb, "child", child.pk, organisation_id=child.organisation_id, detail=detail)
