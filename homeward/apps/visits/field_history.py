"""One child's history for a visit: when somebody went and how, what was agreed and how it stands, what interviews came
to in thirds, and what is due next. No answer and no words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.field_app import at_work
from homeward.apps.access.visibility import NotVisible
from homeward.apps.access.volume import look_at_record
from homeward.apps.cases.models import Child
from homeward.apps.surveys.last_thirds import CAREGIVER, CHILD
from homeward.apps.surveys.models import FormVersion
from homeward.apps.surveys.timeline import timeline
from homeward.apps.visits.clock import follow_up_of
from homeward.apps.visits.field_children import FieldAction, child_in_the_field
from homeward.apps.visits.models import AgreedAction
from homeward.apps.visits.scope import SEE, visits_visible_to
from homeward.apps.visits.settling import outcomes_of, said_of
from homeward.domain.promising import stands
from homeward.domain.protocol import OPEN
from homeward.domain.thirds import third_of

A_YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class FieldVisit:
    on: date
    way: str
    actions: tuple[FieldAction, ...]


@dataclass(frozen=True, slots=True)
class FieldScores:
    on: date
    respondent: str
    instrument: str
    thirds: dict[str, str]


@dataclass(frozen=True, slots=True)
class FieldHistory:
    code: str
    visits: tuple[FieldVisit, ...]  # of the last twelve months, the newest first
    scores: tuple[FieldScores, ...]
    next_due: date | None


def field_history(actor: Actor, code: str) -> FieldHistory:
    """A look at this child's record, and counted as one."""
    here = at_work(actor)
    child = child_in_the_field(here, code)
    if child is None:
        raise NotVisible("child")
    look_at_record(here, SEE, child.pk, child.organisation_id, part="field")
    return FieldHistory(child.code, tuple(_visits(here, child)), tuple(_scores(here, child)), _next(here, child.pk))


def _visits(actor: Actor, child: Child) -> Iterator[FieldVisit]:
    today = today_in(actor, child.organisation_id)
    rows = visits_visible_to(actor).filter(child=child, taken_back="", held_on__gte=today - A_YEAR)
    held = list(rows.order_by("-held_on").values_list("pk", "held_on", "held_mode", "mode"))
    agreed = list(AgreedAction.objects.filter(visit__in=[row[0] for row in held], struck_at=None).defer("promise"))
    said = outcomes_of(row.pk for row in agreed)
    for pk, on, held_mode, mode in held:
        if on is None:
            continue
        now = [(stands(row.by_when, said_of(said[row.pk]), today), row.who) for row in agreed if row.visit_id == pk]
        yield FieldVisit(on, held_mode or mode, tuple(FieldAction(each.kept, each.due, who) for each, who in now))


def _scores(actor: Actor, child: Child) -> Iterator[FieldScores]:
    """By interview, the newest first. About the child, as on its page."""
    found: dict[UUID, FieldScores] = {}
    places = FormVersion.objects.filter(organisation=child.organisation_id)
    subjects = dict(places.values_list("instrument_id", "subject"))
    for series in timeline(actor, child.pk).series:
        for point in series.points if series.dimension != "composite" else ():
            voice = CHILD if point.of_self else series.respondent
            about = point.of_self or subjects.get(point.instrument_id, "child") == "child"
            if voice not in (CHILD, CAREGIVER) or not about or point.value is None or not point.enough:
                continue
            one = FieldScores(point.on, voice, point.instrument_id, {})
            found.setdefault(point.submission_id, one).thirds[series.dimension] = third_of(point.value)
    yield from sorted(found.values(), key=lambda each: each.on, reverse=True)


def _next(actor: Actor, child_id: UUID) -> date | None:
    """Of what is open, else of the round that is still to come."""
    now = follow_up_of(actor, child_id)
    current = now.current.due if now.current is not None and now.current.state in OPEN else None
    contact = now.contact.due if now.contact is not None and now.contact.state in OPEN else None
    return min((day for day in (current, contact) if day is not None), default=now.next_due)
