"""What was noted wrongly of a referral: which step, why, and what holds after it was corrected.

A step is never changed. That it was wrong is a step of its own, after which everything stands as before the wrong one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from homeward.domain.problems import Decision, Problem, Where
from homeward.domain.referring import Standing, Step, standing_after

CORRECT = "correct"  # the last step that holds was wrong
KNOWN = "known"  # of what a visit had told before, with why
CORRECTABLE = (Step.ACCEPT, Step.DECLINE, Step.NO_ANSWER, Step.RECEIVE, Step.UNMET, Step.LEAVE, Step.CLOSE)
WHY_WRONG = ("mistyped", "mixed_up", "learnt")


class Noted(Protocol):
    @property
    def step(self) -> str: ...


Each = TypeVar("Each", bound=Noted)


def that_hold(steps: Iterable[Each]) -> list[Each]:
    """In order, without those that were wrong and without what only says so."""
    held: list[Each] = []
    for each in steps:
        if each.step == CORRECT:
            held.pop()
        elif each.step != KNOWN:
            held.append(each)
    return held


def standing_of_steps(steps: Iterable[Noted]) -> Standing:
    found = Standing.MADE
    for each in that_hold(steps):
        found = standing_after(Step(each.step), found)
    return found


def may_correct(steps: Sequence[Noted], *, agreed: bool) -> Decision:
    """The last that holds, where it says what came of it. A need that was only written down has nothing before it."""
    held = that_hold(steps)
    last = held[-1].step if held else ""
    if last in CORRECTABLE and (agreed or last != Step.UNMET):
        return Decision.yes()
    message, action = (
        "There is nothing here to correct.",
        "Look at the page again: somebody may have done it meanwhile.",
    )
    return Decision.no(Problem("referral.order", message, action, status=409))


def may_say_why(reason: str) -> Decision:
    if reason in WHY_WRONG:
        return Decision.yes()
    where = Where(field="reason")
    return Decision.no(Problem("referral.why_wrong", "It is not said what was wrong.", "Choose one.", where))
