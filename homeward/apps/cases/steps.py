"""Moves of a case from step to step. The record of the child says open or closed in the same transaction, for lists and
retention go by it.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.audit.services import record
from homeward.apps.cases.deciding import child_to_decide
from homeward.apps.cases.documents import State, lock_case, require_listed, sealed, wrong
from homeward.apps.cases.models import (
    Action,
    ActionOutcome,
    Assessment,
    Assignment,
    CaseStep,
    Child,
    EndRequest,
    PlanVersion,
    Status,
)
from homeward.apps.cases.same_child import end_with
from homeward.apps.cases.scope import permit_for
from homeward.domain.lifecycle import (
    APPROVE,
    CHANGE,
    REASON_OF_AN_IMPORT,
    REASON_OF_THE_END,
    REASONS_TO_ASSESS_AGAIN,
    REASONS_TO_REOPEN,
    STATUS_OF,
    TRANSITIONS,
    WRITE,
    Facts,
    allowed,
    standing,
    way_of_status,
)
from homeward.domain.planning import is_settled
from homeward.domain.problems import Problem, ProblemError, Where

AGAIN = ("assess_again", "reopen", "found_open", "take_up_again")
REOPENED = AGAIN[1:]
REASONS = {"assess_again": REASONS_TO_ASSESS_AGAIN, "reopen": REASONS_TO_REOPEN}


def case_facts(child: Child, more: frozenset[str] = frozenset()) -> Facts:
    """What the next step is decided by. `more`: what somebody says of an end that is asked for."""
    moves = CaseStep.objects.filter(child=child).order_by("number").values_list("to_step", flat=True)
    return Facts(child.status, tuple(moves), evidence_of(child) | more, child.identity_ended_on is not None)


def evidence_of(child: Child) -> frozenset[str]:
    """By facts that lie in the record. What was approved before a case was opened again, or before it was assessed
    again, is history.
    """
    again = _last_way(child.pk, AGAIN)
    approved = Assessment.objects.filter(child=child, state=State.APPROVED)
    kinds = set(
        (approved.filter(submitted_at__gte=again.created_at) if again else approved).values_list("kind", flat=True)
    )
    opened_again = _last_way(child.pk, REOPENED)
    plan = agreed_plan(child.pk)
    outcomes = outcomes_of(child.pk)
    lines = set(Action.objects.filter(version=plan).values_list("line", flat=True)) if plan else set[UUID]()
    open_lines = {line for line in lines if not is_settled(outcomes.get(line, []))}
    agreed = plan is not None and plan.decided_at is not None
    holds = {
        "worker": Assignment.objects.filter(child=child, until__isnull=True).exists(),
        "needs_approved": "needs" in kinds,
        "interests_approved": "interests" in kinds,
        "plan_agreed": agreed and (opened_again is None or plan.decided_at >= opened_again.created_at),  # type: ignore[union-attr,operator]
        "action_begun": bool(lines & outcomes.keys()),
        "action_open": bool(open_lines),
        "actions_settled": not open_lines,
    }
    return frozenset(code for code, there in holds.items() if there)


def _last_way(child_id: UUID, ways: tuple[str, ...]) -> CaseStep | None:
    return CaseStep.objects.filter(child=child_id, way__in=ways).order_by("number").last()


def agreed_plan(child_id: UUID) -> PlanVersion | None:
    """The newest version that was agreed; it holds until another one is."""
    return PlanVersion.objects.filter(child=child_id, state=State.APPROVED).order_by("number").last()


def outcomes_of(child_id: UUID) -> dict[UUID, list[str]]:
    """By action, the oldest first."""
    found: dict[UUID, list[str]] = {}
    rows = ActionOutcome.objects.filter(child=child_id).order_by("recorded_at", "pk")
    for line, outcome in rows.values_list("line", "outcome"):
        found.setdefault(line, []).append(outcome)
    return found


def permissions_for(actor: Actor, child: Child) -> frozenset[str]:
    place, team = child.organisation_id, child.team_id
    return frozenset(
        each
        for each in (WRITE, APPROVE, CHANGE)
        if permit_for(actor, each, child.pk, organisation_id=place, team_id=team)
    )


def move(
    actor: Actor, key: UUID | str, way: str, *, reason: str = "", note: str = "", on: date | None = None
) -> CaseStep:
    """One step on by who works with the child. A way that needs a second person begins in `closing`."""
    if way not in TRANSITIONS or TRANSITIONS[way].second or TRANSITIONS[way].house:
        raise wrong("way", "This is not a step.", "Look at the page again.")
    child = child_to_decide(actor, key, TRANSITIONS[way].may)
    if TRANSITIONS[way].reason:
        require_listed("reason", reason, REASONS[way])
    today = today_in(actor, child.organisation_id)
    if on is not None and on > today:
        raise wrong("on", "This day is in the future.", "Correct the date.")
    with transaction.atomic():
        child = lock_case(child.pk)
        allowed(case_facts(child), way, permissions_for(actor, child)).require()
        return write_move(actor, child, way, reason=reason, note=note, on=on or today)


def write_move(
    actor: Actor,
    child: Child,
    way: str,
    *,
    on: date,
    reason: str = "",
    note: str = "",
    asked: EndRequest | None = None,
) -> CaseStep:
    """In the caller's transaction, with the row of the child locked and the way found open. Of an end that somebody
    asked for, the move is theirs, and the actor is the second person.
    """
    row = _row(child, child.status, way, on, actor.person_id)
    row.reason, row.words = reason, sealed(row, "words", note)
    if asked is not None:
        row.by_id, row.approved_by_id = asked.written_by_id, actor.person_id
    row.save(force_insert=True)
    child.status = STATUS_OF[row.to_step]
    child.ended_on = None if child.status == "open" else child.ended_on or today_in(actor, child.organisation_id)
    Child.objects.filter(pk=child.pk).update(status=child.status, ended_on=child.ended_on)
    end_with(child)
    detail = {"step": str(row.to_step)}
    record(actor, "move_step", "child", child.pk, organisation_id=child.organisation_id, detail=detail)
    return row


def _row(child: Child, before: str, way: str, on: date, by_id: UUID | None = None) -> CaseStep:
    rows = CaseStep.objects.filter(child=child).order_by("number")
    last = rows.last()
    here = standing(Facts(before, tuple(rows.values_list("to_step", flat=True))))
    return CaseStep(
        child=child,
        number=last.number + 1 if last is not None else 1,
        from_step=here,
        to_step=TRANSITIONS[way].target,
        way=way,
        on=on,
        by_id=by_id,
    )


def follow_record(actor: Actor, child: Child, before: str, reason: str = REASON_OF_AN_IMPORT) -> None:
    """In the caller's transaction: the record was changed from outside the steps, as by a caseload file or by another
    organisation that took the case, and the move that it stands for is added. An end that waited for a second person is
    overtaken.
    """
    end_with(child)
    way = way_of_status(before, child.status)
    if not way:
        return
    row = _row(child, before, way, child.ended_on or today_in(actor, child.organisation_id), actor.person_id)
    row.reason = reason if TRANSITIONS[way].house else ""
    row.save(force_insert=True)
    withdraw_ends(child.pk)


def forget_set_aside(child_id: UUID) -> None:
    """In the caller's transaction: two records were put together by mistake, and the case stands where it stood."""
    last = CaseStep.objects.filter(child=child_id).order_by("number").last()
    if last is not None and last.way == "set_aside":
        last.delete()


def run_out(child: Child, today: date) -> None:
    """In the caller's transaction: the end of the record closes a case that nobody closed."""
    if child.status == Status.OPEN:
        row = _row(child, child.status, "found_closed", today)
        row.reason = REASON_OF_THE_END
        row.save(force_insert=True)
        withdraw_ends(child.pk)


def withdraw_ends(child_id: UUID) -> None:
    EndRequest.objects.filter(child=child_id, state=State.SUBMITTED).update(state=State.WITHDRAWN)


def refuse_by_hand(before: str, after: str) -> None:
    """A person ends or reopens a case by its steps, and puts two records together on the page of such pairs; only a
    record that was once set aside without its pair is opened here.
    """
    if before == after or (before, after) == ("duplicate", "open"):
        return
    if after == "duplicate":
        raise ProblemError(by_its_pair())
    message, action = "A case is closed and opened again on its page “Plan”.", "Do it there: it asks why."
    raise ProblemError(Problem("child.status_by_step", message, action, status=409))


def by_its_pair() -> Problem:
    message = "That a record is a second one of a child is not set as a status."
    action = "Put the two records together under “Perhaps one child twice”: it keeps both, and it can be undone."
    return Problem("child.status_by_pair", message, action, Where(field="status"), status=409)
