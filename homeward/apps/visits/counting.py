"""Visits and contact in numbers, without any child: whether visits did harm, and who is still reached. What is shown to
outsiders passes the rules for small groups elsewhere.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Population, Status
from homeward.apps.cases.scope import about_children_visible_to, children_visible_to
from homeward.apps.visits.cards import quiet_on
from homeward.apps.visits.contacts import reaches
from homeward.apps.visits.models import Visit
from homeward.apps.visits.scope import COUNT


@dataclass(frozen=True, slots=True)
class HarmCounts:
    held: int
    asked: int  # of them, those after which somebody answered whether it did harm
    with_harm: int
    by_kind: dict[str, int] = field(default_factory=dict)
    by_mode: dict[str, tuple[int, int]] = field(default_factory=dict)  # asked, with harm
    blocked: int = 0  # that the check before forbade, and nobody lifted
    by_went: dict[str, int] = field(default_factory=dict)  # held, by the kind of person who went


@dataclass(frozen=True, slots=True)
class ReachCounts:
    """Of one sex, age band and place."""

    sex: str
    age_band: str
    place: str
    expected: int
    reached: int
    lost: int
    refused: int
    paused: int  # in a time without contact
    unknown: int  # none of these: not reached since, and nobody has decided


def harm_counts(actor: Actor, since: date, until: date) -> HarmCounts:
    place = guard(actor, COUNT)
    record_look(actor, "visits.see", "counts", organisation_id=place)
    rows = Visit.objects.filter(about_children_visible_to(actor, COUNT))
    asked: Counter[str] = Counter()
    harmed: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    went: Counter[str] = Counter()
    columns = ("harm", "held_mode", "went", "goes")
    for harm, mode, who, planned in rows.filter(held_on__range=(since, until)).values_list(*columns):
        went[who or planned] += 1
        asked[mode] += harm is not None
        harmed[mode] += bool(harm)
        kinds.update(harm or ())
    stopped = rows.filter(planned_on__range=(since, until), lifted_at=None).exclude(blocked=[]).count()
    by_mode = {mode: (asked[mode], harmed[mode]) for mode in asked}
    totals = (went.total(), asked.total(), harmed.total())
    return HarmCounts(*totals, dict(kinds), by_mode, stopped, dict(went))


def reach_counts(actor: Actor, since: date, on: date) -> list[ReachCounts]:
    """Returned children whose record is open, each in one column: lost before refused, refused before paused, paused
    before reached since a day.
    """
    place = guard(actor, COUNT)
    record_look(actor, "visits.see", "counts", organisation_id=place)
    rows = children_visible_to(actor, COUNT).filter(status=Status.OPEN, population=Population.RETURNEE)
    facts = list(rows.values_list("pk", "sex", "age_band", "place__name"))
    ids = [key for key, *_ in facts]
    stands, quiet = reaches(ids), quiet_on(ids, on)
    groups: dict[tuple[str, str, str], Counter[str]] = {}
    for key, sex, band, name in facts:
        reach = stands[key]
        lately = reach.last_contact is not None and reach.last_contact >= since
        column = reach.state if reach.state in ("lost", "refused") else "paused" if key in quiet else ""
        groups.setdefault((sex, band, name or ""), Counter())[column or ("reached" if lately else "unknown")] += 1
    return [_counts(group, found) for group, found in sorted(groups.items())]


def _counts(group: tuple[str, str, str], found: Counter[str]) -> ReachCounts:
    columns = (found[name] for name in ("reached", "lost", "refused", "paused", "unknown"))
    return ReachCounts(*group, found.total(), *columns)
