"""Where a series of scores breaks: what was asked, of whom, or how it was scored is another thing than before."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from homeward.apps.surveys.models import Score, State
from homeward.domain.ages import ADULT, band_of_years

Breaks = tuple[str, ...]
COLUMNS = (
    *("pk", "submission__child_id", "dimension", "submission__respondent", "submission__age_years"),
    *("instrument_id", "instrument_version", "scorer_version"),
)


def breaks_among(children: Collection[UUID]) -> dict[Any, Breaks]:
    """By score, of all current scores of these children: what changed since the score before it in the same dimension
    and voice. Whoever was asked as a child and is asked as an adult is one voice.
    """
    rows = Score.objects.filter(submission__child_id__in=children, submission__state=State.ACCEPTED, current=True)
    ordered = rows.order_by("submission__interviewed_on", "submission__received_at", "pk")
    before: dict[tuple[Any, str, str], tuple[str, ...]] = {}
    found: dict[Any, Breaks] = {}
    for pk, child, dimension, respondent, age, *made in ordered.values_list(*COLUMNS):
        key = (child, dimension, "child" if is_of_self(respondent, age) else respondent)
        made_as = (*made[:2], band_of(age), made[2])
        if key in before and before[key] != made_as:
            found[pk] = changes(before[key], made_as)
        before[key] = made_as
    return found


def changes(before: tuple[str, ...], after: tuple[str, ...]) -> Breaks:
    """Of instrument, version, age group and scoring."""
    names = ("instrument", "version", "band", "scorer")
    return tuple(name for name, old, new in zip(names, before, after, strict=True) if old != new)


def is_of_self(respondent: str, age_years: int | None) -> bool:
    """Somebody who came back as a child and answers as a grown-up."""
    return respondent == "adult" and age_years is not None and age_years >= ADULT


def band_of(age_years: int | None) -> str:
    return "" if age_years is None else band_of_years(age_years)
