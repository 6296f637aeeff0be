"""Instruments in use, as pages and devices see them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from homeward.apps.access.actors import Actor
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record_look
from homeward.apps.cases.queries import caseload_rows
from homeward.apps.safeguarding.programme_keys import key_in_use, organisations_with_key
from homeward.apps.surveys.definitions import definition_of
from homeward.apps.surveys.models import FormMedia, FormStatus, FormVersion
from homeward.domain.instruments import Instrument
from homeward.formats.xform.encrypting import with_key
from homeward.formats.xlsform.library import version_key

CASELOAD_FILE = "children.csv"


@dataclass(frozen=True, slots=True)
class FormRow:
    id: UUID
    instrument_id: str
    version: str
    titles: Mapping[str, str]
    family: str
    subject: str
    languages: Mapping[str, str]
    wording_status: str
    scored: bool
    source: str
    status: str
    checksum: str
    created_at: datetime
    proposed_at: datetime | None
    published_at: datetime | None
    retired_at: datetime | None
    errors: int
    warnings: int
    browser_only: bool = False
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class FormDetail:
    row: FormRow
    report: tuple[Mapping[str, Any], ...]  # as `forms.problem_record` keeps problems
    created_by: str
    proposed_by: str
    published_by: str
    media: tuple[str, ...]
    versions: tuple[FormRow, ...]  # of the same instrument, newest first, this one included


@dataclass(frozen=True, slots=True)
class PublishedForm:
    """What a device or the browser interview may fetch."""

    id: UUID
    instrument_id: str
    version: str
    titles: Mapping[str, str]
    family: str
    subject: str
    languages: tuple[str, ...]
    md5: str
    needs_caseload: bool
    has_media: bool
    organisation_id: UUID
    encrypted: bool  # for phones alone; no page fills it in


@dataclass(frozen=True, slots=True)
class MediaFile:
    name: str
    content_type: str
    content: bytes
    md5: str

    @property
    def told_type(self) -> str:
        """As an answer says it: a text names its characters, and forms are written in these."""
        return f"{self.content_type}; charset=utf-8" if self.content_type.startswith("text/") else self.content_type


def titles_by_version(
    organisation_ids: Iterable[UUID], instrument_ids: Iterable[str]
) -> dict[tuple[UUID, str, str], Mapping[str, str]]:
    """By organisation, instrument and version; with an empty version, as the newest version has it."""
    rows = FormVersion.objects.filter(organisation_id__in=organisation_ids, instrument_id__in=instrument_ids)
    found: dict[tuple[UUID, str, str], Mapping[str, str]] = {}
    for place, instrument_id, version, titles in rows.order_by("created_at").values_list(
        "organisation_id", "instrument_id", "version", "titles"
    ):
        found[place, instrument_id, version] = found[place, instrument_id, ""] = titles
    return found


def forms_visible_to(actor: Actor) -> QuerySet[FormVersion]:
    """People see every version of their organisation; a device those that were ever published, and one that it
    encrypts only while there is a key to encrypt to.
    """
    if actor.kind == "system":
        return FormVersion.objects.filter(organisation_id__in=[actor.organisation_id])
    permission = "forms.fetch" if actor.kind == "device" else "instruments.see"
    places = [grant.organisation_id for grant, _ in actor.grants_for(permission)]
    rows = FormVersion.objects.filter(organisation_id__in=places)
    if actor.kind != "device":
        return rows
    with_key = Q(encrypted=False) | Q(organisation_id__in=organisations_with_key(places))
    return rows.filter(with_key, status__in=(FormStatus.PUBLISHED, FormStatus.RETIRED), browser_only=False)


def find_version(actor: Actor, form_id: UUID) -> FormVersion:
    row = forms_visible_to(actor).filter(pk=form_id).first()
    if row is None:
        raise NotVisible("instrument")
    return row


def list_forms(actor: Actor) -> list[FormRow]:
    """Every version, by instrument, the newest first."""
    rows = forms_visible_to(actor).defer("workbook", "xform")
    newest = sorted(rows, key=lambda row: version_key(row.version), reverse=True)
    return [form_row(row) for row in sorted(newest, key=lambda row: row.instrument_id)]


def find_form(actor: Actor, form_id: UUID) -> FormDetail:
    row = (
        forms_visible_to(actor)
        .select_related("created_by", "proposed_by", "published_by")
        .defer("workbook", "xform")
        .filter(pk=form_id)
        .first()
    )
    if row is None:
        raise NotVisible("instrument")
    others = forms_visible_to(actor).filter(organisation_id=row.organisation_id, instrument_id=row.instrument_id)
    versions = sorted(others.defer("workbook", "xform"), key=lambda each: version_key(each.version), reverse=True)
    return FormDetail(
        form_row(row),
        tuple(row.report),
        str(row.created_by or ""),
        str(row.proposed_by or ""),
        str(row.published_by or ""),
        tuple(FormMedia.objects.filter(form_version=row).values_list("name", flat=True).order_by("name")),
        tuple(form_row(each) for each in versions),
    )


def published_forms(actor: Actor) -> list[PublishedForm]:
    """The newest published version of each instrument."""
    rows = forms_visible_to(actor).filter(status=FormStatus.PUBLISHED).defer("workbook", "report")
    rows = rows.annotate(with_media=Exists(FormMedia.objects.filter(form_version=OuterRef("pk"))))
    newest: dict[tuple[UUID, str], FormVersion] = {}
    for row in sorted(rows, key=lambda row: (row.published_at is not None, row.published_at, version_key(row.version))):
        newest[row.organisation_id, row.instrument_id] = row
    return [_published(actor, row) for row in sorted(newest.values(), key=lambda row: row.instrument_id)]


def _published(actor: Actor, row: FormVersion) -> PublishedForm:
    needs = CASELOAD_FILE.encode() in bytes(row.xform)
    encrypts = row.encrypted and actor.kind == "device"
    return PublishedForm(
        row.pk,
        row.instrument_id,
        row.version,
        row.titles,
        row.family,
        row.subject,
        tuple(row.languages),
        hashlib.md5(_served(actor, row), usedforsecurity=False).hexdigest() if encrypts else row.xform_md5,
        needs,
        needs or bool(getattr(row, "with_media", False)),
        row.organisation_id,
        row.encrypted,
    )


def _served(actor: Actor, row: FormVersion) -> bytes:
    """What a phone fetches: where it encrypts, with the programme's key in it."""
    xform = bytes(row.xform)
    if not row.encrypted or actor.kind != "device":
        return xform
    key = key_in_use(row.organisation_id)
    if key is None:
        raise NotVisible("instrument")
    return with_key(xform, bytes(key.public_key))


