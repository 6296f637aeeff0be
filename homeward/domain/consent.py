"""Who must agree to what, and whether they have: the age table as data, and the one rule that every gate asks.

An agreement is an entry of a ledger that only grows. What is agreed on a day follows from the entries up to that day,
and from nothing else: silence is no assent. Below 15 a no of the child or of the caregiver blocks; from 15 the child's
own consent decides, and a caregiver's no is recorded without binding, unless the programme's rules say so. What
protects a child (`PROTECTION`) needs no agreement: flags, what is told in confidence, escalations, the register of
violations, opening a record in an emergency, and keeping what the law asks to keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from homeward.domain.problems import Decision, Problem

SERVICE, MONITORING, SHARING, REPORTING = "service", "monitoring", "sharing", "reporting"
RESEARCH, PHOTO = "research", "photo"
OWN_INTERVIEW = "own_interview"  # the caregiver's own situation, asked of the caregiver
PROTECTION = "protection"  # vital interests: never asked for, never blocked
ASKED_FOR = (SERVICE, MONITORING, SHARING, REPORTING, RESEARCH, PHOTO)


class Who(StrEnum):
    CHILD = "child"
    CAREGIVER = "caregiver"
    TRUSTED_ADULT = "trusted_adult"
    CASE_WORKER = "case_worker"  # decides in the child's best interests


class Reply(StrEnum):
    AGREES = "agrees"
    REFUSES = "refuses"
    WITHDRAWS = "withdraws"


class Without(StrEnum):
    """Why somebody stands in for a caregiver."""

    NONE = "none"  # there is no caregiver
    UNSAFE = "unsafe"  # asking the caregiver would put the child in danger


class Source(StrEnum):
    ASKED = "asked"  # on the page, on the day
    INTERVIEW = "interview"  # in the first questions of an interview
    LATER = "later"  # added by a supervisor, with a reason
    IMPORT = "import"  # said once of a whole file
    CAME_BACK = "came_back"  # on the page, by whoever had taken it back and came back to it unasked


class State(StrEnum):
    MISSING = "missing"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    NEW_BAND = "new_band"
    AGREED = "agreed"


class Use(StrEnum):
    """`ACT`: to do something now: interview, remind, share, transfer. `COUNT`: to go on using what was agreed to."""

    ACT = "act"
    COUNT = "count"


CHILD, ADULT = "child", "adult"  # the two voices
# By whether interviews and whether help were refused or taken back.
SAID_NO = {(False, False): "", (True, False): "interviews", (False, True): "help", (True, True): "both"}
NO_INTERVIEWS, NO_HELP = ("interviews", "both"), ("help", "both")
UNDOES_A_WITHDRAWAL = frozenset({Source.ASKED, Source.LATER, Source.CAME_BACK})


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer of one person about one purpose. `band`: the child's on that day; `order`: of recording."""

    day: date
    who: str
    reply: str
    purpose: str
    band: str
    recipient: str = ""
    valid_until: date | None = None
    source: str = Source.ASKED
    without: str = ""  # a caregiver, and why: of whoever stands in
    capable: bool = False  # the child understands enough to decide alone, where the table lets it
    order: int = 0

    @property
    def voice(self) -> str:
        return CHILD if self.who == Who.CHILD else ADULT

    @property
    def at(self) -> tuple[date, bool, int]:
        """What is added later counts before all that was said on its day."""
        return self.day, self.source != Source.LATER, self.order


@dataclass(frozen=True, slots=True)
class BandRule:
    """A row of the age table. `child`: none, assent or consent; `caregiver`: consent (needed), binding (a no counts),
    told (recorded, not binding) or none.
    """

    band: str
    child: str
    caregiver: str
    stand_ins: tuple[str, ...] = ()
    child_alone: bool = False

    @property
    def needed(self) -> tuple[str, ...]:
        return tuple(
            voice for voice, asked in ((CHILD, self.child != "none"), (ADULT, self.caregiver == "consent")) if asked
        )

    @property
    def binding(self) -> tuple[str, ...]:
        """Whose no blocks."""
        return (*self.needed, *((ADULT,) if self.caregiver == "binding" else ()))


