"""Before a visit: could it harm, and in which way may it be made? Answers in, ways and advice out. A proposal of this
project, no standard.

Nobody is asked for a number. Each answer shuts some ways and makes others worse; what is left stands in order, the best
first. Where nothing is left there is no visit, the reason has a name, and a supervisor may decide otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import IntEnum, StrEnum


class Mode(StrEnum):
    """In the order in which they are good where nothing speaks against any: the child is seen in person, at home."""

    HOME = "home"
    NEUTRAL = "neutral_place"
    SCHOOL = "school"
    GROUP = "group"
    PHONE = "phone"


class Answer(IntEnum):
    NO = 0
    PERHAPS = 1
    YES = 2


WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  # codes of safe days on a card
NO_VISIT = "none"  # what the child or the family asked for: that nobody comes
QUESTIONS = ("attention", "resentment", "danger", "undermines")
ALL = tuple(Mode)
_SHUT: Mapping[tuple[str, Answer], frozenset[Mode]] = {
    ("attention", Answer.YES): frozenset({Mode.HOME, Mode.SCHOOL}),
    ("resentment", Answer.YES): frozenset({Mode.HOME}),
    ("danger", Answer.PERHAPS): frozenset({Mode.HOME, Mode.SCHOOL, Mode.GROUP}),
    ("danger", Answer.YES): frozenset(ALL),
    ("undermines", Answer.YES): frozenset({Mode.SCHOOL}),  # behind the back of the caregiver
}
_WORSE: Mapping[tuple[str, Answer], frozenset[Mode]] = {
    ("attention", Answer.PERHAPS): frozenset({Mode.HOME, Mode.SCHOOL}),
    ("resentment", Answer.PERHAPS): frozenset({Mode.HOME}),
    ("resentment", Answer.YES): frozenset({Mode.NEUTRAL, Mode.SCHOOL}),  # several children seen at once stand out least
    ("undermines", Answer.PERHAPS): frozenset({Mode.SCHOOL, Mode.GROUP}),
    ("undermines", Answer.YES): frozenset({Mode.GROUP}),
}
ADVICE_ON: Mapping[str, str] = {
    "attention": "no_signs",
    "resentment": "with_others",
    "danger": "never_alone",
    "undermines": "caregiver_first",
}
INSTEAD_OF: Mapping[str, tuple[str, ...]] = {
    "danger": ("pass_on", "ask_supervisor", "leave_the_door_open"),
    "asked_not_to": ("leave_the_door_open", "ask_again_later"),
    "quiet_time": ("wait_until", "leave_the_door_open"),
    "nothing_fits": ("ask_for_a_safe_way", "ask_supervisor"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """Could the visit draw attention, make others resentful, put somebody in danger, weaken the caregiver? And what
    else the child or the family asked for: a way, that nobody comes, or nothing (empty).
    """

    attention: Answer
    resentment: Answer
    danger: Answer
    undermines: Answer
    asked_for: str = ""

    def __post_init__(self) -> None:
        if self.asked_for not in ("", NO_VISIT, *ALL):
            raise ValueError(self.asked_for)


IN_STEAD = frozenset({"community_monitor", "volunteer"})  # go in the place of a case worker


@dataclass(frozen=True, slots=True)
class Verdict:
    modes: tuple[Mode, ...]  # the best first; none: no visit
    reasons: tuple[str, ...]  # why there is none
    advice: tuple[str, ...]
    instead: tuple[str, ...]

    @property
    def blocked(self) -> bool:
        return not self.modes


def verdict(check: Check, on_card: frozenset[Mode] | None = None, *, quiet: bool = False) -> Verdict:
    """`on_card`: ways that the safe-contact card allows, where there is one. `quiet`: the day lies in a time in which
    nobody may make contact.
    """
    modes = _open(check)
    if on_card is not None:
        modes = tuple(mode for mode in modes if mode in on_card)
    if check.asked_for:
        modes = tuple(mode for mode in modes if mode == check.asked_for)
    reasons = _reasons(check, quiet=quiet)
    if not modes and not reasons:
        reasons = ("nothing_fits",)
    answered = [name for name in QUESTIONS if getattr(check, name) > Answer.NO]
    advice = tuple(advised(name, check.asked_for, on_card) for name in answered)
    instead = dict.fromkeys(each for reason in reasons for each in INSTEAD_OF[reason])
    return Verdict(() if reasons else modes, reasons, advice, tuple(instead))


def advised(question: str, asked_for: str, on_card: Collection[str] | None) -> str:
    """What to heed where the answer was not no. Nobody is advised to see several children at once where the card names
    no group, or they asked for something else.
    """
    found, group = ADVICE_ON[question], Mode.GROUP
    apart = asked_for not in ("", group) or (on_card is not None and group not in on_card)
    return "apart" if apart and found == "with_others" else found


def why_shut(check: Check, on_card: frozenset[Mode] | None = None, *, lifted: bool = False) -> dict[Mode, str]:
    """Each way, and what shuts it: `card`, a question of the check, `asked_for`; empty where it is open. The card comes
    first: nobody overrules it. `lifted`: what a supervisor may still choose.
    """
    asked = replace(check, danger=min(check.danger, Answer.PERHAPS), asked_for="") if lifted else check
    found = {}
    for mode in ALL:
        answers = (name for name in QUESTIONS if mode in _SHUT.get((name, getattr(asked, name)), ()))
        first = "card" if on_card is not None and mode not in on_card else next(answers, "")
        found[mode] = first or ("asked_for" if asked.asked_for and mode != asked.asked_for else "")
    return found


def ways_left(cards: Iterable[Iterable[str]]) -> frozenset[Mode] | None:
    """Ways of a visit that the cards of all who are visited in one go name. What is not named is never done: a group
    too, wherever it meets. None where there is no card.
    """
    named = [frozenset(each) for each in cards]
    return frozenset(mode for mode in Mode if all(mode in each for each in named)) if named else None


def days_left(cards: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Days of the week that the cards of all who are visited in one go allow. A card that names none allows each."""
    named = [each for each in cards if each]
    return tuple(day for day in WEEK if all(day in each for each in named))


