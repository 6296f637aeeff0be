"""The journey of one child: what happened from departure to today, on one line of days, the newest first.

Each topic is asked for its own dated events and keeps its own rules; of a topic that is not the reader's nothing is
asked, so nothing tells that it is there. What is told in confidence, flags and matters of protection are no events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.cases import case_queries, consents, record_queries
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import find_row
from homeward.apps.cases.referrals import referral_events
from homeward.apps.cases.same_child import merged_with
from homeward.apps.cases.scope import children_visible_to, permit_for, read_at_once
from homeward.apps.cases.sealing import birth_date_of
from homeward.apps.cases.transfers import transfer_events
from homeward.apps.monitoring.episodes import Episode, episodes_of
from homeward.apps.monitoring.folding import folded
from homeward.apps.monitoring.meetings import meeting_days
from homeward.apps.monitoring.turns import turns_of_age
from homeward.apps.surveys.form_queries import list_forms
from homeward.apps.surveys.models import State
from homeward.apps.surveys.timeline import Series, SubmissionRow, Timeline, timeline
from homeward.apps.visits import follow_up_facts
from homeward.apps.visits import queries as visits
from homeward.domain.child_record import season_of
from homeward.domain.protocol import CONTACT, TAKEN_BACK, Facts
from homeward.domain.protocol import State as Standing
from homeward.domain.rounds import RoundRule
from homeward.domain.written import as_written

# What a reader may look at alone, in the order of the links.
GROUPS = ("life", "interviews", "rounds", "case", "visits", "help", "agreement")
SAID = "said_of_a_round"
INTERVIEWS: Mapping[str, str] = {
    State.ACCEPTED: "interview",
    State.INVALID: "interview",
    State.REFUSED: "interview_refused",
    State.NO_CONSENT: "interview_waits",
}


@dataclass(frozen=True, slots=True)
class Scored:
    """One dimension of one interview; `before` where the interview before it was made in the same way, and `breaks`,
    what changed, where it was not.
    """

    dimension: str
    value: Decimal
    before: Decimal | None
    breaks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """`kind` and `codes` are of closed lists; no name and no text is in it."""

    day: date
    kind: str
    group: str
    codes: tuple[str, ...] = ()
    since: date | None = None  # of several that are told as one: the day of the first
    count: int = 1
    scores: tuple[Scored, ...] = ()
    titles: Mapping[str, str] | None = None
    submission_id: UUID | None = None  # whose answers may be opened
    rule: RoundRule | None = None
    visit_id: UUID | None = None  # that it was, or at which something was agreed
    overheard: bool = False  # an interview to which others listened
    at: datetime | None = None  # when it was written down


@dataclass(frozen=True, slots=True)
class Journey:
    moments: tuple[Moment, ...]  # the newest first
    episodes: tuple[Episode, ...]  # the oldest first
    today: date

    @property
    def groups(self) -> tuple[str, ...]:
        there = {each.group for each in self.moments}
        return tuple(name for name in GROUPS if name in there)

    @property
    def first(self) -> date:
        return min((each.since or each.day for each in self.moments), default=self.today)


def journey_of(actor: Actor, child_id: UUID, history: Timeline | None = None, followed: Facts | None = None) -> Journey:
    """A fixed number of questions for each record of the child, however long the journey. `history`, `followed`: of the
    page that has read them already. The look was written down by the page.
    """
    with read_at_once():
        return _journey(actor, child_id, history, followed)


def _journey(actor: Actor, child_id: UUID, history: Timeline | None, followed: Facts | None) -> Journey:
    child = find_row(actor, child_id)
    today = today_in(actor, child.organisation_id)
    found: list[Moment] = []
    records = [child, *_merged(actor, child)]
    for record in records:
        found += _gathered(actor, record)
    found = _with_returns(child, found)
    episodes = episodes_of(child, records, found, followed)
    said = sorted((each for each in found if each.kind == SAID), key=as_written)
    found = [each for each in found if each.kind != SAID]
    found += _rounds(episodes, said, today)
    found += _interviews(actor, history or timeline(actor, child.pk))
    found += _birthdays(child, found, today)
    return Journey(tuple(reversed(folded(found))), episodes, today)


def _merged(actor: Actor, child: Child) -> list[Child]:
    """Records of the same child that were put together with it, as far as they are within reach."""
    keys = merged_with(child.pk)
    rows = children_visible_to(actor, one=True).filter(pk__in=keys) if keys else ()
    return list(rows)


def _gathered(actor: Actor, child: Child) -> Iterator[Moment]:
    for permission, source in SOURCES:
        if _may(actor, permission, child):
            yield from source(actor, child)


def _may(actor: Actor, permission: str, child: Child) -> bool:
    """Asked before anything is read: one role may reach the child, and another carry the right."""
    place, team = child.organisation_id, child.team_id
    return bool(permit_for(actor, permission, child.pk, organisation_id=place, team_id=team))


def _life(actor: Actor, child: Child) -> Iterator[Moment]:
    for each in record_queries.events_of(actor, child.pk):
        yield Moment(each.day, each.kind, "life", each.codes, at=each.at)


def _followed(actor: Actor, child: Child) -> Iterator[Moment]:
    """What was said of a missed round waits for the clock, which knows what an interview has outdone."""
    for each in follow_up_facts.events_of(actor, child.pk):
        if each.kind != "missed":
            yield Moment(each.day, each.kind, "rounds", tuple(each.code.split()), at=each.at)
            continue
        point, _, reason = each.code.partition(" ")
        if point != CONTACT:
            yield Moment(each.day, SAID, "rounds", (point, reason), at=each.at)
        elif reason != TAKEN_BACK:
            yield Moment(each.day, "contact_missed", "rounds", (reason,), at=each.at)


def _case(actor: Actor, child: Child) -> Iterator[Moment]:
    for each in case_queries.events_of(actor, child.pk):
        yield Moment(each.day, each.kind, "case", each.codes, at=each.at)


def _meetings(actor: Actor, child: Child) -> Iterator[Moment]:
    for day, outcome, at in meeting_days(actor, child):
        yield Moment(day, "meeting", "case", (outcome,), at=at)


def _visits(actor: Actor, child: Child) -> Iterator[Moment]:
    for each in visits.events_of(actor, child.pk):
        yield Moment(each.day, each.kind, "visits", each.codes, visit_id=each.visit_id, at=each.at)


def _help(actor: Actor, child: Child) -> Iterator[Moment]:
    for each in referral_events(actor, child.pk):
        yield Moment(each.day, each.kind, "help", each.codes, at=each.at)
    for each in transfer_events(actor, child.pk):
        yield Moment(each.day, each.kind, "help", each.codes, at=each.at)


def _agreement(actor: Actor, child: Child) -> Iterator[Moment]:
    for each in consents.events_of(actor, child.pk):
        yield Moment(each.day, each.kind, "agreement", each.codes, at=each.at)


Source = Callable[[Actor, Child], Iterable[Moment]]
SOURCES: tuple[tuple[str, Source], ...] = (
    ("children.see", _life),
    ("children.see", _followed),
    ("plans.see", _case),
    ("reviews.see", _meetings),
    ("visits.see", _visits),
    ("referrals.see", _help),
    ("consents.see", _agreement),
)


def _with_returns(child: Child, found: list[Moment]) -> list[Moment]:
    """The day of return on the record is an episode too, where nobody has told more of it. What two records of a child
    tell of is told once, and numbers follow the days.
    """
    day = child.return_date
    if day is not None and not any(each.kind == "return" and each.day == day for each in found):
        found.append(Moment(day, "return", "life", ("1", "unknown", "unknown", season_of(day))))
    returns = {each.day: each for each in reversed(found) if each.kind == "return"}
    left = [each.day for each in found if each.kind == "left_again"]
    made = [each for each in found if each.kind != "return" and not _told_better(each, left, sorted(returns))]
    for number, each in enumerate(sorted(returns.values(), key=lambda each: each.day), 1):
        made.append(replace(each, codes=(str(number), *each.codes[1:])))
    return made


def _told_better(moment: Moment, left: Sequence[date], returns: Sequence[date]) -> bool:
    """A departure that follows from months away, where somebody has said on which day the child left again."""
    if moment.kind != "departure":
        return False
    before = max((day for day in returns if day <= moment.day), default=date.min)
    after = min((day for day in returns if day > moment.day), default=date.max)
    return any(before <= day <= after for day in left)


def _rounds(episodes: Sequence[Episode], said: Sequence[Moment], today: date) -> Iterator[Moment]:
    """Rounds that did not take place, or in part. Of one that the end of an episode overtook what somebody had said."""
    for place, episode in enumerate(episodes):
        after = episodes[place + 1].begins if place + 1 < len(episodes) else date.max
        words = {each.codes[0]: each for each in said if episode.begins <= each.day < after}
        for point in episode.points:
            code, rule = point.round.code, point.round.rule
            word = words.get(code)
            if point.state in (Standing.MISSED, Standing.PARTLY):
                kind = "round_missed" if point.state is Standing.MISSED else "round_partly"
                yield Moment(min(point.round.due, today), kind, "rounds", (code, point.reason), rule=rule)
            elif point.state is Standing.ENDED and word is not None and word.codes[1] != TAKEN_BACK:
                yield Moment(word.day, "round_missed", "rounds", word.codes, rule=rule, at=word.at)


def _interviews(actor: Actor, history: Timeline) -> Iterator[Moment]:
    scores, written = _scores(actor, history.series), _first_written(history.submissions)
    for row in history.submissions:
        kind, day = INTERVIEWS.get(row.state, ""), row.day
        if not kind or day is None:
            continue
        readable = row.id if row.state != State.NO_CONSENT else None
        made = Moment(day, kind, "interviews", (row.respondent,), titles=_titles(row), submission_id=readable)
        yield replace(made, scores=tuple(scores.get(row.id, ())), overheard=row.overheard, at=written[row.id])


def _first_written(rows: Sequence[SubmissionRow]) -> Mapping[UUID, datetime]:
    """Of a corrected interview when its first version came, for the day that it tells of has not changed places."""
    of, written = {row.id: row for row in rows}, dict[UUID, datetime]()
    for row in sorted(rows, key=lambda row: row.received_at):
        before = of.get(row.supersedes) if row.supersedes is not None else None
        written[row.id] = written.get(before.id, row.received_at) if before is not None else row.received_at
    return written


def _titles(row: SubmissionRow) -> Mapping[str, str]:
    return row.titles or {"en": row.instrument_id}


def _scores(actor: Actor, series: Sequence[Series]) -> Mapping[UUID, list[Scored]]:
    """Of instruments about the child; those about the caregiver's own situation stand elsewhere."""
    about = {row.instrument_id for row in list_forms(actor) if row.subject != "child"} if series else set()
    found: dict[UUID, list[Scored]] = {}
    for one in series:
        before = None
        for point in one.points:
            if point.instrument_id in about and not point.of_self:
                continue
            if point.value is not None and point.enough:
                alike = before is not None and not point.breaks
                scored = Scored(one.dimension, point.value, before if alike else None, point.breaks)
                found.setdefault(point.submission_id, []).append(scored)
            before = point.value if point.enough else None
    return found


def _birthdays(child: Child, found: Sequence[Moment], today: date) -> Iterator[Moment]:
    """Where another age group begins, and who is grown up: on the first of that month."""
    birth = birth_date_of(child)
    first = min((each.day for each in found), default=child.return_date)
    if birth is None or first is None:
        return
    for years, day in turns_of_age(birth, first, today):
        yield Moment(day, "turned", "life", (str(years), "estimated" if child.birth_estimated else ""))
