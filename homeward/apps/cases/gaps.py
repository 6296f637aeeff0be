"""The ledger of gaps in services: what a need found no answer to, by sector, district, reason and month, and from what
it is known. Counts name no child.

A referral, a promise and an action of a plan leave at most one gap, a visit one in each sector. What is said of it
later says more of why, or that the need was met after all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import TruncMonth, TruncQuarter

from homeward.apps.access.actors import Actor, permit, today_in
from homeward.apps.access.guard import guard
from homeward.apps.audit.services import record, record_look
from homeward.apps.cases.deciding import child_to_decide
from homeward.apps.cases.documents import lock_case, refuse_closed, require_listed, wrong
from homeward.apps.cases.models import Child, ServiceGap
from homeward.apps.cases.same_child import records_of
from homeward.apps.communities.models import Place, PlaceLevel
from homeward.domain.gaps import FEW, REASONS, Source, can_be_split, whole_quarters
from homeward.domain.sectors import SECTORS

SEE = "gaps.see"
# Who works on what it is known from may write it down.
MAY: Mapping[Source, str] = {
    Source.REFERRAL: "referrals.make",
    Source.VISIT: "visits.record",
    Source.PROMISE: "visits.record",
    Source.PLAN: "plans.write",
}
ALSO = ("reason", "source", "month")
# While child or family have taken back that they are counted, or say no to reports, their gaps stand in no count. What
# leads to no child any more stays.
COUNTED = Q(child=None) | Q(child__not_counted_since=None)
# What it came from, and by which key.
ORIGIN: Mapping[Source, tuple[str, str]] = {
    Source.REFERRAL: ("cases.Referral", "pk"),
    Source.VISIT: ("visits.Visit", "pk"),
    Source.PROMISE: ("visits.AgreedAction", "pk"),
    Source.PLAN: ("cases.Action", "line"),
}


@dataclass(frozen=True, slots=True)
class Gap:
    """`came_from`: the key of the referral, visit, promise or action of a plan."""

    source: Source
    came_from: UUID
    sector: str
    reason: str
    day: date | None = None  # on which it was clear; today
    need: str = ""


@dataclass(frozen=True, slots=True)
class GapRow:
    """`reason`, `source` and `month` are empty where they were not asked for. For whoever sees no child a row is of one
    `quarter`, and stands for the whole of it where its parts may not be told.
    """

    sector: str
    place: str  # empty where none is recorded
    reason: str
    source: str
    month: date | None
    gaps: int | None  # None: fewer than five, for whoever sees no child
    met_later: int | None  # of them
    quarter: date | None = None  # its first day


@dataclass(frozen=True, slots=True)
class VisitGap:
    """That is known from a visit, and nobody has taken further."""

    id: UUID
    visit_id: UUID | None
    sector: str
    reason: str
    day: date


def note_gap(actor: Actor, code: UUID | str, gap: Gap) -> None:
    """For whoever works with the child; said again it says more of why, and counts once. Inside a transaction of the
    caller too, who has asked for the same right before it began.
    """
    child = child_to_decide(actor, code, MAY[gap.source])
    today = today_in(actor, child.organisation_id)
    _check(gap, today)
    _refuse_foreign(child, gap.source, gap.came_from)
    with transaction.atomic():
        child = lock_case(child.pk)
        refuse_closed(child)
        leave_gap(child, gap, today)
        detail = {"source": str(gap.source), "sector": gap.sector}
        record(actor, "note_gap", "child", child.pk, organisation_id=child.organisation_id, detail=detail)


def note_met(actor: Actor, code: UUID | str, source: Source, came_from: UUID, day: date | None = None) -> None:
    """Help came after all. Without a gap there is nothing to say."""
    child = child_to_decide(actor, code, MAY[source])
    _refuse_foreign(child, source, came_from)
    with transaction.atomic():
        child = lock_case(child.pk)
        refuse_closed(child)
        if meet_gap(source, came_from, day or today_in(actor, child.organisation_id), child):
            detail = {"source": str(source)}
            record(actor, "note_gap", "child", child.pk, organisation_id=child.organisation_id, detail=detail)


def _check(gap: Gap, today: date) -> None:
    require_listed("sector", gap.sector, SECTORS)
    require_listed("reason", gap.reason, REASONS)
    if gap.day is not None and gap.day > today:
        raise wrong("day", "This day is in the future.", "Correct the date.")


def _refuse_foreign(child: Child, source: Source, came_from: UUID) -> None:
    """Nothing is said of the gap of another child, least of all in another organisation."""
    model, key = ORIGIN[source]
    rows = apps.get_model(model)._default_manager.filter(child__in=records_of(child.pk))
    if not rows.filter(**{key: came_from}).exists():
        message = "This referral, visit, promise or action of a plan is none of this child."
        raise wrong("came_from", message, "Give the key of one that is recorded with this child.")


def leave_gap(child: Child, gap: Gap, today: date) -> None:
    """In the caller's transaction, which writes down what was done."""
    said = {"reason": gap.reason, "day": gap.day or today, "met_on": None, "need": gap.need}
    first = {**said, "organisation_id": child.organisation_id, "child": child, "place": district_of(child.place)}
    which = {"source": gap.source, "came_from": gap.came_from, "sector": gap.sector}
    mine = ServiceGap.objects.filter(organisation=child.organisation_id, child__in=records_of(child.pk))
    mine.update_or_create(**which, defaults=said, create_defaults={**first, **which})


