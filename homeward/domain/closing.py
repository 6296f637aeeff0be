"""Why a case ends: one short list, put together from the field's lists. The meanings are ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from homeward.domain.problems import Decision, Problem
from homeward.domain.rounds import add_months

RECOMMENDED_MONTHS = 24  # after the return, before a case is closed; an earlier end is allowed with a reason
REVIEWED_WITHIN = timedelta(days=90)
TOLD = ("yes", "no", "not_possible")


@dataclass(frozen=True, slots=True)
class ClosingReason:
    """`sudden`: nobody can have prepared it. `early`: before two years after the return it is asked why. `tell`: the
    child is told first.
    """

    code: str
    meaning: str
    sudden: bool = False
    early: bool = True
    tell: bool = True


_TABLE = (
    ClosingReason("goals_met", "the goals of the plan are reached, in the eyes of child, caregiver and case worker"),
    ClosingReason("stable", "by a stated rule the child's life is stable; the rule is not made yet"),
    ClosingReason("support_over", "the time for which help was agreed is over"),
    ClosingReason("criteria", "the child no longer belongs to those for whom the programme is"),
    ClosingReason("family_asks", "the family does not want visits or help any more"),
    ClosingReason("child_asks", "the child does not want visits or help any more"),
    ClosingReason("moved_away", "the family lives where nobody of the programme can go"),
    ClosingReason("migrated_again", "the child has left again, alone or with others", tell=False),
    ClosingReason("turned_18", "the child is grown up, and others go on with the help"),
    ClosingReason("transferred", "another organisation has taken over and has said so"),
    ClosingReason("death", "the child has died", sudden=True, early=False, tell=False),
    ClosingReason("not_found", "the child could not be found, after every agreed attempt", sudden=True, tell=False),
    ClosingReason("harm_from_help", "being seen to get help brought stigma, resentment or danger"),
    ClosingReason("funding_ended", "the money of the programme has ended"),
    ClosingReason("insecurity", "the place cannot be reached without danger", tell=False),
    ClosingReason("mistake", "the case was opened by mistake", sudden=True, early=False, tell=False),
)
CLOSING_REASONS: Mapping[str, ClosingReason] = MappingProxyType({each.code: each for each in _TABLE})


def way_of(reason: str, *, planned: bool) -> str:
    """The transition that this reason takes."""
    if reason == "transferred":
        return "transfer"
    return "close_planned" if planned and not CLOSING_REASONS[reason].sudden else "close_abrupt"


def may_give(reason: str) -> Decision:
    """Whether this reason can be given at all. Nobody here can call a life stable before there is a rule for it."""
    if reason == "stable":
        message = "Whether a child's life is stable cannot be decided here yet: there is no rule for it so far."
        return Decision.no(Problem("case.no_rule", message, "Choose another reason.", status=409))
    return Decision.yes()


def full_time(return_date: date | None) -> date | None:
    """The day from which an end is not early; None where no return is known."""
    return add_months(return_date, RECOMMENDED_MONTHS) if return_date is not None else None


def is_early(reason: str, return_date: date | None, today: date) -> bool:
    day = full_time(return_date)
    return CLOSING_REASONS[reason].early and day is not None and today < day


def told_evidence(reason: str, told: str) -> frozenset[str]:
    """What the answer to "was the child told" proves."""
    if told == "yes":
        return frozenset({"child_told", "child_told_or_not_possible"})
    if told == "not_possible" or not CLOSING_REASONS[reason].tell:
        return frozenset({"child_told_or_not_possible"})
    return frozenset()


def review_evidence(reviewed_on: date | None, today: date) -> frozenset[str]:
    if reviewed_on is not None and today - REVIEWED_WITHIN <= reviewed_on <= today:
        return frozenset({"last_review"})
    return frozenset()
