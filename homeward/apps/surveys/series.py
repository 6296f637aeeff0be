"""Where a series of scores breaks: what was asked, of whom, or how it was scored is another thing than before."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from homeward.apps.cases.models import Child
from homeward.apps.cases.sealing import birth_date_of
from homeward.apps.surveys.models import Score, State
from homeward.domain.ages import ADULT, band_of_years, band_on
from homeward.domain.protocol import GROWN_UP

Breaks = tuple[str, ...]
COLUMNS = (
    *("pk", "submission__child_id", "dimension", "submission__respondent", "submission__age_years"),
    "submission__interviewed_on",
    *("instrument_id", "instrument_version", "scorer_version"),
)


def breaks_among(children: Collection[UUID]) -> dict[Any, Breaks]:
    """By score, of all current scores of these children: what changed since the score before it in the same dimension
    and voice. Whoever was asked as a child and is asked as an adult is one voice.
    """
    rows = Score.objects.filter(submission__child_id__in=children, submission__state=State.ACCEPTED, current=True)
    ordered = rows.order_by("submission__interviewed_on", "submission__received_at", "pk")
    told = list(ordered.values_list(*COLUMNS))
    unsure = {child for _pk, child, _of, who, age, *_ in told if who == "adult" and (age is None or _nearly(age))}
    near = Child.objects.in_bulk(unsure) if unsure else {}
    before: dict[tuple[Any, str, str], tuple[str, ...]] = {}
    found: dict[Any, Breaks] = {}
    for pk, child, dimension, respondent, age, day, *made in told:
        known = near.get(child) if respondent == "adult" else None
        key = (child, dimension, "child" if is_of_self(known, respondent, age, day) else respondent)
        made_as = (*made[:2], band_of(age), made[2])
        if key in before and before[key] != made_as:
            found[pk] = changes(before[key], made_as)
        before[key] = made_as
    return found


def changes(before: tuple[str, ...], after: tuple[str, ...]) -> Breaks:
    """Of instrument, version, age group and scoring."""
    names = ("instrument", "version", "band", "scorer")
    return tuple(name for name, old, new in zip(names, before, after, strict=True) if old != new)


def is_of_self(child: Child | None, respondent: str, age_years: int | None, day: date) -> bool:
    """Somebody who came back as a child and answers as a grown-up: from the month of the 18th birthday on, because
    lists and phones know no more than the month. Before it an adult is somebody else.
    """
    if respondent != "adult" or (age_years is not None and not _nearly(age_years)):
        return respondent == "adult" and age_years is not None and age_years >= ADULT
    if child is None:
        return False
    birth = birth_date_of(child)
    if birth is None:
        return band_on(child.age_band, child.age_changes_on, day) == GROWN_UP
    return date(birth.year + ADULT, birth.month, 1) <= day


def _nearly(age_years: int) -> bool:
    return age_years == ADULT - 1


def band_of(age_years: int | None) -> str:
    return "" if age_years is None else band_of_years(age_years)
