"""Which protocol of follow-up an organisation follows, and from which day the clock of a child counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, permit, today_in
from homeward.apps.access.guard import guard
from homeward.apps.audit.services import record
from homeward.apps.cases.models import Child, ProtocolInUse
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.domain.rounds import AnsweredRound, Protocol, Schedule, round_answered
from homeward.formats.protocols import DEFAULT, ProtocolLibrary

SET = "protocols.set"


@dataclass(frozen=True, slots=True)
class UsedRow:
    reference: str
    since: date
    set_by: str
    set_at: datetime
    missing: bool  # its sheets are not here, or not what they were: the one before it goes on


def library() -> ProtocolLibrary:
    return ProtocolLibrary(*settings.HOMEWARD_LIBRARIES)


def schedule_of(organisation_id: UUID) -> Schedule:
    rows = ProtocolInUse.objects.filter(organisation=organisation_id)
    return _schedule(tuple(rows.values_list("since", "reference", "checksum")))


def every_schedule() -> dict[UUID, Schedule]:
    """Of each organisation that has chosen a protocol, in one question; the others follow `usual_schedule`."""
    steps: dict[UUID, list[tuple[date, str, str]]] = {}
    for row in ProtocolInUse.objects.all():
        steps.setdefault(row.organisation_id, []).append((row.since, row.reference, row.checksum))
    return {organisation_id: _schedule(tuple(rows)) for organisation_id, rows in steps.items()}


def usual_schedule() -> Schedule:
    return _schedule(())


@lru_cache(maxsize=256)  # one object for the same steps, so that rounds are counted once
def _schedule(rows: tuple[tuple[date, str, str], ...]) -> Schedule:
    """Of two that were set for one day the later word holds."""
    steps = {date.min: library().load(DEFAULT)}
    for since, reference, checksum in rows:
        if (protocol := _as_it_was(reference, checksum)) is not None:
            steps[since] = protocol
    return Schedule(tuple(sorted(steps.items(), key=lambda step: step[0])))


def _as_it_was(reference: str, checksum: str) -> Protocol | None:
    """A version never changes: sheets that did, or that were taken away, are not followed."""
    try:
        protocol = library().load(reference)
    except ProblemError:
        return None
    return protocol if protocol.checksum == checksum else None


class Schedules:
    """Of several organisations, each read once."""

    def __init__(self) -> None:
        self._found: dict[UUID, Schedule] = {}

    def of(self, organisation_id: UUID) -> Schedule:
        if organisation_id not in self._found:
            self._found[organisation_id] = schedule_of(organisation_id)
        return self._found[organisation_id]

    def answered(self, child: Child | None, day: date | None) -> AnsweredRound | None:
        """The round to which an interview of this day belongs; none where nobody knows when the child returned."""
        if child is None or child.return_date is None or day is None:
            return None
        return round_answered(self.of(child.organisation_id), child.return_date, day)


def use_protocol(actor: Actor, reference: str, since: date | None = None) -> UUID:
    """From today or a later day. What was due before stays due by the protocol that was followed then."""
    place = guard(actor, SET)
    today = today_in(actor, place)
    day = since or today
    if day < today and actor.kind != "system":
        message, action = "A protocol begins today or later.", "Choose a later day."
        raise ProblemError(Problem("protocol.past", message, action, Where(field="since")))
    protocol = library().load(reference)
    row = ProtocolInUse(
        organisation_id=place,
        reference=protocol.reference,
        checksum=protocol.checksum,
        since=day,
        set_by_id=actor.person_id,
        set_at=timezone.now(),
    )
    with transaction.atomic():
        row.save(force_insert=True)
        detail = {"protocol": protocol.reference, "since": day.isoformat()}
        record(actor, "use_protocol", "organisation", place, organisation_id=place, detail=detail)
    return row.pk


def protocols_in_use(actor: Actor) -> list[UsedRow]:
    """What was set here, the newest first."""
    permit(actor, SET).require()
    rows = ProtocolInUse.objects.filter(organisation__in=[actor.organisation_id]).select_related("set_by")
    return [
        UsedRow(
            row.reference,
            row.since,
            str(row.set_by or ""),
            row.set_at,
            _as_it_was(row.reference, row.checksum) is None,
        )
        for row in reversed(rows)
    ]
