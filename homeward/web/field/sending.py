"""What a phone sends, and whether it is still ours: with its token, whoever is or is not signed in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from homeward.apps.access.actors import Actor
from homeward.apps.access.field_app import works_still
from homeward.apps.audit.services import record_refusal
from homeward.apps.surveys.body import drain, whole
from homeward.apps.surveys.models import Channel
from homeward.apps.surveys.transport import SEALED, Letter
from homeward.apps.visits.arriving import take_from_app
from homeward.domain.transport import FLAG_LENGTH
from homeward.web.field.door import from_the_field, received, stranger


@require_POST
@from_the_field
def sealed(request: HttpRequest, actor: Actor) -> HttpResponse:
    """An interview, or a note, as it was sealed on the phone: its flag, of one length, then its envelope. Taken while
    the server is locked, too.
    """
    body = whole(request)
    receipt = take_from_app(actor, Letter(body[FLAG_LENGTH:], body[:FLAG_LENGTH], Channel.BROWSER))
    if receipt.status == 201:
        return received(201, "stored")
    return received(receipt.status, SEALED if receipt.state == SEALED else "waiting")


@require_POST
@from_the_field
def contact(request: HttpRequest, actor: Actor) -> HttpResponse:
    """From it the app counts how long it may go on without us. Whoever has no caseload any more keeps none either; what
    is sealed there is still taken.
    """
    drain(request)
    if not works_still(actor):
        record_refusal(actor, "refuse_call", "device", str(actor.device_id), "app.no_caseload")
        return stranger()
    return JsonResponse({"server_time": timezone.now().isoformat(), "known": True})
