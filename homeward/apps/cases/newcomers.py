"""A child that was registered on a phone without network: taken by the services of the page, by the person whose phone
it is. The record is made in any case; where the child may be known already, that waits for a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from homeward.apps.access.actors import Actor, day_in_zone, zone_of
from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.consent_models import Capacity, Explained, TeachBack
from homeward.apps.cases.consenting import RECORD, Asked, check, write
from homeward.apps.cases.deciding import require_for
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.matching import Matches, Sought, possible_matches
from homeward.apps.cases.models import Child, ReturnBasis
from homeward.apps.cases.saying_same import said_of, say_same
from homeward.apps.cases.services import LONGEST_NAME, add_relation, register_child
from homeward.domain.ages import birth_from_age
from homeward.domain.consent import Who
from homeward.domain.problems import Problem, ProblemError, Where

REGISTERED, PERHAPS_KNOWN = "registered", "perhaps_known"
LONGEST_AWAY = timedelta(days=366)  # of a phone, between the word and its arrival; else its clock is wrong
WHO = (Who.CHILD.value, Who.CAREGIVER.value)


@dataclass(frozen=True, slots=True)
class Newcomer:
    facts: ChildFacts
    day: date  # on which it was written down
    caregiver: str = ""  # kind of relation; empty: not recorded
    caregiver_name: str = ""
    asked: tuple[Asked, ...] = ()

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Newcomer:
        try:
            day = date.fromisoformat(_text(said, "day"))
            asked = tuple(_asked(who, said["asked"][who], day) for who in WHO if said.get("asked", {}).get(who))
            return cls(_facts(said), day, _text(said, "caregiver"), _text(said, "caregiver_name"), asked)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            message, action = "The note of the app cannot be read.", "Update the app."
            raise ProblemError(Problem("note.unreadable", message, action)) from error


def register_newcomer(actor: Actor, key: UUID, found: Newcomer, arrived: datetime) -> str:
    """`key`: of the note, and of the child; sent twice it is one child. Says whether the child may be known already.
    `arrived`: at the server, which may have been long before it can be opened.
    """
    place = actor.organisation_id
    if place is None:
        raise NotVisible("organisation")
    found = replace(found, day=believed(found.day, day_in_zone(zone_of(place), arrived)))
    if Child.objects.filter(pk=key).exists():  # taken, and the server fell before it could say so
        return PERHAPS_KNOWN if said_of(key) or _matches(actor, place, key, found) else REGISTERED
    _refuse_names(found)
    with transaction.atomic():
        made = register_child(actor, found.facts, organisation_id=place, child_id=key)
        if found.caregiver:
            add_relation(actor, made.id, found.caregiver, found.caregiver_name, is_caregiver=True)
        child = Child.objects.get(pk=made.id)
        for asked in found.asked:
            require_for(actor, RECORD, child)
            said = replace(asked, day=found.day)
            check(child, said, found.day, deciding=False)
            write(actor, child, said, found.day)  # they were asked on that day, whenever the phone came back
        matches = _matches(actor, place, key, found)  # last: what is refused has looked for nobody
        for match in matches.here:
            say_same(actor, made.code, match.row.code)
    return PERHAPS_KNOWN if matches else REGISTERED


def believed(day: date, arrived: date) -> date:
    """Nobody can write the note anew: where the clock of the phone cannot have been right, the day of arrival counts,
    which is never before the day on which somebody was asked.
    """
    return day if arrived - LONGEST_AWAY <= day <= arrived else arrived


def _matches(actor: Actor, organisation_id: UUID, key: UUID, found: Newcomer) -> Matches:
    facts = found.facts
    guess = birth_from_age(facts.age, found.day) if facts.birth_date is None and facts.age is not None else None
    known = Sought(
        facts.name,
        facts.sex,
        facts.birth_date or guess,
        birth_estimated=facts.birth_date is None,
        place_id=facts.place_id,
        returned=facts.return_date,
        record=key,
    )
    return possible_matches(actor, organisation_id, known)


def _refuse_names(found: Newcomer) -> None:
    if max(len(found.facts.name), len(found.caregiver_name)) > LONGEST_NAME:
        message, params = "The name is longer than {most} letters.", {"most": LONGEST_NAME}
        raise ProblemError(Problem("newcomer.name", message, "Write the name alone.", Where(field="name"), params))


def _facts(said: Mapping[str, Any]) -> ChildFacts:
    age, place = said.get("age"), _text(said, "place")
    facts = ChildFacts(
        sex=_text(said, "sex"),
        name=_text(said, "name"),
        birth_date=_day(said, "birth_date"),
        age=int(age) if age is not None and age != "" else None,
        return_date=_day(said, "return_date"),
        return_date_basis=_text(said, "return_date_basis") or ReturnBasis.KNOWN,
        place_id=UUID(place) if place else None,
        language=_text(said, "language"),
    )
    return facts if facts.birth_date is None else replace(facts, age=None)


def _asked(who: str, said: Mapping[str, Any], day: date) -> Asked:
    answers = {str(purpose): str(answer) for purpose, answer in said["answers"].items()}
    return Asked(
        who,
        answers,
        day,
        recipient=_text(said, "recipient"),
        language=_text(said, "language"),
        explained=_text(said, "explained") or Explained.SPOKEN,
        teach_back=_text(said, "teach_back") or TeachBack.NOT_ASKED,
        limits_told=bool(said.get("limits_told")),
        capacity=_text(said, "capacity") or Capacity.NOT_JUDGED,
    )


def _day(said: Mapping[str, Any], name: str) -> date | None:
    text = _text(said, name)
    return date.fromisoformat(text) if text else None


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name, "")
    if not isinstance(value, str):
        raise TypeError(name)
    return value
