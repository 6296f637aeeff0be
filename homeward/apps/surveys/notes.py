"""What the field app sends beside interviews, sealed, queued and sent as they are: who was not asked, a new child. Each
kind has its taker, which comes from above: surveys know neither.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db.models import Q

from homeward.apps.access.actors import Actor, actor_of_person
from homeward.apps.access.field_app import at_work
from homeward.apps.access.models import Person
from homeward.apps.access.visibility import NotVisible
from homeward.apps.surveys.models import SealedArrival
from homeward.domain.problems import Problem, ProblemError

Taker = Callable[[Actor, UUID, Mapping[str, Any], datetime], str]  # what is to be known of it, as a code
Takers = Mapping[str, Taker]
NO_TAKERS: Takers = {}
WAITING, REFUSED = "waiting", "refused"
OPENED, SETTLED = "opened", "settled"  # the state of what was taken, and of what a person has dealt with
OPEN = (WAITING, REFUSED)


@dataclass(frozen=True, slots=True)
class Note:
    kind: str
    content: bytes


def taken(sender: Actor, delivery: UUID, note: Note, takers: Takers, arrived: datetime) -> str:
    """By the person whose phone sent it, with the rights that this person has today. What comes twice has one key."""
    taker = takers.get(note.kind)
    if taker is None or sender.device_id is None:
        message, action = "The server does not know what this is.", "Update the server, or the app."
        raise ProblemError(Problem("note.unknown", message, action))
    if sender.organisation_id is None:
        raise NotVisible("organisation")
    try:
        said = json.loads(note.content)
    except ValueError as error:
        raise _unreadable() from error
    if not isinstance(said, dict):
        raise _unreadable()
    return taker(_person(sender), key_of(sender.organisation_id, delivery), said, arrived)


@dataclass(frozen=True, slots=True)
class Became:
    """What has become of a note of a phone: taken, with its code; kept with the reason; or dealt with by a person."""

    delivery: UUID
    key: UUID
    code: str
    state: str


def became(person_id: UUID, organisation_id: UUID, since: datetime) -> list[Became]:
    """Of everything that this person's phones have sent in these days and that was no interview taken at once; of what
    waits, however long ago it came; and of what a person has dealt with in these days.
    """
    rows = SealedArrival.objects.filter(device__person=person_id, organisation_id=organisation_id)
    dealt_with = Q(state=SETTLED, settled_at__gte=since)
    rows = rows.filter(Q(received_at__gte=since) | Q(state__in=OPEN) | dealt_with).order_by("id")
    told = rows.values_list("delivery", "problem", "state")
    return [Became(delivery, key_of(organisation_id, delivery), code, state) for delivery, code, state in told]


def key_of(organisation_id: UUID, delivery: UUID) -> UUID:
    """Of what comes of a note."""
    return uuid5(organisation_id, str(delivery))


def _person(sender: Actor) -> Actor:
    whose = sender.works_as
    person = Person.objects.filter(pk=whose, is_active=True).first() if whose is not None else None
    if person is None:
        raise NotVisible("person")
    return at_work(actor_of_person(person))


def _unreadable() -> ProblemError:
    message, action = "The note of the app cannot be read.", "Update the app."
    return ProblemError(Problem("note.unreadable", message, action))
