"""The clock of one child: where each round stands on a day, and what is due. Computed from facts, never stored.

There is no clock in here: the day is given, and it is that of the organisation that works with the child. Facts that
are dated after that day count for nothing. The rule in plain words stands in docs/follow-up.md.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from homeward.domain.ages import band_on
from homeward.domain.rounds import ONE_DAY, Round, Schedule, Voice, round_asked, rounds_of

TAKEN_BACK = "taken_back"  # of a reason that was given for a round: it holds no more
CONTACT = "contact"  # in the place of a round's code
BEFORE_18, GROWN_UP = "15-17", "18+"
SELF = frozenset({"child", "adult"})  # somebody who is grown up answers about itself, whichever form is used


class State(StrEnum):
    NOT_YET = "not_yet"
    COMING = "coming"  # to be done from now on, due later
    DUE = "due"
    TOLERATED = "tolerated"  # late within tolerance
    LATE = "late"
    DONE = "done"
    PARTLY = "partly"  # over, and not everybody who was to be asked was
    MISSED = "missed"  # over, or somebody said why it does not take place
    PAUSED = "paused"  # the clock stands still, or it fell into the time in which it did
    ENDED = "ended"  # the case had ended


OPEN = (State.COMING, State.DUE, State.TOLERATED, State.LATE)  # what a list of the day holds
FINAL = frozenset({"refused", "no_permission"})  # of one who was not asked: not asked again at this round
URGENCY = {State.LATE: 0, State.TOLERATED: 1, State.DUE: 2, State.COMING: 3}


@dataclass(frozen=True, slots=True)
class Answered:
    """An interview or another contact with somebody about the child."""

    day: date
    respondent: str
    family: str  # of the instrument: survey, visit ...; or a contact without one
    overheard: bool = False  # others listened


@dataclass(frozen=True, slots=True)
class Missed:
    code: str  # of the round, or CONTACT
    on: date  # when it was said
    reason: str
    respondent: str = ""  # who alone was not asked; empty: the round as a whole


@dataclass(frozen=True, slots=True)
class Facts:
    start: date | None  # the return, or the day from which the clock counts instead; None: it does not run
    band: str
    band_changes_on: date | None = None
    risks: tuple[tuple[date, str], ...] = ()  # from which day, which level
    pauses: tuple[tuple[date, date | None], ...] = ()  # first day, and the day on which it goes on
    answered: tuple[Answered, ...] = ()
    missed: tuple[Missed, ...] = ()  # in the order in which they were said
    ended: date | None = None  # from here on nothing is due
    eighteen: date | None = None  # the birthday, where a round is due in its month and the day is known


@dataclass(frozen=True, slots=True)
class Point:
    """Where one round stands."""

    round: Round
    state: State
    due: date | None  # the due day; where it fell into a pause, the day on which the clock goes on. None: not known yet
    missing: tuple[str, ...] = ()  # who is still to be asked
    optional: tuple[str, ...] = ()  # who may still be asked, with the child's permission
    answered: tuple[tuple[str, date], ...] = ()  # respondent, first day
    done_on: date | None = None
    days_off: int | None = None  # of `done_on` from the due day of the round; negative: before it
    days_late: int = 0  # in which the clock ran
    reason: str = ""  # why missed; empty where nobody has said
    overheard: tuple[str, ...] = ()  # who answered at this round, and each time while others listened
    not_asked: tuple[Missed, ...] = ()  # who was not asked so far, with the newest word of why

    @property
    def not_again(self) -> frozenset[str]:
        """Whom nobody asks any more at this round."""
        return frozenset(each.respondent for each in self.not_asked if each.reason in FINAL)

    @property
    def unexplained(self) -> bool:
        return self.state is State.MISSED and not self.reason


@dataclass(frozen=True, slots=True)
class Contact:
    """The next contact between rounds; by the level of risk, and none where no level is set."""

    state: State
    due: date | None
    last: date | None
    days_late: int = 0


@dataclass(frozen=True, slots=True)
class FollowUp:
    points: tuple[Point, ...]
    current: Point | None  # the round that is to be done on this day, or was
    contact: Contact | None
    next_due: date | None  # of the first round that is still to come
    risk: str
    paused_since: date | None

    @property
    def unexplained(self) -> tuple[Point, ...]:
        return tuple(each for each in self.points if each.unexplained)


def band_asked(band: str, changes_on: date | None, eighteen: date | None, day: date) -> str:
    """By the month, except that nobody is asked as a grown-up before the 18th birthday, where that is known."""
    by_month = band_on(band, changes_on, day)
    return BEFORE_18 if by_month == GROWN_UP and eighteen is not None and day < eighteen else by_month


def follow_up(schedule: Schedule, facts: Facts, day: date) -> FollowUp:
    """Every round, and what follows."""
    known = _Known(facts, day)
    if facts.start is None:
        return FollowUp((), None, None, None, known.risk, known.paused_since)
    points = tuple(_point(each, known) for each in rounds_of(schedule, facts.start))
    begun = [each for each in points if each.round.opens <= day]
    coming = (each.due for each in points if each.state in (State.NOT_YET, State.COMING) and each.due)
    return FollowUp(
        points,
        begun[-1] if begun else None,
        _contact(schedule, known),
        next(coming, None),
        known.risk,
        known.paused_since,
    )


def due_now(schedule: Schedule, facts: Facts, day: date) -> tuple[Point | None, Contact | None]:
    """What `follow_up` says of this day alone, without looking at each round: for lists of many children. Of what was
    answered the last day of each respondent and family is enough.
    """
    if facts.start is None:
        return None, None
    known, asked = _Known(facts, day), round_asked(schedule, facts.start, day)
    return (_point(asked, known) if asked else None), _contact(schedule, known)


class _Known:
    """The facts of a child, as far as they are known on a day."""

    __slots__ = ("answered", "day", "ended", "facts", "pauses", "reasons", "risk", "risk_since", "voices")

    def __init__(self, facts: Facts, day: date) -> None:
        self.facts, self.day = facts, day
        self.answered = sorted((each for each in facts.answered if each.day <= day), key=_day_of)
        self.pauses = _joined((since, until) for since, until in facts.pauses if since <= day) if facts.pauses else []
        first = facts.start or date.min  # what was said of an earlier return is no word about this one
        said = [each for each in facts.missed if first <= each.on <= day]
        self.reasons = {each.code: each for each in said if not each.respondent}  # the newest word holds
        self.voices = dict(_of_voices(said))
        self.ended = facts.ended if facts.ended is not None and facts.ended <= day else None
        self.risk, self.risk_since = "", date.min
        for since, level in sorted(each for each in facts.risks if each[0] <= day):
            if level != self.risk:
                self.risk, self.risk_since = level, since

    @property
    def paused_since(self) -> date | None:
        return next((since for since, until in self.pauses if until is None or self.day < until), None)

    def band_at(self, due: date) -> str:
        """Who is asked on this day goes by it."""
        return band_asked(self.facts.band, self.facts.band_changes_on, self.facts.eighteen, due)

    def answers_itself(self, respondent: str, due: date) -> bool:
        """From the month of the birthday on it may have been asked as either."""
        grown = band_on(self.facts.band, self.facts.band_changes_on, due) == GROWN_UP
        return respondent == "adult" or (respondent == "child" and grown)

    def running_from(self, day: date) -> date | None:
        """This day, or the first after it on which the clock runs; None while nobody knows when it goes on."""
        for since, until in self.pauses:
            if since <= day and (until is None or day < until):
                return until
        return day

    def days_run(self, after: date, until: date) -> int:
        """Days after the one, up to and with the other, on which the clock ran."""
        first, end = after + ONE_DAY, until + ONE_DAY
        stood = (min(back or end, end) - max(since, first) for since, back in self.pauses)
        return max((until - after).days, 0) - sum(max(each.days, 0) for each in stood)

    def reason_for(self, code: str) -> str:
        said = self.reasons.get(code)
        return said.reason if said is not None and said.reason != TAKEN_BACK else ""

    def not_asked(self, code: str, waited_for: Iterable[str]) -> tuple[Missed, ...]:
        """A word about somebody who has answered meanwhile counts no more."""
        return tuple(said for name in waited_for if (said := self.voices.get((code, name))) is not None)


def _of_voices(said: Iterable[Missed]) -> Iterator[tuple[tuple[str, str], Missed | None]]:
    """The newest word about each who was not asked; what is taken back of a round is taken back of all of them."""
    names: dict[str, set[str]] = {}
    for each in said:
        if each.respondent:
            names.setdefault(each.code, set()).add(each.respondent)
            yield (each.code, each.respondent), each
        elif each.reason == TAKEN_BACK:
            yield from (((each.code, name), None) for name in names.get(each.code, ()))


def _day_of(answer: Answered) -> date:
    return answer.day


def _joined(pauses: Iterable[tuple[date, date | None]]) -> list[tuple[date, date | None]]:
    """Pauses that touch are one."""
    found: list[tuple[date, date | None]] = []
    for since, until in sorted(pauses, key=lambda each: each[0]):
        if until is not None and until <= since:
            continue
        if found and (found[-1][1] is None or since <= found[-1][1]):
            before, end = found.pop()
            found.append((before, None if end is None or until is None else max(end, until)))
        else:
            found.append((since, until))
    return found


def _point(each: Round, known: _Known) -> Point:
    if known.day < each.opens:
        over = known.ended is not None
        return Point(each, State.ENDED if over else State.NOT_YET, None if over else each.due)
    voices = each.protocol.asked(each.code, known.band_at(each.due))
    heard = list(_heard(each, voices, known))
    days = {name: day for name, day, _ in heard}
    overheard = tuple(name for name, _, listened in heard if listened)
    missing = tuple(voice.respondent for voice in voices if voice.required and voice.respondent not in days)
    optional = tuple(voice.respondent for voice in voices if not voice.required and voice.respondent not in days)
    answered, unasked = tuple(days.items()), known.not_asked(each.code, (*missing, *optional))
    if days and not missing:
        counted = {voice.respondent for voice in voices if voice.required} or set(days)
        done = max(day for name, day in answered if name in counted)
        over = _is_over(each, known)
        left = () if over or known.ended else optional
        days_off = (done - each.due).days
        return Point(
            each, State.DONE, each.due, (), left, answered, done, days_off, overheard=overheard, not_asked=unasked
        )
    due = known.running_from(each.due)
    said = known.reason_for(each.code) or _reason_of(missing, unasked, FINAL)
    state, late = _state(each, known, due, begun=bool(days), reason=said)
    reason = (said or _reason_of(missing, unasked)) if state in (State.MISSED, State.PARTLY) else ""
    return Point(each, state, due, missing, optional, answered, None, None, late, reason, overheard, unasked)


def _reason_of(missing: tuple[str, ...], unasked: tuple[Missed, ...], among: frozenset[str] | None = None) -> str:
    """Why a round was not held with whoever is missing, where that was said of each of them."""
    said = {each.respondent: each.reason for each in unasked if among is None or each.reason in among}
    return said[missing[0]] if missing and said.keys() >= set(missing) else ""


def _heard(each: Round, voices: tuple[Voice, ...], known: _Known) -> Iterator[tuple[str, date, bool]]:
    """Who answered at this round, when first, and whether others listened each time."""
    first = bisect_left(known.answered, each.opens, key=_day_of)
    last = bisect_right(known.answered, each.closes, key=_day_of) if each.closes is not None else None
    here = known.answered[first:last]
    if not here:
        return
    for voice in voices:
        heard = SELF if known.answers_itself(voice.respondent, each.due) else (voice.respondent,)
        said = [answer for answer in here if answer.respondent in heard and answer.family == voice.family]
        if said:
            yield voice.respondent, min(each.day for each in said), all(each.overheard for each in said)


def _is_over(each: Round, known: _Known) -> bool:
    return each.closes is not None and each.closes < known.day


def _state(each: Round, known: _Known, due: date | None, *, begun: bool, reason: str) -> tuple[State, int]:
    """Of a round that has begun and is not done; and how many days it is late. `reason`: it is not to be held."""
    over, partly = _is_over(each, known), State.PARTLY if begun else None
    if known.ended is not None and (each.closes is None or known.ended <= each.closes):
        return partly or State.ENDED, 0
    if reason:
        return partly or State.MISSED, 0
    if over:
        fell = due is None or (each.closes is not None and due > each.closes)
        return partly or (State.PAUSED if fell else State.MISSED), 0
    if known.paused_since is not None:
        return State.PAUSED, 0
    return _open_state(due, known, each.rule.tolerance(known.risk))


def _open_state(due: date | None, known: _Known, tolerance: int) -> tuple[State, int]:
    if due is None or known.day < due:
        return State.COMING, 0
    late = known.days_run(due, known.day)
    if late == 0:
        return State.DUE, 0
    return State.TOLERATED if late <= tolerance else State.LATE, late


def _contact(schedule: Schedule, known: _Known) -> Contact | None:
    """`every` days after the last contact, and not before `first` days after the level was set: so a level that is
    raised asks for a contact soon, and none is late on the day on which it is raised.
    """
    start, day = known.facts.start, known.day
    rule = schedule.on(day).contacts.get(known.risk)
    if rule is None or start is None or day < start or known.ended is not None:
        return None
    days = [each.day for each in known.answered if each.day >= start]
    if (said := known.reasons.get(CONTACT)) is not None and said.reason != TAKEN_BACK:
        days.append(said.on)
    last = max(days, default=None)
    wanted = max(known.risk_since, start) + timedelta(days=rule.first)
    if last is not None:
        wanted = max(wanted, last + timedelta(days=rule.every))
    if known.paused_since is not None:
        return Contact(State.PAUSED, known.running_from(max(wanted, day)), last)
    due = known.running_from(wanted)
    state, late = _open_state(due, known, rule.after)
    return Contact(State.NOT_YET if state is State.COMING else state, due, last, late)
