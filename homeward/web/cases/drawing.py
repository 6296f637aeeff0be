"""Where the marks of a child's page stand. Places are whole per cents, because the page allows no style attributes.

Child and caregiver are two series, never averaged. A line joins interviews of one respondent while instrument, version,
age band and weights stay the same; a change breaks it, and so does an interview with too few answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

EDGE = 4  # per cent left free at both ends, so that marks stay inside


@dataclass(frozen=True, slots=True)
class Point:
    """One dimension of one interview."""

    day: date
    respondent: str
    value: Decimal | None
    answered: int
    applicable: int
    enough: bool
    reason: str
    instrument: str
    version: str
    band: str
    weight_set: str
    scorer: str = ""
    interview: str = ""  # id of the interview
    address: str = ""  # the answers behind it; empty where the reader may not see them
    overheard: bool = False  # others listened

    @property
    def made_as(self) -> tuple[str, str, str, str, str]:
        return self.instrument, self.version, self.band, self.weight_set, self.scorer

    @property
    def percent(self) -> int:
        return self.answered * 100 // self.applicable if self.applicable else 0


@dataclass(frozen=True, slots=True)
class Mark:
    point: Point
    at: int
    up: int


@dataclass(frozen=True, slots=True)
class Line:
    respondent: str
    points: str  # "x,y x,y" in the drawing's own 100 by 100 field, y downwards


@dataclass(frozen=True, slots=True)
class Break:
    at: int
    reasons: tuple[str, ...]  # instrument, version, band, weights, scorer
    late: bool  # the label stands before the line, as there is no room after it


@dataclass(frozen=True, slots=True)
class Tick:
    at: int
    day: date
    place: str


@dataclass(frozen=True, slots=True)
class Plot:
    dimension: str
    latest: tuple[Point, ...]  # one a respondent, the child first
    marks: tuple[Mark, ...]
    lines: tuple[Line, ...]
    breaks: tuple[Break, ...]
    ticks: tuple[Tick, ...]


def draw(dimension: str, points: Iterable[Point], start: date | None = None) -> Plot:
    """`start` is the day of return; without it the time axis begins at the first interview."""
    ordered = sorted(points, key=lambda each: (each.day, each.respondent))
    series = {name: [each for each in ordered if each.respondent == name] for name in respondents(ordered)}
    if not ordered:
        return Plot(dimension, (), (), (), (), ())
    first = min(start, ordered[0].day) if start else ordered[0].day
    axis = Axis(first, ordered[-1].day)
    return Plot(
        dimension=dimension,
        latest=tuple(one[-1] for one in series.values()),
        marks=tuple(Mark(each, axis.at(each.day), height(each.value)) for each in ordered),
        lines=tuple(line for name, one in series.items() for line in lines(name, one, axis)),
        breaks=breaks((*series.values(), own_voice(ordered)), axis),
        ticks=axis.ticks(),
    )


def is_own(point: Point) -> bool:
    """Of the child, or of who was one and answers as an adult."""
    return point.respondent == "child" or (point.respondent == "adult" and point.band == "18+")


def own_voice(points: Sequence[Point]) -> list[Point]:
    return [each for each in points if is_own(each)]


def respondents(points: Sequence[Point]) -> list[str]:
    """The child first, then whoever else answered, in the order of the alphabet."""
    return sorted({point.respondent for point in points}, key=lambda name: (name != "child", name))


@dataclass(frozen=True, slots=True)
class Axis:
    first: date
    last: date

    def at(self, day: date) -> int:
        days = (self.last - self.first).days
        if not days:
            return 50
        return EDGE + round((day - self.first).days * (100 - 2 * EDGE) / days)

    def ticks(self) -> tuple[Tick, ...]:
        if self.first == self.last:
            return (Tick(50, self.first, ""),)
        return Tick(self.at(self.first), self.first, "first"), Tick(self.at(self.last), self.last, "last")


def height(value: Decimal | None) -> int:
    """A score between 0 and 1 as per cent of the drawing's height; no score stands on the ground line."""
    if value is None:
        return 0
    return int((min(max(value, Decimal(0)), Decimal(1)) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def joined(before: Point, after: Point) -> bool:
    return before.made_as == after.made_as and before.enough and after.enough


def lines(respondent: str, points: Sequence[Point], axis: Axis) -> list[Line]:
    runs: list[list[Point]] = []
    for before, after in pairwise(points):
        if not joined(before, after) or before.value is None or after.value is None:
            continue
        if runs and runs[-1][-1] is before:
            runs[-1].append(after)
        else:
            runs.append([before, after])
    return [
        Line(respondent, " ".join(f"{axis.at(each.day)},{100 - height(each.value)}" for each in run)) for run in runs
    ]


def breaks(series: Iterable[Sequence[Point]], axis: Axis) -> tuple[Break, ...]:
    """One dashed line where any series changes the way it is made; changes at one place share it."""
    found: dict[int, set[str]] = {}
    for points in series:
        for before, after in pairwise(points):
            if before.made_as != after.made_as:
                place = (axis.at(before.day) + axis.at(after.day)) // 2
                near = next((each for each in found if abs(each - place) < 3), place)
                found.setdefault(near, set()).update(what_changed(before, after))
    return tuple(Break(place, tuple(sorted(reasons)), place > 60) for place, reasons in sorted(found.items()))


def what_changed(before: Point, after: Point) -> set[str]:
    changed = set()
    if before.band != after.band:
        changed.add("band")
    if before.instrument != after.instrument:
        changed.add("instrument")
    elif before.version != after.version:
        changed.add("version")
    if before.weight_set != after.weight_set and before.instrument == after.instrument:
        changed.add("weights")
    if before.scorer != after.scorer:
        changed.add("scorer")
    return changed
