"""The register of rights violated in returns: apart from any case, and counted without opening one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, permit, today_in
from homeward.apps.access.guard import guard
from homeward.apps.audit.services import record, record_look
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import find_within
from homeward.apps.communities.models import PlaceLevel
from homeward.apps.communities.queries import places_of
from homeward.apps.safeguarding.models import Group, Right, SealedNote, Source, Told, Violation
from homeward.apps.safeguarding.passing_on import too_few
from homeward.apps.safeguarding.recipients import keys_for
from homeward.apps.safeguarding.scope import person_of, violations_visible_to
from homeward.apps.safeguarding.sealing import seal_envelope
from homeward.domain.envelope import Kind, check_envelope
from homeward.domain.problems import Problem, ProblemError, Where

SHOWN_FROM = 5  # a smaller number, none included, is not told: the places are villages
QUARTERS = 8
MOST = 500
LEVELS = (PlaceLevel.COUNTRY, PlaceLevel.REGION, PlaceLevel.DISTRICT)


@dataclass(frozen=True, slots=True)
class ViolationFacts:
    kind: str
    happened_on: date
    told_by: str
    place_id: UUID | None = None
    child_code: str = ""


@dataclass(frozen=True, slots=True)
class ViolationRow:
    id: UUID
    kind: str
    happened_on: date
    place: str
    told_by: str
    child_code: str
    recorded_by: str


@dataclass(frozen=True, slots=True)
class CountRow:
    kind: str
    cells: tuple[int | None, ...]  # None: fewer than five


def record_violation(actor: Actor, facts: ViolationFacts, envelope: bytes) -> UUID:
    child = find_within(actor, facts.child_code, "violations.record") if facts.child_code.strip() else None
    target = guard(actor, "violations.record", child.organisation_id if child else None)
    check_envelope(envelope, Kind.VIOLATION)
    if not keys_for(target, Group.FOCAL):
        raise ProblemError(too_few())
    _check(actor, facts, target)
    now, row = timezone.now(), _violation(actor, facts, target, child)
    note = SealedNote(
        id=uuid4(),
        organisation_id=target,
        group=Group.FOCAL,
        source=Source.VIOLATION,
        source_id=row.pk,
        child=child,
        person_id=actor.person_id,
        received_at=now,
    )
    note.envelope = seal_envelope(note.pk, envelope)
    row.note, row.recorded_at = note, now
    with transaction.atomic():
        note.save(force_insert=True)
        row.save(force_insert=True)
        record(actor, "record_violation", "violation", row.pk, organisation_id=target)
    return row.pk


def _violation(actor: Actor, facts: ViolationFacts, organisation_id: UUID, child: Child | None) -> Violation:
    return Violation(
        organisation_id=organisation_id,
        kind=facts.kind,
        happened_on=facts.happened_on,
        place_id=facts.place_id,
        told_by=facts.told_by,
        child=child,
        recorded_by_id=person_of(actor),
    )


def _check(actor: Actor, facts: ViolationFacts, organisation_id: UUID) -> None:
    if facts.kind not in Right.values or facts.told_by not in Told.values:
        raise ProblemError(_wrong("violation.kind", "This is not in the list.", "kind"))
    if facts.happened_on > today_in(actor, organisation_id):
        raise ProblemError(_wrong("violation.future", "The day lies in the future.", "happened_on"))
    places = places_of(organisation_id).filter(level__in=LEVELS)
    if facts.place_id is not None and not places.filter(pk=facts.place_id).exists():
        raise ProblemError(_wrong("violation.place", "This place is not in the list.", "place"))


def _wrong(code: str, message: str, field: str) -> Problem:
    return Problem(code, message, "Correct it.", Where(field=field))


def list_violations(actor: Actor) -> list[ViolationRow]:
    guard(actor, "violations.see")
    record_look(actor, "look_at_violations", "violations")
    rows = violations_visible_to(actor).select_related("place", "child", "recorded_by")
    return [
        ViolationRow(
            row.pk,
            row.kind,
            row.happened_on,
            row.place.name if row.place else "",
            row.told_by,
            row.child.code if row.child else "",
            row.recorded_by.display_name,
        )
        for row in rows[:MOST]
    ]


def places_to_name(actor: Actor) -> list[tuple[UUID, str]]:
    """No place smaller than a district stands in the open."""
    if actor.organisation_id is None:
        return []
    rows = places_of(actor.organisation_id).filter(level__in=LEVELS)
    return [(row.pk, row.name) for row in rows.order_by("country_code", "level", "name")]


def count_violations(actor: Actor) -> tuple[list[str], list[CountRow]]:
    """Quarters, and for each kind the numbers in them. No sums: a sum would give away what is not told."""
    permit(actor, "violations.count").require()
    guard(actor, "violations.count")
    quarters = _last_quarters(actor.today())
    rows = violations_visible_to(actor, "violations.count").values_list("kind", "happened_on")
    counted = Counter((kind, _quarter(day)) for kind, day in rows)
    record(actor, "count_violations", "organisation", organisation_id=actor.organisation_id)
    return quarters, [
        CountRow(kind, tuple(_shown(counted[kind, quarter]) for quarter in quarters)) for kind in Right.values
    ]


def _shown(number: int) -> int | None:
    return number if number >= SHOWN_FROM else None


def _quarter(day: date) -> str:
    return f"{day.year}-{(day.month + 2) // 3}"


def _last_quarters(today: date) -> list[str]:
    index = today.year * 4 + (today.month - 1) // 3
    return [f"{each // 4}-{each % 4 + 1}" for each in range(index, index - QUARTERS, -1)]
