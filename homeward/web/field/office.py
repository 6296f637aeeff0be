"""What the app fetches where there is network and somebody is signed in."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.http import require_GET, require_POST

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.field_app import at_work, enrol_app, grant_of_work
from homeward.apps.surveys.field_forms import field_form_xml, field_media_file
from homeward.apps.surveys.form_queries import MediaFile
from homeward.apps.visits.field_children import field_caseload
from homeward.apps.visits.field_history import field_history
from homeward.domain.problems import Problem, ProblemError
from homeward.web.field.door import at_the_office
from homeward.web.field.payload import history_words, payload, register_words
from homeward.web.surveys.submissions import SANDBOX


@require_GET
@at_the_office
def session(request: HttpRequest, actor: Actor) -> HttpResponse:
    may = grant_of_work(actor) is not None
    told = {"person": actor.label, "csrf": get_token(request), "language": actor.language, "may": may}
    return JsonResponse(told)


@require_POST
@at_the_office
def device_new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The token is in this answer, and nowhere else."""
    enrolled = enrol_app(at_work(actor), label_of(request))
    told = {"device": str(enrolled.device_id), "token": enrolled.token, "expires_at": enrolled.expires_at.isoformat()}
    return JsonResponse(told, status=201)


def label_of(request: HttpRequest) -> str:
    try:
        return str(json.loads(request.body)["label"])
    except (ValueError, KeyError, TypeError) as error:
        message, action = "The server could not read what was sent.", "Update the app, and repeat the step."
        raise ProblemError(Problem("app.body", message, action)) from error


@require_GET
@at_the_office
def caseload(request: HttpRequest, actor: Actor) -> HttpResponse:
    return JsonResponse(payload(actor, field_caseload(actor)))


@require_GET
@at_the_office
def registering(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What the form for a new child needs: the same for everybody who registers there."""
    here = at_work(actor)
    permit(here, "children.register").require()
    return JsonResponse(register_words(here))


@require_GET
@at_the_office
def history(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    return JsonResponse(history_words(field_history(actor, code)))


@require_GET
@at_the_office
def form(request: HttpRequest, actor: Actor, form_id: UUID) -> HttpResponse:
    return form_answer(field_form_xml(actor, form_id, request.GET.get("v", "")))


def form_answer(content: bytes) -> HttpResponse:
    return HttpResponse(content, content_type="text/xml; charset=utf-8")


@require_GET
@at_the_office
def media(request: HttpRequest, actor: Actor, form_id: UUID, name: str) -> HttpResponse:
    return media_answer(field_media_file(actor, form_id, name, request.GET.get("v", "")))


def media_answer(found: MediaFile) -> HttpResponse:
    """Files come from whoever wrote the form: what is opened by itself neither runs nor shows."""
    response = HttpResponse(found.content, content_type=found.told_type)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Content-Disposition"] = "attachment"
    return response
