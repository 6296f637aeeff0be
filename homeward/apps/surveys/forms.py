"""The life of an instrument in an organisation: draft, proposed, published by somebody else, retired."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.guard import guard
from homeward.apps.access.models import Membership, Organisation
from homeward.apps.audit.services import record, recorded_refusal
from homeward.apps.surveys.form_queries import find_version
from homeward.apps.surveys.lengths import refuse_too_long
from homeward.apps.surveys.models import FormMedia, FormStatus, FormVersion
from homeward.domain.instruments import WordingStatus
from homeward.domain.permissions import Role, roles_with
from homeward.domain.problems import Decision, Problem, ProblemError, errors
from homeward.formats.pictures import safe_media
from homeward.formats.xform.publishing import check_publishable
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.isolation import Converted, convert, convert_upload
from homeward.formats.xlsform.library import Library
from homeward.formats.xlsform.loading import load
from homeward.formats.xlsform.packing import workbook_bytes

NOTICE = timedelta(hours=24)
LARGEST_REPORT = 300  # problems kept with a version


def library() -> Library:
    return Library(*settings.HOMEWARD_LIBRARIES)


def load_from_library(actor: Actor, reference: str, organisation_id: UUID | None = None) -> UUID:
    """`ID` or `ID@VERSION` of the shipped library, or of the deployment's own folder, as a draft."""
    target = guard(actor, "instruments.load", organisation_id)
    converted = convert(library().load(reference), focal_point_named=_focal_point_named(target))
    return _load(actor, converted, b"", "library", target)


def load_workbook(
    actor: Actor,
    content: bytes,
    file_name: str,
    media: Mapping[str, bytes] | None = None,
    organisation_id: UUID | None = None,
) -> UUID:
    """Any XLSForm, scored or not, as a draft. Raises only where nothing can be read; the rest stands in its report."""
    target = guard(actor, "instruments.load", organisation_id)  # before a stranger's file costs any work
    with recorded_refusal(actor, "refuse_workbook", "organisation", target):
        files = safe_media(media or {})
        converted = convert_upload(content, file_name, media=files, focal_point_named=_focal_point_named(target))
        loaded = replace(converted.loaded, media=files)
        return _load(actor, replace(converted, loaded=loaded), content, "upload", target)


def _load(actor: Actor, converted: Converted, content: bytes, source: str, target: UUID) -> UUID:
    loaded, xform = converted.loaded, converted.xform
    about = loaded.instrument.about
    refuse_too_long(loaded)
    if xform is None:
        raise ProblemError(_everything(converted.found, converted.refusals))
    try:
        found = (*converted.found, *check_publishable(read_form(xform.xml)))
    except ProblemError as error:
        raise ProblemError(_everything(converted.found, error.problems)) from error
    report = [problem_record(problem) for problem in found][:LARGEST_REPORT]
    values: dict[str, Any] = {
        "titles": dict(about.titles),
        "family": about.family,
        "subject": about.subject,
        "languages": dict(about.languages),
        "wording_status": str(about.wording_status),
        "scored": loaded.instrument.scored,
        "browser_only": not about.collect,
        "encrypted": about.encrypted,
        "source": source,
        "checksum": loaded.instrument.checksum,
        "workbook": content or workbook_bytes(loaded),
        "xform": xform.xml,
        "xform_md5": xform.md5,
        "report": report,
        "created_by_id": actor.person_id,
        "created_at": timezone.now(),
    }
    with transaction.atomic():
        known = FormVersion.objects.select_for_update().filter(organisation_id=target, instrument_id=about.id)
        before = known.filter(version=about.version).first()
        if before is not None and before.status != FormStatus.DRAFT:
            if before.checksum == loaded.instrument.checksum and _same_media(before, loaded.media):
                return before.pk
            raise ProblemError(_frozen(about.id, about.version))
        row = before or FormVersion(organisation_id=target, instrument_id=about.id, version=about.version)
        for name, value in values.items():
            setattr(row, name, value)
        row.save(force_insert=before is None)
        _keep_media(row, loaded.media)
        record(actor, "load_instrument", "form_version", row.pk, organisation_id=target, detail={"source": source})
    return row.pk


