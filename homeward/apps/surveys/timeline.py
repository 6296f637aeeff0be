"""The child's page: each dimension over time, child and caregiver side by side and never merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models.fields.json import KeyTextTransform, KeyTransform

from homeward.apps.access.actors import Actor
from homeward.apps.cases.models import Child
from homeward.apps.cases.protocols import Schedules
from homeward.apps.cases.queries import find_row
from homeward.apps.cases.same_child import merged_with
from homeward.apps.surveys.late import days_late
from homeward.apps.surveys.models import Flag, FormVersion, Score, State, Submission
from homeward.apps.surveys.reading import day_of
from homeward.apps.surveys.scope import submissions_visible_to
from homeward.apps.surveys.series import band_of, changes, is_of_self
from homeward.domain.rounds import AnsweredRound
from homeward.domain.scoring.result import share_of

COUNTED = (State.ACCEPTED,)
SHOWN = (
    *("state", "respondent", "interviewed_on", "received_at", "age_years", "channel", "problems", "correction_reason"),
    *("supersedes", "form_version", "device__label", "person__display_name"),
)
DRAWN = 40  # interviews: more make a drawing that nobody reads, and a page that takes seconds


@dataclass(frozen=True, slots=True)
class Point:
    submission_id: UUID
    on: date
    round_months: Decimal | None  # of the round it answers; None for a child without a return date
    days_off: int | None  # from that round's due date
    value: Decimal | None
    answered: int
    applicable: int
    share: Decimal | None
    enough: bool
    instrument_id: str
    version: str
    weight_set: str
    scorer_version: str
    age_years: int | None
    band: str
    breaks: tuple[str, ...]  # what changed since the point before: instrument, version, band
    overheard: bool = False  # it could not be held in private
    of_self: bool = False  # by the person the record is about, who is grown up


@dataclass(frozen=True, slots=True)
class Series:
    dimension: str
    respondent: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    id: UUID
    instrument_id: str
    titles: Mapping[str, str]
    version: str
    family: str
    respondent: str
    interviewed_on: date
    received_at: datetime
    state: str
    channel: str
    sender: str
    supersedes: UUID | None
    correction_reason: str
    problems: tuple[Mapping[str, Any], ...]
    flags: tuple[tuple[str, str], ...]  # kind, severity
    form_id: UUID
    overheard: bool = False

    @property
    def day(self) -> date | None:
        return day_of(self.interviewed_on, self.received_at, self.problems)

    @property
    def late_days(self) -> int | None:
        """From the interview to its arrival, where that is worth a word. A correction comes when it comes."""
        if self.supersedes is not None or self.day is None:
            return None
        return days_late(self.day, self.received_at, self.channel)


@dataclass(frozen=True, slots=True)
class Timeline:
    child_id: UUID
    return_date: date | None
    series: tuple[Series, ...]
    submissions: tuple[SubmissionRow, ...]  # newest first, every state
    earlier: int  # scored interviews before those in `series`


def timeline(actor: Actor, child_id: UUID) -> Timeline:
    """A fixed number of queries, however long the history; the newest `DRAWN` interviews as points."""
    child = find_row(actor, child_id)
    submissions = _submissions(actor, child)
    counted = [row for row in submissions if row.state in COUNTED]
    newest = counted[-DRAWN:]
    flags = _flags(submissions)
    by_submission: dict[UUID, list[Score]] = {}
    for score in Score.objects.filter(submission__in=[row.pk for row in newest], current=True).defer("components"):
        by_submission.setdefault(score.submission_id, []).append(score)
    return Timeline(
        child.pk,
        child.return_date,
        _series(child, newest, by_submission),
        tuple(submission_row(row, flags.get(row.pk, ())) for row in reversed(submissions)),
        len(counted) - len(newest),
    )


def _submissions(actor: Actor, child: Child) -> Sequence[Submission]:
    """In the order of their days, with those of records that are of the same child. Each form is read once."""
    rows = (
        submissions_visible_to(actor)
        .filter(child__in=(child.pk, *merged_with(child.pk)))
        .select_related("person", "device")
        .only(*SHOWN)
        .annotate(in_private=KeyTextTransform("in_private", KeyTransform("answers", "coded")))
        .order_by("interviewed_on", "received_at")
    )
    forms = FormVersion.objects.defer("workbook", "xform", "report").in_bulk({row.form_version_id for row in rows})
    for row in rows:
        row.form_version = forms[row.form_version_id]
    return list(rows)


def _flags(submissions: Sequence[Submission]) -> Mapping[UUID, tuple[tuple[str, str], ...]]:
    """Without a queryset an interview, as `prefetch_related` would make: half the time of a page with 500 of them."""
    found: dict[UUID, tuple[tuple[str, str], ...]] = {}
    rows = Flag.objects.filter(submission__in=[row.pk for row in submissions]).order_by("pk")
    for key, kind, severity in rows.values_list("submission_id", "kind", "severity"):
        found[key] = (*found.get(key, ()), (kind, severity))
    return found


def _series(child: Child, counted: list[Submission], scores: Mapping[UUID, list[Score]]) -> tuple[Series, ...]:
    found: dict[tuple[str, str], list[Point]] = {}
    schedules = Schedules()
    for row in counted:
        answered = schedules.answered(child, row.interviewed_on)
        own = is_of_self(child, row.respondent, row.age_years, row.interviewed_on)
        for score in scores.get(row.pk, []):
            points = found.setdefault((score.dimension, row.respondent), [])
            before = points or (found.get((score.dimension, "child"), []) if own else [])
            point = _point(answered, row, score, before[-1] if before else None)
            overheard = row.in_private == "no"  # type: ignore[attr-defined] # others listened, says whoever asked
            points.append(replace(point, overheard=overheard, of_self=own))
    ordered = sorted(found.items(), key=lambda entry: entry[0])
    return tuple(Series(dimension, respondent, tuple(points)) for (dimension, respondent), points in ordered)


def _point(answered: AnsweredRound | None, row: Submission, score: Score, before: Point | None) -> Point:
    point = Point(
        row.pk,
        row.interviewed_on,
        answered.round.months if answered else None,
        answered.days_off if answered else None,
        score.value,
        score.answered,
        score.applicable,
        share_of(score.answered, score.applicable),
        score.enough,
        score.instrument_id,
        score.instrument_version,
        score.weight_set,
        score.scorer_version,
        row.age_years,
        band_of(row.age_years),
        (),
    )
    return _with_breaks(point, before) if before else point


def _with_breaks(point: Point, before: Point) -> Point:
    """A line is not drawn across a change of what was asked or how it was scored."""
    old, new = ((each.instrument_id, each.version, each.band, each.scorer_version) for each in (before, point))
    values = {name: getattr(point, name) for name in Point.__slots__}
    return Point(**{**values, "breaks": changes(old, new)})


def submission_row(row: Submission, flags: tuple[tuple[str, str], ...] | None = None) -> SubmissionRow:
    """`flags`: kind and severity, where they were read for many at once."""
    return SubmissionRow(
        row.pk,
        row.form_version.instrument_id,
        row.form_version.titles,
        row.form_version.version,
        row.form_version.family,
        row.respondent,
        row.interviewed_on,
        row.received_at,
        row.state,
        row.channel,
        str(row.device or row.person or ""),
        row.supersedes_id,
        row.correction_reason,
        tuple(row.problems),
        _flags_shown(row, flags),
        row.form_version_id,
        getattr(row, "in_private", "") == "no",  # others listened, says whoever asked; where the list reads it
    )


def _flags_shown(row: Submission, read: tuple[tuple[str, str], ...] | None) -> tuple[tuple[str, str], ...]:
    """None of an interview that waits for agreement: those who protect children are told all the same."""
    if row.state == State.NO_CONSENT:
        return ()
    return tuple((flag.kind, flag.severity) for flag in row.flags.all()) if read is None else read
