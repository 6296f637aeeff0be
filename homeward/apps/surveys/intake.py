"""One interview in: kept byte for byte, once, read, scored, flagged and written down before anybody is told "received".

Two phones, or one phone twice, may send the same at the same moment. What decides is a unique constraint: the row is
inserted, or what is there is returned. Whatever could strand on a phone is taken and shown to a person.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import lru_cache
from uuid import UUID, uuid5

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.prepared import Prepared
from homeward.apps.access.writing import writing
from homeward.apps.audit.services import record_refusal
from homeward.apps.safeguarding.passing_on import keep_apart
from homeward.apps.surveys import attachments, edits, quarantine
from homeward.apps.surveys.definitions import definition_of
from homeward.apps.surveys.deliveries import Delivery, Receipt, existing, status_of
from homeward.apps.surveys.drafts import Draft
from homeward.apps.surveys.encrypted import is_encrypted_form, take_encrypted
from homeward.apps.surveys.models import Channel, FormStatus, FormVersion, Quarantined, Submission
from homeward.apps.surveys.reading import read
from homeward.apps.surveys.tombstones import was_erased
from homeward.apps.surveys.versions import OutdatedEditError
from homeward.domain.instruments import COMMUNITY_OBSERVATION
from homeward.domain.permissions import Role
from homeward.domain.problems import Problem, ProblemError
from homeward.formats import safe_xml
from homeward.formats.safe_xml import Element
from homeward.formats.xform.encrypting import is_encrypted
from homeward.formats.xform.submission import Meta, read_meta

QUARANTINED, ERASED = "quarantined", "erased"
IN_USE = (FormStatus.PUBLISHED, FormStatus.RETIRED)


def receive(actor: Actor, delivery: Delivery) -> Receipt:
    """Raises a ProblemError whose first status is 400, 403, 404, 409 or 413."""
    permission = "submissions.send" if actor.kind == "device" else "interviews.fill"
    if delivery.correction is not None:
        permission = "submissions.correct"
    guard(actor, permission)
    return take(actor, delivery)


def take(actor: Actor, delivery: Delivery) -> Receipt:
    """`receive` for callers that have asked for their own permission: a correction, an import. What was told in
    confidence is kept also where the interview beside it is kept apart.
    """
    try:
        receipt = _take(actor, delivery)
    except ProblemError as refusal:
        if refusal.first.status == 409:
            _keep_told(actor, delivery)
        raise
    if receipt.submission_id is None and receipt.state != ERASED:
        _keep_told(actor, delivery)
    return receipt


def _erased(actor: Actor, meta: Meta) -> Receipt:
    """Its phone learns that it arrived, or it would send it for ever. Nothing of it is kept, nor what came sealed."""
    record_refusal(actor, "refuse_submission", "organisation", actor.organisation_id or "", "submission.erased")
    return Receipt(202, ERASED, meta.instance_id, None, repeated=True)


def _keep_told(actor: Actor, delivery: Delivery) -> None:
    if delivery.sealed is not None and actor.organisation_id is not None:
        told = uuid5(actor.organisation_id, hashlib.sha256(delivery.xml).hexdigest())
        keep_apart(actor, actor.organisation_id, told, delivery.sealed)


def _take(actor: Actor, delivery: Delivery) -> Receipt:
    root = safe_xml.parse(delivery.xml)
    meta = read_meta(root)
    if actor.organisation_id and was_erased(actor.organisation_id, meta.instance_id, meta.deprecated_id):
        return _erased(actor, meta)
    if is_encrypted(root):
        return take_encrypted(actor, delivery, root, meta)
    version = _version(actor, meta)
    if version is None:
        return _unknown_version(actor, delivery, meta)
    return _keep(actor, delivery, root, meta, version)


def _keep(actor: Actor, delivery: Delivery, root: Element, meta: Meta, version: FormVersion) -> Receipt:
    digest = hashlib.sha256(delivery.xml).digest()
    known = _known_edit(actor, version, meta, delivery, digest) if meta.deprecated_id else None
    if known is not None:
        return known
    now = delivery.received_at or timezone.now()
    definition = definition_of(version)
    reading = read(definition, root, now)
    draft = Draft(actor, delivery, meta, version, definition, reading, digest, now)
    try:
        waited_for = draft.store()
    except IntegrityError:
        draft.forget()
        before = existing(version.organisation_id, meta.instance_id)
        if before is not None:
            return _again(actor, version, meta, before, delivery, digest)
        if draft.original is None:
            raise
        raise draft.outdated() from None
    except OutdatedEditError:
        raise draft.outdated() from None
    alone = bool(meta.deprecated_id) and draft.original is None
    if alone or waited_for:
        edits.join_waiting(actor, version, meta, alone=alone)
    return draft.receipt()


def _known_edit(actor: Actor, version: FormVersion, meta: Meta, delivery: Delivery, digest: bytes) -> Receipt | None:
    """An edit that comes again must not be taken for an outdated one."""
    before = existing(version.organisation_id, meta.instance_id)
    if before is not None:
        return _again(actor, version, meta, before, delivery, digest)
    decided = quarantine.decided(version.organisation_id, meta.instance_id, digest)
    if decided is not None and decided.reason == "outdated_edit":
        return _decided(actor, decided, delivery)
    return None


def _version(actor: Actor, meta: Meta) -> FormVersion | None:
    """None where the form is ours and the version is not. No such form, and no right to it, have one answer.

    Only where the actor works now: who has roles in two organisations must not carry answers from one into the other.
    """
    place = actor.organisation_id
    if place is not None:
        with suppress(LookupError):
            if actor.forms_retired is None:
                return _for(actor, _in_use(place, meta.form_id, meta.version))
            return _for(actor, known_in_use(place, actor.forms_retired, meta.form_id, meta.version))
        known = FormVersion.objects.filter(organisation_id=place, instrument_id=meta.form_id, status__in=IN_USE)
        if known.exists() and not is_encrypted_form(place, meta.form_id):
            return None
    raise ProblemError(_no_such_form())


def refuse_other_forms(meta: Meta) -> None:
    """Of a community monitor's app."""
    if meta.form_id != COMMUNITY_OBSERVATION:
        raise ProblemError(_no_such_form())


