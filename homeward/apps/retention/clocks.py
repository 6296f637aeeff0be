"""When what is kept of each child runs out, from facts that this server dated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from homeward.apps.access.models import Organisation
from homeward.apps.cases.models import Child, Status
from homeward.apps.retention.models import Hold, RetentionPeriod, Review, Standstill, Verdict
from homeward.apps.surveys.models import Submission
from homeward.domain.retention import CLOCKS, NOTICE, OF_A_CHILD, Period, ended, limit_of, started_before

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Running:
    """One clock of one child."""

    child: Child
    clock: str
    started: date
    limit: date  # the last day
    hold: Hold | None
    verdict: str  # what people decided about this limit; empty where nobody has
    prolonged: bool


class Periods:
    """What an organisation has set, read once."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        rows = RetentionPeriod.objects.filter(organisation=organisation)
        self.own = {row.clock: Period(row.months, row.set_on) for row in rows}

    def of(self, clock: str) -> Period:
        return self.own.get(clock, Period(CLOCKS[clock].months))

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.organisation.time_zone)).date()

    def start_of(self, day: date) -> datetime:
        return datetime.combine(day, time.min, ZoneInfo(self.organisation.time_zone))


def running(periods: Periods, children: QuerySet[Child], clock: str) -> Iterator[Running]:
    """The clock of each of these children for which it runs."""
    rows = list(_candidates(children, clock).select_related("place"))
    for start in range(0, len(rows), AT_ONCE):
        yield from _of_some(periods, rows[start : start + AT_ONCE], clock)


def listed_before(periods: Periods, children: QuerySet[Child], clock: str, today: date) -> QuerySet[Child]:
    """A bound for a look into the table: those whose limit, not prolonged, may lie within the notice."""
    bound = started_before(today + NOTICE, periods.of(clock).months)
    if clock != "silence":
        return children.filter(ended_on__lte=bound)
    since = periods.start_of(bound)
    heard = Submission.objects.filter(received_at__gt=since, child=OuterRef("pk"))
    return children.filter(~Exists(heard), created_at__lte=since).order_by("created_at")  # by its index


def _candidates(children: QuerySet[Child], clock: str) -> QuerySet[Child]:
    if clock == "silence":
        return children.filter(status=Status.OPEN, identity_ended_on__isnull=True)
    done = "identity_ended_on" if clock == "monitoring" else "record_ended_on"
    return children.filter(Q(ended_on__isnull=False), **{f"{done}__isnull": True})


def _of_some(periods: Periods, children: list[Child], clock: str) -> Iterator[Running]:
    keys = [child.pk for child in children]
    started = _starts(periods, children, clock)
    holds = {row.child_id: row for row in Hold.objects.filter(child__in=keys, lifted_at__isnull=True)}
    reviews = _reviews(keys, clock)
    for child in children:
        found = reviews.get(child.pk, [])
        until = max((row.until for row in found if row.until), default=None)
        first = started[child.pk]
        limit = limit_of(first, periods.of(clock), until)
        verdict = _verdict(periods, found, limit)
        yield Running(child, clock, first, limit, holds.get(child.pk), verdict, until == limit)


def _verdict(periods: Periods, found: list[Review], limit: date) -> str:
    """Said about this limit, and not about an earlier one that has moved since."""
    last = found[-1] if found else None
    if last is None or (last.verdict == Verdict.END and periods.day_of(last.at) < limit - NOTICE):
        return ""
    return str(last.verdict) if last.verdict == Verdict.END or last.until == limit else ""


def _starts(periods: Periods, children: list[Child], clock: str) -> Mapping[UUID, date]:
    if clock != "silence":
        return {child.pk: child.ended_on for child in children if child.ended_on}
    rows = Submission.objects.filter(child__in=[child.pk for child in children])
    heard = dict(rows.order_by().values_list("child").annotate(last=Max("received_at")).values_list("child", "last"))
    return {child.pk: periods.day_of(heard.get(child.pk) or child.created_at) for child in children}


def _reviews(keys: Iterable[UUID], clock: str) -> dict[UUID, list[Review]]:
    found: dict[UUID, list[Review]] = {}
    for row in Review.objects.filter(child__in=list(keys), clock=clock).defer("reason").order_by("at"):
        found.setdefault(row.child_id, []).append(row)
    return found


def lock_child(child_id: UUID) -> None:
    """In the caller's transaction, by whoever stops an end or begins it: the one waits for the other."""
    list(Child.objects.select_for_update().filter(pk=child_id).values_list("pk"))


def stands_still_until() -> date | None:
    """The day before which nothing ends by itself, after a restore."""
    found: date | None = Standstill.objects.aggregate(last=Max("until"))["last"]
    return found


def is_over(clocks: Iterable[Running], today: date) -> bool:
    """Whether a limit is past and its end has not come: something stops it, whatever that is."""
    return any(ended(each.limit, today) for each in clocks)


def clocks_of(periods: Periods, child: Child) -> list[Running]:
    return [each for name in OF_A_CHILD for each in running(periods, Child.objects.filter(pk=child.pk), name)]
