"""From a browser's request to the one intake that phones use too."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from homeward.apps.access.actors import Actor
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.intake import Correction, Delivery, receive
from homeward.apps.surveys.models import Channel, State
from homeward.domain.problems import Problem, ProblemError, Where

XML_PART = "xml_submission_file"


@dataclass(frozen=True, slots=True)
class Sent:
    status: int
    state: str  # stored, waiting
    words: str


def send(request: HttpRequest, actor: Actor, *, paper: bool, correction: Correction | None = None) -> Sent:
    channel = Channel.PAPER if paper else Channel.BROWSER
    receipt = receive(actor, Delivery(xml_of(request), uploads_of(request), channel, correction))
    if receipt.status == 201 and receipt.state == State.ACCEPTED:
        return Sent(201, "stored", _("Stored. The scores stand on the child's page."))
    if receipt.status == 201:
        return Sent(201, "stored", _("Stored."))
    return Sent(202, "waiting", _("Stored. A colleague looks at it first, because something does not fit together."))


def xml_of(request: HttpRequest) -> bytes:
    part = request.FILES.get(XML_PART)
    if isinstance(part, UploadedFile):
        return bytes(part.read())
    text = request.POST.get(XML_PART, "")
    if text:
        return text.encode()
    raise ProblemError(
        Problem(
            "submission.part_missing",
            "The request holds no answers.",
            "Send the interview again; it is still in the form.",
            Where(field=XML_PART),
        )
    )


def uploads_of(request: HttpRequest) -> list[Upload]:
    """Pictures and sounds, named by their file names."""
    found = []
    for name, upload in request.FILES.items():
        if name != XML_PART and isinstance(upload, UploadedFile):
            content_type = upload.content_type or "application/octet-stream"
            found.append(Upload(upload.name or name, content_type, upload.read()))
    return found
