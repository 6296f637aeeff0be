"""Initials that are made of a name: one letter a name, and nothing else."""

from __future__ import annotations

import re
import unicodedata

from anyascii import anyascii

from homeward.apps.cases.names import ANY, FATHER, GOD, SERVANT, TAIL

NAMES, LONGEST = 3, 6
# As written before a name: the Arabic article, and in Latin letters with the sound that follows.
ARTICLE = re.compile(r"^(?:ال(?=\w{2})|[aeu](?:l|sh|th|dh|[tdrzsn])[-‐‑'’ʼ](?=\w))", re.IGNORECASE)
ALONE = re.compile("(?:[aeu]l|ال)", re.IGNORECASE)
# Words that are no name without the next. Ben, Bin, Bint, Om and Um are: whoever bears one keeps the next letter too.
MOTHER = "ummu?|oumm?u?"
ARABIC_MOTHER = re.compile("[أا]م")
HEAD = re.compile(f"{SERVANT.pattern}|{FATHER}|{MOTHER}")
TWO_WORDS = ((SERVANT, GOD), (HEAD, ANY), (ANY, TAIL))  # of one name: Abd Allah, Abu Bakar, Nur ad-Din


def initials_from(name: str) -> str:
    words = [word for word in unicodedata.normalize("NFC", name).split() if _first_letter(word)]
    words = [word for word in words if not ALONE.fullmatch(word)] or words
    begins = [word for at, word in enumerate(words) if at == 0 or not _belong(words[at - 1], word)]
    return "".join(_first_letter(ARTICLE.sub("", word)) for word in begins[:NAMES])


def letters_of(initials: str) -> str:
    """Of initials that somebody typed."""
    return "".join(each for each in unicodedata.normalize("NFC", initials) if each.isalpha())[:LONGEST]


def _belong(word: str, following: str) -> bool:
    first, second = _plain(word), _plain(ARTICLE.sub("", following))
    return ARABIC_MOTHER.fullmatch(_bare(word)) is not None or any(
        begin.fullmatch(first) and end.fullmatch(second) for begin, end in TWO_WORDS
    )


def _plain(word: str) -> str:
    return re.sub("[^a-z]", "", anyascii(word).casefold())


def _bare(word: str) -> str:
    """Without the signs above and below the letters."""
    return "".join(each for each in word if not unicodedata.combining(each))


def _first_letter(word: str) -> str:
    return next((each.title()[0] for each in word if each.isalpha()), "")
