"""Names across spellings and scripts, and the marks by which a sealed name is found again.

A *part* is one word of a name in small Latin letters. Its *sound* is what is left of it when everything is taken away
on which spellings of one name differ: vowels, h, kh, w and y, doubled letters, voiced or not. So Mohammed, Muhamed,
Мухаммед and محمد are one sound. It finds too much rather than too little; whatever is found is opened and compared.
Where one writing is read in two ways, as ج for j and for g, or a name with its article, both sounds stand side by side.

A name of two words, as عبد الله, Abu Bakar or Umm Kulthum, is one part, as where it is written in one; it can be found
by each word of it too, for some families turn the words round. *Son of* and *daughter of* between two names are left
out, as many leave them out; with the name that follows they may be one too, as in Benali. Ben is a name by
itself too, and so are Bin and Bint where they are not written small beside names with a capital: found as such.

A *mark* is the beginning of a keyed hash of a part or a sound, so short that several children of the organisation share
it: who reads the table alone learns of no child which name it has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import product
from uuid import UUID

from anyascii import anyascii
from rapidfuzz import fuzz

from homeward.apps.access.vault import keyed_hash
from homeward.apps.cases.models import Child, NameMark
from homeward.apps.cases.sealing import other_names_of
from homeward.domain.likeness import OR, one_of

KINDS = 2  # of marks by one rule: how a part is spelt, and how it sounds
# Of earlier rules: the first knew no names of two words, the second no mothers, sons and daughters. Found as before,
# until their names are marked again.
EARLIER_KINDS = 2 * KINDS
SPELLING, SOUND = EARLIER_KINDS, EARLIER_KINDS + 1
SHORTEST_MARK, LONGEST_MARK = 4, 10  # bits
SHARED_BY = 16  # children to a mark, as far as that goes
MOST_PARTS = 8
LETTER_PAIRS = (
    *(("sch", "s"), ("sh", "s"), ("ch", "s"), ("zh", "s"), ("ts", "s"), ("tz", "s")),
    *(("kh", "h"), ("gh", "k"), ("ck", "k"), ("qu", "k"), ("ph", "f"), ("th", "t"), ("dh", "t")),
)
ALIKE = str.maketrans("bdgqcxjzv", "ptkkkkssf")
SILENT = re.compile("[aeiouhwy]")
# The Arabic article is written with the name or apart; in Latin letters it takes the sound of what follows too.
ARABIC_ARTICLE = re.compile(r"(?<!\w)ال(?=\w{2})")
# With nothing but one more letter and a weak one, as in علي and أم: what it begins with is all that is heard beside it.
ARABIC_VOWEL = re.compile(r"(?<!\w)[عاأإآ](?=[^\Wب][يىاوهة]?(?!\w))")
ARABIC_LETTERS = str.maketrans({"ج": "dj"})  # j, and g along the Nile and for names of other languages
ARTICLE = re.compile(r"\b(?:[aeu]l[\s-]+(?=[a-z])|[aeu](sh|th|dh|[tdrzsn])-(?=\1))")
ARTICLED = re.compile("^[ae]l(?=[^aeiou]{3}|(?![ei])[a-z]{4})")
# First and last words of names of two: the servant of, the father of, the mother of; God, the faith.
SERVANT, GOD = re.compile("a?bd(?:(?:[aeu]|ou)l)?"), re.compile("(?:al|u)?l+a?h")
SON = re.compile("[aei]?bnu?|b[ei]n|b[ei]?nt[ei]?")  # and daughter, which between two names may be left out
BEN, BIN = "ben", re.compile("b[ei]n|b[ei]nt[ei]?")  # names by themselves too, as are Bent and Binti
FATHER, MOTHER = "ab(?:u|ou|oo|o)|bw", "(?:ou|oo|[ou])mm?u?|am"
HEAD, ANY = re.compile(f"{SERVANT.pattern}|{FATHER}|{MOTHER}|{SON.pattern}"), re.compile(".+")
# Abdi is a name by itself; with another of at least two consonants it is the servant of too, as in Abdi Rahman.
MY_SERVANT, LONG = re.compile("a?bd(?:i+|y|ie|ee)"), re.compile("(?:.*[^aeiouhwy]){2}.*")
TAIL = re.compile(f"(?:{GOD.pattern})|(?:al|[eu])?d+(?:[iy]+|ee)ne?")
SERVANT_OF = re.compile("^(a?bd)[aeiouhwyl]+(?=[^aeiouhwyl])")  # the article, whichever sound it took
OF_THE_FAITH = re.compile("(?<=[a-z])[aeu]?l(?=d+(?:[iy]+|ee)ne?$)")


def parts_of(name: str) -> tuple[str, ...]:
    """Each once, in one order: families write the father's name before or after."""
    return readings_of(name)[0]


def readings_of(name: str) -> tuple[tuple[str, ...], ...]:
    """The parts; and where words were left out, or joined to one that are names by themselves too, what else it can be:
    the words apart at the end.
    """
    words = _joined(_words(name), SERVANT, GOD)
    capital = _with_capital(name)
    between = {place for place in range(1, len(words) - 1) if SON.fullmatch(words[place])}
    without = [word for place, word in enumerate(words) if place not in between]
    names = {word for word in words if word == BEN or (word in capital and BIN.fullmatch(word))}
    apart = [word for place, word in enumerate(words) if place not in between or word in names]
    return tuple(dict.fromkeys((_in_order(_as_one(without)), _in_order(_as_one(words)), _in_order(apart))))


