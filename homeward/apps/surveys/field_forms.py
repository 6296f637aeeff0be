"""Blank forms for the field app: what it has to know to begin one without network, and what it keeps of each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from homeward.apps.access.actors import Actor
from homeward.apps.access.field_app import at_work
from homeward.apps.access.visibility import NotVisible
from homeward.apps.surveys.form_queries import (
    MediaFile,
    PublishedForm,
    form_xml,
    instrument_of,
    media_file,
    published_form,
    published_forms,
)
from homeward.apps.surveys.models import FormMedia, FormVersion
from homeward.domain.instruments import COMMUNITY_OBSERVATION, Instrument

KEPT = 128  # versions in one process


@dataclass(frozen=True, slots=True)
class FieldMedia:
    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class FieldForm:
    published: PublishedForm
    instrument: Instrument
    sha256: str
    media: tuple[FieldMedia, ...]


def field_forms(actor: Actor) -> tuple[FieldForm, ...]:
    """Those that a page may fill in, the newest version of each."""
    return _with_content(actor, [form for form in published_forms(actor) if not form.encrypted])


def observation_forms(actor: Actor) -> tuple[FieldForm, ...]:
    """The one form of a community monitor, where it is published."""
    return _with_content(actor, [form for form in published_forms(actor) if _is_observation(form)])


def _is_observation(form: PublishedForm) -> bool:
    return form.instrument_id == COMMUNITY_OBSERVATION and not form.encrypted


def _with_content(actor: Actor, forms: list[PublishedForm]) -> tuple[FieldForm, ...]:
    return tuple(FieldForm(form, instrument_of(actor, form.id), *_content(form.id, form.md5)) for form in forms)


@lru_cache(maxsize=KEPT)
def _content(form_id: UUID, _md5: str) -> tuple[str, tuple[FieldMedia, ...]]:
    """A published version never changes."""
    xform = bytes(FormVersion.objects.values_list("xform", flat=True).get(pk=form_id))
    files = FormMedia.objects.filter(form_version=form_id).order_by("name").values_list("name", "content")
    media = tuple(FieldMedia(name, _digest(bytes(content)), len(bytes(content))) for name, content in files)
    return _digest(xform), media


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def field_form_xml(actor: Actor, form_id: UUID, wanted: str) -> bytes:
    """`wanted`: its SHA-256; empty: whatever is there. Also of a version that was retired since."""
    return _xml(at_work(actor), form_id, wanted)


def observation_xml(actor: Actor, form_id: UUID, wanted: str) -> bytes:
    """Every other form is none for a community monitor's app."""
    return _xml(actor, _observation(actor, form_id), wanted)


def _observation(actor: Actor, form_id: UUID) -> UUID:
    if not _is_observation(published_form(actor, form_id)):
        raise NotVisible("instrument")
    return form_id


def _xml(actor: Actor, form_id: UUID, wanted: str) -> bytes:
    content = form_xml(actor, published_form(actor, form_id).id)
    if wanted and wanted != _digest(content):
        raise NotVisible("instrument")
    return content


def field_media_file(actor: Actor, form_id: UUID, name: str, wanted: str) -> MediaFile:
    """A file of the form; the list of children is none, for it is made of one row on the phone."""
    return _file(at_work(actor), form_id, name, wanted)


def observation_file(actor: Actor, form_id: UUID, name: str, wanted: str) -> MediaFile:
    return _file(actor, _observation(actor, form_id), name, wanted)


def _file(actor: Actor, form_id: UUID, name: str, wanted: str) -> MediaFile:
    published_form(actor, form_id)
    if not FormMedia.objects.filter(form_version=form_id, name=name.replace("\0", "")).exists():
        raise NotVisible("file")
    found = media_file(actor, form_id, name)
    if wanted and wanted != _digest(found.content):
        raise NotVisible("file")
    return found
