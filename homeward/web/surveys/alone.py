"""The pages of a link: choose a language, read what will happen, answer, and nothing of it stays in the browser."""

from __future__ import annotations

import base64
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from homeward.apps.access.actors import Actor, system_actor
from homeward.apps.access.intake_keys import public_key
from homeward.apps.access.tries import Counter, network_of, take_turn, went_well
from homeward.apps.cases.queries import CaseloadRow
from homeward.apps.safeguarding.models import Group
from homeward.apps.safeguarding.recipients import keys_for
from homeward.apps.surveys.alone_words import for_one_alone
from homeward.apps.surveys.beginning import (
    known_answers,
    ordered_languages,
    question_of_child,
    question_of_respondent,
    sealed_questions,
)
from homeward.apps.surveys.body import drain, read_body
from homeward.apps.surveys.definitions import definition_of
from homeward.apps.surveys.form_queries import CASELOAD_FILE, find_form, form_xml, media_file
from homeward.apps.surveys.link_models import AnswerLink
from homeward.apps.surveys.link_sending import send_alone
from homeward.apps.surveys.links import CHILD, id_of, is_sender
from homeward.apps.visits.clock import day_for
from homeward.apps.visits.linking import open_handed_out
from homeward.domain.codes import display_code
from homeward.domain.instruments import QUESTION_OF_DATE
from homeward.domain.problems import ProblemError
from homeward.formats.pictures import PICTURES, kind_of
from homeward.web.access.entering import address_of
from homeward.web.safeguarding.sealed import written
from homeward.web.surveys.alone_door import (
    CLEARED,
    COOKIE,
    PLACE,
    alone,
    nothing_here,
    secret_of,
    set_secret,
    with_link,
)
from homeward.web.surveys.interview import csv_of
from homeward.web.surveys.policy import with_app
from homeward.web.surveys.submissions import SANDBOX
from homeward.web.ui.words import say_all

TRIES_OF_ADDRESS, TRIES_OF_LINK = 100, 20  # in a quarter of an hour; what goes well is not counted
LONGEST_TOKEN = 64


@alone
@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    """The same for everybody: the token is behind the `#`, and has not come with the request."""
    return render(request, "surveys/alone_begin.html", {"languages": languages()})


@alone
@sensitive_post_parameters("token")
@require_POST
def open_it(request: HttpRequest) -> HttpResponse:
    """To the page of this token, whether there is one or not: what its browser may see, its cookie says."""
    token = request.POST.get("token", "")[:LONGEST_TOKEN]
    link_id = id_of(token)
    counters = _counters(request, link_id)
    try:
        take_turn(counters)
    except ProblemError:
        return nothing_here(request)
    secret = open_handed_out(token)
    chosen = request.POST.get("language", "")
    query = urlencode({"language": chosen if chosen in dict(settings.LANGUAGES) else translation.get_language()})
    response = HttpResponseRedirect(f"{reverse('alone', args=[link_id])}?{query}")
    response.status_code = 303
    if secret:
        went_well(counters)
        set_secret(response, link_id, secret)
    return response


def _counters(request: HttpRequest, link_id: UUID) -> tuple[Counter, ...]:
    here = network_of(address_of(request))
    of_link = Counter("link", str(link_id), TRIES_OF_LINK, kept=True)
    return (of_link, Counter("links", here, TRIES_OF_ADDRESS, kept=True)) if here else (of_link,)


@require_GET
@with_link
def about(request: HttpRequest, link: AnswerLink) -> HttpResponse:
    """What will happen, before it does: a page left or loaded again begins anew."""
    context = {"languages": languages(), "link_id": link.pk, "language": translation.get_language()}
    return render(request, "surveys/alone.html", context)


@require_GET
@with_link
@with_app
def questions(request: HttpRequest, link: AnswerLink) -> HttpResponse:
    config = f"{reverse('alone-config', args=[link.pk])}?{_query()}"
    return render(request, "surveys/alone_questions.html", {"config": config, "link_id": link.pk})


