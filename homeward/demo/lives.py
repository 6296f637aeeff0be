"""Who each synthetic child is, and when it is interviewed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from homeward.demo.tables import Programme, names
from homeward.demo.truth import MONTHS, Truth, draw_truth, host_peer_truth, took_place
from homeward.domain.ages import completed_years
from homeward.domain.codes import random_code
from homeward.domain.rounds import add_months

HOST_PEER_SHARE = 0.15
YOUNGEST_AT_RETURN, OLDEST_AT_RETURN = 0.5, 16.8  # years
EARLIEST_RETURN = 790  # days ago
DAYS_PER_MONTH = 30.44
DUE, HELD = 2, 3  # whose record has ended, from the last child back
WITHHELD = 4  # of whom no guardian is given a copy now
BEFORE_THE_END = timedelta(days=400)
LAST_ROUND = timedelta(days=700)
NO_CAREGIVER_SHARE = 0.05  # of children from 12: nobody answers beside them


@dataclass(frozen=True, slots=True)
class Life:
    number: int
    code: str
    is_host_peer: bool
    sex: str
    name: str
    caregiver: str
    caregiver_kind: str
    birth_date: date
    return_date: date | None
    anchor: date  # the return, or for a host peer the first interview
    external_id: str
    truth: Truth
    has_caregiver: bool


@dataclass(frozen=True, slots=True)
class Interview:
    """One respondent at one round."""

    month: float
    day: date
    respondent: str
    instrument_id: str


def draw_life(programme: Programme, number: int, today: date) -> Life:
    """Whoever's record ended has come back so long before that its time of monitoring lies before the end."""
    life, end = _drawn(programme, number, today), ended_on(programme, number, today)
    if end is None:
        return life
    earlier = life.anchor - (end - BEFORE_THE_END)
    returned = life.return_date - earlier if life.return_date else None
    return replace(life, birth_date=life.birth_date - earlier, anchor=life.anchor - earlier, return_date=returned)


def ended_on(programme: Programme, number: int, today: date) -> date | None:
    """Two of each programme, two years ago: the time to keep who they are is nearly over, or is over."""
    if number == programme.children - DUE:
        return add_months(today, -24) + timedelta(days=20)
    return add_months(today, -24) - timedelta(days=30) if number == programme.children - HELD else None


def _drawn(programme: Programme, number: int, today: date) -> Life:
    random = Random(f"child {programme.country} {number}")  # noqa: S311 - a synthetic world is repeatable, not secret
    host_peer = random.random() < HOST_PEER_SHARE
    anchor = today - timedelta(days=random.randint(20, EARLIEST_RETURN))
    age = random.triangular(YOUNGEST_AT_RETURN, OLDEST_AT_RETURN, 11.5)
    sex = random.choice(("female", "male"))
    family = random.choice(names(programme.country, "family"))
    given = random.choice(names(programme.country, "girl" if sex == "female" else "boy"))
    kind = random.choices(("mother", "father", "grandparent", "relative"), weights=(58, 18, 14, 10))[0]
    adult = random.choice(names(programme.country, "boy" if kind == "father" else "girl"))
    return Life(
        number=number,
        code=random_code(random.randrange),
        is_host_peer=host_peer,
        sex=sex,
        name=f"{given} {family}",
        caregiver=f"{adult} {family}",
        caregiver_kind=kind,
        birth_date=anchor - timedelta(days=int(age * 365.25)),
        return_date=None if host_peer else anchor,
        anchor=anchor,
        external_id=f"{programme.country}-{10_000 + number}",
        truth=host_peer_truth(random) if host_peer else draw_truth(random),
        has_caregiver=age < 12 or random.random() >= NO_CAREGIVER_SHARE,
    )


def interviews(programme: Programme, life: Life, today: date) -> Iterator[Interview]:
    """Rounds of the protocol up to today that took place, child and caregiver on the same day or a few days apart; of
    an ended record up to its end.
    """
    today = ended_on(programme, life.number, today) or today
    random = Random(f"rounds {programme.country} {life.number}")  # noqa: S311 - as above
    for month in MONTHS:
        drift = random.randint(-3, 9) if month > 1 else random.randint(0, 4)
        day = life.anchor + timedelta(days=round(month * DAYS_PER_MONTH) + drift)
        happened = took_place(random, life.truth, month)
        later = random.choice((0, 0, 0, 1, 2))
        if day > today or not happened:
            continue
        age = completed_years(life.birth_date, day)
        if age >= 18:
            continue
        if instrument := child_instrument(age):
            yield Interview(month, day, "child", instrument)
        if life.has_caregiver or age < 6:
            yield Interview(month, min(today, day + timedelta(days=later)), "caregiver", "caregiver")


def overheard(programme: Programme, numbers: Iterable[int], today: date) -> tuple[int, Interview] | None:
    """The one interview to which others listened: the newest that one of these children answered itself, so that its
    round is open still.
    """
    return next(iter(_answered(programme, numbers, today)), None)


def wishing(programme: Programme, numbers: Sequence[int], today: date) -> tuple[int, Interview] | None:
    """The one in which a child asks to be called back: the newest of another child, of whom nobody was asked since."""
    first = overheard(programme, numbers, today)
    others = [number for number in numbers if first is None or number != first[0]]
    for number, each in _answered(programme, others, today):
        days = [one.day for one in interviews(programme, draw_life(programme, number, today), today)]
        if max(days) == each.day:
            return number, each
    return None


def _answered(programme: Programme, numbers: Iterable[int], today: date) -> list[tuple[int, Interview]]:
    """What these children answered themselves, the newest first. Whoever came back longer ago has a case that may be
    closed.
    """
    found = [
        (each.day, number, each)
        for number in numbers
        for life in (draw_life(programme, number, today),)
        if not life.is_host_peer and today - life.anchor < LAST_ROUND
        for each in interviews(programme, life, today)
        if each.respondent == "child"
    ]
    return [(number, each) for _day, number, each in sorted(found, key=lambda row: row[:2], reverse=True)]


def child_instrument(age: int) -> str:
    if age < 6:
        return ""
    if age < 12:
        return "child-6-11"
    return "child-12-14" if age < 15 else "child-15-17"
