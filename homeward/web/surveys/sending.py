"""From a browser's request to the one intake that phones use too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from homeward.apps.access.actors import Actor
from homeward.apps.safeguarding.raising import Sealed
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.body import Body, read_body
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Channel, State
from homeward.apps.surveys.transport import told_in
from homeward.domain.envelope import severity_of_flag

Parts = ParamSpec("Parts")
View = Callable[Concatenate[HttpRequest, Parts], HttpResponse]


@dataclass(frozen=True, slots=True)
class Sent:
    status: int
    state: str  # stored, waiting
    words: str
    submission_id: UUID | None = None


def body_unread(view: View[Parts]) -> View[Parts]:
    """The view reads the body itself. Django would read it on its way here, looking for the token against forged
    requests among the fields, and would leave out what is too large. The token is in a header, and is asked for.
    """
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def run(request: HttpRequest, /, *args: Parts.args, **kwargs: Parts.kwargs) -> HttpResponse:
        request._post, request._files = QueryDict(), MultiValueDict()  # type: ignore[attr-defined]
        return protected(request, *args, **kwargs)

    return run


def sealed_of(body: Body) -> Sealed:
    return told_in(body, severity_of_flag(body.flag) if body.sealed else "")


def send(request: HttpRequest, actor: Actor, *, paper: bool, child_id: UUID | None, scored: bool) -> Sent:
    body = read_body(request)
    uploads = [Upload(part.name, part.content_type, part.data) for part in body.files]
    channel = Channel.PAPER if paper else Channel.BROWSER
    receipt = receive(actor, Delivery(body.xml, uploads, channel, child_id=child_id, sealed=sealed_of(body)))
    if receipt.status == 201 and receipt.state == State.ACCEPTED and scored and child_id is not None:
        return Sent(201, "stored", _("Stored. The scores stand on the child's page."), receipt.submission_id)
    if receipt.status == 201:
        return Sent(201, "stored", _("Stored."), receipt.submission_id)
    return Sent(
        202,
        "waiting",
        _("Stored. A colleague looks at it first, because something does not fit together."),
        receipt.submission_id,
    )
