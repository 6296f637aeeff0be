"""A visit that was recorded wrongly: corrected, or taken back. What the record said before stays, sealed, with why; the
clock, contact, what was agreed and gaps in services follow from what it says now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import transaction

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.audit.services import record
from homeward.apps.cases.gaps import drop_gaps
from homeward.apps.visits import choices as of
from homeward.apps.visits.contacts import note_found, unsay_found
from homeward.apps.visits.models import ActionOutcome, AgreedAction, ContactFact, Visit, VisitVersion, VisitVoice
from homeward.apps.visits.recording import (
    Held,
    NewAction,
    actions_now,
    check_action,
    check_held,
    fill,
    leave_gaps,
    new_action,
    refuse_next,
    refuse_shut,
)
from homeward.apps.visits.scope import as_it_stands, day_that_was, moved, one_of, short_enough, visit_to_change
from homeward.apps.visits.sealing import PROMISE, seal_for
from homeward.apps.visits.settling import (
    UNSAID,
    Became,
    became,
    let_gap_follow,
    note_outcome,
    outcomes_noted_at,
    strike_actions,
    strike_outcomes,
)
from homeward.apps.visits.versions import keep_version, versions_seen
from homeward.domain.gaps import Source
from homeward.domain.problems import Problem, ProblemError, Where


@dataclass(frozen=True, slots=True)
class Correction:
    reason: str
    why: str = ""
    known: int = 0  # how many versions lay before what was corrected
    # What was agreed at this visit, as it is now; None: it was never agreed. What is not named stays as it is.
    agreed: Mapping[UUID, NewAction | None] = field(default_factory=dict)


def correct_visit(actor: Actor, visit_id: UUID, held: Held, correction: Correction) -> UUID:
    visit = visit_to_change(actor, visit_id)
    child = visit.child
    day = day_that_was(held.on or visit.held_on, today_in(actor, child.organisation_id), "on")
    why = _why(correction.reason, correction.why, of.CORRECTIONS)
    check_held(held, day, held.went or visit.goes, corrects=True)
    made = [new_action(actor, visit, day, each) for each in held.actions]
    with transaction.atomic():
        visit = _as_recorded(visit, correction.known)
        if (day, held.mode) != (visit.held_on, visit.held_mode):
            refuse_shut(visit, held, day)
        refuse_next(visit, held, today_in(actor, child.organisation_id))
        row = keep_version(actor, visit, correction.reason, why)
        _unsay_contact(visit)
        if held.child_seen or held.caregiver_seen:
            note_found(child, day, actor.person_id, visit)
        fill(visit, held, day)
        visit.save()
        _correct_agreed(visit, day, correction.agreed)
        for each in made:
            each.save(force_insert=True)
        _correct_kept(actor, visit, day, held)
        leave_gaps(visit, held, day)
        _say(actor, "correct_visit", visit, row)
    return visit.pk


def take_back_visit(actor: Actor, visit_id: UUID, reason: str, why: str = "", known: int = 0) -> None:
    """It was no visit to this child: nothing of it counts, and what is due is due again."""
    visit = visit_to_change(actor, visit_id)
    said = _why(reason, why, of.TAKEN_BACK)
    with transaction.atomic():
        visit = _as_recorded(visit, known)
        row = keep_version(actor, visit, reason, said)
        unsay_found(visit)
        strike_actions(AgreedAction.objects.filter(visit=visit, struck_at=None))
        strike_outcomes(outcomes_noted_at(visit))
        drop_gaps(Source.VISIT, visit.pk)
        VisitVoice.objects.filter(visit=visit).delete()
        _empty(visit)
        visit.taken_back = reason
        visit.save()
        _say(actor, "take_back_visit", visit, row)


def noted_apart(actor: Actor, visit_id: UUID) -> bool:
    """Whether something was noted of its day that hangs on no visit: it stays, however the visit is corrected."""
    visit = visit_to_change(actor, visit_id)
    if visit.held_on is None:
        return False
    said = ActionOutcome.objects.filter(action__child=visit.child_id, struck_at=None)
    found = ContactFact.objects.filter(child=visit.child_id, kind=of.ContactKind.FOUND)
    return any(rows.filter(visit=None, on=visit.held_on).exists() for rows in (said, found))


def _say(actor: Actor, verb: str, visit: Visit, row: VisitVersion) -> None:
    place, child = visit.child.organisation_id, visit.child_id
    detail: dict[str, str | int | bool | None] = {"reason": row.reason, "version": row.number}
    record(actor, verb, "visit", visit.pk, organisation_id=place, child_id=child, detail=detail)


def _empty(visit: Visit) -> None:
    visit.held_on = visit.next_on = visit.child_seen = visit.caregiver_seen = visit.harm = None
    visit.held_mode = visit.alone = visit.on_track = visit.harm_done = visit.went = ""
    visit.observed, visit.words = [], b""


def _unsay_contact(visit: Visit) -> None:
    """Whoever was lost is as lost as without this visit, before its record says anew who was seen."""
    unsay_found(visit)
    Visit.objects.filter(pk=visit.pk).update(child_seen=None, caregiver_seen=None)


def _why(reason: str, why: str, known: tuple[of.Corrected, ...]) -> str:
    one_of(reason, [str(each) for each in known], "reason")
    text = short_enough(why, "why")
    if reason == of.Corrected.OTHER and not text:
        message, action = "The reason is missing.", "Say in a few words what was wrong."
        raise ProblemError(Problem("visit.why_wrong", message, action, Where(field="why")))
    return text


def _as_recorded(visit: Visit, known: int) -> Visit:
    """As it stands at this moment, with the child held: nobody writes over what somebody else corrected meanwhile."""
    row = as_it_stands(visit)
    if row.state != "held" or versions_seen(row) != known:
        raise ProblemError(moved())
    return row


def _correct_agreed(visit: Visit, day: date, agreed: Mapping[UUID, NewAction | None]) -> None:
    for row in AgreedAction.objects.filter(visit=visit, struck_at=None):
        given = agreed.get(row.pk, row)
        if given is None:
            strike_actions([row])
            continue
        if isinstance(given, NewAction):
            text = check_action(given, day)
            row.who, row.by_when = given.who, given.by_when
            row.promise = seal_for(row.child_id, row.pk, PROMISE, text)
        elif row.by_when < day:
            message, action = "Something agreed was to be done before this day.", "Correct that day too."
            raise ProblemError(Problem("visit.by_when", message, action, Where(field="on")))
        if row.agreed_on < day:
            _refuse_after_word(row, day)
        row.agreed_on = day
        row.save(update_fields=["who", "by_when", "promise", "agreed_on"])
        let_gap_follow(row)


def _refuse_after_word(row: AgreedAction, day: date) -> None:
    if ActionOutcome.objects.filter(action=row, struck_at=None, on__lt=day).exists():
        message = "What became of something agreed here was said before this day."
        raise ProblemError(Problem("visit.said_before", message, "Correct that first.", Where(field="on")))


def _correct_kept(actor: Actor, visit: Visit, day: date, held: Held) -> None:
    """What had become of what was agreed before: only what is said otherwise now is written anew. What is not named
    stays, with the day of the visit; only what is `UNSAID` was never said.
    """
    before = {row.action_id: row for row in outcomes_noted_at(visit)}
    named = {key: became(each) for key, each in held.kept.items()}
    now = {**{key: _as_said(row) for key, row in before.items()}, **named}
    same = {key for key, row in before.items() if row.on == day and _is_same(row, now[key])}
    strike_outcomes(row for key, row in before.items() if key not in same)
    actions = actions_now(visit.child, now)
    for key, each in now.items():
        if key not in same and each.kept != UNSAID:
            at = before[key].noted_at if key in before else None
            note_outcome(actor, visit.child, actions[key], each, day, visit, at)


def _as_said(row: ActionOutcome) -> Became:
    return Became(row.kept, row.new_day, row.because, row.told, row.need)


def _is_same(row: ActionOutcome, given: Became) -> bool:
    told = (row.kept, row.new_day, row.because, row.told)
    same_need = not row.need or row.need == given.need
    return same_need and told == (given.kept, given.new_day, given.because, given.told)
