"""From the questions before a visit to the page of its plan, which has an address of its own: it can be reloaded and
come back to. The address says nothing; the answers wait, sealed, in the session of whoever gave them.
"""

from __future__ import annotations

import time
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict

from homeward.apps.access.actors import Actor
from homeward.apps.visits.begun import opened_answers, sealed_answers

BEGUN = "visits-begun"  # step, code of the child, when, answers; and the visit, once it is planned
MOST = 5
LASTS = 2 * 3600.0  # seconds
Begun = tuple[str, str, float, str, str]


def keep(request: HttpRequest, actor: Actor, code: str, answers: dict[str, list[str]]) -> UUID:
    step = uuid4()
    row = (str(step), code, time.time(), sealed_answers(actor, code, step, answers), "")
    others = [each for each in _rows(request) if each[1] != code or each[4]]
    request.session[BEGUN] = [*others, row][-MOST:]
    return step


def kept(request: HttpRequest, actor: Actor, code: str, step: UUID | None = None) -> MultiValueDict[str, str] | None:
    """Of this step, or where none is named of the last one for this child that has led to no visit yet."""
    for row in reversed(_rows(request)):
        if row[1] == code and not row[4] and step in (None, UUID(row[0])):
            found = opened_answers(actor, code, UUID(row[0]), row[3])
            return MultiValueDict(found) if found is not None else None
    return None


def planned_by(request: HttpRequest, code: str, step: UUID) -> UUID | None:
    """The visit to which this step has led already."""
    return next((UUID(row[4]) for row in _rows(request) if row[:2] == (str(step), code) and row[4]), None)


def is_planned(request: HttpRequest, step: UUID, visit_id: UUID) -> None:
    """The answers go with it; that it led to a visit stays known, so that sent twice it plans one."""
    rows = [(*row[:3], "", str(visit_id)) if row[0] == str(step) else row for row in _rows(request)]
    request.session[BEGUN] = rows


def _rows(request: HttpRequest) -> list[Begun]:
    rows: list[Begun] = [tuple(row) for row in request.session.get(BEGUN, [])]
    return [row for row in rows if time.time() - row[2] <= LASTS]
