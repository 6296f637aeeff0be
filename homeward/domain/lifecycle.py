"""The steps of a child's case, and every way from one to another: one table, from which the diagram of docs/case.md is
made. Where a case stands is computed from the moves that were made, never stored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from homeward.domain.problems import Decision, Problem

WRITE, APPROVE, CHANGE = "plans.write", "plans.approve", "children.change"


class Step(StrEnum):
    IDENTIFICATION = "identification"
    ASSESSMENT = "assessment"
    PLAN = "plan"
    IMPLEMENTATION = "implementation"
    FOLLOW_UP = "follow_up"
    CLOSURE = "closure"
    TRANSFER = "transfer"
    REOPENING = "reopening"
    DUPLICATE = "duplicate"  # the record, not the child: another one is kept


OPEN_STEPS = (
    Step.IDENTIFICATION,
    Step.ASSESSMENT,
    Step.PLAN,
    Step.IMPLEMENTATION,
    Step.FOLLOW_UP,
    Step.REOPENING,
)
# What the record of the child says while the case stands there; retention and lists go by it.
STATUS_OF: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(OPEN_STEPS, "open"),
        Step.CLOSURE: "closed",
        Step.TRANSFER: "transferred",
        Step.DUPLICATE: "duplicate",
    }
)
FIRST_OF: Mapping[str, Step] = MappingProxyType(  # of a record without moves: older than steps, or new
    {
        "open": Step.IDENTIFICATION,
        "closed": Step.CLOSURE,
        "transferred": Step.TRANSFER,
        "duplicate": Step.DUPLICATE,
    }
)


@dataclass(frozen=True, slots=True)
class Transition:
    """`evidence`: codes of `EVIDENCE` that must be there. `second`: the permission of another person who approves.
    `reason`: a coded reason is needed. `house`: no person takes it by hand, the house does.
    """

    name: str
    sources: tuple[Step, ...]
    target: Step
    may: str = WRITE
    evidence: tuple[str, ...] = ()
    second: str = ""
    reason: bool = False
    house: bool = False


_PLANNED = (Step.PLAN, Step.IMPLEMENTATION, Step.FOLLOW_UP)
_CLOSED = (Step.CLOSURE, Step.TRANSFER)
_TABLE = (
    Transition("assess", (Step.IDENTIFICATION, Step.REOPENING), Step.ASSESSMENT, evidence=("worker",)),
    Transition("assess_again", _PLANNED, Step.ASSESSMENT, reason=True),
    Transition("make_plan", (Step.ASSESSMENT,), Step.PLAN, evidence=("needs_approved", "interests_approved")),
    Transition("begin_help", (Step.PLAN,), Step.IMPLEMENTATION, evidence=("plan_agreed",)),
    Transition("follow_up", (Step.IMPLEMENTATION,), Step.FOLLOW_UP, evidence=("action_begun",)),
    Transition("help_again", (Step.FOLLOW_UP,), Step.IMPLEMENTATION, evidence=("action_open",)),
    Transition(
        "close_planned",
        OPEN_STEPS,
        Step.CLOSURE,
        evidence=("last_review", "child_told", "actions_settled"),
        second=APPROVE,
        reason=True,
    ),
    Transition(
        "close_abrupt",
        OPEN_STEPS,
        Step.CLOSURE,
        evidence=("child_told_or_not_possible", "actions_settled"),
        second=APPROVE,
        reason=True,
    ),
    Transition(
        "transfer", OPEN_STEPS, Step.TRANSFER, evidence=("child_told", "actions_settled"), second=APPROVE, reason=True
    ),
    Transition("reopen", _CLOSED, Step.REOPENING, reason=True),
    Transition("set_aside", (*OPEN_STEPS, *_CLOSED), Step.DUPLICATE, may=CHANGE),
    Transition("take_up_again", (Step.DUPLICATE,), Step.REOPENING, may=CHANGE),
    Transition("found_closed", (*OPEN_STEPS, Step.TRANSFER, Step.DUPLICATE), Step.CLOSURE, reason=True, house=True),
    Transition("found_transferred", (*OPEN_STEPS, Step.CLOSURE, Step.DUPLICATE), Step.TRANSFER, house=True),
    Transition("found_open", _CLOSED, Step.REOPENING, reason=True, house=True),
)
TRANSITIONS: Mapping[str, Transition] = MappingProxyType({each.name: each for each in _TABLE})
# The one way on from each step that a page offers as its main action.
NEXT: Mapping[str, str] = MappingProxyType(
    {
        Step.IDENTIFICATION: "assess",
        Step.REOPENING: "assess",
        Step.ASSESSMENT: "make_plan",
        Step.PLAN: "begin_help",
        Step.IMPLEMENTATION: "follow_up",
        Step.FOLLOW_UP: "close_planned",
    }
)
BY_ITSELF = frozenset(each.name for each in _TABLE if not each.second and not each.house and each.may == WRITE)
REASONS_TO_ASSESS_AGAIN = ("household", "school", "health", "safety", "place", "scores", "asked", "other")
REASONS_TO_REOPEN = ("asked_again", "new_worry", "came_back", "closed_too_early", "sent_back", "by_mistake")
REASON_OF_AN_IMPORT = "imported"
REASON_OF_THE_END = "run_out"  # the time was over for which the record may say who the child is

# What is missing, and what to do: the same words on the page and in a refusal.
EVIDENCE: Mapping[str, Problem] = MappingProxyType(
    {
        "worker": Problem("case.worker", "Nobody works with this child yet.", "Assign a case worker."),
        "needs_approved": Problem(
            "case.needs", "No assessment of needs is approved.", "Write one and send it to your supervisor."
        ),
        "interests_approved": Problem(
            "case.interests",
            "No best interests assessment is approved.",
            "Write one and send it to your supervisor.",
        ),
        "plan_agreed": Problem(
            "case.plan", "No plan is agreed.", "Ask child and caregiver, and send the plan to your supervisor."
        ),
        "action_begun": Problem(
            "case.action_begun", "Nothing of the plan has an outcome yet.", "Record what was done of it."
        ),
        "action_open": Problem(
            "case.action_open", "Every action of the plan has its outcome.", "Vary the plan to add one."
        ),
        "last_review": Problem(
            "case.last_review",
            "The plan was not gone through with the child in the last 90 days.",
            "Do it first, and give the day.",
        ),
        "child_told": Problem("case.child_told", "The child has not been told.", "Tell the child first, in person."),
        "child_told_or_not_possible": Problem(
            "case.child_told_or_not",
            "It is not said whether the child was told.",
            "Tell the child, or say that it is not possible.",
        ),
        "actions_settled": Problem(
            "case.actions_settled",
            "Actions of the plan are open.",
            "Say of each what became of it, or that it was handed over.",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decision about a step is made of. `moves`: where each move led, the oldest first."""

    status: str
    moves: tuple[str, ...] = ()
    evidence: frozenset[str] = frozenset()
    ended: bool = False  # who the child is was ended for good


