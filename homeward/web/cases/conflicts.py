"""Saying that somebody knows a child or its family, and the list of what was said."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.models import ConflictEnd, ConflictKind
from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.conflicts import (
    ABOUT_ONESELF,
    declare_for,
    declare_own,
    end_conflict,
    kinds_for,
    list_conflicts,
    may_declare,
    people_to_name,
)
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.queries import ChildDetail
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted


class OwnForm(PlainForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("How do you know them?"), choices=[(each.value, each.label) for each in ABOUT_ONESELF]
    )


class OtherForm(PlainForm):
    person = forms.ChoiceField(label=gettext_lazy("Who"))
    kind = forms.ChoiceField(label=gettext_lazy("Tie"))

    def __init__(self, data: QueryDict | None, actor: Actor, child: ChildDetail) -> None:
        super().__init__(data, prefix="other")
        people = [(str(key), name) for key, name in people_to_name(actor, child)]
        kinds = [(each.value, each.label) for each in kinds_for(actor, child.organisation_id)]
        self.fields["person"].choices = people  # type: ignore[attr-defined]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        self.offered = bool(people)


@require_http_methods(["GET", "POST"])
def child_conflict(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "conflicts.declare").require()
    child = open_child(actor, code, "conflict", counts=False)
    if not may_declare(actor, child):
        raise NotVisible("child")
    about_other = "other-person" in request.POST
    form = OwnForm(None if about_other else posted(request))
    other = OtherForm(posted(request) if about_other else None, actor, child)
    if request.method == "POST":
        done = _other(request, actor, child, other) if about_other else _own(request, actor, child, form)
        if done is not None:
            return done
    shown = other if other.offered or other.errors else None
    wrong = form.errors or other.errors
    context = {"child": child.row, "form": form, "other": shown}
    return render(request, "cases/child_conflict.html", context, status=422 if wrong else 200)


def _own(request: HttpRequest, actor: Actor, child: ChildDetail, form: OwnForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    kind = form.cleaned_data["kind"]
    if attempt(form, lambda: declare_own(actor, child.row.code, kind)) is None:
        return None
    messages.success(request, _("The child is out of your sight. Thank you for saying so."), extra_tags="good")
    return redirect("children")


def _other(request: HttpRequest, actor: Actor, child: ChildDetail, form: OtherForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    given = form.cleaned_data
    key = UUID(given["person"])
    if attempt(form, lambda: declare_for(actor, child.row.code, key, given["kind"])) is None:
        return None
    messages.success(request, _("The child is out of that person's sight."), extra_tags="good")
    return redirect("conflicts")


@require_GET
def conflicts(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "conflicts.manage").require()
    words = dict(ConflictKind.choices)
    rows = [{"row": row, "kind": words.get(row.kind, "")} for row in list_conflicts(actor)]
    return render(request, "cases/conflicts.html", {"rows": rows, "reasons": ConflictEnd.choices})


@require_POST
def conflict_end(request: HttpRequest, conflict_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "conflicts.manage").require()
    end_conflict(actor, conflict_id, request.POST.get("reason", ""))
    messages.success(request, _("The conflict has ended."), extra_tags="good")
    return redirect("conflicts")
