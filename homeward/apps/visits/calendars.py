"""Days for a calendar outside: an address that nobody guesses, days without a word about anybody, revocable at once."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, actor_of_person, permit
from homeward.apps.access.devices import hash_of
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record, record_look
from homeward.apps.cases.protocols import Schedules
from homeward.apps.visits.agreed import visit_days
from homeward.apps.visits.clock import clocks, with_a_clock
from homeward.apps.visits.clock_models import Feed
from homeward.apps.visits.today import children_to_see
from homeward.domain.protocol import OPEN, follow_up

BYTES = 32
AHEAD = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    count: int


@dataclass(frozen=True, slots=True)
class Calendar:
    days: tuple[Day, ...]
    language: str
    key: str  # by which a calendar knows an entry again; it says nothing


def make_feed(actor: Actor) -> str:
    """A new secret, shown once. The one before it opens nothing any more."""
    permit(actor, "interviews.fill").require()
    if actor.person_id is None:
        raise NotVisible("person")
    token, now = secrets.token_urlsafe(BYTES), timezone.now()
    with transaction.atomic():
        Feed.objects.filter(person=actor.person_id, ended_at=None).update(ended_at=now)
        Feed.objects.create(person_id=actor.person_id, token_hash=hash_of(token), made_at=now)
        record(actor, "make_calendar", "person", actor.person_id)
    return token


def end_feed(actor: Actor) -> None:
    if actor.person_id is None:
        raise NotVisible("person")
    with transaction.atomic():
        if Feed.objects.filter(person=actor.person_id, ended_at=None).update(ended_at=timezone.now()):
            record(actor, "end_calendar", "person", actor.person_id)


def feed_since(actor: Actor) -> datetime | None:
    """Since when this person's calendar has an address."""
    rows = Feed.objects.filter(person__in=[actor.person_id], ended_at=None)
    return rows.values_list("made_at", flat=True).first()


def calendar_of(token: str) -> Calendar:
    """With the rights that the person has at this moment. That it was fetched is written down."""
    row = Feed.objects.select_related("person").filter(token_hash=hash_of(token), ended_at=None).first()
    actor = actor_of_person(row.person) if row is not None and row.person.is_active else None
    if actor is None or not permit(actor, "interviews.fill"):
        raise NotVisible("calendar")
    days = _days(actor)
    record_look(actor, "fetch_calendar", "due", detail={"rows": sum(each.count for each in days)})
    return Calendar(days, actor.language, hashlib.sha256(f"calendar {token}".encode()).hexdigest()[:32])


def _days(actor: Actor) -> tuple[Day, ...]:
    """What is open stands on today, or on the day on which it is due; then the next round of each child, and the days
    for which visits are planned or were agreed. Of one child and day there is one appointment.
    """
    schedules, days = Schedules(), defaultdict[UUID, set[date]](set)
    for row in clocks(with_a_clock(children_to_see(actor))):
        found = follow_up(schedules.of(row.organisation_id), row.facts, row.day)
        dues = {each.due for each in (found.current, found.contact) if each is not None and each.state in OPEN}
        dues |= {found.next_due}
        dues |= {found.contact.due} if found.contact is not None and found.paused_since is None else set()
        ahead = {max(due, row.day) for due in dues if due is not None and due <= row.day + AHEAD}
        days[row.child_id] |= ahead if found.paused_since is None else set()
    today = actor.today()
    for child_id, day in visit_days(actor):
        if day <= today + AHEAD:
            days[child_id].add(max(day, today))
    counts = Counter(day for each in days.values() for day in each)
    return tuple(Day(day, counts[day]) for day in sorted(counts))
