"""Whether a child may be registered already. Looked up before a record is made, within the reach of whoever asks and,
without name or code, beside it.

Within reach names that share search marks are opened and compared. Out of reach nothing is opened: marks are compared
with marks, which several children share, and all that is said is whom to ask.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import and_, or_
from uuid import UUID

from django.db.models import Q, QuerySet

from homeward.apps.access.actors import Actor, in_force_on, today_in
from homeward.apps.access.models import Membership, Team
from homeward.apps.access.vault import prefetch
from homeward.apps.audit.services import record
from homeward.apps.cases.finding import VERB, names_opened, require_patience
from homeward.apps.cases.models import Child, NameMark, Sex, Status
from homeward.apps.cases.names import SOUND, in_sound, marks_for, parts_of, readings_of, spelt_alike
from homeward.apps.cases.queries import ChildRow, child_row
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.cases.sealing import birth_date_of, other_names_by_child
from homeward.domain.likeness import POSSIBLE, Likeness, Traits, likeness
from homeward.domain.permissions import Role

REGISTER, SEE = "children.register", "names.see"
MOST_OPENED, MOST_SHOWN = 300, 10
FEWEST_PARTS = 2  # of a name that is looked for out of reach: with one, strangers are found too often


@dataclass(frozen=True, slots=True)
class Sought:
    """What is known of a child before it is registered. Its name is kept nowhere."""

    name: str
    sex: str = ""
    birth: date | None = None
    birth_estimated: bool = True
    place_id: UUID | None = None
    returned: date | None = None
    record: UUID | None = None  # its own, where it has one already


@dataclass(frozen=True, slots=True)
class Match:
    row: ChildRow
    verdict: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Whom to ask: the supervisors of a team in which such a child may be known."""

    team: str
    ask: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matches:
    here: tuple[Match, ...]
    elsewhere: tuple[Elsewhere, ...]
    more: bool = False  # within reach than are shown

    def __bool__(self) -> bool:
        return bool(self.here or self.elsewhere)


def possible_matches(actor: Actor, organisation_id: UUID, sought: Sought) -> Matches:
    """The likeliest first. Written down, without what was typed, and counted as a search by name."""
    if not parts_of(sought.name):
        return Matches((), ())
    require_patience(actor)
    marked = [key for key in _sharing_marks(organisation_id, sought.name) if key != sought.record]
    here, more = _within(actor, organisation_id, sought, marked)
    beside = _beside(actor, organisation_id, sought)
    detail = {"found": len(here), "exact": False, "elsewhere": len(beside)}
    record(actor, VERB, "person", actor.person_id or "", detail=detail)
    return Matches(here, beside, more)


def traits_of(child: Child, others: tuple[str, ...]) -> Traits:
    return _traits(
        names_opened(child, others),
        child.sex,
        birth_date_of(child),
        birth_estimated=child.birth_estimated,
        place_id=child.place_id,
        returned=child.return_date,
    )


def _traits(
    names: tuple[str, ...],
    sex: str,
    birth: date | None,
    *,
    birth_estimated: bool,
    place_id: UUID | None,
    returned: date | None,
) -> Traits:
    readings = [readings_of(name) for name in names]
    apart: Traits | None = None
    for place in range(max(map(len, readings), default=1) - 1, 0, -1):
        apart = Traits(*_read([each[min(place, len(each) - 1)] for each in readings]), apart=apart)
    return Traits(
        *_read([each[0] for each in readings]),
        sex=sex if sex in (Sex.FEMALE, Sex.MALE) else "",
        birth=birth,
        birth_estimated=birth_estimated,
        place=str(place_id or ""),
        returned=returned,
        apart=apart,
    )


def _read(names: Sequence[tuple[str, ...]]) -> tuple[frozenset[str], frozenset[str]]:
    return (
        frozenset(part for parts in names for part in parts),
        frozenset(sound for parts in names for sound in in_sound(parts)),
    )


def _sharing_marks(organisation_id: UUID, name: str) -> list[UUID]:
    """Children with a mark of at least half of the sounds, most of them first."""
    shared: dict[UUID, int] = {}
    for parts in readings_of(name):
        sounds = in_sound(parts)
        times = Counter(key for sound in sounds for key in set(_marked(organisation_id, sound)))
        for key, number in times.items():
            if 2 * number >= len(sounds):
                shared[key] = max(number, shared.get(key, 0))
    return sorted(shared, key=lambda key: (-shared[key], key))


