"""What people decide: let it end, keep it longer, hold it for the law, and erase it, which takes two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.guard import guard
from homeward.apps.access.jobs import enqueue
from homeward.apps.access.models import Organisation
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.deciding import child_to_decide
from homeward.apps.cases.models import Child
from homeward.apps.cases.same_child import merged_with
from homeward.apps.retention.clocks import Periods, Running, clocks_of, is_over, lock_child, running
from homeward.apps.retention.known import KNOWN, mark_of, open_ids
from homeward.apps.retention.models import (
    UNDECIDED,
    Ending,
    EndingKind,
    EndingState,
    Hold,
    HoldReason,
    RetentionPeriod,
    Review,
    Verdict,
)
from homeward.apps.retention.scope import ASK, CHECK, HOLD, REVIEW, SET, endings_visible_to, may_lift, sees_all
from homeward.apps.retention.sealing import HOLD_REASON, REVIEW_REASON, seal_reason
from homeward.apps.retention.two_people import moved, refuse_while_ending, require_another
from homeward.domain.codes import display_code
from homeward.domain.privacy import REASONS_TO_END
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.domain.retention import (
    ASKED_BY,
    CLOCKS,
    OF_A_CHILD,
    latest_look,
    latest_prolongation,
    listed,
)

CARRY_OUT = "retention.carry_out"
SHORTEST_REASON = 10  # characters
REASONS_TO_ERASE = tuple(reason for reason in REASONS_TO_END if reason != "retention_ended")


@dataclass(frozen=True, slots=True)
class Wish:
    """Why a child is to be erased, and whose wish it is: closed answers, for they outlast the child."""

    reason: str
    asked_for: str


def let_end(actor: Actor, code: str, clock: str) -> None:
    """It was looked at, and it may end on its day: nothing ends earlier."""
    child = child_to_decide(actor, code, REVIEW)
    found = _clock(child, clock)
    if not listed(found.limit, today_in(actor, child.organisation_id)):
        message, action = "This is not due for a review yet.", "It comes onto the list 60 days ahead."
        raise ProblemError(Problem("retention.too_early", message, action, status=409))
    with transaction.atomic():
        _review(actor, child, clock, Verdict.END, None, b"", uuid4())


def prolong(actor: Actor, code: str, clock: str, until: date, reason: str) -> None:
    """Until a day that the clock allows, with a reason that stays with the record."""
    child = child_to_decide(actor, code, REVIEW)
    _require_reason(reason)
    found = _clock(child, clock)
    latest = latest_prolongation(CLOCKS[clock], found.started, found.limit)
    if not found.limit < until <= latest:
        params = {"first": found.limit.isoformat(), "last": latest.isoformat()}
        message, action = "This day is not after {first}, or later than {last}.", "Choose a day between the two."
        raise ProblemError(Problem("retention.until", message, action, Where(field="until"), params))
    key = uuid4()
    sealed = seal_reason(child.pk, key, REVIEW_REASON, reason.strip())
    with transaction.atomic():
        _review(actor, child, clock, Verdict.PROLONG, until, sealed, key)


def _review(
    actor: Actor, child: Child, clock: str, verdict: Verdict, until: date | None, sealed: bytes, key: UUID
) -> None:
    row = Review(
        id=key,
        organisation_id=child.organisation_id,
        child=child,
        clock=clock,
        verdict=verdict,
        until=until,
        reason=sealed,
        person_id=actor.person_id,
        at=timezone.now(),
    )
    row.save(force_insert=True)
    detail = {"clock": clock, "verdict": str(verdict), "until": until.isoformat() if until else ""}
    record(actor, "review_retention", "child", child.pk, organisation_id=child.organisation_id, detail=detail)


def place_hold(actor: Actor, code: str, reason_code: str, reason: str, review_on: date) -> None:
    child = child_to_decide(actor, code, HOLD)
    _require_reason(reason)
    today = today_in(actor, child.organisation_id)
    last = latest_look(today)
    if reason_code not in HoldReason.values:
        where = Where(field="reason_code")
        raise ProblemError(Problem("retention.hold_reason", "The reason is missing.", "Choose one.", where))
    if not today < review_on <= last:
        params = {"last": last.isoformat()}
        message, action = "The day of the next look is past, or later than {last}.", "Choose a nearer day."
        raise ProblemError(Problem("retention.review_on", message, action, Where(field="review_on"), params))
    if _seems_held(actor, child):
        raise _held_already()
    key = uuid4()
    row = Hold(
        id=key,
        organisation_id=child.organisation_id,
        child=child,
        reason_code=reason_code,
        reason=seal_reason(child.pk, key, HOLD_REASON, reason.strip()),
        placed_by_id=actor.person_id,
        placed_at=timezone.now(),
        review_on=review_on,
    )
    try:
        with transaction.atomic():
            lock_child(child.pk)
            refuse_while_ending(child.pk)
            row.save(force_insert=True)
            detail = {"review_on": review_on.isoformat()}  # why stands with the hold: more people read the trace
            record(actor, "place_hold", "child", child.pk, organisation_id=child.organisation_id, detail=detail)
    except IntegrityError as error:
        raise _held_already() from error


def _held_already() -> ProblemError:
    message, action = "This record is held already.", "Lift that hold first, or leave it."
    return ProblemError(Problem("retention.held_already", message, action, status=409))


def lift_hold(actor: Actor, code: str) -> None:
    child = child_to_decide(actor, code, HOLD)
    place, row = child.organisation_id, Hold.objects.filter(child=child, lifted_at__isnull=True).first()
    may = may_lift(actor, row, everything=sees_all(actor, place, child.team_id))
    if not may:
        record(actor, HOLD, "child", child.pk, organisation_id=place, allowed=False)
    may.require()
    with transaction.atomic():
        held = Hold.objects.filter(child=child, lifted_at__isnull=True)
        if held.update(lifted_at=timezone.now(), lifted_by_id=actor.person_id):
            record(actor, "lift_hold", "child", child.pk, organisation_id=child.organisation_id)


def ask_erasure(actor: Actor, code: str, wish: Wish) -> UUID:
    """Nothing happens before a second person has said yes."""
    child = child_to_decide(actor, code, ASK)
    if wish.reason not in REASONS_TO_ERASE or wish.asked_for not in ASKED_BY:
        field = "asked_for" if wish.reason in REASONS_TO_ERASE else "reason"
        raise ProblemError(Problem("erasure.reason", "The reason is missing.", "Choose one.", Where(field=field)))
    _refuse_held(actor, child.pk, child.organisation_id, seems=_seems_held(actor, child))
    _refuse_merged(child)
    row = Ending(
        organisation_id=child.organisation_id,
        team_id=child.team_id,
        child_id=child.pk,
        code=child.code,
        kind=EndingKind.ERASURE,
        reason=wish.reason,
        asked_for=wish.asked_for,
        state=EndingState.ASKED,
        asked_by_person_id=actor.person_id,
        asked_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            detail = {"reason": wish.reason, "asked_for": wish.asked_for}
            record(actor, "ask_erasure", "child", child.pk, organisation_id=child.organisation_id, detail=detail)
    except IntegrityError as error:
        message, action = "Somebody has asked for it already.", "A focal point looks at it."
        raise ProblemError(Problem("erasure.asked_already", message, action, status=409)) from error
    return row.pk


def _refuse_merged(child: Child) -> None:
    """Else a record of the same child would stay, and nobody who asked would know."""
    codes = Child.objects.filter(pk__in=merged_with(child.pk)).order_by("code").values_list("code", flat=True)
    if codes:
        message = "Other records of this child were put together with this one: {codes}."
        action = "Ask for the erasure of these first."
        params = {"codes": ", ".join(display_code(code) for code in codes)}
        raise ProblemError(Problem("erasure.merged", message, action, params=params, status=409))


def check_erasure(actor: Actor, ending_id: UUID, *, agreed: bool, mark: str | None = None) -> None:
    """By another than who asked. With a yes it begins at once, and cannot be taken back. `mark`: of the page that was
    read, `known.mark_of`; where somebody has to act on more by now, nobody has agreed to that.
    """
    row = endings_visible_to(actor, CHECK).filter(pk=ending_id, kind=EndingKind.ERASURE).first()
    if row is None:
        raise NotVisible("ending")
    guard(actor, CHECK, row.organisation_id, what=("ending", row.pk))
    what, place = ("ending", row.pk), row.organisation_id
    require_another(actor, row.asked_by_person_id, "check_erasure", what, organisation_id=place)
    if agreed:
        _refuse_held(actor, row.child_id, row.organisation_id)
    state = EndingState.RUNNING if agreed else EndingState.REFUSED
    with transaction.atomic():
        lock_child(row.child_id)
        ids = open_ids(row) if agreed else []
        if agreed and merged_with(row.child_id):
            raise moved()
        changed = agreed and (_held(row.child_id) or mark not in (None, mark_of(row, ids)))
        done: dict[str, Any] = {"state": state, "checked_by_id": actor.person_id, "checked_at": timezone.now()}
        done |= {"report": {KNOWN: ids}} if agreed else {}
        if changed or not Ending.objects.filter(pk=row.pk, state__in=UNDECIDED).update(**done):
            raise moved()
        if agreed:
            enqueue(CARRY_OUT, ending_id=str(row.pk))
        detail = {"agreed": agreed}
        record(actor, "check_erasure", *what, organisation_id=place, child_id=row.child_id, detail=detail)


def set_period(actor: Actor, clock: str, months: int) -> None:
    """For the whole organisation. What would run out by it gets the whole notice first."""
    place = guard(actor, SET)
    if clock not in CLOCKS or not CLOCKS[clock].shortest <= months <= CLOCKS[clock].longest:
        known = CLOCKS.get(clock)
        params = {"least": known.shortest if known else 0, "most": known.longest if known else 0}
        message, action = "The time is not between {least} and {most} months.", "Choose another."
        raise ProblemError(Problem("retention.months", message, action, Where(field=clock), params))
    if Periods(Organisation.objects.get(pk=place)).of(clock).months == months:
        return
    with transaction.atomic():
        values = {"months": months, "set_on": today_in(actor, place), "set_by_id": actor.person_id}
        RetentionPeriod.objects.update_or_create(organisation_id=place, clock=clock, defaults=values)
        detail: dict[str, str | int | bool | None] = {"clock": clock, "months": months}
        record(actor, "set_retention", "organisation", place, organisation_id=place, detail=detail)


def _seems_held(actor: Actor, child: Child) -> bool:
    """What is over and has not ended is held, to everybody who may not know what stops it."""
    place = child.organisation_id
    if sees_all(actor, place, child.team_id):
        return False
    return is_over(clocks_of(Periods(Organisation.objects.get(pk=place)), child), today_in(actor, place))


def _held(child_id: UUID) -> bool:
    return Hold.objects.filter(child=child_id, lifted_at__isnull=True).exists()


def _refuse_held(actor: Actor, child_id: UUID, organisation_id: UUID, *, seems: bool = False) -> None:
    if not seems and not _held(child_id):
        return
    record(actor, ASK, "child", child_id, organisation_id=organisation_id, allowed=False)
    message, action = "This record is held for the law.", "Whoever holds it lifts the hold first."
    raise ProblemError(Problem("erasure.held", message, action, status=409))


def _clock(child: Child, clock: str) -> Running:
    if clock in OF_A_CHILD:
        periods = Periods(Organisation.objects.get(pk=child.organisation_id))
        for found in running(periods, Child.objects.filter(pk=child.pk), clock):
            return found
    raise ProblemError(
        Problem("retention.no_clock", "This clock does not run for the child.", "Look again.", status=409)
    )


def _require_reason(reason: str) -> None:
    if len(reason.strip()) < SHORTEST_REASON:
        message, action = "The reason is missing or too short.", "Say in a sentence why."
        raise ProblemError(Problem("retention.reason", message, action, Where(field="reason")))
