"""What comes by itself within thirty days: a child turns 12, 15 or 18; an agreement ends, or is to be asked again.

It follows from the record, the ledger of agreements and the protocol; nothing is stored. Who said no, or took an
agreement back, is not named here, nor anybody beside a no that binds: a no is an answer, and nobody is pressed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from homeward.domain.ages import AGE_BANDS
from homeward.domain.consent import (
    MONITORING,
    SERVICE,
    Ask,
    Entry,
    Rules,
    State,
    said_about,
    standing,
    stop_asked_apart,
    to_ask,
)

WITHIN = timedelta(days=30)
MONTH = timedelta(days=31)
WATCHED = (SERVICE, MONITORING)
GROWS: Mapping[str, int] = {"12-14": 12, "15-17": 15, "18+": 18}  # bands that ask for something else than before


class Kind(StrEnum):
    TURNS = "turns"  # 12, 15 or 18
    ENDS = "ends"  # an agreement, on its last day
    ASK = "ask"  # it has ended, or was given in another age group: somebody is to be asked now
    ROUND = "round"  # asked again as the next round begins


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    day: date
    kind: Kind
    years: int = 0
    purpose: str = ""
    voices: tuple[str, ...] = ()
    why: tuple[str, ...] = field(default=(), compare=False)  # of each voice: how its agreement stands


def marks(
    band: str,
    changes_on: date | None,
    entries: Sequence[Entry],
    day: date,
    rules: Rules,
    round_begins: date | None = None,
) -> tuple[Mark, ...]:
    """In the order of their days. `band`: of this day, as the gates take it, by the birthday where it is known;
    `round_begins`: of the first round that has not begun yet.
    """
    found = [*turns(band, changes_on, day)]
    for purpose in WATCHED:
        found += _agreements(purpose, entries, band, day, rules, round_begins)
    return tuple(sorted(found))


def turning(changes_on: date | None, before: str, band: str, day: date) -> Iterator[Mark]:
    """The same in the month of the birthday, until the band of the day is another one than the coded `before`."""
    if changes_on is not None and before == band and changes_on <= day < changes_on + MONTH:
        yield from turns(band, changes_on, changes_on - WITHIN)


def asked_besides(asks: Iterable[Ask], found: Iterable[Mark]) -> tuple[Ask, ...]:
    """Who is to be asked now and is named by no mark: never asked, or said no in an earlier age group. Whoever took it
    back is not sent for, and of a new round the interview asks.
    """
    named = {(mark.purpose, voice) for mark in found if mark.kind is Kind.ASK for voice in mark.voices}
    now = (State.MISSING, State.EXPIRED, State.NEW_BAND)
    return tuple(each for each in asks if each.why in now and (each.purpose, each.voice) not in named)


def turns(band: str, changes_on: date | None, day: date) -> Iterator[Mark]:
    """By the month alone, as everywhere: the first of the month in which the birthday lies."""
    if changes_on is None or not day < changes_on <= day + WITHIN:
        return
    place = next((at for at, each in enumerate(AGE_BANDS) if each.code == band), None)
    if place is None or place + 1 == len(AGE_BANDS):
        return
    years = GROWS.get(AGE_BANDS[place + 1].code)
    if years is not None:
        yield Mark(changes_on, Kind.TURNS, years)


def _agreements(
    purpose: str, entries: Sequence[Entry], band: str, day: date, rules: Rules, round_begins: date | None
) -> Iterator[Mark]:
    """One mark for each kind and day, whoever is to be asked."""
    if stop_asked_apart(purpose, entries, band, day, rules) is not None:
        return
    said = said_about(purpose, entries, day, rules)
    taken_back = {
        each.voice for each in to_ask(entries, band, day, rules, None, (purpose,)) if each.why == State.WITHDRAWN
    }
    asked: dict[tuple[date, Kind], list[tuple[str, State]]] = {}
    for voice in rules.needed(purpose, band):
        how = standing(said, voice, band, day, rules)
        if how.entry is None or voice in taken_back:
            continue
        if how.state in (State.EXPIRED, State.NEW_BAND):
            asked.setdefault((day, Kind.ASK), []).append((voice, how.state))
        elif how.state is State.AGREED and how.entry.valid_until is not None and how.entry.valid_until <= day + WITHIN:
            asked.setdefault((how.entry.valid_until, Kind.ENDS), []).append((voice, how.state))
        elif how.state is State.AGREED and rules.purposes[purpose].each_round and _soon(round_begins, day):
            asked.setdefault((round_begins or day, Kind.ROUND), []).append((voice, how.state))
    for (when, kind), told in asked.items():
        yield Mark(when, kind, 0, purpose, tuple(voice for voice, _ in told), tuple(str(state) for _, state in told))


def _soon(round_begins: date | None, day: date) -> bool:
    return round_begins is not None and day < round_begins <= day + WITHIN
