"""A form that the phone has encrypted, on its way in: no answer is read, so nothing of an interview applies to it."""

from __future__ import annotations

from uuid import UUID

from homeward.apps.access.actors import Actor
from homeward.apps.safeguarding.from_phones import Arrived, Kept, keep_phone_form
from homeward.apps.surveys.deliveries import Delivery, Receipt
from homeward.apps.surveys.models import FormStatus, FormVersion
from homeward.domain.problems import Problem, ProblemError
from homeward.formats.safe_xml import Element
from homeward.formats.xform.encrypting import check_manifest
from homeward.formats.xform.submission import Meta

SEALED = "sealed"
TELL = "Tell your supervisor. Do not fill in the form again."


def take_encrypted(actor: Actor, delivery: Delivery, root: Element, meta: Meta) -> Receipt:
    """In use or retired, of whatever version: what a child told must not depend on which form the phone still held."""
    place = actor.organisation_id
    if place is None or actor.kind != "device" or not is_encrypted_form(place, meta.form_id):
        raise ProblemError(_not_ours())
    check_manifest(root)
    files = [(file.name, file.content) for file in delivery.attachments]
    kept = keep_phone_form(actor, Arrived(place, meta.form_id, meta.version, meta.instance_id, delivery.xml, files))
    if kept in (Kept.OTHER_BYTES, Kept.OTHER_FILE):
        raise ProblemError(_differs(kept))
    return Receipt(201, SEALED, meta.instance_id, None, repeated=kept is Kept.AGAIN)


def is_encrypted_form(organisation_id: UUID, instrument_id: str) -> bool:
    rows = FormVersion.objects.filter(organisation_id=organisation_id, instrument_id=instrument_id, encrypted=True)
    return rows.filter(status__in=(FormStatus.PUBLISHED, FormStatus.RETIRED)).exists()


def _not_ours() -> Problem:
    return Problem(
        "submission.encrypted",
        "This form is encrypted to somebody else's key, and nobody here could open it.",
        "Fetch the list of forms again, and tell your supervisor. Delete nothing.",
    )


def _differs(kept: Kept) -> Problem:
    if kept is Kept.OTHER_FILE:
        message = "A file of this name came with this interview already; the new one was kept apart."
        return Problem("submission.other_attachment", message, "Tell your supervisor.", status=409)
    message = "Another interview with this id is here already; this one was kept apart for a person to compare."
    return Problem("submission.other_bytes", message, TELL, status=409)