@dataclass(frozen=True, slots=True)
class PurposeRule:
    purpose: str
    months: int  # how long an agreement holds
    each_round: bool = False
    recipient: bool = False  # one agreement for each
    adult_alone: bool = False  # asked of the caregiver about the caregiver: the age of the child says nothing


@dataclass(frozen=True, slots=True)
class Rules:
    bands: Mapping[str, BandRule]
    purposes: Mapping[str, PurposeRule] = field(default_factory=dict)

    def needed(self, purpose: str, band: str) -> tuple[str, ...]:
        """Whose yes it takes."""
        return (ADULT,) if self.purposes[purpose].adult_alone else self.bands[band].needed

    def binding(self, purpose: str, band: str) -> tuple[str, ...]:
        """Whose no blocks."""
        return (ADULT,) if self.purposes[purpose].adult_alone else self.bands[band].binding


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand with one voice for one purpose."""

    voice: str
    state: State
    entry: Entry | None  # that says so

    @property
    def agreed(self) -> bool:
        return self.state is State.AGREED


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody to be asked again, and why: missing, expired, new_band, new_round, refused or withdrawn."""

    purpose: str
    voice: str
    why: str
    since: date | None = None


def may(
    purpose: str,
    entries: Iterable[Entry],
    band: str,
    day: date,
    rules: Rules,
    recipient: str | None = None,
    use: Use = Use.ACT,
) -> Decision:
    """Whether this may be done with a child of this band on this day, by what was said until then."""
    if purpose == PROTECTION:
        return Decision.yes()
    lacking = not_agreed(purpose, said_about(purpose, entries, day, rules, recipient), band, day, rules, use)
    return Decision.no(lacking[0]) if lacking else Decision.yes()


def not_agreed(
    purpose: str, said: Sequence[Entry], band: str, day: date, rules: Rules, use: Use = Use.ACT
) -> tuple[Problem, ...]:
    """What stands against it, of each voice; what was taken back alone, where that stands. `said`: in order."""
    stopped = standing_stop(said, rules)
    if stopped is not None:
        return (_problem(Standing(stopped.voice, State.WITHDRAWN, stopped)),)
    if use is Use.COUNT:
        return ()
    needed = rules.needed(purpose, band)
    found = [standing(said, voice, band, day, rules) for voice in rules.binding(purpose, band)]
    return tuple(
        _problem(how) for how in found if (not how.agreed if how.voice in needed else how.state is State.REFUSED)
    )


def may_count(entries: Sequence[Entry], day: date, rules: Rules) -> Decision:
    """Whether what was agreed to before goes on being counted, and leaves in downloads: not once monitoring was
    withdrawn, nor while somebody who decides says no to reports, even without a name.
    """
    stopped = stop_of_counting(entries, day, rules)
    if stopped is None:
        return Decision.yes()
    state = State.WITHDRAWN if stopped.reply == Reply.WITHDRAWS else State.REFUSED
    return Decision.no(_problem(Standing(stopped.voice, state, stopped)))


def stop_of_counting(entries: Sequence[Entry], day: date, rules: Rules) -> Entry | None:
    """What ends the counting of a child, where something does. It changes with what is said, never with time alone."""
    stopped = standing_stop(said_about(MONITORING, entries, day, rules), rules)
    if stopped is None:
        said = said_about(REPORTING, entries, day, rules)
        stopped = standing_stop(said, rules, (Reply.REFUSES, Reply.WITHDRAWS))
    return stopped


def said_no(entries: Sequence[Entry], band: str, day: date, rules: Rules) -> str:
    """What somebody who decides does not want, as a code of `SAID_NO`: interviews, help, both, or nothing of it."""
    stops = [stop_asked_apart(purpose, entries, band, day, rules) is not None for purpose in (MONITORING, SERVICE)]
    return SAID_NO[stops[0], stops[1]]


