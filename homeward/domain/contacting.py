"""A child who cannot be reached: what is next, from the attempts alone. The steps are data, and nobody is lost until a
person has decided it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Happened(StrEnum):
    """What one attempt, visit or decision says about contact."""

    REACHED = "reached"  # the child or its caregiver, whoever called whom
    REFUSED = "refused"  # reached, and they want no contact
    VAIN = "vain"
    MOVED = "moved"  # in vain, and somebody says that they live elsewhere now
    UNSAFE = "unsafe"  # in vain, and trying further in this way could harm
    LOST = "lost"  # decided
    FOUND = "found"  # decided
    HEARD = "heard"  # somebody told where it is, and nobody has reached it yet


IN_VAIN = frozenset({Happened.VAIN, Happened.MOVED, Happened.UNSAFE})


@dataclass(frozen=True, slots=True)
class ContactEvent:
    day: date
    what: Happened
    channel: str = ""


@dataclass(frozen=True, slots=True)
class StepRule:
    """After so many attempts in vain, on so many channels, over so many days, the next step is due."""

    step: str
    attempts: int
    channels: int
    days: int


@dataclass(frozen=True, slots=True)
class Left:
    """What is still to be tried until a person may decide."""

    attempts: int
    channels: int  # that were not tried yet
    not_before: date


@dataclass(frozen=True, slots=True)
class Reach:
    """How contact with one child stands."""

    state: str  # none, in_contact, trying, refused, lost, heard
    step: str  # the step that is due; empty: go on as before
    attempts: int  # in vain, since somebody was last reached
    channels: int
    since: date | None  # the first of them
    last_contact: date | None
    last_step: bool = False  # nothing comes after it but the decision of a person
    left: Left | None = None  # while somebody tries and nobody may decide yet


def reach(events: Iterable[ContactEvent], rules: Sequence[StepRule]) -> Reach:
    """`events` by day, those of one day as they were written down. A day on which somebody was reached starts anew."""
    vain: list[ContactEvent] = []
    state, last = "none", None
    for event in events:
        if event.what in IN_VAIN:
            vain.append(event)
            state = state if state == "lost" else "trying"
        elif event.what is Happened.LOST:
            state = "lost"
        elif event.what is Happened.HEARD:
            vain, state = [], "heard"
        else:
            vain, last = [], event.day
            state = "refused" if event.what is Happened.REFUSED else "in_contact"
    channels = len({event.channel for event in vain})
    step = "" if state == "lost" else _step(vain, channels, rules)
    first = vain[0].day if vain else None
    over = bool(step) and step == rules[-1].step
    left = _left(first, len(vain), channels, rules[-1]) if state == "trying" and first and rules and not over else None
    return Reach(state, step, len(vain), channels, first, last, over, left)


def _left(first: date, attempts: int, channels: int, rule: StepRule) -> Left:
    """A last attempt on a later day is needed even where there were enough of them."""
    ways = max(rule.channels - channels, 0)
    return Left(max(rule.attempts - attempts, ways, 1), ways, first + timedelta(days=rule.days))


def _step(vain: Sequence[ContactEvent], channels: int, rules: Sequence[StepRule]) -> str:
    if not vain or not rules:
        return ""
    what = {event.what for event in vain}
    if Happened.UNSAFE in what:
        return rules[-1].step
    span = (vain[-1].day - vain[0].day).days
    due = [
        rule.step for rule in rules if len(vain) >= rule.attempts and channels >= rule.channels and span >= rule.days
    ]
    if due:
        return due[-1]
    return rules[0].step if Happened.MOVED in what else ""
