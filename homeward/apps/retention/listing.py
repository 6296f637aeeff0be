"""What people see of it: who is due, who is held, what waits for a second person; by codes. A look is written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from homeward.apps.access.actors import Actor, permit, today_in
from homeward.apps.access.guard import guard
from homeward.apps.access.models import Organisation
from homeward.apps.audit.services import record_look
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import ChildDetail
from homeward.apps.cases.scope import about_children_visible_to, children_visible_to, permit_for
from homeward.apps.retention.clocks import (
    Periods,
    Running,
    clocks_of,
    is_over,
    listed_before,
    running,
    stands_still_until,
)
from homeward.apps.retention.known import BEGUN
from homeward.apps.retention.models import UNDECIDED, Ending, EndingKind, EndingState, Hold
from homeward.apps.retention.scope import (
    ASK,
    CHECK,
    HAND_OVER,
    HOLD,
    REVIEW,
    SET,
    endings_visible_to,
    may_lift,
    placed,
    sees_all,
)
from homeward.apps.retention.sealing import reason_of
from homeward.apps.safeguarding.ending import open_matters
from homeward.apps.surveys.ending import interviews_of
from homeward.domain.problems import Decision
from homeward.domain.retention import CLOCKS, OF_A_CHILD, latest_look, latest_prolongation, listed

MOST = 300
OF_PROTECTION = "sealed_notes"  # how many says that something was told


@dataclass(frozen=True, slots=True)
class DueRow:
    code: str
    team: str
    clock: str
    limit: date
    verdict: str
    held: bool


@dataclass(frozen=True, slots=True)
class HoldRow:
    code: str
    reason_code: str
    reason: str  # on the child's own page alone
    placed_by: str
    placed_at: datetime
    review_on: date
    to_review: bool


@dataclass(frozen=True, slots=True)
class EndingRow:
    id: UUID
    code: str
    kind: str
    state: str
    reason: str
    asked_for: str
    asked_by: str
    asked_at: datetime
    checked_by: str
    ended_at: datetime | None
    done_at: datetime | None
    report: dict[str, int]
    stopped_at: datetime | None  # for focal points alone: nothing was destroyed, and one of them decides again
    may_check: bool
    open_matter: bool  # for focal points alone: somebody still has to act for this child


@dataclass(frozen=True, slots=True)
class ReviewList:
    due: tuple[DueRow, ...]
    holds: tuple[HoldRow, ...]
    waiting: tuple[EndingRow, ...]
    ended: tuple[EndingRow, ...]
    stands_still: date | None  # until this day nothing ends by itself


@dataclass(frozen=True, slots=True)
class ClockRow:
    clock: str
    started: date
    limit: date
    verdict: str
    prolonged: bool
    due: bool
    latest: date  # until which it may be prolonged now


@dataclass(frozen=True, slots=True)
class Keeping:
    child: ChildDetail
    clocks: tuple[ClockRow, ...]
    hold: HoldRow | None  # for focal points, and for whoever placed it
    held: bool  # all that anybody else is told, and the same where an open matter stops the end
    asked: EndingRow | None
    latest_look: date  # until which a hold that is placed today may wait for its next look
    may: dict[str, Decision]


@dataclass(frozen=True, slots=True)
class PeriodRow:
    clock: str
    months: int
    usual: int
    shortest: int
    longest: int
    set_on: date | None


def review_list(actor: Actor) -> ReviewList:
    place = guard(actor, REVIEW)
    record_look(actor, REVIEW, "organisation", place, organisation_id=place)
    due = sorted(_due(actor), key=lambda row: (row.limit, row.code))
    holds = _holds(actor).prefetch_related("child", "placed_by").order_by("review_on")
    rows = endings_visible_to(actor).select_related("asked_by_person", "checked_by")
    under_way = (*UNDECIDED, EndingState.RUNNING)
    going = ending_rows(actor, rows.filter(state__in=under_way).order_by("asked_at"))
    ended = ending_rows(actor, rows.exclude(state__in=under_way).order_by("-asked_at")[:MOST])
    until = stands_still_until()
    return ReviewList(
        tuple(due[:MOST]),
        tuple(_hold(actor, each) for each in holds[:MOST]),
        tuple(each for each in going if each.state in UNDECIDED),
        (*(each for each in going if each.state not in UNDECIDED), *ended),
        until if until is not None and today_in(actor, place) < until else None,
    )


def how_many_wait(actor: Actor) -> int:
    """For the first page of whoever reviews: nobody has decided, or nobody has looked again at a hold."""
    if not permit(actor, REVIEW):
        return 0
    undecided = sum(not row.verdict and not row.held for row in _due(actor))
    again = sum(_hold(actor, each).to_review for each in _holds(actor).prefetch_related("child", "placed_by"))
    asked = endings_visible_to(actor, CHECK).filter(state__in=UNDECIDED).exclude(asked_by_person=actor.person_id)
    stopped = endings_visible_to(actor, CHECK).filter(state=EndingState.STOPPED, asked_by_person=actor.person_id)
    return undecided + again + asked.count() + stopped.count()


def _holds(actor: Actor) -> QuerySet[Hold]:
    """Those of which this actor may know why: somebody else's may be about the actor."""
    mine = Q(about_children_visible_to(actor, CHECK)) | Q(placed_by__isnull=False, placed_by=actor.person_id)
    return Hold.objects.filter(mine, about_children_visible_to(actor, REVIEW), lifted_at__isnull=True)


