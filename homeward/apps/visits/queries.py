"""Visits of a child and of a day, what was agreed and what became of it, and all of it as dated events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.audit.services import record_look
from homeward.apps.cases.gaps import gaps_from
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.queries import ChildDetail, ChildRow, child_row
from homeward.apps.surveys.models import State
from homeward.apps.visits import choices as of
from homeward.apps.visits.agreed import agreed_visits, caseload_to_visit
from homeward.apps.visits.cards import cards_of
from homeward.apps.visits.contacts import SAYS
from homeward.apps.visits.models import (
    ActionOutcome,
    AgreedAction,
    ContactAttempt,
    ContactFact,
    QuietTime,
    Visit,
    VisitVersion,
)
from homeward.apps.visits.planning import check_of, shut_now, together_with, visible_ids, ways_of
from homeward.apps.visits.scope import SEE, child_to_read, visit_to_read
from homeward.apps.visits.sealing import lifted_why_of, promise_of, words_of
from homeward.apps.visits.settling import outcomes_of, said_of
from homeward.apps.visits.versions import VersionRow, versions_of
from homeward.apps.visits.voices import VoiceRow, voices_of
from homeward.domain.gaps import Source
from homeward.domain.promising import NOBODY, NOT_COMING, SETTLED, stands
from homeward.domain.visiting import QUESTIONS, modes_after_lift
from homeward.domain.written import as_written

__all__ = [
    "actions_of",
    "agreed_visits",
    "events_of",
    "look_at_visit",
    "planned_in_week",
    "planned_on",
    "visit_row",
    "visits_of",
]
TAKEN = (State.ACCEPTED, State.INVALID)  # it took place, whether or not somebody has to look at it


@dataclass(frozen=True, slots=True)
class VisitRow:
    id: UUID
    child_code: str
    state: str  # blocked, planned, held, not_held, taken_back
    planned_on: date
    held_on: date | None
    mode: str
    goes: str
    who: str
    blocked: tuple[str, ...]
    not_held: str
    child_seen: bool | None
    harm: tuple[str, ...] | None
    together: bool
    late: bool  # planned for a day that is past
    went: str = ""  # a kind of person, of a visit that was held
    corrected: bool = False
    taken_back: str = ""  # why; nothing of it counts

    @property
    def day(self) -> date:
        return self.held_on or self.planned_on


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    on: date
    kept: str
    new_day: date | None
    because: str
    told: str
    by: str
    visit_id: UUID | None  # at whose recording it was said
    need: str = ""


@dataclass(frozen=True, slots=True)
class ActionRow:
    id: UUID
    who: str
    by_when: date
    agreed_on: date
    promise: str
    kept: str  # the newest outcome; empty: none noted yet
    kept_on: date | None
    overdue: bool  # promised for a day that is past, and not there
    visit_id: UUID  # at which it was agreed
    due: date  # by when it is to be there now; `by_when` is what was said first
    moves: int
    because: str  # why it was moved, or does not come
    told: str  # who told the family that it does not come
    ledger: tuple[OutcomeRow, ...]  # all that was said of it, the oldest first

    @property
    def open(self) -> bool:
        return self.kept not in SETTLED

    @property
    def untold(self) -> bool:
        return self.kept == NOT_COMING and self.told == NOBODY


@dataclass(frozen=True, slots=True)
class VisitDetail:
    row: VisitRow
    child: ChildDetail
    check: tuple[tuple[str, str], ...]  # question, answer
    asked_for: str
    checked_by: str
    lifted_why: str
    modes_after_lift: tuple[str, ...]
    interpreter: bool
    same_sex_asked: bool
    caregiver_seen: bool | None
    alone: str
    on_track: str
    harm_done: str
    next_on: date | None
    words: str
    voices: tuple[VoiceRow, ...]
    gaps: tuple[tuple[str, str], ...]
    actions: tuple[ActionRow, ...]  # all of the child, open ones first
    others: tuple[VisitRow, ...]  # made in one go with it
    shut: str  # planned in a way that a card or a quiet time has shut since: nobody goes
    closed_by: str
    closed_at: datetime | None
    observed: tuple[str, ...]
    versions: tuple[VersionRow, ...]  # what the record said before, the newest first
    ways: Mapping[str, str]  # of a visit that is not made: each way, and what shuts it; empty: open


@dataclass(frozen=True, slots=True)
class Event:
    """For a timeline: codes, no words."""

    day: date
    kind: str
    codes: tuple[str, ...] = ()
    visit_id: UUID | None = field(default=None, compare=False)  # it was, or at which it was agreed
    at: datetime | None = field(default=None, compare=False)  # when it was written down


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    id: UUID
    child: ChildRow
    on: date
    mode: str
    goes: str
    late: bool
    shut: str = ""  # by a card or a quiet time that came after the plan: nobody goes
    parts: tuple[str, ...] = ()  # of the day, as the card allows; none: any
    others: tuple[str, ...] = ()  # codes of those of the list who are visited in one go with the child


def visits_of(actor: Actor, key: UUID | str) -> tuple[VisitRow, ...]:
    """The newest first. The caller has written down that the record was looked at."""
    child = child_to_read(actor, key)
    rows = Visit.objects.filter(child=child).select_related("child", "person").defer("words", "lifted_why")
    rows = rows.annotate(corrected=Exists(VisitVersion.objects.filter(visit=OuterRef("pk"))))
    today = today_in(actor, child.organisation_id)
    return tuple(sorted((visit_row(row, today) for row in rows), key=lambda row: row.day, reverse=True))


def look_at_visit(actor: Actor, visit_id: UUID) -> VisitDetail:
    """Written down as a look at the child's record."""
    visit = visit_to_read(actor, visit_id)
    child = open_child(actor, visit.child_id, "visit")
    today = today_in(actor, child.organisation_id)
    others = [row for row in together_with(visit) if row.pk != visit.pk]
    seen, day = visible_ids(actor, others), max(today, visit.planned_on)
    shut = shut_now([visit, *others], day).get(visit.pk, "") if visit.state == "planned" else ""
    return VisitDetail(
        visit_row(visit, today),
        child,
        tuple((name, getattr(visit, name)) for name in QUESTIONS),
        visit.asked_for,
        str(visit.checked_by or ""),
        lifted_why_of(visit),
        tuple(str(mode) for mode in modes_after_lift(check_of(visit))),
        visit.interpreter,
        visit.same_sex_asked,
        visit.caregiver_seen,
        visit.alone,
        visit.on_track,
        visit.harm_done,
        visit.next_on,
        words_of(visit),
        voices_of(visit),
        gaps_from(Source.VISIT, visit.pk),
        actions_of(actor, visit.child_id),
        tuple(visit_row(row, today) for row in others if row.pk in seen),
        shut,
        str(visit.closed_by or ""),
        visit.closed_at,
        tuple(visit.observed),
        versions_of(visit),
        ways_of(visit, day) if shut or visit.state == "blocked" else {},
    )


