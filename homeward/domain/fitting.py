"""For whom an instrument is meant: by the age groups of the child that it is about, and by who is asked at a round."""

from __future__ import annotations

from homeward.domain.ages import AGE_BANDS, AgeBand
from homeward.domain.instruments import About
from homeward.domain.rounds import Voice


def bands_meant(about: About) -> tuple[str, ...]:
    return tuple(band.code for band in AGE_BANDS if _overlaps(about, band))


def is_asked_with(about: About, voice: Voice, band: str) -> bool:
    """Of this respondent and family, for a child of this age group; an unknown one shuts nothing out."""
    known = [each for each in AGE_BANDS if each.code == band]
    fits = all(_overlaps(about, each) for each in known)
    return fits and about.family == voice.family and voice.respondent in about.respondents


def _overlaps(about: About, band: AgeBand) -> bool:
    below = band.high is not None and about.min_age is not None and about.min_age > band.high
    return not below and not (about.max_age is not None and about.max_age < band.low)
