"""Closed lists of assessments, plans and variations, and what is computed from their facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from uuid import UUID

DIMENSIONS = ("economic", "social", "psychosocial")
LEVELS = ("none", "some", "serious")
OCCASIONS = ("first", "circumstances", "review", "before_end", "reopened")
PROTECTIVE = (
    "supportive_home",
    "trusted_adult",
    "fair_sharing",
    "basic_income",
    "in_school",
    "friends",
    "accepted_by_community",
    "own_skills",
    "access_to_services",
)
RISKS = (
    "violence_at_home",
    "child_headed",
    "single_headed",
    "unsafe_migration",
    "debt",
    "trafficking",
    "dangerous_work",
    "early_marriage",
    "out_of_school",
    "rejected",
    "ill_health",
    "disability_barriers",
    "insecurity",
)
PANEL = ("case_worker", "supervisor", "focal_point", "authority", "health", "education", "other_agency", "guardian")
WHOSE = ("child", "caregiver", "worker")
WHO_DOES = ("child", "caregiver", "family", "worker", "school", "health", "authority", "other_agency", "community")
SERVICES = (
    "education",
    "health",
    "mental_health",
    "livelihood",
    "cash",
    "documents",
    "legal",
    "protection",
    "housing",
    "family",
    "social_protection",
    "recreation",
    "training",
    "other",
)
OUTCOMES = ("done", "partly", "not_done", "handed_over")
SETTLED = frozenset({"done", "not_done", "handed_over"})
NOT_DONE_BECAUSE = (
    "no_service",
    "too_far",
    "too_dear",
    "waiting_list",
    "refused_by_service",
    "not_wanted",
    "no_papers",
    "unsafe",
    "moved",
    "no_time",
    "other",
)
VIEWS = ("agrees", "partly", "disagrees", "not_asked")
TRIGGERS = ("score", "visit", "concern", "child_request", "caregiver_request", "turn_of_life")
FOUND = ("better", "no_change", "worse", "cannot_tell")

# Topics of the sealed texts of an assessment, in the order in which a page asks for them, and which may stay empty.
TOPICS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "needs": ("economic", "social", "psychosocial", "protective", "risks"),
        "interests": ("child_view", "caregiver_view", "options", "recommendation"),
        "determination": ("child_view", "options", "decision", "reasons"),
    }
)
NEEDED_TOPICS = frozenset({"child_view", "caregiver_view", "options", "recommendation", "decision", "reasons"})


@dataclass(frozen=True, slots=True)
class Line:
    """A goal or an action of one version; `key` is the same in every version."""

    key: UUID
    content: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    added: frozenset[UUID]
    changed: frozenset[UUID]
    dropped: frozenset[UUID]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.dropped)


def difference(before: Iterable[Line], after: Iterable[Line]) -> Difference:
    old, new = ({line.key: line.content for line in lines} for lines in (before, after))
    return Difference(
        frozenset(new.keys() - old.keys()),
        frozenset(key for key in new.keys() & old.keys() if new[key] != old[key]),
        frozenset(old.keys() - new.keys()),
    )


def is_settled(outcomes: Sequence[str]) -> bool:
    """The newest outcome decides; what was done in part goes on."""
    return bool(outcomes) and outcomes[-1] in SETTLED


def is_overdue(due: date | None, outcomes: Sequence[str], today: date) -> bool:
    return due is not None and due < today and not is_settled(outcomes)