def visit_row(row: Visit, today: date) -> VisitRow:
    return VisitRow(
        row.pk,
        row.child.code,
        row.state,
        row.planned_on,
        row.held_on,
        row.held_mode or row.mode,
        row.goes,
        str(row.person or ""),
        tuple(row.blocked),
        row.not_held,
        row.child_seen,
        tuple(row.harm) if row.harm is not None else None,
        row.together is not None,
        row.state == "planned" and row.planned_on < today,
        row.went,
        bool(getattr(row, "corrected", False)),
        row.taken_back,
    )


def actions_of(actor: Actor, key: UUID | str) -> tuple[ActionRow, ...]:
    """What is open and overdue stands first, then what is open, then the rest, the newest first."""
    child = child_to_read(actor, key)
    today = today_in(actor, child.organisation_id)
    actions = list(AgreedAction.objects.filter(child=child, struck_at=None).order_by("-agreed_on"))
    said = outcomes_of(row.pk for row in actions)
    rows = [_action_row(row, said[row.pk], today) for row in actions]
    return tuple(sorted(rows, key=lambda row: (not row.overdue, not row.open, row.due if row.open else date.max)))


def _action_row(row: AgreedAction, said: Sequence[ActionOutcome], today: date) -> ActionRow:
    now, last = stands(row.by_when, said_of(said), today), said[-1] if said else None
    return ActionRow(
        *(row.pk, row.who, row.by_when, row.agreed_on, promise_of(row)),
        *(now.kept, last.on if last else None, now.overdue, row.visit_id),
        *(now.due, now.moves, last.because if last else "", last.told if last else ""),
        tuple(_outcome_row(each) for each in said),
    )