def next_safe(day: date, days: Sequence[str]) -> date | None:
    """This day, where it is one of them; else the next that is."""
    coming = (day + timedelta(days=ahead) for ahead in range(len(WEEK)))
    return next((each for each in coming if WEEK[each.weekday()] in days), None)


def may_go(goes: str, check: Check) -> bool:
    """Nobody is sent in the place of a case worker to where there is danger, or a doubt of one."""
    return goes not in IN_STEAD or check.danger is Answer.NO


def asks(went: str) -> bool:
    """Whoever goes in the place of a case worker looks and greets: speaks with no child alone, and asks of no plan."""
    return went not in IN_STEAD


def modes_after_lift(check: Check) -> tuple[Mode, ...]:
    """What a supervisor may still choose: never what a danger, or a mere doubt of one, shuts."""
    return _open(replace(check, danger=min(check.danger, Answer.PERHAPS), asked_for=""))


def _reasons(check: Check, *, quiet: bool) -> tuple[str, ...]:
    holds = {
        "danger": check.danger is Answer.YES,
        "asked_not_to": check.asked_for == NO_VISIT,
        "quiet_time": quiet,
    }
    return tuple(reason for reason, held in holds.items() if held)


def _open(check: Check) -> tuple[Mode, ...]:
    given = [(name, getattr(check, name)) for name in QUESTIONS]
    shut = frozenset[Mode]().union(*(_SHUT.get(each, frozenset()) for each in given))
    left = [mode for mode in ALL if mode not in shut]
    return tuple(sorted(left, key=lambda mode: sum(mode in _WORSE.get(each, ()) for each in given)))