def _marked(organisation_id: UUID, sound: str) -> QuerySet[NameMark, UUID]:
    marks = marks_for(organisation_id, SOUND, sound)
    rows = NameMark.objects.filter(organisation_id=organisation_id, mark__in=marks)
    return rows.values_list("child_id", flat=True)


def _within(actor: Actor, organisation_id: UUID, sought: Sought, marked: list[UUID]) -> tuple[tuple[Match, ...], bool]:
    """As many as are shown, and whether there are more. Where a first name is all that is known, it is enough."""
    reach = children_visible_to(actor, SEE).filter(organisation_id=organisation_id, identity_ended_on=None)
    near = set(reach.filter(pk__in=marked[: 4 * MOST_OPENED]).values_list("pk", flat=True))
    keys = [key for key in marked if key in near][:MOST_OPENED]
    alone = len(parts_of(sought.name)) == 1
    prefetch(keys)
    known, others = _known(sought), other_names_by_child(keys)
    found: list[tuple[Likeness, Child]] = []
    for child in Child.objects.select_related("team", "place").filter(pk__in=keys).exclude(status=Status.DUPLICATE):
        alike = likeness(known, traits_of(child, others.get(child.pk, ())), spelt_alike)
        if alike.verdict or alike.by_name or (alone and alike.by_part):
            found.append((alike, child))
    found.sort(key=lambda pair: (-pair[0].weight, pair[1].code))
    today = actor.today()
    shown = [Match(child_row(child, today), alike.verdict or POSSIBLE, alike.reasons) for alike, child in found]
    return tuple(shown[:MOST_SHOWN]), len(shown) > MOST_SHOWN


def _known(sought: Sought) -> Traits:
    return _traits(
        (sought.name,),
        sought.sex,
        sought.birth,
        birth_estimated=sought.birth_estimated,
        place_id=sought.place_id,
        returned=sought.returned,
    )


def _beside(actor: Actor, organisation_id: UUID, sought: Sought) -> tuple[Elsewhere, ...]:
    """By marks of every sound and what lies coded. Whoever has a conflict of interest hears nothing of that child."""
    readings = [parts for parts in readings_of(sought.name) if len(parts) >= FEWEST_PARTS]
    if not readings:
        return ()
    rows = Child.objects.filter(organisation_id=organisation_id, identity_ended_on=None).exclude(
        status=Status.DUPLICATE
    )
    rows = rows.filter(_sounding(organisation_id, readings))
    if sought.sex in (Sex.FEMALE, Sex.MALE):
        rows = rows.filter(Q(sex=sought.sex) | ~Q(sex__in=(Sex.FEMALE, Sex.MALE)))
    hidden = rows.exclude(pk__in=children_visible_to(actor).values("pk"))
    hidden = hidden.exclude(pk__in=[*actor.conflicts, *([sought.record] if sought.record else [])])
    teams = set(hidden.values_list("team_id", flat=True).distinct()[:MOST_SHOWN])
    named = Team.objects.filter(pk__in=[team for team in teams if team])
    found = [Elsewhere(team.name, _supervisors(actor, organisation_id, team.pk)) for team in named.order_by("name")]
    return (*found, Elsewhere("", ())) if None in teams else tuple(found)


def _sounding(organisation_id: UUID, readings: list[tuple[str, ...]]) -> Q:
    """A mark of every sound, in one of these readings."""
    return reduce(
        or_,
        (reduce(and_, (Q(pk__in=_marked(organisation_id, sound)) for sound in in_sound(parts))) for parts in readings),
    )


def _supervisors(actor: Actor, organisation_id: UUID, team_id: UUID) -> tuple[str, ...]:
    day = today_in(actor, organisation_id)
    rows = Membership.objects.filter(in_force_on(day), organisation_id=organisation_id, role=Role.SUPERVISOR)
    rows = rows.filter(Q(team_id=team_id) | Q(team=None), person__is_active=True).select_related("person")
    return tuple(sorted({row.person.display_name for row in rows}))
