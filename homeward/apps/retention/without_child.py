"""What was told in confidence and names no child, and what arrived sealed and could not be taken: when each runs out,
who may keep it longer, and its end.

Nothing ends while somebody still has to act on it: the clock of what was told starts when its matter is closed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.actors import Actor, system_actor, today_in
from homeward.apps.access.guard import guard
from homeward.apps.access.models import Organisation
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record, record_look
from homeward.apps.retention.clocks import Periods
from homeward.apps.retention.models import Extension
from homeward.apps.retention.sealing import seal_reason_to_keep
from homeward.apps.safeguarding.ending import (
    forget_matter,
    forget_told,
    forget_words_of,
    open_sources,
    recorded_without_child,
    settled_without_child,
    told_about,
)
from homeward.apps.safeguarding.models import Escalation, Group, Source, Violation
from homeward.apps.safeguarding.scope import RECEIVES, groups_of, person_of
from homeward.apps.surveys.ending import known_interviews
from homeward.apps.surveys.models import SealedArrival
from homeward.apps.surveys.tombstones import leave_stones
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.domain.retention import CLOCKS, ended, latest_prolongation, limit_of, listed

REFUSED, TOLD = "refused", "told"
REASON = "retention_ended"
SHORTEST_REASON = 10  # characters
NOBODY = UUID(int=0)
Loose = Escalation | Violation | SealedArrival


@dataclass(frozen=True, slots=True)
class Due:
    """`what`: how it came; `latest`: until which it may be kept now."""

    organisation_id: UUID
    clock: str
    id: UUID
    what: str
    group: str  # who receives it
    started: date
    limit: date
    latest: date
    prolonged: bool


def over_without_child(periods: Periods, today: date) -> list[UUID]:
    return [row.pk for row, due in _running(periods) if ended(due.limit, today)]


def end_without_child(periods: Periods, key: UUID, today: date) -> None:
    """Whoever keeps it longer has its row too, before this or after it."""
    place = periods.organisation.pk
    with transaction.atomic():
        found = _locked(periods, key)
        if found is None or not ended(found[1].limit, today):
            return
        _forget(place, found[0])
        who, detail = system_actor(place), {"clock": found[1].clock}
        record(who, "run_out_without_child", "organisation", place, organisation_id=place, detail=detail)


def due_without_child(actor: Actor) -> list[Due]:
    """Within the notice, for those who receive it; what could not be taken is for focal points."""
    found: list[Due] = []
    groups = groups_of(actor)
    for place in {place for place, _ in groups}:
        mine, today = {group for each, group in groups if each == place}, today_in(actor, place)
        rows = _running(Periods(Organisation.objects.get(pk=place)))
        found += [due for _, due in rows if due.group in mine and listed(due.limit, today)]
    if found:
        record_look(actor, "look_at_escalations", "escalations")
    return sorted(found, key=lambda due: (due.limit, str(due.id)))


def keep_longer(actor: Actor, clock: str, object_id: UUID, until: date, reason: str) -> None:
    due = next((due for due in due_without_child(actor) if (due.clock, due.id) == (clock, object_id)), None)
    if due is None:
        raise NotVisible("matter")
    place = guard(actor, RECEIVES[due.group], due.organisation_id, what=("matter", object_id))
    if len(reason.strip()) < SHORTEST_REASON:
        message, action = "The reason is missing or too short.", "Say in a sentence why."
        raise ProblemError(Problem("retention.reason", message, action, Where(field="reason")))
    if not due.limit < until <= due.latest:
        params = {"first": due.limit.isoformat(), "last": due.latest.isoformat()}
        message, action = "This day is not after {first}, or later than {last}.", "Choose a day between the two."
        raise ProblemError(Problem("retention.until", message, action, Where(field="until"), params))
    key = uuid4()
    row = Extension(
        id=key,
        organisation_id=place,
        clock=clock,
        object_id=object_id,
        until=until,
        reason=seal_reason_to_keep(key, reason.strip()),
        person_id=person_of(actor),
        at=timezone.now(),
    )
    with transaction.atomic():
        if _locked(Periods(Organisation.objects.get(pk=place)), object_id) is None:  # it ended meanwhile
            raise NotVisible("matter")
        row.save(force_insert=True)
        detail: dict[str, str | int | bool | None] = {"clock": clock, "until": until.isoformat()}
        record(actor, "keep_longer", "matter", object_id, organisation_id=place, detail=detail)


def _locked(periods: Periods, key: UUID) -> tuple[Loose, Due] | None:
    """In the caller's transaction, as it is by now."""
    for row, _ in _running(periods, key):
        list(type(row)._default_manager.select_for_update().filter(pk=key).values_list("pk"))
    return next(_running(periods, key), None)


def _running(periods: Periods, key: UUID | None = None) -> Iterator[tuple[Loose, Due]]:
    rows = list(_candidates(periods.organisation.pk, Q() if key is None else Q(pk=key)))
    keys = [row.pk for row, *_ in rows]
    longer = {each.object_id: each.until for each in Extension.objects.filter(object_id__in=keys).order_by("until")}
    for row, clock, what, group, moment in rows:
        started, until = periods.day_of(moment), longer.get(row.pk)
        limit = limit_of(started, periods.of(clock), until)
        latest = latest_prolongation(CLOCKS[clock], started, limit)
        yield row, Due(periods.organisation.pk, clock, row.pk, what, group, started, limit, latest, until == limit)


def _candidates(place: UUID, which: Q) -> Iterator[tuple[Loose, str, str, str, datetime]]:
    matters = list(settled_without_child(place).filter(which))
    here = known_interviews({key for row in matters for key in (row.source_id, row.thread_id)})
    for row in matters:
        of_interview = row.source == Source.INTERVIEW and {row.source_id, row.thread_id} & here
        if row.closed_at is not None and not of_interview:
            yield row, TOLD, str(row.source), str(row.group), row.closed_at
    for entry in recorded_without_child(place).filter(which):
        yield entry, TOLD, str(Source.VIOLATION), str(Group.FOCAL), entry.recorded_at
    arrived = list(SealedArrival.objects.filter(which, organisation_id=place, state="refused").defer("envelope"))
    matters_open = open_sources(row.pk for row in arrived)
    for each in arrived:
        if each.pk not in matters_open:
            yield each, REFUSED, str(Source.INTERVIEW), str(Group.FOCAL), each.received_at


def _forget(place: UUID, row: Loose) -> None:
    """In the caller's transaction. A phone that sends it again is told that it arrived."""
    if isinstance(row, Escalation):
        leave_stones(place, forget_matter(row), REASON)
    elif isinstance(row, Violation):
        forget_words_of(row)
    else:
        forget_told(NOBODY, told_about(NOBODY, [row.pk]))
        SealedArrival.objects.filter(pk=row.pk).delete()
    longer = Extension.objects.filter(object_id=row.pk)
    vault.drop_own(longer.values_list("pk", flat=True))
    longer.delete()
