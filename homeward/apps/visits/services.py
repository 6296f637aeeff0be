"""Stopping the clock of a child and letting it go on; saying why a round did not take place."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.audit.services import record
from homeward.apps.cases.deciding import child_to_decide
from homeward.apps.cases.models import Child
from homeward.apps.cases.passing_on import accept_transfer
from homeward.apps.cases.risk import refuse_closed
from homeward.apps.cases.services import hold_child
from homeward.apps.visits.clock import day_for, follow_up_of_child
from homeward.apps.visits.clock_models import OF_A_ROUND, PAUSES_TO_CHOOSE, Missed, Pause, PauseReason
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.domain.protocol import CONTACT, TAKEN_BACK, FollowUp, Point, State

CHANGE = "follow_up.change"
# A reason may be given for what is open, and for what is over and was not done by everybody.
NOT_DONE = (State.COMING, State.DUE, State.TOLERATED, State.LATE, State.MISSED, State.PARTLY)


def pause_child(actor: Actor, code: str, reason: str, since: date | None = None, until: date | None = None) -> UUID:
    """From a day on nothing is due, until the day that is given or until somebody lets it go on."""
    child = _child(actor, code)
    today = today_in(actor, child.organisation_id)
    day = since or today
    _check_pause(reason, day, until, today)
    row = Pause(child=child, since=day, until=until, reason=reason, said_by_id=actor.person_id, said_at=timezone.now())
    with transaction.atomic():
        hold_child(child.pk)
        if _running(child.pk, day) is not None or Pause.objects.filter(child=child, since__gte=day).exists():
            message, action = "The clock stands still already on that day.", "Let it go on first."
            raise ProblemError(Problem("pause.twice", message, action, Where(field="since"), status=409))
        row.save(force_insert=True)
        record(actor, "pause_child", "child", child.pk, organisation_id=child.organisation_id)
    return row.pk


def take_over(actor: Actor, transfer_id: UUID) -> str:
    """Accepts a case that another organisation offers, in one transaction with what follows for the clock: it begins
    here on this day, and nobody here is late for the time before.
    """

    def begin(child: Child) -> None:
        today = day_for(child)  # what is due here goes by the child's own calendar
        if child.return_date is not None and child.return_date < today:
            before = {"since": child.return_date, "until": today, "reason": PauseReason.BEFORE}
            Pause.objects.create(child=child, **before, said_by_id=actor.person_id, said_at=timezone.now())

    return accept_transfer(actor, transfer_id, begin)


def resume_child(actor: Actor, code: str, day: date | None = None) -> None:
    """The clock runs again from this day on: today where none is given."""
    child = _child(actor, code)
    today = today_in(actor, child.organisation_id)
    on = day or today
    with transaction.atomic():
        hold_child(child.pk)
        row = _running(child.pk, today)
        if row is None:
            message, action = "The clock of this child runs.", "There is nothing to do."
            raise ProblemError(Problem("pause.none", message, action, status=409))
        if on > today or on < row.since:
            message, action = "It goes on today, or on a day since it stood still.", "Choose such a day."
            raise ProblemError(Problem("pause.order", message, action, Where(field="day")))
        done = {"until": on, "resumed_by_id": actor.person_id, "resumed_at": timezone.now()}
        Pause.objects.filter(pk=row.pk).update(**done)
        record(actor, "resume_child", "child", child.pk, organisation_id=child.organisation_id)


def say_missed(actor: Actor, code: str, point: str, reason: str) -> UUID:
    """Why a round, or the contact that is due, does not take place. An interview outdoes it."""
    child = _child(actor, code)
    if reason != TAKEN_BACK and reason not in dict(OF_A_ROUND):
        where = Where(field="reason")
        raise ProblemError(Problem("missed.reason", "The reason is missing.", "Choose one.", where))
    day = today_in(actor, child.organisation_id)
    _require_open_point(follow_up_of_child(child, day), point, reason)
    if (point, reason) == (CONTACT, TAKEN_BACK) and contact_said(child.pk) is None:
        message, action = "No reason is recorded for the contact.", "There is nothing to take back."
        raise ProblemError(Problem("missed.nothing_said", message, action, Where(field="point"), status=409))
    row = Missed(
        child=child, point=point, on_day=day, reason=reason, said_by_id=actor.person_id, said_at=timezone.now()
    )
    with transaction.atomic():
        row.save(force_insert=True)
        detail = {"point": point, "reason": reason}
        record(actor, "say_missed", "child", child.pk, organisation_id=child.organisation_id, detail=detail)
    return row.pk


def contact_said(child_id: UUID) -> Missed | None:
    """The newest word about the contact, unless it was said by mistake."""
    row = Missed.objects.filter(child=child_id, point=CONTACT).order_by("on_day", "said_at").last()
    return row if row is not None and row.reason != TAKEN_BACK else None


def _child(actor: Actor, code: str) -> Child:
    child = child_to_decide(actor, code, CHANGE)
    refuse_closed(child)
    return child


def _running(child_id: UUID, day: date) -> Pause | None:
    rows = Pause.objects.filter(child=child_id, since__lte=day)
    return next((row for row in rows if row.until is None or row.until > day), None)


def _check_pause(reason: str, since: date, until: date | None, today: date) -> None:
    found = []
    if reason not in dict(PAUSES_TO_CHOOSE):
        found.append(Problem("pause.reason", "The reason is missing.", "Choose one.", Where(field="reason")))
    if since > today:
        message, action = "This day is still to come.", "Give today or a day before."
        found.append(Problem("pause.future", message, action, Where(field="since")))
    if until is not None and until <= since:
        message, action = "It goes on before it stands still.", "Give a later day, or leave it empty."
        found.append(Problem("pause.order", message, action, Where(field="until")))
    if found:
        raise ProblemError(found)


def _require_open_point(found: FollowUp, point: str, reason: str) -> None:
    if point == CONTACT:
        allowed = found.contact is not None
    else:
        states = {each.round.code: each for each in found.points}
        each = states.get(point)
        allowed = each is not None and _fits(each, reason)
    if not allowed:
        message, action = "This round is not open: nothing has to be said about it.", "Look at the list again."
        raise ProblemError(Problem("missed.not_open", message, action, Where(field="point"), status=409))


def _fits(point: Point, reason: str) -> bool:
    """What was said of one who was not asked can be taken back while it stands, also of a round that was held."""
    if reason == TAKEN_BACK:
        return bool(point.not_asked) or (point.state in NOT_DONE and bool(point.reason))
    return point.state in NOT_DONE
