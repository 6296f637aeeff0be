"""Asking for the end of a case, deciding about it, and opening a case again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.documents import (
    State,
    case_to_approve,
    case_to_write,
    day_within,
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
from homeward.apps.cases.models import CaseStep, Child, EndRequest
from homeward.apps.cases.steps import case_facts, move, permissions_for, write_move
from homeward.domain.closing import (
    CLOSING_REASONS,
    TOLD,
    is_early,
    may_give,
    review_evidence,
    told_evidence,
    way_of,
)
from homeward.domain.lifecycle import allowed
from homeward.domain.problems import Problem, ProblemError


@dataclass(frozen=True, slots=True)
class Ending:
    """What whoever asks says. `planned`: it was prepared with the child. `early`: why before two years."""

    reason: str
    planned: bool = False
    told: str = "no"
    reviewed_on: date | None = None
    words: str = ""
    early: str = ""


def ask_end(actor: Actor, code: str, wish: Ending) -> UUID:
    """Nothing changes until another person has agreed."""
    child = case_to_write(actor, code)
    require_listed("reason", wish.reason, CLOSING_REASONS)
    require_listed("told", wish.told, TOLD)
    may_give(wish.reason).require()
    today = today_in(actor, child.organisation_id)
    early = is_early(wish.reason, child.return_date, today)
    if early and not wish.early.strip():
        message, action = "Less than two years have passed since the return.", "Say why the case ends now."
        raise wrong("early", message, action)
    if wish.reason == "mistake":
        require_words("words", wish.words)
    way = way_of(wish.reason, planned=wish.planned)
    row = EndRequest(
        id=uuid4(),
        child=child,
        way=way,
        reason=wish.reason,
        told=wish.told,
        early=early,
        reviewed_on=wish.reviewed_on,
        state=State.SUBMITTED,
        written_by_id=actor.person_id,
        asked_at=timezone.now(),
    )
    row.words, row.early_words = sealed(row, "words", wish.words), sealed(row, "early_words", wish.early)
    try:
        with transaction.atomic():
            child = lock_case(child.pk)
            refuse_closed(child)
            facts = case_facts(child, _said(row, today))
            allowed(facts, way, permissions_for(actor, child)).require()
            row.save(force_insert=True)
            record(actor, "ask_closing", "child", child.pk, organisation_id=child.organisation_id)
    except IntegrityError as error:
        message, action = "Somebody has asked for the end of this case already.", "It waits for a second person."
        raise ProblemError(Problem("case.asked_already", message, action, status=409)) from error
    return row.pk


def _said(row: EndRequest, today: date) -> frozenset[str]:
    return told_evidence(row.reason, row.told) | review_evidence(row.reviewed_on, today)


def decide_end(
    actor: Actor, code: str, request_id: UUID, *, agreed: bool, answer: str = "", on: date | None = None
) -> None:
    """By another person. Given back, the case goes on as before; whoever asked reads why."""
    child = case_to_approve(actor, code)
    row = EndRequest.objects.filter(pk=request_id, child=child).first()
    if row is None:
        raise NotVisible("end_request")
    require_another(actor, [str(row.written_by_id)], "decide_closing", child)
    if not agreed:
        require_words("answer", answer)
    state = State.APPROVED if agreed else State.RETURNED
    day = day_within(actor, child, on)
    with transaction.atomic():
        child = lock_case(child.pk)
        refuse_closed(child)
        done = {"state": state, "decided_by_id": actor.person_id, "decided_at": timezone.now()}
        if not EndRequest.objects.filter(pk=row.pk, state=State.SUBMITTED).update(**done):
            raise moved()
        row.refresh_from_db()
        row.answer = sealed(row, "answer", answer)
        row.save(update_fields=["answer"])
        if agreed:
            _close(actor, child, row, day)
        detail = {"state": str(state)}
        record(actor, "decide_closing", "child", child.pk, organisation_id=child.organisation_id, detail=detail)


def _close(actor: Actor, child: Child, row: EndRequest, day: date) -> None:
    """What was true when it was asked for has to be true still: a plan may have been varied since. What was said of the
    child and of the last review was said on the day it was asked.
    """
    said_on = max(timezone.localdate(row.asked_at), row.reviewed_on or date.min)
    facts = case_facts(child, _said(row, said_on))
    allowed(facts, row.way, permissions_for(actor, child) | {"plans.write"}).require()
    write_move(actor, child, row.way, on=day, reason=row.reason, note=opened(row, "words"), asked=row)


def withdraw_end(actor: Actor, code: str, request_id: UUID) -> None:
    child = case_to_write(actor, code)
    with transaction.atomic():
        rows = EndRequest.objects.filter(pk=request_id, child=child, state=State.SUBMITTED)
        if not rows.update(state=State.WITHDRAWN):
            raise moved()
        detail = {"state": str(State.WITHDRAWN)}
        record(actor, "decide_closing", "child", child.pk, organisation_id=child.organisation_id, detail=detail)


def reopen(actor: Actor, code: str, reason: str, note: str = "", on: date | None = None) -> CaseStep:
    """At once, and by one person: a child who needs help again waits for nobody."""
    return move(actor, code, "reopen", reason=reason, note=note, on=on)
