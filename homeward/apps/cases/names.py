"""Names across spellings and scripts, and the marks by which a sealed name is found again.

A *part* is one word of a name in small Latin letters. Its *sound* is what is left of it when everything is taken away
on which spellings of one name differ: vowels, h, kh, w and y, doubled letters, voiced or not. So Mohammed, Muhamed,
Мухаммед and محمد are one sound. It finds too much rather than too little; whatever is found is opened and compared.

A *mark* is the beginning of a keyed hash of a part or a sound, so short that several children of the organisation share
it: who reads the table alone learns of no child which name it has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from uuid import UUID

from anyascii import anyascii
from rapidfuzz import fuzz

from homeward.apps.access.vault import keyed_hash
from homeward.apps.cases.models import Child, NameMark
from homeward.apps.cases.sealing import other_names_of

SPELLING, SOUND = 0, 1
SHORTEST_MARK, LONGEST_MARK = 4, 10  # bits
SHARED_BY = 16  # children to a mark, as far as that goes
MOST_PARTS = 8
LETTER_PAIRS = (
    *(("sch", "s"), ("sh", "s"), ("ch", "s"), ("zh", "s"), ("ts", "s"), ("tz", "s")),
    *(("kh", "h"), ("gh", "k"), ("ck", "k"), ("qu", "k"), ("ph", "f"), ("th", "t"), ("dh", "t")),
)
ALIKE = str.maketrans("bdgqcxjzv", "ptkkkkssf")
SILENT = re.compile("[aeiouhwy]")


def parts_of(name: str) -> tuple[str, ...]:
    """Each once, in one order: families write the father's name before or after."""
    plain = anyascii(unicodedata.normalize("NFKC", name)).casefold()
    words = re.findall("[a-z]+", re.sub("['`’]", "", plain))
    long = [word for word in words if len(word) > 1] or words
    return tuple(sorted(set(long)))[:MOST_PARTS]


def sound_of(part: str) -> str:
    """A rule of our own, of a few lines, so that it can be read: no table of any language's names."""
    word = part
    for pair, letter in LETTER_PAIRS:
        word = word.replace(pair, letter)
    word = re.sub("c(?=[eiy])", "s", word)
    heard = SILENT.sub("", re.sub(r"(.)\1+", r"\1", word.translate(ALIKE)))
    return heard if len(heard) > 1 else f"{'a' if part[0] in 'aeiou' else ''}{heard}"


def sounds_of(name: str) -> tuple[str, ...]:
    return tuple(sorted({sound_of(part) for part in parts_of(name)}))


def spelt_alike(part: str, other: str) -> float:
    """From 0 to 1: letters that both have in the same order, doubled, of all letters of both."""
    return fuzz.ratio(part, other) / 100


def bits_for(children: int) -> int:
    """As many as leave `SHARED_BY` children to a mark, in an organisation with so many."""
    return min(LONGEST_MARK, max(SHORTEST_MARK, (children // SHARED_BY).bit_length() - 1))


def mark_of(organisation_id: UUID, kind: int, text: str, bits: int) -> int:
    """Kind and length stand before the bits, so that marks of an organisation that has grown are told apart."""
    digest = keyed_hash("name", organisation_id, f"{kind}:{text}")
    return kind << 20 | bits << 12 | int.from_bytes(digest[:2], "big") >> (16 - bits)


def marks_for(organisation_id: UUID, kind: int, text: str) -> list[int]:
    """Under which a part may have been written down, whatever the size of the organisation then."""
    return [mark_of(organisation_id, kind, text, bits) for bits in range(SHORTEST_MARK, LONGEST_MARK + 1)]


def marks_of(organisation_id: UUID, name: str, bits: int) -> set[int]:
    spelt: Iterable[tuple[int, str]] = [(SPELLING, part) for part in parts_of(name)]
    heard = [(SOUND, sound) for sound in sounds_of(name)]
    return {mark_of(organisation_id, kind, text, bits) for kind, text in (*spelt, *heard)}


def mark_name(child: Child, name: str) -> None:
    """In the caller's transaction: the marks of this name and of the others on record, and of no earlier one."""
    NameMark.objects.filter(child=child).delete()
    bits = bits_for(Child.objects.filter(organisation_id=child.organisation_id).count())
    names = (name, *other_names_of(child.pk))
    NameMark.objects.bulk_create(
        NameMark(child=child, organisation_id=child.organisation_id, mark=mark)
        for mark in sorted(set().union(*(marks_of(child.organisation_id, each, bits) for each in names)))
    )
