"""A referral: its steps, who may take which when, and why one leads nowhere. Nobody is blamed by a reason.

Steps are facts with a day, appended and never changed. Where a referral stands follows from its last step. What fails
leaves a gap, which is counted by sector, place and reason: a service that is not there (`UNAVAILABLE`) and one that
nobody has asked yet (`NOT_REFERRED`) are different gaps, mended by different people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from homeward.domain.problems import Decision, Problem, Where

# What is needed: the dimension of the child's life, and the sector in which there is help for it.
NEEDS: Mapping[str, tuple[str, str]] = {
    "school_place": ("social", "education"),
    "school_costs": ("economic", "education"),
    "learning_help": ("social", "education"),
    "treatment": ("social", "health"),
    "medicine": ("economic", "health"),
    "disability_help": ("social", "health"),
    "counselling": ("psychosocial", "mhpss"),
    "group_support": ("psychosocial", "mhpss"),
    "papers": ("social", "legal"),
    "legal_help": ("social", "legal"),
    "training": ("economic", "livelihood"),
    "family_income": ("economic", "livelihood"),
    "cash": ("economic", "social_protection"),
    "food": ("economic", "social_protection"),
    "home": ("economic", "shelter"),
    "safe_place": ("psychosocial", "shelter"),
    "family_work": ("psychosocial", "protection"),
    "tracing": ("psychosocial", "protection"),
    "something_else": ("social", "other"),
}
DIMENSIONS = ("economic", "social", "psychosocial")
URGENCIES: Mapping[str, timedelta] = {
    "days": timedelta(days=2),
    "weeks": timedelta(days=14),
    "month": timedelta(days=30),
}
LONGEST_WAIT = timedelta(days=180)


class Step(StrEnum):
    SEND = "send"
    UNMET = "unmet"  # there is nobody to send it to, or it was never sent
    ACCEPT = "accept"
    DECLINE = "decline"
    NO_ANSWER = "no_answer"
    RECEIVE = "receive"
    CLOSE = "close"
    RECALL = "recall"
    TRY_OTHER = "try_other"  # the need goes on in another referral
    LEAVE = "leave"  # somebody decides that nothing more is tried, and says why


class Standing(StrEnum):
    MADE = "made"
    SENT = "sent"
    UNMET = "unmet"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    RECEIVED = "received"
    CLOSED = "closed"
    RECALLED = "recalled"


OPEN = (Standing.MADE, Standing.SENT, Standing.ACCEPTED, Standing.NO_ANSWER)
WAITING = (Standing.MADE, Standing.SENT)  # for somebody's answer, by a day
FINAL = (Standing.CLOSED, Standing.RECALLED)
FAILED = (Standing.UNMET, Standing.DECLINED, Standing.NO_ANSWER)  # the need is open until somebody goes on with it
_ANSWERABLE = (Standing.SENT, Standing.NO_ANSWER)
NEXT: Mapping[Step, Mapping[Standing, Standing]] = {
    Step.SEND: {Standing.MADE: Standing.SENT},
    Step.UNMET: {Standing.MADE: Standing.UNMET},
    Step.ACCEPT: dict.fromkeys(_ANSWERABLE, Standing.ACCEPTED),
    Step.DECLINE: dict.fromkeys(_ANSWERABLE, Standing.DECLINED),
    Step.NO_ANSWER: {Standing.SENT: Standing.NO_ANSWER},
    Step.RECEIVE: dict.fromkeys((*_ANSWERABLE, Standing.ACCEPTED), Standing.RECEIVED),
    Step.CLOSE: {Standing.RECEIVED: Standing.CLOSED},
    Step.RECALL: dict.fromkeys(OPEN, Standing.RECALLED),
    Step.TRY_OTHER: dict.fromkeys((*FAILED, Standing.RECEIVED), Standing.CLOSED),
    Step.LEAVE: dict.fromkeys((*FAILED, Standing.RECEIVED), Standing.CLOSED),
}

WAYS = ("family", "in_person", "phone", "post", "meeting")  # how it was sent
FULLY, PARTLY, NOT = "fully", "partly", "not"
RECEIVED = (FULLY, PARTLY, NOT)
UNAVAILABLE, NOT_REFERRED, NO_ANSWER = "unavailable", "not_referred", "no_answer"
OF_THE_WAY = ("too_far", "too_costly", "unsafe", "refused_child", "refused_family", "other")
REASONS: Mapping[Step, tuple[str, ...]] = {
    Step.UNMET: (UNAVAILABLE, NOT_REFERRED, "turned_away", *OF_THE_WAY),
    Step.DECLINE: ("full", "conditions", "papers", "turned_away", "service_closed", *OF_THE_WAY),
    Step.NO_ANSWER: (NO_ANSWER,),
    Step.RECEIVE: ("stopped", "papers", "turned_away", "service_closed", *OF_THE_WAY),
    Step.LEAVE: ("helped_already", "not_needed", "none_left", "refused_child", "refused_family", "other"),
}
GAP_REASONS = tuple(
    dict.fromkeys(reason for step, reasons in REASONS.items() if step is not Step.LEAVE for reason in reasons)
)


@dataclass(frozen=True, slots=True)
class Taken:
    """One step as somebody says it: on which day, how, and why where it led nowhere."""

    step: Step
    day: date
    how: str = ""  # sent in which way; received how well
    reason: str = ""


def standing_after(step: Step, before: Standing) -> Standing:
    """Of a step that was allowed."""
    return NEXT[step][before]


def steps_from(standing: Standing, today: date, answer_by: date) -> tuple[Step, ...]:
    """What could be said next; that nobody answered only once the day is past."""
    open_now = [step for step, way in NEXT.items() if standing in way]
    return tuple(step for step in open_now if step is not Step.NO_ANSWER or today > answer_by)


def may_take(taken: Taken, standing: Standing, *, last: date, answer_by: date, today: date) -> Decision:
    """`last`: the day of the step before, or on which the referral was made."""
    problem = (
        _order(taken.step, standing)
        or _day(taken, last, answer_by, today)
        or (_way(taken.how) if taken.step is Step.SEND else None)
        or (_how_well(taken.how) if taken.step is Step.RECEIVE else None)
        or _reason(taken)
    )
    return Decision.no(problem) if problem else Decision.yes()


def is_failure(taken: Taken) -> bool:
    """Whether it leaves a gap in services. A referral that was recalled was a decision of ours, and leaves none."""
    return taken.step in (Step.UNMET, Step.DECLINE, Step.NO_ANSWER) or (taken.step is Step.RECEIVE and taken.how == NOT)


def is_met(taken: Taken) -> bool:
    """The need was met after all, fully or in part."""
    return taken.step is Step.RECEIVE and taken.how in (FULLY, PARTLY)


def is_need_open(standing: str, received: str) -> bool:
    """Whether the need waits for somebody: under way, or it failed and nobody has gone on with it or left it."""
    return standing in OPEN or standing in FAILED or (standing == Standing.RECEIVED and received == NOT)


def offered_steps(standing: Standing, received: str, today: date, answer_by: date) -> tuple[Step, ...]:
    """What a page offers: a need that is met is closed, one that is not is gone on with or left."""
    hidden = {Step.CLOSE} if is_need_open(standing, received) else {Step.TRY_OTHER, Step.LEAVE}
    return tuple(step for step in steps_from(standing, today, answer_by) if step not in hidden)


def is_overdue(standing: str, answer_by: date, today: date) -> bool:
    return standing in WAITING and today > answer_by


def _order(step: Step, standing: Standing) -> Problem | None:
    if standing in NEXT[step]:
        return None
    action = "Look at the page again: somebody may have taken it meanwhile."
    return Problem("referral.order", "This step is not open now.", action, status=409)


def _day(taken: Taken, last: date, answer_by: date, today: date) -> Problem | None:
    if not last <= taken.day <= today:
        message, action = "This day lies before the step before it, or in the future.", "Correct the day."
        return Problem("referral.day", message, action, Where(field="day"))
    if taken.step is Step.NO_ANSWER and taken.day <= answer_by:
        message, action = "The day until which they could answer is not past.", "Wait until it is, or ask them."
        return Problem("referral.still_time", message, action, Where(field="day"), status=409)
    return None


def _way(how: str) -> Problem | None:
    if how in WAYS:
        return None
    return Problem("referral.way", "It is not said how it was sent.", "Choose one.", Where(field="how"))


def _how_well(how: str) -> Problem | None:
    if how in RECEIVED:
        return None
    return Problem("referral.how_well", "It is not said what the child received.", "Choose one.", Where(field="how"))


def _reason(taken: Taken) -> Problem | None:
    known = REASONS.get(taken.step, ()) if is_failure(taken) or taken.step is Step.LEAVE else ()
    if taken.reason in known or (not known and not taken.reason):
        return None
    where = Where(field="reason")
    if not known:
        return Problem("referral.reason_too_many", "This step has no reason.", "Leave the reason open.", where)
    return Problem("referral.reason", "The reason is missing.", "Choose the one that comes closest.", where)
