"""What the rules look at, gathered for many children in a few questions, however many there are.

`known` is the day on which the house had it: that of its arrival, or of the decision about it where it waited in the
inbox. A correction is known from its own arrival.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Min, Q, QuerySet, TextField, Window
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Lag

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.models import Organisation
from homeward.apps.cases.models import Assignment, Child, Schooling
from homeward.apps.cases.record_models import LeftReason
from homeward.apps.monitoring.clock import follow_ups, kept_points
from homeward.apps.safeguarding.models import Group
from homeward.apps.safeguarding.models import State as Escalated
from homeward.apps.safeguarding.scope import escalations_visible_to
from homeward.apps.surveys.models import Score, State, Submission
from homeward.apps.surveys.reading import day_of
from homeward.apps.surveys.scope import HELD
from homeward.apps.surveys.scoring import COMPOSITE
from homeward.apps.surveys.series import band_of
from homeward.domain.instruments import Missing
from homeward.domain.protocol import FollowUp
from homeward.domain.succeeding import Answered, Facts, Happened, Kind, Rule, Scored

AT_ONCE = 400  # children in one question
UNSAID = frozenset({*(each.value for each in Missing), "skip"})  # codes that say nothing, whatever the form calls them
CONCERN, SCHOOL_LEFT = "concern", "school_left"
ANSWER_RULES = (Kind.ANSWER_IS, Kind.ANSWER_TURNED)
ROUGHLY = Decimal("0.001")  # a database may reckon with binary fractions


@dataclass(frozen=True, slots=True)
class Watched:
    """A child whose case is open."""

    id: UUID
    code: str
    organisation_id: UUID
    since: date  # from which on somebody here follows it
    zone: ZoneInfo
    founded: date  # the day of the house


@dataclass(slots=True)
class Known:
    """What is known of one child."""

    follow: FollowUp | None = None
    scored: list[Scored] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    happened: list[Happened] = field(default_factory=list)

    def facts(self, child: Watched) -> Facts:
        kept = kept_points(self.follow, child.since)
        return Facts(self.scored, self.answered, kept, sorted(self.happened, key=lambda each: each.day))


def watched(children: QuerySet[Child]) -> list[Watched]:
    """The caller has looked who may see them."""
    rows = list(children.values_list("pk", "code", "organisation_id", "created_at"))
    first = _assigned_since([row[0] for row in rows])
    houses = {
        key: (ZoneInfo(zone), _day(founded, ZoneInfo(zone)))
        for key, zone, founded in Organisation.objects.filter(pk__in={row[2] for row in rows}).values_list(
            "pk", "time_zone", "created_at"
        )
    }
    return [
        Watched(key, code, place, min(_day(made, houses[place][0]), first.get(key, date.max)), *houses[place])
        for key, code, place, made in rows
    ]


def known_of(
    actor: Actor, children: Sequence[Watched], rules: Iterable[Rule], after: Mapping[UUID, date]
) -> Mapping[UUID, Known]:
    """`after`: by organisation, the day from which on a rule may be met. Where the database says that no score fell and
    no answer of a rule was given since, neither scores nor answers are read.
    """
    stated = list(rules)
    found = {child.id: Known() for child in children}
    for start in range(0, len(children), AT_ONCE):
        some = {child.id: child for child in children[start : start + AT_ONCE]}
        for key, follow in follow_ups(some).items():
            found[key].follow = follow
        told = {*_with_falls(some, stated, after), *_with_answers(some, stated, after)}
        if told:
            _gather_interviews(found, {key: some[key] for key in told}, stated)
        for source in SOURCES:
            for key, each in source(actor, some):
                found[key].happened.append(each)
    return found


def open_concerns(actor: Actor, children: Mapping[UUID, Watched]) -> Iterator[tuple[UUID, Happened]]:
    """Matters of protection that are open: to those who receive them, and nobody else asks at all."""
    if not permit(actor, "escalations.see"):
        return
    rows = escalations_visible_to(actor).filter(group=Group.FOCAL, child__in=list(children))
    for key, raised_at in rows.exclude(state=Escalated.CLOSED).values_list("child_id", "raised_at"):
        if key is not None:
            day = _day(raised_at, children[key].zone)
            yield key, Happened(day, day, CONCERN)


def school_places_lost(actor: Actor, children: Mapping[UUID, Watched]) -> Iterator[tuple[UUID, Happened]]:
    """A time at school that has ended for another reason than that it was finished, and that no other one follows."""
    rows = Schooling.objects.filter(child__in=list(children), struck_on=None).order_by("since", "recorded_at")
    last = {row.child_id: row for row in rows}
    for key, row in last.items():
        if row.until is not None and row.left_reason not in ("", LeftReason.COMPLETED):
            known = _day(row.ended_recorded_at or row.recorded_at, children[key].zone)
            yield key, Happened(row.until, max(known, row.until), SCHOOL_LEFT)


# Where facts with a name come from, each for many children at once.
Source = Callable[[Actor, Mapping[UUID, Watched]], Iterable[tuple[UUID, Happened]]]
SOURCES: tuple[Source, ...] = (open_concerns, school_places_lost)


@dataclass(frozen=True, slots=True)
class _Interview:
    day: date
    known: date
    respondent: str
    band: str


def _with_falls(some: Mapping[UUID, Watched], rules: Sequence[Rule], after: Mapping[UUID, date]) -> Iterator[UUID]:
    """Children of whom a score may have fallen: more than the rules say, and none that they mean is missing."""
    steps = [rule.number for rule in rules if rule.kind is Kind.SCORE_FELL]
    if not steps:
        return
    line = [F("submission__child_id"), F("submission__respondent"), F("dimension")]
    order = [F("submission__interviewed_on").asc(), F("submission__received_at").asc(), F("submission_id").asc()]
    rows = Score.objects.filter(
        submission__child__in=list(some),
        submission__state=State.ACCEPTED,
        current=True,
        enough=True,
        value__isnull=False,
    ).annotate(before=Window(Lag("value"), partition_by=line, order_by=order))
    fell = rows.filter(before__gte=F("value") + (min(steps) - ROUGHLY)).order_by()
    for key, day in fell.values_list("submission__child_id", "submission__interviewed_on"):
        if key is not None and day >= _begins(some[key], after):
            yield key


def _with_answers(some: Mapping[UUID, Watched], rules: Sequence[Rule], after: Mapping[UUID, date]) -> Iterator[UUID]:
    """Children of whom an answer may meet a rule, by the letters of its code. Answers are taken apart only where the
    name of the question stands somewhere among them.
    """
    since = min((_begins(each, after) for each in some.values()), default=date.max)
    held = Submission.objects.filter(child__in=list(some), state__in=HELD, interviewed_on__gte=since)
    held = held.annotate(whole=Cast("coded", TextField()))
    for rule in rules:
        if rule.kind not in ANSWER_RULES:
            continue
        said = held.filter(whole__contains=rule.of).annotate(
            said=Cast(KeyTextTransform(rule.of, KeyTransform("answers", "coded")), TextField())
        )
        letters = Q(pk__in=[])
        for value in rule.values:
            letters |= Q(said__contains=value)
        for key, day in said.filter(letters).order_by().values_list("child_id", "interviewed_on"):
            if key is not None and day >= _begins(some[key], after):
                yield key


def _begins(child: Watched, after: Mapping[UUID, date]) -> date:
    return after.get(child.organisation_id, child.founded)


def _gather_interviews(found: Mapping[UUID, Known], some: Mapping[UUID, Watched], rules: Sequence[Rule]) -> None:
    asked = sorted({rule.of for rule in rules if rule.kind in ANSWER_RULES})
    scored: dict[UUID, _Interview] = {}
    for row in _interviews(some, asked):
        key, child_id, state, on, received_at, settled_at, respondent, age, problems, *said = row
        day, child = day_of(on, received_at, problems), some[child_id]
        if day is None:
            continue
        interview = _Interview(
            day, _day(max(received_at, settled_at or received_at), child.zone), respondent, band_of(age)
        )
        if state == State.ACCEPTED:
            scored[key] = interview
        wrong = {each["field"] for each in problems if each.get("severity", "error") == "error"}
        for question, value in zip(asked, said, strict=True):
            if value is not None and question not in wrong:
                each = Answered(day, interview.known, respondent, question, _codes(value))
                found[child_id].answered.append(each)
    if any(rule.kind is Kind.SCORE_FELL for rule in rules):
        _gather_scores(found, some, scored, {rule.of for rule in rules})


def _interviews(some: Mapping[UUID, Watched], asked: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    """In the order of their days; of each only the answers that a rule names."""
    answers = {f"said_{at}": KeyTransform(name, KeyTransform("answers", "coded")) for at, name in enumerate(asked)}
    rows = Submission.objects.filter(child__in=list(some), state__in=HELD).annotate(**answers)
    return rows.order_by("interviewed_on", "received_at", "pk").values_list(
        *("pk", "child_id", "state", "interviewed_on", "received_at", "settled_at"),
        *("respondent", "age_years", "problems", *answers),
    )


def _gather_scores(
    found: Mapping[UUID, Known],
    some: Mapping[UUID, Watched],
    interviews: Mapping[UUID, _Interview],
    named: set[str],
) -> None:
    """Comparable is what the child's page draws as one line: the same instrument, version, age group and scoring."""
    rows = Score.objects.filter(submission__child__in=list(some), submission__state=State.ACCEPTED, current=True)
    by_interview: dict[UUID, list[tuple[Any, ...]]] = {}
    for key, child_id, *score in rows.order_by("dimension", "weight_set").values_list(
        *("submission_id", "submission__child_id", "dimension", "value", "enough"),
        *("instrument_id", "instrument_version", "weight_set", "scorer_version"),
    ):
        if score[0] != COMPOSITE or COMPOSITE in named:
            by_interview.setdefault(key, []).append((child_id, *score))
    before: dict[tuple[UUID, str, str], tuple[Any, ...]] = {}
    for key, interview in interviews.items():
        for child_id, dimension, value, enough, *made in by_interview.get(key, ()):
            line, how = (child_id, interview.respondent, dimension), (interview.band, *made)
            alike = before.get(line) in (None, how)
            before[line] = how
            shown = value if enough else None
            found[child_id].scored.append(
                Scored(interview.day, interview.known, interview.respondent, dimension, shown, alike)
            )


def _codes(value: Any) -> tuple[str, ...]:
    """Of an answer as the database gives it back: one code, several, or why there is none."""
    if isinstance(value, dict):
        return ()
    given = value if isinstance(value, list) else [value]
    codes = (str(each).lower() if isinstance(each, bool) else str(each) for each in given)
    return tuple(code for code in codes if code not in UNSAID)


def _assigned_since(keys: Sequence[UUID]) -> dict[UUID, date]:
    found: dict[UUID, date] = {}
    for start in range(0, len(keys), AT_ONCE):
        rows = Assignment.objects.filter(child__in=keys[start : start + AT_ONCE]).order_by()
        found |= dict(rows.values_list("child_id").annotate(first=Min("since")))
    return found


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
