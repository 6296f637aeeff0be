"""Returns as episodes of one journey, each with the rounds that were counted from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from homeward.apps.cases.models import Child, Population
from homeward.apps.cases.protocols import schedule_of
from homeward.apps.visits.clock import day_for, facts_of_child
from homeward.domain.protocol import Facts, Point, follow_up


class Dated(Protocol):
    @property
    def day(self) -> date: ...
    @property
    def kind(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Episode:
    """From a return until the child left again; what is before the first return belongs to it. Number 0: nobody knows
    when the child returned, and the clock counts from its registration.
    """

    number: int
    begins: date
    ends: date | None
    points: tuple[Point, ...]


def episodes_of(
    child: Child, records: Sequence[Child], found: Iterable[Dated], known: Facts | None = None
) -> tuple[Episode, ...]:
    """`records`: this one and those of the same child that were put together with it, whose interviews count. `known`:
    the facts of this one, where they were read already.
    """
    if child.population != Population.RETURNEE:
        return ()
    facts, day = _facts(child, records, known), day_for(child)
    events = sorted(found, key=lambda each: each.day)
    starts = [each.day for each in events if each.kind == "return"]
    left = [each.day for each in events if each.kind in ("left_again", "departure")]
    numbered = list(enumerate(starts, 1)) or ([(0, facts.start)] if facts.start is not None else [])
    schedule, made = schedule_of(child.organisation_id), []
    for place, (number, start) in enumerate(numbered):
        after = numbered[place + 1][1] if place + 1 < len(numbered) else None
        end = _end(start, after, left)
        points = follow_up(schedule, _within(facts, start, end, after), day).points
        made.append(Episode(number, start, end, points))
    return tuple(made)


def _facts(child: Child, records: Sequence[Child], known: Facts | None) -> Facts:
    facts = known or facts_of_child(child)
    beside = [facts_of_child(each) for each in records if each.pk != child.pk]
    answered = [*facts.answered, *(each for other in beside for each in other.answered)]
    missed = [*facts.missed, *(each for other in beside for each in other.missed)]
    return replace(facts, answered=tuple(answered), missed=tuple(sorted(missed, key=lambda each: each.on)))


def _end(start: date, after: date | None, left: Iterable[date]) -> date | None:
    """When the child left, where that is known, else when it came back the next time."""
    return min((day for day in left if day >= start and (after is None or day <= after)), default=after)


def _within(facts: Facts, start: date, end: date | None, after: date | None) -> Facts:
    """What is known of one episode: what was answered or said in the next one is none of it."""
    last = after or date.max
    return replace(
        facts,
        start=start,
        answered=tuple(each for each in facts.answered if start <= each.day < last),
        missed=tuple(each for each in facts.missed if start <= each.on < last),
        ended=min((each for each in (end, facts.ended) if each is not None), default=None),
    )
