"""Several moments of a journey that are told as one: what was asked at one time, and attempts in vain in a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from homeward.domain.contacting import IN_VAIN
from homeward.domain.written import as_written

if TYPE_CHECKING:
    from homeward.apps.monitoring.journey import Moment

COUNTED = ("outcome", "agreed_outcome")
ORDER = ("return", "left_again", "departure", "turned")  # of one day these come first


def folded(found: Iterable[Moment]) -> list[Moment]:
    """By day, the oldest first; of one day as it was written down."""
    ordered = sorted(found, key=_order)
    return _attempts(_alike(_agreements(ordered)))


def _order(each: Moment) -> tuple[object, ...]:
    day, *rest = as_written(each)
    return day, each.kind not in ORDER, *rest


def _alike(ordered: Sequence[Moment]) -> list[Moment]:
    """Actions of one day of which the same became, whatever was written down between them."""
    made: list[Moment] = []
    places: dict[tuple[object, ...], int] = {}
    for each in ordered:
        place = places.get(_same(each)) if each.kind in COUNTED else None
        if place is None:
            places[_same(each)] = len(made)
            made.append(each)
        else:
            visit_id = each.visit_id if each.visit_id == made[place].visit_id else None
            made[place] = replace(made[place], count=made[place].count + 1, visit_id=visit_id)
    return made


def _same(each: Moment) -> tuple[object, ...]:
    return each.day, each.kind, each.codes


def _agreements(ordered: Sequence[Moment]) -> list[Moment]:
    """One person is asked about several purposes at once, and two people, apart, about the same."""
    purposes: dict[tuple[object, ...], list[str]] = {}
    for each in ordered:
        if each.kind == "consent":
            said = purposes.setdefault((each.day, each.codes[1], each.codes[0]), [])
            said += [code for code in each.codes[2:] if code not in said]
    people: dict[tuple[object, ...], list[str]] = {}
    for (day, answer, who), said in purposes.items():
        people.setdefault((day, answer, *sorted(said)), []).append(str(who))
    made, told = [], set[tuple[object, ...]]()
    for each in ordered:
        if each.kind != "consent":
            made.append(each)
            continue
        said = purposes[each.day, each.codes[1], each.codes[0]]
        key = (each.day, each.codes[1], *sorted(said))
        if key not in told:
            told.add(key)
            made.append(replace(each, codes=(" ".join(people[key]), each.codes[1], *said)))
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
