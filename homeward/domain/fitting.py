"""For whom an instrument is meant: by the age groups of the child that it is about, and by who is asked at a round."""

from __future__ import annotations

from homeward.domain.ages import AGE_BANDS, AgeBand
from homeward.domain.instruments import About
from homeward.domain.rounds import Voice

PLAIN = "plain"
MANNERS = {"child": (6, 11), "private": (12, 17)}  # by completed years


def bands_meant(about: About) -> tuple[str, ...]:
    return tuple(band.code for band in AGE_BANDS if _overlaps(about, band))


def is_asked_with(about: About, voice: Voice, band: str) -> bool:
    """Of this respondent and family, for a child of this age group; an unknown one shuts nothing out."""
    known = [each for each in AGE_BANDS if each.code == band]
    fits = all(_overlaps(about, each) for each in known)
    return fits and about.family == voice.family and voice.respondent in about.respondents


def manner_of(about: About) -> str:
    """How the browser puts questions that the child alone answers: `child` by faces and sound, `private` quietly; plain
    for all others, and where the ages go across both.
    """
    if about.respondents != ("child",):
        return PLAIN
    low, high = about.min_age or 0, about.max_age
    return next(
        (name for name, (least, most) in MANNERS.items() if least <= low and high is not None and high <= most), PLAIN
    )


def _overlaps(about: About, band: AgeBand) -> bool:
    below = band.high is not None and about.min_age is not None and about.min_age > band.high
    return not below and not (about.max_age is not None and about.max_age < band.low)
