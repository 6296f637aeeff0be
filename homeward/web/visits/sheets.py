"""Visits of a day, and sheets for the way: codes, questions and lines, and nothing that a finder could use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from homeward.apps.access.actors import Actor
from homeward.apps.cases.queries import ChildRow
from homeward.apps.communities.models import Sector
from homeward.apps.visits import choices as of
from homeward.apps.visits.agreed import agreed_visits
from homeward.apps.visits.cards import card_of
from homeward.apps.visits.queries import PlannedVisit, actions_of, look_at_visit, planned_on
from homeward.web.ui.asking import actor_of
from homeward.web.visits.words import ADVICE, SHORT, SHUT, parts_words

YOUNGEST = "0-5"
BEFORE = (
    _("The case worker told you by mouth where you go, and what must not be said or left there."),
    _("Go on the agreed day and in the agreed way alone. If it does not work, come back; do not try another way."),
    ADVICE["no_signs"],
    _("Say that you come to greet. Say nothing of help, of a return or of an organisation to others."),
)
NEVER = (
    _("Never ask about violence, about the journey, or about what happened in another country."),
    _("Never ask who is to blame, or about money and debts."),
    _("Never speak with the child behind a closed door, and take no pictures."),
    _("Never promise anything, and bring no gifts."),
    _("Never ask neighbours, teachers or other children about this child."),
)
DANGER = (
    _("Listen, and say that it was right to tell. Ask nothing more, and promise no secret."),
    _("Write nothing down. Call at once, from a place where nobody hears you."),
    _("If it is not safe for you, leave."),
)
BOXES = {  # what is ticked on paper, in the words of the form into which it is keyed
    "questions": list(SHORT.values()),
    "alone": [each.label for each in of.Alone if each != of.Alone.NOT_SEEN],
    "on_track": [each.label for each in of.OnTrack],
    "sectors": [each.label for each in Sector],
    "promisers": [each.label for each in of.Promiser],
    # for somebody who goes in the place of a case worker
    "look_at": [each.label for each in of.Observed],
    "before": BEFORE,
    "never": NEVER,
    "danger": DANGER,
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
    sheets = [sheet(actor, row.child, of.Ways(row.mode).label, row.goes, row.others) for row in planned]
    context = {"day": day, "rows": rows_of(planned), "sheets": sheets, **BOXES, "back": ""}
    return render(request, "visits/visit_sheet.html", context)


@require_GET
def visit_sheet(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = look_at_visit(actor, visit_id)
    mode = of.Ways(found.row.mode).label if found.row.mode else ""
    others = [row.child_code for row in found.others]
    context = {
        "day": found.row.planned_on,
        "rows": [],
        "sheets": [] if found.shut else [sheet(actor, found.child.row, mode, found.row.goes, others)],
        "shut": SHUT.get(found.shut, ""),
        **BOXES,
        "back": visit_id,
    }
    return render(request, "visits/visit_sheet.html", context)


def sheet(actor: Actor, child: ChildRow, mode: Any, goes: str, others: Sequence[str]) -> dict[str, Any]:
    """One for a case worker, and another for whoever goes in the place of one: that asks nothing, and says what to look
    at, what never to ask, and whom to call.

    Of what was agreed only who and by when: the words lie sealed, and paper lies open. A child who is asked nothing
    in an interview is asked nothing here.
    """
    agreed = [(of.Promiser(row.who).label, row.due) for row in actions_of(actor, child.code) if row.open]
    card = card_of(actor, child.id)
    return {
        "code": child.code,
        "mode": mode,
        "others": others,
        "parts": parts_words(card.safe_parts) if card else "",
        "agreed": agreed,
        "asks_child": child.age_band != YOUNGEST,
        "in_stead": of.Goes(goes).label if goes in of.IN_STEAD else "",
    }


def of_day(planned: tuple[PlannedVisit, ...]) -> tuple[PlannedVisit, ...]:
    """Without those of earlier days that are still open."""
    return tuple(row for row in planned if not row.late)


def rows_of(planned: tuple[PlannedVisit, ...]) -> list[dict[str, Any]]:
    return [
        {
            "visit": row,
            "mode": "" if row.shut else of.Ways(row.mode).label,
            "goes": of.Goes(row.goes).label,
            "parts": "" if row.shut else parts_words(row.parts),
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
