"""What somebody sends who answered alone: one interview, of that child, form and person, in the name of whoever made
the link. Receiving it and using the link up are one transaction.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from uuid import UUID

from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.writing import writing
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.body import Body
from homeward.apps.surveys.definitions import definition_of
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import take
from homeward.apps.surveys.link_makers import child_within_reach, maker_of
from homeward.apps.surveys.link_models import AnswerLink
from homeward.apps.surveys.links import is_its_browser, opened_link, record_use
from homeward.apps.surveys.models import Channel
from homeward.apps.surveys.reading import read
from homeward.apps.surveys.transport import told_in
from homeward.domain.codes import normalise_code
from homeward.domain.envelope import severity_of_flag
from homeward.domain.problems import Problem, ProblemError
from homeward.formats import safe_xml
from homeward.formats.xform.encrypting import is_encrypted
from homeward.formats.xform.submission import read_meta


def send_alone(link_id: UUID, secret: str, body: Body) -> None:
    """Returns when it is kept. NotVisible for whatever is wrong with the link; another ProblemError, and the link as it
    was, where nothing was kept of what came.
    """
    digest = hashlib.sha256(body.xml).digest()
    with writing():
        held = AnswerLink.objects.select_for_update(of=("self",)).filter(pk=link_id).first()  # of many at once, one
        if held is not None and _came_before(held, secret, digest):
            return
        try:
            link = opened_link(link_id, secret, to_send=True)
            _take(link, body)
        except ProblemError as error:
            refusal = error  # raised below: that it was refused stays written down
        else:
            AnswerLink.objects.filter(pk=link_id).update(used_at=timezone.now(), sent_sha256=digest)
            record_use(link)
            return
    raise refusal


def _came_before(held: AnswerLink, secret: str, digest: bytes) -> bool:
    """The answer to it was lost on its way: the same bytes, by the same browser."""
    return held.used_at is not None and is_its_browser(held, secret) and bytes(held.sent_sha256) == digest


def _take(link: AnswerLink, body: Body) -> None:
    _refuse_another(link, body.xml)
    sender, whose = _sender(link)
    uploads = [Upload(part.name, part.content_type, part.data) for part in body.files]
    told = told_in(body, severity_of_flag(body.flag) if body.sealed else "")
    try:
        take(sender, replace(whose, xml=body.xml, attachments=uploads, sealed=told))
    except ProblemError as error:
        if error.first.status != 409:  # 409: kept apart, for a person to look at
            raise


def _sender(link: AnswerLink) -> tuple[Actor, Delivery]:
    """Whoever made the link, with the rights of today. Where they do not reach the child any more, the answers wait in
    the inbox for somebody whose do: the person who gave them cannot give them again.
    """
    child, delivery = child_within_reach(link), Delivery(b"", channel=Channel.LINK)
    if child is None:
        return maker_of(link), replace(delivery, child_code=link.child.code)
    return maker_of(link), replace(delivery, child_id=child.pk)


def _refuse_another(link: AnswerLink, xml: bytes) -> None:
    """What the page of this link never sends: another form or version, another child or person, a correction."""
    root = safe_xml.parse(xml)
    meta, version = read_meta(root), link.form_version
    same = (meta.form_id, meta.version) == (version.instrument_id, version.version)
    if not same or meta.deprecated_id or is_encrypted(root):
        raise ProblemError(_another())
    reading = read(definition_of(version), root, timezone.now())
    named = normalise_code(reading.typed_child) if reading.needs_child and reading.typed_child else link.child.code
    if named != link.child.code or reading.respondent != link.respondent:
        raise ProblemError(_another())


def _another() -> Problem:
    return Problem("link.another", "These answers do not belong to this page.", "Ask for a new link.", status=400)
