"""The contact ledger: every attempt to reach a child, what is next, and who was lost and found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.audit.services import record
from homeward.apps.cases.models import Child
from homeward.apps.cases.record_models import StruckReason
from homeward.apps.cases.services import hold_child
from homeward.apps.surveys.models import State, Submission
from homeward.apps.visits import choices as of
from homeward.apps.visits.cards import card_since, has_second, quiet_on, way_on_card, way_problem
from homeward.apps.visits.clock_models import Missed, MissedReason
from homeward.apps.visits.models import ContactAttempt, ContactFact, Visit
from homeward.apps.visits.rules import step_rules
from homeward.apps.visits.scope import (
    ATTEMPT,
    LOST,
    child_to_follow,
    child_to_read,
    day_that_was,
    one_of,
    refuse_without_help,
)
from homeward.domain.contacting import ContactEvent, Happened, Reach, reach
from homeward.domain.problems import Problem, ProblemError
from homeward.domain.protocol import CONTACT, TAKEN_BACK

SAYS: Mapping[str, Happened] = {
    of.Outcome.CHILD: Happened.REACHED,
    of.Outcome.CAREGIVER: Happened.REACHED,
    of.Outcome.SOMEBODY: Happened.VAIN,
    of.Outcome.NO_ANSWER: Happened.VAIN,
    of.Outcome.DEAD: Happened.VAIN,
    of.Outcome.MOVED: Happened.MOVED,
    of.Outcome.REFUSED: Happened.REFUSED,
    of.Outcome.UNSAFE: Happened.UNSAFE,
}
NOT_HELD: Mapping[str, Happened] = {  # other reasons say nothing about contact
    of.NotHeld.MOVED: Happened.MOVED,
    of.NotHeld.REFUSED: Happened.REFUSED,
    of.NotHeld.UNSAFE: Happened.UNSAFE,
    of.NotHeld.NOBODY: Happened.VAIN,
}
TWICE_WITHIN = timedelta(minutes=2)
BACK = (Happened.REACHED, Happened.REFUSED, Happened.FOUND)


@dataclass(frozen=True, slots=True)
class Attempt:
    channel: str
    outcome: str
    on: date | None = None  # today
    day_part: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class AttemptRow:
    on: date
    day_part: str
    channel: str
    outcome: str
    next_step: str
    by: str
    id: UUID | None = None
    struck: str = ""  # why it counts no more


def record_attempt(actor: Actor, key: UUID | str, attempt: Attempt) -> UUID:
    """Whoever is reached after being lost is found by that."""
    child = child_to_follow(actor, key, ATTEMPT)
    day = day_that_was(attempt.on, today_in(actor, child.organisation_id), "on")
    one_of(attempt.channel, of.Channels.values, "channel")
    one_of(attempt.outcome, of.Outcome.values, "outcome")
    one_of(attempt.day_part, of.DayPart.values, "day_part", empty=True)
    one_of(attempt.next_step, of.NextStep.values, "next_step", empty=True)
    _refuse_unsafe(child, attempt.channel, day)
    row = ContactAttempt(
        child=child,
        channel=attempt.channel,
        on=day,
        day_part=attempt.day_part,
        person_id=actor.person_id,
        outcome=attempt.outcome,
        next_step=attempt.next_step,
    )
    with transaction.atomic():
        hold_child(child.pk)
        if (known := _said_already(row)) is not None:
            return known
        if SAYS[attempt.outcome] in BACK:
            note_found(child, day, actor.person_id, attempt=row)
        row.noted_at = timezone.now()  # after that it was found
        row.save(force_insert=True)
        record(actor, "record_attempt", "child", child.pk, organisation_id=child.organisation_id)
    return row.pk


def _said_already(row: ContactAttempt) -> UUID | None:
    """The same attempt of the same person a moment ago: a form that was sent twice."""
    same = {name: getattr(row, name) for name in ("child_id", "channel", "on", "day_part", "person_id", "outcome")}
    rows = ContactAttempt.objects.filter(**same, noted_at__gt=timezone.now() - TWICE_WITHIN)
    return rows.values_list("pk", flat=True).first()


def _refuse_unsafe(child: Child, channel: str, day: date) -> None:
    """Whoever comes by itself is never sent away; the second contact and the community are asked in a quiet time too
    only where somebody has ended it.
    """
    if channel == of.Channels.THEY_CAME:
        return
    refuse_without_help(child, day)
    quiet = quiet_on([child.pk], day).get(child.pk)
    if quiet is not None:
        raise ProblemError(quiet_problem(quiet.since, quiet.until))
    if channel in of.ON_CARD and not way_on_card(child, channel):
        raise ProblemError(way_problem("channel"))


def shut_channels(actor: Actor, key: UUID | str) -> dict[str, str]:
    """For a page that offers ways to try: each one that is shut today, and whether a `card` or a `quiet_time` does it,
    or that there is `no_second` contact. Whoever comes by itself is never sent away.
    """
    child = child_to_read(actor, key)
    if quiet_on([child.pk], today_in(actor, child.organisation_id)):
        return {str(each): "quiet_time" for each in of.Channels if each != of.Channels.THEY_CAME}
    shut = {str(each): "card" for each in of.ON_CARD if not way_on_card(child, each)}
    return shut if has_second(child) else {**shut, str(of.Channels.SECOND_CONTACT): "no_second"}


def quiet_problem(since: date, until: date) -> Problem:
    return Problem(
        "contact.quiet",
        "From {since} until {until} nobody makes contact with this child or family.",
        "Wait until it is over. Whoever set it, or your supervisor, can end it on the safe-contact card.",
        params={"since": since.isoformat(), "until": until.isoformat()},
        status=409,
    )


def decide_lost(actor: Actor, key: UUID | str, reason: str, on: date | None = None) -> None:
    """By a supervisor, once every step was taken."""
    child = child_to_follow(actor, key, LOST)
    one_of(reason, of.LostReason.values, "reason")
    day = day_that_was(on, today_in(actor, child.organisation_id), "on")
    with transaction.atomic():
        hold_child(child.pk)
        stands = reach_of_one(child)
        if stands.state == "lost":
            message, action = "This child is recorded as lost already.", "There is nothing more to do."
            raise ProblemError(Problem("contact.lost_already", message, action, status=409))
        if not stands.last_step:
            message = "Not every step was tried yet, so nobody is lost."
            action = "Take the step that stands on the child's page, and record each attempt."
            raise ProblemError(Problem("contact.not_tried", message, action, status=409))
        _decide(actor, child, of.ContactKind.LOST, day, reason)


def find_again(actor: Actor, key: UUID | str, on: date | None = None, how: str = of.FoundHow.SEEN) -> None:
    """Somebody saw the child, or says where it is; who reaches it by an attempt needs no such word."""
    child = child_to_follow(actor, key, ATTEMPT)
    one_of(how, of.FoundHow.values, "how")
    day = day_that_was(on, today_in(actor, child.organisation_id), "on")
    with transaction.atomic():
        hold_child(child.pk)
        if reach_of_one(child).state != "lost":
            message, action = "This child is not recorded as lost.", "There is nothing to do."
            raise ProblemError(Problem("contact.not_lost", message, action, status=409))
        _decide(actor, child, of.ContactKind.FOUND, day, how=how)


def _decide(actor: Actor, child: Child, kind: of.ContactKind, day: date, reason: str = "", how: str = "") -> None:
    row = ContactFact(child=child, kind=kind, on=day, reason=reason, how=how, person_id=actor.person_id)
    row.save(force_insert=True)
    detail = {"kind": str(kind)}
    record(actor, "decide_contact", "child", child.pk, organisation_id=child.organisation_id, detail=detail)


def note_found(
    child: Child,
    day: date,
    person_id: UUID | None,
    visit: Visit | None = None,
    attempt: ContactAttempt | None = None,
) -> None:
    """In the caller's transaction, with the child held: the fact, where it was lost until now; and the visit or the
    attempt that found it. Of an attempt that is not saved yet the database asks at the end.
    """
    lost = ContactFact.objects.filter(child=child, kind=of.ContactKind.LOST).order_by("-on").first()
    if lost is not None and lost.on <= day and reach_of_one(child).state == "lost":
        row = ContactFact(child=child, kind=of.ContactKind.FOUND, on=day, how=of.FoundHow.SEEN, person_id=person_id)
        row.visit, row.attempt_id = visit, attempt.pk if attempt is not None else None
        row.save(force_insert=True)


def unsay_found(visit: Visit) -> None:
    """In the caller's transaction, with the child held: the record of this visit says otherwise now."""
    ContactFact.objects.filter(visit=visit, kind=of.ContactKind.FOUND).delete()


