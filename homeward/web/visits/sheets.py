"""Visits of a day, and sheets for the way: codes, questions and lines, and nothing that a finder could use."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from homeward.apps.access.actors import Actor
from homeward.apps.cases.queries import ChildRow
from homeward.apps.communities.models import Sector
from homeward.apps.visits import choices as of
from homeward.apps.visits.agreed import agreed_visits
from homeward.apps.visits.queries import PlannedVisit, actions_of, look_at_visit, planned_on
from homeward.web.ui.asking import actor_of
from homeward.web.visits.words import SHORT, SHUT

YOUNGEST = "0-5"
BOXES = {  # what is ticked on paper, in the words of the form into which it is keyed
    "questions": list(SHORT.values()),
    "alone": [each.label for each in of.Alone if each != of.Alone.NOT_SEEN],
    "on_track": [each.label for each in of.OnTrack],
    "sectors": [each.label for each in Sector],
    "promisers": [each.label for each in of.Promiser],
}


@require_GET
def visits_day(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    day = asked_day(request, actor)
    planned = planned_on(actor, day)
    context = {
        "day": day,
        "rows": rows_of(of_day(planned)),
        "still_open": rows_of(tuple(row for row in planned if row.late)),
        "agreed": agreed_visits(actor, day),
    }
    return render(request, "visits/visits_day.html", context)


@require_GET
def visits_sheets(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    day = asked_day(request, actor)
    planned = tuple(row for row in of_day(planned_on(actor, day)) if not row.shut)
    sheets = [sheet(actor, row.child, of.Ways(row.mode).label) for row in planned]
    context = {"day": day, "rows": rows_of(planned), "sheets": sheets, **BOXES, "back": ""}
    return render(request, "visits/visit_sheet.html", context)


@require_GET
def visit_sheet(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = look_at_visit(actor, visit_id)
    mode = of.Ways(found.row.mode).label if found.row.mode else ""
    context = {
        "day": found.row.planned_on,
        "rows": [],
        "sheets": [] if found.shut else [sheet(actor, found.child.row, mode)],
        "shut": SHUT.get(found.shut, ""),
        **BOXES,
        "back": visit_id,
    }
    return render(request, "visits/visit_sheet.html", context)


def sheet(actor: Actor, child: ChildRow, mode: Any) -> dict[str, Any]:
    """Of what was agreed only who and by when: the words lie sealed, and paper lies open. A child who is asked nothing
    in an interview is asked nothing here.
    """
    agreed = [(of.Promiser(row.who).label, row.by_when) for row in actions_of(actor, child.code) if row.open]
    return {"code": child.code, "mode": mode, "agreed": agreed, "asks_child": child.age_band != YOUNGEST}


def of_day(planned: tuple[PlannedVisit, ...]) -> tuple[PlannedVisit, ...]:
    """Without those of earlier days that are still open."""
    return tuple(row for row in planned if not row.late)


def rows_of(planned: tuple[PlannedVisit, ...]) -> list[dict[str, Any]]:
    return [
        {
            "visit": row,
            "mode": "" if row.shut else of.Ways(row.mode).label,
            "goes": of.Goes(row.goes).label,
            "place": row.child.place,
            "shut": SHUT.get(row.shut, ""),
        }
        for row in planned
    ]


def asked_day(request: HttpRequest, actor: Actor) -> date:
    """A day that nobody can read is today: the page says which it shows."""
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return actor.today()
