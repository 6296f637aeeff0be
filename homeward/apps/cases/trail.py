"""Reading the trace: who looked at what. A look at it is itself written down.

Administrators and focal points see what happened in their organisation, supervisors what was done with their team's
children, and whoever may see a child who looked at its record. Children stand there by their codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.guard import guard
from homeward.apps.access.models import Device, Membership, Person
from homeward.apps.audit.models import Event, Position
from homeward.apps.audit.services import record_look
from homeward.apps.audit.verbs import OPEN
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import ChildDetail
from homeward.apps.cases.scope import children_visible_to, without_conflicts
from homeward.domain.codes import normalise_code
from homeward.domain.permissions import PERMISSIONS, Role, Scope
from homeward.formats.tables.writing import Cell

SEE, DOWNLOAD = "audit.see", "audit.download"
READABLE = OPEN | frozenset(PERMISSIONS)  # a refusal says which permission was missing
ROWS = 30
MOST_COUNTED = 3_000
BATCH = 500
NOTHING_LIKE_IT = UUID(int=0)
HEADER = ("position", "at", "who_kind", "who", "verb", "allowed", "object_kind", "object", "child_code", "detail")


@dataclass(frozen=True, slots=True)
class EventFilter:
    day: date | None = None
    verb: str = ""
    person_id: UUID | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class EventRow:
    at: datetime
    who: str  # a person's or a device's name; empty where it belongs to another organisation
    who_kind: str
    elsewhere: bool
    verb: str
    object_kind: str
    object_id: str
    child_id: UUID | None
    child_code: str  # empty where it is about none, or about one that is kept no longer
    allowed: bool
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EventPage:
    rows: tuple[EventRow, ...]
    page: int
    total: int  # counted up to a limit


def events_visible_to(actor: Actor, permission: str = SEE) -> QuerySet[Event]:
    reach = Q(pk__in=[])
    for grant, scope in actor.grants_for(permission):
        if scope is Scope.ORGANISATION:
            seen = Q(organisation_id=grant.organisation_id)
            whole = grant.role == Role.FOCAL_POINT and not actor.conflicts  # acts of protection name no child
            reach |= seen if whole else seen & Q(verb__in=READABLE)
        elif scope is Scope.TEAM and grant.team_id is not None:
            reach |= Q(child_id__in=children_visible_to(actor, permission).values("pk"), verb__in=READABLE)
    return without_conflicts(actor, Event.objects.filter(reach))


def reads_all(actor: Actor) -> bool:
    """Of protection too, not only what stands in `READABLE`."""
    return not actor.conflicts and any(grant.role == Role.FOCAL_POINT for grant, _ in actor.grants_for(SEE))


def list_events(actor: Actor, wanted: EventFilter, page: int = 1) -> EventPage:
    """The newest first."""
    organisation_id = guard(actor, SEE)
    rows = _filtered(actor, events_visible_to(actor), wanted)
    found = _page(actor, rows, page)
    detail: dict[str, str | int] = {"page": page, "rows": len(found.rows), "verb": wanted.verb}
    detail |= {"day": str(wanted.day or ""), "person": str(wanted.person_id or ""), "child": _digits(wanted.code)}
    record_look(actor, SEE, "organisation", organisation_id, organisation_id=organisation_id, detail=detail)
    return found


def child_events(actor: Actor, key: UUID | str, page: int = 1) -> tuple[ChildDetail, EventPage]:
    """Who looked at this child's record, and who was refused; for whoever may see the child."""
    child = open_child(actor, key, "looks")
    rows = Event.objects.filter(child_id=child.row.id)
    focal = any(g.role == Role.FOCAL_POINT and g.organisation_id == child.organisation_id for g in actor.grants)
    return child, _page(actor, rows if focal else rows.filter(verb__in=READABLE), page)


def event_table(actor: Actor, wanted: EventFilter) -> Iterator[tuple[Cell, ...]]:
    """All pages of it, as ids and codes. Written down before the first row leaves."""
    organisation_id = guard(actor, DOWNLOAD)
    record_look(actor, DOWNLOAD, "organisation", organisation_id, organisation_id=organisation_id)
    whole = all(grant.role == Role.FOCAL_POINT for grant, _ in actor.grants_for(DOWNLOAD)) and not actor.conflicts
    return _table(actor, _filtered(actor, events_visible_to(actor, DOWNLOAD), wanted), numbered=whole)