def standing(facts: Facts) -> Step:
    """Where the case stands. Moves that contradict the record are older than it, and the record says more."""
    if facts.moves and STATUS_OF[facts.moves[-1]] == facts.status:
        return Step(facts.moves[-1])
    return FIRST_OF[facts.status]


def missing(facts: Facts, name: str) -> tuple[Problem, ...]:
    """What is not there yet for this way on."""
    return tuple(EVIDENCE[code] for code in TRANSITIONS[name].evidence if code not in facts.evidence)


def allowed(facts: Facts, name: str, permissions: Collection[str], *, house: bool = False) -> Decision:
    """May the case go this way now? `permissions`: those that whoever asks has for this child."""
    way = TRANSITIONS[name]
    if facts.ended and not house:
        message, action = "Who this child is has ended here, so nothing more is added to the record.", ""
        return Decision.no(Problem("case.ended", message, action, status=409))
    if standing(facts) not in way.sources:
        message, action = "From where the case stands now, this is not the next step.", "Look at the page again."
        return Decision.no(Problem("case.order", message, action, status=409))
    if not house and (way.house or way.may not in permissions):
        message, action = "Your role does not include this step.", "Ask who works with the child."
        return Decision.no(Problem("case.not_yours", message, action, status=403))
    lacking = () if house else missing(facts, name)
    return Decision.no(lacking[0]) if lacking else Decision.yes()


def may_approve(written_by: object, approver: object) -> Decision:
    """Never who wrote it, and never nobody."""
    if approver is not None and written_by != approver:
        return Decision.yes()
    message, action = "Nobody approves what they wrote themselves.", "Ask another supervisor or a focal point."
    return Decision.no(Problem("case.own", message, action, status=403))


def not_open(status: str, code: str) -> Problem:
    """Nothing more is added to a record that is closed, or that was put together with another one: what leads back."""
    if status == "duplicate":
        message = "This record was put together with another one of the same child."
        action = "Write on the record that stays, or have the two taken apart under “Perhaps one child twice”."
    else:
        message, action = "The record of this child is not open any more.", "Open it again first, on the page “Plan”."
    return Problem(code, message, action, status=409)


def way_of_status(before: str, after: str) -> str:
    """The way that a change of the record's status stands for, as from a caseload file; empty where there is none."""
    if before == after:
        return ""
    if after == "open":
        return "take_up_again" if before == "duplicate" else "found_open"
    return {"closed": "found_closed", "transferred": "found_transferred", "duplicate": "set_aside"}[after]
