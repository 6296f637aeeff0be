"""The clock of an escalation: its steps, who may take which, and the rules of each country, which are data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from homeward.domain.problems import Decision, Problem

UNREAD = "unread"  # came from a phone, encrypted: how grave it is, is known to whoever opens it
SEVERITY_ORDER = ("low", "medium", UNREAD, "high")
ANYWHERE = "*"


class Step(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    START = "start"
    NOTE = "note"
    PROPOSE = "propose"  # an outcome, for a second person to confirm
    SEND_BACK = "send_back"  # the second person does not agree
    CLOSE = "close"
    TAKE_OVER = "take_over"  # the second line, once the clock has run out


RAISED, ACKNOWLEDGED, IN_PROGRESS, CLOSED = "raised", "acknowledged", "in_progress", "closed"
OPEN = (RAISED, ACKNOWLEDGED, IN_PROGRESS)
NEXT: Mapping[Step, Mapping[str, str]] = {
    Step.ACKNOWLEDGE: {RAISED: ACKNOWLEDGED},
    Step.START: {RAISED: IN_PROGRESS, ACKNOWLEDGED: IN_PROGRESS},
    Step.NOTE: {ACKNOWLEDGED: ACKNOWLEDGED, IN_PROGRESS: IN_PROGRESS},
    Step.PROPOSE: {IN_PROGRESS: IN_PROGRESS},
    Step.SEND_BACK: {IN_PROGRESS: IN_PROGRESS},
    Step.CLOSE: {IN_PROGRESS: CLOSED},
    Step.TAKE_OVER: {RAISED: ACKNOWLEDGED},
}


@dataclass(frozen=True, slots=True)
class ClockRule:
    """What a country asks: by when the first line must act, and by when the second where the first did not."""

    country: str
    severity: str
    first_line: str
    first_hours: int
    second_line: str
    second_hours: int

    def due(self, raised: datetime) -> datetime:
        return raised + timedelta(hours=self.first_hours)

    def second_due(self, raised: datetime) -> datetime:
        return raised + timedelta(hours=self.second_hours)


def rule_for(rules: Iterable[ClockRule], country: str, severity: str) -> ClockRule:
    """The country's own rule, else the one that holds everywhere."""
    found = {rule.country: rule for rule in rules if rule.severity == severity}
    return found.get(country) or found[ANYWHERE]


def worst(severities: Iterable[str]) -> str:
    """A degree that nobody knows counts as the gravest."""
    return max(
        (each if each in SEVERITY_ORDER else SEVERITY_ORDER[-1] for each in severities), key=SEVERITY_ORDER.index
    )


def may_step(step: Step, state: str, *, has_outcome: bool, own_outcome: bool) -> Decision:
    """`has_outcome`: somebody has proposed one; `own_outcome`: the actor has."""
    if state not in NEXT[step]:
        return Decision.no(out_of_order())
    if step in (Step.CLOSE, Step.SEND_BACK) and not has_outcome:
        return Decision.no(out_of_order())
    if step in (Step.PROPOSE, Step.START) and has_outcome:
        return Decision.no(out_of_order())
    if step is Step.CLOSE and own_outcome:
        return Decision.no(
            Problem(
                "escalation.second_person",
                "You proposed this outcome; somebody else confirms it.",
                "Ask another person who receives these.",
                status=403,
            )
        )
    return Decision.yes()


def out_of_order() -> Problem:
    return Problem(
        "escalation.order",
        "This step is not open now.",
        "Look at the page again: somebody may have taken it meanwhile.",
        status=409,
    )
