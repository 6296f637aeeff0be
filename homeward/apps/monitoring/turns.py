"""Turns of a child's life in which several things follow at once: it left again, it came back, it died. Each is told
once, and all that follows is written in one transaction. What follows from other turns is done where it belongs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.cases.case_queries import open_actions_of
from homeward.apps.cases.closing import Ending, ask_end, reopen, withdraw_end
from homeward.apps.cases.consents import consent_of
from homeward.apps.cases.deciding import child_to_decide
from homeward.apps.cases.documents import State
from homeward.apps.cases.models import CaseStep, Child, EndRequest, Status
from homeward.apps.cases.plans import record_outcome
from homeward.apps.cases.recording import add_entry
from homeward.apps.cases.returns import end_episode, last_return
from homeward.apps.cases.risk import refuse_closed
from homeward.apps.cases.sealing import birth_date_of
from homeward.apps.cases.services import hold_child
from homeward.apps.surveys.grown_up import adult_survey
from homeward.apps.visits.cards import quiet_on, set_quiet_time
from homeward.apps.visits.clock_models import Pause, PauseReason
from homeward.apps.visits.planning import call_off
from homeward.apps.visits.services import pause_child, resume_child
from homeward.domain.consent import Ask
from homeward.domain.problems import Problem, ProblemError, Where

CHANGE = "children.change"
DEATH, LEFT = "death", "migrated_again"
QUIET = timedelta(days=90)  # nobody makes contact with a family in grief


@dataclass(frozen=True, slots=True)
class Coming:
    """Of somebody who came back once more."""

    returned_on: date
    basis: str = "known"
    from_country: str = ""
    kind: str = "unknown"
    came_with: str = "unknown"
    said_by: str = "unknown"


def leave_again(
    actor: Actor, code: str, left_on: date, *, end: bool = False, told: str = "no", words: str = ""
) -> None:
    """The episode ends on that day and the clock stands still from it. The case stays open for a child who may come
    back; or its end is asked for, and then nothing of the plan stays open. Told twice it is as told once.
    """
    found = child_to_decide(actor, code, CHANGE)  # a refusal is written down outside the transaction
    with transaction.atomic():
        child = _to_turn(found)
        end_episode(actor, child, left_on)
        _stand_still(actor, child, left_on, PauseReason.AWAY)
        call_off(actor, child.pk, "child_away")
        if end and not _end_waits(child):
            _settle_actions(actor, child, "moved", left_on)
            ask_end(actor, child.code, Ending(LEFT, told=told, words=words, early=words))


def record_death(actor: Actor, code: str, died_on: date, words: str = "") -> None:
    """Nothing more is due, no visit stays planned, nobody makes contact, and the end of the case is asked for: a second
    person agrees to it, and never has to say why it is early. Told twice it is as told once.
    """
    found = child_to_decide(actor, code, CHANGE)
    with transaction.atomic():
        child = _to_turn(found, again=DEATH)
        today = today_in(actor, child.organisation_id)
        if died_on > today:
            message, action = "This day is in the future.", "Correct the date."
            raise ProblemError(Problem("turn.future", message, action, Where(field="died_on")))
        waits = _end_waits(child)
        if waits is not None and waits.reason == DEATH:
            return
        if waits is not None:  # the end that somebody asked for has another reason now
            withdraw_end(actor, child.code, waits.pk)
        _stand_still(actor, child, died_on, PauseReason.ILLNESS)
        call_off(actor, child.pk, "other")
        if child.pk not in quiet_on([child.pk], today):
            set_quiet_time(actor, child.code, today, today + QUIET, "grief")
        _settle_actions(actor, child, "other", died_on)
        ask_end(actor, child.code, Ending(DEATH, told="not_possible", words=words))


def come_back(actor: Actor, code: str, coming: Coming) -> UUID:
    """A new episode with a clock of its own: a case that was closed is open again, an end that waits is withdrawn, and
    the clock no longer stands still.
    """
    found = child_to_decide(actor, code, CHANGE)
    with transaction.atomic():
        child = _held(found)
        _refuse_after_death(child)
        _refuse_wrong_order(child, coming.returned_on)
        if child.status in (Status.CLOSED, Status.TRANSFERRED):
            reopen(actor, child.code, "came_back")
        waits = _end_waits(child)
        if waits is not None:
            withdraw_end(actor, child.code, waits.pk)
        _let_go_on(actor, child, coming.returned_on)
        values = {
            "returned_on": coming.returned_on,
            "basis": coming.basis,
            "from_country": coming.from_country,
            "kind": coming.kind,
            "came_with": coming.came_with,
        }
        return add_entry(actor, child.pk, "returns", values, said_by=coming.said_by)


def _held(child: Child) -> Child:
    hold_child(child.pk)
    child.refresh_from_db()
    return child


def _to_turn(found: Child, again: str = "") -> Child:
    """The child, held, of a case that is open."""
    child = _held(found)
    refuse_closed(child)
    if again != DEATH:
        _refuse_after_death(child)
    return child


def _end_waits(child: Child) -> EndRequest | None:
    return EndRequest.objects.filter(child=child, state=State.SUBMITTED).first()


def has_died(child: Child) -> bool:
    """By what is recorded: an end that waits, or the last step of a case that is closed."""
    waits, last = _end_waits(child), CaseStep.objects.filter(child=child).order_by("number").last()
    closed = child.status != Status.OPEN and last is not None and last.reason == DEATH
    return closed or (waits is not None and waits.reason == DEATH)


def _refuse_after_death(child: Child) -> None:
    if has_died(child):
        message = "It is recorded that this child has died."
        action = "If that was a mistake, take it back on the page “Plan” first."
        raise ProblemError(Problem("turn.after_death", message, action, status=409))


def _refuse_wrong_order(child: Child, day: date) -> None:
    last = last_return(child)
    known = max((each for each in (child.return_date, last and last.returned_on) if each), default=None)
    if known is not None and day == known:
        message, action = "A return on this day is recorded.", "There is nothing to do."
        raise ProblemError(Problem("turn.return_twice", message, action, Where(field="returned_on"), status=409))
    if known is not None and day < known:
        message = "This day lies before the last return."
        action = "An earlier return is added under “What is recorded”."
        raise ProblemError(Problem("turn.return_before", message, action, Where(field="returned_on")))
    if last is not None and last.left_on is not None and day < last.left_on:
        message = "This day lies before the day on which the child left again."
        raise ProblemError(Problem("turn.before_leaving", message, "Correct one of both.", Where(field="returned_on")))


def _stand_still(actor: Actor, child: Child, day: date, reason: str) -> None:
    """From that day, or from the end of the last pause where that lies after it. One that runs already goes on."""
    today = today_in(actor, child.organisation_id)
    last = Pause.objects.filter(child=child).order_by("since").last()
    if last is not None and (last.until is None or last.until > today):
        return
    since = day if last is None else max(day, last.until or day, last.since + timedelta(days=1))
    if since <= today:
        pause_child(actor, child.code, reason, since=since)
    elif last is not None:  # it went on today: it stands still again
        Pause.objects.filter(pk=last.pk).update(until=None, resumed_by=None, resumed_at=None)


def _let_go_on(actor: Actor, child: Child, day: date) -> None:
    """A day that is still to come is refused with the entry of the return, and nothing of this stays."""
    running = Pause.objects.filter(child=child, until=None).first()
    if running is not None and day <= today_in(actor, child.organisation_id):
        resume_child(actor, child.code, max(day, running.since))


def _settle_actions(actor: Actor, child: Child, because: str, day: date) -> None:
    """What was agreed is not to be done any more, and nobody has to say so of each by hand."""
    for action in open_actions_of(actor, child.pk):
        record_outcome(actor, child.code, action.line, "not_done", because=because, on=day)


def turned(years: int, birth: date) -> date:
    """The first of the month, as bands change, so that it does not tell the birthday."""
    return date(birth.year + years, birth.month, 1)


def turns_of_age(birth: date, since: date, until: date) -> Iterator[tuple[int, date]]:
    for years in (12, 15, 18):
        if since <= (day := turned(years, birth)) <= until:
            yield years, day


@dataclass(frozen=True, slots=True)
class Grown:
    """How a child stands to being grown up."""

    on: date  # the first of that month
    now: bool
    estimated: bool
    asks: tuple[Ask, ...]  # who is to be asked anew; the person alone answers now
    survey: str  # how far the organisation has come with a survey for grown-ups; empty before it is needed


@dataclass(frozen=True, slots=True)
class Standing:
    """What the guide through the turns of a life says of this child."""

    open: bool
    died: bool  # it is recorded, whether or not a second person has agreed to the end
    left_on: date | None
    paused: bool
    end_waits: UUID | None
    end_reason: str
    actions: int  # of the plan, that are open
    grown: Grown | None


def turns_of(actor: Actor, child_id: UUID) -> Standing:
    """The page has written down that the record was looked at."""
    child = child_to_decide(actor, child_id, CHANGE)
    today, waits = today_in(actor, child.organisation_id), _end_waits(child)
    last = last_return(child)
    paused = any(each.until is None or each.until > today for each in Pause.objects.filter(child=child))
    return Standing(
        child.status == Status.OPEN,
        has_died(child),
        last.left_on if last is not None else None,
        paused,
        waits.pk if waits is not None else None,
        waits.reason if waits is not None else "",
        len(open_actions_of(actor, child.pk)),
        _grown(actor, child, today),
    )


def _grown(actor: Actor, child: Child, today: date) -> Grown | None:
    birth = birth_date_of(child)
    if birth is None:
        return None
    on = turned(18, birth)
    now = on <= today
    asks = consent_of(actor, child.pk).asks if now else ()
    return Grown(on, now, child.birth_estimated, asks, str(adult_survey(actor)) if now else "")