def _as_one(words: list[str]) -> list[str]:
    return _joined(_joined(_joined(words, MY_SERVANT, LONG), HEAD, ANY), ANY, TAIL)


def _words(name: str) -> list[str]:
    """Without the article, where it stands by itself."""
    text = ARABIC_VOWEL.sub("a", ARABIC_ARTICLE.sub("al", unicodedata.normalize("NFKC", name)))
    text = text.translate(ARABIC_LETTERS)
    plain = re.sub("['`’]", "", anyascii(text)).casefold()
    words = re.findall("[a-z]+", ARTICLE.sub("", plain))
    return [word for word in words if len(word) > 1] or words


def _with_capital(name: str) -> set[str]:
    """The words of it that begin with one; where none does, that says nothing, and it is all of them."""
    words = re.findall("[A-Za-z]+", anyascii(unicodedata.normalize("NFKC", name)))
    return {word.casefold() for word in words if word[0].isupper()} or {word.casefold() for word in words}


def _joined(words: list[str], first: re.Pattern[str], second: re.Pattern[str]) -> list[str]:
    joined: list[str] = []
    for word in words:
        if joined and first.fullmatch(joined[-1]) and second.fullmatch(word):
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _in_order(words: list[str]) -> tuple[str, ...]:
    return tuple(sorted(set(words)))[:MOST_PARTS]


def sound_of(part: str) -> str:
    """A rule of our own, of a few lines, so that it can be read: no table of any language's names. Two, where the part
    can be read in two ways.
    """
    part = SERVANT_OF.sub(r"\1", part)
    part = OF_THE_FAITH.sub("", part)
    ways = [part, *(part[2:] for _ in ARTICLED.findall(part) if len(_heard(part[2:])) > 1)]
    sounds = dict.fromkeys(_sound(way.replace("dj", letter)) for way in ways for letter in _letters(way))
    return OR.join(sounds)


def _letters(word: str) -> str:
    return "jg" if "dj" in word else "j"


def _sound(word: str) -> str:
    heard = _heard(word)
    return heard if len(heard) > 1 else f"{'a' if word[0] in 'aeiou' else ''}{heard}"


def _heard(word: str) -> str:
    for pair, letter in LETTER_PAIRS:
        word = word.replace(pair, letter)
    word = re.sub("c(?=[eiy])", "s", word)
    return SILENT.sub("", re.sub(r"(.)\1+", r"\1", word.translate(ALIKE)))


def sounds_of(name: str) -> tuple[str, ...]:
    return in_sound(parts_of(name))


def in_sound(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({sound_of(part) for part in parts}))


def spelt_alike(part: str, other: str) -> float:
    """From 0 to 1: letters that both have in the same order, doubled, of all letters of both."""
    return fuzz.ratio(part, other) / 100


def bits_for(children: int) -> int:
    """As many as leave `SHARED_BY` children to a mark, in an organisation with so many."""
    return min(LONGEST_MARK, max(SHORTEST_MARK, (children // SHARED_BY).bit_length() - 1))


def mark_of(organisation_id: UUID, kind: int, text: str, bits: int) -> int:
    """Kind and length stand before the bits, so that marks of an organisation that has grown are told apart."""
    digest = keyed_hash("name", organisation_id, f"{kind % KINDS}:{text}")
    return kind << 20 | bits << 12 | int.from_bytes(digest[:2], "big") >> (16 - bits)


def marks_for(organisation_id: UUID, kind: int, text: str) -> list[int]:
    """Under which a part may have been written down, whatever the size of the organisation then, and the rule."""
    kinds, lengths = range(kind, -1, -KINDS), range(SHORTEST_MARK, LONGEST_MARK + 1)
    return [mark_of(organisation_id, *key) for key in product(kinds, one_of(text), lengths)]


def marks_of(organisation_id: UUID, name: str, bits: int) -> set[int]:
    parts = {part for reading in readings_of(name) for part in reading}
    heard = {sound for part in parts for sound in one_of(sound_of(part))}
    texts = (*((SPELLING, part) for part in parts), *((SOUND, sound) for sound in heard))
    return {mark_of(organisation_id, kind, text, bits) for kind, text in texts}


def mark_name(child: Child, name: str) -> None:
    """In the caller's transaction: the marks of this name and of the others on record, and of no earlier one."""
    bits = bits_for(Child.objects.filter(organisation_id=child.organisation_id).count())
    mark_names(child, (name, *other_names_of(child.pk)), bits)


def mark_names(child: Child, names: Iterable[str], bits: int) -> None:
    NameMark.objects.filter(child=child).delete()
    NameMark.objects.bulk_create(
        NameMark(child=child, organisation_id=child.organisation_id, mark=mark)
        for mark in sorted(set().union(*(marks_of(child.organisation_id, each, bits) for each in names)))
    )
