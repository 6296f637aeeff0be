"""The interview in the browser: the page around the app, what the app fetches, and the door it sends to.

The app gets the form without scores, the files of the form, and of the caseload list one row: this child's.
"""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.intake_keys import public_key
from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.looking import open_caseload_row
from homeward.apps.cases.queries import CaseloadRow, ChildDetail, find_child, refuse_ended
from homeward.apps.safeguarding.models import Group
from homeward.apps.safeguarding.passing_on import too_few
from homeward.apps.safeguarding.recipients import keys_for
from homeward.apps.surveys.beginning import (
    known_answers,
    ordered_languages,
    question_of_child,
    question_of_respondent,
    sealed_questions,
)
from homeward.apps.surveys.body import drain, whole
from homeward.apps.surveys.form_queries import (
    CASELOAD_FILE,
    find_form,
    form_xml,
    instrument_of,
    media_file,
    published_form,
)
from homeward.apps.surveys.grown_up import refuse_questions_for_children
from homeward.apps.surveys.models import Channel
from homeward.apps.surveys.transport import Letter, take_sealed
from homeward.apps.visits.choices import Voice
from homeward.apps.visits.recording import link_voice
from homeward.apps.visits.scope import visit_to_read
from homeward.domain.codes import display_code, with_check_digits
from homeward.domain.instruments import Instrument
from homeward.domain.problems import Problem, ProblemError
from homeward.domain.transport import FLAG_LENGTH
from homeward.formats.pictures import PICTURES, kind_of
from homeward.web.cases.frame import may, may_begin
from homeward.web.safeguarding.sealed import written
from homeward.web.surveys.policy import with_app
from homeward.web.surveys.sending import body_unread, send
from homeward.web.surveys.submissions import SANDBOX
from homeward.web.ui.asking import actor_of
from homeward.web.ui.words import say_all

