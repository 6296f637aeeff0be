"""The calls of OpenRosa, one view each. docs/openrosa.md holds the contract."""

from __future__ import annotations

import base64
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.intake_keys import public_key
from homeward.apps.access.keys import custody
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.body import read_body, whole
from homeward.apps.surveys.deliveries import Delivery, Receipt
from homeward.apps.surveys.form_queries import PublishedForm, form_media, form_xml, media_file, published_forms
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Channel
from homeward.apps.surveys.transport import Letter, take_sealed, take_while_locked
from homeward.domain.transport import FLAG_LENGTH
from homeward.openrosa import answers
from homeward.openrosa.door import device_view


@device_view("GET", "HEAD")
def form_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    wanted = request.GET.get("formID")
    forms = [form for form in published_forms(actor) if wanted in (None, "", form.instrument_id)]
    return answers.form_list(_listed(request, form) for form in forms)


def _listed(request: HttpRequest, form: PublishedForm) -> answers.ListedForm:
    title = form.titles.get(get_language() or "") or form.titles.get("en") or form.instrument_id
    return answers.ListedForm(
        form_id=form.instrument_id,
        name=title,
        version=form.version,
        md5=form.md5,
        download_url=address(request, "form", form_id=form.id),
        manifest_url=address(request, "manifest", form_id=form.id) if form.has_media else "",
    )


@device_view("GET", "HEAD")
def form(request: HttpRequest, actor: Actor, form_id: UUID) -> HttpResponse:
    return answers.xml_answer(form_xml(actor, form_id))


@device_view("GET", "HEAD")
def manifest(request: HttpRequest, actor: Actor, form_id: UUID) -> HttpResponse:
    return answers.manifest(
        answers.ListedMedia(file.name, file.md5, address(request, "media", form_id=form_id, name=file.name))
        for file in form_media(actor, form_id)
    )


@device_view("GET", "HEAD")
def media(request: HttpRequest, actor: Actor, form_id: UUID, name: str) -> HttpResponse:
    """Files come from whoever wrote the form: a browser that gets here must neither show nor run them."""
    file = media_file(actor, form_id, name)
    response = HttpResponse(file.content, content_type=file.told_type)
    response["Content-Disposition"] = "attachment"
    return response


def address(request: HttpRequest, call: str, **kwargs: object) -> str:
    """Absolute, under the door this device came through; behind a proxy the configured address wins."""
    match = request.resolver_match
    token = match.kwargs.get("token") if match else None
    space, extra = ("openrosa_key", {"token": token}) if token else ("openrosa", {})
    path = reverse(f"{space}:{call}", kwargs={**extra, **kwargs})
    return f"{settings.HOMEWARD_BASE_URL}{path}" if settings.HOMEWARD_BASE_URL else request.build_absolute_uri(path)


@device_view("HEAD", "POST")
def submission(request: HttpRequest, actor: Actor) -> HttpResponse:
    """HEAD: 204 and nothing else, or Collect takes us for a captive portal. POST: 201 or 202 once it is on disk."""
    if request.method == "HEAD":
        return HttpResponse(status=204)
    if not custody.is_open():
        content_type = request.headers.get("Content-Type", "")
        receipt = take_while_locked(actor, whole(request), content_type, request.GET.get("deviceID", ""))
        return answers.message_answer(_thanks(receipt), receipt.status)
    body = read_body(request)
    uploads = [Upload(part.name, part.content_type, part.data) for part in body.files]
    receipt = receive(actor, Delivery(body.xml, uploads))
    return answers.message_answer(_thanks(receipt), receipt.status)


@device_view("POST")
def sealed(request: HttpRequest, actor: Actor) -> HttpResponse:
    """An interview of our own client: its flag, of one length, then its envelope."""
    body = whole(request)
    letter = Letter(body[FLAG_LENGTH:], body[:FLAG_LENGTH], Channel.BROWSER)
    receipt = take_sealed(actor, letter)
    return answers.message_answer(_thanks(receipt), receipt.status)


@device_view("GET")
def intake_key(request: HttpRequest, actor: Actor) -> HttpResponse:
    """To which our own client seals. A device may fetch it as it fetches forms."""
    guard(actor, "forms.fetch")
    return HttpResponse(base64.b64encode(public_key()), content_type="text/plain; charset=utf-8")


def _thanks(receipt: Receipt) -> str:
    if receipt.status == 202:
        return _("Received. Somebody at the office will look at it.")
    return _("Received.")
