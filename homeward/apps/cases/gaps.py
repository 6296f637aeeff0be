"""Gaps in services: what a need found no answer to, by sector, district and reason. Counts; no child, no code.

One referral leaves at most one gap, and so does help that was promised and will not come. A later step says more of
why, or that the need was met after all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.guard import guard
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Child, Referral, ServiceGap
from homeward.apps.communities.models import Place, PlaceLevel
from homeward.domain.referring import NEEDS, Taken

SEE = "gaps.see"
FEW = 5


@dataclass(frozen=True, slots=True)
class GapRow:
    sector: str
    place: str  # empty where none is recorded
    reason: str
    gaps: int | None  # None: fewer than five, for whoever sees no child
    met_later: int | None  # of them


def leave_gap(child: Child, referral: Referral, taken: Taken) -> None:
    """In the caller's transaction."""
    said = {"reason": taken.reason, "day": taken.day, "met_on": None}
    first = {
        **said,
        "organisation_id": child.organisation_id,
        "sector": referral.sector,
        "need": referral.need,
        "place": district_of(child.place),
    }
    ServiceGap.objects.update_or_create(referral=referral, defaults=said, create_defaults=first)


def meet_gap(referral: Referral, day: date) -> None:
    ServiceGap.objects.filter(referral=referral).update(met_on=day)


def leave_gap_of_promise(child: Child, need: str, reason: str, day: date, known: UUID | None = None) -> UUID:
    """In the caller's transaction, where help that was promised will not come. `known`: the gap that it left before."""
    said = {"sector": NEEDS[need][1], "need": need, "reason": reason, "day": day}
    if known is not None and ServiceGap.objects.filter(pk=known).update(**said):
        return known
    place = district_of(child.place)
    return ServiceGap.objects.create(organisation_id=child.organisation_id, place=place, **said).pk


def say_met(gap_id: UUID, day: date | None) -> None:
    """On which day the need was met after all; None: it was not."""
    ServiceGap.objects.filter(pk=gap_id).update(met_on=day)


def drop_gap(gap_id: UUID) -> None:
    """In the caller's transaction: what left it was recorded by mistake."""
    ServiceGap.objects.filter(pk=gap_id).delete()


def service_gaps(actor: Actor, since: date, until: date) -> list[GapRow]:
    """Of the actor's organisation, by the day on which it was clear; the most frequent first."""
    place = guard(actor, SEE)
    found = ServiceGap.objects.filter(organisation_id=place, day__gte=since, day__lte=until)
    grouped = found.values_list("sector", "place__name", "reason").order_by()
    counted = grouped.annotate(gaps=Count("pk"), met=Count("pk", filter=Q(met_on__isnull=False)))
    least = 1 if permit(actor, "children.see") else FEW
    rows = [_counted(least, sector, name or "", reason, gaps, met) for sector, name, reason, gaps, met in counted]
    record_look(actor, SEE, "organisation", place, organisation_id=place, detail={"rows": len(rows)})
    return sorted(rows, key=lambda row: (-(row.gaps or 0), row.sector, row.place, row.reason))


def _counted(least: int, sector: str, place: str, reason: str, gaps: int, met: int) -> GapRow:
    few = gaps < least
    return GapRow(sector, place, reason, None if few else gaps, None if few or 0 < gaps - met < least else met)


def district_of(place: Place | None) -> Place | None:
    """No smaller place than a district: a community's name could say whose need it was."""
    while place is not None and place.level == PlaceLevel.COMMUNITY:
        place = place.parent
    return place


def unlink_gaps(child_id: UUID) -> int:
    """In the caller's transaction: they stay in the counts, lead to nobody, and their day is a month."""
    rows = ServiceGap.objects.filter(referral__child=child_id)
    return make_coarse(rows.values_list("pk", flat=True))


def make_coarse(keys: Iterable[UUID]) -> int:
    """In the caller's transaction: these gaps lead to nobody any more."""
    rows = list(ServiceGap.objects.filter(pk__in=list(keys)))
    for row in rows:
        row.referral, row.day = None, row.day.replace(day=1)
        row.met_on = row.met_on.replace(day=1) if row.met_on else None
        row.save(update_fields=["referral", "day", "met_on"])
    return len(rows)
