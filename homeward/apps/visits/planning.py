"""Before a visit: the check, the plan, and what a supervisor may decide where the check forbids it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.audit.services import record
from homeward.apps.cases.models import Child, Relation, RelationKind, Status
from homeward.apps.cases.queries import ChildRow, child_row
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.visits import choices as of
from homeward.apps.visits.begun import Step, planned_already
from homeward.apps.visits.cards import cards_of, quiet_on, way_problem
from homeward.apps.visits.models import Visit
from homeward.apps.visits.safe_days import refuse_unsafe
from homeward.apps.visits.scope import (
    LIFT,
    OLDEST,
    RECORD,
    child_to_follow,
    moved,
    one_of,
    refuse_without_help,
    short_enough,
    visit_to_change,
    visits_visible_to,
)
from homeward.apps.visits.sealing import LIFTED_WHY, seal_for
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.domain.visiting import (
    QUESTIONS,
    Answer,
    Check,
    Mode,
    Verdict,
    days_left,
    may_go,
    modes_after_lift,
    next_safe,
    verdict,
    ways_left,
    why_shut,
)

LATEST = timedelta(days=366)
MOST_TOGETHER = 12
ANSWERS = {of.Likely.NO: Answer.NO, of.Likely.PERHAPS: Answer.PERHAPS, of.Likely.YES: Answer.YES}
WORDS = {answer: str(word) for word, answer in ANSWERS.items()}


@dataclass(frozen=True, slots=True)
class Plan:
    on: date
    mode: str = ""  # of a visit that is blocked: none
    goes: str = of.Goes.STAFF
    interpreter: bool = False
    same_sex_asked: bool = False


def judge(actor: Actor, keys: Sequence[UUID | str], check: Check, on: date) -> Verdict:
    """For all children of one visit: what any of their cards or quiet times shuts is shut."""
    return _judged([child_to_follow(actor, key, RECORD) for key in keys], check, on)


def _judged(children: Sequence[Child], check: Check, on: date) -> Verdict:
    ids = [child.pk for child in children]
    return verdict(check, on_cards(ids), quiet=bool(quiet_on(ids, on)))


def on_cards(child_ids: Sequence[UUID]) -> frozenset[Mode] | None:
    """Ways that the cards of all of them allow; None where there is no card."""
    return ways_left(card.channels for card in cards_of(child_ids).values())


def shut_ways(actor: Actor, keys: Sequence[UUID | str], check: Check) -> dict[str, str]:
    """For a page that offers ways: each one that is shut, with what shuts it."""
    children = [child_to_follow(actor, key, RECORD) for key in keys]
    found = why_shut(check, on_cards([child.pk for child in children]))
    return {str(mode): why for mode, why in found.items() if why}


def ways_of(visit: Visit, day: date) -> dict[str, str]:
    """Of a visit that is not made: each way, and what shuts it; empty: open to a supervisor, or for a new plan.
    In a time without contact all are shut. The caller has asked who may read it.
    """
    ids = [each.child_id for each in together_with(visit)]
    if quiet_on(ids, day):
        return {str(mode): "quiet_time" for mode in Mode}
    lifted = visit.state == "blocked"
    return {str(mode): why for mode, why in why_shut(check_of(visit), on_cards(ids), lifted=lifted).items()}


def shut_now(visits: Sequence[Visit], day: date) -> dict[UUID, str]:
    """Visits that were planned in a way, or for a day, which a card or a quiet time has shut since: `quiet_time`,
    `card` or `day`. What shuts one of those made in one go shuts all of them.
    """
    ids = [visit.child_id for visit in visits]
    cards, quiet = cards_of(ids), quiet_on(ids, day)
    found: dict[UUID, str] = {}
    for visit in visits:
        card = cards.get(visit.child_id)
        if visit.child_id in quiet:
            found[visit.together or visit.pk] = "quiet_time"
        elif visit.mode and card is not None and visit.mode not in card.channels:
            found.setdefault(visit.together or visit.pk, "card")
        elif (
            card is not None
            and next_safe(made_on := max(visit.planned_on, day), days_left([card.safe_days])) != made_on
        ):
            found.setdefault(visit.together or visit.pk, "day")
    return {visit.pk: found[key] for visit in visits if (key := visit.together or visit.pk) in found}


def plan_visit(
    actor: Actor, keys: Sequence[UUID | str], check: Check, plan: Plan, step: Step | None = None
) -> list[UUID]:
    """One visit a child. Where the check leaves no way it is kept as blocked, with its reasons, and nobody goes.
    `step`: on which page; sent twice, also at one moment, it plans one.
    """
    children = [child_to_follow(actor, key, RECORD) for key in dict.fromkeys(keys)]
    if len(children) > MOST_TOGETHER:
        message, params = "One visit covers at most {most} children.", {"most": MOST_TOGETHER}
        raise ProblemError(Problem("visit.too_many", message, "Plan two visits.", Where(field="with"), params))
    today = today_in(actor, children[0].organisation_id)
    if not today - OLDEST <= plan.on <= today + LATEST:
        message, action = "This day is too far away.", "Check the year."
        raise ProblemError(Problem("visit.day_far", message, action, Where(field="on")))
    for child in children:
        refuse_without_help(child, plan.on)
    refuse_unsafe([child.pk for child in children], plan.on, today, "on")
    one_of(plan.goes, of.Goes.values, "goes")
    if not may_go(plan.goes, check):
        message = "Where there is danger, or a doubt of one, nobody goes in the place of a case worker."
        action = "Choose a case worker or a colleague of another service."
        raise ProblemError(Problem("visit.in_stead", message, action, Where(field="goes")))
    found = _judged(children, check, plan.on)
    if not found.blocked and plan.mode not in found.modes:
        message, action = "After the check this way is not open, or none is chosen.", "Choose one of the ways shown."
        raise ProblemError(Problem("visit.mode", message, action, Where(field="mode")))
    with transaction.atomic():
        list(Child.objects.select_for_update(no_key=True).filter(pk__in=[each.pk for each in children]).order_by("pk"))
        if step is not None and (before := planned_already(children, step)):
            return before
        rows = _rows(actor, children, check, plan, found)
        if step is not None:
            rows[0].pk = step.key
        for row in rows:
            row.save(force_insert=True)
            place = row.child.organisation_id
            record(actor, "plan_visit", "visit", row.pk, organisation_id=place, child_id=row.child_id)
    return [row.pk for row in rows]


def _rows(actor: Actor, children: Sequence[Child], check: Check, plan: Plan, found: Verdict) -> list[Visit]:
    together = uuid4() if len(children) > 1 else None
    staff = plan.goes == of.Goes.STAFF
    return [
        Visit(
            child=child,
            together=together,
            **{name: WORDS[getattr(check, name)] for name in QUESTIONS},
            asked_for=check.asked_for,
            blocked=list(found.reasons),
            checked_by_id=actor.person_id,
            checked_at=timezone.now(),
            planned_on=plan.on,
            mode="" if found.blocked else plan.mode,
            goes=plan.goes,
            person_id=actor.person_id if staff else None,
            interpreter=plan.interpreter,
            same_sex_asked=plan.same_sex_asked,
        )
        for child in children
    ]


def check_of(visit: Visit) -> Check:
    return Check(**{name: ANSWERS[of.Likely(getattr(visit, name))] for name in QUESTIONS}, asked_for=visit.asked_for)


def lift_block(actor: Actor, visit_id: UUID, mode: str, why: str) -> None:
    """By a supervisor who did not make the check; never to go home to where there is danger."""
    visit = visit_to_change(actor, visit_id, LIFT)
    if visit.state != "blocked":
        raise ProblemError(moved())
    if visit.checked_by_id is not None and visit.checked_by_id == actor.person_id:
        place = visit.child.organisation_id
        record(actor, LIFT, "visit", visit.pk, organisation_id=place, child_id=visit.child_id, allowed=False)
        message, action = "You made this check yourself; somebody else decides.", "Ask another supervisor."
        raise ProblemError(Problem("visit.second_person", message, action, status=403))
    if mode not in modes_after_lift(check_of(visit)):
        message, action = "This way is not open, whoever decides.", "Choose one of the ways shown."
        raise ProblemError(Problem("visit.mode", message, action, Where(field="mode")))
    _refuse_lift(visit, mode, max(visit.planned_on, today_in(actor, visit.child.organisation_id)))
    text = short_enough(why, "why")
    if not text:
        message, action = "The reason is missing.", "Say why the visit may be made after all."
        raise ProblemError(Problem("visit.why", message, action, Where(field="why")))
    with transaction.atomic():
        for row in reached_together(actor, visit, LIFT):
            if row.state == "blocked":
                row.lifted_by_id, row.lifted_at, row.mode = actor.person_id, timezone.now(), mode
                row.lifted_why = seal_for(row.child_id, row.pk, LIFTED_WHY, text)
                row.save(update_fields=["lifted_by", "lifted_at", "lifted_why", "mode"])
                place = row.child.organisation_id
                record(actor, "lift_visit", "visit", row.pk, organisation_id=place, child_id=row.child_id)


def _refuse_lift(visit: Visit, mode: str, day: date) -> None:
    """A card and a time without contact are the word of child and family: no supervisor overrules them."""
    shut = ways_of(visit, day).get(mode, "")
    if shut == "quiet_time":
        message = "Nobody makes contact on this day, whoever allows it."
        action = "Wait until that time is over, or end it on the safe-contact card."
        raise ProblemError(Problem("visit.quiet", message, action, Where(field="mode"), status=409))
    if shut == "card":
        raise ProblemError(way_problem("mode"))
    ids = [each.child_id for each in together_with(visit)]
    refuse_unsafe(ids, day, day, "mode")


def miss_visit(actor: Actor, visit_id: UUID, reason: str) -> None:
    """It did not take place; nor did that to the others for whom it was planned in one go."""
    visit = visit_to_change(actor, visit_id)
    one_of(reason, of.NotHeld.values, "reason")
    if visit.closed_at is not None:
        raise ProblemError(moved())
    with transaction.atomic():
        for row in reached_together(actor, visit, RECORD):
            if row.closed_at is None:
                row.not_held, row.closed_by_id, row.closed_at = reason, actor.person_id, timezone.now()
                row.save(update_fields=["not_held", "closed_by", "closed_at"])
                place = row.child.organisation_id
                record(actor, "miss_visit", "visit", row.pk, organisation_id=place, child_id=row.child_id)


def call_off(actor: Actor, key: UUID | str, reason: str) -> int:
    """No planned visit to this child takes place. Those to others, made in one go with it, do. How many there were."""
    child = child_to_follow(actor, key, RECORD)
    one_of(reason, of.NotHeld.values, "reason")
    with transaction.atomic():
        rows = list(Visit.objects.filter(child=child, closed_at=None).exclude(mode=""))
        for row in rows:
            row.not_held, row.closed_by_id, row.closed_at = reason, actor.person_id, timezone.now()
            row.save(update_fields=["not_held", "closed_by", "closed_at"])
            record(actor, "miss_visit", "visit", row.pk, organisation_id=child.organisation_id, child_id=child.pk)
    return len(rows)


def together_with(visit: Visit) -> list[Visit]:
    """It and those that are made in one go with it; locked, inside a transaction."""
    which = Q(together=visit.together) if visit.together is not None else Q(pk=visit.pk)
    return list(Visit.objects.filter(which).select_related("child").order_by("child__code"))


def reached_together(actor: Actor, visit: Visit, permission: str) -> list[Visit]:
    """Of those made in one go, what this actor may do this with: the others are of somebody else's children."""
    rows = together_with(visit)
    reached = visits_visible_to(actor, permission).filter(pk__in=[row.pk for row in rows])
    keys = set(reached.values_list("pk", flat=True))
    return [row for row in rows if row.pk in keys]


def household_of(actor: Actor, child_id: UUID) -> list[ChildRow]:
    """Brothers and sisters within reach whose record is open: they may be visited in one go."""
    tied = Relation.objects.current().filter(kind=RelationKind.SIBLING, other_child__isnull=False)
    near = {
        key
        for pair in tied.filter(Q(child_id=child_id) | Q(other_child_id=child_id)).values_list("child", "other_child")
        for key in pair
        if key is not None and key != child_id
    }
    rows = children_visible_to(actor, RECORD).filter(pk__in=near, status=Status.OPEN)
    return [child_row(child, actor.today()) for child in rows.select_related("team", "place").order_by("code")]


def visible_ids(actor: Actor, rows: Iterable[Visit]) -> set[UUID]:
    keys = [row.pk for row in rows]
    return set(visits_visible_to(actor).filter(pk__in=keys).values_list("pk", flat=True))
