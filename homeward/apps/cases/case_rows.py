"""A case and its plan as plain values, for pages and for whatever else is computed from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from homeward.domain.lifecycle import Step
from homeward.domain.planning import Difference
from homeward.domain.problems import Problem


@dataclass(frozen=True, slots=True)
class StepRow:
    day: date
    from_step: str
    to_step: str
    way: str
    reason: str
    note: str
    by: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class EndRow:
    """An end that somebody asked for."""

    id: UUID
    way: str
    reason: str
    told: str
    early: bool
    reviewed_on: date | None
    words: str
    early_words: str
    answer: str
    state: str
    written_by: str
    writers: tuple[str, ...]
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class AssessmentRow:
    id: UUID
    kind: str
    number: int
    state: str
    on: date
    occasion: str
    levels: Mapping[str, str]
    protective: tuple[str, ...]
    risks: tuple[str, ...]
    vulnerability: str
    panel: tuple[str, ...]
    texts: Mapping[str, str]
    answer: str
    written_by: str
    decided_by: str
    writers: tuple[str, ...]
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseOf:
    step: Step
    open: bool
    ended: bool
    next_way: str  # empty where nothing follows by itself
    missing: tuple[Problem, ...]
    steps: tuple[StepRow, ...]  # the oldest first
    end: EndRow | None  # that waits, or the newest that was given back
    assessments: tuple[AssessmentRow, ...]  # the newest of each kind
    full_time: date | None  # two years after the return


@dataclass(frozen=True, slots=True)
class GoalRow:
    line: UUID
    dimension: str
    whose: str
    words: str


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    on: date
    outcome: str
    because: str
    words: str


@dataclass(frozen=True, slots=True)
class ActionRow:
    line: UUID
    dimension: str
    service: str
    who: str
    words: str
    has_helper: bool
    due: date | None
    outcomes: tuple[OutcomeRow, ...]  # the oldest first
    settled: bool
    overdue: bool


@dataclass(frozen=True, slots=True)
class CheckRow:
    on: date
    found: str
    words: str


@dataclass(frozen=True, slots=True)
class VariationRow:
    id: UUID
    version_id: UUID
    number: int  # of the version it led to
    state: str  # of that version
    trigger: str
    submission_id: UUID | None
    on: date
    reason: str
    child_view: str
    child_words: str
    dimension: str
    expected: str
    check_on: date
    checks: tuple[CheckRow, ...]
    overdue: bool


@dataclass(frozen=True, slots=True)
class VersionRow:
    id: UUID
    number: int
    state: str
    on: date
    agreed_on: date | None
    child_view: str
    caregiver_view: str
    child_words: str
    caregiver_words: str
    answer: str
    written_by: str
    decided_by: str
    writers: tuple[str, ...]
    goals: tuple[GoalRow, ...]
    actions: tuple[ActionRow, ...]
    difference: Difference  # to the version before it
    dropped_goals: tuple[GoalRow, ...]
    dropped_actions: tuple[ActionRow, ...]
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlanOf:
    agreed: VersionRow | None
    draft: VersionRow | None
    waiting: VersionRow | None
    returned: VersionRow | None  # where nothing was written since
    versions: tuple[VersionRow, ...]  # the newest first
    variations: tuple[VariationRow, ...]  # the newest first

    @property
    def open_actions(self) -> tuple[ActionRow, ...]:
        return tuple(each for each in self.agreed.actions if not each.settled) if self.agreed else ()


@dataclass(frozen=True, slots=True)
class Event:
    """A dated fact for a timeline, without words: codes alone."""

    day: date
    kind: str  # step, assessment, plan, outcome, variation, check
    codes: tuple[str, ...] = ()
    at: datetime | None = field(default=None, compare=False)  # when it was written down