def published_form(actor: Actor, form_id: UUID) -> PublishedForm:
    """To be filled in on a page, which no form is that phones encrypt."""
    row = (
        forms_visible_to(actor)
        .filter(pk=form_id, status__in=(FormStatus.PUBLISHED, FormStatus.RETIRED), encrypted=False)
        .annotate(with_media=Exists(FormMedia.objects.filter(form_version=OuterRef("pk"))))
        .first()
    )
    if row is None:
        raise NotVisible("instrument")
    return _published(actor, row)


def form_xml(actor: Actor, form_id: UUID) -> bytes:
    """Exactly the bytes whose MD5 the form list states."""
    return _served(actor, find_version(actor, form_id))


def form_workbook(actor: Actor, form_id: UUID) -> bytes:
    return bytes(find_version(actor, form_id).workbook)


def form_media(actor: Actor, form_id: UUID) -> list[MediaFile]:
    """Files of the version, and the caseload list of this very actor where the form asks for it."""
    row = find_version(actor, form_id)
    files = [
        MediaFile(each.name, each.content_type, bytes(each.content), each.md5)
        for each in FormMedia.objects.filter(form_version=row).order_by("name")
    ]
    if CASELOAD_FILE.encode() in bytes(row.xform):
        content = caseload_csv(actor)
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
        files.append(MediaFile(CASELOAD_FILE, "text/csv", content, digest))
    return files


def media_file(actor: Actor, form_id: UUID, name: str) -> MediaFile:
    if name == CASELOAD_FILE:
        found = next((each for each in form_media(actor, form_id) if each.name == name), None)
        if found is None:
            raise NotVisible("file")
        record_look(actor, "caseload.fetch", "form_version", form_id)
        return found
    version = find_version(actor, form_id)
    named = "" if "\x00" in name else name  # PostgreSQL refuses to be asked for a text with NUL
    row = FormMedia.objects.filter(form_version=version, name=named).first()
    if row is None:
        raise NotVisible("file")
    return MediaFile(row.name, row.content_type, bytes(row.content), row.md5)


def caseload_csv(actor: Actor) -> bytes:
    """Code, label, initials and age band of the actor's own children. Initials hold letters and are no formula."""
    lines = ["name,label,initials,age_band"]
    for row in caseload_rows(actor):
        lines.append(",".join(_cell(text) for text in (row.name, row.label, row.initials, row.age_band)))
    return ("\n".join(lines) + "\n").encode()


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(char in text for char in ',"\n\r') else text


def instrument_of(actor: Actor, form_id: UUID) -> Instrument:
    return definition_of(find_version(actor, form_id)).instrument


def form_row(row: FormVersion) -> FormRow:
    severities = [problem.get("severity") for problem in row.report]
    return FormRow(
        row.pk,
        row.instrument_id,
        row.version,
        row.titles,
        row.family,
        row.subject,
        row.languages,
        row.wording_status,
        row.scored,
        row.source,
        row.status,
        row.checksum,
        row.created_at,
        row.proposed_at,
        row.published_at,
        row.retired_at,
        severities.count("error"),
        severities.count("warning"),
        row.browser_only,
        row.encrypted,
    )