def meet_gap(source: Source, came_from: UUID, day: date, child: Child | None = None) -> int:
    """In the caller's transaction. `child`: of whom it is, where the caller has not found it by the child."""
    rows = ServiceGap.objects.filter(source=source, came_from=came_from)
    if child is not None:
        rows = rows.filter(organisation=child.organisation_id, child__in=records_of(child.pk))
    return rows.update(met_on=day)


def drop_gaps(source: Source, came_from: UUID, but: Iterable[str] = ()) -> None:
    """In the caller's transaction: it was said by mistake that there was one, but in these sectors."""
    ServiceGap.objects.filter(source=source, came_from=came_from).exclude(sector__in=list(but)).delete()


def gaps_from(source: Source, came_from: UUID) -> tuple[tuple[str, str], ...]:
    """Sector and reason, for the page of what it is known from; the caller has found that within reach."""
    rows = ServiceGap.objects.filter(source=source, came_from=came_from).order_by("sector")
    return tuple(rows.values_list("sector", "reason"))


def gaps_of_visits(child_id: UUID, visit_id: UUID | None = None) -> tuple[VisitGap, ...]:
    """The newest first, of one visit or all; the caller has found the child within reach."""
    rows = ServiceGap.objects.filter(child=child_id, source=Source.VISIT, met_on=None)
    if visit_id is not None:
        rows = rows.filter(came_from=visit_id)
    found = rows.order_by("-day", "sector").values_list("pk", "came_from", "sector", "reason", "day")
    return tuple(VisitGap(*row) for row in found)


def take_over(child: Child, gap_id: UUID, referral_id: UUID, sector: str, need: str) -> tuple[date, str] | None:
    """In the caller's transaction: what a visit had told is this referral's matter from now on, and counts once. On
    which day it had told why, where there was something.
    """
    rows = ServiceGap.objects.filter(pk=gap_id, child=child, source=Source.VISIT, sector=sector)
    told = rows.values_list("day", "reason").first()
    rows.update(source=Source.REFERRAL, came_from=referral_id, need=need)
    return told


def counts_now(child_id: UUID) -> bool:
    """Whether what this child lacks stands in the counts; the caller has found it within reach."""
    return Child.objects.filter(pk=child_id, not_counted_since=None).exists()


def service_gaps(actor: Actor, since: date, until: date, also: str = "reason") -> list[GapRow]:
    """Of the actor's organisation by sector and place, and by `reason`, `source` or `month` too, by the day on which it
    was clear; the most frequent first, and of no child for whom this was taken back. Whoever sees no child reads
    calendar quarters, each by itself, the newest first, and no small number: what is said of a quarter is the same
    whatever was asked, and no sum over quarters is told.
    """
    place = guard(actor, SEE)
    require_listed("also", also, ("", *ALSO))
    least = 1 if permit(actor, "children.see") else FEW
    apart = ("quarter",) if least > 1 else ()
    if apart:
        since, until = whole_quarters(since, until)
    found = ServiceGap.objects.filter(COUNTED, organisation_id=place, day__gte=since, day__lte=until)
    cell = (*apart, "sector", "place", "place__name")
    columns = (*cell, *((also,) if also else ()))
    grouped = found.annotate(month=TruncMonth("day"), quarter=TruncQuarter("day")).values(*columns).order_by(*columns)
    counted = list(grouped.annotate(gaps=Count("pk"), met=Count("pk", filter=Q(met_on__isnull=False))))
    rows = [
        row
        for _key, parts in groupby(counted, key=lambda each: [each[name] for name in cell])
        for row in _of_a_place(list(parts), least, whole=not also)
    ]
    record_look(actor, SEE, "organisation", place, organisation_id=place, detail={"rows": len(rows)})
    rows.sort(key=lambda row: (-(row.gaps or 0), row.sector, row.place, row.reason, row.source))
    return sorted(rows, key=lambda row: row.quarter or date.min, reverse=True)


def _of_a_place(parts: Sequence[Mapping[str, Any]], least: int, *, whole: bool) -> Iterator[GapRow]:
    """Of one sector at one place, and of one quarter for whoever sees no child."""
    if can_be_split([each["gaps"] for each in parts], least):
        for each in parts:
            yield _row(each, each["gaps"], each["met"], least, told=whole or least == 1)
    else:
        together = {name: parts[0].get(name) for name in ("sector", "place__name", "quarter")}
        yield _row(together, sum(each["gaps"] for each in parts), sum(each["met"] for each in parts), least, told=True)


def _row(each: Mapping[str, Any], gaps: int, met: int, least: int, *, told: bool) -> GapRow:
    """`told`: how many were met later, where no small number follows from it."""
    small = gaps < least
    told = told and not small and (least == 1 or not (0 < met < least or 0 < gaps - met < least))
    return GapRow(
        each["sector"],
        each["place__name"] or "",
        each.get("reason", ""),
        each.get("source", ""),
        each.get("month"),
        None if small else gaps,
        met if told else None,
        each.get("quarter"),
    )


def district_of(place: Place | None) -> Place | None:
    """No smaller place than a district: a community's name could say whose need it was."""
    while place is not None and place.level == PlaceLevel.COMMUNITY:
        place = place.parent
    return place


def unlink_gaps(child_id: UUID) -> int:
    """In the caller's transaction: they stay in the counts, lead to nobody, and their day is a month."""
    rows = list(ServiceGap.objects.filter(child=child_id))
    for row in rows:
        row.child, row.came_from, row.day = None, None, row.day.replace(day=1)
        row.met_on = row.met_on.replace(day=1) if row.met_on else None
        row.save(update_fields=["child", "came_from", "day", "met_on"])
    return len(rows)