MODES = ("interview", "paper", "preview")
EXAMPLE_CODE = with_check_digits(4_821_930)  # of nobody: only a preview shows it


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, once it is clear that this actor may."""

    actor: Actor
    form_id: UUID
    mode: str
    child: ChildDetail | None
    visit_id: UUID | None = None  # from whose page it was begun
    respondent: str = ""  # who was chosen there

    @property
    def place(self) -> UUID:
        """Whose focal points receive what is told."""
        found = self.child.organisation_id if self.child else self.actor.organisation_id
        if found is None:
            raise NotVisible("organisation")
        return found

    def address(self, route: str, **parts: str) -> str:
        query = {"mode": self.mode, **({"child": self.child.row.code} if self.child else {})}
        if self.visit_id is not None:
            query |= {"visit": str(self.visit_id), "respondent": self.respondent}
        return f"{reverse(route, kwargs={'form_id': self.form_id, **parts})}?{urlencode(query)}"


def asked(request: HttpRequest, form_id: UUID) -> Asked:
    """A preview needs the right to see instruments; an interview a published form and a child in reach."""
    actor = actor_of(request)
    mode = request.GET.get("mode", "interview")
    if mode not in MODES:
        raise NotVisible("instrument")
    code = request.GET.get("child", "")
    if mode == "preview":
        find_form(actor, form_id)
        return Asked(actor, form_id, mode, None)
    form = published_form(actor, form_id)
    child = find_child(actor, code) if code else None
    if child is None and form.subject != "group":
        raise NotVisible("child")
    place = child.organisation_id if child else form.organisation_id
    fill = "interviews.fill"
    (may(actor, fill, child) if child else permit(actor, fill, organisation_id=place)).require()
    visit_id, respondent = visit_of(request, actor, child)
    return Asked(replace(actor, organisation_id=place), form_id, mode, child, visit_id, respondent)


def visit_of(request: HttpRequest, actor: Actor, child: ChildDetail | None) -> tuple[UUID | None, str]:
    """The visit from whose page it was begun, of this very child, and who was chosen there to answer."""
    text, respondent = request.GET.get("visit", ""), request.GET.get("respondent", "")
    if not text or child is None:
        return None, ""
    try:
        visit = visit_to_read(actor, UUID(text))
    except ValueError as error:
        raise NotVisible("visit") from error
    if visit.child_id != child.row.id:
        raise NotVisible("visit")
    return visit.pk, respondent if respondent in Voice.values else ""


@never_cache
@require_GET
@with_app
def interview(request: HttpRequest, form_id: UUID) -> HttpResponse:
    ask = asked(request, form_id)
    if ask.child is not None:
        refuse_ended(ask.child)
        if ask.mode == "interview":  # what was begun before the record was closed is taken all the same
            may_begin(ask.actor, ask.child).require()
            refuse_questions_for_children(instrument_of(ask.actor, form_id).about, ask.child.age)
    if (
        ask.mode != "preview"
        and sealed_questions(instrument_of(ask.actor, form_id))
        and not keys_for(ask.place, Group.FOCAL)
    ):
        raise ProblemError(too_few())
    context = {"config": ask.address("interview-config"), "mode": ask.mode, "back": way_back(ask)}
    return render(request, "surveys/interview.html", context)


@never_cache
@require_GET
def interview_config(request: HttpRequest, form_id: UUID) -> HttpResponse:
    ask = asked(request, form_id)
    detail = find_form(ask.actor, form_id)
    instrument = instrument_of(ask.actor, form_id)
    languages = ordered_languages(instrument)
    spoken = ask.child.row.language if ask.child else ask.actor.language
    names = [*detail.media, *([CASELOAD_FILE] if CASELOAD_FILE.encode() in form_xml(ask.actor, form_id) else [])]
    return JsonResponse(
        {
            "mode": ask.mode,
            "title": dict(detail.row.titles),
            "form_url": ask.address("interview-form"),
            "attachments": {name: ask.address("interview-media", name=name) for name in names},
            "submit_url": ask.address("interview-submit") if ask.mode != "preview" else "",
            "csrf_token": get_token(request),
            "languages": languages,
            "labels_language": spoken if spoken in languages else languages[0],
            "language": ask.actor.language,
            "child": child_words(ask),
            "prefill": prefill(instrument, ask),
            "return_url": way_back(ask),
            "intake_key": base64.b64encode(public_key()).decode(),
            "recipients": [written(key) for key in keys_for(ask.place, Group.FOCAL)],
            "sealed_questions": sealed_questions(instrument),
        }
    )


def way_back(ask: Asked) -> str:
    if ask.visit_id is not None:
        return reverse("visit", args=[ask.visit_id])
    if ask.child is not None:
        return reverse("child", args=[ask.child.row.code])
    return reverse("instrument", args=[ask.form_id]) if ask.mode == "preview" else reverse("today")


def child_words(ask: Asked) -> dict[str, str] | None:
    if ask.child is None:
        return None
    row = one_row(ask)
    return {"code": row.name, "label": row.label}


def prefill(instrument: Instrument, ask: Asked) -> dict[str, str]:
    """The child was chosen on the page, so the app need not ask again."""
    code = ask.child.row.code if ask.child else EXAMPLE_CODE if ask.mode == "preview" else ""
    if not code:
        return {}
    asked_one, asked_for = question_of_respondent(instrument), question_of_child(instrument)
    who = {asked_one: ask.respondent} if ask.respondent and asked_one else {}
    return {**known_answers(instrument), asked_for: code, **who} if asked_for else who


def one_row(ask: Asked, *, again: bool = False) -> CaseloadRow:
    if ask.child is None:
        return CaseloadRow(EXAMPLE_CODE, f"{display_code(EXAMPLE_CODE)} · AB · 12-14", "AB", "12-14")
    return open_caseload_row(ask.actor, ask.child.row.id, again=again)


@never_cache
@require_GET
def interview_form(request: HttpRequest, form_id: UUID) -> HttpResponse:
    ask = asked(request, form_id)
    return HttpResponse(form_xml(ask.actor, form_id), content_type="text/xml; charset=utf-8")


@never_cache
@require_GET
def interview_media(request: HttpRequest, form_id: UUID, name: str) -> HttpResponse:
    ask = asked(request, form_id)
    if name == CASELOAD_FILE:
        return HttpResponse(list_of_one(ask), content_type="text/csv; charset=utf-8")
    found = media_file(ask.actor, form_id, name)
    shown = kind_of(found.content) in PICTURES
    response = HttpResponse(found.content, content_type=found.told_type)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Content-Disposition"] = "inline" if shown else "attachment"  # a page that uses it does not mind
    return response


def list_of_one(ask: Asked) -> bytes:
    return csv_of(one_row(ask, again=True) if ask.child or ask.mode == "preview" else None)


def csv_of(row: CaseloadRow | None) -> bytes:
    cells = (
        ",".join('"' + text.replace('"', '""') + '"' for text in (row.name, row.label, row.initials, row.age_band))
        if row
        else ""
    )
    return f"name,label,initials,age_band\n{cells}\n".encode()


@require_POST
@body_unread
def interview_submit(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """Same service as the door of the phones; the session says who sends."""
    try:
        ask = asked(request, form_id)
        if ask.mode == "preview":
            raise NotVisible("instrument")
        sent = send(
            request,
            ask.actor,
            paper=ask.mode == "paper",
            child_id=ask.child.row.id if ask.child else None,
            scored=find_form(ask.actor, form_id).row.scored,
        )
        if ask.visit_id is not None and sent.submission_id is not None:
            with suppress(
                ProblemError
            ):  # the interview is stored, and stands with its day whatever became of the visit
                link_voice(ask.actor, ask.visit_id, sent.submission_id)
    except ProblemError as refusal:
        drain(request)
        return refused(refusal.problems, refusal.first.status)
    return JsonResponse(
        {"status": sent.state, "message": sent.words, "next_url": way_back(ask), "problems": []}, status=sent.status
    )


@require_POST
@body_unread
def interview_sealed(request: HttpRequest) -> HttpResponse:
    """An interview that our app sealed before: its flag, of one length, then its envelope, which says the rest. Taken
    also while the server is locked, and then the answer says no more than that it is here.
    """
    actor = actor_of(request)
    try:
        body = whole(request)
        receipt = take_sealed(actor, Letter(body[FLAG_LENGTH:], body[:FLAG_LENGTH], Channel.BROWSER))
    except ProblemError as refusal:
        drain(request)
        return refused(refusal.problems, refusal.first.status)
    state, words = ("stored", _("Stored.")) if receipt.status == 201 else ("waiting", _("Received, still sealed."))
    return JsonResponse({"status": state, "message": words, "next_url": "", "problems": []}, status=receipt.status)


def refused(problems: tuple[Problem, ...], status: int) -> HttpResponse:
    said = [
        {"code": each.code, "message": each.message, "action": each.action, "where": each.where}
        for each in say_all(problems)
    ]
    return JsonResponse(
        {"status": "refused", "message": _("It was not stored."), "next_url": "", "problems": said}, status=status
    )