def _due(actor: Actor) -> list[DueRow]:
    places = {grant.organisation_id for grant, _ in actor.grants_for(REVIEW)}
    found: list[DueRow] = []
    for organisation in Organisation.objects.filter(pk__in=places):
        periods, today = Periods(organisation), today_in(actor, organisation.pk)
        children = children_visible_to(actor, REVIEW).filter(organisation=organisation)
        for clock in OF_A_CHILD:
            rows = listed_before(periods, children, clock, today).select_related("team")
            found += [_row(actor, each, today) for each in running(periods, rows, clock) if listed(each.limit, today)]
    return found


def _row(actor: Actor, each: Running, today: date) -> DueRow:
    child = each.child
    held = each.hold is not None
    if not held and not sees_all(actor, child.organisation_id, child.team_id):
        held = is_over([each], today)
    return DueRow(child.code, child.team.name if child.team else "", each.clock, each.limit, each.verdict, held)


def keeping(actor: Actor, code: str) -> Keeping:
    """The page on which it is decided about one child."""
    child = open_child(actor, code, "keeping")
    place, team, key = child.organisation_id, child.team_id, child.row.id
    may = {
        name: permit_for(actor, permission, key, organisation_id=place, team_id=team)
        for name, permission in (("review", REVIEW), ("hold", HOLD), ("ask", ASK), ("hand_over", HAND_OVER))
    }
    today, periods = today_in(actor, place), Periods(Organisation.objects.get(pk=place))
    clocks = clocks_of(periods, Child.objects.get(pk=key))
    held = Hold.objects.filter(child=key, lifted_at__isnull=True).select_related("child", "placed_by").first()
    everything = sees_all(actor, place, team)
    shown = held if held is not None and (everything or placed(actor, held)) else None
    may["lift"] = may_lift(actor, held, everything=everything)
    asked = Ending.objects.filter(child_id=key, kind="erasure").exclude(state=EndingState.REFUSED)
    return Keeping(
        child,
        tuple(_clock(each, today) for each in clocks),
        _hold(actor, shown, with_reason=bool(may["hold"])) if shown is not None else None,
        held is not None or (not everything and is_over(clocks, today)),
        next(iter(ending_rows(actor, asked.select_related("asked_by_person", "checked_by"))), None),
        latest_look(today),
        may,
    )


def _clock(each: Running, today: date) -> ClockRow:
    return ClockRow(
        each.clock,
        each.started,
        each.limit,
        each.verdict,
        each.prolonged,
        listed(each.limit, today),
        latest_prolongation(CLOCKS[each.clock], each.started, each.limit),
    )


def _hold(actor: Actor, row: Hold, *, with_reason: bool = False) -> HoldRow:
    return HoldRow(
        row.child.code,
        row.reason_code,
        reason_of(row) if with_reason else "",
        str(row.placed_by or ""),
        row.placed_at,
        row.review_on,
        row.review_on <= today_in(actor, row.organisation_id),
    )


def ending_rows(actor: Actor, rows: QuerySet[Ending]) -> list[EndingRow]:
    found = list(rows)
    checked = set(endings_visible_to(actor, CHECK).filter(pk__in=[each.pk for each in found]).values_list("pk"))
    mine = {key for (key,) in checked}
    asked = [each.child_id for each in found if each.pk in mine and each.state in UNDECIDED]
    matters = open_matters(asked, interviews_of(asked))
    return [_ending(actor, each, each.pk in mine, each.child_id in matters) for each in found]


def _ending(actor: Actor, row: Ending, all_of_it: bool, open_matter: bool) -> EndingRow:
    asked = row.state in UNDECIDED
    hidden = () if all_of_it else (OF_PROTECTION,)
    waits = asked or (row.kind == EndingKind.ERASURE and row.state == EndingState.RUNNING and BEGUN not in row.report)
    seems = EndingState.ASKED if waits and not all_of_it else row.state  # only what was told stops one: it says so
    return EndingRow(
        row.pk,
        row.code,
        row.kind,
        str(seems),
        row.reason,
        row.asked_for,
        str(row.asked_by_person or ""),
        row.asked_at,
        "" if seems != row.state else str(row.checked_by or ""),
        row.ended_at,
        row.done_at,
        {name: count for name, count in row.report.items() if isinstance(count, int) and name not in hidden},
        row.stopped_at if seems == EndingState.STOPPED else None,
        all_of_it and asked and row.asked_by_person_id != actor.person_id,
        open_matter and asked,
    )


def periods(actor: Actor) -> list[PeriodRow]:
    """How long the organisation keeps what; for whoever sets it."""
    organisation = Organisation.objects.get(pk=guard(actor, SET))
    own = Periods(organisation)
    return [
        PeriodRow(name, own.of(name).months, clock.months, clock.shortest, clock.longest, own.of(name).set_on)
        for name, clock in CLOCKS.items()
    ]