def _no_such_form() -> Problem:
    return Problem(
        "form.not_found",
        "There is no such form here.",
        "Fetch the list of forms again, or ask your supervisor.",
        status=404,
    )


def _for(actor: Actor, version: FormVersion) -> FormVersion:
    """A form whose answers only a page can seal is none for a device, which would send them in clear; and one that
    phones encrypt is never taken in clear. Our own app seals as a page does.
    """
    in_clear = actor.kind == "device" and Role.FIELD_APP not in actor.roles
    if version.encrypted or (in_clear and version.browser_only):
        raise ProblemError(_no_such_form())
    return version


def _in_use(place: UUID, form: str, version: str) -> FormVersion:
    """LookupError where there is none."""
    found = _IN_USE.first(place=place, form=form, version=version)
    if found is None:
        raise LookupError
    return found


@lru_cache(maxsize=256)
def known_in_use(place: UUID, _retired: int, form: str, version: str) -> FormVersion:
    """The same without asking again, while the organisation retires no form: nothing else changes what is in use.
    What is not there is asked for each time.
    """
    return _in_use(place, form, version)


def _rows_in_use(place: UUID, form: str, version: str) -> QuerySet[FormVersion]:
    rows = FormVersion.objects.filter(organisation_id=place, instrument_id=form, version=version, status__in=IN_USE)
    return rows.only(
        "id", "organisation_id", "instrument_id", "version", "checksum", "status", "browser_only", "encrypted"
    )


_IN_USE = Prepared(_rows_in_use, place=UUID, form=str, version=str)


def _unknown_version(actor: Actor, delivery: Delivery, meta: Meta) -> Receipt:
    quarantine.keep(actor, meta, delivery.xml, delivery.attachments, "unknown_version")
    return Receipt(202, QUARANTINED, meta.instance_id, None)


def _again(
    actor: Actor, version: FormVersion, meta: Meta, before: Submission, delivery: Delivery, digest: bytes
) -> Receipt:
    """The same bytes succeed again and bring further files, also to a version that was corrected meanwhile: the newest
    shows what its answers name. Other bytes under the same id are kept apart.
    """
    if bytes(before.raw_sha256) != digest:
        decided = quarantine.decided(before.organisation_id, before.instance_id, digest)
        if decided is not None:
            return _decided(actor, decided, delivery)
        quarantine.keep(actor, meta, delivery.xml, delivery.attachments, "other_bytes")
        if before.channel == Channel.IMPORT:  # made from the row of a file: never the same bytes
            return Receipt(202, QUARANTINED, meta.instance_id, None)
        raise ProblemError(
            Problem(
                "submission.other_bytes",
                "Another interview with this id is here already; this one was kept apart for a person to compare.",
                "Tell your supervisor. Do not fill in the form again.",
                status=409,
            )
        )
    with writing():
        differing = quarantine.undecided(before, attachments.keep(before, delivery.attachments))
    if differing:
        quarantine.keep_files(actor, before, differing)
        raise ProblemError(
            Problem(
                "submission.other_attachment",
                "A file of this name came with this interview already; the new one was kept apart.",
                "Tell your supervisor.",
                status=409,
            )
        )
    _join_after_all(actor, version, meta, before)
    return Receipt(status_of(before.state), before.state, before.instance_id, before.pk, repeated=True)


def _join_after_all(actor: Actor, version: FormVersion, meta: Meta, before: Submission) -> None:
    """Where the server went down between keeping an interview and joining it, its phone was told nothing yet."""
    if (before.device_id, before.person_id) != (actor.device_id, actor.person_id):
        return
    loose = bool(meta.deprecated_id) and before.supersedes_id is None
    if loose or edits.WAITING_FOR.first(place=version.organisation_id, original=meta.instance_id) is not None:
        edits.join_waiting(actor, version, meta, alone=False)


def _decided(actor: Actor, row: Quarantined, delivery: Delivery) -> Receipt:
    """These bytes were kept apart and a person has dealt with them; only what is still missing of their files comes."""
    if row.taken_as is not None:
        with writing():
            attachments.keep(row.taken_as, delivery.attachments)
    elif delivery.attachments:
        meta = read_meta(safe_xml.parse(delivery.xml))
        quarantine.keep(actor, meta, delivery.xml, delivery.attachments, row.reason)
    return Receipt(201, QUARANTINED, row.instance_id, row.taken_as_id, repeated=True)
