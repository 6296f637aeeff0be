"""What the app sent and could not be taken, as it was written down in the village: read piece by piece, since any of it
may be what was wrong with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from homeward.apps.access.actors import Actor, day_in_zone, zone_of
from homeward.apps.cases.newcomers import WHO, believed
from homeward.apps.cases.protocols import schedule_of
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.communities.queries import places
from homeward.apps.surveys.notes import Note
from homeward.apps.surveys.unopened import Unopened, look_behind, settle_unopened
from homeward.apps.visits.arriving import TAKERS
from homeward.domain.codes import normalise_code
from homeward.domain.rounds import RoundRule

NEW_CHILD, NOT_ASKED = "new_child", "not_asked"
Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What one person was told, and answered to which purpose."""

    who: str
    answers: tuple[tuple[str, str], ...]
    explained: str
    teach_back: str
    recipient: str
    capacity: str
    limits_told: bool


@dataclass(frozen=True, slots=True)
class WrittenChild:
    name: str
    sex: str
    birth_date: date | None
    age: str
    return_date: date | None
    return_date_basis: str
    place: str  # its path; empty: none was given, or it is not there any more
    place_gone: bool
    language: str
    caregiver: str
    caregiver_name: str
    day: date | None  # on which it was written down; of a clock that cannot be right the day of arrival
    asked: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class WrittenWord:
    """Why somebody was not asked."""

    code: str  # of the child, where the reader may see it
    point: str
    rule: RoundRule | None
    respondent: str
    reason: str
    day: date | None


@dataclass(frozen=True, slots=True)
class NotTaken:
    row: Unopened
    waits: bool
    kind: str  # of the note; empty: an interview, or what does not open
    shut: str = ""
    known: bool = False  # of a kind that this server takes, and so that a person settles
    child: WrittenChild | None = None
    word: WrittenWord | None = None


def not_taken(actor: Actor, arrival_id: UUID) -> NotTaken:
    behind = look_behind(actor, arrival_id)
    note = behind.note
    if note is None:
        return NotTaken(behind.row, behind.waits, "", behind.shut)
    said, place = _said(note), behind.organisation_id
    child = _child(actor, place, said, behind.row.received_at) if said and note.kind == NEW_CHILD else None
    word = _word(actor, place, said) if said and note.kind == NOT_ASKED else None
    return NotTaken(behind.row, behind.waits, note.kind, known=note.kind in TAKERS, child=child, word=word)


def settle(actor: Actor, arrival_id: UUID, how: str) -> None:
    settle_unopened(actor, arrival_id, how, TAKERS)


def _said(note: Note) -> Said:
    try:
        said = json.loads(note.content)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _child(actor: Actor, place: UUID, said: Said, arrived: datetime) -> WrittenChild:
    where, day = _text(said, "place"), _day(said, "day")
    path = next((each.path for each in places(actor, place) if str(each.id) == where), "")
    asked = said.get("asked")
    told = asked if isinstance(asked, dict) else {}
    return WrittenChild(
        name=_text(said, "name"),
        sex=_text(said, "sex"),
        birth_date=_day(said, "birth_date"),
        age=_text(said, "age"),
        return_date=_day(said, "return_date"),
        return_date_basis=_text(said, "return_date_basis"),
        place=path,
        place_gone=bool(where) and not path,
        language=_text(said, "language"),
        caregiver=_text(said, "caregiver"),
        caregiver_name=_text(said, "caregiver_name"),
        day=None if day is None else believed(day, day_in_zone(zone_of(place), arrived)),
        asked=tuple(_told(who, told[who]) for who in WHO if isinstance(told.get(who), dict)),
    )


def _told(who: str, said: Said) -> Told:
    answers = said.get("answers")
    pairs = answers.items() if isinstance(answers, dict) else ()
    return Told(
        who,
        tuple((str(purpose), str(answer)) for purpose, answer in pairs),
        explained=_text(said, "explained"),
        teach_back=_text(said, "teach_back"),
        recipient=_text(said, "recipient"),
        capacity=_text(said, "capacity"),
        limits_told=bool(said.get("limits_told")),
    )


def _word(actor: Actor, place: UUID, said: Said) -> WrittenWord:
    code, point = normalise_code(_text(said, "child")), _text(said, "point")
    seen = children_visible_to(actor).filter(organisation_id=place, code=code).exists()
    rules = [each for _since, protocol in schedule_of(place).steps for each in protocol.rounds]
    rule = next((each for each in reversed(rules) if each.code == point), None)
    day = _day(said, "day")
    return WrittenWord(code if seen else "", point, rule, _text(said, "respondent"), _text(said, "reason"), day)


def _text(said: Said, name: str) -> str:
    value = said.get(name)
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _day(said: Said, name: str) -> date | None:
    try:
        return date.fromisoformat(_text(said, name))
    except ValueError:
        return None