def strike_attempt(actor: Actor, key: UUID | str, attempt_id: UUID | str, reason: str) -> None:
    """It was recorded by mistake: it stays to be read, with why, and counts no more; nor does whom it found."""
    child = child_to_follow(actor, key, ATTEMPT)
    one_of(reason, StruckReason.values, "reason")
    with transaction.atomic():
        hold_child(child.pk)
        row = ContactAttempt.objects.filter(child=child, pk=attempt_id, struck_at=None).first()
        if row is None:
            message, action = "This attempt stands otherwise by now.", "Look at the page again."
            raise ProblemError(Problem("contact.struck", message, action, status=409))
        ContactFact.objects.filter(attempt=row).delete()
        row.was, row.outcome, row.struck_why = row.outcome, "", reason
        row.struck_by_id, row.struck_at = actor.person_id, timezone.now()
        row.save(update_fields=["was", "outcome", "struck_why", "struck_by", "struck_at"])
        detail = {"reason": reason}
        record(actor, "strike_out", "child", child.pk, organisation_id=child.organisation_id, detail=detail)


def attempts_of(actor: Actor, key: UUID | str) -> tuple[AttemptRow, ...]:
    """The newest first."""
    child = child_to_read(actor, key)
    rows = ContactAttempt.objects.filter(child=child).select_related("person").order_by("-on", "-noted_at")
    return tuple(
        AttemptRow(
            *(row.on, row.day_part, row.channel, row.outcome or row.was, row.next_step, str(row.person or "")),
            *(row.pk, row.struck_why),
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class FactRow:
    """A decision: lost, or found again."""

    on: date
    kind: str
    why: str  # of the loss
    how: str  # it was found
    by: str


def decisions_of(actor: Actor, key: UUID | str) -> tuple[FactRow, ...]:
    """The newest first."""
    rows = ContactFact.objects.filter(child=child_to_read(actor, key)).select_related("person")
    return tuple(
        FactRow(row.on, row.kind, row.reason, row.how, str(row.person or ""))
        for row in rows.order_by("-on", "-noted_at")
    )


def found_on(actor: Actor, key: UUID | str) -> date | None:
    """The day on which the child was found again, as long as no card was written since: where it lives and how it may
    be reached is likely another thing now.
    """
    child = child_to_read(actor, key)
    last = ContactFact.objects.filter(child=child).order_by("-on", "-noted_at").first()
    if last is None or last.kind != of.ContactKind.FOUND or card_since(child, last.noted_at):
        return None
    return last.on


def reach_of(actor: Actor, key: UUID | str) -> Reach:
    return reach_of_one(child_to_read(actor, key))


def reach_of_one(child: Child) -> Reach:
    return reaches([child.pk])[child.pk]


def reaches(child_ids: Iterable[UUID]) -> dict[UUID, Reach]:
    """For children that the caller may count: a fixed number of queries."""
    keys = list(child_ids)
    found: dict[UUID, list[tuple[date, datetime, ContactEvent]]] = {key: [] for key in keys}
    for child_id, at, event in _events(keys):
        found[child_id].append((event.day, at, event))
    rules = step_rules()
    return {
        key: reach([event for *_, event in sorted(rows, key=lambda row: row[:2])], rules) for key, rows in found.items()
    }


def _events(keys: list[UUID]) -> Iterator[tuple[UUID, datetime, ContactEvent]]:
    attempts = ContactAttempt.objects.filter(child_id__in=keys, struck_at=None)
    for child_id, day, at, outcome, channel in attempts.values_list("child_id", "on", "noted_at", "outcome", "channel"):
        yield child_id, at, ContactEvent(day, SAYS[outcome], channel)
    facts = ContactFact.objects.filter(child_id__in=keys).values_list("child_id", "on", "noted_at", "kind", "how")
    for child_id, day, at, kind, how in facts:
        found = Happened.HEARD if how == of.FoundHow.HEARD else Happened.FOUND
        yield child_id, at, ContactEvent(day, Happened.LOST if kind == of.ContactKind.LOST else found)
    visits = Visit.objects.filter(child_id__in=keys, closed_at__isnull=False).only(
        "child_id", "planned_on", "held_on", "not_held", "child_seen", "caregiver_seen", "mode", "closed_at"
    )
    for visit in visits:
        if visit.held_on is not None and (visit.child_seen or visit.caregiver_seen) and visit.closed_at:
            yield visit.child_id, visit.closed_at, ContactEvent(visit.held_on, Happened.REACHED, visit.mode)
        elif visit.not_held in NOT_HELD and visit.closed_at:
            day = min(visit.planned_on, visit.closed_at.date())
            yield visit.child_id, visit.closed_at, ContactEvent(day, NOT_HELD[visit.not_held], visit.mode)
    yield from _said_to_have_moved(keys)
    interviews = Submission.objects.filter(child_id__in=keys, state=State.ACCEPTED)
    for child_id, day, at in interviews.values_list("child_id", "interviewed_on", "received_at"):
        if child_id is not None and day <= at.date():
            yield child_id, at, ContactEvent(day, Happened.REACHED)


def _said_to_have_moved(keys: list[UUID]) -> Iterator[tuple[UUID, datetime, ContactEvent]]:
    """Why a contact did not take place: who has moved is looked for. What was said by mistake says nothing."""
    found: dict[UUID, list[tuple[date, datetime, str]]] = {}
    rows = Missed.objects.filter(child_id__in=keys, point=CONTACT).order_by("on_day", "said_at")
    for child_id, day, at, reason in rows.values_list("child_id", "on_day", "said_at", "reason"):
        said = found.setdefault(child_id, [])
        if reason != TAKEN_BACK:
            said.append((day, at, reason))
        elif said:
            said.pop()
    for child_id, said in found.items():
        for day, at, reason in said:
            if reason == MissedReason.MOVED:
                yield child_id, at, ContactEvent(day, Happened.MOVED)
