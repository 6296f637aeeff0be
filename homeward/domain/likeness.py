"""Whether two records may be of one child, and why one thinks so. Pure: names come in as parts in small Latin letters,
with the sound of each, and nothing here knows where they lie.

Names alone never decide. What speaks against it counts as much as what speaks for it, and a person has the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product

Measure = Callable[[str, str], float]  # how alike two parts are: 0 not at all, 1 the same
ALIKE = 0.8  # two parts are spellings of one, where their sounds differ
LIKELY, POSSIBLE = "likely", "possible"
SAME_SPELLING, SAME_SOUND, SOME_PARTS = "same_spelling", "same_sound", "some_parts"
SAME_BIRTH, NEAR_BIRTH, FAR_BIRTH = "same_birth_date", "birth_within_a_year", "ages_differ"
SAME_SEX, OTHER_SEX, SAME_PLACE, SAME_RETURN = "same_sex", "other_sex", "same_place", "same_return"
NAMED = frozenset({SAME_SPELLING, SAME_SOUND, SOME_PARTS})
AGAINST = frozenset({FAR_BIRTH, OTHER_SEX})
WEIGHTS = {
    SAME_SPELLING: 4,
    SAME_SOUND: 3,
    SOME_PARTS: 2,
    SAME_BIRTH: 3,
    NEAR_BIRTH: 1,
    SAME_SEX: 0,
    SAME_PLACE: 1,
    SAME_RETURN: 2,
    FAR_BIRTH: -3,
    OTHER_SEX: -3,
}
LIKELY_FROM, POSSIBLE_FROM = 6, 4


OR = "/"  # between the sounds of a part that can be read in two ways


@dataclass(frozen=True, slots=True)
class Traits:
    parts: frozenset[str]  # of all names of the child
    sounds: frozenset[str]
    sex: str = ""  # empty where it is not recorded
    birth: date | None = None
    birth_estimated: bool = False
    place: str = ""
    returned: date | None = None
    apart: Traits | None = None  # the same names read in another way, where there is one


@dataclass(frozen=True, slots=True)
class Likeness:
    verdict: str  # likely, possible, or empty
    reasons: tuple[str, ...]  # codes, what speaks for it before what speaks against it

    @property
    def weight(self) -> int:
        return sum(WEIGHTS[reason] for reason in self.reasons)

    @property
    def by_part(self) -> bool:
        """Some of the name, and nothing against it: enough where no more of it is known."""
        return bool(NAMED & set(self.reasons)) and not AGAINST & set(self.reasons)

    @property
    def by_name(self) -> bool:
        """A whole name, and nothing against it: enough to look before a child is registered."""
        return bool({SAME_SPELLING, SAME_SOUND} & set(self.reasons)) and not AGAINST & set(self.reasons)


def likeness(one: Traits, other: Traits, measure: Measure) -> Likeness:
    reasons = tuple(sorted(_reasons(one, other, measure), key=lambda reason: -WEIGHTS[reason]))
    found = Likeness("", reasons)
    if not NAMED & set(reasons) or found.weight < POSSIBLE_FROM:
        return found
    return Likeness(LIKELY if found.weight >= LIKELY_FROM else POSSIBLE, reasons)


def _reasons(one: Traits, other: Traits, measure: Measure) -> Iterator[str]:
    yield from _names(one, other, measure)
    if one.sex and other.sex:
        yield SAME_SEX if one.sex == other.sex else OTHER_SEX
    if one.birth and other.birth:
        yield from _births(one, other)
    if one.place and one.place == other.place:
        yield SAME_PLACE
    if one.returned and other.returned and abs((one.returned - other.returned).days) <= 3:
        yield SAME_RETURN


def _names(one: Traits, other: Traits, measure: Measure) -> Iterator[str]:
    """What says most, where names of two words can be taken as one part or as two."""
    readings = product(_readings(one), _readings(other))
    found = {reason for this, that in readings if (reason := _name(this, that, measure))}
    yield from sorted(found, key=lambda reason: -WEIGHTS[reason])[:1]


def _readings(one: Traits) -> tuple[Traits, ...]:
    return (one, *_readings(one.apart)) if one.apart else (one,)


def _name(one: Traits, other: Traits, measure: Measure) -> str:
    fewer, more = sorted((one, other), key=lambda each: len(each.parts))
    if not fewer.parts:
        return ""
    whole = len(fewer.parts) > 1 or len(more.parts) == 1
    heard = [part for part in fewer.parts if any(measure(part, each) >= ALIKE for each in more.parts)]
    if fewer.parts <= more.parts:
        return SAME_SPELLING if whole else SOME_PARTS
    if len(heard) == len(fewer.parts):
        return SAME_SOUND if whole else SOME_PARTS
    if fewer.sounds and all_heard(fewer.sounds, more.sounds):
        return SAME_SOUND
    return SOME_PARTS if len(heard) >= 2 else ""


def one_of(sound: str) -> list[str]:
    return sound.split(OR)


def all_heard(sounds: Iterable[str], among: Iterable[str]) -> bool:
    """Of each of these at least one reading."""
    there = {each for sound in among for each in one_of(sound)}
    return all(there.intersection(one_of(sound)) for sound in sounds)


def _births(one: Traits, other: Traits) -> Iterator[str]:
    if one.birth is None or other.birth is None:
        return
    apart, guessed = abs((one.birth - other.birth).days), one.birth_estimated or other.birth_estimated
    if apart == 0 and not guessed:
        yield SAME_BIRTH
    elif apart <= (550 if guessed else 366):
        yield NEAR_BIRTH
    elif apart > (1100 if guessed else 740):
        yield FAR_BIRTH
