"""Review meetings that are called for: computed each time from what is known, stored nowhere.

What a reader may not know of is not asked for, so no number, day or length of a page tells of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from homeward.apps.access.actors import Actor, permit, today_in
from homeward.apps.access.guard import guard
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Child, Status
from homeward.apps.cases.scope import children_visible_to, without_deaths, works_with
from homeward.apps.monitoring.facts import AT_ONCE, Known, Watched, known_of, watched
from homeward.apps.monitoring.models import ReviewMeeting, RulesSince
from homeward.apps.monitoring.rules import rules
from homeward.domain.succeeding import Facts, Kind, Rule, Scored, Signal, review_called, signals

SEE, LIST = "reviews.see", "reviews.list"
CHECK_AHEAD = timedelta(days=14)  # a day on which somebody looks whether it helped is told so long before


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a meeting is called for, in codes and numbers; the rule has the words."""

    rule: str
    day: date
    known: date
    dimension: str = ""
    respondent: str = ""
    before: Decimal | None = None
    before_on: date | None = None
    now: Decimal | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Called:
    child_id: UUID
    code: str
    by: date
    overdue: bool
    reasons: tuple[Reason, ...]  # that no meeting has looked at, the oldest first
    check_on: date | None  # what the last meeting decided is to be looked at


def called_for(actor: Actor, child_id: UUID) -> Called | None:
    """Of one child, where this actor may know of it; the caller has written down the look."""
    rows = without_deaths(children_visible_to(actor, SEE, one=True).filter(pk=child_id, status=Status.OPEN))
    found = list(standings(actor, rows).values())
    return found[0] if found else None


def list_called(actor: Actor, worker_id: UUID | None = None) -> list[Called]:
    """Of all children in the actor's work, or of those with whom somebody works; the longest overdue first."""
    place = guard(actor, LIST)
    found = _called(actor, worker_id)
    detail = {"rows": len(found)}
    record_look(actor, "children.see", "reviews", organisation_id=place, detail=detail)
    return found


def count_called(actor: Actor) -> tuple[int, int] | None:
    """How many are called for, and how many of these are overdue; None to whoever has no list of them."""
    if not permit(actor, LIST):
        return None
    found = _called(actor)
    return len(found), sum(each.overdue for each in found)


def _called(actor: Actor, worker_id: UUID | None = None) -> list[Called]:
    rows = without_deaths(children_visible_to(actor, LIST).filter(status=Status.OPEN))
    if worker_id is not None:
        rows = rows.filter(works_with(actor, worker_id))
    found = [each for each in standings(actor, rows).values() if each is not None]
    return sorted(found, key=lambda each: (each.by, each.code))


def standings(actor: Actor, children: QuerySet[Child]) -> Mapping[UUID, Called | None]:
    """Of each child what calls for a meeting. The same number of questions for one child and for some hundreds; the
    caller has looked who may see them.
    """
    some, stated = watched(children), rules()
    since = _since(some)
    known = known_of(actor, some, stated, since)
    meetings = _meetings(some)
    days = {place: today_in(actor, place) for place in {child.organisation_id for child in some}}
    return {
        child.id: _standing(
            child,
            known[child.id],
            stated,
            meetings.get(child.id, []),
            days[child.organisation_id],
            since.get(child.organisation_id, child.founded),
        )
        for child in some
    }


def _standing(
    child: Watched,
    known: Known,
    stated: Sequence[Rule],
    meetings: Sequence[tuple[date, date | None]],
    today: date,
    since: date,
) -> Called | None:
    facts = known.facts(child)
    review = review_called(stated, facts, [day for day, _ in meetings], today, since)
    check_on = meetings[-1][1] if meetings else None
    if check_on is not None and check_on - CHECK_AHEAD > today:
        check_on = None
    if review is None and check_on is None:
        return None
    by = min(day for day in (review.by if review else None, check_on) if day is not None)
    reasons = tuple(_reason(stated, facts, each) for each in review.signals) if review else ()
    return Called(child.id, child.code, by, today > by, reasons, check_on)


def looked_at(actor: Actor, child: Watched, meetings: Sequence[date], today: date) -> dict[date, tuple[Reason, ...]]:
    """By the day of each meeting, what it looked at, as far as this actor may know of it."""
    stated = rules()
    begins = _since([child])
    known = known_of(actor, [child], stated, begins)[child.id]
    since = begins.get(child.organisation_id, child.founded)
    facts = known.facts(child)
    found: dict[date, tuple[Reason, ...]] = {}
    before: date | None = None
    for day in sorted(set(meetings)):
        seen = [
            each
            for each in signals(stated, facts, today)
            if each.known <= day and (before is None or each.known > before) and each.day >= since
        ]
        found[day], before = tuple(_reason(stated, facts, each) for each in seen), day
    return found


def _reason(stated: Iterable[Rule], facts: Facts, signal: Signal) -> Reason:
    rule = next(each for each in stated if each.code == signal.rule)
    if rule.kind is Kind.MISSED_IN_A_ROW:
        return Reason(signal.rule, signal.day, signal.known, count=int(signal.detail))
    if rule.kind is not Kind.SCORE_FELL:
        return Reason(signal.rule, signal.day, signal.known)
    dimension, _, respondent = signal.detail.partition(" ")
    before, now = _fall(facts.scored, dimension, respondent, signal.day)
    return Reason(signal.rule, signal.day, signal.known, dimension, respondent, before.value, before.day, now.value)


def _fall(scored: Iterable[Scored], dimension: str, respondent: str, day: date) -> tuple[Scored, Scored]:
    """The two scores that the rule compared: the deepest step that ends on this day."""
    line = [each for each in scored if (each.dimension, each.respondent) == (dimension, respondent)]
    with_value = [each for each in line if each.value is not None]
    steps = [(a, b) for a, b in zip(with_value, with_value[1:], strict=False) if b.day == day]
    return min(steps, key=lambda step: (step[1].value or 0) - (step[0].value or 0))


def _meetings(children: Sequence[Watched]) -> dict[UUID, list[tuple[date, date | None]]]:
    found: dict[UUID, list[tuple[date, date | None]]] = {}
    keys = [child.id for child in children]
    for start in range(0, len(keys), AT_ONCE):
        rows = ReviewMeeting.objects.filter(child__in=keys[start : start + AT_ONCE])
        for key, day, check in rows.order_by("held_on", "recorded_at").values_list("child_id", "held_on", "check_on"):
            found.setdefault(key, []).append((day, check))
    return found


def _since(children: Sequence[Watched]) -> dict[UUID, date]:
    places = {child.organisation_id for child in children}
    return dict(RulesSince.objects.filter(pk__in=places).values_list("pk", "since"))