def stop_asked_apart(purpose: str, entries: Sequence[Entry], band: str, day: date, rules: Rules) -> Entry | None:
    """A withdrawal that stands, or else a no of somebody who decides. Both are asked apart from an interview, and end
    when the same people agree again apart from one: an interview that somebody brings along does not press them. A no
    within an interview is an answer to that round.
    """
    said = said_about(purpose, entries, day, rules)
    stop = standing_stop(said, rules)
    if stop is not None:
        return stop
    apart = [each for each in said if each.source in UNDOES_A_WITHDRAWAL]
    child, adult = _last(apart, Who.CHILD), _adult(apart, rules.bands[band])
    for entry in (child, adult):
        if entry is None or entry.reply != Reply.REFUSES or entry.voice not in rules.binding(purpose, entry.band):
            continue
        if not (entry is adult and child is not None and _decides_alone(child, entry, rules)):
            return entry
    return None


def _decides_alone(child: Entry, adult: Entry, rules: Rules) -> bool:
    """The child has agreed since, at an age at which its own word is enough."""
    own = rules.bands[child.band].child == "consent"
    return own and child.reply == Reply.AGREES and child.at > adult.at


def standing_stop(said: Sequence[Entry], rules: Rules, stops: tuple[Reply, ...] = (Reply.WITHDRAWS,)) -> Entry | None:
    """A withdrawal, by somebody whose no counted on that day, that nobody who decides has taken back. It outlives
    birthdays; only agreeing again when asked apart from an interview undoes it, so that nobody is pressed into one.
    """
    stop: Entry | None = None
    for entry in said:
        if entry.reply in stops and entry.voice in rules.binding(entry.purpose, entry.band):
            stop = entry
        elif stop is not None and entry.reply == Reply.AGREES and entry.source in UNDOES_A_WITHDRAWAL:
            alone = rules.bands[entry.band].child == "consent"
            if _may_undo(entry, stop) or (alone and entry.who == Who.CHILD):
                stop = None
    return stop


def _may_undo(entry: Entry, stop: Entry) -> bool:
    """Whoever said it, or the caregiver for whom somebody had said it. Nobody stands in to undo what a caregiver took
    back, unless asking that person is unsafe.
    """
    if entry.voice != stop.voice:
        return False
    return entry.who in (stop.who, Who.CAREGIVER) or entry.without == Without.UNSAFE


def standing(said: Sequence[Entry], voice: str, band: str, day: date, rules: Rules) -> Standing:
    """`said`: about one purpose, in order."""
    entry = _last(said, Who.CHILD) if voice == CHILD else _adult(said, rules.bands[band])
    if entry is None:
        return Standing(voice, State.MISSING, None)
    if entry.reply == Reply.WITHDRAWS:
        return Standing(voice, State.WITHDRAWN, entry)
    if entry.reply == Reply.REFUSES:
        return Standing(voice, State.REFUSED, entry)
    if entry.band != band:
        return Standing(voice, State.NEW_BAND, entry)
    if entry.valid_until is not None and entry.valid_until < day:
        return Standing(voice, State.EXPIRED, entry)
    return Standing(voice, State.AGREED, entry)


def said_about(
    purpose: str, entries: Iterable[Entry], day: date, rules: Rules, recipient: str | None = None
) -> list[Entry]:
    """In order. Of sharing: with this recipient; a yes that names nobody is a yes to nobody, a no is a no to all."""
    wanted, named = same_name(recipient or ""), rules.purposes[purpose].recipient
    found = [each for each in entries if each.purpose == purpose and each.day <= day]
    if named:
        found = [
            each
            for each in found
            if (each.recipient and same_name(each.recipient) == wanted)
            or (not each.recipient and each.reply != Reply.AGREES)
        ]
    return sorted(found, key=lambda each: each.at)


def same_name(name: str) -> str:
    return " ".join(name.casefold().split())


def _last(said: Sequence[Entry], who: Who) -> Entry | None:
    return next((each for each in reversed(said) if each.who == who), None)


