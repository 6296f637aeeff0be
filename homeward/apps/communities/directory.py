"""Which services there are: a small list that an organisation keeps for itself. It names providers, and no child."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.communities.models import Place, Sector, Service
from homeward.apps.communities.queries import places_of
from homeward.domain.problems import Problem, ProblemError, Where

SEE, MANAGE = "services.see", "services.manage"
LONGEST_NAME, LONGEST_NOTE = 120, 200


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    sector: str
    name: str
    place_id: UUID | None = None
    is_ours: bool = False
    is_open: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class ServiceRow:
    id: UUID
    sector: str
    name: str
    place_id: UUID | None
    place: str
    is_ours: bool
    is_open: bool
    note: str


def services_visible_to(actor: Actor) -> QuerySet[Service]:
    """Of the organisations in which the actor has a role that works with services; of no other."""
    if actor.kind == "system":
        return Service.objects.filter(organisation_id__in=[actor.organisation_id])
    places = {grant.organisation_id for grant, _ in actor.grants_for(SEE)}
    return Service.objects.filter(organisation_id__in=places)


def services(actor: Actor, *, only_open: bool = False, organisation_id: UUID | None = None) -> list[ServiceRow]:
    """By sector and name; of one organisation alone for a child of it."""
    rows = services_visible_to(actor).select_related("place")
    if organisation_id is not None:
        rows = rows.filter(organisation_id=organisation_id)
    return [_row(each) for each in (rows.filter(is_open=True) if only_open else rows)]


def find_service(actor: Actor, service_id: UUID) -> ServiceRow:
    """To be changed: of an organisation in which the actor keeps the list."""
    return _row(_to_change(actor, service_id))


def add_service(actor: Actor, facts: ServiceFacts) -> UUID:
    target = guard(actor, MANAGE)
    facts = _checked(facts)
    row = Service(organisation_id=target)
    with transaction.atomic():
        _set(row, facts)
        row.save(force_insert=True)
        record(actor, "add_service", "service", row.pk, organisation_id=target)
    return row.pk


def change_service(actor: Actor, service_id: UUID, facts: ServiceFacts) -> None:
    """Also to say that it has closed; it stays in what was referred to it."""
    row, facts = _to_change(actor, service_id), _checked(facts)
    with transaction.atomic():
        _set(row, facts)
        row.save(force_update=True)
        record(actor, "change_service", "service", row.pk, organisation_id=row.organisation_id)


def _to_change(actor: Actor, service_id: UUID) -> Service:
    row = services_visible_to(actor).select_related("place").filter(pk=service_id).first()
    if row is None:
        raise NotVisible("service")
    guard(actor, MANAGE, row.organisation_id, what=("service", row.pk))
    return row


def _checked(facts: ServiceFacts) -> ServiceFacts:
    name, note = " ".join(facts.name.split()), " ".join(facts.note.split())
    if facts.sector not in Sector.values:
        where = Where(field="sector")
        raise ProblemError(Problem("service.sector", "This sector is not known.", "Choose one from the list.", where))
    if not name or len(name) > LONGEST_NAME or len(note) > LONGEST_NOTE:
        field, params = ("note" if len(note) > LONGEST_NOTE else "name"), {"most": LONGEST_NAME}
        message = "The name is missing, or a text is longer than {most} characters."
        raise ProblemError(Problem("service.name", message, "Write it shorter.", Where(field=field), params))
    return ServiceFacts(facts.sector, name, facts.place_id, facts.is_ours, facts.is_open, note)


def _set(row: Service, facts: ServiceFacts) -> None:
    """Inside the transaction: a place that is merged away waits, or is there no more."""
    place: Place | None = None
    if facts.place_id is not None:
        place = places_of(row.organisation_id).select_for_update(no_key=True).filter(pk=facts.place_id).first()
        if place is None:
            raise NotVisible("place")
    row.sector, row.name, row.place, row.note = facts.sector, facts.name, place, facts.note
    row.is_ours, row.is_open = facts.is_ours, facts.is_open


def _row(row: Service) -> ServiceRow:
    place = row.place.name if row.place else ""
    return ServiceRow(row.pk, row.sector, row.name, row.place_id, place, row.is_ours, row.is_open, row.note)