def people_in_reach(actor: Actor) -> list[tuple[UUID, str]]:
    places = [grant.organisation_id for grant, _ in actor.grants_for(SEE)]
    rows = Person.objects.filter(pk__in=Membership.objects.filter(organisation_id__in=places).values("person"))
    return list(rows.order_by("display_name", "pk").values_list("pk", "display_name"))


def _filtered(actor: Actor, rows: QuerySet[Event], wanted: EventFilter) -> QuerySet[Event]:
    if wanted.day:
        start = datetime.combine(wanted.day, time.min, ZoneInfo(actor.time_zone))
        rows = rows.filter(at__gte=start, at__lt=start + timedelta(days=1))
    if wanted.verb:
        rows = rows.filter(verb=wanted.verb)
    if wanted.person_id:
        rows = rows.filter(actor_id=wanted.person_id)
    if wanted.code:
        reach = [grant.organisation_id for grant, _ in actor.grants_for(SEE)]
        child = Child.objects.filter(code=_digits(wanted.code), organisation_id__in=reach)
        rows = rows.filter(child_id=child.values_list("pk", flat=True).first() or NOTHING_LIKE_IT)
    return rows


def _digits(code: str) -> str:
    """Only what can be a code is looked for, and kept."""
    digits = normalise_code(code)
    return digits if digits.isascii() and digits.isdigit() and len(digits) <= 9 else ""


def _page(actor: Actor, rows: QuerySet[Event], page: int) -> EventPage:
    total = rows.order_by()[:MOST_COUNTED].count()
    start = (page - 1) * ROWS
    found = list(rows.order_by("-at", "-pk")[start : start + ROWS]) if start < MOST_COUNTED else []
    return EventPage(tuple(_in_words(actor, found)), page, total)


def _in_words(actor: Actor, events: Iterable[Event]) -> Iterator[EventRow]:
    """Names of people of one's own organisations alone; the same number of queries for any number of rows."""
    events = list(events)
    mine = {grant.organisation_id for grant in actor.grants}
    ids = {event.actor_id for event in events if event.actor_id is not None}
    names: dict[UUID, str] = dict(Person.objects.filter(pk__in=ids).values_list("pk", "display_name"))
    names |= dict(Device.objects.filter(pk__in=ids).values_list("pk", "label"))
    codes = _codes_of(events)
    for event in events:
        elsewhere = event.organisation_id is not None and event.organisation_id not in mine
        name = names.get(event.actor_id, "") if event.actor_id and not elsewhere else ""
        code = codes.get(event.child_id, "") if event.child_id else ""
        yield EventRow(
            event.at,
            name,
            event.actor_kind,
            elsewhere,
            event.verb,
            event.object_kind,
            event.object_id,
            event.child_id,
            code,
            event.allowed,
            _said(actor, event),
        )


def _said(actor: Actor, event: Event) -> dict[str, Any]:
    """What was said beside: of a child, such as a level of risk, to those alone whose role reads children."""
    if event.child_id is None or permit(actor, "children.see", organisation_id=event.organisation_id):
        return dict(event.detail)
    return {}


def _codes_of(events: Iterable[Event]) -> dict[UUID, str]:
    ids = {event.child_id for event in events if event.child_id is not None}
    return dict(Child.objects.filter(pk__in=ids).values_list("pk", "code"))


def _table(actor: Actor, rows: QuerySet[Event], *, numbered: bool) -> Iterator[tuple[Cell, ...]]:
    """Numbers of the chain only where no row is left out: a gap in them would tell of one."""
    last: UUID | None = None
    while batch := list((rows.filter(pk__lt=last) if last else rows).order_by("-pk")[:BATCH]):
        keys = [event.pk for event in batch]
        numbers = dict(Position.objects.filter(event_id__in=keys).values_list("event_id", "number"))
        codes = _codes_of(batch)
        for event in batch:
            yield (
                numbers.get(event.pk) if numbered else None,
                event.at,
                event.actor_kind,
                str(event.actor_id or ""),
                event.verb,
                event.allowed,
                event.object_kind,
                event.object_id,
                codes.get(event.child_id, "") if event.child_id else "",
                " ".join(f"{name}={value}" for name, value in sorted(_said(actor, event).items())),
            )
        last = batch[-1].pk