def _outcome_row(row: ActionOutcome) -> OutcomeRow:
    said = (row.on, row.kept, row.new_day, row.because, row.told, str(row.noted_by or ""))
    return OutcomeRow(*said, row.visit_id, row.need)


def planned_on(actor: Actor, day: date) -> tuple[PlannedVisit, ...]:
    """The visits of a day, those that are late before them: of the own caseload, or of a supervisor's team. Written
    down where there are any. None of whoever said no to help, or took it back, since they were planned. What is planned
    between today and that day is not late, and each is judged by the day on which somebody goes.
    """
    children, now = caseload_to_visit(actor), min(day, actor.today())
    meant = Q(planned_on=day) | Q(planned_on__lt=now)
    rows = Visit.objects.filter(meant, child__in=children.values("pk"), closed_at=None)
    rows = rows.exclude(mode="").select_related("child__team", "child__place").defer("words", "lifted_why")
    planned = list(rows.order_by("planned_on", "child__code"))
    shut = shut_now([row for row in planned if row.planned_on == day], day)
    shut |= shut_now([row for row in planned if row.planned_on != day], now)
    cards = cards_of(row.child_id for row in planned)
    found = tuple(
        PlannedVisit(
            *(row.pk, child_row(row.child, day), row.planned_on, row.mode, row.goes, row.planned_on < day),
            shut.get(row.pk, ""),
            tuple(cards[row.child_id].safe_parts) if row.child_id in cards else (),
            tuple(each.child.code for each in planned if each.together == row.together is not None and each != row),
        )
        for row in planned
    )
    if found:
        record_look(actor, SEE, "visits", detail={"rows": len(found)})
    return found


def planned_in_week(actor: Actor, keys: Sequence[UUID | str], day: date) -> tuple[VisitRow, ...]:
    """Whoever goes: what is planned for these children in the week of this day, before one more is."""
    children = [child_to_read(actor, key) for key in keys]
    monday = day - timedelta(days=day.weekday())
    rows = Visit.objects.filter(child__in=children, closed_at=None).exclude(mode="")
    rows = rows.filter(planned_on__range=(monday, monday + timedelta(days=6))).select_related("child", "person")
    ordered = rows.defer("words", "lifted_why").order_by("planned_on", "child__code")
    return tuple(visit_row(row, today_in(actor, row.child.organisation_id)) for row in ordered)


def events_of(actor: Actor, key: UUID | str) -> tuple[Event, ...]:
    """Visits, what was agreed and became of it, attempts, losing and finding, and times without contact; by day."""
    child = child_to_read(actor, key)
    return tuple(sorted(_events(child.pk), key=as_written))


def _events(child_id: UUID) -> Iterable[Event]:
    for row in Visit.objects.filter(child_id=child_id, taken_back="").defer("words", "lifted_why"):
        in_stead = row.went if row.went != of.Goes.STAFF else ""
        codes = (row.held_mode or row.mode, row.not_held, *row.blocked, in_stead)
        said, day, at = tuple(code for code in codes if code), row.held_on or row.planned_on, row.closed_at
        yield Event(day, f"visit_{row.state}", said, row.pk, at or row.lifted_at or row.checked_at)
    for action in AgreedAction.objects.filter(child_id=child_id, struck_at=None).defer("promise"):
        yield Event(action.agreed_on, "agreed", (action.who,), action.visit_id, action.made_at)
    for outcome in ActionOutcome.objects.filter(action__child_id=child_id, struck_at=None).select_related("action"):
        yield Event(outcome.on, "agreed_outcome", (outcome.kept,), outcome.action.visit_id, outcome.noted_at)
    for attempt in ContactAttempt.objects.filter(child_id=child_id, struck_at=None):
        said = (str(SAYS[attempt.outcome]), attempt.channel, attempt.outcome)
        yield Event(attempt.on, "attempt", said, at=attempt.noted_at)
    for fact in ContactFact.objects.filter(child_id=child_id):
        said = tuple(each for each in (fact.reason, fact.how) if each)
        yield Event(fact.on, f"contact_{fact.kind}", said, at=fact.noted_at)
    for quiet in QuietTime.objects.filter(child_id=child_id):
        yield Event(quiet.since, "quiet_time", (quiet.reason,), at=quiet.set_at)
