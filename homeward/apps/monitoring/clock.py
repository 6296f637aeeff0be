"""Which points of the protocol were kept, and whether one is late: what this topic asks of the clock of follow-up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from uuid import UUID

from homeward.apps.cases.models import Child
from homeward.apps.cases.protocols import Schedules
from homeward.apps.visits.clock import clocks, with_a_clock
from homeward.domain.protocol import FollowUp, Point, State, follow_up
from homeward.domain.succeeding import Kept


def follow_ups(child_ids: Iterable[UUID]) -> Mapping[UUID, FollowUp]:
    """A fixed number of questions for some hundreds of children. The caller has looked who may see them."""
    schedules, few = Schedules(), list(child_ids)
    children = with_a_clock(Child.objects.filter(pk__in=few))
    return {
        each.child_id: follow_up(schedules.of(each.organisation_id), each.facts, each.day)
        for each in clocks(children, newest=False, few=few)
    }


def kept_points(found: FollowUp | None, followed_since: date) -> tuple[Kept, ...]:
    """Points that are over, in their order. One is held if anybody answered at it; it is missed when the next begins,
    the last one when it is later than is tolerated. What was due before anybody here followed the child nobody could
    hold, so it is not missed; nor is what fell into a pause.
    """
    points = found.points if found is not None else ()
    return tuple(kept for each in points for kept in _kept(each) if kept.held or each.round.due >= followed_since)


def _kept(point: Point) -> Iterator[Kept]:
    first = min((day for _, day in point.answered), default=None)
    if first is not None:
        yield Kept(first, held=True)
    elif point.state is State.MISSED:
        closes = point.round.closes
        yield Kept(closes + timedelta(days=1) if closes is not None else point.round.due, held=False)
    elif point.state is State.LATE and point.round.closes is None and point.due is not None:
        yield Kept(point.due + timedelta(days=point.round.rule.after + 1), held=False)
