"""From the questions before a visit to the page of its plan, which has an address of its own: it can be reloaded and
come back to. The address says nothing; the answers wait, sealed, in the session of whoever gave them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict

from homeward.apps.access.actors import Actor
from homeward.apps.visits.begun import Step, is_outdated, opened_answers, sealed_answers

BEGUN = "visits-begun"  # step, code of the child, when, answers
MOST = 5
LASTS = 2 * 3600.0  # seconds
TOGETHER = ("others", "elsewhere")  # answers that are codes of children who are visited in one go
Begun = tuple[str, str, float, str]


@dataclass(frozen=True, slots=True)
class Kept:
    step: Step
    answers: MultiValueDict[str, str]
    outdated: bool  # it was asked anew since, before a visit to one of these children


def keep(request: HttpRequest, actor: Actor, code: str, answers: dict[str, list[str]]) -> UUID:
    forget(request, [code])
    step = uuid4()
    row = (str(step), code, time.time(), sealed_answers(actor, code, step, answers))
    request.session[BEGUN] = [*_rows(request), row][-MOST:]
    return step


def kept(request: HttpRequest, actor: Actor, code: str, step: UUID | None = None) -> Kept | None:
    """Of this step, or where none is named of the last one for this child."""
    for key, whose, when, sealed in reversed(_rows(request)):
        if whose == code and step in (None, UUID(key)):
            found = opened_answers(actor, code, UUID(key), sealed)
            if found is None:
                return None
            codes = [code, *(each for name in TOGETHER for each in found.get(name, ()))]
            at = datetime.fromtimestamp(when, UTC)
            return Kept(Step(UUID(key), at), MultiValueDict(found), is_outdated(actor, codes, at))
    return None


def forget(request: HttpRequest, codes: Iterable[str]) -> None:
    """What was answered before a visit to these children: one is planned, or the newest answers forbid it."""
    ended = set(codes)
    request.session[BEGUN] = [row for row in _rows(request) if row[1] not in ended]


def _rows(request: HttpRequest) -> list[Begun]:
    rows: list[Begun] = [tuple(row) for row in request.session.get(BEGUN, [])]
    return [row for row in rows if time.time() - row[2] <= LASTS]