@require_GET
@with_link
def config(request: HttpRequest, link: AnswerLink) -> HttpResponse:
    reader, instrument = _reader(link), definition_of(link.form_version).instrument
    offered, chosen, spoken = ordered_languages(instrument), translation.get_language(), link.child.language
    names = list(find_form(reader, link.form_version_id).media)
    if CASELOAD_FILE.encode() in form_xml(reader, link.form_version_id):
        names.append(CASELOAD_FILE)
    return JsonResponse(
        {
            "mode": "alone",
            "manner": "private" if link.respondent == CHILD else "plain",
            "title": neutral_title(),
            "form_url": reverse("alone-form", args=[link.pk]),
            "attachments": {name: reverse("alone-media", args=[link.pk, name]) for name in names},
            "submit_url": f"{reverse('alone-submit', args=[link.pk])}?{_query()}",
            "csrf_token": "",
            "languages": offered,
            "labels_language": next((each for each in (chosen, spoken) if each in offered), offered[0]),
            "language": chosen,
            "child": {"code": link.child.code, "label": ""},
            "prefill": prefill(link),
            "return_url": reverse("blank"),
            "intake_key": base64.b64encode(public_key()).decode(),
            "recipients": [written(key) for key in keys_for(link.organisation_id, Group.FOCAL)],
            "sealed_questions": sealed_questions(instrument),
        }
    )


def neutral_title() -> dict[str, str]:
    """Whoever looks over the shoulder reads nothing of a programme."""
    found = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found[code] = _("Questions")
    return found


def prefill(link: AnswerLink) -> dict[str, str]:
    """Whom it is about and who answers was settled when the link was made; and nobody has to be asked for the day."""
    instrument = definition_of(link.form_version).instrument
    of_child, of_person = question_of_child(instrument), question_of_respondent(instrument)
    found = {**known_answers(instrument), of_child: link.child.code, of_person: link.respondent}
    if QUESTION_OF_DATE in instrument.by_name:
        found[QUESTION_OF_DATE] = day_for(link.child).isoformat()
    return {name: value for name, value in found.items() if name}


@require_GET
@with_link
def form(request: HttpRequest, link: AnswerLink) -> HttpResponse:
    xml = form_xml(_reader(link), link.form_version_id)
    said = for_one_alone(link.form_version.instrument_id, xml)
    return HttpResponse(said, content_type="text/xml; charset=utf-8")


@require_GET
@with_link
def media(request: HttpRequest, link: AnswerLink, name: str) -> HttpResponse:
    if name == CASELOAD_FILE:
        code = link.child.code  # as on the page of an interview, but nobody knows whose browser this is
        return HttpResponse(
            csv_of(CaseloadRow(code, display_code(code), "", "")), content_type="text/csv; charset=utf-8"
        )
    try:
        found = media_file(_reader(link), link.form_version_id, name)
    except ProblemError:
        return nothing_here(request)
    response = HttpResponse(found.content, content_type=found.told_type)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Content-Disposition"] = "inline" if kind_of(found.content) in PICTURES else "attachment"
    return response


@alone
@require_POST
def submit(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """Whatever becomes of it in the house, whoever answered is told that it has arrived, and no more."""
    if not is_sender(link_id, secret_of(request)):
        drain(request)
        return nothing_here(request)
    try:
        send_alone(link_id, secret_of(request), read_body(request))
    except ProblemError as refusal:
        drain(request)
        if refusal.first.status == 404:
            return nothing_here(request)
        said = [{"message": each.message, "action": each.action} for each in say_all(refusal.problems)]
        words = _("It was not stored.")
        return JsonResponse({"status": "refused", "message": words, "problems": said}, status=refusal.first.status)
    told = {
        "status": "stored",
        "message": _("Your answers have arrived."),
        "next_url": reverse("blank"),
        "problems": [],
    }
    return JsonResponse(told, status=201)


@alone
@require_POST
def leave(request: HttpRequest, link_id: UUID | None = None) -> HttpResponse:
    """The quick way out, with or without a link: an empty page, and what a page may clear is cleared."""
    response = redirect("blank")
    response.headers["Clear-Site-Data"] = CLEARED
    if link_id is not None:
        response.delete_cookie(COOKIE, path=f"{PLACE}{link_id}/", samesite="Strict")
    return response


def languages() -> list[dict[str, str]]:
    found = []
    for code, _name in settings.LANGUAGES:
        info = get_language_info(code)
        found.append({"code": code, "name": info["name_local"], "dir": "rtl" if info["bidi"] else "ltr"})
    return found


def _query() -> str:
    return urlencode({"language": translation.get_language()})


def _reader(link: AnswerLink) -> Actor:
    """The house reads its own form: whoever made the link may not work here any more."""
    return system_actor(link.organisation_id)
