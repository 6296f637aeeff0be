"""What is recorded of a child, a section for each topic; each section is a page with one question, and what was said
before. Names open by a key of their own.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from homeward.apps.access.actors import Actor
from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.family import join_household
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.models import RelationKind, Status
from homeward.apps.cases.queries import ChildDetail, find_child, other_names
from homeward.apps.cases.record_models import SaidBy, StruckReason
from homeward.apps.cases.record_queries import ChildRecord, EntryRow, record_of
from homeward.apps.cases.recording import add_entry, strike_out
from homeward.apps.cases.topics import TOPICS
from homeward.domain.lifecycle import not_open
from homeward.domain.problems import Decision
from homeward.web.cases.frame import frame, may
from homeward.web.cases.record_forms import FORM_OF, EntryForm, StrikeForm
from homeward.web.cases.record_words import QUESTIONS, TITLES, row_words, section_words
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import posted


def may_add(actor: Actor, child: ChildDetail) -> Decision:
    allowed = may(actor, "children.change", child)
    if allowed and (child.row.status != Status.OPEN or child.row.erased):
        return Decision.no(not_open(child.row.status, "record.ended"))
    return allowed


@require_GET
def child_record(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    child = open_child(actor, code, "record")
    found = record_of(actor, child.row.id)
    sections: list[dict[str, Any]] = [
        {
            "title": title,
            "said": section_words(found, topic),
            "count": len(found.entries[topic]),
            "url": reverse("child-record-topic", args=[child.row.code, topic]),
        }
        for topic, title in TITLES.items()
    ]
    return render(request, "cases/child_record.html", {**frame(actor, child, "record"), "topics": sections})


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def child_record_topic(request: HttpRequest, code: str, topic: str) -> HttpResponse:
    actor = actor_of(request)
    if topic not in TOPICS:
        raise NotVisible("topic")
    child = open_child(actor, code, "record")
    found = record_of(actor, child.row.id)
    showing = "show" in request.POST
    form = _form(topic, None if showing else posted(request), found, child.age)
    if request.method == "POST" and not showing:
        may(actor, "children.change", child).require()
        if form.is_valid():
            attempt(form, lambda: _save(actor, child, topic, form))
        if not form.errors:
            messages.success(request, _("Recorded."), extra_tags="good")
            return redirect("child-record-topic", child.row.code, topic)
    names = other_names(actor, child.row.id) if showing and topic == "names" else {}
    context = {
        **frame(actor, child, "record"),
        "topic": topic,
        "title": TITLES[topic],
        "question": QUESTIONS[topic],
        "form": form,
        "rows": [_line(row, names) for row in found.entries[topic]],
        "names_hidden": topic == "names" and not names,
        "may_add": may_add(actor, child),
        "unfit": topic == "functioning" and not getattr(form, "form", ""),
        "strike": StrikeForm(auto_id=False),
    }
    return render(request, "cases/child_record_topic.html", context, status=422 if form.errors else 200)


def _form(topic: str, data: Any, found: ChildRecord, age: int | None) -> EntryForm:
    people = {
        row.id: str(RelationKind(row.kind).label) for row in found.family if not row.struck_reason and row.until is None
    }
    return FORM_OF[topic](data, age=age, caregivers=people)


def _save(actor: Actor, child: ChildDetail, topic: str, form: EntryForm) -> UUID:
    said_by, told_on = form.cleaned_data["said_by"], form.cleaned_data["told_on"]
    if topic == "household":
        return join_household(actor, child.row.id, **form.values(), said_by=said_by)
    return add_entry(actor, child.row.id, topic, form.values(), said_by=said_by, told_on=told_on)


def _line(row: EntryRow, names: dict[UUID, str]) -> dict[str, Any]:
    return {
        "row": row,
        "words": row_words(row),
        "name": names.get(row.id, ""),
        "said_by": "" if row.said_by == SaidBy.UNKNOWN else str(SaidBy(row.said_by).label),
        "struck": str(StruckReason(row.struck_reason).label) if row.struck_reason else "",
    }


@require_POST
def child_record_strike(request: HttpRequest, code: str, topic: str, entry_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    if topic not in TOPICS:
        raise NotVisible("topic")
    child = find_child(actor, code)
    may(actor, "children.change", child).require()
    form = StrikeForm(request.POST)
    if form.is_valid():
        strike_out(actor, child.row.id, topic, entry_id, form.cleaned_data["reason"])
        messages.success(request, _("Struck out. It stays readable, and counts no more."), extra_tags="good")
    else:
        messages.warning(request, _("Say why it is wrong, then strike it out."), extra_tags="warn")
    return redirect("child-record-topic", child.row.code, topic)
