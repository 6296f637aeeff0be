"""What the app of a community monitor fetches, with the token of its phone: of each child code, initials and a day."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from homeward.apps.access.actors import Actor
from homeward.apps.access.monitor_app import use_code
from homeward.apps.access.visibility import NotVisible
from homeward.apps.surveys.body import whole
from homeward.apps.surveys.field_forms import observation_file, observation_xml
from homeward.apps.visits.monitor_children import MonitorChild, MonitorList, monitor_list
from homeward.web.field.door import of_a_monitor, token_of
from homeward.web.field.office import form_answer, media_answer
from homeward.web.field.payload import form_words, frame_words, monitor_address


@require_GET
@of_a_monitor
def caseload(request: HttpRequest, actor: Actor) -> HttpResponse:
    return JsonResponse(payload(monitor_list(actor)))


def payload(found: MonitorList) -> dict[str, Any]:
    """A test compares it with the keys that are permitted."""
    return {
        **frame_words(found.organisation_id),
        "forms": [form_words(each, monitor_address) for each in found.forms],
        "children": [child_words(each) for each in found.children],
    }


def child_words(child: MonitorChild) -> dict[str, str | None]:
    due = child.due.isoformat() if child.due is not None else None
    return {"code": child.code, "initials": child.initials, "due": due}


@require_POST
@of_a_monitor
def code(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The app opens with the code that was shown, once, and goes on with a token of its own."""
    use_code(actor, token_of(request), _token_in(whole(request)))
    return JsonResponse({"known": True})


def _token_in(body: bytes) -> str:
    try:
        return str(json.loads(body)["token"])
    except (ValueError, KeyError, TypeError):
        return ""


@require_GET
@of_a_monitor
def form(request: HttpRequest, actor: Actor) -> HttpResponse:
    return form_answer(observation_xml(actor, _form_in(request), request.GET.get("v", "")))


@require_GET
@of_a_monitor
def media(request: HttpRequest, actor: Actor) -> HttpResponse:
    name = request.GET.get("name", "")
    return media_answer(observation_file(actor, _form_in(request), name, request.GET.get("v", "")))


def _form_in(request: HttpRequest) -> UUID:
    try:
        return UUID(request.GET.get("form", ""))
    except ValueError as error:
        raise NotVisible("instrument") from error
