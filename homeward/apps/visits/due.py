"""Who is due on a day: of each child the most urgent of its round and its contact. It follows from facts; where what
followed from them is kept and still counts, it is read instead of counted again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import Case, F, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast

from homeward.apps.cases.models import Child
from homeward.apps.cases.protocols import Schedules
from homeward.apps.visits.clock import Clock, clocks, with_a_clock
from homeward.apps.visits.kept import Dues, Row, row_of
from homeward.apps.visits.most_urgent import ROUND, Due, most_urgent
from homeward.apps.visits.outlook_triggers import in_place
from homeward.apps.visits.outlooks import AT_ONCE, Now
from homeward.domain.protocol import due_now

__all__ = ["ROUND", "Due", "due_among", "due_list"]
MANY = 2_000  # children without an outlook that counts: from here on all are counted in one go
TO_COUNT = -1  # in the place of an urgency


def due_list(children: QuerySet[Child], on: date | None = None) -> Sequence[Due]:
    """The most urgent first. Without a day: on the day that it is where each child lives."""
    clocked = with_a_clock(children)
    if on is not None or not in_place(connection):
        return due_among(clocks(clocked, on))
    now = Now()
    rows = _rows(clocked, now)
    others = [UUID(row[3]) for row in rows if row[0] == TO_COUNT]
    if len(others) > MANY:
        return due_among(clocks(clocked))
    if others:
        rows = [*(row for row in rows if row[0] != TO_COUNT), *(row_of(due) for due in _counted(others))]
    return Dues(rows, now.by_basis, now.days)


def due_among(rows: Iterable[Clock]) -> list[Due]:
    return sorted(_due(rows), key=lambda each: each.order)


def _due(rows: Iterable[Clock]) -> Iterator[Due]:
    schedules = Schedules()
    for row in rows:
        found = most_urgent(row, *due_now(schedules.of(row.organisation_id), row.facts, row.day))
        if found is not None:
            yield found


def _rows(clocked: QuerySet[Child], now: Now) -> list[Row]:
    """In one statement, so that no child is missed between two: those for whom something is due by an outlook that
    counts, and those without such an outlook. As text, because few of them are looked at.
    """
    said = Case(When(now.counts(), then=F("outlook__urgency")), default=Value(TO_COUNT), output_field=IntegerField())
    texts = {
        name: Cast(field, TextField())
        for name, field in (("due_text", "outlook__due"), ("child_text", "pk"), ("place_text", "place_id"))
    }
    wanted = clocked.annotate(due_said=said, **texts).filter(Q(due_said__isnull=False))
    columns = ("due_said", "due_text", "code", "child_text", "place_text", "outlook__said")
    return list(wanted.order_by().values_list(*columns))


def _counted(keys: Sequence[UUID]) -> Iterator[Due]:
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        yield from _due(clocks(with_a_clock(Child.objects.filter(pk__in=some)), few=some))