def _everything(checked: tuple[Problem, ...], refusals: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Where no form can be made, a person sees at once all there is to correct, what forbids it first."""
    stopping = errors(checked) or refusals
    return (*stopping, *(problem for problem in checked if problem not in stopping))[:LARGEST_REPORT]


def _same_media(row: FormVersion, media: Mapping[str, bytes]) -> bool:
    """What came along is what is here; a workbook that comes alone says nothing about them."""
    kept = dict(FormMedia.objects.filter(form_version=row).values_list("name", "md5"))
    return all(kept.get(name) == _md5(content) for name, content in media.items())


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _keep_media(row: FormVersion, media: Mapping[str, bytes]) -> None:
    FormMedia.objects.filter(form_version=row).delete()
    for name, content in media.items():
        FormMedia.objects.create(
            form_version=row,
            name=name,
            content_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
            content=content,
            md5=_md5(content),
        )


def _focal_point_named(organisation_id: UUID) -> bool:
    return _current_members(organisation_id).filter(role=Role.FOCAL_POINT).exists()


def problem_record(problem: Problem) -> dict[str, Any]:
    """A problem as it is kept: texts of ours and places in the sheets, nothing about a child."""
    return {
        "code": problem.code,
        "message": problem.message,
        "action": problem.action,
        "severity": problem.severity,
        "file": problem.where.file,
        "sheet": problem.where.sheet,
        "row": problem.where.row,
        "field": problem.where.field,
        "params": dict(problem.params),
    }


def _frozen(instrument_id: str, version: str) -> Problem:
    return Problem(
        "form.frozen",
        "Version {version} of {instrument} is in use or proposed and never changes, nor do its pictures and lists.",
        "Give the corrected form a new version number.",
        params={"instrument": instrument_id, "version": version},
        status=409,
    )


def propose_publication(actor: Actor, form_id: UUID) -> None:
    """Ask for publication. Everything that forbids publishing is said now."""
    row = find_version(actor, form_id)
    guard(actor, "instruments.propose", row.organisation_id)
    _require_status(row, FormStatus.DRAFT)
    found = (*_for_publication(row), *check_publishable(read_form(bytes(row.xform))))
    if stopping := errors(found):
        raise ProblemError(stopping)
    _refuse_placeholder(row)
    with transaction.atomic():
        _move(row, FormStatus.DRAFT, FormStatus.PROPOSED, proposed_by_id=actor.person_id, proposed_at=timezone.now())
        record(actor, "propose_publication", "form_version", row.pk, organisation_id=row.organisation_id)


def _for_publication(row: FormVersion) -> tuple[Problem, ...]:
    named = _focal_point_named(row.organisation_id)
    names = FormMedia.objects.filter(form_version=row).values_list("name", flat=True)
    content, file = bytes(row.workbook), f"{row.instrument_id}.xlsx"
    if row.source != "library":
        return convert_upload(content, file, media=names, focal_point_named=named, for_publication=True).found
    ours = replace(load(content, file), media=dict.fromkeys(names, b""))
    return convert(ours, focal_point_named=named, for_publication=True).found


def may_publish(actor: Actor, row: FormVersion, now: datetime) -> Decision:
    """A second person; or the same one after a day's notice, where the organisation has no second who could."""
    decision = permit(actor, "instruments.publish", organisation_id=row.organisation_id)
    if not decision:
        return decision
    if row.status != FormStatus.PROPOSED or row.proposed_at is None:
        return Decision.no(_wrong_status(row))
    if actor.person_id is not None and row.proposed_by_id != actor.person_id:
        return Decision.yes()
    publishers = _current_members(row.organisation_id).filter(role__in=roles_with("instruments.publish"))
    if any(person_id != row.proposed_by_id for person_id in publishers.values_list("person_id", flat=True)):
        return Decision.no(
            Problem(
                "form.second_person",
                "You proposed this version; somebody else publishes it.",
                "Ask a colleague who may publish to look at it.",
                status=403,
            )
        )
    if now - row.proposed_at < NOTICE:
        return Decision.no(
            Problem(
                "form.notice",
                "Nobody else may publish here, so a notice of 24 hours runs first.",
                "Publish after {when} UTC.",
                params={"when": f"{row.proposed_at + NOTICE:%Y-%m-%d %H:%M}"},
                status=403,
            )
        )
    return Decision.yes()


def publish(actor: Actor, form_id: UUID) -> None:
    """From now on devices get this version, and it never changes."""
    row = find_version(actor, form_id)
    _refuse_placeholder(row)
    decision = may_publish(actor, row, timezone.now())
    if not decision:
        record(actor, "publish", "form_version", row.pk, organisation_id=row.organisation_id, allowed=False)
    decision.require()
    with transaction.atomic():
        _move(
            row, FormStatus.PROPOSED, FormStatus.PUBLISHED, published_by_id=actor.person_id, published_at=timezone.now()
        )
        record(actor, "publish", "form_version", row.pk, organisation_id=row.organisation_id)


def withdraw_proposal(actor: Actor, form_id: UUID) -> None:
    """Back to a draft, which may change again."""
    row = find_version(actor, form_id)
    guard(actor, "instruments.propose", row.organisation_id)
    with transaction.atomic():
        _move(row, FormStatus.PROPOSED, FormStatus.DRAFT, proposed_by_id=None, proposed_at=None)
        record(actor, "withdraw_proposal", "form_version", row.pk, organisation_id=row.organisation_id)


def retire(actor: Actor, form_id: UUID) -> None:
    """Devices get it no more; what they still hold and send is kept, and a person looks at it."""
    row = find_version(actor, form_id)
    guard(actor, "instruments.retire", row.organisation_id)
    with transaction.atomic():
        _move(row, FormStatus.PUBLISHED, FormStatus.RETIRED, retired_by_id=actor.person_id, retired_at=timezone.now())
        Organisation.objects.filter(pk=row.organisation_id).update(forms_retired=F("forms_retired") + 1)
        record(actor, "retire", "form_version", row.pk, organisation_id=row.organisation_id)


def _move(row: FormVersion, old: FormStatus, new: FormStatus, **changes: Any) -> None:
    """In one statement, so that of two people who press at once only one succeeds, and with the very form they saw."""
    if not FormVersion.objects.filter(pk=row.pk, status=old, checksum=row.checksum).update(status=new, **changes):
        raise ProblemError(_wrong_status(row))


def _require_status(row: FormVersion, status: FormStatus) -> None:
    if row.status != status:
        raise ProblemError(_wrong_status(row))


def _wrong_status(row: FormVersion) -> Problem:
    return Problem(
        "form.status",
        "This version is {status}, so this step is not open.",
        "Look at the page of the instrument again.",
        params={"status": row.status},
        status=409,
    )


def _refuse_placeholder(row: FormVersion) -> None:
    if row.wording_status == WordingStatus.PLACEHOLDER:
        raise ProblemError(
            Problem(
                "instrument.placeholder",
                "The wording is a placeholder: this instrument is scored from files and never published.",
                "Load the approved wording as a new version first.",
                status=409,
            )
        )


def _current_members(organisation_id: UUID) -> QuerySet[Membership]:
    today = timezone.now().date()
    return Membership.objects.filter(
        Q(until__isnull=True) | Q(until__gte=today),
        organisation_id=organisation_id,
        since__lte=today + timedelta(days=1),
        waits=False,
        person__is_active=True,
    )
