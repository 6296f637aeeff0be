"""The facts from which the clock of each child follows: read set by set, for one child or for a hundred thousand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast
from django.utils import timezone

from homeward.apps.access.actors import Actor, day_in_zone, zone_of
from homeward.apps.access.vault import prefetch
from homeward.apps.cases.models import Child, Population, RiskLevel, Status
from homeward.apps.cases.protocols import Schedules, schedule_of
from homeward.apps.cases.queries import find_row
from homeward.apps.cases.same_child import stays_of_merged
from homeward.apps.cases.sealing import birth_date_of
from homeward.apps.surveys.models import State as SubmissionState
from homeward.apps.surveys.models import Submission
from homeward.apps.surveys.reading import UNDATED, day_of
from homeward.apps.surveys.scope import HELD
from homeward.apps.visits.choices import Outcome
from homeward.apps.visits.clock_models import Missed, MissedReason, Pause
from homeward.apps.visits.models import ContactAttempt, Visit
from homeward.domain.ages import ADULT, birthday, month_of_18
from homeward.domain.protocol import Answered, Facts, FollowUp, follow_up
from homeward.domain.protocol import Missed as MissedPoint
from homeward.domain.rounds import Schedule, round_asked, rounds_of

A_YEAR = timedelta(days=366)
NOBODY_ASKED = ("", "")  # respondent and family of a contact without an interview
ROUND_FAMILY = "survey"  # visits and case studies are no round
DATED = ("interviewed_on", "received_at", "problems")
# As whoever asked has said it.
IN_PRIVATE = Cast(KeyTextTransform("in_private", KeyTransform("answers", "coded")), TextField())
LISTENED = "no"
COLUMNS = (
    *("pk", "code", "organisation_id", "return_date", "age_band", "age_changes_on"),
    *("place_id", "place__time_zone", "population", "created_at", "organisation__time_zone"),
)


@dataclass(slots=True)
class Clock:
    """One child, as the lists of due days need it."""

    child_id: UUID
    code: str
    organisation_id: UUID
    place_id: UUID | None
    day: date  # by the calendar of the place where the child lives
    facts: Facts
    undated: list[UUID] = field(default_factory=list)  # interviews whose day nobody knows
    zone: str = "UTC"
    ahead: bool = False  # an interview is dated after today here: it counts as of today, whichever day that is
    together: bool = False  # another record of the same child was put together with this one


def with_a_clock(children: QuerySet[Child]) -> QuerySet[Child]:
    """Returned children whose record is open: peers of the host community have nothing to count from. Whoever said
    no to interviews, or took the agreement back, is not asked.
    """
    return children.filter(status=Status.OPEN, population=Population.RETURNEE).exclude(
        said_no__in=("interviews", "both")
    )


class Calendars:
    """Which day it is in a zone; the first day that was asked for holds for all. `on`: what came later is not known."""

    def __init__(self, on: date | None = None) -> None:
        self.on = on
        self._days: dict[str, date] = {}

    def now(self, zone: str) -> date:
        if zone not in self._days:
            self._days[zone] = day_in_zone(zone)
        return self._days[zone]


def day_for(child: Child) -> date:
    """The day by which something is due for this child."""
    return day_in_zone(child.place.time_zone if child.place else zone_of(child.organisation_id))


def clocks(
    children: QuerySet[Child], on: date | None = None, *, newest: bool = True, few: Sequence[UUID] | None = None
) -> list[Clock]:
    """`newest`: of each respondent and family the last interview alone, which says what is due; else all of them.
    `few`: the keys of these children, where they are some hundreds at most: nothing of others is looked at.
    """
    calendars = Calendars(on)
    rows = list(children.order_by().values_list(*COLUMNS))
    among = Q(child_id__in=few) if few is not None else Q(Exists(children.filter(pk=OuterRef("child_id"))))
    beside, twins = _Beside(among), stays_of_merged()
    among |= Q(child_id__in=list(twins))
    heard = _of_one(_newest(among, calendars) if newest else _each(among), twins)
    reached, refused = _reached(among, calendars, twins), _refused(among, twins)
    schedules, two = Schedules(), set(twins.values())
    eighteen = _birthdays_at_18(rows, schedules, (on or timezone.localdate()) + A_YEAR)
    found = []
    for pk, code, place, returned, band, changes, place_id, near, population, made_at, house in rows:
        zone = near or house
        now = calendars.now(zone)
        # Where nobody knows when a child returned, the clock counts from its registration.
        start = _start(returned, made_at, population, house)
        interviews, undated = heard.get(pk, _NOTHING)
        answered = tuple(Answered(min(day, now), who, family, listened) for day, who, family, listened in interviews)
        answered += tuple(Answered(min(day, now), *NOBODY_ASKED) for day in reached.get(pk, ()))
        facts = Facts(start, band, changes, answered=answered, eighteen=eighteen.get(pk), **beside.of(pk))
        if start is not None and pk in refused:
            facts = _with_refusals(schedules.of(place), start, facts, refused[pk])
        ahead = any(day > now for day in (*(each[0] for each in interviews), *reached.get(pk, ())))
        found.append(Clock(pk, code, place, place_id, on or now, facts, undated, zone, ahead, pk in two))
    return found


def _start(returned: date | None, made_at: datetime, population: str, zone: str) -> date | None:
    return returned or (made_at.astimezone(ZoneInfo(zone)).date() if population == Population.RETURNEE else None)


def _birthdays_at_18(rows: Iterable[tuple[Any, ...]], schedules: Schedules, last: date) -> dict[UUID, date]:
    """Of whoever turns 18 in a month in which a round is due: before the birthday the child is asked. Of all others the
    month says enough, and nothing is opened; what comes after `last` is looked at when it is nearer.
    """
    few = []
    for pk, _code, place, returned, band, changes, _place, _near, population, made_at, house in rows:
        month, start = month_of_18(band, changes), _start(returned, made_at, population, house)
        if month is None or start is None or month > last:
            continue
        rounds = rounds_of(schedules.of(place), start)
        if rounds and rounds[-1].due >= month and any(each.due.replace(day=1) == month for each in rounds):
            few.append(pk)
    prefetch(few)
    some = Child.objects.filter(pk__in=few).only("id", "birth_date") if few else ()
    return {each.pk: birthday(born, ADULT) for each in some if (born := birth_date_of(each)) is not None}


_NOTHING: tuple[list[tuple[date, str, str, bool]], list[UUID]] = ([], [])
Heard = dict[UUID, tuple[list[tuple[date, str, str, bool]], list[UUID]]]


class _Beside:
    """What few children have: levels of risk, pauses and reasons."""

    def __init__(self, among: Q) -> None:
        self.risks = _by_child(RiskLevel.objects.filter(among).order_by("since", "said_at"), "since", "level")
        self.pauses = _by_child(Pause.objects.filter(among).order_by("since", "said_at"), "since", "until")
        rows = Missed.objects.filter(among).order_by("on_day", "said_at")
        self.missed = {
            key: [MissedPoint(*each) for each in said]
            for key, said in _by_child(rows, "point", "on_day", "reason", "respondent").items()
        }

    def of(self, child_id: UUID) -> dict[str, Any]:
        tables = (("risks", self.risks), ("pauses", self.pauses), ("missed", self.missed))
        return {name: tuple(found[child_id]) for name, found in tables if child_id in found}


def _of_one(heard: Heard, twins: Mapping[UUID, UUID]) -> Heard:
    """What was said under a record that was put together with another one counts for the one that stays."""
    for twin in twins.keys() & heard.keys():
        days, undated = heard.setdefault(twins[twin], ([], []))
        days += heard[twin][0]
        undated += heard[twin][1]
    return heard


def _reached(among: Q, calendars: Calendars, twins: Mapping[UUID, UUID]) -> Mapping[UUID, list[date]]:
    """The last day on which somebody saw or spoke with the child or its caregiver, without an interview."""
    seen = Visit.objects.filter(among, Q(child_seen=True) | Q(caregiver_seen=True), held_on__isnull=False)
    spoken = ContactAttempt.objects.filter(among, outcome__in=(Outcome.CHILD, Outcome.CAREGIVER))
    found: dict[UUID, list[date]] = {}
    for key, day in _last_days(seen, "held_on", calendars).union(_last_days(spoken, "on", calendars), all=True):
        found.setdefault(twins.get(key, key), []).append(day)
    return found


def _last_days(rows: QuerySet[Any], column: str, calendars: Calendars) -> Any:
    if calendars.on is not None:
        rows = rows.filter(**{f"{column}__lte": calendars.on})
    return rows.order_by().values_list("child_id").annotate(last=Max(column))


def _refused(among: Q, twins: Mapping[UUID, UUID]) -> Mapping[UUID, list[date]]:
    """Days on which somebody was asked for an interview and said no."""
    rows = Submission.objects.filter(among, state=SubmissionState.REFUSED, form_version__family=ROUND_FAMILY)
    found: dict[UUID, list[date]] = {}
    for child_id, *dated in rows.values_list("child_id", *DATED):
        if (day := day_of(*dated)) is not None:
            found.setdefault(twins.get(child_id, child_id), []).append(day)
    return found


def _with_refusals(schedule: Schedule, start: date, facts: Facts, days: Iterable[date]) -> Facts:
    """A no is an answer: that round is not asked for again, and an interview that is held after all outdoes it."""
    said = list(facts.missed)
    for day in days:
        asked = round_asked(schedule, start, day)
        if asked is not None:
            said.append(MissedPoint(asked.code, day, MissedReason.REFUSED))
    return replace(facts, missed=tuple(sorted(said, key=lambda each: each.on)))


def _by_child(rows: QuerySet[Any], *columns: str) -> dict[UUID, list[tuple[Any, ...]]]:
    found: dict[UUID, list[tuple[Any, ...]]] = {}
    for child_id, *values in rows.values_list("child_id", *columns):
        found.setdefault(child_id, []).append(tuple(values))
    return found


def _interviews(among: Q) -> QuerySet[Submission]:
    return Submission.objects.filter(among, state__in=HELD).order_by()


def _doubtful(rows: QuerySet[Submission]) -> tuple[QuerySet[Submission], Q]:
    """Where the day is in doubt the interview is looked at by itself: `day_of` alone knows which days count."""
    doubtful = Q(interviewed_on__gt=F("received_at"))
    for code in UNDATED:
        doubtful |= Q(told__contains=code)
    return rows.alias(told=Cast("problems", TextField())), doubtful


def _newest(among: Q, calendars: Calendars) -> Heard:
    """One row for each child, respondent and family comes from the database."""
    rows, doubtful = _doubtful(_interviews(among))
    if calendars.on is not None:
        rows = rows.filter(interviewed_on__lte=calendars.on)
    sure = rows.exclude(doubtful).values_list("child_id", "respondent", "form_version__family")
    found: Heard = {}
    for child_id, who, family, last in sure.annotate(last=Max("interviewed_on")):
        found.setdefault(child_id, ([], []))[0].append((last, who, family, False))  # who listened says the whole clock
    _look(rows.filter(doubtful), found)
    return found


def _each(among: Q) -> Heard:
    """Of several on one day by the same person one row, and one more where others listened to some of them alone."""
    rows, doubtful = _doubtful(_interviews(among))
    found: Heard = {}
    sure = rows.exclude(doubtful).annotate(in_private=IN_PRIVATE)
    columns = ("child_id", "respondent", "form_version__family", "interviewed_on", "in_private")
    for child_id, who, family, day, private in sure.values_list(*columns).distinct():
        found.setdefault(child_id, ([], []))[0].append((day, who, family, private == LISTENED))
    _look(rows.filter(doubtful), found)
    return found


def _look(rows: QuerySet[Submission], found: Heard) -> None:
    columns = ("pk", "child_id", "respondent", "form_version__family", "in_private", *DATED)
    told = rows.annotate(in_private=IN_PRIVATE).order_by("received_at")
    for pk, child_id, who, family, private, *dated in told.values_list(*columns):
        days, undated = found.setdefault(child_id, ([], []))
        day = day_of(*dated)
        if day is None:
            undated.append(pk)
        else:
            days.append((day, who, family, private == LISTENED))


def follow_up_of(actor: Actor, child_id: UUID, facts: Facts | None = None) -> FollowUp:
    """The whole clock of a child within reach. The page that shows it has written down that it was looked at.
    `facts`: of the page that has read them already.
    """
    child = find_row(actor, child_id)
    return follow_up_of_child(child, day_for(child), facts)


def follow_up_of_child(child: Child, day: date, facts: Facts | None = None) -> FollowUp:
    return follow_up(schedule_of(child.organisation_id), facts or facts_of_child(child), day)


def facts_within(actor: Actor, child_id: UUID) -> Facts:
    return facts_of_child(find_row(actor, child_id))


def facts_of_child(child: Child) -> Facts:
    (clock,) = clocks(Child.objects.filter(pk=child.pk), newest=False, few=[child.pk])
    facts = clock.facts
    if child.population != Population.RETURNEE:
        return Facts(None, facts.band)
    ended = child.ended_on if child.status != Status.OPEN else None
    return Facts(
        facts.start,
        facts.band,
        facts.band_changes_on,
        facts.risks,
        facts.pauses,
        facts.answered,
        facts.missed,
        ended,
        facts.eighteen,
    )
