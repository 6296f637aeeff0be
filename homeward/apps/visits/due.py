"""Who is due on a day: of each child the most urgent of its round and its contact. It follows from facts; where what
followed from them is kept and still counts, it is read instead of counted again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from homeward.apps.cases.models import Child
from homeward.apps.cases.protocols import Schedules
from homeward.apps.visits.clock import Clock, clocks, with_a_clock
from homeward.apps.visits.most_urgent import ROUND, Due, most_urgent
from homeward.apps.visits.outlook_triggers import in_place
from homeward.apps.visits.outlooks import AT_ONCE, Now, marked
from homeward.domain.outlook import GROWING
from homeward.domain.protocol import CONTACT, State, due_now
from homeward.domain.rounds import RoundRule

__all__ = ["ROUND", "Due", "due_among", "due_list"]
MANY = 2_000  # children without an outlook that counts: from here on all are counted in one go
STATES = {state.value: state for state in State}
KEPT = ("basis", "zone", "state", "due", "anchor", "step", "round", "missing", "answered", "contact", "heard")
COLUMNS = ("pk", "code", "place_id", "fresh", *(f"outlook__{name}" for name in KEPT))


def due_list(children: QuerySet[Child], on: date | None = None) -> list[Due]:
    """The most urgent first. Without a day: on the day that it is where each child lives."""
    clocked = with_a_clock(children)
    if on is not None or not in_place(connection):
        return due_among(clocks(clocked, on))
    now, kept, others = Now(), [], []
    for row in _rows(clocked, now):
        if row[3]:
            kept.append(row)
        else:
            others.append(row[0])
    if len(others) > MANY:
        return due_among(clocks(clocked))
    return _in_order([*_as_kept(kept, now), *_counted(others)])


def due_among(rows: Iterable[Clock]) -> list[Due]:
    return _in_order(_due(rows))


def _due(rows: Iterable[Clock]) -> Iterator[Due]:
    schedules = Schedules()
    for row in rows:
        found = most_urgent(row, *due_now(schedules.of(row.organisation_id), row.facts, row.day))
        if found is not None:
            yield found


def _in_order(found: Iterable[Due]) -> list[Due]:
    return sorted(found, key=lambda each: each.order)


def _rows(clocked: QuerySet[Child], now: Now) -> Iterator[tuple[Any, ...]]:
    """In one statement, so that no child is missed between two: those for whom something is due by an outlook that
    counts, and those without such an outlook.
    """
    wanted = marked(clocked, now).filter(Q(fresh=False) | Q(outlook__state__gt=""))
    yield from wanted.order_by().values_list(*COLUMNS)


def _counted(keys: Sequence[UUID]) -> Iterator[Due]:
    for start in range(0, len(keys), AT_ONCE):
        some = Child.objects.filter(pk__in=keys[start : start + AT_ONCE])
        yield from _due(clocks(with_a_clock(some)))


def _as_kept(rows: Iterable[tuple[Any, ...]], now: Now) -> Iterator[Due]:
    @cache
    def rule_of(basis: str, step: int, code: str) -> RoundRule | None:
        rounds = now.by_basis[basis].steps[step][1].rounds
        return next((each for each in rounds if each.code == code), None)

    for (
        key,
        code,
        place,
        _fresh,
        basis,
        zone,
        state,
        due,
        anchor,
        step,
        name,
        missing,
        answered,
        contact,
        heard,
    ) in rows:
        kind = ROUND if name else CONTACT
        rule = rule_of(basis, step, name) if name else None
        late = (now.days[zone] - anchor).days if anchor is not None else 0
        said = tuple(missing.split()) if missing else ()
        beside = STATES[contact] if contact else None
        yield Due(
            *(key, code, place, kind, name, rule, due, STATES[state], late, said, answered, beside, heard, ()),
        )