def _adult(said: Sequence[Entry], rule: BandRule) -> Entry | None:
    """The caregiver; where there is none, or asking is unsafe, whoever the table lets stand in. Nobody stands in for a
    caregiver who said no, unless asking that person is unsafe.
    """
    caregiver = _last(said, Who.CAREGIVER)
    instead = next((each for each in reversed(said) if _stands_in(each, rule)), None)
    if instead is None or caregiver is None:
        return caregiver or instead
    if instead.at < caregiver.at:
        return caregiver
    return instead if instead.without == Without.UNSAFE or caregiver.reply == Reply.AGREES else caregiver


def _stands_in(entry: Entry, rule: BandRule) -> bool:
    if not entry.without:
        return False
    if entry.who == Who.CHILD:
        return rule.child_alone and entry.capable
    return entry.who in rule.stand_ins


def to_ask(
    entries: Sequence[Entry],
    band: str,
    day: date,
    rules: Rules,
    round_began: date | None = None,
    purposes: Iterable[str] = (SERVICE, MONITORING),
) -> tuple[Ask, ...]:
    """Who is to be asked, for what, and why. Whoever said no is asked again in a new round or band, not before: a no
    is an answer. Whoever withdrew is asked only when they come back to it themselves, so they are named last; where
    somebody withdrew whose word is not needed any more, those whose word is are named in their place.
    """
    found: list[Ask] = []
    for purpose in purposes:
        said = said_about(purpose, entries, day, rules)
        rule = rules.purposes[purpose]
        stop = standing_stop(said, rules)
        needed = rules.needed(purpose, band)
        for voice in needed:
            how = standing(said, voice, band, day, rules)
            stopped = stop is not None and (stop.voice == voice or stop.voice not in needed)
            why = _why(how, band, rule, round_began, stopped=stopped)
            if why:
                found.append(Ask(purpose, voice, why, how.entry.day if how.entry else None))
    return tuple(sorted(found, key=lambda each: each.why == State.WITHDRAWN))


def _why(how: Standing, band: str, rule: PurposeRule, round_began: date | None, *, stopped: bool) -> str:
    if stopped or how.state is State.WITHDRAWN:
        return State.WITHDRAWN
    if how.entry is None or how.state in (State.EXPIRED, State.NEW_BAND):
        return how.state
    if how.state is State.REFUSED and how.entry.band != band:
        return State.NEW_BAND
    earlier = round_began is not None and how.entry.day < round_began
    return "new_round" if rule.each_round and earlier else ""


MESSAGES: Mapping[tuple[str, State], tuple[str, str]] = {
    (CHILD, State.MISSING): (
        "The child has not been asked, and silence is no agreement.",
        "Ask the child, under Agreement.",
    ),
    (CHILD, State.REFUSED): ("The child said no.", "Respect it. Ask again in the next round, without pressing."),
    (CHILD, State.WITHDRAWN): (
        "The child has taken the agreement back.",
        "Respect it. Only when the child comes back to it, ask again under Agreement.",
    ),
    (CHILD, State.EXPIRED): ("The child agreed too long ago.", "Ask the child again, under Agreement."),
    (CHILD, State.NEW_BAND): (
        "The child has reached another age group since it agreed.",
        "Ask the child again, under Agreement.",
    ),
    (ADULT, State.MISSING): (
        "No caregiver has been asked, and silence is no agreement.",
        "Ask the caregiver, under Agreement.",
    ),
    (ADULT, State.REFUSED): ("The caregiver said no.", "Respect it. Ask again in the next round, without pressing."),
    (ADULT, State.WITHDRAWN): (
        "The caregiver has taken the agreement back.",
        "Respect it. Only when the family comes back to it, ask again under Agreement.",
    ),
    (ADULT, State.EXPIRED): ("The caregiver agreed too long ago.", "Ask the caregiver again, under Agreement."),
    (ADULT, State.NEW_BAND): (
        "The child has reached another age group since the caregiver agreed.",
        "Ask the caregiver again, under Agreement.",
    ),
}


def _problem(how: Standing) -> Problem:
    message, action = MESSAGES[how.voice, how.state]
    return Problem(f"consent.{how.state}", message, action, params={"voice": how.voice}, status=409)
