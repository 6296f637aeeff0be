"""Several moments of a journey that are told as one: what was asked at one time, and attempts in vain in a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from homeward.domain.contacting import IN_VAIN

if TYPE_CHECKING:
    from homeward.apps.monitoring.journey import Moment

ORDER = ("return", "left_again", "departure", "turned")  # of one day these come first


def folded(found: Iterable[Moment]) -> list[Moment]:
    """By day, the oldest first."""
    ordered = sorted(found, key=lambda each: (each.day, each.kind not in ORDER, each.group, each.kind))
    return _attempts(_agreements(ordered))


def _agreements(ordered: Sequence[Moment]) -> list[Moment]:
    """One person is asked about several purposes at once."""
    made: list[Moment] = []
    places: dict[tuple[object, ...], int] = {}
    for each in ordered:
        if each.kind != "consent":
            made.append(each)
            continue
        who, answer, purpose = each.codes
        key = (each.day, who, answer)
        if key not in places:
            places[key] = len(made)
            made.append(each)
        elif purpose not in made[places[key]].codes[2:]:
            before = made[places[key]]
            made[places[key]] = replace(before, codes=(*before.codes, purpose))
    return made


def _attempts(ordered: Sequence[Moment]) -> list[Moment]:
    """Those in vain that no visit and no contact lies between; they stand where the last of them was."""
    made: list[Moment] = []
    last: int | None = None
    for each in ordered:
        vain = each.kind == "attempt" and each.codes[0] in IN_VAIN
        if vain and last is not None:
            before = made.pop(last)
            since, count = before.since or before.day, before.count + 1
            made.append(replace(each, codes=(each.codes[0],), since=since, count=count))
        else:
            made.append(each)
        if each.group == "visits":
            last = len(made) - 1 if vain else None
    return made
