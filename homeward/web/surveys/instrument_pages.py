"""An instrument to read: data dictionary, differences between versions, paper form, preview, code for ODK Collect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from homeward.apps.access.actors import permit
from homeward.apps.surveys.form_queries import find_form, instrument_of
from homeward.domain.instruments import Choice, Component, Instrument, Question
from homeward.formats.xlsform.differences import differences
from homeward.web.access.devices import collect_code
from homeward.web.surveys.policy import with_app
from homeward.web.surveys.remarks import label_of
from homeward.web.ui.asking import actor_of
from homeward.web.ui.paging import page_of
from homeward.web.ui.words import in_language, language_name

CONTAINERS = frozenset({"begin_group", "begin_repeat"})
SILENT = frozenset(
    {"calculate", "hidden", "start", "end", "today", "deviceid", "audit", "phonenumber", "username", "email"}
)
LINES = frozenset({"text", "integer", "decimal", "date", "time", "datetime", "barcode", "range"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the data dictionary."""

    question: Question
    label: str
    choices: tuple[Choice, ...]
    components: tuple[str, ...]


@require_GET
def dictionary(request: HttpRequest, form_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    detail = find_form(actor, form_id)
    instrument = instrument_of(actor, form_id)
    language = chosen_language(request, instrument)
    entries = [entry(instrument, each, language) for each in instrument.questions if each.type not in CONTAINERS]
    context = {
        "form": detail.row,
        "page": page_of(request, entries),
        "components": instrument.components if request.GET.get("page", "1") == "1" else (),
        "language": language,
        "languages": languages_of(instrument),
    }
    return render(request, "surveys/dictionary.html", context)


def entry(instrument: Instrument, question: Question, language: str) -> Entry:
    listed = instrument.choices_of(question)
    used = tuple(dict.fromkeys(each.name for each in instrument.components if _reads(each, question.name)))
    return Entry(question, in_language(question.labels, language), listed.choices if listed else (), used)


def _reads(component: Component, name: str) -> bool:
    return name in component.of


def chosen_language(request: HttpRequest, instrument: Instrument) -> str:
    """The language asked for, the reader's own if the instrument has it, or the instrument's default."""
    known = instrument.about.languages
    for code in (request.GET.get("language", ""), actor_of(request).language, instrument.about.default_language):
        if code in known:
            return code
    return next(iter(known), "en")


def languages_of(instrument: Instrument) -> list[tuple[str, str, str]]:
    return [(code, language_name(code), status) for code, status in instrument.about.languages.items()]


@require_GET
def compare(request: HttpRequest, form_id: UUID, other_id: UUID) -> HttpResponse:
    """From the other version to this one. That the number of the version differs is no news."""
    actor = actor_of(request)
    new, old = find_form(actor, form_id).row, find_form(actor, other_id).row
    instrument = instrument_of(actor, new.id)
    changes = differences(instrument_of(actor, old.id), instrument)
    found = [each for each in changes if (each.part, each.field) != ("about", "version")]
    page = page_of(request, [(each, label_of(instrument, each.name, actor.language)) for each in found])
    context = {"form": new, "old": old, "page": page, "breaks": any(each.breaks_series for each in found)}
    return render(request, "surveys/compare.html", context)


@dataclass(slots=True)
class PaperQuestion:
    number: int
    question: Question
    label: str
    hint: str
    boxes: list[str]
    many: bool
    lines: int


@dataclass(slots=True)
class PaperGroup:
    label: str
    repeated: bool = False
    questions: list[PaperQuestion] = field(default_factory=list)


def paper_groups(instrument: Instrument, language: str) -> list[PaperGroup]:
    """The form as somebody fills it in with a pen: groups in order, each question with its boxes or lines."""
    groups, number = [PaperGroup("")], 0
    labels = {each.name: each for each in instrument.questions if each.type in CONTAINERS}
    here: tuple[str, ...] = ()
    for question in instrument.questions:
        if question.type in CONTAINERS or question.type in SILENT:
            continue
        if question.path != here:
            here = question.path
            around = labels.get(here[-1]) if here else None
            label = in_language(around.labels, language) if around else ""
            groups.append(PaperGroup(label, bool(around and around.type == "begin_repeat")))
        number += question.type != "note"
        groups[-1].questions.append(paper_question(instrument, question, language, number))
    return [group for group in groups if group.questions]


def paper_question(instrument: Instrument, question: Question, language: str, number: int) -> PaperQuestion:
    listed = instrument.choices_of(question)
    boxes = [in_language(choice.labels, language) or choice.code for choice in listed.choices] if listed else []
    return PaperQuestion(
        0 if question.type == "note" else number,
        question,
        in_language(question.labels, language),
        in_language(question.hints, language),
        boxes,
        question.type.startswith("select_multiple"),
        0 if boxes or question.type == "note" else 1 if question.type in LINES else 3,
    )


@require_GET
def paper(request: HttpRequest, form_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    detail = find_form(actor, form_id)
    instrument = instrument_of(actor, form_id)
    language = chosen_language(request, instrument)
    context = {
        "form": detail.row,
        "groups": paper_groups(instrument, language),
        "title": in_language(instrument.about.titles, language),
        "language": language,
        "rtl": language in settings.LANGUAGES_BIDI,
        "languages": languages_of(instrument),
    }
    return render(request, "surveys/paper.html", context)


@require_GET
def collect(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """Points ODK Collect at this server; it then asks for a device's user name and password."""
    actor = actor_of(request)
    detail = find_form(actor, form_id)
    base = settings.HOMEWARD_BASE_URL or request.build_absolute_uri("/").rstrip("/")
    address = f"{base}/openrosa"
    context: dict[str, Any] = {
        "form": detail.row,
        "address": address,
        "qr": collect_code(address, "Homeward"),
        "may_devices": permit(actor, "devices.manage"),
    }
    return render(request, "surveys/collect.html", context)


@require_GET
@with_app
def preview(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """The interview itself in the size of a phone; nothing can be sent from it."""
    detail = find_form(actor_of(request), form_id)
    config = f"{reverse('interview-config', args=[form_id])}?mode=preview"
    return render(request, "surveys/preview.html", {"form": detail.row, "config": config})
