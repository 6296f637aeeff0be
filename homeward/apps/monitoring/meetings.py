"""Recording a review meeting, and what was recorded. Nothing of it is ever changed; a mistake is said in another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, permit, today_in
from homeward.apps.access.models import Person
from homeward.apps.audit.services import record
from homeward.apps.cases.deciding import child_to_decide
from homeward.apps.cases.models import Child, Status
from homeward.apps.cases.queries import find_within
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.cases.services import hold_child
from homeward.apps.monitoring.called import SEE, Reason, looked_at
from homeward.apps.monitoring.facts import watched
from homeward.apps.monitoring.models import Heard, Outcome, Part, ReviewMeeting, RulesSince
from homeward.apps.monitoring.sealing import CHILD_VIEW, DECIDED, REASON, seal_of_meeting, words_of
from homeward.apps.safeguarding.scope import RECEIVES
from homeward.domain.lifecycle import not_open
from homeward.domain.problems import Problem, ProblemError, Where

RECORD = "reviews.record"
LONGEST_TEXT = 4_000
TOO_LONG, SHORTER = "This is longer than fits here.", "Say it in fewer words."
# What an outcome needs beside it. What was passed on needs the same as something else that was agreed, so that nothing
# beside it tells the two apart.
NEEDS_WORDS = (Outcome.VARIED, Outcome.TO_CLOSE)
NEEDS_CHECK = (Outcome.VARIED, Outcome.STAYS)


@dataclass(frozen=True, slots=True)
class MeetingFacts:
    """What people write down of it. `reason`: why the plan stays; `decided`: what was decided instead."""

    held_on: date
    took_part: tuple[str, ...]
    child_heard: str
    outcome: str
    child_view: str = ""
    reason: str = ""
    decided: str = ""
    check_on: date | None = None


@dataclass(frozen=True, slots=True)
class MeetingRow:
    id: UUID
    held_on: date
    took_part: tuple[str, ...]
    child_heard: str
    outcome: str
    check_on: date | None
    recorded_by: str
    reasons: tuple[Reason, ...]  # what was known then and calls for a meeting
    with_words: bool
    child_view: str = ""
    reason: str = ""
    decided: str = ""


def record_meeting(actor: Actor, code: str, facts: MeetingFacts, meeting_id: UUID) -> UUID:
    """`meeting_id` comes from the page: the same page sent twice records one meeting."""
    child = child_to_decide(actor, code, RECORD)
    find_within(actor, child.pk, RECORD)  # one role may reach the child, and another carry the right
    place = child.organisation_id
    _check(facts, today_in(actor, place))
    row = _row(child, facts, meeting_id, actor)
    try:
        with transaction.atomic():
            hold_child(child.pk)
            _require_open(child.pk)
            row.save(force_insert=True)
            record(actor, "record_review", "child", child.pk, organisation_id=place)
    except IntegrityError:
        if not ReviewMeeting.objects.filter(pk=meeting_id, child=child.pk, recorded_by=actor.person_id).exists():
            raise
    return meeting_id


def may_record(child: Child) -> Problem | None:
    """Why nothing more is recorded of this child; None where it may be."""
    if child.status == Status.OPEN and child.identity_ended_on is None and child.record_ended_on is None:
        return None
    return not_open(child.status, "review.ended")


def meetings_of(actor: Actor, child_id: UUID) -> tuple[MeetingRow, ...]:
    """The newest first. The caller has written down the look. Words are for those who work on the case; that something
    went to those who protect children is for these alone.
    """
    child = children_visible_to(actor, SEE, one=True).filter(pk=child_id).first()
    if child is None:
        return ()
    rows = list(ReviewMeeting.objects.filter(child=child).select_related("recorded_by"))
    if not rows:
        return ()
    place = child.organisation_id
    words = children_visible_to(actor, RECORD, one=True).filter(pk=child_id).exists()
    protects = bool(permit(actor, RECEIVES["focal"], organisation_id=place))
    (seen,) = watched(children_visible_to(actor, SEE, one=True).filter(pk=child_id))
    reasons = looked_at(actor, seen, [row.held_on for row in rows], today_in(actor, place))
    last = {row.held_on: row.pk for row in rows}  # of two on one day the later one has the reasons
    return tuple(
        _shown(row, reasons[row.held_on] if last[row.held_on] == row.pk else (), words=words, protects=protects)
        for row in reversed(rows)
    )


def meeting_days(actor: Actor, child: Child) -> tuple[tuple[date, str, datetime], ...]:
    """When meetings were and how they ended, without a word of them: for the journey of a child within reach. What went
    to those who protect children is for these alone, as in `meetings_of`.
    """
    protects = bool(permit(actor, RECEIVES["focal"], organisation_id=child.organisation_id))
    rows = ReviewMeeting.objects.filter(child=child).values_list("held_on", "outcome", "recorded_at")
    hidden = () if protects else (Outcome.PASSED_ON,)
    return tuple((day, str(Outcome.OTHER) if outcome in hidden else outcome, at) for day, outcome, at in rows)


def begin_rules(actor: Actor, since: date) -> None:
    """For whoever sets up a house: what is about an earlier day calls for no meeting there."""
    if actor.kind != "system" or actor.organisation_id is None:
        raise PermissionError("for the system alone")
    RulesSince.objects.update_or_create(organisation_id=actor.organisation_id, defaults={"since": since})


def _shown(row: ReviewMeeting, reasons: Sequence[Reason], *, words: bool, protects: bool) -> MeetingRow:
    hidden = row.outcome == Outcome.PASSED_ON and not protects
    sealed = {"child_view": CHILD_VIEW, "reason": REASON, "decided": DECIDED}
    opened = {name: words_of(row, field, getattr(row, name)) for name, field in sealed.items()} if words else {}
    return MeetingRow(
        row.pk,
        row.held_on,
        tuple(row.took_part),
        row.child_heard,
        Outcome.OTHER if hidden else row.outcome,
        row.check_on,
        _name(row.recorded_by),
        tuple(reasons),
        words,
        **opened,
    )


def _name(person: Person | None) -> str:
    return person.display_name if person is not None else ""


def _row(child: Child, facts: MeetingFacts, key: UUID, actor: Actor) -> ReviewMeeting:
    view = facts.child_view if facts.child_heard == Heard.SAID else ""
    stays = facts.outcome == Outcome.STAYS
    return ReviewMeeting(
        id=key,
        child_id=child.pk,
        held_on=facts.held_on,
        took_part=[part for part in Part.values if part in facts.took_part],
        child_heard=facts.child_heard,
        child_view=seal_of_meeting(child.pk, key, CHILD_VIEW, view.strip()),
        outcome=facts.outcome,
        reason=seal_of_meeting(child.pk, key, REASON, facts.reason.strip() if stays else ""),
        decided=seal_of_meeting(child.pk, key, DECIDED, "" if stays else facts.decided.strip()),
        check_on=None if facts.outcome == Outcome.TO_CLOSE else facts.check_on,
        recorded_by_id=actor.person_id,
        recorded_at=timezone.now(),
    )


def _require_open(child_id: UUID) -> None:
    """With the row of the child locked, so that it does not end at the same moment."""
    problem = may_record(Child.objects.only("status", "identity_ended_on", "record_ended_on").get(pk=child_id))
    if problem is not None:
        raise ProblemError(problem)


def _check(facts: MeetingFacts, today: date) -> None:
    rows = (*_about_the_meeting(facts, today), *_about_the_outcome(facts))
    found = [
        Problem(f"review.{code}", message, action, Where(field=name))
        for wrong, code, name, message, action in rows
        if wrong
    ]
    if found:
        raise ProblemError(found)


Check = tuple[bool, str, str, str, str]  # whether it is wrong, code, field, what is wrong, what to do


def _about_the_meeting(facts: MeetingFacts, today: date) -> tuple[Check, ...]:
    silent = facts.child_heard == Heard.SAID and not facts.child_view.strip()
    return (
        (
            *(facts.held_on > today, "future", "held_on"),
            *("This day has not come yet.", "Record the meeting once it was held."),
        ),
        (
            *(not set(facts.took_part) & {*Part.values}, "alone", "took_part"),
            *("Nobody took part.", "Choose at least one."),
        ),
        (
            *(facts.child_heard not in Heard.values, "heard", "child_heard"),
            *("It is not said whether the child was heard.", "Choose one."),
        ),
        (
            *(silent, "view", "child_view"),
            *("What the child thinks is missing.", "Write it in the child's own words."),
        ),
        (len(facts.child_view) > LONGEST_TEXT, "long", "child_view", TOO_LONG, SHORTER),
    )


def _about_the_outcome(facts: MeetingFacts) -> tuple[Check, ...]:
    stays, check = facts.outcome == Outcome.STAYS, facts.check_on
    words = facts.reason if stays else facts.decided
    missing = not words.strip()
    return (
        (
            *(facts.outcome not in Outcome.values, "outcome", "outcome"),
            *("It is not said how the meeting ended.", "Choose one."),
        ),
        (stays and missing, "reason", "reason", "The reason is missing.", "Say why the plan stays as it is."),
        (
            *(facts.outcome in NEEDS_WORDS and missing, "decided", "decided"),
            *("What was decided is missing.", "Say it in a few words."),
        ),
        (len(words) > LONGEST_TEXT, "long", "reason" if stays else "decided", TOO_LONG, SHORTER),
        (
            *(check is None and facts.outcome in NEEDS_CHECK, "check", "check_on"),
            *("The day is missing on which somebody looks whether it helped.", "Choose one."),
        ),
        (
            *(check is not None and check <= facts.held_on, "check_early", "check_on"),
            *("This day is not after the meeting.", "Choose a later day."),
        ),
    )
